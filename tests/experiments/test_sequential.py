"""Replicates until precise enough: stops early when clear, not when not, and equals the whole comparison."""

from __future__ import annotations

import pytest

from experiments.comparing import compare_designs
from experiments.known_answers import known_answer
from experiments.kpi_list import KPIS
from experiments.sequential import BATCH, compare_until
from graphs.errors import InputError

SPEND = next(kpi for kpi in KPIS if kpi.id == "spend")


@pytest.mark.long
def test_a_clear_verdict_stops_after_the_first_look_and_an_equal_pair_shows_nothing() -> None:
    """The dominated design differs in spend by fifty of its errors; the equal pair by none."""
    scenario = known_answer("small_town")
    clear, press, stars, *_ = scenario.variants
    small = scenario.run.model_copy(update={"replicates": 2 * BATCH, "parameter_draws": 9})
    one = scenario.model_copy(update={"variants": (clear,), "run": small})
    found = compare_until(one, SPEND, precision=0.0, devices=1)
    assert found.replicates == BATCH
    assert found.why == "the verdict is clear"
    assert found.comparison.option("fewer ads").word == "better"  # it costs less
    other = one.model_copy(update={"variants": (press, stars)})
    spend = compare_until(other, SPEND, precision=1.0, devices=1)
    assert (spend.replicates, spend.why) == (BATCH, "every difference is as precise as asked")
    kept = compare_until(other, SPEND, precision=0.0, threshold=0.0, devices=1)
    pair = compare_designs(kept.worlds, SPEND, base=press.name, names=[stars.name], threshold=0.0)
    assert pair.option(stars.name).word == "no difference shown"
    again = compare_designs(kept.worlds, SPEND, threshold=0.0, looks=2)
    assert [option.gap for option in again.options] == [option.gap for option in kept.comparison.options]


def test_bad_input_is_one_line() -> None:
    scenario = known_answer("small_town")
    one = scenario.model_copy(update={"run": scenario.run.model_copy(update={"replicates": 1})})
    with pytest.raises(InputError, match=r"one replicate has no Monte Carlo error"):
        compare_until(one, SPEND, 0.1)
    with pytest.raises(InputError, match="nothing to compare"):
        compare_until(scenario.model_copy(update={"variants": ()}), SPEND, 0.1)
