"""`growth check model`: every row of both target tables, measured with one defaults file and printed, misses included."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from experiments.presets import preset
from experiments.progress import Report
from experiments.row_table import Row
from experiments.scenario import Scenario
from experiments.validation.book.answers import Answer, Answers
from experiments.validation.book.cascades import cascade_answers, email_game
from experiments.validation.book.contrasts import contrast_answers
from experiments.validation.book.laws import branching, depth_identity, virality_identity
from experiments.validation.book.rows import book_row, known_misses
from experiments.validation.book.runs import PresetRun, resized, run_preset
from experiments.validation.book.shown import shown_answers, yuanbao
from experiments.validation.book.staying import staying_answers
from experiments.validation.book.targets import BookTarget, book_targets

__all__ = ["SIMULATED", "model", "rows_of", "scaled_game"]

SIMULATED = ("plain_share", "incentivised", "pay_per_conversion", "retention", "gala_2019", "threads")
"""Presets that are simulated; the others are read off their tables. The e-mail game and Yuanbao's design come on top."""
YUANBAO: dict[str, Any] = {"users": 20_000, "count": 3, "replicates": 4, "parameter_draws": 12}
GAME_USERS, GAME_REPLICATES = 500_000, 4


def model(users: int | None = None, full: bool = False, write: Path | None = None) -> list[Row]:
    """Every published row on cascades and retention beside what the defaults show; emergent rows are the evidence.

    ``users`` of each preset's society, instead of those of its file; ``full`` runs the e-mail game with five million
    people (w = 1) instead of a tenth; ``write`` puts the book into a page between its two markers.
    """
    from experiments.platform import set_up
    from experiments.progress import Progress
    from experiments.validation.book.page import write_book

    set_up()
    started = time.monotonic()
    with Progress() as progress, tempfile.TemporaryDirectory() as folder:
        runs = _runs(Path(folder), users, progress.tell)
        game = preset("email_game")
        if not full:
            game = scaled_game(game, min(users or GAME_USERS, GAME_USERS))
        progress.tell(Report("email_game", 0, 0))
        email = email_game(game, 1 if full else GAME_REPLICATES, _named(progress.tell, "email_game"))
        progress.tell(Report("rows", 0, 0))
        rows = rows_of(runs, email)
    if write is not None:
        write_book(write, rows, seconds=time.monotonic() - started, full=full)
    return [{**row, "notes": [f"known miss: {miss}" for miss in known_misses([row])]} for row in rows]


def _runs(folder: Path, users: int | None, tell: Callable[[Report], None]) -> dict[str, PresetRun]:
    """Every simulated preset and Yuanbao's design, in folders that are dropped afterwards."""
    scenarios: dict[str, Scenario] = {name: preset(name) for name in SIMULATED}
    scenarios["yuanbao"] = resized(yuanbao(), **YUANBAO)
    if users is not None:
        scenarios = {name: resized(scenario, users=users) for name, scenario in scenarios.items()}
    return {name: run_preset(scenario, folder / name, tell) for name, scenario in scenarios.items()}


def rows_of(runs: dict[str, PresetRun], email: Answer) -> list[Row]:
    """One row for each target, in the order of the tables. Raises KeyError where one has no answer."""
    targets = {target.id: target for target in book_targets()}
    answers = _answers(runs, email, targets)
    if extra := sorted(set(answers) - set(targets)):
        raise KeyError(f"answers without a target: {extra}")
    return [
        book_row(target, answers[name].statements, without=answers[name].without, cost=answers[name].cost)
        for name, target in targets.items()
    ]


def _answers(runs: dict[str, PresetRun], email: Answer, targets: dict[str, BookTarget]) -> Answers:
    forests = [run.forest(variant) for run in runs.values() for variant in run.worlds.central]
    return {
        "identity_depth1": Answer(depth_identity(forests)),
        "identity_virality": Answer(virality_identity()),
        "branching_subcritical": Answer(branching()),
        **cascade_answers(runs, email),
        **contrast_answers(runs),
        **staying_answers(runs, targets),
        **shown_answers(runs["yuanbao"], runs["incentivised"], targets),
    }


def scaled_game(scenario: Scenario, users: int) -> Scenario:
    """The e-mail game in a smaller society with as many seeds per person."""
    share = users / scenario.chain.users  # type: ignore[union-attr]

    def smaller(reach: Any) -> Any:
        contacted = reach.people_per_day.model_copy(update={"value": reach.people_per_day.value * share})
        return reach.model_copy(update={"people_per_day": contacted})

    reaches = tuple(smaller(reach) for reach in scenario.reaches)
    return resized(scenario, users=users).model_copy(update={"reaches": reaches})


def _named(tell: Callable[[Report], None], name: str) -> Callable[[Report], None]:
    return lambda report: tell(report._replace(phase=f"{name}: {report.phase}"))
