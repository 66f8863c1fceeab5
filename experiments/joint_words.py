"""A joint run in words and rows: what `growth compare` prints of it, and the content of its summary."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import typer

from experiments.joint_kpis import (
    COST_COLUMNS,
    EFFECT_COLUMNS,
    SHARE_COLUMNS,
    cost_rows,
    effect_rows,
    share_rows,
    widest,
)
from experiments.joint_reported import REPORTED_COLUMNS, reported_rows
from experiments.joint_results import JointRun, read_joint_run
from experiments.kpi_table import LEVEL, headline_level
from experiments.number_format import amount, interval
from experiments.row_table import print_rows

__all__ = ["compare_joint", "draws_of", "joint_sentences", "joint_summary"]

Rows = list[dict[str, Any]]


def joint_summary(run: JointRun) -> dict[str, Any]:
    """Content of summary.json: what each campaign won and took, the share from rivals, the money, the verdict."""
    effects, shares, costs = effect_rows(run), share_rows(run), cost_rows(run)
    return {
        "name": run.joint.name,
        "title": run.joint.file.title,
        "question": run.joint.file.question,
        "level": LEVEL,
        "replicates": int(run.central.sizes["replicate"]),
        "parameter_draws": draws_of(run),
        "people_per_user": run.people_per_user,
        "worlds": {name: dict(zip(run.joint.apps, who, strict=True)) for name, who in run.joint.worlds.items()},
        "verdict": joint_sentences(effects, shares, draws_of(run)),
        "effects": effects,
        "from_rivals": shares,
        "costs": costs,
        "reported": reported_rows(run),
    }


def draws_of(run: JointRun) -> int:
    """Parameter draws of a run."""
    return int(run.draws.sizes["draw"]) if run.draws is not None else 0


def joint_sentences(effects: Rows, shares: Rows, draws: int) -> list[str]:
    """A sentence for each app: what its campaign won, and how much of it the others lost. Nothing is claimed where an
    interval covers zero."""
    said = []
    for share in shares:
        app = share["campaign"]
        won = next(row for row in effects if (row["campaign"], row["app"], row["id"]) == (app, app, "activations"))
        text = (
            f"{app}: its campaign won {amount(won['value'], 'people')} activations that it would not have had beside "
        )
        text += f"the same rivals ({_span(won)}); "
        if share["value"] is None:
            text += "what share of them the others lost is not identified."
        elif not share["shown"]:
            text += f"that the others lost by it is not shown ({_span(share)} of what it won)."
        else:
            text += f"the others lost {amount(share['value'], 'share')} of that number ({_span(share)})."
        said.append(text)
    kind = (
        f"the unknown parameters ({headline_level(draws)}) and Monte Carlo error" if draws > 1 else "Monte Carlo error"
    )
    return [*said, f"Intervals hold {kind}; both worlds of a difference have the same luck."]


def _span(row: dict[str, Any]) -> str:
    return interval(*widest(row), row["unit"])


def compare_joint(folder: Path, as_json: bool) -> None:
    """Print what each campaign of a finished joint run won, what it took from each rival, and the money."""
    told = joint_summary(read_joint_run(folder))
    if as_json:
        typer.echo(json.dumps(told, indent=2, ensure_ascii=False))
        return
    own = [row for row in told["effects"] if row["campaign"] == row["app"]]
    others = [row for row in told["effects"] if row["campaign"] != row["app"]]
    without_campaign = {name: read for name, read in EFFECT_COLUMNS.items() if name != "users of"}
    print_rows(own, as_json=False, title="What each campaign won", columns=without_campaign)
    print_rows(others, as_json=False, title="What it took from the others", columns=EFFECT_COLUMNS)
    print_rows(told["from_rivals"], as_json=False, title="Lost by the others over won", columns=SHARE_COLUMNS)
    print_rows(told["costs"], as_json=False, title="Money, beside the others and alone", columns=COST_COLUMNS)
    if told["reported"]:
        print_rows(told["reported"], as_json=False, title="Reported beside simulated", columns=REPORTED_COLUMNS)
    for sentence in told["verdict"]:
        typer.echo(sentence)
