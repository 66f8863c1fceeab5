"""A headless Chromium for tests: opens a local page offline, returns its DOM, console and picture."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Chromium", "Page", "find_chromium"]

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    "--headless",
    "--no-sandbox",  # containers run as root
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",  # /dev/shm is small in containers
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--host-resolver-rules=MAP * ~NOTFOUND",  # offline: no name resolves, so no page can lean on the network
    "--enable-logging=stderr",
)


def find_chromium() -> Path | None:
    """The first Chromium or Chrome on PATH, or None."""
    found = (shutil.which(name) for name in NAMES)
    return next((Path(path) for path in found if path), None)


@dataclass(frozen=True)
class Page:
    """What was seen: ``dom`` after the scripts ran, and the ``console`` lines (messages and errors)."""

    dom: str
    console: tuple[str, ...]


@dataclass(frozen=True)
class Chromium:
    """A browser that is started anew, with an empty profile, for every page."""

    executable: Path
    profiles: Path

    def open(
        self,
        page: Path,
        *,
        screenshot: Path | None = None,
        width: int = 1280,
        height: int = 900,
        script_ms: int = 10_000,
        timeout_s: float = 120.0,
    ) -> Page:
        """Open a local file, give its scripts ``script_ms`` of virtual time, and return what is there.

        With ``screenshot`` a PNG of ``width`` x ``height`` pixels is saved too. Raises AssertionError with
        the browser's own words when it fails, and subprocess.TimeoutExpired after ``timeout_s`` seconds.
        """
        profile = self.profiles / f"profile-{len(os.listdir(self.profiles))}"
        view = [f"--user-data-dir={profile}", f"--virtual-time-budget={script_ms}"]
        size = f"--window-size={width},{height}"
        url = page.resolve().as_uri()
        seen = self._run([*view, size, "--dump-dom", url], timeout_s)
        if screenshot is not None:
            self._run([*view, size, f"--screenshot={screenshot.resolve()}", url], timeout_s)
            assert screenshot.is_file(), f"{self.executable} wrote no screenshot"
        console = tuple(re.findall(r"CONSOLE[^\]]*\] (.*)", seen.stderr))
        return Page(dom=seen.stdout, console=console)

    def _run(self, arguments: list[str], timeout_s: float) -> subprocess.CompletedProcess[str]:
        command = [str(self.executable), *FLAGS, *arguments]
        done = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=timeout_s, check=False)
        assert done.returncode == 0, f"{command} ended with {done.returncode}:\n{done.stderr[-3000:]}"
        return done
