"""Sourced defaults of mechanisms that a scenario may add, by file: `FILES` of `experiments/defaults`."""

from __future__ import annotations

from functools import lru_cache, partial
from importlib import resources
from typing import Any

from pydantic import Field

from experiments.defaults import Default, read_defaults
from experiments.quantity import Quantity

__all__ = ["FILES", "load_mechanisms", "sourced"]

FILES = ("mechanisms.toml", "sharing.toml", "interest.toml")
"""Content, abuse and risk control; feed, notices, habits, giving back, and the law of response "step"; interest."""


@lru_cache(maxsize=1)
def load_mechanisms() -> dict[str, Default]:
    """The shipped defaults by dotted name (`content.share_lift`), in file order."""
    found: dict[str, Default] = {}
    for name in FILES:
        with resources.as_file(resources.files("experiments") / "defaults" / name) as path:
            found |= read_defaults(path)
    return found


def sourced(name: str) -> Any:
    """A pydantic field whose default is the sourced one of this name: it is drawn from its range wherever the table
    that holds it is in a scenario."""
    return Field(default_factory=partial(_quantity, name))


def _quantity(name: str) -> Quantity:
    return load_mechanisms()[name].quantity
