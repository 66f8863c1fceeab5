"""read_groups: group chats from a table of memberships, laid over a chain."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from graphs.edge_table import EdgeTable, checked_ids, is_text, refuse
from graphs.errors import InputError
from graphs.own_ids import MixedIds, OwnIds
from graphs.read import read_table
from graphs.social_graph import CHAT_CAP, SocialGraph
from graphs.ties import rows_from_pairs

__all__ = ["read_groups"]


def read_groups(
    graph: SocialGraph, path: str | Path, *, group: str | None = None, user: str | None = None
) -> SocialGraph:
    """The chain with the group chats of a file (CSV, TSV, plain text or Parquet), one membership a row.

    ``group`` and ``user`` name the columns, by default ``group`` and ``user``, or the two columns of a file that has
    just two. Users are named as in the file of ties (``labels``), else 0..num_users - 1. Groups are renumbered in the
    order of their ids (of text: of appearance); a membership given twice is merged and counted in ``notes``.
    Raises InputError for a user who is not in the chain and for a group over the cap of 500.
    """
    table = _read(path, group, user)
    seat_group, seat_user, count = _seats(graph, table)
    member_offsets, members = rows_from_pairs(count, max(graph.num_users, 1), seat_group, seat_user)
    chat_offsets, chats = rows_from_pairs(graph.num_users, max(count, 1), seat_user, seat_group)
    size = np.diff(member_offsets)
    if size.max(initial=0) > CHAT_CAP:
        row = int(np.flatnonzero(seat_group == int(size.argmax()))[0])
        raise refuse(table, row, f"a group has {size.max()} members", table.source_name, _cell(table, row), "up to 500")
    twice = len(seat_group) - len(members)
    notes = (*graph.notes, f"repeated memberships merged: {twice}") if twice else graph.notes
    return replace(
        graph, chat_offsets=chat_offsets, chats=chats, member_offsets=member_offsets, members=members, notes=notes
    )


def _read(path: str | Path, group: str | None, user: str | None) -> EdgeTable:
    """Named columns, or the first two of a file that has no header."""
    file = Path(path)
    headed = file.suffix.lower() in (".csv", ".tsv", ".parquet", ".pq")
    if not headed and file.suffix.lower() != ".txt" and file.exists():
        allowed = ".csv, .tsv, .txt, .parquet"
        raise InputError("no table of groups in this kind of file", file=file, value=file.suffix, allowed=allowed)
    if not headed or group is not None or user is not None:
        return read_table(file, source=group, target=user)
    try:
        return read_table(file, source="group", target="user")
    except InputError as missing:
        if missing.field not in ("source", "target"):
            raise
        try:
            return read_table(file)  # the two columns of a file that has just two
        except InputError:
            raise missing from None


def _seats(graph: SocialGraph, table: EdgeTable) -> tuple[NDArray[np.integer], NDArray[np.integer], int]:
    """Group and user of every membership, and the number of groups; InputError names the first user who is not in the
    chain."""
    try:
        return _numbered(graph, table, as_text=False)
    except MixedIds:
        return _numbered(graph, table, as_text=True)


def _numbered(
    graph: SocialGraph, table: EdgeTable, *, as_text: bool
) -> tuple[NDArray[np.integer], NDArray[np.integer], int]:
    groups, users, row = OwnIds(), [np.zeros(0, np.int32)], 0
    labels = None if graph.labels is None else pa.array(graph.labels)
    for piece in table.pieces(as_text):
        column = checked_ids(table, piece.source, table.source_name, row)
        groups.add(column, as_text=as_text or is_text(column))
        ids = checked_ids(table, piece.target, table.target_name, row)
        users.append(_users(graph.num_users, labels, table, ids, row))
        row += len(ids)
    groups.settle()
    seats = [np.zeros(0, np.int32), *groups.numbered()]
    return np.concatenate(seats), np.concatenate(users), len(groups.labels or range(groups.count))


def _users(num_users: int, labels: pa.Array | None, table: EdgeTable, ids: pa.Array, first: int) -> NDArray[np.int32]:
    """User of every membership of a piece."""
    if labels is None:
        labels = pa.array(np.arange(num_users, dtype=np.int64))
    if pa.types.is_integer(labels.type) != pa.types.is_integer(ids.type):
        labels, ids = labels.cast(pa.large_string()), ids.cast(pa.large_string())
    found = pc.index_in(ids, value_set=labels.cast(ids.type))
    row = pc.index(pc.is_null(found), True).as_py()
    if row >= 0:
        what, known = "this user is not in the chain", "a user with a tie"
        raise refuse(table, first + row, what, table.target_name, ids[row].as_py(), known)
    return found.to_numpy(zero_copy_only=False).astype(np.int32)


def _cell(table: EdgeTable, row: int) -> Any:
    """The group's id as it stands in a row."""
    for piece in table.pieces(False):
        if row < len(piece.source):
            return piece.source[row].as_py()
        row -= len(piece.source)
    return None
