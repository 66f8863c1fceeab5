"""Rows of the real campaigns: predicted, printed beside what was reported, and never tested or tuned to."""

from __future__ import annotations

from collections.abc import Callable
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from experiments.compare_table import COUNTED_DAYS, MEASURES
from experiments.kpi_list import KPIS
from experiments.scenario import Scenario, load_scenario
from experiments.validation.book.answers import Answer, Answers
from experiments.validation.book.rows import HELD
from experiments.validation.book.runs import PresetRun
from experiments.validation.book.statements import Statement, measured, missing
from experiments.validation.book.targets import BookTarget
from experiments.world_view import World
from growth.intervals import Ratio
from growth.kpis import share_of

__all__ = ["shown_answers", "yuanbao"]

Of = Callable[[World, World], Ratio]


def yuanbao() -> Scenario:
    """The Yuanbao design as it is shipped, without its variants."""
    with resources.as_file(resources.files("experiments") / "campaigns" / "yuanbao_2026.toml") as path:
        return load_scenario(path).model_copy(update={"variants": ()})


def _claimers_over_mau(world: World, none: World) -> Ratio:
    first = world.campaign_days.start
    claimers = world.curve("first_claimers")[:, first : first + COUNTED_DAYS].sum(axis=-1)
    return share_of(claimers, world.on("mau", world.end))


def _figure(run: PresetRun, of: Of, target: BookTarget, name: str) -> Statement:
    """A KPI of the design that does not subtract the world without it."""

    def part(number: int) -> Callable[[World], NDArray[np.float64]]:
        return lambda world: np.asarray(of(world, world)[number])  # none of these asks for the world without it

    sums = run.sums(part(0), part(1))
    return measured(
        name, sums, lambda mean: float(mean[0] / mean[1]) if mean[1] > 0 else float("nan"), low=target.low,
        high=target.high,
    )  # fmt: skip


def shown_answers(run: PresetRun, incentivised: PresetRun, targets: dict[str, BookTarget]) -> Answers:
    """Yuanbao's rows from its design, Qwen's left alone, and the price of an install."""
    kpis = {kpi.id: kpi.of for kpi in KPIS}
    told: dict[str, Of] = {
        "yuanbao_claims_per_claimer": MEASURES["claims_per_claimer"],
        "yuanbao_day1": MEASURES["day1_dau_multiple"],
        "yuanbao_day7_over_day1": MEASURES["day7_over_day1"],
        "yuanbao_draws_per_dau": MEASURES["draws_per_dau"],
        "yuanbao_claimers_over_mau": _claimers_over_mau,
        "yuanbao_cost": MEASURES["cash_per_net_new_monthly_user"],
        "cost_per_retained": kpis["cpr_30"],
    }
    answers = {row: Answer([_figure(run, of, targets[row], targets[row].metric)]) for row, of in told.items()}
    held = "the book does not run it: its first two days were predicted once, on frozen defaults (prediction.md)"
    answers["qwen_day1"] = Answer([missing("DAU multiple on day 1", held, low=6.6, high=9.9)], HELD)
    price = _figure(
        incentivised, kpis["cac_cash"], targets["qutoutiao_cpi"], "cash per new user of the red packets for a new app"
    )
    answers["qutoutiao_cpi"] = Answer([price])
    return answers
