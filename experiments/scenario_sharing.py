"""How people share, beyond the defaults: a feed, notices by the app, sharing as a trait, fatigue, and giving back."""

from __future__ import annotations

from typing import Annotated

from experiments.mechanism_defaults import sourced
from experiments.quantity import Limits, Quantity
from experiments.tables import Table

__all__ = ["Fatigue", "Feed", "Notices", "Reciprocity", "Sharing"]

_Share = Limits("share", 0, 1)
_Effort = Limits("logit", 0, 20)


class Feed(Table):
    """A place where a packet is posted to all friends at once, with and without the campaign."""

    enabled: bool = True
    share: Annotated[Quantity, _Share] = sourced("feed.share")
    """Packets that are posted; the others go to chats and friends as ever."""
    see: Annotated[Quantity, Limits("probability", 0, 1)] = sourced("feed.see")
    """A friend sees a post in time. Its link opens where links of the platform open in single chats."""
    effort: Annotated[Quantity, _Effort] = sourced("feed.effort")
    """Logit by which it is answered less than a packet that was sent to somebody."""
    circles: Annotated[Quantity, Limits("exponent", 0, 5)] = sourced("feed.circles")
    """How much less somebody posts who was told by friends of several circles; those who are told by one post as a
    rule."""
    attention: Annotated[Quantity, Limits("exponent", 0, 1)] = sourced("feed.attention")
    """How far attention is divided: 0, everybody sees as large a share of posts; 1, with twice the friends half as
    large a one. The mean over ties stays ``see``."""


class Notices(Table):
    """The campaign's app tells friends of whoever uses it by itself, while the campaign is on. Nobody is paid."""

    enabled: bool = True
    rate: Annotated[Quantity, _Share] = sourced("notices.rate")
    """Sessions that friends are told of."""
    friends: Annotated[Quantity, Limits("friends", 0, 5000)] = sourced("notices.friends")
    """How many of them, at most as many as there are."""
    see: Annotated[Quantity, Limits("probability", 0, 1)] = sourced("notices.see")
    """A friend sees a notice in time."""
    effort: Annotated[Quantity, _Effort] = sourced("notices.effort")
    """Logit by which it is answered less than a packet that somebody sent."""


class Sharing(Table):
    """Sharing as a trait of people; how much is shared in all does not change."""

    enabled: bool = True
    habit: Annotated[Quantity, _Share] = sourced("sharing.habit")
    """Sessions that share as their person always does."""
    alike: Annotated[Quantity, _Share] = sourced("sharing.alike")
    """People who always share as their affinity says, which is alike among friends."""
    hubs: Annotated[Quantity, _Share] = sourced("sharing.hubs")
    """Of the others, those who always share as their number of friends says."""


class Fatigue(Table):
    """The longer somebody takes part in the campaign, the less they share; while it is on."""

    enabled: bool = True
    per_day: Annotated[Quantity, Limits("share of sessions a day", 0, 1)] = sourced("fatigue.per_day")
    """Of the sessions that would share, those that no longer do, with every day since their person came, or since
    the campaign began where they had come before."""


class Reciprocity(Table):
    """Money from packets moves those who got it to share a packet themselves, in their next session."""

    enabled: bool = True
    yuan_per_yuan: Annotated[Quantity, Limits("yuan sent per yuan received", 0, 10)] = sourced(
        "reciprocity.yuan_per_yuan"
    )
    """Worth of the packets that are shared because of it, over the money received."""
