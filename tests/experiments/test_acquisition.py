"""Seeds, agencies and personalised content by hand, from what was counted to the ledger."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from experiments.acquisition import _campaign_days
from experiments.design_space import Lever, Objective
from experiments.in_memory import InMemory
from experiments.lower import lower_round
from experiments.mechanism_defaults import load_mechanisms
from experiments.optimise import Space
from experiments.world_names import DESIGN, NO_CAMPAIGN
from experiments.world_view import World
from experiments.worlds import World as Place
from graphs.errors import InputError
from growth.campaign import LOGIT_UNIT
from tests.experiments.mechanisms import with_mechanisms, worlds_with_mechanisms
from tests.small_run import changed


@pytest.fixture(scope="module")
def sides() -> dict[str, World]:
    return worlds_with_mechanisms()


def test_seeds_are_those_of_the_dates_and_cost_their_price(sides: dict[str, World]) -> None:
    """A user stands for a hundred people: twenty seeds and ten."""
    design = sides[DESIGN]
    assert (design.curve("seeds", rule="degree").sum(axis=1) == 2_000).all()
    assert (design.on("seeds", design.start, rule="degree") == 2_000).all()
    assert (design.curve("seeds", rule="random").sum(axis=1) == 1_000).all()
    np.testing.assert_allclose(design.ledger()["seeding"], 2_000 * 30 + 1_000 * 7)
    came = design.curve("activations", cause="seeded").sum(axis=1)
    assert ((came > 0) & (came <= 3_000)).all()
    assert not sides[NO_CAMPAIGN].curve("seeds").any()
    assert sides[NO_CAMPAIGN].ledger()["seeding"].tolist() == [0, 0]


def test_content_costs_its_tokens_for_each_packet_of_the_campaigns_days(sides: dict[str, World]) -> None:
    packets = sides[DESIGN].during("packets")
    assert (sides[DESIGN].curve("packets").sum(axis=1) > packets).all()
    np.testing.assert_allclose(sides[DESIGN].ledger()["content: personalised"], packets * 4_000 * 5 / 1e6)
    assert not sides[NO_CAMPAIGN].ledger()["content: personalised"].any()


def test_an_agency_is_paid_for_clicks_installs_and_those_who_stay(sides: dict[str, World]) -> None:
    design, ledger = sides[DESIGN], sides[DESIGN].ledger()
    np.testing.assert_allclose(ledger["agency: clicks"], 80_000 * 0.1 * 0.4)  # 20,000, 20,000 and 40,000 contacts
    new = design.during("activations", kind="new", cause="paid")
    np.testing.assert_allclose(ledger["agency: installs"], 6 * new)
    aged = design.data["active_at_age"].sel(kind="new", cause="seeded", age=2)
    days = design.campaign_days
    due = np.asarray(aged.transpose("sample", "day"))[:, days.start + 2 : days.stop + 2].sum(axis=1)
    assert due.any()
    np.testing.assert_allclose(ledger["agency: stayers"], 9 * due)
    assert not any(sides[NO_CAMPAIGN].ledger()[f"agency: {name}"].any() for name in ("clicks", "installs", "stayers"))


def test_push_is_a_line_by_cost_per_message(sides: dict[str, World]) -> None:
    np.testing.assert_allclose(sides[DESIGN].ledger()["media: push"], 8_000 * 0.02)


@pytest.mark.parametrize(("hour", "days"), [(0, 4), (18, 4), (19, 3)])
def test_the_campaigns_days_are_those_with_a_round_in_which_it_is_on(hour: int, days: int) -> None:
    """Four rounds a day: the last begins at 18:00, and nobody signs in on the first day if it opens later."""
    design = changed(("end = 2026-03-05\nagency", f"end = 2026-03-05\nstart_hour = {hour}\nagency"))
    found = _campaign_days(design, [dt.date(2026, 3, day) for day in range(1, 8)])
    assert found.tolist() == [False, days == 4, True, True, True, False, False]


def test_spend_is_the_sum_of_the_ledger_with_all_of_it(sides: dict[str, World]) -> None:
    for world in sides.values():
        np.testing.assert_allclose(sum(world.ledger().values()), world.spend())


def test_content_multiplies_shares_and_shifts_the_response_while_the_campaign_is_on() -> None:
    from experiments.chains import build_chain, facts_of
    from experiments.worlds import Worlds

    on, off = with_mechanisms(), with_mechanisms(("[content]\n", "[content]\nenabled = false\n"))
    facts = facts_of(on, build_chain(on))
    told = [
        [lower_round(worlds.lane(Place(-1, 0, 1, 0), 0), worlds.moments(1)[at]) for at in (0, 12)]
        for worlds in (Worlds(on, facts), Worlds(off, facts))
    ]
    before, after = zip(*told, strict=True)
    for name in before[0]:
        np.testing.assert_array_equal(before[0][name], before[1][name], name)
    assert ((after[0]["accept"] - after[1]["accept"]) == LOGIT_UNIT // 2).all()
    assert (after[0]["share_law"] < after[1]["share_law"]).any()
    assert (after[0]["share_law"] <= after[1]["share_law"]).all()


def test_defaults_are_sourced_and_drawn_only_where_the_table_is() -> None:
    paths = {path for path in with_mechanisms().numbers() if path.startswith("content.")}
    assert paths == {"content.share_lift", "content.accept_shift", "content.tokens_per_share"}
    bare = changed(more="\n[content]\n").numbers()
    for name, default in load_mechanisms().items():
        if name.startswith("content."):
            assert bare[name] == default.quantity
    assert not any(path.startswith("content.") for path in changed().numbers())


@pytest.mark.long
def test_the_number_of_seeds_is_a_lever() -> None:
    space = Space(with_mechanisms(), [Lever.parse("seeding.hosts.people=0:20000")], Objective.parse("activation_lift"))
    none, more = space.outcomes([{"seeding.hosts.people": 0.0}, {"seeding.hosts.people": 10_000.0}], range(2))
    assert more.values["spend"] - none.values["spend"] > 8_000 * 30
    assert more.values["activation_lift"] > none.values["activation_lift"]


def test_seeds_of_whom_the_sample_has_none_are_refused() -> None:
    with pytest.raises(InputError, match="one user of the sample stands for"):
        InMemory(with_mechanisms(("people = 2_000", "people = 20")))
