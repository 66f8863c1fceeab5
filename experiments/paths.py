"""Dotted paths: every value of a scenario by name, such as `pool.draws.total_yuan`; read, match, set."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from pydantic import BaseModel

from experiments.quantity import Limits, Quantity

__all__ = ["Leaf", "address", "flatten", "is_glob", "leaves", "matching", "set_leaf", "slug"]


class Leaf(NamedTuple):
    """A value of a scenario: a Quantity, a word, a date, a yes or no, or None where nothing is set."""

    value: Any
    limits: Limits | None


def slug(name: str) -> str:
    """The name as a path spells it: `New Year's Eve` becomes `new_years_eve`."""
    return re.sub(r"\W+", "_", re.sub("['’]", "", name.lower())).strip("_")


def address(item: Any) -> str:
    """What a member of a list is called in a path: the slug of its name; a channel is `platform_kind`."""
    get = item.get if isinstance(item, dict) else lambda key: getattr(item, key, None)
    name = get("name")
    return slug(str(name)) if name is not None else f"{get('platform')}_{get('kind')}"


def leaves(table: BaseModel, prefix: str = "") -> dict[str, Leaf]:
    """Every value below a table by dotted path, in file order; what is not set is listed as None."""
    return dict(_walk(table, prefix))


def _walk(table: BaseModel, prefix: str) -> Iterator[tuple[str, Leaf]]:
    for name, field in type(table).model_fields.items():
        path, value = prefix + (field.alias or name), getattr(table, name)
        if isinstance(value, BaseModel) and not isinstance(value, Quantity):
            yield from _walk(value, path + ".")
        elif isinstance(value, tuple) and all(isinstance(item, BaseModel) for item in value):
            for item in value:
                yield from _walk(item, f"{path}.{address(item)}.")
        elif isinstance(value, dict):
            for key, part in value.items():
                yield f"{path}.{key}", Leaf(part, None)
        else:
            limits = next((part for part in field.metadata if isinstance(part, Limits)), None)
            yield path, Leaf(value, limits)


def is_glob(path: str) -> bool:
    """Whether the path stands for several (`channel.wechat_*.opens`)."""
    return any(sign in path for sign in "*?[")


def matching(pattern: str, paths: Any) -> list[str]:
    """The paths a pattern names: itself, or every match of a glob; a star does not cross a dot."""
    if not is_glob(pattern):
        return [pattern] if pattern in paths else []
    wanted = pattern.split(".")
    return [path for path in paths if _parts_match(path.split("."), wanted)]


def _parts_match(parts: list[str], wanted: list[str]) -> bool:
    return len(parts) == len(wanted) and all(map(fnmatch.fnmatchcase, parts, wanted))


def flatten(values: dict[str, Any]) -> dict[str, Any]:
    """`{"share": {"rate": 1}}` and `{"share.rate": 1}` alike as the latter; a quantity stays whole."""
    found: dict[str, Any] = {}
    for key, part in values.items():
        if isinstance(part, dict) and "value" not in part:
            found.update({f"{key}.{name}": deep for name, deep in flatten(part).items()})
        else:
            found[key] = part
    return found


def set_leaf(data: dict[str, Any], path: str, value: Any) -> None:
    """Set one value in the dumped form of a scenario, in place; the path must be one that `leaves` lists."""
    section, _, rest = path.partition(".")
    if section == "behaviour":
        data.setdefault("behaviour", {})[rest] = value
        return
    here: Any = data
    *tables, key = path.split(".")
    for part in tables:
        if isinstance(here, list):
            here = next(item for item in here if address(item) == part)
        else:
            here = here.setdefault(part, {})
    here[key] = value
