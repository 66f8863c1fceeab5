"""`growth chain make | read | show | plot` on small chains, and what each refuses."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner, Result

from experiments.chain_cli import DRAWN, chain
from graphs.chain import make_chain
from graphs.chain_folder import load_chain
from graphs.errors import InputError
from graphs.geography import home_kilometres
from graphs.read import read_edges
from graphs.summary import summarise

SMALL = ("--users", "400", "--mean-degree", "12", "--seed", "5")


def call(*arguments: str | Path) -> Result:
    """Run the sub-command; whatever it raises is raised here."""
    return CliRunner().invoke(chain, [str(argument) for argument in arguments], catch_exceptions=False)


def society() -> dict:
    return summarise(make_chain(400, mean_degree=12, seed=5))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "chain"
    assert call("make", place, *SMALL).exit_code == 0
    return place


def test_make_writes_what_the_generator_makes(folder: Path, tmp_path: Path) -> None:
    assert summarise(load_chain(folder)) == society()
    assert json.loads((folder / "chain.json").read_text())["made"] == {"users": 400, "mean_degree": 12.0, "seed": 5}
    said = call("make", tmp_path / "ties.parquet", *SMALL, "--groups", tmp_path / "groups.csv")
    assert "400 users" in said.stdout
    graph = read_edges(tmp_path / "ties.parquet")
    assert graph.num_ties == society()["ties"]
    made = make_chain(400, mean_degree=12, seed=5)
    assert (tmp_path / "groups.csv").read_text().count("\n") == len(made.members) + 1


def test_make_builds_the_chain_of_a_campaign(tmp_path: Path) -> None:
    campaign = tmp_path / "small.toml"
    campaign.write_text((Path(__file__).parents[1] / "golden" / "scenario.toml").read_text())
    assert call("make", tmp_path / "chain", "--from", campaign).exit_code == 0
    graph = load_chain(tmp_path / "chain")
    assert graph.num_ties > 0
    assert json.loads((tmp_path / "chain" / "chain.json").read_text())["made"]["campaign"].endswith("small.toml")


def test_read_says_what_the_chain_is_and_what_was_mended(folder: Path, tmp_path: Path) -> None:
    found = json.loads(call("read", folder, "--json").stdout)
    assert {name: found[name] for name in society()} == society()
    assert found["distance_mean"] > 1.0
    file = tmp_path / "ties.csv"
    file.write_text("source,target\n0,1\n1,0\n1,2\n2,2\n0,1\n")
    said = call("read", file)
    for note in ("self ties dropped: 1", "repeated ties merged: 1", "ties given in both directions merged: 1"):
        assert f"note: {note}" in said.stderr
    known = json.loads(call("read", file, "--json").stdout)
    assert not set(DRAWN) & set(known)  # a file of ties says nothing of ages
    assert (known["users"], known["ties"], len(known["notes"])) == (3, 2, 3)


def test_read_takes_groups_beside_a_file(tmp_path: Path) -> None:
    ties, groups = tmp_path / "ties.txt", tmp_path / "groups.csv"
    ties.write_text("5 7\n7 9\n")
    groups.write_text("group,user\n1,5\n1,9\n")
    assert json.loads(call("read", ties, "--groups", groups, "--json").stdout)["group_size_max"] == 2


def test_show_prints_a_person(folder: Path) -> None:
    found = json.loads(call("show", "17", "--chain", folder, "--json").stdout)
    graph = load_chain(folder)
    friends, who = graph.friends_of(17), graph.attributes
    assert {row["user"] for row in found["friends"]} == set(friends.tolist())
    strengths = [row["strength"] for row in found["friends"]]
    assert strengths == sorted(strengths, reverse=True)
    assert found["town"] == who.town[17]
    home = home_kilometres(who)
    for row in found["friends"]:
        assert row["km"] == pytest.approx(np.hypot(*(home[row["user"]] - home[17])), abs=0.06)
        groups = set(graph.chats[graph.chat_offsets[17] : graph.chat_offsets[18]].tolist())
        other = graph.chats[graph.chat_offsets[row["user"]] : graph.chat_offsets[row["user"] + 1]]
        assert row["shared_groups"] == len(groups & set(other.tolist()))
        assert row["friends"] == graph.degree()[row["user"]]
    for row in found["groups"]:
        members = graph.members[graph.member_offsets[row["group"]] : graph.member_offsets[row["group"] + 1]]
        assert (row["members"], row["friends_in_it"]) == (len(members), len(set(members) & set(friends)))
    generated = call("show", "17", *SMALL, "--json").stdout
    assert json.loads(generated) == found


def test_show_prints_tables_and_knows_own_ids(folder: Path, tmp_path: Path) -> None:
    said = call("show", "17", "--chain", folder, "--most", "2").stdout
    assert "2 shown" in said
    assert "work km" in said
    file = tmp_path / "names.csv"
    file.write_text("source,target\n小明,anna\nanna,bo\n")
    found = json.loads(call("show", "anna", "--chain", file, "--json").stdout)
    assert {row["user"] for row in found["friends"]} == {"小明", "bo"}
    assert (found["home_km"], found["groups"]) == (None, [])


def test_plot_writes_a_page(folder: Path, tmp_path: Path) -> None:
    page = tmp_path / "chain.html"
    assert "wrote" in call("plot", page, "--chain", folder).stdout
    text = page.read_text()
    assert text.count("<figure") == 5
    assert "http-equiv" in text


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("make", "big", "--users", "200000000"), "users: the chain needs about"),
        (("make", "none/chain"), "no such folder"),
        (("make", "chain.xlsx"), "unknown kind of file"),
        (("make", "here", *SMALL), "exists already"),
        (("make", "new", *SMALL, "--groups", "none/groups.csv"), "no such folder"),
        (("make", "new", *SMALL, "--groups", "groups.graphml"), "unknown kind of file"),
        (("show", "400", *SMALL), "USER: no such user; got '400'; allowed: 0 to 399"),
        (("show", "bo", *SMALL), "no such user"),
        (("read", "nowhere"), "no such file"),
        (("read", "here"), "no chain in this folder"),
        (("plot", "none/chain.html", *SMALL), "no such folder"),
        (("plot", "new.html", "--chain", "here", "--seed", "2"), "--seed: is for a generated chain only"),
        (("make", "new", "--from", "a.toml", "--users", "400"), "--users: is for a generated chain only"),
    ],
)
def test_bad_input_is_refused_and_nothing_is_written(
    arguments: tuple[str, ...], words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "here").mkdir()
    with pytest.raises(InputError) as refused:
        call(*arguments)
    assert words in str(refused.value)
    assert [path.name for path in tmp_path.iterdir()] == ["here"]
