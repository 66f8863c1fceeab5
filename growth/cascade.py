"""THE CASCADE: people in a queue try their ties, whoever is won joins the queue, until it is empty.

One source for the laws of the field: independent cascade and linear threshold (Kempe, Kleinberg, Tardos 2003, doi
10.1145/956750.956769), contagion that takes several contacts (Centola, Macy 2007, doi 10.1086/521848), SIR-like
spreading (Kermack, McKendrick 1927, doi 10.1098/rspa.1927.0118). Which parts a law has is static, its numbers are
traced. The queue is first in, first out, so that rounds need no barrier: a contact's round is its sharer's plus one,
and what is done in a chunk is what one contact after another would do, whatever the size of the chunk.
"""

from __future__ import annotations

from functools import partial

import jax
import jax.numpy as jnp
from jax import lax

from graphs.device import Chain, pick
from growth.cascade_contacts import Blocks, blocks_of, contacts_of, scaled
from growth.cascade_seen import address_of, blank, first_of, starters, worn_down
from growth.cascade_state import (
    CascadeCampaign,
    CascadeFlows,
    CascadeLog,
    CascadeSizes,
    CascadeState,
    Structure,
    empty_log,
)
from growth.cascade_unroll import running_sum
from growth.queues import each_chunk
from growth.state import locate
from growth.streams import Stream, lane_keys, words

__all__ = ["begin", "spread", "step"]

_TOP = 2**31 - 1


def begin(campaign: CascadeCampaign, log: CascadeLog, *, sizes: CascadeSizes, law: Structure) -> CascadeState:
    """The seeds of a group of lanes in the queue, each once."""
    table, marks = blank(sizes, law)
    ages = jnp.full(sizes.queue if law.lasting else 1, -1, jnp.int32)
    zero = jnp.int32(0)
    queue = jnp.zeros(sizes.queue, jnp.int32)
    state = CascadeState(queue, ages, table, marks, zero, zero, zero, zero, zero, zero, zero, zero, log)
    seeds = campaign.seeds.reshape(-1)
    padded = jnp.pad(seeds, (0, sizes.contacts), constant_values=-1)

    def push(chunk, state):
        place = chunk * sizes.contacts + jnp.arange(sizes.contacts, dtype=jnp.int32)
        seed, lane = pick(padded, place), place // campaign.seeds.shape[1]
        valid = seed >= 0
        ids = jnp.where(valid, lane * sizes.users + seed, 0)
        state, address = address_of(state, ids, valid, sizes)
        marks, first = starters(state.marks, address, valid)
        state = _wait(state._replace(marks=marks), ids, jnp.zeros_like(ids), first, sizes, law)
        return _note(state, campaign, sizes, ids, jnp.full_like(ids, -1), jnp.zeros_like(ids), first)

    state = lax.fori_loop(0, -(-seeds.shape[0] // sizes.contacts), push, state)
    return state._replace(border=state.tail, following=state.tail)


def step(
    key: jax.Array, state: CascadeState, graph: Chain, campaign: CascadeCampaign, *, sizes: CascadeSizes, law: Structure
) -> tuple[CascadeState, CascadeFlows]:
    """The next chunk of the queue acts: ``(key, state, graph, campaign) -> (state, flows)``.

    ``key`` uint32[2] is the run's root key, the same in every step; ``sizes`` and ``law`` are static.
    """
    keys = lane_keys(key, campaign.replicate, jnp.zeros_like(campaign.replicate))
    blocks, head, done = blocks_of(keys, state, graph, campaign, sizes, law)

    def win(start, state):
        contacts = contacts_of(blocks, start, graph, campaign, sizes, law)
        tries = contacts.live & ~contacts.again
        state, address = address_of(state, contacts.id, tries, sizes)
        if law.threshold == "none":
            marks, won = first_of(state.marks, address, tries)
        else:
            lane = pick(blocks.lane, contacts.block)
            need = _need(keys, campaign, law, lane, contacts.viewer, graph)
            marks, won = worn_down(state.marks, address, tries, need)
        state = state._replace(marks=marks)
        sharer = pick(blocks.place, contacts.block)
        before = state.tail
        comes = won | (contacts.live & contacts.again)
        age = jnp.where(contacts.again, pick(blocks.age, contacts.block) + 1, 0)
        state = _wait(state, contacts.id, age, comes, sizes, law)
        early = comes & (sharer < state.border)
        following = jnp.where(jnp.any(early), before + jnp.sum(early, dtype=jnp.int32), state.following)
        round_ = state.level + 1 + (sharer >= state.border).astype(jnp.int32)
        parent = pick(blocks.user, contacts.block)
        return _note(state._replace(following=following), campaign, sizes, contacts.id, parent, round_, won)

    flows = _count(state, blocks, sizes)
    state = each_chunk(blocks.contacts.total, sizes.contacts, win, state)
    state = state._replace(head=head, done=done)
    passed = head >= state.border
    state = state._replace(
        level=state.level + passed.astype(jnp.int32),
        border=jnp.where(passed, state.following, state.border),
        following=jnp.where(passed, state.tail, state.following),
    )
    return state, flows


def spread(
    key: jax.Array, graph: Chain, campaign: CascadeCampaign, *, sizes: CascadeSizes, law: Structure
) -> tuple[CascadeFlows, CascadeLog, jax.Array]:
    """All lanes until quiet, ``together`` at a time: flows [lanes], the log, and how many waited when
    a list or the hash set was too small (0: nothing was)."""

    def run(group, carry):
        flows, log, waiting = carry
        start = group * sizes.together
        mine = _group(campaign, start, sizes.together)
        state = begin(mine, log, sizes=sizes, law=law)

        state, sums = _until_quiet(key, state, graph, mine, sizes, law)
        flows = CascadeFlows(*(lax.dynamic_update_slice(a, b, (start,)) for a, b in zip(flows, sums, strict=True)))
        late = jnp.where(state.overflow > 0, jnp.maximum(state.tail - state.head, 1), 0)
        return flows, state.log, jnp.maximum(waiting, late)

    groups = sizes.lanes // sizes.together
    return lax.fori_loop(0, groups, run, (_nothing(sizes.lanes), empty_log(sizes), jnp.int32(0)))


def _until_quiet(
    key, state: CascadeState, graph: Chain, campaign: CascadeCampaign, sizes: CascadeSizes, law: Structure
):
    """One group of lanes: whole steps while many wait, small ones while few do, so that thin rounds cost little."""
    thin = sizes._replace(chunk=sizes.few, contacts=sizes.few)

    def go(size, carry):
        state, sums = carry
        state, now = step(key, state, graph, campaign, sizes=size, law=law)
        return state, CascadeFlows(sums.joined + now.joined, jnp.maximum(sums.latest, now.latest))

    def waits(least, most, carry):
        waiting = carry[0].tail - carry[0].head
        return (waiting > least) & (waiting <= most) & (carry[0].overflow == 0)

    def both(carry):
        carry = lax.while_loop(partial(waits, 0, sizes.few), partial(go, thin), carry)
        return lax.while_loop(partial(waits, sizes.few, _TOP), partial(go, sizes), carry)

    return lax.while_loop(partial(waits, 0, _TOP), both, (state, _nothing(sizes.together)))


def _nothing(lanes: int) -> CascadeFlows:
    return CascadeFlows(*(jnp.zeros(lanes, jnp.int32) for _ in CascadeFlows._fields))


def _group(campaign: CascadeCampaign, start: jax.Array, many: int) -> CascadeCampaign:
    """The campaign of ``many`` lanes from ``start``."""
    cut = partial(lax.dynamic_slice_in_dim, start_index=start, slice_size=many)
    lane, replicate, variant = (cut(column) for column in (campaign.lane, campaign.replicate, campaign.variant))
    return CascadeCampaign(lane, replicate, variant, cut(campaign.seeds), campaign.numbers)


def _need(keys, campaign: CascadeCampaign, law: Structure, lane, viewer, graph: Chain) -> jax.Array:
    """Contacts it takes: a number, or a share of the viewer's ties, or a uniform share that he owns."""
    variant = pick(campaign.variant, lane)
    share = pick(campaign.numbers.share, variant)
    if law.threshold == "uniform":
        share, _ = words(keys, lane, Stream.THRESHOLD, viewer, jnp.zeros_like(viewer))
    return jnp.maximum(pick(campaign.numbers.need, variant), scaled(share, graph.degree(viewer)) + 1)


def _wait(state: CascadeState, ids, age, comes, sizes: CascadeSizes, law: Structure) -> CascadeState:
    """Put those who come behind the queue, in order."""
    rank, many = running_sum(comes)
    place = jnp.where(comes, (state.tail + rank - 1) & (sizes.queue - 1), sizes.queue)
    queue = state.queue.at[place].set(ids, mode="drop", unique_indices=True)
    ages = state.ages.at[place].set(age, mode="drop", unique_indices=True) if law.lasting else state.ages
    tail = state.tail + many
    overflow = state.overflow | (tail - state.head > sizes.queue).astype(jnp.int32)
    if sizes.table:
        overflow = overflow | ((state.touched + sizes.contacts > sizes.table // 2).astype(jnp.int32) << 1)
    return state._replace(queue=queue, ages=ages, tail=tail, overflow=overflow)


def _note(state: CascadeState, campaign: CascadeCampaign, sizes: CascadeSizes, ids, parent, round_, won):
    """Write down who joined."""
    if not sizes.log:
        return state
    log, (rank, many) = state.log, running_sum(won)
    place = jnp.where(won, log.length + rank - 1, sizes.log)
    lane, user = locate(ids, sizes.users)
    rows = jnp.stack([pick(campaign.lane, lane), user, parent, round_], axis=1)
    table = log.table.at[place].set(rows, mode="drop", unique_indices=True)
    return state._replace(log=CascadeLog(table, log.length + many))


def _count(state: CascadeState, blocks: Blocks, sizes: CascadeSizes) -> CascadeFlows:
    """Those of the chunk who act for the first time, and their latest round."""
    lane = jnp.where(blocks.new, blocks.lane, sizes.together)
    round_ = state.level + (blocks.place >= state.border).astype(jnp.int32)
    none = _nothing(sizes.together)
    return CascadeFlows(none.joined.at[lane].add(1, mode="drop"), none.latest.at[lane].max(round_, mode="drop"))
