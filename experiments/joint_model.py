"""Several apps fitted together: one posterior over what they share and what each has of its own.

Shared are numbers about people, platforms and days (as in a joint run, `experiments.joint_worlds`), each measurer's
scale and definitions, and the chart: its dispersion, its memory, what unnamed competitors do in a week. Each app has
its own base, reach, tasks, money and interventions. Apps meet on the chart alone (`experiments.named_rivals`): the
renewal equation has no attention that one app takes from another and no invitation lost to a rival.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from numpy.typing import NDArray

from experiments.calibrate import model_of
from experiments.chain_shape import ChainShape
from experiments.joint import Joint
from experiments.joint_worlds import SHARED
from experiments.likelihood import CHART_LENGTH, Data, Model, data_of
from experiments.named_rivals import ahead, log_places_beside, log_silent_beside
from experiments.predictive import Outcomes, outcomes_of, simulator_of
from experiments.surrogate import course
from experiments.surrogate_plan import plan_of

__all__ = ["JointModel", "joint_model_of", "joint_outcomes"]

_SHARED = (*(f"{name}." for name in SHARED), "measurer: ", "definition: ", "chart")


@dataclass
class JointModel:
    """The joint law of unknowns and figures of several apps, whose plans share their days."""

    models: list[Model]
    names: list[str] = field(init=False)
    """Of the unknowns: shared ones as a single app has them, own ones after the app's name."""
    at: list[NDArray[np.int64]] = field(init=False)
    """Where each app's unknowns stand among the joint ones."""

    def __post_init__(self) -> None:
        last = max(model.fitted_plan.days for model in self.models) - 1
        for model in self.models:  # as far as the last figure of any: places on one chart are compared day by day
            plan = model.plan
            model.fitted_plan = plan_of(plan.scenario, plan.shape, plan.first + dt.timedelta(days=last), plan.first)
        told = [[_joint_name(model.plan.app, name) for name in model.names] for model in self.models]
        every = dict.fromkeys(name for names in told for name in names)
        self.names = [*(one for one in every if _is_shared(one)), *(one for one in every if not _is_shared(one))]
        place = {name: number for number, name in enumerate(self.names)}
        self.at = [np.array([place[name] for name in names]) for names in told]

    @property
    def size(self) -> int:
        """Number of unknowns."""
        return len(self.names)

    @property
    def shared(self) -> list[str]:
        """Names of the unknowns that more than one app may have."""
        return [name for name in self.names if _is_shared(name)]

    def data(self) -> tuple[Data, ...]:
        """The figures of each app."""
        return tuple(data_of(model.observed) for model in self.models)

    def beside(self, parts: list[Any], runs: list[Any]) -> list[Any]:
        """Chances that each rival is ahead of each app, [rivals, T + 1] by app, the standing world last."""
        noise = self.models[0].priors["surrogate.sigma"].value
        pairs = zip(self.models, parts, runs, strict=True)
        scores = [model.score(part, run) for model, part, run in pairs]
        return [ahead(scores, app, noise) for app in range(len(scores))]

    def log_posterior(self, z: Any, data: tuple[Data, ...]) -> Any:
        """Log density of the unknowns given all figures, but for a constant."""
        parts = [z[at] for at in self.at]
        pairs = zip(self.models, parts, strict=True)
        runs = [course(model.fitted_plan, model.values(part)) for model, part in pairs]
        total = -0.5 * jnp.sum(z * z)
        for model, part, run, mine, beside in zip(
            self.models, parts, runs, data, self.beside(parts, runs), strict=True
        ):
            total = total + model.log_likelihood(part, mine, run, partial(_log_of_ranks, model, beside))
        return total


def _joint_name(app: str, name: str) -> str:
    return name if _is_shared(name) else f"{app}: {name}"


def _is_shared(name: str) -> bool:
    return name.startswith(_SHARED)


def _log_of_ranks(model: Model, beside: Any, z: Any, data: Data, run: Any) -> Any:
    """Log probability of an app's places and of the days without one, its rivals on the same chart."""
    mean, phi = model.above(z, run)
    days = np.array([max(one.last, -1) for one in model.observed if one.functional.kind == "rank"], int)
    total = jnp.zeros(())
    if len(days):
        told = log_places_beside(CHART_LENGTH, mean[days], phi, data.rank_low, data.rank_high, beside[:, days])
        total = total + jnp.sum(told)
    if model.silent:
        quiet = np.array(model.silent)
        total = total + jnp.sum(log_silent_beside(model.printed(), mean[quiet], phi, beside[:, quiet]))
    return total


def joint_model_of(
    joint: Joint, reported: Path, shape: ChainShape, until: dt.date | None = None, priors: Path | None = None
) -> tuple[JointModel, list[str]]:
    """The model of a joint calendar and the figures of a file, and notes on figures that are not used.

    The measurer whose daily figures are of most apps has its scale fixed in all. Raises InputError where an app has no
    figure that can be used.
    """
    told = [model_of(design, reported, shape, until, priors) for design in joint.designs]
    first = min(model.plan.first for model, _ in told)
    told = [
        found if found[0].plan.first == first else model_of(design, reported, shape, until, priors, first)
        for found, design in zip(told, joint.designs, strict=True)
    ]
    daily = Counter(name for model, _ in told for name in {one.row.measurer for one in _daily(model)})
    models = [model for model, _ in told]
    if daily:
        models = [replace(model, reference=daily.most_common(1)[0][0]) for model in models]
    notes = [f"{model.plan.app}: {note}" for model, mine in told for note in mine]
    return JointModel(models), notes


def _daily(model: Model) -> list[Any]:
    return [one for one in model.observed if one.functional.variable == "active" and one.functional.window == 1]


def joint_outcomes(model: JointModel) -> Any:
    """The function from unknowns [N, unknowns] to the outcomes of each app, rivals on the chart included."""
    simulate = [simulator_of(one) for one in model.models]

    def rivals(z: Any) -> list[Any]:
        parts = [z[at] for at in model.at]
        runs = [one.run(part) for one, part in zip(model.models, parts, strict=True)]
        return model.beside(parts, runs)

    compared = jax.jit(lambda z: lax.map(rivals, z))

    def outcomes(z: NDArray) -> list[Outcomes]:
        beside = compared(jnp.asarray(z))
        parts = zip(simulate, model.at, beside, strict=True)
        return [outcomes_of(one, z[:, at])._replace(beside=np.asarray(chance)) for one, at, chance in parts]

    return outcomes
