"""A chain as a folder: every array in chain.npz, and chain.json, which says in text what it is and was mended."""

from __future__ import annotations

import json
import zipfile
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np

from graphs.attributes import UserAttributes
from graphs.errors import InputError
from graphs.social_graph import SocialGraph

__all__ = ["load_chain", "save_chain"]

ARRAYS = ("offsets", "friends", "strength", "chat_offsets", "chats", "member_offsets", "members")
WHO = tuple(field.name for field in fields(UserAttributes))
FORMAT = 1


def save_chain(graph: SocialGraph, folder: str | Path, **made: Any) -> Path:
    """Write a chain into a new folder; ``made`` says how it was made (users, seed, ...) and is kept in chain.json.

    Raises InputError where the folder exists already.
    """
    place = Path(folder)
    if place.exists():
        raise InputError("exists already", file=place, cure="another name")
    if not place.parent.is_dir():
        raise InputError("no such folder", file=place.parent, cure="make it first")
    place.mkdir()
    arrays = {name: getattr(graph, name) for name in ARRAYS}
    arrays |= {f"user_{name}": getattr(graph.attributes, name) for name in WHO}
    if graph.labels is not None:
        arrays["labels"] = np.asarray(graph.labels)
    np.savez(place / "chain.npz", **arrays)
    about = {
        "format": FORMAT,
        "name": graph.name,
        "users": graph.num_users,
        "ties": graph.num_ties,
        "group_chats": graph.num_chats,
        "notes": list(graph.notes),
        "work_chats": list(graph.work_chats),
        "made": made,
    }
    (place / "chain.json").write_text(json.dumps(about, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return place


def load_chain(folder: str | Path) -> SocialGraph:
    """The chain of a folder that `save_chain` wrote, byte for byte. Raises InputError where it is none, or cut."""
    place = Path(folder)
    try:
        about = json.loads((place / "chain.json").read_text(encoding="utf-8"))
        with (place / "chain.npz").open("rb") as stream, np.load(stream, allow_pickle=False) as held:
            arrays = {name: held[name] for name in held.files}
    except FileNotFoundError as error:
        raise InputError("no chain in this folder", file=place, cure="growth chain make") from error
    except (ValueError, zipfile.BadZipFile, EOFError) as error:
        raise InputError("the chain in this folder is not whole", file=place, cure="make it again") from error
    if about.get("format") != FORMAT:
        raise InputError("a chain of another version", file=place, value=about.get("format"), allowed=str(FORMAT))
    if missing := {*ARRAYS, *(f"user_{name}" for name in WHO)} - set(arrays):
        field = min(missing)
        raise InputError("the chain in this folder is not whole", file=place, field=field, cure="make it again")
    rows: dict[str, Any] = {name: arrays[name] for name in ARRAYS}
    who: dict[str, Any] = {name: arrays[f"user_{name}"] for name in WHO}
    labels = arrays["labels"].tolist() if "labels" in arrays else None
    return SocialGraph(
        num_users=about["users"], **rows, attributes=UserAttributes(**who), labels=labels,
        name=about["name"], notes=tuple(about["notes"]), work_chats=tuple(about.get("work_chats", (0, 0))),
    )  # fmt: skip
