"""The standing world an app starts in: who is engaged, for how long, and who is dormant.

The engaged base is stationary. People are activated at a constant rate and leave by a shifted-beta-geometric law
that is cut at the app's age A: who is still engaged at A leaves then, which makes the mean lifetime finite. At a
random morning an engaged person has age a with probability proportional to the survival S(a), and, given a, the
hazard has the posterior after a - 1 survived nights. Both are read from tables by owned uniforms, so that
parameter draws and variants start from the same people as far as their shares allow.
"""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from scipy import optimize, special, stats

from graphs.device import Chain, pick
from growth.campaign import CHART_MOST, CHART_UNIT, QUANTILES, RANKS, Campaign
from growth.flows import AGES
from growth.queues import append, each_chunk
from growth.state import (
    ENGAGED,
    NEVER_ACTIVE,
    NO_GROUP,
    RECENT,
    WEEK,
    Part,
    Sizes,
    State,
    Users,
    empty_columns,
    empty_lists,
    empty_totals,
    locate,
)
from growth.streams import ONE, Stream, below, lane_keys, words

__all__ = ["ATOMS", "GAPS", "StandingLaw", "age_table", "begin", "gap_table", "standing_law", "status_table"]

ATOMS = 128
"""Quantile midpoints that stand for a beta law."""
GAPS = 64


class StandingLaw(NamedTuple):
    """The stationary law of one app's engaged base (NumPy, host). A is the cut, in days."""

    survival: np.ndarray  # float[A + 1]: still engaged on the morning of age a
    active: np.ndarray  # float[A + 1]: active on the day of age a; 1 at age 0
    hazard: np.ndarray  # float[A + 1, ATOMS]: nightly hazard by age at the start of the run, by quantile
    opening: np.ndarray  # float[ATOMS]: opening probability by quantile
    novelty: np.ndarray  # float[AGES]: opening multiplier by age

    @property
    def days_active(self) -> float:
        """Mean number of active days of one activation, the day of activation included."""
        return float(self.active.sum())

    def inflow(self, dau: float) -> float:
        """Activations a day that keep ``dau`` people active every day."""
        return dau / self.days_active

    def engaged(self, dau: float) -> float:
        """People engaged on a morning of that standing world."""
        return self.inflow(dau) * float(self.survival[1:].sum())


def standing_law(
    alpha: float, beta: float, mean: float, concentration: float, lift: float, tau: float, max_age: int
) -> StandingLaw:
    """Stationary law of shifted-beta-geometric churn and beta-Bernoulli opening.

    ``alpha, beta`` of the nightly hazard (Fader and Hardie 2007, doi 10.1002/dir.20074; the first night with a
    hazard is that of age 1: nobody churns on the day of activation); ``mean, concentration`` of the opening
    probability; opening is ``1 + lift exp(-(a - 1) / tau)`` times as likely at age a; ``max_age`` is the cut A.
    """
    quantiles = (np.arange(ATOMS) + 0.5) / ATOMS
    hazard = stats.beta.ppf(quantiles, alpha, beta)
    opening = stats.beta.ppf(quantiles, mean * concentration, (1 - mean) * concentration)
    ages = np.arange(max_age + 1)
    stays = (1 - hazard)[None, :] ** np.maximum(ages - 1, 0)[:, None]
    survival = stays.mean(axis=1)
    novelty = 1 + lift * np.exp(-(np.arange(AGES) - 1.0) / tau)
    novelty[0] = 1.0
    lifted = np.concatenate([novelty, np.ones(max(0, max_age + 1 - AGES))])[: max_age + 1]
    opened = np.minimum(1.0, opening[None, :] * lifted[:, None]).mean(axis=1)
    active = survival * opened
    active[0] = 1.0
    return StandingLaw(survival, active, _posterior(hazard, stays, quantiles), opening, novelty)


def _posterior(hazard: np.ndarray, stays: np.ndarray, quantiles: np.ndarray) -> np.ndarray:
    """Quantiles of the hazard given the nights survived, [ages, ATOMS]: the same atoms, weighted by survival."""
    shares = np.cumsum(stays, axis=1)
    shares /= shares[:, -1:]
    rows = [hazard[np.minimum(np.searchsorted(row, quantiles), ATOMS - 1)] for row in shares]
    return np.stack(rows)


def age_table(law: StandingLaw) -> np.ndarray:
    """Age of the engaged base by quantile, int32[QUANTILES]."""
    shares = np.cumsum(law.survival[1:])
    quantiles = (np.arange(QUANTILES) + 0.5) / QUANTILES
    return (1 + np.searchsorted(shares / shares[-1], quantiles)).astype(np.int32)


def gap_table(law: StandingLaw) -> np.ndarray:
    """Days since the last opening by quantile of the opening probability and of chance, int32[ATOMS, GAPS]."""
    chance = (np.arange(GAPS) + 0.5) / GAPS
    gaps = 1 + np.floor(np.log(chance)[None, :] / np.log1p(-np.minimum(law.opening, 1 - 1e-9))[:, None])
    return np.minimum(gaps, 10 * RECENT).astype(np.int32)


def begin(key: jax.Array, graph: Chain, campaign: Campaign, sizes: Sizes) -> State:
    """The state on the first morning: a pure function of key, user, attributes and the base world's tables."""
    lanes, users = sizes.lanes, sizes.users
    ids = jnp.arange(lanes * users, dtype=jnp.int32)
    keys = lane_keys(key, campaign.lanes.replicate, campaign.lanes.app)
    lane, user = locate(ids, users)
    word, age_word = words(keys, lane, Stream.BASE, user, jnp.zeros_like(ids))
    shares = campaign.tables.status
    row = (lane * shares.shape[1] + graph.affinity(user)) * shares.shape[2]
    thresholds = [pick(shares.reshape(-1), row + jnp.int32(step)) for step in range(3)]
    engaged, dormant, gone = (below(word, threshold) for threshold in thresholds)
    status = jnp.where(engaged, 1, jnp.where(dormant, 2, jnp.where(gone, 3, 0))).astype(jnp.uint8)
    place = lane * QUANTILES + (age_word >> jnp.uint32(22)).astype(jnp.int32)
    age = pick(campaign.tables.age.reshape(-1), place)
    _, trait = words(keys, lane, Stream.TRAIT, user, jnp.zeros_like(ids))
    habit = lane * ATOMS + (trait >> jnp.uint32(25)).astype(jnp.int32)
    chance = (age_word & jnp.uint32(GAPS - 1)).astype(jnp.int32)
    gap = jnp.minimum(pick(campaign.tables.gap.reshape(-1), habit * GAPS + chance), age)
    zeros = jnp.zeros(lanes * users, jnp.uint8)
    everyone = Users(
        status=status,
        origin=zeros,
        activation=jnp.zeros_like(zeros),
        activation_day=jnp.where(engaged, -age, 0).astype(jnp.int16),
        last_active=jnp.where(engaged, -gap, NEVER_ACTIVE).astype(jnp.int16),
        earned=jnp.zeros(lanes * users, jnp.int32),
        received=jnp.zeros_like(zeros),
        group_slot=jnp.full_like(zeros, NO_GROUP),
        claimed=jnp.zeros(lanes * users, bool),
        **empty_columns(sizes),
    )
    lists, totals = empty_lists(sizes), empty_totals(lanes, campaign.total_pool)
    back = everyone.last_active.astype(jnp.int32)
    seen = back > -RECENT
    # People out of the ring are counted in column 0 with weight 0: no scatter falls outside.
    ring = jnp.where(seen, jnp.mod(back, RECENT), 0)
    recent = totals.recent.at[lane, ring].add(seen.astype(jnp.int32))
    state = State(
        clock=jnp.int32(0),
        midnight=jnp.int32(0),
        users=everyone,
        taken=jnp.zeros(2 * sizes.packet_stride, jnp.int32),
        group_since=jnp.full(lanes * sizes.chats, -1, jnp.int32),
        group_active=jnp.zeros(lanes * sizes.chats, jnp.int32),
        lists=lists,
        totals=totals._replace(recent=recent),
        overflow=jnp.int32(0),
    )
    if sizes.has(Part.WALLET):
        state = state._replace(held=jnp.zeros(lanes, jnp.int32), expiries=jnp.zeros(lanes, jnp.int32))
    if sizes.has(Part.CHART):
        start = campaign.tables.chart_start
        level = CHART_UNIT * jnp.minimum(start[:, None], CHART_MOST // CHART_UNIT)
        rank = jnp.sum(campaign.tables.chart_level > level, axis=1, dtype=jnp.int32)
        installs = jnp.broadcast_to(start[:, None], (lanes, WEEK))
        state = state._replace(installs=installs, chart=jnp.stack([rank, jnp.full_like(rank, RANKS)], axis=1))
    return state._replace(lists=lists._replace(roster=_engaged(status, lists.roster, sizes)))


def _engaged(status, roster, sizes: Sizes):
    """The list of everyone engaged, in order of id."""
    everyone = sizes.lanes * sizes.users

    def body(start, rows):
        ids = start + jnp.arange(sizes.chunk, dtype=jnp.int32)
        inside = jnp.minimum(ids, everyone - 1)
        keep = (ids < everyone) & (pick(status, inside) == ENGAGED)
        return append(rows, inside[:, None], keep)

    return each_chunk(jnp.int32(everyone), sizes.chunk, body, roster)


def status_table(shares: tuple[float, float, float], tilt: float) -> np.ndarray:
    """Cumulative shares of engaged, dormant and uninstalled by affinity quantile, uint32[256, 3].

    The odds of having met the app grow with affinity as exp(tilt z), z the normal score of the quantile; the mean
    over quantiles stays at ``shares``. Raises ValueError when the shares do not fit into one.
    """
    if sum(shares) > 1:
        raise ValueError(f"engaged, dormant and uninstalled are {sum(shares):.3f} of the population, more than all")
    met = sum(shares)
    if not 0 < met < 1:
        table = np.tile(np.cumsum(shares), (256, 1))
    else:
        score = tilt * stats.norm.ppf((np.arange(256) + 0.5) / 256)
        level = optimize.brentq(lambda at: special.expit(at + score).mean() - met, -60, 60)
        table = np.outer(special.expit(level + score), np.cumsum(shares) / met)
    return np.minimum(np.floor(np.minimum(table, 1.0) * ONE), ONE).astype(np.uint32)
