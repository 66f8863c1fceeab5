"""`growth check model`: every row of both target tables, measured with one defaults file, misses included."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from experiments.presets import preset
from experiments.progress import Report
from experiments.row_table import Row
from experiments.scenario import Scenario
from experiments.scenario_world import FociChain
from experiments.validation.book.answers import Answer, Answers
from experiments.validation.book.cascades import cascade_answers
from experiments.validation.book.contrasts import contrast_answers
from experiments.validation.book.laws import branching, depth_identity, virality_identity
from experiments.validation.book.rows import book_row, known_misses
from experiments.validation.book.runs import PresetRun, resized, run_preset, work_of
from experiments.validation.book.shown import shown_answers, yuanbao
from experiments.validation.book.staying import staying_answers
from experiments.validation.book.targets import BookTarget, book_targets
from experiments.validation.book.worlds import BLOCK

__all__ = ["SIMULATED", "model", "preset_runs", "rows_of", "scaled_game"]

SIMULATED = (
    "plain_share", "incentivised", "pay_per_conversion", "viral_features", "giving_back", "hubs", "retention",
    "gala_2019", "threads",
)  # fmt: skip
"""Presets that are simulated; others are read off their tables. The e-mail game and Yuanbao's design come on top."""
YUANBAO: dict[str, Any] = {"users": 20_000, "replicates": 12, "parameter_draws": 20}
GAME: dict[str, Any] = {"users": 20_000, "count": 3, "replicates": 20, "parameter_draws": 12}


def model(users: int | None = None, full: bool = False, write: Path | None = None) -> list[Row]:
    """Every published row on cascades and retention beside what the defaults show; emergent rows are the evidence.

    ``users`` of each preset's society, instead of those of its file; ``full`` runs the e-mail game with five million
    people (w = 1) instead of a sample; ``write`` puts the book into a page between its two markers.
    """
    from experiments.platform import set_up
    from experiments.progress import Progress
    from experiments.validation.book.page import page_parts, write_book

    if write is not None:
        page_parts(write)  # a page that cannot take the book is refused before anything is simulated
    set_up()
    started = time.monotonic()
    with Progress() as progress:
        runs = preset_runs(full, progress.tell, **({} if users is None else {"users": users}))
        progress.tell(Report("reading the rows", 0, 0))
        rows = rows_of(runs)
    if write is not None:
        write_book(write, rows, seconds=time.monotonic() - started, full=full)
    return [{**row, "notes": [f"known miss: {miss}" for miss in known_misses([row])]} for row in rows]


def preset_runs(
    full: bool = False, tell: Callable[[Report], None] = lambda _: None, **size: int
) -> dict[str, PresetRun]:
    """Every simulated preset in one structure; the full e-mail game and Yuanbao's design in structures of their own.

    ``size``: numbers of `resized` instead of those of the files.
    """
    scenarios: dict[str, Scenario] = {name: resized(preset(name), **size) for name in SIMULATED}
    game = preset("email_game")
    scenarios["email_game"] = game if full else scaled_game(game, **{**GAME, **size})
    scenarios["yuanbao"] = resized(yuanbao(), **{**YUANBAO, **size})
    alone = {"yuanbao", *(["email_game"] if full else [])}
    blocks = {
        name: one.run.replicates + one.run.parameter_draws if name in alone else BLOCK
        for name, one in scenarios.items()
    }
    work = {name: work_of(scenario, blocks[name]) for name, scenario in scenarios.items()}
    runs, done = {}, 0
    for name, scenario in scenarios.items():
        told = partial(_tell_all, tell, done, sum(work.values()))
        runs[name] = run_preset(scenario, told, shared=name not in alone, block=blocks[name])
        done += work[name]
    return runs


def _tell_all(tell: Callable[[Report], None], before: int, total: int, report: Report) -> None:
    """What one preset tells, as a part of all."""
    tell(Report("simulating the presets", min(before + report.done, total), total, "days of blocks"))


def rows_of(runs: dict[str, PresetRun]) -> list[Row]:
    """One row for each target, in the order of the tables. Raises KeyError where one has no answer."""
    targets = {target.id: target for target in book_targets()}
    answers = _answers(runs, targets)
    if extra := sorted(set(answers) - set(targets)):
        raise KeyError(f"answers without a target: {extra}")
    return [
        book_row(target, one.statements, without=one.without, cost=one.cost, said=one.said)
        for name, target in targets.items()
        for one in (answers[name],)
    ]


def _answers(runs: dict[str, PresetRun], targets: dict[str, BookTarget]) -> Answers:
    forests = [run.forest(variant) for run in runs.values() for variant in run.variants]
    return {
        "identity_depth1": Answer(depth_identity(forests)),
        "identity_virality": Answer(virality_identity()),
        "branching_subcritical": Answer(branching()),
        **cascade_answers(runs),
        **contrast_answers(runs),
        **staying_answers(runs, targets),
        **shown_answers(runs["yuanbao"], runs["incentivised"], targets),
    }


def scaled_game(scenario: Scenario, users: int, **run: Any) -> Scenario:
    """The e-mail game in a smaller, stored society with as many seeds per person, and other numbers of `resized`."""
    share = users / scenario.chain.users  # type: ignore[union-attr]

    def smaller(reach: Any) -> Any:
        contacted = reach.people_per_day.model_copy(update={"value": reach.people_per_day.value * share})
        return reach.model_copy(update={"people_per_day": contacted})

    reaches = tuple(smaller(reach) for reach in scenario.reaches)
    small = resized(scenario, users=users, **run)
    chain = FociChain.model_validate(small.chain.model_dump() | {"kind": "foci"})
    return small.model_copy(update={"reaches": reaches, "chain": chain})
