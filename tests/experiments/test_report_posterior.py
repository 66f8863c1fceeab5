"""The part of a report that says what the posterior is: there where parameters are drawn from one, and only there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from experiments.posterior_places import drawn_from
from experiments.report_posterior import reported_words, rungs, section
from experiments.report_text import LADDER
from tests.experiments.test_posterior_draws import posterior
from tests.golden.write import golden_scenario

SUMMARY: dict[str, Any] = {
    "complaints": ["x: R-hat 1.2, chains <disagree>"],
    "until": "2026-02-07",
    "not_identified_below": 0.2,
    "words": ["Only reach is known of the two."],
    "reported": [
        {"quantity": "dau", "date": "2026-02-01", "measurer": "panel", "relation": "=", "reported": 24e6, "low": 14e6,
         "high": 23e6, "inside": False}
    ],
    "parameters": [
        {"parameter": "reach.ads.response_new", "prior": 0.05, "prior_low": 0.01, "prior_high": 0.1, "median": 0.08,
         "low": 0.06, "high": 0.09, "contraction": 0.6, "identified": True, "pressed": "high end"},
        {"parameter": "behaviour.share.rate", "prior": 0.05, "prior_low": 0.01, "prior_high": 0.1, "median": 0.05,
         "low": 0.01, "high": 0.1, "contraction": 0.05, "identified": False, "pressed": ""},
    ],
}  # fmt: skip


def test_a_run_without_a_posterior_says_that_nothing_was_tuned() -> None:
    plain = golden_scenario()
    assert section(plain) == ""
    assert "Nothing was tuned" in reported_words(plain)
    assert rungs(plain, LADDER) is LADDER


def test_a_run_from_a_posterior_shows_it(tmp_path: Path) -> None:
    (tmp_path / "calibration.json").write_text(json.dumps(SUMMARY), encoding="utf-8")
    drawn = drawn_from(golden_scenario(), posterior(tmp_path))
    told = section(drawn)
    assert "1 reported figures up to 2026-02-07; x: R-hat 1.2, chains &lt;disagree&gt;" in told
    assert "0.05 (0.01 to 0.1)" in told
    assert "0.08 (0.06 to 0.09)" in told
    assert "pressed against the high end" in told
    assert "14,000,000 to 23,000,000" in told
    assert '<span class="off">outside</span>' in told
    assert "Only reach is known of the two." in told
    assert told.index("Not identified") < told.index("behaviour.share.rate")
    assert "Nothing was tuned" not in reported_words(drawn)
    assert "fitted to reported numbers" in dict(rungs(drawn, LADDER))["empirical tables"]


@pytest.mark.parametrize("gone", [True, False])
def test_a_posterior_that_is_gone_or_another_is_said_to_be(tmp_path: Path, gone: bool) -> None:
    (tmp_path / "calibration.json").write_text(json.dumps(SUMMARY), encoding="utf-8")
    drawn = drawn_from(golden_scenario(), posterior(tmp_path))
    if gone:
        (tmp_path / "places.parquet").unlink()
    else:
        posterior(tmp_path, draws=8)
    assert "cannot be shown" in section(drawn)
