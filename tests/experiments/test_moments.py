"""What is in force when: interventions to the hour and in order, media and holidays by day, the campaign's dates."""

from __future__ import annotations

import datetime as dt

import pytest

from experiments.moments import moment_at, values_in_force, without_campaign
from experiments.parameters import values_at
from experiments.scenario import Scenario
from tests.golden.write import golden_scenario
from tests.small_run import changed

OPENS = "channel.wechat_single_chat.opens"
TWO = """
[[intervention]]
name = "later"
at = 2026-03-05T00:00:00
until = 2026-03-06T12:00:00
parameter = "channel.*.opens"
set = 0.9
[[intervention]]
name = "switched off"
enabled = false
at = 2026-03-01T00:00:00
parameter = "behaviour.share.rate"
set = 1.0
"""


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)


def in_force(scenario: Scenario, text: str) -> dict[str, float]:
    return values_in_force(scenario, values_at(scenario, None), moment_at(scenario, at(text)))


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return golden_scenario()


def test_an_intervention_holds_from_its_hour_on(scenario: Scenario) -> None:
    before, after = in_force(scenario, "2026-03-04T10:59:59"), in_force(scenario, "2026-03-04T11:00:00")
    assert before[OPENS] == 1.0
    assert after[OPENS] == pytest.approx(0.3)
    assert after["channel.wechat_group_chat.opens"] == pytest.approx(0.9 * 0.3)
    untouched = {path for path in before if before[path] == after[path]}
    assert set(before) - untouched == {OPENS, "channel.wechat_group_chat.opens"}


def test_until_is_the_first_moment_it_no_longer_holds(scenario: Scenario) -> None:
    path = "reach.ads.people_per_day"
    found = [in_force(scenario, f"2026-03-{day}")[path] for day in ("03T23:59", "04T00:00", "04T23:59", "05T00:00")]
    assert found == [20_000, 40_000, 40_000, 20_000]


def test_the_later_of_two_wins_and_when_it_ends_the_earlier_holds_again() -> None:
    both = changed(more=TWO)
    path = "channel.wechat_group_chat.opens"
    assert in_force(both, "2026-03-04T12:00")[path] == pytest.approx(0.27)
    assert in_force(both, "2026-03-05T00:00")[path] == 0.9  # set after the other has multiplied
    assert in_force(both, "2026-03-06T12:00")[path] == pytest.approx(0.27)
    assert in_force(both, "2026-03-05T00:00")["behaviour.share.rate"] == 0.05  # what is switched off does nothing


def test_order_is_by_time_and_not_by_place_in_the_file() -> None:
    first = TWO.replace("2026-03-05T00:00:00", "2026-03-03T00:00:00")
    assert in_force(changed(more=first), "2026-03-04T12:00")[OPENS] == pytest.approx(0.9 * 0.3)


def test_a_drawn_intervention_takes_the_value_of_its_draw() -> None:
    drawn = changed(("multiply = 0.3", "multiply = {value = 0.3, low = 0.1, high = 0.5}"))
    values = values_at(drawn, {"intervention.link_block.multiply": 1.0})
    moment = moment_at(drawn, at("2026-03-04T12:00"))
    assert values_in_force(drawn, values, moment)[OPENS] == pytest.approx(0.5)


def test_media_holidays_and_campaign_hold_for_whole_days(scenario: Scenario) -> None:
    told = {day: moment_at(scenario, at(f"2026-{day}T23:00")) for day in ("03-01", "03-02", "03-03", "03-05", "03-06")}
    assert [told[day].campaign for day in told] == [False, True, True, True, False]
    assert [told[day].reaches for day in told] == [
        ("rival_ads",), ("ads", "rival_ads"), ("ads", "wake_up", "rival_ads"), ("rival_ads",), ("rival_ads",),
    ]  # fmt: skip
    assert [told[day].holidays for day in told] == [(), (), (), ("festival",), ()]
    assert told["03-02"].weekday == "monday"
    assert told["03-01"].weekday == "sunday"


def test_without_the_campaign_its_tasks_rewards_prizes_and_reach_are_off_and_the_rest_stays(scenario: Scenario) -> None:
    bare = without_campaign(scenario)
    off = {path for path, leaf in bare.leaves().items() if leaf != scenario.leaves()[path]}
    assert off == {
        *(f"task.{kind}.enabled" for kind in ("sign_in", "ai", "draw", "share", "group")),
        "task.invite.enabled", "task.order.enabled",
        "reward.draw.enabled", "reward.packet.enabled", "prize.first_day.enabled", "prize.last_day.enabled",
        "reach.ads.enabled", "reach.wake_up.enabled",
    }  # fmt: skip
    everything_off = {path: new for path, _, new in scenario.difference("everything off")}
    assert everything_off == dict.fromkeys(off, False), "the variant of that name lists each of them"
