"""One person of a chain: attributes, home and work, friends and groups, as plain numbers and words."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from graphs.attributes import QQ, WECHAT
from graphs.errors import InputError
from graphs.geography import home_kilometres, work_kilometres
from graphs.social_graph import SocialGraph

__all__ = ["age_label", "person", "user_of"]

PLATFORMS = {WECHAT: "WeChat", QQ: "QQ", WECHAT | QQ: "WeChat and QQ"}
OLDEST_BAND = 11


def age_label(band: int) -> str:
    """Five-year class in years: 0 is 10-14."""
    return f"{10 + 5 * band} and over" if band >= OLDEST_BAND else f"{10 + 5 * band}-{14 + 5 * band}"


def user_of(graph: SocialGraph, name: str) -> int:
    """Row of a user by the id of the user's own file, else by number; InputError names the ones there are."""
    if graph.labels is not None:
        found = {str(label): row for row, label in enumerate(graph.labels)}.get(name)
    else:
        found = int(name) if name.isascii() and name.isdigit() and int(name) < graph.num_users else None
    if found is None:
        allowed = f"0 to {graph.num_users - 1}" if graph.labels is None else f"{graph.labels[0]!r}, ... of the file"
        raise InputError("no such user", field="USER", value=name, allowed=allowed)
    return found


def person(graph: SocialGraph, user: int) -> dict[str, Any]:
    """Attributes of a user, friends (strongest first) and groups (largest first); JSON-ready."""
    who = graph.attributes
    placed = who.town.min() != who.town.max()
    home = home_kilometres(who) if placed else None
    groups = graph.chats[graph.chat_offsets[user] : graph.chat_offsets[user + 1]]
    return {
        "user": _own_id(graph, user),
        "age": age_label(int(who.age_band[user])),
        "gender": ("male", "female")[int(who.gender[user])],
        "city_tier": int(who.city_tier[user]),
        "province": int(who.province[user]),
        "town": int(who.town[user]),
        "home_km": None if home is None else _point(home[user]),
        "work_km": None if home is None else _point(work_kilometres(who)[user]),
        "phone": ("iOS", "Android")[int(who.phone[user])],
        "platforms": PLATFORMS[int(who.platforms[user])],
        "affinity": round(int(who.affinity[user]) / 255, 3),
        "friends": _friends(graph, user, groups, home),
        "groups": _groups(graph, user, groups),
    }


def _own_id(graph: SocialGraph, user: int) -> Any:
    return int(user) if graph.labels is None else graph.labels[user]


def _point(place: NDArray[np.floating]) -> list[float]:
    return [round(float(part), 1) for part in place]


def _members(graph: SocialGraph, group: int) -> NDArray[np.int32]:
    return graph.members[graph.member_offsets[group] : graph.member_offsets[group + 1]]


def _friends(
    graph: SocialGraph, user: int, groups: NDArray[np.int32], home: NDArray[np.floating] | None
) -> list[dict[str, Any]]:
    friends = graph.friends_of(user)
    strength = graph.strength[graph.offsets[user] : graph.offsets[user + 1]]
    met = np.concatenate([_members(graph, group) for group in groups]) if len(groups) else friends[:0]
    shared = np.bincount(met, minlength=graph.num_users)[friends]
    who, rows = graph.attributes, []
    for at in np.argsort(~strength, kind="stable"):
        friend = int(friends[at])
        apart = None if home is None else round(float(np.hypot(*(home[friend] - home[user]))), 1)
        rows.append(
            {
                "user": _own_id(graph, friend),
                "strength": int(strength[at]),
                "shared_groups": int(shared[at]),
                "km": apart,
                "age": age_label(int(who.age_band[friend])),
                "town": int(who.town[friend]),
                "friends": int(graph.offsets[friend + 1] - graph.offsets[friend]),
            }
        )
    return rows


def _groups(graph: SocialGraph, user: int, groups: NDArray[np.int32]) -> list[dict[str, Any]]:
    friends = graph.friends_of(user)
    rows = []
    for group in groups:
        members = _members(graph, group)
        rows.append(
            {
                "group": int(group),
                "members": len(members),
                "friends_in_it": int(np.isin(members, friends, assume_unique=True).sum()),
            }
        )
    return sorted(rows, key=lambda one: -one["members"])
