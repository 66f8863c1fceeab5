"""The small world with everything that a scenario may add: seeds, content, agencies, abuse, risk control; run once."""

from __future__ import annotations

from functools import cache

from experiments.in_memory import InMemory
from experiments.scenario import Scenario
from experiments.world_names import DESIGN, NO_CAMPAIGN
from experiments.world_view import World
from tests.small_run import changed

__all__ = ["ABUSE", "ACQUISITION", "with_mechanisms", "worlds_with_mechanisms"]

ACQUISITION = """
[[seeding]]
name = "hosts"
date = 2026-03-02
by = "degree"
people = 2_000
cost_per_seed_yuan = 30

[[seeding]]
name = "anybody"
date = 2026-03-04
by = "random"
people = 1_000
cost_per_seed_yuan = 7

[content]
tokens_per_share = 4_000
share_lift = 1.5
accept_shift = 0.5

[[agency]]
name = "clicks"
paid_per = "click"
yuan = 0.4
clicks_per_contact = 0.1

[[agency]]
name = "installs"
paid_per = "install"
yuan = 6

[[agency]]
name = "stayers"
cause = "seeded"
paid_per = "retained"
day = 2
yuan = 9
"""
ABUSE = """
[abuse]
accounts = 6_000
claims_per_account = 3
fresh_share = 0.3
posted_share = 0.5
resold_share = 0.5

[risk]
claw_back = 0.5
false_positive = 0.05
cost_per_check_yuan = 0.01
"""


def with_mechanisms(*changes: tuple[str, str], more: str = ACQUISITION) -> Scenario:
    """The golden scenario with tables below it, pieces of their text replaced, and a price of tokens."""
    for old, new in changes:
        assert more.count(old) == 1, old
        more = more.replace(old, new)
    price = ("fixed_yuan = {value = 1_000", "yuan_per_million_tokens = 5\nfixed_yuan = {value = 1_000")
    return changed(price, more=more)


@cache
def worlds_with_mechanisms() -> dict[str, World]:
    """Both worlds, with everything."""
    memory = InMemory(with_mechanisms(more=ACQUISITION + ABUSE), devices=1)
    return memory.sides(memory.dataset([0, 1], variants=[NO_CAMPAIGN, DESIGN]))
