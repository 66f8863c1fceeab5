"""The worlds of a joint calendar, lowered: lanes, draws, what the engine cannot take, what is held back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from experiments.base_inflow import ChainFacts
from experiments.joint import load_joint
from experiments.joint_worlds import JointWorlds
from experiments.simulate import refuse_held, simulate
from experiments.worlds import World
from graphs.errors import InputError
from growth.state import Part
from tests.experiments.joint_town import APPS, write_calendar

FACTS = ChainFacts(users=1_000, population=200_000.0, chat_size=12.0, with_chats=0.75)


def test_the_order_of_the_designs_in_the_file_is_only_the_order_of_the_lanes(tmp_path: Path) -> None:
    """Everything an app is told is the same wherever its design stands, but for its number, which owns its luck."""
    order = ("gamma", "alpha", "beta")
    first, second = (
        JointWorlds(load_joint(write_calendar(tmp_path / name, who, draws=2)), FACTS)
        for name, who in (("a", APPS), ("b", order))
    )
    worlds = [World(draw, 0, variant, 0) for draw in (-1, 1) for variant in (0, 1)]
    ours, theirs = first.campaign(worlds), second.campaign(worlds)
    lanes = [3 * at + APPS.index(app) for at in range(len(worlds)) for app in order]
    for name, field in theirs.schedule._asdict().items():
        assert np.array_equal(np.asarray(getattr(ours.schedule, name))[lanes], field), name
    for name, table in theirs.tables._asdict().items():
        mine = np.asarray(getattr(ours.tables, name))
        assert np.array_equal(mine if name == "logistic" else mine[lanes], table), name
    assert np.array_equal(np.asarray(ours.total_pool)[lanes], theirs.total_pool)
    assert np.asarray(theirs.lanes.app).tolist() == [0, 1, 2] * len(worlds)


def test_draws_of_a_campaign_are_its_own_and_those_of_people_are_shared(tmp_path: Path) -> None:
    worlds = JointWorlds(load_joint(write_calendar(tmp_path, draws=4)), FACTS)
    places: list[dict[str, Any]] = [worlds.place(1, app) or {} for app in range(3)]
    assert len({place["behaviour.churn.alpha"] for place in places}) == 1
    assert len({place["reward.draw.mean_yuan"] for place in places}) == 3
    for app in range(3):  # a Latin hypercube: of four draws one in each quarter
        quarters = sorted(int(4 * (worlds.place(draw, app) or {})["reward.draw.mean_yuan"]) for draw in range(4))
        assert quarters == [0, 1, 2, 3]


def test_what_the_engine_cannot_take_names_the_design(tmp_path: Path) -> None:
    with pytest.raises(
        InputError, match=r"pool.money.total_yuan: in alpha_design, is more money than a sample"
    ) as error:
        JointWorlds(load_joint(write_calendar(tmp_path, pool=10_000_000_000)), FACTS)
    assert "\n" not in str(error.value)


def test_the_part_is_there_only_where_an_invitation_can_be_lost(tmp_path: Path) -> None:
    for loss, there in ((0, False), (0.3, True)):
        worlds = JointWorlds(load_joint(write_calendar(tmp_path / str(loss), loss=loss)), FACTS)
        assert bool(worlds.parts & Part.RIVAL) == there
    place = write_calendar(tmp_path / "dated", loss=0)
    change = 'at = 2026-03-03T00:00:00\nparameter = "behaviour.rival.invitation_loss"\nset = 0.3\n'
    with (tmp_path / "dated" / "beta.toml").open("a", encoding="utf-8") as design:
        design.write(f'\n[[intervention]]\nname = "jealous"\n{change}')
    assert JointWorlds(load_joint(place), FACTS).parts & Part.RIVAL


def test_a_calendar_is_held_back_with_any_of_its_designs(tmp_path: Path) -> None:
    place = write_calendar(tmp_path)
    design = tmp_path / "beta.toml"
    text = design.read_text(encoding="utf-8")
    design.write_text(text.replace("parameter_draws = 0", 'parameter_draws = 0\nhold = "not yet"'), encoding="utf-8")
    with pytest.raises(InputError, match=r"run.hold: this design is held back.*beta_design: not yet"):
        refuse_held(load_joint(place))
    with pytest.raises(InputError, match="held back"):
        simulate(load_joint(place), tmp_path / "run", devices=1)
    assert not (tmp_path / "run").exists()
