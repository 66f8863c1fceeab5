"""The `[behaviour]` table of a scenario: overrides by dotted name on top of the sourced defaults."""

from __future__ import annotations

from typing import Any

from experiments.defaults import load_defaults, load_limits
from experiments.paths import flatten
from experiments.quantity import Limits, Quantity, plain
from experiments.tables import closest, refuse

__all__ = ["resolve_behaviour"]


def resolve_behaviour(given: dict[str, Any]) -> dict[str, Any]:
    """Every behaviour parameter: the default, or what the file gives instead.

    An override keeps the default's unit and meaning; as a bare number it is not drawn. Raises pydantic's
    error for an unknown name and for a number the parameter cannot take.
    """
    defaults, limits = load_defaults(), load_limits()
    resolved: dict[str, Any] = dict(defaults)
    for name, entry in flatten(given).items():
        if name not in defaults:
            allowed = f"one of the {len(defaults)} parameters in the defaults"
            cure = closest(name, defaults)
            raise refuse("unknown behaviour parameter", loc=(name,), allowed=allowed, cure=cure)
        resolved[name] = _override(name, entry, defaults[name], limits[name])
    return resolved


def _override(name: str, entry: Any, default: Quantity, limits: Limits) -> Any:
    if isinstance(entry, int | float) and not isinstance(entry, bool):
        entry = {"value": float(entry)}
    if not isinstance(entry, dict):
        return entry
    for key in ("value", "low", "high"):
        number = entry.get(key)
        if isinstance(number, int | float) and not limits.holds(number):
            raise refuse("out of range", loc=(name,), value=plain(number), allowed=limits.allowed)
    return {"unit": default.unit, "meaning": default.meaning, **entry}
