"""Pictures of a chain show its numbers; a chain without places or groups has fewer of them."""

from __future__ import annotations

import functools

import numpy as np
import pytest

from experiments.chain_picture import picture_from_json, picture_of, sampled_picture
from experiments.figures_chain import chain_charts, chain_page
from experiments.page import Chart
from experiments.town_picture import FEWEST, GROUPS, MOST, town_order
from graphs.chain import make_chain
from graphs.clustering_law import clustering_law
from graphs.distances import distances
from graphs.implicit_build import make_implicit
from graphs.social_graph import SocialGraph
from graphs.textbook import karate_club
from tests.browser import Chromium


@functools.cache
def chain() -> SocialGraph:
    return make_chain(5_000, mean_degree=40, seed=1)


@functools.cache
def drawn() -> dict[str, Chart]:
    return {chart.id: chart for chart in chain_charts(picture_of(chain()))}


def test_every_picture_is_there() -> None:
    assert [*drawn()] == ["chain_degrees", "chain_clustering", "chain_distances", "chain_kilometres", "chain_town"]
    assert [chart.id for chart in chain_charts(picture_of(karate_club()))] == [*drawn()][:3]
    for chart in drawn().values():
        layout = chart.figure.layout
        assert layout.xaxis.title.text
        assert layout.yaxis.title.text
        assert chart.note.endswith(".")


def test_degree_law_is_the_share_with_at_least_so_many() -> None:
    curve = drawn()["chain_degrees"].figure.data[0]
    degree = chain().degree()
    for friends, share in zip(curve.x[::20], curve.y[::20], strict=True):
        assert share == pytest.approx((degree >= friends).mean())
    assert curve.x[-1] == degree.max()
    bands = {tuple(trace.x): tuple(trace.y) for trace in drawn()["chain_degrees"].figure.data[1:]}
    assert bands == {(100, 100): (0.41, 0.57), (1000, 1000): (0.006, 0.04), (90.0, 140.0): (0.5, 0.5)}


def test_clustering_has_a_point_per_bin_with_its_error() -> None:
    curve = drawn()["chain_clustering"].figure.data[0]
    law = clustering_law(chain())
    assert list(curve.y) == [one.mean for one in law]
    np.testing.assert_allclose(curve.error_y.array, [2 * one.error for one in law])


def test_distances_add_up_and_name_their_means() -> None:
    mine, other = drawn()["chain_distances"].figure.data
    assert sum(mine.y) == pytest.approx(100.0)
    assert sum(other.y) == pytest.approx(100.0)
    assert mine.name == f"chain, mean {distances(chain()).mean:.2f}"


def test_a_picture_comes_back_from_its_file() -> None:
    """The charts of a report, drawn from what a run has kept, are those of the chain itself."""
    for graph in (chain(), karate_club()):
        picture = picture_of(graph, rewired=False)
        again = picture_from_json(picture.to_json())
        ours, theirs = ([chart.figure.to_json() for chart in chain_charts(one)] for one in (picture, again))
        assert ours == theirs
        assert len(chain_charts(picture)[2].figure.data) == 1


def test_a_computed_chain_is_drawn_from_some_users() -> None:
    picture = sampled_picture(make_implicit(14_000, mean_degree=60.0, seed=1), users=3_000, per_bin=20, sources=2)
    charts = {chart.id: chart for chart in chain_charts(picture)}
    assert [*charts] == ["chain_degrees", "chain_clustering", "chain_distances", "chain_kilometres"]
    assert "3,000 users drawn" in charts["chain_degrees"].note
    assert sum(charts["chain_distances"].figure.data[0].y) == pytest.approx(100.0)


def test_kilometres_fall() -> None:
    points, fit = drawn()["chain_kilometres"].figure.data
    assert points.y[0] > 2 * points.y[-1]
    assert np.all(np.diff(fit.y) < 0)


def test_people_of_the_town_stand_once_in_groups_that_fit() -> None:
    people, borders = town_order(chain(), 3)
    assert len(people) == len(set(people.tolist())) == borders[-1]
    assert len(borders) == GROUPS + 1
    assert np.all(chain().attributes.town[people] == 3)
    assert np.diff(borders).min() >= FEWEST
    assert np.diff(borders).max() <= MOST


def test_dots_of_the_town_are_its_ties() -> None:
    town = int(np.bincount(chain().attributes.town).argmax())
    people, borders = town_order(chain(), town)
    figure = drawn()["chain_town"].figure
    dots = {(people[int(x)], people[int(y)]) for trace in figure.data for x, y in zip(trace.x, trace.y, strict=True)}
    assert dots == {(u, v) for u in people for v in chain().friends_of(int(u)) if v in set(people.tolist())}
    box = np.searchsorted(borders, np.arange(len(people)), side="right")
    boxed = figure.data[2]
    assert np.array_equal(box[np.asarray(boxed.x)], box[np.asarray(boxed.y)])
    assert len(figure.layout.shapes) == len(borders) - 1


@pytest.mark.browser
def test_the_page_opens_without_a_word(chromium: Chromium, tmp_path_factory: pytest.TempPathFactory) -> None:
    file = tmp_path_factory.mktemp("chain") / "chain.html"
    file.write_text(chain_page(picture_of(chain())), encoding="utf-8")
    page = chromium.open(file, height=3200)
    assert page.console == ()
    for name in drawn():
        assert f'id="chart-{name}" class="plotly-graph-div js-plotly-plot"' in page.dom, name
