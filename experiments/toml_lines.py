"""Where each key of a TOML text stands: line numbers for error messages, which `tomllib` does not give."""

from __future__ import annotations

import re
from collections.abc import Iterator

from experiments.tables import Place

__all__ = ["line_of", "locate"]

_KEY = r"""(?:[\w-]+|"[^"]*"|'[^']*')"""
_DOTTED = rf"{_KEY}(?:\s*\.\s*{_KEY})*"
_LIST_HEADER = re.compile(rf"^\s*\[\[\s*({_DOTTED})\s*\]\]")
_HEADER = re.compile(rf"^\s*\[\s*({_DOTTED})\s*\]")
_ASSIGNMENT = re.compile(rf"^\s*({_DOTTED})\s*=(.*)$")


def locate(text: str) -> dict[Place, int]:
    """Line (from 1) of every table header and every `key =`; an inline table counts as one key."""
    lines: dict[Place, int] = {}
    counts: dict[Place, int] = {}
    table: Place = ()
    for number, line in _statements(text):
        if header := _LIST_HEADER.match(line):
            name = _inside(_split(header[1]), counts)
            counts[name] = counts.get(name, -1) + 1
            lines.setdefault(name, number)
            table = (*name, counts[name])
            lines[table] = number
        elif header := _HEADER.match(line):
            table = _inside(_split(header[1]), counts)
            lines.setdefault(table, number)
        elif assignment := _ASSIGNMENT.match(line):
            keys = _split(assignment[1])
            for depth in range(1, len(keys) + 1):
                lines.setdefault((*table, *keys[:depth]), number)
    return lines


def line_of(lines: dict[Place, int], place: Place) -> int | None:
    """The line of a place, or of the nearest table around it; None when not even that is in the text."""
    flat = _flat(place)
    for depth in range(len(flat), 0, -1):
        if flat[:depth] in lines:
            return lines[flat[:depth]]
    return None


def _split(dotted: str) -> Place:
    return _flat(tuple(key.strip("\"'") for key in re.findall(_KEY, dotted)))


def _flat(place: Place) -> Place:
    """Quoted and bare dotted keys alike: `"share.rate"` counts as `share.rate`."""
    return tuple(word for part in place for word in (part.split(".") if isinstance(part, str) else [part]))


def _inside(name: Place, counts: dict[Place, int]) -> Place:
    """`[app.base]` belongs to the latest `[[app]]`."""
    found: Place = ()
    for depth, key in enumerate(name):
        found = (*found, key)
        if found in counts and depth < len(name) - 1:
            found = (*found, counts[found])
    return found


def _statements(text: str) -> Iterator[tuple[int, str]]:
    """Lines that can start a header or an assignment: not inside a long string or an open bracket."""
    closing, depth = "", 0
    for number, line in enumerate(text.splitlines(), start=1):
        begins = not closing and depth == 0
        rest = line
        if begins:
            yield number, line
            if _LIST_HEADER.match(line) or _HEADER.match(line):
                continue
        closing, depth = _state_after(rest, closing, depth)


def _state_after(line: str, closing: str, depth: int) -> tuple[str, int]:
    """The open long string and the bracket depth at the end of a line."""
    position = 0
    while position < len(line):
        if closing:
            end = line.find(closing, position)
            if end < 0:
                return closing if len(closing) == 3 else "", depth
            position, closing = end + len(closing), ""
            continue
        sign = line[position]
        if sign == "#":
            break
        if sign in "\"'":
            closing = sign * 3 if line.startswith(sign * 3, position) else sign
            position += len(closing)
            continue
        depth += (sign in "[{") - (sign in "]}")
        position += 1
    return closing if len(closing) == 3 else "", max(depth, 0)
