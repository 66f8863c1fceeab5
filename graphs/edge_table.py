"""A list of ties as it stands in a file: two id columns, perhaps a weight, checked and mapped to users."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from scipy.stats import rankdata

from graphs.errors import InputError
from graphs.social_graph import AVERAGE_STRENGTH, SocialGraph

__all__ = ["EdgeTable", "checked_ids", "graph_from_table", "refuse"]


@dataclass(frozen=True)
class EdgeTable:
    """Columns as read. ``line_of`` turns a row into its line in the file (None where files have no lines)."""

    file: Path
    source: pa.Array
    target: pa.Array
    source_name: str
    target_name: str
    line_of: Callable[[int], int | None]
    weight: pa.Array | None = None  # any positive unit: ranked to strengths
    strength: pa.Array | None = None  # 0..255 as it is
    also: pa.Array | None = None  # ids of all users, where a file names them apart from the ties


def graph_from_table(table: EdgeTable, *, name: str, seed: int) -> SocialGraph:
    """Map ids to users 0..n - 1, count what is mended, build the chain; InputError for what is no id."""
    if len(table.source) == 0:
        raise InputError("no ties in the file", file=table.file, cure="one tie a line: two user ids")
    source = checked_ids(table, table.source, table.source_name)
    target = checked_ids(table, table.target, table.target_name)
    u, v, labels = _mapped(source, target, source[:0] if table.also is None else table.also)
    named = 0 if table.also is None else len(table.also)
    num_users = len(labels) if labels is not None else max(named, int(max(u.max(), v.max())) + 1)
    graph = SocialGraph.from_edges(num_users, u, v, strength=_strength(table), labels=labels, seed=seed, name=name)
    return replace(graph, notes=_mended(u, v, num_users))


def refuse(table: EdgeTable, row: int, what: str, field: str, value: Any, allowed: str) -> InputError:
    """What is wrong with a row of the file, with its line."""
    line = table.line_of(row)
    if isinstance(value, str) and len(value) > 60:
        value = value[:60] + "..."
    return InputError(what, file=table.file, line=line, field=field, value=value, allowed=allowed)


def checked_ids(table: EdgeTable, ids: pa.Array, name: str) -> pa.Array:
    """The column of ids as int64 or string; InputError for a missing or negative one and for other types."""
    allowed = "whole numbers from 0, or text"
    empty = pc.is_null(ids) if not pa.types.is_string(ids.type) else pc.equal(pc.fill_null(ids, ""), "")
    row = pc.index(empty, True).as_py()
    if row >= 0:
        raise refuse(table, row, "a user id is missing", name, None, allowed)
    if pa.types.is_integer(ids.type):
        if pc.min(ids).as_py() < 0:
            row = pc.index(pc.less(ids, 0), True).as_py()
            raise refuse(table, row, "a user id is negative", name, ids[row].as_py(), allowed)
        return ids.cast(pa.int64())
    if pa.types.is_string(ids.type) or pa.types.is_large_string(ids.type):
        row = pc.index(pc.match_substring(ids, "\n"), True).as_py()
        if row >= 0:
            first = ids[row].as_py().splitlines()[0]
            raise refuse(table, row, "a quote is opened and not closed", name, first, allowed)
        return ids.cast(pa.large_string())
    if pa.types.is_dictionary(ids.type):
        return checked_ids(table, ids.cast(ids.type.value_type), name)
    raise refuse(table, 0, f"user ids of type {ids.type}", name, ids[0].as_py(), allowed)


def _mapped(source: pa.Array, target: pa.Array, also: pa.Array) -> tuple[NDArray, NDArray, list | None]:
    """Row numbers of users, and their own ids in order; None when the ids are 0..n - 1 already."""
    ids = [also, source, target]
    if not all(pa.types.is_integer(column.type) for column in ids):
        ids = [column.cast(pa.large_string()) for column in ids]
        coded = pa.concat_arrays(ids).dictionary_encode()
        place, labels = coded.indices.to_numpy(zero_copy_only=False), coded.dictionary.to_pylist()
    else:
        known, place = np.unique(pa.concat_arrays(ids).to_numpy(zero_copy_only=False), return_inverse=True)
        labels = None if known[-1] == len(known) - 1 else known.tolist()
    start, middle = len(also), len(also) + len(source)
    return place[start:middle], place[middle:], labels


def _strength(table: EdgeTable) -> NDArray[np.uint8] | None:
    """``strength`` as it stands, or the rank of ``weight`` among all ties, 0..255; equals rank alike."""
    if table.strength is not None:
        given = _numbers(table, table.strength, "strength", 255.0)
        return np.rint(given).astype(np.uint8)
    if table.weight is None:
        return None
    weight = _numbers(table, table.weight, "weight", np.inf)
    if weight.min() == weight.max():
        return np.full(len(weight), AVERAGE_STRENGTH, dtype=np.uint8)
    return np.floor(256.0 * (rankdata(weight) - 0.5) / len(weight)).astype(np.uint8)


def _numbers(table: EdgeTable, column: pa.Array, name: str, most: float) -> NDArray[np.float64]:
    allowed = "0 to 255" if most == 255.0 else "a number, 0 or more"
    if not (pa.types.is_integer(column.type) or pa.types.is_floating(column.type)):
        cells = column.to_pylist()
        row = next((at for at, cell in enumerate(cells) if not _is_number(cell)), 0)
        raise refuse(table, row, "not a number", name, cells[row], allowed)
    values = column.cast(pa.float64()).to_numpy(zero_copy_only=False)
    wrong = ~((values >= 0) & (values <= most) & np.isfinite(values))
    if np.any(wrong):
        row = int(np.argmax(wrong))
        raise refuse(table, row, "a weight out of range", name, column[row].as_py(), allowed)
    return values


def _is_number(cell: Any) -> bool:
    try:
        float(cell)
    except (TypeError, ValueError):
        return False
    return True


def _mended(u: NDArray, v: NDArray, num_users: int) -> tuple[str, ...]:
    """What was dropped or merged, counted: self ties, repeats in the same and in the other direction."""
    loops = u == v
    a, b = u[~loops].astype(np.int64), v[~loops].astype(np.int64)
    directed = _distinct(a * num_users + b)
    undirected = _distinct(np.minimum(a, b) * num_users + np.maximum(a, b))
    counts = (
        (int(loops.sum()), "self ties dropped"),
        (len(a) - directed, "repeated ties merged"),
        (directed - undirected, "ties given in both directions merged"),
    )
    return tuple(f"{what}: {count}" for count, what in counts if count)


def _distinct(keys: NDArray[np.int64]) -> int:
    """Number of different keys: a sort in place, several times faster than a table of hashes."""
    keys.sort()
    return int(np.count_nonzero(np.diff(keys))) + (len(keys) > 0)
