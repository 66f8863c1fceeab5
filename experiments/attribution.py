"""Who came because of the campaign, from the activation logs of a run: classes of the attributed, halo, displaced."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

from experiments.kpi import Measure
from experiments.kpi_costs import ATTRIBUTED
from experiments.kpi_table import Estimate, estimate_of
from experiments.world_names import DESIGN, NO_CAMPAIGN, variant_names_of
from experiments.world_view import Worlds
from growth import kpis
from growth.attribution import CLASSES, FirstActivations, classify, first_activations
from growth.flows import CAUSES
from growth.intervals import Ratio, level_of

__all__ = ["attribution_table", "classes_of"]

Array = NDArray[np.float64]
_COLUMNS = ("draw", "chain", "variant", "replicate", "app", "user", "day", "round", "cause")


def classes_of(run: Any, variant: str = DESIGN) -> tuple[Array, Array | None]:
    """People of each class in every world of a variant, [samples, CLASSES], real people: central worlds, then drawn
    ones (None without draws). Samples stand as in `experiments.world_view`: draw, chain, replicate.
    """
    names = list(variant_names_of(run.scenario))
    app = [one.name for one in run.scenario.apps].index(run.scenario.campaign_app.name)
    wanted = [("app", "=", app), ("variant", "in", [names.index(NO_CAMPAIGN), names.index(variant)]), ("day", ">=", 0)]
    table = pq.read_table(run.folder / "activations.parquet", columns=list(_COLUMNS), filters=wanted)
    log = {name: table[name].to_numpy() for name in _COLUMNS}
    chains, replicates = run.central.sizes["chain"], run.central.sizes["replicate"]
    found = []
    for drawn in (False, True):
        draws = (run.draws.sizes["draw"] if run.draws is not None else 0) if drawn else 1
        each = 1 if drawn else replicates
        world = ((log["draw"] - int(drawn)).astype(np.int64) * chains + log["chain"]) * each + log["replicate"]
        side = (log["draw"] > 0) == drawn
        ours, none = (_firsts(log, world, side, names.index(name)) for name in (variant, NO_CAMPAIGN))
        found.append(classify(ours, none, draws * chains * each) * run.people_per_user if draws else None)
    return found[0], found[1]  # type: ignore[return-value]


def _firsts(log: dict[str, Any], world: Any, side: Any, variant: int) -> FirstActivations:
    rows = np.flatnonzero(side & (log["variant"] == variant))
    told = np.isin(log["cause"][rows], [CAUSES.index(cause) for cause in ATTRIBUTED])
    when = log["day"][rows].astype(np.int64) * 128 + log["round"][rows]
    return first_activations(world[rows], log["user"][rows], log["day"][rows], when, told)


def _people(name: str) -> Callable[[Array], Array]:
    return lambda counts: counts[:, CLASSES.index(name)]


def _attributed(counts: Array) -> Array:
    return counts[:, :3].sum(axis=1)


def _share(name: str) -> Callable[[Array], Ratio]:
    return lambda counts: kpis.share_of(_people(name)(counts), _attributed(counts))


_OF = "whose first activation from the campaign's start to the run's end has a cause of the campaign"
_ROWS: tuple[tuple[Measure, Callable[[Array], Ratio]], ...] = (
    (
        Measure("attributed", "people attributed to the campaign", "people", f"people {_OF}"),
        lambda counts: level_of(_attributed(counts)),
    ),
    (
        Measure("incremental", "incremental, of the attributed", "share", f"people {_OF}: never without it"),
        _share("incremental"),
    ),
    (
        Measure("pulled_forward", "pulled forward, of the attributed", "share", f"people {_OF}: later without it"),
        _share("pulled forward"),
    ),
    (
        Measure("anyway", "anyway, of the attributed", "share", f"people {_OF}: by that day without it too"),
        _share("anyway"),
    ),
    (
        Measure("cannibalisation", "cannibalisation", "share", "1 - incremental / attributed: pulled forward + anyway"),
        lambda counts: kpis.cannibalisation(_people("incremental")(counts), _attributed(counts)),
    ),
    (
        Measure("halo", "halo", "people", "incremental and not attributed"),
        lambda counts: level_of(_people("halo")(counts)),
    ),
    (
        Measure("displaced", "displaced", "people", "activated without the campaign and not with it"),
        lambda counts: level_of(_people("displaced")(counts)),
    ),
)


def attribution_table(run: Any, worlds: Worlds, variant: str = DESIGN) -> dict[str, Estimate]:
    """Classes of the attributed, cannibalisation, halo and displaced people of one variant, by id."""
    fixed, drawn = classes_of(run, variant)
    return {
        measure.id: estimate_of(measure, worlds, [of(fixed)], [of(drawn)] if drawn is not None else None)
        for measure, of in _ROWS
    }
