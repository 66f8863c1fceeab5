"""Seeds, agencies, personalised content and checks of a run, priced on the host from what was counted."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import xarray as xr

from experiments.moments import moment_at
from experiments.parameters import Places, values_at
from experiments.paths import address
from experiments.scenario import Scenario
from experiments.scenario_acquisition import Agency
from experiments.when_read import round_starts
from experiments.world_names import DESIGN, NO_CAMPAIGN
from growth.flows import SEED_RULES

__all__ = ["PRICED", "acquisition_of"]

PRICED = {
    "seeding_yuan": "seeding",
    "personalised_yuan": "content: personalised",
    "agency_yuan": "agency",
    "farmed_installs_yuan": "media: farmed installs",
    "risk_checks_yuan": "risk control: checks",
}
"""Variables in yuan a day that only some runs have (farmed installs from `experiments.media`), and their ledger lines;
agencies have one each."""
_DIMS = ("draw", "variant", "app", "day")
_Price = Callable[[Scenario, dict[str, float], list[dt.date]], np.ndarray]


def acquisition_of(
    scenario: Scenario,
    data: xr.Dataset,
    *,
    places: Sequence[Places | None],
    designs: Sequence[Scenario] | None = None,
) -> dict[str, Any]:
    """Variables of `PRICED` for the mechanisms that the scenario has, dims of ``data`` (agencies: then "agency").
    ``designs`` are the scenarios of its variants (default: those of ``scenario`` by their names).

    A seed costs its price on its date, engaged before or not. The campaign's days are those with a round in which it is
    on. Personalised content costs its tokens for every packet shared on them. An agency is paid for those who came on
    them by its cause: a click is a share of contacts, paid on the day; an install a new person, on the day; a retained
    user a new person who is active N days later, on that day: what falls due after the run's last day is not counted.
    ``data`` has `reach_contacts` (`experiments.media`) already.
    """
    if not (scenario.seedings or scenario.content or scenario.risk or scenario.agencies):
        return {}
    prices = _Prices(scenario, data, places, designs)
    like, found = data["opens"].dims, {}
    if scenario.seedings:
        seeds = data["seeds"] * prices.array(_seed_price, "rule", SEED_RULES)
        found["seeding_yuan"] = seeds.sum("rule").transpose(*like)
    if scenario.content is not None:
        found["personalised_yuan"] = (data["packets"].sum("channel") * prices.array(_packet_price)).transpose(*like)
    if scenario.risk is not None:
        found["risk_checks_yuan"] = (data["checks"] * prices.array(_check_price)).transpose(*like)
    if scenario.agencies:
        lines = [_agency(data, prices, number) for number in range(len(scenario.agencies))]
        coords = {**data["opens"].coords, "agency": [agency.name for agency in scenario.agencies]}
        found["agency_yuan"] = xr.DataArray(np.stack(lines, axis=-1), coords, (*like, "agency"))
    return found


class _Prices:
    """Designs of the variants with their numbers in every draw, and prices made of them."""

    def __init__(
        self,
        scenario: Scenario,
        data: xr.Dataset,
        places: Sequence[Places | None],
        designs: Sequence[Scenario] | None,
    ) -> None:
        self.data, self.days = data, [day.astype("datetime64[D]").item() for day in data.day.to_numpy()]
        names = [str(name) for name in data.variant.to_numpy()]
        self.designs = designs if designs is not None else [_variant(scenario, name) for name in names]
        self.numbers = [[values_at(design, place) if design else {} for design in self.designs] for place in places]
        self.apps = len(scenario.apps)
        self.app = [item.name for item in scenario.apps].index(scenario.campaign_app.name)

    def of(self, price: _Price, *shape: int) -> np.ndarray:
        """Yuan [draw, variant, app, day, *shape]; 0 for other apps and for the world without the campaign."""
        yuan = np.zeros((len(self.numbers), len(self.designs), self.apps, len(self.days), *shape))
        for draw, numbers in enumerate(self.numbers):
            for place, design in enumerate(self.designs):
                if design is not None:
                    yuan[draw, place, self.app] = price(design, numbers[place], self.days)
        return yuan

    def array(self, price: _Price, axis: str = "", labels: Sequence[str] = ()) -> xr.DataArray:
        """The same as a labelled array; ``axis`` is the one after the day."""
        dims = (*_DIMS, axis) if axis else _DIMS
        coords: dict[str, Any] = {dim: self.data[dim].to_numpy() for dim in _DIMS}
        more = {axis: list(labels)} if axis else {}
        return xr.DataArray(self.of(price, *(len(labels),) * bool(axis)), {**coords, **more}, dims)


def _variant(scenario: Scenario, name: str) -> Scenario | None:
    """The design of a variant; None for the world without the campaign, which buys nothing."""
    if name == NO_CAMPAIGN:
        return None
    return scenario if name == DESIGN else scenario.variant(name)


def _campaign_days(design: Scenario, days: list[dt.date]) -> np.ndarray:
    """Days with a round in which the campaign is on: an hour of opening after the last round begins leaves out the
    first."""
    last = round_starts(design.run)[-1]
    return np.array([moment_at(design, dt.datetime.combine(day, last)).campaign for day in days])


def _seed_price(design: Scenario, v: dict[str, float], days: list[dt.date]) -> np.ndarray:
    """Yuan a seed, [day, rule]."""
    yuan = np.zeros((len(days), len(SEED_RULES)))
    for item in design.seedings:
        if item.enabled and item.date in days:
            price = v[f"seeding.{address(item)}.cost_per_seed_yuan"]
            yuan[days.index(item.date), SEED_RULES.index(item.by)] = price
    return yuan


def _packet_price(design: Scenario, v: dict[str, float], days: list[dt.date]) -> np.ndarray:
    """Yuan of the tokens of a packet, [day]."""
    if design.content is None or not design.content.enabled:
        return np.zeros(len(days))
    price = v["content.tokens_per_share"] * v["campaign.yuan_per_million_tokens"] / 1e6
    return price * _campaign_days(design, days)


def _check_price(design: Scenario, v: dict[str, float], days: list[dt.date]) -> np.ndarray:
    """Yuan of checking a request for money, [day]."""
    checks = design.risk is not None and design.risk.enabled
    return np.full(len(days), v["risk.cost_per_check_yuan"] if checks else 0.0)


def _agency(data: xr.Dataset, prices: _Prices, number: int) -> np.ndarray:
    """What one agency is paid, yuan a day, dims of a flow."""

    def price(design: Scenario, v: dict[str, float], days: list[dt.date]) -> np.ndarray:
        mine = design.agencies[number]
        if not mine.enabled:
            return np.zeros(len(days))
        due = _campaign_days(design, [day - dt.timedelta(days=mine.day or 0) for day in days])
        share = v[f"agency.{address(mine)}.clicks_per_contact"] if mine.paid_per == "click" else 1.0
        return v[f"agency.{address(mine)}.yuan"] * share * due

    yuan = prices.of(price)
    paid = np.zeros(data["opens"].shape)
    for place, design in enumerate(prices.designs):
        if design is not None:
            delivered = _delivered(data.isel(variant=place), design.agencies[number])
            paid[:, :, place] = delivered * yuan[:, None, place, None]
    return paid


def _delivered(world: xr.Dataset, agency: Agency) -> np.ndarray:
    """What is counted for an agency in one variant: [draw, chain, replicate, app, day]."""
    if agency.paid_per == "click":
        counted = world["reach_contacts"].sel(cause=agency.cause)
    elif agency.paid_per == "install":
        counted = world["activations"].sel(kind="new", cause=agency.cause)
    else:
        counted = world["active_at_age"].sel(kind="new", cause=agency.cause, age=agency.day)
    return np.asarray(counted.transpose(*world["opens"].dims))
