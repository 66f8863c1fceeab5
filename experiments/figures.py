"""All charts of the report in reading order, each with its heading and one line on how to read it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from experiments.activation_log import ActivationLog
from experiments.figures_cascade import cascade_depth, cascade_size
from experiments.figures_chart import store_charts
from experiments.figures_compare import differences
from experiments.figures_growth import active_users, differences_over_time, who_joined
from experiments.figures_money import budget_burn, money_by_recipient
from experiments.figures_retention import funnel, retention
from experiments.kpi_table import Estimate, headline_level
from experiments.page import Chart
from experiments.world_view import Worlds, campaign_app

__all__ = ["charts"]

BANDS = "Wide band: {level} over parameter draws. Narrow dark band: 90 % Monte Carlo interval of the mean."
WHISKERS = "Whiskers: {level} over parameter draws."
LUCK = "90 % Monte Carlo intervals; sample users, not scaled to the population."


def _growth(run: Any, worlds: Worlds, rows: Sequence[Any]) -> list[Chart]:
    mine = [row for row in rows if row.app == campaign_app(run)]
    daily = [row for row in mine if row.quantity in ("dau", "dau_peak")]
    monthly = [row for row in mine if row.quantity == "mau"]
    beside = " Wide bands are drawn for the design and for no campaign only; hover over a mark for its source."
    return [
        Chart(
            "dau",
            "growth",
            "Daily active users",
            BANDS + beside,
            active_users(run, worlds, "dau", daily, "DAU"),
        ),
        Chart(
            "mau",
            "growth",
            "Monthly active users",
            BANDS + beside,
            active_users(run, worlds, "mau", monthly, "MAU"),
        ),
        Chart("joined", "growth", "Who joined, and why", WHISKERS, who_joined(worlds)),
    ]


def _variants(run: Any, worlds: Worlds, table: dict[str, dict[str, Estimate]]) -> list[Chart]:
    over_time = Chart(
        "differences_over_time",
        "variants",
        "Daily users against the design, day by day",
        "Every world is paired with the design on the same luck and the same parameters. " + BANDS,
        differences_over_time(run, worlds),
    )
    if not table:
        return [over_time]
    note = WHISKERS + " Thick bar: Monte Carlo. An interval that touches zero shows no difference."
    return [
        Chart("differences", "variants", "What each variant changes", note, differences(table)),
        over_time,
    ]


def _cascades(log: ActivationLog) -> list[Chart]:
    return [
        Chart("cascade_size", "cascades", "How large invitation cascades grow", LUCK, cascade_size(log)),
        Chart("cascade_depth", "cascades", "How deep they reach", LUCK, cascade_depth(log)),
    ]


def charts(
    run: Any,
    worlds: Worlds,
    log: ActivationLog,
    rows: Sequence[Any],
    table: dict[str, dict[str, Estimate]],
) -> list[Chart]:
    """Every chart; `rows` are reported points, `table` the paired differences of the variants."""
    drawn = [
        *_growth(run, worlds, rows),
        Chart("retention", "retention", "Retention by cause and by kind", BANDS, retention(worlds)),
        Chart(
            "funnel",
            "retention",
            "From a packet seen to a user who stayed",
            "Dot: central value; bar: {level} over parameter draws.",
            funnel(worlds),
        ),
        Chart("money", "money", "Who got the money", WHISKERS, money_by_recipient(worlds)),
        Chart("burn", "money", "Budget burn", BANDS, budget_burn(run, worlds)),
        *_cascades(log),
        *_variants(run, worlds, table),
    ]
    return [replace(chart, note=_note(chart.note, worlds)) for chart in drawn] + store_charts(run, worlds, rows)


def _note(note: str, worlds: Worlds) -> str:
    """The note with the level that the run's draws can promise; without draws nothing shows parameters."""
    if worlds.draws < 2:
        return "This run drew no parameters: intervals are 90 % Monte Carlo intervals of the mean."
    return note.format(level=headline_level(worlds.draws))
