"""`growth calibrate --check`: the posterior again by another road, and where the two disagree.

A neural posterior on the full simulation shares with HMC the priors, the measurers and the figures; it has neither
the renewal equation nor its correction nor a chain. Worlds are drawn from the prior, in the identified numbers of the
scenario within a box about the posterior that HMC found, twice as wide as its 99 % interval: a prior cut off where the
posterior has no mass leaves the posterior as it is (Deistler, Goncalves and Macke 2022, arXiv 2210.04815), and draws
that crowd at an end of the box are said to. Only what the data tell is learned: the identified unknowns, one that they
do not tell as a control, and people brought in. All others are drawn and thereby integrated out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib import resources
from pathlib import Path
from typing import Any, NamedTuple

import jax
import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from experiments.calibrate import Settings
from experiments.calibration_tables import contraction
from experiments.defaults import read_defaults
from experiments.emulator_design import possible, resized, worlds
from experiments.likelihood import Model
from experiments.neural_figures import calmed, curve_of, printed_of, reported_of, usable
from experiments.neural_flow import Examples, Training, places_in, sample, train
from experiments.neural_tables import compared
from experiments.predictive import Outcomes
from experiments.progress import Report
from experiments.sampling import Chain
from graphs.hashing import hash_normal, hash_uniform

__all__ = [
    "PEOPLE",
    "Box",
    "Crossed",
    "box_of",
    "checked",
    "chosen",
    "crossed",
    "declared",
    "examples_of",
    "points_of",
]

PEOPLE = {"new users over the run": "new", "returned users over the run": "reactivated"}
"""What is compared beside unknowns, as its log, and the series it is the sum of."""
_AGAIN = 128  # points of which a second world tells how much is luck
_HELD_OUT = 0.1  # of the worlds, for the flow's own coverage
_FIRST = 1_000_000  # luck of the first world; the emulator's is numbered from 0
_DRAWS = 6000
_OWN = 0.005  # of the prior's mass beyond an end of the box: the end is the prior's own
_AT_END = 0.25  # share of the draws in the outermost tenth of the box from which on they would go further
_SHORT = 600  # draws for a world held out


class Crossed(NamedTuple):
    """A neural posterior at the reported figures, and what is known of it."""

    draws: NDArray[np.float64]  # [draws, D]
    covers_90: NDArray[np.float64]  # [D] share of worlds held out whose truth its 90 % interval holds
    covers_50: NDArray[np.float64]
    farther: float  # share of simulated data sets that lie farther from their middle than the reported one
    kept: float  # share of the draws that lie inside what was simulated
    held_out: int  # worlds
    losses: tuple[float, ...]


class Box(NamedTuple):
    """Worlds lie between two ends in the numbers ``at``; there, and in all other numbers, they are of the prior."""

    at: NDArray[np.int64]  # [K]
    low: NDArray[np.float64]  # [K] as z
    high: NDArray[np.float64]

    def drawn(self, z: NDArray) -> NDArray[np.float64]:
        """Standard normals [N, K] moved into the box, in their order."""
        low, high = ndtr(self.low), ndtr(self.high)
        return np.clip(ndtri(low + (high - low) * ndtr(z)), self.low, self.high)

    def inside(self, z: NDArray) -> NDArray[np.bool_]:
        """Which of the numbers [N, K] lie in the box, [N]."""
        return np.all((z >= self.low) & (z <= self.high), axis=1)

    def at_end(self, z: NDArray) -> NDArray[np.float64]:
        """Share of the numbers [N, K] in the outermost tenth of the box, the larger of two ends, [K]; an end that is
        the prior's own does not count. Evenly spread numbers have a tenth there."""
        low, high = ndtr(self.low), ndtr(self.high)
        place = (ndtr(z) - low) / (high - low)
        ends = (place < 0.1).mean(axis=0) * (low > _OWN), (place > 0.9).mean(axis=0) * (high < 1 - _OWN)
        return np.maximum(*ends)


def declared() -> dict[str, float]:
    """Thresholds and sizes of `defaults/check.toml`, by the second half of their name."""
    with resources.as_file(resources.files("experiments") / "defaults" / "check.toml") as place:
        return {name.removeprefix("check."): entry.quantity.value for name, entry in read_defaults(place).items()}


def chosen(model: Model, z: NDArray, most: int) -> tuple[NDArray[np.int64], int]:
    """Places of the identified unknowns in draws z [N, unknowns], those narrowed most first and at most ``most``; and
    of the number of the scenario that was narrowed least (-1: it is among them)."""
    own = model.size - (model.emulator.components if model.emulator else 0)
    gained = contraction(z[:, :own])
    least = model.priors["report.not_identified_below"].value
    known = [at for at in np.argsort(-gained) if gained[at] >= least][:most]
    control = int(np.argmin(np.abs(gained[: len(model.of_scenario)])))
    return np.array(known, int), control if control not in known else -1


def points_of(box: Box, points: int, size: int, seed: int) -> NDArray[np.float64]:
    """Numbers of the scenario at which worlds are run, [points, size]."""
    z = hash_normal(seed, 961, np.arange(points)[:, None], np.arange(size)[None, :])
    z[:, box.at] = box.drawn(z[:, box.at])
    return z


def box_of(z: NDArray, at: NDArray, margin: float) -> Box:
    """About draws z [N, unknowns] in the numbers ``at``: their 99 % interval and ``margin`` of its width each side."""
    low, high = np.quantile(z[:, at], (0.005, 0.995), axis=0)
    return Box(at, low - margin * (high - low), high + margin * (high - low))


def crossed(
    examples: Examples,
    reported: NDArray,
    seed: int,
    *,
    inside: Callable[[NDArray], NDArray] = lambda draws: np.ones(len(draws), bool),
    training: Training | None = None,
    tell: Callable[[Report], None] = lambda _: None,
    stop: Callable[[], bool] = lambda: False,
) -> Crossed:
    """The neural posterior at ``reported`` [conditions], learned from nine tenths of the worlds; of its draws [N, D]
    those ``inside`` what was simulated are kept. The other tenth say how often its intervals hold the truth of a world,
    each world counted by the probability of the statements. Raises as `experiments.neural_flow.train`."""
    out = hash_uniform(seed, 963, examples.world) < _HELD_OUT
    learned: Any = (part[~out] for part in examples)
    flow = train(Examples(*learned), seed, training, tell, stop)
    held = np.flatnonzero(out)
    held = held[np.unique(examples.world[held], return_index=True)[1]]  # one view of each world
    place = places_in(sample(flow, examples.condition[held], _SHORT, seed + 1), examples.target[held])
    weight = examples.weight[held] / examples.weight[held].sum()
    covers = [weight @ (np.abs(place - 0.5) <= share / 2) for share in (0.9, 0.5)]
    draws = sample(flow, reported, _DRAWS, seed)[0]
    known = inside(draws)
    kept = float(known.mean())
    draws = draws[known] if kept else draws
    seen = flow.standard(examples.condition)
    shape = np.atleast_2d(np.cov(seen.T)) + 1e-6 * np.eye(seen.shape[1])
    far = [(np.linalg.solve(shape, one.T).T * one).sum(axis=1) for one in (seen, flow.standard(reported[None]))]
    return Crossed(draws, covers[0], covers[1], float(np.mean(far[0] >= far[1][0])), kept, len(held), flow.losses)


def checked(
    model: Model,
    chains: Sequence[Chain],
    found: Outcomes,
    settings: Settings,
    folder: Path,
    *,
    tell: Callable[[Report], None] = lambda _: None,
    stop: Callable[[], bool] = lambda: False,
) -> dict[str, Any]:
    """The cross-check of a fit, as plain JSON: sizes, and a row a number compared (`experiments.neural_tables`). Worlds
    are kept in ``folder``. Raises as `crossed`, InputError where the figures cannot be drawn."""
    z = np.concatenate([chain.z for chain in chains])
    known, control = chosen(model, z, int(declared()["most_targets"]))
    plain, count = replace(model, emulator=None), len(model.of_scenario)
    usable(plain)
    box = box_of(z, known[known < count], declared()["box_margin"])
    points, outputs, people_per_user = _simulated(plain, box, settings, folder, tell, stop)
    targets = np.array([*known, *([control] if control >= 0 else [])], int)
    examples, log_statements = examples_of(plain, points, outputs, targets, 0.5 * people_per_user, settings.seed)
    columns = [int(np.flatnonzero(targets == at)[0]) for at in box.at]
    one = crossed(
        examples,
        reported_of(plain),
        settings.seed,
        inside=lambda draws: box.inside(draws[:, columns]),
        tell=tell,
        stop=stop,
    )
    theirs = [*z[:, targets].T, *(np.log(getattr(found, name).sum(axis=1)) for name in PEOPLE.values())]
    names = [*(model.names[at] for at in targets), *PEOPLE]
    rows = compared(model, names, theirs, one, model.names[control] if control >= 0 else "", declared())
    weight = np.exp(log_statements - log_statements.max())
    return {
        "worlds": len(points),
        "people_per_user": people_per_user,
        "statements_ess": float(weight.sum() ** 2 / (weight**2).sum() / len(weight)),
        "held_out": one.held_out,
        "farther": one.farther,
        "kept": one.kept,
        "at_end": {
            model.names[at]: float(share)
            for at, share in zip(box.at, box.at_end(one.draws[:, columns]), strict=True)
            if share > _AT_END
        },
        "rows": rows,
    }


def _simulated(
    model: Model,
    box: Box,
    settings: Settings,
    folder: Path,
    tell: Callable[[Report], None],
    stop: Callable[[], bool],
) -> tuple[NDArray, NDArray, float]:
    """Points [N, numbers], outputs of the full simulation there and `PEOPLE` [N, O + 2], people a user stands for."""
    from experiments.in_memory import InMemory

    with jax.enable_x64(False):
        memory = InMemory(resized(model.plan.scenario, settings.emulator_users))
    points = points_of(box, settings.check, len(model.of_scenario), settings.seed)
    points = possible(memory, model, points)
    told = _with_people(model, worlds(memory, model, points, folder, first=_FIRST, tell=tell, stop=stop)[:, 0])
    w = memory.people_per_user
    if w > 1:
        luck = _FIRST + len(points)
        again = worlds(memory, model, points[:_AGAIN], folder / "again", first=luck, tell=tell, stop=stop)[:, 0]
        told = calmed(points, told, _with_people(model, again), w)
    return points, told, w


def _with_people(model: Model, outputs: NDArray) -> NDArray[np.float64]:
    """Outputs [N, O] with what `PEOPLE` names after them: sums are calmed as sums, a day of a sample is often empty."""
    sums = [curve_of(model, outputs, name)[:, :-1].sum(axis=1) for name in PEOPLE.values()]
    return np.column_stack([outputs, *sums])


def examples_of(
    model: Model, points: NDArray, outputs: NDArray, targets: NDArray, least: float, seed: int
) -> tuple[Examples, NDArray]:
    """What the flow learns from: every world (its outputs and `PEOPLE` [points, O + 2]) seen by several sets of
    measurers, whose unknowns are drawn from the prior; and the log probability of the statements, [N]."""
    views, count = int(declared()["views"]), len(model.of_scenario)
    world = np.tile(np.arange(len(points)), views)
    z = hash_normal(seed, 964, np.arange(len(world))[:, None], np.arange(model.size)[None, :])
    z[:, :count] = points[world]
    told = printed_of(model, z, outputs[world], least, seed)
    people = np.log(np.maximum(outputs[world, -len(PEOPLE) :], least))
    target = np.column_stack([z[:, targets], people])
    weight = np.exp(told.log_weight - told.log_weight.max())
    return Examples(target, told.condition, weight, world), told.log_weight
