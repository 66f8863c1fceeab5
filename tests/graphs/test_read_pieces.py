"""Files read piece by piece: the same chain as in one piece, every fault with its line, and bounded memory."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from graphs import memory, read_formats
from graphs.errors import InputError
from graphs.memory import BYTES_PER_READ_TIE
from graphs.read import read_edges
from graphs.textbook import barabasi_albert
from tests.conftest import ROOT
from tests.graphs.test_read import WRITERS, named_pairs


def test_a_file_of_many_pieces_reads_as_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every kind of file that is read in pieces, with names, gaps and weights."""
    rng = np.random.default_rng(1)
    u, v = rng.integers(0, 400, (2, 4_000))
    columns = {"source": u * 7, "target": v * 7, "weight": rng.integers(1, 9, 4_000)}
    names = {**columns, "source": [f"人{i}" for i in u], "target": [f"人{i}" for i in v]}
    for case in (columns, names):
        text = "".join(f"{a},{b},{w}\n" for a, b, w in zip(*case.values(), strict=True))
        (tmp_path / "a.csv").write_text("source,target,weight\n" + text, encoding="utf-8")
        (tmp_path / "a.txt").write_text(text.replace(",", " "), encoding="utf-8")
        pq.write_table(pa.table({name: list(column) for name, column in case.items()}), tmp_path / "a.parquet")
        for ending in ("csv", "txt", "parquet"):
            whole = read_edges(tmp_path / f"a.{ending}")
            with monkeypatch.context() as patch:
                patch.setattr(read_formats, "_ROWS", 97)
                patch.setattr(read_formats, "_CSV_BYTES", 2_000)
                pieces = read_edges(tmp_path / f"a.{ending}")
            assert named_pairs(pieces) == named_pairs(whole)
            assert sorted(pieces.strength) == sorted(whole.strength)
            assert pieces.notes == whole.notes
            assert len(pieces.notes) == 3


@pytest.mark.parametrize("ending", ["csv", "txt"])
def test_ids_that_turn_to_text_further_on(ending: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Numbers in the first pieces, a name at the end: all are text, as they stand in the file."""
    monkeypatch.setattr(read_formats, "_ROWS", 50)
    monkeypatch.setattr(read_formats, "_CSV_BYTES", 500)
    rows = [f"{i:03d},{i + 1:03d}" for i in range(300)] + ["300,小明"]
    text = "\n".join(rows) + "\n"
    file = tmp_path / f"a.{ending}"
    file.write_text("source,target\n" + text if ending == "csv" else text.replace(",", " "), encoding="utf-8")
    graph = read_edges(file)
    assert graph.num_ties == 301
    assert graph.labels is not None
    assert {"007", "小明"} <= set(graph.labels)


LATE = {
    "a fraction": ("source,target", "5,1.5", "a.csv:302: target: a user id with a fraction; got '1.5'"),
    "a missing id": ("source,target", "5,", "a.csv:302: target: a user id is missing"),
    "a negative id": ("source,target", "5,-4", "a.csv:302: target: a user id is negative; got -4"),
    "a weight that is none": ("source,target,weight", "5,6,x", "a.csv:302: weight: not a number; got 'x'"),
    "a cell too many": ("source,target", "5,6,7", "a.csv:302: wrong number of columns; got 3"),
}


@pytest.mark.parametrize("case", sorted(LATE))
def test_a_fault_in_a_later_piece_has_its_line(case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read_formats, "_CSV_BYTES", 500)
    header, last, words = LATE[case]
    file = tmp_path / "a.csv"
    more = ",1" if "weight" in header else ""
    file.write_text(header + "\n" + "".join(f"{i},{i + 1}{more}\n" for i in range(300)) + last + "\n")
    with pytest.raises(InputError) as refusal:
        read_edges(file)
    assert words in str(refusal.value)


def test_more_ties_than_memory_are_refused_before_they_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for ending in (".csv", ".txt", ".parquet"):
        file = tmp_path / f"big{ending}"
        WRITERS[ending](file, barabasi_albert(4_000, 5, seed=1))
        monkeypatch.setattr(memory, "memory_bytes", lambda: 1_000_000)
        with pytest.raises(InputError, match=r"needs about .* got 'about \d+ ties'; allowed: at most 13235 ties"):
            read_edges(file)
        monkeypatch.undo()
        assert read_edges(file).num_ties > 13_235


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="this system does not tell a process its peak")
def test_a_large_file_takes_little_beside_its_chain(tmp_path: Path) -> None:
    """Peak of a process that reads eight million ties, less that of one that reads two: what a tie takes, without what
    any large file does."""
    rng = np.random.default_rng(1)
    peaks = []
    for ties in (2_000_000, 8_000_000):
        u, v = rng.integers(0, 100_000, (2, ties), dtype=np.int32)
        file = tmp_path / f"{ties}.parquet"
        pq.write_table(pa.table({"source": u, "target": v}), file, row_group_size=1 << 18)
        code = (
            "import sys; from graphs.read import read_edges; from experiments.benchmarks.memory import peak_mib;"
            "read_edges(sys.argv[1]); print(peak_mib())"
        )
        command = [sys.executable, "-c", code, str(file)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
        peaks.append(2**20 * float(done.stdout))
    assert 0 < (peaks[1] - peaks[0]) / 6_000_000 < 1.2 * BYTES_PER_READ_TIE
