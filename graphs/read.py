"""read_edges: a user's own chain from CSV, a plain edge list, Parquet or any format igraph reads."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from graphs.edge_table import EdgeTable, graph_from_table
from graphs.errors import InputError
from graphs.read_formats import read_csv, read_igraph, read_parquet, read_text
from graphs.social_graph import SocialGraph

__all__ = ["FORMATS", "read_edges", "read_table"]

Reader = Callable[[Path, str, str | None, str | None, str | None], EdgeTable]

# File ending -> format. "csv": header line, comma; "tsv": header line, tab; "text": no header, two or three
# columns (user, user, weight) apart by blanks, lines starting with # are comments, as SNAP publishes them.
FORMATS: dict[str, str] = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".txt": "text",
    ".edges": "text",
    ".edgelist": "text",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".graphml": "graphml",
    ".gml": "gml",
    ".net": "pajek",
    ".pajek": "pajek",
    ".ncol": "ncol",
    ".lgl": "lgl",
    ".dl": "dl",
    ".dimacs": "dimacs",
}

_READERS: dict[str, Reader] = {"csv": read_csv, "tsv": read_csv, "text": read_text, "parquet": read_parquet}


def read_edges(
    path: str | Path,
    *,
    source: str | None = None,
    target: str | None = None,
    weight: str | None = None,
    format: str | None = None,
    name: str | None = None,
    seed: int = 0,
) -> SocialGraph:
    """An undirected chain from a file of ties, one a row.

    ``source``, ``target``: names of the id columns (CSV and Parquet), by default ``source`` and ``target``,
    or the two columns of a file that has just two. ``weight``: a column of numbers, 0 or more, by default
    ``weight`` if there is one; strengths are its ranks. A column ``strength`` (0..255) is taken as it is.
    ``format``: one of the values of ``FORMATS``, by default from the file's ending.

    Ids are whole numbers from 0 or text; unless they are 0..n - 1 they are mapped and kept in ``labels``.
    Self ties and repeats are counted in ``notes``. A user named only in a self tie stays, without friends.
    Raises InputError: missing file, directory, empty, binary or cut file, missing column, negative id.
    """
    table = read_table(path, source=source, target=target, weight=weight, format=format)
    return graph_from_table(table, name=name or table.file.stem, seed=seed)


def read_table(
    path: str | Path,
    *,
    source: str | None = None,
    target: str | None = None,
    weight: str | None = None,
    format: str | None = None,
) -> EdgeTable:
    """The two id columns of a file as they stand, for `read_edges` and `graphs.read_groups.read_groups`."""
    file = Path(path)
    _check_exists(file)
    kind = format or FORMATS.get(file.suffix.lower())
    known = sorted(set(FORMATS.values()))
    if kind not in known:
        endings = ", ".join(FORMATS)
        raise InputError("unknown kind of file", file=file, value=format or file.suffix, allowed=endings)
    if kind != "parquet":
        _check_text(file)
    reader = _READERS.get(kind, read_igraph)
    return reader(file, kind, source, target, weight)


def _check_exists(file: Path) -> None:
    if file.is_dir():
        raise InputError("a directory, not a file", file=file, cure="name the file of ties inside it")
    try:
        with file.open("rb") as stream:
            empty = not stream.read(1)
    except FileNotFoundError as error:
        raise InputError("no such file", file=file, cure="check the path") from error
    except OSError as error:
        raise InputError(f"cannot be opened ({error.strerror})", file=file) from error
    if empty:
        raise InputError("the file is empty", file=file, cure="one tie a line: two user ids")


def _check_text(file: Path) -> None:
    lines, start, end = 0, b"", b""
    with file.open("rb") as stream:
        for block in iter(lambda: stream.read(1 << 20), b""):
            start = start or block
            lines += block.count(b"\n")
            end = block[-1:]
            if b"\0" in block or not _is_text(start):
                raise InputError("a binary file, not text in UTF-8", file=file, allowed=", ".join(FORMATS))
    if end not in b"\n\r":
        raise InputError(
            "the last line has no end: the file was cut",
            file=file,
            line=lines + 1,
            cure="fetch it again, or end the line if it is complete",
        )


def _is_text(start: bytes) -> bool:
    try:
        start.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.start >= len(start) - 3  # a character cut by the end of the sample
    return True
