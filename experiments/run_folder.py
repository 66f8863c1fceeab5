"""A run's folder: what is written when, so that nothing finished is lost and a run can be continued.

scenario.toml          the resolved scenario                 written first
design_*.toml          of a joint calendar: its designs      beside it
manifest.json          seed, versions, machine, state        written first, completed last
parts/block_*.npz      finished blocks                       removed when all are there
parts/block_*.checkpoint.npz   an interrupted block
daily.parquet          the day's flows, one row per (draw, chain, variant, replicate, app, day); chart_rank and
                       surge_rank are places, RANKS + 1 off the chart, 0 without a chart
cohorts.parquet        active people by origin and days since activation
activations.parquet    the log of activations
summary.json, report.html
"""

from __future__ import annotations

import json
import platform
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

from experiments.joint import Joint
from experiments.platform import cores
from experiments.scenario import Scenario
from graphs.errors import InputError

__all__ = ["RunFolder"]

_TABLES = ("daily.parquet", "cohorts.parquet", "activations.parquet")
_FILES = ("manifest.json", "scenario.toml", *_TABLES, "chain.json", "summary.json", "report.html")
_VERSIONS = ("jax", "jaxlib", "numpy", "scipy", "igraph", "xarray", "pyarrow", "plotly")


class RunFolder:
    """Opens ``path`` for a scenario: new, or one that the same scenario had begun.

    Raises InputError when the folder holds another scenario's run, a finished one, or something else. Nothing is
    written or removed before `prepare`; with ``replace`` another or a finished run makes way there.
    """

    def __init__(self, path: str | Path, scenario: Scenario | Joint, *, replace: bool = False) -> None:
        self.path = Path(path)
        self.parts = self.path / "parts"
        self.scenario = scenario
        self._in_the_way = False
        self._check(replace)

    @property
    def begun(self) -> bool:
        """Whether an earlier call left blocks or a checkpoint."""
        return self.parts.is_dir() and any(self.parts.iterdir())

    def block(self, number: int) -> Path:
        """Where a finished block lies."""
        return self.parts / f"block_{number:04d}.npz"

    def checkpoint(self, number: int) -> Path:
        """Where an interrupted block lies."""
        return self.parts / f"block_{number:04d}.checkpoint.npz"

    def prepare(self, plan: dict[str, int]) -> None:
        """Make the folder and write what is known before the run.

        ``plan`` is how the work is cut (devices, worlds per block): what an earlier call has done fits no other cut.
        Raises InputError when the run was begun with another one.
        """
        if self._in_the_way:
            self._clear()
        manifest = self.path / "manifest.json"
        if manifest.exists():
            begun = json.loads(manifest.read_text(encoding="utf-8")).get("plan", plan)
            if begun != plan:
                raise InputError(
                    "this run was begun on another number of devices",
                    field="--devices",
                    value=plan["devices"],
                    allowed=f"{begun['devices']}, to go on with what is finished",
                    cure=f"--devices {begun['devices']}, or another folder",
                )
        else:
            self.path.mkdir(parents=True, exist_ok=True)
            self.write_manifest({"plan": plan})
        self.parts.mkdir(exist_ok=True)
        self._write("scenario.toml", self.scenario.canonical_toml())
        if isinstance(self.scenario, Joint):
            for name, text in self.scenario.design_files().items():
                self._write(name, text)

    def write_manifest(self, more: dict[str, Any]) -> None:
        """The manifest, with what is known so far."""
        text = json.dumps({**self._basics(), **more}, indent=2, ensure_ascii=False)
        self._write("manifest.json", text + "\n")

    def write_chain(self, text: str) -> None:
        """What the report shows of the chain, which is not kept itself."""
        self._write("chain.json", text + "\n")

    def save_block(self, number: int, arrays: dict[str, np.ndarray]) -> None:
        """Keep a finished block; it appears whole or not at all."""
        partial = self.block(number).with_suffix(".partial")
        named: dict[str, Any] = dict(arrays)
        with partial.open("wb") as file:
            np.savez(file, **named)
        partial.replace(self.block(number))

    def load_block(self, number: int) -> dict[str, np.ndarray]:
        """A finished block."""
        with np.load(self.block(number)) as found:
            return {name: found[name] for name in found}

    def drop_parts(self) -> None:
        """Remove the blocks once everything is in the tables."""
        for part in self.parts.iterdir():
            part.unlink()
        self.parts.rmdir()

    def _write(self, name: str, text: str) -> None:
        partial = self.path / f"{name}.partial"
        partial.write_text(text, encoding="utf-8")
        partial.replace(self.path / name)

    def _basics(self) -> dict[str, Any]:
        return {
            "finished": False,
            "name": self.scenario.name,
            "rng_seed": self.scenario.run.rng_seed,
            "scenario_sha256": self.scenario.sha256(),
            "machine": ", ".join(
                (platform.machine(), f"{cores()} cores", platform.system(), f"Python {platform.python_version()}")
            ),
            "versions": {
                "growth": _version("growth-modeller"),
                **{name: _version(name) for name in _VERSIONS},
            },
        }

    def _check(self, replace: bool) -> None:
        """Refuse a folder that is not ours to write to."""
        if not self.path.exists():
            return
        if not self.path.is_dir():
            raise InputError("is not a folder", field="--out", value=str(self.path), cure="another name")
        if all(entry.suffix == ".partial" for entry in self.path.iterdir()):
            return
        found = _manifest_of(self.path)
        if found is None:
            cure = "an empty or new folder"
            raise InputError("holds something that is not a run", field="--out", value=str(self.path), cure=cure)
        same = found["scenario_sha256"] == self.scenario.sha256()
        if same and not found.get("finished"):
            return
        what = "holds a finished run" if found.get("finished") else "holds the run of another scenario"
        if not replace:
            cure = "another folder, or --replace to run again"
            raise InputError(what, field="--out", value=str(self.path), cure=cure)
        self._in_the_way = True

    def _clear(self) -> None:
        """Remove the run that is replaced, and nothing that is not of a run."""
        if self.parts.is_dir():
            self.drop_parts()
        for name in (*_FILES, *(design.name for design in self.path.glob("design_*.toml"))):
            (self.path / name).unlink(missing_ok=True)


def _manifest_of(folder: Path) -> dict[str, Any] | None:
    """The manifest of a run; None where there is none, or a file of that name that is something else."""
    try:
        found = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) and "scenario_sha256" in found else None


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "not installed"
