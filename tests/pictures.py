"""Writes the pictures of the docs, one a file: of the default chain, of everybody, of the Bass test (make pictures)."""

from __future__ import annotations

import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from experiments.chain_picture import ChainPicture, picture_of, sampled_picture
from experiments.figures_bass import bass_chart
from experiments.figures_chain import chain_page
from experiments.validation.bass import bass_run
from graphs.chain import make_chain
from graphs.implicit_build import make_implicit
from tests.browser import Chromium, find_chromium
from tests.conftest import ROOT

__all__ = ["write_bass", "write_pictures"]

WIDTH, SMALL = 760, 560  # the town is all dots, which make a large file
USERS, EVERYBODY = 100_000, 1_400_000_000


def write_pictures(picture: ChainPicture, browser: Chromium, name: str, heights: dict[str, int], folder: Path) -> None:
    """A screenshot per chart, [heights] pixels tall, as ``name``_chart.png."""
    page = chain_page(picture)
    with tempfile.TemporaryDirectory() as place:
        for chart, height in heights.items():
            file = Path(place) / f"{chart}.html"
            hidden = f"body > h1, body > p, body > ul, figure:not(#chain_{chart})"
            only = f"<style>{hidden} {{ display: none }} figure {{ margin: 0 }}</style></head>"
            file.write_text(page.replace("</head>", only, 1), encoding="utf-8")
            width = SMALL if chart == "town" else WIDTH
            browser.open(file, screenshot=folder / f"{name}_{chart}.png", width=width, height=height)


def write_bass(browser: Chromium, folder: Path) -> None:
    """The engine beside the Bass equation, as ``bass.png``."""
    with tempfile.TemporaryDirectory() as place:
        file = Path(place) / "bass.html"
        bass_chart(bass_run()).write_html(file, include_plotlyjs=True, config={"displayModeBar": False})
        browser.open(file, screenshot=folder / "bass.png", width=WIDTH, height=440)


def main() -> None:
    """Draw both chains and the Bass test."""
    executable = find_chromium()
    if executable is None:
        sys.exit("no Chromium or Chrome on PATH")
    with tempfile.TemporaryDirectory() as profiles:
        browser, docs = Chromium(executable, Path(profiles)), ROOT / "docs"
        chain = replace(picture_of(make_chain(USERS, seed=1)), notes=())
        heights = {"degrees": 540, "clustering": 520, "distances": 520, "kilometres": 540, "town": 680}
        write_pictures(chain, browser, "chain", heights, docs)
        everybody = sampled_picture(make_implicit(EVERYBODY, seed=1))
        write_pictures(everybody, browser, "population", {"degrees": 540, "kilometres": 540}, docs)
        write_bass(browser, docs)


if __name__ == "__main__":
    main()
