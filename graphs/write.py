"""Chains to files: ties as CSV, TSV, plain text, Parquet or GraphML, and group chats as a table of memberships.

Large tables are written in pieces, so that writing takes little memory beside the chain.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from graphs.errors import InputError
from graphs.igraph_graphs import to_igraph
from graphs.social_graph import SocialGraph

__all__ = ["TABLES", "WRITTEN", "writable", "write_edges", "write_groups"]

WRITTEN = (".csv", ".tsv", ".txt", ".parquet", ".graphml")
TABLES = WRITTEN[:-1]
_ROWS = 1 << 20  # rows of one piece

TIES = ("source", "target", "strength")
SEATS = ("group", "user")


class _Writer(Protocol):
    def write_batch(self, batch: pa.RecordBatch) -> None: ...


def write_edges(graph: SocialGraph, path: str | Path) -> Path:
    """Write each tie once, smaller id first, with its strength; the ending chooses the format (``WRITTEN``).

    Ids are the users' own where the chain has ``labels``. Only GraphML holds users without friends, and the attributes;
    a plain text file (.txt) has two columns and no strength, since a third one would be read as a weight. Files are
    read back by `graphs.read.read_edges` (GraphML ids come back as text). Raises InputError for another ending, a
    folder that is not there, and names with blanks in plain text.
    """
    file = writable(path)
    if file.suffix.lower() == ".graphml":
        to_igraph(graph).write_graphml(str(file))
    else:
        columns = TIES[:2] if file.suffix.lower() == ".txt" else TIES
        _write_table(file, columns, (_ties(graph, users)[: len(columns)] for users in _pieces(graph.offsets)), graph)
    return file


def write_groups(graph: SocialGraph, path: str | Path) -> Path:
    """Write one row per membership: group, user (its own id where the chain has ``labels``); read by `read_groups`."""
    file = writable(path, TABLES)
    _write_table(file, SEATS, (_seats(graph, groups) for groups in _pieces(graph.member_offsets)), graph)
    return file


def writable(path: str | Path, allowed: tuple[str, ...] = WRITTEN) -> Path:
    """The file's path; InputError for an ending not in ``allowed`` and for a folder that is not there."""
    file = Path(path)
    if file.suffix.lower() not in allowed:
        raise InputError("unknown kind of file", file=file, value=file.suffix, allowed=", ".join(allowed))
    if not file.parent.is_dir():
        raise InputError("no such folder", file=file.parent, cure="make it first")
    return file


def _check_names(graph: SocialGraph, file: Path) -> None:
    """In a file of columns apart by blanks a name is one word, and # starts a comment."""
    for label in graph.labels or ():
        if isinstance(label, str) and (not label or "#" in label or len(label.split()) != 1 or label.strip() != label):
            raise InputError("a name that does not fit in a .txt file", file=file, value=label, cure="write .csv")


def _pieces(offsets: NDArray[np.integer]) -> Iterator[slice]:
    """Runs of rows with about _ROWS entries each; one empty run where there is nothing."""
    marks = np.searchsorted(offsets, np.arange(0, max(int(offsets[-1]), 1), _ROWS), side="right") - 1
    bounds = np.unique(np.append(marks, len(offsets) - 1))
    bounds[0] = 0
    for low, high in pairwise(bounds.tolist()):
        yield slice(low, high)


def _ties(graph: SocialGraph, users: slice) -> tuple[NDArray, ...]:
    """Ties of a run of users to friends of larger id."""
    rows = np.arange(users.start, users.stop, dtype=np.int32)
    span = slice(int(graph.offsets[users.start]), int(graph.offsets[users.stop]))
    owner, friend = np.repeat(rows, graph.degree()[users]), graph.friends[span]
    once = owner < friend
    return owner[once], friend[once], graph.strength[span][once]


def _seats(graph: SocialGraph, groups: slice) -> tuple[NDArray, ...]:
    rows = np.arange(groups.start, groups.stop, dtype=np.int32)
    span = slice(int(graph.member_offsets[groups.start]), int(graph.member_offsets[groups.stop]))
    return np.repeat(rows, graph.chat_sizes()[groups]), graph.members[span]


def _write_table(
    file: Path, columns: tuple[str, ...], pieces: Iterator[tuple[NDArray, ...]], graph: SocialGraph
) -> None:
    if file.suffix.lower() == ".txt":
        _check_names(graph, file)
    labels = None if graph.labels is None else pa.array(graph.labels)
    own = pa.int32() if labels is None else labels.type
    kinds = {"source": own, "target": own, "user": own, "group": pa.int32(), "strength": pa.uint8()}
    schema = pa.schema([(name, kinds[name]) for name in columns])
    with file.open("wb") as stream, _open(file, stream, schema) as writer:
        for piece in pieces:
            cells = [
                labels.take(pa.array(array)) if labels is not None and name in ("source", "target", "user") else array
                for name, array in zip(columns, piece, strict=True)
            ]
            writer.write_batch(pa.record_batch([pa.array(cell) for cell in cells], schema=schema))


def _open(file: Path, stream: Any, schema: pa.Schema) -> Any:
    """A writer of record batches; a context manager."""
    ending = file.suffix.lower()
    if ending == ".parquet":
        from pyarrow import parquet

        return parquet.ParquetWriter(stream, schema)
    from pyarrow import csv

    plain = ending == ".txt"
    options = csv.WriteOptions(
        include_header=not plain,
        delimiter={".csv": ",", ".tsv": "\t", ".txt": " "}[ending],
        quoting_style="none" if plain else "needed",
    )
    return csv.CSVWriter(stream, schema, write_options=options)
