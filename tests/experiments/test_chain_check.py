"""`growth check chain`: every row of the target table once, measured, and what the peers lack left empty."""

from __future__ import annotations

import functools

import numpy as np
import pytest

from experiments.checks import CHECKS, run_check
from experiments.defaults import load_defaults
from experiments.row_table import Row
from experiments.validation import chain as module
from experiments.validation.chain import FITTED, PEERS, SET, chain, chain_columns, society, structure
from experiments.validation.targets import graph_targets
from graphs import peers
from graphs.chain import make_chain
from graphs.errors import InputError
from graphs.summary import summarise
from graphs.textbook import karate_club

SOCIETY = {
    "age_assortativity", "gender_assortativity", "within_province_share", "distance_exponent", "groups_per_user_lt_10",
    "groups_per_user_10_30", "groups_per_user_30_50", "groups_per_user_gt_50", "group_size_max", "group_muted_share",
}  # fmt: skip


@functools.cache
def rows() -> list[Row]:
    return chain(6_000, seed=2, mean_degree=40.0, peers=True)


def test_every_target_is_a_row_once() -> None:
    metrics = [target.metric for target in graph_targets()]
    assert len(metrics) == len(set(metrics)) == 27
    assert [row["id"] for row in rows()] == metrics
    assert [(row["low"], row["high"]) for row in rows()] == [(target.low, target.high) for target in graph_targets()]
    assert set(metrics) >= SET | FITTED
    assert not SET & FITTED


def test_targets_are_bands_with_a_grade() -> None:
    for target in graph_targets():
        assert target.grade in {"S", "S2", "C", "D", "assumption"}, target
        assert target.low is not None or target.high is not None, target
        assert target.low is None or target.high is None or target.low <= target.high, target


def test_values_are_those_of_the_chain() -> None:
    graph = make_chain(6_000, mean_degree=40.0, seed=2)
    known = summarise(graph)
    found = {row["id"]: row["value"] for row in rows()}
    for name in set(found) & set(known) - {"clustering_local_at_degree_100"}:
        assert found[name] == known[name], name
    assert found["clustering_local_at_degree_100"] == pytest.approx(known["clustering_local_at_degree_100"])
    assert found["group_muted_share"] == load_defaults()["see.muted_share"].value


def test_a_row_holds_when_its_value_is_in_the_band() -> None:
    for row in rows():
        if row["value"] is None:
            assert row["ok"] is None
            continue
        above = row["low"] is None or row["value"] >= row["low"]
        below = row["high"] is None or row["value"] <= row["high"]
        assert row["ok"] is (above and below), row["id"]
    assert any(row["ok"] is False for row in rows())  # a chain this small misses some, and says so


def test_peers_have_ties_and_no_society() -> None:
    for row in rows():
        for name in PEERS:
            if row["id"] in SOCIETY:
                assert row[name] is None, (row["id"], name)
    table = {row["id"]: row for row in rows()}
    assert all(np.isfinite(table["degree_mean"][name]) for name in PEERS)
    assert table["gini_degree"]["config"] == table["gini_degree"]["bter"] == table["gini_degree"]["value"]
    assert table["gini_degree"]["watts"] < table["gini_degree"]["barabasi"] < table["gini_degree"]["value"]
    assert set(PEERS) == set(peers.PEERS)


def test_the_table_marks_what_a_peer_misses() -> None:
    shown = chain_columns(rows())
    assert [*shown] == ["metric", "band", "foci", "ok", *PEERS]
    row = next(row for row in rows() if row["id"] == "gini_degree")
    assert shown["watts"](row).endswith("✗")
    assert shown["bter"](row) == f"{row['bter']:.2g}"
    assert shown["band"](row) == "0.5 to 0.63"
    assert [*chain_columns([{"id": "x"}])] == ["metric", "low", "high", "foci", "ok", "role", "grade"]


def test_a_metric_that_a_graph_does_not_have_is_empty() -> None:
    club = karate_club()
    found = {**structure(club, summarise(club)), **society(club, summarise(club))}
    for name in ("clustering_local_at_degree_100", "clustering_500plus_over_100", "distance_exponent"):
        assert found[name] is None
        row = module._row(next(target for target in graph_targets() if target.metric == name), found)
        assert (row["value"], row["ok"]) == (None, None)
        assert row["high"] is not None
    assert found["distance_over_rewired"] is not None


def test_options_reach_the_check_that_has_them() -> None:
    assert set(CHECKS) >= {"base", "chain", "retention"}
    few = run_check("chain", {"users": 500, "mean_degree": 10.0, "seed": 3, "peers": None})
    assert few == chain(500, seed=3, mean_degree=10.0)
    with pytest.raises(InputError, match="--users: check retention has no such option; got 7; allowed: none"):
        run_check("retention", {"users": 7, "seed": None})


def test_a_chain_larger_than_memory_is_refused_before_it_is_built() -> None:
    with pytest.raises(InputError, match=r"users: the chain needs about .* GiB .*allowed: at most \d+ users"):
        chain(200_000_000)


def test_the_check_says_what_it_built_and_what_is_extrapolated() -> None:
    notes = rows()[0]["notes"]
    assert all(row["notes"] == notes and row["users"] == 5_888 for row in rows())
    assert notes[0].startswith("5,888 users of ")
    assert notes[1] == "users rounded to whole towns: 6,000 asked, 5,888 built"
    assert [note.split(" extrapolated")[0] for note in notes[2:]] == ["users 5,888", "mean degree 40"]
