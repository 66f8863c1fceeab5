"""A kept chain is the chain that would have been made, and a bad store never matters."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from experiments import chain_store
from experiments.chain_store import KEPT_CHAINS, kept_chain
from experiments.chains import build_chain
from experiments.scenario import Scenario
from graphs.chain_folder import ARRAYS, WHO
from tests.small_run import changed


def _scenario(seed: int = 3) -> Scenario:
    return changed(("seed = 3\n", f"seed = {seed}\n"))


def _same(a: Any, b: Any) -> bool:
    pairs = [(getattr(a, name), getattr(b, name)) for name in ARRAYS]
    pairs += [(getattr(a.attributes, name), getattr(b.attributes, name)) for name in WHO]
    return a.notes == b.notes and all(x.dtype == y.dtype and np.array_equal(x, y) for x, y in pairs)


def _folders(store: Path) -> list[Path]:
    return [one for one in store.iterdir() if one.is_dir()]


def _read_only(made: pytest.MonkeyPatch) -> None:
    """From here on a chain can only be read, not made."""

    def refuse(*_: object) -> None:
        raise AssertionError("the chain was made again")

    made.setattr(chain_store, "build_chain", refuse)


def test_the_second_run_reads_what_the_first_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = kept_chain(_scenario(), 0, tmp_path / "store")
    _read_only(monkeypatch)
    again = kept_chain(_scenario(), 0, tmp_path / "store")
    assert _same(first, build_chain(_scenario(), 0))
    assert _same(again, first)


def test_another_seed_or_number_is_another_chain(tmp_path: Path) -> None:
    chains = [kept_chain(_scenario(seed), number, tmp_path) for seed, number in ((3, 0), (4, 0), (3, 1))]
    assert len(_folders(tmp_path)) == 3
    assert not _same(chains[0], chains[1])
    assert not _same(chains[0], chains[2])


def test_a_changed_generator_does_not_meet_an_old_chain(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept_chain(_scenario(), 0, tmp_path)
    monkeypatch.setattr(chain_store, "_source", lambda: "another version of graphs")
    kept_chain(_scenario(), 0, tmp_path)
    assert len(_folders(tmp_path)) == 2


def test_a_chain_that_is_cut_is_made_again(tmp_path: Path) -> None:
    whole = kept_chain(_scenario(), 0, tmp_path)
    (folder,) = _folders(tmp_path)
    arrays = folder / "chain.npz"
    arrays.write_bytes(arrays.read_bytes()[:1000])
    assert _same(kept_chain(_scenario(), 0, tmp_path), whole)
    assert arrays.stat().st_size > 1000


def test_the_chain_used_longest_ago_goes_first(tmp_path: Path) -> None:
    for seed in range(KEPT_CHAINS):
        kept_chain(_scenario(seed), 0, tmp_path)
    folders = _folders(tmp_path)
    for age, folder in enumerate(folders):
        os.utime(folder, (1e9 - age, 1e9 - age))
    kept_chain(_scenario(99), 0, tmp_path)
    assert not folders[-1].exists()
    assert all(folder.exists() for folder in folders[:-1])


def test_a_store_that_cannot_be_written_costs_only_time(tmp_path: Path) -> None:
    (tmp_path / "store").write_text("a file where a folder should be")
    assert _same(kept_chain(_scenario(), 0, tmp_path / "store"), build_chain(_scenario(), 0))
