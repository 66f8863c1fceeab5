"""A joint calendar: what agrees is read, what does not is one line with file, line and cure."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from experiments.joint import is_joint, load_joint
from experiments.simulate import refuse_held
from graphs.errors import InputError

CAMPAIGNS = Path(__file__).resolve().parents[2] / "experiments" / "campaigns"
JOINT = CAMPAIGNS / "spring_festival_2026.toml"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The campaign files, to be changed."""
    for path in CAMPAIGNS.glob("*.toml"):
        shutil.copy(path, tmp_path)
    return tmp_path


def _change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_the_three_designs_stand_on_one_run_and_one_chain() -> None:
    joint = load_joint(JOINT)
    assert joint.apps == ["yuanbao", "qwen", "doubao"]
    assert {design.run for design in joint.designs} == {joint.file.run}
    assert joint.window[0].isoformat() == "2026-02-01"
    assert {design.chain for design in joint.designs} == {joint.file.chain}
    assert joint.designs[1].campaign.start.isoformat() == "2026-02-06"


def test_only_a_calendar_is_a_calendar() -> None:
    assert is_joint(JOINT)
    assert not is_joint(CAMPAIGNS / "yuanbao_2026.toml")
    assert not is_joint(CAMPAIGNS / "no_such_file.toml")


def test_a_calendar_that_says_so_is_held_back_and_so_is_one_with_a_design_that_does(folder: Path) -> None:
    refuse_held(load_joint(JOINT))  # the shipped one waits for nothing any more
    _change(folder / "qwen_2026.toml", "rng_seed = 20260206", 'rng_seed = 20260206\nhold = "not before it is time"')
    assert load_joint(folder / JOINT.name).file.run.hold is None
    with pytest.raises(InputError, match="qwen_2026: not before it is time"):
        refuse_held(load_joint(folder / JOINT.name))
    _change(folder / JOINT.name, "rng_seed = 20260201", 'rng_seed = 20260201\nhold = "the calendar waits"')
    with pytest.raises(InputError, match=r"run.hold: this design is held back.*the calendar waits"):
        refuse_held(load_joint(folder / JOINT.name))


def test_what_a_folder_keeps_of_it_is_read_as_the_same(folder: Path) -> None:
    joint = load_joint(JOINT)
    kept = folder / "kept"
    kept.mkdir()
    for name, text in {"scenario.toml": joint.canonical_toml(), **joint.design_files()}.items():
        (kept / name).write_text(text, encoding="utf-8")
    assert load_joint(kept / "scenario.toml").sha256() == joint.sha256()
    _change(kept / "design_qwen.toml", "10_000_000", "11_000_000")
    assert load_joint(kept / "scenario.toml").sha256() != joint.sha256()


@pytest.mark.parametrize(
    ("file", "old", "new", "says"),
    [
        (JOINT.name, '"doubao_2026.toml"', '"dubao_2026.toml"', r"2026.toml:10: designs: no such file; got 'dubao"),
        (JOINT.name, '"doubao_2026.toml"', '"qwen_2026.toml"', "two designs of one app"),
        (
            JOINT.name,
            "start = 2026-02-01",
            "start = 2026-02-03",
            "its campaign lies outside the joint run; got 'yuanbao",
        ),
        (
            JOINT.name,
            "rounds_per_day = 8",
            "rounds_per_day = 2",
            r"an intervention of it: behaviour.session.works is read .* got 'yuanbao_2026.toml, 2026-02-02T09:00:00 to",
        ),
        (JOINT.name, "population = 1_400_000_000", "population = 1_300_000_000", "another population; got 'yuanbao"),
        (JOINT.name, "designs =", "desings =", "did you mean"),
        (
            "qwen_2026.toml",
            "[quotas]",
            '[response]\nlaw = "threshold"\n\n[quotas]',
            "another law of response than yuan",
        ),
        ("qwen_2026.toml", "end = 2026-02-17", "end = 2026-04-03", "its reach launch media lies outside the joint run"),
        (JOINT.name, "days = 60", "days = 20", "joint run; got 'qwen_2026.toml'; allowed: 2026-02-01 to 2026-02-20"),
        ("qwen_2026.toml", "dau = {value = 7_070_000", "dau = {value = 7_080_000", "another base DAU of qwen"),
        ("qwen_2026.toml", "replicates = 16", "replicates = 0", r"qwen_2026.toml:\d+: run.replicates: out of range"),
    ],
)
def test_what_does_not_agree_is_one_line(folder: Path, file: str, old: str, new: str, says: str) -> None:
    _change(folder / file, old, new)
    with pytest.raises(InputError, match=says) as error:
        load_joint(folder / JOINT.name)
    assert "\n" not in str(error.value)
