"""How long people stay and how often they open, as the surrogate has it: closed forms that can be differentiated.

Survival after n nights under a hazard times m is (1 + m n / b)^-alpha, b = beta + (alpha - 1) / 2: the shifted
beta-geometric law of the engine with its ratio of gamma functions taken to second order (an error below 1e-4 at beta of
15 and more), and the exact answer where hazards of a gamma law are multiplied. Opening is beta-Bernoulli, integrated by
Gauss-Legendre nodes.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np

__all__ = ["NOVEL", "Habit", "active_within", "habit_of", "lasting", "opened", "standing_days", "survival", "tail_days"]

NOVEL = 20
"""Days after activation on which its novelty is followed."""
_NODES = 48
_POINT, _WEIGHT = np.polynomial.legendre.leggauss(_NODES)


class Habit(NamedTuple):
    """Law of opening and of leaving of one app; ``share`` and ``opening`` [nodes], the rest scalars."""

    alpha: Any
    scale: Any  # b, nights
    opening: Any  # opening probabilities
    share: Any  # share of people at each
    lift: Any
    tau: Any
    oldest: Any  # days


def habit_of(b: dict[str, Any]) -> Habit:
    """The habit at behaviour values (names without ``behaviour.``), traced or not."""
    p = (0.5 * (_POINT + 1)) ** 2  # the square root of a probability is spaced evenly: the law piles up at zero
    jacobian = 0.5 * _WEIGHT * (_POINT + 1)
    first = b["open.mean"] * b["open.concentration"]
    second = (1 - b["open.mean"]) * b["open.concentration"]
    density = jnp.exp((first - 1) * np.log(p) + (second - 1) * np.log1p(-p)) * jacobian
    share = density / density.sum()
    scale = b["churn.beta"] + (b["churn.alpha"] - 1) / 2
    opening = jnp.asarray(p) * (b["open.mean"] / jnp.sum(share * p))
    lift, tau = b["open.first_days_lift"], b["open.first_days_tau"]
    return Habit(b["churn.alpha"], scale, opening, share, lift, tau, b["churn.max_age_days"])


def survival(habit: Habit, nights: Any) -> Any:
    """Share still engaged after ``nights`` (times their multipliers)."""
    # Not log1p, which is five times as slow in 64 bits; what it would keep near 1 is nothing beside a day.
    return jnp.exp(-habit.alpha * jnp.log(1 + nights / habit.scale))


def opened(habit: Habit, lift: Any) -> Any:
    """Chance that an engaged person opens the app at ages 0 to NOVEL, [..., NOVEL + 1], under multipliers ``lift``
    [...]; the last age stands for all later ones, age 0 (the day of activation) is certain."""
    novelty = 1 + habit.lift * jnp.exp(-jnp.arange(float(NOVEL)) / habit.tau)
    novelty = jnp.concatenate([novelty[:-1], jnp.ones(1, novelty.dtype)])
    chance = jnp.asarray(lift)[..., None, None] * (novelty[:, None] * habit.opening[None, :])[(None,) * jnp.ndim(lift)]
    mean = jnp.sum(jnp.minimum(chance, 1.0) * habit.share[(None,) * (jnp.ndim(lift) + 1)], axis=-1)
    return jnp.concatenate([jnp.ones((*mean.shape[:-1], 1), mean.dtype), mean], axis=-1)


def tail_days(habit: Habit, nights: Any) -> Any:
    """Expected days engaged beyond age ``nights``, of one activation: sum over ages above it up to the oldest."""
    # Survival at age a is that of a - 1 nights; the sum is an integral from half a day before to half a day after.
    power = 1 - habit.alpha

    def whole(x: Any) -> Any:
        return habit.scale / power * jnp.exp(power * jnp.log1p(x / habit.scale))

    return jnp.maximum(whole(habit.oldest - 0.5) - whole(nights - 0.5), 0.0)


def standing_days(habit: Habit, by_age: Any) -> Any:
    """Active days of one activation, its first included; ``by_age`` of `opened` [NOVEL + 1] without any multiplier."""
    return 1 + by_age[NOVEL] * tail_days(habit, 0.0) + lasting(habit, by_age)[0]


def lasting(habit: Habit, by_age: Any) -> Any:
    """What novelty adds to active days beyond each age 0 to NOVEL - 1, [NOVEL]."""
    extra = survival(habit, jnp.arange(NOVEL, dtype=by_age.dtype)) * (by_age[1:] - by_age[NOVEL])
    return jnp.cumsum(extra[::-1])[::-1]


def active_within(habit: Habit, nights: Any, age: Any, window: int, lift: Any = 1.0) -> Any:
    """Chance of having been active at least once in the ``window`` days that end at ``age``, [people].

    ``nights`` [people, window]: nights (times multipliers) behind somebody on each day of the window, the last ``age``.
    With L the survival, P = sum_k [L(a - W + k) - L(a - W + k + 1)] (1 - (1 - q)^k) + L(a) (1 - (1 - q)^W), averaged
    over q; 1 for ages below the window, which holds the day of activation. ``lift`` multiplies opening.
    """
    times = jnp.arange(1, window + 1, dtype=nights.dtype)
    miss = jnp.log1p(-jnp.minimum(habit.opening * lift, 1 - 1e-9))
    seen = 1 - jnp.sum(jnp.exp(times[:, None] * miss[None, :]) * habit.share[None, :], axis=1)
    stays = survival(habit, jnp.maximum(nights, 0.0))
    leaves = stays[:, :-1] - stays[:, 1:]
    chance = jnp.sum(leaves * seen[None, :-1], axis=1) + stays[:, -1] * seen[-1]
    return jnp.where(age < window, 1.0, chance)
