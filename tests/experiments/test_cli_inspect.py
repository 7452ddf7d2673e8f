"""The command that explains one person's month, or tells what became of a person or a firm."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from experiments.cli import main

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def scenario(tmp_path: Path) -> str:
    path = tmp_path / "my.toml"
    path.write_text('name = "my"\nscale = 1000\nmonths = 3\n', encoding="utf-8")
    return str(path)


def told(arguments: list[str], capsys: Capture) -> str:
    assert main(["explain", *arguments]) == 0
    return capsys.readouterr().out


def test_a_month_names_persons_and_each_is_explained(scenario: str, capsys: Capture) -> None:
    named = json.loads(told([scenario, "--month", "2020-05", "--json"], capsys))
    assert named["month"] == "2020-05"
    person, why = next((each["person"], each["why"]) for each in named["persons"] if "refused" in each["why"])
    assert f"{person}" in told([scenario, "--month", "2020-05"], capsys)
    ask = [scenario, "--month", "2020-05", "--person", person]
    found = json.loads(told([*ask, "--json"], capsys))
    assert found["person"] == person
    assert found["looked"]
    assert found["constraint"] == "competition"
    refusals = [offer for offer in found["offers"] if offer["outcome"] == "another applicant chosen"]
    assert why.endswith(str(len(refusals)))
    assert all(offer["winner"] != person for offer in refusals)
    text = told(ask, capsys)
    assert found["sentence"] in text
    assert text.rstrip().endswith("What bound: competition")


def test_histories_are_told(scenario: str, capsys: Capture) -> None:
    named = json.loads(told([scenario, "--month", "2020-05", "--json"], capsys))["persons"]
    person = next(each["person"] for each in named if "changed jobs" in each["why"] or "found work" in each["why"])
    past = json.loads(told([scenario, "--person", person, "--json"], capsys))
    assert [each["month"] for each in past["months"]] == ["2020-04", "2020-05", "2020-06"]
    assert past["months"][1]["taken"]
    firm = past["months"][1]["employer"]
    firms = json.loads(told([scenario, "--firm", firm, "--json"], capsys))
    assert firms["firm"] == firm
    assert firms["months"][1]["hires"] >= 1
    assert f"History of firm {firm}" in told([scenario, "--firm", firm], capsys)


REFUSED = {
    "nothing": ([], "options: allowed are --month, --person, both, or --firm"),
    "both": (["--person", "1", "--firm", "1"], "options: --person, --firm: allowed is one of them"),
    "a month of a firm": (["--firm", "1", "--month", "2020-05"], "options: --month: allowed is none with --firm"),
    "no month": (["--month", "May"], "options: --month: May; allowed is 2020-04 to 2020-06"),
    "a late month": (["--month", "2020-07"], "options: --month: 2020-07; allowed is 2020-04 to 2020-06"),
    "no uid": (["--person", "-1"], "options: --person: -1; allowed is a uid, 0 to"),
    "nobody": (["--person", "1", "--month", "2020-04"], "person: 1: nobody of this uid lived in the region in 2020-04"),
    "no firm": (["--firm", "1"], "firm: 1; there never was one in this run; allowed are those of"),
}


@pytest.mark.parametrize(("options", "message"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_explained_gets_one_line(
    options: list[str], message: str, scenario: str, capsys: Capture
) -> None:
    assert main(["explain", scenario, *options]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith(message)
    assert captured.err.count("\n") == 1
