"""Which design is better: paired differences, P(best), expected regret and a verdict in words, by one KPI.

A design is *shown* to be better or worse than the base only when two intervals agree. The headline interval holds the
unknown parameters (and the chains, when there are several). The Monte Carlo interval holds the luck; for a verdict it
stands at 95 %, shared among the designs compared and the times one has looked (Bonferroni), so that luck alone makes a
verdict at most once in twenty comparisons. Neither alone decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from experiments.kpi import Kpi
from experiments.kpi_table import LEVEL, Estimate, difference, drawn_values, estimate
from experiments.number_format import amount, interval, signed
from experiments.world_names import DESIGN, NO_CAMPAIGN
from experiments.world_view import Worlds
from growth.intervals import Interval, Ratio, difference_of_ratios, influence
from growth.nested import bootstrap_weights, nested_draws
from growth.selection import chance_best, expected_regret

__all__ = ["FEWEST_DRAWS", "SMALLEST_THAT_MATTERS", "Comparison", "Option", "compare_designs", "word_of"]

FALSE_ALARMS = 0.05
"""How often luck alone may make a verdict, over all designs of one comparison."""
FEWEST_DRAWS = 9
"""Below, the next draw falls outside the headline interval more than one time in five: no verdict."""
SMALLEST_THAT_MATTERS = 0.01
"""Default threshold, as a share of the base's own value: a smaller gain would not change a decision."""

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Option:
    """A design beside the base; more is better in `gap` whatever the KPI: costs have their sign turned there."""

    name: str
    value: Estimate
    difference: Estimate | None
    """To the base, in the KPI's own direction; None for the base itself."""
    gap: Interval | None
    """Difference to the base with its Monte Carlo interval at the level of the verdict, more is better."""
    word: str
    """base, better, worse, too small to matter, the same, no difference shown, not identified, no verdict."""
    chance_best: float | None
    regret: float | None
    """Expected regret in the KPI's unit."""
    other_sign: float | None
    """Share of replicates in which the difference has the other sign than its mean."""


@dataclass(frozen=True)
class Comparison:
    """All designs by one KPI."""

    kpi: Kpi
    base: str
    threshold: float
    """Smallest difference that matters, in the KPI's unit."""
    options: tuple[Option, ...]
    draws: int

    @property
    def recommended(self) -> str | None:
        """The design of least expected regret; None when no design is identified."""
        known = [option for option in self.options if option.regret is not None]
        return min(known, key=lambda option: option.regret or 0.0).name if known else None

    def option(self, name: str) -> Option:
        """One design by name."""
        return next(option for option in self.options if option.name == name)

    def sentence(self) -> str:
        """The verdict in words to paste."""
        return _sentence(self)


def compare_designs(
    worlds: Worlds,
    kpi: Kpi,
    *,
    names: Sequence[str] | None = None,
    base: str = DESIGN,
    threshold: float | None = None,
    looks: int = 1,
) -> Comparison:
    """Compare ``names`` (default: every variant) with ``base`` by one KPI.

    ``threshold`` is the smallest difference that matters, in the KPI's unit (default: 1 % of the base's value).
    ``looks`` is how often one plans to look before stopping (`experiments.sequential`).
    """
    others = [name for name in (names or worlds.central) if name not in (NO_CAMPAIGN, base)]
    first = estimate(worlds, kpi, base)
    matters = SMALLEST_THAT_MATTERS * abs(first.value or 0.0) if threshold is None else threshold
    level = 1 - FALSE_ALARMS / max(1, len(others)) / looks
    sign = -1.0 if kpi.less_is_better else 1.0
    found = {name: (estimate(worlds, kpi, name), difference(worlds, kpi, name, base)) for name in others}
    known = [name for name in others if found[name][1].identified]
    best, regret = _chances(worlds, kpi, base, known, sign) if first.identified else ({}, {})
    options = [Option(base, first, None, None, "base", best.get(base), regret.get(base), None)]
    for name in others:
        value, gap = found[name]
        luck, other = _luck(worlds, kpi, name, base, level, sign)
        word = word_of(gap, luck, matters, sign)
        options.append(Option(name, value, gap, luck, word, best.get(name), regret.get(name), other))
    return Comparison(kpi, base, matters, tuple(options), worlds.draws)


def _ratios(worlds: Worlds, kpi: Kpi, name: str) -> tuple[Ratio, Ratio | None]:
    """A KPI of one design over central and over drawn worlds."""
    drawn = kpi.of(worlds.drawn[name], worlds.drawn[NO_CAMPAIGN]) if worlds.drawn else None
    return kpi.of(worlds.central[name], worlds.central[NO_CAMPAIGN]), drawn


def _luck(worlds: Worlds, kpi: Kpi, name: str, base: str, level: float, sign: float) -> tuple[Interval, float | None]:
    """Paired difference with its Monte Carlo interval (more is better), and the share of replicates of other sign."""
    (ours, _), (theirs, _) = _ratios(worlds, kpi, name), _ratios(worlds, kpi, base)
    found = difference_of_ratios(ours, theirs, level, next(iter(worlds.central.values())).chain)
    if not np.isfinite(found.value):
        return found, None
    each = found.value + influence(ours)[1] - influence(theirs)[1]
    other = float(np.mean(np.sign(each) == -np.sign(found.value))) if found.value else 0.0
    low, high = sorted((sign * float(found.low), sign * float(found.high)))
    return Interval(np.array(sign * found.value), np.array(low), np.array(high)), other


def _chances(
    worlds: Worlds, kpi: Kpi, base: str, names: list[str], sign: float
) -> tuple[dict[str, float], dict[str, float]]:
    """P(best) and expected regret of the base and of ``names``.

    Rows: chains resampled x draws x replicates resampled. Only differences to the base matter to either.
    """
    if worlds.draws < 2:
        return {}, {}
    fixed, drawn = _ratios(worlds, kpi, base)
    columns, errors = [], []
    for name in names:
        ours, told = _ratios(worlds, kpi, name)
        assert drawn is not None
        assert told is not None
        columns.append(nested_draws(drawn_values(worlds, [ours, fixed], [told, drawn])))
        errors.append(influence(ours)[1] - influence(fixed)[1])
    if not names:
        return {base: 1.0}, {base: 0.0}
    luck = np.stack(errors, axis=1)  # [replicates, designs]
    weights = bootstrap_weights(len(luck))
    moved = weights @ luck * np.sqrt(len(luck) / max(len(luck) - 1, 1))
    table = (np.stack(columns, axis=1)[:, None, :] + moved[None, :, :]).reshape(-1, len(names))
    table = np.concatenate([np.zeros((len(table), 1)), sign * table], axis=1)
    told_names = [base, *names]
    best, regret = chance_best(table), expected_regret(table)
    return dict(zip(told_names, map(float, best), strict=True)), dict(zip(told_names, map(float, regret), strict=True))


def word_of(gap: Estimate, luck: Interval, matters: float, sign: float = 1.0) -> str:
    """What is shown of one difference; see above for the rule. ``luck`` has its sign turned for a cost."""
    if not gap.identified or gap.value is None or not np.isfinite(luck.value):
        return "not identified"
    if gap.draws < FEWEST_DRAWS or gap.low is None or gap.high is None or not np.isfinite(luck.low):
        return "no verdict"
    low, high = sorted((sign * gap.low, sign * gap.high))
    least, most = min(low, float(luck.low)), max(high, float(luck.high))
    if -matters < least and most < matters and matters > 0:
        return "the same" if least <= 0 <= most else "too small to matter"
    if least > 0 or most < 0:
        if abs(gap.value) < matters:
            return "too small to matter"
        return "better" if least > 0 else "worse"
    return "no difference shown"


def _span(option: Option, comparison: Comparison) -> tuple[float | None, float | None]:
    """The interval that decides: headline and Monte Carlo together, in the KPI's own direction."""
    gap, luck = option.difference, option.gap
    if gap is None or gap.low is None or gap.high is None or luck is None or not np.isfinite(luck.low):
        return None, None
    sign = -1.0 if comparison.kpi.less_is_better else 1.0
    low, high = sorted((sign * float(luck.low), sign * float(luck.high)))
    return min(low, gap.low), max(high, gap.high)


def _against(option: Option, comparison: Comparison) -> str:
    gap, unit = option.difference, comparison.kpi.unit
    if gap is None or gap.value is None:
        return f"{option.name}: {option.word}"
    if gap.value == gap.low == gap.high == 0:
        return f"{option.name}: the same as {comparison.base} in every draw"
    span = interval(*_span(option, comparison), unit, difference=True)
    if option.word in ("better", "worse"):
        return f"{option.name}: {option.word}, {signed(gap.value, unit)} ({span})"
    clear = gap.low is not None and gap.high is not None and (gap.low > 0 or gap.high < 0)
    why = "; Monte Carlo error could explain it" if option.word == "no difference shown" and clear else ""
    return f"{option.name}: {option.word} ({span}{why})"


def _sentence(comparison: Comparison) -> str:
    unit, base = comparison.kpi.unit, comparison.base
    others = [option for option in comparison.options if option.name != base]
    if not others:
        return "There is no other design to compare with."
    if any(option.word == "no verdict" for option in others):
        return (
            f"No verdict on {comparison.kpi.label}: the run has {comparison.draws} parameter draws, and Monte Carlo "
            "error alone decides nothing. Set run.parameter_draws to 16 and run.replicates to 8 or more."
        )
    chosen = comparison.option(comparison.recommended or base)
    sure = ""
    if chosen.chance_best is not None:
        sure = (
            f" P(best) of {chosen.name} is {100 * chosen.chance_best:.0f} %, its expected regret "
            f"{amount(chosen.regret, unit)}."
        )
    if chosen.word == "better":
        head = f"Take {chosen.name}: it is shown to be better than {base}."
    elif any(option.word == "better" for option in others):
        named = ", ".join(option.name for option in others if option.word == "better")
        head = f"Shown to be better than {base}: {named}."
    elif all(option.word == "worse" for option in others):
        head = f"Keep {base}: every other design is shown to be worse."
    elif all(option.word in ("the same", "too small to matter") for option in others):
        head = f"No difference that matters from {base}."
    else:
        head = f"No difference shown: no design is shown to be better than {base}."
    body = f" By {comparison.kpi.label}, minus {base}'s: " + "; ".join(_against(o, comparison) for o in others) + "."
    return f"{head}{body} What matters: {amount(comparison.threshold, unit)}, at {100 * LEVEL:.0f} %.{sure}"
