"""How much memory an explicit chain takes, asked before it is built."""

from __future__ import annotations

import os
from os import PathLike

from graphs.errors import InputError

__all__ = [
    "BYTES_PER_TIE",
    "SPARE",
    "check_fits",
    "check_ties_fit",
    "estimate_bytes",
    "gibibytes",
    "largest_chain",
    "memory_bytes",
]

# Peak while a chain is built, measured at 200,000 and a million users and 20 to 190 friends each: 16 to 19 bytes a tie
# and 270 to 300 a user.
BYTES_PER_TIE = 20.0
BYTES_PER_USER = 400.0
BYTES_PER_READ_TIE = 68.0  # peak while a file of ties is read: 53 (plain text), 62 (CSV), 65 (Parquet) at 30 million
SPARE = 0.9  # share of the machine's memory a chain may take


def estimate_bytes(num_users: int, mean_degree: float, bytes_per_tie: float = BYTES_PER_TIE) -> int:
    """Peak bytes while the chain is built (about half of it stays)."""
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
            f"the chain needs about {gibibytes(need)} of memory and this machine has {gibibytes(have)}",
            field="users",
            value=num_users,
            allowed=f"at most {largest} users at {mean_degree:g} friends each",
            cure="fewer users: each then stands for more people",
        )


def check_ties_fit(ties: int, file: str | PathLike[str]) -> None:
    """Raises InputError, with the estimate and the largest number that fits, for more ties than memory holds."""
    need, have = BYTES_PER_READ_TIE * ties, memory_bytes()
    if need > SPARE * have:
        raise InputError(
            f"the chain needs about {gibibytes(need)} of memory and this machine has {gibibytes(have)}",
            file=file,
            value=f"about {ties} ties",
            allowed=f"at most {int(SPARE * have / BYTES_PER_READ_TIE)} ties",
            cure="a part of it, by town say",
        )


def gibibytes(count: float) -> str:
    """Bytes in words."""
    return f"{count / 2**30:,.1f} GiB"
