"""Writes the report of a joint run: one self-contained HTML file (no network), in the look of every report."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape
from importlib import resources
from pathlib import Path
from string import Template
from types import SimpleNamespace
from typing import Any

from plotly.offline import get_plotlyjs

from experiments import report_tables, report_text
from experiments.figures import Chart
from experiments.figures_joint import app_curves, costs, effect_matrix, ledgers
from experiments.joint_kpis import COST_COLUMNS, EFFECT_COLUMNS, SHARE_COLUMNS
from experiments.joint_reported import REPORTED_COLUMNS
from experiments.joint_results import JointRun
from experiments.joint_words import draws_of, joint_summary
from experiments.kpi_table import headline_level
from experiments.number_format import plain
from experiments.report import chain_section, chart_html
from experiments.reported import load_reported
from experiments.world_view import users_of

__all__ = ["write_joint_report"]

MATRIX = ("activations", "mau", "stay")
"""The measures whose matrix is drawn; the table holds all."""


def write_joint_report(run: JointRun, path: str | Path) -> dict[str, Any]:
    """Write the report of a joint run to ``path``; returns the content of its summary (`joint_summary`).

    The file holds the plotting library once and asks nothing of the network. About 5 MB.
    """
    told, draws = joint_summary(run), draws_of(run)
    page = _template("joint.html").substitute(
        title=escape(run.joint.file.title or run.joint.name),
        question=escape(run.joint.file.question),
        facts=_facts(run),
        verdict="".join(f"<p>{escape(sentence)}</p>" for sentence in told["verdict"]),
        growth="".join(map(chart_html, _growth(run))),
        reported=_reported(told["reported"]),
        level=headline_level(draws) if draws > 1 else "none",
        matrix=chart_html(
            Chart(
                "matrix_chart", "matrix", "The cannibalisation matrix", _BANDS, effect_matrix(told["effects"], MATRIX)
            )
        ),
        effects=_table(told["effects"], EFFECT_COLUMNS, "effects"),
        shares=_table(told["from_rivals"], SHARE_COLUMNS, "shares"),
        money="".join(map(chart_html, _money(run, told["costs"]))),
        costs=_table(told["costs"], COST_COLUMNS, "costs"),
        chain="".join(chain_section(run)),
        assumptions="".join(_assumptions(run)),
        limits=report_text.sample_limits(run, run.joint.designs),
        provenance=report_text.provenance(run),
        style=_style(),
        plotly=get_plotlyjs(),
    )
    Path(path).write_text(page, encoding="utf-8")
    return told


_BANDS = "An interval that touches zero shows no effect."


def _template(name: str) -> Template:
    return Template((resources.files("experiments") / "templates" / name).read_text(encoding="utf-8"))


def _style() -> str:
    """The style of every report, from the template of the single one."""
    found = re.search(r"<style>(.*?)</style>", _template("report.html").template, flags=re.DOTALL)
    return found[1] if found is not None else ""


def _facts(run: JointRun) -> str:
    start, end = run.joint.window
    users = users_of(run)
    facts = [
        f"Campaigns {start:%-d %B} to {end:%-d %B %Y}: {', '.join(run.joint.apps)}",
        f"{plain(run.people_per_user * users)} people, {plain(float(users))} of them simulated",
        f"{len(run.joint.worlds)} worlds on the same luck",
        f"{run.central.sizes['replicate'] * run.central.sizes['chain']} replicates, {draws_of(run)} parameter draws",
    ]
    return " · ".join(escape(fact) for fact in facts)


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
    return report_tables.html_table(list(columns), cells, numeric=numeric, name=name)


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
