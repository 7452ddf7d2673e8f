"""The study of shocks: which runs it asks for, and that depth, recovery and sentences are those of the runs."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import experiments
from experiments import Execution
from experiments.cli import main
from experiments.comparison import LOWERS, NO_EFFECT
from experiments.errors import InputError, RunsFailedError
from experiments.shock_paths import HARM, depth, path
from experiments.shock_study import DEFAULT_SHOCKS, ShockStudy, shock_study
from experiments.shock_words import described
from simulation import Scenario
from simulation.shocks import ClosureShock, DemandShock
from tests.experiments.fake_runs import FakeRuns

BASE = Scenario(scale=1000, months=36)
MONTHS = [f"2021-{month:02d}" for month in range(4, 13)] + [f"2022-{month:02d}" for month in range(1, 13)]
SEEDS = (1, 2, 3, 4, 5, 6)


class ShockedRuns(FakeRuns):
    """Jobs fall by 12,000 in the month of a shock and come back by 1,000 a month; nothing else moves but by luck."""

    def __init__(self, lost: float = 12_000.0, fails: int | None = None) -> None:
        super().__init__(lambda _: {}, lambda scenario: scenario.seed == fails and bool(scenario.shocks))
        self._lost = lost

    def indicators(self, scenario: Scenario) -> pd.DataFrame:
        months = np.arange(scenario.months)
        luck = np.random.default_rng(scenario.seed).normal(size=(scenario.months, len(HARM)))
        table = pd.DataFrame(1000.0 + luck, columns=list(HARM))
        table["jobs"] = 600_000.0 + 100.0 * luck[:, 1]
        for shock in scenario.shocks:
            after = months - scenario.month_of(shock.start)
            gone = np.where(after >= 0, np.maximum(self._lost - 1000.0 * after, 0.0), 0.0)
            # A wobble that is not shared, so that intervals have a width.
            wobble = np.random.default_rng(scenario.seed + 99).normal(size=scenario.months)
            table["jobs"] -= np.where(after >= 0, gone + 50.0 * wobble, 0.0)
            table["inactivity_rate"] += np.where(after >= 0, 0.01 * wobble, 0.0)
        table.insert(0, "month", [scenario.calendar(month) for month in months])
        return table


def test_every_shock_is_an_arm_that_differs_in_it_alone() -> None:
    made = shock_study(BASE, (1, 2))
    plain, demand, closure = made.arms
    assert [arm.name for arm in made.arms] == ["baseline", "demand", "closure"]
    assert plain.scenario.shocks == ()
    assert (*demand.scenario.shocks, *closure.scenario.shocks) == DEFAULT_SHOCKS
    for arm in (demand, closure):
        assert arm.scenario.with_(shocks=(), name=plain.name) == plain.scenario
    assert len(made.scenarios()) == 6


def test_shocks_of_a_file_are_told_apart_and_struck_together() -> None:
    shocks = (*DEFAULT_SHOCKS, ClosureShock(start="2021-05", rank=2))
    made = shock_study(BASE.with_(shocks=shocks), (1,))
    assert [arm.name for arm in made.arms] == ["baseline", "demand", "closure", "closure_2", "together"]
    assert made.arms[-1].scenario.shocks == shocks


def test_depth_and_recovery_by_hand() -> None:
    baseline = np.full((9, 2), 100.0)
    fall = np.array([0.0, -6.0, -9.0, -12.0, -9.0, -6.0, -3.0, 0.0, 0.0])
    shocked = baseline + fall[:, None] + np.array([0.1, -0.1])
    found = depth(baseline, shocked, MONTHS[:9], "gva")
    assert found["depth"] == pytest.approx(-10.0)  # of -9, -12, -9
    assert (found["trough"], found["months_to_trough"]) == ("2021-08", 4)
    # Means of three months after it: -9, -6, -3; half of ten is first undercut by the third.
    assert (found["months_to_half"], found["half_by"]) == (3, "2021-11")
    assert found["share"] == pytest.approx(-0.1)
    assert found["low"] == pytest.approx(-10.0 - 12.7062 * 0.1, rel=1e-4)  # t of one degree of freedom
    assert found["first_year"] == pytest.approx(fall.mean())


def test_harm_may_be_a_rise_and_half_may_not_come() -> None:
    baseline = np.zeros((6, 3))
    rise = np.linspace(0.0, 0.05, 6)[:, None] + np.array([0.0001, -0.0001, 0.0])
    found = depth(baseline, rise, MONTHS[:6], "unemployment_rate")
    assert found["depth"] == pytest.approx(0.04)
    assert found["months_to_half"] is None
    assert found["surely"]


def test_the_path_is_the_paired_difference_by_month() -> None:
    baseline = np.arange(8.0).reshape(4, 2)
    found = path(baseline, baseline + np.array([1.0, 3.0]), MONTHS[:4], "jobs")
    assert found["effect"].tolist() == pytest.approx([2.0] * 4)
    assert found["months_after"].tolist() == [0, 1, 2, 3]
    assert found["month"].tolist() == MONTHS[:4]


def test_the_worst_of_many_months_is_not_told_for_being_the_worst() -> None:
    rng = np.random.default_rng(3)
    told = 0
    for _ in range(60):
        baseline = rng.normal(size=(48, 6))
        told += bool(depth(baseline, rng.normal(size=(48, 6)), ["2021-04"] * 48, "gva")["surely"])
    assert told <= 6


def test_tables_and_sentences_say_what_the_runs_said() -> None:
    made = shock_study(BASE, SEEDS)
    tables = made.analyse(ShockedRuns())
    rows = tables["depth"].set_index(["arm", "outcome"])
    row = rows.loc[("closure", "jobs")]
    assert row["depth"] == pytest.approx(-11_000.0, abs=60.0)
    assert (row["trough"], row["months_to_trough"], row["months_to_half"]) == ("2021-06", 2, 6)
    assert bool(row["surely"])
    assert row["first_year_verdict"] == LOWERS
    assert rows.loc[("closure", "gva"), "first_year_verdict"] == NO_EFFECT
    assert len(tables["path"]) == 2 * len(HARM) * 24
    lines = made.sentences(tables)
    assert lines[0].startswith(
        "Exports 10% lower for 12 months from April 2021: the number of jobs falls by most in the quarter to "
        "June 2021, by 10,993 ("
    )
    assert lines[0].endswith("half of it is made up 6 months later.")
    unmoved = "gross value added, unemployment, inactivity, the number of businesses and the fiscal balance"
    assert lines[1].endswith(f"no detectable effect on {unmoved}, in the first year or any quarter.")
    assert not any("inactivity" in line and "no detectable" not in line for line in lines)


def test_one_seed_claims_nothing() -> None:
    made = shock_study(BASE, (1,))
    lines = made.sentences(made.analyse(ShockedRuns()))
    assert len(lines) == 3
    assert all("one seed gives no intervals, so nothing is claimed" in line for line in lines[:2])
    assert lines[2].startswith("Customers of an employer that closes")


def test_a_failed_run_takes_its_seed_and_nothing_else() -> None:
    made = shock_study(BASE, SEEDS)
    assert set(made.analyse(ShockedRuns(fails=3))["depth"]["seeds"]) == {5}
    with pytest.raises(RunsFailedError):
        shock_study(BASE, (3,)).analyse(ShockedRuns(fails=3))


def test_the_picture_shows_every_outcome() -> None:
    made = shock_study(BASE, SEEDS)
    tables = made.analyse(ShockedRuns())
    first, second = (made.drawings(tables)["paths"]().svg for _ in range(2))
    assert first == second
    for text in ("Jobs", "Fiscal balance", "months after the shock", "Closure of the largest private employer"):
        assert text in first


def test_a_study_comes_back_from_its_record() -> None:
    made = shock_study(BASE.with_(shocks=DEFAULT_SHOCKS), (1, 2))
    record = json.loads(json.dumps(made.record()))
    assert ShockStudy.from_record("manifest.json", record) == made
    for change in ({"base": 3}, {"seeds": None}, {"seeds": []}):
        with pytest.raises(InputError, match=r"^manifest\.json"):
            ShockStudy.from_record("manifest.json", {**record, **change})


def test_shocks_that_strike_too_late_are_refused() -> None:
    with pytest.raises(InputError, match=r"shocks\[0\]\.start: 2021-04, and the run ends with 2021-03"):
        shock_study(BASE.with_(months=12), (1,))


@pytest.mark.parametrize(
    ("shock", "text"),
    [
        (DemandShock(start="2021-04", months=1, size=0.05), "Exports 5% higher for 1 month from April 2021"),
        (
            ClosureShock(start="2020-12", rank=3),
            "Closure of the private employer of rank 3 by staff at the beginning of December 2020",
        ),
    ],
)  # fmt: skip
def test_shocks_in_words(shock: DemandShock | ClosureShock, text: str) -> None:
    assert described(shock) == text


@pytest.mark.slow
def test_the_command_writes_a_folder_that_comes_out_the_same_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "shock"
    options = ["--scale", "1000", "--seeds", "2", "--months", "18", "--workers", "0"]
    assert main(["shock", *options, "--out", str(out), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert set(said["tables"]) == {"depth", "path"}
    assert {item.name for item in out.iterdir()} >= {"report.html", "manifest.json", "depth.csv", "path.csv"}
    jobs = pd.DataFrame(said["tables"]["path"]).query("arm == 'closure' and outcome == 'jobs'")
    assert jobs["effect"].iloc[0] < 0.0
    assert main(["reproduce", str(out), "--workers", "0"]) == 0
    found = experiments.shock(scale=1000, seeds=2, months=18, execution=Execution(workers=0))
    assert found.sentences == said["sentences"]
