"""The law of interest against direct simulation of it, and `[interest]` of a campaign file: lowered, off, refused."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from scipy import special

from experiments.base_inflow import base_inflow
from experiments.defaults import load_defaults
from experiments.interest_law import (
    interest_table,
    mean_opening,
    same_for_all,
    selection_needed,
    shares_by_quantile,
)
from experiments.laws import app_law
from experiments.lower_interest import openings, selection_of
from experiments.lower_money import parts_of
from experiments.mechanism_defaults import load_mechanisms
from experiments.parameters import values_at
from experiments.surrogate_plan import plan_of
from graphs.errors import InputError
from growth.base_world import ATOMS
from growth.flows import CAUSES
from growth.interest import LEVELS, bounds
from growth.state import Part
from growth.streams import ONE
from tests.conftest import z_bound
from tests.experiments.test_lower import FIRST, lowered
from tests.small_run import FACTS, changed

LAW = app_law({name: number.value for name, number in load_defaults().items()})
SELECTION = 2.0
ON = "\n[interest]\nselection = 2\n"
PAID = CAUSES.index("paid")


def test_without_selection_nobody_differs() -> None:
    for acceptance in (1e-9, 0.01, 0.5, 1.0):
        assert shares_by_quantile(0.0, acceptance) == pytest.approx(np.full(ATOMS, 1 / ATOMS), abs=1e-5)
    assert (
        np.abs(interest_table(0.0).astype(int) - same_for_all()).max() <= 1
    )  # a middle on an edge may fall either way


def test_who_comes_unasked_opens_as_the_app_does_and_the_weakest_offer_brings_the_same() -> None:
    assert np.array_equal(interest_table(SELECTION)[0], np.arange(ATOMS))
    assert mean_opening(LAW, SELECTION, 0.0) == pytest.approx(LAW.opening.mean())
    assert shares_by_quantile(SELECTION, 1e-8) == pytest.approx(np.full(ATOMS, 1 / ATOMS), abs=1e-4)


def test_the_stronger_the_offer_and_the_selection_the_less_they_open() -> None:
    by_offer = [mean_opening(LAW, SELECTION, chance) for chance in (0.0, 0.001, 0.01, 0.1, 1.0)]
    by_selection = [mean_opening(LAW, selection, 0.1) for selection in (0.0, 0.5, 1.0, 2.0, 4.0)]
    assert all(more > less for more, less in pairwise(by_offer))
    assert all(more > less for more, less in pairwise(by_selection))


@pytest.mark.parametrize("acceptance", [0.02, 0.3])
def test_the_law_is_that_of_people_drawn_one_by_one(acceptance: float) -> None:
    """Interest and noise drawn; whoever has the least resistance comes. No quadrature, no quantile of it."""
    chance = np.random.default_rng(20190204)
    interest = chance.standard_normal(400_000)
    resistance = chance.logistic(size=len(interest)) - SELECTION * interest
    came = interest[np.argsort(resistance)[: int(acceptance * len(interest))]]
    quantile = np.minimum((ATOMS * special.ndtr(came - SELECTION)).astype(int), ATOMS - 1)
    opens = LAW.opening[quantile]
    error = opens.std() / np.sqrt(len(came))
    # The cut by rank is where the acceptance is to within its own sampling error, which moves the mean by less.
    assert abs(opens.mean() - mean_opening(LAW, SELECTION, acceptance)) < 1.5 * z_bound() * error


def test_the_levels_together_are_everybody() -> None:
    """An offer that all accept brings the levels by their widths: their mixture is the law at acceptance 1, but for the
    128 people who stand for a level."""
    edges = np.array([0, *bounds(), ONE]) / ONE
    opens = LAW.opening[interest_table(SELECTION)].mean(axis=1)
    assert len(opens) == LEVELS
    assert np.diff(edges) @ opens == pytest.approx(mean_opening(LAW, SELECTION, 1.0), rel=5e-3)


def test_the_default_and_its_range_say_the_published_ratios_at_the_response_of_advertising() -> None:
    default = load_mechanisms()["interest.selection"].quantity
    told = ((1.18, 0.005, default.value), (1.15, 0.01, default.low), (1.21, 0.002, default.high))
    for ratio, acceptance, selection in told:
        assert selection == pytest.approx(selection_needed(LAW, acceptance, 1 / ratio, 30), abs=0.01)
    assert selection_needed(LAW, 0.005, 1.5, 30) == float("inf")


def test_the_table_becomes_integers_by_hand() -> None:
    """The golden campaign's advertising: acceptance is its response, or what the reach says; multipliers rest."""
    told, plain = lowered(changed(more=ON), FIRST), lowered(changed(), FIRST)
    reach = next(item for item in changed().reaches if item.cause == "paid")
    assert told["answered"][0, PAID] == pytest.approx(reach.response_new.value * ONE, abs=2)
    assert told["answered"][2, PAID] == pytest.approx(reach.response_dormant.value * ONE, abs=2)
    assert not told["answered"][:, 0].any()
    causes = len(CAUSES) - 1  # the seeded answer nobody
    assert (told["churn"][1 : 1 + causes] == 1).all()
    assert told["churn"][causes + 1] == plain["churn"][causes + 1]
    assert np.array_equal(told["reach"], plain["reach"])
    said = lowered(changed((f'name = "{reach.name}"', f'name = "{reach.name}"\nacceptance = 0.125'), more=ON), FIRST)
    assert said["answered"][0, PAID] == ONE // 8


def test_without_the_table_nothing_is_told_and_the_file_means_what_it_meant() -> None:
    bare, off = changed(), changed(more=ON + "enabled = false\n")
    for scenario in (bare, off):
        values = values_at(scenario, None)
        assert not lowered(scenario, FIRST)["answered"].any()
        assert not parts_of([scenario]) & Part.INTEREST
        assert selection_of(scenario, values) is None
        assert np.array_equal(openings(None), same_for_all())
    assert "interest" not in json.loads(bare.canonical_json())
    assert "interest.selection" not in bare.numbers()
    assert parts_of([changed(more=ON)]) & Part.INTEREST
    assert changed(more="\n[interest]\n").numbers()["interest.selection"] == (
        load_mechanisms()["interest.selection"].quantity
    )


def test_who_takes_an_unpaid_packet_is_active_for_fewer_days_and_the_unasked_fill_the_gap() -> None:
    """DAU is kept by both: what it leaves for the invited is their days; with selection 0 they are as everybody."""
    values = values_at(changed(), None)

    def days_of_the_invited(selection: float) -> float:
        found = base_inflow(values, "our app", LAW, FACTS, selection)
        others = (found.total - found.invited) * LAW.days_active
        return (values["app.our_app.base.dau"] - others) / found.invited

    assert days_of_the_invited(0.0) == pytest.approx(LAW.days_active, rel=1e-4)
    assert 1 < days_of_the_invited(SELECTION) < 0.9 * LAW.days_active


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ("[interest]\nselection = -1\n", "interest.selection: out of range; got -1"),
        ("[interest]\nselections = 1\n", "interest.selections: unknown key"),
        (
            '[[reach]]\nname = "own"\napp = "our app"\ncause = "organic"\nstart = 2026-03-02\nend = 2026-03-02\n'
            "people_per_day = 1\nacceptance = 0.1\n",
            "acceptance: nobody asks those who come by themselves",
        ),
    ],
)
def test_what_cannot_be_is_one_line(more: str, says: str) -> None:
    with pytest.raises(InputError, match=says) as error:
        changed(more="\n" + more)
    assert "\n" not in str(error.value)


SEEDS = """
[[seeding]]
name = "known"
date = 2026-03-02
people = 1000
by = "random"
"""


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (ON, "interest.enabled: a calibration does not know interest"),
        *((f"\n[{table}]\n", f"{table}.enabled: a calibration does not know {table}") for table in ("feed", "fatigue")),
        (SEEDS, "seeding.known.enabled: a calibration does not know seeding"),
        ('\n[response]\nlaw = "threshold"\n', "response.law: a calibration does not know this law"),
    ],
)
def test_a_calibration_of_what_it_does_not_know_is_refused(more: str, says: str) -> None:
    shape: Any = None  # refused before the chain is looked at
    with pytest.raises(InputError, match=says):
        plan_of(changed(more=more), shape)
