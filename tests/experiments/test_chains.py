"""Textbook chains of a scenario: every graph the format names is built, of the size and degree it says."""

from __future__ import annotations

import numpy as np
import pytest

from experiments.chains import build_chain
from graphs.errors import InputError
from graphs.social_graph import SocialGraph
from tests.small_run import changed

TIES = {"path": 33, "star": 33, "ring": 34, "complete": 34 * 33 // 2, "karate_club": 78, "barabasi_albert": 96}
"""Of 34 users; each newcomer of the Barabasi-Albert graph brings three, the first three as many as are there."""
GENERATED = 'kind = "foci"\nusers = 800\npopulation = 80_000\nmean_degree = 20\nseed = 3'


def textbook(graph: str, users: int = 34, mean_degree: str = "") -> SocialGraph:
    """The chain of the golden scenario replaced by a textbook graph."""
    more = f"\nmean_degree = {mean_degree}" if mean_degree else ""
    text = f'kind = "textbook"\ngraph = "{graph}"\nusers = {users}\npopulation = 80_000{more}\nseed = 3'
    found = build_chain(changed((GENERATED, text)))
    assert isinstance(found, SocialGraph)
    return found


@pytest.mark.parametrize("graph", TIES)
def test_a_textbook_chain_is_the_graph_it_names(graph: str) -> None:
    found = textbook(graph)
    assert (found.num_users, found.num_ties) == (34, TIES[graph])


def test_random_textbook_chains_have_the_mean_degree_that_was_asked_for() -> None:
    """Ties of G(n, p) are binomial: within five standard deviations, 1 in 1.7 million."""
    users, degree = 3_000, 12.0
    ties = users * degree / 2
    assert abs(textbook("erdos_renyi", users, str(degree)).num_ties - ties) < 5 * np.sqrt(ties)
    assert textbook("barabasi_albert", users, "8").degree().mean() == pytest.approx(8, rel=0.01)


@pytest.mark.parametrize(
    ("graph", "users", "degree", "message"),
    [
        ("erdos_renyi", 34, "", "chain.graph: needs a mean degree; got 'erdos_renyi'; try: say chain.mean_degree"),
        ("ring", 34, "4", "chain.mean_degree: is of the random graphs only; got 4.0; try: leave it out"),
        ("karate_club", 40, "", "chain.users: the karate club has 34 users; got 40; try: users = 34"),
    ],
)
def test_a_textbook_chain_that_cannot_be_is_refused(graph: str, users: int, degree: str, message: str) -> None:
    with pytest.raises(InputError) as refused:
        textbook(graph, users, degree)
    assert message in str(refused.value)
