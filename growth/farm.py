"""Farmed accounts: each takes part on every day, at a second of its own, as requests beside those of people."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp

from graphs.device import pick
from growth.amounts import PACKET_SLOT, PLAY_DRAWS, won
from growth.behaviour import Person
from growth.campaign import Campaign, Schedule
from growth.flows import column
from growth.outsiders import found
from growth.queues import Rows, append, each_chunk
from growth.record import tally
from growth.state import ENGAGED, Part, Sizes, State
from growth.streams import Stream, below, words
from growth.tasks import Session

__all__ = ["FOUND", "farm_cents", "farm_claims", "farm_sessions", "leave_farmed", "presented"]

FOUND = 2
"""Value of `Session.farmed` of an account that is found later; 1 where it is not, 0 for a person."""
_FIRST_CLAIM, _FRESH = 128, 255  # counters of an account's words of a day: draws, then claims, and whether it is new


class _Accounts(NamedTuple):
    """A chunk of farmed accounts."""

    lane: jax.Array
    number: jax.Array
    second: jax.Array
    word: jax.Array  # int32, tie-break
    acts: jax.Array  # bool: exists, and its second lies in the round
    blocked: jax.Array  # bool: known to risk control


def _accounts(keys, p: Schedule, sizes: Sizes, clock, place: jax.Array, most: jax.Array) -> _Accounts:
    """Who is at each ``place`` of all lanes' accounts, ``most`` a lane."""
    day, since = clock // sizes.days_rounds, clock * sizes.seconds
    lane, number = place // most, jnp.mod(place, most)
    lane = jnp.minimum(lane, sizes.lanes - 1)
    when, tie = words(keys, lane, Stream.FARM, number, jnp.broadcast_to(day + 1, lane.shape))
    second = day * 86400 + ((when >> jnp.uint32(17)) * jnp.uint32(86400) >> jnp.uint32(15)).astype(jnp.int32)
    known, _ = words(keys, lane, Stream.FARM, number, jnp.zeros_like(lane))
    acts = (place < sizes.lanes * most) & (number < pick(p.farm_accounts, lane)) & (pick(p.campaign_on, lane) > 0)
    acts = acts & (second >= since) & (second < since + sizes.seconds)
    return _Accounts(
        lane, number, second, (tie >> jnp.uint32(1)).astype(jnp.int32), acts, below(known, pick(p.detection, lane))
    )


_Asks = Callable[[_Accounts], tuple[jax.Array, jax.Array]]
"""Rows of a chunk of accounts, and which of them ask for anything."""


def _each_account(keys, p: Schedule, sizes: Sizes, clock, on: jax.Array, asks: _Asks, carry: tuple[Rows, jax.Array]):
    """Append to a list the rows of this round's accounts that ask for something and are not blocked; count both.
    ``carry`` is the list and the flows."""
    most = jnp.maximum(jnp.max(p.farm_accounts), 1)
    total = jnp.where(on & (jnp.max(p.farm_accounts) > 0), sizes.lanes * most, 0)

    def body(start, carry):
        rows, flows = carry
        it = _accounts(keys, p, sizes, clock, start + jnp.arange(sizes.chunk, dtype=jnp.int32), most)
        block, wants = asks(it)
        flows = tally(flows, it.lane, column("checks"), it.acts & wants & (pick(p.checking, it.lane) > 0))
        flows = tally(flows, it.lane, column("blocked"), it.acts & wants & it.blocked)
        return append(rows, block, it.acts & wants & ~it.blocked), flows

    return each_chunk(total, sizes.chunk, body, carry)


def farm_sessions(keys, state: State, campaign: Campaign, p: Schedule, sizes: Sizes, clock: jax.Array) -> State:
    """Add this round's farmed accounts to the list of sessions, asking for their draws, behind those of people."""
    if not sizes.has(Part.ABUSE):
        return state
    day = clock // sizes.days_rounds

    def asks(it: _Accounts):
        who = Person(it.lane * sizes.users, it.lane, it.number)
        first = jnp.broadcast_to(day * 256, it.lane.shape)
        draws = jnp.where(it.acts, pick(p.farm_draws, it.lane), 0)
        cents = won(keys, campaign, p, who, Stream.FARM_DRAW, PLAY_DRAWS, first, draws)
        nothing = jnp.zeros_like(it.lane)
        farmed = jnp.where(found(keys, p, it.lane, it.number), FOUND, 1)
        row = Session(who.ids, it.second, draws, cents, nothing, nothing, it.word, nothing, nothing, nothing, farmed)
        return jnp.stack(list(row), axis=1), draws > 0

    carry = (state.lists.sessions, state.totals.flows)
    sessions, flows = _each_account(keys, p, sizes, clock, state.midnight == 0, asks, carry)
    too_many = (sessions.length > sizes.actors).astype(jnp.int32) << 1
    return state._replace(
        lists=state.lists._replace(sessions=sessions),
        totals=state.totals._replace(flows=flows),
        overflow=state.overflow | too_many,
    )


def leave_farmed(state: State, people: jax.Array, sizes: Sizes) -> State:
    """Once paid, farmed accounts leave the list of sessions: its first ``people`` rows stay."""
    if not sizes.has(Part.ABUSE):
        return state
    sessions = state.lists.sessions._replace(length=people)
    return state._replace(lists=state.lists._replace(sessions=sessions))


def farm_claims(keys, state: State, p: Schedule, sizes: Sizes) -> State:
    """Add this round's farmed accounts to the list of claims, asking for their slots and as newcomers."""
    if not sizes.has(Part.ABUSE):
        return state
    clock = state.clock

    def asks(it: _Accounts):
        wants = (pick(p.farm_claims, it.lane) > 0) | presented(keys, p, it.lane, it.number, clock // sizes.days_rounds)
        nothing = jnp.zeros_like(it.lane)
        fields = [it.lane * sizes.users, it.second, -2 - it.number, it.word, nothing, nothing + ENGAGED]
        return jnp.stack(fields, axis=1), wants

    carry = (state.lists.claims, state.totals.flows)
    claims, flows = _each_account(keys, p, sizes, clock, jnp.bool_(True), asks, carry)
    return state._replace(lists=state.lists._replace(claims=claims), totals=state.totals._replace(flows=flows))


def farm_cents(keys, campaign: Campaign, p: Schedule, lane, number, farmed, day) -> jax.Array:
    """Cents that the slots of each farmed account pay; 0 for other rows."""
    first = jnp.broadcast_to(day * 256 + _FIRST_CLAIM, lane.shape)
    claims = jnp.where(farmed, pick(p.farm_claims, lane), 0)
    return won(keys, campaign, p, Person(lane, lane, number), Stream.FARM_DRAW, PACKET_SLOT, first, claims)


def presented(keys, p: Schedule, lane: jax.Array, number: jax.Array, day: jax.Array) -> jax.Array:
    """Whether each farmed account is presented today as somebody new who was invited."""
    when = jnp.broadcast_to(day * 256 + _FRESH, lane.shape)
    word, _ = words(keys, lane, Stream.FARM_DRAW, number, when)
    return below(word, pick(p.farm_fresh, lane))
