"""What all tests share: a strict JAX on eight virtual devices, one failure rate, and a browser.

Import the tolerances by name: ``from tests.conftest import binomial_bounds, z_bound``.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

# Read by JAX when it is first imported, so they stand before every other import; subprocesses inherit them.
ROOT = Path(__file__).resolve().parent.parent
# Eight virtual devices; and the quickest compiler rather than the quickest code, which is most of what tests wait for.
# Numbers do not hang on it: tests/golden was written by the compiler's own settings and is read under these.
FLAGS = (
    "--xla_force_host_platform_device_count=8",
    "--xla_backend_optimization_level=0",
    "--xla_cpu_use_fusion_emitters=false",
)
os.environ["XLA_FLAGS"] = " ".join(dict.fromkeys([*os.environ.get("XLA_FLAGS", "").split(), *FLAGS]))
os.environ["JAX_PLATFORMS"] = "cpu"
os.environ["JAX_NUMPY_RANK_PROMOTION"] = "raise"
os.environ["JAX_NUMPY_DTYPE_PROMOTION"] = "strict"
os.environ.setdefault("JAX_COMPILATION_CACHE_DIR", str(ROOT / ".cache" / "jax"))
os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0.2")

import pytest  # noqa: E402
from hypothesis import settings  # noqa: E402
from scipy import stats  # noqa: E402

from experiments.validation.rows import FAILURE_RATE  # noqa: E402
from tests.browser import Chromium, find_chromium  # noqa: E402

if TYPE_CHECKING:
    from experiments.results import Run

MOST_MAPS = 40_000  # Linux gives a process 65,530
NO_BROWSER = "no Chromium or Chrome on PATH"

# The same examples every time: a test that fails does so for everybody, and a date is never a seed.
settings.register_profile("house", derandomize=True, deadline=None, database=None)
settings.load_profile("house")


def z_bound(num_tests: int = 1) -> float:
    """Two-sided bound on |z| of a standard normal; ``num_tests`` statements share one failure rate."""
    return float(stats.norm.isf(FAILURE_RATE / num_tests / 2))


def t_bound(degrees_of_freedom: float, num_tests: int = 1) -> float:
    """Two-sided bound on |t| for a mean over ``degrees_of_freedom + 1`` replicates."""
    return float(stats.t.isf(FAILURE_RATE / num_tests / 2, degrees_of_freedom))


def chi2_bound(degrees_of_freedom: float, num_tests: int = 1) -> float:
    """Upper bound on a chi-square statistic."""
    return float(stats.chi2.isf(FAILURE_RATE / num_tests, degrees_of_freedom))


def ks_bound(sample_size: int, num_tests: int = 1) -> float:
    """Upper bound on the two-sided Kolmogorov-Smirnov distance of a sample from a continuous law."""
    return float(stats.kstwo.isf(FAILURE_RATE / num_tests, sample_size))


def binomial_bounds(n: int, p: float, num_tests: int = 1) -> tuple[int, int]:
    """Smallest and largest count of n trials at probability p that pass (both inclusive)."""
    tail = FAILURE_RATE / num_tests / 2
    return int(stats.binom.ppf(tail, n, p)), int(stats.binom.isf(tail, n, p))


@pytest.fixture
def in_64_bits() -> Iterator[None]:
    """jax in 64 bits, as fits are."""
    import jax

    with jax.enable_x64(True):
        yield


@pytest.fixture(scope="module", autouse=True)
def _compiled_code_is_let_go() -> Iterator[None]:
    """A process has room for so many memory maps, and every compiled function takes some: after a module that leaves
    many of them taken, all compiled code is dropped. It is on disk, so who needs it again reads it from there."""
    yield
    jax, maps = sys.modules.get("jax"), Path("/proc/self/maps")
    if jax is not None and maps.exists() and len(maps.read_bytes().splitlines()) > MOST_MAPS:
        tiny = sys.modules.get("tests.growth.tiny")
        if tiny is not None:
            tiny.forget_engines()
        jax.clear_caches()
        gc.collect()


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Chromium:
    """A headless Chromium; without one the test is skipped aloud, or fails if GROWTH_REQUIRE_BROWSER=1."""
    executable = find_chromium()
    if executable is None:
        if os.environ.get("GROWTH_REQUIRE_BROWSER") == "1":
            pytest.fail(f"{NO_BROWSER}, and GROWTH_REQUIRE_BROWSER=1 asks for one")
        pytest.skip(NO_BROWSER)
    return Chromium(executable, tmp_path_factory.mktemp("chromium"))


@pytest.fixture(scope="session")
def small_run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The run of `tests/golden/scenario.toml`, on one device and in one block, for all tests that only read it."""
    from experiments.results import read_run
    from experiments.simulate import simulate
    from tests.golden.write import golden_scenario

    return read_run(simulate(golden_scenario(), tmp_path_factory.mktemp("small") / "run", devices=1))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test that uses the browser carries its mark, so that ``-m 'not browser'`` means what it says."""
    for item in items:
        if "chromium" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.browser)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say aloud how many browser tests did not run."""
    skipped = [report for report in terminalreporter.stats.get("skipped", []) if NO_BROWSER in str(report.longrepr)]
    if skipped:
        terminalreporter.write_sep("!", f"{len(skipped)} BROWSER TESTS SKIPPED: {NO_BROWSER}", red=True, bold=True)
