"""What became of each accepted claim of a round, and how it lies in a list: a word of yes and no, and a word a number.

A round settles its claims in arrays as long as they need, and pays them chunk by chunk. Between the two lies this list:
arrays padded to the longest length would be allocated and written whole in every round, however quiet.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from growth.exposures import Exposure
from growth.invite import Invitation
from growth.state import Part, Sizes

__all__ = ["Outcome", "packed", "unpacked"]


class Outcome(NamedTuple):
    """What became of each accepted claim, one int32 or bool per row of the claims list."""

    served: Any  # bool: has a slot, is within quota, and the pool was open
    slotted: Any  # bool: has a slot
    first: Any  # bool: the viewer's earliest served claim of the round
    first_claim: Any  # bool: the viewer's earliest served packet of the round
    empties: Any  # bool: takes the packet's last slot
    cents: Any  # int32: what the slot pays
    withheld: Any  # int32: and would, if risk control had not taken the viewer for a farmed account
    later: Any  # bool: an outsider from whom it is taken back
    seen: Exposure | None  # what the claim is as an exposure; None where each is tried by itself
    invitation: Invitation | None  # what the claim pays as an invitation; None where none is paid for


def packed(outcome: Outcome) -> jax.Array:
    """Rows of the list, int32[n, fields of `growth.state.Lists.outcomes`]: every yes is a bit of the first field."""
    leaves = jax.tree.leaves(outcome)
    flags = [leaf for leaf in leaves if leaf.dtype == bool]
    word = sum((flag.astype(jnp.int32) << bit for bit, flag in enumerate(flags)), jnp.zeros_like(outcome.cents))
    return jnp.stack([word, *(leaf for leaf in leaves if leaf.dtype != bool)], axis=1)


def unpacked(rows: jax.Array, sizes: Sizes) -> Outcome:
    """The outcomes of rows that were `packed`."""
    bit, field, parts = 0, 1, []
    for is_flag in jax.tree.leaves(_flags(sizes)):
        if is_flag:
            parts.append((rows[:, 0] >> bit) & 1 == 1)
            bit += 1
        else:
            parts.append(rows[:, field])
            field += 1
    return jax.tree.unflatten(jax.tree.structure(_flags(sizes)), parts)


def _flags(sizes: Sizes) -> Outcome:
    """Which parts of an outcome are a yes or a no."""
    yes: Any = True
    number: Any = False
    total = number if sizes.has(Part.WEIGHTS) else None
    seen = Exposure(accepts=yes, counts=yes, number=number, label=number, place=number, total=total)
    invitation = Invitation(
        paid=yes,
        refused=yes,
        inviter_cents=number,
        invitee_cents=number,
        inviter_origin=number,
        operator=yes,
        fake=yes,
        later=yes,
        blocked=yes,
        withheld=number,
    )
    return Outcome(
        served=yes,
        slotted=yes,
        first=yes,
        first_claim=yes,
        empties=yes,
        cents=number,
        withheld=number,
        later=yes,
        seen=seen if sizes.has(Part.MEMORY) else None,
        invitation=invitation if sizes.has(Part.INVITE) else None,
    )
