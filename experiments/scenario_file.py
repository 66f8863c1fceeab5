"""`ScenarioFile`: the tables of a campaign file as one object, and every value of it by dotted path."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, field_validator

from experiments.behaviour_overrides import resolve_behaviour
from experiments.defaults import load_limits
from experiments.paths import Leaf, leaves
from experiments.quantity import Limits, Quantity
from experiments.scenario_abuse import Abuse, Risk
from experiments.scenario_acquisition import Agency, Content, Seeding
from experiments.scenario_campaign import (
    Campaign,
    Groups,
    Intervention,
    Pool,
    Prize,
    Quotas,
    Reach,
    Response,
    Reward,
    Variant,
    Wallet,
)
from experiments.scenario_interest import Interest
from experiments.scenario_serving import Serving
from experiments.scenario_sharing import Fatigue, Feed, Notices, Reciprocity, Sharing
from experiments.scenario_tasks import Task
from experiments.scenario_world import App, Calendar, Chain, Channel, Run, all_channels
from experiments.tables import Table, refuse

__all__ = ["ScenarioFile"]

BehaviourNumber = Annotated[Quantity, Limits("its own unit")]


class ScenarioFile(Table):
    """What a campaign file holds. Attributes are plural (`pools`) where a table repeats (`[[pool]]`)."""

    schema_version: Annotated[Literal[1], Field(alias="schema")]
    """Version of this format."""
    name: str
    title: str = ""
    question: str = ""
    """What the run is to answer; opens the report."""
    run: Run
    chain: Chain
    apps: Annotated[tuple[App, ...], Field(strict=False, alias="app")]
    campaign: Campaign
    reaches: Annotated[tuple[Reach, ...], Field(strict=False, alias="reach")] = ()
    seedings: Annotated[tuple[Seeding, ...], Field(strict=False, alias="seeding")] = ()
    agencies: Annotated[tuple[Agency, ...], Field(strict=False, alias="agency")] = ()
    content: Content | None = None
    abuse: Abuse | None = None
    risk: Risk | None = None
    channels: Annotated[tuple[Channel, ...], Field(strict=False, alias="channel", validate_default=True)] = ()
    tasks: Annotated[tuple[Task, ...], Field(strict=False, alias="task")] = ()
    rewards: Annotated[tuple[Reward, ...], Field(strict=False, alias="reward")] = ()
    pools: Annotated[tuple[Pool, ...], Field(strict=False, alias="pool")] = ()
    prizes: Annotated[tuple[Prize, ...], Field(strict=False, alias="prize")] = ()
    quotas: Quotas = Quotas()
    groups: Groups = Groups()
    response: Response = Response()
    wallet: Wallet | None = None
    serving: Serving | None = None
    feed: Feed | None = None
    notices: Notices | None = None
    sharing: Sharing | None = None
    fatigue: Fatigue | None = None
    reciprocity: Reciprocity | None = None
    interest: Interest | None = None
    calendar: Calendar = Calendar()
    interventions: Annotated[tuple[Intervention, ...], Field(strict=False, alias="intervention")] = ()
    behaviour: Annotated[dict[str, BehaviourNumber], Field(default_factory=dict, validate_default=True)]
    """Every behaviour parameter by dotted name: the sourced default, or what the file sets instead."""
    variants: Annotated[tuple[Variant, ...], Field(strict=False, alias="variant")] = ()

    @field_validator("channels", mode="after")
    @classmethod
    def _four_channels(cls, given: tuple[Channel, ...]) -> tuple[Channel, ...]:
        names = [channel.name for channel in given]
        for index, name in enumerate(names):
            if name in names[:index]:
                raise refuse("is there twice", loc=(index,), value=name, cure="merge the two [[channel]] tables")
        return all_channels(given)

    @field_validator("behaviour", mode="before")
    @classmethod
    def _with_defaults(cls, given: Any) -> Any:
        return resolve_behaviour(given) if isinstance(given, dict) else given

    @property
    def campaign_app(self) -> App:
        """The app that runs the campaign."""
        return next(app for app in self.apps if app.campaign)

    def leaves(self) -> dict[str, Leaf]:
        """Every value by dotted path, with the limits of the numbers."""
        found = leaves(self)
        for name, limits in load_limits().items():
            path = f"behaviour.{name}"
            if path in found:
                found[path] = Leaf(found[path].value, limits)
        return found

    def numbers(self) -> dict[str, Quantity]:
        """Every number with meaning by dotted path, behaviour included; what is not set is left out."""
        return {path: leaf.value for path, leaf in self.leaves().items() if isinstance(leaf.value, Quantity)}
