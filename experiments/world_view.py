"""One world of a run (a variant, the campaign's app) with its samples stacked first, for `growth.kpis`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from experiments.acquisition import PRICED
from experiments.moments import totals_in_the_end
from experiments.parameters import Places, draw_places, values_at
from experiments.scenario import Scenario
from experiments.world_names import DESIGN, NO_CAMPAIGN

__all__ = [
    "IOS_SHARE",
    "SAMPLES",
    "World",
    "Worlds",
    "campaign_app",
    "host_numbers",
    "people_per_user",
    "side_of",
    "users_of",
    "worlds_of",
]

IOS_SHARE = "behaviour.install.ios_store_share"
LEDGER = ("campaign.agency_yuan", "campaign.risk_control_yuan", "campaign.fixed_yuan", "campaign.content_yuan")
INFERENCE = ("campaign.tokens_per_ai_task", "campaign.yuan_per_million_tokens")
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

    @property
    def chain(self) -> NDArray[np.int64]:
        """[sample] number of the chain of each sample."""
        if "chain" not in self.data.coords:
            return np.zeros(self.data.sizes["sample"], int)
        return np.asarray(self.data.chain.to_numpy(), int)

    def part(self, samples: Any) -> World:
        """The same world with some of its samples (positions along the sample axis)."""
        numbers = {path: values[samples] for path, values in self.numbers.items()}
        return replace(self, data=self.data.isel(sample=samples), numbers=numbers)

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

    def ledger(self) -> dict[str, Array]:
        """[sample] yuan over the whole run, line by line; `spend` is their sum.

        Agency, risk control, fixed and content are spent when the campaign is on. Inference is what the tasks of both
        worlds use: tokens of a task times their price.
        """
        paid = self.data["paid_yuan"]
        lines = {f"rewards: {source}": self.curve("paid_yuan", source=source) for source in paid.source.to_numpy()}
        lines["prizes"] = self.curve("prize_yuan")
        media = self.data["media_yuan"]
        lines |= {f"media: {cause}": self.curve("media_yuan", cause=cause) for cause in media.cause.to_numpy()}
        lines |= self._bought()
        told = {str(name): curve.sum(axis=-1) for name, curve in lines.items()}
        if "risk_checks_yuan" in self.data:
            told["clawed back"] = -self.clawed_back()
        tokens, price = (self.numbers.get(path, 0.0) for path in INFERENCE)
        told["inference"] = self.curve("ai_tasks").sum(axis=-1) * tokens * price / 1e6
        on = 0.0 if self.variant == NO_CAMPAIGN else 1.0
        names = (path.removeprefix("campaign.").removesuffix("_yuan").replace("_", " ") for path in LEDGER)
        return told | {
            name: on * self.numbers.get(path, 0.0) * np.ones(len(told["prizes"]))
            for name, path in zip(names, LEDGER, strict=True)
        }

    def _bought(self) -> dict[str, Array]:
        """[sample, day] yuan of what only some scenarios buy, by ledger line: seeds, content, agencies."""
        lines: dict[str, Array] = {}
        for variable, line in PRICED.items():
            if variable == "agency_yuan" and variable in self.data:
                names = self.data["agency"].to_numpy()
                lines |= {f"{line}: {name}": self.curve(variable, agency=name) for name in names}
            elif variable in self.data:
                lines[line] = self.curve(variable)
        return lines

    def spend(self) -> Array:
        """[sample] yuan over the whole run: the sum of the ledger, taken at once."""
        numbers = {path: self.numbers.get(path, 0.0) for path in (*LEDGER, *INFERENCE)}
        flows = self.cash() + self.curve("media_yuan").sum(axis=-1)
        flows = flows + sum(curve.sum(axis=-1) for curve in self._bought().values())
        tokens, price = (numbers[path] for path in INFERENCE)
        if np.any(tokens * np.asarray(price)):
            flows = flows + self.curve("ai_tasks").sum(axis=-1) * tokens * price / 1e6
        return flows if self.variant == NO_CAMPAIGN else flows + sum(numbers[line] for line in LEDGER)

    def pledged(self) -> Array:
        """[sample] yuan of the pools and prizes that were announced; what is never paid stays unclaimed."""
        pools = [value for path, value in self.numbers.items() if path.startswith("pool.")]
        return np.asarray(sum(pools) + self.curve("prize_yuan").sum(axis=-1))

    def cash(self) -> Array:
        """[sample] yuan of rewards and prizes paid out over the whole run, less what was clawed back."""
        return (self.curve("paid_yuan") + self.curve("prize_yuan")).sum(axis=-1) - self.clawed_back()

    def clawed_back(self) -> Array:
        """[sample] yuan taken back from outsiders who had been paid."""
        lost = "clawed_yuan" in self.data
        return self.curve("clawed_yuan").sum(axis=-1) if lost else np.zeros(self.data.sizes["sample"])


def host_numbers(scenario: Scenario, variant: str, places: Sequence[Places | None], samples: int) -> dict[str, Array]:
    """Host-priced numbers of one variant, [sample]; ``places`` are those of the draws, None the central values. Pools
    with what is added to them during the run."""
    if variant not in (NO_CAMPAIGN, DESIGN):
        scenario = scenario.variant(variant)
    values = [values_at(scenario, place) for place in places]
    values = [value | totals_in_the_end(scenario, value) for value in values]
    each = samples // len(places)
    told = [*LEDGER, *INFERENCE, IOS_SHARE, *(path for path in values[0] if path.endswith("total_yuan"))]
    return {path: np.repeat([value[path] for value in values], each) for path in told}


def side_of(scenario: Scenario, dataset: xr.Dataset, places: Sequence[Places | None]) -> dict[str, World]:
    """Every variant of a dataset, for the campaign's app; ``places`` are those of its draws, [None] the central
    values."""
    data = dataset.sel(app=scenario.campaign_app.name)
    data = data.stack(sample=[dim for dim in SAMPLES if dim in data.dims], create_index=False)
    campaign = scenario.campaign
    return {
        str(name): World(
            variant=str(name),
            data=data.sel(variant=name),
            start=campaign.start,
            end=campaign.end,
            numbers=host_numbers(scenario, str(name), places, data.sizes["sample"]),
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
    def chains(self) -> int:
        """Societies the worlds live in."""
        return len(np.unique(next(iter(self.central.values())).chain))

    @property
    def draws(self) -> int:
        """Parameter draws; 0 when the run has none."""
        return len(next(iter(self.drawn.values())).data.sample) // self.chains if self.drawn else 0

    def sides(self, variant: str, read: Callable[[World], Array]) -> tuple[Array, Array | None]:
        """What ``read`` takes from a variant: over replicates, and over draws (None when the run has none)."""
        return read(self.central[variant]), read(self.drawn[variant]) if self.drawn else None


def worlds_of(run: Any) -> Worlds:
    """Every variant of a run, restricted to the campaign's app."""
    scenario = run.scenario
    draws = run.draws.sizes.get("draw", 0) if run.draws is not None else 0
    places = draw_places(scenario, draws, scenario.run.rng_seed)
    drawn = side_of(scenario, run.draws, places) if draws else {}
    return Worlds(side_of(scenario, run.central, [None]), drawn, people_per_user(run))
