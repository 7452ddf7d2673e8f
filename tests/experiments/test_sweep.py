"""Sweeps: which runs they ask for, and that tables, sentences and pictures say what the runs said."""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np
import pandas as pd
import pytest

from experiments.comparison import NO_EFFECT, NO_INTERVAL, RAISES
from experiments.errors import InputError, RunsFailedError
from experiments.points import ALONE, EFFECT, LEVEL, LEVEL_WITHOUT, NO_VERDICT, WITH, WITHOUT
from experiments.sweep_study import GRID, LHS, SweepStudy, trends
from experiments.variations import parse
from policies import Transport
from simulation import Scenario
from tests.experiments.fake_runs import FakeRuns

BASE = Scenario(scale=1000, months=30, policies=(Transport(),))
PLAIN = Scenario(scale=1000, months=6)


def study(
    *texts: str, base: Scenario = BASE, method: str = GRID, seeds: tuple[int, ...] = (1, 2, 3), points: int = 40
) -> SweepStudy:
    return SweepStudy(base, parse(base, texts), method, seeds, points)


def economy(scenario: Scenario) -> Mapping[str, float]:
    """Inactivity 0.25 and luck of the seed, less a tenth of the fare cut times twice the referral chance over 0.25."""
    luck = 0.01 * (scenario.seed % 7)
    chance = scenario.assumptions.get("referral_chance", 0.25)
    cut = scenario.policies[0].fare_cut if scenario.policies else 0.0
    wobble = 0.0005 * ((scenario.seed * 13) % 5 - 2) * bool(scenario.policies)
    return {"inactivity_rate": 0.25 + luck - 0.1 * cut * chance / 0.25 + wobble, "gva": 30_000.0 + 1e5 * luck}


def test_pairs_differ_in_their_policies_alone() -> None:
    made = study("transport.fare_cut=0.1:0.5:3", "referral_chance=0.1,0.4")
    runs = list(made.design.runs())
    assert len(runs) == 3 * 2 * 2 * 3 == len(made.scenarios())
    by_key = {(point, seed, arm): scenario for point, seed, arm, scenario in runs}
    for point, seed, _, _ in runs:
        without, with_ = by_key[point, seed, WITHOUT], by_key[point, seed, WITH]
        assert without.seed == with_.seed == seed
        assert without.policies == ()
        assert without == with_.with_(policies=(), name=without.name)
    cuts = [by_key[point, 1, WITH].policies[0].fare_cut for point in range(6)]
    assert cuts == pytest.approx([0.1, 0.1, 0.3, 0.3, 0.5, 0.5])
    assert {by_key[point, 2, WITHOUT].assumptions["referral_chance"] for point in range(6)} == {0.1, 0.4}


def test_effects_and_levels_are_those_of_the_runs() -> None:
    runs = FakeRuns(economy)
    tables = study("transport.fare_cut=0:0.5:3", "referral_chance=0.1,0.4").analyse(runs)
    assert runs.windows == {(18, 29)}
    assert list(tables) == ["points", "outcomes", "responses"]
    assert len(tables["outcomes"]) == 36
    rows = tables["responses"]
    rows = rows[rows["outcome"] == "inactivity_rate"].set_index(["point", "measure"])
    wobble = 0.0005 * np.mean([(13 * seed) % 5 - 2 for seed in (1, 2, 3)])
    for point, row in tables["points"].iterrows():
        expected = -0.1 * row["transport.fare_cut"] * row["referral_chance"] / 0.25 + wobble
        assert rows.loc[(point, EFFECT), "mean"] == pytest.approx(expected)
        assert rows.loc[(point, LEVEL_WITHOUT), "mean"] == pytest.approx(0.27)
        assert rows.loc[(point, LEVEL), "mean"] == pytest.approx(0.27 + expected)
        assert rows.loc[(point, LEVEL), "verdict"] == NO_VERDICT
        # Luck of 0.01 from seed to seed is in both arms: the interval is that of the wobble.
        width = rows.loc[(point, EFFECT), "high"] - rows.loc[(point, EFFECT), "low"]
        assert width == pytest.approx(2 * 4.302653 * 0.0005 * np.std([1, -1, 2], ddof=1) / np.sqrt(3), rel=0.3)
    gva = tables["responses"]
    gva = gva[(gva["outcome"] == "gva") & (gva["measure"] == EFFECT)]
    assert set(gva["verdict"]) == {NO_EFFECT}


def test_runs_without_policies_that_points_share_are_read_once() -> None:
    runs = FakeRuns(economy)
    study("transport.fare_cut=0:0.5:4").analyse(runs)
    assert sum(not scenario.policies for scenario in runs.read) == 3
    assert sum(bool(scenario.policies) for scenario in runs.read) == 12


def test_without_policies_there_are_levels_and_no_effects() -> None:
    made = study("referral_chance", base=PLAIN, seeds=(5,))
    runs = FakeRuns(lambda scenario: {"gva": 100.0 * scenario.assumptions["referral_chance"]})
    tables = made.analyse(runs)
    assert runs.windows == {(0, 5)}
    assert set(tables["outcomes"]["arm"]) == {ALONE}
    assert set(tables["responses"]["measure"]) == {LEVEL}
    assert tables["responses"]["mean"].tolist() == pytest.approx([10.0, 17.5, 25.0, 32.5, 40.0])
    (line,) = made.sentences(tables)
    assert line == "Gross value added a year goes from £10m (at referral_chance 0.1) to £40m (at referral_chance 0.4)."


def test_a_failed_run_takes_its_pair_and_nothing_else() -> None:
    def fails(scenario: Scenario) -> bool:
        return scenario.seed == 2 and bool(scenario.policies) and scenario.policies[0].fare_cut > 0.4

    tables = study("transport.fare_cut=0:0.5:3").analyse(FakeRuns(economy, fails))
    rows = tables["responses"]
    seeds = rows[rows["outcome"] == "gva"].groupby("point")["seeds"].agg(list)
    assert seeds.tolist() == [[3] * 3, [3] * 3, [2] * 3]
    level = rows[(rows["point"] == 2) & (rows["outcome"] == "gva") & (rows["measure"] == LEVEL_WITHOUT)]
    assert level["mean"].item() == pytest.approx(30_000 + 1e5 * 0.02)  # of seeds 1 and 3
    with pytest.raises(RunsFailedError):
        study("transport.fare_cut").analyse(FakeRuns(economy, lambda scenario: bool(scenario.policies)))


def test_one_seed_gives_no_interval() -> None:
    tables = study("transport.fare_cut", seeds=(1,)).analyse(FakeRuns(economy))
    effects = tables["responses"][tables["responses"]["measure"] == EFFECT]
    assert set(effects["verdict"]) == {NO_INTERVAL}
    assert effects["low"].isna().all()
    (line,) = study("transport.fare_cut", seeds=(1,)).sentences(tables)
    assert line == "One seed gives no intervals, so no effect is claimed; the tables have what it showed."


def test_a_latin_hypercube_finds_what_an_outcome_follows() -> None:
    made = study("transport.fare_cut", "referral_chance", "referral_bonus", method=LHS)
    tables = made.analyse(FakeRuns(economy))
    found = tables["trends"]
    found = found[found["outcome"] == "inactivity_rate"].set_index("dial")
    assert found.loc["transport.fare_cut", "correlation"] < -0.7
    assert -0.7 < found.loc["referral_chance", "correlation"] < -0.2
    assert found.loc["referral_bonus", "low"] < 0.0 < found.loc["referral_bonus", "high"]
    assert tables["trends"].loc[tables["trends"]["outcome"] == "gva", "correlation"].isna().all()
    assert "and follows transport.fare_cut most (rank correlation -0." in made.sentences(tables)[0]


def test_the_luckiest_of_many_dials_is_not_told_as_followed() -> None:
    rng = np.random.default_rng(7)
    dials = [f"d{k}" for k in range(40)]
    followed = []
    for _ in range(60):
        table = pd.DataFrame(rng.uniform(size=(50, 40)), columns=dials)
        table = table.assign(outcome="gva", measure=LEVEL, point=range(50), mean=rng.normal(size=50))
        found = trends(table, dials, LEVEL)
        followed.append(bool(((found["low"] > 0.0) | (found["high"] < 0.0)).any()))
    assert np.mean(followed) < 0.15


def test_rank_correlation_by_hand() -> None:
    table = study("referral_chance=0.1,0.2,0.3,0.4", base=PLAIN).analyse(
        FakeRuns(
            lambda scenario: {"gva": {0.1: 1.0, 0.2: 3.0, 0.3: 2.0, 0.4: 40.0}[scenario.assumptions["referral_chance"]]}
        )
    )["responses"]
    row = trends(table, ["referral_chance"], LEVEL).iloc[0]
    assert row["correlation"] == pytest.approx(0.8)  # 1 - 6 * 2 / (4 * 15)
    assert row["high"] == pytest.approx(np.tanh(np.arctanh(0.8) + 1.959964 * np.sqrt(1.32)))


def test_sentences_say_where_and_how_far() -> None:
    made = study("transport.fare_cut=0:0.5:3")
    lines = made.sentences(made.analyse(FakeRuns(economy)))
    assert lines[0] == (
        "The effect on the share of working-age people who are inactive goes from -4.97 points "
        "(at transport.fare_cut 0.5) to +0.03 points (at transport.fare_cut 0); it is detectable at 2 of 3 points."
    )
    assert lines[1] == "At no point was there a detectable effect on: Gross value added, £m a year."


@pytest.mark.parametrize("method", [GRID, LHS])
def test_a_study_comes_back_from_its_record(method: str) -> None:
    made = study("transport.fare_cut=0:1:3", "referral_chance=0.1,0.4", method=method)
    again = SweepStudy.from_record("manifest.json", made.record())
    assert again == made
    assert again.scenarios() == made.scenarios()


@pytest.mark.parametrize(
    "change", [{"method": "walk"}, {"vary": []}, {"seeds": []}, {"seeds": ["x"]}, {"points": None}, {"base": 3}]
)
def test_nonsense_records_are_refused(change: dict[str, object]) -> None:
    record = {**study("transport.fare_cut", method=LHS).record(), **change}
    with pytest.raises(ValueError, match=r"^(manifest\.json|--)") as caught:
        SweepStudy.from_record("manifest.json", record)
    assert "\n" not in str(caught.value)


def test_designs_that_cannot_be_are_refused() -> None:
    with pytest.raises(InputError, match="--points: 1; allowed"):
        study("referral_chance", method=LHS, points=1)


@pytest.mark.parametrize(
    ("texts", "method", "name"),
    [
        (("transport.fare_cut",), GRID, "curves"),
        (("transport.fare_cut", "referral_chance=0.1:0.4:3"), GRID, "heat-maps"),
        (("transport.fare_cut", "referral_chance"), LHS, "scatters"),
    ],
)
def test_each_design_has_its_picture(texts: tuple[str, ...], method: str, name: str) -> None:
    made = study(*texts, method=method)
    tables = made.analyse(FakeRuns(economy))
    (found,) = made.drawings(tables)
    assert found == name
    first, second = (made.drawings(tables)[name]().svg for _ in range(2))
    assert first == second
    for text in ("Inactive, of working age", "transport.fare_cut"):
        assert text in first


def test_a_curve_shows_effects_in_points_and_hollow_dots_where_none_was_detectable() -> None:
    made = study("transport.fare_cut=0:0.5:3")
    tables = made.analyse(FakeRuns(economy))
    svg = str(made.drawings(tables)["curves"]().svg)
    assert "change, percentage points" in svg
    rows = tables["responses"]
    rows = rows[rows["measure"] == EFFECT]
    hollow = int((~rows["verdict"].isin([RAISES, "lowers"])).sum())
    assert hollow == 4
    # Every hollow dot is a use of a white marker.
    assert len(re.findall(r"<use [^>]*fill: #ffffff; stroke: #0173b2", svg)) == hollow


def test_more_runs_than_can_be_handled_are_refused_before_they_are_made() -> None:
    with pytest.raises(InputError, match=r"^--vary: makes 1,000 points, with 501 seeds and 2 arms 1,002,000 runs"):
        study("transport.fare_cut=0:0.5:1000", seeds=tuple(range(501)))
    with pytest.raises(InputError, match=r"^--points: makes 600 points, .*; allowed are up to 1,000,000$"):
        SweepStudy(BASE, parse(BASE, ["transport.fare_cut"]), LHS, tuple(range(1000)), 600)
