"""The luck of the cascade kernel in plain Python integers, and what one contact after another makes of it."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable

from tests import oracles

ONE, MASK = 1 << 31, 0xFFFFFFFF
TIES = 15
"""Number of the stream of ties, `growth.streams.Stream`."""


def poisson_count(word: int, mean: float) -> int:
    """Number of points whose cumulative Poisson law lies at or below a 31-bit word."""
    term = total = math.exp(-mean)
    points = 0
    while (word >> 1) >= math.floor(total * ONE) and points < 63:
        points += 1
        term *= mean / points
        total += term
    return points


def tries(seed: int, replicate: int, user: int, ties: int, p: float, age: int = 0) -> list[int]:
    """Tie slots that succeed in the order in which they are tried, repeats included."""
    time = -math.log1p(-min(p, 0.5))
    coin = math.floor(2 * max(p - 0.5, 0) * ONE)
    key, found = oracles.stream_key(seed, 0, replicate, 0, TIES), []
    for block in range(max(1, -(-ties // 32))):
        mine = oracles.threefry(key, (user, age * 65536 + block))
        among = min(32, ties - 32 * block)
        for point in range(poisson_count(mine[0], among * time)):
            word, _ = oracles.threefry(mine, (point, 0))
            found.append(32 * block + (word * among >> 32))
        if coin:
            for slot in range(among):
                _, luck = oracles.threefry(mine, (64 + slot, 0))
                if luck >> 1 < coin:
                    found.append(32 * block + slot)
    return found


def stays(seed: int, replicate: int, user: int, ties: int, age: int, stay: float) -> bool:
    """Whether somebody who has tried in his round ``age`` tries once more: a word of his last block."""
    last = max(1, -(-ties // 32)) - 1
    mine = oracles.threefry(oracles.stream_key(seed, 0, replicate, 0, TIES), (user, age * 65536 + last))
    return oracles.threefry(mine, (96, 0))[1] >> 1 < math.floor(stay * ONE)


def unfold(seeds: list[int], friends: Callable[[int], list[int]], tried: Callable[[int], list[int]]) -> list[tuple]:
    """(user, parent, round) of all who join, in order: a queue, one contact after another."""
    rows = [(user, -1, 0) for user in dict.fromkeys(seeds)]
    joined, queue = set(dict.fromkeys(seeds)), deque(rows)
    while queue:
        sharer, _, round_ = queue.popleft()
        for slot in tried(sharer):
            viewer = friends(sharer)[slot]
            if viewer not in joined:
                joined.add(viewer)
                rows.append((viewer, sharer, round_ + 1))
                queue.append(rows[-1])
    return rows
