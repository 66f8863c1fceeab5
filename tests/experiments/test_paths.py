"""Dotted paths: slugs, globs, setting values; and where keys stand in a TOML text."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.paths import flatten, matching, set_leaf, slug
from experiments.tables import closest
from experiments.toml_lines import line_of, locate
from experiments.toml_text import to_toml

PATHS = [
    "channel.wechat_single_chat.opens",
    "channel.wechat_group_chat.opens",
    "channel.qq_single_chat.opens",
]


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("link block", "link_block"),
        ("New Year's Eve", "new_years_eve"),
        ("  A--b ", "a_b"),
        ("元宝 2026", "元宝_2026"),
        ("--", ""),
    ],
)
def test_slug(name: str, found: str) -> None:
    assert slug(name) == found


@given(st.text())
def test_a_slug_of_a_slug_is_itself(name: str) -> None:
    assert slug(slug(name)) == slug(name)


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("channel.wechat_*.opens", PATHS[:2]),
        ("channel.*.opens", PATHS),
        ("channel.qq_single_chat.opens", PATHS[2:]),
        ("channel.*", []),
        ("channel.wechat_single_chat", []),
    ],
)
def test_a_glob_matches_within_one_part_of_a_path(pattern: str, found: list[str]) -> None:
    assert matching(pattern, PATHS) == found


def test_setting_a_value_reaches_members_of_lists_by_name_and_tables_that_are_not_there_yet() -> None:
    data = {"pool": [{"name": "big pool", "total_yuan": 1.0}, {"name": "small", "total_yuan": 2.0}]}
    set_leaf(data, "pool.small.total_yuan", 3.0)
    set_leaf(data, "quotas.shares_per_day", 4)
    set_leaf(data, "behaviour.share.rate", 5)
    assert data == {
        "pool": [{"name": "big pool", "total_yuan": 1.0}, {"name": "small", "total_yuan": 3.0}],
        "quotas": {"shares_per_day": 4},
        "behaviour": {"share.rate": 5},
    }


def test_flatten_keeps_quantities_whole() -> None:
    nested = {"a": {"b": 1, "c": {"value": 2, "low": 1}}, "d.e": 3}
    assert flatten(nested) == {"a.b": 1, "a.c": {"value": 2, "low": 1}, "d.e": 3}


@pytest.mark.parametrize(
    ("word", "cure"),
    [
        ("total_yaun", "did you mean 'total_yuan'?"),
        ("pots.draws.total_yuan", "did you mean 'total_yuan'?"),
        ("zzz", None),
    ],
)
def test_closest(word: str, cure: str | None) -> None:
    assert closest(word, ["total_yuan", "daily_yuan"]) == cure


TEXT = '''\
schema = 1 # [not a table]
note = """
[nor = this]
x = 1
"""
[run]
list = [
  1, # y = 2
]
days = 3
[[app]]
name = "a # ]"
[app.base]
dau = {value = 1, low = [0,
  2]}
[[app]]
name = "b"
[app.base]
dau = 2
[variant.set]
"pool.cash.yuan" = 1
share.rate = 2
'''


@pytest.mark.parametrize(
    ("place", "line"),
    [
        (("schema",), 1),
        (("run",), 6),
        (("run", "days"), 10),
        (("app",), 11),
        (("app", 0, "name"), 12),
        (("app", 0, "base", "dau", "low"), 14),
        (("app", 1), 16),
        (("app", 1, "base", "dau"), 19),
        (("app", 1, "base", "dormant"), 18),
        (("variant", "set", "pool.cash.yuan"), 21),
        (("variant", "set", "share.rate"), 22),
        (("nowhere",), None),
    ],
)
def test_lines_of_keys(place: tuple[str | int, ...], line: int | None) -> None:
    tomllib.loads(TEXT)  # the text is TOML, so the lines are of something real
    assert line_of(locate(TEXT), place) == line


keys = st.text('abc_ ."é', min_size=1, max_size=6).filter(lambda key: key != "value")
scalars = st.one_of(
    st.integers(-(2**62), 2**62),
    st.floats(allow_nan=False, allow_infinity=False),
    st.booleans(),
    st.text(),
    st.dates(),
)
tables = st.recursive(
    st.dictionaries(keys, scalars, max_size=3),
    lambda inner: st.dictionaries(keys, st.one_of(scalars, inner, st.lists(inner, min_size=1, max_size=2)), max_size=3),
    max_leaves=8,
)


@given(tables)
def test_written_toml_is_read_back(data: dict[str, object]) -> None:
    assert tomllib.loads(to_toml(data)) == data
