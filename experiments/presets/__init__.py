"""Published cases as small scenarios: each file says what in its case differs from the defaults, and why."""

from __future__ import annotations

from importlib import resources

from experiments.scenario import Scenario, load_scenario

__all__ = ["PRESETS", "preset"]

PRESETS = (
    "chat_reply",
    "email_game",
    "gala_2019",
    "giving_back",
    "hubs",
    "incentivised",
    "pay_per_conversion",
    "plain_share",
    "retention",
    "second_exposure",
    "threads",
    "viral_features",
)
"""Names of the files of this folder."""


def preset(name: str) -> Scenario:
    """The scenario `experiments/presets/NAME.toml`."""
    with resources.as_file(resources.files("experiments") / "presets" / f"{name}.toml") as path:
        return load_scenario(path)
