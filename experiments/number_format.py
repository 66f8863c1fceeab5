"""Numbers as a reader wants them: 7.68 m people, 1.2 bn yuan, 62 %; a dash for what is not known."""

from __future__ import annotations

import math

__all__ = ["NOT_IDENTIFIED", "NOT_OBSERVED", "UNKNOWN", "amount", "interval", "plain", "signed", "spread"]

UNKNOWN = "–"
NOT_IDENTIFIED, NOT_OBSERVED = "not identified", "not observed"
_SCALES = ((1e9, 1e9, "bn"), (1e6, 1e6, "m"), (1e4, 1e3, "k"))  # from, divided by, suffix


def _digits(value: float, digits: int = 3) -> str:
    """Three significant digits without exponent; whole numbers keep all of theirs."""
    if value == 0:
        return "0"
    places = max(0, digits - 1 - math.floor(math.log10(abs(value))))
    text = f"{value:,.{min(places, 7)}f}".replace("-", "\N{MINUS SIGN}")
    return text.rstrip("0").rstrip(".") if "." in text else text


def plain(value: float) -> str:
    """A bare number with its scale: 7.68 m, 1.2 bn, 412, 0.28."""
    if not math.isfinite(value):
        return UNKNOWN
    for start, scale, suffix in _SCALES:
        if abs(value) >= start * 0.9995:
            return f"{_digits(value / scale)}\N{NO-BREAK SPACE}{suffix}"
    return _digits(value)


def _unit(text: str, unit: str) -> str:
    if unit == "times":
        return f"{text}\N{MULTIPLICATION SIGN}"
    tail = {"people": "", "ratio": "", "share": "%"}.get(unit, unit)
    return f"{text}\N{NO-BREAK SPACE}{tail}" if tail else text


def _in_unit(value: float, unit: str) -> float:
    return 100 * value if unit == "share" else value


def _missing(*values: float | None) -> bool:
    return any(value is None or not math.isfinite(value) for value in values)


def amount(value: float | None, unit: str) -> str:
    """A value in its unit; a dash when there is none."""
    if value is None or _missing(value):
        return UNKNOWN
    return _unit(plain(_in_unit(value, unit)), unit)


def _with_sign(value: float, unit: str) -> str:
    mark = "+" if value > 0 else "\N{MINUS SIGN}" if value < 0 else ""
    return mark + plain(abs(_in_unit(value, unit)))


def signed(value: float | None, unit: str) -> str:
    """A difference, always with its sign; shares as percentage points."""
    if value is None or _missing(value):
        return UNKNOWN
    return _unit(_with_sign(value, unit), "points" if unit == "share" else unit)


def spread(half: float | None, unit: str) -> str:
    """A half width, with two digits: more would claim to know the uncertainty itself."""
    if half is None or _missing(half):
        return UNKNOWN
    size = abs(_in_unit(half, unit))
    if 0 < size < 1e-4:
        return "under " + _unit("0.0001", "points" if unit == "share" else unit)
    rounded = float(f"{size:.2g}")
    return "±" + _unit(plain(rounded), "points" if unit == "share" else unit)


def interval(low: float | None, high: float | None, unit: str, *, difference: bool = False) -> str:
    """`low to high` with the unit said once; a dash when a bound is missing."""
    if low is None or high is None or _missing(low, high):
        return UNKNOWN
    if difference:
        return f"{_with_sign(low, unit)} to {signed(high, unit)}"
    return f"{plain(_in_unit(low, unit))} to {amount(high, unit)}"
