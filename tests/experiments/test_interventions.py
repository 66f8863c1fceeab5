"""Dated changes: none is accepted that would do nothing; pools are topped up to the cent; rewards by a factor."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from experiments.base_inflow import ChainFacts, base_inflow
from experiments.intervention_checks import whole_days
from experiments.laws import app_law
from experiments.lower import lower_round
from experiments.lower_dated import reward_times, top_ups
from experiments.lower_money import parts_of
from experiments.moments import Moment, moment_at, totals_in_the_end, values_in_force, without_campaign
from experiments.offer import Lane
from experiments.parameters import behaviour_of, values_at
from experiments.paths import matching
from experiments.scenario import Scenario
from experiments.when_read import IN_CAMPAIGN, reading_of, round_starts
from experiments.world_view import host_numbers
from graphs.errors import InputError
from growth.campaign import AMOUNT_UNIT
from growth.state import Part
from tests.golden.write import golden_scenario
from tests.small_run import FACTS, changed

PACKETS = "pool.packets.total_yuan"
START = dt.datetime(2026, 2, 27)
EIGHT = ("rounds_per_day = 4", "rounds_per_day = 8")


def dated(parameter: str, at: str, until: str = "", change: str = "multiply = 10", name: str = "try") -> str:
    end = f"until = 2026-{until}:00\n" if until else ""
    return f'''
[[intervention]]
name = "{name}"
at = 2026-{at}:00
{end}parameter = "{parameter}"
{change}
'''


def refused(*changes: tuple[str, str], more: str) -> InputError:
    with pytest.raises(InputError) as error:
        changed(*changes, more=more)
    return error.value


@pytest.mark.parametrize(
    ("parameter", "at", "until", "rule"),
    [
        ("reach.ads.people_per_day", "03-03T20:00", "03-03T23:30", "is read at midnight only on the days of the reach"),
        ("reach.ads.people_per_day", "03-05T00:00", "", "is read at midnight only on the days of the reach"),
        ("pool.draws.daily_yuan", "03-03T09:00", "03-04T00:00", "is read at midnight only while the campaign is on"),
        ("calendar.weekday.monday", "03-03T00:00", "", "is read at midnight only on that weekday"),
        ("behaviour.open.money_lift", "03-03T00:01", "03-04T00:00", "is read at midnight only"),
        ("behaviour.churn.money_multiplier", "03-03T00:00", "03-03T21:00", "is read in the last round of a day only"),
        ("behaviour.session.works", "03-03T10:00", "03-03T11:30", "is read at the beginning of each round only"),
        ("channel.qq_*.opens", "03-04T21:30", "03-04T23:59", "is read at the beginning of each round only"),
        ("channel.qq_*.opens", "03-07T22:00", "", "is read at the beginning of each round only"),
        ("task.draw.free_per_day", "03-06T00:00", "", "is read at the beginning of each round only while the campaign"),
        (PACKETS, "03-05T21:01", "", "is read at the beginning of each round only while the campaign is on"),
    ],
)
def test_a_change_that_holds_at_no_moment_at_which_it_is_read_is_refused(
    parameter: str, at: str, until: str, rule: str
) -> None:
    """Eight rounds a day, from 27 February to 7 March; the campaign from 2 to 5 March, the advertising to 4 March."""
    factor = "set = 0" if "session" in parameter or "opens" in parameter else "multiply = 2"
    error = refused(EIGHT, more=dated(parameter, at, until, factor))
    assert error.field == "intervention.try.at"
    assert rule in error.what
    assert error.what.endswith("never within this span: it would change nothing")
    assert error.allowed
    assert error.cure


@pytest.mark.parametrize(
    ("parameter", "at", "until"),
    [
        ("reach.ads.people_per_day", "03-03T20:00", "03-04T00:01"),
        ("reach.ads.people_per_day", "02-27T00:00", "03-02T00:01"),
        ("pool.draws.daily_yuan", "03-03T00:00", "03-03T00:01"),
        ("calendar.weekday.monday", "03-01T12:00", ""),
        ("behaviour.churn.money_multiplier", "03-03T21:00", "03-03T21:01"),
        ("behaviour.session.works", "03-03T10:00", "03-03T12:01"),
        ("channel.qq_*.opens", "03-07T21:00", ""),
        ("task.draw.free_per_day", "02-27T00:00", "03-02T00:01"),
        (PACKETS, "03-05T21:00", ""),
    ],
)
def test_and_is_accepted_where_it_holds_at_one(parameter: str, at: str, until: str) -> None:
    changed(EIGHT, more=dated(parameter, at, until, "multiply = 1"))


def test_the_error_says_the_hours_and_a_moment_to_cover() -> None:
    error = refused(EIGHT, more=dated("reach.ads.people_per_day", "03-03T20:00", "03-03T23:30"))
    assert str(error).endswith(
        "got '2026-03-03T20:00:00 to 2026-03-03T23:30:00'; allowed: a span that holds 00:00 from 2026-03-02 to "
        "2026-03-04; try: let it cover 2026-03-04T00:00:00"
    )


def test_a_part_of_a_day_of_what_is_read_once_a_day_is_said_to_be_whole_days() -> None:
    assert whole_days(golden_scenario()) == []  # from midnight to midnight, or read in every round
    evening = dated("reach.ads.*_per_day", "03-02T20:00", "03-04T12:00")
    evening += dated("behaviour.churn.uninstall_share", "03-03T06:00", "03-05T06:00", "multiply = 0.5", name="leaving")
    assert whole_days(changed(more=evening)) == [
        "intervention try: reach.ads.people_per_day is read at midnight only on the days of the reach, so it holds for "
        "whole days: 2026-03-03 to 2026-03-04",
        "intervention leaving: behaviour.churn.uninstall_share is read in the last round of a day only, so it holds "
        "for whole days: 2026-03-03 to 2026-03-04",
    ]


def test_fewer_rounds_leave_out_what_more_rounds_read() -> None:
    """Four rounds a day begin at 0, 6, 12 and 18 o'clock; ninety-six at every quarter of an hour."""
    short = dated("behaviour.session.works", "03-03T10:00", "03-03T11:30", "set = 0")
    refused(more=short)
    assert round_starts(changed(("rounds_per_day = 4", "rounds_per_day = 96"), more=short).run)[41] == dt.time(10, 15)


def test_a_campaign_that_never_opens_is_refused() -> None:
    one_day = ("end = 2026-03-05\nagency", "end = 2026-03-02\nstart_hour = 19\nagency")
    dates = (("date = 2026-03-05", "date = 2026-03-02"),)
    error = refused(one_day, *dates, more="")
    assert (error.field, error.value) == ("campaign.start_hour", 19)


def lane_of(scenario: Scenario, places: dict[str, float] | None = None, facts: ChainFacts = FACTS) -> Lane:
    values = values_at(scenario, places)
    law = app_law(behaviour_of(values))
    return Lane(scenario, values, "our app", law, base_inflow(values, "our app", law, facts), facts)


def rounds_of(scenario: Scenario) -> list[Moment]:
    return [moment_at(scenario, START + dt.timedelta(hours=6 * step)) for step in range(9 * 4)]


TWICE = dated(PACKETS, "03-03T10:00", change="set = 4_000") + dated(
    PACKETS, "03-04T18:00", change="multiply = 1.50001", name="again"
)


def test_a_top_up_is_the_difference_of_the_sums_in_force_at_the_first_round_after_it() -> None:
    """2,500 yuan, 4,000 from noon of 3 March, 6,000.04 from 18:00 of 4 March; w is 100, so a yuan is a cent."""
    scenario = changed(more=TWICE)
    told = top_ups(lane_of(scenario), rounds_of(scenario))
    steps = np.flatnonzero(told.any(axis=1))
    assert [str(START + dt.timedelta(hours=6 * int(step))) for step in steps] == [
        "2026-03-03 12:00:00", "2026-03-04 18:00:00",
    ]  # fmt: skip
    assert told[steps].tolist() == [[0, 1_500, 0, 0], [0, 2_000, 0, 0]]
    assert not top_ups(lane_of(without_campaign(scenario)), rounds_of(scenario)).any()
    assert not top_ups(lane_of(golden_scenario()), rounds_of(golden_scenario())).any()


def test_what_is_added_is_pledged() -> None:
    scenario = changed(more=TWICE)
    assert totals_in_the_end(scenario, values_at(scenario, None))[PACKETS] == pytest.approx(6_000.04)
    numbers = host_numbers(scenario, "design", [None], 2)
    assert numbers[PACKETS].tolist() == pytest.approx([6_000.04] * 2)
    assert numbers["pool.draws.total_yuan"].tolist() == [7_500] * 2


@pytest.mark.parametrize(
    ("change", "until", "field", "what"),
    [
        ("set = 2_499", "", "set", "takes money out of"),
        ("multiply = 0.5", "", "multiply", "takes money out of"),
        ("multiply = {value = 1.5, low = 0.9, high = 2}", "", "multiply", "takes money out of"),
        ("set = 3_000", "03-05T00:00", "until", "adds money to"),
    ],
)
def test_a_pool_is_not_lowered_and_a_top_up_has_no_end(change: str, until: str, field: str, what: str) -> None:
    error = refused(more=dated(PACKETS, "03-03T12:00", until, change))
    assert error.field == f"intervention.try.{field}"
    assert error.what.startswith(f"{what} {PACKETS}")
    assert error.cure


def test_a_later_sum_must_be_above_the_largest_that_may_be_there_by_then() -> None:
    first = dated(PACKETS, "03-03T12:00", change="set = {value = 4_000, low = 3_000, high = 5_000}")
    later = dated(PACKETS, "03-04T12:00", change="set = 4_500", name="later")
    assert refused(more=first + later).field == "intervention.later.set"
    assert refused(more=later + first).allowed == "at least 5000 yuan, the most that it may hold by then"
    changed(more=first.replace("5_000", "4_400") + later)
    changed(more=first.replace('"try"', '"try"\nenabled = false') + later)


def test_more_money_than_can_be_counted_is_refused_before_anything_runs() -> None:
    from experiments.worlds import Worlds

    scenario = changed(more=dated(PACKETS, "03-03T12:00", change="set = 3e9"))
    with pytest.raises(InputError, match="is more money than a sample of this size can be paid"):
        Worlds(scenario, FACTS)
    wave = changed(more=dated("reward.draw.mean_yuan", "03-03T12:00", change="multiply = 1000"))
    Worlds(wave, FACTS)
    twice = "".join(dated("reward.draw.mean_yuan", "03-03T12:00", change="multiply = 1000", name=str(n)) for n in "ab")
    with pytest.raises(InputError, match="is more at one moment than can be counted"):
        Worlds(changed(more=twice), FACTS)


def test_a_ratio_of_one_that_changes_by_date_is_a_part_of_the_day() -> None:
    """What is never other than one is not traced, so a dated change of it would do nothing."""
    one = "\n[behaviour.churn.inviter_multiplier]\nvalue = 1\n"
    change = dated("behaviour.churn.inviter_multiplier", "03-03T00:00", change="set = 0.5")
    assert not parts_of([changed(more=one)]) & Part.INVITER
    assert parts_of([changed(more=one + change)]) & Part.INVITER


WAVE = dated("reward.packet.mean_yuan", "03-03T12:00", change="set = 1.2") + dated(
    "reward.draw.mean_yuan", "03-03T12:00", "03-04T12:00", "multiply = 0.5", name="draws"
)


def test_a_dated_reward_is_a_factor_on_what_the_file_says() -> None:
    scenario = changed(more=WAVE)
    lane, told = lane_of(scenario), []
    for moment in rounds_of(scenario):
        told.append(reward_times(lane, values_in_force(scenario, lane.values, moment)).tolist())
    one, half = AMOUNT_UNIT, AMOUNT_UNIT // 2
    assert told[:18] == [[one, one]] * 18
    assert told[18:22] == [[half, round(1.5 * one)]] * 4
    assert told[22:] == [[one, round(1.5 * one)]] * 14


def test_behaviour_answers_to_the_reward_of_the_moment() -> None:
    """Sharing and answers are those of a file that says the new amounts; before the wave, those of the old one."""
    wave = changed(more=WAVE)
    dear = changed(("mean_yuan = 0.2\n", "mean_yuan = 0.1\n"), ("mean_yuan = 0.8\n", "mean_yuan = 1.2\n"))
    for hour, like in ((6, golden_scenario()), (12, dear)):
        when = dt.datetime(2026, 3, 3, hour)
        found, expected = (lower_round(lane_of(one), moment_at(one, when)) for one in (wave, like))
        different = {name for name in found if not np.array_equal(found[name], expected[name])}
        assert different == ({"reward_times"} if hour == 12 else set())
    assert (found["accept"] != lower_round(lane_of(wave), moment_at(wave, START))["accept"]).any()


@pytest.mark.parametrize(
    ("file", "change", "what"),
    [
        ("mean_yuan = 0", "set = 1", "reward.packet.mean_yuan is 0 in the file"),
        ("mean_yuan = {value = 1, low = 0, high = 2}", "multiply = 2", "reward.packet.mean_yuan is 0 in the file"),
        ("mean_yuan = 0.001", "set = 2", "is out of proportion to reward.packet.mean_yuan"),
    ],
)
def test_a_factor_needs_an_amount_that_it_can_multiply(file: str, change: str, what: str) -> None:
    more = dated("reward.packet.mean_yuan", "03-03T12:00", change=change)
    assert refused(("mean_yuan = 0.8", file), more=more).what.startswith(what)


def test_what_is_read_in_the_campaign_only_moves_nothing_outside_it() -> None:
    scenario = golden_scenario()
    lane = lane_of(scenario)
    numbers = [path for pattern in IN_CAMPAIGN for path in matching(pattern, list(lane.values))]
    assert len(numbers) > 20
    more = lane._replace(values={**lane.values, **{path: 3 * lane.values[path] + 0.3 for path in numbers}})
    for day, same in ((1, True), (2, False), (5, False), (6, True)):
        moment = moment_at(scenario, dt.datetime(2026, 3, day, 12))
        one, other = (lower_round(each, moment) for each in (lane, more))
        assert all(np.array_equal(one[name], other[name]) for name in one) == same


def test_whatever_is_read_once_a_day_is_listed_for_an_hour_of_its_own() -> None:
    scenario = golden_scenario()
    readings = {path: reading_of(path, scenario, scenario.run) for path in scenario.numbers() if "chain" not in path}
    assert {one.round for one in readings.values()} == {"first", "last", "every"}
    assert next(readings["behaviour.chart.window_days"].moments(START)) == START + dt.timedelta(hours=18)
    ads = list(readings["reach.ads.people_per_day"].moments(START))
    assert ads == [dt.datetime(2026, 3, day) for day in (2, 3, 4)]
