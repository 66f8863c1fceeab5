"""Cascade charts: how large invitation cascades grow, how deep they reach, and K by generation."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from experiments.activation_log import ActivationLog
from experiments.figure_theme import Style, add_band, add_line, error_bars, figure, filling, styles
from experiments.world_names import NO_CAMPAIGN
from growth.forest import cascade_sizes, complementary_cdf, depth_counts, k_by_generation
from growth.intervals import Interval, Ratio, mean_interval, ratio_of_means

__all__ = ["DEEPEST", "WINDOW_DAYS", "cascade_depth", "cascade_size", "depth_shares", "generation_k"]

DEEPEST = 5
WINDOW_DAYS = 7


def _shown(log: ActivationLog) -> dict[str, Style]:
    """Variants with at least one invited activation, the no-campaign world left out."""
    invited = depth_counts(log.forest, log.worlds, 1)[:, 0]
    look = styles(log.variants)
    return {name: look[name] for name in log.variants if invited[log.rows(name)].sum() > 0 and name != NO_CAMPAIGN}


def cascade_size(log: ActivationLog) -> go.Figure:
    """Share of cascades with at least s invited activations, log-log, with Monte Carlo bands."""
    sizes, world = cascade_sizes(log.forest)
    chart = figure(x="invited activations under one root (s)", y="share of cascades with at least s", height=420)
    largest = int(sizes.max(initial=1))
    grid = np.unique(np.round(np.geomspace(1, largest, 60)).astype(np.int64))
    table = complementary_cdf(sizes, world, log.worlds, grid)
    for name, style in _shown(log).items():
        mine = table[log.rows(name)]
        mine = mine[np.isfinite(mine[:, 0])]
        mean = mean_interval(mine)
        seen = mean.value > 0
        floor = 0.5 / max(len(sizes), 1)
        band = Interval(mean.value[seen], np.maximum(mean.low[seen], floor), np.minimum(mean.high[seen], 1))
        add_band(chart, grid[seen], band, style.color, group=name, opacity=0.18)
        hover = "at least %{x}: %{y:.3%} of cascades"
        add_line(chart, grid[seen], mean.value[seen], style, name, hover=hover)
    ticks = [digit * 10**power for power in range(7) for digit in (1, 2, 5) if digit * 10**power <= 2 * largest]
    chart.update_xaxes(type="log", tickvals=ticks)
    chart.update_yaxes(type="log", dtick=1, tickformat=".4~%")
    return chart


def depth_shares(log: ActivationLog, variant: str) -> Interval:
    """Share of invited activations at depth 1 .. 5 or more, with Monte Carlo intervals [depth]."""
    counts = depth_counts(log.forest, log.worlds, DEEPEST)[log.rows(variant)]
    whole = np.repeat(counts.sum(axis=1, keepdims=True), DEEPEST, axis=1)
    found = ratio_of_means(Ratio(counts, whole))
    return Interval(found.value, np.clip(found.low, 0, 1), np.clip(found.high, 0, 1))


def _bars(labels: list[str], found: dict[str, Interval], look: dict[str, Style], hover: str) -> list[go.Bar]:
    return [
        go.Bar(
            x=labels,
            y=part.value,
            name=name,
            error_y=error_bars(part.value, part.low, part.high),
            marker=filling(look[name].color, look[name].pattern),
            hovertemplate=f"<b>{name}</b><br>{hover}<extra></extra>",
        )
        for name, part in found.items()
    ]


def cascade_depth(log: ActivationLog) -> go.Figure:
    """Share of the invited at each depth below their root, by variant."""
    look = _shown(log)
    chart = figure(x="generations below the root", y="share of invited activations, %", height=420)
    labels = [str(depth) for depth in range(1, DEEPEST)] + [f"{DEEPEST} or more"]
    found = {name: Interval(*(100 * part for part in depth_shares(log, name))) for name in look}
    chart.add_traces(_bars(labels, found, look, "depth %{x}: %{y:.1f} %"))
    chart.update_xaxes(type="category")
    return chart


def generation_k(log: ActivationLog, variant: str, *, new_only: bool, generations: int = 4) -> Interval:
    """K of each generation [generations] with Monte Carlo interval; NaN where a generation is too thin."""
    counted = log.is_new if new_only else np.ones(len(log.is_new), dtype=bool)
    pairs = k_by_generation(
        log.forest,
        log.day,
        counted,
        log.worlds,
        window=WINDOW_DAYS,
        last_day=log.last_day,
        generations=generations,
    )
    mine = log.rows(variant)
    return ratio_of_means(Ratio(pairs.numerator[mine], pairs.denominator[mine]))
