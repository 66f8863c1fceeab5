"""`Quantity`: a number with its range, source and grade; `Limits`: the unit and range a field allows."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated, Any, Literal, get_args

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, model_serializer, model_validator
from pydantic_core import CoreSchema, core_schema

from experiments.tables import Table, refuse

__all__ = ["GRADES", "Grade", "Limits", "Probability", "Quantity", "plain"]

Grade = Literal["A", "B", "C", "D", "S", "S2", "M", "seed", "derived", "assumption", "fitted"]
"""How far to trust a figure: A official, B a named outlet, C a digest, D (derived) arithmetic on others, S
and S2 studies, M from memory, seed the seed report only, assumption ours, fitted from data by us."""

GRADES: tuple[str, ...] = get_args(Grade)


class Quantity(Table):
    """A number with meaning: `0.2`, or `{value = 0.2, low = 0.1, high = 0.28, source = "...", grade = "C"}`.

    `low` and `high` bound what parameter draws may take; without them the number is not drawn.
    """

    value: float
    """The central value."""
    low: float | None = None
    """Lower end of the range that parameter draws take, in the same unit."""
    high: float | None = None
    """Upper end of that range."""
    source: str | None = None
    """Where the figure stands, or the reasoning behind an assumption."""
    grade: Grade | None = None
    """How far to trust it."""
    unit: str | None = None
    """The unit, where the field does not say it already."""
    meaning: str | None = None
    """What the number is, in one sentence."""

    @model_validator(mode="after")
    def _low_value_high(self) -> Quantity:
        if (self.low is None) != (self.high is None):
            missing = "low" if self.low is None else "high"
            raise refuse("a range needs both ends", cure=f"add {missing} = ...")
        if self.low is not None and self.high is not None and not self.low <= self.value <= self.high:
            raise refuse(
                "the value lies outside its own range",
                value=self.value,
                allowed=f"{plain(self.low)} to {plain(self.high)} (low to high)",
                cure="widen low and high, or correct the value",
            )
        return self

    @model_serializer
    def _shortest(self) -> float | dict[str, Any]:
        """A bare number stays a bare number; otherwise only what was said."""
        said = {name: getattr(self, name) for name in Quantity.model_fields}
        said = {name: part for name, part in said.items() if part is not None}
        return self.value if len(said) == 1 else said


@dataclass(frozen=True)
class Limits:
    """Unit and allowed range of a number, put on a field as `Annotated[Quantity, Limits("yuan", low=0)]`.

    Works for `Quantity` (value, low and high are all held to it), for `Quantity | None` and for plain
    `int` or `float`. Shown by `growth schema` and printed with every error.
    """

    unit: str
    low: float = -math.inf
    high: float = math.inf
    above: bool = False
    """The lower end itself is not allowed."""
    whole: bool = False
    """Only whole numbers."""

    @property
    def allowed(self) -> str:
        """The range in words, e.g. `0 to 1 (probability)`."""
        kind = "a whole number " if self.whole else ""
        if math.isinf(self.low) and math.isinf(self.high):
            words = kind.strip() or "any number"
        elif math.isinf(self.high):
            of = "of " if self.whole else ""
            words = f"{kind}{of}{'above' if self.above else 'at least'} {plain(self.low)}"
        elif math.isinf(self.low):
            words = f"{kind}at most {plain(self.high)}"
        else:
            start = "above " if self.above else "from " if self.whole else ""
            words = f"{kind}{start}{plain(self.low)} to {plain(self.high)}"
        return f"{words} ({self.unit})"

    def holds(self, number: float) -> bool:
        """Whether the number lies in the range."""
        if self.whole and number != math.floor(number):
            return False
        return (self.low < number if self.above else self.low <= number) and number <= self.high

    def check(self, number: float, *loc: str) -> None:
        """Raise pydantic's error, with the allowed range, when the number does not fit."""
        if not self.holds(number):
            raise refuse("out of range", loc=loc, value=plain(number), allowed=self.allowed)

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        forms = get_args(source) or (source,)  # `int | None` as well as `int`
        read = self._read_quantity if Quantity in forms else self._read_bare
        whole = int in forms

        def before(value: Any) -> Any:
            return read(value, whole) if value is not None else None

        schema = core_schema.no_info_before_validator_function(before, handler(source))
        return core_schema.no_info_after_validator_function(self._in_range, schema)

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        inner = handler(core)
        if inner.get("type") in ("number", "integer"):
            return {**inner, **self._ends(), "unit": self.unit, "allowed": self.allowed}
        others = [form for form in inner.get("anyOf", [inner]) if form.get("type") not in ("number", "integer")]
        return self.json_schema(*others)

    def json_schema(self, *others: dict[str, Any]) -> dict[str, Any]:
        """JSON Schema of a number within these limits, or of one of the other forms it may take."""
        number = {"type": "integer" if self.whole else "number", **self._ends()}
        return {"anyOf": [number, *others], "unit": self.unit, "allowed": self.allowed}

    def _ends(self) -> dict[str, Any]:
        ends: dict[str, Any] = {}
        if not math.isinf(self.low):
            ends["exclusiveMinimum" if self.above else "minimum"] = plain(self.low)
        if not math.isinf(self.high):
            ends["maximum"] = plain(self.high)
        return ends

    def _read_bare(self, value: Any, whole: bool) -> Any:
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise refuse("is not a number", value=value, allowed=self.allowed)
        if whole and value != math.floor(value):
            raise refuse("is not a whole number", value=value, allowed=self.allowed)
        return int(value) if whole else float(value)

    def _read_quantity(self, value: Any, _whole: bool) -> Any:
        if isinstance(value, dict | Quantity):
            return value
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            cure = "a number, or {value = ..., low = ..., high = ..., source = ..., grade = ...}"
            raise refuse("is not a number", value=value, allowed=self.allowed, cure=cure)
        return {"value": float(value)}

    def _in_range(self, value: Any) -> Any:
        if isinstance(value, Quantity):
            self.check(value.value)
            for end in ("low", "high"):
                number = getattr(value, end)
                if number is not None:
                    self.check(number, end)
        elif value is not None:
            self.check(value)
        return value


Probability = Annotated[Quantity, Limits("probability", 0, 1)]


def plain(number: float) -> int | float:
    """The number as a person writes it: 300000000 rather than 300000000.0."""
    return int(number) if math.isfinite(number) and number == math.floor(number) else number
