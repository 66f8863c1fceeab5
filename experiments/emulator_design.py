"""Design points of the emulator: worlds of the full simulation at numbers chosen, beside the renewal equation there.

Batches of worlds are kept in a folder as they are finished; the same design goes on from there.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from numpy.typing import NDArray
from scipy.special import ndtr

from experiments.emulator import CURVES, SHOWN, Emulator, features, learn, read_emulator, write_emulator
from experiments.functionals import count_of
from experiments.likelihood import Model
from experiments.observations import Observed
from experiments.predictive import days_shown
from experiments.priors import places_of, scenario_values
from experiments.progress import Report
from experiments.scenario import Scenario
from experiments.surrogate import active_users, course
from experiments.surrogate_plan import Plan, plan_of
from graphs.errors import InputError

__all__ = ["REPLICATES", "emulator_of", "needed_of", "outputs_of", "possible", "resized", "simulated", "worlds"]

REPLICATES = 2
"""Worlds at each design point: their spread is luck."""
_BATCH = 32  # worlds that are run and kept at a time
_SERIES = {"active": "dau", "new": "new", "reactivated": "reactivated", "installs": "new"}
_EVENTS = ("draws", "tasks", "claims")


def resized(scenario: Scenario, users: int | None) -> Scenario:
    """The scenario without draws, replicates and variants of its own, on a society of at most ``users``."""
    run = scenario.run.model_copy(update={"parameter_draws": 0})
    chain = scenario.chain
    if users is not None and getattr(chain, "users", 0) > users:
        chain = chain.model_copy(update={"users": users})
    return scenario.model_copy(update={"run": run, "chain": chain, "variants": ()})


def worlds(
    memory: Any,
    model: Model,
    z: NDArray,
    folder: Path,
    *,
    first: int,
    replicates: int = 1,
    tell: Callable[[Report], None] = lambda _: None,
    stop: Callable[[], bool] = lambda: False,
) -> NDArray[np.float64]:
    """Outputs of the full simulation at ``z`` [points, numbers], float64[points, replicates, O], in people and events.

    ``memory`` an `experiments.in_memory.InMemory` of the scenario; each world has luck of its own, numbered from
    ``first``. Finished batches are kept in ``folder``. Raises `experiments.calibrate.Stopped` when asked to stop,
    InputError for a folder of another design.
    """
    from experiments.calibrate import Stopped

    text = [model.plan.scenario.sha256(), memory.scenario.sha256(), [one.name for one in model.observed], first]
    digest = hashlib.sha256(json.dumps(text).encode() + np.ascontiguousarray(z).tobytes()).hexdigest()
    _same(folder, f"{digest} {replicates}\n")
    places = _places(model, np.repeat(z, replicates, axis=0))
    parts = []
    for start in range(0, len(places), _BATCH):
        place = folder / f"worlds_{start:05d}.npy"
        if not place.exists():
            if stop():
                raise Stopped
            tell(Report("full simulation", start, len(places), "worlds"))
            mine = places[start : start + _BATCH]
            with jax.enable_x64(False):
                memory.draw(mine)
                data = memory.dataset([0], draws=range(len(mine)), variants=["design"], own_luck=first + start)
            told = simulated(model, data)
            beside = place.with_suffix(".part.npy")
            np.save(beside, told)
            beside.rename(place)
        parts.append(np.load(place))
    return np.concatenate(parts).reshape(len(z), replicates, -1)


def _places(model: Model, z: NDArray) -> list[dict[str, float]]:
    """Points [points, numbers] as places of a run."""
    names = [prior.name for prior in model.of_scenario]
    told = np.asarray(places_of([prior.quantity for prior in model.of_scenario], ndtr(z)))
    return [dict(zip(names, map(float, row), strict=True)) for row in told]


def _same(folder: Path, stamp: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    place = folder / "design.txt"
    if place.exists() and place.read_text(encoding="utf-8") != stamp:
        cure = "another folder, or remove this one: scenario, figures or design points have changed since"
        raise InputError("holds worlds of another design", value=str(folder), cure=cure)
    place.write_text(stamp, encoding="utf-8")


def simulated(model: Model, data: Any) -> NDArray[np.float64]:
    """Outputs of worlds of a dataset, [worlds, O]: reported counts, `SHOWN` on the days shown, `CURVES` by day of the
    plan with the day before it as the standing world. NaN where the run does not reach back far enough."""
    plan, shown = model.plan, days_shown(model)
    one = data.isel(chain=0, variant=0, replicate=0).sel(app=plan.app)
    offset = (plan.first - plan.scenario.run.first_day).days
    days = np.append(np.arange(offset, offset + plan.days), offset - 1)
    came = one["activations"].sum("cause")
    series = {
        "dau": one["dau"],
        "wau": one["wau"],
        "mau": one["mau"],
        "new": came.sel(kind="new"),
        "reactivated": came.sel(kind="reactivated"),
        "installs": one["installs"],  # those who had removed the app as well: a store counts them
        "draws": one["draws"],
        "tasks": one["ai_tasks"],
        "claims": one["claims"].sum("channel"),
    }
    table = {}
    for name, part in series.items():
        whole = np.asarray(part.transpose("draw", "day").to_numpy(), float)
        table[name] = np.where(days >= 0, whole[:, np.maximum(days, 0)], np.nan)
    figures = [_figure(plan, table, item) for item in _counts(model)]
    shape = (len(figures), one.sizes["draw"])
    parts = [np.reshape(figures, shape).T, *(table[name][:, shown] for name in SHOWN)]
    return np.concatenate([*parts, *(table[name] for name in CURVES)], axis=1)


def _counts(model: Model) -> list[Observed]:
    return [one for one in model.observed if one.functional.kind == "count"]


def _figure(plan: Plan, table: dict[str, NDArray], one: Observed) -> NDArray:
    """A reported count as `experiments.functionals.count_of` has it, [worlds]."""
    functional, last = one.functional, min(one.last, plan.days - 1)
    if functional.variable == "active" and functional.over == "day":
        return table[{1: "dau", 7: "wau", 30: "mau"}[functional.window]][:, last if last >= 0 else -1]
    variable = functional.variable
    part = table[variable if variable in _EVENTS else _SERIES[variable]][:, max(one.first, 0) : last + 1]
    return part.max(axis=1) if functional.over == "peak" else part.sum(axis=1)


def outputs_of(model: Model, plan: Plan) -> Callable[[Any], tuple[Any, Any]]:
    """The jitted function from z [points, numbers] to features [points, ...] and log outputs [points, O] of the
    renewal equation on ``plan`` (the design's own society)."""
    horizon, shown, counts = model.fitted_plan.days, days_shown(model), _counts(model)

    def one(z: Any) -> tuple[Any, Any]:
        drawn = scenario_values([prior.quantity for prior in model.of_scenario], z)
        v = {**model.central, **{prior.name: drawn[at] for at, prior in enumerate(model.of_scenario)}}
        run = course(plan, v)
        told = [count_of(plan, run, item) for item in counts]
        told += [active_users(plan, run, day, window) for window in (7, 30) for day in shown]
        curves = [
            jnp.append(run.dau, run.base_dau),
            jnp.append(run.activations[:4].sum(axis=0), run.base_installs),
            jnp.append(run.activations[4:].sum(axis=0), run.inflow - run.base_installs),
            jnp.append(run.installs, run.base_installs),
        ]
        whole = jnp.concatenate([jnp.stack(told), *curves])
        return features(z, run, horizon), jnp.log(jnp.maximum(whole, 1e-6))

    return jax.jit(lambda z: lax.map(one, z))


def needed_of(model: Model) -> NDArray[np.int64]:
    """Outputs that a fit looks at: the counts, and installs on the days of ranks."""
    n, width = len(_counts(model)), model.plan.days + 1
    days = {max(one.last, -1) % width for one in model.observed if one.functional.kind == "rank"}
    first = n + len(SHOWN) * len(days_shown(model)) + CURVES.index("installs") * width
    return np.array([*range(n), *(first + day for day in sorted(days))], int)


def emulator_of(
    model: Model,
    z: NDArray,
    folder: Path,
    *,
    users: int | None = None,
    first: int = 0,
    tell: Callable[[Report], None] = lambda _: None,
    stop: Callable[[], bool] = lambda: False,
) -> Emulator:
    """The correction of a model, learned at ``z`` [points, numbers] on a society of at most ``users``; kept in
    ``folder``, resumable. Luck is numbered from ``first``. Raises as `worlds`."""
    from experiments.chain_shape import shape_of
    from experiments.in_memory import InMemory

    scenario = resized(model.plan.scenario, users)
    with jax.enable_x64(False):
        memory = InMemory(scenario)
    z = possible(memory, model, z)
    theirs = worlds(memory, model, z, folder, first=first, replicates=REPLICATES, tell=tell, stop=stop)
    place = folder / "emulator.npz"
    if not place.exists():
        tell(Report("learning the correction", 0, 0))
        plan = plan_of(model.plan.scenario, shape_of(memory.graph, memory.worlds.facts))
        with jax.enable_x64(True):
            found, ours = (np.asarray(part) for part in outputs_of(model, plan)(jnp.asarray(z)))
        sizes = (len(_counts(model)), plan.days, len(days_shown(model)), model.fitted_plan.days)
        unknown = model.priors["surrogate.sigma"].value
        told = learn(found, ours, theirs, memory.people_per_user, sizes, needed_of(model), unknown)
        write_emulator(place, told)
    return read_emulator(place)


def possible(memory: Any, model: Model, z: NDArray) -> NDArray:
    """Points at which the standing world fits; raises InputError where hardly any does."""
    from experiments.worlds import World

    kept = []
    for row in z:
        memory.draw(_places(model, row[None]))
        try:
            for app in range(memory.worlds.apps):
                memory.worlds.lane(World(0, 0, memory.variants.index("design"), 0), app)
            kept.append(row)
        except InputError:
            continue
    if len(kept) < 0.8 * len(z):
        raise InputError("one design point in five cannot be simulated", field="--emulator", cure="narrower ranges")
    return np.array(kept)
