"""The prediction: what is counted by the hour, and that nobody moves a default after it. The design is not run here."""

from __future__ import annotations

import hashlib
from importlib import resources

import numpy as np
import pytest

from experiments.in_memory import InMemory
from experiments.scenario import Scenario
from experiments.validation import prediction as module
from experiments.validation.prediction import frozen_defaults, hour_counts, refuse_thawed
from graphs.errors import InputError
from tests.golden.write import golden_scenario

DEFAULTS = resources.files("experiments") / "defaults"


def _small() -> Scenario:
    scenario = golden_scenario()
    run = scenario.run.model_copy(update={"parameter_draws": 2})
    return scenario.model_copy(update={"run": run, "variants": ()})


@pytest.mark.long
def test_hours_of_a_day_add_up_to_the_day() -> None:
    """After each round the day's count so far; after the last one, where the day's claims are all answered, that of the
    daily table. A block of three worlds is filled up with a fourth, which changes nothing."""
    memory, day = InMemory(_small()), 5
    counts = hour_counts(memory, "first_claimers", day)
    data = memory.dataset(range(3), variants=["design"])
    daily = (
        data["first_claimers"].isel(variant=0, chain=0, draw=0, day=day).sel(app="our app").to_numpy()
        / memory.people_per_user
    )
    assert sorted(counts) == [(-1, 0), (-1, 1), (-1, 2)]
    for replicate, total in enumerate(daily):
        hours = counts[-1, replicate]
        assert len(hours) == memory.scenario.run.rounds_per_day
        assert (np.diff(hours) >= 0).all()
        assert hours[0] < hours[-1] == round(total) > 0


def test_defaults_are_those_that_were_frozen() -> None:
    frozen = frozen_defaults()
    assert set(frozen) == {"behaviour.toml", "mechanisms.toml", "serving.toml"}
    for name, known in frozen.items():
        assert hashlib.sha256((DEFAULTS / name).read_bytes()).hexdigest() == known
    refuse_thawed()


def test_other_defaults_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """The door, with a hash that is not the file's."""
    monkeypatch.setattr(module, "frozen_defaults", lambda: {"behaviour.toml": "0" * 64})
    with pytest.raises(InputError, match=r"behaviour\.toml: has changed since the prediction was made"):
        module.prediction(users=100)


@pytest.mark.long
def test_a_campaign_opens_at_its_hour() -> None:
    """At noon instead of midnight: nobody signs in for it before, and the rounds from noon on are those of the rule."""
    scenario = _small()
    late = scenario.model_copy(update={"campaign": scenario.campaign.model_copy(update={"start_hour": 12})})
    first_day = scenario.run.warm_up_days + (scenario.campaign.start - scenario.run.start).days
    signed, paid = [], []
    for one in (scenario, late):
        memory = InMemory(one)
        counts = hour_counts(memory, "sign_ins", first_day)
        data = memory.dataset(range(1), variants=["design"]).sel(app="our app")
        paid.append(float(data["paid_yuan"].isel(day=first_day).sum()))
        signed.append(counts[-1, 0])
    before = scenario.run.rounds_per_day // 2
    assert signed[0][before - 1] > 0
    assert signed[1][:before] == [0] * before
    assert signed[1][-1] > 0
    # The pools of the first day hold its money at whatever hour it opens.
    assert 0.3 * paid[0] < paid[1]
    assert paid[0] > 0
