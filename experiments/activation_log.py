"""The activation log of a run's central worlds, as arrays and as a forest of invitations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from experiments.world_view import campaign_app
from growth.forest import Forest, build_forest

__all__ = ["ActivationLog", "read_log"]

NUMBERS = ("replicate", "day", "user", "activation", "parent_user", "parent_activation")


@dataclass(frozen=True)
class ActivationLog:
    """Forest over all logged activations of the campaign's app, with each row's day and kind.

    World number = position of the variant in `variants` * replicates + replicate.
    """

    forest: Forest
    day: NDArray[np.int64]
    is_new: NDArray[np.bool_]
    variants: list[str]
    replicates: int
    last_day: int

    @property
    def worlds(self) -> int:
        """Number of variants times replicates."""
        return len(self.variants) * self.replicates

    def rows(self, variant: str) -> slice:
        """World numbers of one variant."""
        start = self.variants.index(variant) * self.replicates
        return slice(start, start + self.replicates)


def _positions(column: pd.Series, names: list[str]) -> NDArray[np.int64]:
    """Position on a coordinate of each name in a column."""
    named = pd.Categorical(column.astype("category"), categories=names)
    return np.asarray(named.codes, dtype=np.int64)


def read_log(run: Any) -> ActivationLog:
    """The log of the central worlds of a run (of its first chain), for the campaign's app."""
    table: pd.DataFrame = run.activations()
    table = table[table["app"] == campaign_app(run)]
    variants = [str(name) for name in run.central.variant.to_numpy()]
    replicates = int(run.central.sizes["replicate"])
    number = {name: table[name].to_numpy(dtype=np.int64) for name in NUMBERS}
    world = _positions(table["variant"], variants) * replicates + number["replicate"]
    return ActivationLog(
        forest=build_forest(
            number["user"], number["activation"], number["parent_user"], number["parent_activation"], world
        ),
        day=number["day"],
        is_new=(table["kind"] == "new").to_numpy(dtype=bool),
        variants=variants,
        replicates=replicates,
        last_day=int(run.central.campaign_day.to_numpy()[-1]),
    )
