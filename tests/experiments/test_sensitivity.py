"""Which unknown matters, on the small town: inert parameters are found inert, the strong one first."""

from __future__ import annotations

import pytest

from experiments.known_answers import known_answer
from experiments.kpi_list import KPIS
from experiments.sensitivity import ranged, sensitivity, sensitivity_rows
from graphs.errors import InputError

SPEND = next(kpi for kpi in KPIS if kpi.id == "spend")


@pytest.mark.long
def test_what_cannot_matter_does_not_and_what_must_does() -> None:
    """Spend of the small town: the store share prices nothing, fixed costs are a line of it."""
    scenario = known_answer("small_town")
    wanted = ["campaign.fixed_yuan", "behaviour.install.ios_store_share", "reward.packet.mean_yuan"]
    found = sensitivity(scenario, SPEND, parameters=wanted, points=8, replicates=1)
    rows = {row["parameter"]: row for row in sensitivity_rows(scenario, found)}
    inert = rows["behaviour.install.ios_store_share"]
    assert inert["total"] < 0.01
    assert inert["total_low"] <= 0 <= inert["total_high"]
    assert next(iter(rows)) != "behaviour.install.ios_store_share"
    fixed = rows["campaign.fixed_yuan"]
    assert fixed["at_high"] - fixed["at_low"] == pytest.approx(15_000)
    assert fixed["effect"] == pytest.approx(15_000)


def test_names_are_checked() -> None:
    scenario = known_answer("small_town")
    assert "reach.ads.response_new" in ranged(scenario, ["reach.*.response_new"])
    with pytest.raises(InputError, match="no number of that name has a range"):
        ranged(scenario, ["reach.ads.people_per_day"])
    with pytest.raises(InputError, match="unknown variant"):
        sensitivity(scenario, SPEND, variant="other", points=2)
