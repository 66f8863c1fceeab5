"""`Table`: what every table of a scenario file is: frozen, closed, with a cure for misspelt keys."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel, ConfigDict, model_validator
from pydantic_core import PydanticCustomError

__all__ = ["Place", "Table", "closest", "refuse"]

Place = tuple[str | int, ...]
"""Keys and list positions from the top of a document, e.g. `("reach", 2, "response_new")`."""


class Table(BaseModel):
    """One table of a scenario file: no key but the declared ones, no silent conversion, frozen once read."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        strict=True,
        allow_inf_nan=False,
        serialize_by_alias=True,
        use_attribute_docstrings=True,
    )

    @model_validator(mode="before")
    @classmethod
    def _know_every_key(cls, data: Any) -> Any:
        """Keys come first: a misspelt key is also a missing one, and the misspelling is the cause."""
        if isinstance(data, dict):
            known = [field.alias or name for name, field in cls.model_fields.items()]
            for key in data:
                if key not in known:
                    raise refuse("unknown key", loc=(key,), allowed=", ".join(known), cure=closest(key, known))
        return data


def closest(word: str, options: Iterable[str]) -> str | None:
    """The option most like `word`, as a cure ("did you mean ..."), or None when nothing is near."""
    known = list(options)
    near = difflib.get_close_matches(str(word), known, n=1, cutoff=0.55)
    if not near:  # a path may be right but for its prefix
        last = str(word).rsplit(".", 1)[-1]
        near = [path for path in known if path.rsplit(".", 1)[-1] == last][:1]
    return f"did you mean {near[0]!r}?" if near else None


def refuse(
    what: str,
    *,
    loc: Place = (),
    value: Any = None,
    allowed: str | None = None,
    cure: str | None = None,
) -> PydanticCustomError:
    """An error for pydantic that keeps the parts apart: `loc` is added to the place where it is raised."""
    parts = {"what": what, "loc": loc, "value": value, "allowed": allowed, "cure": cure}
    return PydanticCustomError("refused", "{what}", parts)
