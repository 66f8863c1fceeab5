"""Cascades on a chain, many at once: lanes cut over devices, sizes that grow until they fit, one compiled call.

Replicates share nothing but the chain, so devices share nothing. Small cascades run all together on a hash set of
whom they touch; when that is too small it grows, and once it would be as large as marking everybody, lanes run in
groups on dense marks that fit in the cache. What comes out does not depend on which.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec
from numpy.typing import ArrayLike, NDArray

from graphs.device import ExplicitChain
from growth.cascade import spread
from growth.cascade_rules import Rule
from growth.cascade_state import (
    BLOCK,
    CascadeCampaign,
    CascadeNumbers,
    CascadeSizes,
    Structure,
)
from growth.streams import root_key

__all__ = ["CascadeRecord", "Cascades", "Outcome", "tiers"]

_CUT: Any = PartitionSpec("lanes")
_WHOLE: Any = PartitionSpec()
_NUMBERS: Any = CascadeNumbers(*[_WHOLE] * len(CascadeNumbers._fields))
_CAMPAIGN: Any = CascadeCampaign(_CUT, _CUT, _CUT, _CUT, _NUMBERS)
_SMALL_TABLE, _SMALL_CHUNK, _CHUNK = 1 << 16, 512, 2048
_MARKS = 1 << 19
"""Dense marks of one group: a megabyte, half of what a core keeps to itself."""
_GROWTH, _WORTH = 8, 8
"""A hash set grows eightfold, as long as marks of everybody would be at least eight times its slots."""
_EXPLODES = 3
"""Where a third of those touched still wait when a set is full, the cascade is growing fast: no larger set is tried."""
_LOG = 1 << 16


class CascadeRecord(NamedTuple):
    """Who joined, lane after lane, each in the order of joining: int32[rows]. A lane is variant x R + replicate."""

    lane: NDArray[np.int32]
    user: NDArray[np.int32]
    parent: NDArray[np.int32]  # user who won him; -1 for a seed
    round: NDArray[np.int32]  # 0 for a seed


class Outcome(NamedTuple):
    """What became of V variants and R replicates."""

    size: NDArray[np.int32]  # [V, R] people who joined, seeds included
    rounds: NDArray[np.int32]  # [V, R] round in which the last one joined
    record: CascadeRecord | None


def tiers(lanes: int, users: int, law: Structure, *, chunk: int = 0, log: int = 0) -> Iterator[CascadeSizes]:
    """Sizes to try, one after the other, for so many lanes of one device; the last one always fits."""
    most = (2**31 - 1) // users
    table = _SMALL_TABLE
    size = chunk or _SMALL_CHUNK
    while table * _WORTH <= min(lanes, most) * users:
        together, padded = _groups(lanes, min(lanes, most))
        yield CascadeSizes(padded, together, users, table // 2, table, size, -(-size // 2), -(-size // 4), log)
        table *= _GROWTH
    together, padded = _groups(lanes, min(lanes, most, max(1, _MARKS // users)))
    queue = 1 << max(together * users * (2 if law.lasting else 1) - 1, 1).bit_length()
    size = chunk or _CHUNK
    yield CascadeSizes(padded, together, users, queue, 0, size, size, -(-size // 4), log)


def _groups(lanes: int, most: int) -> tuple[int, int]:
    """Lanes of a group, at most ``most``, and lanes in all, so that groups are even."""
    groups = -(-lanes // most)
    together = -(-lanes // groups)
    return together, groups * together


class Cascades:
    """Cascades on one chain, over devices. Raises ValueError for a chain that does not fit the kernel's numbers."""

    def __init__(self, chain: Any, devices: list[jax.Device] | None = None, *, chunk: int = 0) -> None:
        self.users = int(chain.num_users)
        self.chunk = chunk
        self.most_ties = (
            int(np.diff(np.asarray(chain.offsets)).max(initial=0)) if isinstance(chain, ExplicitChain) else 0
        )
        if self.most_ties >= BLOCK << 16:
            raise ValueError(f"a user with {self.most_ties} ties: at most {(BLOCK << 16) - 1}")
        self.mesh = Mesh(np.array(devices or jax.devices()), ("lanes",))
        self.chain = jax.device_put(chain, NamedSharding(self.mesh, _WHOLE))
        self._compiled: dict[tuple[CascadeSizes, Structure], Any] = {}
        self._placed: tuple[Any, ...] | None = None

    def run(self, rule: Rule, seeds: ArrayLike, *, replicates: Any, rng_seed: int, log: bool = False) -> Outcome:
        """All variants of a rule in every replicate, until quiet.

        ``seeds``: users who start, int[S] for all, or int[R, S] by replicate (-1: nobody). ``replicates``: how many,
        or their numbers int[R]. Variants meet the same luck. Raises ValueError for seeds that are no users.
        """
        numbers = (
            np.arange(replicates, dtype=np.int32) if np.ndim(replicates) == 0 else np.asarray(replicates, np.int32)
        )
        starts = np.atleast_1d(np.asarray(seeds, np.int32))
        if starts.min(initial=0) < -1 or starts.max(initial=0) >= self.users:
            raise ValueError(f"seeds {starts.min()} to {starts.max()} are not in 0 ... {self.users - 1}")
        if rule.law.threshold != "none" and self.most_ties > 65_535:
            raise ValueError(f"a user with {self.most_ties} ties: at most 65535 in a law with a threshold")
        starts = np.broadcast_to(starts, (len(numbers), starts.shape[-1]))
        lanes, key, explodes = rule.variants * len(numbers), root_key(rng_seed), False
        starting = int((starts >= 0).sum(axis=1).max())
        told = partial(self._told, rule, numbers, starts)
        for sizes in tiers(-(-lanes // self.mesh.size), self.users, rule.law, chunk=self.chunk, log=_LOG * log):
            if sizes.table and (explodes or sizes.together * starting + sizes.contacts > sizes.table // 2):
                continue  # a set that the seeds alone fill would be looked through for ever
            found, table = self._call(sizes, rule.law)(key, self.chain, told(sizes))
            size, rounds, noted, waited = _read(found, sizes)
            if waited:
                explodes = waited * _EXPLODES > sizes.table // 2
                continue
            if log and noted.max() > sizes.log:
                sizes = sizes._replace(log=1 << (int(noted.max()) - 1).bit_length())
                _, table = self._call(sizes, rule.law)(key, self.chain, told(sizes))
            shape = (rule.variants, len(numbers))
            size, rounds = (column[:lanes].reshape(shape) for column in (size, rounds))
            return Outcome(size, rounds, _record(table, noted) if log else None)
        raise RuntimeError("unreachable: the last tier holds everybody")

    def _told(self, rule: Rule, numbers, starts, sizes: CascadeSizes) -> CascadeCampaign:
        """The campaign on the devices; lanes that fill up the last group have no seeds. Told the same again (another
        rng seed, a small cascade), it lies there already: to place it took as long as to run it."""
        if self._placed is not None:
            its_rule, its_sizes, its_numbers, its_starts, placed = self._placed
            same = its_rule is rule and its_sizes == sizes
            if same and np.array_equal(its_numbers, numbers) and np.array_equal(its_starts, starts):
                return placed
        lanes, real = sizes.lanes * self.mesh.size, rule.variants * len(numbers)
        lane = np.arange(lanes, dtype=np.int32)
        exists = lane < real
        variant = np.where(exists, lane // len(numbers), 0).astype(np.int32)
        replicate = numbers[lane % len(numbers)]
        begin = np.where(exists[:, None], starts[lane % len(numbers)], -1).astype(np.int32)
        told: Any = CascadeCampaign(lane, replicate, variant, begin, rule.numbers)
        where = jax.tree.map(lambda spec: NamedSharding(self.mesh, spec), _CAMPAIGN)
        placed = jax.device_put(told, where)
        self._placed = (rule, sizes, numbers.copy(), starts.copy(), placed)  # the caller's may change
        return placed

    def _call(self, sizes: CascadeSizes, law: Structure) -> Callable:
        """`spread` compiled for these sizes on all devices."""
        if (sizes, law) not in self._compiled:

            def on_device(key, chain, campaign):
                flows, log, waiting = spread(key, chain, campaign, sizes=sizes, law=law)
                return jnp.concatenate([*flows, jnp.stack([log.length, waiting])]), log.table

            cut = partial(jax.shard_map, mesh=self.mesh, in_specs=(_WHOLE, _WHOLE, _CAMPAIGN), out_specs=(_CUT, _CUT))
            self._compiled[sizes, law] = jax.jit(cut(on_device, check_vma=False))
        return self._compiled[sizes, law]


def _read(found: jax.Array, sizes: CascadeSizes) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32], int]:
    """Joined and rounds by lane, rows of each device's log, and how many waited when something was too small. All of
    it lies in one array a device: to fetch one takes as long as a small cascade's whole round."""
    devices = np.asarray(found).reshape(-1, 2 * sizes.lanes + 2)
    joined, latest = devices[:, : sizes.lanes], devices[:, sizes.lanes : -2]
    return joined.reshape(-1), latest.reshape(-1), devices[:, -2], int(devices[:, -1].max())


def _record(table: jax.Array, counts: NDArray[np.int32]) -> CascadeRecord:
    """Rows of all devices, lane after lane."""
    tables = np.asarray(table).reshape(len(counts), -1, 4)
    rows = np.concatenate([table[:count] for table, count in zip(tables, counts, strict=True)])
    columns = rows[np.argsort(rows[:, 0], kind="stable")].T
    return CascadeRecord(*(np.ascontiguousarray(column) for column in columns))
