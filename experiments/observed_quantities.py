"""The registry: every quantity that a file of reported figures may name, and what of a run it is."""

from __future__ import annotations

from typing import Literal, NamedTuple

from experiments.tables import closest
from graphs.errors import InputError

__all__ = ["QUANTITIES", "Functional", "functional_of"]


class Functional(NamedTuple):
    """What a reported quantity is of a run.

    ``kind``: how it was measured. "count" is a printed number of people or events, "rank" a place on the free chart of
    one store, "surge" one on a chart of growth, "funnel" a team's own count out of a number of trials, "shown" is known
    and held against nothing.
    ``variable`` of the run, over a ``window`` of days; ``over`` one day, the largest of several, or their sum.
    """

    kind: Literal["count", "rank", "surge", "funnel", "shown"]
    variable: str = ""
    window: int = 1
    over: Literal["day", "peak", "sum"] = "day"
    population: str = "everyone active in the app, all channels"
    store: str = ""
    why: str = ""
    """Why a quantity that is only shown is not fitted."""


_OTHER = "is not a quantity of the renewal equation; the full simulation prints it"

QUANTITIES: dict[str, Functional] = {
    "dau": Functional("count", "active", 1),
    "wau": Functional("count", "active", 7),
    "mau": Functional("count", "active", 30),
    "dau_peak": Functional("count", "active", 1, "peak"),
    "new_users": Functional("count", "new", over="sum", population="people who never had the app"),
    "installs": Functional("count", "installs", over="sum", population="first installs, all stores"),
    "reactivated": Functional(
        "count", "reactivated", over="sum", population="the dormant and those who removed the app"
    ),
    "draws_cumulative": Functional("count", "draws", over="sum", population="lottery draws used"),
    "ai_tasks_cumulative": Functional("count", "tasks", over="sum", population="AI tasks of all sessions"),
    "share_claims_cumulative": Functional("count", "claims", over="sum", population="claims of packets"),
    "app_store_cn_free_rank": Functional("rank", "installs", population="installs of one store", store="ios"),
    "invitations_accepted": Functional("funnel", "accepted", population="people without the app who saw a packet"),
    **{
        f"cohort_active_d{age}": Functional("funnel", "retained", age, population="people activated in the window")
        for age in (1, 3, 7, 14, 30)
    },
    "app_store_cn_free_rank_seed": Functional("shown", why="repeats a rank from a report we could not check"),
    "huawei_surge_rank": Functional("surge", "installs", population="installs over those before, all stores"),
    "app_store_surge_rank": Functional("surge", "installs", population="installs over those before, all stores"),
    "group_packets_cumulative": Functional("shown", why=_OTHER),
    "lower_tier_city_share": Functional("shown", why=_OTHER),
    "packets_emptied_cumulative": Functional("shown", why=_OTHER),
    "passphrase_unlocks_cumulative": Functional("shown", why=_OTHER),
    "share_claimers_cumulative": Functional("shown", why=_OTHER),
    "ai_interactions_day": Functional("shown", why="covers every channel of the company, not the app"),
    "tokens_per_minute_peak": Functional("shown", why="covers every channel of the company, not the app"),
    "orders_cumulative_3h": Functional("shown", why=_OTHER),
    "orders_cumulative_5h": Functional("shown", why=_OTHER),
    "orders_cumulative_9h": Functional("shown", why=_OTHER),
    "app_store_cn_free_downloads_at_rank_1": Functional("shown", why="is the source of the prior of chart.first"),
    "app_store_cn_free_downloads_at_rank_4": Functional("shown", why="is the source of the prior of chart.slope_top"),
    "all_stores_over_ios_downloads": Functional("shown", why="is the source of the prior of install.ios_store_share"),
}


def functional_of(quantity: str, *, file: object = None, line: int | None = None) -> Functional:
    """The entry of a quantity; InputError with file and line for a name that the registry does not know."""
    if quantity not in QUANTITIES:
        raise InputError(
            "unknown quantity",
            file=None if file is None else str(file),
            line=line,
            field="quantity",
            value=quantity,
            allowed=", ".join(name for name, entry in QUANTITIES.items() if entry.kind != "shown"),
            cure=closest(quantity, QUANTITIES),
        )
    return QUANTITIES[quantity]
