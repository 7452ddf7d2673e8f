"""Results are made again from their manifest alone, and any figure gives the same bytes however it is made."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from experiments.cli import main
from experiments.conductor import study_of
from experiments.errors import InputError
from experiments.pytest_plugin import check_digest
from simulation import Economy, Scenario
from simulation.scenario import ScenarioError

ROOT = Path(__file__).parents[2]
SCENARIO = 'name = "mine"\nscale = 1000\nmonths = 4\nburn_in = 2\n[[policies]]\ntype = "skills"\nstart = "2020-04"\n'


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A comparison of two seeds, and a single run."""
    folder = tmp_path_factory.mktemp("results")
    (folder / "mine.toml").write_text(SCENARIO)
    store = ["--workers", "0", "--store", str(folder / "store")]
    compare = ["compare", str(folder / "mine.toml"), "--seeds", "2", "--out", str(folder / "compare")]
    assert main([*compare, *store]) == 0
    assert main(["run", str(folder / "mine.toml"), "--out", str(folder / "run")]) == 0
    return folder


def change(manifest: Path, target: Path) -> Path:
    """A manifest that says another digest and another inactivity of its last run."""
    record: dict[str, Any] = json.loads(manifest.read_text(encoding="utf-8"))
    run = record["runs"][-1] if "runs" in record else record
    run["digest"] = "0" * 64
    run["means"]["inactivity_rate"] -= 0.125
    target.write_text(json.dumps(record))
    return target


@pytest.mark.parametrize("what", ["compare", "run"])
def test_a_manifest_alone_is_enough(what: str, place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    alone = tmp_path / "manifest.json"
    alone.write_bytes((place / what / "manifest.json").read_bytes())
    assert main(["reproduce", str(alone), "--workers", "0"]) == 0
    runs = {"compare": "4 runs", "run": "1 run"}[what]
    assert capsys.readouterr().out == f"Identical: {runs} with the same digest\n"
    assert [path.name for path in tmp_path.iterdir()] == ["manifest.json"]


@pytest.mark.parametrize("what", ["compare", "run"])
def test_what_differs_is_named_with_its_size(
    what: str, place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    changed = change(place / what / "manifest.json", tmp_path / "changed.json")
    assert main(["reproduce", str(changed), "--workers", "0", "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert found["identical"] is False
    assert len(found["differing"]) == 1
    (row,) = found["differences"]
    assert row["indicator"] == "inactivity_rate"
    assert row["difference"] == pytest.approx(0.125)
    assert main(["reproduce", str(changed), "--workers", "0"]) == 1
    assert "inactivity_rate: mean of the last year differs in 1 run, by up to 0.125" in capsys.readouterr().out


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", '{"program": "commonweal"}', '{"program": "commonweal", "kind": "x"}']
)
def test_what_is_no_manifest_gets_one_line(text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "manifest.json").write_text(text)
    assert main(["reproduce", str(tmp_path)]) == 2
    line = capsys.readouterr().err
    assert line.startswith(f"{tmp_path / 'manifest.json'}: ")
    assert "allowed is a manifest" in line
    assert line.count("\n") == 1


#: What somebody may have made of a manifest: a key, what it holds now, and what the line says.
EDITS: list[tuple[str, str, Any, str]] = [
    ("compare", "kind", [], "kind: []; allowed"),
    ("compare", "kind", "sweep", "is missing or wrong; allowed is a sweep's manifest"),
    ("compare", "runs", [{}], "runs.0.arm: Field required"),
    ("compare", "runs", None, "runs: "),
    ("compare", "runs", [], "runs: there are none"),
    ("compare", "failed", None, "failed: "),
    ("compare", "tables", None, "tables: "),
    ("compare", "tables", [], "tables: are not those of `files`"),
    ("compare", "tables", ["../../secret"], "tables.0: "),
    ("compare", "code", None, "code: "),
    ("compare", "region", None, "region: "),
    ("compare", "design.seeds", ["x"], "design: "),
    ("compare", "design.seeds", [-1], "design: "),
    ("compare", "design.seeds", [], "design: "),
    ("compare", "design.arms", [], "design: "),
    ("compare", "design.arms", 5, "design: "),
    ("compare", "design.arms.0.scenario.policies", 5, "design: "),
    ("run", "scenario", None, "scenario: "),
    ("run", "scenario.policies", [5], "is missing or wrong; allowed is a run's manifest"),
]


@pytest.mark.parametrize(("what", "key", "value", "said"), EDITS)
def test_a_manifest_that_was_edited_gets_one_line(
    what: str, key: str, value: Any, said: str, place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record: Any = json.loads((place / what / "manifest.json").read_text(encoding="utf-8"))
    inner, *keys = record, *key.split(".")
    for name in keys[:-1]:
        inner = inner[int(name) if name.isdigit() else name]
    inner[keys[-1]] = value
    (tmp_path / "manifest.json").write_text(json.dumps(record))
    # Of a run there is no report, and reports need no runs; runs need no tables.
    commands = ["reproduce"] if what == "run" or key in ("runs", "kind") else ["report"]
    if key.startswith(("design", "code", "region")):
        commands = ["reproduce", "report"]
    for command in commands:
        assert main([command, str(tmp_path)]) == 2
        line = capsys.readouterr().err
        assert line.startswith(f"{tmp_path / 'manifest.json'}: ")
        assert said in line
        assert "allowed" in line
        assert line.count("\n") == 1


@pytest.mark.parametrize("kind", ["factorial", "discovery", "ensemble", "appraisal", "sensitivity", "validation"])
@pytest.mark.parametrize(
    "design", [{}, {"seeds": [1], "base": 5, "sweep": {}, "members": [5]}, {"base": {"scale": []}}]
)
def test_designs_of_any_kind_that_were_edited_get_one_line(kind: str, design: dict[str, Any]) -> None:
    with pytest.raises((InputError, ScenarioError), match=r"^m.json: ") as caught:
        study_of("m.json", {"program": "commonweal", "kind": kind, "design": design})
    assert "\n" not in str(caught.value)


# --- any figure, again --------------------------------------------------------------------------------

FIGURES = ("effects", "indicators", "effect-inactivity_rate", "map")
#: A table and a picture, made in all ways; the others are made in the first.
IN_ALL_WAYS = ("effects", "effect-inactivity_rate")
WAYS = {
    "in this process": ("0", "0", "spawn"),
    "one worker": ("1", "1", "spawn"),
    "two workers": ("2", "2", "spawn"),
    "forked": ("2", "3", "fork"),
}


@pytest.mark.slow
def test_a_figure_made_alone_is_the_same_however_it_is_made(place: Path, tmp_path: Path) -> None:
    made: dict[str, set[bytes]] = {name: set() for name in FIGURES}
    for way, (workers, hash_seed, method) in WAYS.items():
        environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "PYTHONHASHSEED": hash_seed,
            "DASK_DISTRIBUTED__WORKER__MULTIPROCESSING_METHOD": method,
            # A store of its own: nothing is read that was made another way.
            "COMMONWEAL_STORE": str(tmp_path / way / "store"),
        }
        for name in IN_ALL_WAYS if any(made.values()) else FIGURES:
            out = tmp_path / way / name
            out.parent.mkdir(exist_ok=True)
            command = ["figure", str(place / "compare"), name, "--out", str(out), "--workers", workers]
            subprocess.run(
                [sys.executable, "-m", "experiments", *command], env=environment, cwd=tmp_path, check=True,
                capture_output=True,
            )  # fmt: skip
            made[name].add(out.read_bytes())
    assert {name: len(contents) for name, contents in made.items()} == dict.fromkeys(FIGURES, 1)
    assert made["effects"] == {(place / "compare" / "effects.csv").read_bytes()}
    assert made["indicators"] == {(place / "compare" / "indicators.parquet").read_bytes()}
    page = (place / "compare" / "report.html").read_text(encoding="utf-8")
    for picture in ("effect-inactivity_rate", "map"):
        (svg,) = made[picture]
        assert svg.decode().strip() in page


def test_every_figure_of_a_report_names_the_command_that_makes_it(place: Path) -> None:
    import html
    import re

    from experiments.figures import figure_names
    from experiments.study_files import load_findings

    page = html.unescape((place / "compare" / "report.html").read_text(encoding="utf-8"))
    named = set(re.findall(rf"commonweal figure {re.escape(str(place / 'compare'))} ([\w-]+)", page))
    known = set(figure_names(load_findings(place / "compare")))
    assert named <= known
    assert known - named == {"indicators", "breakdowns", "overview"}  # what the page does not show
    # Pictures with a role are figures; the others belong to a legend.
    assert page.count('role="img"') == page.count("<figcaption")


def test_a_figure_that_cannot_be_is_refused_before_any_run(
    place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store, file = tmp_path / "store", tmp_path / "file"
    file.write_text("x")
    command = ["figure", str(place / "compare"), "--workers", "0", "--store", str(store)]
    assert main([*command, "nothing"]) == 2
    line = capsys.readouterr().err
    assert line.startswith("figure: 'nothing'; allowed: effects, ")
    assert "effect-inactivity_rate" in line
    assert line.count("\n") == 1
    for out in (file / "x.png", tmp_path / "none" / "x.png", tmp_path):
        assert main([*command, "effects", "--out", str(out)]) == 2
        line = capsys.readouterr().err
        assert line.startswith(f"{out}: --out: cannot be written (")
        assert line.count("\n") == 1
    assert not store.exists()


def test_a_report_is_written_beside_its_manifest(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = (place / "compare" / "report.html").read_text(encoding="utf-8")
    assert main(["report", str(place / "compare" / "manifest.json")]) == 0
    assert capsys.readouterr().out.strip() == f"Report in {place / 'compare' / 'report.html'}"
    assert (place / "compare" / "report.html").read_text(encoding="utf-8") == page


# --- the pytest plugin and the workflow -----------------------------------------------------------------


def test_check_digest_passes_and_fails(place: Path, tmp_path: Path) -> None:
    scenario = Scenario(scale=1000, months=1, burn_in=1)
    digest = Economy(scenario).run().digest()
    check_digest(scenario, digest)
    check_digest(scenario, digest[:12])
    with pytest.raises(AssertionError, match=f"baseline: digest {digest}, not {'0' * 64}"):
        check_digest(scenario, "0" * 64)
    with pytest.raises(ValueError, match="at least its first twelve digits"):
        check_digest(scenario, digest[:4])
    check_digest(place / "run" / "manifest.json")
    changed = change(place / "run" / "manifest.json", tmp_path / "changed.json")
    with pytest.raises(AssertionError, match="inactivity_rate: mean of the last year differs"):
        check_digest(changed)


@pytest.mark.slow
def test_the_fixture_is_there_for_whoever_has_the_package(place: Path, tmp_path: Path) -> None:
    changed = change(place / "run" / "manifest.json", tmp_path / "changed.json")
    (tmp_path / "test_mine.py").write_text(
        f"def test_same(assert_digest):\n    assert_digest({str(place / 'run')!r})\n\n\n"
        f"def test_changed(assert_digest):\n    assert_digest({str(changed)!r})\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_mine.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "1 failed, 1 passed" in done.stdout, done.stdout + done.stderr
    assert "inactivity_rate: mean of the last year differs in 1 run" in done.stdout


def test_the_workflow_runs_a_command_that_there_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "reproduce.yml").read_text(encoding="utf-8"))
    # YAML takes the word "on" for true.
    assert set(workflow[True]["workflow_call"]["inputs"]) == {"manifests", "package", "python-version"}
    steps = workflow["jobs"]["reproduce"]["steps"]
    assert workflow[True]["workflow_call"]["inputs"]["package"]["required"]
    # What callers say reaches the shell through the environment, never as part of a command.
    assert not any("${{" in step.get("run", "") for step in steps)
    # Every manifest is looked at, and one that differs fails the whole.
    (tmp_path / "commonweal").write_text('#!/bin/sh\necho "$@"\ntest "$2" != differs\n')
    (tmp_path / "commonweal").chmod(0o755)
    for manifests, code in (("a differs b", 1), ("a b", 0)):
        environment = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "MANIFESTS": manifests}
        command = ["bash", "-eo", "pipefail", "-c", steps[-1]["run"]]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == code
        assert [line for line in done.stdout.splitlines() if line.startswith("reproduce ")] == [
            f"reproduce {name}" for name in manifests.split()
        ]
    assert main(["reproduce", "--help"]) == 0
    assert "MANIFEST" in capsys.readouterr().out
