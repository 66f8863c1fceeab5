"""Scenario files: what they hold, variants, canonical forms and schema; on the template of `growth init`."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.init import template
from experiments.quantity import Quantity
from experiments.scenario import Scenario, load_scenario, parse_scenario, scenario_schema
from graphs.errors import InputError

TEMPLATE = template("spring 2027")


def with_more(text: str) -> Scenario:
    return parse_scenario(f"{TEMPLATE}\n{text}")


def test_the_template_is_read_as_written() -> None:
    scenario = parse_scenario(TEMPLATE)
    assert scenario.name == "spring 2027"
    assert scenario.campaign_app.name == "our app"
    assert scenario.run.first_day == dt.date(2026, 2, 16)
    assert scenario.run.last_day == dt.date(2026, 4, 10)
    assert [task.kind for task in scenario.tasks] == ["sign_in", "draw", "share"]


def test_a_number_keeps_its_range_source_and_grade() -> None:
    response = parse_scenario(TEMPLATE).numbers()["reach.launch_advertising.response_new"]
    assert (response.value, response.low, response.high) == (0.01, 0.005, 0.02)
    assert (response.source, response.grade) == ("our last three campaigns", "assumption")


def test_a_template_needs_a_name_with_a_letter() -> None:
    with pytest.raises(InputError, match="holds no letter or digit; got '--'"):
        template("--")


def test_a_template_takes_quotes_in_its_name() -> None:
    assert parse_scenario(template('the "big" one')).name == 'the "big" one'


def test_channels_are_always_four_in_fixed_order() -> None:
    scenario = with_more('[[channel]]\nplatform = "qq"\nkind = "single_chat"\nopens = 0.5')
    opens = {channel.name: channel.opens.value for channel in scenario.channels}
    assert list(opens) == ["wechat_single_chat", "wechat_group_chat", "qq_single_chat", "qq_group_chat"]
    assert list(opens.values()) == [1.0, 1.0, 0.5, 1.0]


def test_numbers_are_named_by_path_and_what_is_not_set_is_left_out() -> None:
    numbers = with_more("[quotas]\nreceives_per_day = 7").numbers()
    assert numbers["quotas.receives_per_day"].value == 7
    assert "quotas.shares_per_day" not in numbers
    assert numbers["pool.cash.total_yuan"].value == 1_000_000
    assert numbers["app.our_app.base.dau"].value == 60_000
    assert numbers["calendar.weekday.sunday"].value == 1
    assert not [path for path in numbers if path.startswith(("run.", "chain.", "variant."))]


@pytest.mark.parametrize("text", ['"share.rate" = 0.5', "share.rate = 0.5", "share = {rate = 0.5}"])
def test_behaviour_is_set_by_dotted_name_however_it_is_written(text: str) -> None:
    default = parse_scenario(TEMPLATE).numbers()["behaviour.share.rate"]
    changed = with_more(f"[behaviour]\n{text}").numbers()["behaviour.share.rate"]
    assert default.low is not None
    assert default.value != 0.5
    assert (changed.value, changed.low, changed.unit) == (0.5, None, default.unit)


def test_a_variant_changes_what_it_names_and_nothing_else() -> None:
    scenario = parse_scenario(TEMPLATE)
    changed = scenario.variant("half the packet")
    assert changed.numbers()["reward.packet.mean_yuan"].value == 0.4
    assert scenario.numbers()["reward.packet.mean_yuan"].value == 0.8
    assert scenario.difference("half_the_packet") == [("reward.packet.mean_yuan", 0.8, 0.4)]
    others = {path for path, leaf in scenario.leaves().items() if changed.leaves().get(path) != leaf}
    assert {path for path in others if not path.startswith("variant.")} == {"reward.packet.mean_yuan"}


def variant_of(settings: str) -> list[tuple[str, Any, Any]]:
    return with_more(f'[[variant]]\nname = "other"\n[variant.set]\n{settings}').difference("other")


def test_a_variant_may_name_several_values_by_a_glob() -> None:
    assert variant_of('"channel.wechat_*.opens" = 0.1') == [
        ("channel.wechat_single_chat.opens", 1.0, 0.1),
        ("channel.wechat_group_chat.opens", 1.0, 0.1),
    ]


def test_a_variant_sets_words_dates_switches_behaviour_and_values_that_were_not_there() -> None:
    settings = """
    "reward.draw.law" = "fixed"
    campaign.end = 2026-03-08
    "reach.launch_advertising.enabled" = false
    "quotas.receives_per_day" = 3
    "behaviour.session.works" = 0.9
    """
    assert variant_of(settings) == [
        ("campaign.end", dt.date(2026, 3, 11), dt.date(2026, 3, 8)),
        ("reach.launch_advertising.enabled", True, False),
        ("reward.draw.law", "lucky", "fixed"),
        ("quotas.receives_per_day", None, 3.0),
        ("behaviour.session.works", 1.0, 0.9),
    ]


def test_a_changed_range_alone_is_shown_whole() -> None:
    found = variant_of('"reward.draw.mean_yuan" = {value = 0.2, low = 0.1, high = 0.3}')
    assert found == [("reward.draw.mean_yuan", 0.2, {"value": 0.2, "low": 0.1, "high": 0.3})]


def test_an_unknown_variant_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(InputError) as error:
        parse_scenario(TEMPLATE).variant("half the pocket")
    cure = "allowed: half the packet; try: did you mean 'half the packet'?"
    assert str(error.value) == f"unknown variant; got 'half the pocket'; {cure}"


def test_the_resolved_toml_and_json_mean_the_same_scenario(tmp_path: Any) -> None:
    change = 'parameter = "pool.cash.daily_yuan"\nmultiply = 2'
    scenario = with_more(f'[[intervention]]\nname = "top up"\nat = 2026-03-04T11:30:00\n{change}')
    path = tmp_path / "scenario.toml"
    path.write_text(scenario.canonical_toml(), encoding="utf-8")
    assert load_scenario(path) == scenario
    assert Scenario.model_validate_json(scenario.canonical_json()) == scenario


def test_the_hash_is_of_the_meaning_not_of_the_text() -> None:
    scenario = parse_scenario(TEMPLATE)
    respelt = TEMPLATE.replace("60_000", "6e4").replace("# The last day", "# the end")
    assert parse_scenario(respelt).sha256() == scenario.sha256()
    assert parse_scenario(TEMPLATE.replace("60_000", "60_001")).sha256() != scenario.sha256()
    assert len(scenario.sha256()) == 64


def test_a_file_chain_is_looked_for_beside_the_scenario_file(tmp_path: Any) -> None:
    (tmp_path / "friends.csv").write_text("a,b\n1,2\n")
    old = TEMPLATE[TEMPLATE.index('kind = "foci"') : TEMPLATE.index("[[app]]")]
    path = tmp_path / "mine.toml"
    path.write_text(TEMPLATE.replace(old, 'kind = "file"\npath = "friends.csv"\npopulation = 2_000_000\n'))
    assert load_scenario(path).chain.path == str((tmp_path / "friends.csv").resolve())  # type: ignore[union-attr]


def test_the_schema_shows_the_kinds_of_task_units_and_ranges() -> None:
    schema = scenario_schema()
    kinds = schema["properties"]["task"]["items"]["discriminator"]
    assert kinds["propertyName"] == "kind"
    assert sorted(kinds["mapping"]) == ["ai", "draw", "group", "invite", "order", "share", "sign_in"]
    response = schema["$defs"]["Reach"]["properties"]["response_new"]
    assert response["anyOf"][0] == {"type": "number", "minimum": 0, "maximum": 1}
    assert (response["unit"], response["allowed"]) == ("probability", "0 to 1 (probability)")
    days = schema["$defs"]["Run"]["properties"]["days"]
    assert (days["type"], days["minimum"], days["maximum"], days["unit"]) == ("integer", 1, 730, "days")
    seen = schema["properties"]["behaviour"]["properties"]["see.single_chat"]
    assert seen["anyOf"][0] == {"type": "number", "minimum": 0, "maximum": 1}
    assert schema["additionalProperties"] is False


def test_every_number_of_the_schema_says_its_unit_and_range() -> None:
    schema = scenario_schema()
    silent = [
        f"{name}.{key}"
        for name, table in schema["$defs"].items()
        if name != "Quantity"
        for key, field in table["properties"].items()
        if {"$ref": "#/$defs/Quantity"} in field.get("anyOf", []) and not ("unit" in field and "allowed" in field)
    ]
    assert silent == []
    assert json.loads(json.dumps(schema)) == schema


ends = st.floats(0, 1, allow_nan=False)
grades = st.sampled_from(["A", "B", "C", "D", "S", "M", "assumption", "fitted", None])
words = st.text(st.characters(blacklist_categories=["Cs", "Cc"]), max_size=20)


@st.composite
def quantities(draw: st.DrawFn) -> dict[str, Any]:
    low, value, high = sorted(draw(st.tuples(ends, ends, ends)))
    ranged = draw(st.booleans())
    said = {"source": draw(words), "grade": draw(grades), "low": low if ranged else None}
    said["high"] = high if ranged else None
    return {"value": value, **{key: part for key, part in said.items() if part is not None}}


@given(
    response=quantities(),
    opens=quantities(),
    pool=st.floats(1e6, 1e12),
    title=words,
    hours=st.integers(0, 30 * 24),
    days=st.integers(30, 90),
)
def test_scenario_to_text_and_back(
    response: dict[str, Any], opens: dict[str, Any], pool: float, title: str, hours: int, days: int
) -> None:
    data = parse_scenario(TEMPLATE).model_dump(mode="json", exclude_none=True)
    data["title"], data["run"]["days"] = title, days
    data["reach"][0]["response_new"], data["channel"][1]["opens"] = response, opens
    data["pool"][0]["total_yuan"] = pool
    at = dt.datetime(2026, 3, 2) + dt.timedelta(hours=min(hours, days * 24 - 3))
    data["intervention"] = [{"name": title + "x", "at": at.isoformat(), "parameter": "channel.*.opens", "set": opens}]
    scenario = Scenario.model_validate(data)
    assert scenario.numbers()["channel.wechat_group_chat.opens"] == Quantity(**opens)
    again = Scenario.model_validate_json(scenario.canonical_json())
    assert again == scenario
    assert again.canonical_json() == scenario.canonical_json()
    assert parse_scenario(scenario.canonical_toml()) == scenario
