"""The benchmark: what it measures is there, adds up, and is judged the right way round."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest

import simulation.economy as month
from experiments import bench, trials
from experiments.bench_table import LIMITS, Limit
from experiments.cli import main
from simulation import Economy

RATIOS = {
    "month_over_mesa_empty_step",
    "month_over_starsim_step",
    "month_over_copy_floor",
    "month_scale_1_over_10",
    "reference_over_month",
    "synthesis_over_month",
}


@pytest.fixture(scope="module")
def measured() -> dict[str, object]:
    return bench.measure_month(1000, 3, 7, yardsticks=True)


def test_phases_make_up_the_month(measured):
    phases = measured["phases"]
    assert len(phases) == 10
    # A median of sums is not the sum of medians; opening a month is no phase.
    assert 0.5 * measured["month"] < sum(phases.values()) < 1.5 * measured["month"]


def test_yardsticks_have_as_many_agents_as_there_are_households(measured, opening):
    assert measured["households"] == len(Economy(scale=1000, seed=7).households)
    assert measured["yardsticks"]["mesa"] > 0.0
    assert measured["yardsticks"]["copy"] > 0.0


def test_the_copy_touches_every_column_of_every_table(make_economy):
    economy = make_economy()
    columns = bench.columns_of(economy)
    assert sum(column.nbytes for column in columns) == sum(
        getattr(table, name).nbytes
        for table in (economy.households, economy.persons, economy.organisations, economy.contracts)
        for name in table.fields
    )


def test_timing_leaves_the_model_as_it_was(measured, make_economy):
    assert month.live.__name__ == "live"
    assert not hasattr(month.live, "__wrapped__")
    assert make_economy(months=1).run().digest() == make_economy(months=1).run().digest()


def test_only_one_core_is_used_and_given_back():
    if not hasattr(os, "sched_setaffinity"):
        pytest.skip("this system cannot keep a process on one core")
    before = os.sched_getaffinity(0)
    with bench.one_core():
        assert len(os.sched_getaffinity(0)) == 1
    assert os.sched_getaffinity(0) == before


def test_machines_get_every_ratio(capsys, monkeypatch):
    monkeypatch.setattr(bench, "REFERENCE_SCALE", 500)  # the readable form takes its time at its own
    assert main(["bench", "--quick", "--finest", "100", "--repeats", "1", "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert set(result["ratios"]) == RATIOS
    assert result["ratios"]["month_over_copy_floor"] > 1.0
    assert result["ratios"]["month_scale_1_over_10"] is None
    assert result["peak_rss_mib"] > 50.0
    assert sum(result["phases"].values()) > 0.0


@pytest.mark.parametrize(("option", "value"), [("--repeats", "0"), ("--finest", "101"), ("--seed", "-1")])
def test_bad_input_gets_one_line(option, value, capsys):
    assert main(["bench", option, value]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_a_limit_is_an_upper_or_a_lower_bound():
    most, least = Limit("a", ("x",), 2.0), Limit("b", ("x",), 300.0, least=True)
    assert [most.holds({"x": value}) for value in (1.9, 2.1, None)] == [True, False, None]
    assert [least.holds({"x": value}) for value in (301.0, 299.0, None)] == [True, False, None]


def test_every_limit_names_a_value_that_is_measured():
    sample = {
        "ratios": dict.fromkeys(RATIOS, 1.0),
        "commands": {
            "long_run": {"peak_rss_mib": 1.0},
            "short_run": {"cpu_seconds": 1.0},
            "first_run": {"compiling_seconds": 1.0},
        },
    }
    assert all(limit.value(sample) == 1.0 for limit in LIMITS)


@pytest.mark.slow
def test_whole_commands_run_in_processes_of_their_own(tmp_path: Path):
    held = np.ones(100_000_000)
    made, long = trials.long_run(7, tmp_path, scale=1000, months=2)
    # What this process holds is not counted as theirs.
    assert 50.0 < long.peak_rss_mib < held.nbytes / 2**20
    assert long.cpu_seconds > 0.1
    assert made.digest != long.digest


def test_a_command_that_fails_says_why():
    with pytest.raises(RuntimeError, match="scale"):
        trials.trial(["--scale", "0"], {})
