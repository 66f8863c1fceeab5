"""The shipped campaign designs: the published rules stand in them, every figure says its source."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from experiments.joint import is_joint
from experiments.scenario import Scenario, load_scenario, parse_scenario
from experiments.validation.prediction import refuse_thawed

CAMPAIGNS = Path(__file__).parents[2] / "experiments" / "campaigns"
FILES = sorted(path for path in CAMPAIGNS.glob("*.toml") if not is_joint(path))
STRUCTURE = (
    "calendar.weekday.",
    "campaign.",
    "channel.",
    "reach.",
    "behaviour.",
)  # where a bare number says "nothing here"


def read(name: str) -> Scenario:
    return load_scenario(CAMPAIGNS / f"{name}_2026.toml")


def values(scenario: Scenario, *paths: str) -> list[float]:
    return [scenario.numbers()[path].value for path in paths]


def test_the_three_designs_are_there() -> None:
    assert [path.stem for path in FILES] == ["doubao_2026", "qwen_2026", "yuanbao_2026"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_design_is_read_and_its_resolved_text_means_the_same(path: Path) -> None:
    scenario = load_scenario(path)
    assert scenario.name == path.stem
    assert scenario.chain.population == 1_400_000_000
    assert scenario.run.days >= 60
    assert scenario.run.warm_up_days == 30
    assert parse_scenario(scenario.canonical_toml()) == scenario


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_figure_of_a_design_says_where_it_comes_from(path: Path) -> None:
    """A number without a source is one that switches nothing on: no multiplier, no cost, no response."""
    for name, quantity in load_scenario(path).numbers().items():
        if quantity.source is None:
            at_work = name.startswith("calendar.day.") and name.endswith(".work") and quantity.value == 1.0
            assert name.startswith(STRUCTURE) or at_work, name
            assert quantity.value in (0.0, 1.0), name
        else:
            assert quantity.grade is not None, name


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_assumption_of_a_design_has_a_range_and_a_reason(path: Path) -> None:
    numbers = load_scenario(path).numbers()
    assumed = {name: q for name, q in numbers.items() if q.grade == "assumption" and not name.startswith("behaviour.")}
    assert len(assumed) > 15
    for name, quantity in assumed.items():
        assert quantity.low is not None, name
        assert quantity.high is not None, name
        assert quantity.low < quantity.high, name
        assert len(quantity.source or "") >= len("not published"), name


@pytest.mark.parametrize(
    ("name", "start", "end"),
    [
        ("yuanbao", (2026, 2, 1), (2026, 2, 17)),
        ("qwen", (2026, 2, 6), (2026, 2, 28)),
        ("doubao", (2026, 2, 16), (2026, 2, 16)),
    ],
)
def test_dates_of_the_campaigns(name: str, start: tuple[int, int, int], end: tuple[int, int, int]) -> None:
    campaign = read(name).campaign
    assert (campaign.start, campaign.end) == (dt.date(*start), dt.date(*end))
    assert read(name).run.start == campaign.start


def test_the_published_rules_of_yuanbao() -> None:
    scenario = read("yuanbao")
    assert sum(values(scenario, "pool.draws.total_yuan", "pool.packets.total_yuan")) == 1_000_000_000
    assert values(scenario, "task.draw.free_per_day", "task.draw.daily_limit") == [5, 45]
    assert values(scenario, "task.share.daily_draw_limit", "task.share.draws_per_claim") == [30, 1]
    draw = scenario.numbers()["reward.draw.mean_yuan"]
    assert draw.high == 0.28
    prizes = [(prize.date, prize.count.value, prize.yuan.value) for prize in scenario.prizes]
    assert prizes == [(dt.date(2026, 2, 1), 100, 10_000), (dt.date(2026, 2, 16), 100, 10_000)]
    others = values(scenario, "task.sign_in.draws", "task.group.draws_join")
    ai = values(scenario, "task.ai.draws", "task.ai.daily_limit")
    assert sum(others) + ai[0] * ai[1] == 10, "40 or more a day from tasks, of which sharing at most 30"


def test_the_link_block_of_4_february_and_what_followed() -> None:
    changes = {change.name: change for change in read("yuanbao").interventions}
    block, passphrase, worse = (
        changes["link block"],
        changes["passphrase packets"],
        changes["passphrases hard to copy"],
    )
    assert block.at == dt.datetime(2026, 2, 4, 11)
    assert {block.parameter, passphrase.parameter, worse.parameter} == {"channel.wechat_*.opens"}
    assert block.at < passphrase.at < worse.at
    assert (worse.at.date(), worse.until) == (dt.date(2026, 2, 6), dt.datetime(2026, 2, 9))
    found = [change.set.value for change in (block, worse, passphrase) if change.set is not None]
    assert found == sorted(found)
    assert changes["outage"].at.date() == dt.date(2026, 2, 2)


def test_the_variants_of_yuanbao_differ_from_the_design_as_their_names_say() -> None:
    scenario = read("yuanbao")
    switched_off = ["link_block", "passphrase_packets", "passphrases_hard_to_copy"]
    assert scenario.difference("no link block") == [
        (f"intervention.{name}.enabled", True, False) for name in switched_off
    ]
    assert scenario.difference("no groups") == [
        ("task.group.enabled", True, False),
        ("groups.enabled", True, False),
    ]
    assert scenario.difference("fixed rewards") == [
        ("reward.draw.law", "lucky", "fixed"),
        ("reward.packet.law", "lucky", "fixed"),
    ]


def test_a_rival_lives_beside_yuanbao_by_reach_alone() -> None:
    scenario = read("yuanbao")
    assert [(app.name, app.campaign) for app in scenario.apps] == [("yuanbao", True), ("qwen", False)]
    rivals = [reach for reach in scenario.reaches if reach.app == "qwen"]
    assert [(reach.cause, reach.start) for reach in rivals] == [("broadcast", dt.date(2026, 2, 6))]


def test_the_published_rules_of_qwen() -> None:
    scenario = read("qwen")
    assert sum(values(scenario, "pool.coupons.total_yuan", "pool.cash.total_yuan")) == 3_000_000_000
    paths = (
        "task.order.coupon_yuan",
        "task.invite.sharer_yuan",
        "task.invite.invitee_yuan",
        "task.invite.limit",
    )
    assert values(scenario, *paths) == [25, 25, 25, 20]


def test_doubao_pays_nobody_for_inviting() -> None:
    assert {task.kind for task in read("doubao").tasks} == {"ai", "draw"}


@pytest.mark.parametrize("name", ["qwen", "doubao"])
def test_the_predictions_may_run_on_the_frozen_defaults(name: str) -> None:
    """What they waited for is there, and they say what they are."""
    assert read(name).run.hold is None
    refuse_thawed()
    text = (CAMPAIGNS / f"{name}_2026.toml").read_text(encoding="utf-8")
    assert "THIS IS A PREDICTION" in text.split("schema = 1")[0]


def test_yuanbao_may_run() -> None:
    assert read("yuanbao").run.hold is None
