"""Feed, notices, habits and giving back in a campaign file: what they are lowered to, when, and what is refused."""

from __future__ import annotations

import json

import numpy as np
import pytest

from experiments.lower_memory import memory_tables
from experiments.lower_money import parts_of
from experiments.lower_sharing import feed_attention
from experiments.mechanism_defaults import load_mechanisms
from experiments.moments import without_campaign
from experiments.presets import preset
from experiments.validation.book import closed, contrasts
from experiments.validation.book.rows import book_row
from experiments.validation.book.targets import book_targets
from experiments.worlds import World, Worlds
from graphs.errors import InputError
from growth.campaign import DEGREES, EVEN, LOGIT_UNIT
from growth.state import Part
from tests.experiments.test_lower import AFTER, FIRST, ONE, lowered
from tests.small_run import FACTS, changed

TABLES = """
[feed]
share = 0.5
see = 0.25
effort = 1.5
circles = 1
attention = 0.5
[notices]
rate = 0.75
friends = 4
see = 0.125
effort = 2
[sharing]
habit = 0.25
alike = 0.5
hubs = 0.25
[fatigue]
per_day = 0.5
[reciprocity]
yuan_per_yuan = 0.25
"""
FIELDS = ("feed", "feed_see", "feed_effort", "notice", "notice_friends", "notice_see", "notice_effort", "habit",
          "habit_alike", "habit_hubs", "send_back")  # fmt: skip
PARTS = {"feed": Part.FEED, "notices": Part.NOTICE, "sharing": Part.HABIT, "fatigue": Part.FATIGUE,
         "reciprocity": Part.RECIPROCITY}  # fmt: skip


def test_tables_become_integers_by_hand() -> None:
    scenario = changed(more=TABLES)
    told = lowered(scenario, FIRST)
    assert told["feed"].tolist() == [ONE // 2, ONE // 2, ONE // 3, ONE // 4, ONE // 5]  # odds 1, 1/2, 1/3, 1/4
    expected = [ONE // 4, 1.5 * LOGIT_UNIT, 0.75 * ONE, 4, ONE // 8, 2 * LOGIT_UNIT, ONE // 4,
                ONE // 2, 5 * ONE // 8]  # fmt: skip
    assert [int(told[name]) for name in FIELDS[1:-1]] == expected
    assert told["fresh"][:3].tolist() == [ONE, ONE // 2, ONE // 4]
    assert told["fresh_from"] == (scenario.campaign.start - scenario.run.first_day).days
    numbers = scenario.numbers()
    cents = 100 * numbers["reward.packet.mean_yuan"].value * numbers["task.share.slots"].value
    assert told["send_back"] == pytest.approx(0.25 * ONE / cents)


@pytest.mark.parametrize(("see", "exponent"), [(0.05, 1.0), (0.35, 1.0), (0.35, 0.5), (0.9, 1.0)])
def test_attention_is_divided_and_as_many_see_a_post_as_without(see: float, exponent: float) -> None:
    """Over ties of a law of degrees of our own: the mean stays, the fall is a power, and nobody sees more than all."""
    people = np.zeros(DEGREES)
    people[[10, 40, 160, 640]] = 0.25
    scenario = changed(more=f"\n[feed]\nsee = {see}\nattention = {exponent}\n")
    values = {path: number.value for path, number in scenario.numbers().items()}
    times = feed_attention(scenario, values, np.cumsum(people)) / EVEN
    ties = np.arange(DEGREES) * people
    assert ties @ times / ties.sum() == pytest.approx(1, abs=2e-4)
    assert see * times.max() <= 1 + 1e-3
    assert times[1000] / times[800] == pytest.approx(0.8**exponent, rel=2e-3)
    off = changed(more="\n[feed]\nattention = 0\n")
    for same, told in ((off, values | {"feed.attention": 0.0}), (changed(), {})):
        assert (feed_attention(same, told, np.cumsum(people)) == EVEN).all()


def test_without_the_tables_nothing_is_told_and_the_file_means_what_it_meant() -> None:
    bare, off = changed(), changed(more=TABLES.replace("]\n", "]\nenabled = false\n"))
    for scenario in (bare, off):
        told = lowered(scenario, FIRST)
        assert not any(told[name].any() for name in FIELDS)
        assert (told["fresh"] == ONE).all()
        assert not parts_of([scenario]) & sum(PARTS.values())
    assert not set(PARTS) & set(json.loads(bare.canonical_json()))
    assert json.loads(bare.canonical_json())["response"] == {"law": "general"}


def test_notices_are_of_the_campaign_and_the_rest_is_how_people_are() -> None:
    scenario = changed(more=TABLES)
    after, rival, none = lowered(scenario, AFTER), lowered(scenario, FIRST, app="rival"), without_campaign(scenario)
    for told in (after, rival, lowered(none, FIRST)):
        assert told["notice"] == 0
        assert (told["fresh"] == ONE).all()
        assert told["feed"][0] == ONE // 2
        assert told["habit_alike"] == ONE // 2
        assert told["send_back"] == 0  # no packet holds money
    assert not parts_of([none]) & Part.NOTICE
    for table, part in PARTS.items():
        alone = changed(more=TABLES[TABLES.index(f"[{table}]") :].split("\n[")[0])
        assert parts_of([alone]) & sum(PARTS.values()) == part


def test_what_a_table_leaves_out_is_sourced_and_drawn_only_there() -> None:
    bare = changed(more="\n".join(f"[{table}]" for table in ("", *PARTS) if table)).numbers()
    for name, default in load_mechanisms().items():
        if name.split(".")[0] in PARTS:
            assert bare[name] == default.quantity
    assert not {path.split(".")[0] for path in changed().numbers()} & set(PARTS)


def test_a_step_weighs_every_exposure_after_the_first_alike() -> None:
    step = changed(more='\n[response]\nlaw = "step"\nsecond_over_first = 1.5\n')
    assert lowered(step, FIRST)["memory_times"][:, 0].tolist() == [1, *[1.5] * 7]
    assert lowered(step, FIRST)["memory_adds"] == 1
    assert not lowered(step, FIRST)["memory_logit"].any()
    sourced = changed(more='\n[response]\nlaw = "step"\n').numbers()["response.second_over_first"]
    assert sourced == load_mechanisms()["response.second_over_first"].quantity
    for name, table in memory_tables("threshold", {}).items():
        assert np.array_equal(table, memory_tables("step", {}, 1.0)[name])


def test_where_weights_add_up_no_number_of_exposures_is_the_last() -> None:
    """The bound on the factor by which a single chance may grow: certainty, and 1 under the other laws."""
    laws = ("general", "threshold", "step", "independent")
    more = "".join(f'\n[[variant]]\nname = "{law}"\nset = {{ "response.law" = "{law}" }}\n' for law in laws)
    worlds = Worlds(changed(more=more), FACTS)
    told = worlds.campaign([World(-1, 0, list(worlds.variants).index(law), 0) for law in laws]).schedule
    mine = slice(None, None, worlds.apps)
    assert np.unique(told.memory_most_times[mine], axis=1).tolist() == [[1], [ONE], [ONE], [1]]
    assert np.unique(told.memory_adds[mine], axis=1).tolist() == [[0], [1], [1], [0]]


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ("[response]\nsecond_over_first = 1.5\n", "response.second_over_first: is of the law step"),
        ("[feed]\neffort = -1\n", "feed.effort: out of range; got -1"),
        ("[feed]\nshares = 1\n", "feed.shares: unknown key"),
        ("[notices]\nrate = 1.5\n", "notices.rate: out of range; got 1.5"),
        ("[sharing]\nhabit = 2\n", "sharing.habit: out of range; got 2"),
        ("[reciprocity]\nyuan_per_yuan = -1\n", "reciprocity.yuan_per_yuan: out of range"),
    ],
)
def test_what_cannot_be_is_one_line(more: str, says: str) -> None:
    with pytest.raises(InputError, match=says) as error:
        changed(more="\n" + more)
    assert "\n" not in str(error.value)


def test_the_step_of_the_second_exposure_is_put_in_and_so_no_evidence(monkeypatch: pytest.MonkeyPatch) -> None:
    scenario = preset("second_exposure")
    assert scenario.response.law == "step"
    alike = closed.Viewers(np.full(50, 128), np.full((50, 4), 100), np.full((50, 4), 10))
    told = closed.told_of(scenario)
    first, second, third = closed.exposure_hazards(told, alike)
    weight = load_mechanisms()["response.second_over_first"].quantity.value
    assert second == pytest.approx(weight * first / (1 - first), rel=1e-6)
    assert third == pytest.approx(weight * first / (1 - (1 + weight) * first), rel=1e-6)
    target = next(one for one in book_targets() if one.id == "second_exposure")
    monkeypatch.setattr(contrasts, "_people", lambda scenario, number: alike)
    answer = contrasts.exposures(scenario)
    row = book_row(target, answer.statements, cost=answer.cost, said=answer.said)
    assert (row["role"], row["ok"], row["evidence"], row["verdict"]) == ("set", True, False, "holds, no evidence")
