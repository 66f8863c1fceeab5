"""Influencer seeding: on a morning the campaign brings in people of its own choice, exactly as many as it asks for.

People stand in one order for each rule: by friends (tie slots) or by affinity, the most first, with equals in an order
of words that they own, or by such words alone. The first m of it are seeded: so fewer seeds are among more, whatever
the design, the size of a chunk and the number of devices. Where the m-th stands is found by counting (a radix
select over eight bits at a time), never by sorting everyone: nothing the size of the society is stored, and a chain
that computes its ties is asked as one that stores them.

Whoever is engaged already is seeded too, costs as much, and is not activated.
"""

from __future__ import annotations

from functools import partial

import jax
import jax.numpy as jnp
from jax import lax

from graphs.device import Chain, pick
from growth.behaviour import Person, person
from growth.campaign import QUANTILES, Campaign, Schedule
from growth.flows import CAUSES, SEED_RULES, column
from growth.queues import append, each_chunk
from growth.record import tally
from growth.state import Part, Sizes, State
from growth.streams import Stream, words

__all__ = ["seed"]

_MOST = (1 << 16) - 1  # of a score: more friends count as so many
_STEPS = 256
# The digits of an order's key, first to last: two of the score, four of the word.
_SHIFTS = (8, 0, 24, 16, 8, 0)
_SCORE_BITS = (0, 0xFF00, _MOST, _MOST, _MOST, _MOST)  # that are known when a digit is looked for
_WORD_BITS = (0, 0, 0, 0xFF000000, 0xFFFF0000, 0xFFFFFF00)


def seed(keys, state: State, graph: Chain, campaign: Campaign, p: Schedule, sizes: Sizes, day: jax.Array) -> State:
    """Choose the seeds of this morning (`Schedule.seeds`); they turn up today, at an hour of the within-day profile,
    and are activated with the cause "seeded" unless they are engaged by then."""
    if not sizes.has(Part.SEEDING):
        return state
    cuts = [_cut(keys, graph, p, sizes, day, rule) for rule in SEED_RULES]

    def body(start, carry):
        pending, flows = carry
        who, exists = _everyone(start, sizes)
        chosen = jnp.zeros_like(exists)
        for number, (rule, (score_cut, word_cut)) in enumerate(zip(SEED_RULES, cuts, strict=True)):
            score, word = _place(keys, graph, who, day, rule)
            last_score, last_word = pick(score_cut, who.lane), pick(word_cut, who.lane)
            among = (score < last_score) | ((score == last_score) & (word <= last_word))
            among = exists & among & (pick(p.seeds[:, number], who.lane) > 0)
            flows = tally(flows, who.lane, column("seeds") + number, among)
            chosen = chosen | among
        hour, _ = words(keys, who.lane, Stream.HOUR, who.user, jnp.broadcast_to(day, who.user.shape))
        at = who.lane * QUANTILES + (hour >> jnp.uint32(22)).astype(jnp.int32)
        second = day * 86400 + pick(campaign.tables.hour.reshape(-1), at)
        held = (hour >> jnp.uint32(1)).astype(jnp.int32)
        fields = [who.ids, second, jnp.full_like(who.ids, -1), held, jnp.full_like(who.ids, CAUSES.index("seeded"))]
        return append(pending, jnp.stack(fields, axis=1), chosen), flows

    count = _count(jnp.any(p.seeds > 0), sizes)
    pending, flows = each_chunk(count, sizes.chunk, body, (state.lists.pending, state.totals.flows))
    return state._replace(lists=state.lists._replace(pending=pending), totals=state.totals._replace(flows=flows))


def _count(some: jax.Array, sizes: Sizes) -> jax.Array:
    """Everyone, or nobody on a morning without seeds."""
    return jnp.where(some, jnp.int32(sizes.lanes * sizes.users), 0)


def _everyone(start: jax.Array, sizes: Sizes) -> tuple[Person, jax.Array]:
    """A chunk of all people of all lanes, and which of its rows exist."""
    ids = start + jnp.arange(sizes.chunk, dtype=jnp.int32)
    last = sizes.lanes * sizes.users - 1
    return person(jnp.minimum(ids, last), sizes.users), ids <= last


def _place(keys, graph: Chain, who: Person, day: jax.Array, rule: str) -> tuple[jax.Array, jax.Array]:
    """Where each person stands in the order of a rule: a score, the best 0, and a word; uint32 each. Those drawn by lot
    are others on another day."""
    when = day if rule == "random" else jnp.int32(0)
    word, _ = words(keys, who.lane, Stream.SEED, who.user, jnp.broadcast_to(when, who.user.shape))
    if rule == "random":
        return jnp.zeros_like(word), word
    merit = graph.degree(who.user) if rule == "degree" else graph.affinity(who.user)
    return (_MOST - jnp.minimum(merit, _MOST)).astype(jnp.uint32), word


def _cut(keys, graph: Chain, p: Schedule, sizes: Sizes, day: jax.Array, rule: str) -> tuple[jax.Array, jax.Array]:
    """Score and word of the last person seeded by a rule in each lane, uint32[L] each; beyond everyone where more are
    asked for than there are."""
    wanted = p.seeds[:, SEED_RULES.index(rule)]
    place = partial(_place, keys, graph, day=day, rule=rule)
    shifts, score_bits, word_bits = (jnp.array(bits, jnp.uint32) for bits in (_SHIFTS, _SCORE_BITS, _WORD_BITS))

    def digit(number, carry):
        left, score_cut, word_cut = carry

        def body(start, counts):
            who, exists = _everyone(start, sizes)
            score, word = place(who)
            like = (score & score_bits[number]) == pick(score_cut, who.lane)
            like = like & ((word & word_bits[number]) == pick(word_cut, who.lane))
            key = jnp.where(number < 2, score, word) >> shifts[number]
            cell = who.lane * _STEPS + (key & jnp.uint32(_STEPS - 1)).astype(jnp.int32)
            return counts.at[cell].add((exists & like).astype(jnp.int32), mode="promise_in_bounds")

        zeros = jnp.zeros(sizes.lanes * _STEPS, jnp.int32)
        counts = each_chunk(_count(jnp.any(wanted > 0), sizes), sizes.chunk, body, zeros)
        up_to = jnp.cumsum(counts.reshape(sizes.lanes, _STEPS), axis=1, dtype=jnp.int32)
        step = jnp.minimum(jnp.sum(up_to < left[:, None], axis=1, dtype=jnp.int32), _STEPS - 1)
        before = jnp.where(step > 0, up_to[jnp.arange(sizes.lanes), jnp.maximum(step - 1, 0)], 0)
        found = step.astype(jnp.uint32) << shifts[number]
        score_cut = jnp.where(number < 2, score_cut | found, score_cut)
        word_cut = jnp.where(number < 2, word_cut, word_cut | found)
        return left - before, score_cut, word_cut

    nothing = jnp.zeros(sizes.lanes, jnp.uint32)
    _, score, word = lax.fori_loop(0, len(_SHIFTS), digit, (wanted, nothing, nothing))
    return score, word
