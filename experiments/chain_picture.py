"""What the pictures of a chain show, as plain numbers: kept with a run, so that its report needs no chain."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from experiments.town_picture import TownPicture, town_of
from experiments.validation.implicit import hop_sample, kilometre_sample
from graphs.clustering_law import ClusteringBin, clustering_law
from graphs.configuration import rewired_rows
from graphs.distances import distances, distances_of_rows
from graphs.geography import DistanceLaw, distance_law
from graphs.implicit import ImplicitChain
from graphs.implicit_sample import ChainSample
from graphs.social_graph import SocialGraph

__all__ = ["ChainPicture", "picture_from_json", "picture_of", "run_picture", "sampled_picture"]

CURVE = 160  # points of the degree law


@dataclass(frozen=True)
class ChainPicture:
    """One chain as its pictures show it.

    ``share[i]`` of users have at least ``friends[i]`` friends; ``clustering`` by degree bin; ``hops``: by name (chain,
    rewired) the share of pairs at 0, 1, 2, ... ties and the mean; ``kilometres`` and ``town`` are None where no places
    are known. ``sampled``: users that stand for all of them, 0 where all were looked at.
    """

    name: str
    facts: str
    notes: tuple[str, ...]
    sampled: int
    friends: list[int]
    share: list[float]
    clustering: list[ClusteringBin]
    hops: dict[str, list[float]]
    kilometres: DistanceLaw | None
    town: TownPicture | None

    def to_json(self) -> str:
        """For a file; `picture_from_json` reads it back."""
        return json.dumps(asdict(self), default=lambda array: array.tolist(), ensure_ascii=False)


def picture_from_json(text: str) -> ChainPicture:
    """A picture as `ChainPicture.to_json` wrote it."""
    held: dict[str, Any] = json.loads(text)
    law, town = held["kilometres"], held["town"]
    if law is not None:
        parts: dict[str, Any] = {name: np.array(part) if isinstance(part, list) else part for name, part in law.items()}
        law = DistanceLaw(**parts)
    if town is not None:
        town = TownPicture(**{field.name: np.array(town[field.name]) for field in fields(TownPicture)})
    bins = [ClusteringBin(**one) for one in held["clustering"]]
    notes = tuple(held["notes"])
    return ChainPicture(**{**held, "notes": notes, "clustering": bins, "kilometres": law, "town": town})


def picture_of(graph: SocialGraph, *, rewired: bool = True) -> ChainPicture:
    """Of a stored chain; ``rewired`` adds the distances of a chain rewired at random, which costs most of the time."""
    hops = {"chain": _shares(distances(graph).pairs)}
    if rewired:
        rows = rewired_rows(graph)
        hops["rewired"] = _shares(distances_of_rows(rows.offsets, rows.friends).pairs)
    facts = f"{graph.num_users:,} users, {graph.num_ties:,} ties, {graph.num_chats:,} group chats"
    friends, share = _at_least(graph.degree())
    return ChainPicture(
        graph.name, facts, graph.notes, 0, friends, share, clustering_law(graph), hops, distance_law(graph),
        town_of(graph),
    )  # fmt: skip


def sampled_picture(chain: ImplicitChain, *, users: int = 20_000, per_bin: int = 100, sources: int = 6) -> ChainPicture:
    """Of a chain that stores no tie, from some of its users. No town is drawn: those of a large chain hold 65,536."""
    sample = ChainSample(chain, min(users, chain.num_users))
    friends, share = _at_least(sample.degree)
    pairs = np.bincount(np.concatenate(hop_sample(chain, sources, 100)))
    mean = float(sample.degree.mean())
    facts = f"{chain.num_users:,} users, {mean:.0f} friends each, {chain.num_chats:,} group chats; no tie is stored"
    return ChainPicture(
        "implicit", facts, (), sample.count, friends, share, sample.clustering_law(per_bin), {"chain": _shares(pairs)},
        kilometre_sample(chain, sample)[0], None,
    )  # fmt: skip


def run_picture(graph: SocialGraph | ImplicitChain) -> ChainPicture:
    """For the report of a run, in some seconds at the default size: no rewired chain, few users of a computed one."""
    if isinstance(graph, SocialGraph):
        return picture_of(graph, rewired=False)
    return sampled_picture(graph, users=5_000, per_bin=30, sources=3)


def _at_least(degree: NDArray[np.integer]) -> tuple[list[int], list[float]]:
    """Complementary CDF at some degrees, the largest one included."""
    ordered = np.sort(degree.astype(np.int64))
    at = np.unique(np.concatenate([np.geomspace(1, max(ordered[-1], 2), CURVE).astype(np.int64), ordered[-1:]]))
    return at.tolist(), (1.0 - np.searchsorted(ordered, at) / len(ordered)).tolist()


def _shares(pairs: NDArray[np.integer]) -> list[float]:
    return (pairs / max(int(pairs.sum()), 1)).tolist()
