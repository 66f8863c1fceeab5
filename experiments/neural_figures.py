"""What measurers would print of worlds of the full simulation: the data that a neural posterior learns from.

Every likelihood of `experiments/likelihood.py` draws its own data here: a measurer's scale and definition, noise,
printed digits, places on the charts. A figure that is a number becomes a condition of the posterior (its log; of a
place also whether it is off the chart). A statement (*more than*, worse than a place, a day on which no place was
printed) is the same in every data set that is asked about: each world is weighed by its probability, which is exact and
draws nothing.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from experiments import ranks
from experiments.emulator import CURVES, SHOWN, ridge
from experiments.likelihood import CHART_LENGTH, Model, data_of, log_between, log_places
from experiments.observations import Observed
from experiments.predictive import days_shown
from graphs.errors import InputError
from graphs.hashing import hash_normal, hash_uniform

__all__ = ["Printed", "calmed", "curve_of", "digits_of", "printed_of", "reported_of", "usable"]


class Printed(NamedTuple):
    """Of N worlds seen by measurers."""

    condition: NDArray[np.float64]  # [N, conditions] figures that are numbers
    log_weight: NDArray[np.float64]  # [N] log probability of the statements
    names: list[str]  # [conditions]


def usable(model: Model) -> None:
    """Raise InputError where figures of this file cannot be drawn from the full simulation, or none is a number."""
    funnels = [one for one in model.observed if one.functional.kind == "funnel"]
    if funnels:
        lines = ", ".join(str(one.row.line) for one in funnels)
        cure = f"leave --check away, or lines {lines} out of the reported figures"
        raise InputError("a team's own funnel is not drawn by the cross-check", field="--check", value=lines, cure=cure)
    if not any(_is_number(one) for one in model.observed):
        raise InputError("no figure is a number: nothing to learn from", field="--check", cure="leave --check away")


def _is_number(one: Observed) -> bool:
    return one.row.relation == "=" and one.functional.kind in ("count", "rank", "surge")


def _kind(model: Model, kind: str) -> list[Observed]:
    return [one for one in model.observed if one.functional.kind == kind]


def digits_of(one: Observed) -> int:
    """Significant digits that a printed count shows, from 1."""
    step = one.high - one.low
    return max(1, round(float(np.floor(np.log10(one.row.value)) - np.log10(step))) + 1)


def curve_of(model: Model, outputs: NDArray, name: str) -> NDArray:
    """A series of `experiments.emulator_design.simulated` by day, the standing world last, [N, T + 1]."""
    width = model.plan.days + 1
    first = len(_kind(model, "count")) + len(SHOWN) * len(days_shown(model)) + CURVES.index(name) * width
    return outputs[:, first : first + width]


def calmed(places: NDArray, outputs: NDArray, again: NDArray, people_per_user: float) -> NDArray[np.float64]:
    """Outputs [N, O] of worlds at ``places`` [N, numbers] with the luck of the society that they stand for.

    A sample of one person in w has w times the variance of its society. ``again`` [n, O] are second worlds of the first
    n points: what differs in a pair is luck. Every log output is drawn towards its regression on the places and their
    squares (leave-one-out) until the residual has lost that much variance; where everybody is simulated nothing moves.
    Half of the variance that is lost is added: the mean of a lucky number, not the mean of its log, is kept.
    """
    if people_per_user <= 1:
        return outputs
    half = 0.5 * people_per_user
    log, pair = (np.log(part + half) for part in (outputs, again))
    seen = np.isfinite(log).all(axis=0) & np.isfinite(pair).all(axis=0)
    whole = np.where(seen, log, 0.0)
    _, _, residual = ridge(np.concatenate([places, places**2], axis=1), whole)
    luck = ((whole[: len(pair)] - np.where(seen, pair, 0.0)) ** 2).mean(axis=0) / 2
    variance = np.maximum((residual**2).mean(axis=0), 1e-300)
    lost = np.minimum(luck * (1 - 1 / people_per_user), variance)
    kept = np.sqrt((variance - lost) / variance)
    return np.where(seen, np.maximum(np.exp(whole - (1 - kept) * residual + lost / 2) - half, 0.0), outputs)


def printed_of(model: Model, z: NDArray, outputs: NDArray, least: float, seed: int) -> Printed:
    """What is printed of worlds with ``outputs`` [N, O] whose unknowns are ``z`` [N, unknowns]; counts are taken to be
    at least ``least``. Figures keep the order of the model's. Raises InputError where a run does not reach back far
    enough."""
    centre = _centres(model, z, outputs, least)
    means, phi, quiet = _charts(model, z, outputs, seed)
    told = {"count": centre, "rank": means["rank"], "surge": means["surge"]}
    log_weight = quiet.copy()
    columns: list[NDArray] = []
    names: list[str] = []
    sigma, data = model.priors["measurer.sigma"].value, data_of(model.observed)
    spans = {"rank": (data.rank_low, data.rank_high), "surge": (data.surge_low, data.surge_high)}
    at = dict.fromkeys(told, 0)
    for number, one in enumerate(model.observed):
        kind = one.functional.kind
        mean, place = told[kind][:, at[kind]], at[kind]
        at[kind] += 1
        if kind == "count" and not _is_number(one):
            ends = float(data.log_low[place]), float(data.log_high[place])
            log_weight += np.asarray(log_between(*ends, jnp.asarray(mean), sigma))
        elif not _is_number(one):
            low, high = (np.full(len(z), span[place]) for span in spans[kind])
            log_weight += np.asarray(log_places(jnp.asarray(mean), jnp.asarray(phi), low, high))
        elif kind == "count":
            noise = sigma * hash_normal(seed, 991, number, np.arange(len(z)))
            columns.append(_log_rounded(np.exp(mean + noise), digits_of(one)))
            names.append(one.name)
        else:
            uniform = hash_uniform(seed, 992, number, np.arange(len(z)))
            drawn = np.minimum(ranks.draw_rank(uniform, mean, phi), CHART_LENGTH + 1)
            columns += _of_place(drawn)
            names += [one.name, f"{one.name}: off the chart"]
    return Printed(np.stack(columns, axis=1), log_weight, names)


def reported_of(model: Model) -> NDArray[np.float64]:
    """The figures as they were reported, in the form of `Printed.condition`, [conditions]."""
    columns: list[Any] = []
    for one in model.observed:
        if _is_number(one) and one.functional.kind == "count":
            columns.append(np.log(one.row.value))
        elif _is_number(one):
            columns += _of_place(np.minimum(one.row.value, CHART_LENGTH + 1))
    return np.array(columns, float)


def _of_place(rank: Any) -> list[Any]:
    """A place as conditions: its log, and whether it is off the chart."""
    return [np.log(rank), np.where(np.asarray(rank) > CHART_LENGTH, 1.0, 0.0)]


def _log_rounded(figures: NDArray, digits: int) -> NDArray:
    step = 10.0 ** (np.floor(np.log10(figures)) - digits + 1)
    return np.log(np.maximum(np.round(figures / step), 1.0) * step)


def _centres(model: Model, z: NDArray, outputs: NDArray, least: float) -> NDArray:
    """Log of what each count is expected to read, [N, counts]."""
    counts = _kind(model, "count")
    figures = outputs[:, : len(counts)]
    missing = [one for at, one in enumerate(counts) if not np.isfinite(figures[:, at]).all()]
    if missing:
        cure = "run.warm_up_days = 30, so that a MAU of the standing world can be counted"
        raise InputError("the run does not reach back far enough", field="--check", value=missing[0].name, cure=cure)
    if not counts:
        return np.zeros((len(z), 0))
    seen = jax.jit(jax.vmap(lambda row: jnp.stack([model.seen_by(row, one) for one in counts])))(jnp.asarray(z))
    return np.log(np.maximum(figures, least)) + np.asarray(seen)


def _charts(model: Model, z: NDArray, outputs: NDArray, seed: int) -> tuple[dict[str, NDArray], NDArray, NDArray]:
    """Mean number of competitors above on the days of ranks [N, ranks] and of surges [N, surges], the dispersion [N],
    and the log probability of the days without a printed place [N]."""
    charts, surges, n = _kind(model, "rank"), _kind(model, "surge"), len(z)
    days = np.array([max(one.last, -1) for one in charts], int)
    silent = np.array(model.silent, int)

    def one(row: Any, installs: Any) -> Any:
        run: Any = SimpleNamespace(installs=installs[:-1], base_installs=installs[-1])
        above, phi = model.above_at(row, run)
        quiet = jax.vmap(lambda mean: ranks.log_silent(model.printed(), mean, phi))(above[silent]).sum()
        growing = model.surging(row, run) if surges else jnp.zeros((0, 2))
        return above[days], growing, phi, quiet if len(silent) else jnp.zeros(())

    told = jax.jit(lambda *both: jax.lax.map(lambda pair: one(*pair), both))
    above, growing, phi, quiet = (
        np.asarray(part) for part in told(jnp.asarray(z), jnp.asarray(curve_of(model, outputs, "installs")))
    )
    weekly = hash_uniform(seed, 993, np.arange(n * len(surges))).reshape(n, len(surges)) < 0.5
    means = {"rank": above, "surge": np.where(weekly, growing[..., 1], growing[..., 0])}
    return means, phi, quiet
