"""The tables of the report as HTML: KPIs, reported numbers, assumptions, cascades, variants."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import numpy as np

from experiments.activation_log import ActivationLog
from experiments.figure_theme import headline_band
from experiments.figures_cascade import WINDOW_DAYS, generation_k
from experiments.kpi_table import Estimate, headline_level
from experiments.number_format import NOT_IDENTIFIED, NOT_OBSERVED, UNKNOWN, amount, interval, plain, spread
from experiments.page import html_table
from experiments.world_names import DESIGN, NO_CAMPAIGN
from experiments.world_view import Worlds
from growth.forest import structural_virality
from growth.intervals import Interval
from growth.virality import cycle_times

__all__ = [
    "assumption_table",
    "cascade_table",
    "compare_table_html",
    "kpi_table_html",
    "ledger_html",
    "reported_table",
    "variant_changes",
    "words",
]


def _value(found: Estimate) -> str:
    if not found.observed:
        return f"<em>{NOT_OBSERVED}</em>"
    return amount(found.value, found.unit) if found.identified else f"<em>{NOT_IDENTIFIED}</em>"


def kpi_table_html(table: Mapping[str, Estimate]) -> str:
    """Every KPI with its formula and three uncertainties."""
    rows = []
    for found in table.values():
        value = _value(found)
        rows.append(
            (
                f'{escape(found.label)}<br><span class="small">{escape(found.formula)}</span>',
                value,
                interval(found.low, found.high, found.unit),
                interval(found.mc_low, found.mc_high, found.unit),
                spread(found.chance, found.unit),
            )
        )
    head = ("KPI", "value", "parameters (headline)", "Monte Carlo", "chance at real size")
    return html_table(head, rows, numeric=(1, 2, 3, 4), name="KPIs")


def ledger_html(worlds: Worlds) -> str:
    """What the design cost, by line of the ledger: yuan of the whole run, share of all, headline interval."""
    central, drawn = worlds.sides(DESIGN, lambda world: np.stack([*world.ledger().values(), world.spend()]))
    names = [*worlds.central[DESIGN].ledger(), "all of it"]
    all_of_it, rows = float(central[-1].mean()), []
    for name, line, drawn_line in zip(names, central, [None] * len(names) if drawn is None else drawn, strict=True):
        if not line.any() and (drawn_line is None or not drawn_line.any()):
            continue
        mean, band = headline_band(line, drawn_line)
        share = amount(float(mean) / all_of_it, "share") if all_of_it > 0 else UNKNOWN
        span = interval(float(band.low), float(band.high), "yuan")
        rows.append((escape(name), amount(float(mean), "yuan"), share, span))
    head = ("line", "yuan", "share", "interval")
    over = f"{headline_level(worlds.draws)} over parameter draws" if worlds.draws > 1 else "90 % Monte Carlo"
    note = (
        f'<p class="small">The design over the whole run, by line of the ledger; interval: {over}. Lines without cost '
        "are left out.</p>"
    )
    return "<h3>What it cost, by line</h3>" + html_table(head, rows, numeric=(1, 2, 3), name="ledger") + note


def _inside(ok: bool | None) -> str:
    return {True: '<span class="ok">inside</span>', False: '<span class="off">outside</span>', None: UNKNOWN}[ok]


def compare_table_html(rows: Sequence[Mapping[str, Any]]) -> str:
    """Simulated beside reported; the ranges were never tuned to."""
    cells = [
        (
            escape(row["metric"]),
            amount(row["value"], row["unit"]) if row["value"] is not None else f"<em>{NOT_IDENTIFIED}</em>",
            interval(row["param_low"], row["param_high"], row["unit"]),
            interval(row["mc_low"], row["mc_high"], row["unit"]),
            amount(row["reported"], row["unit"]),
            interval(row["low"], row["high"], row["unit"]),
            _inside(row["ok"]),
            escape(row["grade"]),
            f'<span class="source">{escape(row["source"])}</span>',
        )
        for row in rows
    ]
    head = (
        "quantity",
        "simulated",
        "parameters (headline)",
        "Monte Carlo",
        "reported",
        "range shown beside",
        "model is",
        "grade",
        "source",
    )
    return html_table(head, cells, numeric=(1, 2, 3, 4, 5), name="reported beside simulated")


def reported_table(rows: Sequence[Any]) -> str:
    """Every reported number of the app with its measurer, grade and source."""
    sign = {"=": "", ">": "at least ", "<": "at most "}
    cells = [
        (
            str(row.date),
            escape(row.quantity.replace("_", " ")),
            f"{sign.get(row.relation, '')}{plain(float(row.value))}",
            escape(str(row.unit)),
            escape(str(row.measurer)),
            escape(str(row.grade)),
            f'<span class="source">{escape(str(row.source))}</span>',
        )
        for row in rows
    ]
    return html_table(
        ("date", "quantity", "value", "unit", "measured by", "grade", "source"),
        cells,
        numeric=(2,),
        name="reported numbers",
    )


def words(value: Any) -> str:
    """Text as HTML, a dash for nothing."""
    return escape(str(value)) if value not in (None, "") else UNKNOWN


def assumption_table(run: Any) -> str:
    """Every number of the scenario with value, unit, range, source and grade; drawn ones come first."""
    numbers, leaves = run.scenario.numbers(), run.scenario.leaves()
    rows = []
    for path, number in sorted(numbers.items(), key=lambda item: (item[1].low is None, item[0])):
        drawn = number.low is not None and number.high is not None
        span = f"{plain(float(number.low))} to {plain(float(number.high))}" if drawn else "fixed"
        unit = number.unit or leaves[path].limits.unit
        source = f'<span class="source">{words(number.source)}</span>'
        name = f"<code>{escape(path)}</code>"
        rows.append((name, plain(float(number.value)), words(unit), span, words(number.grade), source))
    head = ("parameter", "value", "unit", "range drawn from", "grade", "source")
    return html_table(head, rows, numeric=(1, 3), name="assumptions")


def _with_interval(found: Interval, place: int) -> str:
    if not np.isfinite(found.value[place]):
        return UNKNOWN
    half = (found.high[place] - found.low[place]) / 2
    return f"{plain(float(found.value[place]))} {spread(float(half), 'ratio')}"


def cascade_table(log: ActivationLog) -> str:
    """K by generation, of all activated and of new users, with Monte Carlo intervals; structural virality and cycle
    time."""
    virality, roots = structural_virality(log.forest), log.forest.world[log.forest.trees]
    rows = []
    for name in log.variants:
        mine = log.rows(name)
        trees = virality[(roots >= mine.start) & (roots < mine.stop)]
        if name == NO_CAMPAIGN and not len(trees):
            continue
        every, new = (generation_k(log, name, new_only=only) for only in (False, True))
        row = [_with_interval(every, place) for place in range(3)] + [_with_interval(new, place) for place in range(2)]
        rows.append((escape(name), *row, f"{trees.mean():.2f}" if len(trees) else UNKNOWN, _cycle(log, mine)))
    head = (
        "variant",
        "K<sub>0</sub>",
        "K<sub>1</sub>",
        "K<sub>2</sub>",
        "K<sub>0</sub> new",
        "K<sub>1</sub> new",
        "structural virality",
        "cycle time, days",
    )
    note = (
        f'<p class="small">K<sub>g</sub>: activated by invitation within {WINDOW_DAYS} days, per activation '
        "of generation g (generation 0 came without an invitation); ± is the 90 % Monte Carlo interval. "
        "Structural virality: mean distance between members of a cascade, averaged over cascades with an "
        "invitation. Cycle time: from the inviter's day to the invitee's, median and 90th percentile, inviters of the "
        "base world left out.</p>"
    )
    return html_table(head, rows, numeric=range(1, 8), name="K by generation") + note


def _cycle(log: ActivationLog, worlds: slice) -> str:
    """Median and 90th percentile of the cycle time of a variant's worlds."""
    logged = log.forest.parent[: log.forest.logged]
    inside = (log.forest.world[: len(logged)] >= worlds.start) & (log.forest.world[: len(logged)] < worlds.stop)
    times = cycle_times(np.where(inside & (logged < len(logged)), logged, -1), log.day)
    return f"{np.median(times):.0f}, {np.percentile(times, 90):.0f}" if len(times) else UNKNOWN


def variant_changes(run: Any) -> str:
    """What each variant changes in the scenario file, path by path."""
    rows = [
        (escape(variant.name), f"<code>{escape(path)}</code>", escape(str(old)), escape(str(new)))
        for variant in run.scenario.variants
        for path, old, new in run.scenario.difference(variant.name)
    ]
    return html_table(("variant", "what it changes", "design", "variant"), rows, name="variants") if rows else ""
