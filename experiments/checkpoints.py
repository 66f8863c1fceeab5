"""The state of an interrupted block on disk, small enough to be written while somebody waits for Ctrl-C.

Most people of a world are as they were on the first morning, so a column is kept as its commonest value and what
differs from it. Of a block of the real designs (951 MB of state) that is 68 to 157 MB, a fourteenth to a sixth. Each
device's part is read where it lies; of the long lists only the rows in use.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import jax
import numpy as np

from growth.state import Sizes, State

__all__ = ["read_checkpoint", "saved_sizes", "write_checkpoint"]

_SAMPLE = 1 << 10


def write_checkpoint(path: Path, state: State, arrays: dict[str, np.ndarray], sizes: Sizes) -> None:
    """Write a state, the named ``arrays`` beside it and the list sizes; the file appears whole or not at all."""
    held: dict[str, Any] = {**arrays, "sizes": np.array(sizes)}
    with ThreadPoolExecutor() as pool:  # most of it is comparing and copying, without Python's lock
        for stem, packed in pool.map(_packed, _used(state)):
            held |= {f"{stem}_{name}": part for name, part in packed.items()}
    partial = path.with_suffix(".partial")
    with partial.open("wb") as file:
        np.savez(file, **held)
    partial.replace(path)


def saved_sizes(path: Path) -> Sizes | None:
    """The list sizes of an interrupted block, which may have grown; None without a checkpoint."""
    if not path.exists():
        return None
    with np.load(path) as found:
        return Sizes(*found["sizes"].tolist())


def read_checkpoint(path: Path, like: State) -> tuple[State, dict[str, np.ndarray]] | None:
    """The state (NumPy arrays, shaped ``like`` this one) and the arrays beside it; None without a checkpoint."""
    if not path.exists():
        return None
    leaves: list[Any] = [np.zeros(leaf.shape, leaf.dtype) for leaf in jax.tree.leaves(like)]
    with np.load(path) as found:
        arrays = {name: found[name] for name in found.files if not name.startswith("state_")}
        for stem in (name.removesuffix("_rows") for name in found.files if name.endswith("_rows")):
            index, start = map(int, stem.split("_")[1:])
            _fill(leaves[index], start, *(found[f"{stem}_{part}"] for part in ("rows", "base", "where", "values")))
    return jax.tree.unflatten(jax.tree.structure(like), leaves), arrays


def _used(state: State) -> Iterator[tuple[str, np.ndarray]]:
    """Every leaf's pieces, one a device, each by leaf and first row; of a list's table only the rows in use."""
    lists = {name: rows for name, rows in state.lists._asdict().items() if name != "packets"}  # two halves, two ends
    ends = {id(rows.table): np.asarray(rows.length) for rows in lists.values()}
    for index, leaf in enumerate(jax.tree.leaves(state)):
        pieces = list(_pieces(leaf))
        counts = ends.get(id(leaf), [None] * len(pieces))
        for (start, piece), count in zip(pieces, counts, strict=True):
            yield f"state_{index}_{start}", piece[:count]


def _pieces(leaf: jax.Array) -> Iterator[tuple[int, np.ndarray]]:
    """First row and rows of each device's own part, in order. On a CPU nothing is copied."""
    own = {shard.index[0].start or 0: shard.data for shard in leaf.addressable_shards}
    return ((start, np.asarray(own[start])) for start in sorted(own))


def _packed(named: tuple[str, np.ndarray]) -> tuple[str, dict[str, Any]]:
    """Of a named piece the commonest value, a bit a value that differs from it, and those values."""
    stem, piece = named
    flat = piece.reshape(-1)
    if not flat.size:
        return stem, {"rows": 0, "base": piece.dtype.type(0), "where": np.zeros(0, np.uint8), "values": flat}
    values, counts = np.unique(flat[:: max(flat.size // _SAMPLE, 1)], return_counts=True)
    base = values[np.argmax(counts)]
    other = flat != base
    return stem, {"rows": len(piece), "base": base, "where": np.packbits(other), "values": flat[other]}


def _fill(leaf: np.ndarray, start: int, rows: Any, base: np.ndarray, where: np.ndarray, values: np.ndarray) -> None:
    """Put one piece back; what was cut off stays zero."""
    piece = leaf[start : start + int(rows)]
    flat = np.full(piece.size, base)
    flat[np.unpackbits(where, count=piece.size).astype(bool)] = values
    piece[...] = flat.reshape(piece.shape)
