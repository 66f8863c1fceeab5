"""Writes the report of a joint run: one self-contained HTML file (no network), in the look of every report."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from experiments import report_tables, report_text
from experiments.figures_joint import app_curves, costs, effect_matrix, ledgers
from experiments.joint_kpis import COST_COLUMNS, EFFECT_COLUMNS, SHARE_COLUMNS
from experiments.joint_reported import REPORTED_COLUMNS
from experiments.joint_results import JointRun
from experiments.joint_words import draws_of, joint_summary
from experiments.kpi_table import headline_level
from experiments.page import Chart, chart_html, filled, html_table
from experiments.report import chain_section
from experiments.reported import load_reported

__all__ = ["write_joint_report"]

MATRIX = ("activations", "mau", "stay")
"""The measures whose matrix is drawn; the table holds all."""


def write_joint_report(run: JointRun, path: str | Path) -> dict[str, Any]:
    """Write the report of a joint run to ``path``; returns the content of its summary (`joint_summary`)."""
    told, draws = joint_summary(run), draws_of(run)
    page = filled(
        "joint",
        "report",
        run.joint.file.title or run.joint.name,
        question=escape(run.joint.file.question),
        facts=report_text.facts_line(run, _dates(run)),
        verdict="".join(f"<p>{escape(sentence)}</p>" for sentence in told["verdict"]),
        growth=_drawn(_growth(run)),
        reported=_reported(told["reported"]),
        level=headline_level(draws) if draws > 1 else "none",
        matrix=_drawn([_matrix(told["effects"])]),
        effects=_table(told["effects"], EFFECT_COLUMNS, "effects"),
        shares=_table(told["from_rivals"], SHARE_COLUMNS, "shares"),
        money=_drawn(_money(run, told["costs"])),
        costs=_table(told["costs"], COST_COLUMNS, "costs"),
        chain="".join(chain_section(run)),
        assumptions="".join(_assumptions(run)),
        limits=report_text.sample_limits(run, run.joint.designs),
        provenance=report_text.provenance(run),
    )
    Path(path).write_text(page, encoding="utf-8")
    return told


def _drawn(charts: list[Chart]) -> str:
    return "".join(chart_html(chart, "h3") for chart in charts)


def _dates(run: JointRun) -> str:
    start, end = run.joint.window
    return f"Campaigns {start:%-d %B} to {end:%-d %B %Y}: {', '.join(run.joint.apps)}"


def _growth(run: JointRun) -> list[Chart]:
    note = "Bands: over parameter draws where there are any; the narrow dark ones are 90 % Monte Carlo intervals."
    reported = load_reported()
    charts = []
    for place, app in enumerate(run.joint.apps):
        for name, label, quantities in (("dau", "DAU", ("dau", "dau_peak")), ("mau", "MAU", ("mau",))):
            if not run.central[name].notnull().any():
                continue  # the run is shorter than the window
            rows = [row for row in reported if row.app == app and row.quantity in quantities]
            drawn = app_curves(run, app, name, label, rows)
            charts.append(Chart(f"{name}_{place}", "growth", f"{label} of {app}", note, drawn))
    return charts


def _matrix(rows: list[dict[str, Any]]) -> Chart:
    note = "An interval that touches zero shows no effect."
    return Chart("matrix_chart", "matrix", "The cannibalisation matrix", note, effect_matrix(rows, MATRIX))


def _money(run: JointRun, rows: list[dict[str, Any]]) -> list[Chart]:
    cash = "Rewards and prizes over the activations that the campaign adds. Whiskers: over parameter draws."
    return [
        Chart("ledgers", "money", "What was spent", "All campaigns; means at the central parameters.", ledgers(run)),
        Chart("costs_chart", "money", "Cash per extra activation, jointly and alone", cash, costs(rows)),
    ]


def _table(rows: list[dict[str, Any]], columns: Mapping[str, Any], name: str) -> str:
    cells = [[escape(str(read(row))) for read in columns.values()] for row in rows]
    words = ("campaign of", "users of", "app", "campaigns", "metric", "shown", "inside", "grade")
    numeric = [place for place, heading in enumerate(columns) if heading not in words]
    return html_table(list(columns), cells, numeric=numeric, name=name)


def _reported(rows: list[dict[str, Any]]) -> str:
    """The reported users beside the simulated ones; nothing where nothing was reported of these apps."""
    if not rows:
        return ""
    return "<h3>Reported beside simulated</h3>" + _table(rows, REPORTED_COLUMNS, "reported")


def _assumptions(run: JointRun) -> list[str]:
    return [
        f"<details><summary>All parameters of {escape(design.campaign_app.name)} ({escape(design.name)})</summary>"
        f"{report_tables.assumption_table(SimpleNamespace(scenario=design))}</details>"
        for design in run.joint.designs
    ]
