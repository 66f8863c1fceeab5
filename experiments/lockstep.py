"""Two chains at a time in lockstep: Hamiltonian Monte Carlo of a length that varies, on the whitened space.

NUTS (`experiments.sampling`) doubles its trajectory until it turns, one chain after another. Where a density is stiff
that takes hundreds of leapfrog steps for a draw, of which half are thrown away, and nobody can say when it ends. Here a
trajectory lasts 1/4 to 1 of `_LENGTH` (drawn anew each time, so that no period is hit: Neal 2011, arXiv 1206.1901), and
has `_MOST` steps at most: what a fit costs is known when its step size is. Two chains take the same steps, in one
batch, and share the step size, which dual averaging finds, and the scales. Chance is a hash of the numbers of chain and
transition: pairs are drawn on as many threads as there are cores, and give the same bytes on one.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from blackjax.adaptation.step_size import dual_averaging_adaptation
from jax import lax
from numpy.typing import NDArray

from experiments.sampling import COMPILER, Chain, Density, Mode
from graphs.hashing import hash_normal, hash_uniform

__all__ = ["PAIR", "Lockstep", "lockstep_of"]

PAIR = 2
"""Chains that are drawn together."""
_LENGTH = 2.5  # of a trajectory, in units in which the whitened posterior has a standard deviation of about 1
_MOST = 255  # leapfrog steps of a trajectory
_TARGET = 0.7  # mean acceptance that the step size is tuned to
_EVERY, _FINER = 5, 3.0  # every fifth trajectory takes steps of a third: out of places too narrow for the others
_FIRST_STEP = 0.1
_CHUNK = 50  # transitions between looks at the clock
_LOST = 1000.0  # error of the energy at which a trajectory has diverged


class _Walk(NamedTuple):
    """Carried from transition to transition."""

    w: Any  # [PAIR, unknowns]
    value: Any  # [PAIR]
    slope: Any  # [PAIR, unknowns]
    tuning: Any  # of dual averaging: one for both
    scale: Any  # [unknowns] standard deviation of w, as far as it is known
    seen: Any  # [3, unknowns] number, sum and sum of squares of w in this window of the warm-up


class _Luck(NamedTuple):
    """What chance has for each transition."""

    number: Any  # of the transition
    momentum: Any  # [PAIR, unknowns] standard normal
    length: Any  # uniform: one for both
    taken: Any  # [PAIR] uniform


def _luck(seed: int, pair: int, first: int, size: int) -> _Luck:
    """Chance of a chunk of transitions from number ``first`` on, with a leading axis of them."""
    number, chain = first + np.arange(_CHUNK), PAIR * pair + np.arange(PAIR)
    return _Luck(
        jnp.asarray(number),
        jnp.asarray(hash_normal(seed, 990, number[:, None, None], chain[None, :, None], np.arange(size)[None, None])),
        jnp.asarray(hash_uniform(seed, 991, number, np.full(_CHUNK, pair))),
        jnp.asarray(hash_uniform(seed, 992, number[:, None], chain[None])),
    )


class Lockstep(NamedTuple):
    """Functions of one density, compiled once each."""

    begin: Any
    advance: Any
    size: int
    draws: int
    warm_up: int

    @property
    def transitions(self) -> int:
        """Transitions of a chain, warm-up included, in whole chunks."""
        return -(-(self.warm_up + self.draws) // _CHUNK) * _CHUNK

    def compiled(self, data: Any) -> Lockstep:
        """The same, compiled for data of this shape: threads then share one."""
        vector = jnp.zeros(self.size)
        fixed = (data, vector, jnp.eye(self.size))
        start = jnp.zeros((PAIR, self.size))
        begin = self.begin.lower(*fixed, start).compile()
        advance = self.advance.lower(*fixed, begin(*fixed, start), _luck(0, 0, 0, self.size)).compile()
        return self._replace(begin=begin, advance=advance)

    def draw(
        self,
        pair: int,
        data: Any,
        mode: Mode,
        seed: int,
        kept: Path | None = None,
        tell: Callable[[int], None] = lambda _: None,
    ) -> list[Chain]:
        """Chains ``PAIR * pair`` and the next, from over-dispersed starts near the mode. What is done stands in the
        file ``kept`` and is gone on from; ``tell`` hears of finished transitions, and may raise."""
        numbers = range(PAIR * pair, PAIR * (pair + 1))
        start = np.stack([1.5 * hash_normal(seed, 950 + number, np.arange(self.size)) for number in numbers])
        fixed = (data, jnp.asarray(mode.centre), jnp.asarray(mode.factor))
        walk = self.begin(*fixed, jnp.asarray(start))
        told: list[tuple[NDArray, ...]] = []
        if kept is not None and kept.exists():
            walk, told = _read(kept, walk)
        for first in range(_CHUNK * len(told), self.transitions, _CHUNK):
            tell(first)
            walk, new = self.advance(*fixed, walk, _luck(seed, pair, first, self.size))
            told.append(tuple(np.asarray(part) for part in new))
            if kept is not None:
                _write(kept, walk, told)
        tell(self.transitions)
        z, divergent, acceptance, steps, size = (np.concatenate(parts) for parts in zip(*told, strict=True))
        used = slice(self.warm_up, self.warm_up + self.draws)
        z = mode.centre + z[used] @ mode.factor.T
        return [
            Chain(z[:, at], divergent[used, at], acceptance[used, at], steps[used], float(size[used].max()))
            for at in range(PAIR)
        ]


def lockstep_of(density: Density, size: int, draws: int = 1000, warm_up: int = 300) -> Lockstep:
    """The sampler of a log density (z [size], data) -> scalar; nothing is compiled before it is used."""
    return Lockstep(
        jax.jit(lambda *told: _begin(density, *told), compiler_options=COMPILER),
        jax.jit(lambda *told: _advance(density, warm_up, *told), compiler_options=COMPILER),
        size,
        draws,
        warm_up,
    )


def _target(density: Density, data: Any, centre: Any, factor: Any) -> Callable[..., Any]:
    """Density and gradient of whitened unknowns [PAIR, unknowns]."""
    return jax.vmap(jax.value_and_grad(lambda w: density(centre + factor @ w, data)))


def _begin(density: Density, data: Any, centre: Any, factor: Any, w: Any) -> _Walk:
    value, slope = _target(density, data, centre, factor)(w)
    tuning = dual_averaging_adaptation(_TARGET)[0](_FIRST_STEP)
    return _Walk(w, value, slope, tuning, jnp.ones(w.shape[1]), jnp.zeros((3, w.shape[1])))


def _advance(
    density: Density, warm_up: int, data: Any, centre: Any, factor: Any, walk: _Walk, luck: _Luck
) -> tuple[_Walk, tuple[Any, ...]]:
    """A chunk of transitions: the walk after it, and w, divergent, acceptance, steps and step size of each."""
    target = _target(density, data, centre, factor)
    _, update, final = dual_averaging_adaptation(_TARGET)
    ends = jnp.array([share * warm_up // 4 for share in range(1, 4)])  # of the windows of the warm-up

    def move(walk: _Walk, luck: _Luck) -> Any:
        number = luck.number
        tuned = number >= warm_up
        size = jnp.where(tuned, final(walk.tuning), jnp.exp(walk.tuning.log_step_size))
        length = _LENGTH * (0.25 + 0.75 * luck.length)
        steps = jnp.clip(jnp.ceil(length / size), 1, _MOST).astype(int)
        fine = number % _EVERY == 0
        size = jnp.where(fine, size / _FINER, size)
        end, turned = _trajectory(target, walk, luck.momentum, size, steps)
        error = _energy(end, turned) - _energy(walk, luck.momentum)
        error = jnp.where(jnp.isfinite(error), error, jnp.inf)
        acceptance = jnp.exp(-jnp.maximum(error, 0.0))
        taken = luck.taken < acceptance
        tuning = jax.tree.map(
            lambda old, new: jnp.where(tuned | fine, old, new), walk.tuning, update(walk.tuning, acceptance.mean())
        )
        walk = walk._replace(
            w=jnp.where(taken[:, None], end.w, walk.w),
            value=jnp.where(taken, end.value, walk.value),
            slope=jnp.where(taken[:, None], end.slope, walk.slope),
            tuning=tuning,
        )
        walk = _rescaled(walk, number < ends[-1], jnp.any(number + 1 == ends), number + 1 == ends[0])
        return walk, (walk.w, error > _LOST, acceptance, steps, size)

    return lax.scan(move, walk, luck)


def _rescaled(walk: _Walk, looks: Any, ends: Any, first: Any) -> _Walk:
    """The walk with the standard deviations of the window that ``ends`` here (the ``first`` is only the way from the
    start), drawn towards those at the mode as by five more draws; the step size is then looked for anew."""
    new = jnp.stack([jnp.full_like(walk.scale, PAIR), walk.w.sum(axis=0), (walk.w**2).sum(axis=0)])
    seen = jnp.where(looks, walk.seen + new, walk.seen)
    count = jnp.maximum(seen[0], 1.0)
    spread = seen[2] - seen[1] ** 2 / count
    scale = jnp.where(ends & ~first, jnp.sqrt((spread + 5.0) / (count + 5.0)), walk.scale)
    again = dual_averaging_adaptation(_TARGET)[0](jnp.exp(walk.tuning.log_step_size))
    tuning = jax.tree.map(lambda old, new: jnp.where(ends, new, old), walk.tuning, again)
    return walk._replace(scale=scale, seen=jnp.where(ends, 0.0, seen), tuning=tuning)


def _energy(walk: _Walk, momentum: Any) -> Any:
    return 0.5 * jnp.sum(momentum**2, axis=1) - walk.value


def _trajectory(target: Callable[..., Any], walk: _Walk, momentum: Any, size: Any, steps: Any) -> tuple[_Walk, Any]:
    """Leapfrog steps of one size: where they end, and the momentum there."""

    stretch = size * walk.scale[None]

    def leap(_: Any, at: tuple[_Walk, Any]) -> tuple[_Walk, Any]:
        walk, momentum = at
        momentum = momentum + 0.5 * stretch * walk.slope
        w = walk.w + stretch * momentum
        value, slope = target(w)
        return walk._replace(w=w, value=value, slope=slope), momentum + 0.5 * stretch * slope

    return lax.fori_loop(0, steps, leap, (walk, momentum))


def _write(place: Path, walk: _Walk, told: list[tuple[NDArray, ...]]) -> None:
    """Beside, then renamed: a file is whole or not there."""
    parts: dict[str, Any] = {f"walk_{at}": np.asarray(part) for at, part in enumerate(jax.tree.leaves(walk))}
    parts |= {f"told_{at}": np.stack(part) for at, part in enumerate(zip(*told, strict=True))}
    beside = place.with_suffix(".beside.npz")
    np.savez(beside, **parts)
    beside.rename(place)


def _read(place: Path, like: _Walk) -> tuple[_Walk, list[tuple[NDArray, ...]]]:
    leaves, tree = jax.tree.flatten(like)
    with np.load(place) as found:
        walk = jax.tree.unflatten(tree, [jnp.asarray(found[f"walk_{at}"]) for at in range(len(leaves))])
        told = [found[f"told_{at}"] for at in range(sum(name.startswith("told_") for name in found))]
    return walk, list(zip(*told, strict=True))
