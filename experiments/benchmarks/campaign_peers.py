"""The same plain day in three programs: ours, Starsim and Mesa. Reached, open, share with every friend, respond, leave.

A user who never joined joins with probability `JOINED` a day; whoever is engaged opens with `OPENS`; whoever opens, and
whoever joined the day before, shares with `SHARES` one packet with all friends; each friend who never joined takes it
with `TAKES`, for each sharer apart; whoever was engaged before today leaves for good with `LEAVES`. Starsim does it
with its own transmission over contacts, Mesa as agents with a step each. Ours goes through the whole campaign day, in
which everything else is switched off.
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from graphs.errors import InputError

__all__ = ["BEGIN", "JOINED", "LEAVES", "OPENS", "SHARES", "TAKES", "mesa_day", "our_day", "starsim_day"]

BEGIN, JOINED, OPENS, SHARES, TAKES, LEAVES = 0.02, 2e-4, 0.4, 0.1, 0.02, 0.03


def our_day(graph: Any, days: int, replicates: int, seed: int) -> tuple[float, float]:
    """Seconds of ``replicates`` runs of ``days`` days (compiled before), and mean users who joined."""
    import jax

    from graphs.device import explicit_chain
    from growth.engine import Engine
    from growth.flows import COLUMNS
    from growth.state import Sizes
    from growth.streams import root_key

    devices = jax.devices()
    lanes = len(devices) * -(-replicates // len(devices))
    rows = lanes * graph.num_users // len(devices)
    lists = {"pending": rows, "actors": rows // 2, "packets": rows // 2, "claims": rows // 4, "log": rows // 4}
    sizes = Sizes(lanes // len(devices), graph.num_users, max(graph.num_chats, 1), 1, 2048, **lists)
    machine = Engine(explicit_chain(graph), sizes, list(devices))
    campaign = machine.place(_plain_day(graph, lanes, days))
    columns = COLUMNS["activations"]

    def run(key: Any) -> tuple[float, float]:
        start, joined = time.perf_counter(), 0.0
        state = machine.begin(key, campaign)
        for _ in range(days):
            state = machine.round(key, machine.morning(key, state, campaign), campaign)
            state, flows = machine.night(key, state, campaign)
            joined += float(np.asarray(flows.table)[:, columns].sum()) / lanes
        if np.asarray(state.overflow).any():
            raise RuntimeError("a list was too small for this benchmark")
        return time.perf_counter() - start, joined

    run(root_key(seed))
    seconds, joined = run(root_key(seed + 1))
    return seconds * replicates / lanes, joined


def _plain_day(graph: Any, lanes: int, days: int) -> Any:
    """The plain day as a campaign of one round a day."""
    from growth.campaign import LOGIT_UNIT, STATES
    from growth.flows import CAUSES
    from growth.plain import NEVER, always_count, plain_campaign, quiet_tables, share_with_friends
    from growth.streams import ONE

    logit = round(float(np.log(TAKES / (1 - TAKES))) * LOGIT_UNIT)
    law = always_count(1).astype(float)
    law[0] = (1 - SHARES) * ONE
    told = share_with_friends(int(graph.degree().max()), logit)
    accept = np.full((2, 4, 4), NEVER)
    accept[..., 0] = logit
    reach = np.zeros((len(STATES), len(CAUSES)))
    reach[0] = JOINED * ONE  # cumulative over causes: all organic
    told |= {
        "share_law": np.stack([np.minimum(law, ONE).astype(np.uint32)] * 2),
        "accept": accept,
        "reach": reach.astype(np.uint32),
        "reach_most": np.uint32(JOINED * ONE),
    }
    tables = quiet_tables(lanes, BEGIN, OPENS)
    tables["churn"][:] = LEAVES * ONE
    return plain_campaign(lanes, days, told, tables)


def starsim_day(graph: Any, days: int, seed: int) -> tuple[float, float]:
    """Seconds of one Starsim run (made ready before), and users who joined."""
    ss = _peer("starsim")

    class Campaign(ss.Infection):  # type: ignore[name-defined]
        """Joining as an infection: sharers transmit, who never joined is susceptible, who leaves is neither."""

        def __init__(self) -> None:
            super().__init__()
            self.define_pars(beta=ss.probperday(TAKES), init_prev=ss.bernoulli(p=BEGIN))
            for name, chance in (("reach", JOINED), ("opens", OPENS), ("shares", SHARES), ("leaves", LEAVES)):
                setattr(self, name, ss.bernoulli(p=chance))

        def step_state(self) -> None:
            engaged = self.infected.uids
            yesterday = engaged[np.asarray(self.ti_infected[engaged] == self.ti - 1)]
            session = self.opens.filter(engaged).union(yesterday)
            self.rel_trans[engaged] = 0.0
            self.rel_trans[self.shares.filter(session)] = 1.0

        def step(self) -> Any:
            before = self.infected.uids
            joined = super().step()
            self.set_prognoses(self.reach.filter(self.susceptible.uids))
            self.infected[self.leaves.filter(before)] = False
            return joined

        def set_prognoses(self, uids: Any, sources: Any = None) -> None:
            super().set_prognoses(uids, sources)
            self.infected[uids] = True
            self.ti_infected[uids] = self.ti

    class Friends(ss.Network):  # type: ignore[name-defined]
        """Ties that stay."""

        def step(self) -> None:
            pass

    source = np.repeat(np.arange(graph.num_users), graph.degree())
    once = source < graph.friends
    ties = Friends(p1=source[once], p2=graph.friends[once], beta=np.ones(int(once.sum())))
    sim = ss.Sim(
        n_agents=graph.num_users, start=0, dur=days - 1, dt=ss.days(1), networks=ties, diseases=Campaign(),
        rand_seed=seed, verbose=0,
    )  # fmt: skip
    sim.init()
    law = sim.diseases[0]
    begun = int((~np.asarray(law.susceptible.values)).sum())
    start = time.perf_counter()
    sim.run()
    return time.perf_counter() - start, float((~np.asarray(law.susceptible.values)).sum() - begun)


def mesa_day(graph: Any, days: int, seed: int) -> tuple[float, float]:
    """Seconds of one Mesa run (agents made before), and users who joined."""
    mesa = _peer("mesa")

    class User(mesa.Agent):  # type: ignore[name-defined]
        """A user: 0 never joined, 1 engaged, 2 gone."""

        def __init__(self, model: Any, status: int) -> None:
            super().__init__(model)
            self.status, self.day = status, -9
            self.friends: list[User] = []

        def step(self) -> None:
            model, chance = self.model, self.random.random
            if self.status == 0:
                if chance() < JOINED:
                    model.join(self)
            elif self.status == 1:
                today = model.day
                if today != self.day:
                    if (chance() < OPENS or self.day == today - 1) and chance() < SHARES:
                        for friend in self.friends:
                            if friend.status == 0 and chance() < TAKES:
                                model.join(friend)
                    if chance() < LEAVES:
                        self.status = 2

    class Campaign(mesa.Model):  # type: ignore[name-defined]
        """All users, stepped once a day in random order."""

        def __init__(self) -> None:
            super().__init__(seed=seed)
            self.day, self.joined = 0, 0
            users = [User(self, int(self.random.random() < BEGIN)) for _ in range(graph.num_users)]
            for number, user in enumerate(users):
                mine = graph.friends[graph.offsets[number] : graph.offsets[number + 1]]
                user.friends = [users[friend] for friend in mine]

        def join(self, user: User) -> None:
            user.status, user.day = 1, self.day
            self.joined += 1

        def step(self) -> None:
            self.agents.shuffle_do("step")
            self.day += 1

    model = Campaign()
    start = time.perf_counter()
    for _ in range(days):
        model.step()
    return time.perf_counter() - start, float(model.joined)


def _peer(name: str) -> Any:
    """An optional peer. Raises InputError when it is not installed."""
    import importlib
    import logging
    import warnings

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = importlib.import_module(name)
    except ImportError:
        cure = "pip install 'growth-modeller[bench]'"
        raise InputError("this benchmark needs a peer that is not installed", field=name, cure=cure) from None
    logging.getLogger(name).setLevel(logging.ERROR)
    return found
