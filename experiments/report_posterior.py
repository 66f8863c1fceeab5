"""What a posterior is, for the report of a run that draws its parameters from it: HTML, from the posterior's folder."""

from __future__ import annotations

import json
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any

from experiments.page import html_table
from experiments.posterior_places import posterior_digest
from graphs.errors import InputError

__all__ = ["reported_words", "rungs", "section"]

_UNTUNED = "Nothing was tuned to these numbers. Where the model is off, it is off."
_TUNED = (
    "The parameter draws of this run are fitted to reported numbers, to those that are listed under what was assumed: "
    "agreement with these is no evidence. The central values are those of the file."
)


def section(scenario: Any) -> str:
    """Prior against posterior of every number that the figures moved, what they leave unknown, and which of reach,
    invitations and acceptance cannot be told apart; empty for a run without a posterior."""
    if scenario.run.posterior is None:
        return ""
    told = _summary(Path(scenario.run.posterior), scenario.run.posterior_sha256)
    start = "<h3>The posterior that parameters are drawn from</h3>"
    if told is None:
        place = f"<code>{escape(scenario.run.posterior)}</code>, SHA-256 {escape(str(scenario.run.posterior_sha256))}"
        return f"{start}<p>{place}. Its folder is not there any more, or holds another one: it cannot be shown.</p>"
    state = "; ".join(told["complaints"]) or "its chains agree"
    until = f" up to {told['until']}" if told["until"] else ""
    known = [row for row in told["parameters"] if row["identified"]]
    unknown = ", ".join(
        f"<code>{escape(row['parameter'])}</code>" for row in told["parameters"] if not row["identified"]
    )
    words = "".join(f"<li>{escape(line)}</li>" for line in told["words"])
    return "".join(
        [
            start,
            f"<p>Fitted to {len(told['reported'])} reported figures{until}; {escape(state)}. Numbers that no figure "
            "speaks of keep their ranges. Intervals are 90 %.</p>",
            _parameters(known),
            "<h3>Reported figures that it was fitted to, beside what it predicts of them</h3>",
            _figures(told["reported"]),
            f"<h3>What the figures do not tell apart</h3><ul>{words}</ul>",
            f"<h3>Not identified by these figures</h3><p>Less than {100 * told['not_identified_below']:.0f} % of the "
            f"prior variance is gone: {unknown}</p>",
        ]
    )


def _summary(folder: Path, digest: str | None) -> dict[str, Any] | None:
    """What `growth calibrate` wrote beside the posterior; nothing where it is not the one of the run."""
    try:
        if posterior_digest(folder) != digest:
            return None
        found: dict[str, Any] = json.loads((folder / "calibration.json").read_text(encoding="utf-8"))
    except (InputError, OSError, json.JSONDecodeError):
        return None
    return found


def _parameters(rows: Sequence[dict[str, Any]]) -> str:
    cells = [
        [
            f"<code>{escape(row['parameter'])}</code>",
            f"{row['prior']:.3g} ({row['prior_low']:.3g} to {row['prior_high']:.3g})",
            f"{row['median']:.3g} ({row['low']:.3g} to {row['high']:.3g})",
            f"{row['contraction']:.2f}",
            escape(f"pressed against the {row['pressed']} of its range" if row["pressed"] else ""),
        ]
        for row in rows
    ]
    head = ("parameter", "prior", "posterior", "variance gone", "")
    return html_table(head, cells, numeric=(1, 2, 3), name="posterior")


def _figures(rows: Sequence[dict[str, Any]]) -> str:
    cells = [
        [
            escape(f"{row['quantity']}, {row['date']}, {row['measurer']}"),
            f"{escape(row['relation'])} {row['reported']:,.0f}",
            f"{row['low']:,.0f} to {row['high']:,.0f}",
            '<span class="ok">inside</span>' if row["inside"] else '<span class="off">outside</span>',
        ]
        for row in rows
    ]
    return html_table(("figure", "reported", "predicted", ""), cells, numeric=(1, 2), name="fitted figures")


def reported_words(scenario: Any) -> str:
    """What is said above the reported numbers of a report."""
    return _UNTUNED if scenario.run.posterior is None else _TUNED


def rungs(scenario: Any, ladder: Sequence[tuple[str, str]]) -> Sequence[tuple[str, str]]:
    """Rungs of the ladder of evidence: of a fitted run the reported numbers are no rung."""
    if scenario.run.posterior is None:
        return ladder
    changed = {
        "empirical tables": "not climbed: parameter draws are fitted to reported numbers",
        "recovery of known parameters": "not climbed by this run: growth check forecast asks it of made-up campaigns",
    }
    return [(name, changed.get(name, state)) for name, state in ladder]
