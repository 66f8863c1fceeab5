"""Rows about who stays: cohorts by cause and age, ratios of retention, and a launch spike's decay."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from experiments.defaults import load_defaults
from experiments.mechanism_defaults import load_mechanisms
from experiments.quantity import Quantity
from experiments.validation.book import closed
from experiments.validation.book.answers import Answer, Answers
from experiments.validation.book.runs import PresetRun
from experiments.validation.book.statements import Statement, exact, measured
from experiments.validation.book.targets import BookTarget
from experiments.world_names import DESIGN
from experiments.world_view import World

__all__ = [
    "decay",
    "farmed",
    "for_money",
    "gala",
    "inviter_there",
    "mainstream",
    "organic_over_paid",
    "staying_answers",
]

Floats = NDArray[np.float64]
AGES = (1, 3, 7, 15, 30)
DAYS_AFTER_PEAK = 24


def _share(mean: Floats) -> float:
    return float(mean[0] / mean[1]) if mean[1] > 0 else float("nan")


def mainstream(run: PresetRun, age: int, target: BookTarget) -> Answer:
    """retention_on(age) of those who came by themselves; the closed form beside it."""
    sums = run.retention(age, kind="new", cause="organic")
    return Answer(
        [
            measured(f"D{age} of those who came by themselves", sums, _share, low=target.low, high=target.high,
                     target=target.note, each_chain=True),
            exact("closed form", closed.retention_at(age), counts=False),
        ],
        cost="Opening and churn were fitted to these rows.",
    )  # fmt: skip


def for_money(run: PresetRun, age: int, target: BookTarget) -> Answer:
    """retention_on(age) of those whom paid invitations brought while the campaign lasted."""
    sums = run.retention(age, kind="new", cause="invited")
    found = measured(
        f"D{age} of those who were invited for money",
        sums,
        _share,
        low=target.low,
        high=target.high,
        target=target.note,
    )
    others = measured(
        f"D{age} of those whom advertising brought", run.retention(age, cause="paid"), _share, counts=False
    )
    acceptance = closed.packet_acceptance(closed.told_of(run.scenario))
    now = closed.retention_at(age, acceptance, _selection().value) / closed.retention_at(age)
    cost = ""
    if found.value is not None and target.high is not None:
        cost = _needed(
            f"D{age}", target.high, acceptance, closed.selection_at(age, acceptance, now * target.high / found.value)
        )
    return Answer([found, others], cost=cost)


def _selection() -> Quantity:
    return load_mechanisms()["interest.selection"].quantity


def _needed(name: str, retention: float, acceptance: float, selection: float) -> str:
    """What interest would have to be for a retention, at an acceptance of ours."""
    default = _selection()
    told = f"{selection:.2g}" if np.isfinite(selection) else "more than any number"
    return (
        f"interest.selection of {told} (default {default.value:g}, range {default.low:g} to {default.high:g}) would "
        f"bring {name} down to {retention:g} at an acceptance of {acceptance:.2g}, closed form; it would miss "
        "organic_over_paid."
    )


def gala(run: PresetRun, target: BookTarget) -> Answer:
    """retention_on(7) of the new who came by the gala's broadcast."""
    sums = run.retention(7, kind="new", cause="broadcast")
    peak = run.sums(
        lambda world: world.on("dau", world.start),
        lambda world: world.curve("dau")[:, world.campaign_days.start - 1],
    )
    acceptance, cost = run.scenario.reaches[0].response_new.value, ""
    if target.high is not None:
        need = closed.selection_at(7, acceptance, target.high / closed.retention_at(7))
        everybody = closed.retention_at(7, 1.0, _selection().value)
        cost = f"{_needed('D7', target.high, acceptance, need)} D7 of everybody there is would be {everybody:.2g}."
    return Answer(
        [
            measured("D7 of the new of the gala", sums, _share, low=target.low, high=target.high, target="about 0.02"),
            measured("DAU on the day over the day before", peak, _share, counts=False, target="300 over 160 m"),
        ],
        cost=cost,
    )  # fmt: skip


def organic_over_paid(run: PresetRun, target: BookTarget) -> Answer:
    """D30 of those who came by themselves over D30 of those whom advertising brought, and D7 beside it."""

    def ratio(mean: Floats) -> float:
        return _share(mean[:2]) / _share(mean[2:])

    pairs = [
        run.retention(age, kind="new", cause="organic").beside(run.retention(age, kind="new", cause="paid"))
        for age in (30, 7)
    ]
    statements = [
        measured("D30 by themselves over advertising", pairs[0], ratio, low=target.low, high=target.high,
                 target="1.15 to 1.21", each_chain=True),
        measured("D7", pairs[1], ratio, counts=False),
    ]  # fmt: skip
    default, acceptance = _selection(), run.scenario.reaches[-1].acceptance
    needed = [closed.selection_at(30, acceptance.value if acceptance else 1.0, 1 / at) for at in (1.15, 1.21)]
    cost = (
        f"interest.selection stands at {default.value:g} with the range {default.low:g} to {default.high:g}; "
        f"{needed[0]:.3g} to {needed[1]:.3g} would say it, closed form."
    )
    return Answer(statements, cost=cost)


def decay(run: PresetRun, target: BookTarget) -> Answer:
    """DAU 24 days after its peak over the peak."""

    def peak_of(world: World) -> NDArray[np.int64]:
        mean = world.curve("dau").mean(axis=0)
        return np.full(len(world.curve("dau")), int(mean[:-DAYS_AFTER_PEAK].argmax()))

    def on(days: int) -> Callable[[World], Floats]:
        return lambda world: world.curve("dau")[np.arange(len(world.curve("dau"))), peak_of(world) + days]

    sums = run.sums(on(DAYS_AFTER_PEAK), on(0))
    day = int(peak_of(run.central[0].worlds[DESIGN])[0])
    found = measured(
        f"DAU {DAYS_AFTER_PEAK} days after the peak (day {day}) over the peak", sums, _share, low=target.low,
        high=target.high, target="0.18",
    )  # fmt: skip
    side = "slower" if found.value is not None and target.high is not None and found.value > target.high else "faster"
    return Answer(
        [found], cost=f"DAU falls {side} than published: AI apps' retention of the defaults is another app's."
    )


def inviter_there(target: BookTarget) -> Answer:
    """The multiplier that stands in the defaults: from memory, shown."""
    return _stands("churn hazard while the inviter is there", load_defaults()["churn.inviter_multiplier"], target)


def farmed(target: BookTarget) -> Answer:
    """The share of installs that media are paid for and nobody made, as a scenario with abuse has it."""
    return _stands(
        "farmed among the installs that media are paid for", load_mechanisms()["abuse.fraud_share"].quantity, target
    )


def _stands(name: str, number: Quantity, target: BookTarget) -> Answer:
    """A row that a default says by itself."""
    span = (number.low, number.high) if number.low is not None and number.high is not None else None
    return Answer([Statement(name, number.value, target.low, target.high, draws=span)])


def staying_answers(runs: dict[str, PresetRun], targets: dict[str, BookTarget]) -> Answers:
    """Every row of this module."""
    alone, money = runs["retention"], runs["incentivised"]
    named = {f"ai_app_d{age}": mainstream(alone, age, targets[f"ai_app_d{age}"]) for age in AGES}
    named |= {f"incentive_only_d{age}": for_money(money, age, targets[f"incentive_only_d{age}"]) for age in (7, 30)}
    return named | {
        "gala_2019_d7": gala(runs["gala_2019"], targets["gala_2019_d7"]),
        "organic_over_paid": organic_over_paid(alone, targets["organic_over_paid"]),
        "referred_churn_ratio": inviter_there(targets["referred_churn_ratio"]),
        "threads_decay": decay(runs["threads"], targets["threads_decay"]),
        "fraud_share": farmed(targets["fraud_share"]),
    }
