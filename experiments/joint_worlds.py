"""The worlds of a joint calendar: each app lowered from its own design, its campaign on or off."""

from __future__ import annotations

import zlib

from experiments.base_inflow import ChainFacts
from experiments.joint import Joint
from experiments.lower_money import is_dated, parts_of
from experiments.moments import without_campaign
from experiments.parameters import Places, draw_places
from experiments.scenario import Scenario
from experiments.worlds import World, Worlds
from graphs.errors import InputError
from growth.state import Part

__all__ = ["JointWorlds", "joint_places"]

SHARED = ("behaviour", "channel", "calendar")
"""Numbers about people, platforms and days: what two designs leave open there is the same unknown."""


def joint_places(joint: Joint) -> list[list[Places]]:
    """Places of the parameter draws, [app][draw].

    A number about people, platforms or days stands at one place in every design that has it. What belongs to a campaign
    (its pools, its reach) is drawn for each app by itself, also where two designs call it alike.
    """
    run, found = joint.run, []
    for design in joint.designs:
        own_seed = run.rng_seed ^ zlib.crc32(design.campaign_app.name.encode())
        shared, own = (draw_places(design, run.parameter_draws, seed) for seed in (run.rng_seed, own_seed))
        found.append([{path: _place(path, *both) for path in both[0]} for both in zip(shared, own, strict=True)])
    return found


def _place(path: str, shared: Places, own: Places) -> float:
    return (shared if path.split(".")[0] in SHARED else own)[path]


class JointWorlds(Worlds):
    """All worlds of a joint calendar, told to the engine like those of one scenario: app i is that of design i."""

    def __init__(self, joint: Joint, facts: ChainFacts) -> None:
        self.joint = joint
        self._off = [without_campaign(design) for design in joint.designs]
        self._app_places = joint_places(joint)
        super().__init__(joint.designs[0], facts)

    def _name(self) -> None:
        self.places = []
        self.variants = dict.fromkeys(self.joint.worlds, self.designs[0])
        self._who = list(self.joint.worlds.values())

    def _check(self, world: World, app: int) -> None:
        """Raise InputError for a lane that cannot be run, and say of which design."""
        try:
            super()._check(world, app)
        except InputError as error:
            raise InputError(
                f"in {self.designs[app].name}, {error.what}",
                field=error.field,
                value=error.value,
                allowed=error.allowed,
                cure=error.cure,
            ) from None

    @property
    def apps(self) -> int:
        """Apps that live beside one another: lanes of a world."""
        return len(self.joint.designs)

    @property
    def designs(self) -> list[Scenario]:
        """The scenarios that are run, as written."""
        return self.joint.designs

    @property
    def parts(self) -> int:
        """Parts of the day that some app needs; and an invitation to one can be the loss of another, if it can."""
        path = "behaviour.rival.invitation_loss"
        losses = [design.numbers()[path] for design in self.designs]
        loses = any(loss.value or loss.high for loss in losses) or any(is_dated(one, path) for one in self.designs)
        return parts_of(self.designs) + (Part.RIVAL if loses else 0)

    def alike(self, variant: int, app: int) -> int:
        """The first variant in which an app is lowered from the same scenario."""
        return next(at for at, who in enumerate(self._who) if who[app] == self._who[variant][app])

    def design(self, variant: int, app: int) -> Scenario:
        """What an app is lowered from in a world: its own design, or the same without the campaign."""
        return self.designs[app] if self._who[variant][app] else self._off[app]

    def app_name(self, app: int) -> str:
        """Name of an app by its place."""
        return self.designs[app].campaign_app.name

    def place(self, draw: int, app: int) -> Places | None:
        """Where an app's numbers stand in their ranges; None at the central values (``draw`` -1)."""
        return None if draw < 0 else self._app_places[app][draw]
