"""Writes the report of a run: one self-contained HTML file (no network), and the content of summary.json."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any

from experiments import report_posterior, report_tables, report_text
from experiments.activation_log import read_log
from experiments.attribution import attribution_table
from experiments.chain_picture import picture_from_json
from experiments.compare_table import compare_rows
from experiments.comparing import compare_designs
from experiments.figures import charts
from experiments.figures_chain import chain_charts
from experiments.kpi_abuse import ABUSE
from experiments.kpi_list import COMPARED, KPIS
from experiments.kpi_table import LEVEL, Estimate, difference_table, estimate, headline_level, kpi_table
from experiments.page import chart_html, filled
from experiments.reported import load_reported
from experiments.verdict import DECIDING, Verdict, uncertainty_note, verdict
from experiments.world_names import DESIGN, NO_CAMPAIGN
from experiments.world_view import Worlds, campaign_app, worlds_of

__all__ = ["abuse_table", "chain_section", "write_report", "write_summary"]

SECTIONS = ("growth", "retention", "money", "cascades", "variants", "chain")


def _reported(run: Any) -> Sequence[Any]:
    """Reported points of the campaign's app."""
    return [row for row in load_reported() if row.app == campaign_app(run)]


def _judge(worlds: Worlds) -> tuple[dict[str, Estimate], dict[str, dict[str, Estimate]], Verdict]:
    table = kpi_table(worlds)
    differences = difference_table(worlds, COMPARED)
    compared = compare_designs(worlds, next(kpi for kpi in KPIS if kpi.id == DECIDING))
    return table, differences, verdict(table, compared)


def chain_section(run: Any) -> list[str]:
    """The society of the run in pictures, from the numbers that the run has kept of it; runs of older versions kept
    none."""
    file = run.folder / "chain.json"
    if not file.is_file():
        return ["<p>This run has kept no picture of its chain.</p>"]
    picture = picture_from_json(file.read_text(encoding="utf-8"))
    return [f"<p>{escape(picture.facts)}.</p>", *(chart_html(chart, "h3") for chart in chain_charts(picture))]


def _attributed(run: Any, worlds: Worlds) -> str:
    """Classes of the people whom attribution gives to the campaign, person by person beside the same world without."""
    if not (run.folder / "activations.parquet").is_file():
        return "<p>This run has kept no log of activations.</p>"
    return report_tables.kpi_table_html(attribution_table(run, worlds))


def abuse_table(run: Any, worlds: Worlds, variant: str = DESIGN) -> dict[str, Estimate]:
    """KPIs of abuse and risk control by id; none where the scenario has neither."""
    if run.scenario.abuse is None and run.scenario.risk is None:
        return {}
    return {kpi.id: estimate(worlds, kpi, variant) for kpi in ABUSE}


def _abuse(run: Any, worlds: Worlds) -> str:
    """What strangers and farmed accounts took, and what risk control did, as a table of its own."""
    table = abuse_table(run, worlds)
    if not table:
        return ""
    return "<h3>Abuse and risk control</h3>" + report_tables.kpi_table_html(table)


def _compared(run: Any, worlds: Worlds, reported: Sequence[Any]) -> str:
    """What was reported of the app beside what is simulated."""
    if not reported:
        return "<p>No figure was reported of this app (<code>experiments/reported</code>).</p>"
    return (
        f"<p>{report_posterior.reported_words(run.scenario)}</p>"
        f"{report_tables.compare_table_html(compare_rows(run, worlds))}"
        "<details><summary>Every reported number with its source</summary>"
        f"{report_tables.reported_table(reported)}</details>"
    )


def write_report(run: Any, path: str | Path) -> Path:
    """Write the report of `run` (as of `experiments.results.read_run`) to `path` and return it.

    It reads the same on screen and on paper.
    """
    worlds, reported, log = worlds_of(run), _reported(run), read_log(run)
    table, differences, found = _judge(worlds)
    drawn: dict[str, list[str]] = {section: [] for section in SECTIONS}
    for chart in charts(run, worlds, log, reported, differences):
        drawn[chart.section].append(chart_html(chart, "h3"))
    drawn["chain"] = chain_section(run)
    drawn["money"] += [report_tables.ledger_html(worlds), _abuse(run, worlds)]
    scenario, campaign = run.scenario, run.scenario.campaign
    page = filled(
        "report",
        "report",
        scenario.title,
        question=escape(scenario.question),
        level=headline_level(worlds.draws),
        facts=report_text.facts_line(run, f"Campaign {campaign.start:%-d %B} to {campaign.end:%-d %B %Y}"),
        verdict=report_text.verdict_html(found, uncertainty_note(table["mau_lift"])),
        tiles=report_text.tiles(table),
        kpis=report_tables.kpi_table_html(table),
        attributed=_attributed(run, worlds),
        compared=_compared(run, worlds, reported),
        assumptions=report_tables.assumption_table(run),
        posterior=report_posterior.section(scenario),
        generations=report_tables.cascade_table(log),
        changes=report_tables.variant_changes(run),
        limits=report_text.sample_limits(run, [scenario]),
        ladder=report_text.ladder_html(run),
        provenance=report_text.provenance(run),
        **{section: "".join(parts) for section, parts in drawn.items()},
    )
    path = Path(path)
    path.write_text(page, encoding="utf-8")
    return path


def write_summary(run: Any) -> dict[str, Any]:
    """Content of summary.json: verdict, KPIs of every variant, paired differences, reported rows."""
    worlds = worlds_of(run)
    table, differences, found = _judge(worlds)
    variants = [name for name in worlds.central if name != NO_CAMPAIGN]
    return {
        "name": run.scenario.name,
        "title": run.scenario.title,
        "question": run.scenario.question,
        "level": LEVEL,
        "replicates": worlds.replicates,
        "parameter_draws": worlds.draws,
        "people_per_user": worlds.people_per_user,
        "verdict": [sentence.__dict__ for sentence in found.sentences],
        "verdict_text": found.text(),
        "kpis": {
            name: {
                key: item.as_dict()
                for key, item in {
                    **(table if name == DESIGN else kpi_table(worlds, name)),
                    **abuse_table(run, worlds, name),
                }.items()
            }
            for name in variants
        },
        "differences": {name: {key: item.as_dict() for key, item in row.items()} for name, row in differences.items()},
        "reported": compare_rows(run, worlds),
    }
