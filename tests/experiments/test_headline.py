"""The table of a page comes out of a study and takes the place of the one before."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from experiments.comparison import FINAL_YEAR, LOWERS, NO_EFFECT, Arm
from experiments.comparison_study import ComparisonStudy
from experiments.conductor import Findings
from experiments.ensemble import EnsembleStudy
from experiments.errors import InputError
from experiments.headline import BEGIN, END, headline_table, put_into
from policies import Skills
from simulation import Scenario

ARMS = (Arm("baseline", "Baseline", Scenario()), Arm("a", "Skills", Scenario(policies=(Skills(),))))


def findings() -> Findings:
    row = {"arm": "a", "window": FINAL_YEAR, "effect": -0.01, "verdict": LOWERS}
    ends = {"seed_low": -0.011, "seed_high": -0.009, "low": -0.016, "high": -0.004}
    rows = [
        {**row, **ends, "outcome": "inactivity_rate"},
        {**row, **ends, "outcome": "employment_rate", "verdict": NO_EFFECT, "high": 0.2},
    ]
    tables = {"effects": pd.DataFrame(rows), "members": pd.DataFrame({"member": [1, 2]})}
    return Findings(EnsembleStudy(ARMS, (7, 8), ({}, {})), tables, {})


def test_cells_hold_both_intervals_and_brackets_what_is_not_detectable() -> None:
    lines = headline_table(findings(), "x").splitlines()
    assert lines[0] == "| | Skills |"
    cells = {line.split(" | ")[0].strip("| "): line.split(" | ")[1].rstrip(" |") for line in lines[2:4]}
    assert cells["Inactive, of working age"] == "−1.00 points (−1.10 to −0.90) (−1.60 to −0.40)"
    assert cells["Employed, of working age"].startswith("[−1.00 points (−1.10 to −0.90) (−1.60 to +20.00)")
    assert "2 seeds, 2 draws of the assumptions" in lines[-1]


def test_a_page_keeps_all_but_the_table(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n")
    put_into(page, "| new |")
    assert page.read_text() == f"before\n{BEGIN}\n\n| new |\n\n{END}\nafter\n"
    page.write_text("no place")
    with pytest.raises(InputError, match="--into: allowed is a page with the lines"):
        put_into(page, "| new |")
    assert page.read_text() == "no place"


def test_only_an_ensemble_has_both_kinds_of_uncertainty() -> None:
    other = Findings(ComparisonStudy(ARMS, (7,)), {}, {})
    with pytest.raises(InputError, match="compare --assumptions ensemble"):
        headline_table(other, "x")


def test_the_front_page_has_a_place_for_it() -> None:
    text = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    assert text.count(BEGIN) == text.count(END) == 1
    assert "| Inactive, of working age |" in text.partition(BEGIN)[2].partition(END)[0]
