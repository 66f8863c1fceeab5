"""The command line: `growth chain make | read | show | plot`, relationship chains on their own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from graphs.errors import InputError

if TYPE_CHECKING:
    from graphs.implicit import ImplicitChain
    from graphs.social_graph import SocialGraph

__all__ = ["chain", "make", "plot", "read", "show"]

# What a file of ties does not tell: these attributes are drawn for the simulation and say nothing about the file.
DRAWN = (
    "age_assortativity", "gender_assortativity", "within_province_share", "affinity_correlation", "ios_share",
    "tier_3_and_lower_share",
)  # fmt: skip

USERS, POPULATION = 100_000, 1_400_000_000
MEAN_DEGREE, SEED = 150.0, 1

chain = typer.Typer(
    help="Relationship chains: make one, read one, look at a person or at the whole.", no_args_is_help=True
)

Source = Annotated[
    Path | None,
    typer.Option("--chain", metavar="PATH", help="A folder of `chain make` or a file of ties. Default: generated."),
]
Groups = Annotated[
    Path | None, typer.Option(metavar="FILE", help="A table of memberships (group, user) beside a file of ties.")
]
Users = Annotated[
    int | None, typer.Option(help="Users of a generated chain. Default: 100,000, or 1.4 billion with --implicit.")
]
Implicit = Annotated[
    bool, typer.Option("--implicit", help="The chain that stores no tie, in whole towns, up to 2 billion users.")
]
MeanDegree = Annotated[float, typer.Option(help="Friends per user of a generated chain.")]
Seed = Annotated[int, typer.Option(min=0, help="Seed of a generated chain.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@chain.command()
def make(
    out: Annotated[
        Path,
        typer.Argument(metavar="OUT", help="A new folder (everything), or a file of ties: .csv .parquet .graphml."),
    ],
    campaign: Annotated[
        Path | None, typer.Option("--from", metavar="FILE", help="A campaign file whose table `chain` to build.")
    ] = None,
    users: Annotated[int | None, typer.Option(help="Users of a generated chain. Default: 100,000.")] = None,
    mean_degree: MeanDegree = MEAN_DEGREE,
    seed: Seed = SEED,
    groups: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Also write the group chats' members: .csv .tsv .parquet.")
    ] = None,
) -> None:
    """Build a chain and write it. One larger than memory is refused before it is built."""
    from graphs.chain_folder import save_chain
    from graphs.write import TABLES, writable, write_edges, write_groups

    if out.exists():
        raise InputError("exists already", field="OUT", value=str(out), cure="another name")
    if out.suffix:
        writable(out)
    elif not out.parent.is_dir():
        raise InputError("no such folder", field="OUT", value=str(out.parent), cure="make it first")
    if groups is not None:
        writable(groups, TABLES)
    made: dict[str, Any]
    if campaign is None:
        graph = _generated(users or USERS, mean_degree, seed)
        made = {"users": graph.num_users, "mean_degree": mean_degree, "seed": seed}
    else:
        _refuse_sizes("--from", users, mean_degree, seed)
        made = {"campaign": str(campaign)}
        graph = _of_campaign(campaign)
    if out.suffix:
        write_edges(graph, out)
    else:
        save_chain(graph, out, **made)
    if groups is not None:
        write_groups(graph, groups)
    typer.echo(f"{out}: {graph.num_users} users, {graph.num_ties} ties, {graph.num_chats} group chats")
    _say_notes(graph)


@chain.command()
def read(
    path: Annotated[Path, typer.Argument(metavar="PATH", help="A file of ties, or a folder of `chain make`.")],
    groups: Groups = None,
    as_json: AsJson = False,
) -> None:
    """Say what a chain looks like: degrees, clustering, distances, mixing, groups, and what was mended."""
    from experiments.row_table import print_rows
    from graphs.distances import distances
    from graphs.summary import summarise

    graph = _loaded(path, groups)
    hops = distances(graph)
    unknown = DRAWN if path.is_file() else ()
    known = {name: value for name, value in summarise(graph).items() if name not in unknown}
    found = {**known, "distance_mean": hops.mean, "distance_spid": hops.spid, "notes": list(graph.notes)}
    if as_json:
        typer.echo(json.dumps(found, indent=2, ensure_ascii=False))
        return
    flat = {name: value for name, value in found.items() if not isinstance(value, dict | list)}
    flat |= {f"clustering at degree {bin}": value for bin, value in found["clustering_by_degree"].items()}
    rows = [{"what": name.replace("_", " "), "value": value} for name, value in flat.items()]
    print_rows(rows, as_json=False, title=f"{path}")
    _say_notes(graph)


@chain.command()
def show(
    user: Annotated[str, typer.Argument(metavar="USER", help="A user: the id in your file, or a number from 0.")],
    source: Source = None,
    groups: Groups = None,
    users: Users = None,
    mean_degree: MeanDegree = MEAN_DEGREE,
    seed: Seed = SEED,
    implicit: Implicit = False,
    most: Annotated[int, typer.Option(min=1, help="Friends and groups to list.")] = 20,
    as_json: AsJson = False,
) -> None:
    """Print a person's attributes, friends (strongest first) and groups (largest first)."""
    from experiments.chain_person import computed_person, person, user_of
    from experiments.row_table import print_rows

    graph = _chosen(source, groups, users, mean_degree, seed, implicit)
    row = user_of(graph, user)
    found = computed_person(graph, row) if _is_implicit(graph) else person(graph, row)
    if as_json:
        typer.echo(json.dumps(found, indent=2, ensure_ascii=False))
        return
    facts = [{"what": name.replace("_", " "), "value": value} for name, value in found.items() if _is_fact(value)]
    print_rows(facts, as_json=False, title=f"user {found['user']}")
    for name in ("friends", "groups"):
        rows = found[name]
        print_rows(
            rows[:most], as_json=False, title=f"{len(rows)} {name}" + (f", {most} shown" if len(rows) > most else "")
        )


@chain.command()
def plot(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="The page to write (.html).")],
    source: Source = None,
    groups: Groups = None,
    users: Users = None,
    mean_degree: MeanDegree = MEAN_DEGREE,
    seed: Seed = SEED,
    implicit: Implicit = False,
) -> None:
    """Write a page of pictures: degree law, clustering, distances, ties against kilometres, a town and its foci."""
    from experiments.chain_picture import picture_of, sampled_picture
    from experiments.figures_chain import chain_page

    if not out.parent.is_dir():
        raise InputError("no such folder", field="OUT", value=str(out.parent), cure="make it first")
    graph = _chosen(source, groups, users, mean_degree, seed, implicit)
    picture = sampled_picture(graph) if _is_implicit(graph) else picture_of(graph)
    out.write_text(chain_page(picture), encoding="utf-8")
    typer.echo(f"wrote {out}")


def _is_fact(value: Any) -> bool:
    return not isinstance(value, list) or (len(value) == 2 and not isinstance(value[0], dict))


def _chosen(
    source: Path | None, groups: Path | None, users: int | None, mean_degree: float, seed: int, implicit: bool
) -> Any:
    """The chain of a path, or a generated or computed one. What was rounded is said."""
    if source is not None and implicit:
        raise InputError("a chain that is read is stored", field="--implicit", cure="leave out --chain or --implicit")
    if source is not None:
        _refuse_sizes("--chain", users, mean_degree, seed)
        return _loaded(source, groups)
    return _computed(users, mean_degree, seed) if implicit else _generated(users or USERS, mean_degree, seed)


def _refuse_sizes(by: str, users: int | None, mean_degree: float, seed: int) -> None:
    """A chain that is given by ``by`` has a size of its own: another one beside it would be ignored."""
    told = {"--users": users is not None, "--mean-degree": mean_degree != MEAN_DEGREE, "--seed": seed != SEED}
    for name in (name for name, given in told.items() if given):
        raise InputError("is for a generated chain only", field=name, cure=f"leave out {name} or {by}")


def _generated(users: int, mean_degree: float, seed: int) -> SocialGraph:
    from graphs.chain import make_chain
    from graphs.memory import check_fits

    check_fits(users, mean_degree)
    return make_chain(users, mean_degree=mean_degree, seed=seed)


def _computed(users: int | None, mean_degree: float, seed: int) -> ImplicitChain:
    from graphs.implicit_build import make_implicit

    asked = POPULATION if users is None else users
    chain = make_implicit(asked, mean_degree=mean_degree, seed=seed)
    if chain.num_users != asked:
        typer.echo(f"note: {asked:,} users rounded to whole towns: {chain.num_users:,}", err=True)
    return chain


def _is_implicit(graph: Any) -> bool:
    from graphs.implicit import ImplicitChain

    return isinstance(graph, ImplicitChain)


def _of_campaign(file: Path) -> Any:
    from experiments.chains import build_chain
    from experiments.scenario import load_scenario
    from graphs.memory import check_fits

    scenario = load_scenario(file)
    if scenario.chain.kind != "implicit":
        return build_chain(scenario)
    from graphs.materialise import materialise

    check_fits(scenario.chain.users, scenario.chain.mean_degree)
    built: Any = build_chain(scenario)
    return materialise(built)


def _loaded(path: Path, groups: Path | None) -> SocialGraph:
    """A folder of `chain make`, or a file of ties with its groups if they are given."""
    from graphs.chain_folder import load_chain
    from graphs.read import read_edges
    from graphs.read_groups import read_groups

    graph = load_chain(path) if path.is_dir() else read_edges(path)
    return graph if groups is None else read_groups(graph, groups)


def _say_notes(graph: SocialGraph) -> None:
    for note in graph.notes:
        typer.echo(f"note: {note}", err=True)
