"""Writers: what is written is read back, piece by piece, and what cannot be written or read is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graphs import write as module
from graphs.chain import make_chain
from graphs.chain_folder import ARRAYS, WHO, load_chain, save_chain
from graphs.errors import InputError
from graphs.read import read_edges
from graphs.read_groups import read_groups
from graphs.social_graph import SocialGraph
from graphs.textbook import complete, erdos_renyi, karate_club
from graphs.write import WRITTEN, write_edges, write_groups

TABLES = (".csv", ".tsv", ".txt", ".parquet")


def named_ties(graph: SocialGraph) -> dict[tuple[str, str], int]:
    """Strength of every tie by the own ids of its ends, in both directions."""
    names = [str(label) for label in graph.labels or range(graph.num_users)]
    owner = np.repeat(np.arange(graph.num_users), graph.degree())
    ends = zip(owner.tolist(), graph.friends.tolist(), graph.strength.tolist(), strict=True)
    return {(names[u], names[v]): strength for u, v, strength in ends}


def named_groups(graph: SocialGraph) -> list[set[str]]:
    names = [str(label) for label in graph.labels or range(graph.num_users)]
    groups = np.split(graph.members, graph.member_offsets[1:-1])
    return [{names[user] for user in group} for group in groups]


@pytest.fixture(params=["numbers", "names"])
def chain(request: pytest.FixtureRequest) -> SocialGraph:
    graph = make_chain(304, mean_degree=10, seed=4)
    labels = None if request.param == "numbers" else [f"用户 {user:03d}" for user in range(304)]
    u = np.repeat(np.arange(304), graph.degree())
    chat = np.repeat(np.arange(graph.num_chats), graph.chat_sizes())
    return SocialGraph.from_edges(
        304, u, graph.friends, strength=graph.strength, chats=(chat, graph.members), labels=labels
    )


@pytest.mark.parametrize("ending", WRITTEN)
def test_ties_are_read_back(ending: str, chain: SocialGraph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_ROWS", 100)  # many pieces
    if ending == ".txt" and chain.labels is not None:
        with pytest.raises(InputError, match=r"does not fit in a \.txt file; got '用户 000'; try: write .csv"):
            write_edges(chain, tmp_path / "chain.txt")
        return
    again = read_edges(write_edges(chain, tmp_path / f"chain{ending}"))
    wrote = named_ties(chain)
    assert named_ties(again).keys() == wrote.keys()
    if ending != ".txt":
        assert named_ties(again) == wrote
    kept = chain.num_users if ending == ".graphml" else int((chain.degree() > 0).sum())
    assert again.num_users == kept
    assert "repeated" not in " ".join(again.notes)


@pytest.mark.parametrize("ending", TABLES)
def test_groups_are_read_back(ending: str, chain: SocialGraph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_ROWS", 64)
    if ending == ".txt" and chain.labels is not None:
        with pytest.raises(InputError, match=r"does not fit in a \.txt file"):
            write_groups(chain, tmp_path / "groups.txt")
        return
    file = write_groups(chain, tmp_path / f"groups{ending}")
    again = read_groups(karate_like(chain), file)
    again.validate()
    assert named_groups(again) == named_groups(chain)
    assert again.notes == ()


def karate_like(graph: SocialGraph) -> SocialGraph:
    """The same users, with one tie and no group."""
    return SocialGraph.from_edges(graph.num_users, [0], [1], labels=graph.labels)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(st.integers(1, 40), st.floats(0.0, 1.0), st.integers(1, 9))
def test_pieces_hold_every_tie_once(tmp_path: Path, n: int, p: float, rows: int) -> None:
    graph = erdos_renyi(n, p, seed=n)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_ROWS", rows)
        table = pq.read_table(write_edges(graph, tmp_path / "ties.parquet"))
    assert table.num_rows == graph.num_ties
    pairs = zip(table["source"].to_pylist(), table["target"].to_pylist(), strict=True)
    assert {(str(u), str(v)) for u, v in pairs} == {pair for pair in named_ties(graph) if int(pair[0]) < int(pair[1])}


def test_groups_of_text_and_a_repeat(tmp_path: Path) -> None:
    file = tmp_path / "groups.csv"
    file.write_text("chat,who\n班级,0\n班级,2\n家,1\n班级,2\n")
    graph = read_groups(complete(4), file)
    assert named_groups(graph) == [{"0", "2"}, {"1"}]
    assert graph.notes == ("repeated memberships merged: 1",)


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ("0,1\n0,34\n", "who.csv:3: user: this user is not in the chain; got 34"),
        ("0,\n", "a user id is missing"),
        ("".join(f"7,{user}\n" for user in range(501)), "a group has 501 members; got 7"),
    ],
)
def test_impossible_groups_are_refused(rows: str, words: str, tmp_path: Path) -> None:
    file = tmp_path / "who.csv"
    file.write_text("group,user\n" + rows)
    graph = SocialGraph.from_edges(600, [0], [1]) if "501" in words else karate_club()
    with pytest.raises(InputError) as refused:
        read_groups(graph, file)
    assert words in str(refused.value)


def test_groups_by_name_among_more_columns(tmp_path: Path) -> None:
    file = tmp_path / "log.csv"
    file.write_text("day,group,user\n1,5,0\n2,5,3\n")
    assert named_groups(read_groups(complete(4), file)) == [{"0", "3"}]
    assert named_groups(read_groups(complete(4), file, group="day", user="user")) == [{"0"}, {"3"}]
    file.write_text("day,chat,user\n1,5,0\n")
    with pytest.raises(InputError, match="no such column; got 'group'; allowed: 'day', 'chat', 'user'"):
        read_groups(complete(4), file)


def test_groups_from_a_graph_file_are_refused(tmp_path: Path) -> None:
    file = write_edges(karate_club(), tmp_path / "club.graphml")
    with pytest.raises(InputError, match="no table of groups"):
        read_groups(karate_club(), file)


def test_other_endings_and_missing_folders_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"unknown kind of file; got '.xlsx'; allowed: .csv"):
        write_edges(karate_club(), tmp_path / "a.xlsx")
    with pytest.raises(InputError, match="no such folder"):
        write_groups(karate_club(), tmp_path / "none" / "a.csv")


def test_graphml_keeps_attributes(tmp_path: Path) -> None:
    import igraph

    graph = make_chain(60, mean_degree=6, seed=2)
    made = igraph.Graph.Read_GraphML(str(write_edges(graph, tmp_path / "chain.graphml")))
    assert np.array_equal(made.vs["age_band"], graph.attributes.age_band)
    assert np.array_equal(made.vs["platforms"], graph.attributes.platforms)


def test_a_folder_keeps_every_byte(chain: SocialGraph, tmp_path: Path) -> None:
    chain = replace(chain, work_chats=(3, 7))
    again = load_chain(save_chain(chain, tmp_path / "chain", users=300, seed=4))
    again.validate()
    for name in ARRAYS:
        assert getattr(again, name).tobytes() == getattr(chain, name).tobytes(), name
    for name in WHO:
        assert getattr(again.attributes, name).tobytes() == getattr(chain.attributes, name).tobytes(), name
    assert (again.labels, again.name, again.notes) == (chain.labels, chain.name, chain.notes)
    assert again.work_chats == (3, 7)
    assert '"seed": 4' in (tmp_path / "chain" / "chain.json").read_text()


def test_a_folder_that_is_none_or_cut_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no chain in this folder"):
        load_chain(tmp_path)
    place = save_chain(karate_club(), tmp_path / "club")
    with pytest.raises(InputError, match="exists already"):
        save_chain(karate_club(), place)
    whole = (place / "chain.npz").read_bytes()
    for cut in (len(whole) // 2, len(whole) - 4):
        (place / "chain.npz").write_bytes(whole[:cut])
        with pytest.raises(InputError, match="not whole"):
            load_chain(place)
    about = (place / "chain.json").read_text()
    (place / "chain.json").write_text(about.replace('"format": 1', '"format": 9'))
    (place / "chain.npz").write_bytes(whole)
    with pytest.raises(InputError, match="another version"):
        load_chain(place)


def test_labels_of_other_kinds_are_written_as_they_are(tmp_path: Path) -> None:
    graph = SocialGraph.from_edges(3, [0, 1], [1, 2], labels=[7, 2**40, 9])
    file = write_edges(graph, tmp_path / "ties.parquet")
    assert pq.read_schema(file).field("source").type == pa.int64()
    assert named_ties(read_edges(file)) == named_ties(graph)
