"""Two processes on one run, started as a user starts them: the same bytes as one; and who may not meet where."""

from __future__ import annotations

import json
import socket
import subprocess
from pathlib import Path

import pytest

from experiments.processes import ALONE, Processes, join, meet
from experiments.results import Run
from graphs.errors import InputError
from tests.experiments.growth_command import GROWTH, Growth
from tests.golden.write import FOLDER
from tests.small_run import tables_of


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def test_two_processes_write_the_bytes_of_one(small_run: Run, tmp_path: Path) -> None:
    """They meet on loopback, run blocks of their own, and the first writes the tables of both."""
    growth = Growth(tmp_path, tmp_path / "cache")
    place = ["--coordinator", f"127.0.0.1:{free_port()}", "--processes", "2", "--devices", "1", "--out", "run"]
    command = [str(GROWTH), "run", str(FOLDER / "scenario.toml"), *place, "--process"]
    started = [
        subprocess.Popen(
            [*command, str(index)],
            cwd=tmp_path,
            env=growth.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for index in (1, 0)
    ]
    try:
        ended = [process.communicate(timeout=300) for process in started]
    finally:
        for process in started:
            process.kill()
    assert [process.returncode for process in started] == [0, 0], ended
    assert [out.strip() for out, _ in ended] == ["", f"report: {Path('run') / 'report.html'}"]
    assert tables_of(tmp_path / "run") == tables_of(small_run.folder)
    manifest = json.loads((tmp_path / "run" / "manifest.json").read_text(encoding="utf-8"))
    assert (manifest["finished"], manifest["processes"]) == (True, 2)
    assert not (tmp_path / "run" / "parts").exists()


def test_blocks_are_dealt_out_once_each() -> None:
    for block in range(7):
        assert sum(Processes(3, index).owns(block) for index in range(3)) == 1
    assert ALONE.owns(5)
    assert [Processes(2, index).leads for index in range(2)] == [True, False]


def test_one_process_meets_nobody() -> None:
    assert join(None, 1, 0) is ALONE
    meet("anywhere", ALONE)


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ((None, 2, 0), "--coordinator: several processes need a place to meet"),
        (("127.0.0.1:29500", 2, 2), "--process: no such process; got 2; allowed: 0 to 1"),
        (("127.0.0.1", 2, 0), "--coordinator: is not HOST:PORT"),
        (("127.0.0.1:0", 2, 0), "--coordinator: is not HOST:PORT"),
        (("192.0.2.7:29500", 2, 0), "--coordinator: processes meet on this machine only"),
        (("example.org:29500", 2, 0), "--coordinator: processes meet on this machine only"),
    ],
)
def test_a_place_that_will_not_do_is_refused(place, said) -> None:
    with pytest.raises(InputError) as error:
        join(*place)
    assert str(error.value).startswith(said)
