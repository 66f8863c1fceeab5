"""One reader per kind of file: each gives an `EdgeTable` or says in one line why not."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa

from graphs.edge_table import EdgePiece, EdgeTable, is_number
from graphs.errors import InputError
from graphs.own_ids import MixedIds

__all__ = ["read_csv", "read_igraph", "read_parquet", "read_text"]

Chosen = tuple[str, str, str | None, str | None]  # source, target, weight, strength
_CSV_BYTES = 1 << 24  # of a block
_ROWS = 1 << 20  # of a piece of other files
_FRACTION = re.compile(r"[-+]?\d+\.\d+")
IDS, NUMBERS = "whole numbers from 0, or text", "a number, 0 or more"


def read_csv(file: Path, kind: str, source: str | None, target: str | None, weight: str | None) -> EdgeTable:
    """Header line, then one tie a line; comma (csv) or tab (tsv). Read in blocks of 16 MB."""
    delimiter = "\t" if kind == "tsv" else ","
    with file.open(encoding="utf-8-sig", newline="") as stream:
        header = next((row for row in csv.reader(stream, delimiter=delimiter) if row), [])
    _check_header(file, header, delimiter)
    chosen = _columns(file, header, source, target, weight)
    return EdgeTable(
        file, chosen[0], chosen[1],
        lambda row: next((line for at, (line, _) in enumerate(_csv_rows(file, delimiter)) if at == row + 1), None),
        lambda as_text: _csv_pieces(file, delimiter, header, chosen, as_text), _guessed_rows(file),
    )  # fmt: skip


def _csv_pieces(file: Path, delimiter: str, header: list[str], chosen: Chosen, as_text: bool) -> Iterator[EdgePiece]:
    """Blocks of the file. Types are those of the first block: text further on raises MixedIds."""
    from pyarrow import csv as arrow_csv

    kinds = {name: pa.float64() for name in chosen[2:] if name}
    kinds |= dict.fromkeys(chosen[:2], pa.string()) if as_text else {}
    try:
        with arrow_csv.open_csv(
            file,
            read_options=arrow_csv.ReadOptions(block_size=_CSV_BYTES),
            parse_options=arrow_csv.ParseOptions(delimiter=delimiter),
            convert_options=arrow_csv.ConvertOptions(include_columns=[c for c in chosen if c], column_types=kinds),
        ) as batches:
            for batch in batches:
                yield _piece(batch, chosen)
    except pa.ArrowInvalid as error:
        raise _csv_fault(file, header, delimiter, chosen, error) from error


def read_parquet(file: Path, kind: str, source: str | None, target: str | None, weight: str | None) -> EdgeTable:
    """Columns by name, as in CSV. Read a million rows at a time."""
    from pyarrow import parquet

    def pieces(as_text: bool) -> Iterator[EdgePiece]:
        try:
            with parquet.ParquetFile(file) as held:
                for batch in held.iter_batches(_ROWS, columns=[c for c in chosen if c]):
                    yield _piece(batch, chosen)
        except (pa.ArrowInvalid, OSError) as error:
            raise _not_whole(file, error) from error

    try:
        about = parquet.read_metadata(file)
        chosen = _columns(file, about.schema.to_arrow_schema().names, source, target, weight)
    except (pa.ArrowInvalid, OSError) as error:
        raise _not_whole(file, error) from error
    return EdgeTable(file, chosen[0], chosen[1], lambda row: None, pieces, about.num_rows)


def _not_whole(file: Path, error: Exception) -> InputError:
    return InputError(f"not a whole Parquet file ({_first_line(error)})", file=file)


def read_text(file: Path, kind: str, source: str | None, target: str | None, weight: str | None) -> EdgeTable:
    """Two or three columns apart by blanks (user, user, weight), no header, # starts a comment line. Read a million
    rows at a time."""
    _no_columns(file, kind, source, target, weight)
    first = next(_text_rows(file), None)
    if first is None:
        raise InputError("no ties in the file", file=file, cure="one tie a line: two user ids")
    if not 2 <= len(first[1]) <= 3:
        raise _column_count(file, first[0], len(first[1]), "2 or 3: user user [weight]")
    columns = ["source", "target", "weight"][: len(first[1])]
    chosen = ("source", "target", "weight" if len(columns) == 3 else None, None)
    return EdgeTable(
        file, "source", "target",
        lambda row: next((line for at, (line, _) in enumerate(_text_rows(file)) if at == row), None),
        lambda as_text: _text_pieces(file, columns, chosen, as_text), _guessed_rows(file),
    )  # fmt: skip


def _text_pieces(file: Path, columns: list[str], chosen: Chosen, as_text: bool) -> Iterator[EdgePiece]:
    import pandas as pd

    kinds = dict.fromkeys(columns[:2], str) if as_text else None
    try:
        with pd.read_csv(
            file, sep=r"\s+", header=None, names=columns, index_col=False, comment="#", dtype=kinds,
            keep_default_na=False, na_values=[""], low_memory=False, quoting=csv.QUOTE_NONE, chunksize=_ROWS,
        ) as frames:  # fmt: skip
            for frame in frames:
                if frame.isna().to_numpy().any():
                    raise _text_fault(file, len(columns))
                yield _piece(pa.RecordBatch.from_pandas(frame, preserve_index=False), chosen)
    except (pd.errors.ParserError, pd.errors.ParserWarning, UnicodeDecodeError) as error:
        raise _text_fault(file, len(columns)) from error


def _text_fault(file: Path, columns: int) -> InputError:
    """The first line with another number of columns."""
    for line, row in _text_rows(file):
        if len(row) != columns:
            return _column_count(file, line, len(row), str(columns))
    return InputError("not a list of ties", file=file, cure="one tie a line: two user ids")


def _guessed_rows(file: Path) -> int:
    """Rows of a text file, from the length of its first lines."""
    with file.open("rb") as stream:
        start = stream.read(1 << 20)
    return int(file.stat().st_size * max(start.count(b"\n"), 1) / max(len(start), 1))


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
    rows = pa.table(columns)
    pieces = [_piece(batch, chosen) for batch in rows.to_batches()]
    return EdgeTable(file, "source", "target", lambda row: None, lambda as_text: iter(pieces), rows.num_rows, own)


def _own_ids(graph: Any) -> pa.Array:
    """Vertex ids as the file gives them, isolated vertices too: the first attribute that tells all apart."""
    for attribute in ("name", "label", "id"):
        if attribute in graph.vs.attributes():
            values = graph.vs[attribute]
            if all(isinstance(value, str) for value in values) and len(set(values)) == len(values):
                return pa.array(values, pa.string())
    return pa.array(range(graph.vcount()), pa.int64())


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


def _piece(batch: pa.RecordBatch, chosen: Chosen) -> EdgePiece:
    def column(name: str | None) -> pa.Array | None:
        if name is None:
            return None
        found = batch.column(name)
        return found.cast(pa.string()) if pa.types.is_null(found.type) else found

    source, target, weight, strength = chosen
    first, second = column(source), column(target)
    assert first is not None
    assert second is not None
    return EdgePiece(first, second, column(weight), column(strength))


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


def _csv_fault(file: Path, header: list[str], delimiter: str, chosen: Chosen, error: Exception) -> Exception:
    """The first line that does not fit the header, the first cell that does not fit its column, or what the parser
    said; MixedIds where it is an id that is text after numbers."""
    at = {name: header.index(name) for name in chosen if name}
    try:
        rows = _csv_rows(file, delimiter)
        next(rows)
        for line, row in rows:
            if len(row) != len(header):
                return _column_count(file, line, len(row), str(len(header)))
            for name in (one for one in chosen[2:] if one and not is_number(row[at[one]])):
                value = row[at[name]]
                return InputError("not a number", file=file, line=line, field=name, value=value, allowed=NUMBERS)
            for name in (one for one in chosen[:2] if one and _FRACTION.fullmatch(row[at[one]])):
                what, value = "a user id with a fraction", row[at[name]]
                return InputError(what, file=file, line=line, field=name, value=value, allowed=IDS)
    except (UnicodeDecodeError, csv.Error):
        return InputError("a binary file, not text in UTF-8", file=file)
    if "conversion error" in str(error):
        return MixedIds()
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
