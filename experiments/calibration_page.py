"""The page of a calibration: DAU before and after the data, figures beside predictions, parameters, what is unknown."""

from __future__ import annotations

import datetime as dt
from html import escape
from typing import Any

import numpy as np
import plotly.graph_objects as go

from experiments.calibration_tables import words
from experiments.figure_theme import CATEGORIES, MILLION, MUTED, figure, translucent
from experiments.likelihood import Model
from experiments.number_format import plain
from experiments.page import Chart, chart_html, html_table, page
from experiments.predictive import Outcomes

__all__ = ["calibration_page", "page", "table"]

_WIDEST = 0.95
_TICKS = [digit * 10**power for power in range(-3, 4) for digit in (1, 2, 5)]


def calibration_page(
    model: Model, summary: dict[str, Any], prior: Outcomes, found: Outcomes, forecast: dict[str, Any]
) -> str:
    """One HTML file that loads nothing."""
    title = f"Calibration: {model.plan.scenario.title or model.plan.scenario.name}"
    until = f" Figures up to {summary['until']}." if summary["until"] else ""
    state = "; ".join(summary["complaints"]) or "converged"
    apart = "".join(f"<li>{escape(line)}</li>" for line in summary["words"])
    notes = "".join(f"<li>{escape(line)}</li>" for line in summary["notes"])
    names = ", ".join(escape(row["parameter"]) for row in summary["parameters"] if not row["identified"])
    known = [row for row in summary["parameters"] if row["identified"]]
    parts = [
        f"<p>{len(model.observed)} figures, {model.size} unknowns; {escape(state)}: R-hat "
        f"{summary['r_hat']:.4f}, bulk ESS {summary['bulk_ess']:.0f}, {100 * summary['divergent']:.2f} % divergent."
        f"{until} Intervals are 90 %.</p>",
        _section("dau", "Daily users before and after the figures", _dau(model, prior, found)),
        _section("rank", "Rank on the App Store's free chart (predictive)", _rank(forecast)),
        "<h2>Reported beside predicted</h2>" + table(summary["reported"], _REPORTED, lambda row: not row["inside"]),
        "<h2>Each figure without itself</h2><p>What the other figures predict of it, by importance sampling; a k above "
        ".7 says that it moves the posterior too much for that. Scores are logs of probabilities, higher is better.</p>"
        + table(summary["left_out"], _LEFT_OUT, lambda row: row["inside"] is False),
        f"<h2>What cannot be told apart</h2><ul>{apart}</ul>" + table(summary["apart"], list(summary["apart"][0])),
        "<h2>What the figures say of the parameters</h2>" + table(known, _PARAMETERS),
        f"<h2>Not identified by these data</h2><p>Contraction below {summary['not_identified_below']}, a threshold "
        f"declared before any fit: {names}</p>",
        *_check(summary.get("check")),
        "<h2>Which figure would help most</h2>" + table(summary["information"], list(summary["information"][0])),
        f"<h2>Forecast</h2><p>forecast.json, SHA-256 {summary['forecast_sha256']}</p>" + _forecast(forecast),
        f"<h2>Notes</h2><ul>{notes}</ul>",
    ]
    return page(title, parts)


def _check(check: dict[str, Any] | None) -> list[str]:
    """The cross-check, where there was one; rows on which the methods disagree are marked."""
    if check is None:
        return []
    from experiments.neural_tables import check_lines

    lines = check_lines(check)
    said = "".join(f"<p>{escape(line)}</p>" for line in [*lines[: -len(check["rows"]) - 1], lines[-1]])
    return [
        "<h2>Cross-check by a neural posterior</h2>" + said,
        table(check["rows"], _CHECK, lambda row: row["verdict"] != "agree"),
    ]


_REPORTED = ["quantity", "date", "measurer", "relation", "reported", "prior_low", "prior_high", "low", "median", "high"]
_LEFT_OUT = ["figure", "score_prior", "score", "low", "median", "high", "k", "reliable"]
_CHECK = ["parameter", "hmc_low", "hmc", "hmc_high", "flow_low", "flow", "flow_high"]
_CHECK += ["medians_apart", "width_ratio", "flow_covers_90", "flow_covers_50", "verdict"]
_PARAMETERS = ["parameter", "prior_low", "prior", "prior_high", "low", "median", "high", "contraction", "pressed"]


def _section(name: str, heading: str, chart: go.Figure) -> str:
    return chart_html(Chart(name, "", heading, "", chart))


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return plain(value) if isinstance(value, float) else escape(str(value))


def table(rows: list[dict[str, Any]], columns: list[str], marked: Any = lambda row: False) -> str:
    """Rows as an HTML table, those that are ``marked`` in red."""
    numeric = [at for at, name in enumerate(columns) if any(isinstance(row[name], int | float) for row in rows)]
    cells = [[_cell(row[name]) for name in columns] for row in rows]
    off = {number for number, row in enumerate(rows) if marked(row)}
    return html_table([escape(name.replace("_", " ")) for name in columns], cells, numeric=numeric, off=off)


def _forecast(forecast: dict[str, Any]) -> str:
    rows = [
        {"quantity": name, "day": day, "90 % and median": words(values)}
        for name in ("mau", "wau")
        for day, values in forecast[name].items()
    ]
    return table(rows, ["quantity", "day", "90 % and median"])


def _dau(model: Model, prior: Outcomes, found: Outcomes) -> go.Figure:
    plan = model.plan
    days = [plan.first + dt.timedelta(days=day) for day in range(plan.days)]
    chart = figure(y="DAU, million people", height=420)
    for label, one, color in (("prior", prior, MUTED), ("posterior", found, CATEGORIES[0])):
        low, middle, high = np.quantile(one.dau, (1 - _WIDEST, 0.5, _WIDEST), axis=0) / MILLION
        both = [*days, *days[::-1]]
        chart.add_trace(
            go.Scatter(
                x=both,
                y=[*high, *low[::-1]],
                fill="toself",
                fillcolor=translucent(color, 0.18),
                line={"width": 0},
                name=f"{label}, 90 %",
                hoverinfo="skip",
                mode="lines",
            )
        )
        chart.add_trace(go.Scatter(x=days, y=middle, name=f"{label}, median", mode="lines", line={"color": color}))
    daily = [one for one in model.observed if one.functional.variable == "active" and one.functional.window == 1]
    chart.add_trace(
        go.Scatter(
            x=[one.row.window_end or one.row.date for one in daily],
            y=[one.row.value / MILLION for one in daily],
            mode="markers",
            name="reported",
            marker={"color": CATEGORIES[1], "size": 9, "symbol": "diamond"},
            text=[one.name for one in daily],
            hovertemplate="%{text}<extra></extra>",
        )
    )
    chart.update_xaxes(tickformat="%-d %b")
    chart.update_yaxes(type="log", tickvals=_TICKS)
    return chart


def _rank(forecast: dict[str, Any]) -> go.Figure:
    chart = figure(y="rank", height=320)
    days = list(forecast["rank"])
    low, middle, high = (np.array([forecast["rank"][day][at] for day in days]) for at in range(3))
    chart.add_trace(
        go.Scatter(
            x=[*days, *days[::-1]],
            y=[*high, *low[::-1]],
            fill="toself",
            line={"width": 0},
            mode="lines",
            fillcolor=translucent(CATEGORIES[2], 0.2),
            name="90 %",
            hoverinfo="skip",
        )
    )
    chart.add_trace(go.Scatter(x=days, y=middle, mode="lines", name="median", line={"color": CATEGORIES[2]}))
    chart.update_xaxes(tickformat="%-d %b")
    chart.update_yaxes(autorange="reversed", type="log", tickvals=_TICKS)
    return chart
