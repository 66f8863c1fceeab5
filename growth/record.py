"""Writing things down: flows of the day, and the one definition of being active."""

from __future__ import annotations

import jax
import jax.numpy as jnp

from graphs.device import pick
from growth.flows import AGES, CAUSES, KINDS, NUM_COLUMNS, column
from growth.state import RECENT, Totals, Users

__all__ = ["inverse_cdf", "mark_active", "recipient_of", "tally"]


def tally(flows: jax.Array, lane: jax.Array, columns: jax.Array | int, amount: jax.Array) -> jax.Array:
    """Add ``amount`` (bool or int32) to a column of each row's lane."""
    at = lane * NUM_COLUMNS + columns
    added = flows.reshape(-1).at[at].add(amount.astype(jnp.int32), mode="promise_in_bounds")
    return added.reshape(flows.shape)


def recipient_of(origin: jax.Array) -> jax.Array:
    """Number in `RECIPIENTS` by the origin of a person's activation: engaged anyway, new, reactivated."""
    return jnp.where(origin == 0, 0, jnp.where(origin <= len(CAUSES), 1, 2))


def inverse_cdf(law: jax.Array, row: jax.Array, steps: int, word: jax.Array) -> jax.Array:
    """The count whose cumulative thresholds ``law[row]`` (uint32[rows, steps], steps a power of two) enclose the
    31-bit word: the number of thresholds at or below it, at most ``steps - 1``."""
    word = word >> jnp.uint32(1)
    flat, base = law.reshape(-1), row * jnp.int32(steps)
    count = jnp.zeros_like(row)
    step = steps >> 1
    while step:
        passed = pick(flat, base + count + jnp.int32(step - 1)) <= word
        count = count + jnp.where(passed, jnp.int32(step), jnp.int32(0))
        step >>= 1
    return count


def mark_active(
    users: Users, totals: Totals, ids: jax.Array, lane: jax.Array, acts: jax.Array, day: jax.Array
) -> tuple[Users, Totals]:
    """Mark people as active on ``day``: opened, were activated or claimed. ``ids`` are distinct where ``acts``.

    Counts each person once a day: by the day of their last activity (for DAU, WAU and MAU), by growth accounting
    (new, retained, resurrected) and by cohort (origin and days since activation).
    """
    before = pick(users.last_active, ids).astype(jnp.int32)
    counts = acts & (before != day)
    # Someone last active a full ring ago has already fallen out of it.
    within = counts & (day - before < RECENT)
    old = lane * RECENT + jnp.mod(before, RECENT)
    new = lane * RECENT + jnp.mod(day, RECENT)
    recent = totals.recent.reshape(-1)
    recent = recent.at[old].add(-within.astype(jnp.int32), mode="promise_in_bounds")
    recent = recent.at[new].add(counts.astype(jnp.int32), mode="promise_in_bounds")
    origin = pick(users.origin, ids).astype(jnp.int32)
    age = day - pick(users.activation_day, ids).astype(jnp.int32)
    first = (age == 0) & (origin >= 1) & (origin <= len(CAUSES))
    retained = ~first & (before == day - 1)
    name = jnp.where(
        first,
        column("new_active"),
        jnp.where(retained, column("retained_active"), column("resurrected_active")),
    )
    flows = tally(totals.flows, lane, name, counts)
    followed = counts & (origin >= 1) & (age < AGES)
    cell = jnp.where(followed, (lane * len(KINDS) * len(CAUSES) + origin - 1) * AGES + age, 0)
    cohort = totals.cohort.reshape(-1).at[cell].add(followed.astype(jnp.int32), mode="promise_in_bounds")
    last = users.last_active.at[jnp.where(counts, ids, users.last_active.shape[0])].set(
        day.astype(jnp.int16), mode="drop"
    )
    return users._replace(last_active=last), totals._replace(
        flows=flows,
        recent=recent.reshape(totals.recent.shape),
        cohort=cohort.reshape(totals.cohort.shape),
    )
