"""`growth load`: requests, tokens and accelerators at the peak of every variant of a finished run."""

from __future__ import annotations

from importlib import resources
from typing import Any

import numpy as np

from experiments.defaults import Default, read_defaults
from experiments.parameters import behaviour_of, values_at
from experiments.paths import slug
from experiments.results import Run
from experiments.scenario_serving import Serving
from experiments.world_view import World, worlds_of
from graphs.errors import InputError
from growth.intervals import draw_interval
from growth.load import busiest_minute, nodes_for, served_share

__all__ = ["NODES", "load_rows", "serving"]

NODES = ("h800", "h100")
"""Kinds of node whose rates are in `experiments/defaults/serving.toml`."""


def serving() -> dict[str, Default]:
    """The shipped figures of serving, by dotted name."""
    with resources.as_file(resources.files("experiments") / "defaults" / "serving.toml") as path:
        return read_defaults(path)


def load_rows(run: Run, node: str = "h800", capacity: float | None = None) -> list[dict[str, Any]]:
    """A row for each variant: its busiest day, and at the busiest minute opens, AI tasks and tokens a minute, tasks in
    progress at once, and accelerators of the kind ``node``.

    Each is the mean over the samples (``_low`` and ``_high``: 90 % over parameter draws, where the run has them).
    With a ``capacity`` in AI tasks a minute, also the share of that minute's tasks that are answered. Where the design
    says what its machines answer (`[serving]`), tasks are those that were answered, ``failed`` is the share of the
    busiest day's sessions that were not, and accelerators stand by supplier too. Raises InputError for an unknown node
    or a capacity of nothing.
    """
    if node not in NODES:
        raise InputError("unknown node", field="--node", value=node, allowed=", ".join(NODES))
    if capacity is not None and not capacity > 0:
        raise InputError("serves nobody", field="--capacity", value=capacity, allowed="above 0 AI tasks a minute")
    worlds = worlds_of(run)
    given = {name: default.quantity.value for name, default in serving().items()}
    behaviour = behaviour_of(values_at(run.scenario, None))
    minute = busiest_minute([behaviour[f"hours.h{hour:02d}"] for hour in range(24)])
    rows = []
    for name, world in worlds.central.items():
        row: dict[str, Any] = {"variant": name, "day": _busiest(world)}
        serving_of = run.scenario.serving
        shown = _at_peak(world, minute, given, node, capacity, serving_of)
        drawn = _at_peak(worlds.drawn[name], minute, given, node, capacity, serving_of) if name in worlds.drawn else {}
        for key, sample in shown.items():
            row[key] = float(sample.mean())
            if key in drawn:
                interval = draw_interval(drawn[key])
                row[f"{key}_low"], row[f"{key}_high"] = float(interval.low), float(interval.high)
        rows.append(row)
    return rows


def _busiest(world: World) -> str:
    """The day with most AI tasks on average."""
    days = world.data.day.to_numpy()
    return str(np.datetime_as_string(days[int(world.curve("ai_tasks").mean(axis=0).argmax())], unit="D"))


def _at_peak(
    world: World, minute: float, given: dict[str, float], node: str, capacity: float | None, serving: Serving | None
) -> dict[str, Any]:
    """[sample] figures of the busiest minute of each sample's own busiest day."""
    tasks = world.curve("ai_tasks").max(axis=-1) * minute
    opens = world.curve("opens").max(axis=-1) * minute
    read, written = given["task.read_tokens"], given["task.written_tokens"]
    stated = np.asarray(world.numbers.get("campaign.tokens_per_ai_task", 0.0), dtype=float)
    times = np.where(stated > 0, stated / (read + written), 1.0)
    read_rate, written_rate = (given[f"node.{node}_{what}_rate"] for what in ("read", "written"))
    nodes = nodes_for(
        tasks * read * times / 60, tasks * written * times / 60, read_rate, written_rate, given["node.use"]
    )
    found = {
        "opens_per_minute": opens,
        "ai_tasks_per_minute": tasks,
        "tokens_per_minute": tasks * (read + written) * times,
        "at_once": tasks / 60 * given["task.seconds"],
        "accelerators": nodes * given["node.accelerators"],
    }
    if capacity is not None:
        found["served"] = served_share(tasks, capacity)
    if serving is None:
        return found
    at = world.curve("ai_tasks").argmax(axis=-1)[..., None]
    failed, asked = (np.take_along_axis(world.curve(name), at, -1)[..., 0] for name in ("failed_sessions", "opens"))
    found["failed"] = failed / np.maximum(asked, 1)
    shares = {f"accelerators_{slug(one.name)}": one.share.value for one in serving.suppliers}
    return {**found, **{name: share * found["accelerators"] for name, share in shares.items()}}
