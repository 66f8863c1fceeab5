"""Apps fitted together: places on one chart by enumeration, one density by another road, unknowns shared and own."""

from __future__ import annotations

import datetime as dt
import itertools
import json
import math
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from experiments.calibrate import Settings
from experiments.joint import Joint, load_joint
from experiments.joint_model import JointModel, joint_model_of, joint_outcomes
from experiments.left_out import log_terms
from experiments.named_rivals import ahead, log_places_beside, log_ranks_beside, log_silent_beside
from experiments.posterior_places import read_places
from experiments.predictive import rank_draws
from experiments.reported import COLUMNS
from tests.experiments.surrogate_worlds import PLAIN, plain_shape

SHAPE = plain_shape(np.array([60.0]), np.array([1.0]))
OURS = PLAIN.replace(
    "dau = 400", 'dau = {value = 400, low = 350, high = 450, source = "made up", grade = "assumption"}'
)
OURS = OURS.replace('"chart.lift" = 1.0', '"chart.lift" = 1.0\n"chart.first" = 20')
ROWS = (
    "2026-03-01,app,dau,=,410,users,,2026-03-01,panel,made up,B",
    "2026-03-03,app,dau,=,1100,users,,2026-03-03,panel,made up,B",
    "2026-03-05,app,mau,=,3900,users,,2026-03-05,company,made up,A",
    "2026-03-06,app,app_store_cn_free_rank,=,3,rank,,2026-03-06,store,made up,B",
    "2026-03-01,other,mau,=,1000,users,,2026-03-01,company,made up,A",
    "2026-03-05,other,dau,=,900,users,,2026-03-05,panel,made up,B",
    "2026-03-06,other,app_store_cn_free_rank,=,1,rank,,2026-03-06,store,made up,B",
)


pytestmark = pytest.mark.usefixtures("in_64_bits")


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Joint, Path]:
    folder = tmp_path_factory.mktemp("joint")
    theirs = OURS.replace('name = "app"', 'name = "other"').replace('app = "app"', 'app = "other"')
    theirs = theirs.replace("start = 2026-03-02\nend", "start = 2026-03-04\nend").replace(
        'name = "plain"', 'name = "b"'
    )
    (folder / "a.toml").write_text(OURS, encoding="utf-8")
    (folder / "b.toml").write_text(theirs, encoding="utf-8")
    head = PLAIN[: PLAIN.index("[[app]]")].replace('name = "plain"', 'name = "both"\ndesigns = ["a.toml", "b.toml"]')
    (folder / "both.toml").write_text(head.replace("days = 20", "days = 10"), encoding="utf-8")
    reported = folder / "reported.csv"
    reported.write_text("\n".join([",".join(COLUMNS), *ROWS]) + "\n", encoding="utf-8")
    return load_joint(folder / "both.toml"), reported


@pytest.fixture(scope="module")
def model(files: tuple[Joint, Path]) -> JointModel:
    return joint_model_of(*files, SHAPE)[0]


def test_places_beside_rivals_are_those_of_enumeration() -> None:
    """Two named rivals ahead or not, and a count of unnamed ones: every combination, by scipy."""
    mean, phi, chance = 4.0, 2.5, np.array([0.3, 0.9])
    expected = np.zeros(40)
    for who in itertools.product((0, 1), repeat=2):
        weight = np.prod(np.where(who, chance, 1 - chance))
        expected[sum(who) :] += weight * stats.nbinom(phi, phi / (phi + mean)).pmf(np.arange(40 - sum(who)))
    beside = jnp.asarray(chance)[:, None]
    found = np.exp(log_ranks_beside(40, jnp.array([mean]), jnp.asarray(phi), beside))[0]
    np.testing.assert_allclose(found, expected, rtol=1e-9)
    places = jnp.arange(1, 42)
    each = [float(log_places_beside(40, jnp.array([mean]), phi, p[None], p[None], beside)[0]) for p in places]
    assert sum(map(math.exp, each)) == pytest.approx(1, abs=1e-9)
    pi = 0.3 * np.exp(-np.arange(10) / 5.0)
    silent = float(log_silent_beside(jnp.asarray(pi), jnp.array([mean]), jnp.asarray(phi), beside)[0])
    assert silent == pytest.approx(math.log(1 - pi @ expected[:10]), rel=1e-9)


def test_whoever_has_more_installs_is_ahead() -> None:
    """Errors of .1 on either score: a rival with e^.1 times the installs is ahead with chance Phi(1 / sqrt 2)."""
    scores = [jnp.array([100.0, 100.0]), jnp.array([100.0, 100.0 * math.exp(0.1)])]
    np.testing.assert_allclose(ahead(scores, 0, 0.1)[0], [0.5, stats.norm.cdf(1 / math.sqrt(2))], rtol=1e-9)
    np.testing.assert_allclose(ahead(scores, 0, 0.1) + ahead(scores, 1, 0.1), 1, rtol=1e-9)


def test_apps_share_people_measurers_and_the_chart(model: JointModel, files: tuple[Joint, Path]) -> None:
    assert {one.plan.first for one in model.models} == {dt.date(2026, 3, 2)}
    assert {one.fitted_plan.days for one in model.models} == {5}
    assert {one.reference for one in model.models} == {"panel"}
    assert "measurer: company" in model.shared  # in both apps, one scale
    assert "definition: company, mau" in model.shared
    assert "app: app.app.base.dau" in model.names
    assert "other: app.other.base.dau" in model.names
    assert [name for name in model.shared if name.startswith("behaviour.share.rate")] == []  # has no range here
    ours, theirs = (
        {one.names[at]: place for at, place in enumerate(where)}
        for one, where in zip(model.models, model.at, strict=True)
    )
    both = set(ours) & set(theirs)
    assert all((ours[name] == theirs[name]) == (name in model.shared) for name in both)
    _, notes = joint_model_of(*files, SHAPE)
    assert any(note.startswith("other: line 6: mau") for note in notes)


@pytest.mark.long
def test_the_joint_density_is_the_sum_of_its_parts(model: JointModel) -> None:
    """The jitted density against numpy on the outcomes: figures, and days without news by enumeration."""
    z = 0.3 * np.sin(np.arange(model.size, dtype=float))
    told: Any = jax.jit(model.log_posterior)(jnp.asarray(z), model.data())
    expected = -0.5 * float(z @ z)
    for one, found in zip(model.models, joint_outcomes(model)(z[None]), strict=True):
        expected += float(log_terms(one, found).sum())
        pi = 0.3 * np.exp(-np.arange(50) / 5.0)
        for day in one.silent:
            law = stats.nbinom(found.phi[0], found.phi[0] / (found.phi[0] + found.above[0, day]))
            chance = float(found.beside[0, 0, day])
            pmf = law.pmf(np.arange(51) - 1)
            expected += math.log(1 - pi @ ((1 - chance) * pmf[1:] + chance * pmf[:-1]))
    assert float(told) == pytest.approx(expected, rel=1e-8)


@pytest.mark.long
def test_a_joint_calibration_leaves_a_folder_for_each_app(
    files: tuple[Joint, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from experiments import joint_calibrate

    monkeypatch.setattr(joint_calibrate, "kept_shape", lambda *_: SHAPE)
    told: list[str] = []
    settings = Settings(chains=2, draws=100, warm_up=60, prior_draws=60, shown_draws=60)
    joint_calibrate.calibrate_joint_to_folder(
        *files, tmp_path / "out", store=tmp_path, settings=settings, say=told.append
    )
    assert any("Apps meet on the free chart alone" in line for line in told)
    for app in ("app", "other"):
        assert len(read_places(tmp_path / "out" / app, 10)) == 10
        summary = json.loads((tmp_path / "out" / app / "calibration.json").read_text(encoding="utf-8"))
        assert len(summary["reported"]) == sum(f",{app}," in row for row in ROWS)
    page = (tmp_path / "out" / "calibration.html").read_text(encoding="utf-8")
    assert "other/calibration.html" in page
    assert 'src="http' not in page


def test_named_rivals_push_a_rank_down(model: JointModel) -> None:
    from experiments.predictive import Outcomes

    size = 4_000
    nothing = dict.fromkeys(Outcomes._fields)
    one = Outcomes(**{**nothing, "above": np.full((size, 3), 1e-9), "phi": np.full(size, 3.0)})
    assert (rank_draws(one, [0, 1], 1) == 1).all()
    beside = np.tile([0.25, 1.0, 0.0], (size, 1, 1))
    ranks = rank_draws(one._replace(beside=beside), [0, 1], 1)
    assert (ranks[:, 1] == 2).all()
    share = float((ranks[:, 0] == 2).mean())
    assert abs(share - 0.25) < stats.norm.isf(5e-7) * math.sqrt(0.25 * 0.75 / size)
