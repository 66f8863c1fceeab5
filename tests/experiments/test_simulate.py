"""The same scenario and seed give the same bytes, however the work is cut, stopped and continued."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from experiments.progress import Report
from experiments.results import Run, read_run
from experiments.run_folder import RunFolder
from experiments.simulate import plan_of, simulate
from experiments.worlds import World, Worlds
from graphs.errors import InputError
from tests.golden.write import golden_scenario
from tests.small_run import FACTS, changed, stopped_after, tables_of

CUT = {"devices": 2, "worlds_per_block": 6}
"""Four blocks of six worlds on two devices; the last is filled up with four that are not kept."""
DAYS, ROUNDS = 9, 4

CROWD = """
[[reach]]
name = "crowd"
app = "our app"
cause = "organic"
start = 2026-03-02
end = 2026-03-02
people_per_day = 80_000
response_new = 0.2
"""


@pytest.fixture(scope="module")
def cut_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The golden scenario in blocks, on two devices."""
    return simulate(golden_scenario(), tmp_path_factory.mktemp("cut") / "run", **CUT)  # type: ignore[arg-type]


def test_blocks_on_two_devices_give_the_same_bytes(small_run: Run, cut_run: Path) -> None:
    assert tables_of(cut_run) == tables_of(small_run.folder)


@pytest.mark.long
def test_eight_devices_give_the_same_bytes(small_run: Run, tmp_path: Path) -> None:
    assert tables_of(simulate(golden_scenario(), tmp_path / "run", devices=8)) == tables_of(small_run.folder)


@pytest.mark.long
def test_a_society_cut_over_two_devices_gives_the_same_bytes(small_run: Run, tmp_path: Path) -> None:
    cut = simulate(golden_scenario(), tmp_path / "run", devices=2, devices_per_world=2)
    assert tables_of(cut) == tables_of(small_run.folder)
    with pytest.raises(InputError, match="--devices-per-world: the devices are no whole number of groups; got 2"):
        simulate(golden_scenario(), tmp_path / "odd", devices=3, devices_per_world=2)
    assert not (tmp_path / "odd").exists()


def test_another_seed_gives_other_bytes(small_run: Run, tmp_path: Path) -> None:
    """Else the tests above could not fail."""
    other = simulate(changed(("rng_seed = 5", "rng_seed = 6")), tmp_path / "run", devices=1)
    assert not set(tables_of(other).values()) & set(tables_of(small_run.folder).values())


def test_a_run_stopped_anywhere_and_continued_gives_the_same_bytes(small_run: Run, tmp_path: Path) -> None:
    """Stopped in the first round, in the middle of the third day, at the end of a day, and in the second block."""
    scenario, out = golden_scenario(), tmp_path / "run"
    done = 0
    for rounds in (1, 2 * ROUNDS + 1, 2 + ROUNDS, DAYS * ROUNDS - 7):
        done += stopped_after(rounds, scenario, out, **CUT)
        parts = sorted(part.name for part in (out / "parts").iterdir())
        block = done // (DAYS * ROUNDS)
        assert parts == [*(f"block_{at:04d}.npz" for at in range(block)), f"block_{block:04d}.checkpoint.npz"]
        assert not (out / "daily.parquet").exists()
        assert json.loads((out / "manifest.json").read_text())["finished"] is False
    assert done > DAYS * ROUNDS
    asked = 0

    def stop() -> bool:
        nonlocal asked
        asked += 1
        return False

    simulate(scenario, out, stop=stop, **CUT)  # type: ignore[arg-type]
    assert asked == 4 * DAYS * ROUNDS - done, "nothing finished was done again"
    assert tables_of(out) == tables_of(small_run.folder)
    assert not (out / "parts").exists()


@pytest.mark.long
def test_lists_that_are_too_small_are_grown_and_change_nothing(tmp_path: Path) -> None:
    """A crowd comes in on one day: 40 worlds in a block outgrow their lists, 20 do not. The larger block is also
    stopped after it has grown, and goes on with lists of that size."""
    crowd = changed(("replicates = 2", "replicates = 20"), ("parameter_draws = 2", "parameter_draws = 0"), more=CROWD)
    crowd = crowd.model_copy(update={"variants": ()})
    told: list[Report] = []
    small = simulate(crowd, tmp_path / "small", devices=1, worlds_per_block=20, tell=told.append)
    assert not _restarts(told)
    told.clear()
    stopped_after(DAYS * ROUNDS, crowd, tmp_path / "large", devices=1, worlds_per_block=40, tell=told.append)
    assert len(_restarts(told)) == 1
    told.clear()
    large = simulate(crowd, tmp_path / "large", devices=1, worlds_per_block=40, tell=told.append)
    done = [report.done for report in told if report.phase == "simulating"]
    assert done[1] > 0, "it went on from where it was"
    assert not _restarts(told)
    assert tables_of(large) == tables_of(small)


def _restarts(told: list[Report]) -> list[Report]:
    days = [report for report in told if report.phase == "simulating"]
    return [after for before, after in itertools.pairwise(days) if after.done < before.done]


def test_everything_off_is_the_world_without_the_campaign_bit_for_bit(small_run: Run) -> None:
    table = pq.read_table(small_run.folder / "daily.parquet").to_pandas()
    worlds = {number: part.drop(columns="variant").reset_index(drop=True) for number, part in table.groupby("variant")}
    names = small_run.central.variant.to_numpy().tolist()
    none, design, same, off = (
        worlds[names.index(name)] for name in ("no campaign", "design", "nothing changed", "everything off")
    )
    assert off.equals(none)
    assert same.equals(design)
    assert not design.equals(none)
    assert len(none) == 4 * 2 * DAYS


def test_before_the_campaign_all_worlds_are_one(small_run: Run) -> None:
    """Same luck: until the first day of the campaign no variant differs from another, but for its parameters."""
    before = small_run.central.isel(day=slice(0, 3))
    for name in ("dau", "engaged", "claims", "activations", "media_yuan"):
        worlds = np.asarray(before[name].transpose("variant", ...))
        assert (worlds == worlds[:1]).all(), name
    after = small_run.central.isel(day=3).dau.sel(app="our app")
    assert (after.sel(variant="design") > after.sel(variant="no campaign")).all()


@pytest.mark.long
def test_chains_are_societies_of_their_own(tmp_path: Path) -> None:
    few = ("users = 800", "users = 300\ncount = 2")
    scenario = changed(few, ("replicates = 2", "replicates = 1"), ("parameter_draws = 2", "parameter_draws = 0"))
    run = read_run(simulate(scenario.model_copy(update={"variants": ()}), tmp_path / "run", devices=1))
    assert run.central.chain.to_numpy().tolist() == [0, 1]
    assert run.manifest["worlds"] == 4
    assert not np.array_equal(run.central.dau.isel(chain=0), run.central.dau.isel(chain=1))
    assert (run.central.dau.sel(app="our app") > 0).all()


def test_a_block_holds_all_variants_of_a_replicate_or_a_draw() -> None:
    worlds = Worlds(golden_scenario(), FACTS)
    plan = plan_of(worlds, 0, 1)
    assert plan.worlds_per_block == 20
    assert plan.blocks[0][:6] == (*(World(-1, 0, variant, 0) for variant in range(5)), World(-1, 0, 0, 1))
    assert plan.blocks[0][-1] == World(1, 0, 4, 0)
    assert [len(block) for block in plan_of(worlds, 0, 1, processes=3).blocks] == [7, 7, 6]
    cut = plan_of(worlds, 0, 8, 6)
    assert cut.worlds_per_block == 8  # a whole number of worlds for every device
    assert [len(block) for block in cut.blocks] == [8, 8, 4]
    assert sum(cut.blocks, ()) == plan.blocks[0]


def test_a_draw_that_cannot_be_run_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    """The central world fits; at the top of its range the dormant are more than the population."""
    wide = changed(("low = 12_000, high = 20_000", "low = 15_000, high = 90_000"))
    with pytest.raises(InputError) as error:
        simulate(wide, tmp_path / "run", devices=1)
    assert str(error.value).startswith("app.our_app.base: at parameter draw ")
    assert "are more people than the population" in str(error.value)
    assert "try: narrower ranges, or lower dau" in str(error.value)
    assert not (tmp_path / "run").exists()


def test_a_held_scenario_is_not_run(tmp_path: Path) -> None:
    held = changed(("rng_seed = 5", 'rng_seed = 5\nhold = "the defaults are not fixed yet"'))
    with pytest.raises(InputError) as error:
        simulate(held, tmp_path / "run", devices=1)
    assert str(error.value).startswith("run.hold: this design is held back")
    assert "the defaults are not fixed yet" in str(error.value)
    assert not (tmp_path / "run").exists()


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def refused(scenario: object, folder: Path, **told: bool) -> str:
    """What is said when the folder is refused; nothing in it may change."""
    before = contents(folder) if folder.is_dir() else folder.read_bytes()
    with pytest.raises(InputError) as error:
        simulate(scenario, folder, devices=1, **told)  # type: ignore[arg-type]
    assert before == (contents(folder) if folder.is_dir() else folder.read_bytes())
    return str(error.value)


def test_folders_that_are_not_ours_to_write_to_are_refused(small_run: Run, tmp_path: Path) -> None:
    scenario = golden_scenario()
    finished = refused(scenario, small_run.folder)
    assert finished.startswith("--out: holds a finished run; got ")
    assert finished.endswith("try: another folder, or --replace to run again")
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "diary.txt").write_text("mine")
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "manifest.json").write_text('{"name": "a web page"}')
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "manifest.json").write_text("{")
    for replace in (False, True):
        for name in ("notes", "app", "broken"):
            assert "holds something that is not a run" in refused(scenario, tmp_path / name, replace=replace)
        assert "is not a folder" in refused(scenario, tmp_path / "notes" / "diary.txt", replace=replace)


def test_a_run_of_another_scenario_or_another_cut_is_not_continued(tmp_path: Path) -> None:
    scenario, out = golden_scenario(), tmp_path / "run"
    RunFolder(out, scenario).prepare({"devices": 2, "worlds_per_block": 20})
    assert "holds the run of another scenario" in refused(changed(("rng_seed = 5", "rng_seed = 7")), out)
    found = refused(scenario, out)
    assert found.startswith("--devices: this run was begun on another number of devices; got 1; allowed: 2")


def test_what_is_replaced_stays_until_the_new_run_is_known_to_be_good(small_run: Run, tmp_path: Path) -> None:
    """A scenario that is refused removes nothing; one that is not makes room for itself, and for nothing else."""
    out = tmp_path / "run"
    out.mkdir()
    for name, content in contents(small_run.folder).items():
        (out / name).write_bytes(content)
    (out / "notes.json").write_text("mine")
    refused(changed(("low = 12_000, high = 20_000", "low = 15_000, high = 90_000")), out, replace=True)
    RunFolder(out, golden_scenario(), replace=True).prepare({"devices": 1, "worlds_per_block": 20})
    assert sorted(path.name for path in out.iterdir()) == ["manifest.json", "notes.json", "parts", "scenario.toml"]


def test_a_folder_left_before_the_first_line_was_written_is_a_new_one(tmp_path: Path) -> None:
    (tmp_path / "manifest.json.partial").write_text("{")
    RunFolder(tmp_path, golden_scenario()).prepare({"devices": 1, "worlds_per_block": 20})
    assert (tmp_path / "parts").is_dir()
