"""Scenario discovery: a planted box is found, and none is invented where there is nothing to find."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from experiments.boxes import CART, METHODS, PRIM, Box, draw_boxes, inside
from experiments.discovery import (
    ALL_FAIL,
    FOUND,
    LEAST_CASES,
    NO_FAILURES,
    NO_STRUCTURE,
    TOO_FEW,
    discover,
    sentences,
)
from experiments.discovery_pictures import box_picture
from experiments.discovery_study import DiscoveryStudy
from experiments.errors import InputError
from experiments.points import EFFECT
from experiments.sampling import latin_hypercube
from experiments.sweep_study import GRID, SweepStudy
from experiments.tables import Tables
from experiments.variations import parse
from policies import Transport
from simulation import Scenario

NAMES = [f"assumption_{letter}" for letter in "abcdef"]


Effects = Callable[[np.ndarray, np.random.Generator], np.ndarray]


def cases(effects: Effects, count: int = 150, seed: int = 0) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Points of six assumptions from 0 to 10, and effects by a function of them and of random numbers."""
    x = 10.0 * latin_hypercube(6, count, seed)
    y = effects(x, np.random.default_rng(seed))
    points = pd.DataFrame(x, columns=NAMES).rename_axis("point").reset_index()
    rows = {"point": range(count), "outcome": "employment_rate", "measure": EFFECT, "mean": y}
    return points, pd.DataFrame(rows)


def planted(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Bad where b is below 4 and e above 5, and by luck in one case of twenty elsewhere."""
    bad = (x[:, 1] < 4.0) & (x[:, 4] > 5.0) | (rng.random(len(x)) < 0.05)
    return np.where(bad, -0.01, 0.01)


def chance(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return rng.normal(0.005, 0.01, len(x))


@pytest.mark.parametrize("method", METHODS)
def test_a_planted_box_is_found(method: str) -> None:
    tables = discover(*cases(planted), "employment_rate", 0.0, method)
    assert tables["summary"]["verdict"].item() == FOUND
    assert tables["summary"]["p_value"].item() < 1e-6
    limits = tables["boxes"][tables["boxes"]["box"] == 1].set_index("dial")
    assert set(limits.index[limits["restricted"]]) == {"assumption_b", "assumption_e"}
    assert limits.loc["assumption_b", "high"] == pytest.approx(4.0, abs=0.6)
    assert limits.loc["assumption_b", "low"] == limits.loc["assumption_b", "least"]
    assert limits.loc["assumption_e", "low"] == pytest.approx(5.0, abs=0.6)
    assert limits.loc["assumption_e", "high"] == limits.loc["assumption_e", "greatest"]
    stats = tables["box_stats"].iloc[0]
    assert stats["coverage"] > 0.7
    assert stats["density"] > 0.9
    if method == PRIM:
        assert (limits["quasi_p"].dropna() < 0.05).all()
        assert limits["quasi_p"].notna().sum() == 2


@pytest.mark.parametrize("method", METHODS)
def test_the_numbers_of_a_box_are_those_of_the_cases_in_it(method: str) -> None:
    tables = discover(*cases(planted), "employment_rate", 0.0, method)
    found, stats = tables["cases"], tables["box_stats"].iloc[0]
    limits = tables["boxes"][tables["boxes"]["box"] == 1]
    here = np.logical_and.reduce([found[row["dial"]].between(row["low"], row["high"]) for _, row in limits.iterrows()])
    assert int(here.sum()) == stats["cases"] == (found["box"] == 1).sum()
    assert int((here & found["fails"]).sum()) == stats["failures"]
    assert stats["coverage"] == pytest.approx(stats["failures"] / found["fails"].sum())
    assert stats["density"] == pytest.approx(stats["failures"] / stats["cases"])
    assert stats["mass"] == pytest.approx(stats["cases"] / len(found))


def test_sentences_name_the_box() -> None:
    lines = sentences(discover(*cases(planted), "employment_rate"))
    assert lines[0].startswith("The policy fails (effect on Employed, of working age not better than 0.00 points) in ")
    assert "It fails mostly where assumption_" in lines[1]
    assert "assumption_b is below 4." in lines[1] or "assumption_b is below 3." in lines[1]
    assert "% of all failures lie there" in lines[1]
    assert lines[2].startswith("Boxes drawn without them held ")


@pytest.mark.parametrize("method", METHODS)
def test_no_box_is_invented_round_chance(method: str) -> None:
    verdicts = []
    for seed in range(10):
        tables = discover(*cases(chance, 100, seed), "employment_rate", 0.0, method)
        verdicts.append(tables["summary"]["verdict"].item())
        if verdicts[-1] == NO_STRUCTURE:
            assert tables["boxes"].empty
            assert tables["box_stats"].empty
            assert not tables["cases"]["box"].any()
            assert "did not hold in the others" in sentences(tables)[1]
            assert box_picture(tables) is None
    # At the 5% level one in ten would be no surprise.
    assert verdicts.count(NO_STRUCTURE) >= 9
    assert set(verdicts) <= {NO_STRUCTURE, FOUND}


def test_without_holding_cases_out_chance_would_have_had_its_box() -> None:
    drawn = []
    for seed in range(5):
        points, responses = cases(chance, 100, seed)
        drawn += draw_boxes(points[NAMES], responses["mean"].to_numpy() <= 0.0, CART)
    assert drawn


@pytest.mark.parametrize("method", METHODS)
def test_a_box_is_found_where_most_cases_fail(method: str) -> None:
    def mostly(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        return np.where((x[:, 2] < 7.0) | (rng.random(len(x)) < 0.3), -1.0, 1.0)

    tables = discover(*cases(mostly), "employment_rate", 0.0, method)
    assert tables["cases"]["fails"].mean() > 0.75
    limits = tables["boxes"][tables["boxes"]["box"] == 1].set_index("dial")
    assert limits.loc["assumption_c", "high"] == pytest.approx(7.0, abs=0.6)
    assert tables["box_stats"]["density"].iloc[0] > 0.95


@pytest.mark.parametrize(
    ("effects", "verdict", "words"),
    [
        (lambda x, rng: np.full(len(x), 0.01), NO_FAILURES, "in none of 150 cases, so there is nothing to find"),
        (lambda x, rng: np.full(len(x), 0.0), ALL_FAIL, "in all 150 cases"),
        (lambda x, rng: np.where(np.arange(len(x)) < LEAST_CASES - 1, -1.0, 1.0), TOO_FEW, "With 7 failures"),
        (lambda x, rng: np.where(np.arange(len(x)) < LEAST_CASES - 1, 1.0, -1.0), TOO_FEW, "With 7 successes"),
    ],
)
def test_nothing_to_find_is_said(effects: Effects, verdict: str, words: str) -> None:
    tables = discover(*cases(effects), "employment_rate")
    assert tables["summary"]["verdict"].item() == verdict
    assert tables["boxes"].empty
    assert words in " ".join(sentences(tables))


def test_failing_is_on_the_bad_side_of_the_threshold() -> None:
    points, responses = cases(lambda x, rng: x[:, 0] / 100.0)
    more = discover(points, responses, "employment_rate", 0.05)["cases"]
    assert more["fails"].equals(more["value"] <= 0.05)
    less = discover(points, responses.assign(outcome="inactivity_rate"), "inactivity_rate", 0.05)["cases"]
    assert less["fails"].equals(less["value"] >= 0.05)
    assert discover(points, responses, "employment_rate", 0.05, good=-1)["cases"]["fails"].equals(less["fails"])


def test_cases_without_a_value_are_left_out() -> None:
    points, responses = cases(planted)
    responses.loc[[3, 7], "mean"] = np.nan
    tables = discover(points, responses.drop(index=9), "employment_rate")
    assert sorted(set(range(150)) - set(tables["cases"]["point"])) == [3, 7, 9]


def test_a_grid_of_few_levels_is_cut_between_them() -> None:
    levels = np.array(np.meshgrid(range(5), range(5), range(5))).reshape(3, -1).T
    points = pd.DataFrame(levels, columns=list("abc")).rename_axis("point").reset_index()
    bad = (levels[:, 0] >= 3) & (levels[:, 2] <= 1)
    rows = {"point": points["point"], "outcome": "employment_rate", "measure": EFFECT, "mean": np.where(bad, -1.0, 1.0)}
    for method in METHODS:
        tables = discover(points, pd.DataFrame(rows), "employment_rate", 0.0, method)
        assert tables["cases"]["fails"].equals(tables["cases"]["box"] == 1)
        limits = tables["boxes"].set_index("dial")
        assert 2.0 < limits.loc["a", "low"] <= 3.0
        assert 1.0 <= limits.loc["c", "high"] < 2.0


@pytest.mark.parametrize("method", METHODS)
def test_the_same_cases_give_the_same_box(method: str) -> None:
    first, second = (discover(*cases(planted), "employment_rate", 0.0, method) for _ in range(2))
    assert all(first[name].equals(second[name]) for name in first)


def test_two_boxes_of_a_tree_are_both_told() -> None:
    def corners(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        return np.where((x[:, 0] < 3.0) | (x[:, 0] > 8.0), -1.0, 1.0)

    tables = discover(*cases(corners), "employment_rate", 0.0, CART)
    assert tables["box_stats"]["box"].tolist() == [1, 2]
    assert tables["box_stats"]["failures"].is_monotonic_decreasing
    assert sentences(tables)[2].startswith("It also fails where assumption_a is above ")


@pytest.mark.parametrize(
    ("name", "keys", "part"),
    [
        ("employment_rate", {"method": "forest"}, "prim, cart"),
        ("population", {}, "neither more nor less"),
        ("gva", {}, "employment_rate"),
    ],
)
def test_what_is_refused(name: str, keys: dict[str, str], part: str) -> None:
    with pytest.raises(InputError, match=part) as caught:
        discover(*cases(planted), name, **keys)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("keys", "line"),
    [
        ({"outcome": "nope"}, "--outcome: nope: unknown; allowed: "),
        ({"outcome": "inactivty_rate"}, "--outcome: inactivty_rate: unknown; allowed: inactivity_rate"),
        ({"outcome": "population"}, "--outcome: population: neither more nor less"),
        ({"threshold": float("nan")}, "--threshold: nan; allowed is a finite number"),
        ({"threshold": float("-inf")}, "--threshold: -inf; allowed is a finite number"),
    ],
)
def test_a_study_that_cannot_be_is_refused_before_its_runs_are_done(keys: dict[str, Any], line: str) -> None:
    base = Scenario(scale=1000, months=12, policies=(Transport(),))
    swept = SweepStudy(base, parse(base, ["transport.fare_cut"]), GRID, (1,))
    with pytest.raises(InputError) as caught:
        DiscoveryStudy(**{"sweep": swept, "outcome": "inactivity_rate", **keys})
    assert str(caught.value).startswith(line)


def test_a_case_on_the_limit_is_inside() -> None:
    x = pd.DataFrame({"a": [0.0, 1.0, 2.0]})
    assert inside(x, Box({"a": (-np.inf, 1.0)})).tolist() == [True, True, False]


def test_the_picture_shows_the_two_dials_of_the_box() -> None:
    tables: Tables = discover(*cases(planted), "employment_rate")
    picture = box_picture(tables)
    assert picture is not None
    assert picture.svg == box_picture(tables).svg
    for text in ("assumption_b", "assumption_e", "fails: effect not better than 0.00 points", "of all failures"):
        assert text in picture.svg
    assert "assumption_a" not in picture.svg
