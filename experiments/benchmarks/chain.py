"""What a stored chain costs a tie, in CPU time and memory, beside igraph and networkit, each in its own process."""

from __future__ import annotations

import datetime
import json
import os
import platform
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from experiments.benchmarks.memory import peak_mib

__all__ = ["chain", "measured"]

GENERATORS = ("foci", "igraph Barabasi", "networkit Barabasi")
SPARSE = 20.0  # friends a user at which 10 million users fit for everybody
CASES = (
    (100_000, 150.0, ("foci",)),  # the default chain
    (1_000_000, 190.0, GENERATORS),
    (100_000, SPARSE, GENERATORS),
    (1_000_000, SPARSE, GENERATORS),
    (10_000_000, SPARSE, GENERATORS),
)


def chain(cases: tuple[tuple[int, float, tuple[str, ...]], ...] = CASES) -> list[dict[str, Any]]:
    """CPU-seconds a million ties and peak memory: the foci chain with rows, strengths and chats; igraph; networkit.

    ``growth`` is the cost of a tie over that of the same generator at the same mean degree in the smallest chain.
    """
    rows: list[dict[str, Any]] = []
    smallest: dict[tuple[str, float], float] = {}
    for users, mean_degree, generators in cases:
        for generator in generators:
            if generator.startswith("networkit") and find_spec("networkit") is None:
                continue  # a package of the extra `bench`
            found = _apart(generator, users, mean_degree)
            cost = found["cpu_s"] / found["ties"] * 1e6
            first = smallest.setdefault((generator, mean_degree), cost)
            rows.append(
                {
                    "generator": generator, "users": found["users"], "mean": mean_degree,
                    "ties_M": found["ties"] / 1e6, "wall_s": found["wall_s"], "cpu_s": found["cpu_s"],
                    "cpu_s_per_M": cost, "growth": cost / first, "peak_GiB": found["peak_gib"], "source": _machine(),
                }
            )  # fmt: skip
    return rows


def measured(generator: str, users: int, mean_degree: float) -> dict[str, float]:
    """Users, ties, CPU and wall seconds without imports, and this process's peak memory so far in GiB."""
    make = {"foci": _foci, "igraph Barabasi": _igraph, "networkit Barabasi": _networkit}[generator]
    make(2_000, 10.0)  # imports and first calls
    wall, cpu = time.perf_counter(), time.process_time()
    made, ties = make(users, mean_degree)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    return {"users": made, "ties": ties, "cpu_s": cpu, "wall_s": wall, "peak_gib": peak_mib() / 1024}


def _foci(users: int, mean_degree: float) -> tuple[int, int]:
    from graphs.chain import make_chain

    made = make_chain(users, mean_degree=mean_degree, seed=1)
    return made.num_users, made.num_ties


def _igraph(users: int, mean_degree: float) -> tuple[int, int]:
    from graphs.peers import igraph_barabasi

    return users, igraph_barabasi(users, round(mean_degree / 2))


def _networkit(users: int, mean_degree: float) -> tuple[int, int]:
    import networkit

    each = round(mean_degree / 2)
    made = networkit.generators.BarabasiAlbertGenerator(each, users, each).generate()
    return made.numberOfNodes(), made.numberOfEdges()


def _apart(generator: str, users: int, mean_degree: float) -> dict[str, float]:
    """`measured` in a fresh process, so that peaks do not mix."""
    code = "import sys, json; from experiments.benchmarks.chain import measured as m; a = sys.argv[1:]; "
    code += "print(json.dumps(m(a[0], int(a[1]), float(a[2]))))"
    command = [sys.executable, "-c", code, generator, str(users), str(mean_degree)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def _machine() -> str:
    """Processor, cores, Python and date."""
    name = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        models = [line.split(":", 1)[1].strip() for line in info.read_text().splitlines() if line[:10] == "model name"]
        name = models[0] if models else name
    python = platform.python_version()
    return f"{name}, {os.cpu_count()} cores, Python {python}, {datetime.datetime.now(datetime.UTC).date()}"
