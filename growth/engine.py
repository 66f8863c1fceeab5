"""The engine's outside: the day's three parts compiled once for a block of lanes, over any number of devices.

Lanes are independent given the graph, so devices share nothing: every array of state and campaign is cut along
its first axis, and what is a scalar inside a device is one entry a device outside. The same source runs on one CPU,
on several devices and on a GPU, and the result does not depend on which.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from graphs.device import Chain
from growth.base_world import begin
from growth.campaign import Campaign, Lanes, Tables
from growth.day import morning, night, responses, sessions
from growth.night import Flows
from growth.state import LEAST_CHUNK, Sizes, State

__all__ = ["Engine"]

_CUT: Any = PartitionSpec("lanes")
_WHOLE: Any = PartitionSpec()
_TOLD: Any = Campaign(Lanes(*[_CUT] * len(Lanes._fields)), _CUT, Tables(*[_CUT] * len(Tables._fields)), _CUT)
_TOLD = _TOLD._replace(tables=_TOLD.tables._replace(logistic=_WHOLE))  # one table for all lanes


class Engine:
    """Compiled parts of a day for blocks of one structure.

    ``sizes`` are those of one device; a block has ``sizes.lanes * len(devices)`` lanes. The graph is copied to
    every device. Raises ValueError when a flat id does not fit in 31 bits.
    """

    def __init__(self, graph: Chain, sizes: Sizes, devices: list[jax.Device] | None = None) -> None:
        if sizes.lanes * sizes.users >= 1 << 31:
            raise ValueError(f"{sizes.lanes} lanes of {sizes.users} users do not fit a 31-bit id")
        if sizes.chunk < LEAST_CHUNK:
            raise ValueError(
                f"chunks of {sizes.chunk} rows are below {LEAST_CHUNK}: a block of reached users needs that"
            )
        self.sizes = sizes
        self.devices = devices or jax.devices()[:1]
        self.mesh = Mesh(np.array(self.devices), ("lanes",))
        self.graph = jax.device_put(graph, NamedSharding(self.mesh, _WHOLE))
        self._begin = self._compile(begin, state=False, flows=False)
        self._morning = self._compile(morning, state=True, flows=False)
        self._sessions = self._compile(sessions, state=True, flows=False)
        self._responses = self._compile(responses, state=True, flows=False)
        self._night = self._compile(night, state=True, flows=True)

    @property
    def lanes(self) -> int:
        """Lanes of a block, all devices together."""
        return self.sizes.lanes * len(self.devices)

    def place(self, campaign: Campaign) -> Campaign:
        """A campaign of `lanes` lanes (NumPy) on the devices."""
        where = jax.tree.map(lambda spec: NamedSharding(self.mesh, spec), _TOLD)
        return jax.device_put(campaign, where)

    def begin(self, key: jax.Array, campaign: Campaign) -> State:
        """The state on the first morning."""
        return self._begin(key, self.graph, campaign)

    def shapes(self, key: jax.Array, campaign: Campaign) -> State:
        """Shapes and dtypes of a state, nothing computed."""
        return jax.eval_shape(self._begin, key, self.graph, campaign)

    def morning(self, key: jax.Array, state: State, campaign: Campaign) -> State:
        """Steps 1 and 2; the state given is used up."""
        return self._morning(key, state, self.graph, campaign)

    def round(self, key: jax.Array, state: State, campaign: Campaign) -> State:
        """Steps 3 to 6 of the next round; the state given is used up."""
        return self._responses(key, self._sessions(key, state, self.graph, campaign), self.graph, campaign)

    def night(self, key: jax.Array, state: State, campaign: Campaign) -> tuple[State, Flows]:
        """The last first sessions, then steps 7 and 8; the state given is used up."""
        return self._night(key, self._sessions(key, state, self.graph, campaign), self.graph, campaign)

    def restore(self, state: State) -> State:
        """A state from NumPy arrays (a checkpoint) on the devices."""
        cut = NamedSharding(self.mesh, _CUT)
        return jax.tree.map(lambda leaf: jax.device_put(leaf, cut), state)

    def lowered(self, part: str, key: jax.Array, state: State, campaign: Campaign) -> Any:
        """The lowering of a part of the day for these arguments, to read what was compiled.

        ``part``: "morning", "sessions", "responses" or "night".
        """
        return getattr(self, f"_{part}").lower(key, state, self.graph, campaign)

    def _compile(self, function: Callable, *, state: bool, flows: bool) -> Callable:
        """One part of the day, cut over the devices; its state argument is given away."""
        run = partial(function, sizes=self.sizes)

        def local(key, *arguments):
            if state:
                inside, graph, campaign = arguments
                out = run(key, _inside(inside), graph, campaign)
            else:
                out = run(key, *arguments)
            return (_outside(out[0]), out[1]) if flows else _outside(out)

        specs = (_WHOLE, _CUT, _WHOLE, _TOLD) if state else (_WHOLE, _WHOLE, _TOLD)
        cut = jax.shard_map(local, mesh=self.mesh, in_specs=specs, out_specs=_CUT, check_vma=False)
        return jax.jit(cut, donate_argnums=(1,) if state else ())


def _map_scalars(state: State, change: Callable) -> State:
    lists = state.lists._replace(
        **{name: rows._replace(length=change(rows.length)) for name, rows in state.lists._asdict().items()}
    )
    scalars = {name: change(getattr(state, name)) for name in ("clock", "midnight", "overflow")}
    return state._replace(lists=lists, **scalars)


def _inside(state: State) -> State:
    """One entry a device becomes a scalar."""
    return _map_scalars(state, lambda leaf: leaf[0])


def _outside(state: State) -> State:
    """A scalar becomes one entry a device."""
    return _map_scalars(state, lambda leaf: leaf[None])
