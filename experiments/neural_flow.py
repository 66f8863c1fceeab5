"""A conditional normalising flow: the posterior of some numbers given figures, learned from simulations of both.

Neural posterior estimation (Papamakarios and Murray 2016, arXiv 1605.06376; Greenberg, Nonnenmacher and Macke 2019,
arXiv 1905.07488): the flow that makes simulated numbers most likely given simulated figures tends to the posterior, and
whatever was drawn and is not among the numbers is integrated out by that. Masked autoregressive flow with
rational-quadratic splines (flowjax). Members of an ensemble differ in their start and in the worlds held back to stop
by; their mixture is wider than each of them, and a single one is known to be too sure (Hermans et al. 2022, arXiv
2110.06581).
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from experiments.progress import Report
from graphs.errors import InputError
from graphs.hashing import hash_normal, hash_uniform

__all__ = ["Examples", "Flow", "Training", "places_in", "require_flowjax", "sample", "train"]

_FAR = 6.0  # standard deviations of a figure beyond which its effect levels off


class Training(NamedTuple):
    """How a flow is trained."""

    members: int = 3
    layers: int = 4
    width: int = 50
    knots: int = 8
    batch: int = 256
    rate: float = 1e-3
    epochs: int = 120
    patience: int = 12
    """Epochs without a better loss on the worlds held back after which a member stops."""
    held_back: float = 0.1


class Examples(NamedTuple):
    """N simulated pairs of numbers and figures."""

    target: NDArray[np.float64]  # [N, D]
    condition: NDArray[np.float64]  # [N, C]
    weight: NDArray[np.float64]  # [N]
    world: NDArray[np.int64]  # [N] examples of one world are never on both sides of a split


class Flow(NamedTuple):
    """A trained posterior."""

    members: tuple[Any, ...]  # of flowjax, for what linear regression leaves of the numbers, whitened
    condition: tuple[NDArray, NDArray]  # centre and scale of the figures, [C]
    mean: NDArray[np.float64]  # [D] of the regression
    slope: NDArray[np.float64]  # [C, D]
    factor: NDArray[np.float64]  # [D, D] lower, of the residual's covariance
    losses: tuple[float, ...]  # of each member on the worlds held back: mean -log density of the whitened residual

    def standard(self, condition: NDArray) -> NDArray:
        """Figures [N, C] as the flow sees them: far from what was simulated they level off."""
        far = (condition - self.condition[0]) / self.condition[1]
        return _FAR * np.tanh(far / _FAR)

    def expected(self, condition: NDArray) -> NDArray:
        """Regression of the numbers at figures [N, C], [N, D]."""
        return self.mean + self.standard(condition) @ self.slope


def require_flowjax() -> None:
    """Raise InputError where flowjax is not installed."""
    if find_spec("flowjax") is None:
        cure = "pip install 'growth-modeller[check]'"
        raise InputError("the cross-check needs flowjax, which is not installed", field="--check", cure=cure)


def train(
    examples: Examples,
    seed: int,
    sizes: Training | None = None,
    tell: Callable[[Report], None] = lambda _: None,
    stop: Callable[[], bool] = lambda: False,
) -> Flow:
    """The posterior of the numbers given the figures. Raises `experiments.calibrate.Stopped` when asked to stop."""
    sizes = sizes or Training()
    flow = _regressed(examples)
    residual = (examples.target - flow.expected(examples.condition)) @ np.linalg.inv(flow.factor).T
    parts = residual, flow.standard(examples.condition), examples.weight / examples.weight.mean()
    told = []
    with jax.enable_x64(False):
        for member in range(sizes.members):
            back = hash_uniform(seed, 994, member, examples.world) < sizes.held_back
            if back.all() or not back.any():
                raise InputError("too few worlds to hold some back", field="--check-worlds", value=len(back))
            told.append(_member(parts, back, seed, member, sizes, tell, stop))
    return flow._replace(members=tuple(one for one, _ in told), losses=tuple(loss for _, loss in told))


def _regressed(examples: Examples) -> Flow:
    """The flow before it is trained: where a weighted linear regression on the figures has the numbers. It is a change
    of variables and assumes nothing; with it a few thousand worlds are enough."""
    weight = examples.weight / examples.weight.sum()
    centre = weight @ examples.condition
    scale = np.sqrt(weight @ (examples.condition - centre) ** 2)
    size = examples.target.shape[1]
    flow = Flow(
        (),
        (centre, np.where(scale > 1e-9, scale, 1.0)),
        np.zeros(size),
        np.zeros((len(centre), size)),
        np.eye(size),
        (),
    )
    root = np.sqrt(weight)[:, None]
    seen = np.column_stack([np.ones(len(weight)), flow.standard(examples.condition)])
    told = np.linalg.lstsq(root * seen, root * examples.target, rcond=1e-6)[0]
    flow = flow._replace(mean=told[0], slope=told[1:])
    residual = examples.target - flow.expected(examples.condition)
    covariance = residual.T @ (weight[:, None] * residual)
    return flow._replace(factor=np.linalg.cholesky(covariance + 1e-9 * np.eye(size)))


def _member(
    parts: tuple[Any, ...],
    back: NDArray,
    seed: int,
    member: int,
    sizes: Training,
    tell: Callable[[Report], None],
    stop: Callable[[], bool],
) -> tuple[Any, float]:
    """One flow, trained by Adam until the worlds held back say that it learns no more; and their loss."""
    import equinox as eqx
    import paramax

    from experiments.calibrate import Stopped

    flow = _untrained(parts[0].shape[1], parts[1].shape[1], seed, member, sizes)
    held = tuple(jnp.asarray(part[back], jnp.float32) for part in parts)
    rest = tuple(jnp.asarray(part[~back], jnp.float32) for part in parts)
    n = int((~back).sum())
    batch = min(sizes.batch, n)
    epoch, loss, state = _steps(flow, sizes, n // batch)
    params, _ = eqx.partition(flow, eqx.is_inexact_array, is_leaf=lambda leaf: isinstance(leaf, paramax.NonTrainable))
    best, least, since = params, np.inf, 0
    for number in range(sizes.epochs):
        if stop():
            raise Stopped
        phase = f"training flow {member + 1} of {sizes.members}"
        tell(Report(phase, number, sizes.epochs, "epochs"))
        order = np.argsort(hash_uniform(seed, 995 + member, number, np.arange(n)))[: n // batch * batch]
        params, state = epoch(params, state, *(part[order.reshape(-1, batch)] for part in rest))
        found = float(loss(params, *held))
        since += 1
        if found < least - 1e-4:
            best, least, since = params, found, 0
        if since >= sizes.patience:
            break
    return _whole(flow, best), least


def _untrained(size: int, conditions: int, seed: int, member: int, sizes: Training) -> Any:
    from flowjax.bijections import RationalQuadraticSpline
    from flowjax.distributions import Normal
    from flowjax.flows import masked_autoregressive_flow

    from growth.streams import root_key

    return masked_autoregressive_flow(
        root_key(seed, 2000 + member),
        base_dist=Normal(jnp.zeros(size)),
        transformer=RationalQuadraticSpline(knots=sizes.knots, interval=4.0),
        cond_dim=conditions,
        flow_layers=sizes.layers,
        nn_width=sizes.width,
        nn_depth=2,
    )


def _whole(flow: Any, params: Any) -> Any:
    import equinox as eqx
    import paramax

    static = eqx.partition(flow, eqx.is_inexact_array, is_leaf=lambda leaf: isinstance(leaf, paramax.NonTrainable))[1]
    return eqx.combine(params, static)


def _steps(flow: Any, sizes: Training, batches: int) -> tuple[Callable[..., Any], Callable[..., Any], Any]:
    """An epoch over batches [batches, batch, ...], the weighted loss of examples, and the optimiser's first state."""
    import equinox as eqx
    import optax
    import paramax

    params, static = eqx.partition(
        flow, eqx.is_inexact_array, is_leaf=lambda leaf: isinstance(leaf, paramax.NonTrainable)
    )
    plan = optax.cosine_decay_schedule(sizes.rate, sizes.epochs * max(batches, 1), 0.05)
    optimiser = optax.chain(optax.clip_by_global_norm(5.0), optax.adam(plan))

    def loss(params: Any, target: Any, condition: Any, weight: Any) -> Any:
        one = paramax.unwrap(eqx.combine(params, static))
        return -jnp.sum(weight * one.log_prob(target, condition)) / jnp.sum(weight)

    def step(carry: Any, batch: Any) -> Any:
        params, state = carry
        slope = jax.grad(loss)(params, *batch)
        change, state = optimiser.update(slope, state, params)
        return (eqx.apply_updates(params, change), state), None

    def epoch(params: Any, state: Any, *batches: Any) -> Any:
        return jax.lax.scan(step, (params, state), batches)[0]

    return jax.jit(epoch), jax.jit(loss), optimiser.init(params)


def sample(flow: Flow, condition: NDArray, draws: int, seed: int) -> NDArray[np.float64]:
    """Draws of the posterior given figures [K, C] (each in turn), [K, draws, D]; members take equal shares."""
    condition = np.atleast_2d(condition)
    size, each = len(flow.mean), -(-draws // len(flow.members))
    told = []
    with jax.enable_x64(False):
        at = jnp.asarray(flow.standard(condition), jnp.float32)
        for member, one in enumerate(flow.members):
            normal = hash_normal(seed, 996 + member, np.arange(len(at) * each * size)).reshape(len(at), each, size)
            told.append(np.asarray(_pushed(one)(jnp.asarray(normal, jnp.float32), at), float))
    whole = np.concatenate(told, axis=1)[:, :draws]
    return flow.expected(condition)[:, None, :] + whole @ flow.factor.T


def _pushed(one: Any) -> Callable[[Any, Any], Any]:
    """Normals [K, draws, D] and conditions [K, C] to standardised numbers, one condition after another."""
    import paramax

    bijection = paramax.unwrap(one).bijection

    def push(normal: Any, at: Any) -> Any:
        return jax.lax.map(lambda pair: jax.vmap(lambda z: bijection.transform(z, pair[1]))(pair[0]), (normal, at))

    return jax.jit(push)


def places_in(draws: NDArray, truth: NDArray) -> NDArray[np.float64]:
    """Share of draws [K, draws, D] below the truth [K, D], made continuous by half a draw, [K, D]."""
    return ((draws < truth[:, None, :]).sum(axis=1) + 0.5) / (draws.shape[1] + 1)
