"""What a store holds: listed, filtered, exported and asked in SQL, and never changed by a question."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from experiments.cli import main
from experiments.laboratory import Execution, perform
from experiments.records import run_scenario
from experiments.run_key import RunKeys
from experiments.store import RunStore
from policies import Skills
from simulation import Scenario

SMALL = Scenario(name="[/x]", scale=1000, months=2, burn_in=2, policies=(Skills(start="2020-04"),))
OTHER = SMALL.with_(seed=8)


@pytest.fixture
def asked(own_store: Path) -> Path:
    """A store with two runs."""
    perform([SMALL, OTHER], Execution(workers=0, store=own_store))
    return own_store


def refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    assert main(["results", *arguments]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    return captured.err


def test_results_are_listed_filtered_and_asked(asked: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["results", "--where", "seed = 8", "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert (row["seed"], row["scale"], row["policies"]) == (8, 1000, "skills(start=2020-04)")
    query = (
        "SELECT seed, value FROM records JOIN runs USING (key) WHERE outcome = 'gva' AND month = '2020-05' ORDER BY ALL"
    )
    assert main(["results", "--sql", query, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    expected = run_scenario(OTHER).indicators["gva"].iloc[-1]
    assert [line["seed"] for line in found] == [7, 8]
    assert found[1]["value"] == expected
    assert main(["results", "--csv", str(tmp_path / "a.csv"), "--duckdb", str(tmp_path / "a.duckdb")]) == 0
    assert pd.read_csv(tmp_path / "a.csv")["seed"].tolist() == [7, 8]
    import duckdb

    with duckdb.connect(str(tmp_path / "a.duckdb"), read_only=True) as connection:
        assert connection.execute("SELECT count(DISTINCT key) FROM records").fetchall() == [(2,)]


def test_questions_that_are_none_get_one_line_and_change_nothing(
    asked: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    precious = tmp_path / "precious.csv"
    precious.write_text("years,of,work\n")
    allowed = "allowed is one SELECT of `runs` and `records`"
    questions = [
        "", ";", "select 1; select 2", "copy (select 1) to 'precious.csv'", "attach 'x.db'", "drop table runs",
        "install httpfs", "select * from 'precious.csv'", "select * from read_text('precious.csv')", "selct 1",
    ]  # fmt: skip
    for query in questions:
        line = refused(["--sql", query], capsys)
        assert line.startswith("--sql: ")
        assert line.endswith(f"{allowed}\n")
    for where in ("sed = 8", "", "true) to 'precious.csv' --", "true; copy runs to 'precious.csv'"):
        assert refused(["--where", where], capsys).startswith("--where: ")
    assert refused(["--failed", "--sql", "select 1"], capsys).startswith("--failed: not with")
    assert precious.read_text() == "years,of,work\n"
    assert [path.name for path in tmp_path.iterdir()] == ["precious.csv"]
    assert "holds no store" in refused(["--store", str(asked / "none")], capsys)


@pytest.mark.parametrize(
    ("query", "value", "text"),
    [
        ("[1, 2] AS a", [1, 2], "[1, 2]"),
        ("TIMESTAMP '2020-01-02 03:04:05' AS a", "2020-01-02 03:04:05", "2020-01-02 03:04:05"),
        ("CAST(NULL AS TIMESTAMP) AS a", None, ""),
        ("uuid '6ba7b810-9dad-11d1-80b4-00c04fd430c8' AS a", "6ba7b810-9dad-11d1-80b4-00c04fd430c8", "6ba7b810"),
        ("'x'::BLOB AS a", "78", "78"),
        ("1 AS key", 1, "1"),
        ("'[/b]' AS a", "[/b]", "[/b]"),
        ("{'k': [NULL]} AS a", {"k": [None]}, "k"),
        ("1 AS a, 2 AS a", 1, "2"),
    ],
)
def test_answers_of_any_kind_are_told(
    query: str, value: object, text: str, asked: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["results", "--sql", f"SELECT {query}", "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert next(iter(row.values())) == value
    assert main(["results", "--sql", f"SELECT {query}"]) == 0
    assert text in capsys.readouterr().out


def test_a_list_shows_names_as_they_are(asked: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["results", "--where", "seed = 7 -- of two"]) == 0
    shown = capsys.readouterr().out
    assert "[/x]" in shown
    assert f" {RunKeys()(SMALL)[:12]} " in shown


def test_files_that_cannot_be_written_are_named_with_their_option(
    asked: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("x")
    for option in ("--csv", "--duckdb"):
        for place in (tmp_path / "nowhere" / "x", tmp_path / "file" / "x", tmp_path):
            assert refused([option, str(place)], capsys).startswith(f"{place}: {option}: cannot be written")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_damaged_files_are_named_in_the_list(own_store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    perform([SMALL], Execution(workers=0, store=own_store))
    path = RunStore(own_store).path(RunKeys()(SMALL))
    path.write_bytes(path.read_bytes()[:-10])
    assert main(["results", "--json"]) == 0
    captured = capsys.readouterr()
    assert json.loads(captured.out) == []
    assert captured.err.startswith(f"{path}: damaged (")
