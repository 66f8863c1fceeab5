"""Lowering of what other apps of the same people do: attention that is shared, invitations that are not answered."""

from __future__ import annotations

from typing import Any

import numpy as np

from growth.flows import APPS

__all__ = ["rival_fields"]


def rival_fields(b: dict[str, float]) -> dict[str, Any]:
    """Fields of `Schedule` about other apps, by how many they are: 0 to APPS - 1.

    ``attention``: every other app an engaged person is engaged with has the same weight l / (1 - l) beside this app's
    one, so that one takes the share l of its openings and k leave (1 - l) / (1 + (k - 1) l). ``answers``: each other
    campaign a person takes part in costs an invitation the same share of its chance.
    """
    others = np.arange(APPS)
    loss = b["rival.attention_loss"]
    attention = np.where(others > 0, (1 - loss) / (1 + (others - 1).clip(0) * loss), 1.0)
    return {
        "attention": attention.astype(np.float32),
        "answers": ((1 - b["rival.invitation_loss"]) ** others).astype(np.float32),
        "rival_days": np.int32(min(round(b["rival.recent_days"]), 10_000)),
    }
