"""Whether a dated intervention names numbers that exist and can change, and leaves them in their range."""

from __future__ import annotations

from experiments.paths import Leaf, is_glob, matching
from experiments.quantity import Quantity, plain
from experiments.scenario_campaign import Intervention
from experiments.scenario_file import ScenarioFile
from experiments.tables import Place, closest, refuse

__all__ = ["check_interventions"]

FIXED_AT_START = ("app", "agency", "campaign", "prize", "seeding", "intervention", "run", "chain")
"""What an intervention cannot change: it is settled before the first day, or dated already."""
LAWS = (
    "abuse.fraud_share",
    "risk.cost_per_check_yuan",
    "content.tokens_per_share",
    "behaviour.base.*",
    "behaviour.chart.apps",
    "behaviour.chart.first",
    "behaviour.chart.lift",
    "behaviour.chart.rank_noise",
    "behaviour.chart.slope_*",
    "behaviour.chart.surge_spread",
    "behaviour.churn.alpha",
    "behaviour.churn.beta",
    "behaviour.churn.max_age_days",
    "behaviour.delay.*",
    "behaviour.hours.*",
    "behaviour.install.*",
    "behaviour.open.concentration",
    "behaviour.open.first_days_*",
    "behaviour.open.mean",
    "pool.*.total_yuan",
    "serving.supplier.*",
    "reward.*.mean_yuan",
)
"""Nor these: they are tables and sums that are made once for the whole run."""


def check_interventions(scenario: ScenarioFile) -> None:
    """Raise the first intervention that cannot work as pydantic's error, with its place."""
    leaves = scenario.leaves()
    numbers = [path for path, leaf in leaves.items() if isinstance(leaf.value, Quantity) and not _is_settled(path)]
    for index, change in enumerate(scenario.interventions):
        loc = ("intervention", index, "parameter")
        paths = matching(change.parameter, numbers)
        if not paths or any(map(_is_settled, matching(change.parameter, leaves))):
            _refuse_parameter(change.parameter, leaves, numbers, loc)
        for path in paths:
            _check_change(leaves[path], path, change, index)


def _is_settled(path: str) -> bool:
    return path.split(".")[0] in FIXED_AT_START or any(matching(law, [path]) for law in LAWS)


def _refuse_parameter(wanted: str, leaves: dict[str, Leaf], numbers: list[str], loc: Place) -> None:
    if any(map(_is_settled, matching(wanted, leaves))):
        raise refuse("is settled before the first day and cannot change later", loc=loc, value=wanted)
    if matching(wanted, leaves) and not is_glob(wanted):
        raise refuse("is not a number that is set in this scenario", loc=loc, value=wanted)
    raise refuse("no such number in this scenario", loc=loc, value=wanted, cure=closest(wanted, numbers))


def _check_change(leaf: Leaf, path: str, change: Intervention, index: int) -> None:
    """The value after the change must lie in the range of what it changes, also at the ends of its own."""
    key, base = ("set", 1.0) if change.set is not None else ("multiply", leaf.value.value)
    quantity: Quantity = getattr(change, key)
    for number in (quantity.value, quantity.low, quantity.high):
        if number is not None and leaf.limits is not None and not leaf.limits.holds(base * number):
            loc = ("intervention", index, key)
            raise refuse(f"puts {path} out of range", loc=loc, value=plain(base * number), allowed=leaf.limits.allowed)
