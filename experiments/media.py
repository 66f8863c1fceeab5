"""Media of a run, priced on the host: people contacted and what contacts and installs cost, by cause and day."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from experiments.moments import without_campaign
from experiments.parameters import draw_places, values_at
from experiments.paths import address
from experiments.scenario import Scenario
from experiments.world_names import DESIGN, NO_CAMPAIGN
from growth.flows import CAUSES

__all__ = ["media_of"]


def media_of(scenario: Scenario, data: xr.Dataset, *, drawn: bool) -> dict[str, Any]:
    """Variables ``reach_contacts`` (people) and ``media_yuan`` (yuan) by cause, dims as ``data`` with ``cause``.

    An install is paid for by the day's reaches of its cause in proportion to the installs each is expected to bring.
    """
    dims = ("draw", "variant", "app", "day", "cause")
    places = draw_places(scenario, data.sizes["draw"], scenario.run.rng_seed) if drawn else [None]
    contacts = np.zeros(tuple(data.sizes[dim] for dim in dims))
    a_contact, an_install = np.zeros_like(contacts), np.zeros_like(contacts)
    for v, name in enumerate(data.variant.to_numpy()):
        design = _variant(scenario, str(name))
        for d, place in enumerate(places):
            for a, app in enumerate(scenario.apps):
                at = (d, v, a)
                contacts[at], a_contact[at], an_install[at] = _prices(design, values_at(design, place), app.name, data)
    axes = {"dims": dims, "coords": {dim: data[dim] for dim in dims}}
    told, per_contact, per_install = (xr.DataArray(array, **axes) for array in (contacts, a_contact, an_install))
    like = data["activations"].sel(kind="new", drop=True)
    cost = told * per_contact + like * per_install
    full = like.dims
    return {
        "reach_contacts": (told + 0 * like).transpose(*full),
        "media_yuan": cost.transpose(*full),
    }


def _variant(scenario: Scenario, name: str) -> Scenario:
    if name == NO_CAMPAIGN:
        return without_campaign(scenario)
    return scenario if name == DESIGN else scenario.variant(name)


def _prices(scenario: Scenario, values: dict[str, float], app: str, data: xr.Dataset):
    """Contacts, yuan a contact and yuan an install, [day, cause] each."""
    days = data.day.to_numpy().astype("datetime64[D]")
    shape = (len(days), len(CAUSES))
    contacts, spent, installs, paid = (np.zeros(shape) for _ in range(4))
    for reach in scenario.reaches:
        if not reach.enabled or reach.app != app:
            continue
        name, cause = f"reach.{address(reach)}", CAUSES.index(reach.cause)
        on = (days >= np.datetime64(reach.start)) & (days <= np.datetime64(reach.end))
        people = values[f"{name}.people_per_day"] * on
        expected = people * values[f"{name}.response_new"]
        contacts[:, cause] += people
        spent[:, cause] += people * values[f"{name}.cost_per_contact_yuan"]
        installs[:, cause] += expected
        paid[:, cause] += expected * values[f"{name}.cost_per_install_yuan"]

    def share(top, bottom):
        return np.divide(top, bottom, out=np.zeros(shape), where=bottom > 0)

    return contacts, share(spent, contacts), share(paid, installs)
