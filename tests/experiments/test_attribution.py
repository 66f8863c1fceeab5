"""Attribution on a real run: identities against the log itself, and variants that are the world without a campaign."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from experiments.attribution import attribution_table, classes_of
from experiments.report import write_report
from experiments.results import Run
from experiments.world_view import worlds_of
from growth import kpis
from growth.attribution import CLASSES
from growth.intervals import mean_interval


def by_class(table: np.ndarray) -> dict[str, np.ndarray]:
    return {name: table[:, place] for place, name in enumerate(CLASSES)}


def test_people_activated_are_those_of_the_log(small_run: Run) -> None:
    """Counted here with pandas, person by person."""
    log = small_run.activations()
    log = log[(log.app == "our app") & (log.day >= 0)]
    found = by_class(classes_of(small_run)[0])
    for replicate in range(2):
        mine = log[log.replicate == replicate]
        ours = set(mine[mine.variant == "design"].user)
        none = set(mine[mine.variant == "no campaign"].user)
        w = small_run.people_per_user
        assert found["with campaign"][replicate] == len(ours) * w
        assert found["without campaign"][replicate] == len(none) * w
        assert found["displaced"][replicate] == len(none - ours) * w
        assert found["incremental"][replicate] + found["halo"][replicate] == len(ours - none) * w


def test_every_person_is_in_one_class_in_every_world(small_run: Run) -> None:
    for table in classes_of(small_run):
        assert table is not None
        found = by_class(table)
        lift = found["with campaign"] - found["without campaign"]
        np.testing.assert_array_equal(lift, found["incremental"] + found["halo"] - found["displaced"])
        assert (found["incremental"] > 0).all()


def test_everything_off_brings_nobody(small_run: Run) -> None:
    found = by_class(classes_of(small_run, "everything off")[0])
    assert (found["incremental"] == 0).all()
    assert (found["pulled forward"] == 0).all()
    assert (found["halo"] == 0).all()
    assert (found["displaced"] == 0).all()


def test_cannibalisation_is_pulled_forward_and_anyway(small_run: Run) -> None:
    seen = 0.0
    for table in classes_of(small_run):
        assert table is not None
        found = by_class(table)
        parts = found["pulled forward"] + found["anyway"]
        ratio = kpis.cannibalisation(found["incremental"], found["incremental"] + parts)
        np.testing.assert_array_equal(ratio.numerator, parts)
        seen += parts.sum()
    assert seen > 0


def test_the_table_is_the_mean_over_replicates_or_not_identified(small_run: Run) -> None:
    """Two replicates may not tell the attributed from none: then shares of them have no value."""
    table = attribution_table(small_run, worlds_of(small_run))
    found = by_class(classes_of(small_run)[0])
    attributed = found["incremental"] + found["pulled forward"] + found["anyway"]
    assert table["attributed"].value == pytest.approx(attributed.mean())
    _, low, _ = mean_interval(attributed)
    assert table["anyway"].identified == bool(low > 0)
    if table["anyway"].identified:
        assert table["anyway"].value == pytest.approx(found["anyway"].mean() / attributed.mean())


def test_the_report_says_who_came_because_of_the_campaign(small_run: Run, tmp_path: Path) -> None:
    page = write_report(small_run, tmp_path / "report.html").read_text(encoding="utf-8")
    for measure in attribution_table(small_run, worlds_of(small_run)).values():
        assert measure.label in page
