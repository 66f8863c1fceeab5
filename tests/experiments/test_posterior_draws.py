"""A run whose parameter draws come from a posterior: the places of the numbers it knows, and no others, are its own."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from experiments.design_space import Lever, Objective
from experiments.known_answers import known_answer
from experiments.optimise import FINAL, FRESH, Space
from experiments.parameters import draw_places, values_at
from experiments.posterior_places import drawn_from, posterior_digest
from graphs.errors import InputError
from tests.golden.write import golden_scenario

KNOWN, OTHER = "app.our_app.base.dormant", "reach.ads.response_new"


def posterior(folder: Path, path: str = KNOWN, draws: int = 9) -> Path:
    table = {"chain": np.zeros(draws, int), "draw": np.arange(draws), path: np.linspace(0.6, 0.9, draws)}
    pd.DataFrame(table).to_parquet(folder / "places.parquet", index=False)
    return folder


def test_draws_take_the_places_of_the_posterior(tmp_path: Path) -> None:
    plain = golden_scenario()
    drawn = drawn_from(plain, posterior(tmp_path))
    before, after = (draw_places(one, 3, 5) for one in (plain, drawn))
    assert [one[KNOWN] for one in after] == pytest.approx([0.6, 0.75, 0.9])
    assert [one[OTHER] for one in after] == [one[OTHER] for one in before]
    assert values_at(drawn, after[1])[KNOWN] == pytest.approx(18_000)  # half way from 16,000 to 20,000
    assert drawn.sha256() != plain.sha256()
    assert drawn_from(plain, None).sha256() == plain.sha256()


def test_another_posterior_in_the_same_folder_is_refused(tmp_path: Path) -> None:
    drawn = drawn_from(golden_scenario(), posterior(tmp_path))
    assert drawn.run.posterior_sha256 == posterior_digest(tmp_path)
    posterior(tmp_path, draws=8)
    with pytest.raises(InputError, match="another posterior"):
        draw_places(drawn, 3, 5)


def test_a_posterior_that_does_not_fit_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no posterior"):
        drawn_from(golden_scenario(), tmp_path)
    with pytest.raises(InputError, match=r"of another scenario.*'app\.other\.base\.dau'"):
        draw_places(drawn_from(golden_scenario(), posterior(tmp_path, "app.other.base.dau")), 3, 5)
    with pytest.raises(InputError, match="fewer draws"):
        draw_places(drawn_from(golden_scenario(), posterior(tmp_path)), 10, 5)


def test_an_optimiser_gives_every_replicate_a_draw_of_its_own(tmp_path: Path) -> None:
    """Search and fresh luck at different draws, each lot spread over the posterior."""
    lever = Lever("reach.ads.people_per_day", 2_000, 50_000)
    town = known_answer("small_town")
    plain = Space(town, [lever], Objective.parse("icac"))
    assert plain.drawn == []
    space = Space(drawn_from(town, posterior(tmp_path, draws=2 * FINAL)), [lever], Objective.parse("icac"))
    search, fresh = ([space._draw_of(start + one)[KNOWN] for one in range(FINAL)] for start in (0, FRESH))
    assert sorted([*search, *fresh]) == pytest.approx(np.linspace(0.6, 0.9, 2 * FINAL))
    assert abs(np.mean(search[:4]) - 0.75) < 0.05
    with pytest.raises(InputError, match="fewer draws"):
        Space(drawn_from(town, posterior(tmp_path, draws=2 * FINAL - 1)), [lever], Objective.parse("icac"))


@pytest.mark.long
def test_a_design_is_judged_at_the_draws_of_the_posterior(tmp_path: Path) -> None:
    """A posterior that lies on the central values gives what the central values give; another one does not."""
    lever, town = Lever("reach.ads.people_per_day", 2_000, 50_000), known_answer("small_town")
    objective = Objective.parse("activation_lift")
    plain = Space(town, [lever], objective).outcomes([{lever.path: 20_000.0}], range(2))[0]
    table = {path: np.full(2 * FINAL, 0.5) for path, one in town.numbers().items() if one.low is not None}
    pd.DataFrame({"chain": 0, "draw": np.arange(2 * FINAL), **table}).to_parquet(
        tmp_path / "places.parquet", index=False
    )
    same = Space(drawn_from(town, tmp_path), [lever], objective).outcomes([{lever.path: 20_000.0}], range(2))[0]
    np.testing.assert_array_equal(same.ratio.numerator, plain.ratio.numerator)
    table[OTHER] = np.full(2 * FINAL, 0.95)
    pd.DataFrame({"chain": 0, "draw": np.arange(2 * FINAL), **table}).to_parquet(
        tmp_path / "places.parquet", index=False
    )
    more = Space(drawn_from(town, tmp_path), [lever], objective).outcomes([{lever.path: 20_000.0}], range(2))[0]
    assert (more.ratio.numerator > plain.ratio.numerator).all()  # the same luck, advertising that works better
