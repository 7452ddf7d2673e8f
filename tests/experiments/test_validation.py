"""The validation measures what targets name, tells fitted from held out, and hides no miss."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from agents.organisation_fields import Kind
from experiments.cli import main
from experiments.measure import Measurer
from experiments.measure_work import GROUPS, PERCENTILES, industry_of_work, sections_of_organisations
from experiments.measured import ERROR, OPENING, PANEL, SAMPLE, VALUE, measured_run, measures
from experiments.panel import LAST
from experiments.records import RunResult, run_scenario
from experiments.validation_pictures import family
from experiments.validation_study import FIT, HELD_OUT, later_figures, target_table, validation_sentences
from simulation import Economy, Scenario
from simulation.region import Region


def measured(values: dict[str, float], when: str = PANEL, sample: float = 100.0) -> RunResult:
    """A run of which some quantities were measured."""
    rows = [
        (when, dimension, "region", name, number)
        for name, value in values.items()
        for dimension, number in ((VALUE, value), (ERROR, 0.0), (SAMPLE, sample))
    ]
    breakdowns = pd.DataFrame(rows, columns=["month", "dimension", "group", "outcome", "value"])
    indicators = pd.DataFrame({"month": ["2020-04"], "gva": [1.0]})
    return RunResult(Scenario(), indicators, breakdowns, {}, "", 1, 1, {}, ())


def targets(*rows: dict[str, Any]) -> pd.DataFrame:
    usual = {
        "authority": "region", "when": PANEL, "role": FIT, "target": 0.10, "half_width": 0.02, "unit": "share",
        "source": "somebody", "why": "",
    }  # fmt: skip
    return pd.DataFrame([{**usual, "id": f"region/{row['quantity']}", **row} for row in rows])


def test_the_mean_over_seeds_is_held_against_the_target() -> None:
    table = targets({"quantity": "a"}, {"quantity": "b", "role": HELD_OUT, "why": "The cause."}, {"quantity": "c"})
    found = target_table(table, [measured({"a": 0.11, "b": 0.5}), measured({"a": 0.13, "b": 0.5})]).set_index("name")
    assert found.loc["region/a", "simulated"] == pytest.approx(0.12)
    # Two standard errors of the mean of 0.11 and 0.13 are 0.02.
    assert found.loc["region/a", ["low", "high"]].tolist() == pytest.approx([0.06, 0.14])
    assert found["pass"].tolist() == [True, False, None]
    assert found.loc["region/b", "why"] == "The cause."
    assert math.isnan(found.loc["region/c", "simulated"])
    assert found["role"].tolist() == [FIT, HELD_OUT, FIT]


def test_seeds_make_a_target_of_later_years_harder_to_meet() -> None:
    table = targets({"quantity": "a", "half_width": 0.0})
    few, many = (
        target_table(table, [measured({"a": 0.12 + 0.02 * (k % 2)}) for k in range(seeds)]) for seeds in (2, 20)
    )
    assert few["high"].item() > many["high"].item() > 0.10


def test_sentences_count_and_name_every_miss() -> None:
    table = targets({"quantity": "a"}, {"quantity": "b", "role": HELD_OUT, "why": "The cause."}, {"quantity": "c"})
    checks = pd.DataFrame(
        [
            {"name": "x", "low": 0.0, "high": 1.0, "simulated_low": 0.0, "simulated_high": 2.0, "pass": False},
            {"name": "y", "low": 0.0, "high": 1.0, "simulated_low": 0.0, "simulated_high": 1.0, "pass": True},
        ]
    )
    words = validation_sentences({"targets": target_table(table, [measured({"a": 0.1, "b": 0.5})]), "baseline": checks})
    assert words == [
        "Of 1 fitted targets 1 are met (100%): 1 of 1 of later years.",
        "1 fitted targets were not measured: the runs are too short.",
        "Of 1 held out targets 0 are met (0%): 0 of 1 of later years.",
        "Missed (held out): region/b, 0.5; allowed is 0.08 to 0.12. The cause.",
        "Of 2 checks that the baseline stays put 1 hold.",
        "Does not hold: x, 0 to 2; allowed is 0 to 1.",
    ]


def test_later_years_are_those_of_the_panel() -> None:
    monthly = pd.DataFrame({"month": range(LAST), "gva": np.arange(float(LAST)), "businesses": 1200.0})
    monthly["business_births"] = 16.0
    found = later_figures(monthly)
    assert found["gva"] == pytest.approx(np.arange(12, 60).mean())
    assert found["start_up_rate"] == pytest.approx(0.16)
    assert later_figures(monthly.iloc[:-1]) == {}


def test_measuring_changes_nothing_and_is_kept_with_the_run() -> None:
    scenario = Scenario(scale=1000, months=14, burn_in=2)
    plain, run = run_scenario(scenario), measured_run(scenario)
    assert plain.digest == run.digest
    found = measures(run)
    assert set(found["when"]) == {OPENING, PANEL}
    assert found["value"].notna().all()
    rows = run.breakdowns[~run.breakdowns["dimension"].isin([VALUE, ERROR, SAMPLE])]
    pd.testing.assert_frame_equal(rows.reset_index(drop=True), plain.breakdowns, check_dtype=False)
    assert measures(replace(run, breakdowns=plain.breakdowns)).empty


# --- targets of the pack ------------------------------------------------------------------------------


def test_about_a_third_of_the_targets_are_held_out(lcr: Region) -> None:
    roles = lcr.targets["role"].value_counts(normalize=True)
    assert 0.25 < roles[HELD_OUT] < 0.4
    held, fitted = (set(lcr.targets.loc[lcr.targets["role"] == role, "quantity"]) for role in (HELD_OUT, FIT))
    assert not held & fitted  # nothing is fitted in one authority and held out in another


def test_every_target_of_later_years_is_measured(lcr: Region) -> None:
    run = measured_run(Scenario(scale=1000, months=LAST, burn_in=2))
    assert target_table(lcr.targets, [run])["pass"].notna().all()


# --- work and income of the opening state ---------------------------------------------------------------


def test_residents_are_counted_in_one_group_each(opening: Economy) -> None:
    measurer = Measurer(opening)
    for area in ("region", "Wirral"):
        shares = [measurer.measure(f"residents_in_{group}", area) for group in GROUPS]
        assert sum(share.value for share in shares if share) == pytest.approx(1.0)
    known = industry_of_work(measurer)[measurer.employed]
    outside = opening.organisations.kind[opening.persons.employer[measurer.people[measurer.employed]]] == Kind.OUTSIDE
    assert ((known < 0) == outside).all()


def test_anchors_are_in_the_sections_of_what_they_do(opening: Economy) -> None:
    sections = sections_of_organisations(Measurer(opening))
    by_type = {agent.kind: sections[agent.row] for agent in opening.anchors}
    assert by_type["nhs"] == "Q"
    assert by_type["council"] == "O"
    assert by_type["university"] == "P"


def test_percentiles_of_pay_rise(opening: Economy) -> None:
    found = [Measurer(opening).measure(f"weekly_pay_p{p}_over_median", "region") for p in PERCENTILES]
    values = [item.value for item in found if item]
    assert values == sorted(values)
    assert values[3] < 1.0 < values[4]


def test_incomes_over_the_region_average_to_one(opening: Economy) -> None:
    measurer, homes, region = Measurer(opening), opening.households, opening.region
    rows = homes.rows()
    place = region.neighbourhood_authority[homes.neighbourhood[rows]]
    people = np.bincount(place, homes.people[rows])
    ratios = [measurer.measure("income_per_head_over_region", name).value for name in region.authority_names]  # type: ignore[union-attr]
    assert np.average(ratios, weights=people) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("name", "about"),
    [
        ("knowsley/commuting_to_wirral", "commuting"),
        ("region/later/job_finding_rate", "job finding rate"),
        ("region/weekly_pay_p20_over_median", "spread of weekly pay"),
        ("halton/qualification_nvq2", "qualifications"),
    ],
)
def test_pictures_group_targets_by_what_they_are_about(name: str, about: str) -> None:
    assert family(name) == about


# --- from the command -----------------------------------------------------------------------------------


@pytest.mark.slow
def test_the_command_shows_misses_and_runs_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    command = ["validate", "--scale", "1000", "--months", "14", "--seeds", "2", "--workers", "0", "--out", str(out)]
    assert main([*command, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert {"name", "role", "target", "low", "high", "simulated", "pass"} <= set(found["targets"][0])
    assert {row["role"] for row in found["targets"]} == {FIT, HELD_OUT}
    page = (out / "report.html").read_text(encoding="utf-8")
    missed = [row["name"] for row in found["targets"] if row["pass"] is False]
    assert missed
    for name in missed:
        assert f": {name}, " in page
    assert "commonweal figure" in page
    assert main(["report", str(out)]) == 0
    assert main(["reproduce", str(out), "--workers", "0"]) == 0
