"""Retention of the default laws in closed form, beside the published rows they were set to (no evidence)."""

from __future__ import annotations

from typing import Any

from experiments.defaults import load_defaults
from experiments.laws import app_law
from experiments.validation.rows import row

__all__ = ["retention"]

_ROWS = ((1, 0.58, 0.72), (3, 0.38, 0.46), (7, 0.225, 0.275), (15, 0.15, 0.18), (30, 0.115, 0.141))
_SOURCE = "asiaict.com/ai/13883.html, mainstream AI apps in China, January and February 2026"


def retention() -> list[dict[str, Any]]:
    """D1 to D30 and base inflow of the default laws, in closed form."""
    law = app_law({name: number.value for name, number in load_defaults().items()})
    rows = [
        row(
            f"ai_app_d{age}",
            f"retention_on({age}) of an organic activation",
            float(law.active[age]),
            low=low,
            high=high,
            role="set",
            grade="S2",
            source=_SOURCE,
        )
        for age, low, high in _ROWS
    ]
    inflow = law.inflow(7.68e6) / 1e6
    rows.append(
        row(
            "base_inflow",
            "activations a day in the standing world of Yuanbao, millions",
            inflow,
            low=0.2,
            high=0.3,
            role="set",
            grade="derived",
            source="solved from base DAU 7.68 m (QuestMobile, 31 January 2026)",
        )
    )
    return rows
