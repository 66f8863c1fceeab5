"""Generated chains kept between runs: the next run of the same society reads it instead of making it again.

A chain is a pure function of its parameters, the seed and the source of `graphs`: the name of its folder is a digest
of all three, so that a changed generator never meets an old chain. The few chains used last are kept.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from contextlib import suppress
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from experiments.chains import build_chain
from experiments.scenario import Scenario
from graphs.chain_folder import load_chain, save_chain
from graphs.errors import InputError
from graphs.social_graph import SocialGraph

__all__ = ["KEPT_CHAINS", "MOST_KEPT_TIES", "kept_chain"]

KEPT_CHAINS = 4
"""How many chains stay; the one used longest ago goes first."""
MOST_KEPT_TIES = 50_000_000
"""A larger chain is not kept: half a gigabyte on disk is where a cache stops being a courtesy."""


def kept_chain(scenario: Scenario, number: int, store: Path) -> Any:
    """The ``number``-th chain of a scenario, from the folder ``store`` when it was made before.

    A user's own file and textbook graphs are always read or made anew. A store that cannot be written to, or a kept
    chain that is not whole, costs time and nothing else.
    """
    if scenario.chain.kind != "foci":
        return build_chain(scenario, number)
    place = store / _digest(scenario.chain.model_dump(mode="json"), number)
    graph: Any
    try:
        graph = load_chain(place)
        os.utime(place)
        return graph
    except (InputError, OSError):  # not kept, or not whole
        graph = build_chain(scenario, number)
    if graph.num_ties <= MOST_KEPT_TIES:
        with suppress(OSError):  # no room, or no right to write there
            _keep(graph, place)
    return graph


def _digest(chain: dict[str, Any], number: int) -> str:
    """Name of a kept chain's folder."""
    text = json.dumps([chain, number, _source()], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:24]


@cache
def _source() -> str:
    """Digest of the generator: every source file of `graphs`."""
    digest = hashlib.sha256()
    files = (file for file in resources.files("graphs").iterdir() if file.name.endswith(".py"))
    for file in sorted(files, key=lambda one: one.name):
        digest.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()


def _keep(graph: SocialGraph, place: Path) -> None:
    """Write beside, then rename: whoever reads at the same time sees a whole chain or none."""
    place.parent.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(place, ignore_errors=True)
    with tempfile.TemporaryDirectory(dir=place.parent, prefix=".making-") as beside:
        os.rename(save_chain(graph, Path(beside) / "chain"), place)
    kept = sorted((one for one in place.parent.iterdir() if (one / "chain.json").is_file()), key=_last_used)
    for old in kept[:-KEPT_CHAINS]:
        shutil.rmtree(old, ignore_errors=True)


def _last_used(folder: Path) -> float:
    return folder.stat().st_mtime
