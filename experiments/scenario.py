"""Reads a campaign file: TOML to a checked `Scenario`, or one line that says what is wrong and where."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from experiments.defaults import load_defaults, load_limits
from experiments.quantity import plain
from experiments.scenario_errors import input_error, read_text, syntax_error
from experiments.scenario_models import Scenario
from experiments.toml_lines import line_of, locate
from graphs.errors import InputError

__all__ = ["Scenario", "find_chain_file", "load_scenario", "parse_scenario", "scenario_schema"]


def load_scenario(path: str | Path) -> Scenario:
    """Read and check a campaign file, its variants included.

    Raises InputError with file, line, field, value, allowed range and cure for the first problem in the file.
    A chain of kind "file" is looked for from the folder of the scenario file.
    """
    return parse_scenario(read_text(path), file=path)


def parse_scenario(text: str, *, file: str | Path = "scenario") -> Scenario:
    """Check a campaign given as TOML text; `file` names it in errors, its folder is where a chain lies."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise syntax_error(error, file, text) from None
    find_chain_file(data, file, text)
    try:
        scenario = Scenario.model_validate(data)
    except ValidationError as error:
        raise input_error(error, data, file=file, text=text) from None
    return scenario


def scenario_schema() -> dict[str, Any]:
    """JSON Schema of campaign files: units, allowed ranges, the kinds of task as a discriminated union."""
    schema = Scenario.model_json_schema()
    quantity = {"$ref": "#/$defs/Quantity"}
    schema["properties"]["behaviour"] = {
        "type": "object",
        "description": "Behaviour parameters by dotted name, instead of the sourced defaults.",
        "additionalProperties": False,
        "properties": {
            name: {
                **limits.json_schema(quantity),
                "description": load_defaults()[name].meaning,
                "default": plain(load_defaults()[name].value),
            }
            for name, limits in load_limits().items()
        },
    }
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def find_chain_file(data: dict[str, Any], file: str | Path, text: str) -> None:
    """Make the path of a chain's file absolute, so that the resolved scenario can be read from anywhere."""
    chain = data.get("chain")
    if not (isinstance(chain, dict) and isinstance(chain.get("path"), str)):
        return
    path = (Path(file).parent / chain["path"]).resolve()
    if not path.is_file():
        line = line_of(locate(text), ("chain", "path"))
        cure = f"a path seen from {Path(file).parent.resolve()}"
        raise InputError("no such file", file=file, line=line, field="chain.path", value=chain["path"], cure=cure)
    chain["path"] = str(path)
