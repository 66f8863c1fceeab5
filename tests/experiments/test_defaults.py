"""Sourced defaults: the shipped file is complete, and a file that is not says where."""

from __future__ import annotations

from pathlib import Path

import pytest

from experiments.defaults import load_defaults, load_limits, read_defaults
from graphs.errors import InputError

ENTRY = """\
[share.rate]
value = 0.25
unit = "packets a session"
low = 0.1
high = 0.5
source = "ours"
grade = "assumption"
meaning = "packets shared"
"""

NAMES = {
    "open.mean",
    "open.concentration",
    "churn.alpha",
    "churn.beta",
    "churn.max_age_days",
    "churn.uninstall_share",
    "base.dormant_return_rate",
    "session.works",
    "ai.rate",
    "draw.take_up",
    "share.rate",
    "share.dispersion",
    "share.group_share",
    "share.recipients",
    "share.qq_share_of_both",
    "respond.base_never",
    "respond.base_dormant",
    "respond.base_engaged",
    "respond.reward",
    "see.single_chat",
    "see.group_chat",
    "see.muted_share",
    "delay.mu_log_hours",
    "delay.sigma_log_hours",
    "packet.expiry_hours",
    "group.create_rate",
    "group.join_rate",
    "rival.attention_loss",
    "hours.h00",
    "hours.h23",
}


def write(folder: Path, text: str) -> Path:
    path = folder / "behaviour.toml"
    path.write_text(text, encoding="utf-8")
    return path


def message(folder: Path, text: str) -> str:
    path = write(folder, text)
    with pytest.raises(InputError) as error:
        read_defaults(path)
    return str(error.value).removeprefix(f"{path}:").removeprefix(f"{path}")


def test_the_shipped_defaults_name_what_the_day_needs() -> None:
    assert set(load_defaults()) >= NAMES


def test_every_shipped_default_has_unit_meaning_source_grade_and_fits_its_limits() -> None:
    limits = load_limits()
    assert list(limits) == list(load_defaults())
    for name, default in load_defaults().items():
        assert all((default.unit, default.meaning, default.source, default.grade)), name
        assert limits[name].holds(default.value), name


def test_a_file_is_read_by_dotted_name(tmp_path: Path) -> None:
    found = read_defaults(write(tmp_path, ENTRY + ENTRY.replace("share.rate", "hours.h00")))
    assert list(found) == ["share.rate", "hours.h00"]
    quantity = found["share.rate"].quantity
    assert (quantity.value, quantity.low, quantity.high, quantity.grade) == (0.25, 0.1, 0.5, "assumption")
    assert (quantity.unit, quantity.meaning, quantity.source) == (
        "packets a session",
        "packets shared",
        "ours",
    )


@pytest.mark.parametrize(
    ("unit", "allowed"),
    [
        ("probability a day", "0 to 1 (probability a day)"),
        ("share of installs", "0 to 1 (share of installs)"),
        ("packets a session", "at least 0 (packets a session)"),
        ("ratio - 1", "at least -1 (ratio - 1)"),
        ("logit", "any number (logit)"),
        ("log hours", "any number (log hours)"),
        ("per log(1 + yuan)", "any number (per log(1 + yuan))"),
    ],
)
def test_the_unit_says_what_a_scenario_may_set(unit: str, allowed: str, tmp_path: Path) -> None:
    found = read_defaults(write(tmp_path, ENTRY.replace("packets a session", unit)))
    assert found["share.rate"].limits.allowed == allowed


def test_allowed_says_it_outright(tmp_path: Path) -> None:
    found = read_defaults(write(tmp_path, ENTRY + "allowed = [0, 2]"))
    assert found["share.rate"].limits.allowed == "0 to 2 (packets a session)"


MISTAKES = {
    "no grade": ('grade = "assumption"\n', "", "1: share.rate.grade: is missing; try: add grade = ..."),
    "no source": ('source = "ours"\n', "", "1: share.rate.source: is missing; try: add source = ..."),
    "unknown key": (
        "meaning",
        "meanign",
        "8: share.rate.meanign: unknown key; allowed: value, low, high, source, grade, unit, meaning; "
        "try: did you mean 'meaning'?",
    ),
    "outside its range": (
        "low = 0.1",
        "low = 0.3",
        "1: share.rate: the value lies outside its own range; got 0.25; allowed: 0.3 to 0.5 (low to high); "
        "try: widen low and high, or correct the value",
    ),
    "outside what its unit allows": (
        "low = 0.1",
        "low = -0.1",
        "4: share.rate.low: out of range; got -0.1; allowed: at least 0 (packets a session)",
    ),
    "a word for a number": (
        "value = 0.25",
        'value = "x"',
        "2: share.rate.value: input should be a valid number; got 'x'",
    ),
    "a range that is none": (
        'grade = "assumption"',
        'grade = "assumption"\nallowed = [2, 1]',
        "8: share.rate.allowed: is not a range; try: allowed = [lowest, highest]",
    ),
    "not TOML": ("value = 0.25", "value = .25", "2: is not valid TOML: Invalid value at column 9"),
}


@pytest.mark.parametrize("case", MISTAKES)
def test_mistakes_are_told_in_one_line(case: str, tmp_path: Path) -> None:
    old, new, expected = MISTAKES[case]
    assert ENTRY.count(old) == 1
    assert message(tmp_path, ENTRY.replace(old, new)) == expected


def test_a_file_without_parameters(tmp_path: Path) -> None:
    assert message(tmp_path, "# later").startswith(" holds no parameter; try: add tables such as [share.rate]")
