"""The docs run: code blocks execute, commands and options exist, links resolve, the map is complete."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.reference import REFERENCE, reference

PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
FENCE = re.compile(r"^```(\w*)[^\n]*\n(.*?)^```$", flags=re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


def blocks(page: Path, language: str) -> list[tuple[int, str]]:
    """(line of the first line of code, code) of every fenced block in this language."""
    text = text_of(page)
    found = [match for match in FENCE.finditer(text) if match[1] == language]
    return [(text.count("\n", 0, match.start(2)) + 1, match[2]) for match in found]


def pages_with(language: str) -> list[Path]:
    return [page for page in PAGES if blocks(page, language)]


def commands(page: Path, program: str) -> list[list[str]]:
    """The lines of the page's console blocks that call ``program``, split as a shell would."""
    lines = [line for _, code in blocks(page, "console") for line in code.replace("\\\n", " ").splitlines()]
    typed = [shlex.split(line.removeprefix("$ "), comments=True) for line in lines if line.startswith("$ ")]
    return [words for words in typed if words and words[0] == program]


@cache
def help_text(*subcommand: str) -> str:
    """What ``growth <subcommand> --help`` prints; fails where there is no such command."""
    call = [sys.executable, "-c", "from experiments.cli import main; main()", *subcommand, "--help"]
    wide = {"COLUMNS": "250", "TERM": "dumb", "NO_COLOR": "1", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(call, capture_output=True, text=True, env=wide, check=False)
    assert done.returncode == 0, f"growth {' '.join(subcommand)} --help: {done.stderr}"
    return done.stdout


@pytest.mark.parametrize("page", pages_with("python"), ids=name_of)
def test_python_blocks_run(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the order of the page, in one namespace, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    namespace: dict[str, object] = {"__name__": name_of(page)}
    for line, code in blocks(page, "python"):
        exec(compile("\n" * (line - 1) + code, str(page), "exec"), namespace)


@pytest.mark.parametrize("page", pages_with("console"), ids=name_of)
def test_commands_and_their_options_exist(page: Path) -> None:
    for words in commands(page, "growth"):
        arguments = [word for word in words[1:] if not word.startswith("-")]
        options = {word.partition("=")[0] for word in words[1:] if word.startswith("-")} - {"--help"}
        shown = help_text(*arguments[: 2 if arguments[:1] == ["chain"] else 1])
        missing = [option for option in options if not re.search(rf"(?<![\w-]){option}(?![\w-])", shown)]
        assert not missing, f"growth {' '.join(words[1:])}: no option {missing}"
        for path in (word for word in arguments[1:] if word.startswith("experiments/")):
            assert (ROOT / path).exists(), f"{path} is not there"


@pytest.mark.parametrize("page", pages_with("console"), ids=name_of)
def test_make_targets_exist(page: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))
    named = {word for words in commands(page, "make") for word in words[1:] if "=" not in word}
    assert named <= targets


def test_the_readme_shows_commands() -> None:
    """The tests above loop over what is found: finding nothing must not pass."""
    assert commands(ROOT / "README.md", "make")
    assert commands(ROOT / "README.md", "growth")


def anchors(page: Path) -> set[str]:
    """Heading anchors as GitHub makes them."""
    titles = re.findall(r"^#+ (.+)$", FENCE.sub("", text_of(page)), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_relative_links_resolve(page: Path) -> None:
    for link in LINK.findall(FENCE.sub("", text_of(page))):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), f"{name_of(page)}: {link} is not there"
        assert not anchor or anchor in anchors(target), f"{name_of(page)}: no heading for {link}"


def test_the_map_names_every_page() -> None:
    linked = set(LINK.findall(text_of(ROOT / "docs" / "index.md")))
    assert {page.name for page in (ROOT / "docs").glob("*.md")} - {"index.md"} <= linked
    assert "docs/index.md" in LINK.findall(text_of(ROOT / "README.md"))


def test_the_reference_is_made_from_the_source() -> None:
    assert text_of(REFERENCE) == reference(), "run: make reference"


def test_every_dependency_is_explained_and_pinned() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = project["dependencies"] + [name for extra in project["optional-dependencies"].values() for name in extra]
    names = {re.split(r"[<>=!~ ]", requirement)[0] for requirement in wanted}
    explained = re.findall(r"^\| `([\w-]+)` \|", text_of(ROOT / "docs" / "dependencies.md"), flags=re.MULTILINE)
    locks = "".join((ROOT / name).read_text() for name in ("requirements.lock", "bench.lock"))
    pinned = re.findall(r"^([\w.-]+)==", locks, flags=re.MULTILINE)
    assert sorted(explained) == sorted(names)
    assert names <= {name.lower() for name in pinned}


def test_the_changelog_tells_of_this_version() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    heads = re.findall(r"^## \[?([\w.]+)", text_of(ROOT / "CHANGELOG.md"), flags=re.MULTILINE)
    assert heads[0] == version
