"""Answers by another road: chance in plain Python integers, and what must follow from it on small graphs."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterable

MASK = 0xFFFFFFFF
ROTATIONS = ((13, 15, 26, 6), (17, 29, 16, 24))


def threefry(key: tuple[int, int], counter: tuple[int, int], rounds: int = 13) -> tuple[int, int]:
    """Threefry-2x32 as the paper writes it, one word at a time."""
    ks = (key[0], key[1], key[0] ^ key[1] ^ 0x1BD11BDA)
    x0, x1 = (counter[0] + ks[0]) & MASK, (counter[1] + ks[1]) & MASK
    for done in range(rounds):
        turn = ROTATIONS[done // 4 % 2][done % 4]
        x0 = (x0 + x1) & MASK
        x1 = ((x1 << turn | x1 >> (32 - turn)) & MASK) ^ x0
        if done % 4 == 3:
            n = done // 4 + 1
            x0 = (x0 + ks[n % 3]) & MASK
            x1 = (x1 + ks[(n + 1) % 3] + n) & MASK
    return x0, x1


def stream_key(seed: int, chain: int, replicate: int, app: int, stream: int) -> tuple[int, int]:
    """The key of one stream of one lane."""
    return threefry((seed, chain), ((replicate << 8) | app, stream), rounds=20)


def packet_key(seed: int, replicate: int, sharer: int, day: int, ordinal: int) -> tuple[int, int]:
    """The key of packet (sharer, day, ordinal) on chain 0 of app 0; stream 8 is PACKET."""
    return threefry(stream_key(seed, 0, replicate, 0, 8), (sharer, day * 256 + ordinal))


def acceptance_word(seed: int, replicate: int, sharer: int, viewer: int, day: int = 0) -> int:
    """The 31-bit uniform that decides whether the tie (sharer, viewer) is live for the day's first packet."""
    word, _ = threefry(packet_key(seed, replicate, sharer, day, 0), (viewer, 0))
    return word >> 1


def reached(
    seeds: Iterable[int], contacts: Callable[[int], Iterable[int]], live: Callable[[int, int], bool]
) -> dict[int, int]:
    """Breadth-first search over live ties: every reached user and the hops to the nearest seed."""
    hops = dict.fromkeys(seeds, 0)
    queue = deque(hops)
    while queue:
        sharer = queue.popleft()
        for viewer in contacts(sharer):
            if viewer not in hops and live(sharer, viewer):
                hops[viewer] = hops[sharer] + 1
                queue.append(viewer)
    return hops


def waiting_line(arrivals: float, service: float, servers: int, states: int = 3000) -> tuple[float, float]:
    """Chance to wait and mean wait of a line with Poisson arrivals and exponential service, solved state by state.

    As many pass from n people in it to n + 1 as come back. Who comes finds it as it is on average, and so many wait as
    come in the time of a wait (Little). ``states`` are numbers of people from 0 on; more are as good as never there.
    """
    logs = [0.0]
    for people in range(1, states):
        logs.append(logs[-1] + math.log(arrivals * service / min(people, servers)))
    there = [math.exp(log - max(logs)) for log in logs]
    waiting = sum(share * (people - servers) for people, share in enumerate(there) if people > servers)
    return sum(there[servers:]) / sum(there), waiting / sum(there) / arrivals
