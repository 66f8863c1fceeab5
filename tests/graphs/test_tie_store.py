"""TieStore against the plain road from packed ties to rows."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphs import tie_store as module
from graphs.tie_store import TieStore
from graphs.ties import pack_ties, rows_from_keys


@settings(max_examples=40)
@given(st.integers(2, 60), st.integers(0, 400), st.integers(0, 2**31), st.booleans())
def test_rows_are_those_of_the_plain_road(num_users: int, ties: int, seed: int, many_buckets: bool) -> None:
    """Few users, so that ties repeat with other strengths; every size of bucket; more ties than expected."""
    rng = np.random.default_rng(seed)
    u = rng.integers(0, num_users, ties, dtype=np.int32)
    v = ((u + rng.integers(1, num_users, ties)) % num_users).astype(np.int32)
    strength = rng.integers(0, 256, ties).astype(np.uint8)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_PENDING", 50)
        if many_buckets:
            patch.setattr(module, "_SLOTS", 16)
        store = TieStore(num_users, ties // 3)
        for piece in np.array_split(np.arange(ties), 5):
            store.add(u[piece], v[piece], strength[piece])
        found = store.rows()
    wanted = rows_from_keys(num_users, pack_ties(num_users, u, v, strength))
    for name in ("offsets", "friends", "strength"):
        assert np.array_equal(getattr(found, name), getattr(wanted, name)), name
        assert getattr(found, name).dtype == getattr(wanted, name).dtype
    assert found.repeated == wanted.repeated


def test_an_empty_store_has_empty_rows() -> None:
    rows = TieStore(5, 0).rows()
    assert rows.offsets.tolist() == [0] * 6
    assert (len(rows.friends), len(rows.strength), rows.repeated) == (0, 0, 0)
