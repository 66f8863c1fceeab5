"""The command `growth calibrate`; libraries are imported inside it."""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from graphs.errors import InputError

__all__ = ["calibrate"]


def calibrate(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A campaign file (TOML).")],
    reported: Annotated[Path, typer.Option("--reported", help="Reported figures (CSV).")],
    out: Annotated[Path | None, typer.Option("--out", help="Folder. Default: runs/NAME_calibration.")] = None,
    until: Annotated[str | None, typer.Option("--until", metavar="DATE", help="Use no figure of a later day.")] = None,
    priors: Annotated[Path | None, typer.Option("--priors", help="Priors of measurers of your own (TOML).")] = None,
    draws: Annotated[int, typer.Option(min=100, help="Draws of each chain.")] = 1000,
    chains: Annotated[int, typer.Option(min=2, help="Chains.")] = 4,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the chains.")] = 1,
    emulator: Annotated[
        int, typer.Option(min=0, help="Points at which the full simulation corrects the surrogate; 0: none.")
    ] = 0,
    emulator_users: Annotated[int, typer.Option(min=1000, help="People of the society it is run on.")] = 20_000,
    check: Annotated[bool, typer.Option("--check", help="Check by a neural posterior on the full simulation.")] = False,
    check_worlds: Annotated[int, typer.Option(min=200, help="Worlds that it learns from.")] = 3000,
) -> None:
    """Fit a campaign (or a joint calendar) to reported ranks and users: posterior, what it leaves open, forecast."""
    from experiments.joint import is_joint, load_joint
    from experiments.scenario import load_scenario

    # A design may be held back from runs and yet be fitted: a fit simulates nothing of it, it reads what was reported.
    together = is_joint(file)
    if check:
        _can_check(file, together)
    scenario: Any = load_joint(file) if together else load_scenario(file)
    last = _day(until)
    folder = out or Path("runs") / f"{file.stem}_calibration"
    from experiments.platform import cache_folder, set_up

    set_up(1)
    from experiments.calibrate import Settings, Stopped
    from experiments.calibrate_command import calibrate_to_folder
    from experiments.interrupt import Interrupt
    from experiments.progress import Progress

    fitted: Any = calibrate_to_folder
    if together:
        from experiments.joint_calibrate import calibrate_joint_to_folder

        fitted = calibrate_joint_to_folder
    again = f"interrupted; finished chains are kept in {folder}. To go on: the same command again"
    with Interrupt(again) as interrupt, Progress() as progress:
        try:
            fitted(
                scenario,
                reported,
                folder,
                store=cache_folder() / "chains",
                until=last,
                priors=priors,
                settings=Settings(
                    chains=chains,
                    draws=draws,
                    seed=seed,
                    emulator=emulator,
                    emulator_users=emulator_users,
                    check=check_worlds if check else 0,
                ),
                tell=progress.tell,
                stop=interrupt.stops,
                say=typer.echo,
            )
        except Stopped:
            sys.stderr.write(again + "\n")
            raise typer.Exit(130) from None
    typer.echo(f"calibration: {folder / 'calibration.html'}")


def _can_check(file: Path, together: bool) -> None:
    """Refuse a cross-check of several apps, or without what it needs."""
    from experiments.neural_flow import require_flowjax

    if together:
        cure = "calibrate the campaign file of one app with --check"
        raise InputError("the cross-check is of one app", field="--check", value=str(file), cure=cure)
    require_flowjax()


def _day(text: str | None) -> dt.date | None:
    if text is None:
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise InputError("is not a date", field="--until", value=text, allowed="a date such as 2026-02-07") from None
