"""The presets of the validation book: small scenarios that differ from the defaults only where their case says so."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from scipy import special, stats

from experiments.defaults import load_defaults
from experiments.laws import app_law
from experiments.presets import PRESETS, preset
from experiments.scenario import parse_scenario
from experiments.validation.book import closed
from experiments.validation.book.model import SIMULATED, scaled_game
from experiments.validation.book.runs import resized, run_preset
from experiments.validation.book.shown import yuanbao
from experiments.validation.book.staying import mainstream
from experiments.validation.book.targets import book_targets
from tests.conftest import binomial_bounds

FOLDER = Path(__file__).parents[2] / "experiments" / "presets"
OWN = {
    "chat_reply": {"delay.mu_log_hours", "delay.sigma_log_hours", "see.single_chat"},
    "email_game": {"respond.base_never", "share.group_share"},
    "plain_share": {"respond.base_never"},
}
"""What each preset says of behaviour instead of the defaults: everything that is not here is the one defaults file."""


def test_the_presets_are_the_files_of_their_folder() -> None:
    assert sorted(path.stem for path in FOLDER.glob("*.toml")) == list(PRESETS)
    assert set(SIMULATED) <= set(PRESETS)


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_is_valid_and_says_where_its_numbers_come_from(name: str) -> None:
    scenario = preset(name)
    assert scenario.name == name
    assert scenario.run.hold is None
    assert parse_scenario(scenario.canonical_toml()) == scenario
    for path, quantity in scenario.numbers().items():
        if quantity.source is None:
            assert quantity.value in (0.0, 1.0), path
        else:
            assert quantity.grade is not None, path


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_leaves_behaviour_to_the_one_defaults_file(name: str) -> None:
    defaults, behaviour = load_defaults(), preset(name).behaviour
    differs = {path for path in defaults if behaviour[path] != defaults[path]}
    assert differs == OWN.get(name, set())


def test_a_tap_is_the_tap_of_the_defaults() -> None:
    """A preset without an installation takes the level of a tap that the defaults hold, with its range."""
    tap = load_defaults()["respond.base_engaged"]
    own = preset("email_game").behaviour["respond.base_never"]
    assert (own.value, own.low, own.high) == (tap.value, tap.low, tap.high)


def test_qwen_is_not_among_the_runs() -> None:
    assert not any("qwen" in name for name in PRESETS)
    assert yuanbao().name == "yuanbao_2026"
    assert [app.name for app in yuanbao().apps if app.campaign] == ["yuanbao"]


def test_a_scaled_game_has_as_many_seeds_per_person() -> None:
    game = preset("email_game")
    small = scaled_game(game, 50_000)
    assert small.chain.users == small.chain.population == 50_000  # type: ignore[union-attr]
    for one, other in zip(game.reaches, small.reaches, strict=True):
        assert other.people_per_day.value == pytest.approx(one.people_per_day.value / 100)
    assert 14 * sum(reach.people_per_day.value for reach in game.reaches) == pytest.approx(35_158, rel=0.001)


def people(count: int = 50) -> closed.Viewers:
    """Alike: middling affinity, ties of strength 100, inviters of 10 friends but one hub each."""
    strength = np.full((count, 4), 100)
    degree = np.tile([10, 10, 10, 500], (count, 1))
    return closed.Viewers(np.full(count, 128), strength, degree)


def test_four_inviters_by_hand() -> None:
    """b2 (log(1 + c) - log 2) + b3 (k - c) - fatigue (k - 1), on a logit of base and tie, for people who are alike."""
    own = {name: number.value for name, number in load_defaults().items()}
    logit = own["respond.base_never"] + own["respond.tie"] * 100 / 256

    def chance(k: int, c: int) -> float:
        gain = own["respond.components"] * math.log((1 + c) / 2) + own["respond.repeat"] * (k - c)
        return 1 / (1 + math.exp(-(logit + gain - own["respond.fatigue"] * (k - 1))))

    told = closed.told_of(preset("retention"))
    apart = max(chance(k, k) for k in range(1, 5))
    together = max(chance(k, 1) for k in range(1, 5))
    assert closed.four_inviters(told, people()) == pytest.approx(apart / together, rel=0.01)
    first, second, third = closed.exposure_hazards(told, people())
    assert first == pytest.approx(chance(1, 1), rel=0.01)
    assert second == pytest.approx((chance(2, 2) - chance(1, 1)) / (1 - chance(1, 1)), rel=0.02)
    assert third == pytest.approx((chance(3, 3) - chance(2, 2)) / (1 - chance(2, 2)), rel=0.02)


def test_what_the_second_exposure_would_need_is_what_it_gets() -> None:
    b2, apart = closed.exposures_needed(people(), -4.2, 1.1)
    assert b2 > load_defaults()["respond.components"].value
    assert apart > 2


def test_inviters_who_are_alike_persuade_alike() -> None:
    told = closed.told_of(preset("retention"))
    assert closed.persuasion(told, people()) == pytest.approx(1.0)
    strong = people()._replace(strength=np.tile([100, 100, 100, 255], (50, 1)))
    own = load_defaults()["respond.base_never"].value
    slope = load_defaults()["respond.tie"].value
    odds = special.expit(own + slope * 255 / 256) / special.expit(own + slope * 100 / 256)
    assert closed.persuasion(told, strong) == pytest.approx(odds, rel=0.01)


def test_viewers_are_people_of_the_chain() -> None:
    """Against the same society with no tie stored."""
    from graphs.implicit_build import make_implicit
    from graphs.implicit_slots import friend_lists

    found = closed.viewers(2_000, 20.0, 1)
    chain = make_implicit(2_000, mean_degree=20.0, seed=1)
    lists = friend_lists(chain, np.arange(chain.num_users, dtype=np.int32))
    people_of = np.flatnonzero(lists.degree >= 4)
    assert found.affinity.tolist() == chain.host().affinity(people_of).tolist()
    for place, person in enumerate(people_of[:50]):
        mine = slice(lists.offsets[person], lists.offsets[person + 1])
        chosen = [number * lists.degree[person] // 4 for number in range(4)]
        assert found.strength[place].tolist() == lists.strength[mine][chosen].tolist()
        friends = lists.friends[mine][chosen]
        assert found.inviter_degree[place].tolist() == lists.degree[friends].tolist()


def test_retention_in_closed_form_is_that_of_the_law() -> None:
    law = app_law({name: number.value for name, number in load_defaults().items()})
    for age in (1, 3, 7, 15, 30):
        assert closed.retention_at(age) == pytest.approx(law.active[age])
    need = closed.selection_at(30, 0.1, 0.062 / closed.retention_at(30))
    assert closed.retention_at(30, 0.1, need) == pytest.approx(0.062, rel=1e-3)
    assert closed.selection_at(1, 0.1, 1.1) == math.inf


def test_the_acceptance_of_a_paid_packet_by_hand() -> None:
    """Base, money, uncertain money, half of what a tie is worth."""
    own = {name: number.value for name, number in load_defaults().items()}
    logit = own["respond.base_never"] + own["respond.reward"] * math.log(1.8) + own["respond.uncertain_reward_shift"]
    found = closed.packet_acceptance(closed.told_of(preset("incentivised")))
    assert found == pytest.approx(special.expit(logit + own["respond.tie"] / 2), rel=0.01)


def test_the_reply_delay_is_found_again_in_its_table() -> None:
    table = closed.told_of(preset("chat_reply"))["delay"]
    mu, sigma = closed.delay_quantiles(table)
    assert mu == pytest.approx(1.04, abs=0.01)
    assert sigma == pytest.approx(3.11, abs=0.01)
    assert (table <= 3600).mean() == pytest.approx(stats.norm.cdf(-1.04 / 3.11), abs=0.002)


@pytest.mark.long
def test_a_preset_from_the_file_to_its_row() -> None:
    """The retention preset in a small society, end to end: D1 of those who came by themselves is the closed form's."""
    scenario = resized(preset("retention"), users=3_000, count=2, replicates=2, parameter_draws=2, days=3)
    run = run_preset(scenario, shared=False, block=4)
    target = next(one for one in book_targets() if one.id == "ai_app_d1")
    answer = mainstream(run, 1, target)
    sums = run.retention(1, kind="new", cause="organic").central
    there, came = sums.reshape(-1, 2).sum(axis=0)
    low, high = binomial_bounds(int(came), closed.retention_at(1))
    assert came > 800
    assert low <= there <= high
    assert answer.statements[0].value == pytest.approx(there / came)
    assert len(answer.statements[0].chains) == 2
    assert answer.statements[0].draws is not None
    forest, worlds = run.forest()
    assert worlds == 4
    people = run.sums(lambda world: world.curve("activations").sum(axis=-1)).central.sum()
    assert forest.logged * 3_000 / run.graphs[0].num_users == pytest.approx(people)
