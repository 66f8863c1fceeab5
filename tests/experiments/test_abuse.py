"""Abuse and risk control from the file to the ledger, jackpots over days, booster cards, and bad input of all of it."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import xarray as xr

from experiments import kpi_abuse
from experiments.design_space import Constraint
from experiments.in_memory import InMemory
from experiments.lower_money import parts_of
from experiments.mechanism_defaults import load_mechanisms
from experiments.media import farmed_per_install, media_of
from experiments.moments import without_campaign
from experiments.parameters import values_at
from experiments.report import abuse_table
from experiments.report_tables import kpi_table_html
from experiments.results import Run
from experiments.scenario import Scenario
from experiments.world_names import DESIGN, NO_CAMPAIGN
from experiments.world_view import World, Worlds
from graphs.errors import InputError
from growth.flows import RECIPIENTS
from growth.state import Part
from tests.experiments.mechanisms import ABUSE, worlds_with_mechanisms
from tests.experiments.test_bad_input import TEMPLATE, message
from tests.small_run import changed


def scenario(more: str = ABUSE) -> Scenario:
    return changed(more=more)


@pytest.fixture(scope="module")
def sides() -> dict[str, World]:
    return worlds_with_mechanisms()


def test_outsiders_are_paid_from_the_pools_and_nobody_is_overpaid(sides: dict[str, World]) -> None:
    """The pools of 7,500 and 2,500 yuan hold for all who are paid, people or not."""
    world = sides[DESIGN]
    for name in ("stranger", "farmed"):
        assert (world.curve("paid_yuan", recipient=name).sum(axis=1) > 0).any(), name
    paid = {name: world.curve("paid_yuan", source=name).sum(axis=1) for name in world.data.source.to_numpy()}
    assert (paid["draw"] + paid["coupon"] <= 7_500).all()
    assert (paid["packet"] + paid["inviter"] + paid["invitee"] <= 2_500).all()
    for name in ("stranger", "farmed"):
        assert not sides[NO_CAMPAIGN].curve("paid_yuan", recipient=name).any()


def test_wallets_hold_what_people_were_paid_and_nothing_of_outsiders(sides: dict[str, World]) -> None:
    """To the cent, in every replicate of the run: cashed out + expired + held at the end."""
    world = sides[DESIGN]
    cash = [name for name in world.data.source.to_numpy() if name != "coupon"]
    paid = world.data["paid_yuan"].sel(source=cash, recipient=list(RECIPIENTS[:3])).sum(("source", "recipient", "day"))
    wallets = sum(world.curve(f"{name}_yuan").sum(axis=1) for name in ("cashed", "expired"))
    wallets = wallets + world.curve("held_yuan")[:, -1]
    np.testing.assert_allclose(np.asarray(paid), wallets, atol=0.5)  # a cent of the sample is a yuan


def test_the_ledger_takes_off_what_was_clawed_back_and_adds_what_control_cost(sides: dict[str, World]) -> None:
    world, ledger = sides[DESIGN], sides[DESIGN].ledger()
    np.testing.assert_allclose(ledger["risk control: checks"], 0.01 * world.curve("checks").sum(axis=1))
    assert (ledger["risk control: checks"] > 0).all()
    assert (world.clawed_back() > 0).all()
    np.testing.assert_array_equal(ledger["clawed back"], -world.clawed_back())
    for one in sides.values():
        np.testing.assert_allclose(sum(one.ledger().values()), one.spend())
    assert not sides[NO_CAMPAIGN].curve("checks").any()


def test_farmed_installs_are_paid_for_but_those_that_are_known(sides: dict[str, World]) -> None:
    """Twelve yuan an install; of a hundred installs twenty are farmed, and control finds seven in ten of them."""
    real = sides[DESIGN].curve("activations", kind="new", cause="paid").sum(axis=1)
    np.testing.assert_allclose(
        sides[DESIGN].ledger()["media: farmed installs"], 12 * real * 0.203 / 0.797 * 0.3, rtol=1e-9
    )
    bare = scenario("\n[abuse]\naccounts = 0\n")
    assert farmed_per_install(bare, values_at(bare, None)) == pytest.approx(0.203 / 0.797)


def test_farmed_installs_follow_a_detection_that_changes_by_date(small_run: Run) -> None:
    """Control knows none of them from 4 March on."""
    blind = """
[[intervention]]
name = "blind"
at = 2026-03-04T00:00:00
parameter = "risk.detection"
set = 0
"""
    found = media_of(scenario(ABUSE + blind), small_run.central, places=[None])["farmed_installs_yuan"]
    found = found.sel(app="our app", variant=DESIGN).isel(replicate=0).squeeze()
    new = small_run.central.activations.sel(app="our app", variant=DESIGN, kind="new", cause="paid")
    share = xr.where(found.day < np.datetime64("2026-03-04"), 0.3, 1.0) * 0.203 / 0.797
    np.testing.assert_allclose(found, 12 * new.isel(replicate=0).squeeze() * share)
    assert found.sel(day="2026-03-04") > 0


def test_kpis_say_what_was_taken_and_what_control_did(sides: dict[str, World]) -> None:
    world, none = sides[DESIGN], sides[NO_CAMPAIGN]
    told = {kpi.id: kpi.of(world, none) for kpi in kpi_abuse.ABUSE}
    taken = told["farmed_paid"].numerator + told["strangers_paid"].numerator
    np.testing.assert_allclose(told["outsiders_kept"].numerator, taken - told["clawed_back"].numerator)
    np.testing.assert_allclose(told["outsiders_share"].denominator, world.cash())
    np.testing.assert_allclose(told["control_cost"].numerator, 200 + world.ledger()["risk control: checks"])
    assert (told["withheld"].numerator > 0).all()


def test_the_report_has_a_table_of_it_and_none_without_it(sides: dict[str, World]) -> None:
    worlds = Worlds(sides, {}, 100.0)
    table = abuse_table(SimpleNamespace(scenario=scenario()), worlds)
    assert list(table) == [kpi.id for kpi in kpi_abuse.ABUSE]
    assert table["outsiders_kept"].value == pytest.approx(table["outsiders_share"].value * sides[DESIGN].cash().mean())
    text = kpi_table_html(table)
    for words in ("kept by strangers and farmed accounts", "clawed back", "refused to honest people"):
        assert words in text
    assert abuse_table(SimpleNamespace(scenario=changed()), worlds) == {}


def test_what_outsiders_keep_can_be_bounded_in_a_search() -> None:
    assert Constraint.parse("outsiders_share<=0.1").kpi.id == "outsiders_share"


def test_the_fraud_share_is_the_published_one() -> None:
    found = load_mechanisms()["abuse.fraud_share"].quantity
    assert (found.value, found.low, found.high, found.grade) == (0.203, 0.1, 0.3, "A")


def test_the_part_is_there_only_with_a_table_that_is_on() -> None:
    assert parts_of([scenario()]) & Part.ABUSE
    assert not parts_of([changed()]) & (Part.ABUSE | Part.SEEDING | Part.BOOSTER)
    assert not parts_of([scenario("\n[abuse]\nenabled = false\naccounts = 6_000\n")]) & Part.ABUSE
    assert not parts_of([without_campaign(scenario())]) & Part.ABUSE
    assert RECIPIENTS[:3] == ("engaged", "new", "reactivated")


def test_fewer_accounts_than_one_user_are_refused() -> None:
    with pytest.raises(InputError, match="fewer accounts than one user"):
        InMemory(scenario(ABUSE.replace("6_000", "49")))


@pytest.mark.long
def test_a_jackpot_of_several_days_is_drawn_on_each(small_run: Run) -> None:
    daily = changed(("count = 2\nyuan = 500", "until = 2026-03-04\ncount = 2\nyuan = 500"))
    prizes = media_of(daily, small_run.central, places=[None])["prize_yuan"]
    days = [f"2026-03-0{day}" for day in range(1, 7)]
    found = prizes.sel(app="our app", variant=DESIGN, day=days).isel(replicate=0).to_numpy().ravel()
    assert found.tolist() == [0, 1000, 1000, 1000, 300, 0]


def test_a_booster_card_is_a_part_of_the_day_only_where_somebody_may_have_one() -> None:
    draw = "free_per_day = 3\ndaily_limit = 20"
    card = "\nbooster_share = {share}\nbooster_times = 2"
    assert not parts_of([changed((draw, draw + card.format(share=0)))]) & Part.BOOSTER
    assert parts_of([changed((draw, draw + card.format(share=0.2)))]) & Part.BOOSTER
    assert parts_of([changed((draw, draw + card.format(share="{value = 0, low = 0, high = 0.1}")))]) & Part.BOOSTER
    dated = """
[[intervention]]
name = "card"
at = 2026-03-03T00:00:00
parameter = "task.draw.booster_share"
set = 0.5
"""
    assert parts_of([changed((draw, draw + card.format(share=0)), more=dated)]) & Part.BOOSTER
    with pytest.raises(InputError, match="booster_times: is missing"):
        changed((draw, draw + "\nbooster_share = 0.5"))


SEEDING = '\n[[seeding]]\nname = "hosts"\ndate = 2026-03-02\nby = "degree"\npeople = 1000\n'
AGENCY = '\n[[agency]]\nname = "clicks"\npaid_per = "click"\nyuan = 1\nclicks_per_contact = 0.1\n'


@pytest.mark.parametrize(
    ("text", "old", "new", "expected"),
    [
        (SEEDING, "2026-03-02", "2027-03-02", "seeding.hosts.date: lies outside the campaign; got '2027-03-02'"),
        (SEEDING, '"degree"', '"fame"', "seeding.hosts.by: is not one of the allowed words; got 'fame'"),
        (SEEDING, "1000", "-1", "seeding.hosts.people: out of range; got -1; allowed: at least 0 (people)"),
        (SEEDING, "1000", "1e12", "seeding.hosts.people: more people than the chain stands for"),
        (SEEDING, "people", "poeple", "seeding.hosts.poeple: unknown key"),
        (AGENCY, "clicks_per_contact = 0.1\n", "", "agency.clicks.clicks_per_contact: is missing"),
        (AGENCY, '"click"', '"install"', "agency.clicks.clicks_per_contact: is for pay per click"),
        (AGENCY, '"click"\n', '"click"\ncause = "seeded"\n', "agency.clicks.cause: nobody is contacted by seeding"),
        (AGENCY, "0.1", "1.1", "agency.clicks.clicks_per_contact: out of range; got 1.1; allowed: 0 to 1 (share)"),
        ("\n[abuse]\naccounts = 5\n", "accounts = 5\n", "", "abuse.accounts: is missing; try: add accounts = ..."),
        (
            "\n[abuse]\naccounts = 5\n",
            "5",
            "-5",
            "abuse.accounts: out of range; got -5; allowed: at least 0 (accounts)",
        ),
        (
            "\n[risk]\ndetection = 0.5\n",
            "0.5",
            "2",
            "risk.detection: out of range; got 2; allowed: 0 to 1 (probability)",
        ),
        ("\n[content]\nshare_lift = 1.2\n", "1.2", '"x"', "content.share_lift: is not a number; got 'x'"),
    ],
)
def test_bad_input_is_one_line(text: str, old: str, new: str, expected: str) -> None:
    found = message(TEMPLATE + text.replace(old, new))
    assert found.startswith("mine.toml:")
    assert expected in found


def test_two_seedings_by_one_rule_on_one_date_are_refused() -> None:
    again = SEEDING.replace("hosts", "others")
    assert "seeding.others.by: chooses by the same rule on the same date twice" in message(TEMPLATE + SEEDING + again)


def test_a_jackpot_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(InputError, match=r"prize\.first_day\.until: ends before it starts"):
        changed(("count = 2\nyuan = 500", "until = 2026-03-01\ncount = 2\nyuan = 500"))
