"""What the worlds of a run are called: the world without the campaign, the design, and the file's variants."""

from __future__ import annotations

from experiments.scenario import Scenario

__all__ = ["ALL_CAMPAIGNS", "DESIGN", "NO_CAMPAIGN", "variant_names_of"]

NO_CAMPAIGN, DESIGN = "no campaign", "design"
ALL_CAMPAIGNS = "all campaigns"
"""The world of a joint calendar in which every app campaigns."""


def variant_names_of(scenario: Scenario) -> tuple[str, ...]:
    """Names along the variant axis, in order."""
    return (NO_CAMPAIGN, DESIGN, *(variant.name for variant in scenario.variants))
