"""Commands that hold the program against targets and the clock: check and bench; libraries are imported inside them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from graphs.errors import InputError

__all__ = ["COMMANDS", "bench", "check"]

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]


def check(
    name: Annotated[str | None, typer.Argument(help="Which check; without it, the list.")] = None,
    as_json: AsJson = False,
    users: Annotated[
        int | None, typer.Option(help="calibration, chain, implicit, model, rounds, surrogate: users of the chain.")
    ] = None,
    mean_degree: Annotated[float | None, typer.Option(help="chain, implicit: friends per user.")] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="chain, implicit: seed of the chain.")] = None,
    repeats: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="calibration: data sets; comparing: repeats of every case; forecast: campaigns; rounds: replicates;"
            " surrogate: draws.",
        ),
    ] = None,
    peers: Annotated[
        bool | None, typer.Option("--peers", help="chain: beside textbook generators (✗: missed).")
    ] = None,
    full: Annotated[bool | None, typer.Option("--full", help="model: the e-mail game at its published size.")] = None,
    write: Annotated[Path | None, typer.Option(metavar="PAGE", help="model: put the book into this page.")] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="calibration, forecast: folder that keeps what is finished.")
    ] = None,
) -> None:
    """Print targets beside what is measured; exits 1 when a row that counts does not hold."""
    from experiments.checks import CHECKS, COLUMNS, run_check
    from experiments.row_table import print_rows

    if _named(CHECKS, name, "check") is None or name is None:
        return
    options: dict[str, Any] = {"users": users, "mean_degree": mean_degree, "seed": seed, "peers": peers}
    options |= {"repeats": repeats, "full": full, "write": write, "out": out}
    rows = run_check(name, options)
    columns = COLUMNS[name](rows) if name in COLUMNS else None
    print_rows(rows, as_json=as_json, title=f"check {name}", columns=columns)
    for note in dict.fromkeys(note for row in rows for note in row.get("notes", ())):
        typer.echo(f"note: {note}", err=as_json)
    if any(row["ok"] is False and row["role"] != "shown" for row in rows):
        raise typer.Exit(1)


def bench(
    name: Annotated[str | None, typer.Argument(help="Which benchmark; without it, the list.")] = None,
    as_json: AsJson = False,
    quick: Annotated[bool, typer.Option("--quick", help="cascade: the smaller graph, fewer rounds.")] = False,
) -> None:
    """Print timings; medians and ratios, with the machine they were taken on."""
    from experiments.benchmarks import BENCHMARKS
    from experiments.row_table import print_rows

    chosen = _named(BENCHMARKS, name, "bench")
    if chosen is not None:
        rows = chosen(quick=True) if quick and name == "cascade" else chosen()
        print_rows(rows, as_json=as_json, title=f"bench {name}")


def _named(found: dict[str, Any], name: str | None, command: str) -> Any:
    """The entry of a name; without a name the list is printed. Raises InputError for an unknown one."""
    if name is None:
        for entry, function in found.items():
            told = " ".join((function.__doc__ or "").partition("\n\n")[0].split())
            typer.echo(f"growth {command} {entry}: {told}")
        return None
    if name not in found:
        raise InputError("unknown name", field=f"growth {command}", value=name, allowed=", ".join(found))
    return found[name]


COMMANDS = (check, bench)
