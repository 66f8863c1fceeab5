"""read_groups: group chats from a table of memberships, laid over a chain."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from graphs.edge_table import EdgeTable, checked_ids, refuse
from graphs.errors import InputError
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
    seat_user = _users(graph, table)
    ids = checked_ids(table, table.source, table.source_name)
    if pa.types.is_integer(ids.type):
        known, seat_group = np.unique(ids.to_numpy(zero_copy_only=False), return_inverse=True)
        count = len(known)
    else:
        coded = ids.dictionary_encode()
        seat_group, count = coded.indices.to_numpy(zero_copy_only=False), len(coded.dictionary)
    member_offsets, members = rows_from_pairs(count, max(graph.num_users, 1), seat_group, seat_user)
    chat_offsets, chats = rows_from_pairs(graph.num_users, max(count, 1), seat_user, seat_group)
    size = np.diff(member_offsets)
    if size.max(initial=0) > CHAT_CAP:
        row = int(np.flatnonzero(seat_group == int(size.argmax()))[0])
        raise refuse(table, row, f"a group has {size.max()} members", table.source_name, ids[row].as_py(), "up to 500")
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


def _users(graph: SocialGraph, table: EdgeTable) -> NDArray[np.integer]:
    """User of every membership; InputError names the first who is not in the chain."""
    ids = checked_ids(table, table.target, table.target_name)
    if graph.labels is None:
        known = pa.array(np.arange(graph.num_users, dtype=np.int64))
    else:
        known = pa.array(graph.labels)
    if pa.types.is_integer(known.type) != pa.types.is_integer(ids.type):
        known, ids = known.cast(pa.large_string()), ids.cast(pa.large_string())
    found = pc.index_in(ids, value_set=known.cast(ids.type))
    row = pc.index(pc.is_null(found), True).as_py()
    if row >= 0:
        raise refuse(
            table, row, "this user is not in the chain", table.target_name, ids[row].as_py(), "a user with a tie"
        )
    return found.to_numpy(zero_copy_only=False)
