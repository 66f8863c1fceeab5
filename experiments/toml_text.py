"""Writes plain data as TOML text: tables, lists of tables, inline tables for quantities."""

from __future__ import annotations

import datetime as dt
import json
import math
import re
from typing import Any

__all__ = ["to_toml"]


def to_toml(data: dict[str, Any]) -> str:
    """TOML text for a dict of numbers, text, dates, lists and dicts; `None` values are left out.

    A dict with a key `value` is a quantity and is written inline; every other dict becomes a table.
    """
    return "\n".join(_table(data, "")).strip() + "\n"


def _table(data: dict[str, Any], prefix: str) -> list[str]:
    lines, below = [], []
    for key, part in data.items():
        name = prefix + _key(key)
        if part is None:
            continue
        if isinstance(part, dict) and "value" not in part:
            below += ["", f"[{name}]", *_table(part, name + ".")]
        elif isinstance(part, list | tuple) and part and all(isinstance(item, dict) for item in part):
            for item in part:
                below += ["", f"[[{name}]]", *_table(item, name + ".")]
        else:
            lines.append(f"{_key(key)} = {_value(part)}")
    return lines + below


def _key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else json.dumps(key, ensure_ascii=False)


def _value(part: Any) -> str:
    if isinstance(part, bool):
        return "true" if part else "false"
    if isinstance(part, float) and math.isfinite(part) and part == math.floor(part) and abs(part) < 1e15:
        part = int(part)
    if isinstance(part, int):
        return f"{part:_}" if abs(part) >= 100_000 else str(part)
    if isinstance(part, float):
        return repr(part)
    if isinstance(part, dt.datetime | dt.date):
        return part.isoformat()
    if isinstance(part, list | tuple):
        return "[" + ", ".join(_value(item) for item in part) + "]"
    if isinstance(part, dict):
        return "{" + ", ".join(f"{_key(key)} = {_value(item)}" for key, item in part.items()) + "}"
    return json.dumps(str(part), ensure_ascii=False).replace("\x7f", "\\u007f")
