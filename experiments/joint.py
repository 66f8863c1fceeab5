"""Joint calendars: several designs on one society and one calendar, each app with its own campaign.

A joint file names the campaign files and states the run and the chain that hold for all of them. In it every app is a
rival of the others with all of its campaign, so what a design says of other apps (their reach, their base) is left out.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError

from experiments.scenario import Scenario, load_scenario
from experiments.scenario_errors import input_error, read_text, syntax_error
from experiments.scenario_world import Chain, Run
from experiments.tables import Table
from experiments.toml_lines import line_of, locate
from graphs.errors import InputError
from growth.flows import APPS

__all__ = ["Joint", "JointFile", "is_joint", "load_joint", "refuse_joint"]


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
    """A joint calendar that is consistent. ``designs`` are its scenarios, each with the joint run and chain."""

    def __init__(self, file: JointFile, designs: list[Scenario]) -> None:
        self.file = file
        self.designs = [one.model_copy(update={"run": file.run, "chain": file.chain}) for one in designs]

    @property
    def apps(self) -> list[str]:
        """The apps, one a design."""
        return [design.campaign_app.name for design in self.designs]


def is_joint(path: str | Path) -> bool:
    """Whether a file is a joint calendar and not one campaign; anything that cannot be read is not."""
    try:
        return "designs" in tomllib.loads(read_text(path))
    except (InputError, tomllib.TOMLDecodeError):
        return False


def refuse_joint(path: str | Path) -> None:
    """Raise InputError where a file is a joint calendar: those are checked and not run yet."""
    if is_joint(path):
        held = load_joint(path).file.run.hold
        what = "this calendar is held back" if held else "a joint calendar is checked and not run yet"
        raise InputError(
            what, file=path, field="run.hold" if held else "designs", value=held, cure="run one of its designs"
        )


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
    """One campaign an app, inside the joint run, on one population, from one base."""

    def refused(what: str, name: str, **more: Any) -> InputError:
        return InputError(what, file=path, line=line, field="designs", value=name, **more)

    run, own = file.run, {design.campaign_app.name: design.campaign_app.base for design in designs}
    if len(own) < len(designs):
        raise refused("two designs of one app", ", ".join(file.designs), cure="one campaign an app")
    for name, design in zip(file.designs, designs, strict=True):
        campaign = design.campaign
        if not run.start <= campaign.start <= campaign.end <= run.last_day:
            allowed = f"{run.start.isoformat()} to {run.last_day.isoformat()}"
            raise refused("its campaign lies outside the joint run", name, allowed=allowed)
        if design.chain.population != file.chain.population:
            raise refused("another population", name, allowed=str(file.chain.population))
        for app in design.apps:
            if app.name in own and app.base.dau.value != own[app.name].dau.value:
                allowed = f"{own[app.name].dau.value:.0f}, as in its own design"
                raise refused(f"another base DAU of {app.name}", name, allowed=allowed)
