"""Prizes and tiers are paid and move nobody: variants that change only those are named, and are told no other law."""

from __future__ import annotations

import numpy as np

from experiments.unmoved import unmoved, unmoved_note
from experiments.world_names import DESIGN
from experiments.worlds import World, Worlds
from tests.small_run import FACTS, changed

VARIANTS = """
[[variant]]
name = "grand"
set = { "prize.*.yuan" = 5_000_000 }

[[variant]]
name = "steeper"
set = { "task.invite.tier_from" = [3], "task.invite.tier_yuan" = [5.0], "prize.first_day.count" = 4 }

[[variant]]
name = "both"
set = { "prize.*.yuan" = 5_000_000, "task.invite.sharer_yuan" = 0.7 }
"""


def test_variants_that_change_only_prizes_or_tiers_are_named() -> None:
    scenario = changed(more=VARIANTS)
    assert unmoved(scenario) == ["grand", "steeper"]
    assert unmoved_note(scenario).startswith("note: grand, steeper: only prizes or invitation tiers change")
    assert unmoved_note(changed()) == ""


def test_the_engine_is_told_the_same_but_what_tiers_pay() -> None:
    """So whatever is decided is decided alike: no flow can differ but through a pool that tiers empty."""
    worlds = Worlds(changed(more=VARIANTS), FACTS)
    number = {name: list(worlds.variants).index(name) for name in (DESIGN, "grand", "steeper")}
    told = {name: worlds.campaign([World(-1, 0, variant, 0)]) for name, variant in number.items()}
    for name, may in (("grand", set()), ("steeper", {"inviter_step", "inviter_cents"})):
        parts: dict[str, bool] = {}
        for part in ("schedule", "tables"):
            ours, theirs = (getattr(told[one], part)._asdict() for one in (DESIGN, name))
            parts |= {field: np.array_equal(ours[field], theirs[field]) for field in ours}
        assert {field for field, same in parts.items() if not same} == may
        assert np.array_equal(told[DESIGN].total_pool, told[name].total_pool)
