"""Reads the sourced defaults of behaviour, `experiments/defaults/behaviour.toml`."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError

from experiments.paths import flatten
from experiments.quantity import Limits, Quantity
from experiments.scenario_errors import input_error, read_text, syntax_error
from experiments.tables import refuse
from graphs.errors import InputError

__all__ = ["Default", "load_defaults", "load_limits", "read_defaults"]

_NEEDED = ("value", "unit", "source", "grade", "meaning")


class Default(NamedTuple):
    """One behaviour parameter: its sourced value and what a scenario may set it to."""

    quantity: Quantity
    limits: Limits


def load_defaults() -> dict[str, Quantity]:
    """The shipped defaults by dotted name (`share.rate`), in file order."""
    return {name: default.quantity for name, default in _shipped().items()}


def load_limits() -> dict[str, Limits]:
    """What each behaviour parameter may be set to, by the same names."""
    return {name: default.limits for name, default in _shipped().items()}


@lru_cache(maxsize=1)
def _shipped() -> dict[str, Default]:
    with resources.as_file(resources.files("experiments") / "defaults" / "behaviour.toml") as path:
        return read_defaults(path)


def read_defaults(path: str | Path) -> dict[str, Default]:
    """Read a defaults file.

    Each table `[share.rate]` holds value, unit, source, grade and meaning, usually low and high. What it
    may be set to follows from the unit: a probability or share 0 to 1, a logarithm or logit any number, all
    else 0 or more; `allowed = [lowest, highest]` says it outright.
    Raises InputError with file and line.
    """
    text = read_text(path)
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise syntax_error(error, path, text) from None
    found: dict[str, Default] = {}
    for name, entry in flatten(data).items():
        try:
            found[name] = _default(entry)
        except ValidationError as error:
            raise input_error(error, data, file=path, text=text, prefix=tuple(name.split("."))) from None
    if not found:
        raise InputError("holds no parameter", file=path, cure="add tables such as [share.rate] with value = ...")
    return found


def _default(entry: Any) -> Default:
    if not isinstance(entry, dict):
        entry = {"value": entry}
    fields = {key: part for key, part in entry.items() if key != "allowed"}
    quantity = Quantity.model_validate(_whole_as_float(fields))
    for key in _NEEDED:
        if getattr(quantity, key) is None:
            raise _as_validation(refuse("is missing", loc=(key,), cure=f"add {key} = ..."))
    limits = _limits(quantity.unit or "", entry.get("allowed"))
    for key in ("value", "low", "high"):
        number = getattr(quantity, key)
        if number is not None and not limits.holds(number):
            raise _as_validation(refuse("out of range", loc=(key,), value=number, allowed=limits.allowed))
    return Default(quantity, limits)


def _limits(unit: str, allowed: Any) -> Limits:
    if allowed is not None:
        if not (isinstance(allowed, list) and len(allowed) == 2 and allowed[0] <= allowed[1]):
            cure = "allowed = [lowest, highest]"
            raise _as_validation(refuse("is not a range", loc=("allowed",), cure=cure))
        return Limits(unit, float(allowed[0]), float(allowed[1]))
    if unit.startswith(("probability", "share")):
        return Limits(unit, 0.0, 1.0)
    if unit.startswith(("log", "per log")):
        return Limits(unit)
    return Limits(unit, -1.0 if unit == "ratio - 1" else 0.0)


def _whole_as_float(fields: dict[str, Any]) -> dict[str, Any]:
    numbers = ("value", "low", "high")
    return {key: float(part) if key in numbers and type(part) is int else part for key, part in fields.items()}


def _as_validation(error: Any) -> ValidationError:
    return ValidationError.from_exception_data("default", [{"type": error, "loc": (), "input": None}])
