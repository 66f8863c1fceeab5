"""Turns what pydantic and tomllib say into one line: file, line, field, value, allowed range and cure."""

from __future__ import annotations

import datetime as dt
import difflib
import re
import tomllib
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError

from experiments.paths import address
from experiments.tables import Place, closest
from experiments.toml_lines import line_of, locate
from graphs.errors import InputError

__all__ = ["Problem", "first_problem", "input_error", "read_text", "syntax_error"]


class Problem(NamedTuple):
    """What is wrong at one place of a document."""

    place: Place
    field: str
    what: str
    value: Any = None
    allowed: str | None = None
    cure: str | None = None


_SHAPES = {
    "bool_type": ("is not true or false", "true, false"),
    "string_type": ("is not text", "text in quotes"),
    "tuple_type": ("is not a list of tables", "tables headed by double brackets, e.g. [[pool]]"),
    "model_type": ("is not a table", "a table headed by single brackets, e.g. [run]"),
    "dict_type": ("is not a table", "a table headed by single brackets, e.g. [behaviour]"),
}


def read_text(path: str | Path) -> str:
    """The text of an input file; InputError when it is missing, a directory, empty or not text."""
    file = Path(path)
    if file.is_dir():
        raise InputError("is a directory", file=file, cure="name the file inside it")
    try:
        raw = file.read_bytes()
    except FileNotFoundError:
        raise InputError("no such file", file=file, cure=_file_nearby(file)) from None
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror})", file=file) from None
    if not raw.strip():
        raise InputError("is empty", file=file, cure="growth init writes a file to start from")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise InputError("is not a text file in UTF-8", file=file, line=line) from None
    if "\0" in text:
        raise InputError("is a binary file, not text", file=file, line=text[: text.index("\0")].count("\n") + 1)
    return text


def _file_nearby(file: Path) -> str | None:
    names = [path.name for path in file.parent.iterdir() if path.is_file()] if file.parent.is_dir() else []
    near = difflib.get_close_matches(file.name, names, n=1)
    return f"did you mean {str(file.parent / near[0])!r}?" if near else None


def syntax_error(error: tomllib.TOMLDecodeError, file: str | Path, text: str) -> InputError:
    """The line and reason of a TOML syntax error."""
    message = str(error)
    at = re.search(r"\s*\(at (?:line (\d+), column (\d+)|end of document)\)", message)
    line = int(at[1]) if at and at[1] else max(len(text.splitlines()), 1)
    reason = message[: at.start()] if at else message
    column = f" at column {at[2]}" if at and at[2] else ""
    return InputError(f"is not valid TOML: {reason}{column}", file=file, line=line)


def input_error(
    error: ValidationError, data: dict[str, Any], *, file: str | Path, text: str, prefix: Place = ()
) -> InputError:
    """The first problem in the file, with its line; `prefix` is where the validated part stands in it."""
    lines = locate(text)
    problems = [_problem(detail, data, prefix) for detail in error.errors()]
    problems.sort(key=lambda problem: line_of(lines, problem.place) or 0)
    first = problems[0]
    return InputError(
        first.what,
        file=file,
        line=line_of(lines, first.place),
        field=first.field,
        value=first.value,
        allowed=first.allowed,
        cure=first.cure,
    )


def first_problem(error: ValidationError, data: dict[str, Any]) -> Problem:
    """The first problem pydantic met, for data that no file holds."""
    return _problem(error.errors()[0], data, ())


def _problem(detail: Any, data: dict[str, Any], prefix: Place) -> Problem:
    context = detail.get("ctx") or {}
    kind = detail["type"]
    place = prefix + _without_tags(detail["loc"], data)
    if kind == "refused":
        place += tuple(context["loc"])
        return Problem(place, _dotted(place, data), *(context[key] for key in ("what", "value", "allowed", "cure")))
    field = _dotted(place, data)
    if kind == "missing":
        return Problem(place, field, "is missing", cure=f"add {place[-1]} = ...")
    if kind == "union_tag_not_found":
        return Problem((*place, "kind"), f"{field}.kind", "is missing", cure="add kind = ...")
    if kind == "union_tag_invalid":
        tags = [tag.strip(" '") for tag in context["expected_tags"].split(",")]
        place = (*place, "kind")
        return Problem(
            place,
            f"{field}.kind",
            "unknown kind",
            context["tag"],
            ", ".join(tags),
            closest(context["tag"], tags),
        )
    value = _shown(detail["input"])
    if kind == "literal_error":
        options = re.findall(r"'([^']*)'", context["expected"]) or re.findall(r"\d+", context["expected"])
        return Problem(
            place,
            field,
            "is not one of the allowed words",
            value,
            ", ".join(options),
            closest(str(value), options),
        )
    if kind == "too_short":
        return Problem(place, field, "is empty", allowed=f"at least {context['min_length']}")
    what, allowed = _SHAPES.get(kind, (detail["msg"].lower(), None))
    return Problem(place, field, what, value, allowed)


def _shown(value: Any) -> Any:
    """Values as the file spells them; whole tables are not repeated in a message."""
    if isinstance(value, dt.date):
        return value.isoformat()
    return value if isinstance(value, str | int | float | bool) else None


def _without_tags(loc: Place, data: Any) -> Place:
    """Pydantic puts the kind of a union member into the location; the file has no such key."""
    found: list[str | int] = []
    here = data
    for part in loc:
        if isinstance(here, dict) and part not in here and here.get("kind") == part:
            continue
        found.append(part)
        here = _child(here, part)
    return tuple(found)


def _child(here: Any, part: str | int) -> Any:
    if isinstance(here, list | tuple):
        return here[part] if isinstance(part, int) and part < len(here) else None
    return here.get(part) if isinstance(here, dict) else None


def _dotted(place: Place, data: Any) -> str:
    """The place as a path: list positions become the member's name, where it has one."""
    words: list[str] = []
    here = data
    for part in place:
        here = _child(here, part)
        if isinstance(part, int):
            words.append(_member(here, part))
        else:
            words.append(f'"{part}"' if words[-1:] == ["set"] else part)
    return ".".join(words)


def _member(item: Any, position: int) -> str:
    """A member of a list by its name, else its kind, else its number from 1."""
    if isinstance(item, dict) and ("name" in item or "platform" in item):
        return address(item)
    if isinstance(item, dict) and isinstance(item.get("kind"), str):
        return str(item["kind"])
    return str(position + 1)
