"""The engine's outside: the day's parts compiled once for a block of lanes, over any number of devices.

Devices stand in a grid, lanes by users. Lanes are independent given the graph, so along the first axis devices share
nothing: every array of state and campaign is cut along its first axis, and what is a scalar inside a device is one
entry a device outside. Along the second axis the devices of one lane share its society: the chain's tables and the
users' state are cut, the lists of work are whole on each, and the compiler puts a sum over devices behind every
gather from what is cut. All of it is integers, so the same source on one CPU, on several devices and on a GPU, cut
either way, gives the same bytes on one platform.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, partial
from typing import Any

import jax
import jax.numpy as jnp
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
_SHARED: Any = PartitionSpec(("lanes", "users"))
_WHOLE: Any = PartitionSpec()
_STATE: Any = State(*[_CUT] * len(State._fields))._replace(users=_SHARED)
_TOLD: Any = Campaign(Lanes(*[_CUT] * len(Lanes._fields)), _CUT, Tables(*[_CUT] * len(Tables._fields)), _CUT)
_TOLD = _TOLD._replace(tables=_TOLD.tables._replace(logistic=_WHOLE))  # one table for all lanes


class Engine:
    """Compiled parts of a day for blocks of one structure.

    ``sizes`` are those of one device. ``devices_per_world`` devices share one society: its chain and its users are
    cut over them; a block has ``sizes.lanes`` lanes for every such group of devices. Raises ValueError when a flat id
    does not fit in 31 bits, or when the devices cannot be grouped so.
    """

    def __init__(
        self, graph: Chain, sizes: Sizes, devices: list[jax.Device] | None = None, devices_per_world: int = 1
    ) -> None:
        if sizes.lanes * sizes.users >= 1 << 31:
            raise ValueError(f"{sizes.lanes} lanes of {sizes.users} users do not fit a 31-bit id")
        if sizes.chunk < LEAST_CHUNK:
            raise ValueError(
                f"chunks of {sizes.chunk} rows are below {LEAST_CHUNK}: a block of reached users needs that"
            )
        self.sizes = sizes
        self.devices = devices or jax.devices()[:1]
        if len(self.devices) % devices_per_world:
            raise ValueError(f"{len(self.devices)} devices are no whole number of groups of {devices_per_world}")
        self.mesh = Mesh(np.array(self.devices).reshape(-1, devices_per_world), ("lanes", "users"))
        self.graph = self._place_chain(graph)
        self._begin = _compiled(begin, sizes, self.mesh, state=False, flows=False)
        self._morning = _compiled(morning, sizes, self.mesh, state=True, flows=False)
        self._sessions = _compiled(sessions, sizes, self.mesh, state=True, flows=False)
        self._responses = _compiled(responses, sizes, self.mesh, state=True, flows=False)
        self._night = _compiled(night, sizes, self.mesh, state=True, flows=True)

    @property
    def lanes(self) -> int:
        """Lanes of a block, all devices together."""
        return self.sizes.lanes * self.mesh.shape["lanes"]

    def place(self, campaign: Campaign) -> Campaign:
        """A campaign of `lanes` lanes (NumPy) on the devices."""
        return jax.device_put(campaign, _shardings(self.mesh, _TOLD))

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
        return jax.device_put(state, _shardings(self.mesh, _STATE))

    def lowered(self, part: str, key: jax.Array, state: State, campaign: Campaign) -> Any:
        """The lowering of a part of the day for these arguments, to read what was compiled.

        ``part``: "morning", "sessions", "responses" or "night".
        """
        return getattr(self, f"_{part}").lower(key, state, self.graph, campaign)

    def _place_chain(self, graph: Chain) -> Chain:
        """The chain on the devices: whole on each, or every table as long as the society cut over those that share
        it (a chain that computes its ties has none)."""
        over = self.mesh.shape["users"]
        whole, cut = (NamedSharding(self.mesh, spec) for spec in (_WHOLE, PartitionSpec("users")))

        def put(table: Any) -> jax.Array:
            if over == 1 or np.ndim(table) == 0 or len(table) < self.sizes.users:
                return jax.device_put(table, whole)
            return jax.device_put(_even(np.asarray(table), over, np.pad), cut)

        return jax.tree.map(put, graph)


@lru_cache(maxsize=40)  # eight structures: a process has room for so much compiled code
def _compiled(function: Callable, sizes: Sizes, mesh: Mesh, *, state: bool, flows: bool) -> Callable:
    """One part of the day, cut over the devices of a mesh; its state argument is given away. Engines of one structure
    share it: a second one compiles nothing where its chain has tables of the same lengths."""
    run, over = partial(function, sizes=sizes), mesh.shape["users"]

    def local(key, *arguments):
        if state:
            inside, graph, campaign = arguments
            out = run(key, _inside(inside), graph, campaign)
        else:
            out = run(key, *arguments)
            out = out._replace(users=jax.tree.map(lambda leaf: _even(leaf, over, jnp.pad), out.users))
        return (_outside(out[0]), out[1]) if flows else _outside(out)

    specs = (_WHOLE, _CUT, _WHOLE, _TOLD) if state else (_WHOLE, _WHOLE, _TOLD)
    cut = jax.shard_map(local, mesh=mesh, in_specs=specs, out_specs=_CUT, axis_names={"lanes"}, check_vma=False)
    there = _shardings(mesh, (_STATE, _CUT) if flows else _STATE)
    return jax.jit(cut, donate_argnums=(1,) if state else (), out_shardings=there)


def _shardings(mesh: Mesh, specs: Any) -> Any:
    return jax.tree.map(lambda spec: NamedSharding(mesh, spec), specs)


def _even(array: Any, parts: int, pad: Callable) -> Any:
    """An array made long enough to be cut into ``parts`` equal ones; nobody asks for what is added."""
    return pad(array, (0, -array.shape[0] % parts)) if array.shape[0] % parts else array


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
