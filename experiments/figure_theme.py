"""How every chart looks: Okabe-Ito colours with a line style each, labelled axes, bands, campaign marks."""

from __future__ import annotations

import textwrap
from datetime import timedelta
from typing import Any, NamedTuple

import numpy as np
import plotly.graph_objects as go
from numpy.typing import ArrayLike, NDArray

from experiments.world_names import DESIGN, NO_CAMPAIGN
from growth.intervals import Interval, around, draw_interval, mean_interval

__all__ = [
    "CATEGORIES",
    "FONTS",
    "GRID",
    "INK",
    "MILLION",
    "MUTED",
    "Style",
    "add_band",
    "add_line",
    "error_bars",
    "figure",
    "filling",
    "headline_band",
    "mark_campaign",
    "styles",
    "translucent",
    "wrapped",
]

MILLION = 1e6

INK, MUTED, GRID = "#1f2328", "#667079", "#e4e7ea"
FONTS = (
    "Inter, 'Helvetica Neue', 'Segoe UI', Arial, 'Noto Sans CJK SC', 'Noto Sans SC', 'PingFang SC', "
    "'Microsoft YaHei', sans-serif"
)
BLUE, VERMILLION, GREEN, PURPLE, ORANGE, SKY = (
    "#0072B2",
    "#D55E00",
    "#009E73",
    "#CC79A7",
    "#E69F00",
    "#56B4E9",
)
# Okabe and Ito's set, safe for the usual colour blindnesses; dash, marker and pattern differ too, for print.
CATEGORIES = (BLUE, VERMILLION, GREEN, PURPLE, ORANGE, SKY)
DASHES = ("solid", "9px,5px", "9px,4px,2px,4px", "4px,3px", "2px,3px", "14px,3px")
SYMBOLS = ("circle", "square", "diamond", "triangle-up", "cross", "x")
PATTERNS = ("", "/", "x", ".", "\\", "-")


class Style(NamedTuple):
    """Colour, dash, marker and fill pattern of one series."""

    color: str
    dash: str
    symbol: str
    pattern: str


def styles(names: list[str]) -> dict[str, Style]:
    """One style per name; the no-campaign world is always grey and dotted, the design always the first."""
    ranked = sorted((name for name in names if name != NO_CAMPAIGN), key=lambda name: name != DESIGN)
    picked = {
        name: Style(*(series[rank % 6] for series in (CATEGORIES, DASHES, SYMBOLS, PATTERNS)))
        for rank, name in enumerate(ranked)
    }
    picked[NO_CAMPAIGN] = Style("#6b6b6b", "dot", "circle-open", "")
    return picked


def filling(color: str, pattern: str) -> dict[str, Any]:
    """The marker of a bar: its colour and, for print, its pattern."""
    return {"color": color, "pattern": {"shape": pattern, "fgcolor": "white", "fillmode": "overlay"}}


def wrapped(text: str, width: int) -> str:
    """A text over lines of at most ``width`` characters: what is longer than its panel would be cut."""
    return "<br>".join(textwrap.wrap(text, width))


def translucent(color: str, opacity: float) -> str:
    """A hex colour as rgba."""
    red, green, blue = (int(color[place : place + 2], 16) for place in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity})"


def figure(*, x: str = "", y: str = "", height: int = 400, made: go.Figure | None = None) -> go.Figure:
    """An empty chart (or `made`, with its subplots) in the house style; headings stand in the page."""
    chart = made if made is not None else go.Figure()
    chart.update_layout(
        template="none",
        height=height,
        font={"family": FONTS, "size": 13, "color": INK},
        margin={"l": 64, "r": 20, "t": 44, "b": 52},
        paper_bgcolor="white",
        plot_bgcolor="white",
        legend={"orientation": "h", "x": 0, "xanchor": "left", "y": 1.02, "yanchor": "bottom"},
        hoverlabel={"font": {"family": FONTS, "size": 12}, "bgcolor": "white", "align": "left"},
        bargap=0.35,
    )
    axis = {
        "showline": True,
        "linecolor": "#9aa1a8",
        "gridcolor": GRID,
        "zeroline": False,
        "ticks": "outside",
    }
    title = {"font": {"size": 13, "color": MUTED}, "standoff": 8}
    chart.update_xaxes(**axis, title=title, tickcolor="#9aa1a8", ticklen=4, automargin=True)
    chart.update_yaxes(**axis, title=title, tickcolor="#9aa1a8", ticklen=4, automargin=True)
    if x:
        chart.update_xaxes(title={"text": x})
    if y:
        chart.update_yaxes(title={"text": y})
    return chart


def headline_band(central: ArrayLike, drawn: ArrayLike | None) -> tuple[NDArray[np.float64], Interval]:
    """Mean at central parameters, and the band over parameter draws (Monte Carlo if there are none)."""
    mean = mean_interval(central)
    return mean.value, around(draw_interval(drawn), mean.value) if drawn is not None else mean


def add_band(
    chart: go.Figure, x: Any, band: Interval, color: str, *, group: str, opacity: float = 0.16, **place: Any
) -> None:
    """A shaded band that comes and goes with its line's legend entry."""
    known = np.isfinite(band.low) & np.isfinite(band.high)
    if not known.any():
        return
    x = np.asarray(x)[known]
    chart.add_trace(
        go.Scatter(
            x=np.concatenate([x, x[::-1]]),
            y=np.concatenate([band.high[known], band.low[known][::-1]]),
            fill="toself",
            fillcolor=translucent(color, opacity),
            line={"width": 0},
            mode="lines",
            hoverinfo="skip",
            showlegend=False,
            legendgroup=group,
        ),
        **place,
    )


def add_line(
    chart: go.Figure,
    x: Any,
    y: Any,
    style: Style,
    name: str,
    *,
    hover: str,
    legend: bool = True,
    **place: Any,
) -> None:
    """One series as a line in its own colour and dash."""
    chart.add_trace(
        go.Scatter(
            x=x,
            y=y,
            mode="lines",
            name=name,
            legendgroup=name,
            showlegend=legend,
            line={"color": style.color, "dash": style.dash, "width": 2.2},
            hovertemplate=f"<b>{name}</b><br>{hover}<extra></extra>",
        ),
        **place,
    )


def error_bars(value: ArrayLike, low: ArrayLike, high: ArrayLike) -> dict[str, Any]:
    """Asymmetric whiskers; a value outside its own interval keeps the interval's far end only."""
    middle = np.asarray(value, dtype=float)
    up = np.nan_to_num(np.asarray(high, dtype=float) - middle).clip(min=0)
    down = np.nan_to_num(middle - np.asarray(low, dtype=float)).clip(min=0)
    return {
        "type": "data",
        "symmetric": False,
        "array": up,
        "arrayminus": down,
        "color": INK,
        "thickness": 1.3,
        "width": 4,
    }


def mark_campaign(chart: go.Figure, scenario: Any, **place: Any) -> None:
    """On an axis of days, shade those of the campaign and mark its dated interventions."""
    chart.update_xaxes(tickformat="%-d %b")
    start, end = scenario.campaign.start, scenario.campaign.end
    chart.add_vrect(
        x0=start.isoformat(),
        x1=(end + timedelta(days=1)).isoformat(),
        fillcolor="#f4f1e8",
        line_width=0,
        layer="below",
        annotation_text="campaign",
        annotation_position="top right",
        annotation_font={"size": 11, "color": MUTED},
        **place,
    )
    changes = [change for change in scenario.interventions if change.enabled]
    for step, change in enumerate(changes):
        chart.add_vline(
            x=change.at.isoformat(),
            line={"color": MUTED, "width": 1, "dash": "dot"},
            **place,
        )
        chart.add_annotation(
            x=change.at.isoformat(),
            y=0.93 - 0.07 * (step % 5),
            yref="y domain",
            text=change.name.replace("_", " "),
            showarrow=False,
            xanchor="left",
            xshift=4,
            font={"size": 11, "color": MUTED},
            **place,
        )
