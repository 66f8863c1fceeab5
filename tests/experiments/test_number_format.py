"""Numbers as a reader sees them: scales, units said once, signs, and dashes for what is not known."""

from __future__ import annotations

import math

import pytest

from experiments.number_format import UNKNOWN, amount, interval, plain, signed, spread

GAP = "\N{NO-BREAK SPACE}"
MINUS = "\N{MINUS SIGN}"


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (7_680_000, "people", f"7.68{GAP}m"),
        (1.2e9, "yuan", f"1.2{GAP}bn{GAP}yuan"),
        (999_999, "people", f"1{GAP}m"),
        (762_582, "people", f"763{GAP}k"),
        (9_900, "people", "9,900"),
        (13.698, "yuan", f"13.7{GAP}yuan"),
        (0.4236, "share", f"42.4{GAP}%"),
        (3.124, "times", "3.12×"),
        (0.000026, "yuan", f"0.000026{GAP}yuan"),
        (-5e6, "people", f"{MINUS}5{GAP}m"),
        (0.0, "people", "0"),
    ],
)
def test_amount(value: float, unit: str, text: str) -> None:
    assert amount(value, unit) == text


def test_what_is_not_known_is_a_dash() -> None:
    assert amount(None, "yuan") == amount(math.nan, "yuan") == plain(math.inf) == UNKNOWN
    assert interval(1.0, None, "people") == signed(None, "people") == spread(math.nan, "yuan") == UNKNOWN


def test_a_difference_carries_its_sign_and_shares_become_points() -> None:
    assert signed(2e6, "people") == f"+2{GAP}m"
    assert signed(-0.021, "share") == f"{MINUS}2.1{GAP}points"
    assert interval(-1e6, 2e6, "people", difference=True) == f"{MINUS}1{GAP}m to +2{GAP}m"


def test_an_interval_says_its_unit_once() -> None:
    assert interval(8.25, 8.7, "yuan") == f"8.25 to 8.7{GAP}yuan"
    assert interval(0.119, 0.124, "share") == f"11.9 to 12.4{GAP}%"


def test_a_half_width_has_two_digits() -> None:
    assert spread(182_345.0, "people") == f"±180{GAP}k"
    assert spread(0.000743, "share") == f"±0.074{GAP}points"
    assert spread(1e-9, "yuan").startswith("under 0.0001")
