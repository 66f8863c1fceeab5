"""Small campaigns for tests of the surrogate, and the chains they run on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from scipy import stats

from experiments.base_inflow import ChainFacts
from experiments.calibrate import model_of
from experiments.chain_shape import ChainShape
from experiments.likelihood import Model
from experiments.parameters import values_at
from experiments.reported import COLUMNS
from experiments.scenario import Scenario, parse_scenario
from experiments.surrogate_plan import Plan, plan_of

__all__ = ["PLAIN", "numbers", "plain_model", "plain_shape", "plan"]

PLAIN = """
schema = 1
name = "plain"
[run]
start = 2026-03-02
days = 20
warm_up_days = 10
replicates = 8
parameter_draws = 0
rounds_per_day = 8
rng_seed = 9
[chain]
kind = "foci"
users = 20_000
population = 20_000
[[app]]
name = "app"
campaign = true
[app.base]
dau = 400
dormant = 3_000
uninstalled = 1_000
[campaign]
start = 2026-03-02
end = 2026-03-11
[[reach]]
name = "ads"
app = "app"
cause = "paid"
start = 2026-03-02
end = 2026-03-06
people_per_day = 8_000
response_new = 0.03
response_dormant = 0.04
[[task]]
kind = "sign_in"
draws = 1
[[task]]
kind = "draw"
free_per_day = 3
daily_limit = 20
[[task]]
kind = "share"
daily_limit = 30
draws_per_claim = 1
daily_draw_limit = 30
slots = 20
[[reward]]
name = "draw"
law = "lucky"
mean_yuan = 0.05
pool = "cash"
[[reward]]
name = "packet"
law = "lucky"
mean_yuan = 0.8
pool = "cash"
[[pool]]
name = "cash"
total_yuan = 10_000_000
daily_yuan = 1_000_000
[groups]
enabled = false
[response]
law = "independent"
[quotas]
receives_per_day = 200
[behaviour]
"share.rate" = 0.25
"respond.base_never" = -2.6
"churn.group_exponent" = 0.0
"churn.inviter_multiplier" = 1.0
"base.affinity_tilt" = 0.0
"chart.lift" = 1.0
[[intervention]]
name = "block"
at = 2026-03-08T12:00:00
parameter = "channel.*.opens"
set = 0.2
"""


def plain_shape(degree: np.ndarray, share: np.ndarray, users: int = 20_000, **facts: Any) -> ChainShape:
    """A chain of which only the degree law is of interest: no chats, ties of middle strength, all on WeChat alone."""
    told = {"users": users, "population": float(users), "chat_size": 1.0, "with_chats": 0.0, **facts}
    return ChainShape(ChainFacts(**told), degree, share, np.full(4, 128.0), 0.0, 0.0)


def plan(text: str = PLAIN, degree: float = 60.0) -> tuple[Scenario, Plan]:
    """Scenario and plan of a text, on a chain of ties at random."""
    scenario = parse_scenario(text)
    k = np.arange(int(3 * degree) + 10)
    share = stats.poisson.pmf(k, degree)
    return scenario, plan_of(scenario, plain_shape(k.astype(float), share / share.sum()))


def numbers(scenario: Scenario) -> dict[str, float]:
    """Central values by path."""
    return values_at(scenario, None)


def plain_model(rows: tuple[str, ...], folder: Path) -> Model:
    """The calibration of the plain scenario, daily users before it unknown, to these reported rows."""
    reported = folder / "reported.csv"
    reported.write_text("\n".join([",".join(COLUMNS), *rows]) + "\n", encoding="utf-8")
    unknown = 'dau = {value = 400, low = 350, high = 450, source = "made up", grade = "assumption"}'
    scenario = parse_scenario(PLAIN.replace("dau = 400", unknown))
    return model_of(scenario, reported, plain_shape(np.array([60.0]), np.array([1.0])))[0]
