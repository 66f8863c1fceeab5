"""A campaign on the chain that stores no tie, from the file to the report; and its friends as on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from experiments.chain_cli import chain as command
from experiments.chain_person import computed_person, person
from experiments.chains import build_chain, facts_of
from experiments.lower import lower_round
from experiments.offer import Lane
from experiments.report import write_report
from experiments.results import read_run
from experiments.scenario import Scenario
from experiments.simulate import simulate
from experiments.worlds import World, Worlds
from graphs.chain_folder import load_chain
from graphs.errors import InputError
from graphs.implicit import ImplicitChain
from graphs.implicit_build import make_implicit
from graphs.implicit_slots import live_slots
from graphs.materialise import materialise
from tests.small_run import changed


def scenario(users: int = 900) -> Scenario:
    """The golden campaign on an implicit chain."""
    return changed(('kind = "foci"', 'kind = "implicit"'), ("users = 800", f"users = {users}"))


@pytest.mark.long
def test_a_campaign_runs_and_its_report_shows_the_chain(tmp_path: Path) -> None:
    run = read_run(simulate(scenario(), tmp_path / "run", devices=1))
    assert float(run.central["activations"].sum()) > 0
    users = run.manifest["chain_summary"]["users"]
    assert users != 900
    assert run.manifest["chain_notes"] == [f"users rounded to whole towns: 900 asked, {users:,} simulated"]
    text = write_report(run, tmp_path / "report.html").read_text(encoding="utf-8")
    assert f"900 asked, {users:,} simulated" in text
    for name in ("degrees", "clustering", "distances"):
        assert f'id="chain_{name}"' in text
    assert "no tie is stored" in text


def test_a_packet_reaches_as_many_friends_as_on_a_stored_chain() -> None:
    """A fifth of the slots is dead: a packet goes to more of them."""
    built = build_chain(scenario(14_000))
    assert isinstance(built, ImplicitChain)
    facts = facts_of(scenario(14_000), built)
    users = np.arange(built.num_users, dtype=np.int32)
    slots = built.host().degree(users)
    share = live_slots(built.host(), users)[slots > 0] / slots[slots > 0]
    assert facts.live_slots == pytest.approx(share.mean(), abs=0.01)
    worlds = Worlds(scenario(14_000), facts)
    lane: Lane = worlds.lane(World(-1, 0, 1, 0), 0)
    told = lower_round(lane, worlds.moments(1)[-1])
    asked = lane.values["behaviour.share.recipients"]
    friends = float(told["friends"]) + float(told["friends_more"]) / 2**31
    assert friends * facts.live_slots == pytest.approx(asked, rel=1e-6)
    sizes = built.host().chat_size(np.arange(built.num_chats, dtype=np.int32)).astype(float)
    assert facts.chat_size == pytest.approx((sizes**2).sum() / sizes.sum(), rel=0.02)


def test_a_computed_person_is_the_stored_one() -> None:
    chain = make_implicit(14_000, mean_degree=60.0, seed=1)
    graph = materialise(chain)
    for user in (0, 4_711, chain.num_users - 1):
        found = computed_person(chain, user)
        assert 0 <= found.pop("work_town") < chain.towns
        stored = person(graph, user)
        for name in found:
            if name in ("friends", "groups"):  # equals in strength or size may stand in another order
                ours, theirs = (sorted(json.dumps(row) for row in one[name]) for one in (found, stored))
                assert ours == theirs, name
            else:
                assert found[name] == stored[name], name


def call(*arguments: str) -> str:
    return CliRunner().invoke(command, list(arguments), catch_exceptions=False).output


def test_a_person_is_the_same_stored_or_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    small = ("--implicit", "--users", "3000", "--mean-degree", "20")
    said = call("show", "17", *small)
    assert "3,000 users rounded to whole towns" in said
    assert "work town" in said
    call("make", "chain", *small[1:])
    graph = load_chain("chain")
    shown = json.loads(CliRunner().invoke(command, ["show", "17", *small, "--json"], catch_exceptions=False).stdout)
    assert {row["user"] for row in shown["friends"]} == set(graph.friends_of(17).tolist())
    with pytest.raises(InputError, match="no such user; got '3000000'"):
        call("show", "3000000", *small)
    with pytest.raises(InputError, match="a chain that is read is stored"):
        call("show", "1", *small, "--chain", "chain")
    with pytest.raises(InputError, match=r"needs about .* GiB"):
        call("make", "all", "--users", "1400000000")
    assert not Path("all").exists()
