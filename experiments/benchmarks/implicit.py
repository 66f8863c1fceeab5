"""How fast the chain that stores no tie answers: tables, start, partner look-ups a CPU-second on one core."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np

__all__ = ["implicit"]


def implicit(users: int = 1_400_000_000, mean_degree: float = 150.0, repeats: int = 5) -> list[dict[str, Any]]:
    """The chain of 1.4 billion: seconds to start, a person's friends, partner look-ups a CPU-second, on one core."""
    cores = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else None
    if cores:  # before jax counts the cores
        os.sched_setaffinity(0, {min(cores)})
    try:
        return _measured(users, mean_degree, repeats)
    finally:
        if cores:
            os.sched_setaffinity(0, cores)


def _measured(users: int, mean_degree: float, repeats: int) -> list[dict[str, Any]]:
    from experiments.platform import set_up

    set_up(1)
    import jax
    import jax.numpy as jnp

    from experiments.chain_person import computed_person
    from graphs.hashing import hash_bits
    from graphs.implicit_build import make_implicit
    from graphs.implicit_slots import BATCH

    start = time.perf_counter()
    chain = make_implicit(users, mean_degree=mean_degree, seed=1)
    rows = [_row("ready", "s", time.perf_counter() - start), _row("tables", "MiB", chain.table_bytes / 2**20)]
    words = hash_bits(0, 920, np.arange(64 * BATCH))
    user = (words % np.uint64(chain.num_users)).astype(np.int32)
    host = chain.host()
    slot = ((words >> np.uint64(32)) % np.maximum(host.degree(user), 1).astype(np.uint64)).astype(np.int32)
    batches = [
        (jnp.asarray(u), jnp.asarray(s)) for u, s in zip(user.reshape(-1, BATCH), slot.reshape(-1, BATCH), strict=True)
    ]
    tie = jax.jit(lambda chain, user, slot: chain.tie(user, slot))
    tie(chain, *batches[0])[0].block_until_ready()

    def sweep() -> None:
        for batch in batches:
            found = tie(chain, *batch)
        found[0].block_until_ready()

    seconds = [_cpu_seconds(sweep) for _ in range(repeats)]
    rows.append(_row("partner look-ups", "million a CPU-second", len(user) / statistics.median(seconds) / 1e6))
    people = [int(one) for one in user[:50]]
    seconds = [_cpu_seconds(lambda one=one: computed_person(chain, one)) for one in people]  # type: ignore[misc]
    rows.append(_row("a person with friends and groups", "CPU-ms, median", 1e3 * statistics.median(seconds)))
    rows.append(_row("a person with friends and groups", "CPU-ms, slowest of 50", 1e3 * max(seconds)))
    return [{**one, "users": chain.num_users, "batch": BATCH} for one in rows]


def _row(what: str, unit: str, value: float) -> dict[str, Any]:
    return {"what": what, "value": value, "unit": unit}


def _cpu_seconds(work: Callable[[], Any]) -> float:
    """CPU time of the whole process, all of its threads."""
    start = time.process_time()
    work()
    return time.process_time() - start
