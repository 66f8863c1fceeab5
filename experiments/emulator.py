"""What the full simulation says of a campaign over what the renewal equation says, regressed on the unknowns.

The renewal equation leaves out clustering, what people remember, inviters who stay. At design points both are run; the
log ratio of every reported figure, and of the curves of a forecast, is regressed (ridge, penalty by leave-one-out) on
the numbers of the scenario, their squares, and how much of the course is by invitation. What the regression does not
explain stays in the posterior as noise: its common part as unknowns of its own, the rest beside the measurer's noise.

A replicate of a sample of one person in w has w times the variance of the society that it stands for, so that luck is
carried at 1/w of what was seen between replicates: in full where the simulation is of everybody. Where luck is taken
off the residual, one standard error of that difference stays in the noise: an error of the renewal equation that is
smaller than the luck of the design cannot be seen, and is not said to be nought.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from experiments.surrogate import Course

__all__ = ["CURVES", "SHOWN", "Emulator", "features", "learn", "read_emulator", "ridge", "shifts", "write_emulator"]

SHOWN = ("wau", "mau")
"""Series that are corrected on the days on which they are told."""
CURVES = ("dau", "new", "reactivated", "installs")
"""Series that are corrected on every day, with the standing world as one day more."""
COMPONENTS = 4
"""Most unknowns that the residual becomes."""
_KEPT = 0.9  # of the residual's variance: the rest, a little in every output, is each figure's own
_PENALTIES = np.geomspace(1e-3, 1e4, 22)  # of standardised features, times the number of points
_FAR = 3.0  # standard deviations of a feature beyond which its effect levels off


class Emulator(NamedTuple):
    """A learned correction of O log outputs: n figures, `SHOWN` on D days, then `CURVES` on T days and in the standing
    world."""

    centre: NDArray[np.float64]  # [features]
    scale: NDArray[np.float64]  # [features]
    mean: NDArray[np.float64]  # [O]
    slope: NDArray[np.float64]  # [features, O]
    loading: NDArray[np.float64]  # [components, O] of the residual
    left: NDArray[np.float64]  # [O] standard deviation of the residual beside its components
    error: NDArray[np.float64]  # [O] of the regression, leave-one-out: what was not explained, luck included
    before: NDArray[np.float64]  # [O] root mean square of the log ratio before it
    sizes: NDArray[np.int64]  # n, T, D, days that the features look at, design points

    @property
    def horizon(self) -> int:
        """Days that the features look at."""
        return int(self.sizes[3])

    @property
    def components(self) -> int:
        """Unknowns of the residual."""
        return len(self.loading)


def features(z: Any, run: Course, days: int) -> Any:
    """What the correction depends on, [2 numbers + 4]: places z of the scenario's numbers, their squares, shares of the
    new and of the returned who were invited in the first ``days`` days, and both squared. Traced."""
    came = run.activations[:, :days].sum(axis=1)
    invited = jnp.stack([came[3] / (came[:4].sum() + 1.0), came[7] / (came[4:].sum() + 1.0)])
    return jnp.concatenate([z, z * z, invited, invited * invited])


def shifts(told: Emulator, found: Any, residual: Any) -> tuple[Any, dict[str, Any]]:
    """Log of the full simulation over the renewal equation, traced: of the figures [n], and by name of `SHOWN` [D] and
    `CURVES` [T + 1, the standing world last]. ``found`` of `features`; ``residual`` [components] standard normals."""
    far = _level(jnp, (found - told.centre) / told.scale)
    whole = told.mean + far @ told.slope + residual @ told.loading
    n, days, shown = (int(size) for size in told.sizes[:3])
    ends = np.cumsum([n, *[shown] * len(SHOWN), *[days + 1] * len(CURVES)])
    parts = zip((*SHOWN, *CURVES), ends[:-1], ends[1:], strict=True)
    return whole[:n], {name: whole[start:end] for name, start, end in parts}


def learn(
    found: NDArray, ours: NDArray, theirs: NDArray, people_per_user: float, sizes: tuple[int, int, int, int],
    needed: NDArray, unknown: float,
) -> Emulator:  # fmt: skip
    """The correction from design points.

    ``found`` [points, features]; ``ours`` [points, O] log outputs of the renewal equation, ``theirs``
    [points, replicates, O] counts of the full simulation in people; NaN where the run does not reach back far enough:
    such an output is left as it is, with a residual of ``unknown``. ``needed`` are the outputs that a fit uses: the
    residual's components are those of these. ``sizes``: the first four of `Emulator.sizes`.
    """
    half = 0.5 * people_per_user
    replicates = theirs.shape[1]
    seen = np.isfinite(theirs).all(axis=(0, 1))
    ratio = np.where(seen, np.log(theirs.mean(axis=1) + half) - np.log(np.exp(ours) + half), 0.0)
    centre, scale = found.mean(axis=0), found.std(axis=0)
    scale = np.where(scale > 1e-9, scale, 1.0)
    mean, slope, residual = ridge(_level(np, (found - centre) / scale), ratio)
    covariance = residual.T @ residual / len(residual)
    doubt = np.zeros(ratio.shape[1])
    if replicates > 1:
        each = np.where(seen, np.log(theirs + half), 0.0)
        within = (each - each.mean(axis=1, keepdims=True)).reshape(-1, ratio.shape[1])
        luck = within.T @ within / (len(within) * (replicates - 1) / replicates)
        taken = max(1 / replicates - 1 / people_per_user, 0.0)
        whole, luck_in_it = np.diag(covariance), taken * np.diag(luck)
        doubt = replicates * taken * np.sqrt(2 / len(residual)) * np.hypot(whole, luck_in_it)
        covariance = covariance + luck * (1 / people_per_user - 1 / replicates)
    loading, left = _components(covariance, needed[seen[needed]])
    left = np.sqrt(left**2 + doubt)
    return Emulator(
        centre,
        scale,
        mean,
        slope,
        np.where(seen, loading, 0.0),
        np.where(seen, left, unknown),
        residual.std(axis=0),
        np.sqrt((ratio**2).mean(axis=0)),
        np.array([*sizes, len(found)]),
    )


def _level(xp: Any, far: Any) -> Any:
    """Standardised features, levelled off far from the design."""
    return _FAR * xp.tanh(far / _FAR)


def ridge(x: NDArray, y: NDArray) -> tuple[NDArray, NDArray, NDArray]:
    """Intercept [O], slope [features, O], leave-one-out residual [points, O] of ridge regressions, each output with
    the penalty that leaves it the least residual; the intercept is free."""
    n = len(x)
    middle, level = x.mean(axis=0), y.mean(axis=0)
    u, d, v = np.linalg.svd(x - middle, full_matrices=False)
    part = u.T @ (y - level)
    best = np.full(y.shape[1], np.inf)
    slope, residual = np.zeros((x.shape[1], y.shape[1])), np.zeros_like(y)
    for penalty in n * _PENALTIES:
        shrink = d**2 / (d**2 + penalty)
        hat = 1 / n + (u * u) @ shrink
        left = ((y - level) - u @ (shrink[:, None] * part)) / (1 - np.minimum(hat, 0.999))[:, None]
        size = (left**2).sum(axis=0)
        better = size < best
        best = np.where(better, size, best)
        residual[:, better] = left[:, better]
        slope[:, better] = (v.T @ ((d / (d**2 + penalty))[:, None] * part))[:, better]
    return level - middle @ slope, slope, residual


def _components(covariance: NDArray, needed: NDArray) -> tuple[NDArray, NDArray]:
    """Loadings [components, O] of the residual's components among ``needed`` outputs, and what each output keeps."""
    values, vectors = np.linalg.eigh(covariance[np.ix_(needed, needed)])
    values, vectors = np.maximum(values[::-1], 0.0), vectors[:, ::-1]
    share = np.cumsum(values) / max(values.sum(), 1e-300)
    count = min(int(np.searchsorted(share, _KEPT)) + 1, COMPONENTS, int((values > 1e-12).sum()))
    sizes = np.sqrt(values[:count])
    loading = (covariance[:, needed] @ vectors[:, :count] / sizes).T
    loading[:, needed] = sizes[:, None] * vectors[:, :count].T
    left = np.sqrt(np.maximum(np.diag(covariance) - (loading**2).sum(axis=0), 0.0))
    return loading, left


def write_emulator(place: Path, told: Emulator) -> None:
    """Write beside, then rename: the file is whole or not there."""
    beside = place.with_suffix(".part.npz")
    np.savez(beside, **told._asdict())
    beside.rename(place)


def read_emulator(place: Path) -> Emulator:
    """Read what `write_emulator` wrote."""
    with np.load(place) as found:
        return Emulator(**{name: found[name] for name in Emulator._fields})
