"""Users' own ids, met piece by piece, and the numbers 0..n - 1 that stand for them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

__all__ = ["MixedIds", "OwnIds"]

_SPARSE = 4  # numbers up to so many times the rows are marked in a table, larger ones are sorted


class MixedIds(Exception):
    """Ids looked like numbers at first and are text further on: the file is read again, as text."""


class OwnIds:
    """Columns of ids, whole numbers or text, kept in 4 bytes a row (8 for numbers from 2^31 on).

    `add` returns nothing; `numbered` gives the columns back, each as it was added, as numbers of users. ``labels``: the
    ids in order of their numbers: of numbers rising, of text by first appearance; None when they are 0..n - 1 already.
    """

    def __init__(self) -> None:
        self._columns: list[NDArray[np.integer]] = []
        self._known_text: pa.Array | None = None
        self._most = -1
        self._sorted: NDArray[np.integer] | None = None
        self.labels: list | None = None
        self.count = 0

    @property
    def rows(self) -> int:
        """Ids added and not yet given back."""
        return sum(len(column) for column in self._columns)

    def add(self, ids: pa.Array, *, as_text: bool) -> None:
        """One column of checked ids (int64 or text). Raises MixedIds where the first ones were numbers."""
        if as_text and self._known_text is None:
            if self._columns:
                raise MixedIds
            self._known_text = pa.array([], pa.large_string())
        if self._known_text is not None:
            column, self._known_text = _coded(ids.cast(pa.large_string()), self._known_text)
            self._columns.append(column)
            return
        numbers = ids.to_numpy(zero_copy_only=False)
        top = int(numbers.max(initial=-1))
        self._most = max(self._most, top)
        self._columns.append(numbers.astype(np.int32 if top < 2**31 else np.int64))

    def settle(self, least: int = 0) -> None:
        """After the last column: number the users, at least ``least`` of them."""
        if self._known_text is not None:
            self.labels, self.count = self._known_text.to_pylist(), len(self._known_text)
            return
        known = self._known()
        dense = len(known) == self._most + 1
        self.count = max(len(known), least)
        self.labels = None if dense else known.tolist()
        self._sorted = None if dense else known

    def numbered(self) -> Iterator[NDArray[np.integer]]:
        """The columns as numbers of users; each is forgotten once given."""
        self._columns.reverse()
        while self._columns:
            column = self._columns.pop()
            if self._sorted is not None:
                column = np.searchsorted(self._sorted, column).astype(np.int32)
            yield column

    def _known(self) -> NDArray[np.integer]:
        """Every number once, rising."""
        if self._most < _SPARSE * self.rows + (1 << 20):
            seen = np.zeros(self._most + 1, dtype=bool)
            for column in self._columns:
                seen[column] = True
            return np.flatnonzero(seen)
        parts = [_once(column) for column in self._columns]
        return _once(np.concatenate(parts)) if parts else np.zeros(0, np.int64)


def _coded(ids: pa.Array, known: pa.Array) -> tuple[NDArray[np.int32], pa.Array]:
    """Numbers of text ids, and the known ones with those that were not met before behind them."""
    coded = ids.dictionary_encode()
    number = pc.index_in(coded.dictionary, value_set=known).to_numpy(zero_copy_only=False)  # NaN where not known
    new = np.isnan(number) if number.dtype.kind == "f" else np.zeros(len(number), dtype=bool)
    table = np.where(new, len(known) + np.cumsum(new) - 1, np.nan_to_num(number)).astype(np.int32)
    if new.any():
        known = pa.concat_arrays([known, coded.dictionary.filter(pa.array(new))])
    return table[coded.indices.to_numpy(zero_copy_only=False)], known


def _once(column: NDArray[np.integer]) -> NDArray[np.integer]:
    ordered = np.sort(column)
    return ordered[np.append(True, ordered[1:] != ordered[:-1])[: len(ordered)]]
