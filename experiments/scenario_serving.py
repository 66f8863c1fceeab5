"""The machines behind the campaign's app, and who lends them."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from experiments.quantity import Limits, Quantity
from experiments.tables import Table, refuse

__all__ = ["Serving", "Supplier"]

_NEAR = 1e-6


class Supplier(Table):
    """One who lends accelerators."""

    name: str
    share: Annotated[Quantity, Limits("share", 0, 1)]
    """Of all AI tasks."""


class Serving(Table):
    """What the machines can answer. In a round that asks for more, sessions fail: the share that cannot be answered."""

    enabled: bool = True
    ai_tasks_per_minute: Annotated[Quantity, Limits("AI tasks a minute", low=0)]
    """Answered at most, all suppliers together, on average over a round."""
    suppliers: Annotated[tuple[Supplier, ...], Field(strict=False, alias="supplier")] = ()
    """Whose machines they are; shares of all that add up to one. `growth load` splits tasks, tokens, accelerators."""

    @model_validator(mode="after")
    def _all_is_lent(self) -> Serving:
        total = sum(supplier.share.value for supplier in self.suppliers)
        if self.suppliers and abs(total - 1) > _NEAR:
            raise refuse("the suppliers' shares do not add up to 1", loc=("supplier",), value=f"{total:g}")
        names = [supplier.name for supplier in self.suppliers]
        for index, name in enumerate(names):
            if name in names[:index]:
                raise refuse("is there twice", loc=("supplier", index, "name"), value=name)
        return self
