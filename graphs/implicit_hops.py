"""How many ties lie between two users of an implicit chain of any size: balls grown from both ends until they touch."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from graphs.implicit import ImplicitChain
from graphs.implicit_slots import each_slot, ties_behind

__all__ = ["UNREACHED", "hops"]

UNREACHED = -1
"""No way between the two."""
_RADIUS = 3  # of the source's ball: some tens of millions of users at 1.4 billion
_USERS = 1 << 13  # of a frontier that are asked for their friends together

Users = NDArray[np.int32]  # sorted, none twice


def hops(chain: ImplicitChain, source: int, targets: NDArray[np.int32]) -> NDArray[np.int64]:
    """Ties on the shortest way from ``source`` to each target; `UNREACHED` where there is none.

    Exact: three steps are walked from the source and as many as are needed from each target. On the full chain some
    thirty million look-ups for the source and a hundred thousand a target.
    """
    layers = [np.array([source], dtype=np.int32)]
    while len(layers) <= _RADIUS and len(layers[-1]):
        layers.append(_next(chain, layers))
    return np.array([_from_target(chain, layers, int(target)) for target in targets], dtype=np.int64)


def _from_target(chain: ImplicitChain, layers: list[Users], target: int) -> int:
    """Grow the target's ball: at step k it touches layer j of the source's when the two are k + j ties apart."""
    mine = [np.array([target], dtype=np.int32)]
    near = next((j for j, layer in enumerate(layers) if _holds(layer, mine[0]).any()), None)
    if near is not None:
        return near
    last = len(layers) - 1  # of layers; an empty last one says that the source's component ends there
    while True:
        # Whoever lies k steps from the target lies no nearer than `last` to the source, else it had been found.
        reached = []
        for step in range(0, len(mine[-1]), _USERS):
            people = _friends(chain, mine[-1][step : step + _USERS])
            if _holds(layers[last], people).any():
                return len(mine) + last
            reached.append(people)
        grown = _new(_once(np.concatenate(reached)), mine)
        if len(grown) == 0:
            return UNREACHED
        mine.append(grown)


def _next(chain: ImplicitChain, layers: list[Users]) -> Users:
    """Everybody one step beyond the last layer."""
    front = layers[-1]
    parts = [_friends(chain, front[at : at + _USERS]) for at in range(0, len(front), _USERS)]
    return _new(_once(np.concatenate(parts)), layers)


def _friends(chain: ImplicitChain, users: Users) -> Users:
    """Everybody behind a live slot of these users."""
    owner, slot = each_slot(chain.host().degree(users))
    me = users[owner]
    friend = ties_behind(chain, me, slot)[0]
    return _once(friend[friend != me])


def _once(people: NDArray[np.int32]) -> Users:
    """Sorted, none twice. A sort in place is many times faster than a table of hashes, which `np.unique` makes."""
    people.sort()
    first = np.ones(len(people), dtype=bool)
    np.not_equal(people[1:], people[:-1], out=first[1:])
    return people[first]


def _new(people: Users, layers: list[Users]) -> Users:
    """Those not in the last two layers: nobody else can be one step away."""
    for layer in layers[-2:]:
        people = people[~_holds(layer, people)]
    return people


def _holds(layer: Users, people: Users) -> NDArray[np.bool_]:
    """Which of the people stand in a layer."""
    if len(layer) == 0:
        return np.zeros(len(people), dtype=bool)
    return layer[np.minimum(np.searchsorted(layer, people), len(layer) - 1)] == people
