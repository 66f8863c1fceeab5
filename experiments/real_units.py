"""Counts of worlds as an xarray dataset in real units: people and events times w, yuan instead of cents."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from experiments.acquisition import acquisition_of
from experiments.media import media_of
from experiments.parameters import Places
from experiments.scenario import Scenario
from experiments.tables_out import AXES, INDEX, LABELS
from experiments.world_names import variant_names_of
from growth.flows import AGES, SHAPES

__all__ = ["real_units"]

_MONEY = {
    "paid_cents": "paid_yuan",
    "cashed_cents": "cashed_yuan",
    "expired_cents": "expired_yuan",
    "held_cents": "held_yuan",
    "clawed_cents": "clawed_yuan",
    "withheld_cents": "withheld_yuan",
}
_RANKS = ("chart_rank", "surge_rank")
_WINDOWS = {"dau": 1, "wau": 7, "mau": 30}  # days


def real_units(
    scenario: Scenario,
    counted: Mapping[str, np.ndarray],
    flow: Callable[[str], np.ndarray],
    w: float,
    *,
    places: Sequence[Places | None],
    variants: Sequence[str] | None = None,
    replicates: Sequence[int] | None = None,
    designs: Sequence[Scenario] | None = None,
) -> xr.Dataset:
    """Dims draw, chain, variant, replicate, app, day, then a flow's own axes; `media_of` and `acquisition_of` add
    what is priced here.

    ``counted`` holds dau, wau, mau [draw, chain, variant, replicate, app, day] and active_at_age [..., origins, AGES];
    ``flow(name)`` is [..., columns of the flow]. ``places`` are those of the draws, ``[None]`` the central values.
    ``variants`` are names along the variant axis (default: all); ``replicates`` numbers along that axis; ``designs``
    the scenario of each variant where the names do not say it.
    """
    shape = counted["dau"].shape
    variables: dict[str, Any] = {}
    for name, window in _WINDOWS.items():
        people = counted[name] * w
        people[..., : window - 1] = np.nan  # the window reaches back before the run: censored
        variables[name] = (INDEX, people)
    for name in SHAPES:
        axes = AXES.get(name, ())
        scale = 1.0 if name in _RANKS else w / 100 if name in _MONEY else w
        values = flow(name).reshape(*shape, *(len(LABELS[axis]) for axis in axes)) * scale
        if name in _RANKS:
            values[values == 0] = np.nan  # a world without charts
        variables[_MONEY.get(name, name)] = ((*INDEX, *axes), values)
    origins = (len(LABELS["kind"]), len(LABELS["cause"]), AGES)
    aged = counted["active_at_age"].reshape(*shape, *origins) * w
    variables["active_at_age"] = ((*INDEX, "kind", "cause", "age"), aged)
    data = xr.Dataset(variables, coords=_coordinates(scenario, shape, places, variants, replicates))
    data = data.assign(media_of(scenario, data, places=places, designs=designs))
    return data.assign(acquisition_of(scenario, data, places=places, designs=designs))


def _coordinates(
    scenario: Scenario,
    shape: tuple[int, ...],
    places: Sequence[Places | None],
    variants: Sequence[str] | None,
    replicates: Sequence[int] | None,
) -> dict[str, Any]:
    days = np.arange(shape[5]) - scenario.run.warm_up_days
    return {
        "draw": ["central"] if places[0] is None else np.arange(1, shape[0] + 1),
        "chain": np.arange(shape[1]),
        "variant": list(variants or variant_names_of(scenario)),
        "replicate": np.arange(shape[3]) if replicates is None else np.asarray(replicates),
        "app": [app.name for app in scenario.apps],
        "day": np.datetime64(scenario.run.start, "ns") + days.astype("timedelta64[D]"),
        "campaign_day": ("day", days),
        "age": np.arange(AGES),
        **{axis: list(labels) for axis, labels in LABELS.items()},
    }
