"""How much memory an explicit chain takes, asked before it is built."""

from __future__ import annotations

import os

from graphs.errors import InputError

__all__ = ["BYTES_PER_TIE", "check_fits", "estimate_bytes", "largest_chain", "memory_bytes"]

# Peak while a chain is built, measured at 50,000 to 400,000 users and 60 to 150 friends each: 43 to 50 bytes a tie.
BYTES_PER_TIE = 52.0
BYTES_PER_USER = 200.0
SPARE = 0.9  # share of the machine's memory a chain may take


def estimate_bytes(num_users: int, mean_degree: float, bytes_per_tie: float = BYTES_PER_TIE) -> int:
    """Peak bytes while the chain is built (about a fifth of it stays)."""
    return int(num_users * (BYTES_PER_USER + bytes_per_tie * mean_degree / 2.0))


def memory_bytes() -> int:
    """Bytes of memory this machine has."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def largest_chain(mean_degree: float, bytes_per_tie: float = BYTES_PER_TIE) -> int:
    """Users of the largest chain that fits in this machine at a mean degree."""
    return int(SPARE * memory_bytes() / (BYTES_PER_USER + bytes_per_tie * mean_degree / 2.0))


def check_fits(num_users: int, mean_degree: float, bytes_per_tie: float = BYTES_PER_TIE) -> None:
    """Raises InputError, with the estimate and the largest size that fits, for a chain larger than memory."""
    need, have = estimate_bytes(num_users, mean_degree, bytes_per_tie), memory_bytes()
    if need > SPARE * have:
        largest = largest_chain(mean_degree, bytes_per_tie)
        raise InputError(
            f"the chain needs about {_gib(need)} of memory and this machine has {_gib(have)}",
            field="users",
            value=num_users,
            allowed=f"at most {largest} users at {mean_degree:g} friends each",
            cure="fewer users: each then stands for more people",
        )


def _gib(count: float) -> str:
    return f"{count / 2**30:,.1f} GiB"
