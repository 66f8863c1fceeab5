"""`python -m tests.golden.write` writes `tests/golden/daily.csv`, for a change marked [numbers] in CHANGELOG.md."""

from __future__ import annotations

import csv
import io
import tempfile
from pathlib import Path

import numpy as np

from experiments.results import Run, read_run
from experiments.scenario import Scenario, load_scenario

__all__ = ["FOLDER", "golden_scenario", "golden_text"]

FOLDER = Path(__file__).resolve().parent
COLUMNS = (
    "dau", "wau", "engaged", "activations", "installs", "churned", "draws", "packets", "exposures", "claims",
    "paid_yuan", "media_yuan", "prize_yuan",
)  # fmt: skip
WORLDS = ("no campaign", "design", "dear packets")


def golden_scenario() -> Scenario:
    """The scenario of the golden run, which most tests of `experiments` share."""
    return load_scenario(FOLDER / "scenario.toml")


def golden_text(run: Run) -> str:
    """Some numbers of a run as CSV: per world and day, summed over replicates, exact to the cent."""
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow(("side", "variant", "app", "campaign_day", *COLUMNS))
    for side, data in (("central", run.central), ("drawn", run.draws)):
        assert data is not None
        for variant in WORLDS:
            for app in data.app.to_numpy():
                world = data.sel(variant=variant, app=app)
                columns = [
                    np.asarray(world[name].sum([dim for dim in world[name].dims if dim != "day"], skipna=False))
                    for name in COLUMNS
                ]
                for day, values in zip(world.campaign_day.to_numpy(), np.stack(columns, axis=1), strict=True):
                    table.writerow((side, variant, app, day, *(f"{value:.2f}".removesuffix(".00") for value in values)))
    return out.getvalue()


def main() -> None:
    """Simulate and write."""
    from experiments.platform import set_up
    from experiments.simulate import simulate

    set_up(1)
    with tempfile.TemporaryDirectory() as folder:
        run = read_run(simulate(golden_scenario(), Path(folder) / "run", devices=1))
        (FOLDER / "daily.csv").write_text(golden_text(run), encoding="utf-8")


if __name__ == "__main__":
    main()
