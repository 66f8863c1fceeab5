"""KPIs of abuse and risk control: what outsiders took, what was taken back, whom control hit, what it cost."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from experiments.kpi import Kpi
from experiments.world_view import World
from growth import kpis
from growth.intervals import level_of

__all__ = ["ABUSE", "OUTSIDERS"]

OUTSIDERS = ("stranger", "farmed")
"""Recipients outside the population."""
Array = NDArray[np.float64]


def _taken(world: World, recipient: str) -> Array:
    return world.curve("paid_yuan", recipient=recipient).sum(axis=-1)


def _kept(world: World) -> Array:
    return np.asarray(sum(_taken(world, name) for name in OUTSIDERS) - world.clawed_back())


def _control(world: World) -> Array:
    lines = world.ledger()
    return lines["risk control"] + lines.get("risk control: checks", np.zeros_like(lines["risk control"]))


ABUSE: tuple[Kpi, ...] = (
    Kpi(
        "outsiders_kept",
        "kept by strangers and farmed accounts",
        "yuan",
        "rewards paid to them over the run, less what was clawed back",
        lambda world, none: level_of(_kept(world)),
        True,
    ),
    Kpi(
        "outsiders_share",
        "share of cash kept by outsiders",
        "share",
        "what strangers and farmed accounts kept over all cash paid in rewards and prizes",
        lambda world, none: kpis.share_of(_kept(world), world.cash()),
        True,
    ),
    Kpi(
        "farmed_paid",
        "paid to farmed accounts",
        "yuan",
        "rewards paid to accounts of operators, before any is clawed back",
        lambda world, none: level_of(_taken(world, "farmed")),
        True,
    ),
    Kpi(
        "strangers_paid",
        "paid to strangers",
        "yuan",
        "slots of openly posted packets taken from outside the chain, before any is clawed back",
        lambda world, none: level_of(_taken(world, "stranger")),
        True,
    ),
    Kpi(
        "clawed_back",
        "clawed back",
        "yuan",
        "taken back from outsiders who had been paid; it does not go back into a pool",
        lambda world, none: level_of(world.clawed_back()),
    ),
    Kpi(
        "withheld",
        "refused to honest people",
        "yuan",
        "rewards of people whom risk control takes for farmed accounts",
        lambda world, none: level_of(world.curve("withheld_yuan").sum(axis=-1)),
        True,
    ),
    Kpi(
        "blocked",
        "requests of outsiders refused",
        "events",
        "requests for money that risk control refused before they were paid",
        lambda world, none: level_of(world.curve("blocked").sum(axis=-1)),
    ),
    Kpi(
        "control_cost",
        "cost of risk control",
        "yuan",
        "checks times their price, and the fixed line",
        lambda world, none: level_of(_control(world)),
        True,
    ),
)
"""Shown where a scenario has abuse or risk control; each may be an objective or a constraint of `growth optimise`."""
