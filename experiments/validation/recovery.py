"""Data sets whose truth is known, made by the full simulation of a small town, and the posterior of each.

Truth is drawn from the prior; the town is simulated with luck of its own; measurers print what they see of it by the
laws of `experiments/ranks.py`. The fit is that of `growth calibrate` with an emulator, whose design is drawn from the
prior and shared by all data sets; all are fitted by one compiled function. What is finished stays in a folder.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from importlib import resources
from pathlib import Path
from queue import Queue
from types import SimpleNamespace
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from experiments import ranks
from experiments.calibrate import model_of
from experiments.diagnostics import bulk_ess
from experiments.emulator import CURVES, SHOWN
from experiments.emulator_design import emulator_of, worlds
from experiments.known_answers import known_answer
from experiments.likelihood import Data, Model, data_of
from experiments.observations import Observed
from experiments.predictive import days_shown
from experiments.progress import Report
from experiments.sampling import Sampler, sampler_of
from experiments.scenario import Scenario
from graphs.hashing import hash_normal, hash_uniform
from growth.streams import root_key

__all__ = ["LEVELS", "Found", "Study", "data_set", "study", "town", "truths"]

LEVELS = (0.05, 0.25, 0.75, 0.95)
"""Posterior quantiles that are kept: the ends of the 90 % and of the 50 % interval."""
_TOWN = "calibration_town"
_SEED = 20_260_302
_DIGITS = 3  # of a printed count
_FIRST_SET = 100_000  # luck of the first data set; the design's is numbered from 0


class Study(NamedTuple):
    """How large: points of the emulator's design, and draws of the chain of each data set."""

    points: int = 256
    draws: int = 300
    warm_up: int = 200
    thin: int = 5


class Found(NamedTuple):
    """Of N data sets and P unknowns."""

    names: list[str]
    place: NDArray[np.float64]  # [N, P] share of the thinned draws below the truth, made continuous
    quantiles: NDArray[np.float64]  # [N, levels, P]
    truth: NDArray[np.float64]  # [N, P]
    variance: NDArray[np.float64]  # [N, P]
    least_ess: NDArray[np.float64]  # [N]
    divergent: NDArray[np.float64]  # [N]
    seconds: NDArray[np.float64]  # [N]
    design_seconds: float


def truths(sets: int, size: int) -> NDArray[np.float64]:
    """Unknowns of every data set drawn from the prior, [sets, size]; those of the first sets stay as they are when
    there are more."""
    return hash_normal(_SEED, 981, np.arange(sets)[:, None], np.arange(size)[None, :])


def town(users: int | None = None) -> Scenario:
    """The calibration town, or one of so many people, in which everything that is counted in people is larger alike."""
    scenario = known_answer(_TOWN)
    if users is None:
        return scenario
    chain: Any = scenario.chain
    times = users / chain.users

    def larger(table: Any, *names: str) -> Any:
        numbers = {name: getattr(table, name) for name in names}
        ends = {
            name: {end: getattr(one, end) * times for end in ("value", "low", "high") if getattr(one, end) is not None}
            for name, one in numbers.items()
        }
        return table.model_copy(update={name: one.model_copy(update=ends[name]) for name, one in numbers.items()})

    app = scenario.campaign_app
    base = larger(app.base, "dau", "dormant", "uninstalled")
    changes = {
        "chain": chain.model_copy(update={"users": users, "population": users}),
        "apps": (app.model_copy(update={"base": base}),),
        "reaches": tuple(larger(one, "people_per_day") for one in scenario.reaches),
        "pools": tuple(larger(one, "total_yuan") for one in scenario.pools),
    }
    return scenario.model_copy(update=changes)


def study(
    folder: Path,
    sets: int,
    sizes: Study | None = None,
    users: int | None = None,
    tell: Callable[[Report], None] = lambda _: None,
) -> Found:
    """Make and fit the data sets that the folder does not hold yet. Raises InputError for another study's folder."""
    from experiments.chain_shape import shape_of
    from experiments.in_memory import InMemory

    sizes, scenario, began = sizes or Study(), town(users), time.monotonic()
    memory = InMemory(scenario)
    with resources.as_file(resources.files("experiments") / "known_answers" / f"{_TOWN}.csv") as reported:
        plain = model_of(scenario, reported, shape_of(memory.graph, memory.worlds.facts))[0]
    count = len(plain.of_scenario)
    points = hash_normal(_SEED, 982, np.arange(sizes.points * count)).reshape(sizes.points, count)
    told = emulator_of(plain, points, folder / "design", tell=tell)
    design_seconds = time.monotonic() - began
    truth = truths(sets, plain.size)
    model = replace(plain, emulator=told)
    place = folder / ("sets_" + "_".join(map(str, sizes)))
    place.mkdir(parents=True, exist_ok=True)
    with jax.enable_x64(True):
        sampler = sampler_of(model.log_posterior, model.size, sizes.draws, sizes.warm_up)
        parts = []
        for start in range(0, sets, 32):
            files = [place / f"set_{number:05d}.npz" for number in range(start, min(start + 32, sets))]
            if not all(file.exists() for file in files):
                # Batches are always of 32 worlds, so that a study of more sets finds those of a smaller one.
                whole = truths(start + 32, plain.size)[start:, :count]
                towns = worlds(memory, plain, whole, folder / f"towns_{start:05d}", first=_FIRST_SET + start, tell=tell)
                tell(Report("fitting data sets", start, sets, "data sets"))
                todo = [start + at for at, file in enumerate(files) if not file.exists()]
                data = [data_set(plain, truth[number], towns[number - start, 0], number) for number in todo]

                def fitted(at: int, todo: Any = todo, data: Any = data) -> None:
                    told = _fitted(sampler, data[at], truth[todo[at]], todo[at], sizes)
                    _write(place / f"set_{todo[at]:05d}.npz", told)

                _beside_one_another(fitted, len(todo))
            parts += [dict(np.load(file)) for file in files]
    tell(Report("fitting data sets", sets, sets, "data sets"))
    joined = {name: np.stack([part[name] for part in parts]) for name in parts[0]}
    return Found(plain.names, truth=truth, design_seconds=design_seconds, **joined)


def _beside_one_another(work: Callable[[int], None], count: int) -> None:
    """Each piece of work in its turn on the first device that is free."""
    free: Queue[Any] = Queue()
    for device in jax.devices():
        free.put(device)

    def on_one(at: int) -> None:
        device = free.get()
        try:
            with jax.enable_x64(True), jax.default_device(device):
                work(at)
        finally:
            free.put(device)

    with ThreadPoolExecutor(len(jax.devices())) as pool:
        for done in pool.map(on_one, range(count)):
            assert done is None


def data_set(model: Model, z: NDArray, outputs: NDArray, number: int) -> Data:
    """What measurers print of a town with ``outputs`` of `experiments.emulator_design.simulated` whose unknowns are
    ``z``: counts with their scale, definition, noise and digits, and ranks of the chart."""
    counts = [one for one in model.observed if one.functional.kind == "count"]
    charts = [one for one in model.observed if one.functional.kind == "rank"]
    noise = model.priors["measurer.sigma"].value * hash_normal(_SEED, 983, number, np.arange(len(counts)))
    seen = np.array([float(model.seen_by(jnp.asarray(z), one)) for one in counts])
    figures = np.maximum(outputs[: len(counts)], 0.5) * np.exp(seen + noise)
    step = 10.0 ** (np.floor(np.log10(figures)) - _DIGITS + 1)
    printed = np.round(figures / step) * step
    width = model.plan.days + 1
    first = len(counts) + len(SHOWN) * len(days_shown(model)) + CURVES.index("installs") * width
    installs = jnp.asarray(outputs[first : first + width])
    above, phi = model.above_at(jnp.asarray(z), SimpleNamespace(installs=installs[:-1], base_installs=installs[-1]))
    days = np.array([max(one.last, -1) for one in charts], int)
    uniform = hash_uniform(_SEED, 984, number, np.arange(len(days)))
    places = ranks.draw_rank(uniform, np.asarray(above)[days], float(phi))
    told: list[Observed] = [
        one._replace(row=one.row._replace(value=value), low=value - half, high=value + half)
        for one, value, half in zip(counts, printed, step / 2, strict=True)
    ]
    told += [one._replace(row=one.row._replace(value=float(r))) for one, r in zip(charts, places, strict=True)]
    return Data(*(np.asarray(part) for part in data_of(told)))


def _fitted(sampler: Sampler, data: Data, truth: NDArray, number: int, sizes: Study) -> dict[str, Any]:
    """Rank of the truth, quantiles and checks of one data set's posterior; unknowns that are the emulator's own have no
    truth."""
    began = time.monotonic()
    mode = sampler.mode(data, number)
    chain = sampler.draw(np.asarray(root_key(_SEED, number)), data, mode, _SEED, number)
    z = chain.z[:, : len(truth)]
    thin = z[:: sizes.thin]
    jitter = hash_uniform(_SEED, 985, number, np.arange(len(truth)))
    return {
        "place": ((thin < truth).sum(axis=0) + jitter) / (len(thin) + 1),
        "quantiles": np.quantile(z, LEVELS, axis=0),
        "variance": z.var(axis=0, ddof=1),
        "least_ess": bulk_ess(z[None]).min(),
        "divergent": chain.divergent.mean(),
        "seconds": time.monotonic() - began,
    }


def _write(file: Path, told: dict[str, Any]) -> None:
    beside = file.with_suffix(".part.npz")
    np.savez(beside, **told)
    beside.rename(file)
