"""Forecast skill: a calibration to the first two weeks of a campaign against simple forecasters, on later days.

A hundred synthetic campaigns are made by the full simulation of one town (forecast_town.toml), at numbers drawn from
the priors. A panel prints daily users with its noise; every forecaster sees the five days before the campaign and its
first fourteen, and states 23 quantiles for each of the 26 days after them, a week of campaign and what is left of it.
Score: `experiments.forecast_score`, in people, summed over days. What is done is kept in a folder, one campaign each.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from importlib import resources
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from experiments.baseline_forecasts import bass_forecast, persistence, trend
from experiments.forecast_score import LEVELS, weighted_interval_score
from experiments.progress import Report
from experiments.validation.rows import row
from graphs.errors import InputError

__all__ = ["SEEN", "Study", "forecast", "forecast_rows", "study", "town"]

SEEN = 14
"""Days of the campaign that a forecaster is shown."""
DRAWS, WARM_UP = 400, 200
_STUCK, _TRIES = 20, 3
"""A chain whose least effective size is smaller is drawn again, from elsewhere, as its diagnosis asks: three tries."""
_SEED = 20_260_302
_VERSION = 1
"""Raised when a forecast changes its numbers: forecasts made before are not mixed with later ones."""
OURS = "calibration"
Array = NDArray[np.float64]


class Study(NamedTuple):
    """Campaigns and what was forecast of them."""

    before: Array  # [campaigns, days] printed before the campaign
    printed: Array  # [campaigns, days] of the campaign and after, as the panel prints them
    told: dict[str, Array]  # by forecaster: quantiles [campaigns, levels, days held out]
    checks: Array  # [campaigns, 2] least bulk ESS of a fit, share of its draws that diverge


def town() -> Any:
    """The scenario of the study."""
    from experiments.scenario import load_scenario

    with resources.as_file(resources.files("experiments") / "validation" / "forecast_town.toml") as path:
        return load_scenario(path)


def forecast(repeats: int = 100, out: Path = Path("runs/forecast")) -> list[dict[str, Any]]:
    """Daily users after the first two weeks of ``repeats`` synthetic campaigns: calibration against simple forecasters.

    Weighted interval scores; resumable: ``out`` keeps campaigns and forecasts. Raises InputError for a folder of
    something else.
    """
    from experiments.platform import set_up
    from experiments.progress import Progress

    if repeats < 2:
        raise InputError("too few campaigns", field="--repeats", value=repeats, allowed="2 or more")
    set_up(1)
    with Progress() as progress:
        return forecast_rows(study(town(), repeats, out, progress.tell))


def study(scenario: Any, repeats: int, folder: Path, tell: Any = lambda _: None) -> Study:
    """All campaigns and forecasts: those that the folder has, and the others computed and kept there. Raises InputError
    for a folder of something else."""
    import jax

    with jax.enable_x64(True):
        machine = _Machine(scenario, repeats)
        _check_folder(folder, machine.stamp)
        before, printed = _printed(machine, folder, tell)
        ours, checks = [], []
        for number in range(repeats):
            tell(Report("calibrating", number, repeats, "campaigns"))
            file = folder / f"campaign_{number:03d}.npz"
            if not file.exists():
                found = machine.calibrated(before[number], printed[number], number)
                _keep(file, quantiles=found[0], checks=found[1])
            with np.load(file) as kept:
                ours.append(kept["quantiles"])
                checks.append(kept["checks"])
    told = {OURS: np.array(ours)}
    seen, ahead = printed[:, :SEEN], printed.shape[1] - SEEN
    told["persistence"] = np.array([persistence(one, ahead, LEVELS) for one in seen])
    for days in (7, SEEN):
        told[f"log-linear trend of {days} days"] = np.array([trend(one, ahead, LEVELS, days) for one in seen])
    pairs = enumerate(zip(before, seen, strict=True))
    told["Bass"] = np.array([bass_forecast(*pair, ahead, LEVELS, number) for number, pair in pairs])
    return Study(before, printed, told, np.array(checks))


def _printed(machine: _Machine, folder: Path, tell: Any) -> tuple[Array, Array]:
    """What the panel prints of every campaign, before it and from its first day on; simulated once."""
    from experiments.ranks import draw_printed
    from graphs.hashing import hash_uniform

    file = folder / "daily_users.npz"
    if not file.exists():
        tell(Report("simulating the campaigns", 0, 0))
        _keep(file, dau=machine.simulated(tell))
    with np.load(file) as kept:
        dau = kept["dau"]
    uniform = hash_uniform(_SEED, 2, np.arange(dau.size)).reshape(dau.shape)
    printed = draw_printed(uniform, np.maximum(dau, 1.0), machine.noise, 3)
    warm = machine.scenario.run.warm_up_days
    return printed[:, :warm], printed[:, warm:]


class _Machine:
    """The town, its model of figures, and one compiled fit for all campaigns."""

    def __init__(self, scenario: Any, repeats: int) -> None:
        from experiments.in_memory import InMemory
        from experiments.priors import inferred_of, load_priors
        from graphs.hashing import hash_uniform

        self.scenario, self.priors = scenario, load_priors()
        self.noise = self.priors["measurer.sigma"].value
        self.memory, inferred = InMemory(scenario), inferred_of(scenario)
        uniform = hash_uniform(_SEED, 1, np.arange(repeats * len(inferred))).reshape(repeats, len(inferred))
        self.places = [{one.name: float(at) for one, at in zip(inferred, row, strict=True)} for row in uniform]
        told = [_VERSION, repeats, scenario.sha256(), sorted(one.name for one in inferred), DRAWS, WARM_UP, SEEN]
        told.append(
            {
                name: quantity.model_dump(mode="json")
                for name, quantity in self.priors.items()
                if not name.startswith("measurer_scale.")  # of measurers that print nothing here
            }
        )
        self.stamp = hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()
        self._compiled: Any = None

    def simulated(self, tell: Any) -> Array:
        """People active on each day, warm-up first, [campaigns, days]: one replicate of each."""
        self.memory.draw(self.places)
        data = self.memory.dataset([0], draws=range(len(self.places)), variants=["design"], tell=tell)
        return data["dau"].isel(chain=0, variant=0, app=0, replicate=0).transpose("draw", "day").to_numpy()

    def observed(self, before: Array, printed: Array) -> list[Any]:
        """The figures that a forecaster is shown, as a calibration reads them."""
        from experiments.observations import observe
        from experiments.reported import Reported

        app, run = self.scenario.campaign_app.name, self.scenario.run
        figures = [*before, *printed[:SEEN]]
        dates = [run.first_day + dt.timedelta(days=day) for day in range(len(figures))]
        rows = [
            Reported(date, app, "dau", "=", float(value), "users", None, date, "panel", "simulated", "derived", line)
            for line, (date, value) in enumerate(zip(dates, figures, strict=True), start=1)
        ]
        return observe(rows, app, self.scenario.campaign.start, run.last_day)[0]

    def _model(self, observed: list[Any]) -> Any:
        """Model, sampler and daily users of draws: compiled for the first campaign, used for all."""
        import jax
        from jax import lax

        from experiments.chain_shape import shape_of
        from experiments.likelihood import Model
        from experiments.sampling import sampler_of
        from experiments.surrogate_plan import plan_of

        if self._compiled is None:
            plan = plan_of(self.scenario, shape_of(self.memory.graph, self.memory.worlds.facts))
            model = Model(plan, self.priors, observed)
            sampler = sampler_of(model.log_posterior, model.size, DRAWS, WARM_UP)
            course = jax.jit(lambda draws: lax.map(lambda z: model.run(z).dau, draws))
            self._compiled = model, sampler, course
        return self._compiled

    def calibrated(self, before: Array, printed: Array, number: int) -> tuple[Array, Array]:
        """Predictive quantiles [levels, days held out] of one campaign; least ESS and share of divergent draws."""
        import jax.numpy as jnp

        from experiments.diagnostics import bulk_ess
        from experiments.likelihood import data_of
        from experiments.predictive import printed_counts
        from growth.streams import root_key

        observed = self.observed(before, printed)
        model, sampler, course = self._model(observed)
        data = data_of(observed)
        mode = sampler.mode(data, _SEED)
        for again in range(_TRIES):
            luck = number + 1000 * again
            chain = sampler.draw(np.asarray(root_key(_SEED, luck)), data, mode, _SEED, luck)
            size = bulk_ess(chain.z[None]).min()
            if size >= _STUCK:
                break
        dau = np.asarray(course(jnp.asarray(chain.z)))[:, SEEN:]
        told = np.quantile(printed_counts(np.log(dau), model.sigma, number), LEVELS, axis=0)
        return told, np.array([size, chain.divergent.mean()])


def _keep(file: Path, **parts: Any) -> None:
    """Beside, then renamed: a file is whole or not there."""
    beside = file.with_suffix(".part.npz")
    np.savez(beside, **parts)
    beside.replace(file)


def _check_folder(folder: Path, stamp: str) -> None:
    file = folder / "stamp.txt"
    if file.exists() and file.read_text(encoding="utf-8").strip() != stamp:
        raise InputError("holds another study", field="--out", value=str(folder), cure="another folder")
    if folder.exists() and not file.exists() and any(folder.iterdir()):
        raise InputError("holds something else", field="--out", value=str(folder), cure="an empty or a new folder")
    folder.mkdir(parents=True, exist_ok=True)
    file.write_text(stamp + "\n", encoding="utf-8")


def forecast_rows(study: Study) -> list[dict[str, Any]]:
    """Two rows a rival: the ratio of mean scores, and the same plus 1.645 standard errors (jackknife over campaigns),
    which has to lie below 1; then on the log, in the week of campaign, against rivals whose errors were learned from
    the other campaigns, and how often our intervals held."""
    truth = study.printed[:, SEEN:]
    count = len(truth)
    source = f"{count} campaigns of forecast_town.toml by the full simulation, {truth.shape[1]} days held out of each"
    told: dict[str, Any] = {"grade": "D", "source": source}
    scores = {name: weighted_interval_score(np.moveaxis(one, 1, 0), truth) for name, one in study.told.items()}
    ours, rows = scores[OURS], []
    for name, theirs in scores.items():
        if name == OURS:
            continue
        ratio, error = _ratio(ours.mean(axis=1), theirs.mean(axis=1))
        bound = ratio + 1.645 * error
        metric = f"WIS of the calibration over that of {name}"
        rows.append(row(name, f"{metric}, upper 95 % bound", bound, high=1.0, role="law", **told))
        rows.append(row(name, metric, ratio, role="shown", **told))
        won = float((ours.mean(axis=1) < theirs.mean(axis=1)).mean())
        rows.append(row(name, "share of campaigns in which the calibration scores better", won, role="shown", **told))
        week = float(ours[:, :7].mean() / theirs[:, :7].mean())
        rows.append(row(name, f"{metric}, the week in which the campaign goes on", week, role="shown", **told))
        logs = _on_log(study.told[OURS], truth).mean() / _on_log(study.told[name], truth).mean()
        rows.append(row(name, f"{metric}, of the logs", float(logs), role="shown", **told))
        if count > 2:
            learned = _learned(study.told[name], truth)
            fair = float(ours.mean() / weighted_interval_score(np.moveaxis(learned, 1, 0), truth).mean())
            metric = f"{metric}, its errors learned from the other {count - 1} campaigns"
            rows.append(row(name, metric, fair, role="shown", **told))
    for level in (0.5, 0.9):
        at = [int(np.argmin(np.abs(LEVELS - end))) for end in (0.5 - level / 2, 0.5 + level / 2)]
        inside = (study.told[OURS][:, at[0]] <= truth) & (truth <= study.told[OURS][:, at[1]])
        metric = f"figures held out inside the {100 * level:.0f} % predictive interval"
        rows.append(row(OURS, metric, float(inside.mean()), role="shown", **told))
    rows.append(row(OURS, "mean WIS over the mean figure", float(ours.mean() / truth.mean()), role="shown", **told))
    rows.append(row(OURS, "least bulk ESS of a fit", float(study.checks[:, 0].min()), role="shown", **told))
    rows.append(row(OURS, "share of divergent draws", float(study.checks[:, 1].mean()), role="shown", **told))
    return rows


def _ratio(ours: Array, theirs: Array) -> tuple[float, float]:
    """Ratio of means over campaigns and its jackknife standard error."""
    count = len(ours)
    left = (ours.sum() - ours) / (theirs.sum() - theirs)
    error = np.sqrt((count - 1) * np.mean((left - left.mean()) ** 2))
    return float(ours.mean() / theirs.mean()), float(error)


def _on_log(told: Array, truth: Array) -> Array:
    return weighted_interval_score(np.log(np.maximum(np.moveaxis(told, 1, 0), 1.0)), np.log(truth))


def _learned(told: Array, truth: Array) -> Array:
    """A rival's medians with the quantiles of its errors, on the log and by day ahead, in all other campaigns: what
    somebody with as many finished campaigns of one town would do."""
    middle = np.log(np.maximum(told[:, len(LEVELS) // 2], 1.0))
    errors = np.log(truth) - middle
    found = [np.quantile(np.delete(errors, one, axis=0), LEVELS, axis=0) for one in range(len(errors))]
    return np.exp(middle[:, None] + np.array(found))
