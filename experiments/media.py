"""Media and prizes of a run, priced on the host: people contacted, what contacts and installs cost, and jackpots."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr

from experiments.moments import Moment, moment_at, values_in_force, without_campaign
from experiments.parameters import Places, values_at
from experiments.paths import address, slug
from experiments.scenario import Scenario
from experiments.world_names import DESIGN, NO_CAMPAIGN
from growth.flows import CAUSES

__all__ = ["farmed_per_install", "media_of"]

_DIMS = ("draw", "variant", "app", "day")


def media_of(
    scenario: Scenario,
    data: xr.Dataset,
    *,
    places: Sequence[Places | None],
    designs: Sequence[Scenario] | None = None,
) -> dict[str, Any]:
    """Variables ``reach_contacts`` (people) and ``media_yuan`` (yuan) by cause, and ``prize_yuan`` (yuan), with the
    dims of ``data``; ``places`` are those of its draws, ``[None]`` the central values. ``designs`` are the scenarios of
    its variants (default: those of ``scenario`` by their names).

    A reach counts with the numbers in force on the morning of a day, when the engine reads them too, and so do installs
    that no person made. An install is
    paid for by the day's reaches of its cause in proportion to the installs each is expected to bring. Prizes are
    priced at expectation: count times yuan, on their dates. Where a scenario has abuse also ``farmed_installs_yuan``:
    what is paid for installs that no person made.
    """
    days = [day.astype("datetime64[D]").item() for day in data.day.to_numpy()]
    shape = tuple(data.sizes[dim] for dim in _DIMS)
    contacts, a_contact, an_install = (np.zeros((*shape, len(CAUSES))) for _ in range(3))
    prizes, fraud = np.zeros(shape), np.zeros(shape)
    for v, name in enumerate(data.variant.to_numpy()):
        design = designs[v] if designs is not None else _variant(scenario, str(name))
        moments = [moment_at(design, dt.datetime.combine(day, dt.time())) for day in days]
        for d, place in enumerate(places):
            values = values_at(design, place)
            for a, app in enumerate(design.apps):
                at = (d, v, a)
                contacts[at], a_contact[at], an_install[at] = _prices(design, values, app.name, moments)
                prizes[at] = _prizes(design, values, app.name, days)
                if design.abuse is not None and app.name == design.campaign_app.name:
                    fraud[at] = [farmed_per_install(design, one) for one in _by_day(design, values, moments)]
    by_cause = ((*_DIMS, "cause"), {dim: data[dim] for dim in (*_DIMS, "cause")})
    told, per_contact, per_install = (
        xr.DataArray(it, by_cause[1], by_cause[0]) for it in (contacts, a_contact, an_install)
    )
    like = data["activations"].sel(kind="new", drop=True)
    paid, farmed = (xr.DataArray(it, {dim: data[dim] for dim in _DIMS}, _DIMS) for it in (prizes, fraud))
    more = {}
    if scenario.abuse is not None:
        bought = (like * per_install * farmed).sum("cause")
        more["farmed_installs_yuan"] = bought.transpose(*data["opens"].dims)
    return {
        "reach_contacts": (told + 0 * like).transpose(*like.dims),
        "media_yuan": (told * per_contact + like * per_install).transpose(*like.dims),
        "prize_yuan": (paid + 0 * data["opens"]).transpose(*data["opens"].dims),
        **more,
    }


def _variant(scenario: Scenario, name: str) -> Scenario:
    if name == NO_CAMPAIGN:
        return without_campaign(scenario)
    return scenario if name == DESIGN else scenario.variant(name)


def farmed_per_install(design: Scenario, values: dict[str, float]) -> float:
    """Farmed installs that media are paid for, for each real one: s / (1 - s), s their share of all, less those that
    risk control knows."""
    if design.abuse is None or not design.abuse.enabled:
        return 0.0
    known = values["risk.detection"] if design.risk is not None and design.risk.enabled else 0.0
    share = values["abuse.fraud_share"]
    return share / (1 - share) * (1 - known)


def _by_day(scenario: Scenario, values: dict[str, float], moments: list[Moment]) -> list[dict[str, float]]:
    """The values in force at each of ``moments``."""
    found = {moment: values_in_force(scenario, values, moment) for moment in dict.fromkeys(moments)}
    return [found[moment] for moment in moments]


def _prices(scenario: Scenario, values: dict[str, float], app: str, moments: list[Moment]) -> tuple[np.ndarray, ...]:
    """Contacts, yuan a contact and yuan an install, [day, cause] each."""
    shape = (len(moments), len(CAUSES))
    contacts, spent, installs, paid = (np.zeros(shape) for _ in range(4))
    reaches = {address(reach): reach for reach in scenario.reaches if reach.app == app}
    for day, (moment, v) in enumerate(zip(moments, _by_day(scenario, values, moments), strict=True)):
        for name in moment.reaches:
            if name not in reaches:
                continue
            cause, people = CAUSES.index(reaches[name].cause), v[f"reach.{name}.people_per_day"]
            if reaches[name].of == "dormant":
                people = min(people, v[f"app.{slug(app)}.base.dormant"])
            expected = people * v[f"reach.{name}.response_new"]
            contacts[day, cause] += people
            spent[day, cause] += people * v[f"reach.{name}.cost_per_contact_yuan"]
            installs[day, cause] += expected
            paid[day, cause] += expected * v[f"reach.{name}.cost_per_install_yuan"]

    def share(top: np.ndarray, bottom: np.ndarray) -> np.ndarray:
        return np.divide(top, bottom, out=np.zeros(shape), where=bottom > 0)

    return contacts, share(spent, contacts), share(paid, installs)


def _prizes(scenario: Scenario, values: dict[str, float], app: str, days: list[dt.date]) -> np.ndarray:
    """Yuan of the campaign's prizes by day, for its own app."""
    yuan = np.zeros(len(days))
    for prize in scenario.prizes:
        if prize.enabled and app == scenario.campaign_app.name:
            name = f"prize.{address(prize)}"
            on = np.array([prize.date <= day <= prize.last_day for day in days])
            yuan[on] += values[f"{name}.count"] * values[f"{name}.yuan"]
    return yuan
