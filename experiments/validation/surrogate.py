"""How far the renewal equation lies from the full simulation: the shipped design at numbers drawn from its ranges."""

from __future__ import annotations

from importlib import resources
from typing import Any

import numpy as np

from experiments.validation.rows import row

__all__ = ["surrogate"]

_DAYS = 30
_WINDOW = 30
_EVENT_DAYS = 16
"""Over which claims, draws and tasks are summed: those of the figures that were reported."""


def surrogate(users: int = 20_000, repeats: int = 12) -> list[dict[str, Any]]:
    """Log ratio of the renewal equation to the full simulation over prior draws: Yuanbao's design, 30 days.

    ``repeats`` draws of the numbers that a calibration infers, two replicates of the simulation each, on a generated
    society of ``users``. Rows with a bound count; the bound is `surrogate.sigma` of priors.toml.
    """
    from experiments.priors import load_priors

    bound = load_priors()["surrogate.sigma"].value
    found = _log_ratios(users, repeats)
    source = f"{repeats} draws, 2 replicates, {users:,} users; Monte Carlo error included"
    rows = []
    for name, ratio in found.items():
        counts = name in ("DAU, every day", "MAU, days 16 and 28")
        rms, mean = float(np.sqrt(np.mean(ratio**2))), float(np.mean(ratio))
        rows.append(
            row(
                name, "rms of log ratio", rms, high=bound if counts else None, role="law" if counts else "shown",
                grade="M", source=source,
            )
        )  # fmt: skip
        rows.append(row(name, "mean of log ratio", mean, role="shown", grade="M", source=source))
    return rows


def _log_ratios(users: int, draws: int) -> dict[str, np.ndarray]:
    """Log of surrogate over simulation, by what is compared: [draws, ...]."""
    import jax
    import jax.numpy as jnp

    from experiments.chain_shape import shape_of
    from experiments.in_memory import InMemory
    from experiments.parameters import values_at
    from experiments.priors import inferred_of
    from experiments.scenario import load_scenario
    from experiments.surrogate import active_users, course
    from experiments.surrogate_plan import plan_of
    from graphs.hashing import hash_uniform

    with resources.as_file(resources.files("experiments") / "campaigns" / "yuanbao_2026.toml") as path:
        scenario = load_scenario(path)
    run = scenario.run.model_copy(update={"parameter_draws": 0, "days": _DAYS})
    chain = scenario.chain.model_copy(update={"users": users})
    scenario = scenario.model_copy(update={"run": run, "chain": chain, "variants": ()})
    memory, priors = InMemory(scenario), inferred_of(scenario)
    uniform = hash_uniform(77, 1, np.arange(draws * len(priors))).reshape(draws, len(priors))
    places = [{prior.name: float(place) for prior, place in zip(priors, row, strict=True)} for row in uniform]
    memory.draw(places)
    plan = plan_of(scenario, shape_of(memory.graph, memory.worlds.facts))
    with jax.enable_x64(True):

        def told(values: dict[str, Any]) -> tuple[Any, ...]:
            one = course(plan, values)
            monthly = jnp.stack([active_users(plan, one, day, _WINDOW) for day in (15, 27)])
            events = [jnp.sum(part[:_EVENT_DAYS]) for part in (one.draws, one.tasks, one.claims)]
            return one.dau, monthly, one.activations[:4].sum(), one.activations[4:].sum(), *events

        asked = jax.jit(told)
        drawn = [{path: jnp.asarray(value) for path, value in values_at(scenario, one).items()} for one in places]
        ours = [[np.asarray(part) for part in asked(one)] for one in drawn]
    theirs = memory.dataset(range(2), draws=list(range(draws)), variants=["design"])
    theirs = theirs.isel(chain=0, variant=0, app=0, day=slice(run.warm_up_days, None)).mean("replicate")
    daily, monthly = (theirs[name].transpose("draw", "day").to_numpy() for name in ("dau", "mau"))
    came = theirs["activations"].sum(("cause", "day")).transpose("kind", "draw").to_numpy()
    counted = {"draws": theirs["draws"], "ai_tasks": theirs["ai_tasks"], "claims": theirs["claims"].sum("channel")}
    events = {
        name: one.isel(day=slice(_EVENT_DAYS)).sum("day").transpose("draw").to_numpy() for name, one in counted.items()
    }
    engine = {
        "DAU, every day": daily,
        "MAU, days 16 and 28": monthly[:, [15, 27]],
        "new people": came[0],
        "reactivated people": came[1],
        "draws, 16 days": events["draws"],
        "AI tasks, 16 days": events["ai_tasks"],
        "claims, 16 days": events["claims"],
    }
    return {name: np.log(np.array([one[at] for one in ours]) / part) for at, (name, part) in enumerate(engine.items())}
