"""The one error a user can cause: bad input, said in one line with its cure."""

from __future__ import annotations

from os import PathLike
from typing import Any

__all__ = ["InputError"]


class InputError(ValueError):
    """A file, number or flag that cannot be used.

    ValueError
     +-- InputError      field, value, allowed range and cure in one line; the command line exits with code 2

    ``what`` says what is wrong; every other part is optional and printed in one fixed order, so that a
    reader (or a script) finds the file and line first and the cure last.
    """

    def __init__(
        self,
        what: str,
        *,
        file: str | PathLike[str] | None = None,
        line: int | None = None,
        field: str | None = None,
        value: Any = None,
        allowed: str | None = None,
        cure: str | None = None,
    ) -> None:
        self.what, self.file, self.line = what, file, line
        self.field, self.value, self.allowed, self.cure = field, value, allowed, cure
        super().__init__(self._one_line())

    def _one_line(self) -> str:
        place = ""
        if self.file is not None:
            place = f"{self.file}:{self.line}: " if self.line is not None else f"{self.file}: "
        parts = [f"{place}{self.field + ': ' if self.field else ''}{self.what}"]
        if self.value is not None:
            parts.append(f"got {self.value!r}")
        if self.allowed:
            parts.append(f"allowed: {self.allowed}")
        if self.cure:
            parts.append(f"try: {self.cure}")
        return "; ".join(" ".join(part.split()) for part in parts)
