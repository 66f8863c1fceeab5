"""The chain that stores no tie, at the size of the whole population: exactly symmetric, and shaped like a society."""

from __future__ import annotations

import time
from collections.abc import Callable
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from experiments.row_table import Columns, Row
from experiments.validation.chain import FITTED, SET
from experiments.validation.rows import row
from experiments.validation.targets import graph_targets

if TYPE_CHECKING:
    from graphs.geography import DistanceLaw
    from graphs.implicit import ImplicitChain
    from graphs.implicit_sample import ChainSample, Measured

__all__ = ["POPULATION", "asymmetric", "hop_law", "hop_sample", "implicit", "implicit_columns", "kilometre_sample"]

POPULATION = 1_400_000_000
TABLES_MIB, READY_S = 64.0, 10.0
_PARTS = 10  # a sample of ties is cut into, for the standard error of a fit
_SYMMETRY = "the chain's own promise: whoever is behind my slot has me behind one of theirs, with the same strength"


def implicit(users: int = POPULATION, mean_degree: float = 150.0, seed: int = 1, ties: int = 1_000_000) -> list[Row]:
    """The implicit chain of everybody: tables, symmetry of sampled ties, and a sample against the targets."""
    from experiments.progress import Progress, Report
    from graphs.implicit_build import make_implicit

    started = time.perf_counter()
    chain = make_implicit(users, mean_degree=mean_degree, seed=seed)
    ready = time.perf_counter() - started
    promise = "a chain of everybody must fit any machine and be there at once"
    text: dict[str, Any] = {"role": "law", "grade": "D", "source": promise}
    rows = [
        row("tables_mib", "MiB of tables", chain.table_bytes / 2**20, high=TABLES_MIB, **text),
        row("ready_s", "seconds until it answers", ready, high=READY_S, **text),
    ]
    steps: dict[str, Callable[[], list[Row]]] = {
        "symmetry": lambda: [_symmetry(chain, ties)],
        "degrees, chats and mixing": lambda: _sampled(chain),
        "distances": lambda: _distances(chain),
    }
    with Progress() as progress:
        for done, (phase, step) in enumerate(steps.items()):
            progress.tell(Report(phase, done, len(steps), "parts"))
            rows += step()
    return [{**one, "error": one.get("error")} for one in rows]


def implicit_columns(rows: list[Row]) -> Columns:
    """What the table shows: the band, the value and its standard error."""
    keys = {
        "metric": "id",
        "low": "low",
        "high": "high",
        "value": "value",
        "error": "error",
        "ok": "ok",
        "role": "role",
    }
    return {heading: itemgetter(key) for heading, key in keys.items()}


def asymmetric(chain: ImplicitChain, ties: int, seed: int = 0) -> tuple[int, int]:
    """Of live slots drawn at random, how many were looked at and how many are not answered from the other side with
    the same strength."""
    from graphs.hashing import hash_bits
    from graphs.implicit_slots import friend_lists, ties_behind

    host = chain.host()
    draws = np.arange(ties + ties // 2)
    user = (hash_bits(seed, 910, draws) % np.uint64(chain.num_users)).astype(np.int32)
    slot = (hash_bits(seed, 911, draws) % np.maximum(host.degree(user), 1).astype(np.uint64)).astype(np.int32)
    friend, strength = ties_behind(chain, user, slot)
    live = np.flatnonzero(friend != user)[:ties]
    wrong = 0
    for start in range(0, len(live), 1 << 16):
        some = live[start : start + (1 << 16)]
        back = friend_lists(chain, friend[some])
        mutual = back.friends == user[some][back.owner]
        # Two may stand behind two slots of each other: the list keeps the stronger tie.
        mutual &= back.strength >= strength[some][back.owner]
        wrong += len(some) - int(np.bincount(back.owner[mutual], minlength=len(some)).sum())
    return len(live), wrong


def hop_sample(chain: ImplicitChain, sources: int = 8, targets: int = 200) -> list[NDArray[np.int64]]:
    """Ties between users at random, [targets] per source, pairs without a way left out. Sources stand at even ranks of
    degree among users with friends."""
    from graphs.implicit_hops import UNREACHED, hops
    from graphs.implicit_sample import ChainSample

    sample = ChainSample(chain, max(2_000, sources * targets))
    ranked = np.argsort(sample.degree, kind="stable")
    ranked = ranked[sample.degree[ranked] > 0]
    chosen = ranked[((np.arange(sources) + 0.5) * len(ranked) / sources).astype(np.int64)]
    there = sample.users[sample.degree > 0]
    found = []
    for number, at in enumerate(chosen):
        others = np.resize(np.roll(there, -number * targets), targets)
        apart = hops(chain, int(sample.users[at]), others)
        found.append(apart[(apart != UNREACHED) & (apart > 0)])
    return found


def hop_law(chain: ImplicitChain) -> dict[str, Measured]:
    """Mean distance and index of dispersion between two users at random; standard errors from the sources' own."""
    from graphs.implicit_sample import Measured

    found = hop_sample(chain)
    every = np.concatenate(found)
    parts = {
        "mean": np.array([one.mean() for one in found]),
        "spid": np.array([one.var() / one.mean() for one in found]),
    }
    whole = {"mean": every.mean(), "spid": every.var() / every.mean()}
    return {
        f"distance_{name}": Measured(float(whole[name]), float(part.std(ddof=1) / np.sqrt(len(found))))
        for name, part in parts.items()
    }


def kilometre_sample(
    chain: ImplicitChain, sample: ChainSample, parts: int = 0, ties: int = 2_000_000
) -> list[DistanceLaw]:
    """The chance of a tie by kilometres: from all sampled ties, then from each of some ``parts`` of them."""
    from graphs.geography import law_of_distances
    from graphs.hashing import hash_bits
    from graphs.implicit_places import homes

    u, v = sample.ties(ties)
    tied = homes(chain, u) - homes(chain, v)
    two = (hash_bits(0, 912, np.arange(4 * ties)) % np.uint64(chain.num_users)).astype(np.int32).reshape(2, -1)
    any_two = homes(chain, two[0]) - homes(chain, two[1])
    pieces = np.array_split(tied, parts) if parts else []
    return [law_of_distances(part, any_two) for part in (tied, *pieces)]


def _kilometre_law(chain: ImplicitChain) -> dict[str, Measured]:
    """Exponent of the chance of a tie between 20 and 2,000 km, and the share of ties that ignore distance."""
    from graphs.implicit_sample import ChainSample, Measured

    whole, *parts = kilometre_sample(chain, ChainSample(chain), _PARTS)
    return {
        f"distance_{name}": Measured(
            getattr(whole, name), float(np.std([getattr(law, name) for law in parts], ddof=1) / np.sqrt(_PARTS))
        )
        for name in ("exponent", "free_share")
    }


def _symmetry(chain: ImplicitChain, ties: int) -> Row:
    looked, wrong = asymmetric(chain, ties)
    metric = f"ties not answered from the other side, of {looked:,}"
    return row("asymmetric_ties", metric, wrong, low=0, high=0, role="law", grade="D", source=_SYMMETRY)


def _sampled(chain: ImplicitChain) -> list[Row]:
    """Degrees, group chats, mixing and clustering of a sample."""
    from graphs.implicit_sample import ChainSample, Measured

    sample = ChainSample(chain)
    found = {**sample.degrees(), **sample.mixing(), **sample.paradox(), **sample.groups(), **sample.overlap()}
    near_100, top = sample.at_degree_100(), sample.clustering(500, None, 100)
    if near_100 is not None:
        found["clustering_local_at_degree_100"] = Measured(near_100.mean, near_100.error)
        if top is not None:
            error = np.hypot(top.error, top.mean / near_100.mean * near_100.error) / near_100.mean
            found["clustering_500plus_over_100"] = Measured(top.mean / near_100.mean, float(error))
    return _targeted(found)


def _distances(chain: ImplicitChain) -> list[Row]:
    return _targeted({**hop_law(chain), **_kilometre_law(chain)})


def _targeted(found: dict[str, Measured]) -> list[Row]:
    """Rows beside the published bands; what no band is published for is shown."""
    targets, rows = {target.metric: target for target in graph_targets()}, []
    for name, one in found.items():
        target = targets.get(name)
        band: dict[str, Any] = {"role": "shown", "grade": "D", "source": "of this chain; no band is published"}
        if target is not None:
            role = "set" if name in SET else "fitted" if name in FITTED else "emergent"
            band = {
                "low": target.low,
                "high": target.high,
                "role": role,
                "grade": target.grade,
                "source": target.source,
            }
        metric = target.note if target else name.replace("_", " ")
        rows.append({**row(name, metric, one.value, **band), "error": one.error})
    return rows
