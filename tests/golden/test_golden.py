"""The golden run: numbers of a small scenario, compared exactly.

After a change that is meant to change numbers, write them anew with `python -m tests.golden.write`, look at the
difference, and mark the entry of CHANGELOG.md with **[numbers]**.
"""

from __future__ import annotations

import re

from experiments.results import Run
from tests.conftest import ROOT
from tests.golden.write import FOLDER, golden_text

ADVICE = """
The same scenario and seed give other numbers than before. If that is not meant, it is a bug: find what changed them.
If it is meant, run `python -m tests.golden.write`, look at the difference of tests/golden/daily.csv, commit it, and
mark the entry of CHANGELOG.md with **[numbers]**. First lines that differ (expected, found):
"""


def test_numbers_are_those_of_the_last_announced_change(small_run: Run) -> None:
    expected = (FOLDER / "daily.csv").read_text(encoding="utf-8").splitlines()
    found = golden_text(small_run).splitlines()
    pairs = zip(expected, found, strict=False)
    different = [f"-{old}\n+{new}" for old, new in pairs if old != new]
    assert len(found) == len(expected), ADVICE + f"{len(expected)} lines became {len(found)}"
    assert not different, ADVICE + "\n".join(different[:6])


def test_the_changelog_marks_changes_of_numbers() -> None:
    """The rule is written where the entries are, and the newest release that changed numbers carries the mark."""
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    rule, *entries = re.split(r"^## ", text, flags=re.MULTILINE)
    assert "**[numbers]**" in rule
    assert any(re.search(r"^- \*\*\[numbers\]\*\*", entry, flags=re.MULTILINE) for entry in entries)
