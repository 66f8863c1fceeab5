"""The command line as a user meets it: help, the way from a new file to a report, bad input, Ctrl-C."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from experiments.init import template
from tests.conftest import ROOT
from tests.experiments.growth_command import Growth
from tests.golden.write import FOLDER
from tests.small_run import BYTES, tables_of

COMMANDS = ("init", "validate", "schema", "run", "report", "compare", "check", "bench")
LONG = (
    ("days = 6", "days = 400"),
    ("replicates = 2", "replicates = 1"),
    ("parameter_draws = 2", "parameter_draws = 1"),
)  # fmt: skip


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def growth(tmp_path: Path, cache: Path) -> Growth:
    return Growth(tmp_path, cache)


@pytest.fixture(scope="module")
def long_run(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Path:
    """A folder with `long.toml`, the golden campaign over 400 days without variants, and its run in `run`."""
    text = (FOLDER / "scenario.toml").read_text(encoding="utf-8").replace("our app", "yuanbao")
    for old, new in LONG:
        assert text.count(old) == 1
        text = text.replace(old, new)
    folder = tmp_path_factory.mktemp("long")
    (folder / "long.toml").write_text(text[: text.index("[[variant]]")], encoding="utf-8")
    done = Growth(folder, cache)("run", "long.toml", "--out", "run", "--devices", "1")
    assert (done.returncode, done.stdout.strip()) == (0, f"report: {Path('run') / 'report.html'}"), done.stderr
    return folder


def test_help_of_every_command(growth: Growth) -> None:
    whole = growth("--help")
    assert whole.returncode == 0
    assert all(re.search(rf"^\W*{name}\b", whole.stdout, flags=re.MULTILINE) for name in COMMANDS)
    for name in COMMANDS:
        done = growth(name, "--help")
        assert (done.returncode, done.stderr) == (0, "")
        assert f"Usage: growth {name}" in done.stdout


def test_help_is_quick_and_imports_nothing_slow() -> None:
    """The figure that counts is measured elsewhere; this bound holds on a loaded machine."""
    show = "import sys; sys.argv = ['growth', '--help']\nfrom experiments.cli import main\n"
    look = "try: main()\nfinally: print(*{name.split('.')[0] for name in sys.modules}, file=sys.stderr)"
    took = []
    for _ in range(2):
        start = time.monotonic()
        done = subprocess.run([sys.executable, "-c", show + look], cwd=ROOT, capture_output=True, text=True, check=True)
        took.append(time.monotonic() - start)
    assert "Usage: growth" in done.stdout
    assert not {"jax", "numpy", "scipy", "pandas", "xarray", "pyarrow", "igraph", "plotly"} & set(done.stderr.split())
    assert min(took) < 3


def test_from_a_new_file_to_a_valid_one(growth: Growth) -> None:
    made = growth("init", "mine.toml")
    assert (made.returncode, made.stderr) == (0, "")
    assert made.stdout.splitlines() == ["wrote mine.toml", "next: growth validate mine.toml, then growth run mine.toml"]
    checked = growth("validate", "mine.toml")
    assert checked.returncode == 0
    assert checked.stdout.startswith("mine.toml: valid. mine, 2026-02-16 to 2026-04-10\napps: our app; variants: half")
    shown = growth("validate", "mine.toml", "--difference", "half the packet")
    assert shown.stdout == "reward.packet.mean_yuan: 0.8 -> 0.4\n"
    again = growth("init", "mine.toml")
    assert (again.returncode, again.stderr) == (2, "error: FILE: exists already; got 'mine.toml'; try: another name\n")
    schema = growth("schema")
    assert json.loads(schema.stdout)["additionalProperties"] is False


def test_lists_of_checks_and_benchmarks(growth: Growth) -> None:
    for command, entry in (("check", "retention"), ("bench", "campaign")):
        listed = growth(command)
        assert listed.returncode == 0
        assert re.search(rf"^growth {command} {entry}: \S", listed.stdout, flags=re.MULTILINE)
        unknown = growth(command, "nonsense")
        assert unknown.returncode == 2
        assert unknown.stderr.startswith(f"error: growth {command}: unknown name; got 'nonsense'; allowed: ")
        assert entry in unknown.stderr


def test_a_check_prints_its_rows_as_a_table_and_as_json(growth: Growth) -> None:
    told = growth("check", "retention", "--json")
    assert told.returncode == 0
    rows = json.loads(told.stdout)
    assert list(rows[0]) == ["id", "metric", "low", "high", "value", "ok", "role", "grade", "source"]
    table = growth("check", "retention").stdout
    assert max(map(len, table.splitlines())) <= 100
    assert all(row["id"] in table for row in rows)
    assert f"  1  {rows[0]['source']}" in table


TEMPLATE = template("mine")
BAD = {
    "misspelt key": (("fixed_yuan", "fixd_yuan"), "campaign.fixd_yuan: unknown key; ", "did you mean 'fixed_yuan'?"),
    "probability of 1.3": (
        ("response_dormant = 0.01", "response_dormant = 1.3"),
        "reach.launch_advertising.response_dormant: out of range; got 1.3; ", "allowed: 0 to 1 (probability)",
    ),
    "negative budget": (
        ("total_yuan = 1_000_000", "total_yuan = -1"),
        "pool.cash.total_yuan: out of range; got -1; ", "at least 0 (yuan)",
    ),
    "end before start": (
        ("end = 2026-03-11", "end = 2026-03-01"), "campaign.end: ends before it starts; got '2026-03-01'; ", "or later",
    ),
    "no such path": (
        ('"reward.packet.mean_yuan"', '"reward.packet.meen_yuan"'),
        'variant.half_the_packet.set."reward.packet.meen_yuan": no such path in this scenario; ',
        "did you mean 'reward.packet.mean_yuan'?",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_a_bad_number_is_one_line_and_nothing_is_written(case: str, growth: Growth) -> None:
    (old, new), what, cure = BAD[case]
    assert TEMPLATE.count(old) == 1
    (growth.folder / "mine.toml").write_text(TEMPLATE.replace(old, new), encoding="utf-8")
    line = TEMPLATE[: TEMPLATE.index(old)].count("\n") + 1
    found = refused(growth, "run", "mine.toml", kept={"mine.toml"})
    assert found.startswith(f"error: mine.toml:{line}: {what}")
    assert cure in found


def refused(growth: Growth, *arguments: str, kept: set[str]) -> str:
    """What is said in one line on stderr with exit code 2; the folder keeps its files and gets none."""
    done = growth(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    assert "Traceback" not in done.stderr
    assert {path.name for path in growth.folder.iterdir()} == kept
    return done.stderr


EDGES = {
    "missing column": (b"a,b\n1,2\n", "friends.csv: source: no such column; ", "allowed: 'a', 'b'"),
    "negative id": (b"source,target\n1,2\n3,-4\n", "friends.csv:3: ", "-4"),
    "empty file": (b"", "friends.csv: ", "empty"),
    "binary file": (b"\x00\x01\x02\xff\xfe" * 40, "friends.csv", "binary"),
}


@pytest.mark.parametrize("case", EDGES)
def test_a_bad_edge_list_is_one_line_and_nothing_is_written(case: str, growth: Growth) -> None:
    content, place, word = EDGES[case]
    (growth.folder / "friends.csv").write_bytes(content)
    start, end = TEMPLATE.index('kind = "foci"'), TEMPLATE.index("[[app]]")
    columns = 'source_column = "source"\ntarget_column = "target"\n'
    chain = f'kind = "file"\npath = "friends.csv"\npopulation = 2_000_000\n{columns}\n'
    (growth.folder / "mine.toml").write_text(TEMPLATE[:start] + chain + TEMPLATE[end:], encoding="utf-8")
    found = refused(growth, "run", "mine.toml", kept={"mine.toml", "friends.csv"})
    assert found.startswith("error: ")
    assert place in found
    assert word in found


def test_files_and_folders_that_are_no_campaign_and_no_run(growth: Growth) -> None:
    for name, content, word in (("empty.toml", b"", "is empty"), ("binary.toml", b"ab\n\x00\x01", "is a binary file")):
        (growth.folder / name).write_bytes(content)
        kept = {path.name for path in growth.folder.iterdir()}
        assert word in refused(growth, "validate", name, kept=kept)
    assert "no such file" in refused(growth, "compare", "none.toml", kept=kept)
    assert "holds no run" in refused(growth, "report", ".", kept=kept)


def test_what_the_system_refuses_is_one_line_too(growth: Growth) -> None:
    found = refused(growth, "init", "a" * 300 + ".toml", kept=set())
    assert found == f"error: {'a' * 300}.toml: File name too long\n"


def test_a_mistyped_option_is_two_lines_or_three_and_code_two(growth: Growth) -> None:
    for arguments in (
        ("run", "mine.toml", "--devces", "2"),
        ("run", "mine.toml", "--devices", "0"),
        ("rum",),
        ("run",),
    ):
        done = growth(*arguments)
        assert (done.returncode, done.stdout) == (2, "")
        assert "Traceback" not in done.stderr
        assert len(done.stderr.strip().splitlines()) <= 6
        assert any(word in done.stderr for word in ("--devces", "--devices", "rum", "FILE"))


def test_a_run_ends_in_tables_a_summary_and_a_report(long_run: Path) -> None:
    names = {path.name for path in (long_run / "run").iterdir()}
    assert names == {*BYTES, "chain.json", "scenario.toml", "manifest.json", "summary.json", "report.html"}
    assert json.loads((long_run / "run" / "summary.json").read_text(encoding="utf-8"))
    assert len((long_run / "run" / "report.html").read_text(encoding="utf-8")) > 100_000


def test_report_writes_the_report_again(long_run: Path, cache: Path) -> None:
    page = long_run / "run" / "report.html"
    before = page.read_bytes()
    page.unlink()
    done = Growth(long_run, cache)("report", "run")
    assert (done.returncode, done.stderr.replace("writing the report", "").strip()) == (0, "")
    assert page.read_bytes() == before


def test_compare_prints_reported_beside_simulated_without_running_again(long_run: Path, cache: Path) -> None:
    growth = Growth(long_run, cache)
    modified = (long_run / "run" / "daily.parquet").stat().st_mtime_ns
    table, told = (
        growth("compare", "long.toml", "--out", "run"),
        growth("compare", "long.toml", "--out", "run", "--json"),
    )
    assert (table.returncode, told.returncode) == (0, 0)
    assert (long_run / "run" / "daily.parquet").stat().st_mtime_ns == modified
    every = json.loads(told.stdout)
    assert [row["variant"] for row in every["variants"] if row["variant"] not in table.stdout] == []
    rows = {row["id"]: row for row in every["reported"]}
    assert {"low", "high", "role", "mc_low", "param_high", "source"} <= set(rows["day1_dau_multiple"])
    lines = table.stdout.rstrip().splitlines()
    sources = lines[max(at for at, line in enumerate(lines) if not line.strip()) + 1 :]
    assert max(len(line) for line in lines if line not in sources) <= 100
    headings = ["metric", "reported", "simulated", "Monte Carlo", "parameters", "inside", "grade", "source"]
    assert [heading for heading in headings if heading not in table.stdout] == []
    assert [line.split(maxsplit=1)[1] for line in sources] == list(
        dict.fromkeys(row["source"] for row in rows.values())
    )


def test_a_finished_run_is_not_run_over(long_run: Path, cache: Path) -> None:
    before = tables_of(long_run / "run")
    done = Growth(long_run, cache)("run", "long.toml", "--out", "run")
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].startswith("error: --out: holds a finished run; got 'run'; ")
    assert tables_of(long_run / "run") == before


def test_ctrl_c_keeps_what_is_done_and_the_same_command_ends_with_the_same_bytes(long_run: Path, cache: Path) -> None:
    growth = Growth(long_run, cache)
    command = ("run", "long.toml", "--out", "stopped", "--devices", "1")
    with growth.start(*command) as process:
        process.wait_for("days of blocks")
        process.wait_for("days of blocks")  # the next tenth is done
        seconds, code = process.interrupt()
    assert code == 130, process.said
    assert seconds < 2
    *_, last = process.said.strip().splitlines()
    assert last == "interrupted; what was finished is kept in stopped. To go on: the same command again"
    assert "Traceback" not in process.said
    assert [path.name for path in (long_run / "stopped" / "parts").iterdir()] == ["block_0000.checkpoint.npz"]
    again = growth(*command)
    assert again.returncode == 0, again.stderr
    assert tables_of(long_run / "stopped") == tables_of(long_run / "run")


@pytest.mark.parametrize("phase", ["building the chain", "simulating 0"])
def test_ctrl_c_before_the_first_day_ends_within_two_seconds(phase: str, long_run: Path, tmp_path: Path) -> None:
    """While a large chain is built, and while the engine is compiled into an empty cache."""
    text = (long_run / "long.toml").read_text(encoding="utf-8")
    if phase == "building the chain":
        large = {"users = 800": "users = 600_000", "80_000": "6_000_000", "mean_degree = 20": "mean_degree = 100"}
        for old, new in large.items():
            text = text.replace(old, new)
    (tmp_path / "early.toml").write_text(text, encoding="utf-8")
    with Growth(tmp_path, tmp_path / "cache").start("run", "early.toml", "--devices", "1") as process:
        process.wait_for(phase)
        seconds, code = process.interrupt()
    assert code == 130, process.said
    assert seconds < 2
    assert process.said.strip().splitlines()[-1].startswith("interrupted; what was finished is kept in runs")
    assert "Traceback" not in process.said
