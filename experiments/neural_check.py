"""`growth calibrate --check`: the posterior again by another road, and where the two disagree.

A neural posterior on the full simulation shares with NUTS the priors, the measurers and the figures; it has neither
the renewal equation nor its correction nor a chain. Worlds are drawn half from the prior, half (in the identified
numbers of the scenario) about the posterior that NUTS found, twice as wide; draws of the flow are then weighted by
prior over proposal, which is at most two. So NUTS says where to look and nothing else. Only what the data tell is
learned: the identified unknowns, one that they do not tell as a control, and people brought in. All others are drawn
and thereby integrated out.
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
    "Crossed",
    "Proposal",
    "checked",
    "chosen",
    "crossed",
    "declared",
    "examples_of",
    "points_of",
    "proposal_of",
    "resampled",
]

PEOPLE = {"new users over the run": "new", "returned users over the run": "reactivated"}
"""What is compared beside unknowns, as its log, and the series it is the sum of."""
_AGAIN = 128  # points of which a second world tells how much is luck
_HELD_OUT = 0.1  # of the worlds, for the flow's own coverage
_FIRST = 1_000_000  # luck of the first world; the emulator's is numbered from 0
_DRAWS = 4000
_SHORT = 600  # draws for a world held out


class Crossed(NamedTuple):
    """A neural posterior at the reported figures, and what is known of it."""

    draws: NDArray[np.float64]  # [draws, D]
    covers_90: NDArray[np.float64]  # [D] share of worlds held out whose truth its 90 % interval holds
    covers_50: NDArray[np.float64]
    farther: float  # share of simulated data sets that lie farther from their middle than the reported one
    kept: float  # share of the draws that the weights of prior over proposal leave
    held_out: int  # worlds
    losses: tuple[float, ...]


class Proposal(NamedTuple):
    """Half of the worlds lie here in the numbers ``at``; all else is drawn from the prior."""

    at: NDArray[np.int64]  # [K]
    mean: NDArray[np.float64]  # [K]
    factor: NDArray[np.float64]  # [K, K] lower

    def log_weight(self, z: NDArray) -> NDArray[np.float64]:
        """Log of prior over proposal at the numbers [N, K]: at most log 2."""
        far = np.linalg.solve(self.factor, (z - self.mean).T).T
        beside = -0.5 * (far**2).sum(axis=1) - np.log(np.diag(self.factor)).sum() + 0.5 * (z**2).sum(axis=1)
        return np.log(2.0) - np.logaddexp(0.0, beside)


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


def points_of(proposal: Proposal, points: int, size: int, seed: int) -> NDArray[np.float64]:
    """Numbers of the scenario at which worlds are run, [points, size]."""
    z = hash_normal(seed, 961, np.arange(points)[:, None], np.arange(size)[None, :])
    near = hash_uniform(seed, 962, np.arange(points)) < 0.5
    z[np.ix_(near, proposal.at)] = proposal.mean + z[np.ix_(near, proposal.at)] @ proposal.factor.T
    return z


def resampled(draws: NDArray, log_weight: NDArray, size: int) -> tuple[NDArray, float]:
    """Draws [N, D] again by their weights, [size, D], and the share of them that the weights leave."""
    weight = np.exp(log_weight - log_weight.max())
    weight /= weight.sum()
    at = np.searchsorted(np.cumsum(weight), (np.arange(size) + 0.5) / size)
    return draws[np.minimum(at, len(draws) - 1)], float(1 / (weight**2).sum() / len(draws))


def crossed(
    examples: Examples,
    reported: NDArray,
    seed: int,
    *,
    log_weight: Callable[[NDArray], NDArray] = lambda draws: np.zeros(len(draws)),
    training: Training | None = None,
    tell: Callable[[Report], None] = lambda _: None,
    stop: Callable[[], bool] = lambda: False,
) -> Crossed:
    """The neural posterior at ``reported`` [conditions], learned from nine tenths of the worlds; ``log_weight`` of
    prior over proposal of draws [N, D]. The other tenth say how often its intervals hold the truth of a world, each
    world counted by the probability of the statements. Raises as `experiments.neural_flow.train`."""
    out = hash_uniform(seed, 963, examples.world) < _HELD_OUT
    learned = Examples(*(np.asarray(part)[~out] for part in examples))
    flow = train(learned, seed, training, tell, stop)
    held = np.flatnonzero(out)
    held = held[np.unique(examples.world[held], return_index=True)[1]]  # one view of each world
    place = places_in(sample(flow, examples.condition[held], _SHORT, seed + 1), examples.target[held])
    weight = examples.weight[held] / examples.weight[held].sum()
    covers = [weight @ (np.abs(place - 0.5) <= share / 2) for share in (0.9, 0.5)]
    draws = sample(flow, reported, 4 * _DRAWS, seed)[0]
    draws, kept = resampled(draws, log_weight(draws), _DRAWS)
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
    proposal = proposal_of(z, known[known < count], declared()["proposal_width"])
    points, outputs, people_per_user = _simulated(plain, proposal, settings, folder, tell, stop)
    targets = np.array([*known, *([control] if control >= 0 else [])], int)
    examples, log_statements = examples_of(plain, points, outputs, targets, 0.5 * people_per_user, settings.seed)
    columns = [int(np.flatnonzero(targets == at)[0]) for at in proposal.at]
    one = crossed(
        examples,
        reported_of(plain),
        settings.seed,
        log_weight=lambda draws: proposal.log_weight(draws[:, columns]),
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
        "rows": rows,
    }


def proposal_of(z: NDArray, at: NDArray, width: float) -> Proposal:
    """About draws z [N, unknowns] in the numbers ``at``, ``width`` times as wide."""
    mine = z[:, at]
    covariance: Any = width**2 * np.atleast_2d(np.cov(mine.T)) if len(at) else np.eye(0)
    return Proposal(at, mine.mean(axis=0), np.linalg.cholesky(covariance) if len(at) else covariance)


def _simulated(
    model: Model,
    proposal: Proposal,
    settings: Settings,
    folder: Path,
    tell: Callable[[Report], None],
    stop: Callable[[], bool],
) -> tuple[NDArray, NDArray, float]:
    """Points [N, numbers], outputs of the full simulation there [N, O], and people a user stands for."""
    from experiments.in_memory import InMemory

    with jax.enable_x64(False):
        memory = InMemory(resized(model.plan.scenario, settings.emulator_users))
    points = points_of(proposal, settings.check, len(model.of_scenario), settings.seed)
    points = possible(memory, model, points)
    told = worlds(memory, model, points, folder, first=_FIRST, tell=tell, stop=stop)[:, 0]
    w = memory.people_per_user
    if w > 1:
        luck = _FIRST + len(points)
        again = worlds(memory, model, points[:_AGAIN], folder / "again", first=luck, tell=tell, stop=stop)[:, 0]
        told = calmed(points, told, again, w)
    return points, told, w


def examples_of(
    model: Model, points: NDArray, outputs: NDArray, targets: NDArray, least: float, seed: int
) -> tuple[Examples, NDArray]:
    """What the flow learns from: every world seen by several sets of measurers, whose unknowns are drawn from the
    prior; and the log probability of the statements, [N]."""
    views, count = int(declared()["views"]), len(model.of_scenario)
    world = np.tile(np.arange(len(points)), views)
    z = hash_normal(seed, 964, np.arange(len(world))[:, None], np.arange(model.size)[None, :])
    z[:, :count] = points[world]
    told = printed_of(model, z, outputs[world], least, seed)
    sums = [curve_of(model, outputs, name)[world, :-1].sum(axis=1) for name in PEOPLE.values()]
    target = np.column_stack([z[:, targets], *(np.log(np.maximum(part, least)) for part in sums)])
    weight = np.exp(told.log_weight - told.log_weight.max())
    return Examples(target, told.condition, weight, world), told.log_weight
