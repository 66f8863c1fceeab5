"""The verdict in words to paste: cost against doing nothing, what stays, which variant is better.

No sentence rests on Monte Carlo error: a difference is claimed only when the headline interval, which holds
the unknown parameters, lies clear of zero. Otherwise the words are *no difference shown* or *not identified*.
"""

from __future__ import annotations

from dataclasses import dataclass

from experiments.comparing import FEWEST_DRAWS, Comparison
from experiments.kpi_table import Estimate, headline_level
from experiments.number_format import amount, interval, spread

__all__ = ["DECIDING", "NO_DIFFERENCE", "Sentence", "Verdict", "uncertainty_note", "verdict"]

NO_DIFFERENCE, NOT_IDENTIFIED = "no difference shown", "not identified"
DECIDING = "stay_lift"
"""The KPI by which the report compares variants."""


@dataclass(frozen=True)
class Sentence:
    """One claim: a short head that can stand alone, the sentence with its numbers, and its tone."""

    head: str
    body: str
    tone: str  # "yes", "no", "open"


@dataclass(frozen=True)
class Verdict:
    """All sentences in reading order."""

    sentences: tuple[Sentence, ...]

    def text(self) -> str:
        """Plain text to paste."""
        return "\n".join(f"{sentence.head} {sentence.body}" for sentence in self.sentences)


def _range(found: Estimate) -> str:
    return interval(found.low, found.high, found.unit)


def _undecided(found: Estimate) -> str:
    """*No difference shown*, its interval, and whether it is the luck that leaves it open."""
    gap = interval(found.low, found.high, found.unit, difference=True)
    clear = found.low is not None and found.high is not None and (found.low > 0 or found.high < 0)
    return f"{NO_DIFFERENCE} ({gap}{'; Monte Carlo error could explain it' if clear else ''})"


def _too_few_draws(table: dict[str, Estimate]) -> Verdict:
    found = table["mau_lift"]
    drew = f"only {found.draws}" if found.draws else "no"
    body = (
        f"At the central parameters the design ends with {amount(found.value, 'people')} more monthly users, "
        f"but the run drew {drew} sets of parameters, and Monte Carlo error alone decides nothing. Set "
        "run.parameter_draws to 16 or more."
    )
    return Verdict((Sentence("No verdict yet.", body, "open"),))


def _brings(found: Estimate) -> Sentence:
    if found.sign > 0:
        body = (
            f"Against doing nothing, the campaign ends with {amount(found.value, 'people')} more monthly "
            f"users ({headline_level(found.draws)} interval {_range(found)})."
        )
        return Sentence("It brings people.", body, "yes")
    if found.sign < 0:
        lost = amount(abs(found.value or 0), "people")
        body = f"Monthly users end {lost} lower than without it ({_range(found)})."
        return Sentence("It loses people.", body, "no")
    body = f"Monthly users at the campaign's end against doing nothing: {_undecided(found)}."
    return Sentence("It is not shown to bring people.", body, "open")


def _stays(stay: Estimate, later: Estimate) -> Sentence:
    kept = ""
    if later.value is not None:
        kept = (
            f" Of everyone activated in the campaign, {amount(later.value, 'share')} are active 30 days "
            f"later ({_range(later)})."
        )
    if stay.sign > 0:
        body = (
            f"In the run's last week {amount(stay.value, 'people')} more people a day use the app than "
            f"without the campaign ({_range(stay)}).{kept}"
        )
        return Sentence("Some of them stay.", body, "yes")
    head = "Nothing is shown to stay." if stay.sign == 0 else "It leaves the app smaller."
    body = f"Daily users in the run's last week against doing nothing: {_undecided(stay)}.{kept}"
    if stay.sign < 0:
        gone = amount(abs(stay.value or 0), "people")
        body = f"In the run's last week {gone} fewer people a day use it ({_range(stay)}).{kept}"
    return Sentence(head, body, "open" if stay.sign == 0 else "no")


def _cost_of(found: Estimate, what: str) -> str:
    if not found.observed:
        return f"per extra {what}: not observed, because the run ends too early"
    if not found.identified or found.value is None:
        return f"per extra {what}: {NOT_IDENTIFIED}, because the extra {what}s may be none"
    return f"{amount(found.value, 'yuan')} per extra {what} ({_range(found)})"


def _costs(table: dict[str, Estimate]) -> Sentence:
    spend, engaged = table["spend"], table["engaged_money"]
    body = (
        f"That is {_cost_of(table['icac'], 'activation')}; "
        f"{_cost_of(table['icpr_30'], 'user still active on day 30')}. "
        "Both count only what doing nothing would not have brought."
    )
    if engaged.value is not None:
        body += f" {amount(engaged.value, 'share')} of the cash goes to people who were engaged anyway."
    tone = "yes" if table["icpr_30"].identified else "open"
    return Sentence(f"It costs {amount(spend.value, 'yuan')} more than doing nothing ({_range(spend)}).", body, tone)


def _variants(comparison: Comparison | None) -> Sentence | None:
    """Which variant is better, by the words of `experiments.comparing`."""
    if comparison is None or len(comparison.options) < 2:
        return None
    words = [option.word for option in comparison.options]
    better = "better" in words
    head = {True: "A variant keeps more people.", False: "No variant is shown to keep more people."}[better]
    return Sentence(head, comparison.sentence(), "yes" if better else "no" if "worse" in words else "open")


def verdict(table: dict[str, Estimate], comparison: Comparison | None = None) -> Verdict:
    """Words for the KPI table of the design, and its variants compared by `DECIDING`."""
    if table["mau_lift"].draws < FEWEST_DRAWS:
        return _too_few_draws(table)
    sentences = [_brings(table["mau_lift"]), _stays(table["stay_lift"], table["retention_30"]), _costs(table)]
    compared = _variants(comparison)
    return Verdict((*sentences, *([compared] if compared else [])))


def uncertainty_note(found: Estimate) -> str:
    """How the three uncertainties compare for one KPI, in one sentence."""
    if None in (found.value, found.mc_low, found.mc_high, found.low, found.high) or not found.value:
        return "The three uncertainties of this run are not all known."
    scale = 100 / abs(found.value)
    luck = (found.mc_high - found.mc_low) / 2 * scale  # type: ignore[operator]
    parameters = (found.high - found.low) / 2 * scale  # type: ignore[operator]
    return (
        f"Intervals in brackets hold the unknown parameters: {found.draws} draws, of which the next would "
        f"fall inside in {headline_level(found.draws)} of cases. On {found.label} they are "
        f"{spread(parameters, '%')}; Monte Carlo error over {found.replicates} replicates is "
        f"{spread(luck, '%')}, and pure chance at real size {spread((found.chance or 0) * scale, '%')}."
    )
