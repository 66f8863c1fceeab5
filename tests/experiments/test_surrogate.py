"""The renewal equation against closed forms, enumeration, another program of the same law, and the engine's tables."""

from __future__ import annotations

from importlib import resources
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from experiments.base_inflow import Inflow, base_inflow
from experiments.chain_shape import degree_classes
from experiments.laws import app_law, mean_count
from experiments.lower import lower_round
from experiments.offer import Lane
from experiments.parameters import behaviour_of
from experiments.scenario import Scenario, load_scenario
from experiments.surrogate import active_users, course
from experiments.surrogate_activity import NOVEL, active_within, habit_of, opened, standing_days, survival, tail_days
from experiments.surrogate_plan import plan_of
from experiments.surrogate_rates import rates_of, reach_chances, standing_of, tails
from graphs.errors import InputError
from graphs.hashing import hash_uniform
from growth.campaign import AMOUNT_UNIT, STATES
from growth.streams import ONE
from tests.experiments.surrogate_worlds import PLAIN, numbers, plain_shape, plan

pytestmark = pytest.mark.usefixtures("in_64_bits")


@pytest.fixture(scope="module")
def yuanbao() -> Scenario:
    with resources.as_file(resources.files("experiments") / "campaigns" / "yuanbao_2026.toml") as path:
        return load_scenario(path)


def test_classes_keep_mean_and_generating_function_of_a_negative_binomial() -> None:
    law = stats.nbinom(2.0, 2.0 / (2.0 + 150.0))
    degrees = law.ppf(hash_uniform(1, 2, np.arange(200_000))).astype(int)
    degree, share = degree_classes(degrees)
    assert share.sum() == pytest.approx(1)
    assert (degree * share).sum() == pytest.approx(degrees.mean(), rel=1e-12)
    for theta in (0.9999, 0.999, 0.99):
        psi = (share * theta**degree).sum()
        assert psi == pytest.approx((2.0 / (2.0 + 150.0 * (1 - theta))) ** 2.0, abs=4e-3 * (1 - psi) + 1e-9)


def test_survival_is_the_shifted_beta_geometric() -> None:
    habit = habit_of(behaviour_of(numbers(plan()[0])))
    n = np.arange(120)
    exact = np.exp(_log_beta_ratio(0.6808, 20.74, n))
    np.testing.assert_allclose(np.asarray(survival(habit, jnp.asarray(n, float))), exact, rtol=2e-4)
    total = np.exp(_log_beta_ratio(0.6808, 20.74, np.arange(430))).sum()
    assert float(tail_days(habit, 0.0)) == pytest.approx(total, rel=2e-4)


def _log_beta_ratio(a: float, b: float, n: np.ndarray) -> np.ndarray:
    from scipy.special import betaln

    return betaln(a, b + n) - betaln(a, b)


def test_opening_and_active_days_are_those_of_the_standing_law() -> None:
    values = behaviour_of(numbers(plan()[0]))
    law, habit = app_law(values), habit_of(values)
    by_age = np.asarray(opened(habit, 1.0))
    np.testing.assert_allclose(by_age[:NOVEL], (law.active / law.survival)[:NOVEL], rtol=5e-3)
    assert float(standing_days(habit, jnp.asarray(by_age))) == pytest.approx(law.days_active, rel=3e-3)


def test_active_within_a_window_is_that_of_enumeration() -> None:
    """Everybody's opening chance q is one of two; all histories of a window of three days are summed."""
    habit = habit_of(behaviour_of(numbers(plan()[0])))._replace(
        opening=jnp.array([0.1, 0.6]), share=jnp.array([0.7, 0.3])
    )
    nights = jnp.array([[4.0, 5.0, 6.0]])
    alive = np.asarray(survival(habit, nights))[0]
    expected = 0.0
    for q, weight in ((0.1, 0.7), (0.6, 0.3)):
        lasts = [1 - alive[0], alive[0] - alive[1], alive[1] - alive[2], alive[2]]  # days of the window spent engaged
        expected += weight * sum(chance * (1 - (1 - q) ** days) for days, chance in enumerate(lasts))
    assert float(active_within(habit, nights, jnp.array([7]), 3)[0]) == pytest.approx(expected, abs=1e-12)
    assert float(active_within(habit, nights, jnp.array([2]), 3)[0]) == 1


def test_a_capped_mean_is_that_of_scipy() -> None:
    for mean, k, most in ((0.03, 0.15, 30), (1.4, 0.15, 5), (4.0, 2.0, 10)):
        law = stats.nbinom(k, k / (k + mean))
        expected = float(np.minimum(np.arange(4000), most) @ law.pmf(np.arange(4000)))
        assert float(tails(jnp.array([mean]), k, most).sum()) == pytest.approx(expected, rel=1e-9)


def test_rates_are_the_engines_tables(yuanbao: Scenario) -> None:
    """Packets, openings, reach and logits of every moment, read back from the integers that the engine is told."""
    shape = plain_shape(np.array([150.0]), np.array([1.0]), 200_000, population=1.4e9, chat_size=40.0, with_chats=0.9)
    told, values = plan_of(yuanbao, shape), numbers(yuanbao)
    rates, chances = rates_of(told, values), np.asarray(reach_chances(told, values))
    behaviour = behaviour_of(values)
    lane = Lane(yuanbao, values, told.app, app_law(behaviour), Inflow(0.0, 0.0, 0.0, 0.0), shape.facts)
    on = {item.name: chances[at] for at, item in enumerate(told.reaches)}
    for number, moment in enumerate(told.moments):
        table = lower_round(lane, moment)
        packets = [mean_count(law) for law in table["share_law"]]
        np.testing.assert_allclose(np.asarray(rates.packets)[:, number], packets, rtol=1e-5)
        assert float(rates.lift[number]) == pytest.approx(float(table["opening"]), rel=1e-6)
        works = float(table["works"]) / ONE
        assert float(rates.works[number]) == pytest.approx(works, rel=1e-6)
        assert float(rates.slot_yuan[number]) == pytest.approx(0.8 if moment.campaign else 0.0)
        draws = 5 + 2 + 1.2 - _above(1.2, 6)
        assert float(rates.draws[number]) == pytest.approx(0.9 * draws if moment.campaign else 0.0, rel=1e-4)
    everyone = lower_round(lane, told.moments[0]._replace(reaches=("paid_advertising",)))
    steps = np.diff(everyone["reach"].astype(float) / ONE, axis=1, prepend=0)
    never, dormant, gone = (STATES.index(name) for name in ("never", "dormant", "uninstalled"))
    expected = [steps[state, 1] for state in (never, dormant, gone)]
    np.testing.assert_allclose(on["paid advertising"], expected, atol=2e-9)


DATED = """
[[intervention]]
name = "dear packets"
at = 2026-03-06T12:00:00
parameter = "reward.*.mean_yuan"
multiply = 3
"""


def test_rates_follow_a_reward_that_changes_by_date() -> None:
    scenario, told = plan(PLAIN + DATED)
    values = numbers(scenario)
    rates, behaviour = rates_of(told, values), behaviour_of(values)
    lane = Lane(scenario, values, told.app, app_law(behaviour), Inflow(0.0, 0.0, 0.0, 0.0), told.shape.facts)
    times = []
    for number, moment in enumerate(told.moments):
        table = lower_round(lane, moment)
        packets = [mean_count(law) for law in table["share_law"]]
        np.testing.assert_allclose(np.asarray(rates.packets)[:, number], packets, rtol=1e-5)
        times.append(table["reward_times"] / AMOUNT_UNIT)
        assert float(rates.draw_yuan[number]) == pytest.approx(0.05 * times[-1][0])
        assert float(rates.slot_yuan[number]) == pytest.approx(0.8 * times[-1][1] * moment.campaign)
    assert {1.0, 3.0} == {float(time) for pair in times for time in pair}


def test_pools_that_change_by_date_are_not_calibrated() -> None:
    with pytest.raises(InputError, match=r"intervention.dear_packets.enabled: .* does not know pools"):
        plan(PLAIN + DATED.replace("reward.*.mean_yuan", "pool.cash.total_yuan"))


def _above(mean: float, most: int) -> float:
    """E max(X - most, 0) of a Poisson count."""
    x = np.arange(60)
    return float(np.maximum(x - most, 0) @ stats.poisson.pmf(x, mean))


def test_acceptance_is_the_engines_logistic_averaged_over_ties_and_affinity(yuanbao: Scenario) -> None:
    shape = plain_shape(np.array([150.0]), np.array([1.0]), 200_000, population=1.4e9)._replace(
        strength=np.array([10.0, 60.0, 130.0, 250.0])
    )
    told, values = plan_of(yuanbao, shape), numbers(yuanbao)
    behaviour = behaviour_of(values)
    lane = Lane(yuanbao, values, told.app, app_law(behaviour), Inflow(0.0, 0.0, 0.0, 0.0), shape.facts)
    table = lower_round(lane, told.moments[0])
    logit = table["accept"][1, 0, STATES.index("never")] / 256
    chance = np.mean(
        [
            1
            / (
                1
                + np.exp(
                    -(logit + behaviour["respond.tie"] * tie / 256 + behaviour["respond.affinity"] * (a - 128) / 256)
                )
            )
            for tie in shape.strength
            for a in range(256)
        ]
    )
    assert float(rates_of(told, values).accept_new[0]) == pytest.approx(chance, rel=5e-3)


def test_the_standing_world_has_the_base_inflow_of_the_engine(yuanbao: Scenario) -> None:
    shape = plain_shape(np.array([150.0]), np.array([1.0]), 200_000, population=1.4e9, chat_size=40.0, with_chats=0.9)
    told, values = plan_of(yuanbao, shape), numbers(yuanbao)
    law = app_law(behaviour_of(values))
    expected = base_inflow(values, told.app, law, shape.facts)
    engaged = law.engaged(values["app.yuanbao.base.dau"]) / shape.facts.population
    assert float(standing_of(told, values, engaged).unpaid) == pytest.approx(expected.invited, rel=1e-9)
    run = course(told, values)
    assert float(run.inflow) == pytest.approx(law.inflow(values["app.yuanbao.base.dau"]), rel=3e-3)


@pytest.mark.long
def test_without_a_campaign_the_world_stands() -> None:
    """No reach, no reward, no sharing: DAU, WAU and MAU stay where they were."""
    scenario, told = plan(_quiet())
    run = course(told, numbers(scenario))
    np.testing.assert_allclose(np.asarray(run.dau), 400.0, rtol=6e-3)
    for window in (7, 30):
        before = float(active_users(told, run, -1, window))
        for day in (3, 10, 19):
            assert float(active_users(told, run, day, window)) == pytest.approx(before, rel=1.2e-2)


def _quiet() -> str:
    text = PLAIN.replace("response_new = 0.03", "response_new = 0.0").replace("response_dormant = 0.04", "")
    head, _, tail = text.partition("[[task]]")
    tail = tail[tail.index("[groups]") :].replace('"share.rate" = 0.25', '"share.rate" = 0.0')
    return head + tail


def test_gradients_are_those_of_differences() -> None:
    scenario, told = plan()
    paths = (
        "behaviour.share.rate",
        "behaviour.respond.base_never",
        "reach.ads.response_dormant",
        "behaviour.churn.alpha",
    )
    central = numbers(scenario)

    def total(x: Any) -> Any:
        run = course(told, {**central, **{path: x[at] for at, path in enumerate(paths)}})
        return jnp.log(run.dau[-1]) + jnp.log(active_users(told, run, 12, 30))

    x = jnp.array([central[path] for path in paths])
    slope = np.asarray(jax.jit(jax.grad(total))(x))
    evaluate = jax.jit(total)
    for at in range(len(paths)):
        step = 1e-5 * abs(float(x[at]))
        ends = [float(evaluate(x.at[at].add(sign * step))) for sign in (1, -1)]
        assert slope[at] == pytest.approx((ends[0] - ends[1]) / (2 * step), rel=1e-4)
