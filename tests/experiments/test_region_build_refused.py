"""A region pack is not built from wrong files or options: one line says why, and nothing is left behind."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from experiments.cli import main
from experiments.region_build import build_region
from simulation.region import load_region

OFFICIAL = Path(__file__).parents[1] / "data" / "official_lcr"
SIX = ("Halton", "Knowsley", "E08000012", "st. helens", "Sefton", "E08000015")
IMD = "File_1_-_IMD2019_Index_of_Multiple_Deprivation.csv"
PEOPLE = "File_6_-_IoD2019_Population_Denominators.csv"
AGE = "mid_year_population_estimates_nomis.csv"
SURVEY = "annual_population_survey_nomis.csv"
FIRMS = "uk_business_counts_enterprises_nomis.csv"
FLOWS = "ODWP01EW_LTLA.csv"


@pytest.fixture
def official(tmp_path: Path) -> Path:
    return Path(shutil.copytree(OFFICIAL, tmp_path / "official"))


def change(path: Path, how: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
    how(pd.read_csv(path, dtype=str, keep_default_na=False)).to_csv(path, index=False)


def cell(row: int, column: str, text: str) -> Callable[[pd.DataFrame], pd.DataFrame]:
    """Write one cell, its row numbered as a spreadsheet does; the column by its first words."""

    def write(table: pd.DataFrame) -> pd.DataFrame:
        name = next(heading for heading in table.columns if heading.startswith(column))
        table.loc[row - 2, name] = text
        return table

    return write


def refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    """The one line with which a command refuses its input."""
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1, captured.err
    return captured.err.strip()


def drop(column: str) -> Callable[[pd.DataFrame], pd.DataFrame]:
    return lambda table: table.drop(columns=[name for name in table.columns if name.startswith(column)])


def twice(table: pd.DataFrame) -> pd.DataFrame:
    return pd.concat([table, table.iloc[[-1]]])


def without(column: str, text: str) -> Callable[[pd.DataFrame], pd.DataFrame]:
    return lambda table: table[table[column] != text]


BAD_FILES = {
    "no decile": (IMD, drop("Index of Multiple Deprivation (IMD) Decile"), "(IMD) Decile: it is missing; needed is"),
    "no population": (PEOPLE, drop("Total population"), "column Total population: mid 2015: it is missing"),
    "no value": (SURVEY, drop("OBS_VALUE"), f"{SURVEY}, column OBS_VALUE: it is missing"),
    "no count": (FLOWS, drop("Count"), f"{FLOWS}, column Count: it is missing"),
    "LSOA twice": (IMD, twice, "row 991, column LSOA code (2011): E01033768 comes twice; each comes once"),
    "denominators twice": (PEOPLE, twice, "comes twice; each comes once"),
    "flow twice": (FLOWS, lambda table: pd.concat([table, table.iloc[[0]]]), "comes twice; each comes once"),
    "survey twice": (SURVEY, twice, "comes twice; each comes once"),
    "no LSOA": (IMD, cell(3, "LSOA code", "W01000001"), "row 3, column LSOA code (2011): W01000001 is no LSOA"),
    "decile 11": (IMD, cell(4, "Index of Multiple Deprivation (IMD) Decile", "11"), "a whole number at least 1 and at"),
    "rank of text": (
        IMD,
        cell(5, "Index of Multiple Deprivation (IMD) Rank", "high"),
        "row 5, column Index of Multiple",
    ),
    "negative people": (PEOPLE, cell(6, "Total population", "-9"), "row 6, column Total population: mid 2015"),
    "people not a number": (AGE, cell(3, "OBS_VALUE", "1o4"), "row 3, column OBS_VALUE: 1o4 is not a number"),
    "infinite people": (AGE, cell(3, "OBS_VALUE", "1e999"), "row 3, column OBS_VALUE: 1e999 is not allowed"),
    "nan people": (AGE, cell(3, "OBS_VALUE", "nan"), "row 3, column OBS_VALUE: nan is not a number"),
    "negative enterprises": (FIRMS, cell(2, "OBS_VALUE", "-5"), "row 2, column OBS_VALUE: -5 is not allowed; a number"),
    "negative commuters": (FLOWS, cell(2, "Count", "-5"), "row 2, column Count: -5 is not allowed"),
    "no figure of an age": (AGE, without("C_AGE_NAME", "Aged 25 to 34"), "Halton has no figure of ages 25 to 34"),
    "an authority missing": (SURVEY, without("GEOGRAPHY_NAME", "Halton"), "no row of Halton (E06000006)"),
    "an LSOA missing": (PEOPLE, lambda table: table.iloc[1:], "no row of E01006412"),
    "another year": (
        FIRMS,
        lambda table: table.assign(DATE="2021"),
        "column DATE: no row of the years needed; needed is 2019",
    ),
    "no rows": (FIRMS, lambda table: table.iloc[:0], f"{FIRMS}: it has no rows"),
    "no variables": (SURVEY, lambda table: table.assign(VARIABLE_NAME="x"), "none of the variables needed"),
    "astronomic": (FIRMS, cell(2, "OBS_VALUE", "1e300"), "row 2, column OBS_VALUE: 1e300 is not allowed"),
    "nobody in work": (SURVEY, lambda table: table.assign(OBS_VALUE="0"), "0 in work of 0 people"),
    "no enterprises": (FIRMS, lambda table: table.assign(OBS_VALUE="0"), "Halton has no micro enterprises"),
    "few people": (AGE, lambda table: table.assign(OBS_VALUE="1"), "people in 79 LSOAs"),
}


@pytest.mark.parametrize("case", BAD_FILES)
def test_a_wrong_file_is_refused(case: str, official: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name, how, words = BAD_FILES[case]
    change(official / name, how)
    out = tmp_path / "packs" / "pack"
    arguments = ["region", "build", str(out), "--sources", str(official)]
    line = refused([*arguments, *(word for place in SIX for word in ("--authority", place))], capsys)
    assert any(words in line for words in (name, "mid-year", "Annual Population Survey", "UK Business Counts"))
    assert words in line
    assert not out.exists()
    assert not out.parent.exists() or list(out.parent.iterdir()) == []


BAD_OPTIONS = {
    "unknown authority": (["--authority", "Wirall"], "--authority: Wirall is not in .*; allowed is .*, as Wirral"),
    "authority twice": (["--authority", "Sefton", "--authority", "E08000014"], "--authority: E08000014 comes twice"),
    "bad name": (["--authority", "Sefton", "--name", "a b"], "--name: 'a b' is not allowed"),
    "no title": (["--authority", "Sefton", "--title", " "], "--title: it is empty"),
    "unknown pack": (["--authority", "Sefton", "--like", "atlantis"], "atlantis: no such region"),
    "no authority": ([], "authority"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD_OPTIONS)
def test_a_wrong_option_is_refused(case: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options, words = BAD_OPTIONS[case]
    line = refused(["region", "build", str(tmp_path / "pack"), "--sources", str(OFFICIAL), *options], capsys)
    assert re.search(words, line), line
    assert list(tmp_path.iterdir()) == []


def test_a_folder_without_the_indices_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["region", "build", str(tmp_path / "pack"), "--authority", "Sefton", "--sources"]
    assert "no such folder" in refused([*command, str(tmp_path / "none")], capsys)
    sources = tmp_path / "sources"
    sources.mkdir()
    (sources / "File_1.xlsx").write_bytes(b"PK")
    assert "File_1.xlsx must be saved as CSV" in refused([*command, str(sources)], capsys)


def test_a_row_of_another_length_is_refused(official: Path, tmp_path: Path) -> None:
    lines = (official / AGE).read_text().split("\n")
    (official / AGE).write_text("\n".join([lines[0], f"{lines[1]},7", *lines[2:]]))
    with pytest.raises(ValueError, match=f"{AGE}, row 2: it has 8 cells; allowed is one for each of 7 headings"):
        build_region(tmp_path / "pack", official, ["Sefton"])


def test_two_files_of_the_indices_are_refused(official: Path, tmp_path: Path) -> None:
    shutil.copy(official / IMD, official / "imd2.csv")
    with pytest.raises(ValueError, match=r"are both English Indices of Deprivation 2019"):
        build_region(tmp_path / "pack", official, ["Sefton"])


def test_a_folder_with_something_else_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["region", "build", "--sources", str(OFFICIAL), "--authority", "Sefton"]
    out = tmp_path / "mine"
    out.mkdir()
    (out / "letter.txt").write_text("dear")
    assert "OUT: holds files" in refused([*command, str(out)], capsys)
    (out / "manifest.json").write_text('{"program": "commonweal", "kind": "study"}')
    assert "OUT: holds letter.txt" in refused([*command, str(out)], capsys)
    assert (out / "letter.txt").read_text() == "dear"
    (out / "letter.txt").unlink()
    assert "OUT: holds other results of ours" in refused([*command, str(out)], capsys)
    assert sorted(path.name for path in out.iterdir()) == ["manifest.json"]
    file = tmp_path / "file"
    file.write_text("x")
    assert "OUT: allowed is a folder" in refused([*command, str(file)], capsys)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "mine"]


def test_a_pack_is_replaced_by_the_same(tmp_path: Path, official: Path) -> None:
    first = build_region(tmp_path / "pack", official, ["Sefton"])
    before = load_region(tmp_path / "pack").hash
    again = build_region(tmp_path / "pack", official, ["Sefton"])
    assert load_region(tmp_path / "pack").hash == before
    assert replace(again, folder=first.folder) == first
    assert sorted(path.name for path in tmp_path.iterdir()) == ["official", "pack"]
