"""Rows about trees of invitations: plain sharing, the e-mail game, winners, and a campaign that pays."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from experiments.defaults import load_defaults
from experiments.presets import preset
from experiments.validation.book import closed
from experiments.validation.book.answers import Answer, Answers
from experiments.validation.book.runs import Of, PresetRun
from experiments.validation.book.statements import Statement, Sums, exact, measured
from experiments.validation.book.trees import growth_phase, largest, reproduction, tree_sums
from growth.forest import Forest

__all__ = ["cascade_answers", "deeper", "delays", "email_game", "plain_depth", "replies", "winners"]

Floats = NDArray[np.float64]
SMALLEST, MOST = 10, 2225  # nodes of the published trees
SEEDS, PARTICIPANTS, SEED_DAYS, GAME_DAYS, GAME_PEOPLE = 35_158, 228_351, 14, 36, 5_000_000
WINNERS, LEAST = 0.01, 10  # the largest hundredth of trees, and at least so many nodes
PASSED_ON = "passed on more"
"""The variant of the e-mail game that says what sharing its size would take."""


def _over(above: int, below: int) -> Callable[[Floats], float]:
    return lambda mean: float(mean[above] / mean[below]) if mean[below] > 0 else float("nan")


def plain_depth(plain: PresetRun) -> Answer:
    """Adopters by depth in trees of 10 to 2,225 nodes, and their children; readings a post, which were set."""
    sums = plain.of_forest(partial(tree_sums, smallest=SMALLEST, most=MOST))
    every = plain.of_forest(tree_sums)
    trees = int(sums.central[..., 6].sum())
    why = f"no tree of {SMALLEST} nodes in {int(every.central[..., 6].sum()):,} trees"
    statements = [
        measured(
            f"adopters at depth {depth}", sums, _over(depth, 0), low=share - 0.1, high=share + 0.1,
            target=f"{share:g} ± .1", why=why,
        )
        for depth, share in ((1, 0.653), (2, 0.302), (3, 0.044))
    ]  # fmt: skip
    statements += [
        measured("mean children of adopters", sums, _over(4, 0), low=0.247, high=0.447, target="0.347 ± .1", why=why),
        measured("adopters with a child", sums, _over(5, 0), target="0.023", counts=False, why=why),
        measured("children of those", sums, _over(4, 5), target="15", counts=False, why=why),
        measured("mean children of adopters, trees of any size", every, _over(4, 0), counts=False),
        measured(
            "readings a post", _readings(plain), _over(0, 1), target="10.4 of WeChat, which it was set to", counts=False
        ),
    ]
    return Answer(statements, cost=_depth_cost(statements, trees))


def _readings(plain: PresetRun) -> Sums:
    """Whom posts brought, and posts."""
    return plain.sums(
        lambda world: world.curve("activations", cause="invited").sum(axis=-1),
        lambda world: world.curve("posts").sum(axis=-1),
    )


def _depth_cost(statements: list[Statement], trees: int) -> str:
    found = statements[3].value
    if not found:
        return f"{trees} trees are large enough: adopters would have to share at all"
    return (
        f"Adopters have {found:.2g} children in the mean, and .25 to .45 would do, with depth shares inside as well; "
        f"{trees} trees of {SMALLEST} nodes and more were seen. How often it is passed on (share.rate) and how many "
        "read it decides it; both are WeChat's, and Weibo's were not published."
    )


def delays(plain: PresetRun) -> Answer:
    """Whole hours from the author's first session to the answer, for those who came within a day."""
    rounds = plain.scenario.run.rounds_per_day
    hour = rounds // 24
    log = plain.log()
    users = int(log["user"].max(initial=0)) + 1
    person = log["world"] * users + log["user"]
    order = np.argsort(person, kind="stable")  # nobody comes twice: nobody leaves on the first day
    child = np.flatnonzero(log["parent_user"] >= 0)
    wanted = log["world"][child] * users + log["parent_user"][child]
    above = order[np.searchsorted(person[order], wanted)]
    # Whoever came in round h has the first session in h + 1: a child of that round waited less than one.
    waited = log["clock"][child] - log["clock"][above] - 1
    # Whoever came in the day's last round has had that session before midnight, in the same round: left out.
    inside = (waited >= 0) & (waited < rounds) & (log["clock"][above] % rounds < rounds - 1)
    worlds = plain.chains * plain.replicates
    columns = [inside & (waited < hour), inside & (waited < 6 * hour), inside]
    table = np.stack([np.bincount(log["world"][child], weights=c, minlength=worlds) for c in columns], axis=1)
    sums = Sums(table.astype(float).reshape(plain.chains, -1, 3))
    defaults = load_defaults()
    mu, sigma = defaults["delay.mu_log_hours"].value, defaults["delay.sigma_log_hours"].value
    day = ndtr((np.log(24) - mu) / sigma)
    told = f"{ndtr(-mu / sigma) / day:.3f} within an hour and {ndtr((np.log(6) - mu) / sigma) / day:.3f} within six"
    return Answer(
        [
            measured("within 1 h, of those within a day", sums, _over(0, 2), low=0.54, high=0.64,
                     target="0.59 ± .05", each_chain=True),
            measured("within 6 h", sums, _over(1, 2), low=0.85, high=0.95, target="0.90 ± .05", each_chain=True),
        ],
        cost=f"The law of the defaults has {told}.",
    )  # fmt: skip


def replies() -> Answer:
    """The delay of first replies, read off the table that the engine is told; a chain is not in it."""
    scenario = preset("chat_reply")
    mu, sigma = closed.delay_quantiles(closed.told_of(scenario)["delay"])
    seen = scenario.behaviour["see.single_chat"].value
    law = load_defaults()["delay.mu_log_hours"].value
    return Answer(
        [
            exact("mu of log hours", mu, low=1.04 - 0.05, high=1.04 + 0.05, target="1.04 ± .05"),
            exact("sigma of log hours", sigma, low=3.11 - 0.05, high=3.11 + 0.05, target="3.11 ± .05"),
            exact("ever seen", seen, target="0.467 ever answered", counts=False),
            exact("mu of the one delay of the defaults, for all channels", law, counts=False),
        ]
    )


def winners(runs: dict[str, PresetRun]) -> Answer:
    """R in the growth phase of the largest hundredth of trees, for each protocol; over all trees beside it."""
    statements = []
    for name, (run, variant) in {
        "plain sharing": (runs["plain_share"], "design"),
        "red packets": (runs["incentivised"], "design"),
        "pay per conversion": (runs["pay_per_conversion"], "design"),
    }.items():
        sums = run.of_forest(_winning, variant)
        statements.append(
            measured(
                f"{name}: R of the largest trees", sums, _over(0, 1), low=1.5, high=2.2, target="about 1.8, 1.5 to 2.2",
                why=f"no tree of {LEAST} nodes",
            )
        )  # fmt: skip
        every = run.of_forest(reproduction, variant)
        statements.append(measured(f"{name}: R over all", every, _over(0, 1), counts=False))
    return Answer(statements, cost=_winner_cost(statements))


def _winner_cost(statements: list[Statement]) -> str:
    """The protocols whose winners grow too slowly."""
    short = [one for one in statements if one.counts and (one.value is None or one.value < 1.5)]
    told = [
        f"{one.name}: {one.why}" if one.value is None else f"{one.name}: {1.5 / one.value:.2g} times as many"
        for one in short
    ]
    return f"Those who were invited would have to bring more people, for 1.5 each. {'; '.join(told)}."


def _winning(forest: Forest, worlds: int) -> Floats:
    return growth_phase(forest, largest(forest, WINNERS, LEAST), worlds)


def deeper(incentivised: PresetRun) -> Answer:
    """Depth-1 share with money less that without, on the same chain, seeds and luck."""
    paid, plain = (incentivised.of_forest(tree_sums, name) for name in ("design", "no money"))
    both = paid.beside(plain)
    columns = paid.central.shape[-1]

    def gap(mean: Floats) -> float:
        return _over(1, 0)(mean[:columns]) - _over(1, 0)(mean[columns:])

    difference = measured("depth-1 share, with money less without", both, gap, high=-0.2, target="at most -0.2")
    return Answer(
        [
            difference,
            measured("with money", paid, _over(1, 0), counts=False),
            measured("without", plain, _over(1, 0), counts=False),
        ],
        cost=_deeper_cost(paid, plain, difference),
    )


def _deeper_cost(paid: Sums, plain: Sums, difference: Statement) -> str:
    with_money, without = (1 - _over(1, 0)(one.central.mean(axis=(0, 1))) for one in (paid, plain))
    return (
        f"Those who were invited bring {with_money:.2g} people each with money and {without:.2g} without; "
        f"{without + 0.2:.2g} with money would do, {(without + 0.2) / with_money:.2g} times as many."
        + (" The range over parameter draws holds that." if difference.draws and difference.draws[0] <= -0.2 else "")
    )


def email_game(run: PresetRun) -> Answer:
    """Participants in 36 days, effective R, and those who come after seeding has stopped; a scaled game has as many
    seeds per person, and is told in people of the published size."""

    def came(days: slice, **labels: str) -> Of:
        return lambda world: world.curve("activations", **labels)[:, days].sum(axis=-1)

    size = GAME_PEOPLE / float(run.scenario.chain.population or 1)
    every, after = slice(0, GAME_DAYS), slice(SEED_DAYS, GAME_DAYS)
    sums = run.sums(came(every), came(every, cause="invited"), came(after, cause="invited"))
    r = 1 - SEEDS / PARTICIPANTS
    users = f"{run.graphs[0].num_users:,} users, told for {GAME_PEOPLE:,} people"
    statements = [
        measured("effective R", sums, _over(1, 0), low=0.80, high=0.95, target=f"{r:.3f}, 0.80 to 0.95"),
        measured(f"participants in 36 days ({users})", sums, lambda mean: float(mean[0]) * size,
                 low=0.8 * PARTICIPANTS, high=1.2 * PARTICIPANTS, target=f"{PARTICIPANTS:,} ± 20 %"),
        measured("of them invited after seeding stopped", sums, _over(2, 0), low=0.05,
                 target="growth continues: at least .05 is ours"),
    ]  # fmt: skip
    sharing = run.sums(came(every), came(every, cause="invited"), came(after, cause="invited"), variant=PASSED_ON)
    more = [
        measured(f"{PASSED_ON}: effective R", sharing, _over(1, 0), counts=False),
        measured(f"{PASSED_ON}: of them invited after seeding stopped", sharing, _over(2, 0), counts=False),
    ]
    return Answer([*statements, *more], cost=_email_cost(run, more[0].value or 0.0))


def _email_cost(run: PresetRun, r: float) -> str:
    """What the variant says in which participants share more."""
    rate = load_defaults()["share.rate"]
    more = next(one for one in run.scenario.variants if one.name == PASSED_ON).set["behaviour.share.rate"]
    times = float(more) / rate.value
    worth = np.expm1(np.log(times) / load_defaults()["share.reward_elasticity"].value)
    return (
        f"With {more:g} packets a session, {times:.0f} times the default ({rate.value:g}, range {rate.low:g} to "
        f"{rate.high:g}), R is {r:.2g}. The defaults are of an app that pays nothing; the game gave players a reason "
        f"to pass it on, whose size no source tells. At the default elasticity it is worth {worth:.2g} yuan a packet."
    )


def cascade_answers(runs: dict[str, PresetRun]) -> Answers:
    """Every row of this module."""
    return {
        "plain_share_depth": plain_depth(runs["plain_share"]),
        "plain_share_delay": delays(runs["plain_share"]),
        "chat_reply_delay": replies(),
        "email_game": email_game(runs["email_game"]),
        "winner_R": winners(runs),
        "incentivised_deeper": deeper(runs["incentivised"]),
    }
