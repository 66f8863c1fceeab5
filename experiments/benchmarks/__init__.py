"""Benchmarks: `growth bench NAME`."""

from __future__ import annotations

from experiments.benchmarks.campaign import campaign

__all__ = ["BENCHMARKS"]

BENCHMARKS = {"campaign": campaign}
