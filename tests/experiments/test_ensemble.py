"""Policies under many draws of the assumptions, and seeds added until intervals are narrow enough."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from experiments.cli import main
from experiments.comparison import FINAL_YEAR, LOWERS, NO_INTERVAL, Arm
from experiments.conductor import Findings
from experiments.ensemble import EnsembleStudy, ensemble_sentences
from experiments.errors import InputError
from experiments.until import Goal, goal_from, until
from policies import Skills
from simulation import Scenario
from tests.experiments.fake_runs import FakeRuns

SCENARIO = 'name = "mine"\nscale = 1000\nmonths = 4\nburn_in = 2\n[[policies]]\ntype = "transport"\nstart = "2020-04"\n'


@pytest.mark.slow
def test_compare_with_an_ensemble_keeps_luck_and_assumptions_apart(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mine.toml").write_text(SCENARIO)
    out = tmp_path / "out"
    command = ["compare", str(tmp_path / "mine.toml"), "--assumptions", "ensemble", "--members", "3", "--seeds", "2"]
    assert main([*command, "--workers", "0", "--out", str(out), "--json"]) == 0
    capsys.readouterr()
    manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    drawn = manifest["design"]["members"]
    assert len(drawn) == 3
    assert len(drawn[0]) > 50
    for name in ("applications_per_month", "brokerage_search_boost"):  # calibrated, and of a policy
        assert len({member[name] for member in drawn}) == 3
    assert len(manifest["runs"]) == 2 * 3 * 2
    effects = pd.read_csv(out / "effects.csv").set_index(["outcome", "window"])
    row = effects.loc[("public_policy_cost", FINAL_YEAR)]
    assert row["members"] == 3
    assert row["seeds"] == 2
    assert row["parameter_sd"] > row["seed_sd"] >= 0.0, "the cost hangs on what buses cost, hardly on luck"
    assert row["high"] - row["low"] > row["seed_high"] - row["seed_low"]
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "is due to assumptions and the rest to the luck of the draw" in page
    assert main(["reproduce", str(out), "--workers", "0"]) == 0


def test_sentences_claim_only_what_holds_under_other_assumptions() -> None:
    row = {
        "window": FINAL_YEAR, "effect": -0.01, "low": -0.012, "high": -0.008, "verdict": LOWERS,
        "parameter_share": 0.75, "members": 8, "seeds": 3, "outcome": "inactivity_rate",
    }  # fmt: skip
    other = {**row, "arm": "b", "low": -0.05, "high": 0.03, "verdict": "no detectable effect"}
    words = ensemble_sentences(pd.DataFrame([{**row, "arm": "a"}, other]), {"a": "First", "b": "Second"})
    assert words[0].startswith("First, whatever the assumptions within their ranges: the share")
    assert "-1.00 points (-1.20 points to -0.80 points)" in words[0]
    assert "75% is due to assumptions" in words[1]
    assert words[2] == "Second: no detectable effect on any headline outcome once assumptions are uncertain."


def test_what_has_no_interval_is_not_told_as_no_effect() -> None:
    row = {
        "window": FINAL_YEAR, "effect": -0.01, "low": np.nan, "high": np.nan, "verdict": NO_INTERVAL,
        "parameter_share": np.nan, "members": 8, "seeds": 1, "outcome": "inactivity_rate", "arm": "a",
    }  # fmt: skip
    words = ensemble_sentences(pd.DataFrame([row]), {"a": "First"})
    assert words[0] == "First: no interval, so no claim; that takes two seeds and two draws at least."


def test_each_policy_has_its_own_third_year() -> None:
    base = Scenario(scale=1000, months=84)
    late, early = (base.with_(policies=(Skills(start=start),)) for start in ("2023-04", "2021-04"))
    arms = (Arm("baseline", "", base), Arm("early", "", early), Arm("late", "", late))
    runs = FakeRuns(lambda scenario: {"gva": 1.0})
    EnsembleStudy(arms, (1, 2), ({}, {"trend_growth": 0.01})).analyse(runs)
    assert runs.windows == {(72, 83), (36, 47), (60, 71)}
    spans: dict[str, set[tuple[int, int]]] = {}
    runs.window_means = lambda scenario, *span: (  # type: ignore[method-assign,assignment]
        spans.setdefault(scenario.name.split(",")[0], set()).add(span) or pd.Series({"gva": 1.0})
    )
    EnsembleStudy(arms, (1, 2), ({}, {"trend_growth": 0.01})).analyse(runs)
    assert spans["early"] == {(72, 83), (36, 47)}
    assert spans["late"] == {(72, 83), (60, 71)}
    assert spans["baseline"] == {(72, 83), (36, 47), (60, 71)}


@pytest.mark.parametrize(
    ("more", "line"),
    [
        (["--assumptions", "guess"], "--assumptions: 'guess'; allowed: ensemble, ranges"),
        (["--assumptions", "ensemble", "--members", "1"], "--members: 1; allowed is 2 to 1000"),
        (["--assumptions", "ensemble", "--until-ci", "gva=1"], "--until-ci: not with --assumptions"),
        (["--until-ci", "luck=1"], "--until-ci: 'luck': unknown outcome; allowed: "),
        (["--until-ci", "gva"], "--until-ci: 'gva': allowed is OUTCOME=WIDTH"),
        (["--until-ci", "gva=0"], "--until-ci: 'gva=0': allowed is OUTCOME=WIDTH"),
    ],
)
def test_bad_options_get_one_line(more: list[str], line: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", "--scale", "1000", "--months", "1", *more]) == 2
    error = capsys.readouterr().err
    assert error.startswith(line)
    assert error.count("\n") == 1


# --- until narrow enough ------------------------------------------------------------------------------


def conductor(sd: float, asked: list[int]) -> Any:
    """A study whose one effect has a standard deviation over seeds; notes how many seeds it was asked for."""
    from experiments.effects import paired_statistics

    def conduct(seeds: Sequence[int]) -> Findings:
        asked.append(len(seeds))
        values = np.random.default_rng(3).normal(0.0, sd, 2000)[None, : len(seeds)]
        table = paired_statistics(np.zeros_like(values), values).assign(arm="a", outcome="gva", window=FINAL_YEAR)
        return Findings(study=None, tables={"effects": table}, manifest={})  # type: ignore[arg-type]

    return conduct


def test_seeds_are_added_until_the_interval_is_narrow_enough() -> None:
    asked: list[int] = []
    findings, met = until(conductor(1.0, asked), (7, 8), [Goal("gva", 0.5)])
    table = findings.tables["effects"]
    assert met
    assert (table["high"] - table["low"]).item() <= 0.5
    assert asked == sorted(asked)
    assert asked[0] == 5
    assert 55 <= asked[-1] <= 110  # (2 x 1.96 / 0.5)² is 61


def test_without_a_goal_nothing_is_added() -> None:
    asked: list[int] = []
    assert until(conductor(1.0, asked), (7, 8), [])[1]
    assert asked == [2]


def test_a_goal_out_of_reach_ends_at_the_most_seeds() -> None:
    asked: list[int] = []
    _, met = until(conductor(1.0, asked), (7, 8), [Goal("gva", 1e-6)], most=30)
    assert not met
    assert asked[-1] == 30


def test_goals_are_read() -> None:
    assert goal_from("inactivity_rate=0.002") == Goal("inactivity_rate", 0.002)
    with pytest.raises(InputError, match="OUTCOME=WIDTH"):
        goal_from("gva=nan")


def test_a_goal_about_what_has_no_values_gets_one_line() -> None:
    def conduct(seeds: Sequence[int]) -> Findings:
        table = pd.DataFrame(
            {"arm": ["a", "b"], "outcome": "gva", "window": FINAL_YEAR, "low": [0.0, np.nan], "high": 1.0, "sd": 1.0}
        )
        return Findings(study=None, tables={"effects": table}, manifest={})  # type: ignore[arg-type]

    with pytest.raises(InputError, match="--until-ci: gva: has no value in the final year"):
        until(conduct, (1, 2, 3), [Goal("gva", 0.5)])
