"""A calibration finds what was planted, goes on where it was killed, and says what it leaves open."""

from __future__ import annotations

import math
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from experiments.calibration import BATCH, RULED_OUT, SPREAD, Point, distance, implausibility, propose, score, search
from experiments.calibration_study import calibration_sentences, pinned
from experiments.cli import main
from experiments.ensemble import ENSEMBLE, RANGES, ensemble_sentences, members_of
from experiments.errors import InputError
from experiments.variations import Variation, parse
from simulation import Scenario
from simulation.region import Region

ROOT = Path(__file__).parents[2]
NAMES = ["search_saturation", "referral_chance", "separation_base_rate"]


@pytest.fixture
def space(lcr: Region) -> tuple[Variation, ...]:
    return parse(Scenario(), NAMES)


def places(space: tuple[Variation, ...], point: Point) -> np.ndarray:
    """Where in their ranges the values of a point lie, from 0 to 1."""
    return np.array([(point[v.name] - v.low) / (v.high - v.low) for v in space])


def row(name: str, simulated: float, **more: Any) -> dict[str, Any]:
    usual = {"name": name, "role": "fit", "target": 10.0, "low": 8.0, "high": 12.0, "simulated": simulated}
    return {**usual, **more}


def test_implausibility_counts_standard_deviations_of_what_is_fitted() -> None:
    table = pd.DataFrame(
        [
            row("a/x", 10.0), row("region/y", 14.0), row("region/z", 99.0, role="held_out"), row("w", math.nan),
            row("v", 99.0, high=math.inf), row("u", 6.0, high=math.inf),
        ]
    )  # fmt: skip
    found = implausibility(table)
    # A half-width is 1.96 standard deviations.
    assert found["name"].tolist() == ["a/x", "region/y", "v", "u"]
    assert found["implausibility"].tolist() == pytest.approx([0.0, 2 * 1.959964, 0.0, 2 * 1.959964])


def test_what_has_many_targets_counts_no_more_than_what_has_one() -> None:
    few = pd.DataFrame({"name": ["a", "b"], "about": ["x", "y"], "implausibility": [3.0, 4.0]})
    many = pd.DataFrame({"name": list("abcd"), "about": list("xyyy"), "implausibility": [3.0, 4.0, 4.0, 4.0]})
    assert distance(few) == distance(many) == pytest.approx(math.sqrt((9 + 16) / 2))


def test_a_set_that_is_ruled_out_scores_worse_by_how_far_it_is() -> None:
    near = pd.DataFrame({"name": ["a", "b"], "about": ["x", "y"], "implausibility": [3.0, 1.0]})
    far = near.assign(implausibility=[4.5, 1.0])
    assert score(near) == distance(near)
    assert score(far) == pytest.approx(distance(far) + 1.5)


def test_proposals_depend_on_the_history_and_the_seed_alone(space: tuple[Variation, ...]) -> None:
    history: list[tuple[Point, float]] = []
    while len(history) < SPREAD + BATCH:
        history += [(point, float(places(space, point).sum())) for point in propose(space, history, 1)]
    again = propose(space, history, 1)
    assert again == propose(space, list(history), 1)
    assert again != propose(space, history, 2)
    assert len(again) == BATCH
    assert history[0][0] == {v.name: v.dial.default for v in space}
    assert all(value == float(f"{value:.3g}") for point, _ in history for value in point.values()), "as it is kept"
    for point in (point for point, _ in history):
        assert ((places(space, point) >= 0.0) & (places(space, point) <= 1.0)).all()
    # The first trials are spread: each fifth of every range has some.
    spread = np.array([places(space, point) for point, _ in history[1:SPREAD]])
    assert all(np.unique((spread[:, k] * 5).astype(int)).size == 5 for k in range(len(space)))


def test_the_search_comes_nearer_to_what_was_planted(space: tuple[Variation, ...], tmp_path: Path) -> None:
    planted = np.array([0.2, 0.7, 0.5])

    def evaluate(points: list[Point]) -> list[float]:
        return [float(np.abs(places(space, point) - planted).sum()) for point in points]

    found = [value for _, value in search(space, 120, 3, evaluate, tmp_path / "s.sqlite", {"a": 1})]
    assert min(found[SPREAD:]) < min(found[:SPREAD])
    assert np.median(found[-2 * BATCH :]) < 0.5 * np.median(found[:SPREAD])


@pytest.mark.parametrize("after", [1, 3, 6])
def test_a_search_that_was_cut_off_ends_with_the_same_trials(
    space: tuple[Variation, ...], tmp_path: Path, after: int
) -> None:
    def evaluate(points: list[Point]) -> list[float]:
        return [float(places(space, point).sum()) for point in points]

    whole = search(space, 7 * BATCH, 3, evaluate, tmp_path / "whole.sqlite", {})
    calls = []

    def cut(points: list[Point]) -> list[float]:
        calls.append(len(points))
        if len(calls) == after:
            raise KeyboardInterrupt
        return evaluate(points)

    with pytest.raises(KeyboardInterrupt):
        search(space, 7 * BATCH, 3, cut, tmp_path / "cut.sqlite", {})
    # A batch that was half written is completed, not proposed anew.
    with sqlite3.connect(tmp_path / "cut.sqlite") as base:
        kept = base.execute("SELECT count(*) FROM trials").fetchone()[0]
    assert kept == (after - 1) * BATCH
    search(space, kept + 3, 3, evaluate, tmp_path / "cut.sqlite", {})
    assert search(space, 7 * BATCH, 3, evaluate, tmp_path / "cut.sqlite", {}) == whole


def test_a_file_of_another_search_is_refused(space: tuple[Variation, ...], tmp_path: Path) -> None:
    def evaluate(points: list[Point]) -> list[float]:
        return [1.0] * len(points)

    search(space, 2, 3, evaluate, tmp_path / "s.sqlite", {"seed": 1})
    with pytest.raises(InputError, match="--study: was made with another design"):
        search(space, 4, 3, evaluate, tmp_path / "s.sqlite", {"seed": 2})
    (tmp_path / "text").write_text("nothing of ours")
    with pytest.raises(InputError, match=r"--study: .*allowed is a file of a calibration, or a new one"):
        search(space, 4, 3, evaluate, tmp_path / "text", {"seed": 2})
    assert (tmp_path / "text").read_text() == "nothing of ours"


def test_what_members_agree_on_is_pinned_down(space: tuple[Variation, ...]) -> None:
    spread = np.linspace(0.0, 1.0, 40)
    columns = {v.name: v.low + spread * (v.high - v.low) for v in space}
    columns["referral_chance"] = np.full(40, 0.2)
    found = pinned(space, pd.DataFrame(columns)).set_index("assumption")
    assert found["pinned"].tolist() == [False, True, False]
    assert found.loc["referral_chance", "width"] == 0.0
    assert found.loc["search_saturation", "width"] == pytest.approx(1.0, abs=0.05)
    assert pinned(space, pd.DataFrame({v.name: [] for v in space}))["width"].isna().all()


def test_sentences_say_what_rules_out_and_what_stays_open() -> None:
    trials = pd.DataFrame(
        {
            "trial": [1, 2, 3],
            "distance": [2.0, 0.5, 0.4],
            "worst": [2.5, 2.0, RULED_OUT + 1],
            "worst_target": ["b", "b", "a"],
        }
    )
    members = pd.DataFrame({"member": [1, 2], "trial": [2, 1], "distance": [0.5, 2.0]})
    assumptions = pd.DataFrame({"assumption": ["x", "y"], "pinned": [True, False]})
    words = calibration_sentences({"trials": trials, "members": members, "assumptions": assumptions})
    assert words[0].startswith("Of 3 sets of assumptions 2 are not ruled out")
    assert words[1].startswith("The best of them is trial 2, at a distance of 0.50"), "trial 3 is nearer but ruled out"
    assert words[2] == "What rules the others out most: a (1)."
    assert words[-1] == "The targets do not pin down: y."
    nothing = {"trials": trials.iloc[[2]], "members": members.iloc[:0], "assumptions": assumptions}
    assert calibration_sentences(nothing)[1].startswith("The best set is trial 3, at a distance of 0.40")


def test_an_ensemble_of_the_pack_is_used_where_there_is_one(lcr: Region) -> None:
    rows = [(k, 0.1 * k, name, 10.0 * k) for k in range(1, 6) for name in ("x", "y")]
    table = pd.DataFrame(rows, columns=["member", "distance", "assumption", "value"])
    pack: Any = SimpleNamespace(tables={"ensemble": table}, assumptions=lcr.assumptions)
    source, members = members_of(pack, ENSEMBLE, 3, 0)
    assert source == ENSEMBLE
    assert [member["x"] for member in members] == [10.0, 30.0, 50.0]
    assert len(members_of(pack, ENSEMBLE, 100, 0)[1]) == 5
    # What policies do is drawn from its whole range, since no target bears on it.
    topics = lcr.assumptions["topic"]
    assert all(set(topics.loc[list(set(member) - {"x", "y"})]) == {"policies"} for member in members)
    assert len({member["brokerage_search_boost"] for member in members}) == 3
    assert set(members[0]) - {"x", "y"} == {name for name in topics.index[topics == "policies"]}
    source, drawn = members_of(pack, RANGES, 4, 0)
    assert (source, len(drawn)) == (RANGES, 4)
    row = {
        "arm": "a", "window": "final year", "effect": 0.0, "low": -1.0, "high": 1.0, "verdict": "no detectable effect",
        "parameter_share": 0.5, "members": 3, "seeds": 2, "outcome": "inactivity_rate",
    }  # fmt: skip
    words = ensemble_sentences(pd.DataFrame([row]), {"a": "A"}, ENSEMBLE)
    assert words[-1] == (
        "3 sets of assumptions that the calibration did not rule out, each with its own draw of what is assumed about "
        "policies, from the whole ranges (assumed), each under 2 seeds."
    )


# --- from the command -----------------------------------------------------------------------------------

COMMAND = ["calibrate", "--scale", "1000", "--months", "1", "--seeds", "1", "--trials", "20", "--workers", "0"]


@pytest.mark.slow
def test_a_killed_calibration_goes_on_and_ends_the_same(tmp_path: Path) -> None:
    def start(folder: Path) -> subprocess.Popen[str]:
        folder.mkdir(exist_ok=True)
        vary = [part for name in NAMES for part in ("--vary", name)]
        places = ["--store", "store", "--study", "s.sqlite", "--out", "out"]
        return subprocess.Popen(
            [sys.executable, "-m", "experiments", *COMMAND, *vary, *places],
            cwd=folder, env={**os.environ, "PYTHONPATH": str(ROOT)}, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip

    def told(folder: Path) -> int:
        try:
            with sqlite3.connect(f"file:{folder / 's.sqlite'}?mode=ro", uri=True) as base:
                return int(base.execute("SELECT count(*) FROM trials").fetchone()[0])
        except sqlite3.Error:
            return 0

    undisturbed = start(tmp_path / "whole")
    killed = start(tmp_path / "cut")
    end = time.monotonic() + 240
    while told(tmp_path / "cut") < BATCH:
        assert killed.poll() is None, killed.communicate()[1]
        assert time.monotonic() < end
        time.sleep(0.01)
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    assert BATCH <= told(tmp_path / "cut") < 20
    again = start(tmp_path / "cut")
    for process in (undisturbed, again):
        out, error = process.communicate(timeout=240)
        assert process.returncode == 0, out + error
    assert told(tmp_path / "cut") == told(tmp_path / "whole") == 20
    for name in ("trials.csv", "members.csv", "ensemble.csv", "assumptions.csv", "targets.csv"):
        assert (tmp_path / "cut" / "out" / name).read_bytes() == (tmp_path / "whole" / "out" / name).read_bytes()


@pytest.mark.parametrize(
    ("more", "line"),
    [
        (["--trials", "0"], "--trials: 0; allowed is 1 to"),
        (["--vary", "nonsense"], "--vary: nonsense"),
        (["--seeds", "0"], "--seeds: allowed is 1"),
    ],
)
def test_bad_options_get_one_line(
    more: list[str], line: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    study = str(tmp_path / "s.sqlite")
    assert main([*COMMAND, "--study", study, "--out", str(tmp_path / "out"), *more]) == 2
    error = capsys.readouterr().err
    assert error.startswith(line)
    assert error.count("\n") == 1


def test_a_study_is_kept_out_of_the_folder_that_is_replaced(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    assert main([*COMMAND, "--study", str(out / "s.sqlite"), "--out", str(out)]) == 2
    error = capsys.readouterr().err
    assert error.startswith("--study: ")
    assert error.count("\n") == 1
    assert not out.exists()
