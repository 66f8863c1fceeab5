"""Whether a block of worlds fits in this machine, asked before anything is written."""

from __future__ import annotations

from graphs.errors import InputError
from graphs.memory import SPARE, gibibytes, memory_bytes
from growth.state import Sizes

__all__ = ["PEAK", "block_bytes", "check_block_fits"]

BYTES_A_USER = 30  # of one lane: 14 of what is known of each, 16 of the lists of who is engaged and who opens
BYTES_A_ROW = 250  # of the lists of work, all of them together, by the longest
COMPILER = 1 << 29  # and what the program itself takes
PEAK = 1.6  # what a day takes for a moment, in units of the state: measured 1.57 at 60 million users
_FLAT_IDS = 1 << 31


def block_bytes(sizes: Sizes) -> int:
    """Bytes of the state of a block on one device: what grows with users, with chats where in-app groups can be
    created, and with the lists."""
    everyone = sizes.lanes * sizes.users
    return BYTES_A_USER * everyone + 8 * sizes.lanes * sizes.chats + BYTES_A_ROW * max(sizes.pending, sizes.packets)


def check_block_fits(sizes: Sizes, devices: int = 1) -> None:
    """Raises InputError, with the estimate and the largest size that fits, for a block larger than memory or than
    what a 31-bit id can name."""
    allowed = int(SPARE * memory_bytes())
    need = int(PEAK * block_bytes(sizes) * devices) + COMPILER
    if sizes.lanes * sizes.users >= _FLAT_IDS:
        what = f"{sizes.lanes} worlds and apps at a time of so many users are more than a 31-bit number can name"
        most = (_FLAT_IDS - 1) // sizes.lanes
    elif need > allowed:
        what = f"the worlds of a block need about {gibibytes(need)} and this machine has {gibibytes(memory_bytes())}"
        most = int(sizes.users * allowed / need)
    else:
        return
    cure = "fewer users: each then stands for more people"
    if sizes.chats > 1:
        cure += "; without the task group nothing is kept per chat"
    raise InputError(what, field="chain.users", value=sizes.users, allowed=f"at most about {most} users", cure=cure)
