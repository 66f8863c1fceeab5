"""What a part of the book finds for a row, before it becomes one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from experiments.validation.book.statements import Statement

__all__ = ["Answer", "Answers"]


class Answer(NamedTuple):
    """Statements of a row; ``without`` instead of a verdict (no mechanism, held); ``cost`` of making a miss hold;
    ``said`` where a parameter of the preset says the row."""

    statements: Sequence[Statement]
    without: str = ""
    cost: str = ""
    said: bool = False


Answers = dict[str, Answer]
"""By id of the row."""
