"""Commands about designs, from curves to coverage; libraries are imported inside them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from graphs.errors import InputError

__all__ = ["COMMANDS", "coverage", "curves", "load", "luck", "optimise", "sensitivity"]

File = Annotated[Path, typer.Argument(metavar="FILE", help="A campaign file (TOML).")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
By = Annotated[str, typer.Option(help="The KPI that decides.")]
Users = Annotated[int | None, typer.Option(min=100, help="Users of the chain, fewer than the file's to be faster.")]


def curves(
    folder: Annotated[Path, typer.Argument(metavar="RUN", help="Folder of a finished run.")],
    out: Annotated[Path | None, typer.Option("--out", help="Folder to write to. Default: RUN/curves.")] = None,
) -> None:
    """Write growth curves of a run: bands, inflows, generations, Bass and logistic fits; CSV and Parquet of each."""
    from experiments.curves import curve_tables, export_tables
    from experiments.figures_curves import curves_page
    from experiments.results import read_run

    found = read_run(folder)
    tables, fits = curve_tables(found)
    place = out or folder / "curves"
    if not place.parent.is_dir():
        raise InputError("no such folder", field="--out", value=str(place.parent), cure="make it first")
    export_tables(tables, place)
    page = place / "curves.html"
    page.write_text(curves_page(found, tables, fits), encoding="utf-8")
    typer.echo(f"curves: {page}")


def load(
    folder: Annotated[Path, typer.Argument(metavar="RUN", help="Folder of a finished run.")],
    node: Annotated[str, typer.Option(help="Kind of node: h800 or h100, eight accelerators each.")] = "h800",
    capacity: Annotated[float | None, typer.Option(help="AI tasks a minute that can be served.")] = None,
    as_json: AsJson = False,
) -> None:
    """Say what the busiest minute of every variant asks for: requests by task, tokens, accelerators, waiting."""
    from experiments.load import load_rows
    from experiments.load_tables import print_load
    from experiments.results import read_run

    print_load(load_rows(read_run(folder), node, capacity), node, as_json=as_json)


def sensitivity(
    file: File,
    by: By = "stay_lift",
    parameter: Annotated[list[str] | None, typer.Option(help="Path or glob; repeat. Default: all ranges.")] = None,
    variant: Annotated[str, typer.Option(help="The design looked at.")] = "design",
    against: Annotated[str | None, typer.Option(help="Another design: its KPI is taken off.")] = None,
    points: Annotated[int, typer.Option(min=2, help="Sobol points, a power of two.")] = 64,
    replicates: Annotated[int, typer.Option(min=1, help="Replicates of every evaluation, the same in all.")] = 2,
    users: Users = None,
    page: Annotated[Path | None, typer.Option(help="Write tornado and interaction plots (.html).")] = None,
    as_json: AsJson = False,
) -> None:
    """Say which unknown matters most: Morris screening, then Sobol indices, on common luck."""
    from experiments.platform import set_up
    from experiments.progress import Progress
    from experiments.row_table import print_rows
    from experiments.scenario import load_scenario
    from experiments.sensitivity import sensitivity as measured
    from experiments.sensitivity import sensitivity_rows
    from experiments.variant_rows import kpi_named

    scenario, kpi = load_scenario(file), kpi_named(by)
    set_up()
    with Progress() as progress:
        found = measured(
            scenario, kpi, parameters=parameter or (), variant=variant, base=against, points=points,
            replicates=replicates, users=users, tell=progress.tell,
        )  # fmt: skip
    rows = sensitivity_rows(scenario, found)
    if page is not None:
        from experiments.figures_sensitivity import sensitivity_page

        page.write_text(sensitivity_page(f"{scenario.name}: {kpi.label}", kpi.unit, found, rows), encoding="utf-8")
    shown = ("parameter", "first", "total", "total_low", "total_high", "at_low", "at_high")
    columns = {name: _cell(name) for name in shown}
    print_rows(rows, as_json=as_json, title=f"What moves: {kpi.label}", columns=columns)
    if not as_json:
        typer.echo(f"What matters most: {rows[0]['parameter']} ({100 * rows[0]['total']:.0f} % of the variance).")


def optimise(
    file: File,
    lever: Annotated[list[str], typer.Option(help="path=low:high; repeat.")],
    objective: Annotated[str, typer.Option(help="The KPI to improve.")] = "stay_lift",
    constraint: Annotated[list[str] | None, typer.Option(help="kpi<=number or kpi>=number; repeat.")] = None,
    tail: Annotated[float, typer.Option(help="CVaR: mean of the worst share of replicates.")] = 1.0,
    trials: Annotated[int, typer.Option(min=8, help="Designs to try.")] = 256,
    posterior: Annotated[
        Path | None, typer.Option("--posterior", help="Folder of `growth calibrate`: every replicate is another draw.")
    ] = None,
    users: Users = None,
    as_json: AsJson = False,
) -> None:
    """Search the best design under constraints, and show it on fresh luck beside the design as written."""
    from experiments.design_space import Constraint, Lever, Objective
    from experiments.optimise import Space
    from experiments.optimise import optimise as searched
    from experiments.optimum_rows import optimum_lines, optimum_rows
    from experiments.platform import set_up
    from experiments.posterior_places import drawn_from
    from experiments.progress import Progress
    from experiments.row_table import print_rows
    from experiments.scenario import load_scenario

    scenario = drawn_from(load_scenario(file), posterior)
    if users is not None:
        scenario = scenario.model_copy(update={"chain": scenario.chain.model_copy(update={"users": users})})
    levers = [Lever.parse(text) for text in lever]
    limits = [Constraint.parse(text) for text in constraint or ()]
    aim = Objective.parse(objective, tail)
    set_up()
    with Progress() as progress:
        found = searched(Space(scenario, levers, aim, limits, progress.tell), trials=trials)
    if as_json:
        told = {"found": found.found, "rows": optimum_rows(found, aim), "lines": optimum_lines(found, aim)}
        typer.echo(json.dumps(told, indent=2, ensure_ascii=False))
        return
    print_rows(optimum_rows(found, aim), as_json=False, title=f"Best of {found.tried} designs by {aim.kpi.label}")
    for line in optimum_lines(found, aim):
        typer.echo(line)


def luck(
    file: File,
    by: Annotated[list[str] | None, typer.Option(help="KPI; repeat. Default: stay_lift and spend.")] = None,
    replicates: Annotated[int, typer.Option(min=2, help="Replicates of every design.")] = 32,
    users: Users = None,
    as_json: AsJson = False,
) -> None:
    """Print what common luck saves: variance of a 5 % change of each lever, independent luck over common luck."""
    from experiments.common_luck import luck_rows
    from experiments.platform import set_up
    from experiments.progress import Progress
    from experiments.row_table import print_rows
    from experiments.scenario import load_scenario
    from experiments.variant_rows import kpi_named

    scenario, kpis = load_scenario(file), [kpi_named(name) for name in by or ("stay_lift", "spend")]
    set_up()
    with Progress() as progress:
        rows = luck_rows(scenario, kpis, replicates=replicates, users=users, tell=progress.tell)
    print_rows(rows, as_json=as_json, title="Variance under independent luck over common luck")


def coverage(
    out: Annotated[Path, typer.Option("--out", help="Folder that keeps the work.")] = Path("runs/coverage"),
    repeats: Annotated[int, typer.Option(min=1, help="Intervals of each KPI.")] = 400,
    truth: Annotated[int, typer.Option(min=2, help="Replicates behind the truth.")] = 20_000,
    as_json: AsJson = False,
) -> None:
    """Measure how often the 90 % Monte Carlo interval of each headline KPI holds the truth; resumable."""
    from experiments.platform import set_up
    from experiments.progress import Progress
    from experiments.row_table import print_rows
    from experiments.validation.coverage import coverage as study

    set_up()
    with Progress() as progress:
        rows = study(out, repeats, truth, progress.tell)
    print_rows(rows, as_json=as_json, title="Coverage")
    if any(row["ok"] is False for row in rows):
        raise typer.Exit(1)


def _cell(name: str) -> Any:
    return lambda row: row[name]


COMMANDS = (curves, load, sensitivity, optimise, luck, coverage)
