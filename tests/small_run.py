"""What tests do with the small world of `tests/golden/scenario.toml`; the fixture `small_run` is its one shared run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from experiments.base_inflow import ChainFacts
from experiments.blocks import Stopped
from experiments.scenario import Scenario, parse_scenario
from experiments.simulate import simulate
from tests.golden.write import FOLDER

__all__ = ["BYTES", "FACTS", "changed", "stopped_after", "tables_of"]

BYTES = ("daily.parquet", "cohorts.parquet", "activations.parquet")
"""What must be the same for the same scenario and seed."""
FACTS = ChainFacts(users=800, population=80_000.0, chat_size=12.0, with_chats=0.75)
"""What numbers are lowered with, in round figures near those of the small world's chain."""


def tables_of(folder: Path) -> dict[str, bytes]:
    """The bytes of a run's tables."""
    return {name: (folder / name).read_bytes() for name in BYTES}


def changed(*changes: tuple[str, str], more: str = "") -> Scenario:
    """The golden scenario with pieces of its text replaced (each must be there exactly once) and ``more`` below it."""
    text = (FOLDER / "scenario.toml").read_text(encoding="utf-8")
    for old, new in changes:
        assert text.count(old) == 1, f"{old!r} is in the text {text.count(old)} times"
        text = text.replace(old, new)
    return parse_scenario(text + more)


def stopped_after(rounds: int, scenario: Scenario, folder: Path, **told: Any) -> int:
    """Run until `stop` has been asked ``rounds`` times; how often it was asked. Fails when the run ends before."""
    asked = 0

    def stop() -> bool:
        nonlocal asked
        asked += 1
        return asked == rounds

    with pytest.raises(Stopped):
        simulate(scenario, folder, stop=stop, **told)
    return asked
