"""How jax is set up for a command: one CPU device per core, and compiled code kept between runs."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["cache_folder", "cores", "set_up"]


def cache_folder() -> Path:
    """Where compiled code is kept: $GROWTH_CACHE, or the user's cache folder."""
    base = os.environ.get("GROWTH_CACHE")
    if base:
        return Path(base)
    return Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "growth-modeller"


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def set_up(devices: int | None = None, processes: int = 1) -> None:
    """Configure jax; call before any of it is used. On a CPU, ``devices`` or this process's share of one per core; a
    GPU is used as it is."""
    import jax

    jax.config.update("jax_num_cpu_devices", devices or max(1, cores() // processes))
    jax.config.update("jax_compilation_cache_dir", str(cache_folder() / "compiled"))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.2)
