"""Joint calendars: several designs on one society and one calendar, each app with its own campaign.

A joint file names the campaign files and states the run and the chain that hold for all of them. In it every app is a
rival of the others with all of its campaign, so what a design says of other apps (their reach, their base) is left out,
and so are its variants: the worlds of a joint run are told apart by who campaigns in them.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError
from pydantic_core import PydanticCustomError

from experiments.intervention_checks import check_readings
from experiments.paths import slug
from experiments.scenario import Scenario, find_chain_file, load_scenario
from experiments.scenario_errors import input_error, read_text, syntax_error
from experiments.scenario_world import Chain, Run
from experiments.tables import Table
from experiments.toml_lines import line_of, locate
from experiments.toml_text import to_toml
from experiments.world_names import ALL_CAMPAIGNS, NO_CAMPAIGN
from graphs.errors import InputError
from growth.flows import APPS

__all__ = ["Joint", "JointFile", "is_joint", "load_joint"]


class JointFile(Table):
    """What a joint calendar holds."""

    schema_version: Annotated[Literal[1], Field(alias="schema")]
    """Version of this format."""
    name: str
    title: str = ""
    question: str = ""
    designs: Annotated[tuple[str, ...], Field(strict=False, min_length=2, max_length=APPS)]
    """Campaign files, seen from this file's folder."""
    run: Run
    chain: Chain


class Joint:
    """A joint calendar that is consistent.

    ``written`` are its scenarios as their files have them, ``designs`` the same with the joint run and chain. It is
    held back where the calendar or one of its designs is.
    """

    def __init__(self, file: JointFile, written: list[Scenario]) -> None:
        held = [file.run.hold, *(f"{one.name}: {one.run.hold}" if one.run.hold else None for one in written)]
        self.file, self.written = file, written
        self.run = file.run.model_copy(update={"hold": next((why for why in held if why), None)})
        self.designs = [one.model_copy(update={"run": self.run, "chain": file.chain}) for one in written]

    @property
    def name(self) -> str:
        """Name of the calendar."""
        return self.file.name

    @property
    def apps(self) -> list[str]:
        """The apps, one a design."""
        return [design.campaign_app.name for design in self.designs]

    @property
    def worlds(self) -> dict[str, tuple[bool, ...]]:
        """Which apps campaign in each world, by the world's name, in the order of the variant axis: none, all, all but
        each, and (where that is another world) each alone."""
        apps = self.apps
        found = {NO_CAMPAIGN: (False,) * len(apps), ALL_CAMPAIGNS: (True,) * len(apps)}
        found |= {f"without {name}": tuple(app != name for app in apps) for name in apps}
        if len(apps) > 2:
            found |= {f"only {name}": tuple(app == name for app in apps) for name in apps}
        return found

    def world_of(self, campaigning: tuple[bool, ...]) -> str:
        """Name of the world in which exactly these apps campaign."""
        return next(name for name, who in self.worlds.items() if who == campaigning)

    @property
    def window(self) -> tuple[dt.date, dt.date]:
        """First and last day on which some campaign is on: the days over which apps are compared."""
        campaigns = [design.campaign for design in self.designs]
        return min(one.start for one in campaigns), max(one.end for one in campaigns)

    def canonical_toml(self) -> str:
        """The calendar as a file that `load_joint` reads where `design_files` lie beside it."""
        return to_toml({**self.file.model_dump(exclude_none=True), "designs": list(self.design_files())})

    def design_files(self) -> dict[str, str]:
        """The resolved designs by file name."""
        return {f"design_{slug(one.campaign_app.name)}.toml": one.canonical_toml() for one in self.written}

    def sha256(self) -> str:
        """Hash of the calendar and its designs: equal for files that mean the same, wherever they lie."""
        plain = self.file.model_dump(mode="json", exclude_none=True, exclude={"designs"})
        told = [plain, *(json.loads(one.canonical_json()) for one in self.written)]
        return hashlib.sha256(json.dumps(told, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def is_joint(path: str | Path) -> bool:
    """Whether a file is a joint calendar and not one campaign; anything that cannot be read is not."""
    try:
        return "designs" in tomllib.loads(read_text(path))
    except (InputError, tomllib.TOMLDecodeError):
        return False


def load_joint(path: str | Path) -> Joint:
    """Read a joint calendar and every design it names.

    Raises InputError with file, line, field, value, allowed range and cure for the first problem, in the joint file or
    in a design.
    """
    text = read_text(path)
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise syntax_error(error, path, text) from None
    find_chain_file(data, path, text)
    try:
        file = JointFile.model_validate(data)
    except ValidationError as error:
        raise input_error(error, data, file=path, text=text) from None
    line = line_of(locate(text), ("designs",))
    designs = [_design(Path(path), name, line) for name in file.designs]
    _check(file, designs, Path(path), line)
    return Joint(file, designs)


def _design(path: Path, name: str, line: int | None) -> Scenario:
    place = path.parent / name
    if not place.is_file():
        cure = f"a path seen from {path.parent.resolve()}"
        raise InputError("no such file", file=path, line=line, field="designs", value=name, cure=cure)
    return load_scenario(place)


def _check(file: JointFile, designs: list[Scenario], path: Path, line: int | None) -> None:
    """One campaign an app, inside the joint run, on one population, from one base, by one law of response."""

    def refused(what: str, name: str, **more: Any) -> InputError:
        return InputError(what, file=path, line=line, field="designs", value=name, **more)

    run, own = file.run, {design.campaign_app.name: design.campaign_app.base for design in designs}
    if len({slug(name) for name in own}) < len(designs):
        raise refused("two designs of one app", ", ".join(file.designs), cure="one campaign an app")
    law = designs[0].response.law
    for name, design in zip(file.designs, designs, strict=True):
        inside = f"{run.start.isoformat()} to {run.last_day.isoformat()}"
        campaign = design.campaign
        if not run.start <= campaign.start <= campaign.end <= run.last_day:
            raise refused("its campaign lies outside the joint run", name, allowed=inside)
        for reach in design.reaches:
            if reach.app == design.campaign_app.name and not run.first_day <= reach.start <= reach.end <= run.last_day:
                raise refused(f"its reach {reach.name} lies outside the joint run", name, allowed=inside)
        if design.chain.population != file.chain.population:
            raise refused("another population", name, allowed=str(file.chain.population))
        if design.response.law != law:
            raise refused(f"another law of response than {file.designs[0]}", name, allowed=law)
        try:
            check_readings(design, run)
        except PydanticCustomError as error:
            told = error.context or {}
            what, value = f"an intervention of it: {told['what']}", f"{name}, {told['value']}"
            raise refused(what, value, allowed=told["allowed"], cure=told["cure"]) from None
        for app in design.apps:
            if app.name in own and app.base.dau.value != own[app.name].dau.value:
                allowed = f"{own[app.name].dau.value:.0f}, as in its own design"
                raise refused(f"another base DAU of {app.name}", name, allowed=allowed)
