"""Step 3 of a day: what people do in a session: sign in, AI tasks, in-app group, draws, orders, how much to share."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp

from graphs.device import Chain, pick
from growth.amounts import PLAY_DRAWS, won
from growth.behaviour import Person, person
from growth.campaign import COUNT_STEPS, Campaign, Schedule
from growth.capacity import asked_tasks, working
from growth.flows import column
from growth.habits import sharing_word, still_fresh
from growth.outsiders import refused_rewards
from growth.pools import any_open
from growth.posts import noticed
from growth.queues import append, chunk, each_chunk, write
from growth.reciprocity import send_back
from growth.record import inverse_cdf, tally
from growth.state import NO_GROUP, Part, Sizes, State, Users
from growth.streams import Stream, below, words

__all__ = ["Session", "arrive", "play"]


class Session(NamedTuple):
    """Columns of the list of sessions."""

    who: jax.Array
    second: jax.Array
    draws: jax.Array  # used in this session
    cents: jax.Array  # they ask for
    packets: jax.Array  # shared, and the notice behind them
    first: jax.Array  # number of the first of them in the round
    tie: jax.Array  # tie-break among payments of one second
    orders: jax.Array  # with a coupon each
    order_cents: jax.Array  # they ask for
    share_cents: jax.Array  # asked for by packets that are paid as such
    farmed: jax.Array  # whose it is: 0 a person's, else as in `growth.farm` (part ABUSE)


def arrive(state: State, sizes: Sizes, clock: jax.Array) -> State:
    """Add today's openers whose second lies in this round to the people who act (the just activated are there).
    After the last round nobody is added: its openers have had their sessions."""
    openers = state.lists.openers
    since = clock * sizes.seconds
    until = jnp.where(state.midnight > 0, since, since + sizes.seconds)

    def body(start, actors):
        rows, exists = chunk(openers, start, sizes.chunk)
        now = exists & (rows[:, 1] >= since) & (rows[:, 1] < until)
        return append(actors, rows, now)

    actors = each_chunk(openers.length, sizes.chunk, body, state.lists.actors)
    return state._replace(lists=state.lists._replace(actors=actors))


def play(keys, state: State, graph: Chain, campaign: Campaign, p: Schedule, sizes: Sizes, clock) -> State:
    """Everything of a session but its sharing and its pay: fills in draws, cents asked for, packets to share."""
    day = clock // sizes.days_rounds
    rich = any_open(state.totals, campaign.lanes.purse, "draw", "invitation")
    serves = working(keys, state, graph, p, sizes, day)

    def body(start, carry):
        users, flows, sessions, group_since, packets = carry
        rows, exists = chunk(actors, start, sizes.chunk)
        who = person(rows[:, 0], sizes.users)
        when = jnp.broadcast_to(day, who.user.shape)
        asked, draw_word = asked_tasks(keys, users, state.group_active, graph, p, sizes, who, day)
        share_word, works_word = words(keys, who.lane, Stream.SHARE, who.user, when)
        works = exists & below(works_word, pick(serves, who.lane))
        on = works & (pick(p.campaign_on, who.lane) > 0)
        tasks = jnp.where(works, asked, 0)
        users, group_since, made, joined = _group(keys, users, group_since, graph, p, who, on, when, clock, sizes)
        earned = pick(users.earned, who.ids)
        times = _booster(keys, p, sizes, who, when)
        draws = _draws(p, who, on, draw_word, tasks, earned >> 8, made, joined, times)
        cents = won(keys, campaign, p, who, Stream.DRAW, PLAY_DRAWS, when * 256, draws)
        paying = pick(rich, who.lane).astype(jnp.int32)
        share_word = sharing_word(keys, graph, campaign, p, sizes, who, day, share_word)
        share = inverse_cdf(p.share_law.reshape(-1, COUNT_STEPS), who.lane * 2 + paying, COUNT_STEPS, share_word)
        share = jnp.where(still_fresh(keys, users, p, sizes, who, day), share, 0)
        users, more = send_back(keys, users, p, sizes, who, works, day)
        limit = pick(p.share_limit, who.lane)
        more = jnp.where(works & (share < limit), more, 0)
        share = jnp.where(works, jnp.minimum(share + more, limit), 0)
        told = works & noticed(keys, p, sizes, who, day)
        sent = share + told.astype(jnp.int32)
        flows = _count(flows, who, on, tasks, share, made, joined)
        flows = tally(flows, who.lane, column("failed_sessions"), exists & ~works)
        flows = tally(flows, who.lane, column("failed_tasks"), jnp.where(exists & ~works, asked, 0))
        flows = tally(flows, who.lane, column("sent_back"), more) if sizes.has(Part.RECIPROCITY) else flows
        first = packets + jnp.cumsum(sent, dtype=jnp.int32) - sent
        tie = (draw_word >> jnp.uint32(1)).astype(jnp.int32)
        used = jnp.where(exists & (draws > 0), who.ids, jnp.int32(users.earned.shape[0]))
        users = users._replace(earned=users.earned.at[used].set(earned & 255, mode="drop"))
        users, flows, orders, order_cents = _orders(keys, users, flows, p, who, on, when, sizes)
        paid_share = jnp.where(on, share * pick(p.share_cents, who.lane), 0)
        flows, cents, paid_share = _withhold(keys, flows, p, sizes, who, cents, paid_share)
        nobody = jnp.zeros_like(who.ids)
        fields = Session(who.ids, rows[:, 1], draws, cents, sent, first, tie, orders, order_cents, paid_share, nobody)
        block = jnp.stack(list(fields)[: sessions.fields], axis=1)
        total = packets + jnp.sum(sent, dtype=jnp.int32)
        return users, flows, write(sessions, start, block), group_since, total

    lists = state.lists
    actors = lists.actors
    sessions = lists.sessions._replace(length=actors.length)
    carry = (state.users, state.totals.flows, sessions, state.group_since, jnp.int32(0))
    users, flows, sessions, since, _ = each_chunk(actors.length, sizes.chunk, body, carry)
    return state._replace(
        users=users,
        totals=state.totals._replace(flows=flows),
        lists=lists._replace(sessions=sessions),
        group_since=since,
    )


def _count(flows, who: Person, on, tasks, share, made, joined):
    """The day's counts of a chunk of sessions."""
    flows = tally(flows, who.lane, column("sign_ins"), on)
    flows = tally(flows, who.lane, column("ai_tasks"), tasks)
    flows = tally(flows, who.lane, column("sharers"), share > 0)
    flows = tally(flows, who.lane, column("groups_created"), made)
    return tally(flows, who.lane, column("group_joins"), joined)


def _booster(keys, p: Schedule, sizes: Sizes, who: Person, when: jax.Array) -> jax.Array:
    """By what each session's draws are multiplied: 1 without a card."""
    if not sizes.has(Part.BOOSTER):
        return jnp.ones_like(who.ids)
    word, _ = words(keys, who.lane, Stream.BOOSTER, who.user, when)
    return jnp.where(below(word, pick(p.booster, who.lane)), pick(p.booster_times, who.lane), 1)


def _draws(p: Schedule, who: Person, on, word, tasks, earned, made, joined, times) -> jax.Array:
    """Draws of a session: the free ones and those earned, ``times`` so many with a card, within the day's limits, by
    whoever takes part."""
    lane = who.lane
    earned = jnp.minimum(earned, pick(p.claim_draw_limit, lane))
    grouped = jnp.where(made, pick(p.group_draws[:, 0], lane), jnp.where(joined, pick(p.group_draws[:, 1], lane), 0))
    total = pick(p.free_draws, lane) + pick(p.sign_in_draws, lane) + earned
    total = total + jnp.minimum(tasks, pick(p.ai_limit, lane)) * pick(p.ai_draws, lane) + grouped
    takes = on & below(word, pick(p.draw_take_up, lane))
    return jnp.where(takes, jnp.minimum(total * times, pick(p.draw_limit, lane)), 0)


def _withhold(keys, flows, p: Schedule, sizes: Sizes, who: Person, *asked: jax.Array):
    """What risk control leaves of cents ``asked`` for in sessions, flows first; each request is a check."""
    if not sizes.has(Part.ABUSE):
        return flows, *asked
    wrongly = refused_rewards(keys, p, sizes, who)
    checks = sum((cents > 0).astype(jnp.int32) for cents in asked)
    flows = tally(flows, who.lane, column("checks"), checks * pick(p.checking, who.lane))
    flows = tally(flows, who.lane, column("false_alarms"), jnp.where(wrongly, checks, 0))
    flows = tally(flows, who.lane, column("withheld_cents"), jnp.where(wrongly, sum(asked), 0))
    return flows, *(jnp.where(wrongly, 0, cents) for cents in asked)


def _orders(keys, users: Users, flows, p: Schedule, who: Person, on, when, sizes: Sizes):
    """Orders of a session and the cents that their coupons are worth. Whoever meets the campaign gets the coupons
    that everyone gets, once."""
    nothing = jnp.zeros_like(who.ids)
    if not sizes.has(Part.ORDER):
        return users, flows, nothing, nothing
    given = jnp.where(on & ~pick(users.greeted, who.ids), pick(p.coupons, who.lane), 0)
    held = pick(users.coupons, who.ids) + given
    outside = jnp.int32(users.greeted.shape[0])
    users = users._replace(
        coupons=users.coupons.at[jnp.where(given > 0, who.ids, outside)].set(held, mode="drop"),
        greeted=users.greeted.at[jnp.where(on, who.ids, outside)].set(True, mode="drop"),
    )
    word, _ = words(keys, who.lane, Stream.ORDER, who.user, when)
    wanted = inverse_cdf(p.order_law, who.lane, COUNT_STEPS, word)
    orders = jnp.where(on & (pick(p.coupon_valid, who.lane) > 0), jnp.minimum(wanted, held), 0)
    flows = tally(flows, who.lane, column("coupons_given"), given)
    return users, flows, orders, orders * pick(p.coupon_cents, who.lane)


def _group(keys, users: Users, since, graph: Chain, p: Schedule, who: Person, on, when, now, sizes: Sizes):
    """Create or join an in-app group in one of one's own chats.

    Joining needs a group that began in an earlier round: two people who create in the same chat and round are both
    creators, whichever is looked at first.
    """
    if not sizes.has(Part.GROUP):
        nobody = jnp.zeros(who.ids.shape, bool)
        return users, since, nobody, nobody
    word, choice = words(keys, who.lane, Stream.GROUP, who.user, when)
    count = graph.chat_count(who.user)
    slot = ((choice >> jnp.uint32(16)) * jnp.minimum(count, NO_GROUP).astype(jnp.uint32)) >> jnp.uint32(16)
    chat = graph.chat(who.user, slot.astype(jnp.int32))
    cell = who.lane * sizes.chats + chat
    began = pick(since, cell)
    free = on & (count > 0) & (pick(users.group_slot, who.ids) == NO_GROUP)
    running = (began >= 0) & (began < now)
    joined = free & running & below(word, pick(p.group_join, who.lane))
    made = free & ~running & below(word, pick(p.group_create, who.lane))
    outside = jnp.int32(users.group_slot.shape[0])
    there = jnp.where(made | joined, who.ids, outside)
    begins = jnp.where(made, cell, jnp.int32(since.shape[0]))
    users = users._replace(
        group_slot=users.group_slot.at[there].set(slot.astype(jnp.uint8), mode="drop"),
    )
    return users, since.at[begins].set(now, mode="drop"), made, joined
