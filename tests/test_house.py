"""The rules of the house: who imports whom, how long things are, what has a name, where chance comes from."""

from __future__ import annotations

import ast
import re
import statistics
import subprocess
import sys
import textwrap
from graphlib import CycleError, TopologicalSorter

import pytest

from tests.conftest import ROOT
from tests.source import FLOORS, Module, import_graph, modules_of_tests, package_modules

PACKAGES = package_modules()
EVERYTHING = PACKAGES + modules_of_tests()

MAX_FILE = 350  # lines
MAX_MEDIAN_FILE = 200
MAX_FUNCTION = 70

TOP_FOLDERS = {"graphs", "growth", "experiments", "tests", "docs", ".ci"}
MADE_FOLDERS = {".git", ".venv", ".cache", ".hypothesis", "runs", "build", "dist", "__pycache__"}
HOMELESS = {"utils", "util", "helpers", "misc", "common"}  # a name that says nothing about what is inside
SLOW_TO_IMPORT = {"jax", "igraph", "pandas", "plotly", "pyarrow", "scipy", "xarray"}
CHANCE = ("jax.random", "numpy.random", "random", "secrets")  # every source of random numbers in reach


def assert_none(found: list[str]) -> None:
    """Fail with every finding on a line of its own."""
    assert not found, "\n" + "\n".join(found)


def docs_text() -> str:
    return "\n".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "docs").glob("*.md")))


def imports_of(module: Module, package: str) -> list[str]:
    return [name for name in module.imports() if name == package or name.startswith(f"{package}.")]


def test_every_package_has_modules() -> None:
    """Every test below loops over files: an empty list would pass them all."""
    assert {module.floor for module in PACKAGES} == set(FLOORS)


def test_imports_run_downward() -> None:
    above = {floor: FLOORS[level + 1 :] for level, floor in enumerate(FLOORS)}
    up = [f"{m.path} imports {i}" for m in PACKAGES for floor in above[m.floor] for i in imports_of(m, floor)]
    up += [f"{m.path} imports {i}" for m in PACKAGES for i in imports_of(m, "tests")]
    assert_none(up)


def test_no_modules_import_each_other_in_a_circle() -> None:
    try:
        TopologicalSorter(import_graph(PACKAGES)).prepare()
    except CycleError as circle:
        pytest.fail(" <- ".join(circle.args[1]))


@pytest.mark.parametrize(("library", "home"), [("plotly", "experiments"), ("igraph", "graphs")])
def test_library_stays_on_its_floor(library: str, home: str) -> None:
    assert_none([str(m.path) for m in PACKAGES if m.floor != home and imports_of(m, library)])
    assert [m for m in PACKAGES if imports_of(m, library)], f"{library} is used nowhere: drop it"


def test_chance_comes_from_streams_or_graphs() -> None:
    strangers = [m for m in PACKAGES if m.floor != "graphs" and m.name != "growth.streams"]
    found = [f"{m.path}: {source}" for m in strangers for source in CHANCE if imports_of(m, source)]
    for module in strangers:
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Attribute) and ast.unparse(node) in {
                "jax.random",
                "np.random",
                "numpy.random",
            }:
                found.append(f"{module.path}:{node.lineno}: {ast.unparse(node)}")
    assert_none(found)


def test_files_are_short() -> None:
    long = [f"{m.path}: {m.lines} lines" for m in EVERYTHING if m.lines > MAX_FILE]
    assert_none(long)
    assert statistics.median(m.lines for m in PACKAGES) < MAX_MEDIAN_FILE


def test_functions_fit_a_screen() -> None:
    long = []
    for module in EVERYTHING:
        for function in module.functions():
            length = (function.end_lineno or function.lineno) - function.lineno + 1
            if length > MAX_FUNCTION:
                long.append(f"{module.path}:{function.lineno}: {function.name} has {length} lines")
    assert_none(long)


def test_every_file_says_what_is_in_it_on_its_first_line() -> None:
    silent = [str(m.path) for m in EVERYTHING if not ast.get_docstring(m.tree) or m.tree.body[0].lineno != 1]
    assert_none(silent)


def ruff_order(name: str) -> tuple[bool, bool, str]:
    """Constants, then classes, then functions, each by the alphabet: as `ruff check --fix` writes them."""
    return not name.isupper(), not name[0].isupper(), name


def test_exported_names_are_sorted_and_complete() -> None:
    wrong = []
    for module in PACKAGES:
        exported = module.exported()
        if exported is None:
            continue
        if exported != (right := sorted(set(exported), key=ruff_order)):
            wrong.append(f"{module.path}: write __all__ = {right}")
        if missing := module.public() - set(exported):
            wrong.append(f"{module.path}: not in __all__, and without underscore: {sorted(missing)}")
        imported = {name.rpartition(".")[2] for name in module.imports()}
        if unknown := set(exported) - module.public() - module.constants() - imported:
            wrong.append(f"{module.path}: in __all__ but not there: {sorted(unknown)}")
    assert_none(wrong)


def test_no_file_has_a_name_that_says_nothing() -> None:
    assert_none([str(m.path) for m in EVERYTHING if m.path.stem in HOMELESS])


def test_folders_with_modules_are_packages() -> None:
    folders = {m.path.parent for m in EVERYTHING}
    assert_none([str(folder) for folder in folders if not (ROOT / folder / "__init__.py").is_file()])


def test_only_known_folders_at_the_top() -> None:
    found = {path.name for path in ROOT.iterdir() if path.is_dir() and path.suffix != ".egg-info"}
    assert found - MADE_FOLDERS == TOP_FOLDERS


def test_nothing_leans_on_the_workplace_or_is_left_to_do() -> None:
    # Written in pieces, so that this file does not find itself.
    banned = re.compile("|".join([r"\.\." + "/shared", r"(?<![\w.])/" + r"work/", "TO" + "DO", "FIX" + "ME", "X" * 3]))
    suffixes = {".py", ".md", ".toml", ".csv", ".html"}
    files = [path for top in TOP_FOLDERS for path in (ROOT / top).rglob("*") if path.suffix in suffixes]
    files += [path for path in ROOT.iterdir() if path.is_file() and path.suffix in suffixes]
    files += [ROOT / "Makefile", ROOT / ".ci" / "run"]
    found = []
    for path in files:
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            if banned.search(line):
                found.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()}")
    assert_none(found)


def test_the_command_line_answers_before_slow_libraries_load() -> None:
    code = "import sys, experiments.cli; print(*sorted(name for name in sys.modules if '.' not in name))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert not SLOW_TO_IMPORT & set(done.stdout.split())


def test_docs_name_every_public_name_of_growth() -> None:
    text = docs_text()
    named = set(re.findall(r"`([A-Za-z_][\w.]*)(?:\([^`]*\))?`", text))
    unnamed = []
    for module in PACKAGES:
        exported = module.exported() or []
        missing = [name for name in exported if name not in named and f"{module.name}.{name}" not in named]
        if module.floor == "growth" and missing:
            unnamed.append(f"{module.path}: {missing}")
    assert_none(unnamed)  # cure: make reference


def test_growth_modules_say_what_is_public() -> None:
    """Without this, a module with no __all__ would escape the test above."""
    silent = [str(m.path) for m in PACKAGES if m.floor == "growth" and m.public() and m.exported() is None]
    assert_none(silent)


def order_of_the_day() -> str:
    """The numbered list in the docstring of growth/day.py, each step with its continuation lines."""
    day = ROOT / "growth" / "day.py"
    assert day.is_file(), "growth/day.py, where the order of a day is written, is not there"
    docstring = textwrap.dedent(
        "\n" + (ast.get_docstring(ast.parse(day.read_text(encoding="utf-8")), clean=True) or "")
    )
    lines = docstring.splitlines()
    steps = [number for number, line in enumerate(lines) if re.match(r" *\d+\. ", line)]
    assert steps, "growth/day.py has no numbered list in its docstring"
    end = next((n for n in range(steps[-1], len(lines)) if not lines[n].strip()), len(lines))
    return textwrap.dedent("\n".join(lines[steps[0] : end]))


def test_the_order_of_a_day_is_written_once_and_quoted() -> None:
    quoted = order_of_the_day()
    numbers = [int(number) for number in re.findall(r"^ *(\d+)\. ", quoted, flags=re.MULTILINE)]
    assert numbers == list(range(1, 9))
    assert quoted in (ROOT / "docs" / "model.md").read_text(encoding="utf-8")
