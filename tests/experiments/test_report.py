"""The report: one file that asks nothing of the network and draws every chart in a browser."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from experiments.number_format import amount
from experiments.report import write_report, write_summary
from experiments.world_view import worlds_of
from tests.browser import Chromium
from tests.experiments.synthetic_run import SyntheticRun, synthetic_run

CHARTS = (
    "dau", "mau", "joined", "retention", "funnel", "money", "burn", "cascade_size", "cascade_depth",
    "differences", "differences_over_time", "chart_rank", "surge_rank",
)  # fmt: skip

# A line, area or point of plotly with a path of some length: axes and grids carry none of these classes.
DRAWN = (
    r'<path[^>]*class="(?:js-line|js-fill|point)[^"]*"[^>]* d="M[^"]{6,}"'
    r'|<g class="point"><path d="M[^"]{6,}"'
)


@pytest.fixture(scope="module")
def run() -> SyntheticRun:
    return synthetic_run()


@pytest.fixture(scope="module")
def report(run: SyntheticRun, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_report(run, tmp_path_factory.mktemp("report") / "report.html")


class Links(HTMLParser):
    """Collects what the page would load: every src, every href that is not an anchor, and its ids."""

    def __init__(self) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.ids: list[str] = []
        self.anchors: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name == "id" and value:
                self.ids.append(value)
            elif name == "href" and value and value.startswith("#"):
                self.anchors.append(value[1:])
            elif name in ("src", "href", "srcset", "data", "poster"):
                self.loads.append(f"{tag} {name}={value}")


def test_the_file_loads_nothing_and_forbids_it(report: Path) -> None:
    text = report.read_text(encoding="utf-8")
    links = Links()
    links.feed(text)
    assert links.loads == []
    assert "default-src 'none'" in text
    assert set(links.anchors) <= set(links.ids)
    assert len(set(links.ids)) == len(links.ids)
    assert text.count("plotly.js v") == 1  # the library is inside, once
    assert report.stat().st_size < 8e6


def test_every_chart_is_drawn_offline(report: Path, chromium: Chromium, tmp_path: Path) -> None:
    picture = tmp_path / "report.png"
    page = chromium.open(report, screenshot=picture, width=1280, height=5000, script_ms=20_000)
    for name in CHARTS:
        start = page.dom.index(f'id="chart-{name}"')
        drawn = page.dom[start : page.dom.find("</figure>", start)]
        assert "main-svg" in drawn, name
        marks = re.findall(DRAWN, drawn)
        assert marks, f"{name} has axes and no data"
    assert page.console == ()
    assert picture.stat().st_size > 100_000


def test_the_page_says_question_verdict_and_three_uncertainties(run: SyntheticRun, report: Path) -> None:
    page = report.read_text(encoding="utf-8")
    body = page[page.index("<body>") :]
    assert run.scenario.title in body
    for words in (
        "It brings people.",
        "parameters",
        "Monte Carlo",
        "chance at real size",
        "Nothing was tuned",
    ):
        assert words in body
    assert body.count('class="tile"') == 8


def test_the_ledger_adds_up_line_by_line(run: SyntheticRun, report: Path) -> None:
    """Every line with a cost stands there with its yuan and share, and the last is what was spent."""
    page = report.read_text(encoding="utf-8")
    table = page[page.index('aria-label="ledger"') :]
    lines = re.findall(r"<tr>(.*?)</tr>", table[: table.index("</table>")])[1:]
    cells = {row[0]: row[1:] for row in (re.findall(r"<td[^>]*>(.*?)</td>", line) for line in lines)}
    world = worlds_of(run).central["design"]
    told = {name: yuan.mean() for name, yuan in world.ledger().items() if yuan.any()} | {
        "all of it": world.spend().mean()
    }
    assert {name: row[0] for name, row in cells.items()} == {name: amount(yuan, "yuan") for name, yuan in told.items()}
    shares = {name: float(row[1].split("\N{NO-BREAK SPACE}")[0]) for name, row in cells.items()}
    assert shares.pop("all of it") == 100
    assert sum(shares.values()) == pytest.approx(100, abs=0.1 * len(shares))
    assert len(shares) >= 5


def test_every_assumption_is_listed_with_its_source(run: SyntheticRun, report: Path) -> None:
    page = report.read_text(encoding="utf-8")
    missing = [path for path in run.scenario.numbers() if f"<code>{path}</code>" not in page]
    assert missing == []


def test_text_from_a_scenario_cannot_become_markup(run: SyntheticRun, tmp_path: Path) -> None:
    scenario = run.scenario.model_copy(update={"title": "<script>alert(1)</script> $plotly", "question": "a < b"})
    hostile = SyntheticRun(run.central, run.draws, scenario, run.manifest, run.folder, run.log)
    page = write_report(hostile, tmp_path / "report.html").read_text(encoding="utf-8")
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; $plotly" in page
    assert "a &lt; b" in page


def test_the_same_run_gives_the_same_bytes(run: SyntheticRun, report: Path, tmp_path: Path) -> None:
    again = write_report(run, tmp_path / "again.html")
    assert again.read_bytes() == report.read_bytes()


def test_summary_is_plain_json_and_agrees_with_the_verdict(run: SyntheticRun) -> None:
    summary = write_summary(run)
    again = json.loads(json.dumps(summary, allow_nan=False))
    assert again == summary
    assert summary["verdict_text"].startswith("It brings people.")
    assert set(summary["kpis"]) == {"design", "no link block", "no groups", "fixed rewards"}
    design, other = (summary["kpis"][name]["mau_lift"]["value"] for name in ("design", "no link block"))
    assert summary["differences"]["no link block"]["stay_lift"]["value"] > 0
    assert other > design
    assert {row["role"] for row in summary["reported"]} == {"shown"}


def test_an_app_of_which_nothing_was_reported_has_no_empty_table(
    run: SyntheticRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("experiments.report.load_reported", lambda: ())
    page = write_report(run, tmp_path / "report.html").read_text(encoding="utf-8")
    assert "No figure was reported of this app" in page
    assert "Nothing was tuned" not in page


def test_a_run_without_draws_says_so_instead_of_a_verdict(tmp_path: Path) -> None:
    page = write_report(synthetic_run(draws=0), tmp_path / "report.html").read_text(encoding="utf-8")
    assert "No verdict yet." in page
    assert "It brings people." not in page


def test_a_design_without_variants_has_a_report(run: SyntheticRun, tmp_path: Path) -> None:
    alone = SyntheticRun(
        run.central.isel(variant=slice(0, 2)),
        run.draws.isel(variant=slice(0, 2)),
        run.scenario.model_copy(update={"variants": ()}),
        run.manifest,
        run.folder,
        run.log[run.log.variant == "design"],
    )
    page = write_report(alone, tmp_path / "report.html").read_text(encoding="utf-8")
    assert "no campaign minus design" in page
    assert "no link block" not in page
    assert write_summary(alone)["differences"] == {}
