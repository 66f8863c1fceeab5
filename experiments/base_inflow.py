"""How a standing world keeps its size: inflow solved from base DAU, and split into its ways in."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from experiments.interest_law import mean_opening
from experiments.laws import app_law
from experiments.parameters import behaviour_of
from experiments.paths import slug
from graphs.errors import InputError
from growth.base_world import StandingLaw

__all__ = ["ChainFacts", "Inflow", "base_inflow", "shares_of"]


class ChainFacts(NamedTuple):
    """What the lowering knows of a chain."""

    users: int
    population: float  # people it stands for
    chat_size: float  # mean size of the chat a packet is dropped in (chosen by a member)
    with_chats: float  # share of users in at least one chat
    live_slots: float = 1.0  # share of a user's tie slots that hold a tie: all of a stored chain, five in six of others
    at_most: NDArray[np.float64] = np.ones(1)  # share of users with at most 0, 1, 2 ... ties


class Inflow(NamedTuple):
    """Daily chances that keep the standing world standing."""

    organic: float  # that a person who never had the app installs it
    returning: float  # that a dormant person comes back
    invited: float  # people a day brought by unpaid sharing (estimated)
    total: float  # people a day


def shares_of(values: dict[str, float], app: str, law: StandingLaw, population: float) -> tuple[float, float, float]:
    """Shares of the population that are engaged, dormant and uninstalled. Raises InputError beyond one."""
    base = f"app.{slug(app)}.base"
    people = (law.engaged(values[f"{base}.dau"]), values[f"{base}.dormant"], values[f"{base}.uninstalled"])
    if sum(people) >= population:
        raise InputError(
            "engaged, dormant and uninstalled are more people than the population",
            field=base,
            value=round(sum(people)),
            allowed=f"below {population:.0f}",
            cure="lower dau, dormant or uninstalled",
        )
    engaged, dormant, uninstalled = (count / population for count in people)
    return engaged, dormant, uninstalled


def base_inflow(
    values: dict[str, float], app: str, law: StandingLaw, facts: ChainFacts, selection: float | None = None
) -> Inflow:
    """Split the inflow that keeps base DAU: the dormant return at their own rate, unpaid sharing brings what a
    mean-field estimate says, and organic installs are the rest. ``selection``: of interest, None where people do not
    differ in it. Raises InputError when nothing is left for organic installs."""
    base = f"app.{slug(app)}.base"
    dau, dormant = values[f"{base}.dau"], values[f"{base}.dormant"]
    engaged, asleep, gone = shares_of(values, app, law, facts.population)
    returning = values["behaviour.base.dormant_return_rate"]
    shares = (1 - engaged - asleep - gone, asleep, gone)
    invited = _invited(values, facts, dau, shares)
    stays = _invited_law(values, shares, selection).days_active
    total = (dau - invited * stays) / law.days_active
    organic = total - returning * dormant
    if organic < 0:
        raise InputError(
            "the dormant who return and unpaid sharing bring more people a day than base DAU needs",
            field=base,
            value=round(returning * dormant + invited),
            allowed=f"below {dau / law.days_active:.0f} people a day",
            cure="lower base.dormant_return_rate or share.rate, or raise dau",
        )
    never = (1 - engaged - asleep - gone) * facts.population
    return Inflow(organic / never, returning, invited, total + invited)


def _invited_law(values: dict[str, float], shares: tuple[float, ...], selection: float | None) -> StandingLaw:
    """The law of those who came invited: their hazard is a multiple, beta's second shape shrinks by it; or, where
    people differ in interest, their opening is that of those who take an unpaid packet."""
    own = behaviour_of(values)
    if selection is not None:
        law, takes = app_law(own), _takes(own)
        came = [share * chance for share, chance in zip(shares, takes, strict=True)]
        opening = [mean_opening(law, selection, chance) for chance in takes]
        often = sum(people * mean for people, mean in zip(came, opening, strict=True)) / sum(came)
        return app_law({**own, "open.mean": own["open.mean"] * often / mean_opening(law, selection, 0.0)})
    ratio = max(own["churn.invited_multiplier"], 1e-6)
    return app_law({**own, "churn.beta": max(own["churn.beta"] / ratio, 0.1)})


def _invited(values: dict[str, float], facts: ChainFacts, sessions: float, shares: tuple[float, float, float]) -> float:
    """People a day whom unpaid sharing brings, to first order: packets x contacts who see x mean acceptance."""
    of = behaviour_of(values)
    groups = of["share.group_share"] * facts.with_chats
    single = (1 - groups) * of["share.recipients"] * of["see.single_chat"]
    grouped = groups * (facts.chat_size - 1) * of["see.group_chat"] * (1 - of["see.muted_share"])
    takes = 0.0
    for share, chance in zip(shares, _takes(of), strict=True):
        takes += share * chance
    return sessions * of["share.rate"] * (single + grouped) * takes


def _takes(of: dict[str, float]) -> list[float]:
    """Mean chance that somebody who never had the app, has it asleep, or removed it takes an unpaid packet."""
    logits = (of[f"respond.base_{state}"] + of["respond.tie"] / 2 for state in ("never", "dormant", "uninstalled"))
    return [1 / (1 + math.exp(-logit)) for logit in logits]
