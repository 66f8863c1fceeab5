"""Weekly and monthly users of a standing world, in closed form: what the laws of opening and churn say of WAU and MAU.

Of everybody activated a days ago, whoever came within the window was active in it on the day of activation. Of the
others, those still there on its first day miss each of its days with the chance of their own opening, until they leave
or it ends. Opening and hazard are traits of the same activation and independent of each other. People who lapse and
come back within a window count twice here and once in a simulation; those who came by an invitation and leave by
another law are not told apart.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from growth.base_world import StandingLaw

__all__ = ["active_within", "users_per_dau"]

Floats = NDArray[np.float64]


def active_within(law: StandingLaw, days: int) -> Floats:
    """Chance that somebody activated a = 0, 1, 2, ... days ago was active on one of the last ``days`` days, today
    included; float[A + days], A the cut of the law. Later nobody was."""
    oldest = len(law.survival) - 1
    stays = np.concatenate([law.survival, np.zeros(days)])
    lifted = np.concatenate([law.novelty, np.ones(len(stays))])[: len(stays)]
    missed = 1 - np.minimum(1.0, law.opening[None, :] * lifted[:, None])
    first = np.arange(1, oldest + 1)  # age on the first day of the window
    unseen = 1 - stays[first]
    none = np.ones((oldest, len(law.opening)))
    for day in range(days):
        none *= missed[first + day]
        left = stays[first + day] - (stays[first + day + 1] if day < days - 1 else 0.0)
        unseen += left * none.mean(axis=1)
    return np.concatenate([np.ones(days), 1 - unseen])


def users_per_dau(law: StandingLaw, days: int) -> float:
    """People active within ``days`` days over those active in one, of the standing world: WAU over DAU at 7, MAU over
    DAU at 30."""
    return float(active_within(law, days).sum() / law.days_active)
