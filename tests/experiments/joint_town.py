"""A small made-up joint calendar: three apps that campaign in one town within a week."""

from __future__ import annotations

from pathlib import Path
from typing import Any

__all__ = ["APPS", "write_calendar"]

APPS = ("alpha", "beta", "gamma")
DAUS = {"alpha": 20_000, "beta": 12_000, "gamma": 9_000}
CALENDAR = """
schema = 1
name = "town"
title = "Three apps in one town"
question = "Who wins from whom?"
designs = [{designs}]

[run]
start = 2026-03-02
days = 8
warm_up_days = 3
replicates = {replicates}
parameter_draws = {draws}
rounds_per_day = 4
rng_seed = 11

[chain]
kind = "foci"
users = {users}
population = 200_000
mean_degree = 20
seed = 3
"""
DESIGN = """
schema = 1
name = "{app}_design"

[run]
start = 2026-03-02
days = 8
warm_up_days = 3
replicates = 1
parameter_draws = 0
rounds_per_day = 4

[chain]
kind = "foci"
users = 1_000
population = 200_000
mean_degree = 20

{apps}
[campaign]
start = 2026-03-0{start}
end = 2026-03-0{end}
fixed_yuan = {{value = 1_000, low = 500, high = 3_000, source = "made up", grade = "assumption"}}

[[reach]]
name = "ads"
app = "{app}"
cause = "paid"
start = 2026-03-0{start}
end = 2026-03-0{end}
people_per_day = 50_000
response_new = 0.1
response_dormant = 0.1
cost_per_contact_yuan = 0.05

[[task]]
kind = "draw"
free_per_day = 2
daily_limit = 10

[[task]]
kind = "share"
daily_limit = 10
draws_per_claim = 1
daily_draw_limit = 10
slots = 5

[[task]]
kind = "invite"
sharer_yuan = 3
invitee_yuan = 2
limit = 20
pool = "money"

[[reward]]
name = "draw"
law = "lucky"
mean_yuan = {{value = 0.2, low = 0.1, high = 0.4, source = "made up", grade = "assumption"}}
pool = "money"

[[reward]]
name = "packet"
law = "fixed"
mean_yuan = 0.5
pool = "money"

[[pool]]
name = "money"
total_yuan = {pool}

[behaviour]
share.rate = 0.04
share.reward_elasticity = 2.5
see.single_chat = 0.9
see.group_chat = 0.8
respond.base_never = -6.0
respond.base_uninstalled = -6.0
respond.base_dormant = -5.0
respond.reward = 2.5
rival.attention_loss = {attention}
rival.invitation_loss = {loss}
"""
APP = """[[app]]
name = "{name}"{campaign}
[app.base]
dau = {dau}
dormant = 4_000
uninstalled = 5_000
"""
DATES = {"alpha": (2, 5), "beta": (3, 6), "gamma": (2, 4)}


def write_calendar(folder: Path, order: tuple[str, ...] = APPS, *, loss: Any = 0.6, **told: Any) -> Path:
    """The calendar's file in a folder, its designs beside it in this order; each design knows all three apps, in the
    same order always. ``told`` are numbers of the files, and by an app's name what stands at the end of its design."""
    folder.mkdir(parents=True, exist_ok=True)
    for app in APPS:
        apps = "\n".join(
            APP.format(name=name, campaign="\ncampaign = true" if name == app else "", dau=DAUS[name]) for name in APPS
        )
        start, end = DATES[app]
        numbers = {"pool": 40_000, "attention": 0.2, "loss": loss, **told}
        text = DESIGN.format(app=app, apps=apps, start=start, end=end, **numbers) + told.get(app, "")
        (folder / f"{app}.toml").write_text(text, encoding="utf-8")
    numbers = {"replicates": 2, "draws": 0, "users": 1_000, **told}
    designs = ", ".join(f'"{app}.toml"' for app in order)
    place = folder / "calendar.toml"
    place.write_text(CALENDAR.format(designs=designs, **numbers), encoding="utf-8")
    return place
