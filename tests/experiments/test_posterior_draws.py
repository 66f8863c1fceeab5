"""A run whose parameter draws come from a posterior: the places of the numbers it knows, and no others, are its own."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from experiments.cli import _drawn_from
from experiments.parameters import draw_places, values_at
from experiments.posterior_places import posterior_digest
from graphs.errors import InputError
from tests.golden.write import golden_scenario

KNOWN, OTHER = "app.our_app.base.dormant", "reach.ads.response_new"


def posterior(folder: Path, path: str = KNOWN, draws: int = 9) -> Path:
    table = {"chain": np.zeros(draws, int), "draw": np.arange(draws), path: np.linspace(0.6, 0.9, draws)}
    pd.DataFrame(table).to_parquet(folder / "places.parquet", index=False)
    return folder


def test_draws_take_the_places_of_the_posterior(tmp_path: Path) -> None:
    plain = golden_scenario()
    drawn = _drawn_from(plain, posterior(tmp_path))
    before, after = (draw_places(one, 3, 5) for one in (plain, drawn))
    assert [one[KNOWN] for one in after] == pytest.approx([0.6, 0.75, 0.9])
    assert [one[OTHER] for one in after] == [one[OTHER] for one in before]
    assert values_at(drawn, after[1])[KNOWN] == pytest.approx(18_000)  # half way from 16,000 to 20,000
    assert drawn.sha256() != plain.sha256()
    assert _drawn_from(plain, None).sha256() == plain.sha256()


def test_another_posterior_in_the_same_folder_is_refused(tmp_path: Path) -> None:
    drawn = _drawn_from(golden_scenario(), posterior(tmp_path))
    assert drawn.run.posterior_sha256 == posterior_digest(tmp_path)
    posterior(tmp_path, draws=8)
    with pytest.raises(InputError, match="another posterior"):
        draw_places(drawn, 3, 5)


def test_a_posterior_that_does_not_fit_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no posterior"):
        _drawn_from(golden_scenario(), tmp_path)
    with pytest.raises(InputError, match=r"of another scenario.*'app\.other\.base\.dau'"):
        draw_places(_drawn_from(golden_scenario(), posterior(tmp_path, "app.other.base.dau")), 3, 5)
    with pytest.raises(InputError, match="fewer draws"):
        draw_places(_drawn_from(golden_scenario(), posterior(tmp_path)), 10, 5)
