"""The charts show the run's numbers, with intervals, labelled axes and sources."""

from __future__ import annotations

import numpy as np
import pytest

from experiments.activation_log import read_log
from experiments.figure_theme import styles
from experiments.figures import charts
from experiments.figures_cascade import depth_shares, generation_k
from experiments.figures_chart import night_ranks, store_charts
from experiments.kpi_table import difference_table
from experiments.page import Chart
from experiments.reported import load_reported
from experiments.world_names import DESIGN
from experiments.world_view import worlds_of
from tests.experiments.synthetic_run import TRUTH, SyntheticRun, synthetic_run

REPORTED = [row for row in load_reported() if row.app == "yuanbao"]


@pytest.fixture(scope="module")
def run() -> SyntheticRun:
    return synthetic_run()


@pytest.fixture(scope="module")
def drawn(run: SyntheticRun) -> dict[str, Chart]:
    worlds = worlds_of(run)
    table = difference_table(worlds, ("stay_lift", "spend", "icpr_30"))
    return {chart.id: chart for chart in charts(run, worlds, read_log(run), load_reported(), table)}


def named(chart: Chart, name: str) -> list:
    return [trace for trace in chart.figure.data if trace.name == name]


def test_all_that_the_report_promises_is_there(drawn: dict[str, Chart]) -> None:
    assert list(drawn) == [
        "dau", "mau", "joined", "retention", "funnel", "money", "burn", "cascade_size", "cascade_depth",
        "differences", "differences_over_time", "chart_rank", "surge_rank",
    ]  # fmt: skip


def test_daily_users_are_the_mean_over_replicates(run: SyntheticRun, drawn: dict[str, Chart]) -> None:
    for variant in run.central.variant.to_numpy():
        (line,) = named(drawn["dau"], str(variant))
        expected = run.central.dau.sel(variant=variant).mean(["draw", "chain", "replicate", "app"]) / 1e6
        np.testing.assert_allclose(np.asarray(line.y, float), expected)


def test_reported_points_carry_value_measurer_and_source(drawn: dict[str, Chart]) -> None:
    for chart, quantities in (("dau", ("dau", "dau_peak")), ("mau", ("mau",))):
        wanted = [row for row in REPORTED if row.quantity in quantities]
        shown = [t for t in drawn[chart].figure.data if t.name is not None and t.name.startswith("reported")]
        text = "".join(line for trace in shown for line in trace.hovertext)
        assert sum(len(trace.x) for trace in shown) == len(wanted) >= 2
        assert all(row.source in text and row.measurer in text and f"grade {row.grade}" in text for row in wanted)


def test_a_bound_is_not_drawn_as_a_value(drawn: dict[str, Chart]) -> None:
    (bound,) = named(drawn["dau"], "reported: at least")
    assert bound.marker.symbol == "triangle-up"
    assert list(bound.y) == [50.0]


def test_a_peak_is_drawn_across_the_days_it_may_have_fallen_on(drawn: dict[str, Chart]) -> None:
    (peak,) = [row for row in REPORTED if row.quantity == "dau_peak"]
    spans = [t for t in drawn["dau"].figure.data if t.mode == "lines" and list(t.y) == [peak.value / 1e6] * 2]
    assert [list(span.x) for span in spans] == [[str(peak.window_start), str(peak.date)]]


def test_places_on_the_charts_are_medians_with_the_first_on_top(run: SyntheticRun, drawn: dict[str, Chart]) -> None:
    """Off the chart is the worst place to a median and to a quantile; it stands in a strip of its own, below 200."""
    for name in ("chart_rank", "surge_rank"):
        figure = drawn[name].figure
        strip = figure.layout.yaxis.tickvals[-1]
        assert figure.layout.yaxis.ticktext[-1] == "off the chart"
        assert figure.layout.yaxis.range[0] > np.log10(strip) > np.log10(200) > 0 > figure.layout.yaxis.range[1]
        for variant in ("no campaign", DESIGN):
            (line,) = named(drawn[name], variant)
            places = run.central[name].sel(variant=variant).median(["draw", "chain", "replicate", "app"]).to_numpy()
            np.testing.assert_array_equal(line.y, np.where(places > 200, strip, places))
            told = ["off the chart" if place > 200 else f"place {place:.0f}" for place in places]
            assert list(line.customdata) == told
            low, high = np.quantile(
                run.draws[name].sel(variant=variant).squeeze().to_numpy(), [0.05, 0.95], axis=0, method="weibull"
            )
            found = night_ranks(worlds_of(run), variant, name)
            np.testing.assert_array_equal(found.low, np.minimum(low, places))
            np.testing.assert_array_equal(found.high, np.maximum(high, places))
    assert min(named(drawn["chart_rank"], DESIGN)[0].y) < 10


def test_reported_places_stand_where_they_were_reported(drawn: dict[str, Chart]) -> None:
    wanted = [(str(row.date), row.value) for row in REPORTED if row.quantity == "app_store_cn_free_rank"]
    (points,) = named(drawn["chart_rank"], "reported")
    assert list(zip(points.x, points.y, strict=True)) == wanted
    assert len(wanted) >= 2


def test_a_scenario_without_a_chart_has_no_chart_of_places(run: SyntheticRun) -> None:
    central, drawn = (
        side.assign(dict.fromkeys(("chart_rank", "surge_rank"), side.dau * np.nan)) for side in (run.central, run.draws)
    )
    alone = SyntheticRun(central, drawn, run.scenario, run.manifest, run.folder, run.log)
    assert store_charts(alone, worlds_of(alone), REPORTED) == []


def test_without_draws_the_places_spread_over_replicates() -> None:
    lonely = synthetic_run(draws=0)
    found = night_ranks(worlds_of(lonely), DESIGN, "chart_rank")
    every = lonely.central.chart_rank.sel(variant=DESIGN).squeeze().to_numpy()
    np.testing.assert_array_equal(found.low, np.quantile(every, 0.05, axis=0, method="weibull"))
    assert "of replicates" in store_charts(lonely, worlds_of(lonely), [])[0].note


def test_every_axis_says_what_it_measures(drawn: dict[str, Chart]) -> None:
    """Date axes and axes of names explain themselves."""
    for chart in drawn.values():
        layout = chart.figure.layout
        titles = [axis.title.text for axis in chart.figure.select_xaxes()]
        titles += [axis.title.text for axis in chart.figure.select_yaxes()]
        assert any(titles), chart.id
        assert layout.template.layout.to_plotly_json() == {}  # the house style alone


def test_titles_of_panels_fit_their_panels(drawn: dict[str, Chart]) -> None:
    """A third of a page of 700 pixels, less the names of the variants, holds some 21 letters."""
    table = difference_table(worlds_of(synthetic_run()), ("stay_lift", "spend", "icpr_30"))
    labels = [kpi.label for kpi in next(iter(table.values())).values()]
    titles = [note.text for note in drawn["differences"].figure.layout.annotations]
    assert [title.replace("<br>", " ") for title in titles] == labels
    assert max(len(line) for title in titles for line in title.split("<br>")) <= 21 < max(map(len, labels))


def test_every_chart_has_intervals(drawn: dict[str, Chart]) -> None:
    for chart in drawn.values():
        bands = [t for t in chart.figure.data if getattr(t, "fill", None) == "toself"]
        whiskers = [
            t
            for t in chart.figure.data
            for bar in ("error_x", "error_y")
            if getattr(t, bar, None) and t[bar].array is not None
        ]
        bars = (
            [t for t in chart.figure.data if t.mode == "lines" and (t.line.width or 0) >= 7]
            if chart.id == "funnel"
            else []
        )
        assert bands or whiskers or bars, chart.id


def test_no_trace_is_empty(drawn: dict[str, Chart]) -> None:
    for chart in drawn.values():
        for trace in chart.figure.data:
            assert len(trace.x) == len(trace.y) > 0
            numbers = [part for part in (trace.x, trace.y) if np.asarray(part).dtype.kind == "f"]
            assert all(np.isfinite(np.asarray(part)).any() for part in numbers), (chart.id, trace.name)


def test_series_differ_by_more_than_colour() -> None:
    look = styles(["no campaign", "design", "a", "b", "c"])
    for field in ("color", "dash", "symbol"):
        assert len({getattr(style, field) for style in look.values()}) == 5
    assert styles(["no campaign", "design", "z"])["design"] == look["design"]


def test_depth_shares_and_k_are_those_of_the_branching_process(run: SyntheticRun) -> None:
    """Roots have three times the children of everybody else; beyond them K is `mean_children`."""
    log, mean = read_log(run), TRUTH["mean_children"]
    shares = depth_shares(log, DESIGN)
    assert shares.value.sum() == pytest.approx(1.0)
    np.testing.assert_allclose(shares.value[:3], (1 - mean) * mean ** np.arange(3), atol=0.02)
    found = generation_k(log, DESIGN, new_only=False)
    assert found.value[0] == pytest.approx(3 * mean, rel=0.05)
    assert found.value[1] == pytest.approx(mean, rel=0.07)
    assert generation_k(log, DESIGN, new_only=True).value[0] == pytest.approx(1.5 * mean, rel=0.08)


def test_charts_of_one_replicate_without_draws_do_without_bands() -> None:
    lonely = synthetic_run(replicates=1, draws=0)
    worlds = worlds_of(lonely)
    assert worlds.draws == 0
    found = charts(lonely, worlds, read_log(lonely), [], {})
    assert {chart.id for chart in found} >= {"dau", "funnel", "cascade_size"}
    daily = next(chart for chart in found if chart.id == "dau")
    assert not [trace for trace in daily.figure.data if trace.fill == "toself"]
