"""What every page is made of: one head that forbids the network, text that stays text, tables that say what is off."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from experiments.calibration_page import table
from experiments.figure_theme import figure, wrapped
from experiments.figures_sensitivity import sensitivity_page
from experiments.page import Chart, chart_html, html_table, page

NAMES = ("behaviour.churn.alpha", "reward.draw.mean_yuan")


def test_a_page_forbids_the_network_and_holds_the_library_once() -> None:
    text = page("<b>a</b> $title", ["<p>one</p>", "<p>two</p>"])
    assert text.index("default-src 'none'") < text.index("<script>")
    assert text.count("plotly.js v") == 1
    assert text.count("&lt;b&gt;a&lt;/b&gt; $title") == 2
    assert "<b>a</b>" not in text
    assert text.endswith("<p>one</p>\n<p>two</p>\n</body>\n</html>\n")


def test_a_chart_has_its_heading_and_a_note_if_there_is_one() -> None:
    said, silent = (chart_html(Chart("one", "", "a < b", note, figure()), "h4") for note in ("how to read it", ""))
    assert "<h4>a &lt; b</h4>" in said
    assert "<figcaption>how to read it</figcaption>" in said
    assert "figcaption" not in silent


def test_rows_that_are_off_are_marked_and_numbers_stand_right() -> None:
    text = html_table(("name", "value"), [("a", "1"), ("b", "2")], numeric=(1,), off={1})
    assert '<tr><td>a</td><td class="number">1</td></tr><tr class="off"><td>b</td>' in text
    rows: list[dict[str, Any]] = [
        {"first_one": "a", "value": 23_990_000.0, "inside": True},
        {"first_one": "<", "value": None, "inside": False},
    ]
    text = table(rows, ["first_one", "value", "inside"], lambda row: not row["inside"]).replace(
        "\N{NO-BREAK SPACE}", " "
    )
    assert '<th scope="col">first one</th><th scope="col" class="number">value</th>' in text
    assert (
        '<tr><td>a</td><td class="number">24 m</td><td class="number">yes</td></tr><tr class="off"><td>&lt;</td>'
        in text
    )


def test_a_title_is_wrapped_between_words() -> None:
    assert wrapped("cost per extra user active", 14) == "cost per extra<br>user active"
    assert wrapped("short", 14) == "short"


def test_the_page_of_a_sensitivity_names_every_parameter_in_both_charts() -> None:
    numbers = {"at_low": 1.0, "at_high": 3.0, "first": 0.2, "first_low": 0.1, "first_high": 0.3}
    numbers |= {"total": 0.4, "total_low": 0.3, "total_high": 0.5}
    found: Any = SimpleNamespace(central=2.0)
    text = sensitivity_page("title", "people", found, [{"parameter": name, **numbers} for name in NAMES])
    body = text[text.index("<body>") :]
    for chart in ("chart-tornado", "chart-shares"):
        drawn = body[body.index(f'id="{chart}"') :].partition("</figure>")[0]
        assert all(name in drawn for name in NAMES), chart
