"""The store of runs: whole files only, nothing run twice, one clear line for whatever is wrong with it."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from experiments import catalogue
from experiments.cli import main
from experiments.errors import InputError
from experiments.laboratory import Execution, perform
from experiments.records import RunResult, run_scenario
from experiments.run_file import DamagedFileError, decode, encode, read_indicators
from experiments.run_key import RunKeys, model_version
from experiments.store import RunStore
from policies import Skills, Transport
from simulation import Scenario

ROOT = Path(__file__).parents[2]
SMALL = Scenario(scale=1000, months=2, burn_in=2, policies=(Skills(start="2020-04"),))
OTHER = SMALL.with_(seed=8)


@pytest.fixture(scope="module")
def run() -> RunResult:
    return run_scenario(SMALL)


@pytest.fixture(scope="module")
def content(run: RunResult) -> bytes:
    keys = RunKeys()
    return encode(run, keys(SMALL), keys.pack(SMALL))


@pytest.fixture
def filled(own_store: Path, content: bytes) -> RunStore:
    """A store with one run."""
    store = RunStore(own_store)
    store.put(RunKeys()(SMALL), content, {"scenario": "mine", "seed": 7})
    return store


def everything(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


# --- files ------------------------------------------------------------------------------------------


def test_a_run_is_read_back_exactly(run: RunResult, content: bytes) -> None:
    back = decode(content)
    pd.testing.assert_frame_equal(back.indicators, run.indicators, check_exact=True)
    pd.testing.assert_frame_equal(back.breakdowns, run.breakdowns, check_exact=True)
    assert back.scenario.with_(name=SMALL.name) == SMALL
    for name in ("headings", "digest", "months_closed", "payments", "discrepancy", "assumptions"):
        assert getattr(back, name) == getattr(run, name)


def test_the_file_depends_on_nothing_but_the_run(run: RunResult, content: bytes) -> None:
    renamed = RunResult(**{**vars(run), "scenario": run.scenario.with_(name="another name")})
    keys = RunKeys()
    assert encode(renamed, keys(SMALL), keys.pack(SMALL)) == content
    assert encode(run_scenario(SMALL), keys(SMALL), keys.pack(SMALL)) == content


@settings(max_examples=300)
@given(data=st.data())
def test_no_file_that_was_cut_or_changed_is_taken_for_another(
    data: st.DataObject, content: bytes, run: RunResult
) -> None:
    place, how = data.draw(st.integers(0, len(content) - 1)), data.draw(st.sampled_from(("cut", "bit", "hole")))
    spoilt = {
        "cut": content[:place],
        "bit": content[:place] + bytes([content[place] ^ (1 << place % 8)]) + content[place + 1 :],
        "hole": content[:place] + bytes(len(content[place : place + 100])) + content[place + 100 :],
    }[how]
    try:
        back = decode(spoilt)
    except DamagedFileError:
        return
    # A bit that means nothing, such as one of a statistic, may differ; no number may.
    assert back.indicators.equals(run.indicators)
    assert (back.breakdowns.to_numpy() == run.breakdowns.to_numpy()).all()
    assert (back.digest, back.headings) == (run.digest, run.headings)


@pytest.mark.parametrize(("group", "column"), [(0, "value"), (0, "outcome"), (1, "value"), (1, "group")])
def test_a_table_that_its_record_does_not_know_is_damage(group: int, column: str, content: bytes) -> None:
    file = pq.ParquetFile(pa.BufferReader(content))
    tables = [file.read_row_group(number) for number in range(2)]
    place, changed = file.schema_arrow.get_field_index(column), tables[group].column(column).to_pylist()
    changed[-1] = changed[-1] * 2 + (1.0 if column == "value" else "?")
    tables[group] = tables[group].set_column(place, column, pa.array(changed))
    kinds = [pa.string()] * 4 + [pa.float64()]
    schema, buffer = pa.schema(list(zip(file.schema_arrow.names, kinds, strict=True))), BytesIO()
    with pq.ParquetWriter(buffer, schema) as writer:
        writer.add_key_value_metadata(file.metadata.metadata)
        for table in tables:
            writer.write_table(table.cast(schema), row_group_size=len(table))
    with pytest.raises(DamagedFileError, match="does not match its seal"):
        decode(buffer.getvalue())
    if group == 0:
        with pytest.raises(DamagedFileError, match="does not match its seal"):
            read_indicators(buffer.getvalue())


# --- keys -------------------------------------------------------------------------------------------


def test_keys_differ_where_results_may() -> None:
    keys = RunKeys()
    others = [
        SMALL.with_(seed=8),
        SMALL.with_(scale=999),
        SMALL.with_(months=3),
        SMALL.with_(burn_in=3),
        SMALL.with_(start="2020-05"),
        SMALL.with_(policies=()),
        SMALL.with_(policies=(Skills(start="2020-04", strength=0.5),)),
        SMALL.with_(policies=(Skills(start="2020-04"), Transport())),
        SMALL.with_(assumptions={"trend_growth": 0.01}),
    ]
    assert len({keys(scenario) for scenario in (SMALL, *others)}) == len(others) + 1


def test_names_and_the_place_of_the_pack_do_not_change_a_key(lcr: Any) -> None:
    keys = RunKeys()
    assert keys(SMALL.with_(name="another")) == keys(SMALL)
    assert keys(SMALL.with_(region=str(lcr.path))) == keys(SMALL)


def test_a_policy_of_somebody_elses_is_told_by_its_source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = 'from policies import Skills\n\n\nclass Mine(Skills):\n    """{}"""\n'
    keys = set()
    for number in (1, 2):
        (tmp_path / f"mine_{number}.py").write_text(text.format(f"version {number}"))
        monkeypatch.syspath_prepend(str(tmp_path))
        module = __import__(f"mine_{number}")
        keys.add(RunKeys()(SMALL.with_(policies=(module.Mine(start="2020-04"),))))
    assert len(keys) == 2


# --- runs are done once -----------------------------------------------------------------------------


def test_what_is_there_is_not_run_again(own_store: Path) -> None:
    ended: list[None] = []
    how = Execution(workers=0, store=own_store, progress=lambda: ended.append(None))
    perform([SMALL, OTHER, SMALL.with_(name="the same under another name")], how)
    assert len(ended) == 3
    before = everything(own_store)
    assert [line["seed"] for line in RunStore(own_store).log()] == [7, 8]
    runs = perform([OTHER, SMALL], how)
    assert everything(own_store) == before
    assert runs.result(SMALL.with_(name="x")).scenario.name == "x"


def test_a_failure_is_kept_until_the_run_succeeds(own_store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from experiments import runner

    def fail(_: Scenario) -> RunResult:
        raise RuntimeError("the month does not close")

    how = Execution(workers=0, store=own_store)
    with monkeypatch.context() as patched:
        patched.setattr(runner, "run_scenario", fail)
        assert perform([SMALL], how).failed(SMALL) is not None
    (line,) = RunStore(own_store).failures()
    assert line["error"] == "RuntimeError: the month does not close"
    assert "Traceback" in line["traceback"]
    assert len(catalogue.failure_table(RunStore(own_store))) == 1
    assert perform([SMALL], how).failed(SMALL) is None
    assert RunStore(own_store).failures() == []


# --- what can be wrong with a store -------------------------------------------------------------------


def compare(own_store: Path, out: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, list[str]]:
    """Compare a policy with the baseline in two runs; the exit code and the lines on standard error."""
    path = out.parent / "mine.toml"
    path.write_text(
        'name = "mine"\nscale = 1000\nmonths = 1\nburn_in = 1\n[[policies]]\ntype = "skills"\nstart = "2020-04"\n'
    )
    code = main(["compare", str(path), "--seeds", "1", "--workers", "0", "--store", str(own_store), "--out", str(out)])
    return code, capsys.readouterr().err.splitlines()


@pytest.mark.parametrize("spoil", ["cut", "hole", "empty"])
def test_a_damaged_file_is_named_set_aside_and_run_again(
    spoil: str, filled: RunStore, content: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    path = filled.path(RunKeys()(SMALL))
    middle = len(content) // 2
    path.write_bytes(
        {
            "cut": content[:middle],
            "hole": content[:6000] + bytes(200) + content[6200:],
            "empty": b"",
        }[spoil]
    )
    lines: list[str] = []
    runs = perform([SMALL], Execution(workers=0, store=filled.folder, notice=lines.append))
    assert len(lines) == 1
    assert lines[0].startswith(f"{path}: damaged (")
    assert path.read_bytes() == content
    assert runs.result(SMALL).scenario == SMALL
    (aside,) = (filled.folder / "damaged").iterdir()
    assert aside.name.startswith(path.stem)


def test_a_file_under_the_wrong_name_is_not_taken_for_the_run(filled: RunStore, content: bytes) -> None:
    wrong = RunKeys()(OTHER)
    filled.put(wrong, content, {})
    assert filled.check(wrong) == "it holds another run"
    assert perform([OTHER], Execution(workers=0, store=filled.folder)).result(OTHER).digest != decode(content).digest


def test_what_is_being_written_is_never_read(filled: RunStore, content: bytes) -> None:
    key = RunKeys()(OTHER)
    (filled.folder / "incoming" / f"{key}.parquet.0123").write_bytes(content[:100])
    assert key not in RunStore(filled.folder)
    assert len(catalogue.run_table(filled)[0]) == 1


def test_a_store_of_another_form_is_left_alone(
    filled: RunStore, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    marker = filled.folder / "store.json"
    marker.write_text(json.dumps({**json.loads(marker.read_text()), "form": 99}))
    before = everything(filled.folder)
    code, lines = compare(filled.folder, tmp_path / "out", capsys)
    assert (code, len(lines)) == (2, 1)
    assert lines[0].startswith(f"{marker}: form: 99 was written by another version of Commonweal; allowed is 1")
    assert everything(filled.folder) == before


def test_runs_of_another_version_of_the_model_are_kept_and_not_used(
    filled: RunStore, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old = filled.folder / "runs" / "0123456789abcdef"
    (filled.folder / "runs" / model_version()).rename(old)
    before = everything(old)
    code, lines = compare(filled.folder, tmp_path / "out", capsys)
    assert (code, len(lines)) == (0, 1)
    assert "holds runs of another version of the model (0123456789abcdef); they are kept and not used" in lines[0]
    assert everything(old) == before
    assert len(filled.log()) == 3


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "a.jpg").write_bytes(b"x")
    code, lines = compare(tmp_path / "photos", tmp_path / "out", capsys)
    assert (code, len(lines)) == (2, 1)
    assert lines[0] == f"{tmp_path / 'photos'}: --store: holds files but no store; allowed is another folder"
    assert everything(tmp_path / "photos") == {"a.jpg": b"x"}


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Nobody may write to a folder, not even a superuser, who gives up the right for as long as this lasts."""
    inside = [folder, *folder.rglob("*")]
    for path in inside:
        path.chmod(0o555 if path.is_dir() else 0o444)
    user = os.geteuid()
    try:
        if user == 0:
            os.seteuid(65534)
        yield
    finally:
        os.seteuid(user)
        for path in inside:
            path.chmod(0o755 if path.is_dir() else 0o644)


def test_a_read_only_folder_gets_one_line(content: bytes) -> None:
    import dask.delayed  # noqa: F401 (nobody may not read the configuration that it looks for)

    # Not below pytest's own folder, which nobody else may look into.
    with tempfile.TemporaryDirectory() as place:
        Path(place).chmod(0o755)
        store = RunStore(Path(place) / "store")
        store.put(RunKeys()(SMALL), content, {})
        before = everything(store.folder)
        with read_only(store.folder):
            # What it holds can still be read.
            assert perform([SMALL], Execution(workers=0, store=store.folder)).result(SMALL).scenario == SMALL
            with pytest.raises(InputError) as caught:
                perform([OTHER], Execution(workers=0, store=store.folder))
        assert str(caught.value).startswith(f"{store.folder}: --store: cannot be written (Permission denied)")
        assert "\n" not in str(caught.value)
        assert everything(store.folder) == before


FULL = """
import resource, sys
from experiments.cli import main
from experiments.startup import compile_kernels
compile_kernels()
# The system refuses to let any file grow beyond this, as a disk without room would.
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), resource.RLIM_INFINITY))
sys.exit(main(sys.argv[2:]))
"""


def test_no_room_for_a_file_gets_one_line_and_loses_nothing(filled: RunStore, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(
        'name = "mine"\nscale = 1000\nmonths = 1\nburn_in = 1\n[[policies]]\ntype = "skills"\nstart = "2020-04"\n'
    )
    before = everything(filled.folder)
    room = 10_000  # less than the file of a run
    assert room < min(len(held) for name, held in before.items() if name.endswith(".parquet"))
    arguments = ["compare", str(path), "--seeds", "1", "--workers", "0", "--store", str(filled.folder)]
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(room), *arguments, "--out", str(tmp_path / "out")],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2, done.stderr
    assert done.stderr.count("\n") == 1
    assert f"{filled.folder}: --store: cannot be written ({os.strerror(errno.EFBIG)})" in done.stderr
    assert everything(filled.folder) == before
    assert not (tmp_path / "out").exists()


def test_a_full_disk_while_results_are_written_gets_one_line(
    tmp_path: Path, own_store: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from experiments import study_files

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(study_files, "write_tables", full)
    code, lines = compare(own_store, tmp_path / "out", capsys)
    assert (code, len(lines)) == (2, 1)
    assert "No space left on device" in lines[0]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine.toml"]
    assert len(RunStore(own_store).log()) == 2  # the runs are kept


def test_a_damaged_file_that_another_command_has_seen_to_is_left_to_it(filled: RunStore, content: bytes) -> None:
    key = RunKeys()(SMALL)
    assert filled.set_aside(key) is None  # it has been done again since
    assert filled.content(key) == content
    filled.path(key).write_bytes(content[:-1])
    (taken,) = [place for _ in range(2) if (place := filled.set_aside(key)) is not None]
    assert taken.read_bytes() == content[:-1]


def test_what_nobody_can_read_is_no_reason_to_fail(filled: RunStore, capsys: pytest.CaptureFixture[str]) -> None:
    with (filled.folder / "log.jsonl").open("ab") as log:
        log.write(b'5\n"caf\xc3\n{"key": 3}\n{}\n')
    (filled.folder / "failures").mkdir(exist_ok=True)
    for number, text in enumerate(("{}", "5", '{"scenario": 1}', "caf\xc3")):
        (filled.folder / "failures" / f"{number}.json").write_text(text, encoding="latin-1")
    assert [line["seed"] for line in filled.log()] == [7]
    assert main(["results", "--json"]) == 0
    assert main(["results", "--failed", "--json"]) == 0
    assert capsys.readouterr().err == ""
    path = filled.path(RunKeys()(SMALL))
    path.unlink()
    path.mkdir()
    with pytest.raises(InputError, match=r"\.parquet: cannot be read \(Is a directory\); allowed"):
        perform([SMALL], Execution(workers=0, store=filled.folder))
