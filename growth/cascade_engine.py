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
from growth.streams import root_words

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
_NONE = 1 << 31
_LOG = 1 << 16
_COMPILER = {"xla_cpu_prefer_vector_width": 512}
"""Vectors as wide as the machine has them, and not half: a twentieth of the time of large cascades."""


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


class _Told:
    """What a run was told, and the campaign of it that lies on the devices: to place it takes as long as to run it."""

    def __init__(self, rule: Rule, replicates: NDArray[np.int32], seeds: NDArray[np.int32]) -> None:
        self.rule, self.replicates, self.seeds = rule, replicates, seeds
        self.lanes = rule.variants * len(replicates)
        self.starting = int((seeds >= 0).sum(axis=1).max())
        self.least = 0  # slots of a hash set: smaller ones were too small before, whatever the luck
        self._placed: tuple[CascadeSizes, CascadeCampaign] | None = None

    def same(self, rule: Rule, replicates: NDArray, seeds: NDArray) -> bool:
        """Whether this is the same again: the same rule, replicates and seeds."""
        return rule is self.rule and np.array_equal(seeds, self.seeds) and np.array_equal(replicates, self.replicates)

    def on(self, mesh: Mesh, sizes: CascadeSizes) -> CascadeCampaign:
        """The campaign on the devices; lanes that fill up the last group have no seeds."""
        if self._placed is None or self._placed[0] != sizes:
            many = len(self.replicates)
            lane = np.arange(sizes.lanes * mesh.size, dtype=np.int32)
            exists, replicate = lane < self.lanes, lane % many
            variant = np.where(exists, lane // many, 0).astype(np.int32)
            starts = np.broadcast_to(self.seeds, (many, self.seeds.shape[1]))[replicate]
            starts = np.where(exists[:, None], starts, -1).astype(np.int32)
            told: Any = CascadeCampaign(lane, self.replicates[replicate], variant, starts, self.rule.numbers)
            where = jax.tree.map(lambda spec: NamedSharding(mesh, spec), _CAMPAIGN)
            self._placed = sizes, jax.device_put(told, where)
        return self._placed[1]


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
        self._told: _Told | None = None

    def run(self, rule: Rule, seeds: ArrayLike, *, replicates: Any, rng_seed: int, log: bool = False) -> Outcome:
        """All variants of a rule in every replicate, until quiet.

        ``seeds``: users who start, int[S] for all, or int[R, S] by replicate (-1: nobody). ``replicates``: how many,
        or their numbers int[R]. Variants meet the same luck. Raises ValueError for seeds that are no users.
        """
        told = self._tell(rule, seeds, replicates)
        key, lanes = root_words(rng_seed), told.lanes
        for sizes in tiers(-(-lanes // self.mesh.size), self.users, rule.law, chunk=self.chunk, log=_LOG * log):
            filled = sizes.together * told.starting + sizes.contacts
            if sizes.table and (sizes.table < told.least or filled > sizes.table // 2):
                continue  # a set that the seeds alone fill would be looked through for ever
            found, table = self._call(sizes, rule.law)(key, self.chain, told.on(self.mesh, sizes))
            size, rounds, noted, waited = _read(found, sizes)
            if waited:
                told.least = _NONE if waited * _EXPLODES > sizes.table // 2 else sizes.table + 1
                continue
            if log and noted.max() > sizes.log:
                sizes = sizes._replace(log=1 << (int(noted.max()) - 1).bit_length())
                _, table = self._call(sizes, rule.law)(key, self.chain, told.on(self.mesh, sizes))
            shape = (rule.variants, len(told.replicates))
            size, rounds = (column[:lanes].reshape(shape) for column in (size, rounds))
            return Outcome(size, rounds, _record(table, noted) if log else None)
        raise RuntimeError("unreachable: the last tier holds everybody")

    def _tell(self, rule: Rule, seeds: ArrayLike, replicates: Any) -> _Told:
        """What the run is told, checked; the same as in the last call is not looked at again."""
        numbers = np.arange(replicates) if np.ndim(replicates) == 0 else np.asarray(replicates)
        starts = np.atleast_2d(np.asarray(seeds))
        if self._told is None or not self._told.same(rule, numbers, starts):
            if starts.min(initial=0) < -1 or starts.max(initial=0) >= self.users:
                raise ValueError(f"seeds {starts.min()} to {starts.max()} are not in 0 ... {self.users - 1}")
            if rule.law.threshold != "none" and self.most_ties > 65_535:
                raise ValueError(f"a user with {self.most_ties} ties: at most 65535 in a law with a threshold")
            # Copies, because the caller's may change.
            self._told = _Told(rule, numbers.astype(np.int32), starts.astype(np.int32))
        return self._told

    def _call(self, sizes: CascadeSizes, law: Structure) -> Callable:
        """`spread` compiled for these sizes on all devices."""
        if (sizes, law) not in self._compiled:

            def on_device(key, chain, campaign):
                flows, log, waiting = spread(key, chain, campaign, sizes=sizes, law=law)
                return jnp.concatenate([*flows, jnp.stack([log.length, waiting])]), log.table

            cut = partial(jax.shard_map, mesh=self.mesh, in_specs=(_WHOLE, _WHOLE, _CAMPAIGN), out_specs=(_CUT, _CUT))
            self._compiled[sizes, law] = jax.jit(cut(on_device, check_vma=False), compiler_options=_COMPILER)
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
