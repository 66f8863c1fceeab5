"""A chain larger than memory is refused before it is built, with what it needs and what would fit."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from graphs import memory
from graphs.errors import InputError
from graphs.memory import check_fits, estimate_bytes, largest_chain
from tests.conftest import ROOT


def test_the_largest_chain_fits_and_one_more_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "memory_bytes", lambda: 8 << 30)
    largest = largest_chain(150.0)
    check_fits(largest, 150.0)
    with pytest.raises(InputError) as refused:
        check_fits(largest + 1, 150.0)
    words = re.search(
        r"needs about ([\d.]+) GiB .* has 8.0 GiB; got (\d+); allowed: at most (\d+) users", str(refused.value)
    )
    assert words is not None
    assert float(words[1]) == pytest.approx(0.9 * 8, abs=0.05)
    assert (int(words[2]), int(words[3])) == (largest + 1, largest)


def test_this_machine_has_memory() -> None:
    assert 1 << 28 < memory.memory_bytes() < 1 << 50


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="this system does not tell a process its peak")
def test_the_estimate_is_near_what_a_chain_takes() -> None:
    """Peak of a process that makes a chain, less that of one which only imports: 0.6 to 1.1 of the estimate."""
    code = (
        "import sys; from graphs.chain import make_chain; n = int(sys.argv[1]);"
        "n and make_chain(n, mean_degree=100, seed=1);"
        "print(*[line.split()[1] for line in open('/proc/self/status') if line.startswith('VmHWM')])"
    )

    def peak(users: int) -> int:
        command = [sys.executable, "-c", code, str(users)]
        return 1024 * int(subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout)

    taken = peak(200_000) - peak(0)
    assert 0.6 < taken / estimate_bytes(200_000, 100.0) < 1.1
