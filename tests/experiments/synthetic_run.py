"""A small made-up run with a known truth, shaped as a run of the engine."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from experiments.scenario import Scenario, load_scenario
from tests.conftest import ROOT

__all__ = ["CAUSES", "RETENTION", "TRUTH", "SyntheticRun", "synthetic_run"]

VARIANTS = ["no campaign", "design", "no link block", "no groups", "fixed rewards"]
KINDS = ["new", "reactivated"]
CAUSES = ["organic", "paid", "broadcast", "push", "invited", "seeded"]
CHANNELS = ["wechat_single_chat", "wechat_group_chat", "qq_single_chat", "qq_group_chat"]
START, END = date(2026, 2, 1), date(2026, 2, 17)
WARM_UP, DAYS, AGES = 30, 60, 61
OFF_CHART = 201.0
CAMPAIGN = ROOT / "experiments" / "campaigns" / "yuanbao_2026.toml"

# share of extra people each variant brings, against the design
STRENGTH = {"no campaign": 0.0, "design": 1.0, "no link block": 1.4, "no groups": 1.0, "fixed rewards": 0.93}
RETENTION = 0.65 * np.maximum(np.arange(AGES), 1.0) ** -0.486
RETENTION[0] = 1.0
TRUTH = {
    "base_dau": 7.68e6,
    "first_day": 18e6,
    "decay": 0.72,
    "reactivated_share": 0.8,
    "mean_children": 0.35,
}


@dataclass(frozen=True)
class SyntheticRun:
    """Has the attributes of a run that the report reads."""

    central: xr.Dataset
    draws: xr.Dataset
    scenario: Scenario
    manifest: dict[str, Any]
    folder: Path
    log: pd.DataFrame

    def activations(self) -> pd.DataFrame:
        """The activation log of the central worlds."""
        return self.log


def _inflow(strength: np.ndarray, luck: np.ndarray) -> np.ndarray:
    """Extra activations [draw, variant, replicate, day]: a jump on the first day, then geometric decay."""
    day = np.arange(-WARM_UP, DAYS)
    live = (day >= 0) & (day <= (END - START).days)
    shape = TRUTH["first_day"] * np.where(live, TRUTH["decay"] ** np.maximum(day, 0), 0.0)
    variants = np.array([STRENGTH[name] for name in VARIANTS])
    return strength[:, None, None, None] * variants[None, :, None, None] * luck[:, None] * shape


def _dataset(draws: int, replicates: int, strength: np.ndarray, seed: int) -> xr.Dataset:
    rng = np.random.default_rng(seed)
    days = WARM_UP + DAYS
    luck = 1 + 0.01 * rng.standard_normal((draws, replicates, days))
    base = 0.25e6 * (1 + 0.02 * rng.standard_normal((draws, replicates, days)))[:, None].repeat(len(VARIANTS), 1)
    extra = _inflow(strength, luck)
    cause = np.array([0.05, 0.15, 0.2, 0.15, 0.45, 0.0])
    kind = np.array([1 - TRUTH["reactivated_share"], TRUTH["reactivated_share"]])
    born = extra[..., None, None] * kind[:, None] * cause
    born[..., :, 0] += base[..., None] * kind
    keep = RETENTION * np.clip(rng.normal(1, 0.01, (draws, 1, replicates, 1)), 0.9, 1.1)
    keep[..., 0] = 1.0
    cause_effect = np.array([1.15, 1.0, 0.6, 0.9, 1.1, 1.0])
    aged = np.zeros((*born.shape, AGES))
    for age in range(min(AGES, days)):
        lasting = keep[..., age, None, None, None] * (cause_effect if age else np.ones(6))
        aged[..., age:, :, :, age] = born[..., : days - age, :, :] * lasting
    aged[..., 0] = 0.0  # age 0 is the activation itself
    dau = TRUTH["base_dau"] * (1 + 0.005 * luck[:, None]) + aged.sum(axis=(-1, -2, -3)) + extra
    return _assemble(dau, born, aged, extra)


def _assemble(dau: np.ndarray, born: np.ndarray, aged: np.ndarray, extra: np.ndarray) -> xr.Dataset:
    mau = 41e6 + 1.0 * np.cumsum(extra, axis=-1)
    claims = 6.0 * extra[..., None] * np.array([0.35, 0.4, 0.1, 0.15])
    paid = np.minimum(0.55 * claims.sum(-1), 90e6)[..., None, None] * np.array([[0.3, 0.02, 0.08], [0.35, 0.05, 0.2]])
    axis = ("draw", "chain", "variant", "replicate", "app", "day")
    on = extra > 0
    plain = {
        "dau": dau,
        "wau": 2.7 * dau,
        "mau": mau,
        "engaged": 1.6 * dau,
        "opens": dau - extra,
        "new_active": born.sum(-1)[..., 0],
        "retained_active": 0.7 * dau,
        "resurrected_active": 0.3 * dau,
        "installs": born.sum(-1)[..., 0],
        "churned": 0.2 * dau,
        "uninstalled": 0.05 * dau,
        "sign_ins": 0.8 * dau * on,
        "ai_tasks": 3.0 * dau * on,
        "draws": 7.5 * dau * on,
        "sharers": 0.1 * dau * on,
        "group_packets": 0.02 * dau * on,
        "first_claimers": claims.sum(-1) / 6.2,
        "emptied": claims.sum(-1) / 12,
        "groups_created": 0.01 * dau * on,
        "group_joins": 0.05 * dau * on,
        "refused_claims": 0.0 * dau,
        "prize_yuan": 0.0 * dau,
        "chart_rank": np.where(on, np.round(1 + 4e7 / np.maximum(extra, 2e5)), OFF_CHART),
        "surge_rank": np.where(extra > 9e6, 1.0, OFF_CHART),
    }
    wide: dict[str, tuple[np.ndarray, tuple[str, ...]]] = {
        "activations": (born, ("kind", "cause")),
        "active_at_age": (aged, ("kind", "cause", "age")),
        "packets": (claims / 4, ("channel",)),
        "exposures": (claims * 5, ("channel",)),
        "claims": (claims, ("channel",)),
        "paid_yuan": (paid, ("source", "recipient")),
        "reach_contacts": (born.sum(-2) * 20, ("cause",)),
        "media_yuan": (born.sum(-2) * np.array([0, 30.0, 2.0, 0, 0, 0]) * on[..., None], ("cause",)),
    }
    variables: dict[str, tuple[tuple[str, ...], np.ndarray]] = {
        name: (axis, np.expand_dims(array, (1, 4))) for name, array in plain.items()
    }
    for name, (array, dims) in wide.items():
        variables[name] = ((*axis, *dims), np.expand_dims(array, (1, 4)))
    day = np.datetime64(START, "D") + np.arange(-WARM_UP, DAYS)
    coords = {
        "variant": VARIANTS,
        "app": ["yuanbao"],
        "day": day.astype("datetime64[ns]"),
        "kind": KINDS,
        "cause": CAUSES,
        "channel": CHANNELS,
        "source": ["draw", "packet"],
        "recipient": ["engaged", "new", "reactivated"],
        "age": np.arange(AGES),
        "campaign_day": ("day", np.arange(-WARM_UP, DAYS)),
    }
    return xr.Dataset(variables, coords=coords)


def _log(replicates: int, seed: int) -> pd.DataFrame:
    """Galton-Watson trees with Poisson offspring of mean `mean_children`, by generation."""
    rng = np.random.default_rng(seed)
    parts = []
    for variant, replicate in np.ndindex(len(VARIANTS) - 1, replicates):
        count, mean = 1500, TRUTH["mean_children"]
        user, parent, day = np.arange(count), np.full(count, -1), rng.integers(0, 17, count)
        cause, users = rng.choice(4, count), count
        generation = 0
        while len(user):
            columns = {
                "variant": VARIANTS[variant + 1],
                "replicate": replicate,
                "app": "yuanbao",
                "user": user,
                "day": day,
                "round": rng.integers(0, 8, len(user)),
                "kind": rng.choice(KINDS, len(user)),
                "cause": np.array(CAUSES)[cause],
                "parent_user": parent,
                "parent_activation": np.where(parent >= 0, 1, -1),
                "activation": 1,
            }
            parts.append(pd.DataFrame(columns))
            children = rng.poisson(mean * (3 if generation == 0 else 1), len(user))
            parent, day = np.repeat(user, children), np.repeat(day, children) + 1
            user = users + np.arange(len(parent))
            cause, users, generation = np.full(len(parent), 4), users + len(parent), generation + 1
    return pd.concat(parts, ignore_index=True)


def synthetic_run(replicates: int = 8, draws: int = 12, folder: Path = Path()) -> SyntheticRun:
    """A run whose KPIs are known in closed form up to 1 % of noise; draws differ by a lognormal strength."""
    strength = np.exp(0.35 * np.random.default_rng(5).standard_normal(draws))
    manifest = {
        "rng_seed": 20260201,
        "scenario_sha256": "0" * 64,
        "machine": "2 cores",
        "duration_s": 210.0,
        "people_per_user": 7000.0,
        "finished": True,
        "versions": {"growth": "0.1.0", "jax": "0.10.2"},
        "chain_summary": {
            "users": 200_000,
            "mean_degree": 148.2,
            "median_degree": 121.0,
            "clustering": 0.31,
            "assortativity": 0.22,
        },
        "prizes_at_expectation": ["eve cards"],
    }
    return SyntheticRun(
        central=_dataset(1, replicates, np.ones(1), seed=1),
        draws=_dataset(draws, 1, strength, seed=2),
        scenario=load_scenario(CAMPAIGN),
        manifest=manifest,
        folder=folder,
        log=_log(replicates, seed=3),
    )
