"""Several processes on one run: who they are, where they meet, and how they wait for one another.

Worlds share nothing but the chain, so processes share nothing while they compute: each runs blocks of its own on its
own devices into one folder, and the first writes the tables when all have come to the end. `jax.distributed` makes
them known to one another; what passes between them is one number, summed over everybody, when they wait.
"""

from __future__ import annotations

import ipaddress
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from graphs.errors import InputError

__all__ = ["ALONE", "Processes", "join", "meet"]


@dataclass(frozen=True)
class Processes:
    """How many processes work on a run, and which of them this is (0 leads: it writes what there is one of)."""

    count: int = 1
    index: int = 0

    @property
    def leads(self) -> bool:
        """Whether this process writes manifest, tables and report."""
        return self.index == 0

    def owns(self, block: int) -> bool:
        """Whether this process runs a block: they are dealt out in turn."""
        return block % self.count == self.index


ALONE = Processes()


def join(coordinator: str | None, count: int, index: int) -> Processes:
    """Join ``count`` processes that meet at ``coordinator`` (HOST:PORT), as number ``index``; waits for all of them.

    Call after `experiments.platform.set_up` and before jax is used. The coordinator listens on the loopback address it
    is given and on no other. Raises InputError for an address that is not loopback, and for numbers that do not fit.
    """
    if count == 1 and coordinator is None:
        return ALONE
    if coordinator is None:
        raise InputError("several processes need a place to meet", field="--coordinator", cure="127.0.0.1:PORT")
    if not 0 <= index < count:
        raise InputError("no such process", field="--process", value=index, allowed=f"0 to {count - 1}")
    host, _, port = coordinator.rpartition(":")
    if not port.isdigit() or not 0 < int(port) < 65536:
        raise InputError("is not HOST:PORT", field="--coordinator", value=coordinator, cure="127.0.0.1:29500")
    if not _is_loopback(host):
        what = "processes meet on this machine only"
        raise InputError(what, field="--coordinator", value=coordinator, allowed="127.0.0.1, ::1, localhost")
    import jax

    joined = Processes(count, index)
    with _quiet_stdout():
        jax.distributed.initialize(coordinator, count, index, coordinator_bind_address=coordinator)
        meet("joined", joined)
    return joined


def meet(point: str, processes: Processes) -> None:
    """Wait until every process has come to this ``point``; nothing to wait for alone."""
    if processes.count > 1:
        from jax.experimental.multihost_utils import sync_global_devices

        sync_global_devices(point)


@contextmanager
def _quiet_stdout() -> Iterator[None]:
    """The transport says on standard output that it has connected: that belongs on standard error."""
    sys.stdout.flush()
    kept = os.dup(1)
    os.dup2(2, 1)
    try:
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
