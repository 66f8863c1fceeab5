"""THE LOOP: a day of a campaign, from the first exposure to the count.

 1. reach — paid, organic, broadcast and push exposure, and seeding; some install, some re-activate
 2. open — engaged users open the app, at an hour from the within-day profile
 3. tasks — those in a session sign in, do AI tasks, create or join an in-app group, use their draws
 4. share — they share packets into single chats and group chats of a platform, within their quota
 5. respond — those who see a packet claim a slot or not, after a delay
 6. pay — rewards from the pools; an empty pool pays nothing, and behaviour answers to that
 7. churn — engaged users fall dormant or uninstall
 8. count — the day's flows are summed and the charts published: integers only, priced later

Steps 1 and 2 are done in the morning, 7 and 8 at night; 3 and 4 (`sessions`), then 5 and 6 (`responses`) in each of the
H rounds of the day, over the people who have something to do in it. Inside a round every decision reads the state at
the round's start, and nobody sees what a person activated in round h shares before round h + 1.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax import lax

from graphs.device import Chain
from growth.campaign import Campaign, Schedule, at_round
from growth.chart import lifted, publish
from growth.farm import farm_claims, farm_sessions, leave_farmed
from growth.morning import new_day, open_app, reach
from growth.night import Flows, churn, count
from growth.pay import pay_claims
from growth.pools import topped_up
from growth.respond import answer, settle
from growth.seeding import seed
from growth.session_pay import pay_sessions
from growth.share import make_packets, send
from growth.state import Sizes, State
from growth.strangers import post_openly
from growth.streams import lane_keys
from growth.tasks import arrive, play
from growth.wallet import cash_out, expire, note_held

__all__ = ["morning", "night", "responses", "sessions", "step"]


def step(key: jax.Array, state: State, graph: Chain, campaign: Campaign, *, sizes: Sizes) -> tuple[State, Flows]:
    """One day: ``(key, state, graph, campaign) -> (state, flows)``.

    ``key`` uint32[2] is the run's root key, the same every day. ``sizes`` is static. The parts can be called one by
    one (a block of work may end after any of them) and give the same bytes.
    """
    state = morning(key, state, graph, campaign, sizes=sizes)

    def one_round(_, state):
        state = sessions(key, state, graph, campaign, sizes=sizes)
        return responses(key, state, graph, campaign, sizes=sizes)

    state = lax.fori_loop(0, sizes.days_rounds, one_round, state)
    state = sessions(key, state, graph, campaign, sizes=sizes)
    return night(key, state, graph, campaign, sizes=sizes)


def morning(key: jax.Array, state: State, graph: Chain, campaign: Campaign, *, sizes: Sizes) -> State:
    """Steps 1 and 2."""
    day = state.clock // sizes.days_rounds
    keys = lane_keys(key, campaign.lanes.replicate, campaign.lanes.app)
    p = lifted(at_round(campaign.schedule, state.clock), state, campaign, sizes)
    state = new_day(state, p, sizes, day)
    state = _top_up(state, p, campaign, jnp.bool_(True))
    state = reach(keys, state, campaign, p, sizes, day)
    state = seed(keys, state, graph, campaign, p, sizes, day)
    return open_app(keys, state, graph, campaign, p, sizes, day)


def sessions(key: jax.Array, state: State, graph: Chain, campaign: Campaign, *, sizes: Sizes) -> State:
    """Steps 3 and 4 in one round: of those who open in it and those activated in the round before.

    Called once more before midnight, for those activated in the last round: their first session belongs to the day
    they came, and what they share is answered from the next round on.
    """
    keys = lane_keys(key, campaign.lanes.replicate, campaign.lanes.app)
    clock = state.clock - state.midnight
    p = at_round(campaign.schedule, clock)
    begins = (state.midnight == 0) & (jnp.mod(clock, sizes.days_rounds) > 0)  # the first round has begun in the morning
    state = _top_up(state, p, campaign, begins)
    state = arrive(state, sizes, clock)
    state = play(keys, state, graph, campaign, p, sizes, clock)
    people = state.lists.sessions.length
    state = farm_sessions(keys, state, campaign, p, sizes, clock)
    state = pay_sessions(expire(state, p, sizes), campaign, sizes)
    state = leave_farmed(state, people, sizes)
    state = cash_out(keys, state, p, sizes, clock // sizes.days_rounds)
    first = state.lists.packets.length
    state, contacts = make_packets(keys, state, graph, p, sizes, clock)
    state = send(keys, state, graph, campaign, p, sizes, clock, first, contacts)
    state = post_openly(state, p, sizes, clock, first)
    done = state.lists.actors._replace(length=jnp.int32(0))
    return _watch(state._replace(lists=state.lists._replace(actors=done)), sizes, clock)


def responses(key: jax.Array, state: State, graph: Chain, campaign: Campaign, *, sizes: Sizes) -> State:
    """Steps 5 and 6 in one round."""
    keys = lane_keys(key, campaign.lanes.replicate, campaign.lanes.app)
    p = at_round(campaign.schedule, state.clock)
    state = answer(state, graph, campaign, p, sizes, (state.clock + 1) * sizes.seconds)
    state = farm_claims(keys, state, p, sizes)
    state = settle(keys, state, graph, campaign, p, sizes)
    state = pay_claims(keys, state, campaign, p, sizes)
    state = _watch(state, sizes, state.clock)
    clock = state.clock + 1
    return state._replace(clock=clock, midnight=(jnp.mod(clock, sizes.days_rounds) == 0).astype(jnp.int32))


def night(key: jax.Array, state: State, graph: Chain, campaign: Campaign, *, sizes: Sizes) -> tuple[State, Flows]:
    """Steps 7 and 8."""
    day = (state.clock - 1) // sizes.days_rounds
    keys = lane_keys(key, campaign.lanes.replicate, campaign.lanes.app)
    p = at_round(campaign.schedule, state.clock - 1)
    state = churn(keys, state, graph, campaign, p, sizes, day)
    state = note_held(publish(keys, state, campaign, p, sizes, day), sizes)
    return state._replace(midnight=jnp.int32(0)), count(state, day)


def _top_up(state: State, p: Schedule, campaign: Campaign, now: jax.Array) -> State:
    """Add to the pools what is added as this round begins."""
    return state._replace(totals=topped_up(state.totals, p, campaign.lanes.purse, now))


def _watch(state: State, sizes: Sizes, clock: jax.Array) -> State:
    """Note which lists have outgrown their capacity; the host then begins the block again with larger ones."""
    lists = state.lists
    half = jnp.mod(clock // sizes.days_rounds, 2) * sizes.packet_stride
    full = [
        lists.pending.length > sizes.pending,
        lists.actors.length > sizes.actors,
        lists.packets.length - half > sizes.packets,
        lists.claims.length > sizes.claims,
        lists.log.length > sizes.log,
    ]
    bits = sum((flag.astype(jnp.int32) << bit for bit, flag in enumerate(full)), jnp.int32(0))
    return state._replace(overflow=state.overflow | bits)
