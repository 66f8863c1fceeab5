"""The generated chain against every row of the target table at once, and what textbook generators make of them."""

from __future__ import annotations

from functools import partial
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from experiments.row_table import Columns, Row
from experiments.validation.rows import row
from experiments.validation.targets import Target, graph_targets

if TYPE_CHECKING:
    from graphs.social_graph import SocialGraph

__all__ = ["chain", "chain_columns", "society", "structure"]

BYTES_PER_TIE = 90.0  # peak of the whole check at 100,000 users; the rewired chain takes the most
PEERS = ("barabasi", "watts", "config", "bter", "blocks")

# "set": a parameter says it directly, so it is no evidence. "fitted": parameters were moved by hand until it held.
# "emergent": all others; only these count as evidence. All of them must hold.
SET = {
    "degree_median", "degree_mean", "degree_upper_spread", "degree_p_gt_100", "degree_p_gt_1000", "degree_max",
    "gini_degree", "size_biased_degree_over_mean", "group_size_max", "group_muted_share",
}  # fmt: skip
FITTED = {
    "clustering_local_at_degree_100", "degree_assortativity", "friendship_paradox_mean", "age_assortativity",
    "gender_assortativity", "within_province_share", "distance_exponent", "groups_per_user_lt_10",
    "groups_per_user_10_30", "groups_per_user_30_50", "groups_per_user_gt_50",
}  # fmt: skip


def chain(users: int = 100_000, seed: int = 1, mean_degree: float = 150.0, peers: bool = False) -> list[Row]:
    """The chain of the foci generator against all published and derived targets; with peers, theirs beside it.

    Every row carries the ``users`` built and ``notes``: to what size the chain was rounded, what is extrapolated.
    """
    from graphs.chain import make_chain
    from graphs.memory import check_fits
    from graphs.summary import summarise

    check_fits(users, mean_degree, BYTES_PER_TIE)
    graph = make_chain(users, mean_degree=mean_degree, seed=seed)
    known = summarise(graph)
    found = {**structure(graph, known, seed), **society(graph, known, seed)}
    others = _peers(graph, seed) if peers else {}
    size = f"{graph.num_users:,} users of {graph.mean_degree:.1f} friends, seed {seed}"
    about = {"users": graph.num_users, "notes": [size, *graph.notes]}
    return [
        {**_row(target, found), **{name: values.get(target.metric) for name, values in others.items()}, **about}
        for target in graph_targets()
    ]


def chain_columns(rows: list[Row]) -> Columns:
    """What the table shows: the band, the chain, and the peers that were measured."""
    peers = [name for name in PEERS if rows and name in rows[0]]
    if not peers:
        keys = {"metric": "id", "low": "low", "high": "high", "foci": "value", "ok": "ok", "role": "role"}
        return {heading: itemgetter(key) for heading, key in {**keys, "grade": "grade"}.items()}
    return {
        "metric": lambda row: row["id"].replace("_", " "),  # long names may break where the table is narrow
        "band": _band,
        "foci": lambda row: _short(row["value"]),
        "ok": itemgetter("ok"),
        **{name: partial(_marked, name=name) for name in peers},
    }


def _marked(row: Row, name: str) -> str | None:
    """A peer's value to two figures, with a cross where it lies outside the band."""
    value, low, high = row[name], row["low"], row["high"]
    if value is None:
        return None
    outside = (low is not None and value < low) or (high is not None and value > high)
    return f"{_short(value, 2)}{'✗' if outside else ''}"


def _band(row: Row) -> str:
    low, high = ("" if bound is None else f"{bound:g}" for bound in (row["low"], row["high"]))
    return f"{low} to {high}" if low else f"to {high}"


def _short(value: float | None, figures: int = 3) -> str | None:
    return None if value is None else f"{value:.0f}" if abs(value) >= 10**figures else f"{value:.{figures}g}"


def structure(graph: SocialGraph, known: dict[str, Any], seed: int = 0) -> dict[str, float | None]:
    """Metrics of the ties alone, which any generator can be asked for; ``known`` is the graph's `summarise`."""
    from graphs.clustering_law import at_degree_100, clustering_law, falls
    from graphs.distances import distance_over_rewired, distances

    law, near_100 = clustering_law(graph), at_degree_100(graph)
    at_100 = None if near_100 is None else near_100.mean
    top = next((one.mean for one in law if one.low == 500), None)
    down = falls(law)
    names = (
        "lcc_fraction_of_nodes_with_degree_ge_1", "degree_median", "degree_mean", "degree_upper_spread",
        "degree_p_gt_100", "degree_p_gt_1000", "degree_max", "gini_degree", "degree_assortativity",
        "friendship_paradox_median", "friendship_paradox_mean", "size_biased_degree_over_mean",
    )  # fmt: skip
    return {
        **{name: known[name] for name in names},
        "clustering_local_at_degree_100": at_100,
        "clustering_falls_with_degree": None if down is None else float(down),
        "clustering_500plus_over_100": top / at_100 if top is not None and at_100 else None,
        "distance_spid": distances(graph).spid,
        "distance_over_rewired": distance_over_rewired(graph, seed=seed),
    }


def society(graph: SocialGraph, known: dict[str, Any], seed: int = 0) -> dict[str, float | None]:
    """Metrics of attributes, places and group chats: what a graph without them cannot have."""
    from experiments.defaults import load_defaults
    from graphs.geography import distance_law

    law = distance_law(graph, seed)
    names = (
        "age_assortativity", "gender_assortativity", "within_province_share", "groups_per_user_lt_10",
        "groups_per_user_10_30", "groups_per_user_30_50", "groups_per_user_gt_50", "group_size_max",
    )  # fmt: skip
    return {
        **{name: known[name] for name in names},
        "distance_exponent": None if law is None else law.exponent,
        "group_muted_share": load_defaults()["see.muted_share"].value,  # of a user's behaviour, not of the chain
    }


def _row(target: Target, found: dict[str, float | None]) -> Row:
    """A row of the table; a metric that this chain does not have (nobody of 500 friends, say) is left empty."""
    name, value = target.metric, found[target.metric]
    role = "set" if name in SET else "fitted" if name in FITTED else "emergent"
    text: dict[str, Any] = {"role": role, "grade": target.grade, "source": target.source}
    if value is None:
        return {**row(name, target.note, float("nan"), **text), "low": target.low, "high": target.high, "value": None}
    return row(name, target.note, float(value), low=target.low, high=target.high, **text)


def _peers(graph: SocialGraph, seed: int) -> dict[str, dict[str, float | None]]:
    from graphs.peers import PEERS as MAKERS
    from graphs.summary import summarise

    found = {}
    for name in PEERS:
        peer = MAKERS[name](graph, seed)
        found[name] = structure(peer, summarise(peer), seed + 1)
    return found
