"""Bad campaign files: one line each, with file, line, field, value, allowed range and cure."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from experiments.init import template
from experiments.scenario import load_scenario, parse_scenario
from graphs.errors import InputError

TEMPLATE = template("spring")
CASES = tomllib.loads(Path(__file__).with_name("bad_scenarios.toml").read_text(encoding="utf-8"))
INTERVENTION = """
[[intervention]]
name = "block"
at = 2026-03-03T11:00:00
until = 2026-03-05T00:00:00
parameter = "channel.wechat_*.opens"
set = 0.1
"""


def message(text: str) -> str:
    with pytest.raises(InputError) as error:
        parse_scenario(text, file="mine.toml")
    assert "\n" not in str(error.value)
    return str(error.value)


def changed(old: str, new: str, text: str = TEMPLATE) -> tuple[str, int]:
    """The text with one change, and the line on which the change begins."""
    assert text.count(old) == 1, f"{old!r} is in the text {text.count(old)} times"
    return text.replace(old, new), text[: text.index(old)].count("\n") + 1


@pytest.mark.parametrize("case", CASES["case"], ids=lambda case: case["name"])
def test_one_line_for_one_mistake(case: dict[str, Any]) -> None:
    text, line = changed(case["old"], case["new"])
    assert message(text) == f"mine.toml:{line + case.get('offset', 0)}: {case['message']}"


@pytest.mark.parametrize("case", CASES["intervention_case"], ids=lambda case: case["name"])
def test_one_line_for_one_mistake_in_an_intervention(case: dict[str, Any]) -> None:
    text, line = changed(case["old"], case["new"], TEMPLATE + INTERVENTION)
    assert message(text) == f"mine.toml:{line + case.get('offset', 0)}: {case['message']}"


@pytest.mark.parametrize("new", ["", "set = 0.1\nmultiply = 0.1"])
def test_an_intervention_makes_exactly_one_change(new: str) -> None:
    text, _ = changed("set = 0.1", new, TEMPLATE + INTERVENTION)
    cure = "needs exactly one of set and multiply; try: set = ..., or multiply = ..."
    assert message(text) == f"mine.toml:{TEMPLATE.count(chr(10)) + 2}: intervention.block: {cure}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('"share.rat" = 2', "share.rat: unknown behaviour parameter; "),
        ('"see.single_chat" = 1.3', "see.single_chat: out of range; got 1.3; allowed: 0 to 1 (probability)"),
        ("see.single_chat = 1.3", "see.single_chat: out of range; got 1.3; allowed: 0 to 1 (probability)"),
        ("see = {single_chat = -1}", "see.single_chat: out of range; got -1; allowed: 0 to 1 (probability)"),
        ('"share.rate" = -1', "share.rate: out of range; got -1; allowed: at least 0 (packets a session)"),
        (
            "share.rate = {value = 1, low = -1, high = 2}",
            "share.rate: out of range; got -1; allowed: at least 0 (packets",
        ),
    ],
)
def test_behaviour_is_held_to_its_defaults(text: str, expected: str) -> None:
    found = message(f"{TEMPLATE}\n[behaviour]\n{text}")
    line = TEMPLATE.count("\n") + 3
    assert found.startswith(f"mine.toml:{line}: behaviour.{expected}")


def test_a_misspelt_behaviour_name_is_cured() -> None:
    assert message(f"{TEMPLATE}\n[behaviour]\nshare.rat = 2").endswith("try: did you mean 'share.rate'?")


def test_the_first_mistake_of_the_file_is_told() -> None:
    text = TEMPLATE.replace("total_yuan = 1_000_000", "total_yuan = -1").replace("dau = 60_000", "dau = -1")
    assert "app.our_app.base.dau: out of range" in message(text)


def test_a_chain_file_that_is_not_there(tmp_path: Path) -> None:
    text, line = changed('kind = "foci"', 'kind = "file"\npath = "friends.csv"')
    path = tmp_path / "mine.toml"
    path.write_text(text)
    with pytest.raises(InputError) as error:
        load_scenario(path)
    cure = f"a path seen from {tmp_path.resolve()}"
    assert str(error.value) == f"{path}:{line + 1}: chain.path: no such file; got 'friends.csv'; try: {cure}"


FILES = {
    "empty": (b"", "{path}: is empty; try: growth init writes a file to start from"),
    "blank": (b" \n\n", "{path}: is empty; try: growth init writes a file to start from"),
    "binary": (b"ab\n\x00\x01", "{path}:2: is a binary file, not text"),
    "picture": (b"\x89PNG\r\n\x1a\n\xff", "{path}:1: is not a text file in UTF-8"),
    "not TOML": (b"schema = 1\n[run\n", "{path}:2: is not valid TOML: Expected ']' at the end of a"),
    "cut off": (b'schema = 1\nname = "x', "{path}:2: is not valid TOML: Unterminated string"),
    "key twice": (b"schema = 1\nschema = 1\n", "{path}:2: is not valid TOML: Cannot overwrite a value"),
    "other keys": (b"[tool]\nx = 1\n", "{path}:1: tool: unknown key; allowed: schema, name, title, "),
}  # fmt: skip


@pytest.mark.parametrize("case", FILES)
def test_files_that_are_no_campaign(case: str, tmp_path: Path) -> None:
    content, expected = FILES[case]
    path = tmp_path / "campaign.toml"
    path.write_bytes(content)
    with pytest.raises(InputError) as error:
        load_scenario(path)
    assert str(error.value).startswith(expected.format(path=path))
    assert "\n" not in str(error.value)
    assert [entry.name for entry in tmp_path.iterdir()] == ["campaign.toml"], "nothing is written"


def test_a_file_that_is_not_there_and_a_folder(tmp_path: Path) -> None:
    (tmp_path / "campaign.toml").write_text(TEMPLATE)
    with pytest.raises(InputError) as error:
        load_scenario(tmp_path / "campain.toml")
    near = repr(str(tmp_path / "campaign.toml"))
    assert str(error.value) == f"{tmp_path / 'campain.toml'}: no such file; try: did you mean {near}?"
    with pytest.raises(InputError) as error:
        load_scenario(tmp_path)
    assert str(error.value) == f"{tmp_path}: is a directory; try: name the file inside it"
