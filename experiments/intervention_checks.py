"""Whether a dated intervention names numbers that exist, can change and are read while it holds, and leaves them in
their range."""

from __future__ import annotations

import datetime as dt

from experiments.paths import Leaf, is_glob, matching
from experiments.quantity import Quantity, plain
from experiments.scenario_campaign import Intervention
from experiments.scenario_file import ScenarioFile
from experiments.scenario_world import Run
from experiments.tables import Place, closest, refuse
from experiments.when_read import reading_of

__all__ = ["AMOUNTS", "POOLS", "check_interventions", "check_readings", "whole_days"]

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
    "serving.supplier.*",
)
"""Nor these: they are tables and sums that are made once for the whole run. docs/model.md says why of each."""
POOLS = "pool.*.total_yuan"
"""Sums to which an intervention adds, once and for good."""
AMOUNTS = "reward.*.mean_yuan"
"""Amounts that an intervention changes by a factor on those of the file."""
_MOST_TIMES = 1000


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
            _check_reading(scenario, scenario.run, path, change, index)
    for path in matching(POOLS, numbers):
        _check_top_ups(scenario.interventions, path, leaves[path].value)


def check_readings(scenario: ScenarioFile, run: Run) -> None:
    """Raise pydantic's error for the first intervention that would change nothing in another run than the scenario's
    own (another calendar, other rounds)."""
    numbers = [path for path, leaf in scenario.leaves().items() if isinstance(leaf.value, Quantity)]
    for index, change in enumerate(scenario.interventions):
        for path in matching(change.parameter, numbers):
            _check_reading(scenario, run, path, change, index)


def whole_days(scenario: ScenarioFile) -> list[str]:
    """A line for every number that is read once a day and that an intervention changes from or to an hour of a day: on
    which days it holds."""
    numbers = [path for path, leaf in scenario.leaves().items() if isinstance(leaf.value, Quantity)]
    lines = []
    for change in scenario.interventions:
        ends = [change.at, *([change.until] if change.until is not None else [])]
        if not change.enabled or all(end.time() == dt.time() for end in ends):
            continue
        for path in matching(change.parameter, numbers):
            reading = reading_of(path, scenario, scenario.run)
            if reading.round == "every":
                continue
            days = [when.date() for when in reading.moments(change.at) if change.until is None or when < change.until]
            span = f"{min(days).isoformat()} to {max(days).isoformat()}"
            lines.append(f"intervention {change.name}: {path} {reading.words}, so it holds for whole days: {span}")
    return lines


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
    for number in _ends(quantity):
        if leaf.limits is not None and not leaf.limits.holds(base * number):
            loc = ("intervention", index, key)
            raise refuse(f"puts {path} out of range", loc=loc, value=plain(base * number), allowed=leaf.limits.allowed)
    if matching(AMOUNTS, [path]):
        _check_amount(leaf.value, path, change, index)


def _ends(quantity: Quantity) -> list[float]:
    """The central value and the ends of a range."""
    return [number for number in (quantity.value, quantity.low, quantity.high) if number is not None]


def _check_amount(base: Quantity, path: str, change: Intervention, index: int) -> None:
    """A dated reward is a factor on the amounts of the file, which must be there and not be too small for it."""
    least = min(_ends(base))
    if least <= 0:
        cure = "a small amount in the file, and an intervention from the first day on"
        what = f"{path} is 0 in the file, and a dated reward is a factor on it"
        raise refuse(what, loc=("intervention", index, "parameter"), value=change.parameter, cure=cure)
    if change.set is not None and max(_ends(change.set)) > _MOST_TIMES * least:
        allowed = f"at most {plain(_MOST_TIMES * least)} yuan, {_MOST_TIMES} times what the file says"
        value = plain(max(_ends(change.set)))
        raise refuse(
            f"is out of proportion to {path}", loc=("intervention", index, "set"), value=value, allowed=allowed
        )


def _check_reading(scenario: ScenarioFile, run: Run, path: str, change: Intervention, index: int) -> None:
    """Some round in which the number is read must begin while the intervention holds; a top-up holds for good."""
    reading = reading_of(path, scenario, run)
    first = next(reading.moments(change.at), None)
    if first is not None and (change.until is None or first < change.until):
        return
    until = change.until.isoformat() if change.until is not None else "the end of the run"
    raise refuse(
        f"{path} {reading.words}, and never within this span: it would change nothing",
        loc=("intervention", index, "at"),
        value=f"{change.at.isoformat()} to {until}",
        allowed=reading.allowed,
        cure=f"let it cover {first.isoformat()}" if first is not None else "an earlier moment",
    )


def _check_top_ups(changes: tuple[Intervention, ...], path: str, base: Quantity) -> None:
    """What has been announced is not taken back: the sum of a pool only grows, in every draw, and for good."""
    most = max(_ends(base))
    for index, change in sorted(enumerate(changes), key=lambda item: item[1].at):
        if not matching(change.parameter, [path]):
            continue
        if change.until is not None:
            what = f"adds money to {path}, which stays there"
            loc: Place = ("intervention", index, "until")
            raise refuse(what, loc=loc, value=change.until.isoformat(), cure="leave until out")
        key, least = ("set", most) if change.set is not None else ("multiply", 1.0)
        ends = _ends(getattr(change, key))
        if min(ends) < least:
            unit = "yuan, the most that it may hold by then" if key == "set" else "(factor)"
            raise refuse(
                f"takes money out of {path}: a pool can be topped up and not lowered",
                loc=("intervention", index, key),
                value=plain(min(ends)),
                allowed=f"at least {plain(least)} {unit}",
                cure="a smaller daily_yuan from that day on, or a smaller reward",
            )
        if change.enabled:
            most = max(ends) if key == "set" else most * max(ends)
