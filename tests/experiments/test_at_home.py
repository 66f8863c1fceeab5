"""Days at home in a campaign file: what they are lowered to, which part of the day they need, and who does not know."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from experiments.chains import build_chain, notes_of
from experiments.in_memory import InMemory
from experiments.lower_money import parts_of
from experiments.moments import without_campaign
from experiments.scenario import Scenario
from experiments.surrogate_plan import plan_of
from experiments.world_names import DESIGN
from graphs.errors import InputError
from growth.state import Part
from tests.experiments.test_chains import GENERATED
from tests.experiments.test_lower import AFTER, FIRST, ONE, THIRD, lowered
from tests.golden.write import golden_scenario
from tests.small_run import changed

OPENING = "opening = 1.2"
DAY = '\n[[calendar.day]]\nname = "fair"\nstart = 2026-03-03\nend = 2026-03-04\nopening = 1\nwork = 0.5\n'
DATED = '\n[[intervention]]\nname = "lockdown"\nat = 2026-03-05T00:00:00\nparameter = "calendar.day.festival.work"\n'


def _with(work: str, more: str = "") -> Scenario:
    return changed((OPENING, f"{OPENING}\nwork = {work}"), more=more)


def test_a_share_holds_on_its_days_and_shares_of_one_day_multiply() -> None:
    scenario = _with("0.25", DAY)
    told = [int(lowered(scenario, day)["work"]) for day in (FIRST, "2026-03-03", THIRD, "2026-03-05", AFTER)]
    assert told == [ONE, ONE // 2, ONE // 8, ONE // 4, ONE]
    assert int(lowered(without_campaign(scenario), THIRD)["work"]) == ONE // 8  # holidays are no part of a campaign


@pytest.mark.parametrize(
    ("work", "more", "traced"),
    [
        ("1", "", False),
        ("0.3", "", True),
        ('{value = 1, low = 0, high = 1, source = "ours", grade = "assumption"}', "", True),
        ("1", DATED + "set = 0.5\n", True),
    ],
)
def test_the_part_is_there_where_some_day_may_say_less_than_one(work: str, more: str, traced: bool) -> None:
    assert bool(parts_of([golden_scenario(), _with(work, more)]) & Part.WORK) == traced
    assert not parts_of([golden_scenario()]) & Part.WORK


def test_a_share_is_not_above_one() -> None:
    with pytest.raises(InputError, match=r"calendar\.day\.festival\.work: out of range"):
        _with("1.5")


def test_a_calibration_refuses_days_at_home() -> None:
    shape: Any = None  # refused before the chain is looked at
    with pytest.raises(InputError, match="days at home"):
        plan_of(_with("0.3"), shape)


def test_a_chain_that_does_not_know_where_people_met_says_so() -> None:
    ring = (GENERATED, 'kind = "textbook"\ngraph = "ring"\nusers = 34\npopulation = 80_000')
    unknown, known = changed(ring, (OPENING, f"{OPENING}\nwork = 0.3")), _with("0.3")
    assert any("class and workplace" in note for note in notes_of(unknown, build_chain(unknown)))
    assert not any("class and workplace" in note for note in notes_of(known, build_chain(known)))
    assert not any("class and workplace" in note for note in notes_of(changed(ring), build_chain(changed(ring))))


@pytest.mark.long
def test_until_the_holiday_nothing_differs_and_on_it_fewer_are_reached() -> None:
    """On the golden stored chain; before it the run is that of the file as it was, to a byte."""
    home, away = (InMemory(one, devices=1).dataset([0, 1, 2, 3], variants=[DESIGN]) for one in (_with("0"), _with("1")))
    start = int(np.flatnonzero(home.day.to_numpy() == np.datetime64(f"{THIRD}T00", "ns"))[0])
    for name in ("exposures", "claims", "dau"):
        before = slice(None, start)
        np.testing.assert_array_equal(home[name].isel(day=before), away[name].isel(day=before))
    holiday = slice(start, start + 2)
    # Of each packet: who comes because others do not moves how many are sent in so small a society.
    seen = [float(one.exposures.isel(day=holiday).sum() / one.packets.isel(day=holiday).sum()) for one in (home, away)]
    assert seen[0] < 0.95 * seen[1]
