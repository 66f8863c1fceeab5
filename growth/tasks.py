"""Step 3 of a day: what people do in a session: sign in, AI tasks, in-app group, draws, and how much to share."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax import lax

from graphs.device import Chain, pick
from growth.behaviour import Person, person
from growth.campaign import COUNT_STEPS, QUANTILES, Campaign, Schedule
from growth.flows import column
from growth.pools import closing_time, is_before, open_cents, spend
from growth.queues import Rows, append, chunk, each_chunk, write
from growth.record import inverse_cdf, tally
from growth.state import NO_GROUP, Sizes, State, Users
from growth.streams import Stream, below, words

__all__ = ["arrive", "pay_draws", "play"]

PLAY_DRAWS = 0
"""Row of `Tables.amount` of a lottery draw."""


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
    rich = open_cents(state.totals, 0) > 0

    def body(start, carry):
        users, flows, sessions, group_since, packets = carry
        rows, exists = chunk(actors, start, sizes.chunk)
        who = person(rows[:, 0], sizes.users)
        when = jnp.broadcast_to(day, who.user.shape)
        task_word, draw_word = words(keys, who.lane, Stream.TASK, who.user, when)
        share_word, works_word = words(keys, who.lane, Stream.SHARE, who.user, when)
        works = exists & below(works_word, pick(p.works, who.lane))
        on = works & (pick(p.campaign_on, who.lane) > 0)
        tasks = jnp.where(works, inverse_cdf(p.ai_law, who.lane, COUNT_STEPS, task_word), 0)
        users, group_since, made, joined = _group(keys, users, group_since, graph, p, who, on, when, clock, sizes)
        earned = pick(users.earned, who.ids).astype(jnp.int32)
        draws = _draws(p, who, on, draw_word, tasks, earned, made, joined)
        cents = _amounts(keys, campaign, who, when, draws)
        paying = pick(rich, who.lane).astype(jnp.int32)
        share = inverse_cdf(p.share_law.reshape(-1, COUNT_STEPS), who.lane * 2 + paying, COUNT_STEPS, share_word)
        share = jnp.where(works, jnp.minimum(share, pick(p.share_limit, who.lane)), 0)
        flows = _count(flows, who, on, tasks, share, made, joined)
        first = packets + jnp.cumsum(share, dtype=jnp.int32) - share
        tie = (draw_word >> jnp.uint32(1)).astype(jnp.int32)
        block = jnp.stack([who.ids, rows[:, 1], draws, cents, share, first, tie], axis=1)
        used = jnp.where(exists & (draws > 0), who.ids, jnp.int32(users.earned.shape[0]))
        users = users._replace(earned=users.earned.at[used].set(jnp.int16(0), mode="drop"))
        total = packets + jnp.sum(share, dtype=jnp.int32)
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


def _draws(p: Schedule, who: Person, on, word, tasks, earned, made, joined) -> jax.Array:
    """Draws of a session: the free ones and those earned, within the day's limits, by whoever takes part."""
    lane = who.lane
    earned = jnp.minimum((earned * pick(p.claim_draws, lane)) >> 8, pick(p.claim_draw_limit, lane))
    grouped = jnp.where(made, pick(p.group_draws[:, 0], lane), jnp.where(joined, pick(p.group_draws[:, 1], lane), 0))
    total = pick(p.free_draws, lane) + pick(p.sign_in_draws, lane) + earned
    total = total + jnp.minimum(tasks, pick(p.ai_limit, lane)) * pick(p.ai_draws, lane) + grouped
    takes = on & below(word, pick(p.draw_take_up, lane))
    return jnp.where(takes, jnp.minimum(total, pick(p.draw_limit, lane)), 0)


def _amounts(keys, campaign: Campaign, who: Person, when, draws) -> jax.Array:
    """Cents won in a session: the sum over its draws, each by its own word, two draws to a counter."""
    table = campaign.tables.amount.reshape(-1)
    base = (who.lane * 2 + PLAY_DRAWS) * QUANTILES

    def add(pair, total):
        x0, x1 = words(keys, who.lane, Stream.DRAW, who.user, when * 256 + pair)
        for odd, word in enumerate((x0, x1)):
            amount = pick(table, base + (word >> jnp.uint32(22)).astype(jnp.int32))
            total = total + jnp.where(2 * pair + odd < draws, amount, 0)
        return total

    return lax.fori_loop(0, (jnp.max(draws) + 1) // 2, add, jnp.zeros_like(draws))


def _group(keys, users: Users, since, graph: Chain, p: Schedule, who: Person, on, when, now, sizes: Sizes):
    """Create or join an in-app group in one of one's own chats.

    Joining needs a group that began in an earlier round: two people who create in the same chat and round are both
    creators, whichever is looked at first.
    """
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


def pay_draws(state: State, sizes: Sizes) -> State:
    """Pay the sessions' draws from the draw pool, in order of their second, until one does not fit: then it closes."""
    sessions: Rows = state.lists.sessions
    left = open_cents(state.totals, 0)
    closes = closing_time(sessions, 0, 1, 3, 6, left, sizes)

    def body(start, carry):
        flows, spent, refused = carry
        rows, exists = chunk(sessions, start, sizes.chunk)
        who = person(rows[:, 0], sizes.users)
        asks = exists & (rows[:, 2] > 0)
        paid = asks & is_before(rows[:, 1], rows[:, 6], closes, who.lane)
        cents = jnp.where(paid, rows[:, 3], 0)
        origin = pick(state.users.origin, who.ids).astype(jnp.int32)
        recipient = jnp.where(origin == 0, 0, jnp.where(origin <= 5, 1, 2))
        flows = tally(flows, who.lane, column("paid_cents") + recipient, cents)
        flows = tally(flows, who.lane, column("draws"), jnp.where(paid, rows[:, 2], 0))
        flows = tally(flows, who.lane, column("refused_draws"), jnp.where(paid, 0, jnp.where(asks, rows[:, 2], 0)))
        return flows, spent.at[who.lane].add(cents), refused.at[who.lane].max(asks & ~paid)

    carry = (state.totals.flows, jnp.zeros_like(left), jnp.zeros(left.shape, bool))
    flows, spent, refused = each_chunk(sessions.length, sizes.chunk, body, carry)
    return state._replace(totals=spend(state.totals._replace(flows=flows), 0, spent, refused))
