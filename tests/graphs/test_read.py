"""read_edges: round trips through every kind of file, what is counted, and every refusal in one line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graphs.errors import InputError
from graphs.read import FORMATS, read_edges
from graphs.social_graph import SocialGraph
from graphs.textbook import barabasi_albert, karate_club
from tests.graphs.test_textbook import oracle


def pairs(graph: SocialGraph) -> list[tuple[int, int]]:
    owner = np.repeat(np.arange(graph.num_users), graph.degree())
    return [(u, v) for u, v in zip(owner.tolist(), graph.friends.tolist(), strict=True) if u < v]


def named_pairs(graph: SocialGraph) -> set[frozenset[str]]:
    labels = graph.labels or list(range(graph.num_users))
    return {frozenset((str(labels[u]), str(labels[v]))) for u, v in pairs(graph)}


def write_rows(file: Path, graph: SocialGraph, separator: str, header: bool) -> None:
    lines = [f"source{separator}target"] if header else ["# a comment", ""]
    lines += [f"{v}{separator}{u}" for u, v in pairs(graph)]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")


def write_parquet(file: Path, graph: SocialGraph) -> None:
    ends = pairs(graph)
    pq.write_table(pa.table({"source": [u for u, _ in ends], "target": [v for _, v in ends]}), file)


def write_lgl(file: Path, graph: SocialGraph) -> None:
    ends = pairs(graph)
    rows = [f"# {u}\n" + "".join(f"{v}\n" for a, v in ends if a == u) for u in range(graph.num_users)]
    file.write_text("".join(rows))


def write_dl(file: Path, graph: SocialGraph) -> None:
    rows = "".join(f"{u + 1} {v + 1}\n" for u, v in pairs(graph))
    file.write_text(f"DL n={graph.num_users}\nformat = edgelist1\ndata:\n{rows}")


def write_dimacs(file: Path, graph: SocialGraph) -> None:
    oracle(graph).write_dimacs(str(file), 0, graph.num_users - 1, [1.0] * graph.num_ties)


WRITERS: dict[str, Callable[[Path, SocialGraph], None]] = {
    ".csv": lambda file, graph: write_rows(file, graph, ",", True),
    ".tsv": lambda file, graph: write_rows(file, graph, "\t", True),
    ".txt": lambda file, graph: write_rows(file, graph, " ", False),
    ".edges": lambda file, graph: write_rows(file, graph, "\t", False),
    ".edgelist": lambda file, graph: write_rows(file, graph, "   ", False),
    ".parquet": write_parquet,
    ".pq": write_parquet,
    ".graphml": lambda file, graph: oracle(graph).write_graphml(str(file)),
    ".gml": lambda file, graph: oracle(graph).write_gml(str(file)),
    ".net": lambda file, graph: oracle(graph).write_pajek(str(file)),
    ".pajek": lambda file, graph: oracle(graph).write_pajek(str(file)),
    ".ncol": lambda file, graph: write_rows(file, graph, " ", False),
    ".lgl": write_lgl,
    ".dl": write_dl,
    ".dimacs": write_dimacs,
}


def test_every_ending_is_tried() -> None:
    assert set(WRITERS) == set(FORMATS)


@pytest.mark.parametrize("ending", sorted(FORMATS))
def test_round_trip(ending: str, tmp_path: Path) -> None:
    karate = karate_club()
    file = tmp_path / f"club{ending}"
    WRITERS[ending](file, karate)
    if ending == ".ncol":  # no comment lines in this format
        file.write_text(file.read_text().split("\n\n", 1)[1])
    graph = read_edges(file)
    graph.validate()
    assert graph.name == "club"
    assert graph.num_users == 34
    assert oracle(graph).isomorphic(oracle(karate))
    if ending in {".csv", ".tsv", ".txt", ".edges", ".edgelist", ".parquet", ".pq", ".ncol", ".lgl"}:
        assert named_pairs(graph) == named_pairs(karate)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), min_size=1, max_size=30))
def test_ties_and_counts_are_those_of_the_rows(tmp_path: Path, rows: list[tuple[int, int]]) -> None:
    file = tmp_path / "rows.csv"
    file.write_text("source,target\n" + "".join(f"{u},{v}\n" for u, v in rows))
    graph = read_edges(file)
    users = sorted({user for row in rows for user in row})
    assert (graph.labels or list(range(graph.num_users))) == users
    assert named_pairs(graph) == {frozenset((str(u), str(v))) for u, v in rows if u != v}
    counted = {what: int(count) for what, count in (note.split(": ") for note in graph.notes)}
    loops = sum(u == v for u, v in rows)
    directed = {(u, v) for u, v in rows if u != v}
    assert counted.get("self ties dropped", 0) == loops
    assert counted.get("repeated ties merged", 0) == len(rows) - loops - len(directed)
    both = sum((v, u) in directed for u, v in directed) // 2
    assert counted.get("ties given in both directions merged", 0) == both


def test_text_ids_are_kept_as_labels(tmp_path: Path) -> None:
    file = tmp_path / "names.csv"
    file.write_text("who,whom,since\n小明,anna,2019\nanna,NA,2020\n", encoding="utf-8")
    graph = read_edges(file, source="who", target="whom", name="friends")
    assert graph.labels == ["小明", "anna", "NA"]
    assert graph.degree().tolist() == [1, 2, 1]
    assert graph.name == "friends"


def test_gaps_in_numbered_ids_become_labels_and_a_self_tie_keeps_its_user(tmp_path: Path) -> None:
    file = tmp_path / "gaps.txt"
    file.write_text("7 3\n900 900\n")
    graph = read_edges(file)
    assert graph.labels == [3, 7, 900]
    assert graph.degree().tolist() == [1, 1, 0]


def test_isolated_vertices_of_a_graph_file_stay(tmp_path: Path) -> None:
    file = tmp_path / "club.graphml"
    oracle(karate_club(isolated=2)).write_graphml(str(file))
    assert read_edges(file).degree()[-2:].tolist() == [0, 0]


def test_weights_are_ranked_and_strengths_are_taken_as_they_are(tmp_path: Path) -> None:
    weights = tmp_path / "weights.txt"
    weights.write_text("0 1 0.5\n1 2 1000\n2 3 7\n3 4 7\n")
    graph = read_edges(weights)
    one, two, three, four = (graph.strength[graph.offsets[u + 1] - 1] for u in range(4))
    assert one < three == four < two
    strengths = tmp_path / "strengths.csv"
    strengths.write_text("source,target,strength\n0,1,255\n1,2,0\n")
    assert read_edges(strengths).strength.tolist() == [255, 255, 0, 0]


def test_other_weight_column_by_name(tmp_path: Path) -> None:
    file = tmp_path / "calls.csv"
    file.write_text("source,target,calls\n0,1,3\n1,2,9\n")
    assert read_edges(file).strength.tolist() == [128] * 4
    assert read_edges(file, weight="calls").strength.tolist() == [64, 64, 192, 192]


def test_parquet_takes_text_and_dictionary_columns(tmp_path: Path) -> None:
    file = tmp_path / "names.parquet"
    names = pa.array(["a", "b", "a"]).dictionary_encode()
    pq.write_table(pa.table({"from": names, "to": pa.array(["b", "c", "c"])}), file)
    graph = read_edges(file)
    assert graph.labels == ["a", "b", "c"]
    assert graph.num_ties == 3


def test_byte_order_mark_and_windows_lines(tmp_path: Path) -> None:
    file = tmp_path / "windows.csv"
    file.write_bytes("\ufeffsource,target\r\n0,1\r\n1,2\r\n".encode())
    assert read_edges(file).num_ties == 2


CSV = "source,target\n"
REFUSED: dict[str, tuple[str, str | bytes, list[str]]] = {
    "missing column": (
        "a.csv",
        "from,to,day\n0,1,2\n",
        ["a.csv: source", "'from', 'to', 'day'", "try:"],
    ),
    "negative id": ("a.csv", CSV + "0,1\n\n3,-2\n", ["a.csv:4: target", "-2", "from 0"]),
    "negative id in text": ("a.txt", "# c\n0 1\n-5 1\n", ["a.txt:3: source", "-5"]),
    "empty file": ("a.csv", "", ["a.csv: the file is empty"]),
    "no rows": ("a.csv", CSV, ["a.csv: no ties"]),
    "only comments": ("a.txt", "# nothing\n", ["a.txt: no ties"]),
    "binary file": ("a.csv", b"\x89PNG\r\n\x1a\n\x00\x00", ["a.csv: a binary file"]),
    "binary behind a text start": (
        "a.csv",
        CSV.encode() + b"0,1\n" * 300_000 + b"\x00,1\n",
        ["a.csv: a binary file"],
    ),
    "not UTF-8": ("a.csv", CSV.encode() + b"\xff\xfe,1\n", ["a.csv: a binary file"]),
    "cut between the ids": ("a.csv", CSV + "0,1\n2,", ["a.csv:3: the last line has no end"]),
    "cut inside an id": ("a.txt", "10 20\n30 4", ["a.txt:2: the last line has no end"]),
    "short line": ("a.csv", CSV + "0,1\n2\n", ["a.csv:3: wrong number of columns", "got 1", "allowed: 2"]),
    "long line": ("a.csv", CSV + "0,1\n2,3,4\n", ["a.csv:3: wrong number of columns", "got 3"]),
    "short line in text": ("a.txt", "0 1\n2\n", ["a.txt:2: wrong number of columns", "got 1"]),
    "long line in text": ("a.txt", "0 1\n\n2 3 4\n", ["a.txt:3: wrong number of columns", "got 3"]),
    "many columns in text": ("a.txt", "0 1 2 3\n", ["a.txt:1: wrong number of columns", "2 or 3"]),
    "header missing": ("a.csv", "0,1\n1,2\n", ["a.csv:1: the header is missing", "0,1"]),
    "one name twice": ("a.csv", "source,source\n0,1\n", ["a.csv:1: two columns have one name"]),
    "other separator": ("a.csv", "source;target\n0;1\n", ["a.csv:1: wrong number of columns"]),
    "id missing": ("a.csv", CSV + "0,1\n1,\n", ["a.csv:3: target: a user id is missing"]),
    "text id missing": ("a.csv", CSV + "a,b\n,c\n", ["a.csv:3: source: a user id is missing"]),
    "id with a fraction": ("a.csv", CSV + "0,1.5\n", ["a.csv:2: target", "1.5", "whole numbers"]),
    "open quote": ("a.csv", CSV + '0,1\n2,"3\n4,5\n', ["a quote is opened"]),
    "weight below 0": ("a.csv", "source,target,weight\n0,1,3\n1,2,-1\n", ["a.csv:3: weight", "-1"]),
    "weight not a number": (
        "a.csv",
        "source,target,weight\n0,1,3\n1,2,x\n",
        ["a.csv:3: weight: not a number", "'x'"],
    ),
    "strength over 255": (
        "a.csv",
        "source,target,strength\n0,1,256\n",
        ["a.csv:2: strength", "256"],
    ),
    "unknown ending": ("a.xlsx", "0 1\n", ["a.xlsx: unknown kind", ".xlsx", ".graphml"]),
    "cut parquet": ("a.parquet", b"PAR1\x00\x01\x02\x03PAR0", ["a.parquet: not a whole Parquet file"]),
    "cut gml": ("a.gml", "graph [ node [ id 0 ]\n", ["a.gml: not a whole gml file"]),
    "not graphml": ("a.graphml", "hello\n", ["a.graphml: not a whole graphml file"]),
    "short ncol line": ("a.ncol", "a b\nc\n", ["a.ncol: not a whole ncol file", "line 3"]),
}


@pytest.mark.parametrize("case", sorted(REFUSED))
def test_bad_file_is_refused_in_one_line(case: str, tmp_path: Path) -> None:
    name, content, words = REFUSED[case]
    file = tmp_path / name
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(InputError) as refusal:
        read_edges(file)
    message = str(refusal.value)
    assert "\n" not in message
    assert len(message) < 400 + len(str(tmp_path))
    for word in words:
        assert word in message, message


def test_missing_file_and_directory_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        read_edges(tmp_path / "nowhere.csv")
    with pytest.raises(InputError, match="a directory"):
        read_edges(tmp_path)


def test_column_names_for_a_file_without_any_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_text("0 1\n")
    with pytest.raises(InputError, match="source: a text file has no named columns; got 'from'"):
        read_edges(file, source="from")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(cut=st.integers(1, 400))
def test_a_file_cut_anywhere_is_refused_or_whole_lines(tmp_path: Path, cut: int) -> None:
    whole, file = tmp_path / "whole.txt", tmp_path / "cut.txt"
    write_rows(whole, barabasi_albert(60, 2, seed=1), " ", False)
    text = whole.read_bytes()[:cut]
    file.write_bytes(text)
    line = text.count(b"\n") + 1
    if text.endswith(b"\n"):
        rows = [row for row in text.decode().splitlines() if row and not row.startswith("#")]
        if rows:
            assert read_edges(file).num_ties == len(rows)
    else:
        with pytest.raises(InputError, match=f"cut.txt:{line}: the last line has no end"):
            read_edges(file)
