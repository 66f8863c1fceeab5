"""Lowering of interest: the table of openings by resistance, and the acceptance of those whom media ask."""

from __future__ import annotations

import numpy as np

from experiments.interest_law import interest_table, same_for_all
from experiments.laws import threshold
from experiments.scenario import Scenario

__all__ = ["answered", "openings", "selection_of"]


def selection_of(scenario: Scenario, v: dict[str, float]) -> float | None:
    """How much interest moves an answer, at the values of a draw; None where the scenario does without."""
    table = scenario.interest
    return v["interest.selection"] if table is not None and table.enabled else None


def openings(selection: float | None) -> np.ndarray:
    """The lane's `growth.campaign.Tables.interest`."""
    return same_for_all() if selection is None else interest_table(selection)


def answered(selection: float | None, chance: np.ndarray, asked: np.ndarray) -> np.ndarray:
    """Share of those asked who come, uint32[states, causes], from the ``chance`` of being brought in today and that of
    being ``asked``; 0 where nobody is asked."""
    if selection is None:
        return np.zeros(chance.shape, np.uint32)
    share = np.divide(chance, asked, out=np.zeros_like(chance), where=asked > 0)
    return np.vectorize(threshold, otypes=[np.uint32])(share)
