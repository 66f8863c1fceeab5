"""A calibration from file to folder: prior predictive, fit, checks, posterior, tables, forecast.

What is finished is kept: the mode, each chain, and what there is of a pair of chains under way. A calibration that was
interrupted goes on from there and ends with the same posterior, because a pair is a function of its number, whatever is
drawn beside it; a folder made from other data, another scenario or another program is refused.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import jax
import numpy as np
from numpy.typing import NDArray

from experiments.chain_shape import ChainShape
from experiments.likelihood import Data, Model, data_of
from experiments.lockstep import PAIR, lockstep_of
from experiments.observations import observe
from experiments.observed_quantities import QUANTITIES
from experiments.platform import cores
from experiments.priors import load_priors
from experiments.progress import Report
from experiments.reported import read_reported
from experiments.sampling import Chain, Mode, Sampler, sampler_of
from experiments.scenario import Scenario
from experiments.surrogate_plan import plan_of
from graphs.errors import InputError
from graphs.hashing import hash_normal

__all__ = ["Settings", "Stopped", "fit", "kept_shape", "model_of", "prior_draws", "stamp_of", "thinned"]

VERSION = 3
"""Raised when the surrogate or the sampler changes its numbers: chains made before are not mixed with later ones."""


class Stopped(Exception):
    """Asked to stop while chains are drawn; what was finished is kept."""


class Settings(NamedTuple):
    """How much is drawn."""

    chains: int = 4
    draws: int = 1000
    warm_up: int = 300
    seed: int = 1
    prior_draws: int = 500
    shown_draws: int = 500
    emulator: int = 0
    """Points at which the full simulation is run to correct the renewal equation; 0: it is not corrected."""
    emulator_users: int = 20_000
    """Most people of the society on which it is run."""
    check: int = 0
    """Worlds of the full simulation from which a neural posterior is learned, as a cross-check; 0: none."""


def model_of(
    scenario: Scenario,
    reported: str | Path,
    shape: ChainShape,
    until: dt.date | None = None,
    priors: str | Path | None = None,
    first: dt.date | None = None,
) -> tuple[Model, list[str]]:
    """The model of a scenario and the figures of a file that it can be held against, and notes on the others. ``first``
    is an earlier day 0 than the campaign's own (`experiments.surrogate_plan.plan_of`)."""
    known = load_priors(priors)
    plan = plan_of(scenario, shape, first=first)
    scaled = [name.removeprefix("measurer_scale.") for name in known if name.startswith("measurer_scale.")]
    rows = read_reported(reported)
    last = scenario.run.last_day
    observed, notes = observe(rows, plan.app, plan.first, last, until, scaled, file=reported)
    if not observed:
        raise InputError("no figure of this file can be held against the run", file=reported, cure="; ".join(notes))
    ranked = {
        row.window_end or row.date for row in rows if row.app == plan.app and QUANTITIES[row.quantity].kind == "rank"
    }
    silent: list[int] = []
    if any(one.functional.kind == "rank" for one in observed):
        end = min(until or last, max((one.row.window_end or one.row.date) for one in observed), scenario.campaign.end)
        days = range(max(plan.day(scenario.campaign.start), 0), plan.day(end) + 1)
        silent = [day for day in days if plan.first + dt.timedelta(days=day) not in ranked]
    return Model(plan, known, observed, tuple(silent)), notes


def kept_shape(scenario: Scenario, store: Path) -> ChainShape:
    """The shape of the scenario's first chain, made or read from the store of chains."""
    from experiments.chain_shape import shape_of
    from experiments.chain_store import kept_chain
    from experiments.chains import facts_of

    graph = kept_chain(scenario, 0, store)
    return shape_of(graph, facts_of(scenario, graph))


def stamp_of(model: Model, settings: Settings) -> str:
    """Digest of all that a chain depends on."""
    rows = [[str(part) for part in one.row[:11]] for one in model.observed]
    priors = {name: quantity.model_dump(mode="json") for name, quantity in model.priors.items()}
    shape = [np.asarray(part).tolist() for part in (*model.plan.shape.facts, *model.plan.shape[1:])]
    drawn: tuple[Any, ...] = settings[:4]
    if model.emulator is not None:
        drawn = (*drawn, hashlib.sha256(b"".join(np.asarray(part).tobytes() for part in model.emulator)).hexdigest())
    text = json.dumps(
        [VERSION, model.plan.scenario.sha256(), rows, priors, shape, list(model.silent), drawn], sort_keys=True
    )
    return hashlib.sha256(text.encode()).hexdigest()


def prior_draws(model: Any, settings: Settings) -> NDArray[np.float64]:
    """Unknowns drawn from the prior, [draws, unknowns]."""
    size = settings.prior_draws * model.size
    return hash_normal(settings.seed, 960, np.arange(size)).reshape(settings.prior_draws, model.size)


def fit(
    model: Any,
    settings: Settings,
    folder: Path,
    *,
    data: Any = None,
    stamp: str = "",
    tell: Callable[[Report], None] = lambda _: None,
    stop: Callable[[], bool] = lambda: False,
) -> tuple[list[Chain], Mode]:
    """All chains of the posterior of a `Model` or `experiments.joint_model.JointModel`: those in ``folder`` are read,
    the others drawn. ``data`` and ``stamp`` are those of a model's own figures; a model of several apps brings its own.
    Raises `Stopped` when asked to stop, InputError where the folder holds chains of something else."""
    _check_stamp(folder, stamp or stamp_of(model, settings))
    data = data_of(model.observed) if data is None else data
    tell(Report("finding the mode", 0, 0))
    mode = _mode(sampler_of(model.log_posterior, model.size), data, settings, folder)
    places = [folder / f"chain_{number}.npz" for number in range(settings.chains)]
    missing = sorted({number // PAIR for number, place in enumerate(places) if not place.exists()})
    if missing:
        _draw(model, data, mode, settings, folder, missing, tell, stop)
    chains = []
    for place in places:
        with np.load(place) as found:
            chains.append(Chain(**{name: found[name] for name in Chain._fields}))
    return chains, mode


def _draw(
    model: Any,
    data: Any,
    mode: Mode,
    settings: Settings,
    folder: Path,
    pairs: Sequence[int],
    tell: Callable[[Report], None],
    stop: Callable[[], bool],
) -> None:
    """Draw pairs of chains into ``folder``, one a core at a time."""
    tell(Report("compiling the sampler", 0, 0))
    sampler = lockstep_of(model.log_posterior, model.size, settings.draws, settings.warm_up).compiled(data)
    done = dict.fromkeys(pairs, 0)

    def one(pair: int) -> None:
        def heard(finished: int) -> None:
            done[pair] = finished
            if stop():
                raise Stopped
            tell(Report("sampling", sum(done.values()), len(pairs) * sampler.transitions, "transitions"))

        kept = folder / f"pair_{pair}.npz"
        with jax.enable_x64(True):  # it holds for a thread
            chains = sampler.draw(pair, data, mode, settings.seed, kept, heard)
        for number, chain in enumerate(chains, PAIR * pair):
            if number < settings.chains:
                _write(folder / f"chain_{number}.npz", chain._asdict())
        kept.unlink()

    with ThreadPoolExecutor(min(cores(), len(pairs))) as pool:
        list(pool.map(one, pairs))


def _mode(sampler: Sampler, data: Data, settings: Settings, folder: Path) -> Mode:
    place = folder / "mode.npz"
    if not place.exists():
        _write(place, sampler.mode(data, settings.seed)._asdict())
    with np.load(place) as found:
        return Mode(found["centre"], found["factor"], float(found["log_density"]))


def _write(place: Path, parts: dict[str, Any]) -> None:
    """Beside, then renamed: a file is whole or not there."""
    beside = place.with_suffix(".part.npz")
    np.savez(beside, **parts)
    beside.rename(place)


def _check_stamp(folder: Path, stamp: str) -> None:
    """Refuse a folder whose chains belong to something else; make one that is not there."""
    folder.mkdir(parents=True, exist_ok=True)
    place = folder / "stamp.txt"
    if place.exists() and place.read_text(encoding="utf-8").strip() != stamp:
        cure = "another folder, or remove this one: figures, scenario, priors or settings have changed since"
        raise InputError("holds chains of another calibration", field="--out", value=str(folder), cure=cure)
    place.write_text(stamp + "\n", encoding="utf-8")


def thinned(chains: Sequence[Chain], most: int) -> NDArray[np.float64]:
    """Evenly spaced draws of all chains, [at most ``most``, unknowns]."""
    z = np.concatenate([chain.z for chain in chains])
    return z[np.linspace(0, len(z) - 1, min(most, len(z))).astype(int)]
