"""The project's own source as text and syntax trees, read once for the tests of the house."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from tests.conftest import ROOT

__all__ = ["FLOORS", "Definition", "Module", "import_graph", "modules_of_tests", "package_modules"]

FLOORS = ("graphs", "growth", "experiments")  # imports run from the right to the left, never back

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@dataclass(frozen=True)
class Module:
    """One Python file: ``name`` is dotted (a package by its folder), ``path`` is relative to the root."""

    path: Path

    @property
    def name(self) -> str:
        parts = self.path.with_suffix("").parts
        return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)

    @cached_property
    def text(self) -> str:
        return (ROOT / self.path).read_text(encoding="utf-8")

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, str(self.path))

    @property
    def floor(self) -> str:
        return self.path.parts[0]

    @property
    def lines(self) -> int:
        return len(self.text.splitlines())

    def functions(self) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
        for node in ast.walk(self.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield node

    def imports(self) -> Iterator[str]:
        """What is imported, wherever it stands: ``a.b`` for import a.b, ``a.b.c`` for from a.b import c."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                base = self._base(node)
                yield from (f"{base}.{alias.name}" for alias in node.names)

    def _base(self, node: ast.ImportFrom) -> str:
        if not node.level:
            return node.module or ""
        folder = self.path.parent.parts
        above = folder[: len(folder) - node.level + 1]
        return ".".join((*above, node.module) if node.module else above)

    def exported(self) -> list[str] | None:
        """The names in ``__all__``, in the order written, or None where there is none."""
        for node in self.tree.body:
            if isinstance(node, ast.Assign) and "__all__" in _targets(node):
                names: list[str] = ast.literal_eval(node.value)
                return names
        return None

    def constants(self) -> set[str]:
        """Names assigned at the top of this file."""
        nodes = (node for node in self.tree.body if isinstance(node, ast.Assign | ast.AnnAssign))
        return {name for node in nodes for name in _targets(node)}

    def public(self) -> set[str]:
        """Functions and classes of this file whose names have no underscore."""
        defined = (node.name for node in self.tree.body if isinstance(node, Definition))
        return {name for name in defined if not name.startswith("_")}


def _targets(node: ast.Assign | ast.AnnAssign) -> list[str]:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    return [name.id for target in targets for name in ast.walk(target) if isinstance(name, ast.Name)]


def _modules(folders: tuple[str, ...]) -> list[Module]:
    files = (path for folder in folders for path in sorted((ROOT / folder).rglob("*.py")))
    return [Module(path.relative_to(ROOT)) for path in files]


def package_modules() -> list[Module]:
    """Every Python file of the three packages."""
    return _modules(FLOORS)


def modules_of_tests() -> list[Module]:
    """Every Python file under tests/."""
    return _modules(("tests",))


def import_graph(modules: list[Module]) -> dict[str, set[str]]:
    """Module name -> names of the modules it imports, among ``modules`` only."""
    names = {module.name for module in modules}
    graph: dict[str, set[str]] = {}
    for module in modules:
        seen = set()
        for imported in module.imports():
            owner = imported.rpartition(".")[0]
            seen.add(imported if imported in names else owner)
        graph[module.name] = seen & names - {module.name}
    return graph
