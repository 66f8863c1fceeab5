"""One world of a run (a variant, the campaign's app) with its samples stacked first, for `growth.kpis`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from experiments.parameters import draw_places, values_at
from experiments.world_names import DESIGN, NO_CAMPAIGN

__all__ = [
    "IOS_SHARE",
    "World",
    "Worlds",
    "campaign_app",
    "people_per_user",
    "users_of",
    "worlds_of",
]

IOS_SHARE = "behaviour.install.ios_store_share"
LEDGER = ("campaign.agency_yuan", "campaign.risk_control_yuan", "campaign.fixed_yuan")
SAMPLES = ("draw", "chain", "replicate")
Array = NDArray[np.float64]


def campaign_app(run: Any) -> str:
    """Name of the app that carries the campaign."""
    return str(run.scenario.campaign_app.name)


def users_of(run: Any) -> int:
    """Users of the simulated chain."""
    return int(run.manifest["chain_summary"]["users"])


def people_per_user(run: Any) -> float:
    """w: how many real people one user of the sample stands for."""
    return float(run.manifest["people_per_user"])


@dataclass(frozen=True)
class World:
    """Daily results of one variant and app: dims sample (draws, chains, replicates stacked), day, rest."""

    variant: str
    data: xr.Dataset
    start: date
    end: date
    numbers: dict[str, Array]
    """Per sample: scenario numbers that are priced on the host, at this sample's parameters."""

    def curve(self, name: str, **labels: Any) -> Array:
        """[sample, day] in people, events or yuan: picks `labels`, sums over the other extra dims."""
        chosen = self.data[name].sel(labels) if labels else self.data[name]
        extra = [dim for dim in chosen.dims if dim not in ("sample", "day")]
        return np.asarray(chosen.sum(extra).transpose("sample", "day"), dtype=float)

    def day_index(self, day: date) -> int:
        """Position of a date on the day axis; -1 when the run does not hold it."""
        place = np.flatnonzero(self.data.day.to_numpy() == np.datetime64(day, "D").astype(self.data.day.dtype))
        return int(place[0]) if len(place) else -1

    def on(self, name: str, day: date, **labels: Any) -> Array:
        """[sample] on one date; NaN when the run does not hold it."""
        place = self.day_index(day)
        curve = self.curve(name, **labels)
        return curve[:, place] if place >= 0 else np.full(len(curve), np.nan)

    @property
    def campaign_days(self) -> slice:
        """Positions of the campaign's days, first to last inclusive."""
        last = self.day_index(self.end)
        return slice(self.day_index(self.start), last + 1 if last >= 0 else None)

    def during(self, name: str, **labels: Any) -> Array:
        """[sample] total over the days of the campaign."""
        return self.curve(name, **labels)[:, self.campaign_days].sum(axis=-1)

    def spend(self) -> Array:
        """[sample] yuan over the whole run: rewards and prizes paid, media, and the ledger's fixed lines."""
        rewards_and_media = self.cash() + self.curve("media_yuan").sum(axis=-1)
        if self.variant == NO_CAMPAIGN:
            return rewards_and_media
        return rewards_and_media + sum(self.numbers[line] for line in LEDGER)

    def cash(self) -> Array:
        """[sample] yuan of rewards and prizes paid out over the whole run."""
        return (self.curve("paid_yuan") + self.curve("prize_yuan")).sum(axis=-1)


def _numbers(run: Any, variant: str, draws: int, samples: int) -> dict[str, Array]:
    """Host-priced numbers of one variant, [sample]; `draws` = 0 means central values."""
    scenario = run.scenario
    if variant not in (NO_CAMPAIGN, DESIGN):
        scenario = scenario.variant(variant)
    places = draw_places(run.scenario, draws, run.scenario.run.rng_seed) if draws else [None]
    values = [values_at(scenario, place) for place in places]
    each = samples // len(places)
    return {path: np.repeat([value[path] for value in values], each) for path in (*LEDGER, IOS_SHARE)}


def _side(run: Any, dataset: xr.Dataset, draws: int) -> dict[str, World]:
    data = dataset.sel(app=campaign_app(run))
    data = data.stack(sample=[dim for dim in SAMPLES if dim in data.dims], create_index=False)
    campaign = run.scenario.campaign
    return {
        str(name): World(
            variant=str(name),
            data=data.sel(variant=name),
            start=campaign.start,
            end=campaign.end,
            numbers=_numbers(run, str(name), draws, data.sizes["sample"]),
        )
        for name in data.variant.to_numpy()
    }


@dataclass(frozen=True)
class Worlds:
    """Both sides of a run by variant: `central` over replicates, `drawn` over draws (may be empty)."""

    central: dict[str, World]
    drawn: dict[str, World]
    people_per_user: float

    @property
    def replicates(self) -> int:
        """Samples at central parameters."""
        return len(next(iter(self.central.values())).data.sample)

    @property
    def draws(self) -> int:
        """Parameter draws; 0 when the run has none."""
        return len(next(iter(self.drawn.values())).data.sample) if self.drawn else 0


def worlds_of(run: Any) -> Worlds:
    """Every variant of a run, restricted to the campaign's app."""
    draws = run.draws.sizes.get("draw", 0) if run.draws is not None else 0
    drawn = _side(run, run.draws, draws) if draws else {}
    return Worlds(_side(run, run.central, 0), drawn, people_per_user(run))
