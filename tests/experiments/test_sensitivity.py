"""Sensitivity studies: what they run, and that their tables and sentences say what was planted in the runs."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from experiments.errors import InputError, RunsFailedError
from experiments.indices import MORRIS, SOBOL
from experiments.points import EFFECT, LEVEL
from experiments.sensitivity_study import SensitivityStudy, strongest, used_assumptions
from experiments.variations import parse
from policies import Transport
from simulation import Scenario
from simulation.region import Region
from tests.experiments.fake_runs import FakeRuns

NAMES = (
    "referral_chance",
    "referral_bonus",
    "effort_cost_per_hour",
    "job_switch_gain",
    "value_of_secure_job",
    "separation_base_rate",
    "course_lock_in",
    "course_pass_share",
    "charter_peer_weight",
    "local_bid_rate",
    "bid_price_sd",
    "travel_value_of_time",
    "travel_wait_weight",
)
BASE = Scenario(scale=1000, months=24, policies=(Transport(),))
PLAIN = BASE.with_(policies=())


def study(
    method: str = SOBOL,
    base: Scenario = BASE,
    outcomes: tuple[str, ...] = ("inactivity_rate",),
    seeds: tuple[int, ...] = (1, 2),
    samples: int = 64,
    second: bool = False,
) -> SensitivityStudy:
    return SensitivityStudy(base, parse(base, NAMES), method, outcomes, seeds, samples, 3, second)


def places(scenario: Scenario, lcr: Region) -> np.ndarray:
    """Where each assumption lies in its range, 0 to 1."""
    rows = lcr.assumptions.loc[list(NAMES)]
    values = np.array([scenario.assumptions[name] for name in NAMES])
    return (values - rows["low"].to_numpy()) / (rows["high"] - rows["low"]).to_numpy()


@pytest.fixture
def planted(lcr: Region) -> FakeRuns:
    """Levels with luck and 5 times the third; effects of minus 0.04, 0.02 and 0.01 times the places of the first."""

    def formula(scenario: Scenario) -> dict[str, float]:
        x = places(scenario, lcr)
        level = 0.3 + 0.05 * np.sin(scenario.seed) + 5.0 * x[2]
        effect = -0.04 * x[0] - 0.02 * x[1] - 0.01 * x[2]
        return {"inactivity_rate": level + effect * bool(scenario.policies), "gva": 3.0}

    return FakeRuns(formula)


def test_more_than_a_dozen_assumptions_are_varied_together(lcr: Region) -> None:
    made = study(samples=8)
    assert len(made.scenarios()) == 8 * (13 + 2) * 2 * 2 == made.points * 4
    seen = np.array([places(scenario, lcr) for scenario in made.scenarios()])
    assert (np.ptp(seen, axis=0) > 0.8).all()


def test_indices_are_of_the_effect_where_there_are_policies(planted: FakeRuns) -> None:
    tables = study(samples=256).analyse(planted)
    assert list(tables) == ["points", "responses", "indices", "noise"]
    found = tables["indices"].set_index("assumption")
    assert set(found["measure"]) == {EFFECT}
    # Shares of the variance of a plane: squares of the slopes, 16 to 4 to 1.
    assert found["ST"].head(3).tolist() == pytest.approx([16 / 21, 4 / 21, 1 / 21], abs=0.03)
    assert found["S1"].head(3).tolist() == pytest.approx([16 / 21, 4 / 21, 1 / 21], abs=0.08)
    assert (found["ST"].iloc[3:] < 1e-12).all()
    assert tables["noise"]["noise_share"].item() < 1e-9


def test_indices_are_of_the_level_where_there_are_none(planted: FakeRuns) -> None:
    tables = study(base=PLAIN).analyse(planted)
    assert set(tables["indices"]["measure"]) == {LEVEL}
    assert strongest(tables["indices"], 1) == ("effort_cost_per_hour",)


def test_morris_finds_the_size_and_direction_of_effects(planted: FakeRuns) -> None:
    made = study(MORRIS, samples=6)
    tables = made.analyse(planted)
    found = tables["indices"].set_index("assumption")
    assert found["mu"].head(3).tolist() == pytest.approx([-0.04, -0.02, -0.01], abs=1e-9)
    assert strongest(tables["indices"], 2) == ("referral_chance", "referral_bonus")
    lines = made.sentences(tables)
    assert lines[0].startswith(
        "Moved over their whole ranges, these change the effect on the share of working-age people who are inactive "
        "most (mean size of elementary effects): referral_chance (4.00 points, down), referral_bonus (2.00 points, "
    )


def test_second_order_finds_the_pair_that_interacts(lcr: Region) -> None:
    def formula(scenario: Scenario) -> dict[str, float]:
        x = places(scenario, lcr) - 0.5
        return {"inactivity_rate": x[0] + 4.0 * x[3] * x[7]}

    made = study(base=PLAIN, samples=128, second=True)
    tables = made.analyse(FakeRuns(formula))
    pairs = tables["interactions"].sort_values("S2", ascending=False)
    assert len(pairs) == 13 * 12 / 2
    assert pairs.iloc[0][["assumption", "other"]].tolist() == ["job_switch_gain", "course_pass_share"]
    (line,) = (line for line in made.sentences(tables) if line.startswith("Pairs that interact: "))
    assert "job_switch_gain with course_pass_share" in line


def test_luck_is_told_apart_and_said(lcr: Region) -> None:
    def formula(scenario: Scenario) -> dict[str, float]:
        x = places(scenario, lcr)
        luck = np.random.default_rng([scenario.seed, *(x * 1e9).astype(int)]).normal() * bool(scenario.policies)
        return {"inactivity_rate": 0.3 + 0.04 * x[0] * bool(scenario.policies) + 0.01 * luck}

    made = study(samples=128)
    tables = made.analyse(FakeRuns(formula))
    share = 0.01**2 / 2 / (0.04**2 / 12 + 0.01**2 / 2)
    assert tables["noise"]["noise_share"].item() == pytest.approx(share, abs=0.04)
    assert tables["indices"]["noise_floor"].iloc[0] == tables["noise"]["noise_share"].item()
    line = made.sentences(tables)[-1]
    assert line.startswith("Luck of the seeds is 2")
    assert line.endswith("of 13 assumptions one is surely above what luck alone would give.")


@pytest.mark.parametrize("method", [MORRIS, SOBOL])
def test_what_is_all_luck_is_not_ranked(lcr: Region, method: str) -> None:
    def formula(scenario: Scenario) -> dict[str, float]:
        x = places(scenario, lcr)
        luck = np.random.default_rng([scenario.seed, *(x * 1e9).astype(int)]).normal() * bool(scenario.policies)
        return {"inactivity_rate": 0.3 + 0.01 * luck}

    made = study(method, samples=8)
    (line,) = made.sentences(made.analyse(FakeRuns(formula)))
    assert line.startswith("Nothing that was varied can be told from luck in the effect on")
    assert "referral_chance" not in line


def test_with_one_seed_luck_is_said_to_be_unknown(planted: FakeRuns) -> None:
    made = study(MORRIS, samples=4, seeds=(5,))
    tables = made.analyse(planted)
    assert np.isnan(tables["noise"]["noise_share"].item())
    assert "take at least two seeds" in made.sentences(tables)[-1]


@pytest.mark.parametrize("method", [MORRIS, SOBOL])
def test_an_outcome_that_nothing_moves_has_no_indices_and_says_so(planted: FakeRuns, method: str) -> None:
    made = study(method, outcomes=("gva",), samples=4)
    tables = made.analyse(planted)
    assert tables["noise"]["constant"].item()
    assert made.sentences(tables) == [
        "In no run did the effect on gross value added a year vary, so its indices are not a number: nothing that "
        "was varied moves it."
    ]
    assert made.drawings(tables) == {}
    assert strongest(tables["indices"], 3) == ()


def test_failed_runs_cost_their_trajectories_only(planted: FakeRuns) -> None:
    made = study(MORRIS, samples=6)
    bad = [scenario for scenario in made.scenarios() if scenario.name.startswith("point 3,")]
    planted._fails = lambda scenario: scenario in bad
    tables = made.analyse(planted)
    assert set(tables["indices"]["samples"]) == {5}
    assert tables["indices"]["mu"].head(3).tolist() == pytest.approx([-0.04, -0.02, -0.01], abs=1e-9)


@pytest.mark.parametrize("method", [MORRIS, SOBOL])
def test_where_runs_failed_nothing_is_said_of_what_moves_an_outcome(planted: FakeRuns, method: str) -> None:
    made = study(method, samples=4)
    blocks = 4 if method == SOBOL else 5
    planted._fails = lambda scenario: int(scenario.name.split(",")[0].removeprefix("point ")) % blocks == 0
    (line,) = made.sentences(made.analyse(planted))
    assert line.startswith("Too few runs of the effect on ")
    planted._fails = lambda _: True
    with pytest.raises(RunsFailedError, match=r"the first: point 0, .*, seed 1: ValueError: planted"):
        made.analyse(planted)


def test_an_outcome_that_is_not_there_is_refused_before_anything_runs() -> None:
    with pytest.raises(InputError, match=r"^--outcome: inactivity: unknown; allowed: inactivity_rate, "):
        study(MORRIS, outcomes=("inactivity",), samples=4)
    with pytest.raises(InputError, match=r"^--outcome: gva comes twice"):
        study(MORRIS, outcomes=("gva", "gva"), samples=4)
    with pytest.raises(InputError, match=r"^--samples: makes 59,990 points, with 10 seeds and 2 arms 1,199,800 runs"):
        study(MORRIS, samples=60_000 // (len(NAMES) + 1), seeds=tuple(range(10)))


@pytest.mark.parametrize("method", [MORRIS, SOBOL])
def test_a_study_comes_back_from_its_record(method: str) -> None:
    made = study(method, samples=4, second=method == SOBOL)
    again = SensitivityStudy.from_record("manifest.json", made.record())
    assert again == made
    assert again.scenarios() == made.scenarios()


@pytest.mark.parametrize(
    "change",
    [
        {"method": "x"},
        {"samples": 12},
        {"vary": 3},
        {"outcomes": []},
        {"seeds": None},
        {"samples": "x"},
        {"base": {}, "vary": []},
    ],
)
def test_nonsense_records_are_refused(change: dict[str, object]) -> None:
    with pytest.raises(InputError) as caught:
        SensitivityStudy.from_record("manifest.json", {**study().record(), **change})
    assert "\n" not in str(caught.value)


def test_tables_survive_being_written(planted: FakeRuns) -> None:
    from io import StringIO

    made = study(samples=8)
    tables = made.analyse(planted)
    again = {name: pd.read_csv(StringIO(table.to_csv(index=False))) for name, table in tables.items()}
    assert made.sentences(again) == made.sentences(tables)


@pytest.mark.parametrize(("method", "names"), [(MORRIS, ["bars", "plane"]), (SOBOL, ["bars"])])
def test_pictures_name_what_matters_and_are_the_same_each_time(
    planted: FakeRuns, method: str, names: list[str]
) -> None:
    made = study(method, samples=8)
    tables = made.analyse(planted)
    found = made.drawings(tables)
    assert list(found) == [f"{name}-inactivity-rate" for name in names]
    for draw in found.values():
        svg = draw().svg
        assert svg == draw().svg
        assert "referral_chance" in svg


def test_defaults_are_the_assumptions_that_a_run_read(lcr: Region) -> None:
    assert used_assumptions(lcr, ["travel_wait_weight", "referral_chance"]) == tuple(
        name for name in lcr.assumptions.index if name in ("travel_wait_weight", "referral_chance")
    )


def test_strongest_takes_the_best_rank_over_outcomes() -> None:
    table = pd.DataFrame({"assumption": ["a", "b", "c"] * 2, "ST": 0.5, "rank": [1, 2, 3, 3, 2, 1]})
    assert strongest(table, 2) == ("a", "c")
