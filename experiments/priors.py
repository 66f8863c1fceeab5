"""Priors of a calibration: which numbers of a scenario are inferred, and those of the measurers.

Every unknown is a standard normal z. A number of the scenario has the place Phi(z) in its range (see `places_of`), so
that the prior is the law by which parameter draws are made, and a posterior draw is a set of places that a run accepts.
"""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np
from jax.scipy.special import ndtr

from experiments.defaults import read_defaults
from experiments.paths import matching, slug
from experiments.quantity import Quantity
from experiments.scenario import Scenario

__all__ = ["INFERRED", "Prior", "inferred_of", "load_priors", "places_of", "scenario_values"]

INFERRED = (
    "app.{app}.base.dau",
    "app.{app}.base.dormant",
    "reach.*.people_per_day",
    "reach.*.response_new",
    "reach.*.response_dormant",
    "intervention.*.set",
    "intervention.*.multiply",
    "calendar.day.*.opening",
    "reward.*.mean_yuan",
    "pool.*.total_yuan",
    "task.share.slots",
    "behaviour.share.rate",
    "behaviour.share.reward_elasticity",
    "behaviour.share.recipients",
    "behaviour.share.group_share",
    "behaviour.see.*",
    "behaviour.respond.base_never",
    "behaviour.respond.base_dormant",
    "behaviour.respond.reward",
    "behaviour.open.*",
    "behaviour.churn.alpha",
    "behaviour.churn.beta",
    "behaviour.churn.invited_multiplier",
    "behaviour.churn.push_multiplier",
    "behaviour.churn.reactivated_multiplier",
    "behaviour.churn.money_multiplier",
    "behaviour.base.dormant_return_rate",
    "behaviour.ai.rate",
    "behaviour.draw.take_up",
    "behaviour.install.ios_store_share",
    "behaviour.chart.first",
    "behaviour.chart.slope_*",
    "behaviour.chart.lift",
)
"""Numbers that the renewal equation answers to. Whatever else has a range keeps its prior: no data here speak of it."""


class Prior(NamedTuple):
    """One unknown: its name, and the number it stands for (a path of the scenario, or an entry of priors.toml)."""

    name: str
    quantity: Quantity
    of_scenario: bool


def load_priors(path: str | Path | None = None) -> dict[str, Quantity]:
    """Priors of the measurers by name: those shipped, overridden by a file of the user's own."""
    shipped = resources.files("experiments") / "defaults" / "priors.toml"
    with resources.as_file(shipped) as place:
        found = {name: entry.quantity for name, entry in read_defaults(place).items()}
    if path is not None:
        found |= {name: entry.quantity for name, entry in read_defaults(path).items()}
    return found


def inferred_of(scenario: Scenario) -> list[Prior]:
    """Numbers of the scenario that are inferred, in the order of the file: those of `INFERRED` with a range."""
    numbers = scenario.numbers()
    app = scenario.campaign_app.name
    theirs = {item.name for item in scenario.reaches if item.app != app or not item.enabled}
    wanted = {path for pattern in INFERRED for path in matching(pattern.format(app=slug(app)), list(numbers))}
    return [
        Prior(path, number, True)
        for path, number in numbers.items()
        if path in wanted
        and number.low is not None
        and number.low != number.high
        and not any(path.startswith(f"reach.{slug(name)}.") for name in theirs)
    ]


def places_of(numbers: list[Quantity], share: Any) -> Any:
    """Places in [0, 1] of their ranges of numbers [numbers] at Phi(z) [..., numbers], as a run takes them.

    The place is Phi(z) itself where the value lies inside its range. A value that is an end of it would have half of
    the mass on one point, and at z = 0 a wall that no chain can climb: its places are those of the other half alone.
    """
    upper = np.array([0.5 if one.value == one.low else 0.0 for one in numbers])
    width = np.array([0.5 if one.value in (one.low, one.high) else 1.0 for one in numbers])
    return upper + width * share


def scenario_values(numbers: list[Quantity], z: Any) -> Any:
    """Values of numbers that have a range, at z [numbers], traced: `experiments.parameters.quantile` at `places_of`."""
    low, value, high = (np.array([getattr(one, name) for one in numbers]) for name in ("low", "value", "high"))
    log = (low > 0) & (high > 4 * low)
    one = np.ones_like(low)
    with np.errstate(divide="ignore", invalid="ignore"):
        ends = [
            np.where(log, np.log(np.where(log, end, one) / np.where(log, value, one)), end - value)
            for end in (low, high)
        ]
    place = places_of(numbers, ndtr(z))
    moved = ends[0] * (1 - jnp.minimum(2 * place, 1.0)) + ends[1] * jnp.maximum(2 * place - 1, 0.0)
    return jnp.where(log, value * jnp.exp(jnp.where(log, moved, 0.0)), value + moved)
