"""What `growth compare` prints: the designs by one KPI, the verdict in words, and reported beside simulated."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import typer

from experiments.comparing import Comparison, compare_designs
from experiments.row_table import print_rows
from experiments.scenario import Scenario
from experiments.unmoved import unmoved_note
from experiments.variant_rows import CHOICE_COLUMNS, VARIANT_COLUMNS, choice_rows, kpi_named, variant_rows
from experiments.world_view import Worlds

__all__ = ["compare_run", "compare_to_precision"]


def compare_run(folder: Path, by: str, matters: float | None, as_json: bool) -> None:
    """Compare the designs of a finished run. Raises InputError for an unknown KPI."""
    from experiments.compare_table import COLUMNS, compare_rows
    from experiments.results import read_run
    from experiments.world_view import worlds_of

    kpi = kpi_named(by)
    found = read_run(folder)
    worlds = worlds_of(found)
    comparison = compare_designs(worlds, kpi, threshold=matters)
    reported = compare_rows(found, worlds)
    told: dict[str, Any] = {"reported": reported}
    if as_json:
        _print(comparison, worlds, told)
        return
    _show(comparison, worlds, found.scenario)
    if reported:
        print_rows(reported, as_json=False, title="Reported beside simulated", columns=COLUMNS)


def compare_to_precision(scenario: Scenario, by: str, matters: float | None, precision: float, as_json: bool) -> None:
    """Compare a scenario's designs with replicates added until the precision is reached; nothing is written."""
    from experiments.platform import set_up
    from experiments.progress import Progress
    from experiments.sequential import compare_until

    kpi = kpi_named(by)
    set_up()
    with Progress() as progress:
        found = compare_until(scenario, kpi, precision, threshold=matters, tell=progress.tell)
    if as_json:
        _print(found.comparison, found.worlds, {"replicates": found.replicates, "why": found.why})
        return
    _show(found.comparison, found.worlds, scenario)
    typer.echo(f"{found.replicates} of {found.most} replicates: {found.why}.")


def _print(comparison: Comparison, worlds: Worlds, more: dict[str, Any]) -> None:
    told = {"verdict": comparison.sentence(), "designs": choice_rows(comparison), "variants": variant_rows(worlds)}
    typer.echo(json.dumps(told | more, indent=2, ensure_ascii=False))


def _show(comparison: Comparison, worlds: Worlds, scenario: Scenario) -> None:
    if len(comparison.options) > 1:
        title = f"By {comparison.kpi.label}"
        print_rows(choice_rows(comparison), as_json=False, title=title, columns=CHOICE_COLUMNS)
        print_rows(variant_rows(worlds), as_json=False, title="Variants against the design", columns=VARIANT_COLUMNS)
        typer.echo(comparison.sentence() + "\n")
        if note := unmoved_note(scenario):
            typer.echo(note + "\n")
