"""The first rung: on the same luck, who joins is exactly who is reachable over live ties, and when."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest

from graphs import textbook
from graphs.social_graph import SocialGraph
from growth.streams import ONE
from tests import oracles
from tests.growth.tiny import ALWAYS, CERTAIN, NEVER, SEED, cascade, run, seeds_of

GRAPHS = {
    "karate": textbook.karate_club(isolated=2),
    "ring": textbook.ring(40, isolated=1),
    "tree": textbook.binary_tree(63, isolated=1),
    "hubs": textbook.barabasi_albert(300, 3, isolated=3),
    "even": textbook.erdos_renyi(200, 0.03, isolated=3),
}


def _together(graphs: list[SocialGraph]) -> SocialGraph:
    """Graphs side by side as one, so that the engine is compiled once for all of them."""
    starts = np.cumsum([0, *(graph.num_users for graph in graphs)])
    pairs = [
        (start + user, start + friend)
        for graph, start in zip(graphs, starts, strict=False)
        for user in range(graph.num_users)
        for friend in graph.friends_of(user).tolist()
        if user < friend
    ]
    u, v = np.array(pairs).T
    return SocialGraph.from_edges(int(starts[-1]), u, v)


ALL = _together(list(GRAPHS.values()))


def _joined(graph: SocialGraph, days, lane: int = 0) -> set[int]:
    """Users who were activated, and everyone who started engaged."""
    status = np.asarray(days.state.users.status)[lane * graph.num_users : (lane + 1) * graph.num_users]
    return {int(user) for user in np.flatnonzero(status == 1)}


def _live(logit: int, replicate: int = 0):
    chance = int(ONE / (1 + np.exp(-logit / 256)))

    @cache
    def live(sharer: int, viewer: int) -> bool:
        return oracles.acceptance_word(SEED, replicate, sharer, viewer) < chance

    return live


@pytest.mark.parametrize("logit", [-700, -300, 0])
def test_joined_is_reachable_over_live_ties(logit) -> None:
    graph = ALL
    told = cascade(graph, accept=logit, accept_most=logit)
    seeds = seeds_of(graph, 0.05)
    expected = oracles.reached(seeds, lambda user: graph.friends_of(user).tolist(), _live(logit))
    assert _joined(graph, run(graph, engaged=0.05, **told)) == set(expected)


def test_with_certainty_the_joining_round_is_the_hop_distance() -> None:
    graph = ALL
    days = run(graph, engaged=0.05, sizes={"claims": 4096}, **cascade(graph))
    hops = oracles.reached(seeds_of(graph, 0.05), lambda user: graph.friends_of(user).tolist(), lambda *_: True)
    rounds = {int(row[0]): int(row[1]) for row in days.log}
    # Seeds share in round 0, and their friends join in it: one hop is round 0.
    assert rounds == {user: hop - 1 for user, hop in hops.items() if hop > 0}


def test_the_parent_in_the_log_is_a_live_tie_from_the_round_before() -> None:
    graph, logit = ALL, -300
    days = run(graph, engaged=0.05, **cascade(graph, accept=logit, accept_most=logit))
    live, rounds = _live(logit), {int(row[0]): int(row[1]) for row in days.log}
    assert len(days.log) > 20
    for user, joined, origin, parent, parent_activation, activation in days.log.tolist():
        assert live(parent, user)
        assert parent in graph.friends_of(user)
        assert rounds.get(parent, -1) == joined - 1
        assert parent_activation == (1 if parent in rounds else 0)
        assert (origin, activation) == (5, 1)


def test_two_replicates_in_one_block_are_the_two_alone() -> None:
    graph, told = GRAPHS["even"], cascade(GRAPHS["even"], accept=-300, accept_most=-300)
    both = run(graph, lanes=2, engaged=0.05, replicates=[0, 3], **told)
    for lane, replicate in enumerate((0, 3)):
        alone = run(graph, engaged=0.05, replicates=[replicate], **told)
        assert _joined(graph, both, lane) == _joined(graph, alone)


def test_group_chats_reach_all_members_who_have_not_muted() -> None:
    """Five chats of eight in a ring of members: a packet goes to a sharer's chats in a keyed order, so a sharer of
    one chat reaches all of it."""
    chats = [np.arange(start, start + 8) for start in (0, 8, 16, 24, 32)]
    graph = SocialGraph.from_edges(42, [0], [1], chats=chats)
    told: dict[str, Any] = {"group_share": CERTAIN, "see": CERTAIN, "accept": ALWAYS, "accept_most": ALWAYS}
    told["share_law"] = cascade(graph)["share_law"]
    seeds = seeds_of(graph, 0.1)
    expected = set(seeds) | {user for user in range(40) if any(seed // 8 == user // 8 for seed in seeds if seed < 40)}
    assert 0 < len(seeds) < 20
    assert _joined(graph, run(graph, engaged=0.1, **told)) == expected
    assert _joined(graph, run(graph, engaged=0.1, **{**told, "muted": CERTAIN})) == set(seeds)


def test_nobody_accepts_nobody_joins() -> None:
    graph = ALL
    told = cascade(graph, accept=NEVER, accept_most=NEVER)
    assert _joined(graph, run(graph, engaged=0.05, **told)) == set(seeds_of(graph, 0.05))
