"""Growth curves: fits recover what was put in, decompositions add up, exports hold the same numbers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from experiments.curves import curve_tables, export_tables
from experiments.figures_curves import curves_page
from experiments.growth_fits import fit_curves
from experiments.results import Run
from growth.adoption import bass, logistic, per_day


@pytest.mark.parametrize(
    ("name", "curve", "truth"),
    [
        ("Bass", bass, {"market": 5e6, "p": 0.02, "q": 0.35}),
        ("logistic", logistic, {"market": 3e6, "rate": 0.5, "middle": 12.0}),
    ],
)
def test_a_curve_is_found_again(name: str, curve: object, truth: dict[str, float]) -> None:
    flow = per_day(curve(np.arange(1, 41), *truth.values()))  # type: ignore[operator]
    fit = next(fit for fit in fit_curves(flow) if fit.name == name)
    assert fit.parameters == pytest.approx(truth, rel=1e-3)
    assert fit.r_squared == pytest.approx(1.0, abs=1e-6)
    assert fit.missed["total"] == pytest.approx(0.0, abs=1e-6)


def test_a_jump_on_the_first_day_is_what_a_logistic_misses() -> None:
    """Four fifths of everybody on the first day, as when money is announced; then nothing for a month, then more."""
    flow = np.array([80.0] + [1.0] * 25 + [10.0] * 5)
    fits = fit_curves(flow)
    assert {fit.name for fit in fits} == {"Bass", "logistic"}
    assert all(fit.missed["last_week_share"] < -0.2 for fit in fits)


def test_decompositions_add_up_to_the_activations(small_run: Run) -> None:
    tables, _ = curve_tables(small_run)
    rows = tables["bands"]
    whole = rows[(rows.curve == "activations") & ~rows.minus_no_campaign].set_index(["design", "day"])["mean"]
    for name in ("inflows", "generations"):
        parts = tables[name].groupby(["design", "day"], observed=True)["people"].sum()
        np.testing.assert_allclose(parts.reindex(whole.index), whole, atol=1e-6)
    assert (tables["generations"].query("generation == 1")["people"] > 0).any()


def test_exports_hold_the_data_of_the_figures(small_run: Run, tmp_path: Path) -> None:
    tables, fits = curve_tables(small_run)
    written = export_tables(tables, tmp_path / "curves")
    assert len(written) == 2 * len(tables)
    for name, table in tables.items():
        pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "curves" / f"{name}.parquet"), table)
        csv = pd.read_csv(tmp_path / "curves" / f"{name}.csv")
        assert list(csv.columns) == list(table.columns)
        assert len(csv) == len(table)
    page = curves_page(small_run, tables, fits)
    assert page.count("<figure ") == 4
    assert "http" not in page.split("</script>")[-1].replace("http://www.w3.org", "")
