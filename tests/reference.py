"""Writes docs/reference.md: every public name with the first sentence of its docstring (make reference)."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from tests.conftest import ROOT
from tests.source import FLOORS, Definition, Module, package_modules

__all__ = ["REFERENCE", "reference"]

REFERENCE = ROOT / "docs" / "reference.md"

HEAD = """# Reference

Every public name, floor by floor, with the first sentence of its docstring. Made from the source by
`make reference`; the docstrings themselves give shapes, units, errors and sources.
"""


def first_sentence(node: ast.Module | Definition) -> str:
    """The docstring's first paragraph up to its first full stop, on one line; "e.g." does not end it."""
    paragraph = (ast.get_docstring(node) or "").split("\n\n")[0]
    line = " ".join(paragraph.split())
    return re.split(r"(?<=[^.]{3}\.)\s", line)[0]


def entries(module: Module) -> Iterator[str]:
    names = set(module.exported() or ())
    constants = [name for name in module.exported() or () if name in module.constants()]
    for node in module.tree.body:
        if isinstance(node, Definition) and node.name in names:
            yield f"- `{node.name}`: {first_sentence(node)}"
    if constants:
        yield "- constants: " + ", ".join(f"`{name}`" for name in constants)


def reference() -> str:
    """The whole page as Markdown."""
    page = [HEAD]
    for floor in reversed(FLOORS):
        page.append(f"## {floor}/\n")
        for module in package_modules():
            lines = list(entries(module)) if module.floor == floor else []
            if lines:
                page.append("\n".join([f"### `{module.path}`", "", first_sentence(module.tree), "", *lines, ""]))
    return "\n".join(page)


if __name__ == "__main__":
    REFERENCE.write_text(reference(), encoding="utf-8")
