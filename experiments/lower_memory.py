"""Lowering of the response law: how exposures and their components move acceptance."""

from __future__ import annotations

import numpy as np

from experiments.laws import logit
from growth.campaign import MEMORY_COMPONENTS, MEMORY_STEPS

__all__ = ["WEIGHED", "memory_tables"]

WEIGHED = ("threshold", "step")
"""Laws under which the weights of exposures add up."""


def memory_tables(law: str, b: dict[str, float], jump: float = 1.0) -> dict[str, np.ndarray]:
    """Fields of `Schedule`: ``memory_logit`` int32 and ``memory_times`` float32, [MEMORY_STEPS, MEMORY_COMPONENTS], by
    exposures k = 1, 2, ... and components c = 1, 2, ..., which say nothing at the first exposure; and ``memory_adds``
    int32, 1 where F is the sum of what the exposures so far weigh, 0 where it is the chance of the last; and
    ``remembers`` int32, 0 where each exposure is tried by itself.

    "general": the logit gains b2 (log(1 + c) - log 2) + b3 (k - c) - fatigue (k - 1). "threshold": every exposure
    weighs its own chance: linear threshold. "step": every exposure but the first weighs ``jump`` times its chance. As
    all of those weigh alike, MEMORY_STEPS sets no end to the sum. "independent": nothing is remembered.
    """
    k = np.arange(1, MEMORY_STEPS + 1, dtype=float)[:, None]
    c = np.arange(1, MEMORY_COMPONENTS + 1, dtype=float)[None, :]
    gain = np.zeros((MEMORY_STEPS, MEMORY_COMPONENTS))
    times = np.ones_like(gain)
    if law == "general":
        gain = b["respond.components"] * (np.log1p(c) - np.log(2)) + b["respond.repeat"] * np.maximum(k - c, 0)
        gain = gain - b["respond.fatigue"] * (k - 1)
    elif law == "step":
        times[1:] = jump
    return {
        "memory_logit": np.vectorize(logit, otypes=[np.int32])(gain),
        "memory_times": times.astype(np.float32),
        "memory_adds": np.int32(law in WEIGHED),
        "remembers": np.int32(law != "independent"),
    }
