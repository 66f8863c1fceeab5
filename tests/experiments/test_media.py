"""Media and prizes by hand: contacts, yuan a contact, yuan an install, jackpots; and that spending counts them."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from experiments.media import media_of
from experiments.results import Run
from experiments.world_names import DESIGN, NO_CAMPAIGN
from experiments.world_view import worlds_of
from tests.small_run import changed

DAYS = [f"2026-03-0{day}" for day in range(1, 8)]
APP = {"app": "our app", "draw": "central"}


def by_day(data: xr.DataArray, **labels: str) -> np.ndarray:
    return np.asarray(data.sel({**APP, **labels}, drop=True).sel(day=DAYS).squeeze("chain"))


def test_axes_are_those_of_the_run(small_run: Run) -> None:
    full = ("draw", "chain", "variant", "replicate", "app", "day")
    for data in (small_run.central, small_run.draws):
        assert data is not None
        assert data.reach_contacts.dims == data.media_yuan.dims == (*full, "cause")
        assert data.prize_yuan.dims == full


def test_contacts_are_those_of_the_days_in_force(small_run: Run) -> None:
    """20,000 a day for three days, 40,000 on the day of the intervention, 8,000 of the dormant once."""
    told = small_run.central.reach_contacts
    paid = np.array([0, 20_000, 20_000, 40_000, 0, 0, 0])
    for replicate in by_day(told, variant=DESIGN, cause="paid"):
        np.testing.assert_array_equal(replicate, paid)
    np.testing.assert_array_equal(by_day(told, variant=DESIGN, cause="push")[0], [0, 0, 8_000, 0, 0, 0, 0])
    np.testing.assert_array_equal(by_day(told, variant="dear packets", cause="paid")[0], 1.5 * paid)
    assert not by_day(told, variant=NO_CAMPAIGN).any()


def test_contacts_of_the_dormant_are_no_more_than_there_are(small_run: Run) -> None:
    """In a draw with few dormant people the push reaches all of them, not more."""
    everyone = changed(("people_per_day = 8_000", "people_per_day = 50_000"))
    found = media_of(everyone, small_run.central, places=[None])["reach_contacts"]
    assert by_day(found, variant=DESIGN, cause="push").max() == 16_000


def test_media_cost_contacts_and_installs(small_run: Run) -> None:
    """A tenth of a yuan a contact, twelve an install of a new person: reactivations cost nothing more."""
    data = small_run.central
    installs = by_day(data.activations.sel(kind="new"), variant=DESIGN, cause="paid")
    contacts = by_day(data.reach_contacts, variant=DESIGN, cause="paid")
    np.testing.assert_allclose(by_day(data.media_yuan, variant=DESIGN, cause="paid"), 0.1 * contacts + 12 * installs)
    assert installs.any()
    np.testing.assert_allclose(by_day(data.media_yuan, variant=DESIGN, cause="push")[0, 2], 8_000 * 0.02)
    assert not by_day(data.media_yuan, variant=DESIGN, cause="invited").any()


def test_media_of_the_rival_are_its_own_and_stay_without_the_campaign(small_run: Run) -> None:
    rival = small_run.central.media_yuan.sel(app="rival", cause="broadcast").squeeze(("draw", "chain")).sel(day=DAYS)
    expected = [500, 500, 500, 500, 500, 500, 0]
    for variant in (NO_CAMPAIGN, DESIGN):
        for replicate in np.asarray(rival.sel(variant=variant)):
            np.testing.assert_allclose(replicate, expected)


def test_an_install_is_paid_for_in_proportion_to_what_each_reach_should_bring(small_run: Run) -> None:
    """A second reach of the same cause brings three times the installs at 4 yuan: (12 + 3 x 4) / 4 yuan each."""
    more = """
[[reach]]
name = "second"
app = "our app"
cause = "paid"
start = 2026-03-02
end = 2026-03-02
people_per_day = 30_000
response_new = 0.08
cost_per_install_yuan = 4
"""
    data = small_run.central
    found = media_of(changed(more=more), data, places=[None])["media_yuan"]
    installs = by_day(data.activations.sel(kind="new"), variant=DESIGN, cause="paid")[:, 1]
    expected = 0.1 * 20_000 + installs * (12 + 3 * 4) / 4
    np.testing.assert_allclose(by_day(found, variant=DESIGN, cause="paid")[:, 1], expected)


def test_prizes_are_paid_on_their_date_by_the_campaigns_app(small_run: Run) -> None:
    prizes = small_run.central.prize_yuan
    for variant, first in ((DESIGN, 1_000), ("nothing changed", 1_000), ("dear packets", 2_000)):
        for replicate in by_day(prizes, variant=variant):
            np.testing.assert_array_equal(replicate, [0, first, 0, 0, 300, 0, 0])
    assert not prizes.sel(variant=[NO_CAMPAIGN, "everything off"]).any()
    assert not prizes.sel(app="rival").any()


def test_drawn_prizes_take_the_values_of_their_draw(small_run: Run) -> None:
    assert small_run.draws is not None
    last = small_run.draws.prize_yuan.sel(variant=DESIGN, app="our app", day="2026-03-05").to_numpy().ravel()
    assert len(set(last)) == 2
    assert ((last >= 100) & (last <= 500)).all()
    first = small_run.draws.prize_yuan.sel(variant=DESIGN, app="our app", day="2026-03-02")
    assert (first == 1_000).all()


@pytest.mark.parametrize("side", ["central", "drawn"])
def test_cash_and_spending_count_prizes(small_run: Run, side: str) -> None:
    worlds = getattr(worlds_of(small_run), side)
    data = small_run.central if side == "central" else small_run.draws
    assert data is not None
    mine = data.sel(app="our app").sum("day")
    for variant, ledger in ((DESIGN, True), (NO_CAMPAIGN, False)):
        one = mine.sel(variant=variant)
        cash = np.asarray(one.paid_yuan.sum(("source", "recipient")) + one.prize_yuan).ravel()
        np.testing.assert_allclose(worlds[variant].cash(), cash)
        lines = sum(worlds[variant].numbers[f"campaign.{name}_yuan"] for name in ("agency", "risk_control", "fixed"))
        media = np.asarray(one.media_yuan.sum("cause")).ravel()
        np.testing.assert_allclose(worlds[variant].spend(), cash + media + (lines if ledger else 0))
    assert worlds[NO_CAMPAIGN].cash().max() == 0
    assert worlds[DESIGN].cash().min() > 1_300
