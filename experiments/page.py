"""What every page is made of: one head that allows no network, charts with heading and note, tables."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from html import escape
from importlib import resources
from string import Template

import plotly.graph_objects as go
import plotly.io
from plotly.offline import get_plotlyjs

__all__ = ["Chart", "chart_html", "filled", "html_table", "page"]

CONFIG = {"displaylogo": False, "responsive": True, "displayModeBar": False}


@dataclass(frozen=True)
class Chart:
    """A figure with the section it stands in, its heading and how to read it."""

    id: str
    section: str
    heading: str
    note: str
    figure: go.Figure


def filled(template: str, style: str, title: str, **parts: str) -> str:
    """A page of a template and a style by name; ``title`` is text, ``parts`` are HTML by their place in the template.

    The page holds the plotting library once (about 5 MB) and its Content-Security-Policy forbids it the network.
    """
    head = Template(_read("head.html")).substitute(
        title=escape(title), style=_read(f"{style}.css"), plotly=get_plotlyjs()
    )
    return Template(_read(f"{template}.html")).substitute(head=head, title=escape(title), **parts)


def page(title: str, parts: Iterable[str]) -> str:
    """A plain page: a title and ``parts``, which are HTML."""
    return filled("plain", "plain", title, content="\n".join(parts))


def _read(name: str) -> str:
    return (resources.files("experiments") / "templates" / name).read_text(encoding="utf-8")


def chart_html(chart: Chart, heading: str = "h2") -> str:
    """A chart with its heading (an element's name) and how to read it, as a figure of a page."""
    body = plotly.io.to_html(
        chart.figure,
        full_html=False,
        include_plotlyjs=False,
        config=CONFIG,
        div_id=f"chart-{chart.id}",
        default_height=f"{chart.figure.layout.height}px",
    )
    text = escape(chart.heading)
    note = f"<figcaption>{escape(chart.note)}</figcaption>" if chart.note else ""
    return (
        f'<figure id="{chart.id}"><{heading}>{text}</{heading}>'
        f'<div role="img" aria-label="{text}">{body}</div>{note}</figure>'
    )


def html_table(
    head: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    numeric: Iterable[int] = (),
    name: str = "",
    off: Collection[int] = (),
) -> str:
    """An HTML table from ready-made cells (already escaped); `numeric` columns are set right, rows `off` in red."""
    mark = dict.fromkeys(numeric, ' class="number"')
    top = "".join(f'<th scope="col"{mark.get(place, "")}>{text}</th>' for place, text in enumerate(head))
    body = "".join(
        ('<tr class="off">' if number in off else "<tr>")
        + "".join(f"<td{mark.get(place, '')}>{cell}</td>" for place, cell in enumerate(row))
        + "</tr>"
        for number, row in enumerate(rows)
    )
    label = f' aria-label="{escape(name)}"' if name else ""
    return f'<div class="scroll"><table{label}><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>'
