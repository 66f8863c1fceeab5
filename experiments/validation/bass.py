"""The Bass equation run by the campaign day: everybody knows everybody, reach is innovation, shares are imitation.

On the complete graph with constant rates an agent-based model must follow Bass (1969), dF/dt = (p + q F)(1 - F): the
field's test case (Rand and Rust 2011, doi 10.1016/j.ijresmar.2011.03.002). Here a user who never joined is reached with
probability p a day; each user who joined opens every day and sends one packet to one friend, who takes it with
probability q. The day is a finite step and a joiner's first session shares as well, so that the engine follows
`daily_curve` exactly as users grow, and the equation as p and q a day go to zero.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

__all__ = ["IMITATION", "INNOVATION", "Curves", "bass_curve", "bass_run", "daily_curve"]

INNOVATION, IMITATION = 0.001, 0.03
"""p and q a day: 0.03 and 0.9 a month of 30 days."""
_SEED = 2011


class Curves(NamedTuple):
    """Share of users who joined by the end of each day, [days] or [lanes, days]."""

    engine: np.ndarray
    daily: np.ndarray
    bass: np.ndarray


def bass_curve(days: np.ndarray, p: float, q: float) -> np.ndarray:
    """F(t) of the Bass equation from F(0) = 0."""
    fall = np.exp(-(p + q) * days)
    return (1 - fall) / (1 + q / p * fall)


def daily_curve(days: int, p: float, q: float) -> np.ndarray:
    """The same in steps of a day, infinitely many users: each packet of those who had joined by yesterday evening,
    and of yesterday's first sessions, goes to a user at random."""
    joined, new, curve = 0.0, 0.0, []
    for _ in range(days):
        stays = (1 - p) * np.exp(-q * (joined + new))
        new = (1 - joined) * (1 - stays)
        joined += new
        curve.append(joined)
    return np.array(curve)


def bass_run(users: int = 10_000, lanes: int = 16, days: int = 250) -> Curves:
    """Run the engine; ``engine`` is [lanes, days], the two laws [days] at the rates that the engine really has."""
    import jax

    from graphs.complete import CompleteChain
    from growth.campaign import LOGIT_UNIT, STATES
    from growth.engine import Engine
    from growth.flows import CAUSES, COLUMNS
    from growth.plain import NEVER, plain_campaign, quiet_tables, share_with_friends
    from growth.state import Sizes
    from growth.streams import ONE, root_key

    logit = round(float(np.log(IMITATION / (1 - IMITATION))) * LOGIT_UNIT)
    accept = np.full((2, 4, 4), NEVER)
    accept[..., 0] = logit
    reach = np.zeros((len(STATES), len(CAUSES)), np.uint32)
    reach[0] = round(INNOVATION * ONE)
    told: dict[str, Any] = share_with_friends(1, logit)
    told |= {"accept": accept, "reach": reach, "reach_most": reach.max()}
    everyone = lanes * users
    lists = {"pending": everyone, "actors": everyone, "packets": everyone, "claims": everyone // 4, "log": everyone}
    machine = Engine(CompleteChain(users), Sizes(lanes, users, 1, 1, 2048, **lists), jax.devices()[:1])
    campaign = machine.place(plain_campaign(lanes, days, told, quiet_tables(lanes, 0.0)))
    key, joined = root_key(_SEED), []
    state = machine.begin(key, campaign)
    for _ in range(days):
        state = machine.round(key, machine.morning(key, state, campaign), campaign)
        state, flows = machine.night(key, state, campaign)
        joined.append(np.asarray(flows.table)[:, COLUMNS["activations"]].sum(axis=1))
    if np.asarray(state.overflow).any():
        raise RuntimeError("a list was too small for this check")
    p, q = int(reach[0, 0]) / ONE, 1 / (1 + np.exp(-logit / LOGIT_UNIT))
    every = np.cumsum(np.stack(joined, axis=1), axis=1) / users
    return Curves(every, daily_curve(days, p, q), bass_curve(np.arange(1, days + 1), p, q))
