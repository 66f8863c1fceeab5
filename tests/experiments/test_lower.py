"""Lowering a round: from people, yuan and probabilities to the engine's integers, by hand."""

from __future__ import annotations

import datetime as dt
import math
from typing import Any

import numpy as np
import pytest

from experiments.base_inflow import ChainFacts, base_inflow
from experiments.laws import app_law, count_law
from experiments.lower import lower_round
from experiments.lower_memory import memory_tables
from experiments.lower_money import pool_cents, purses_of
from experiments.moments import moment_at, without_campaign
from experiments.offer import Lane, offer_of
from experiments.parameters import behaviour_of, values_at
from experiments.scenario import Scenario
from experiments.when_read import reading_of
from graphs.errors import InputError
from growth.campaign import MORNINGLY, NIGHTLY, Schedule
from tests.golden.write import golden_scenario
from tests.small_run import FACTS, changed

ONE = 2**31
BEFORE, FIRST, SECOND, THIRD, AFTER = "2026-03-01", "2026-03-02", "2026-03-03", "2026-03-04", "2026-03-06"
NEVER, ENGAGED, DORMANT, UNINSTALLED = range(4)


def lane_of(scenario: Scenario, app: str = "our app", facts: ChainFacts = FACTS) -> Lane:
    values = values_at(scenario, None)
    law = app_law(behaviour_of(values))
    return Lane(scenario, values, app, law, base_inflow(values, app, law, facts), facts)


def lowered(scenario: Scenario, day: str, hour: int = 0, app: str = "our app") -> dict[str, np.ndarray]:
    when = dt.datetime.fromisoformat(f"{day}T{hour:02d}:00:00")
    return lower_round(lane_of(scenario, app), moment_at(scenario, when))


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return golden_scenario()


def chances(told: dict[str, np.ndarray]) -> np.ndarray:
    """Chances by status and cause, from the cumulative thresholds."""
    return np.diff(told["reach"].astype(float) / ONE, axis=1, prepend=0.0)


def test_every_field_of_the_schedule_is_lowered_but_the_bounds(scenario: Scenario) -> None:
    bounds = {"accept_most", "memory_most", "memory_most_times", "top_up"}  # they look at other rounds too
    assert set(lowered(scenario, FIRST)) == set(Schedule._fields) - bounds


def test_exposures_and_components_move_acceptance_as_the_law_says(scenario: Scenario) -> None:
    """Four unconnected inviters over four connected ones: Ugander et al. 2012, 2.0 to 2.6, where chances are small."""
    b = behaviour_of(values_at(scenario, None))
    general, threshold = memory_tables("general", b), memory_tables("threshold", b)
    gain = general["memory_logit"] / 256
    assert gain[0, 0] == 0
    assert 2.0 < math.exp(gain[3, 3] - gain[3, 0]) < 2.6
    assert gain[2, 1] == pytest.approx(
        b["respond.components"] * math.log(1.5) + b["respond.repeat"] - 2 * b["respond.fatigue"], abs=1 / 256
    )
    assert not threshold["memory_logit"].any()
    for table, adds in ((general, 0), (threshold, 1), (memory_tables("independent", b), 0)):
        assert (table["memory_times"] == 1).all()
        assert table["memory_adds"] == adds
        assert table["remembers"] == (table is general or table is threshold)


def test_reach_by_status_and_cause(scenario: Scenario) -> None:
    """20,000 of 80,000 see the ads, 4 % of those without the app install it, 5 % of the dormant come back; the push
    goes to 8,000 of the 16,000 dormant, and a tenth of them answers."""
    inflow = lane_of(scenario).inflow
    expected = np.zeros((4, 6))
    expected[NEVER, 0], expected[DORMANT, 0] = inflow.organic, inflow.returning
    np.testing.assert_allclose(chances(lowered(scenario, BEFORE)), expected, atol=2e-9)
    expected[[NEVER, UNINSTALLED], 1], expected[DORMANT, 1] = 0.25 * 0.04, 0.25 * 0.05
    np.testing.assert_allclose(chances(lowered(scenario, FIRST)), expected, atol=2e-9)
    expected[DORMANT, 3] = 0.5 * 0.1
    second = lowered(scenario, SECOND)
    np.testing.assert_allclose(chances(second), expected, atol=2e-9)
    assert second["reach_most"] == second["reach"].max()
    assert not second["reach"][ENGAGED].any()


def test_reach_of_another_app_does_not_reach_this_one(scenario: Scenario) -> None:
    assert chances(lowered(scenario, FIRST))[NEVER, 2] == 0
    rival = chances(lowered(scenario, FIRST, app="rival"))
    assert rival[NEVER, 2] == pytest.approx(0.125 * 0.02, abs=2e-9)
    assert not rival[:, 1].any()


def test_reach_is_a_share_of_people_and_never_more_than_one() -> None:
    much = changed(
        ("people_per_day = 20_000", "people_per_day = 80_000"), ("response_dormant = 0.05", "response_dormant = 1")
    )
    told = lowered(much, THIRD)  # on the fourth of March an intervention doubles the ads: contacts stop at everyone
    assert chances(told)[NEVER, 1] == pytest.approx(0.04, abs=2e-9)
    assert told["reach"].max() == ONE


def test_a_smaller_sample_changes_no_chance_and_no_limit(scenario: Scenario) -> None:
    """w enters pools alone: shares and amounts of a person are as written."""
    moment = moment_at(scenario, dt.datetime(2026, 3, 3))
    one, half = (lower_round(lane_of(scenario, facts=FACTS._replace(users=users)), moment) for users in (800, 400))
    different = {name for name in one if not np.array_equal(one[name], half[name])}
    assert different == {"daily_pool"}


def test_pools_are_divided_by_w(scenario: Scenario) -> None:
    lane = lane_of(scenario)
    moment = moment_at(scenario, dt.datetime(2026, 3, 3))
    offer = offer_of(lane, moment)
    assert pool_cents(lane, lane.values, offer, "total_yuan").tolist() == [
        7_500,
        2_500,
        0,
        0,
    ]  # yuan x 100 / w, w = 100
    assert lower_round(lane, moment)["daily_pool"].tolist() == [3_000, 1_000, 0, 0]


def test_a_pool_without_a_daily_limit_may_be_spent_in_a_day() -> None:
    assert lowered(changed(("daily_yuan = 3_000", "")), FIRST)["daily_pool"].tolist() == [7_500, 1_000, 0, 0]


def test_pools_are_rounded_down_to_whole_cents() -> None:
    odd = changed(("total_yuan = 2_500", "total_yuan = 1_000.99"))
    assert pool_cents(lane_of(odd), lane_of(odd).values, _offer(odd), "total_yuan")[1] == 1_000


def test_a_pool_that_pays_draws_and_packets_is_not_spent_twice() -> None:
    shared = changed(
        ('law = "lucky"\nmean_yuan = 0.8\npool = "packets"', 'law = "lucky"\nmean_yuan = 0.8\npool = "draws"')
    )
    assert lowered(shared, FIRST)["daily_pool"].tolist() == [3_000, 0, 1_000, 0]
    assert purses_of(shared).tolist() == [0, 0, 2, 0]
    assert purses_of(golden_scenario()).tolist() == [0, 1, 1, 0]


def test_invitations_and_coupons_are_lowered(scenario: Scenario) -> None:
    """Cents, tiers and validity by hand: coupons can be redeemed until two days after the first."""
    told = {day: lowered(scenario, day) for day in (FIRST, THIRD, "2026-03-05", AFTER)}
    first = told[FIRST]
    assert first["inviter_cents"].tolist() == [60, 90, 0, 0]
    assert first["inviter_step"][:2].tolist() == [0, 2]
    assert [int(first[name]) for name in ("invitee_cents", "invite_limit", "invite_draws")] == [40, 4, 128]
    assert first["invite_counts"].tolist() == [1, 1]
    assert [int(first[name]) for name in ("coupons", "coupon_cents")] == [1, 150]
    assert [int(one["coupon_valid"]) for one in told.values()] == [1, 1, 0, 0]
    assert told[AFTER]["inviter_cents"].tolist() == [0] * 4


def test_an_invitation_can_be_paid_in_coupons_or_for_every_share() -> None:
    plain = (("tier_from = [2]\n", ""), ("tier_yuan = [0.9]\n", ""))
    coupons = changed(*plain, ("sharer_yuan = 0.6", "sharer_yuan = 3"), ("limit = 4", 'limit = 4\npaid_in = "coupons"'))
    told = lowered(coupons, FIRST)
    assert told["invite_coupons"].tolist() == [2, 0]
    assert not told["inviter_cents"].any()
    shares = lowered(changed(*plain, ("limit = 4", 'limit = 4\npaid_for = "share"')), FIRST)
    assert shares["share_cents"] == 60
    assert not shares["inviter_cents"].any()


def _offer(scenario: Scenario) -> Any:
    return offer_of(lane_of(scenario), moment_at(scenario, dt.datetime(2026, 3, 3)))


def test_the_campaign_is_on_for_its_app_and_days_only(scenario: Scenario) -> None:
    on = {day: int(lowered(scenario, day)["campaign_on"]) for day in (BEFORE, FIRST, "2026-03-05", AFTER)}
    assert list(on.values()) == [0, 1, 1, 0]
    assert lowered(scenario, FIRST, app="rival")["campaign_on"] == 0
    assert lowered(without_campaign(scenario), FIRST)["campaign_on"] == 0


@pytest.mark.parametrize("day", [BEFORE, FIRST, THIRD, AFTER])
@pytest.mark.parametrize("app", ["our app", "rival"])
def test_the_world_without_the_campaign_is_lowered_like_the_variant_with_everything_off(day: str, app: str) -> None:
    scenario = golden_scenario()
    bare = lowered(without_campaign(scenario), day, 12, app)
    off = lowered(scenario.variant("everything off"), day, 12, app)
    assert all(np.array_equal(bare[name], off[name]) for name in bare)
    if day in (BEFORE, AFTER) or app == "rival":
        design = lowered(scenario, day, 12, app)
        assert all(np.array_equal(bare[name], design[name]) for name in bare)


def test_tasks_and_limits_are_as_written_and_zero_when_off(scenario: Scenario) -> None:
    names = ["sign_in_draws", "ai_draws", "ai_limit", "free_draws", "draw_limit", "claim_draws", "claim_draw_limit"]
    names += ["slots", "share_limit", "receive_limit"]
    on, off = lowered(scenario, FIRST), lowered(scenario, BEFORE)
    assert [int(on[name]) for name in names] == [1, 1, 2, 3, 20, 256, 10, 3, 10, 5]
    assert [int(off[name]) for name in names] == [0] * 7 + [1_000_000, 30, 250]
    assert (on["group_draws"].tolist(), off["group_draws"].tolist()) == ([3, 2], [0, 0])  # create, join
    assert on["draw_take_up"] == math.floor(0.9 * ONE)
    assert off["draw_take_up"] == off["group_create"] == off["group_join"] == 0


def test_calendar_and_money_multiply_opening(scenario: Scenario) -> None:
    """The calendar always; money while a pool is open, which the engine sees."""
    found = [float(lowered(scenario, day)["opening"]) for day in (BEFORE, FIRST, THIRD, AFTER)]
    np.testing.assert_allclose(found, [1, 1, 1.2, 1], rtol=1e-6)
    lift = values_at(scenario, None)["behaviour.open.money_lift"]
    assert float(lowered(scenario, FIRST)["money_lift"]) == pytest.approx(lift)
    weekend = changed(more="\n[calendar.weekday]\nmonday = 0.8\n")
    assert float(lowered(weekend, FIRST)["opening"]) == pytest.approx(0.8)


def test_sharing_answers_to_the_reward(scenario: Scenario) -> None:
    """A packet of three slots earns up to three draws of .2 yuan, an invitation .6 yuan and half a draw at the chance
    of success that people expect; as far as the reward is a matter of luck, that lifts sharing once more."""
    b = behaviour_of(values_at(scenario, None))
    sure, lucky = b["share.expected_success"] * 0.6, (3 * 1 + b["share.expected_success"] * 0.5) * 0.2
    lift = b["share.uncertain_reward_lift"] ** (lucky / (sure + lucky))
    mean = 0.05 * math.exp(3.0 * math.log(1 + sure + lucky)) * lift
    law = lowered(scenario, FIRST)["share_law"]
    np.testing.assert_array_equal(
        law, [count_law(0.05, b["share.dispersion"], 10), count_law(mean, b["share.dispersion"], 10)]
    )
    unpaid = lowered(scenario, BEFORE)["share_law"]
    np.testing.assert_array_equal(unpaid[0], unpaid[1])


def test_acceptance_by_channel_status_and_whether_the_pool_is_open(scenario: Scenario) -> None:
    b = behaviour_of(values_at(scenario, None))
    accept = lowered(scenario, FIRST)["accept"]
    shift = b["respond.uncertain_reward_shift"]  # as far as the money is a matter of luck
    taken, invited = 7.0 * math.log(1 + 0.8) + shift, 7.0 * math.log(1 + 0.8 + 0.4) + shift * 0.8 / 1.2
    rewards = (invited, taken, invited, invited)  # the engaged have only the slot
    assert accept.shape == (2, 4, 4)
    assert accept[0, 0].tolist() == [round(256 * base) for base in (-6.0, 0.5, -5.0, -6.0)]
    bases = (-6.0, 0.5, -5.0, -6.0)
    paid = [round(256 * (base + reward)) for base, reward in zip(bases, rewards, strict=True)]
    np.testing.assert_array_equal(accept[1, 0], paid)
    np.testing.assert_array_equal(accept[0, 0] - accept[0, 1], [26] * 4)  # a friction of .1 in WeChat groups
    np.testing.assert_array_equal(accept[:, 2], accept[:, 0])
    unpaid = lowered(scenario, BEFORE)["accept"]
    np.testing.assert_array_equal(unpaid, np.stack([accept[0], accept[0]]))


def test_the_link_block_closes_channels_from_eleven_on(scenario: Scenario) -> None:
    morning, noon = (lowered(scenario, THIRD, hour)["opens"] for hour in (10, 11))
    np.testing.assert_allclose(morning, [1, 0.9, 1, 1], rtol=1e-6)
    np.testing.assert_allclose(noon, [0.3, 0.27, 1, 1], rtol=1e-6)


def test_recipients_are_a_whole_number_and_a_chance_of_one_more() -> None:
    told = lowered(_with_recipients(2.25), FIRST)
    assert (int(told["friends"]), int(told["friends_more"])) == (2, ONE // 4)


def _with_recipients(mean: float) -> Scenario:
    return changed(("delay.mu_log_hours = 0.5", f"delay.mu_log_hours = 0.5\nshare.recipients = {mean}"))


def test_without_groups_nothing_is_shared_into_chats() -> None:
    assert lowered(changed(more="\n[groups]\nenabled = false\n"), FIRST)["group_share"] == 0
    assert lowered(golden_scenario(), FIRST)["group_share"] == math.floor(0.6 * ONE)


def test_hazards_by_origin(scenario: Scenario) -> None:
    b = behaviour_of(values_at(scenario, None))
    causes = [1.0, b["churn.paid_multiplier"], b["churn.push_multiplier"], b["churn.push_multiplier"]]
    causes += [b["churn.invited_multiplier"], b["churn.paid_multiplier"]]
    again = [b["churn.reactivated_multiplier"] * ratio for ratio in causes]
    np.testing.assert_allclose(lowered(scenario, FIRST)["churn"], [1.0, *causes, *again], rtol=1e-6)


def test_hazards_by_money_inviter_and_group(scenario: Scenario) -> None:
    """Alone in a group is like no group; each doubling of active members takes the same share of the hazard."""
    b, told = behaviour_of(values_at(scenario, None)), lowered(scenario, FIRST)
    assert told["churn_money"] == np.float32(b["churn.money_multiplier"])
    assert told["churn_inviter"] == np.float32(b["churn.inviter_multiplier"])
    group = told["churn_group"].astype(float)
    assert group[0] == group[1] == 1
    np.testing.assert_allclose(group[[4, 8]] / group[[2, 4]], 2 ** b["churn.group_exponent"], rtol=1e-6)
    np.testing.assert_allclose(
        told["ai_law"], [count_law(b["ai.rate"] * lift, None, 20) for lift in (1, b["ai.group_lift"])]
    )


def _moves(scenario: Scenario, path: str) -> set[str]:
    """Fields that a number, made smaller or larger, changes on the first day on which it changes any, for some app."""
    days = [moment_at(scenario, dt.datetime(2026, 3, day, 12)) for day in range(1, 8)]
    for lane in (lane_of(scenario, "our app"), lane_of(scenario, "rival")):
        for factor in (0.6, 3.0):
            values = {**lane.values, path: factor * lane.values[path] if lane.values[path] else 0.3}
            for day in days:
                before, after = lower_round(lane, day), lower_round(lane._replace(values=values), day)
                moved = {name for name in before if not np.array_equal(before[name], after[name])}
                if moved:
                    return moved
    return set()


def _may_change(path: str) -> bool:
    """Whether an intervention may name this number."""
    text = '\n[[intervention]]\nname = "try"\nat = 2026-03-03T00:00:00\nparameter = "{}"\nmultiply = 1\n'
    try:
        changed(more=text.format(path))
    except InputError:
        return False
    return True


def test_whatever_an_intervention_may_change_reaches_the_engine(scenario: Scenario) -> None:
    """Each number that a dated change may name is read every round, or priced day by day on the host; a number that
    is read once for the whole run would be changed in silence without effect."""
    reaches, costs = ("ads", "wake_up", "rival_ads"), ("contact", "install")
    priced = {f"reach.{name}.cost_per_{cost}_yuan" for name in reaches for cost in costs}
    unused = {"reach.wake_up.response_new"}  # only the dormant are contacted
    added = {f"pool.{name}.total_yuan" for name in ("draws", "packets")}  # by `experiments.lower_dated.top_ups`
    free = {path for path in scenario.numbers() if _may_change(path)}
    assert len(free) > 60
    assert priced | unused | added < free
    per_share = changed(
        ("limit = 4", 'limit = 4\npaid_for = "share"'), ("tier_from = [2]\n", ""), ("tier_yuan = [0.9]\n", "")
    )
    moved = {path: _moves(scenario, path) or _moves(per_share, path) for path in free - priced - unused - added}
    assert [path for path, fields in moved.items() if not fields] == []
    once = {"first": {*MORNINGLY, "daily_pool"}, "last": set(NIGHTLY)}
    for path, fields in moved.items():
        by = {name for name, of in once.items() if fields & of}
        every = {"every"} if fields - once["first"] - once["last"] - {"answered"} else set()  # of who turns up
        assert by | every == {reading_of(path, scenario, scenario.run).round}, path
