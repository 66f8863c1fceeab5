"""Wallets: money is won first and cashed out later, in windows, above a least amount; what is left expires.

To the cent and always: what was won is what was cashed out, what has expired, and what is still held. An expiry empties
every wallet without touching it: a wallet that was filled before the last expiry counts as empty.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp

from graphs.device import pick
from growth.behaviour import person
from growth.campaign import Schedule
from growth.flows import column
from growth.queues import chunk, each_chunk
from growth.record import tally
from growth.state import Part, Sizes, State, Users
from growth.streams import Stream, below, words

__all__ = ["cash_out", "expire", "held_by", "note_held", "win"]


def held_by(users: Users, expiries: jax.Array, ids: jax.Array, lane: jax.Array) -> jax.Array:
    """Cents in each person's wallet, int32."""
    fresh = pick(users.wallet_age, ids).astype(jnp.int32) == (pick(expiries, lane) & 255)
    return jnp.where(fresh, pick(users.wallet, ids), 0)


def win(users: Users, state: State, sizes: Sizes, ids: jax.Array, lane: jax.Array, cents: jax.Array) -> Users:
    """Put ``cents`` into wallets; a person may stand in several rows. ``state`` gives the number of expiries."""
    if not sizes.has(Part.WALLET):
        return users
    outside = jnp.int32(users.wallet.shape[0])
    wins = cents > 0
    # Emptied first where it has expired, by a write that is the same for every row of a person, then added to.
    old = wins & (held_by(users, state.expiries, ids, lane) == 0)
    wallet = users.wallet.at[jnp.where(old, ids, outside)].set(0, mode="drop")
    wallet = wallet.at[jnp.where(wins, ids, outside)].add(cents, mode="drop")
    age = (pick(state.expiries, lane) & 255).astype(jnp.uint8)
    return users._replace(
        wallet=wallet, wallet_age=users.wallet_age.at[jnp.where(wins, ids, outside)].set(age, mode="drop")
    )


def expire(state: State, p: Schedule, sizes: Sizes) -> State:
    """At the beginning of a round that the schedule marks, what is in the wallets is lost."""
    if not sizes.has(Part.WALLET):
        return state
    now = (p.cash_expires > 0) & (state.midnight == 0)  # the last round's schedule is read twice
    flows = state.totals.flows.at[:, column("expired_cents")].add(jnp.where(now, state.held, 0))
    return state._replace(
        held=jnp.where(now, 0, state.held),
        expiries=state.expiries + now.astype(jnp.int32),
        totals=state.totals._replace(flows=flows),
    )


def cash_out(keys, state: State, p: Schedule, sizes: Sizes, day: jax.Array) -> State:
    """This round's sessions cash out whole wallets while the window is open."""
    if not sizes.has(Part.WALLET):
        return state
    sessions = state.lists.sessions

    def body(start, carry):
        wallet, flows = carry
        rows, exists = chunk(sessions, start, sizes.chunk)
        who = person(rows[:, 0], sizes.users)
        word, _ = words(keys, who.lane, Stream.WALLET, who.user, jnp.broadcast_to(day, who.user.shape))
        held = held_by(state.users._replace(wallet=wallet), state.expiries, who.ids, who.lane)
        wants = (pick(p.cash_open, who.lane) > 0) & below(word, pick(p.cash_take_up, who.lane))
        gets = jnp.where(exists & wants & (held >= pick(p.cash_least, who.lane)), held, 0)
        flows = tally(flows, who.lane, column("cashed_cents"), gets)
        there = jnp.where(gets > 0, who.ids, jnp.int32(wallet.shape[0]))
        return wallet.at[there].set(0, mode="drop"), flows

    wallet, flows = each_chunk(sessions.length, sizes.chunk, body, (state.users.wallet, state.totals.flows))
    cashed = flows[:, column("cashed_cents")] - state.totals.flows[:, column("cashed_cents")]
    return state._replace(
        users=state.users._replace(wallet=wallet),
        held=state.held - cashed,
        totals=state.totals._replace(flows=flows),
    )


def note_held(state: State, sizes: Sizes) -> State:
    """Write down what is in all wallets at the end of the day: a stock, in the table of the day's flows."""
    if not sizes.has(Part.WALLET):
        return state
    flows = state.totals.flows.at[:, column("held_cents")].set(state.held)
    return state._replace(totals=state.totals._replace(flows=flows))
