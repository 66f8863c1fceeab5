"""A finished run of a joint calendar: datasets in real units, and each app's worlds as pairs to be compared."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import xarray as xr

from experiments.joint import Joint, load_joint
from experiments.joint_worlds import joint_places
from experiments.moments import without_campaign
from experiments.parameters import Places
from experiments.real_units import real_units
from experiments.results import counted, counted_tables, finished_manifest
from experiments.scenario import Scenario
from experiments.world_names import ALL_CAMPAIGNS, DESIGN, NO_CAMPAIGN
from experiments.world_view import SAMPLES, World, Worlds, host_numbers

__all__ = ["JointRun", "read_joint_run"]

WALLET = ("cashed_yuan", "expired_yuan", "held_yuan")


@dataclass(frozen=True)
class JointRun:
    """A joint run read from its folder. Counts are people or events of the population, money is in yuan."""

    central: xr.Dataset
    """draw 1 ("central"), all replicates; the variants are the worlds of `Joint.worlds`."""
    draws: xr.Dataset | None
    """All parameter draws, replicate 0; None when the calendar asks for none."""
    joint: Joint
    manifest: dict[str, Any]
    folder: Path

    @cached_property
    def people_per_user(self) -> float:
        """w."""
        return float(self.manifest["people_per_user"])

    @cached_property
    def places(self) -> list[list[Places]]:
        """Places of the parameter draws, [app][draw]."""
        return joint_places(self.joint)

    def pair(self, app: str, world: str = ALL_CAMPAIGNS, base: str | None = None) -> Worlds:
        """Two worlds as one app sees them, on the same luck: ``world`` stands as the design and ``base`` (default: all
        campaigns but this app's) as the world without. KPIs so take the difference that the campaigns make in which
        the two differ, over the days of the whole calendar."""
        names = {DESIGN: world, NO_CAMPAIGN: base or f"without {app}"}
        central = {role: self._world(app, name, self.central, [None]) for role, name in names.items()}
        at = self.joint.apps.index(app)
        drawn = {}
        if self.draws is not None:
            drawn = {role: self._world(app, name, self.draws, self.places[at]) for role, name in names.items()}
        return Worlds(central, drawn, self.people_per_user)

    def _world(self, app: str, name: str, data: xr.Dataset, places: Any) -> World:
        at = self.joint.apps.index(app)
        design, (start, end) = self.joint.designs[at], self.joint.window
        mine = data.sel(app=app, variant=name).stack(sample=SAMPLES, create_index=False)
        role = DESIGN if self.joint.worlds[name][at] else NO_CAMPAIGN
        return World(role, mine, start, end, host_numbers(design, DESIGN, places, mine.sizes["sample"]))


def read_joint_run(folder: str | Path) -> JointRun:
    """Read a finished run of a joint calendar. Raises InputError when the folder holds none."""
    folder = Path(folder)
    manifest = finished_manifest(folder)
    joint = load_joint(folder / "scenario.toml")
    w = float(manifest["people_per_user"])
    daily, cohorts = counted_tables(folder)
    central = _dataset(joint, daily, cohorts, w, None)
    draws = _dataset(joint, daily, cohorts, w, joint_places(joint)) if joint.run.parameter_draws else None
    return JointRun(central, draws, joint, manifest, folder)


def _dataset(
    joint: Joint, daily: dict[str, Any], cohorts: dict[str, Any], w: float, places: list[list[Places]] | None
) -> xr.Dataset:
    """One side of a run, app by app: the central values, or with ``places`` the parameter draws."""
    parts = []
    for at, design in enumerate(joint.designs):
        rows, aged = (
            ((table["draw"] > 0) == (places is not None)) & (table["app"] == at) for table in (daily, cohorts)
        )
        numbers, flow = counted(daily, cohorts, rows, aged)
        alone = design.model_copy(update={"apps": (design.campaign_app,)})
        data = real_units(
            alone,
            numbers,
            flow,
            w,
            places=places[at] if places is not None else [None],
            variants=list(joint.worlds),
            designs=_told(alone, joint, at),
        )
        if design.wallet is None:  # a rival has one, and the engine noted this app's money as if it had one too
            data = data.assign({name: 0 * data[name] for name in WALLET})
        parts.append(data)
    # What only some apps have (an agency, seeds) costs the others nothing.
    return xr.concat(
        parts, dim="app", data_vars="minimal", coords="minimal", compat="override", join="outer", fill_value=0
    )


def _told(alone: Scenario, joint: Joint, app: int) -> list[Scenario]:
    """What is priced for an app in each world: its design, or nothing of it."""
    off = without_campaign(alone)
    return [alone if who[app] else off for who in joint.worlds.values()]
