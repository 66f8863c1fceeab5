"""The campaign file that `growth init` writes: short, commented, and done in seconds."""

from __future__ import annotations

import json
from importlib import resources

from experiments.paths import slug
from graphs.errors import InputError

__all__ = ["template"]


def template(name: str) -> str:
    """A campaign file on a small generated chain, under a name with a letter or digit (else InputError)."""
    if not slug(name):
        raise InputError("holds no letter or digit", field="name", value=name, cure="a name such as spring_2027")
    file = resources.files("experiments") / "templates" / "campaign.toml"
    text = file.read_text(encoding="utf-8")
    return text.replace('"CAMPAIGN"', json.dumps(name, ensure_ascii=False))
