"""`growth calibrate` of a joint calendar: several apps in one posterior, each with its own tables, page and forecast.

The folder holds chains and tables of all, and a folder for each app with what a calibration of one app leaves: its
`places.parquet` are the draws that a run of that app's own design takes.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import time
from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import Any

import numpy as np

from experiments.calibrate import Settings, fit, kept_shape, prior_draws, stamp_of, thinned
from experiments.calibrate_command import beside, say_all, summary_of
from experiments.calibration_files import write_forecast, write_posterior, write_table
from experiments.calibration_page import calibration_page, page, table
from experiments.calibration_tables import forecast_of, reported_rows
from experiments.diagnostics import bulk_ess, complaints, r_hat
from experiments.joint import Joint
from experiments.joint_model import JointModel, joint_model_of, joint_outcomes
from experiments.likelihood import Model
from experiments.paths import slug
from experiments.predictive import Outcomes
from experiments.progress import Report
from experiments.sampling import Chain

__all__ = ["LEFT_OUT", "calibrate_joint_to_folder"]

LEFT_OUT = (
    "Apps meet on the free chart alone: whoever is ahead of another stands above it. Attention that one app takes from "
    "another and invitations lost to a rival are not in the renewal equation: growth run of this calendar has them."
)


def calibrate_joint_to_folder(
    joint: Joint,
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
    """Calibrate all apps together and write everything into ``out``; what was found, as plain JSON.

    The prior predictive is told before the fit begins. Raises InputError where an app has no figure that can be used.
    """
    import jax

    settings = settings or Settings()
    with jax.enable_x64(True):
        tell(Report("the chain's shape", 0, 0))
        model, notes = joint_model_of(joint, reported, kept_shape(joint.designs[0], store), until, priors)
        for note in [*notes, LEFT_OUT]:
            say(f"note: {note}")
        tell(Report("prior predictive", 0, 0))
        outcomes = joint_outcomes(model)
        prior = outcomes(prior_draws(model, settings))
        for one, mine in zip(model.models, prior, strict=True):
            for row in reported_rows(one, mine, mine, settings.seed):
                say(f"before the fit: {one.plan.app}, {beside(row, 'prior_low', 'prior_high')}")
        began, worked = time.monotonic(), time.process_time()
        chains, _ = fit(model, settings, out, data=model.data(), stamp=_stamp(model, settings), tell=tell, stop=stop)
        seconds, cpu_seconds = time.monotonic() - began, time.process_time() - worked
        tell(Report("posterior predictive", 0, 0))
        found = outcomes(thinned(chains, settings.shown_draws))
    summary = _summary(joint, model, chains) | {"until": str(until) if until else None, "notes": [*notes, LEFT_OUT]}
    summary |= {"seconds": round(seconds, 1), "cpu_seconds": round(cpu_seconds, 1)}
    parts = zip(model.models, model.at, prior, found, strict=True)
    told = [_app(out, one, _own(chains, at), before, after, settings, summary) for one, at, before, after in parts]
    summary["apps"] = {one["app"]: one for one, _ in told}
    _write(out, joint, summary)
    _say(summary, told, say)
    return summary


def _stamp(model: JointModel, settings: Settings) -> str:
    """Digest of all that a joint chain depends on."""
    told = [model.names, *(stamp_of(one, settings) for one in model.models)]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


def _own(chains: list[Chain], at: Any) -> list[Chain]:
    """Chains of one app's unknowns."""
    return [chain._replace(z=chain.z[:, at]) for chain in chains]


def _summary(joint: Joint, model: JointModel, chains: list[Chain]) -> dict[str, Any]:
    """Checks of the joint posterior."""
    z, divergent = (np.stack([getattr(chain, name) for chain in chains]) for name in ("z", "divergent"))
    return {
        "scenario": joint.name,
        "scenario_sha256": joint.sha256(),
        "unknowns": model.size,
        "shared": model.shared,
        "figures": sum(len(one.observed) for one in model.models),
        "r_hat": float(r_hat(z).max()),
        "bulk_ess": float(bulk_ess(z).min()),
        "divergent": float(divergent.mean()),
        "steps": float(np.mean([chain.steps for chain in chains])),
        "complaints": complaints(z, divergent, model.names),
    }


def _app(
    out: Path, model: Model, chains: list[Chain], prior: Outcomes, found: Outcomes, settings: Settings, joint: Any
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Folder of one app: what a calibration of it alone leaves, from the joint posterior. Its summary and forecast."""
    folder = out / slug(model.plan.app)
    folder.mkdir(parents=True, exist_ok=True)
    forecast = forecast_of(model, found, settings.seed) | {"until": joint["until"], "together_with": joint["scenario"]}
    summary = summary_of(model, chains, prior, found, settings)
    summary |= {name: joint[name] for name in ("until", "notes", "seconds", "cpu_seconds")}
    summary["forecast_sha256"] = write_forecast(folder / "forecast.json", forecast)
    write_posterior(folder, model, chains)
    for name in ("parameters", "reported", "information", "left_out"):
        write_table(folder / f"{name}.csv", summary[name])
    _write_json(folder / "calibration.json", summary)
    text = calibration_page(model, summary, prior, found, forecast)
    (folder / "calibration.html").write_text(text, encoding="utf-8")
    return summary, forecast


def _write(out: Path, joint: Joint, summary: dict[str, Any]) -> None:
    """Tables and page of all apps together."""
    rows = [{"app": app, **row} for app, one in summary["apps"].items() for row in one["reported"]]
    write_table(out / "reported.csv", rows)
    _write_json(out / "calibration.json", summary)
    state = "; ".join(summary["complaints"]) or "converged"
    links = "".join(f'<li><a href="{slug(app)}/calibration.html">{escape(app)}</a></li>' for app in summary["apps"])
    columns = ["app", "quantity", "date", "measurer", "relation", "reported", "prior_low", "prior_high", "low", "high"]
    shared = next(iter(summary["apps"].values()))["parameters"]
    known = [row for row in shared if row["parameter"] in summary["shared"] and row["identified"]]
    parts = [
        f"<p>{summary['figures']} figures, {summary['unknowns']} unknowns, {len(summary['shared'])} of them shared; "
        f"{escape(state)}: R-hat {summary['r_hat']:.4f}, bulk ESS {summary['bulk_ess']:.0f}, "
        f"{100 * summary['divergent']:.2f} % divergent. Intervals are 90 %.</p><p>{LEFT_OUT}</p><ul>{links}</ul>",
        "<h2>Reported beside predicted</h2>" + table(rows, columns, lambda row: not row["inside"]),
        "<h2>Shared numbers that the figures speak of</h2>"
        + table(known, ["parameter", "prior_low", "prior", "prior_high", "low", "median", "high", "contraction"]),
        "<h2>Notes</h2><ul>" + "".join(f"<li>{escape(note)}</li>" for note in summary["notes"]) + "</ul>",
    ]
    title = f"Calibration: {joint.file.title or joint.name}"
    (out / "calibration.html").write_text(page(title, parts), encoding="utf-8")


def _write_json(place: Path, told: dict[str, Any]) -> None:
    place.write_text(json.dumps(told, indent=1, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8")


def _say(
    summary: dict[str, Any], told: list[tuple[dict[str, Any], dict[str, Any]]], say: Callable[[str], None]
) -> None:
    say(
        f"together: {summary['unknowns']} unknowns ({len(summary['shared'])} shared), {summary['figures']} figures, "
        f"R-hat {summary['r_hat']:.4f}, bulk ESS {summary['bulk_ess']:.0f}, {100 * summary['divergent']:.2f} % "
        f"divergent, {summary['seconds']} s ({summary['cpu_seconds']} CPU-s)"
    )
    for line in summary["complaints"]:
        say(f"not converged: {line}")
    for one, forecast in told:
        say(f"--- {one['app']}")
        say_all(one, forecast, say)
