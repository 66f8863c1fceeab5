"""Chains from and to `igraph.Graph`, and so from and to every format that igraph reads and writes."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

import numpy as np

from graphs.errors import InputError
from graphs.social_graph import SocialGraph

if TYPE_CHECKING:
    import igraph

__all__ = ["from_igraph", "to_igraph"]


def from_igraph(graph: igraph.Graph, *, name: str = "igraph", seed: int = 0) -> SocialGraph:
    """An undirected chain of the graph's vertices, isolated ones too. Vertex attribute ``name`` becomes the users' own
    ids, edge attribute ``strength`` (whole numbers 0..255) the strengths. Self ties and repeats are counted in
    ``notes``. Raises InputError for strengths out of range."""
    ends = np.array(graph.get_edgelist(), dtype=np.int64).reshape(-1, 2)
    strength = np.array(graph.es["strength"]) if "strength" in graph.es.attributes() else None
    if strength is not None and len(strength) and not (strength.min() >= 0 and strength.max() <= 255):
        raise InputError("a strength out of range", field="strength", value=int(strength.max()), allowed="0 to 255")
    labels = list(graph.vs["name"]) if "name" in graph.vs.attributes() else None
    return SocialGraph.from_edges(
        graph.vcount(), ends[:, 0], ends[:, 1], strength=strength, labels=labels, seed=seed, name=name
    )


def to_igraph(graph: SocialGraph) -> igraph.Graph:
    """Every tie once, with its strength; vertices carry name (the users' own ids as text) and all attributes."""
    import igraph

    owner = np.repeat(np.arange(graph.num_users), graph.degree())
    once = owner < graph.friends
    who = {field.name: getattr(graph.attributes, field.name).tolist() for field in fields(graph.attributes)}
    return igraph.Graph(
        n=graph.num_users,
        edges=np.column_stack([owner[once], graph.friends[once]]).tolist(),
        vertex_attrs={"name": [str(label) for label in graph.labels or range(graph.num_users)], **who},
        edge_attrs={"strength": graph.strength[once].tolist()},
    )
