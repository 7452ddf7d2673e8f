"""The Python API does what the commands do."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from typer.testing import CliRunner

import experiments
from experiments import Execution, Results
from experiments.cli import app
from experiments.errors import InputError
from experiments.study_files import load_findings

SCENARIO = 'name = "mine"\nscale = 1000\nmonths = 14\nburn_in = 1\n[[policies]]\ntype = "skills"\nstart = "2020-04"\n'
HERE = Execution(workers=0)
SECOND = '[[policies]]\ntype = "transport"\nstart = "2020-04"\n'
TREND = "trend_growth=0:0.015:2"
#: Each function as the command that it equals, with its arguments.
PAIRS: dict[str, tuple[Callable[..., Results], dict[str, Any], list[str]]] = {
    "compare": (experiments.compare, {"seeds": 2}, ["--seeds", "2"]),
    "compare --assumptions": (
        experiments.compare,
        {"seeds": 2, "assumptions": "ensemble", "members": 2},
        ["--seeds", "2", "--assumptions", "ensemble", "--members", "2"],
    ),
    "factorial": (experiments.factorial, {"seeds": 2}, ["--seeds", "2"]),
    "channels": (experiments.channels, {"seeds": 2}, ["--seeds", "2"]),
    "sweep": (experiments.sweep, {"vary": [TREND], "seeds": 2}, ["--vary", TREND, "--seeds", "2"]),
    "sensitivity": (
        experiments.sensitivity,
        {"vary": ["trend_growth", "hiring_inertia"], "samples": 2, "seeds": 1},
        ["--vary", "trend_growth", "--vary", "hiring_inertia", "--samples", "2", "--seeds", "1"],
    ),
    "appraise": (experiments.appraise, {"seeds": 2}, ["--seeds", "2"]),
}


def timeless(page: Path) -> str:
    """A page without the times at which it was made."""
    return re.sub(r"\d{4}-\d\d-\d\dT[\d:+.Z]+", "", page.read_text())


def kept() -> Execution:
    """In this process, with the store that commands use."""
    return Execution(workers=0, store=Path(os.environ["COMMONWEAL_STORE"]))


@pytest.fixture
def scenario(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "mine.toml"
    path.write_text(SCENARIO)
    return path


@pytest.mark.parametrize("name", PAIRS)
def test_functions_find_what_commands_write(name: str, scenario: Path) -> None:
    function, arguments, options = PAIRS[name]
    if name == "factorial":
        scenario.write_text(SCENARIO + SECOND)
    done = CliRunner().invoke(app, [name.split()[0], "mine.toml", *options, "--workers", "0", "--out", "out"])
    assert done.exit_code == 0, done.output
    page = timeless(Path("out/report.html"))
    # The runs come from the store in which the command kept them, so that all is the same to the last bit.
    found = function("mine.toml", execution=kept(), **arguments)
    assert found.failures == ()
    written = load_findings("out").tables
    folder = found.write("out")
    again = load_findings(folder).tables
    assert len(found) > 1
    for table in found:
        assert isinstance(found[table], pd.DataFrame)
        pd.testing.assert_frame_equal(again[table], written[table])
    assert timeless(folder / "report.html") == page


def test_runs_are_kept_where_commands_keep_them(scenario: Path) -> None:
    experiments.sweep(scenario, [TREND], seeds=1, execution=HERE)
    store = Path(os.environ["COMMONWEAL_STORE"])
    assert not store.exists()  # an execution without a store keeps nothing
    experiments.sweep(scenario, [TREND], seeds=1)
    files = sorted(store.rglob("*.parquet"))
    assert len(files) == 4
    experiments.sweep(scenario, [TREND], seeds=1, execution=kept())
    assert sorted(store.rglob("*.parquet")) == files


def test_a_sweep_is_discovered_from_its_tables_or_its_folder(scenario: Path) -> None:
    swept = experiments.sweep(scenario, ["trend_growth"], method="lhs", points=8, seeds=1, execution=HERE)
    folder = swept.write("swept")
    found = [experiments.discover(source, execution=HERE) for source in (swept, folder)]
    for table in found[0]:
        pd.testing.assert_frame_equal(found[0][table], found[1][table])
    with pytest.raises(InputError, match="allowed is a folder that `commonweal sweep` wrote"):
        experiments.discover(found[0], execution=HERE)


def test_what_a_study_names_strongest_is_varied_next(scenario: Path) -> None:
    first = experiments.sensitivity(
        scenario,
        ["trend_growth", "hiring_inertia", "search_saturation", "referral_chance"],
        samples=2,
        seeds=1,
        outcomes=["gva"],
        execution=HERE,
    )
    strongest = list(first["indices"].sort_values("rank")["assumption"])[:2]
    second = experiments.sensitivity(
        scenario, screened=first, top=2, samples=2, seeds=1, outcomes=["gva"], execution=HERE
    )
    assert set(second["indices"]["assumption"]) == set(strongest)
    with pytest.raises(InputError, match="--top: 0; allowed is at least 1"):
        experiments.sensitivity(scenario, screened=first, top=0)
    with pytest.raises(InputError, match="--screened"):
        experiments.sensitivity(scenario, screened=experiments.sweep(scenario, [TREND], seeds=1, execution=HERE))


def test_wrong_input_is_refused_before_anything_runs(scenario: Path) -> None:
    with pytest.raises(InputError, match="--seeds"):
        experiments.compare(scenario, seeds=0)
    with pytest.raises(InputError, match="--assumptions"):
        experiments.compare(scenario, assumptions="guess")
    with pytest.raises(InputError, match="--until-ci: not with --assumptions"):
        experiments.compare(scenario, assumptions="ensemble", until_ci={"gva": 1.0})
    with pytest.raises(InputError, match="--budget: inf; allowed"):
        experiments.appraise(scenario, budget=float("inf"))
    for draw in (
        lambda: experiments.compare(scenario, assumptions="ensemble", sample_seed=-1),
        lambda: experiments.sweep(scenario, [TREND], method="lhs", sample_seed=-1),
        lambda: experiments.sensitivity(scenario, ["all"], sample_seed=-1),
    ):
        with pytest.raises(InputError, match="--sample-seed: -1; allowed is 0 or more"):
            draw()
    with pytest.raises(AttributeError):
        experiments.no_such_function  # noqa: B018
    assert not Path(os.environ["COMMONWEAL_STORE"]).exists()


def test_manifests_are_reproduced(scenario: Path) -> None:
    folder = experiments.sweep(scenario, [TREND], seeds=1, execution=HERE).write("swept")
    assert experiments.reproduce(folder, execution=HERE).identical
