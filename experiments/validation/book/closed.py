"""Rows read off the laws themselves, without simulation: delays, exposures, and what selection by interest does.

They use what the engine is told (`experiments.lower`), at the affinities of a chain's people and the strengths of their
ties, and no luck.
"""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, special

from experiments.base_inflow import ChainFacts, Inflow
from experiments.defaults import load_defaults
from experiments.interest_law import mean_opening, selection_needed
from experiments.laws import app_law, delay_table, logit
from experiments.lower import lower_round
from experiments.lower_memory import memory_tables
from experiments.moments import moment_at
from experiments.offer import Lane
from experiments.parameters import Places, behaviour_of, values_at
from experiments.scenario import Scenario
from growth.base_world import StandingLaw
from growth.campaign import LOGIT_UNIT

__all__ = [
    "Viewers",
    "delay_quantiles",
    "exposure_hazards",
    "exposures_needed",
    "four_inviters",
    "packet_acceptance",
    "persuasion",
    "retention_at",
    "selection_at",
    "told_of",
    "viewers",
]

Floats = NDArray[np.float64]


class Viewers(NamedTuple):
    """People of a chain: affinity 0 to 255, the strengths of four of their ties, and the degrees of those friends."""

    affinity: NDArray[np.int64]  # [people]
    strength: NDArray[np.int64]  # [people, 4]
    inviter_degree: NDArray[np.int64]  # [people, 4]


@lru_cache(maxsize=8)
def viewers(users: int, mean_degree: float, seed: int, most: int = 8000) -> Viewers:
    """People spread evenly over a generated chain, those with four friends or more."""
    from graphs.chain import make_chain

    chain = make_chain(users, mean_degree=mean_degree, seed=seed)
    count = min(most, chain.num_users)
    people = np.arange(count) * chain.num_users // count
    degree = chain.degree()
    people = people[degree[people] >= 4]
    # Evenly over the list, which is in order of friend: not the first four.
    at = chain.offsets[people][:, None] + (np.arange(4)[None, :] * degree[people][:, None]) // 4
    return Viewers(
        chain.attributes.affinity[people].astype(np.int64),
        chain.strength[at].astype(np.int64),
        degree[chain.friends[at]].astype(np.int64),
    )


def told_of(scenario: Scenario, places: Places | None = None) -> dict[str, Any]:
    """What the engine is told in the first round of a scenario's design, at the central values or those of a draw."""
    values = values_at(scenario, places)
    behaviour = behaviour_of(values)
    law = app_law(behaviour)
    users = float(getattr(scenario.chain, "users", 1))
    facts = ChainFacts(int(users), float(scenario.chain.population or users), 50.0, 1.0)
    lane = Lane(scenario, values, scenario.campaign_app.name, law, Inflow(0.0, 0.0, 0.0, 0.0), facts)
    told = lower_round(lane, moment_at(scenario, dt.datetime.combine(scenario.run.start, dt.time())))
    delay = delay_table(behaviour["delay.mu_log_hours"], behaviour["delay.sigma_log_hours"])
    return {**told, "delay": delay}


def _own(told: dict[str, Any], people: Viewers) -> Floats:
    """Logit of a single unpaid contact in a single chat of somebody who never had the app, [people, 4]."""
    tie = (int(told["tie"]) * people.strength) >> 8
    close = (int(told["affinity"]) * (people.affinity - 128)) >> 8
    return (int(told["accept"][0, 0, 0]) + tie + close[:, None]) / LOGIT_UNIT


def _reached(told: dict[str, Any], people: Viewers, components: list[int]) -> Floats:
    """Share of people who have accepted by exposure k = 1, 2, ..., over ``components[k - 1]`` components by then."""
    gain = np.array([told["memory_logit"][k, c - 1] for k, c in enumerate(components)]) / LOGIT_UNIT
    times = np.array([told["memory_times"][k, c - 1] for k, c in enumerate(components)])
    chance = special.expit(_own(told, people)[:, : len(components)] + gain[None, :]) * times[None, :]
    against = np.cumsum(chance, axis=1) if told["memory_adds"] else np.maximum.accumulate(chance, axis=1)
    return np.minimum(against, 1.0).mean(axis=0)


def four_inviters(told: dict[str, Any], people: Viewers) -> float:
    """Acceptance with four inviters of four components over four of one."""
    apart, together = (_reached(told, people, parts)[-1] for parts in ([1, 2, 3, 4], [1, 1, 1, 1]))
    return float(apart / together)


def exposure_hazards(told: dict[str, Any], people: Viewers) -> Floats:
    """Acceptance at the first, second and third exposure among those who have not accepted before, each from a new
    component."""
    reached = _reached(told, people, [1, 2, 3])
    before = np.concatenate([[0.0], reached[:-1]])
    return (reached - before) / (1 - before)


def persuasion(told: dict[str, Any], people: Viewers) -> float:
    """Acceptance of a contact by an inviter in the top tenth of degrees over that by all others."""
    chance, degree = special.expit(_own(told, people)), people.inviter_degree
    hub = degree >= np.quantile(degree, 0.9)
    return float(chance[hub].mean() / chance[~hub].mean())


def exposures_needed(people: Viewers, base: float, at_least: float) -> tuple[float, float]:
    """The smallest b2 (other defaults as they are) at which the second exposure's response is ``at_least`` the first's,
    and the ratio of four unconnected over four connected inviters that it then gives."""
    defaults = {name: number.value for name, number in load_defaults().items()}

    def told(b2: float) -> dict[str, Any]:
        own = {**defaults, "respond.components": b2}
        accept = np.full((2, 4, 4), logit(base))
        parts = {"tie": logit(own["respond.tie"]), "affinity": logit(own["respond.affinity"]), "accept": accept}
        return {**parts, **memory_tables("general", own)}

    def lacking(b2: float) -> float:
        hazards = exposure_hazards(told(b2), people)
        return float(hazards[1] / hazards[0] - at_least)

    b2 = float(optimize.brentq(lacking, 0.0, 20.0, xtol=1e-3))
    return b2, four_inviters(told(b2), people)


def delay_quantiles(table: NDArray[np.int32]) -> tuple[float, float]:
    """Mean and standard deviation of log hours from their quartiles, which the cut at ten days leaves alone."""
    low, middle, high = np.log(np.quantile(table, [0.25, 0.5, 0.75]) / 3600)
    return float(middle), float((high - low) / (2 * special.ndtri(0.75)))


def retention_at(age: int, acceptance: float = 0.0, selection: float = 0.0) -> float:
    """retention_on(age) of those whom an offer of this acceptance brought (0: unasked), where interest has this
    selection and nothing else moves them; closed form."""
    law = _law()
    return float(((1 - law.hazard[0]) ** max(age - 1, 0)).mean()) * mean_opening(law, selection, acceptance, age)


def packet_acceptance(told: dict[str, Any]) -> float:
    """Acceptance of a paid packet in a single chat by somebody who never had the app, over a middling tie."""
    return float(special.expit((int(told["accept"][1, 0, 0]) + int(told["tie"]) / 2) / LOGIT_UNIT))


def selection_at(age: int, acceptance: float, ratio: float) -> float:
    """The selection at which those whom an offer of this acceptance brings open ``ratio`` times as often as the
    unasked; infinite where none does."""
    return selection_needed(_law(), acceptance, ratio, age)


def _law() -> StandingLaw:
    return app_law({name: number.value for name, number in load_defaults().items()})
