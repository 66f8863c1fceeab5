"""Ctrl-C: a run is asked to stop and does so at its next round; one that cannot answer is ended in two seconds."""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
from types import TracebackType

__all__ = ["Interrupt"]

_PATIENCE_S = 1.5


class Interrupt:
    """While entered, the first SIGINT sets `asked`; nothing is raised in the middle of a write.

    Compiled code holds the interpreter, so a thread watches the signal's wake-up descriptor: when nobody has answered
    in time, the process ends with code 130. What was finished is on disk by then: blocks are written whole.
    """

    def __init__(self, message: str) -> None:
        self.message = message
        self._asked = threading.Event()
        self._answered = threading.Event()

    def stops(self) -> bool:
        """What a run asks between rounds; once it has heard yes it is left to write its checkpoint in peace."""
        if self._asked.is_set():
            self._answered.set()
        return self._asked.is_set()

    def __enter__(self) -> Interrupt:
        self._reader, self._writer = socket.socketpair()
        self._writer.setblocking(False)
        self._old = signal.signal(signal.SIGINT, lambda *_: self._asked.set())
        self._old_descriptor = signal.set_wakeup_fd(self._writer.fileno(), warn_on_full_buffer=False)
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        signal.set_wakeup_fd(self._old_descriptor)
        signal.signal(signal.SIGINT, self._old)
        self._answered.set()
        self._writer.close()
        self._thread.join()
        self._reader.close()

    def _watch(self) -> None:
        """Wait for a signal, then for an answer."""
        if not self._reader.recv(1):
            return
        self._asked.set()
        if not self._answered.wait(_PATIENCE_S):
            sys.stderr.write(self.message + "\n")
            sys.stderr.flush()
            os._exit(130)
