"""One reader per kind of file: each gives an `EdgeTable` or says in one line why not."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa

from graphs.edge_table import EdgeTable
from graphs.errors import InputError

__all__ = ["read_csv", "read_igraph", "read_parquet", "read_text"]


def read_csv(file: Path, kind: str, source: str | None, target: str | None, weight: str | None) -> EdgeTable:
    """Header line, then one tie a line; comma (csv) or tab (tsv)."""
    from pyarrow import csv as arrow_csv

    delimiter = "\t" if kind == "tsv" else ","
    with file.open(encoding="utf-8-sig", newline="") as stream:
        header = next((row for row in csv.reader(stream, delimiter=delimiter) if row), [])
    _check_header(file, header, delimiter)
    chosen = _columns(file, header, source, target, weight)
    try:
        table = arrow_csv.read_csv(
            file,
            parse_options=arrow_csv.ParseOptions(delimiter=delimiter),
            convert_options=arrow_csv.ConvertOptions(include_columns=[c for c in chosen if c]),
        )
    except pa.ArrowInvalid as error:
        raise _csv_fault(file, header, delimiter, error) from error

    def line_of(row: int) -> int | None:
        return next((line for at, (line, _) in enumerate(_csv_rows(file, delimiter)) if at == row + 1), None)

    return _table(file, table, chosen, line_of)


def read_parquet(file: Path, kind: str, source: str | None, target: str | None, weight: str | None) -> EdgeTable:
    """Columns by name, as in CSV."""
    from pyarrow import parquet

    try:
        chosen = _columns(file, parquet.read_schema(file).names, source, target, weight)
        table = parquet.read_table(file, columns=[c for c in chosen if c])
    except (pa.ArrowInvalid, OSError) as error:
        raise InputError(f"not a whole Parquet file ({_first_line(error)})", file=file) from error
    return _table(file, table, chosen, lambda row: None)


def read_text(file: Path, kind: str, source: str | None, target: str | None, weight: str | None) -> EdgeTable:
    """Two or three columns apart by blanks (user, user, weight), no header, # starts a comment line."""
    import pandas as pd

    _no_columns(file, kind, source, target, weight)
    first = next(_text_rows(file), None)
    if first is None:
        raise InputError("no ties in the file", file=file, cure="one tie a line: two user ids")
    columns = ["source", "target", "weight"][: len(first[1])]
    if not 2 <= len(first[1]) <= 3:
        raise _column_count(file, first[0], len(first[1]), "2 or 3: user user [weight]")
    try:
        frame = pd.read_csv(
            file, sep=r"\s+", header=None, names=columns, index_col=False, comment="#",
            keep_default_na=False, na_values=[""], low_memory=False, quoting=csv.QUOTE_NONE,
        )  # fmt: skip
        whole = not frame.isna().to_numpy().any()
    except (pd.errors.ParserError, pd.errors.ParserWarning, UnicodeDecodeError):
        whole = False
    if not whole:
        for line, row in _text_rows(file):
            if len(row) != len(columns):
                raise _column_count(file, line, len(row), str(len(columns)))
        raise InputError("not a list of ties", file=file, cure="one tie a line: two user ids")

    def line_of(row: int) -> int | None:
        return next((line for at, (line, _) in enumerate(_text_rows(file)) if at == row), None)

    table = pa.Table.from_pandas(frame, preserve_index=False)
    return _table(file, table, ("source", "target", "weight" if len(columns) == 3 else None, None), line_of)


def read_igraph(file: Path, kind: str, source: str | None, target: str | None, weight: str | None) -> EdgeTable:
    """GraphML, GML, Pajek, NCOL, LGL, DL, DIMACS: isolated vertices stay, own ids become labels."""
    import igraph

    _no_columns(file, kind, source, target, None)
    try:
        graph = igraph.Graph.Read(str(file), format=kind)
    except (igraph.InternalError, OSError, ValueError) as error:
        raise InputError(f"not a whole {kind} file ({_first_line(error)})", file=file) from error
    own = _own_ids(graph)
    ends = pa.array([end for pair in graph.get_edgelist() for end in pair], pa.int64())
    every, odd = pa.array(range(0, len(ends), 2), pa.int64()), pa.array(range(1, len(ends), 2), pa.int64())
    columns = {"source": own.take(ends.take(every)), "target": own.take(ends.take(odd))}
    for attribute in {weight or "weight", "strength"} & set(graph.es.attributes()):
        columns[attribute] = pa.array(graph.es[attribute])
    chosen = _columns(file, list(columns), None, None, weight)
    return _table(file, pa.table(columns), chosen, lambda row: None, also=own)


def _own_ids(graph: Any) -> pa.Array:
    """Vertex ids as the file gives them, isolated vertices too: the first attribute that tells all apart."""
    for attribute in ("name", "label", "id"):
        if attribute in graph.vs.attributes():
            values = graph.vs[attribute]
            if all(isinstance(value, str) for value in values) and len(set(values)) == len(values):
                return pa.array(values, pa.string())
    return pa.array(range(graph.vcount()), pa.int64())


Chosen = tuple[str, str, str | None, str | None]  # source, target, weight, strength
LineOf = Callable[[int], int | None]


def _columns(file: Path, names: list[str], source: str | None, target: str | None, weight: str | None) -> Chosen:
    """Which columns hold what; InputError names the ones there are."""
    if source is None and target is None and len(names) == 2:
        source, target = names
    source, target = source or "source", target or "target"
    for option, column in (("source", source), ("target", target), ("weight", weight)):
        if column is not None and column not in names:
            raise InputError(
                "no such column", file=file, field=option, value=column, allowed=", ".join(map(repr, names)),
                cure="name the two columns that hold the user ids",
            )  # fmt: skip
    if weight is None and "weight" in names:
        weight = "weight"
    strength = "strength" if weight is None and "strength" in names else None
    return source, target, weight, strength


def _table(file: Path, table: pa.Table, chosen: Chosen, line_of: LineOf, also: pa.Array = None) -> EdgeTable:
    def column(name: str | None) -> pa.Array | None:
        if name is None:
            return None
        flat = table.column(name).combine_chunks()
        return flat.cast(pa.string()) if pa.types.is_null(flat.type) else flat

    source, target, weight, strength = chosen
    first, second = column(source), column(target)
    assert first is not None
    assert second is not None
    return EdgeTable(file, first, second, source, target, line_of, column(weight), column(strength), also)


def _check_header(file: Path, header: list[str], delimiter: str) -> None:
    names = [name.strip() for name in header]
    cure = f"first line: source{'<tab>' if delimiter != ',' else ','}target"
    if len(names) < 2:
        raise _column_count(file, 1, len(names), "2 or more")
    if any(name.lstrip("-").isdigit() for name in names):
        raise InputError("the header is missing", file=file, line=1, value=delimiter.join(names), cure=cure)
    if len(set(names)) < len(names):
        raise InputError("two columns have one name", file=file, line=1, value=delimiter.join(names), cure=cure)


def _column_count(file: Path, line: int, found: int, allowed: str) -> InputError:
    return InputError("wrong number of columns", file=file, line=line, value=found, allowed=allowed)


def _csv_fault(file: Path, header: list[str], delimiter: str, error: Exception) -> InputError:
    """The first line that does not fit the header, or what the parser said."""
    try:
        for line, row in _csv_rows(file, delimiter):
            if len(row) != len(header):
                return _column_count(file, line, len(row), str(len(header)))
    except (UnicodeDecodeError, csv.Error):
        return InputError("a binary file, not text in UTF-8", file=file)
    return InputError(f"not a CSV file ({_first_line(error)})", file=file)


def _no_columns(file: Path, kind: str, *options: str | None) -> None:
    for option, name in zip(("source", "target", "weight"), options, strict=False):
        if name is not None:
            raise InputError(
                f"a {kind} file has no named columns", file=file, field=option, value=name,
                cure="leave the option out, or use CSV or Parquet",
            )  # fmt: skip


def _csv_rows(file: Path, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Line number and cells of every row that is not blank, header first."""
    with file.open(encoding="utf-8-sig", newline="") as stream:
        reader = csv.reader(stream, delimiter=delimiter)
        for row in reader:
            if row:
                yield reader.line_num, row


def _text_rows(file: Path) -> Iterator[tuple[int, list[str]]]:
    """Line number and cells of every line that is neither blank nor comment."""
    with file.open(encoding="utf-8", errors="replace") as stream:
        for line, text in enumerate(stream, 1):
            cells = text.split("#", 1)[0].split()
            if cells:
                yield line, cells


def _first_line(error: Exception) -> str:
    text = str(error).strip().splitlines() or [type(error).__name__]
    return re.sub(r"^Error at \S+: ", "", text[0])[:160]
