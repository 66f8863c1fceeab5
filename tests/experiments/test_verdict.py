"""The verdict: what it claims, and that it claims nothing without the parameters' interval."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from experiments.comparing import Comparison, Option, word_of
from experiments.kpi_list import KPIS
from experiments.kpi_table import Estimate
from experiments.verdict import NO_DIFFERENCE, NOT_IDENTIFIED, uncertainty_note, verdict
from growth.intervals import Interval


def estimate(name: str, value: float, low: float, high: float, unit: str = "people") -> Estimate:
    return Estimate(
        name,
        name,
        unit,
        "formula",
        value,
        value * 0.99,
        value * 1.01,
        abs(value) * 1e-4,
        low,
        high,
        True,
        True,
        16,
        16,
    )


@pytest.fixture
def table() -> dict[str, Estimate]:
    rows = [
        estimate("mau_lift", 60e6, 40e6, 90e6),
        estimate("stay_lift", 5e6, 3e6, 8e6),
        estimate("retention_30", 0.12, 0.1, 0.14, "share"),
        estimate("spend", 1e9, 0.9e9, 1.1e9, "yuan"),
        estimate("icac", 12.0, 9.0, 17.0, "yuan"),
        estimate("icpr_30", 110.0, 80.0, 150.0, "yuan"),
        estimate("engaged_money", 0.6, 0.5, 0.7, "share"),
    ]
    return {row.id: row for row in rows}


def test_a_clear_gain_is_said_with_its_interval(table: dict[str, Estimate]) -> None:
    words = verdict(table)
    assert [sentence.tone for sentence in words.sentences] == ["yes", "yes", "yes"]
    text = words.text().replace("\N{NO-BREAK SPACE}", " ")
    assert "60 m more monthly users (88 % interval 40 m to 90 m)" in text
    assert "110 yuan per extra user still active on day 30 (80 to 150 yuan)" in text
    assert "60 % of the cash goes to people who were engaged anyway" in text


@pytest.mark.parametrize("name", ["mau_lift", "stay_lift"])
def test_an_interval_over_zero_shows_no_difference(table: dict[str, Estimate], name: str) -> None:
    """Although the Monte Carlo interval lies clear of zero."""
    table[name] = estimate(name, 5e6, -1e6, 8e6)
    assert (table[name].mc_low or 0) > 0
    found = [s for s in verdict(table).sentences if NO_DIFFERENCE in s.body]
    assert len(found) == 1
    assert found[0].tone == "open"


def test_a_loss_is_called_a_loss(table: dict[str, Estimate]) -> None:
    table["stay_lift"] = estimate("stay_lift", -2e6, -3e6, -1e6)
    assert verdict(table).sentences[1].head == "It leaves the app smaller."


def test_cost_of_people_who_may_not_exist_is_not_identified(table: dict[str, Estimate]) -> None:
    table["icpr_30"] = dataclasses.replace(table["icpr_30"], value=None, low=None, high=None, identified=False)
    costs = verdict(table).sentences[2]
    assert NOT_IDENTIFIED in costs.body
    assert costs.tone == "open"


def test_cost_after_the_run_ends_is_not_observed(table: dict[str, Estimate]) -> None:
    gone = dataclasses.replace(table["icpr_30"], value=None, identified=False, observed=False)
    table["icpr_30"] = gone
    assert "not observed, because the run ends too early" in verdict(table).sentences[2].body


def test_luck_that_may_explain_it_shows_no_difference(table: dict[str, Estimate]) -> None:
    """All draws share one world's luck: they do not outweigh a Monte Carlo interval over zero."""
    table["mau_lift"] = dataclasses.replace(table["mau_lift"], mc_low=-1e6)
    assert table["mau_lift"].sign == 0
    first = verdict(table).sentences[0]
    assert first.head == "It is not shown to bring people."
    assert "Monte Carlo error could explain it" in first.body


@pytest.mark.parametrize("draws", [0, 3, 8])
def test_without_enough_draws_there_is_no_verdict(table: dict[str, Estimate], draws: int) -> None:
    bare = {name: dataclasses.replace(found, draws=draws) for name, found in table.items()}
    words = verdict(bare)
    assert [sentence.head for sentence in words.sentences] == ["No verdict yet."]
    assert ("only 3" in words.text()) == (draws == 3)


@pytest.mark.parametrize(
    ("gap", "head", "tone", "words"),
    [
        ((2e6, 1e6, 3e6), "A variant keeps more people.", "yes", "better, +2 m (+1 m to +3 m)"),
        ((-2e6, -3e6, -1e6), "No variant is shown to keep more people.", "no", "worse, \N{MINUS SIGN}2 m"),
        ((2e6, -1e6, 3e6), "No variant is shown to keep more people.", "open", NO_DIFFERENCE),
        ((2e4, 1e4, 3e4), "No variant is shown to keep more people.", "open", "too small to matter"),
        ((0.0, 0.0, 0.0), "No variant is shown to keep more people.", "open", "the same as design in every draw"),
    ],
)
def test_variants(
    table: dict[str, Estimate], gap: tuple[float, float, float], head: str, tone: str, words: str
) -> None:
    found = estimate("stay_lift", *gap)
    luck = Interval(*(np.array(bound) for bound in (gap[0], 0.98 * gap[0], 1.02 * gap[0])))
    luck = luck if gap[0] >= 0 else Interval(luck.value, luck.high, luck.low)
    base = Option("design", table["stay_lift"], None, None, "base", 0.5, 0.0, None)
    word = word_of(found, luck, matters=5e4)
    other = Option("other", table["stay_lift"], found, luck, word, 0.5, 0.0, 0.0)
    kpi = next(kpi for kpi in KPIS if kpi.id == "stay_lift")
    last = verdict(table, Comparison(kpi, "design", 5e4, (base, other), 16)).sentences[-1]
    assert (last.head, last.tone) == (head, tone)
    assert words in last.body.replace("\N{NO-BREAK SPACE}", " ")


def test_uncertainty_note_keeps_the_three_apart(table: dict[str, Estimate]) -> None:
    note = uncertainty_note(table["mau_lift"]).replace("\N{NO-BREAK SPACE}", " ")
    assert "±42 %" in note  # (90 - 40) / 2 / 60
    assert "±1 %" in note
    assert "±0.01 %" in note
    assert "88 %" in note  # 15 / 17: what sixteen draws can promise
