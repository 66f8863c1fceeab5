"""Which design is better, on a run whose truth is known: words, P(best), regret, threshold, and what decides."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from experiments.comparing import FEWEST_DRAWS, compare_designs
from experiments.kpi_list import KPIS
from experiments.kpi_table import difference
from experiments.variant_rows import choice_rows, variant_rows
from experiments.world_view import Worlds, worlds_of
from tests.experiments.synthetic_run import synthetic_run

MAU = next(kpi for kpi in KPIS if kpi.id == "mau_lift")
SPEND = next(kpi for kpi in KPIS if kpi.id == "spend")


@pytest.fixture(scope="module")
def worlds() -> Worlds:
    return worlds_of(synthetic_run())


def drawn_part(worlds: Worlds, draws: int) -> Worlds:
    return dataclasses.replace(
        worlds, drawn={name: world.part(np.arange(draws)) for name, world in worlds.drawn.items()}
    )


def test_words_follow_the_truth(worlds: Worlds) -> None:
    """No link block brings 40 % more, fixed rewards 7 % less, no groups exactly the same."""
    found = compare_designs(worlds, MAU)
    words = {option.name: option.word for option in found.options}
    assert words == {"design": "base", "no link block": "better", "no groups": "the same", "fixed rewards": "worse"}
    assert found.recommended == "no link block"
    assert found.option("no link block").chance_best == 1.0
    assert found.option("no link block").regret == 0.0
    text = found.sentence().replace("\N{NO-BREAK SPACE}", " ")
    assert text.startswith("Take no link block: it is shown to be better than design.")
    assert "no groups: the same as design in every draw" in text


def test_too_few_draws_show_nothing_in_the_table_of_variants_either(worlds: Worlds) -> None:
    assert any(row["shown"] for row in variant_rows(worlds))
    assert any(row["shown"] for row in variant_rows(drawn_part(worlds, FEWEST_DRAWS)))
    assert not any(row["shown"] for row in variant_rows(drawn_part(worlds, FEWEST_DRAWS - 1)))


def test_regret_of_the_design_is_what_the_best_would_have_brought(worlds: Worlds) -> None:
    found = compare_designs(worlds, MAU)
    gap = difference(worlds, MAU, "no link block").value or 0.0
    assert found.option("design").regret == pytest.approx(gap, rel=0.25)  # over draws of a lognormal strength
    assert (found.option("fixed rewards").regret or 0) > (found.option("design").regret or 0)


def test_the_threshold_of_the_user_decides(worlds: Worlds) -> None:
    wide = compare_designs(worlds, MAU, threshold=1e9)
    assert {option.word for option in wide.options} == {"base", "the same", "too small to matter"}
    assert wide.sentence().startswith("No difference that matters from design.")


def test_less_is_better_for_a_cost(worlds: Worlds) -> None:
    """More people cost more: by spend the variant that brings fewest is best, and that is said of it."""
    found = compare_designs(worlds, SPEND)
    assert found.option("no link block").word == "worse"
    assert found.option("fixed rewards").word == "better"
    assert found.recommended == "fixed rewards"
    assert (found.option("no link block").difference.value or 0) > 0  # type: ignore[union-attr]


def test_no_verdict_from_monte_carlo_error_alone(worlds: Worlds) -> None:
    for few in (dataclasses.replace(worlds, drawn={}), drawn_part(worlds, FEWEST_DRAWS - 1)):
        found = compare_designs(few, MAU)
        assert {option.word for option in found.options if option.name != "design"} == {"no verdict"}
        assert found.sentence().startswith("No verdict on")
    assert compare_designs(drawn_part(worlds, FEWEST_DRAWS), MAU).option("no link block").word == "better"


def test_one_replicate_gives_no_verdict(worlds: Worlds) -> None:
    one = dataclasses.replace(
        worlds, central={name: world.part(np.arange(1)) for name, world in worlds.central.items()}
    )
    assert compare_designs(one, MAU).option("no link block").word == "no verdict"


def test_draws_that_disagree_show_no_difference(worlds: Worlds) -> None:
    """Half of the draws swap the variant with the design, whatever the replicates at central values say."""
    drawn = dict(worlds.drawn)
    swap = np.arange(worlds.draws) % 2 == 0
    for ours, theirs in (("no link block", "design"), ("design", "no link block")):
        data = worlds.drawn[ours].data.copy(deep=True)
        data["mau"][{"sample": swap}] = worlds.drawn[theirs].data["mau"][{"sample": swap}]
        drawn[ours] = dataclasses.replace(worlds.drawn[ours], data=data)
    found = compare_designs(dataclasses.replace(worlds, drawn=drawn), MAU, names=["no link block"])
    option = found.option("no link block")
    assert option.word == "no difference shown"
    assert (option.difference.mc_low or 0) > 0  # type: ignore[union-attr]
    assert 0.3 < (option.chance_best or 0) < 0.7
    assert found.sentence().startswith("No difference shown")


def test_the_level_is_shared_among_designs_and_looks(worlds: Worlds) -> None:
    alone = compare_designs(worlds, MAU, names=["no link block"]).option("no link block").gap
    among = compare_designs(worlds, MAU).option("no link block").gap
    looked = compare_designs(worlds, MAU, looks=4).option("no link block").gap
    widths = [float(gap.high - gap.low) for gap in (alone, among, looked) if gap is not None]
    assert widths == sorted(widths)
    assert widths[0] < widths[2]


def test_a_kpi_that_is_not_observed_is_not_compared(worlds: Worlds) -> None:
    """D30 of a run that ends 20 days after the campaign's first day."""
    short = dataclasses.replace(
        worlds,
        central={k: dataclasses.replace(w, data=w.data.isel(day=slice(0, 50))) for k, w in worlds.central.items()},
        drawn={k: dataclasses.replace(w, data=w.data.isel(day=slice(0, 50))) for k, w in worlds.drawn.items()},
    )
    kpi = next(kpi for kpi in KPIS if kpi.id == "icpr_30")
    found = compare_designs(short, kpi)
    assert found.recommended is None
    assert {option.word for option in found.options} == {"base", "not identified"}
    rows = choice_rows(found)
    assert all(row["value"] is None and not row["observed"] for row in rows)


def test_replicates_of_the_other_sign_are_counted(worlds: Worlds) -> None:
    assert compare_designs(worlds, MAU).option("no link block").other_sign == 0.0
