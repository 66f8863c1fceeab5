"""How fast the cascade kernel is, whether others agree with it, and what it holds in memory: `growth bench cascade`.

Barabasi-Albert graphs (m = 10), 100 seed users. Ours always runs 100 replicates in one call; a peer runs as many as
take about two seconds, at most 100. Turns of at least a quarter second alternate between all, and each figure is a
median of turns.
"""

from __future__ import annotations

import ctypes
import gc
import os
import platform
import statistics
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
from scipy import stats

from experiments.benchmarks.cascade_peers import PEERS, Run
from experiments.benchmarks.memory import peak_mib, resident_mib

__all__ = ["LAWS", "cascade", "cascade_memory", "compare", "z_of_mean", "z_of_variance"]

LAWS: dict[str, float | None] = {"p = 0.01": 0.01, "p = 0.05": 0.05, "p = 0.1": 0.1, "weighted": None}
REPLICATES, SEEDS, REPEATS = 100, 100, 5
_BUDGET = 2.0
"""Seconds of one round of a peer."""
_TURN = 0.25
"""Seconds that a turn lasts at least: a call of milliseconds is repeated, so that nobody is timed on cold caches."""
_SLOW = ("EoN", "NDlib")
_SLOW_USERS = 100_000


def cascade(
    quick: bool = False, users: tuple[int, ...] = (100_000, 1_000_000), repeats: int = REPEATS
) -> list[dict[str, Any]]:
    """Wall and CPU time of a replicate, ours and peers', z of mean and variance, Kolmogorov-Smirnov; peak memory."""
    from experiments.platform import set_up

    set_up()
    rows = []
    for many in users[:1] if quick else users:
        graph, seeds = _graph(many)
        for law, p in LAWS.items():
            rows += compare(graph, seeds, law, p, 2 if quick else repeats, quick)
    for many in users[-1:] if quick else (1_000_000, 10_000_000):
        rows.append(_row(law="p = 0.01, memory", users=many, program="ours", replicates=REPLICATES, **_apart(many)))
    return rows


def _graph(users: int) -> tuple[Any, np.ndarray]:
    """The graph, and seed users spread over it."""
    from graphs.textbook import barabasi_albert

    return barabasi_albert(users, 10, seed=1), _seeds(users)


def _seeds(users: int) -> np.ndarray:
    """Seed users spread over the graph, int64[SEEDS]."""
    from graphs.hashing import hash_bits

    return np.argsort(hash_bits(5, 0, np.arange(users)), kind="stable")[:SEEDS].astype(np.int64)


def _ours(graph: Any, seeds: np.ndarray, p: float | None) -> Run:
    import jax

    from graphs.device import explicit_chain
    from growth.cascade_engine import Cascades
    from growth.cascade_rules import independent_cascade, weighted_cascade

    kernel = Cascades(explicit_chain(graph))
    jax.block_until_ready(kernel.chain)
    rule = weighted_cascade(graph.degree()) if p is None else independent_cascade(p)
    return lambda replicates, rng_seed: kernel.run(rule, seeds, replicates=replicates, rng_seed=rng_seed).size[0]


def compare(
    graph: Any, seeds: np.ndarray, law: str, p: float | None, repeats: int, quick: bool
) -> list[dict[str, Any]]:
    """Rows of one law on one graph: ours first, then every peer that is there."""
    runs: dict[str, Run] = {"ours": _ours(graph, seeds, p)}
    for name, make in PEERS.items():
        if name in _SLOW and (quick or graph.num_users > _SLOW_USERS):
            continue
        run = make(graph, seeds, p)
        if run is not None:
            runs[name] = run
    many = {name: _replicates(name, run) for name, run in runs.items()}
    wall: dict[str, list[float]] = {name: [] for name in runs}
    cpu: dict[str, list[float]] = {name: [] for name in runs}
    sizes: dict[str, list[np.ndarray]] = {name: [] for name in runs}
    for repeat in range(repeats):
        for name, run in runs.items():
            wall_start, cpu_start, calls = time.perf_counter(), time.process_time(), 0
            while time.perf_counter() - wall_start < _TURN:
                sizes[name].append(run(many[name], 1000 * (1 + calls) + repeat))
                calls += 1
            wall[name].append((time.perf_counter() - wall_start) / many[name] / calls)
            cpu[name].append((time.process_time() - cpu_start) / many[name] / calls)
    mine = np.concatenate(sizes["ours"])
    rows = []
    for name in runs:
        theirs = np.concatenate(sizes[name])
        own = name == "ours"
        rows.append(
            _row(
                law=law, users=graph.num_users, program=name, replicates=many[name],
                wall_ms=statistics.median(wall[name]) * 1e3, cpu_ms=statistics.median(cpu[name]) * 1e3,
                ratio=statistics.median(wall[name]) / statistics.median(wall["ours"]),
                mean_size=float(theirs.mean()),
                z_mean=None if own else z_of_mean(mine, theirs),
                z_variance=None if own else z_of_variance(mine, theirs),
                ks_p=None if own else float(stats.ks_2samp(mine, theirs).pvalue),
            )
        )  # fmt: skip
    return rows


def _replicates(name: str, run: Run) -> int:
    """Replicates of one round; what is compiled is compiled here."""
    run(REPLICATES if name == "ours" else 1, 1)
    start = time.perf_counter()
    if name == "ours":
        return REPLICATES
    run(1, 2)
    return int(np.clip(_BUDGET / (time.perf_counter() - start), 1, REPLICATES))


def z_of_mean(one: np.ndarray, two: np.ndarray) -> float | None:
    """z of the difference of two means; None where a sample is too small to say."""
    if min(len(one), len(two)) < 10:
        return None
    return float((two.mean() - one.mean()) / np.sqrt(one.var(ddof=1) / len(one) + two.var(ddof=1) / len(two)))


def z_of_variance(one: np.ndarray, two: np.ndarray) -> float | None:
    """z of the difference of two variances, their errors from fourth moments; None where a sample is too small."""
    if min(len(one), len(two)) < 30:
        return None

    def spread(sample: np.ndarray) -> tuple[float, float]:
        variance = sample.var(ddof=1)
        fourth = ((sample - sample.mean()) ** 4).mean()
        return variance, max(fourth - variance**2, 0) / len(sample)

    (first, error), (second, other) = spread(one), spread(two)
    return float((second - first) / np.sqrt(error + other))


def cascade_memory(users: int) -> float:
    """MiB above the graph at the peak of 100 small cascades on it, in this process (Linux)."""
    from experiments.platform import set_up
    from graphs.peers import preferential_attachment_of

    set_up()
    wanted: Any = SimpleNamespace(num_users=users, mean_degree=20.0)
    graph = preferential_attachment_of(wanted, seed=1)
    seeds = _seeds(users)
    run = _ours(graph, seeds, 0.01)
    del graph
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # the peak begins again from here
    before = resident_mib()
    run(REPLICATES, 1)
    return peak_mib() - before


def _apart(users: int) -> dict[str, Any]:
    """Peak memory in a process of its own, the second of two: the first compiles, and keeps the compiled code."""
    code = f"from experiments.benchmarks.cascade import cascade_memory; print(cascade_memory({users}))"
    peak = 0.0
    for _ in range(2):
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        peak = float(done.stdout.split()[-1])
    return {"peak_mib": peak}


def _row(**known: Any) -> dict[str, Any]:
    """A row with all keys, those unknown empty."""
    keys = ("law", "users", "program", "replicates", "wall_ms", "cpu_ms", "ratio", "mean_size", "z_mean", "z_variance")
    return {**dict.fromkeys((*keys, "ks_p", "peak_mib", "source")), "source": _machine(), **known}


def _machine() -> str:
    """Where and when."""
    models = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    model = models[0].partition(":")[2].strip() if models else platform.processor()
    return f"{model}, {os.cpu_count()} cores, Python {platform.python_version()}, {datetime.now(UTC):%Y-%m-%d}"
