"""Scenarios whose best design is known, for checks of intervals and verdicts."""

from __future__ import annotations

from importlib import resources

from experiments.scenario import Scenario, load_scenario

__all__ = ["known_answer"]


def known_answer(name: str) -> Scenario:
    """The scenario `experiments/known_answers/NAME.toml`."""
    with resources.as_file(resources.files("experiments") / "known_answers" / f"{name}.toml") as path:
        return load_scenario(path)
