"""Runs through Dask, and comparisons from the command to the files."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import types
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from experiments import runner
from experiments.cli import main
from experiments.comparison import EFFECT_COLUMNS, NO_EFFECT, Arm, Comparison
from experiments.comparison_study import ComparisonStudy, comparison_of
from experiments.conductor import Findings, conduct
from experiments.designs import default_design
from experiments.errors import RunsFailedError
from experiments.figures import figure_names
from experiments.laboratory import Execution, perform
from experiments.records import RunResult
from experiments.study_files import load_findings, write_findings
from policies import Skills, Transport
from simulation import Scenario

ROOT = Path(__file__).parents[2]
SMALL = Scenario(scale=1000, months=3, burn_in=2)
SHA256 = re.compile(r"[0-9a-f]{64}")


@pytest.fixture
def plain_report(monkeypatch: pytest.MonkeyPatch) -> None:
    """A report that takes no time to draw."""
    module: Any = types.ModuleType("experiments.report")
    module.report_page = lambda comparison, folder, boundaries: f"{len(comparison.seeds)} seeds"
    monkeypatch.setitem(sys.modules, "experiments.report", module)


@pytest.fixture
def fails_under_seed_2(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every run with a policy fails under seed 2."""
    run = runner.run_scenario

    def maybe(scenario: Scenario) -> RunResult:
        if scenario.seed == 2 and scenario.policies:
            raise RuntimeError("the month does not close")
        return run(scenario)

    monkeypatch.setattr(runner, "run_scenario", maybe)


def digests(scenarios: list[Scenario], **how: Any) -> list[str]:
    runs = perform(scenarios, Execution(**how))
    return [runs.result(scenario).digest for scenario in scenarios]


# --- the runner -------------------------------------------------------------------------------------


@pytest.mark.slow
def test_digests_do_not_depend_on_workers_or_on_the_order_of_seeds() -> None:
    scenarios = [SMALL.with_(seed=seed) for seed in (3, 1, 2)]
    here = digests(scenarios, workers=0)
    assert len(set(here)) == 3
    assert digests(scenarios, workers=1) == here
    assert digests(scenarios[::-1], workers=2) == here[::-1]


@pytest.mark.slow
def test_an_existing_cluster_gives_the_same_digest() -> None:
    from distributed import LocalCluster

    with LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address="127.0.0.1:0", silence_logs=50) as cluster:
        there = digests([SMALL], cluster=cluster.scheduler_address)
    assert there == digests([SMALL], workers=0)


def test_a_failed_run_is_noted_and_the_rest_go_on() -> None:
    # The assumption is refused only when the economy is built.
    bad = SMALL.with_(assumptions={"no such row": 1.0})
    ended: list[None] = []
    scenarios = [SMALL, bad, SMALL.with_(months=1)]
    runs = perform(scenarios, Execution(workers=0, progress=lambda: ended.append(None)))
    assert len(ended) == 3
    assert runs.result(SMALL).months_closed == SMALL.months + SMALL.burn_in
    assert len(runs.result(scenarios[2]).indicators) == 1
    failure = runs.failed(bad)
    assert failure is not None
    assert failure.scenario == bad
    assert "no such row" in failure.error
    assert "Traceback" in failure.traceback
    assert runs.failed(SMALL) is None
    with pytest.raises(KeyError):
        runs.result(bad)


def test_records_of_a_run() -> None:
    scenario = SMALL.with_(policies=(Skills(start="2020-05"),))
    result = perform([scenario], Execution(workers=0)).result(scenario)
    assert result.scenario == scenario
    assert result.indicators["month"].tolist() == ["2020-04", "2020-05", "2020-06"]
    assert set(result.breakdowns["month"]) == {"2020-06"}
    assert result.headings["skills"] > 0.0
    assert result.months_closed == SMALL.months + SMALL.burn_in
    assert len(result.discrepancy) == 7
    assert set(result.discrepancy.values()) == {0}
    assert SHA256.fullmatch(result.digest)
    assert "course_cost_classroom" in result.assumptions


@pytest.mark.slow
def test_digest_does_not_depend_on_the_hash_seed(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_text('scale = 1000\nmonths = 2\n[[policies]]\ntype = "fair_employment_charter"\nstart = "2020-04"\n')
    found = set()
    for seed in ("0", "12345"):
        done = subprocess.run(
            [sys.executable, "-m", "experiments", "digest", str(path)],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=True,
        )
        assert SHA256.fullmatch(done.stdout.removesuffix("\n"))  # exactly one line
        found.add(done.stdout)
    assert len(found) == 1


# --- comparisons ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def findings() -> Findings:
    """Transport from the second month, skills at no strength, against the baseline, under two seeds."""
    arms = (
        Arm("baseline", "Baseline", SMALL),
        Arm("transport", "Transport", SMALL.with_(policies=(Transport(start="2020-05"),))),
        Arm("nothing", "Nothing", SMALL.with_(policies=(Skills(start="2020-05", strength=0.0),))),
    )
    found = conduct(ComparisonStudy(arms, (1, 2)), Execution(workers=0))
    assert found.failures == ()
    return found


@pytest.fixture(scope="module")
def comparison(findings: Findings) -> Comparison:
    return comparison_of(findings)


def test_runs_are_ordered_by_the_design(comparison: Comparison) -> None:
    assert comparison.seeds == (1, 2)
    order = comparison.indicators[["arm", "seed"]].drop_duplicates().values.tolist()
    assert order == [[arm, seed] for arm in ("baseline", "transport", "nothing") for seed in (1, 2)]
    assert [[run["arm"], run["seed"]] for run in comparison.manifest["runs"]] == order


def test_a_policy_at_no_strength_has_exactly_no_effect(comparison: Comparison) -> None:
    mine = comparison.effects[comparison.effects["arm"] == "nothing"]
    assert len(mine) > 40
    assert (mine[["effect", "low", "high"]].to_numpy() == 0.0).all()
    assert set(mine["verdict"]) == {NO_EFFECT}
    assert (comparison.costs.loc[comparison.costs["arm"] == "nothing", "yearly_cost"] == 0.0).all()


def test_a_policy_that_costs_shows_its_cost_and_its_reach(comparison: Comparison) -> None:
    costs = comparison.costs.set_index(["arm", "heading"])["yearly_cost"]
    assert costs["transport", "transport"] > 0.0
    effects = comparison.effects.set_index(["arm", "outcome"])["effect"]
    assert effects["transport", "reachable_vacancies_no_car"] > 0.0
    assert effects["transport", "public_policy_cost"] > 0.0


def test_assumptions_are_those_that_were_read(comparison: Comparison) -> None:
    assert list(comparison.assumptions) == ["name", "value", "low", "high", "unit", "source", "note"]
    assert "bus_fare_revenue" in set(comparison.assumptions["name"])
    assert comparison.assumptions["name"].is_monotonic_increasing


def test_manifest_says_where_results_come_from(comparison: Comparison) -> None:
    manifest = comparison.manifest
    assert manifest["design"]["seeds"] == [1, 2]
    assert manifest["design"]["arms"][1]["scenario"]["policies"][0]["fare_cut"] == Transport().fare_cut
    assert SHA256.fullmatch(manifest["region"]["hash"])
    assert SHA256.fullmatch(manifest["code"]["hash"])
    assert {"python", "numpy", "numba", "pandas", "mesa"} <= set(manifest["versions"])
    assert manifest["started"] <= manifest["finished"]
    by_arm = {(run["arm"], run["seed"]): run["digest"] for run in manifest["runs"]}
    assert by_arm["nothing", 1] == by_arm["baseline", 1] != by_arm["transport", 1]


FILES = [
    "assumptions.csv", "breakdowns.parquet", "checks.csv", "costs.csv", "effects.csv", "group_effects.csv",
    "indicators.parquet", "manifest.json", "money_flows.csv", "put_in.csv", "report.html", "targets.csv",
]  # fmt: skip


@pytest.mark.slow
def test_compare_from_the_command_to_the_files(
    tmp_path: Path, plain_report: None, capsys: pytest.CaptureFixture[str]
) -> None:
    path, out = tmp_path / "my.toml", tmp_path / "results" / "mine"
    path.write_text('name = "my"\nscale = 1000\nmonths = 3\n[[policies]]\ntype = "transport"\nstart = "2020-05"\n')
    arguments = ["compare", str(path), "--seeds", "2", "--workers", "0", "--out", str(out)]
    assert main(arguments) == 0
    captured = capsys.readouterr()
    assert "Effects in the final year, 2 seeds" in captured.out
    assert captured.err == ""  # no progress bar where there is no terminal
    assert sorted(item.name for item in out.iterdir()) == FILES
    assert [item.name for item in out.parent.iterdir()] == ["mine"]
    effects = pd.read_csv(out / "effects.csv")
    assert tuple(effects.columns) == EFFECT_COLUMNS
    assert set(effects["arm"]) == {"my"}

    # Again, in place, by two workers, for machines: the same numbers.
    assert main([*arguments[:-3], "2", *arguments[-2:], "--json"]) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    assert json.loads(captured.out)["arms"] == ["baseline", "my"]
    pd.testing.assert_frame_equal(pd.read_csv(out / "effects.csv"), effects, check_exact=True)

    # The report alone, from the files.
    (out / "report.html").unlink()
    assert main(["report", str(out)]) == 0
    assert sorted(item.name for item in out.iterdir()) == FILES
    assert (out / "report.html").read_text() == "2 seeds"


def test_a_comparison_is_read_back_as_it_was_written(findings: Findings, tmp_path: Path, plain_report: None) -> None:
    write_findings(findings, tmp_path / "out")
    back = load_findings(tmp_path / "out")
    assert back.study == findings.study
    files, pictures = back.manifest.pop("files"), back.manifest.pop("pictures")
    assert back.manifest == json.loads(json.dumps(findings.manifest))
    assert len(files) == len(findings.tables)
    assert [*findings.tables, *pictures] == figure_names(findings)
    assert list(back.tables) == list(findings.tables)
    for name, table in findings.tables.items():
        pd.testing.assert_frame_equal(back.tables[name], table, check_dtype=False, check_exact=True)


@pytest.mark.usefixtures("fails_under_seed_2")
def test_failed_runs_are_named_and_never_replace_whole_results(
    tmp_path: Path, plain_report: None, capsys: pytest.CaptureFixture[str]
) -> None:
    path, out = tmp_path / "my.toml", tmp_path / "out"
    path.write_text('name = "my"\nscale = 1000\nseed = 1\nmonths = 1\n[[policies]]\ntype = "skills"\n')
    assert main(["compare", str(path), "--seeds", "2", "--workers", "0", "--out", str(out)]) == 1
    text = capsys.readouterr().err
    assert "my, seed 2: RuntimeError: the month does not close" in text
    assert "Traceback" in text
    assert not out.exists()
    kept = load_findings(tmp_path / "out-incomplete")
    assert comparison_of(kept).seeds == (1,)
    assert [(run["arm"], run["seed"]) for run in kept.manifest["failed"]] == [("my", 2)]


@pytest.mark.usefixtures("fails_under_seed_2")
def test_a_comparison_without_a_whole_seed_is_no_comparison() -> None:
    arms = (Arm("baseline", "Baseline", SMALL), Arm("a", "A", SMALL.with_(policies=(Skills(),))))
    with pytest.raises(RunsFailedError, match="a, seed 2: RuntimeError"):
        conduct(ComparisonStudy(arms, (2,)), Execution(workers=0))


def test_runs_are_kept_when_the_report_fails(
    tmp_path: Path, plain_report: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("no ink")

    monkeypatch.setattr(sys.modules["experiments.report"], "report_page", fail)
    path, out = tmp_path / "my.toml", tmp_path / "out"
    path.write_text('name = "my"\nscale = 1000\nmonths = 1\n[[policies]]\ntype = "skills"\n')
    assert main(["compare", str(path), "--seeds", "1", "--workers", "0", "--out", str(out)]) == 1
    assert "the tables are kept in" in capsys.readouterr().err
    assert not out.exists()
    assert comparison_of(load_findings(tmp_path / "out-incomplete")).seeds == (7,)


def test_default_design_runs_whole() -> None:
    arms = default_design(scale=1000, months=1)
    found = conduct(ComparisonStudy(arms, (7,)), Execution(workers=0))
    assert found.failures == ()
    assert set(found.tables["effects"]["arm"]) == {arm.name for arm in arms[1:]}


# --- the other commands that run --------------------------------------------------------------------


def test_run_prints_the_ledger_and_writes_its_records(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, out = tmp_path / "my.toml", tmp_path / "out"
    path.write_text('name = "my"\n[[policies]]\ntype = "skills"\nstart = "2020-04"\n')
    arguments = ["run", str(path), "--scale", "1000", "--seed", "5", "--months", "2", "--out", str(out)]
    assert main(arguments) == 0
    text = capsys.readouterr().out
    for sector in ("households", "local firms", "external firms", "social firms", "anchors", "government"):
        assert re.search(rf"{sector}\W+0\W", text), sector
    assert "14 months closed (12 of burn-in)" in text
    assert sorted(item.name for item in out.iterdir()) == [
        "breakdowns.parquet", "flows.csv", "indicators.parquet", "manifest.json"
    ]  # fmt: skip
    manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["scenario"]["seed"] == 5
    assert manifest["digest"] in text
    flows = pd.read_csv(out / "flows.csv", index_col="flow")
    assert (flows["Total"] == 0).all()

    assert main([*arguments, "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert record["digest"] == manifest["digest"]
    assert set(record["ledger"]["discrepancy_pence"].values()) == {0}

    assert main(["digest", *arguments[1:8]]) == 0
    assert capsys.readouterr().out == f"{manifest['digest']}\n"


@pytest.mark.slow
def test_a_script_without_a_main_guard_is_told_so(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "import experiments\n"
        "from simulation import Scenario\n"
        "experiments.sweep(Scenario(scale=1000, months=2, burn_in=1), ['trend_growth=0:0.01:2'], seeds=1,\n"
        "                  execution=experiments.Execution(workers=2))\n"
    )
    done = subprocess.run(
        [sys.executable, str(script)], env={**os.environ, "PYTHONPATH": str(ROOT)}, cwd=tmp_path,
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode != 0
    # One traceback, of the script, which ends in the line that helps.
    assert done.stderr.count("Traceback") == 1
    assert "--workers: none started; in a script, allowed is below `if __name__ == '__main__':`" in done.stderr
