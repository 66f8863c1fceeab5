"""Variants that change only what is paid for and moves nobody: jackpots, and tiers of an invitation."""

from __future__ import annotations

from experiments.scenario import Scenario

__all__ = ["unmoved", "unmoved_note"]


def unmoved(scenario: Scenario) -> list[str]:
    """Names of the variants in which people do as in the design: all that they change is prizes, whose money is added
    on the host, and tiers, which sharing does not look at (they only empty a pool sooner or later)."""
    found = []
    for variant in scenario.variants:
        paths = [path for path, _, _ in scenario.difference(variant.name)]
        if paths and all(map(_moves_nobody, paths)):
            found.append(variant.name)
    return found


def unmoved_note(scenario: Scenario) -> str:
    """A line about them; empty where there are none."""
    names = ", ".join(unmoved(scenario))
    what = "only prizes or invitation tiers change, and nobody acts on those in the model: what differs is money"
    return f"note: {names}: {what}" if names else ""


def _moves_nobody(path: str) -> bool:
    table, *_, key = path.split(".")
    return table == "prize" or (table == "task" and key.startswith("tier_"))
