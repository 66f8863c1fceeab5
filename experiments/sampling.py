"""Sampling a posterior: MAP, whitening by the Hessian, NUTS (blackjax) in one jitted function, data as arguments.

The mode is found by L-BFGS (scipy) on the jitted density and its gradient; the Hessian there, by central differences of
the gradient, gives the map z = mode + A w in which the posterior is about a standard normal; NUTS (Hoffman and Gelman,
JMLR 15, 2014, arXiv 1111.4246) then needs no mass matrix, only a step size (dual averaging). A function is compiled for
a model, never for a data set. Keys are made by the owner's generator (`growth.streams`). NUTS draws the chains of many
small fits (`experiments.validation`); those of a calibration are drawn in pairs by `experiments.lockstep`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import blackjax
import jax
import jax.numpy as jnp
import numpy as np
from blackjax.adaptation.step_size import dual_averaging_adaptation
from blackjax.mcmc.hmc import HMCState
from jax import lax
from numpy.typing import NDArray
from scipy import optimize

from graphs.hashing import hash_normal
from growth.streams import threefry2x32

__all__ = ["COMPILER", "Chain", "Mode", "Sampler", "sampler_of"]

Density = Callable[[Any, Any], Any]
_TARGET = 0.85  # mean acceptance that the step size is tuned to
_FIRST_STEP = 0.3
_DOUBLINGS = 8
_DIFFERENCE = 0.1  # of the central differences: the density has a kink where a number's value ends its range
COMPILER = {"xla_cpu_use_fusion_emitters": False}  # compiles in half the time and runs as fast: many small operations


class Mode(NamedTuple):
    """The largest density, and the map that whitens: z = centre + factor w."""

    centre: NDArray[np.float64]
    factor: NDArray[np.float64]
    log_density: float


class Chain(NamedTuple):
    """One finished chain."""

    z: NDArray[np.float64]  # [draws, unknowns]
    divergent: NDArray[np.bool_]  # [draws]
    acceptance: NDArray[np.float64]  # [draws]
    steps: NDArray[np.int64]  # [draws] leapfrog steps
    step_size: float


class Sampler(NamedTuple):
    """Functions of one density, compiled once each."""

    value_and_gradient: Callable[..., Any]
    chain: Callable[..., Any]
    size: int

    def mode(self, data: Any, seed: int = 0, starts: int = 2) -> Mode:
        """The best mode of some starts (the prior's middle and points near it), with its whitening map."""
        best = None
        for start in range(starts):
            at = 0.5 * hash_normal(seed, 901 + start, np.arange(self.size)) * (start > 0)
            found = optimize.minimize(
                lambda z: _downhill(self.value_and_gradient, z, data),
                at,
                jac=True,
                method="L-BFGS-B",
                options={"maxiter": 500},
            )
            if np.isfinite(found.fun) and (best is None or found.fun < best.fun):
                best = found
        if best is None:
            raise FloatingPointError("the density is not finite anywhere it was tried")
        return Mode(best.x, _whitening(self.value_and_gradient, best.x, data), -float(best.fun))

    def draw(self, key: Any, data: Any, mode: Mode, seed: int, number: int) -> Chain:
        """Chain ``number``, from an over-dispersed start near the mode."""
        start = 1.5 * hash_normal(seed, 950 + number, np.arange(self.size))
        value, slope = self.value_and_gradient(jnp.asarray(mode.centre + mode.factor @ start), data)
        state = HMCState(jnp.asarray(start), value, jnp.asarray(mode.factor).T @ slope)
        told = self.chain(jnp.asarray(key), data, jnp.asarray(mode.centre), jnp.asarray(mode.factor), state)
        w, divergent, acceptance, steps, step_size = (np.asarray(part) for part in told)
        return Chain(mode.centre + w @ mode.factor.T, divergent, acceptance, steps, float(step_size))


def sampler_of(density: Density, size: int, draws: int = 1000, warm_up: int = 300) -> Sampler:
    """The sampler of a log density (z [size], data) -> scalar; nothing is compiled before it is used."""
    return Sampler(
        jax.jit(jax.value_and_grad(density), compiler_options=COMPILER),
        jax.jit(lambda *told: _chain(density, draws, warm_up, *told), compiler_options=COMPILER),
        size,
    )


def _downhill(function: Callable[..., Any], z: NDArray, data: Any) -> tuple[float, NDArray]:
    value, gradient = function(jnp.asarray(z), data)
    gradient = np.asarray(gradient, float)
    if not np.isfinite(value) or not np.isfinite(gradient).all():
        return 1e12, np.zeros_like(gradient)
    return -float(value), -gradient


def _whitening(function: Callable[..., Any], z: NDArray, data: Any) -> NDArray[np.float64]:
    """A with A A' the inverse of the negative Hessian; directions in which it is flat or bends the wrong way keep the
    scale of the prior (a standard normal: curvature one). Differences are a tenth of the prior's standard deviation
    wide: with a hair's breadth a kink at the mode would pass for a curvature in which no chain can move."""
    size = len(z)
    rows = []
    for place in range(size):
        ahead, behind = z.copy(), z.copy()
        ahead[place] += _DIFFERENCE
        behind[place] -= _DIFFERENCE
        pair = [np.asarray(function(jnp.asarray(one), data)[1], float) for one in (ahead, behind)]
        rows.append((pair[1] - pair[0]) / (2 * _DIFFERENCE))
    curvature = np.array(rows)
    values, vectors = np.linalg.eigh(0.5 * (curvature + curvature.T))
    values = np.where(np.isfinite(values) & (values > 0.5), values, 1.0)
    return vectors / np.sqrt(values)


def _step_key(key: Any, number: Any) -> Any:
    """Key of a step: two words of the chain's own generator."""
    return jnp.stack(threefry2x32(key[0], key[1], number, jnp.uint32(0), rounds=20))


def _chain(
    density: Density, draws: int, warm_up: int, key: Any, data: Any, centre: Any, factor: Any, state: Any
) -> Any:
    """One loop for warm-up and sampling: the density is compiled once. ``state`` is where the chain starts."""

    def target(w: Any) -> Any:
        return density(centre + factor @ w, data)

    kernel = blackjax.nuts.build_kernel()
    metric = jnp.ones_like(state.position)
    first, update, final = dual_averaging_adaptation(_TARGET)

    def move(carry: Any, number: Any) -> Any:
        state, tuning = carry
        tuned = number >= warm_up
        size = jnp.where(tuned, final(tuning), jnp.exp(tuning.log_step_size))
        state, info = kernel(_step_key(key, number), state, target, size, metric, max_num_doublings=_DOUBLINGS)
        after = update(tuning, info.acceptance_rate)
        tuning = jax.tree.map(lambda old, new: jnp.where(tuned, old, new), tuning, after)
        return (state, tuning), (state.position, info.is_divergent, info.acceptance_rate, info.num_integration_steps)

    numbers = jnp.arange(warm_up + draws, dtype=jnp.uint32)
    (_, tuning), told = lax.scan(move, (state, first(_FIRST_STEP)), numbers)
    return (*(part[warm_up:] for part in told), final(tuning))
