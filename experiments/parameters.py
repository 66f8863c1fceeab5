"""Parameter draws: one set of numbers per draw, from the ranges that the scenario and the defaults state.

A draw takes each number that has a range at a place in [0, 1] of its own, a Latin hypercube: of D draws one falls in
each D-th of every range. Half of the mass lies below the central value and half above, evenly, or evenly on a log scale
where the range is positive and spans more than a factor of four. The place belongs to the number's path and the draw:
it is the same in every variant, so that variants differ by their design and not by their draw.
"""

from __future__ import annotations

import zlib
from pathlib import Path

import numpy as np

from experiments.quantity import Quantity
from experiments.scenario import Scenario
from graphs.errors import InputError

__all__ = ["Places", "behaviour_of", "draw_places", "quantile", "values_at"]

Places = dict[str, float]
"""Where each drawn number stands in its range, by path; nothing is drawn where a path is missing."""


def quantile(number: Quantity, place: float) -> float:
    """The value at ``place`` in [0, 1] of a number's range: low at 0, the central value at 1/2, high at 1."""
    if number.low is None or number.high is None:
        return number.value
    start, end = (number.low, number.value) if place < 0.5 else (number.value, number.high)
    share = 2 * place if place < 0.5 else 2 * place - 1
    if number.low > 0 and number.high > 4 * number.low:
        return start * (end / start) ** share
    return start + share * (end - start)


def draw_places(scenario: Scenario, draws: int, rng_seed: int) -> list[Places]:
    """Places of ``draws`` parameter draws, for every path of the scenario that has a range.

    A path keeps its column of the hypercube whatever other paths there are: the column is made from the seed and
    the path alone. Where the scenario names a posterior, the numbers that it knows take its places instead.
    """
    drawn = _hypercube(scenario, draws, rng_seed)
    if scenario.run.posterior is None or draws < 1:
        return drawn
    from experiments.posterior_places import read_places

    known = read_places(Path(scenario.run.posterior), draws, scenario.run.posterior_sha256)
    strange = sorted(set(known[0]) - set(scenario.numbers()))
    if strange:
        raise InputError(
            "the posterior is of another scenario: it knows a number that this one has not",
            field="--posterior",
            value=strange[0],
            cure="the folder that was calibrated with this campaign file",
        )
    return [{**prior, **found} for prior, found in zip(drawn, known, strict=True)]


def _hypercube(scenario: Scenario, draws: int, rng_seed: int) -> list[Places]:
    """Places from the ranges alone."""
    from growth.streams import threefry2x32

    paths = [
        path for path, number in scenario.numbers().items() if number.low is not None and number.low != number.high
    ]
    if not paths or draws < 1:
        return [{} for _ in range(draws)]
    names = np.array([zlib.crc32(path.encode()) for path in paths], np.uint32)
    order, jitter = threefry2x32(
        np.uint32(rng_seed), np.uint32(0x5EED), names[:, None], np.arange(draws, dtype=np.uint32)[None, :]
    )
    cell = np.argsort(np.argsort(np.asarray(order), axis=1, kind="stable"), axis=1, kind="stable")
    places = (cell + (np.asarray(jitter) + 0.5) / 2.0**32) / draws
    return [dict(zip(paths, map(float, places[:, draw]), strict=True)) for draw in range(draws)]


def values_at(scenario: Scenario, places: Places | None) -> dict[str, float]:
    """Every number of a scenario by path: central (``places`` None), or at its place where it is drawn."""
    numbers = scenario.numbers()
    if places is None:
        return {path: number.value for path, number in numbers.items()}
    return {path: quantile(number, places.get(path, 0.5)) for path, number in numbers.items()}


def behaviour_of(values: dict[str, float]) -> dict[str, float]:
    """The behaviour values alone, without ``behaviour.`` before their names."""
    start = "behaviour."
    return {path.removeprefix(start): value for path, value in values.items() if path.startswith(start)}
