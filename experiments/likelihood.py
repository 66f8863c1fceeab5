"""From unknowns to how likely the reported figures are: the surrogate's course, what each measurer sees of it, noise.

Latent process, ascertainment, noise: `surrogate.course`, a functional with a measurer's scale, and the laws of
`experiments/ranks.py`. Structure (which figure, which days) is fixed when the model is made; the figures themselves are
arguments, so that a thousand synthetic data sets of one structure are compiled once. Everything is in 64 bits.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.special import gammaln, log_ndtr

from experiments import ranks
from experiments.emulator import Emulator, features, shifts
from experiments.functionals import count_of, funnel_of, scores_of, surge_growth
from experiments.observations import Observed
from experiments.parameters import values_at
from experiments.paths import slug
from experiments.priors import Prior, inferred_of, scenario_values
from experiments.quantity import Quantity
from experiments.surrogate import Course, course
from experiments.surrogate_plan import Plan, plan_of

__all__ = ["CHART_LENGTH", "Data", "Model", "data_of", "log_between", "log_places"]

CHART_LENGTH = 100
"""Places of a chart that are told apart; worse ones are off it."""
_FAR = 1e6  # stands for an end at infinity, on the log
_NEWS_LENGTH = 50  # places that may be in the news


class Data(NamedTuple):
    """The figures, as arrays: what may change between data sets of one structure."""

    log_low: Any  # [counts]
    log_high: Any
    rank_low: Any  # int [ranks] first place that the figure can stand for
    rank_high: Any  # and the last; CHART_LENGTH + 1 is everything worse
    successes: Any  # [funnels]
    trials: Any
    surge_low: Any = np.zeros(0, int)  # [surges] places on a chart of growth, as of the free chart
    surge_high: Any = np.zeros(0, int)


def data_of(observed: list[Observed]) -> Data:
    """Data of reported figures, in their order within each kind."""
    counts, charts, funnels = (_of_kind(observed, kind) for kind in ("count", "rank", "funnel"))
    with np.errstate(divide="ignore"):
        below, above = (np.clip(np.log([getattr(one, end) for one in counts]), -_FAR, _FAR) for end in ("low", "high"))
    successes, trials = (np.array([getattr(one, name) for one in funnels], float) for name in ("low", "trials"))
    return Data(below, above, *_spans(charts), successes, trials, *_spans(_of_kind(observed, "surge")))


def _spans(charts: list[Observed]) -> tuple[np.ndarray, np.ndarray]:
    """First and last place that each figure can stand for, int[charts]."""
    places = {
        "=": lambda r: (r, r),
        ">": lambda r: (r + 1, CHART_LENGTH + 1),
        "<": lambda r: (1, r),
    }
    spans = [places[one.row.relation](min(int(one.row.value), CHART_LENGTH + 1)) for one in charts]
    low, high = (np.array([span[end] for span in spans], int).reshape(-1) for end in (0, 1))
    return np.minimum(low, CHART_LENGTH + 1), high


def _of_kind(observed: list[Observed], kind: str) -> list[Observed]:
    return [one for one in observed if one.functional.kind == kind]


@dataclass
class Model:
    """The joint law of unknowns and figures of one app."""

    plan: Plan
    priors: dict[str, Quantity]
    observed: list[Observed]
    silent: tuple[int, ...] = ()
    """Days on which a good rank would have been printed and none was."""
    reference: str = ""
    """The measurer whose scale is fixed; without one, the first of daily figures."""
    emulator: Emulator | None = None
    """The correction by the full simulation; without it a figure carries `surrogate.sigma`, or that of its variable."""
    of_scenario: list[Prior] = field(init=False)
    names: list[str] = field(init=False)
    """Of the unknowns; each is a standard normal z before the data."""

    def __post_init__(self) -> None:
        self.of_scenario = inferred_of(self.plan.scenario)
        self.central = values_at(self.plan.scenario, None)
        counts = _of_kind(self.observed, "count")
        people = [one for one in counts if one.functional.variable == "active"]
        daily = [one.row.measurer for one in people if one.functional.window == 1]
        self.reference = self.reference or next(iter([*daily, *(one.row.measurer for one in people)]), "")
        scales = [one.row.measurer for one in people if one.row.measurer != self.reference]
        offsets = [f"{one.row.measurer}, {one.row.quantity}" for one in people if one.functional.window > 1]
        self.weeks = -(-self.plan.days // 7)
        self.names = [
            *(prior.name for prior in self.of_scenario),
            *(f"measurer: {name}" for name in dict.fromkeys(scales)),
            *(f"definition: {name}" for name in dict.fromkeys(offsets)),
            "chart.phi",
            "chart.tau",
            *(("chart.surge_level", "chart.surge_slope") if _of_kind(self.observed, "surge") else ()),
            *(f"chart shock of week {week + 1}" for week in range(self.weeks)),
            *(f"emulator residual {one + 1}" for one in range(self.emulator.components if self.emulator else 0)),
        ]
        self._at = {name: number for number, name in enumerate(self.names)}
        self.fitted_plan = self._as_far_as_needed()

    def _as_far_as_needed(self) -> Plan:
        """The plan up to the last day that a figure is about: nobody has to simulate further to judge the figures."""
        ends = [one.last + (one.functional.window if one.functional.kind == "funnel" else 0) for one in self.observed]
        last = min(max([0, *ends, *self.silent]), self.plan.days - 1)
        if last == self.plan.days - 1:
            return self.plan
        first = self.plan.first
        return plan_of(self.plan.scenario, self.plan.shape, first + dt.timedelta(days=last), first)

    @property
    def size(self) -> int:
        """Number of unknowns."""
        return len(self.names)

    def values(self, z: Any) -> dict[str, Any]:
        """Every number of the scenario by path."""
        count = len(self.of_scenario)
        found = scenario_values([prior.quantity for prior in self.of_scenario], z[:count]) if count else z
        return {**self.central, **{prior.name: found[place] for place, prior in enumerate(self.of_scenario)}}

    def run(self, z: Any) -> Course:
        """The course of the campaign over all days."""
        return course(self.plan, self.values(z))

    def centres(self, z: Any, run: Course, plan: Plan | None = None) -> Any:
        """Log of what each reported count is expected to read, [counts]; ``run`` may be one of a shorter ``plan``."""
        told = []
        for one in _of_kind(self.observed, "count"):
            told.append(jnp.log(jnp.maximum(count_of(plan or self.plan, run, one), 1.0)) + self.seen_by(z, one))
        return jnp.stack(told) + self.shifts(z, run)[0] if told else jnp.zeros(0)

    def shifts(self, z: Any, run: Course) -> tuple[Any, dict[str, Any]]:
        """Log corrections by the full simulation as `experiments.emulator.shifts`; none without an emulator."""
        if self.emulator is None:
            return 0.0, {}
        found = features(z[: len(self.of_scenario)], run, self.emulator.horizon)
        return shifts(self.emulator, found, z[self.size - self.emulator.components :])

    def seen_by(self, z: Any, one: Observed) -> Any:
        """What a measurer makes of a figure, on the log: scale and definition."""
        shift = jnp.zeros(())
        scale = self._at.get(f"measurer: {one.row.measurer}")
        if scale is not None and one.functional.variable == "active":
            own = self.priors.get(f"measurer_scale.{slug(one.row.measurer)}")
            if own is not None and own.low and own.high:
                spread = math.log(own.high / own.low) / 3.29  # the range is a 90 % interval
                shift = shift + math.log(own.value) + spread * z[scale]
            else:
                shift = shift + self.priors["measurer.scale_sd"].value * z[scale]
        offset = self._at.get(f"definition: {one.row.measurer}, {one.row.quantity}")
        return shift if offset is None else shift + self.priors["measurer.offset_sd"].value * z[offset]

    @property
    def sigma(self) -> float:
        """Noise of a printed count on the log: the measurer's and the surrogate's own error (of a typical figure where
        an emulator knows them)."""
        if self.emulator is not None and len(self.sigmas):
            return float(np.median(self.sigmas))
        return math.hypot(self.priors["measurer.sigma"].value, self.priors["surrogate.sigma"].value)

    def of_priors(self, z: Any, *names: str) -> Any:
        """Values of unknowns that priors.toml states, [names]."""
        return scenario_values([self.priors[name] for name in names], z[np.array([self._at[name] for name in names])])

    def score(self, z: Any, run: Course) -> Any:
        """Our score on the chart of every day, [T + 1] installs a day, the standing world last."""
        (tau,) = self.of_priors(z, "chart.tau")
        return jnp.maximum(scores_of(run, tau) * self.values(z)["behaviour.install.ios_store_share"], 1e-3)

    @property
    def sigmas(self) -> Any:
        """The same of each reported count, [counts]."""
        counts = _of_kind(self.observed, "count")
        if self.emulator is None:
            typical = self.priors["surrogate.sigma"]
            own = [self.priors.get(f"surrogate_sigma.{one.functional.variable}", typical).value for one in counts]
        else:
            own = list(self.emulator.left[: len(counts)])
        return np.hypot(self.priors["measurer.sigma"].value, np.array(own, float))

    def above(self, z: Any, run: Course) -> tuple[Any, Any]:
        """Mean number of competitors above us on every day, [T + 1], the standing world last; and its dispersion."""
        if self.emulator is not None:
            times = jnp.exp(self.shifts(z, run)[1]["installs"])
            days = run.installs.shape[0]
            run = run._replace(installs=run.installs * times[:days], base_installs=run.base_installs * times[-1])
        return self.above_at(z, run)

    def above_at(self, z: Any, run: Any) -> tuple[Any, Any]:
        """`above` of installs [T] and base_installs as they are in ``run``."""
        v = self.values(z)
        (phi,) = self.of_priors(z, "chart.phi")
        first, steep, tail = (
            jnp.asarray(v[f"behaviour.chart.{name}"], float) for name in ("first", "slope_top", "slope_below")
        )
        chart = ranks.Chart(first, steep, tail, phi)
        return ranks.competitors_above(self.score(z, run), chart, self._shocks(z, run.installs.shape[0])), phi

    def _shocks(self, z: Any, days: int) -> Any:
        """What the competitors do on each day, [days + 1]: an autoregression by week, in balance from the first."""
        keep, spread = self.priors["chart.shock_persistence"].value, self.priors["chart.shock_sd"].value
        first = self._at["chart shock of week 1"]
        u = [spread * z[first]]
        for week in range(1, self.weeks):
            u.append(keep * u[-1] + math.sqrt(1 - keep**2) * spread * z[first + week])
        daily = jnp.repeat(jnp.stack(u), 7)[:days]
        return jnp.concatenate([daily, jnp.zeros(1)])

    def log_likelihood(
        self, z: Any, data: Data, run: Course | None = None, ranked: Callable[..., Any] | None = None
    ) -> Any:
        """Log probability of the figures given the unknowns. ``run`` is the course over `fitted_plan` where it is known
        already; ``ranked`` (z, data, run) another law of the places on the chart."""
        plan = self.fitted_plan
        run = course(plan, self.values(z)) if run is None else run
        total = jnp.sum(log_between(data.log_low, data.log_high, self.centres(z, run, plan), self.sigmas))
        total = total + (ranked or self._log_of_ranks)(z, data, run)
        surges = _of_kind(self.observed, "surge")
        if surges:
            total = total + jnp.sum(self._log_of_surges(z, data, run))
        funnels = _of_kind(self.observed, "funnel")
        if funnels:
            chance = jnp.stack([funnel_of(plan, run, one) for one in funnels])
            total = total + jnp.sum(_log_binomial(data.successes, data.trials, jnp.clip(chance, 1e-9, 1 - 1e-9)))
        return total

    def _log_of_ranks(self, z: Any, data: Data, run: Course) -> Any:
        """Log probability of the places on the free chart, and of the days without one."""
        charts, total = _of_kind(self.observed, "rank"), jnp.zeros(())
        if not charts and not self.silent:
            return total
        mean, phi = self.above(z, run)
        days = np.array([max(one.last, -1) for one in charts], int)  # -1 is the standing world
        if len(days):
            total = total + jnp.sum(log_places(mean[days], phi, data.rank_low, data.rank_high))
        if self.silent:
            quiet = jax.vmap(lambda m: ranks.log_silent(self.printed(), m, phi))
            total = total + jnp.sum(quiet(mean[np.array(self.silent)]))
        return total

    def surging(self, z: Any, run: Course) -> Any:
        """Mean number of apps that grow faster, [surges, 2], were the chart's window one day or seven."""
        days = [one.last for one in _of_kind(self.observed, "surge")]
        growth = surge_growth(run, days, self.priors["chart.surge_floor"].value)
        return ranks.surge_competitors(growth, *self.of_priors(z, "chart.surge_level", "chart.surge_slope"))

    def _log_of_surges(self, z: Any, data: Data, run: Course) -> Any:
        """Log probability of each place on a chart of growth, [surges]: either window is as likely."""
        (phi,) = self.of_priors(z, "chart.phi")
        mean = self.surging(z, run)
        each = [log_places(mean[:, at], phi, data.surge_low, data.surge_high) for at in range(2)]
        return jnp.logaddexp(*each) - math.log(2.0)

    def log_posterior(self, z: Any, data: Data) -> Any:
        """Log density of the unknowns given the figures, but for a constant."""
        return self.log_likelihood(z, data) - 0.5 * jnp.sum(z * z)

    def printed(self) -> Any:
        """Chance that news print each place on a day, [places]."""
        places = jnp.arange(_NEWS_LENGTH, dtype=float)
        return self.priors["news.first"].value * jnp.exp(-places / self.priors["news.fall"].value)


def log_between(low: Any, high: Any, centre: Any, sigma: Any) -> Any:
    """Log probability that normal numbers fall in [low, high): `ranks.log_printed` with the ends as arguments; an end
    beyond 10^5 stands for infinity."""
    a, b = (low - centre) / sigma, (high - centre) / sigma
    flip = a > 0
    more, less = log_ndtr(jnp.where(flip, -a, b)), log_ndtr(jnp.where(flip, -b, a))
    return more + jnp.log(-jnp.expm1(less - more))


def log_places(mean: Any, phi: Any, low: Any, high: Any) -> Any:
    """Log probability of a place from ``low`` to ``high``; CHART_LENGTH + 1 stands for everything worse."""
    each = ranks.log_ranks(CHART_LENGTH, mean, phi)
    off = ranks.log_off_chart(CHART_LENGTH, mean, phi)
    whole = jnp.concatenate([each, off[:, None]], axis=1)
    place = jnp.arange(1, CHART_LENGTH + 2)
    inside = (place[None, :] >= low[:, None]) & (place[None, :] <= high[:, None])
    return jax.nn.logsumexp(jnp.where(inside, whole, -jnp.inf), axis=1)


def _log_binomial(successes: Any, trials: Any, chance: Any) -> Any:
    ways = gammaln(trials + 1) - gammaln(successes + 1) - gammaln(trials - successes + 1)
    return ways + successes * jnp.log(chance) + (trials - successes) * jnp.log1p(-chance)
