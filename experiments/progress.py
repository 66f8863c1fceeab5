"""Progress of a run on the terminal, with an estimate of what is left; silent for two seconds."""

from __future__ import annotations

import threading
from types import TracebackType
from typing import NamedTuple

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

__all__ = ["Progress", "Report"]

SILENCE_S = 2.0


class Report(NamedTuple):
    """What long work tells while it works: a phase in words, units done and units in all (0: not known)."""

    phase: str
    done: int
    total: int
    unit: str = "days of blocks"


class Progress:
    """Shows what long work tells, from the third second on: a run that is refused says only why.

    On a terminal a bar, elsewhere a line at every tenth.
    """

    def __init__(self) -> None:
        self.console = Console(stderr=True)
        self._bar = Bar(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[unit]}"),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            console=self.console,
        )
        self._task = self._bar.add_task("starting", total=None, unit="")
        self._shown = False
        self._last = ""
        self._told: tuple[str, int] = ("", -1)
        self._lock = threading.Lock()
        self._timer = threading.Timer(SILENCE_S, self._show)
        self._timer.daemon = True

    def tell(self, report: Report) -> None:
        """Show a phase and how far it is."""
        with self._lock:
            self._bar.update(
                self._task,
                description=report.phase,
                completed=report.done,
                total=report.total or None,
                unit=report.unit if report.total else "",
            )
            tenth = 10 * report.done // report.total if report.total else 0
            share = f" {report.done} of {report.total} {report.unit}" if report.total else ""
            self._last = report.phase + share
            if (report.phase, tenth) != self._told:
                self._told = (report.phase, tenth)
                self._print()

    def _show(self) -> None:
        """Two seconds are over: say where the run is."""
        with self._lock:
            self._shown = True
            if self.console.is_terminal:
                self._bar.start()
            else:
                self._print()

    def _print(self) -> None:
        if self._shown and not self.console.is_terminal:
            self.console.print(self._last, highlight=False)

    def __enter__(self) -> Progress:
        self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        with self._lock:
            if self._shown:
                self._bar.stop()
            self._shown = False
