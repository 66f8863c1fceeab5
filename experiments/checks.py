"""Checks by name: `growth check NAME` prints target beside measured."""

from __future__ import annotations

from collections.abc import Callable
from inspect import signature
from typing import Any

from experiments.row_table import Columns, Row
from experiments.validation.base import base
from experiments.validation.book.model import model
from experiments.validation.book.rows import book_columns
from experiments.validation.calibration import calibration, calibration_columns
from experiments.validation.chain import chain, chain_columns
from experiments.validation.comparing import comparing
from experiments.validation.engine import engine
from experiments.validation.forecast import forecast
from experiments.validation.implicit import implicit, implicit_columns
from experiments.validation.optimum import optimum
from experiments.validation.prediction import prediction, prediction_columns
from experiments.validation.retention import retention
from experiments.validation.rounds import rounds, rounds_columns
from experiments.validation.surrogate import surrogate
from graphs.errors import InputError

__all__ = ["CHECKS", "COLUMNS", "run_check"]

CHECKS: dict[str, Callable[..., list[Row]]] = {
    "base": base,
    "calibration": calibration,
    "chain": chain,
    "comparing": comparing,
    "engine": engine,
    "forecast": forecast,
    "implicit": implicit,
    "model": model,
    "optimum": optimum,
    "prediction": prediction,
    "retention": retention,
    "rounds": rounds,
    "surrogate": surrogate,
}

COLUMNS: dict[str, Callable[[list[Row]], Columns]] = {
    "calibration": calibration_columns,
    "chain": chain_columns,
    "implicit": implicit_columns,
    "model": book_columns,
    "prediction": prediction_columns,
    "rounds": rounds_columns,
}
"""What a table shows of the rows; every key where a check is not named here."""


def run_check(name: str, options: dict[str, Any]) -> list[Row]:
    """Rows of a check. Options that were not given (None) keep the check's own default.

    Raises InputError for an option that this check does not have.
    """
    given = {option: value for option, value in options.items() if value is not None}
    known = signature(CHECKS[name]).parameters
    for option, value in given.items():
        if option not in known:
            allowed = ", ".join(f"--{one.replace('_', '-')}" for one in known) or "none"
            field = f"--{option.replace('_', '-')}"
            raise InputError(f"check {name} has no such option", field=field, value=value, allowed=allowed)
    return CHECKS[name](**given)
