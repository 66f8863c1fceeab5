"""Memory of this process as the system counts it."""

from __future__ import annotations

from pathlib import Path

__all__ = ["peak_mib", "resident_mib"]


def peak_mib() -> float:
    """The most memory this process has held, in MiB (Linux). `resource.ru_maxrss` is no substitute: a process begins
    with that of whoever started it."""
    return _status("VmHWM")


def resident_mib() -> float:
    """Memory this process holds now, in MiB (Linux)."""
    return _status("VmRSS")


def _status(field: str) -> float:
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(field))
