"""The command line: `growth COMMAND`, the commands in the order in which they are needed first.

Slow libraries are imported inside the commands, so that help and errors answer at once.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from experiments import check_cli, design_cli
from experiments.calibrate_cli import calibrate
from experiments.chain_cli import chain
from graphs.errors import InputError

__all__ = ["app", "compare", "init", "main", "report", "run", "schema", "validate"]

app = typer.Typer(
    help="The viral growth modeller: who joins a campaign, who stays, what it costs, and how sure that is.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

File = Annotated[Path, typer.Argument(metavar="FILE", help="A campaign file (TOML).")]
Out = Annotated[Path | None, typer.Option("--out", help="Folder of the run. Default: runs/NAME.")]
Posterior = Annotated[
    Path | None, typer.Option("--posterior", help="Folder of `growth calibrate` to draw numbers from.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
Replace = Annotated[bool, typer.Option("--replace", help="Run again over a finished run in that folder.")]


def main() -> None:
    """Entry point: bad input is one line on stderr and exit code 2."""
    try:
        app()
    except InputError as error:
        sys.stderr.write(f"error: {error}\n")
        sys.exit(2)
    except OSError as error:  # a full disk, a folder that may not be written to
        place = f"{error.filename}: " if error.filename else ""
        sys.stderr.write(f"error: {place}{error.strerror or error}\n")
        sys.exit(2)


@app.command()
def init(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to write the new campaign file.")],
) -> None:
    """Write a small commented campaign file to start from."""
    from experiments.init import template

    if file.exists():
        raise InputError("exists already", field="FILE", value=str(file), cure="another name")
    if not file.parent.is_dir():
        raise InputError("no such folder", field="FILE", value=str(file.parent), cure="make it first")
    file.write_text(template(file.stem), encoding="utf-8")
    typer.echo(f"wrote {file}\nnext: growth validate {file}, then growth run {file}")


@app.command()
def validate(
    file: File,
    difference: Annotated[str | None, typer.Option(help="Print what a variant changes.")] = None,
) -> None:
    """Check a campaign file (or a joint calendar of several) and say what it holds, or what a variant changes."""
    from experiments.intervention_checks import whole_days
    from experiments.joint import is_joint, load_joint
    from experiments.scenario import load_scenario
    from experiments.unmoved import unmoved_note

    if is_joint(file):
        joint = load_joint(file)
        days = f"{joint.file.run.first_day} to {joint.file.run.last_day}"
        typer.echo(f"{file}: valid. {joint.file.title or joint.file.name}, {days}")
        for design in joint.designs:
            typer.echo(f"{design.campaign_app.name}: {design.name}, {design.campaign.start} to {design.campaign.end}")
        typer.echo(f"worlds: {', '.join(joint.worlds)}")
        if joint.run.hold:
            typer.echo(f"held back: {joint.run.hold}")
        return
    scenario = load_scenario(file)
    if difference is not None:
        for path, old, new in scenario.difference(difference):
            typer.echo(f"{path}: {old} -> {new}")
        return
    run = scenario.run
    typer.echo(f"{file}: valid. {scenario.title or scenario.name}, {run.first_day} to {run.last_day}")
    names = ", ".join(variant.name for variant in scenario.variants) or "none"
    typer.echo(f"apps: {', '.join(one.name for one in scenario.apps)}; variants: {names}")
    drawn = sum(number.low is not None for number in scenario.numbers().values())
    typer.echo(f"{len(scenario.numbers())} numbers, {drawn} with a range; scenario {scenario.sha256()[:12]}")
    for line in whole_days(scenario):
        typer.echo(line)
    if note := unmoved_note(scenario):
        typer.echo(note)
    if run.hold:
        typer.echo(f"held back: {run.hold}")


@app.command()
def schema() -> None:
    """Print the JSON Schema of campaign files."""
    from experiments.scenario import scenario_schema

    typer.echo(json.dumps(scenario_schema(), indent=2, ensure_ascii=False))


@app.command()
def run(
    file: File,
    out: Out = None,
    replace: Replace = False,
    posterior: Posterior = None,
    devices: Annotated[int | None, typer.Option(min=1, help="Devices to use. Default: all (CPU: cores).")] = None,
    devices_per_world: Annotated[int, typer.Option(min=1, help="Devices that share one society.")] = 1,
    coordinator: Annotated[
        str | None, typer.Option(metavar="HOST:PORT", help="Where several processes meet; loopback only.")
    ] = None,
    processes: Annotated[int, typer.Option(min=1, help="Processes on this run; each is started by you.")] = 1,
    process: Annotated[int, typer.Option(min=0, help="Which of them this is; 0 writes the report.")] = 0,
) -> None:
    """Simulate a campaign, its variants and the world without it, and write the report; or a joint calendar."""
    folder = _simulate(file, out, replace, devices, devices_per_world, (coordinator, processes, process), posterior)
    if process == 0:
        _report(folder)


@app.command()
def report(folder: Annotated[Path, typer.Argument(metavar="RUN", help="Folder of a finished run.")]) -> None:
    """Write the report of a finished run again."""
    _report(folder)


@app.command()
def compare(
    file: File,
    out: Out = None,
    posterior: Posterior = None,
    as_json: AsJson = False,
    by: Annotated[str, typer.Option(help="The KPI that decides.")] = "stay_lift",
    matters: Annotated[
        float | None, typer.Option(min=0, help="Smallest difference that matters, in the KPI's unit. Default: 1 %.")
    ] = None,
    precision: Annotated[
        float | None,
        typer.Option(min=0, help="Stop at this Monte Carlo half width, a share of the design's value; no run is kept."),
    ] = None,
) -> None:
    """Say which design is better and print reported beside simulated; runs the campaign unless its run is there.

    Of a joint calendar: what each campaign won, what it took from the others, and the money.
    """
    from experiments.compare_command import compare_run, compare_to_precision
    from experiments.finished import finished_run
    from experiments.joint import is_joint
    from experiments.posterior_places import drawn_from
    from experiments.scenario import load_scenario

    if is_joint(file):
        others = {
            "--by": by != "stay_lift",
            "--matters": matters is not None,
            "--precision": precision is not None,
            "--posterior": posterior is not None,
        }
        _compare_joint(file, out, as_json, others)
        return
    scenario = drawn_from(load_scenario(file), posterior)
    if precision is not None:
        compare_to_precision(scenario, by, matters, precision, as_json)
        return
    folder = finished_run(scenario, out or _default_out(file))
    if folder is None:
        folder = _simulate(file, out, replace=False, devices=None, posterior=posterior)
        _report(folder)
    compare_run(folder, by, matters, as_json)


def _compare_joint(file: Path, out: Path | None, as_json: bool, others: dict[str, Any]) -> None:
    """Compare the campaigns of a joint calendar; ``others`` are options that say nothing about one."""
    from experiments.finished import finished_run
    from experiments.joint import load_joint
    from experiments.joint_words import compare_joint

    for name, given in others.items():
        if given:
            raise InputError("does not apply to a joint calendar", field=name, value=str(file), cure="leave it out")
    folder = finished_run(load_joint(file), out or _default_out(file))
    if folder is None:
        folder = _simulate(file, out, replace=False, devices=None)
        _report(folder)
    compare_joint(folder, as_json)


def _default_out(file: Path) -> Path:
    return Path("runs") / file.stem


def _simulate(
    file: Path,
    out: Path | None,
    replace: bool,
    devices: int | None,
    devices_per_world: int = 1,
    place: tuple[str | None, int, int] = (None, 1, 0),
    posterior: Path | None = None,
) -> Path:
    """Simulate with progress and a clean Ctrl-C; ``place`` is coordinator, processes, and which of them this is."""
    from experiments.joint import is_joint, load_joint
    from experiments.posterior_places import drawn_from
    from experiments.scenario import load_scenario

    if is_joint(file) and posterior is not None:
        raise InputError(
            "does not apply to a joint calendar", field="--posterior", value=str(file), cure="leave it out"
        )
    scenario = load_joint(file) if is_joint(file) else drawn_from(load_scenario(file), posterior)
    from experiments.platform import cache_folder, set_up

    set_up(devices, place[1])
    from experiments.blocks import Stopped
    from experiments.interrupt import Interrupt
    from experiments.processes import join
    from experiments.progress import Progress
    from experiments.simulate import simulate

    processes = join(*place)
    folder = out or _default_out(file)
    again = f"interrupted; what was finished is kept in {folder}. To go on: the same command again"
    with Interrupt(again) as interrupt, Progress() as progress:
        try:
            return simulate(
                scenario,
                folder,
                replace=replace,
                devices=devices,
                devices_per_world=devices_per_world,
                processes=processes,
                store=cache_folder() / "chains",
                stop=interrupt.stops,
                tell=progress.tell,
            )
        except Stopped:
            pass
    sys.stderr.write(again + "\n")
    raise typer.Exit(130)


def _report(folder: Path) -> None:
    """Write summary and report, and say where it is. A folder without a run is refused before any progress is shown."""
    from experiments.joint import is_joint
    from experiments.progress import Progress, Report
    from experiments.report import write_report, write_summary
    from experiments.results import finished_manifest, read_run

    finished_manifest(folder)
    path, joint = folder / "report.html", is_joint(folder / "scenario.toml")
    found = None if joint else read_run(folder)
    with Progress() as progress:
        progress.tell(Report("writing the report", 0, 0))
        if found is None:
            from experiments.joint_report import write_joint_report
            from experiments.joint_results import read_joint_run

            told = write_joint_report(read_joint_run(folder), path)
        else:
            told = write_summary(found)
            write_report(found, path)
        summary = json.dumps(told, indent=2, ensure_ascii=False, allow_nan=False)
        (folder / "summary.json").write_text(summary + "\n", encoding="utf-8")
    typer.echo(f"report: {path}")


# After those of this file, which a newcomer meets first.
for command in (*design_cli.COMMANDS, calibrate, *check_cli.COMMANDS):
    app.command()(command)
app.add_typer(chain, name="chain")

if __name__ == "__main__":
    main()
