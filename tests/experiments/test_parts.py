"""Which parts of the day a set of scenarios needs: none is left out that some number of theirs asks for."""

from __future__ import annotations

import pytest

from experiments.lower_money import parts_of
from experiments.moments import without_campaign
from growth.state import Part
from tests.golden.write import golden_scenario
from tests.small_run import changed


def test_parts_are_those_that_some_world_needs() -> None:
    scenario = golden_scenario()
    # Of tables that the small campaign has not, and of joint calendars.
    added = Part.SEEDING | Part.ABUSE | Part.BOOSTER | Part.CAPACITY | Part.RIVAL
    added |= Part.FEED | Part.NOTICE | Part.HABIT | Part.RECIPROCITY | Part.INTEREST | Part.WORK | Part.WEIGHTS
    added |= Part.FATIGUE
    assert parts_of([scenario]) == sum(Part) - added
    assert parts_of([without_campaign(scenario)]) == Part.INVITER | Part.CHART | Part.WALLET | Part.MEMORY
    linear = changed(more='\n[response]\nlaw = "threshold"\n')
    assert parts_of([scenario, linear]) == parts_of([scenario]) | Part.WEIGHTS
    ones = "\n[behaviour.{}]\nvalue = 1\n"
    alone = changed(more=ones.format("churn.inviter_multiplier") + ones.format("chart.lift"))
    assert parts_of([without_campaign(alone)]) == Part.WALLET | Part.MEMORY
    tried_alone = changed(more=ones.format("chart.lift") + '\n[response]\nlaw = "independent"\n')
    assert parts_of([without_campaign(tried_alone)]) == Part.WALLET | Part.INVITER


INVITER, CHARTS = ("churn.inviter_multiplier", Part.INVITER), ("chart.lift", Part.CHART)


@pytest.mark.parametrize(("name", "part"), [INVITER, CHARTS])
@pytest.mark.parametrize(
    ("ratio", "there"),
    [
        ("{ value = 1 }", False),
        ("{ value = 1, low = 1, high = 1 }", False),
        ("{ value = 1, low = 0, high = 1 }", True),
        ("{ value = 1, low = 1, high = 2 }", True),
        ("{ value = 0, low = 0, high = 0 }", True),
        ("{ value = 2 }", True),
    ],
)
def test_a_ratio_of_one_leaves_its_part_out_unless_it_may_be_another(
    name: str, part: Part, ratio: str, there: bool
) -> None:
    table, key = name.split(".")
    scenario = changed(more=f"\n[behaviour.{table}]\n{key} = {ratio}\n")
    assert bool(parts_of([scenario]) & part) == there


@pytest.mark.parametrize(("enabled", "there"), [("true", True), ("false", False)])
def test_a_ratio_of_one_that_a_date_changes_has_its_part(enabled: str, there: bool) -> None:
    """Charts are of the whole run: no date can change their lift."""
    ones = "\n[behaviour.churn]\ninviter_multiplier = { value = 1 }\n"
    dated = """
[[intervention]]
name = "friends hold"
enabled = {}
at = 2026-03-03T00:00:00
parameter = "behaviour.churn.inviter_*"
set = 0.5
"""
    assert bool(parts_of([changed(more=ones + dated.format(enabled))]) & Part.INVITER) == there
