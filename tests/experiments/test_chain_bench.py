"""`growth bench chain` on small chains: one row per generator and size, costs and growth that fit together."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

import pytest

from experiments.benchmarks import BENCHMARKS

module = import_module("experiments.benchmarks.chain")


def test_rows_fit_together() -> None:
    cases = ((1_000, 20.0, module.GENERATORS), (4_000, 20.0, ("foci",)))
    rows = BENCHMARKS["chain"](cases)  # type: ignore[call-arg]
    there = [name for name in module.GENERATORS if find_spec("networkit") or not name.startswith("networkit")]
    assert [row["generator"] for row in rows] == [*there, "foci"]
    for row in rows:
        assert row["cpu_s_per_M"] == pytest.approx(row["cpu_s"] / row["ties_M"])
        assert 0.03 < row["peak_GiB"] < 2.0
    small, large = rows[0], rows[-1]
    assert (small["growth"], large["growth"]) == (1.0, large["cpu_s_per_M"] / small["cpu_s_per_M"])
    assert small["users"] == 992
    assert large["ties_M"] == pytest.approx(0.04, rel=0.1)
    assert rows[1]["users"] == 1_000
    assert rows[1]["ties_M"] == pytest.approx(0.01, rel=0.02)
