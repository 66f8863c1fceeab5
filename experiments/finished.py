"""Whether a folder already holds the finished run of a scenario."""

from __future__ import annotations

import json
from pathlib import Path

from experiments.joint import Joint
from experiments.scenario import Scenario

__all__ = ["finished_run"]


def finished_run(scenario: Scenario | Joint, folder: Path) -> Path | None:
    """The folder, when it holds a finished run of exactly this scenario (or joint calendar)."""
    manifest = folder / "manifest.json"
    if not manifest.exists():
        return None
    found = json.loads(manifest.read_text(encoding="utf-8"))
    same = found.get("scenario_sha256") == scenario.sha256()
    return folder if same and found.get("finished") else None
