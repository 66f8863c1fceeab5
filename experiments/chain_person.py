"""One person of a chain, stored or computed: attributes, home and work, friends and groups, as plain numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from graphs.attributes import QQ, WECHAT, UserAttributes
from graphs.errors import InputError
from graphs.geography import home_kilometres, work_kilometres
from graphs.implicit import ImplicitChain
from graphs.implicit_places import homes, works
from graphs.implicit_slots import FriendLists, each_slot, friend_lists
from graphs.materialise import attributes_of
from graphs.social_graph import SocialGraph

__all__ = ["age_label", "computed_person", "person", "user_of"]

PLATFORMS = {WECHAT: "WeChat", QQ: "QQ", WECHAT | QQ: "WeChat and QQ"}
OLDEST_BAND = 11


def age_label(band: int) -> str:
    """Five-year class in years: 0 is 10-14."""
    return f"{10 + 5 * band} and over" if band >= OLDEST_BAND else f"{10 + 5 * band}-{14 + 5 * band}"


def user_of(graph: SocialGraph | ImplicitChain, name: str) -> int:
    """Row of a user by the id of the user's own file, else by number; InputError names the ones there are."""
    labels = getattr(graph, "labels", None)
    if labels is not None:
        found = {str(label): row for row, label in enumerate(labels)}.get(name)
    else:
        found = int(name) if name.isascii() and name.isdigit() and int(name) < graph.num_users else None
    if found is None:
        allowed = f"0 to {graph.num_users - 1}" if labels is None else f"{labels[0]!r}, ... of the file"
        raise InputError("no such user", field="USER", value=name, allowed=allowed)
    return found


def person(graph: SocialGraph, user: int) -> dict[str, Any]:
    """Attributes of a user, friends (strongest first) and groups (largest first); JSON-ready."""
    who = graph.attributes
    placed = who.town.min() != who.town.max()
    home = home_kilometres(who) if placed else None
    groups = graph.chats[graph.chat_offsets[user] : graph.chat_offsets[user + 1]]
    work = None if home is None else work_kilometres(who)[user]
    return {
        "user": _own_id(graph, user),
        **_attributes(who, user),
        "home_km": None if home is None else _point(home[user]),
        "work_km": None if work is None else _point(work),
        "friends": _friends(graph, user, groups, home),
        "groups": _groups(graph, user, groups),
    }


def _attributes(who: UserAttributes, row: int) -> dict[str, Any]:
    return {
        "age": age_label(int(who.age_band[row])),
        "gender": ("male", "female")[int(who.gender[row])],
        "city_tier": int(who.city_tier[row]),
        "province": int(who.province[row]),
        "town": int(who.town[row]),
        "phone": ("iOS", "Android")[int(who.phone[row])],
        "platforms": PLATFORMS[int(who.platforms[row])],
        "affinity": round(int(who.affinity[row]) / 255, 3),
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


def computed_person(chain: ImplicitChain, user: int) -> dict[str, Any]:
    """The same of a chain that stores no tie, in some ten thousand look-ups: it takes as long among 1.4 billion."""
    host = chain.host()
    me = np.array([user], dtype=np.int32)
    mine = friend_lists(host, me)
    theirs = friend_lists(host, mine.friends)
    who, home = attributes_of(host, me), homes(host, me)
    work_town, work = works(host, me)
    _, slot = each_slot(host.chat_count(me))
    groups = np.unique(host.chat(np.full(len(slot), user, np.int32), slot))
    seat_of, seat = each_slot(host.chat_size(groups))
    members = np.unique((seat_of << 32) | host.member(groups[seat_of], seat))  # who sits twice is met once
    group_of, member = members >> 32, (members & 0xFFFFFFFF).astype(np.int32)
    return {
        "user": int(user),
        **_attributes(who, 0),
        "home_km": _point(home[0]),
        "work_town": int(work_town[0]),
        "work_km": _point(work[0]),
        "friends": _computed_friends(host, mine, theirs, np.hypot(*(homes(host, mine.friends) - home[0]).T), member),
        "groups": _computed_groups(groups, group_of, np.isin(member, mine.friends)),
    }


def _computed_friends(
    chain: ImplicitChain, mine: FriendLists, theirs: FriendLists, apart: NDArray[np.floating], met: NDArray[np.int32]
) -> list[dict[str, Any]]:
    who = attributes_of(chain, mine.friends)
    order = np.argsort(~mine.strength, kind="stable")
    people, count = np.unique(met, return_counts=True)
    shared = dict(zip(people.tolist(), count.tolist(), strict=True))
    return [
        {
            "user": int(mine.friends[at]),
            "strength": int(mine.strength[at]),
            "shared_groups": shared.get(int(mine.friends[at]), 0),
            "km": round(float(apart[at]), 1),
            "age": age_label(int(who.age_band[at])),
            "town": int(who.town[at]),
            "friends": int(theirs.degree[at]),
        }
        for at in order
    ]


def _computed_groups(
    groups: NDArray[np.int32], group_of: NDArray[np.int64], friend: NDArray[np.bool_]
) -> list[dict[str, Any]]:
    members, friends = (np.bincount(group_of[which], minlength=len(groups)) for which in (slice(None), friend))
    columns = zip(groups.tolist(), members.tolist(), friends.tolist(), strict=True)
    rows = [{"group": group, "members": size, "friends_in_it": inside} for group, size, inside in columns]
    return sorted(rows, key=lambda one: -one["members"])
