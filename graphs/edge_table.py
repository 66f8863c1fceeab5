"""A list of ties as it stands in a file, piece by piece: two id columns, perhaps a weight, mapped to users."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from graphs.errors import InputError
from graphs.memory import check_ties_fit
from graphs.own_ids import MixedIds, OwnIds
from graphs.social_graph import AVERAGE_STRENGTH, SocialGraph
from graphs.ties import FRIEND_SHIFT, ID_MASK, MAX_USERS, OWNER_SHIFT, pack_ties

__all__ = ["EdgePiece", "EdgeTable", "checked_ids", "graph_from_table", "is_number", "is_text", "refuse"]

_BLOCK = 1 << 20


class EdgePiece(NamedTuple):
    """A run of rows."""

    source: pa.Array
    target: pa.Array
    weight: pa.Array | None  # any positive unit: ranked to strengths
    strength: pa.Array | None  # 0..255 as it is


@dataclass(frozen=True)
class EdgeTable:
    """A file that is read when `pieces` is called: with True, ids come as the text that stands there.

    ``line_of`` turns a row into its line (None where files have no lines); ``rows``: how many there are, perhaps by
    estimate; ``also``: ids of all users, where a file names them apart from the ties.
    """

    file: Path
    source_name: str
    target_name: str
    line_of: Callable[[int], int | None]
    pieces: Callable[[bool], Iterator[EdgePiece]]
    rows: int
    also: pa.Array | None = None


def graph_from_table(table: EdgeTable, *, name: str, seed: int) -> SocialGraph:
    """Map ids to users 0..n - 1, count what is mended, build the chain; InputError for what is no id, and for more
    ties than memory holds before they are read."""
    check_ties_fit(table.rows, table.file)
    try:
        ids, strength = _collected(table, as_text=False)
    except MixedIds:
        ids, strength = _collected(table, as_text=True)
    if ids.count > MAX_USERS:
        most = f"up to {MAX_USERS}"
        raise InputError("more users than a stored chain can have", file=table.file, value=ids.count, allowed=most)
    keys, loops = _packed(table, ids, strength)
    given = len(keys)
    keys.sort()
    directed = _different(keys)
    _fold(ids.count, keys)
    graph = SocialGraph.from_keys(ids.count, keys, labels=ids.labels, seed=seed, name=name)
    counts = (
        (loops, "self ties dropped"),
        (given - directed, "repeated ties merged"),
        (directed - graph.num_ties, "ties given in both directions merged"),
    )
    return replace(graph, notes=tuple(f"{what}: {count}" for count, what in counts if count))


def refuse(table: EdgeTable, row: int, what: str, field: str, value: Any, allowed: str) -> InputError:
    """What is wrong with a row of the file, with its line."""
    line = table.line_of(row)
    if isinstance(value, str) and len(value) > 60:
        value = value[:60] + "..."
    return InputError(what, file=table.file, line=line, field=field, value=value, allowed=allowed)


def is_text(ids: pa.Array) -> bool:
    """Whether ids are text."""
    return pa.types.is_string(ids.type) or pa.types.is_large_string(ids.type)


def checked_ids(table: EdgeTable, ids: pa.Array, name: str, first: int) -> pa.Array:
    """A piece of an id column as int64 or text; InputError for a missing or negative one and for other types.
    ``first`` is the row in the file at which the piece starts."""
    allowed = "whole numbers from 0, or text"
    if pa.types.is_dictionary(ids.type):
        ids = ids.cast(ids.type.value_type)
    empty = pc.equal(pc.fill_null(ids, ""), "") if is_text(ids) else pc.is_null(ids)
    row = pc.index(empty, True).as_py()
    if row >= 0:
        raise refuse(table, first + row, "a user id is missing", name, None, allowed)
    if pa.types.is_integer(ids.type):
        if len(ids) and pc.min(ids).as_py() < 0:
            row = pc.index(pc.less(ids, 0), True).as_py()
            raise refuse(table, first + row, "a user id is negative", name, ids[row].as_py(), allowed)
        return ids.cast(pa.int64())
    if is_text(ids):
        row = pc.index(pc.match_substring(ids, "\n"), True).as_py()
        if row >= 0:
            start = ids[row].as_py().splitlines()[0]
            raise refuse(table, first + row, "a quote is opened and not closed", name, start, allowed)
        return ids.cast(pa.large_string())
    raise refuse(table, first, f"user ids of type {ids.type}", name, ids[0].as_py(), allowed)


def _collected(table: EdgeTable, *, as_text: bool) -> tuple[OwnIds, NDArray[np.uint8] | None]:
    """Ids of all rows, source and target of a piece in turn, and their strengths. Raises MixedIds."""
    ids, weights, strengths, row = OwnIds(), [], [], 0
    if table.also is not None:
        ids.add(table.also, as_text=as_text or is_text(table.also))
    for piece in table.pieces(as_text):
        columns = [
            checked_ids(table, piece.source, table.source_name, row),
            checked_ids(table, piece.target, table.target_name, row),
        ]
        text = as_text or any(is_text(column) for column in columns)
        for column in columns:
            ids.add(column, as_text=text)
        if piece.strength is not None:
            strengths.append(np.rint(_numbers(table, piece.strength, "strength", 255.0, row)).astype(np.uint8))
        if piece.weight is not None:
            weights.append(_numbers(table, piece.weight, "weight", np.inf, row))
        row += len(columns[0])
    if row == 0:
        raise InputError("no ties in the file", file=table.file, cure="one tie a line: two user ids")
    ids.settle(0 if table.also is None else len(table.also))
    if strengths:
        return ids, np.concatenate(strengths)
    return ids, _ranked(weights) if weights else None


def _packed(table: EdgeTable, ids: OwnIds, strength: NDArray[np.uint8] | None) -> tuple[NDArray[np.uint64], int]:
    """Keys of the rows with their ends in the order of the file (source, target, 255 - strength), and how many self
    ties are left out."""
    columns = ids.numbered()
    if table.also is not None:
        next(columns)
    keys = np.empty(ids.rows // 2, dtype=np.uint64)
    row = filled = 0
    for u in columns:
        v = next(columns)
        given = AVERAGE_STRENGTH if strength is None else strength[row : row + len(u)]
        key = u.astype(np.uint64) << OWNER_SHIFT
        key |= v.astype(np.uint64) << FRIEND_SHIFT
        key |= (~np.asarray(given, dtype=np.uint8)).astype(np.uint64)
        key = key[u != v]
        keys[filled : filled + len(key)] = key
        row, filled = row + len(u), filled + len(key)
    return keys[:filled], row - filled


def _different(keys: NDArray[np.uint64]) -> int:
    """Different pairs among sorted keys, whatever their strength."""
    count = min(len(keys), 1)
    for start in range(1, len(keys), _BLOCK):
        stop = min(start + _BLOCK, len(keys))
        pair = keys[start - 1 : stop] >> FRIEND_SHIFT
        count += int(np.count_nonzero(pair[1:] != pair[:-1]))
    return count


def _fold(num_users: int, keys: NDArray[np.uint64]) -> None:
    """The smaller id first, in place: keys as of `graphs.ties.pack_ties`."""
    for start in range(0, len(keys), _BLOCK):
        block = keys[start : start + _BLOCK]
        u, v = block >> OWNER_SHIFT, (block >> FRIEND_SHIFT) & ID_MASK
        block[:] = pack_ties(num_users, u, v, ~block.astype(np.uint8))


def _ranked(weights: list[NDArray[np.float64]]) -> NDArray[np.uint8]:
    """Strength 0..255 by the rank of a weight among all ties; equals rank alike."""
    ordered = np.sort(np.concatenate(weights))
    if ordered[0] == ordered[-1]:
        return np.full(len(ordered), AVERAGE_STRENGTH, dtype=np.uint8)
    out, row = np.empty(len(ordered), dtype=np.uint8), 0
    for piece in weights:
        below, upto = (np.searchsorted(ordered, piece, side=side) for side in ("left", "right"))
        out[row : row + len(piece)] = np.floor(256.0 * ((below + upto + 1) / 2.0 - 0.5) / len(ordered))
        row += len(piece)
    return out


def _numbers(table: EdgeTable, column: pa.Array, name: str, most: float, first: int) -> NDArray[np.float64]:
    allowed = "0 to 255" if most == 255.0 else "a number, 0 or more"
    if not (pa.types.is_integer(column.type) or pa.types.is_floating(column.type)):
        cells = column.to_pylist()
        row = next((at for at, cell in enumerate(cells) if not is_number(cell)), 0)
        raise refuse(table, first + row, "not a number", name, cells[row], allowed)
    values = column.cast(pa.float64()).to_numpy(zero_copy_only=False)
    wrong = ~((values >= 0) & (values <= most) & np.isfinite(values))
    if np.any(wrong):
        row = int(np.argmax(wrong))
        raise refuse(table, first + row, "a weight out of range", name, column[row].as_py(), allowed)
    return values


def is_number(cell: Any) -> bool:
    """Whether a cell can be read as a number."""
    try:
        float(cell)
    except (TypeError, ValueError):
        return False
    return True
