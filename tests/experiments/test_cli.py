"""The command line: bad input gets one line and exit code 2, and leaves nothing behind."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest

from experiments import runner
from experiments.cli import main
from experiments.errors import InputError
from experiments.folders import STORE
from experiments.store import RunStore
from simulation.region import BUILT_IN

ROOT = Path(__file__).parents[2]
SKILLS = '[[policies]]\ntype = "skills"\n'


@pytest.fixture
def scenario(tmp_path: Path) -> Path:
    return write(tmp_path / "my.toml", f'name = "my"\nscale = 1000\nmonths = 2\n{SKILLS}')


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    """The one line with which a command refuses its input."""
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.endswith("\n")
    assert captured.err.count("\n") == 1, captured.err
    return captured.err.strip()


BAD_SCENARIOS = {
    "unknown key": ("scal = 100", "scal", "unknown key; allowed: name, region"),
    "unknown policy": ('[[policies]]\ntype = "magic"', "policies[0].type", "allowed: fair_employment_charter"),
    "no type": ('[[policies]]\nstart = "2021-04"', "policies[0].type", "allowed: fair_employment_charter"),
    "unknown dial": (f"{SKILLS}plaices = 3", "policies[0].plaices", "unknown key; allowed: type"),
    "wrong type": ('scale = "many"', "scale", "valid integer"),
    "wrong type of policies": ("policies = 3", "policies", "[[policies]] tables"),
    "wrong type of a dial": (f'{SKILLS}targeting = "high"', "policies[0].targeting", "valid number"),
    "not a number": (f"{SKILLS}targeting = nan", "policies[0].targeting", "finite number"),
    "not a number in assumptions": ("[assumptions]\ntrend_growth = nan", "assumptions", "finite number"),
    "infinite assumption": ("[assumptions]\ntrend_growth = inf", "assumptions", "finite number"),
    "negative budget": (f"{SKILLS}classroom_places = -5", "policies[0].classroom_places", "greater than or equal to 0"),
    "negative strength": (f"{SKILLS}strength = -1", "policies[0].strength", "greater than or equal to 0"),
    "end before start": (f'{SKILLS}start = "2022-01"\nend = "2021-12"', "policies[0]", "end must not be before start"),
    "no month": ('start = "April 2020"', "start", 'a month such as "2020-04"'),
    "no month in a policy": (f'{SKILLS}start = "2020-13"', "policies[0].start", 'a month such as "2020-04"'),
    "scale 0": ("scale = 0", "scale", "greater than or equal to 1"),
    "negative months": ("months = -1", "months", "greater than or equal to 1"),
    "no burn-in": ("burn_in = 0", "burn_in", "greater than or equal to 1"),
    "unknown assumption": ("[assumptions]\nluck = 1.0", "assumptions.luck", "`commonweal assumptions` lists"),
    "assumption out of range": ("[assumptions]\ntrend_growth = 9", "assumptions.trend_growth", "allowed is 0 to"),
    "unknown region": ('region = "atlantis"', "region", "one of lcr"),
    "not TOML": ("scale 100", "not valid TOML", "line 1"),
}


@pytest.mark.parametrize("command", ["run", "compare", "digest"])
@pytest.mark.parametrize(("text", "key", "allowed"), BAD_SCENARIOS.values(), ids=BAD_SCENARIOS)
def test_bad_scenarios_get_one_line(
    command: str, text: str, key: str, allowed: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, out = write(tmp_path / "bad.toml", text), tmp_path / "results" / "out"
    place = [] if command == "digest" else ["--out", str(out)]
    line = refused([command, str(path), *place], capsys)
    assert line.startswith(f"{path}: ")
    assert key in line
    assert allowed in line
    assert sorted(item.name for item in tmp_path.iterdir()) == ["bad.toml"]


BAD_OPTIONS = {
    "seeds 0": (["compare", "--seeds", "0"], "--seeds: allowed is 1 to 1000"),
    "workers -1": (["compare", "--workers", "-1"], "--workers: allowed is 0 to 256"),
    "scale 0": (["compare", "--scale", "0"], "options: scale: "),
    "scale 1001": (["compare", "--scale", "1001"], "options: scale: "),
    "months 0": (["compare", "--months", "0"], "options: months: "),
    "no number": (["compare", "--seeds", "ten"], "--seeds"),
    "no option": (["compare", "--sedes", "3"], "--sedes"),
    "no command": (["comprae"], "comprae"),
    "no file": (["run"], "SCENARIO.toml"),
    "validate scale": (["validate", "--scale", "0"], "options: scale: "),
    "validate seeds": (["validate", "--seeds", "0"], "--seeds: allowed is 1 to 1000"),
    "validate months": (["validate", "--months", "-1"], "options: months: "),
    "validate region": (["validate", "--region", "atlantis"], "atlantis: no such region"),
    "assumptions region": (["assumptions", "--region", "atlantis"], "atlantis: no such region"),
    "out here": (["compare", "--out", "."], ".: --out: is the working directory"),
    "out of 240 letters": (["compare", "--out", "x" * 240], "(File name too long); allowed is a folder"),
    "out where nothing can be": (["validate", "--out", "/proc/x"], "/proc/x: --out: /proc cannot be written to"),
    "out round the store": (["compare", "--out", "x", "--store", "x/store"], "x: --out: the store x/store lies in it"),
    "out is the store": (["factorial", "--out", "x", "--store", "x"], "x: --out: the store x lies in it"),
    "budget": (["appraise", "--budget", "inf"], "--budget: inf; allowed is an amount"),
    "report": (["report", "nowhere"], "nowhere: allowed is a manifest"),
}


@pytest.mark.parametrize(("arguments", "message"), BAD_OPTIONS.values(), ids=BAD_OPTIONS)
def test_bad_options_get_one_line(
    arguments: list[str],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert message in refused(arguments, capsys)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "address", ["tcp://127.0.0.1:9", "tcp://127.0.0.1:99999999", "nonsense", "http://127.0.0.1:9", "ucx://127.0.0.1:9"]
)
def test_a_cluster_that_is_not_there_gets_one_line(
    address: str, scenario: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    line = refused(["compare", str(scenario), "--cluster", address, "--out", str(tmp_path / "out")], capsys)
    assert line.startswith(
        ("--cluster: no answer at tcp://127.0.0.1:9", f"--cluster: {address!r}; allowed is the address")
    )
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("greeting", [b"", b"SSH-2.0-OpenSSH_9.0\r\n"])
def test_what_is_no_scheduler_is_refused_within_seconds(greeting: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "ANSWER_TIMEOUT", 1)
    held = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            with suppress(OSError):
                while True:
                    held.append(server.accept()[0])
                    held[-1].sendall(greeting)

        threading.Thread(target=answer, daemon=True).start()
        address, began = f"tcp://127.0.0.1:{server.getsockname()[1]}", time.monotonic()
        with pytest.raises(InputError, match=rf"--cluster: no answer at {address} \(.*\); allowed") as caught:
            runner._knock(address)
        assert time.monotonic() - began < 10.0
        assert "\n" not in str(caught.value)
        server.shutdown(socket.SHUT_RDWR)
    for connection in held:
        connection.close()


@pytest.mark.parametrize("command", ["run", "compare"])
def test_a_folder_of_someone_else_is_refused_before_any_work(
    command: str, scenario: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter.txt").write_text("years of work")
    line = refused([command, str(scenario), "--out", str(tmp_path / "thesis")], capsys)
    assert "thesis: --out: holds files" in line
    assert (tmp_path / "thesis" / "chapter.txt").read_text() == "years of work"


def test_results_never_take_the_place_of_a_store_that_came_to_lie_in_them(
    scenario: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("COMMONWEAL_STORE")
    command = ["run", str(scenario), "--months", "1", "--out", "results"]
    assert main(command) == 0
    assert main(command) == 0  # earlier results are replaced
    RunStore(STORE)
    capsys.readouterr()
    assert "results: --out: holds store, which its manifest.json does not name" in refused(command, capsys)
    assert sorted(path.name for path in Path("results").iterdir()) == [
        "breakdowns.parquet", "flows.csv", "indicators.parquet", "manifest.json", "store",
    ]  # fmt: skip


def test_files_that_differ_in_more_than_policies_are_refused(
    scenario: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = write(tmp_path / "other.toml", f'name = "other"\nscale = 500\nmonths = 2\n{SKILLS}')
    assert f"{other}: scale: must be 1000" in refused(["compare", str(scenario), str(other)], capsys)


# --- region packs -----------------------------------------------------------------------------------


def damaged_pack(folder: Path, file: str, before: str, after: str) -> Path:
    shutil.copytree(BUILT_IN / "lcr", folder)
    path = folder / file
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after, 1), encoding="utf-8")
    return folder


BAD_PACKS = {
    "missing column": ("pay.csv", "median_weekly_pounds", "median_weekly_groats", "pay.csv", "median_weekly_pounds"),
    "share that does not sum to one": ("inactivity_reasons.csv", "0.3,", "0.4,", "inactivity_reasons.csv", "sum to"),
}


@pytest.fixture(params=BAD_PACKS.values(), ids=list(BAD_PACKS))
def bad_pack(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, str, str]:
    file, before, after, named, allowed = request.param
    return damaged_pack(tmp_path / "pack", file, before, after), named, allowed


@pytest.mark.parametrize("command", ["run", "compare"])
def test_a_scenario_on_a_bad_pack_gets_one_line(
    command: str, bad_pack: tuple[Path, str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pack, file, allowed = bad_pack
    path = write(tmp_path / "my.toml", f'region = "{pack.as_posix()}"\n{SKILLS}')
    line = refused([command, str(path), "--out", str(tmp_path / "out")], capsys)
    assert line.startswith(f"{path}: region: {file}")
    assert allowed in line
    assert not (tmp_path / "out").exists()


def test_region_check_lists_every_problem(bad_pack: tuple[Path, str, str], capsys: pytest.CaptureFixture[str]) -> None:
    pack, file, allowed = bad_pack
    (pack / "zones.csv").unlink()
    assert main(["region", "check", str(pack)]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert any(line.startswith(file) and allowed in line for line in lines)
    assert any(line.startswith("zones.csv") for line in lines)
    assert main(["region", "check", str(pack), "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["problems"] == lines


def test_region_check_passes_the_built_in_pack(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["region", "check", str(BUILT_IN / "lcr")]) == 0
    assert "no problems" in capsys.readouterr().out


# --- what can be listed -----------------------------------------------------------------------------


def test_policies_show_their_dials(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["policies"]) == 0
    text = capsys.readouterr().out
    for word in ("fair_employment_charter", "progressive_procurement", "skills", "transport", "outreach", "assumed"):
        assert word in text
    assert main(["policies", "--json"]) == 0
    assert {policy["type"] for policy in json.loads(capsys.readouterr().out)} >= {"skills", "transport"}


def test_assumptions_show_value_range_and_source(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["assumptions"]) == 0
    assert "trend_growth" in capsys.readouterr().out
    assert main(["assumptions", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert set(rows[0]) == {"name", "value", "low", "high", "unit", "source", "note"}


def test_schema_goes_to_a_file_or_to_the_screen(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "schema.json"
    assert main(["schema", "--out", str(path)]) == 0
    capsys.readouterr()
    assert main(["schema"]) == 0
    assert json.loads(capsys.readouterr().out) == json.loads(path.read_text(encoding="utf-8"))
    assert [item.name for item in tmp_path.iterdir()] == ["schema.json"]


def test_version_and_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("commonweal")
    assert main(["--help"]) == 0
    assert "compare" in capsys.readouterr().out


def test_help_does_not_load_the_model() -> None:
    code = (
        "import sys; from experiments.cli import main; main(['--help']); "
        "sys.exit(any(name in sys.modules for name in ('numba', 'pandas', 'dask', 'matplotlib', 'mesa')))"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=False).returncode == 0


# --- faults of ours ---------------------------------------------------------------------------------


def test_a_fault_of_ours_is_exit_code_1_with_its_traceback(
    scenario: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("the month does not close")

    monkeypatch.setattr("simulation.Economy.__init__", fail)
    assert main(["digest", str(scenario)]) == 1
    text = capsys.readouterr().err
    assert text.startswith("commonweal: a fault of ours: RuntimeError: the month does not close\n")
    assert "Traceback" in text
