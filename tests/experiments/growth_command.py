"""The installed command `growth` as a user starts it: in a process and a folder of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from signal import SIGINT

__all__ = ["Growth", "Process"]

GROWTH = Path(sys.executable).with_name("growth")


@dataclass(frozen=True)
class Growth:
    """Starts `growth` in a folder; compiled code is kept in ``cache``."""

    folder: Path
    cache: Path

    def __call__(self, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        """Run to the end."""
        command = [str(GROWTH), *map(str, arguments)]
        environment = self.environment()
        return subprocess.run(
            command, cwd=self.folder, env=environment, capture_output=True, text=True, timeout=300, check=False
        )

    def start(self, *arguments: str | Path) -> Process:
        """Start, to be interrupted."""
        command, quiet = [str(GROWTH), *map(str, arguments)], subprocess.DEVNULL
        environment = self.environment()
        return Process(
            subprocess.Popen(command, cwd=self.folder, env=environment, stdout=quiet, stderr=subprocess.PIPE, text=True)
        )

    def environment(self) -> dict[str, str]:
        """Variables it is started with."""
        plain = {"COLUMNS": "100", "NO_COLOR": "1", "TERM": "dumb", "PYTHONUNBUFFERED": "1"}
        return {**os.environ, **plain, "GROWTH_CACHE": str(self.cache)}


@dataclass
class Process:
    """A `growth` that is running."""

    running: subprocess.Popen[str]
    said: str = ""

    def __enter__(self) -> Process:
        return self

    def __exit__(self, *_: object) -> None:
        """Leave nothing running, whatever a test did."""
        self.running.kill()
        self.running.wait()
        if self.running.stderr is not None:
            self.running.stderr.close()

    def wait_for(self, words: str) -> None:
        """Read stderr up to a line that holds ``words``; fails when the process ends before."""
        assert self.running.stderr is not None
        for line in self.running.stderr:
            self.said += line
            if words in line:
                return
        raise AssertionError(f"{words!r} was never said:\n{self.said}")

    def interrupt(self) -> tuple[float, int]:
        """Press Ctrl-C: seconds until the process has ended, and its exit code."""
        assert self.running.stderr is not None
        pressed = time.monotonic()
        self.running.send_signal(SIGINT)
        code = self.running.wait(timeout=60)
        seconds = time.monotonic() - pressed
        self.said += self.running.stderr.read()
        return seconds, code
