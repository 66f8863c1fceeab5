"""Classes of the attributed: a town worked out by hand, and the identity on any pair of logs."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from growth.attribution import CLASSES, classify, first_activations


def test_seven_people_by_hand() -> None:
    """World 0. With the campaign: a (ad, day 1), b (ad, 2), c (invited, 5), d (ad, 3), e (organic, 1), f (organic, 2).
    Without it: b on day 9 (pulled forward), c on day 5 (anyway), d on day 1 (anyway), f on day 2, g on day 4."""
    a, b, c, d, e, f, g = range(7)
    ours = first_activations([0] * 6, [a, b, c, d, e, f], [1, 2, 5, 3, 1, 2], range(6), [1, 1, 1, 1, 0, 0])
    none = first_activations([0] * 5, [b, c, d, f, g], [9, 5, 1, 2, 4], range(5), [0] * 5)
    found = dict(zip(CLASSES, classify(ours, none, 1)[0], strict=True))
    assert found == {
        "incremental": 1,  # a
        "pulled forward": 1,  # b
        "anyway": 2,  # c, d
        "halo": 1,  # e
        "displaced": 1,  # g
        "with campaign": 6,
        "without campaign": 5,
    }


def test_only_the_first_activation_of_a_person_counts() -> None:
    """Two rows of one user in two worlds; the earlier row stands later in the log."""
    found = first_activations([0, 0, 1], [4, 4, 4], [8, 2, 5], [80, 20, 50], [1, 0, 1])
    assert found.world.tolist() == [0, 1]
    assert found.day.tolist() == [2, 5]
    assert found.attributed.tolist() == [False, True]


@given(st.integers(0, 2**32 - 1))
def test_people_with_less_people_without_are_incremental_and_halo_less_displaced(seed: int) -> None:
    rng = np.random.default_rng(seed)

    def log() -> tuple[np.ndarray, ...]:
        rows = int(rng.integers(0, 60))
        day = rng.integers(0, 9, rows)
        return rng.integers(0, 3, rows), rng.integers(0, 12, rows), day, day, rng.random(rows) < 0.7

    ours, none = first_activations(*log()), first_activations(*log())
    table = classify(ours, none, 3)
    by = {name: table[:, place] for place, name in enumerate(CLASSES)}
    lift = by["with campaign"] - by["without campaign"]
    assert (lift == by["incremental"] + by["halo"] - by["displaced"]).all()
    attributed = np.bincount(ours.world[ours.attributed], minlength=3)
    assert (attributed == by["incremental"] + by["pulled forward"] + by["anyway"]).all()


def test_the_same_world_twice_has_nothing_incremental() -> None:
    same = first_activations([0, 0, 1], [1, 2, 1], [3, 4, 5], [3, 4, 5], [1, 1, 1])
    table = classify(same, same, 2)
    assert table[:, CLASSES.index("anyway")].tolist() == [2, 1]
    assert table[:, [0, 1, 3, 4]].sum() == 0
