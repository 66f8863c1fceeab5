"""Lowering of what other apps do: by hand, and with one other app exactly what it was."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.lower_rivals import rival_fields
from growth.flows import APPS

SHARE = st.floats(0, 1)


def _told(attention: float = 0.1, invitation: float = 0.2, days: float = 7) -> dict[str, np.ndarray]:
    names = ("attention_loss", "invitation_loss", "recent_days")
    return rival_fields(
        {f"rival.{name}": value for name, value in zip(names, (attention, invitation, days), strict=True)}
    )


@given(SHARE)
def test_one_other_app_takes_its_share_to_the_last_bit(loss: float) -> None:
    attention = _told(attention=loss)["attention"]
    assert attention[:2].tolist() == [1.0, float(np.float32(1 - loss))]
    assert (np.diff(attention) <= 0).all()


@given(st.floats(0, 0.99))
def test_attention_is_split_by_weight(loss: float) -> None:
    """Each other app has the weight l / (1 - l) beside 1: what the k + 1 apps get adds up to one."""
    weight = loss / (1 - loss)
    expected = [1 / (1 + others * weight) for others in range(APPS)]
    assert _told(attention=loss)["attention"] == pytest.approx(np.array(expected), rel=1e-6)


def test_each_other_campaign_costs_the_same_share_of_answers() -> None:
    assert _told(invitation=0.2)["answers"][:4] == pytest.approx(np.array([1, 0.8, 0.64, 0.512]))
    assert _told(invitation=0)["answers"].tolist() == [1.0] * APPS
    assert _told(invitation=1)["answers"].tolist() == [1.0] + [0.0] * (APPS - 1)
    assert int(_told(days=3.6)["rival_days"]) == 4
