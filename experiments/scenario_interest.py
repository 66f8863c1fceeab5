"""Interest of people in an app, beyond the defaults."""

from __future__ import annotations

from typing import Annotated

from experiments.mechanism_defaults import sourced
from experiments.quantity import Limits, Quantity
from experiments.tables import Table

__all__ = ["Interest"]


class Interest(Table):
    """Who answers a strong offer only is less interested than who comes unasked, and opens less often; the constant
    multipliers of churn by cause, which stand for the same, then rest."""

    enabled: bool = True
    selection: Annotated[Quantity, Limits("logit per standard deviation of interest", 0, 8)] = sourced(
        "interest.selection"
    )
    """How much interest moves an answer: 0 not at all, 2 about as much as chance does."""
