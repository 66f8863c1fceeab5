"""`growth load`: requests, tokens, accelerators and waiting at the peak of every variant of a finished run."""

from __future__ import annotations

import math
from importlib import resources
from typing import Any

import numpy as np
from numpy.typing import NDArray

from experiments.defaults import Default, read_defaults
from experiments.load_requests import Side, days_of
from experiments.parameters import draw_places, values_at
from experiments.results import Run
from experiments.world_names import DESIGN, NO_CAMPAIGN
from experiments.world_view import worlds_of
from graphs.errors import InputError
from growth.intervals import draw_interval
from growth.load import erlang_c, mean_wait, nodes_for, served_share

__all__ = ["NODES", "load_rows", "serving"]

NODES = ("h800", "h100")
"""Kinds of node whose rates are in `experiments/defaults/serving.toml`."""
_ANSWERED = ("tokens_per_minute", "at_once", "accelerators")  # told also of what is answered
_SPLIT = ("ai_tasks_per_minute", "answered_per_minute", "tokens_per_minute", "accelerators")  # lent by suppliers
Array = NDArray[np.float64]


def serving() -> dict[str, Default]:
    """The shipped figures of serving, by dotted name."""
    with resources.as_file(resources.files("experiments") / "defaults" / "serving.toml") as path:
        return read_defaults(path)


def load_rows(run: Run, node: str = "h800", capacity: float | None = None) -> list[dict[str, Any]]:
    """A row for each variant: ``requests`` by task, each at its own busiest hour, and what AI tasks ask of machines of
    the kind ``node`` in the busiest minute of the day that asks for most tokens.

    *Asked* is demand: what was answered and what failed. Where the machines answer so many AI tasks a minute
    (``capacity``, else `[serving]` of the design as it is in force), ``served`` is the share of the minute that they
    answer, and what is *answered* stands beside what is asked. ``failed`` is the share of that day's sessions that
    failed in the run. ``wait_chance`` and ``mean_wait_seconds`` are Erlang's at the means that the row states; None
    where the queue would grow without end. Else each figure is the mean over the samples (``_low`` and ``_high``: 90 %
    over parameter draws, where the run has them). Raises InputError for an unknown node or a capacity of nothing.
    """
    if node not in NODES:
        raise InputError("unknown node", field="--node", value=node, allowed=", ".join(NODES))
    if capacity is not None and not (capacity > 0 and math.isfinite(capacity)):
        raise InputError("serves nobody", field="--capacity", value=capacity, allowed="above 0 AI tasks a minute")
    scenario, worlds = run.scenario, worlds_of(run)
    places = draw_places(scenario, worlds.draws, scenario.run.rng_seed)
    machines = _Machines(node)
    rows = []
    for name, world in worlds.central.items():
        design = scenario if name in (NO_CAMPAIGN, DESIGN) else scenario.variant(name)
        central = Side(world, design, [values_at(design, None)])
        drawn = None
        if worlds.drawn:
            drawn = Side(worlds.drawn[name], design, [values_at(design, place) for place in places])
        requests = _requests(central, drawn)
        rows.append({"variant": name, "requests": requests, **machines.row(central, drawn, capacity)})
    return rows


def _requests(central: Side, drawn: Side | None) -> list[dict[str, Any]]:
    """For each task and all together: its busiest day and hour in the mean, requests of that day, and requests of the
    busiest minute (the mean of every sample's own)."""
    days, spread = days_of(central.world), drawn.per_minute() if drawn else {}
    rows = []
    for task, curve in central.per_minute().items():
        mean = curve.mean(axis=0)
        day, hour = np.unravel_index(int(mean.argmax()), mean.shape)
        any_at_all = bool(mean.max() > 0)
        peaks = {"per_minute": curve.max(axis=(1, 2))}
        row = {
            "task": task,
            "day": str(days[int(day)]) if any_at_all else None,
            "hour": int(hour) if any_at_all else None,
            "per_day": float(60 * mean[day].sum()),
            **_told(peaks, {"per_minute": spread[task].max(axis=(1, 2))} if drawn else {}),
        }
        rows.append(row)
    return rows


def _told(shown: dict[str, Array], drawn: dict[str, Array]) -> dict[str, Any]:
    """Means over samples, and 90 % over draws where there are two or more."""
    row: dict[str, Any] = {}
    for key, sample in shown.items():
        row[key] = float(sample.mean())
        if key in drawn and len(drawn[key]) > 1:
            interval = draw_interval(drawn[key])
            row[f"{key}_low"], row[f"{key}_high"] = float(interval.low), float(interval.high)
    return row


class _Machines:
    """Nodes of a kind, and what AI tasks ask of them."""

    def __init__(self, node: str) -> None:
        given = {name: default.quantity.value for name, default in serving().items()}
        self.read, self.written = (given[f"task.{what}_tokens"] for what in ("read", "written"))
        self.rates = (given[f"node.{node}_read_rate"], given[f"node.{node}_written_rate"])
        self.seconds, self.accelerators, self.use = (
            given[name] for name in ("task.seconds", "node.accelerators", "node.use")
        )

    def row(self, central: Side, drawn: Side | None, capacity: float | None) -> dict[str, Any]:
        """Figures of the busiest minute of a variant."""
        day = int(self._tokens(central).mean(axis=0).argmax())
        shown = self._peak(central, capacity, day)
        spread = self._peak(drawn, capacity, day) if drawn else {}
        row: dict[str, Any] = {
            "day": str(days_of(central.world)[day]),
            "hour": int(central.sessions().mean(axis=0).argmax()),
            **_told(shown, spread),
        }
        row |= self._waiting(shown, spread)
        stated = central.design.serving
        lenders = stated.suppliers if stated is not None and stated.enabled else ()
        parts = [(one.name, one.share.value) for one in lenders]
        split = [
            {"name": name, "share": share, **{key: share * row[key] for key in _SPLIT if key in row}}
            for name, share in parts
        ]
        return {**row, "suppliers": split} if split else row

    def _each(self, side: Side) -> Array:
        """[sample] tokens of an AI task: the scenario's, else the shipped ones."""
        stated = side.number("campaign.tokens_per_ai_task")
        return np.where(stated > 0, stated, self.read + self.written)

    def _tokens(self, side: Side) -> Array:
        """[sample, day] tokens that a day asks for."""
        return np.asarray(side.asked("AI tasks") * self._each(side)[:, None] + side.tokens_of_content())

    def _nodes(self, tokens: Array, use: float = 1.0) -> Array:
        """Nodes, used to the share ``use``, for so many tokens a minute, read and written in a task's proportion."""
        read, written = (tokens / 60 * part / (self.read + self.written) for part in (self.read, self.written))
        return nodes_for(read, written, *self.rates, use)

    def _peak(self, side: Side, capacity: float | None, day: int) -> dict[str, Array]:
        """[sample] figures of the busiest minute of each sample's own busiest day; who failed, on the day ``day``."""
        by_day = self._tokens(side)
        at, minute = by_day.argmax(axis=-1), side.sessions().max(axis=-1) / 60

        def then(curve: Array) -> Array:
            return np.take_along_axis(curve, at[:, None], -1)[:, 0]

        asked, tokens = then(side.asked("AI tasks")) * minute, then(by_day) * minute
        found = {"ai_tasks_per_minute": asked, "tokens_per_minute": tokens}
        if side.design.content is not None:
            found["content_tokens_per_minute"] = then(side.tokens_of_content()) * minute
        found["at_once"] = asked / 60 * self.seconds
        found["accelerators"] = self._nodes(tokens, self.use) * self.accelerators
        most = side.capacity(at) if capacity is None else np.full(side.samples, capacity)
        if most is not None:
            share = served_share(asked, most)
            found["capacity_per_minute"], found["served"] = most, share
            named = {"answered_per_minute": asked, **{f"{key}_answered": found[key] for key in _ANSWERED}}
            found |= {key: demand * share for key, demand in named.items()}
        failed, opens = (curve[:, day] for curve in (side.world.curve("failed_sessions"), side.asked("opens")))
        found["failed"] = failed / np.where(opens > 0, opens, 1.0)
        found["carried_per_minute"] = self._carried(side, asked) if most is None else most
        return found

    def _carried(self, side: Side, asked: Array) -> Array:
        """[sample] AI tasks a minute that whole nodes, as many as ``asked`` need and at least one, answer at their full
        rate: the headroom with which nodes are planned is what waiting is kept short by."""
        each = self._each(side)
        whole = np.maximum(np.ceil(self._nodes(asked * each, self.use) - 1e-9), 1)
        return np.asarray(whole / self._nodes(each))

    def _waiting(self, shown: dict[str, Array], spread: dict[str, Array]) -> dict[str, Any]:
        """Erlang's waiting for an AI task: at the means of what is shown, and the chance of it over draws. Servers are
        the tasks at once that the machines carry, a whole number; a task takes them the time that fits it."""
        asked, most = (float(shown[key].mean()) for key in ("ai_tasks_per_minute", "carried_per_minute"))
        servers, chance = self._chance(asked, most)
        wait = float(mean_wait(servers * asked / most, servers, 60 * float(servers) / most)) if most > 0 else math.inf
        row = {"servers": int(servers), "wait_chance": float(chance)}
        if spread:
            drawn = {"wait_chance": self._chance(spread["ai_tasks_per_minute"], spread["carried_per_minute"])[1]}
            row |= {key: value for key, value in _told(drawn, drawn).items() if key != "wait_chance"}
        return {**row, "mean_wait_seconds": wait if math.isfinite(wait) else None}

    def _chance(self, asked: Array | float, most: Array | float) -> tuple[Array, Array]:
        """Servers, at least one, and the chance to wait for one, where the machines carry ``most`` tasks a minute."""
        servers = np.maximum(np.round(np.asarray(most) / 60 * self.seconds), 1)
        use = np.where(np.asarray(most) > 0, asked / np.where(np.asarray(most) > 0, most, 1.0), np.inf)
        return servers, erlang_c(np.minimum(use, 1.0) * servers, servers)
