"""`growth calibrate`: what it does in order, and what it prints."""

from __future__ import annotations

import datetime as dt
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from experiments.calibrate import Settings, fit, kept_shape, model_of, prior_draws, thinned
from experiments.calibration_files import write_forecast, write_posterior, write_table
from experiments.calibration_tables import (
    forecast_of,
    information_rows,
    parameter_rows,
    reported_rows,
    told_apart,
    words,
)
from experiments.diagnostics import bulk_ess, complaints, r_hat
from experiments.left_out import left_out_rows
from experiments.likelihood import Model
from experiments.predictive import Outcomes, outcomes_of, simulator_of
from experiments.progress import Report
from experiments.sampling import Chain
from experiments.scenario import Scenario

__all__ = ["beside", "calibrate_to_folder", "say_all", "summary_of"]


def calibrate_to_folder(
    scenario: Scenario,
    reported: Path,
    out: Path,
    *,
    store: Path,
    until: dt.date | None = None,
    priors: Path | None = None,
    settings: Settings | None = None,
    tell: Callable[[Report], None] = lambda _: None,
    stop: Callable[[], bool] = lambda: False,
    say: Callable[[str], None] = print,
) -> dict[str, Any]:
    """Calibrate and write everything into ``out``; what was found, as plain JSON. The prior predictive is told before
    the fit begins."""
    import jax

    settings = settings or Settings()
    with jax.enable_x64(True):
        tell(Report("the chain's shape", 0, 0))
        model, notes = model_of(scenario, reported, kept_shape(scenario, store), until, priors)
        for note in notes:
            say(f"note: {note}")
        if settings.check:
            from experiments.neural_figures import usable

            usable(model)
        tell(Report("prior predictive", 0, 0))
        simulate = simulator_of(model)
        prior = outcomes_of(simulate, prior_draws(model, settings))
        for row in reported_rows(model, prior, prior, settings.seed):
            say(f"before the fit: {beside(row, 'prior_low', 'prior_high')}")
        began, worked = time.monotonic(), time.process_time()
        if settings.emulator:
            from experiments.calibrate_corrected import corrected, error_lines

            model = corrected(model, settings, out, tell=tell, stop=stop)
            simulate = simulator_of(model)
            for line in error_lines(model, model.emulator) if model.emulator else ():
                say(line)
        chains, _ = fit(model, settings, out, tell=tell, stop=stop)
        seconds, cpu_seconds = time.monotonic() - began, time.process_time() - worked
        tell(Report("posterior predictive", 0, 0))
        found = outcomes_of(simulate, thinned(chains, settings.shown_draws))
        check = _check(model, chains, found, settings, out, tell, stop) if settings.check else None
    forecast = forecast_of(model, found, settings.seed)
    forecast["until"] = str(until) if until else None
    summary = summary_of(model, chains, prior, found, settings)
    summary |= {"until": forecast["until"], "notes": notes, "seconds": round(seconds, 1)}
    summary["cpu_seconds"] = round(cpu_seconds, 1)
    summary["check"] = check
    summary["forecast_sha256"] = write_forecast(out / "forecast.json", forecast)
    write_posterior(out, model, chains)
    for name in ("parameters", "reported", "information", "left_out"):
        write_table(out / f"{name}.csv", summary[name])
    (out / "calibration.json").write_text(
        json.dumps(summary, indent=1, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8"
    )
    from experiments.calibration_page import calibration_page

    (out / "calibration.html").write_text(calibration_page(model, summary, prior, found, forecast), encoding="utf-8")
    say_all(summary, forecast, say)
    return summary


def _check(
    model: Model, chains: list[Chain], found: Outcomes, settings: Settings, out: Path, tell: Any, stop: Any
) -> dict[str, Any]:
    """The cross-check by a neural posterior, with its table."""
    from experiments.neural_check import checked

    told = checked(model, chains, found, settings, out / "check", tell=tell, stop=stop)
    write_table(out / "check.csv", told["rows"])
    return told


def summary_of(
    model: Model, chains: list[Chain], prior: Outcomes, found: Outcomes, settings: Settings
) -> dict[str, Any]:
    """Checks and tables of a posterior, as plain JSON."""
    z = np.stack([chain.z for chain in chains])
    flat = z.reshape(-1, model.size)
    apart, lines = told_apart(model, prior, found)
    return {
        "scenario": model.plan.scenario.name,
        "app": model.plan.app,
        "unknowns": model.size,
        "r_hat": float(r_hat(z).max()),
        "bulk_ess": float(bulk_ess(z).min()),
        "divergent": float(np.mean([chain.divergent for chain in chains])),
        "steps": float(np.mean([chain.steps for chain in chains])),
        "complaints": complaints(z, np.stack([chain.divergent for chain in chains]), model.names),
        "not_identified_below": model.priors["report.not_identified_below"].value,
        "parameters": parameter_rows(model, flat),
        "reported": reported_rows(model, prior, found, settings.seed),
        "information": information_rows(model, found, settings.seed),
        "left_out": left_out_rows(model, prior, found, settings.seed),
        "apart": apart,
        "words": lines,
        "forecast_sha256": "",
    }


def beside(row: dict[str, Any], low: str, high: str) -> str:
    """A reported figure with an interval of its row, in words."""
    told = f"{row['date']} {row['quantity']} ({row['measurer']}) {row['relation']} {row['reported']:,.0f}"
    return f"{told}; expected {row[low]:,.0f} to {row[high]:,.0f}"


def _without(row: dict[str, Any]) -> str:
    """A figure that was left out, in words."""
    told = f"{row['figure']}: log score {row['score']:.2f} given the others, {row['score_prior']:.2f} before any"
    if row["low"] is not None:
        told += f"; expected {row['low']:,.0f} to {row['high']:,.0f}{'' if row['inside'] else ' (outside)'}"
    if not row["reliable"]:
        told += "; not to be trusted, it moves the posterior too much: fit without it"
    return told


def say_all(summary: dict[str, Any], forecast: dict[str, Any], say: Callable[[str], None]) -> None:
    """Print what a calibration found, a line at a time."""
    say(
        f"{summary['unknowns']} unknowns, R-hat {summary['r_hat']:.4f}, bulk ESS {summary['bulk_ess']:.0f}, "
        f"{100 * summary['divergent']:.2f} % divergent, {summary['seconds']} s ({summary['cpu_seconds']} CPU-s)"
    )
    for line in summary["complaints"]:
        say(f"not converged: {line}")
    for row in summary["reported"]:
        say(f"after the fit: {beside(row, 'low', 'high')}{'' if row['inside'] else '  (outside)'}")
    for row in summary["left_out"]:
        say(f"left out: {_without(row)}")
    known = [row for row in summary["parameters"] if row["identified"]]
    for row in known:
        pressed = f", pressed against the {row['pressed']} of its range" if row["pressed"] else ""
        say(
            f"identified: {row['parameter']} {row['median']:.4g} ({row['low']:.4g} to {row['high']:.4g}), "
            f"was {row['prior']:.4g} ({row['prior_low']:.4g} to {row['prior_high']:.4g}), "
            f"contraction {row['contraction']:.2f}{pressed}"
        )
    others = [row["parameter"] for row in summary["parameters"] if not row["identified"]]
    say(f"not identified by these data (contraction below {summary['not_identified_below']}): {', '.join(others)}")
    for line in summary["words"]:
        say(line)
    if summary.get("check"):
        from experiments.neural_tables import check_lines

        for line in check_lines(summary["check"]):
            say(line)
    best = summary["information"][1]
    say(f"what would help most: {best['figure']}, {100 * best['saves']:.0f} % off the sd of log people brought in")
    for name in ("dau", "mau", "rank"):
        last = list(forecast[name])[-1]
        say(f"forecast, {name} on {last}: {words(forecast[name][last])}")
    say(f"forecast.json, SHA-256 {summary['forecast_sha256']}")
