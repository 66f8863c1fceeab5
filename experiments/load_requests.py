"""What a run asks of the servers by task, day and hour: the curves of which `growth load` takes the peaks.

Sessions are at an hour of the within-day profile, and with them what is done in a session: AI tasks, draws, packets,
orders. Claims follow packets after the delay of an answer, and have a profile of their own, day by day.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from experiments.laws import delay_table
from experiments.moments import moment_at, values_in_force
from experiments.parameters import behaviour_of
from experiments.scenario import Scenario
from experiments.world_names import NO_CAMPAIGN
from experiments.world_view import World
from growth.load import delayed, profile

__all__ = ["ALL", "REQUESTS", "Side", "days_of"]

REQUESTS = {
    "opens": ("opens", "activations"),
    "AI tasks": ("ai_tasks", "failed_tasks"),
    "draws": ("draws", "refused_draws"),
    "packets": ("packets",),
    "claims": ("claims", "refused_claims"),
    "orders": ("orders", "refused_orders"),
}
"""Flows that are requests of each task. An open is a session: of whoever opens the app, or the first of who came."""
ALL = "all"
_DAY_S = 86_400
Array = NDArray[np.float64]


@dataclass(frozen=True)
class Side:
    """A variant's worlds, central or drawn, with the design they were run from and the numbers of every draw."""

    world: World
    design: Scenario
    values: list[dict[str, float]]

    @property
    def samples(self) -> int:
        """Samples: draws x chains x replicates."""
        return int(self.world.data.sizes["sample"])

    def each(self, of_draws: list[Array]) -> Array:
        """[sample, ...] of what was worked out for every draw."""
        return np.repeat(np.stack(of_draws), self.samples // len(self.values), axis=0)

    def number(self, path: str) -> Array:
        """[sample] a number of the scenario; 0 where it has none of the name."""
        return self.each([np.asarray(value.get(path, 0.0)) for value in self.values])

    def asked(self, task: str) -> Array:
        """[sample, day] requests of a task: those that were answered and those that were not."""
        return np.asarray(sum(self.world.curve(flow) for flow in REQUESTS[task]))

    def sessions(self) -> Array:
        """[sample, 24] share of a day's sessions in each hour."""
        return self.each([_hours(value) for value in self.values])

    def claims(self) -> Array:
        """[sample, day, 24] share of each day's claims in each hour: of today's packets by the delay of an answer, and
        of yesterday's that were still alive. Before the first day as many packets were shared as on it."""
        shared = self.world.curve("packets")
        before = np.concatenate([shared[:, :1], shared[:, :-1]], axis=1)
        today, tomorrow = np.moveaxis(self.each([_answers(value) for value in self.values]), 1, 0)
        found = shared[..., None] * today[:, None] + before[..., None] * tomorrow[:, None]
        none = found.sum(axis=-1, keepdims=True) <= 0  # claims of a day with no packet on it or before: strangers'
        found = np.where(none, (today + tomorrow)[:, None], found)
        return np.asarray(found / found.sum(axis=-1, keepdims=True))

    def per_minute(self) -> dict[str, Array]:
        """[sample, day, 24] requests a minute, by task and of `ALL`."""
        found = {task: self.asked(task)[..., None] * self.sessions()[:, None] / 60 for task in REQUESTS}
        found["claims"] = self.asked("claims")[..., None] * self.claims() / 60
        return {**found, ALL: np.asarray(sum(found.values()))}

    def tokens_of_content(self) -> Array:
        """[sample, day] tokens of content that is made for the packets of a day's sessions, those included that failed
        and would have shared as the others did."""
        content, world = self.design.content, self.world
        if content is None or not content.enabled or world.variant == NO_CAMPAIGN:
            return np.zeros((self.samples, world.data.sizes["day"]))
        worked = self.asked("opens") - world.curve("failed_sessions")
        whole = np.where(worked > 0, self.asked("opens") / np.where(worked > 0, worked, 1.0), 0.0)
        on = np.zeros(world.data.sizes["day"])
        on[world.campaign_days] = 1.0
        return np.asarray(world.curve("packets") * whole * on * self.number("content.tokens_per_share")[:, None])

    def capacity(self, at: NDArray[np.int64]) -> Array | None:
        """[sample] AI tasks a minute that `[serving]` says the machines answer in the busiest hour of sessions of the
        day ``at`` [sample]; None where it says nothing. As in the engine, what is in force as a round begins holds."""
        serving = self.design.serving
        if serving is None or not serving.enabled:
            return None
        days, hours = days_of(self.world), self.sessions().argmax(axis=-1)
        length = max(24 // self.design.run.rounds_per_day, 1)
        found = np.zeros(self.samples)
        for sample, (day, hour) in enumerate(zip(at, hours, strict=True)):
            when = dt.datetime.combine(days[int(day)], dt.time(int(hour - hour % length)))
            value = self.values[sample * len(self.values) // self.samples]
            moment = moment_at(self.design, when)
            found[sample] = values_in_force(self.design, value, moment)["serving.ai_tasks_per_minute"]
        return found


def days_of(world: World) -> list[dt.date]:
    """The dates of a world's days."""
    return [day.astype("datetime64[D]").item() for day in world.data.day.to_numpy()]


def _hours(values: dict[str, float]) -> Array:
    """[24] the within-day profile of sessions."""
    return profile([values[f"behaviour.hours.h{hour:02d}"] for hour in range(24)])


def _answers(values: dict[str, float]) -> Array:
    """[2, 24] when packets of a day's sessions are answered, that day and the next."""
    law = behaviour_of(values)
    delays = delay_table(law["delay.mu_log_hours"], law["delay.sigma_log_hours"])
    alive = delays[delays < min(round(law["packet.expiry_hours"] * 3600), _DAY_S)]
    return delayed(_hours(values), alive if len(alive) else [0.0])
