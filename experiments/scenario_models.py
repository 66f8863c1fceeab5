"""`Scenario`: a campaign file that is consistent, with its variants, its canonical form and its hash."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from pydantic import ValidationError, model_validator

from experiments.paths import matching, set_leaf, slug
from experiments.quantity import Quantity
from experiments.scenario_campaign import Variant
from experiments.scenario_checks import check_scenario
from experiments.scenario_errors import first_problem
from experiments.scenario_file import ScenarioFile
from experiments.tables import Place, closest, refuse
from experiments.toml_text import to_toml
from graphs.errors import InputError

__all__ = ["Scenario"]

NOT_IN_A_VARIANT = ("schema", "name", "title", "question", "run", "chain", "variant")
"""Variants are compared on the same chain, days and luck, so none may change these."""


class Scenario(ScenarioFile):
    """A campaign file whose tables agree and whose variants all work."""

    @model_validator(mode="after")
    def _consistent(self) -> Scenario:
        check_scenario(self)
        for index, variant in enumerate(self.variants):
            self._apply(variant, ("variant", index, "set"))
        return self

    def variant(self, name: str) -> Scenario:
        """The scenario with one variant's changes, checked again; InputError for an unknown name."""
        for index, variant in enumerate(self.variants):
            if name in (variant.name, slug(variant.name)):
                return self._apply(variant, ("variant", index, "set"))
        names = [variant.name for variant in self.variants]
        allowed = ", ".join(names) or "this scenario has no variants"
        raise InputError("unknown variant", value=name, allowed=allowed, cure=closest(name, names))

    def difference(self, name: str) -> list[tuple[str, Any, Any]]:
        """What a variant changes, (path, old, new); numbers bare unless only a range changed."""
        old, new = self.leaves(), self.variant(name).leaves()
        return [
            (path, *_shown(old[path].value, new[path].value))
            for path in old
            if not path.startswith("variant.") and old[path].value != new[path].value
        ]

    def canonical_json(self) -> str:
        """One text per scenario: defaults filled in, keys sorted; `Scenario.model_validate_json` reads it."""
        return json.dumps(self._plain(), sort_keys=True, ensure_ascii=False, separators=(",", ":"))

    def canonical_toml(self) -> str:
        """The resolved scenario as a campaign file that `load_scenario` reads."""
        return to_toml(self.model_dump(exclude_none=True))

    def sha256(self) -> str:
        """Hash of the canonical JSON: equal for two files that mean the same."""
        return hashlib.sha256(self.canonical_json().encode()).hexdigest()

    def _plain(self) -> dict[str, Any]:
        return self.model_dump(mode="json", exclude_none=True)

    def _apply(self, variant: Variant, loc: Place) -> Scenario:
        """Apply in JSON form, where dates are text on both sides, and validate the whole again."""
        data = self._plain()
        data.pop("variant", None)
        known = [path for path in self.leaves() if path.split(".")[0] not in NOT_IN_A_VARIANT]
        for pattern, value in variant.set.items():
            if pattern.split(".")[0] in NOT_IN_A_VARIANT:
                cure = "variants share chain, days and luck; write a second scenario file"
                raise refuse("a variant cannot change this", loc=(*loc, pattern), cure=cure)
            paths = matching(pattern, known)
            if not paths:
                raise refuse("no such path in this scenario", loc=(*loc, pattern), cure=closest(pattern, known))
            for path in paths:
                set_leaf(data, path, value)
        return _validated(data, variant, loc)


def _validated(data: dict[str, Any], variant: Variant, loc: Place) -> Scenario:
    try:
        return Scenario.model_validate(data)
    except ValidationError as error:
        problem = first_problem(error, data)
        place = problem.field
        changed = next((path for path in variant.set if place in matching(path, [place])), None)
        changed = changed or next(iter(variant.set))
        raise refuse(
            f"with this variant {place}: {problem.what}",
            loc=(*loc, changed),
            value=problem.value,
            allowed=problem.allowed,
            cure=problem.cure,
        ) from None


def _shown(old: Any, new: Any) -> tuple[Any, Any]:
    if isinstance(old, Quantity) and isinstance(new, Quantity) and old.value == new.value:
        return old.model_dump(), new.model_dump()
    return tuple(part.value if isinstance(part, Quantity) else part for part in (old, new))  # type: ignore[return-value]
