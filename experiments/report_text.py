"""The words of the report as HTML: facts, verdict, tiles, what the sample gets wrong, provenance."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from experiments.kpi_table import Estimate
from experiments.number_format import NOT_IDENTIFIED, NOT_OBSERVED, UNKNOWN, amount, interval, plain, spread
from experiments.page import html_table
from experiments.report_posterior import rungs
from experiments.report_tables import words
from experiments.scenario import Scenario
from experiments.verdict import Verdict
from experiments.world_view import people_per_user, users_of

__all__ = [
    "facts_line",
    "ladder_html",
    "provenance",
    "sample_limits",
    "tiles",
    "verdict_html",
]

TILES = (
    "mau_lift",
    "stay_lift",
    "activation_lift",
    "retention_30",
    "spend",
    "icac",
    "icpr_30",
    "engaged_money",
)
LADDER = (
    (
        "identities and exact answers",
        "held by the tests of the program: reachability, hop distance, reductions, laws",
    ),
    ("the same work as independent tools", "not climbed by this run"),
    (
        "empirical tables",
        "not climbed: reported numbers are shown beside the model, and nothing was tuned to them",
    ),
    ("recovery of known parameters", "not climbed: nothing was fitted"),
    ("prediction", "not climbed: no part of this campaign was held back and forecast"),
)


def facts_line(run: Any, dates: str) -> str:
    """One line: ``dates`` (what is simulated, and when), how many people, how many worlds."""
    sizes, each = run.central.sizes, people_per_user(run)
    draws = run.draws.sizes.get("draw", 0) if run.draws is not None else 0
    facts = [
        dates,
        f"{plain(each * users_of(run))} people, {plain(float(users_of(run)))} of them simulated",
        f"{sizes['variant']} worlds on the same luck",
        f"{sizes['replicate'] * sizes.get('chain', 1)} replicates, {draws} parameter draws",
    ]
    return " · ".join(escape(fact) for fact in facts)


def verdict_html(found: Verdict, note: str) -> str:
    """The verdict's sentences, each with its head in bold."""
    lines = "".join(
        f'<p class="{sentence.tone}"><strong>{escape(sentence.head)}</strong> {escape(sentence.body)}</p>'
        for sentence in found.sentences
    )
    return f'{lines}<p class="small">{escape(note)}</p>'


def _bar(found: Estimate) -> str:
    """The three uncertainties on one scale: pale bar parameters, dark bar Monte Carlo, tick the value."""
    known = [part for part in (found.low, found.high, found.mc_low, found.mc_high, found.value) if part is not None]
    if found.value is None or len(known) < 5:
        return ""
    low, high = min(known), max(known)
    span = (high - low) or abs(found.value) or 1.0

    def place(value: float) -> float:
        return 4 + 192 * (value - low) / span

    def stripe(start: float, end: float, kind: str, top: int, tall: int) -> str:
        wide = max(place(end) - place(start), 1.5)
        return f'<rect class="{kind}" x="{place(start):.1f}" y="{top}" width="{wide:.1f}" height="{tall}"/>'

    _, _, mc_low, mc_high, value = known
    return (
        '<svg class="spread" viewBox="0 0 200 14" preserveAspectRatio="none" aria-hidden="true">'
        f"{stripe(found.low or 0, found.high or 0, 'parameters', 3, 8)}"
        f"{stripe(mc_low, mc_high, 'luck', 5, 4)}"
        f'<rect class="value" x="{place(value) - 0.75:.1f}" y="0" width="1.5" height="14"/></svg>'
    )


def _half(low: float | None, high: float | None, unit: str) -> str:
    return UNKNOWN if low is None or high is None else spread((high - low) / 2, unit)


def _tile(found: Estimate) -> str:
    head = f"<h3>{escape(found.label)}</h3>"
    if not found.identified:
        state, why = NOT_IDENTIFIED, "what it is divided by is not clearly above zero"
        if not found.observed:
            state, why = NOT_OBSERVED, "the run does not hold the days it needs"
        words = f'<p class="big muted">{state}</p><p class="small">{why}</p>'
        return f'<div class="tile">{head}{words}</div>'
    return (
        f'<div class="tile" title="{escape(found.formula)}">{head}'
        f'<p class="big">{amount(found.value, found.unit)}</p>{_bar(found)}<dl>'
        f'<dt class="headline">parameters</dt>'
        f'<dd class="headline">{interval(found.low, found.high, found.unit)}</dd>'
        f"<dt>Monte Carlo</dt><dd>{_half(found.mc_low, found.mc_high, found.unit)}</dd>"
        f"<dt>chance at real size</dt><dd>{spread(found.chance, found.unit)}</dd></dl></div>"
    )


def tiles(table: Mapping[str, Estimate]) -> str:
    """Headline KPIs, each with its three uncertainties apart."""
    return "".join(_tile(table[name]) for name in TILES)


def _flat(found: Mapping[str, Any], prefix: str = "") -> Iterable[tuple[str, Any]]:
    for key, value in found.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{key} ")
        else:
            yield f"{prefix}{key}".replace("_", " "), value


def _cell(value: Any) -> str:
    return plain(float(value)) if isinstance(value, int | float) and not isinstance(value, bool) else words(value)


def sample_limits(run: Any, designs: Sequence[Scenario]) -> str:
    """What the sample of these designs gets wrong: none of it is in any interval."""
    each = people_per_user(run)
    points = [
        f"One simulated user stands for {plain(each)} people. Pools, reach and seeds are divided by that "
        "number and counts multiplied by it; a friend far away in the real chain may be nobody in the "
        "sample.",
        "Cascades are cut short by the smaller society: the largest possible one holds "
        f"{plain(float(users_of(run)))} users.",
    ]
    if all(design.abuse is None for design in designs):
        points.append("No farmed account and no stranger takes money: no design here has a table for them.")
    prizes = run.manifest.get("prizes_at_expectation") or ()
    if prizes:
        names = ", ".join(escape(str(prize)) for prize in prizes)
        points.append(f"Priced at expectation, because fewer than 30 winners fall in the sample: {names}.")
    points += [escape(str(note)) for note in run.manifest.get("chain_notes") or ()]
    listed = "".join(f"<li>{point}</li>" for point in points)
    summary = list(_flat(run.manifest.get("chain_summary") or {}))
    table = ""
    if summary:
        cells = [(escape(name), _cell(value)) for name, value in summary]
        rows = html_table(("measure", "value"), cells, numeric=(1,), name="chain")
        table = f"<details><summary>The chain that was simulated, in numbers</summary>{rows}</details>"
    return f"<ul>{listed}</ul>{table}"


def ladder_html(run: Any) -> str:
    """Which rungs of the ladder of evidence this result stands on."""
    told = rungs(run.scenario, run.manifest.get("ladder") or LADDER)
    return (
        "<ol>" + "".join(f"<li><strong>{escape(name)}</strong>: {escape(state)}</li>" for name, state in told) + "</ol>"
    )


def provenance(run: Any) -> str:
    """Seed, hash, versions, machine and duration, from the manifest."""
    hidden = (
        "chain_summary",
        "chain_notes",
        "prizes_at_expectation",
        "ladder",
        "finished",
        "people_per_user",
    )
    kept = {key: value for key, value in run.manifest.items() if key not in hidden}
    parts = [f"{escape(name)} {escape(str(value))}" for name, value in _flat(kept) if value not in (None, "")]
    return " · ".join(parts)
