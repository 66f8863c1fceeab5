"""Worlds and lanes: which (draw, chain, variant, replicate) are run, and a block of them as one `Campaign`."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from experiments.base_inflow import ChainFacts, base_inflow, shares_of
from experiments.laws import amount_table, app_law, law_tables, logistic_table
from experiments.lower import lower_round
from experiments.lower_abuse import check_accounts
from experiments.lower_acquisition import check_seeds
from experiments.lower_chart import chart_tables
from experiments.lower_dated import reward_times, slot_mean, top_ups
from experiments.lower_interest import openings, selection_of
from experiments.lower_money import parts_of, pool_cents, purses_of
from experiments.lower_sharing import befriended, feed_attention
from experiments.moments import Moment, moment_at, totals_in_the_end, values_in_force, without_campaign
from experiments.offer import Lane, offer_of
from experiments.parameters import Places, behaviour_of, draw_places, values_at
from experiments.scenario import Scenario
from experiments.world_names import DESIGN, NO_CAMPAIGN
from graphs.errors import InputError
from growth.campaign import PURSES, STATES, Campaign, Lanes, Schedule, Tables
from growth.streams import ONE

__all__ = ["World", "Worlds"]


class World(NamedTuple):
    """One society with one design, one set of parameters and one luck. ``draw`` -1 is the central values."""

    draw: int
    chain: int
    variant: int
    replicate: int


@dataclass
class Worlds:
    """All worlds of a scenario, and how a block of them is told to the engine.

    ``facts`` describe the chain; ``scenario`` is as written. Variant 0 is the world without the campaign, variant 1
    the design, then the file's variants in order.
    """

    scenario: Scenario
    facts: ChainFacts
    places: list[Places] = field(init=False)
    variants: dict[str, Scenario] = field(init=False)

    def __post_init__(self) -> None:
        self._name()
        self._rounds: dict[tuple, dict[str, np.ndarray]] = {}
        self._lanes: dict[tuple[int, int, int], Lane] = {}
        self._moments: dict[int, list[Moment]] = {}
        for variant in range(len(self.variants)):
            for app in range(self.apps):
                check_seeds(self.design(variant, app), self.people_per_user)
                check_accounts(self.design(variant, app), self.people_per_user)
        # Every number of the file is refused here, before anything is computed, if the engine cannot take it: at the
        # central values, then at those of each draw.
        for draw in range(-1, self.scenario.run.parameter_draws):
            for variant in range(len(self.variants)):
                for app in range(self.apps):
                    self._check(World(draw, 0, variant, 0), app)

    def _name(self) -> None:
        """Fill in the places of the parameter draws and the variants."""
        run = self.scenario.run
        self.places = draw_places(self.scenario, run.parameter_draws, run.rng_seed)
        self.variants = {NO_CAMPAIGN: without_campaign(self.scenario), DESIGN: self.scenario}
        for one in self.scenario.variants:
            self.variants[one.name] = self.scenario.variant(one.name)

    def _check(self, world: World, app: int) -> None:
        """Raise InputError for a lane that cannot be run, and say in which parameter draw it is."""
        try:
            self._total(world, app)
            self._dated(world, app)
        except InputError as error:
            if world.draw < 0:
                raise
            raise InputError(
                f"at parameter draw {world.draw + 1}, {error.what}",
                field=error.field,
                value=error.value,
                allowed=error.allowed,
                cure=f"narrower ranges, or {error.cure}",
            ) from None

    @property
    def apps(self) -> int:
        """Apps that live beside one another: lanes of a world."""
        return len(self.scenario.apps)

    @property
    def designs(self) -> list[Scenario]:
        """The scenarios that are run, as written."""
        return [self.scenario]

    @property
    def parts(self) -> int:
        """Parts of the day that some world needs."""
        return parts_of(list(self.variants.values()))

    def alike(self, variant: int, app: int) -> int:
        """The first variant in which an app is lowered from the same scenario."""
        return variant

    def design(self, variant: int, app: int) -> Scenario:
        """What an app is lowered from in a variant."""
        return list(self.variants.values())[variant]

    def app_name(self, app: int) -> str:
        """Name of an app by its place."""
        return self.scenario.apps[app].name

    def place(self, draw: int, app: int) -> Places | None:
        """Where an app's numbers stand in their ranges; None at the central values (``draw`` -1)."""
        return None if draw < 0 else self.places[draw]

    @property
    def people_per_user(self) -> float:
        """w: real people for whom one user of the sample stands."""
        return self.facts.population / self.facts.users

    @property
    def days(self) -> int:
        """Days of a run, warm-up included."""
        return self.scenario.run.warm_up_days + self.scenario.run.days

    def moments(self, variant: int, app: int = 0) -> list[Moment]:
        """The moment of every round of a variant, for an app."""
        scenario, run = self.design(variant, app), self.scenario.run
        if id(scenario) in self._moments:
            return self._moments[id(scenario)]
        first = dt.datetime.combine(run.first_day, dt.time())
        hours = 24 // run.rounds_per_day if run.rounds_per_day <= 24 else 24 / run.rounds_per_day
        steps = self.days * run.rounds_per_day
        self._moments[id(scenario)] = [
            moment_at(scenario, first + dt.timedelta(hours=hours * step)) for step in range(steps)
        ]
        return self._moments[id(scenario)]

    def lane(self, world: World, app: int) -> Lane:
        """Everything a lane is lowered from. Raises InputError when the standing world does not fit."""
        name = (world.draw, self.alike(world.variant, app), app)
        if name not in self._lanes:
            scenario = self.design(world.variant, app)
            values = values_at(scenario, self.place(world.draw, app))
            law = app_law(behaviour_of(values))
            app_name = self.app_name(app)
            inflow = base_inflow(values, app_name, law, self.facts, selection_of(scenario, values))
            self._lanes[name] = Lane(scenario, values, app_name, law, inflow, self.facts)
        return self._lanes[name]

    def campaign(self, worlds: list[World]) -> Campaign:
        """A block of worlds as one campaign of NumPy arrays; lanes are worlds x apps, apps innermost."""
        lanes = [(world, app) for world in worlds for app in range(self.apps)]
        # Replicates of a world are told the same: each is lowered once, and copied to where it stands.
        names = [(world.draw, self.alike(world.variant, app), app) for world, app in lanes]
        unlike = dict(zip(names, lanes, strict=True))
        place = {name: number for number, name in enumerate(unlike)}
        at = np.array([place[name] for name in names])
        told = [self._told(world, app) for world, app in unlike.values()]
        schedule: dict[str, Any] = {name: np.stack([one[name] for one in told])[at] for name in Schedule._fields}
        who = ([world.replicate for world, _ in lanes], [app for _, app in lanes])
        pools: Any = np.stack([self._total(world, app) for world, app in unlike.values()])[at]
        columns: list[Any] = [np.array(column, np.int32) for column in who]
        columns.append(np.stack([purses_of(self.design(world.variant, app)) for world, app in lanes]))
        return Campaign(Lanes(*columns), Schedule(**schedule), self._tables(list(unlike.values()), at), pools)

    def _told(self, world: World, app: int) -> dict[str, np.ndarray]:
        """The schedule of one lane: [T, ...] by field. Equal moments are lowered once."""
        lane, moments = self.lane(world, app), self.moments(world.variant, app)
        rows = []
        for moment in moments:
            name = (world.draw, self.alike(world.variant, app), app, moment)
            if name not in self._rounds:
                self._rounds[name] = lower_round(lane, moment)
            rows.append(self._rounds[name])
        told = {name: np.stack([row[name] for row in rows]) for name in rows[0]}
        told["top_up"] = top_ups(lane, moments)
        told["accept_most"] = np.full(len(rows), _largest_logit(told), np.int32)
        most = _largest_logit(told, [name != "engaged" for name in STATES]) + int(told["memory_logit"].max())
        told["memory_most"] = np.full(len(rows), most, np.int32)
        # Weights add up without end: then what is possible at all may be certain one day.
        times = ONE if told["memory_adds"].any() else told["memory_times"].max()
        told["memory_most_times"] = np.full(len(rows), times, np.float32)
        return told

    def _total(self, world: World, app: int) -> np.ndarray:
        """The pools of a lane over the whole run, in cents of the sample."""
        lane = self.lane(world, app)
        on = next((moment for moment in self.moments(world.variant, app) if offer_of(lane, moment).on), None)
        if on is None:
            return np.zeros(len(PURSES), np.int32)
        offer, last = offer_of(lane, on), {**lane.values, **totals_in_the_end(lane.scenario, lane.values)}
        begins, ends = (pool_cents(lane, values, offer, "total_yuan") for values in (lane.values, last))
        return np.minimum(begins, ends)  # a purse without a pool begins with what all additions leave it

    def _dated(self, world: World, app: int) -> None:
        """Raise InputError for a dated change of money that cannot be counted."""
        lane, moments = self.lane(world, app), self.moments(world.variant, app)
        top_ups(lane, moments)
        for moment in {one.interventions: one for one in moments}.values():
            reward_times(lane, values_in_force(lane.scenario, lane.values, moment))

    def _tables(self, lanes: list[tuple[World, int]], at: np.ndarray) -> Tables:
        """Law tables and the amounts that rewards pay, worked out for ``lanes`` that differ; a row for each of ``at``,
        which says which of them it is."""
        rows, amounts, friends = [], [], befriended(self.facts.at_most)
        for world, app in lanes:
            lane = self.lane(world, app)
            shares = shares_of(lane.values, lane.app, lane.law, self.facts.population)
            rows.append(law_tables(behaviour_of(lane.values), lane.law, shares))
            never = self.facts.population * (1 - sum(shares))
            installs = lane.inflow.organic * never + lane.inflow.invited
            rows[-1] |= chart_tables(behaviour_of(lane.values), installs, self.people_per_user)
            rows[-1]["befriended"] = friends
            rows[-1]["feed_attention"] = feed_attention(lane.scenario, lane.values, self.facts.at_most)
            rows[-1]["interest"] = openings(selection_of(lane.scenario, lane.values))
            rows[-1]["slot_mean"] = slot_mean(lane)
            laws = {reward.name: reward for reward in lane.scenario.rewards if reward.enabled}
            pair = []
            for name in ("draw", "packet"):
                law = laws[name].law if name in laws else "fixed"
                pair.append(amount_table(law, 100 * lane.values.get(f"reward.{name}.mean_yuan", 0.0), name))
            amounts.append(np.stack(pair))
        stacked: dict[str, Any] = {name: np.stack([row[name] for row in rows])[at] for name in rows[0]}
        stacked |= {"logistic": logistic_table(), "amount": np.stack(amounts)[at]}
        return Tables(**stacked)


def _largest_logit(told: dict[str, np.ndarray], states: list[bool] | slice = slice(None)) -> int:
    """A bound on every acceptance logit of a lane (of people in some states), before tie and affinity of the round of
    the share.

    Who sees a packet is kept waiting if anybody in that place could accept it by the time it is answered: so the bound
    looks at all rounds, and leaves room for a later change of what a tie or affinity is worth.
    """
    tie, affinity = (int(told[name].max()) - int(told[name].min()) for name in ("tie", "affinity"))
    return int(told["accept"][..., states].max()) + tie + (affinity + 1) // 2 + 2
