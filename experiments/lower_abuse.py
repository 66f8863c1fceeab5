"""Lowering of farmed accounts, strangers and risk control."""

from __future__ import annotations

from typing import Any

import numpy as np

from experiments.laws import threshold
from experiments.offer import Lane, Offer
from experiments.scenario import Scenario
from graphs.errors import InputError

__all__ = ["abuse_fields", "check_accounts"]


def abuse_fields(lane: Lane, offer: Offer, v: dict[str, float]) -> dict[str, np.ndarray]:
    """Fields of `Schedule` for outsiders and risk control; nothing where they are off or the campaign is. Real accounts
    are divided by w, to the nearest; what belongs to one account or packet is not."""
    whole: dict[str, float] = dict.fromkeys(
        ("farm_accounts", "farm_draws", "farm_claims", "strangers", "stranger_seconds", "checking"), 0.0
    )
    share: dict[str, float] = dict.fromkeys(
        ("farm_fresh", "posted", "resold", "detection", "claw_back", "false_positive"), 0.0
    )
    abuse, risk = lane.scenario.abuse, lane.scenario.risk
    if abuse is not None and abuse.enabled and offer.on:
        whole["farm_accounts"] = v["abuse.accounts"] * lane.facts.users / lane.facts.population
        whole["farm_draws"] = v["abuse.draws_per_account"] if "draw" in offer.rewards else 0.0
        whole["farm_claims"] = v["abuse.claims_per_account"] if "packet" in offer.rewards else 0.0
        whole["strangers"] = v["abuse.strangers_per_post"] if "packet" in offer.rewards else 0.0
        whole["stranger_seconds"] = 60 * v["abuse.stranger_minutes"]
        share["farm_fresh"] = v["abuse.fresh_share"] if "invite" in offer.tasks else 0.0
        share["posted"] = v["abuse.posted_share"]
        share["resold"] = v["abuse.resold_share"] if "invite" in offer.tasks else 0.0
    if risk is not None and risk.enabled and offer.on:
        whole["checking"] = 1.0
        for name in ("detection", "claw_back", "false_positive"):
            share[name] = v[f"risk.{name}"]
    told: dict[str, Any] = {name: np.int32(round(number)) for name, number in whole.items()}
    return told | {name: threshold(number) for name, number in share.items()}


def check_accounts(scenario: Scenario, people_per_user: float) -> None:
    """Raise InputError for farmed accounts of which the sample has none."""
    abuse = scenario.abuse
    if abuse is not None and abuse.enabled and 0 < abuse.accounts.value < people_per_user / 2:
        raise InputError(
            "is fewer accounts than one user of the sample stands for",
            field="abuse.accounts",
            value=abuse.accounts.value,
            allowed=f"0, or at least {people_per_user / 2:.0f} accounts",
            cure="more accounts, or a chain of more users (chain.users)",
        )
