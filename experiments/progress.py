"""Progress of a run on the terminal, with an estimate of what is left; silent for two seconds."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

if TYPE_CHECKING:
    from experiments.simulate import Report

__all__ = ["Progress"]


class Progress:
    """Shows what `experiments.simulate` tells. On a terminal a bar, elsewhere a line at every tenth."""

    def __init__(self) -> None:
        self.console = Console(stderr=True)
        self._bar = Bar(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("days of blocks"),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            console=self.console,
            disable=not self.console.is_terminal,
        )
        self._task = self._bar.add_task("starting", total=None)
        self._told: tuple[str, int] = ("", -1)

    def tell(self, report: Report) -> None:
        """Show a phase and how far it is."""
        self._bar.update(self._task, description=report.phase, completed=report.done, total=report.total or None)
        if self.console.is_terminal:
            return
        tenth = 10 * report.done // report.total if report.total else 0
        if (report.phase, tenth) != self._told:
            self._told = (report.phase, tenth)
            share = f" {report.done} of {report.total} days of blocks" if report.total else ""
            self.console.print(f"{report.phase}{share}", highlight=False)

    def __enter__(self) -> Progress:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()
