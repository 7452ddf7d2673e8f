"""A region pack built from official files: the same figures as the built-in one, and wrong files are refused."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from experiments.cli import main
from experiments.measure import Measurer
from experiments.region_build import build_region
from experiments.region_build.nomis import AGES, age_interval, bands
from experiments.region_build.reading import Heading
from experiments.validate import check_targets, target_row
from simulation import Economy, Scenario
from simulation.region import Region, check_region, load_region

OFFICIAL = Path(__file__).parents[1] / "data" / "official_lcr"
SIX = ("Halton", "Knowsley", "E08000012", "st. helens", "Sefton", "E08000015")
IMD = "File_1_-_IMD2019_Index_of_Multiple_Deprivation.csv"
PEOPLE = "File_6_-_IoD2019_Population_Denominators.csv"
AGE = "mid_year_population_estimates_nomis.csv"
SURVEY = "annual_population_survey_nomis.csv"
FIRMS = "uk_business_counts_enterprises_nomis.csv"
FLOWS = "ODWP01EW_LTLA.csv"


@pytest.fixture(scope="module")
def six(tmp_path_factory: pytest.TempPathFactory) -> Region:
    """Liverpool City Region built from official files."""
    out = tmp_path_factory.mktemp("packs") / "six"
    build_region(out, OFFICIAL, SIX, title="Liverpool City Region, built")
    assert check_region(out) == []
    return load_region(out)


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


# The six authorities ----------------------------------------------------------------------------------


def test_neighbourhoods_are_real_lsoas(six: Region, lcr: Region) -> None:
    ids = six.neighbourhoods["id"]
    assert len(ids) == ids.nunique() == 989
    assert ids.str.fullmatch(r"E01\d{6}").all()
    assert set(ids) == set(pd.read_csv(OFFICIAL / IMD)["LSOA code (2011)"])
    assert int((six.neighbourhood_decile == 1).sum()) == 335
    pd.testing.assert_series_equal(
        six.neighbourhoods.groupby(["authority", "imd_decile"]).size(),
        lcr.neighbourhoods.groupby(["authority", "imd_decile"]).size(),
    )


def test_people_of_a_neighbourhood_keep_their_share_of_the_authority(six: Region) -> None:
    people = pd.read_csv(OFFICIAL / PEOPLE).set_index("LSOA code (2011)")[
        "Total population: mid 2015 (excluding prisoners)"
    ]
    ours = six.neighbourhoods.set_index("id")
    total = people.groupby(ours["authority"]).sum()
    expected = people[ours.index] / total[ours["authority"]].to_numpy()
    expected = expected * six.authorities.set_index("name")["population_2019"][ours["authority"]].to_numpy()
    assert np.abs(ours["population"] - expected).max() <= 1.0
    assert (ours["working_age"] <= ours["population"]).all()


@pytest.mark.parametrize("table", ["enterprises", "commuting", "incommuting", "qualifications", "labour_market"])
def test_official_tables_are_those_of_the_built_in_pack(six: Region, lcr: Region, table: str) -> None:
    ours, theirs = six.table(table), lcr.table(table)
    # Shares are rounded so that they sum to one; half-widths of the survey to whole people.
    for column in theirs.columns.drop("source"):
        if not pd.api.types.is_numeric_dtype(theirs[column]):
            assert ours[column].tolist() == theirs[column].tolist()
        else:
            assert np.allclose(ours[column], theirs[column], rtol=0, atol=1.0 if "half_width" in column else 2e-6)


@pytest.mark.slow
def test_month_0_is_that_of_the_built_in_pack(six: Region, lcr: Region, opening: Economy) -> None:
    """Each figure of the survey is within the sampling error of the other pack's, and of the official figure."""
    built = Measurer(Economy(Scenario(region=str(six.path), scale=500, seed=7, months=3)))
    plain = Measurer(opening)
    lines = lcr.targets
    wanted = lines["quantity"].str.contains("employment_rate|inactivity_rate|qualification_")
    lines = lines[wanted & (lines["authority"] != "region")]
    assert len(lines) == 6 * (3 + 5)
    for line in lines.to_dict("records"):
        quantity, authority = str(line["quantity"]), str(line["authority"])
        found, other = built.measure(quantity, authority), plain.measure(quantity, authority)
        assert found is not None
        assert other is not None
        for target in (other.value, line["target"]):
            row = target_row({**line, "target": target, "half_width": 0.0}, found)
            assert row["pass"], (line["id"], target, found)


def test_the_targets_of_the_built_pack_are_official_and_mostly_met(six: Region) -> None:
    rows = pd.DataFrame(check_targets(Scenario(region=str(six.path), scale=500, seed=7, months=1)))
    assert rows["pass"].notna().all()
    assert rows["pass"].mean() > 0.9


# Two authorities --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("packs") / "wirral_sefton"
    assert (
        main(
            ["region", "build", str(out), "--sources", str(OFFICIAL), "--authority", "Wirral", "--authority", "Sefton"]
        )
        == 0
    )
    return out


def test_two_authorities_run_and_the_ledger_closes(two: Path, contradictions: Callable[[Economy], list[str]]) -> None:
    assert main(["region", "check", str(two)]) == 0
    economy = Economy(Scenario(region=str(two), scale=500, seed=3, months=6))
    assert economy.region.authority_names == ("Wirral", "Sefton")
    assert economy.region.name == "wirral_sefton"
    economy.run()
    assert all(set(closure.discrepancy.values()) == {0} for closure in economy.ledger.closures)
    assert contradictions(economy) == []
    assert 0.15 < economy.indicators["inactivity_rate"].iloc[-1] < 0.35


def test_what_lies_outside_is_outside(two: Path, lcr: Region) -> None:
    region = load_region(two)
    commuting = region.commuting.set_index(["origin", "destination"])["commuters"]
    theirs = lcr.commuting.set_index(["origin", "destination"])["commuters"]
    assert commuting["Wirral", "Sefton"] == theirs["Wirral", "Sefton"]
    left = ["Halton", "Knowsley", "Liverpool", "St Helens", "outside"]
    assert commuting["Wirral", "outside"] == theirs["Wirral"][left].sum()
    coming = region.table("incommuting").set_index("authority")["commuters"]
    assert coming["Wirral"] == lcr.table("incommuting").set_index("authority").loc["Wirral", "commuters"] + sum(
        theirs[name, "Wirral"] for name in left[:-1]
    )
    zones = region.zones.set_index("name")
    assert zones.loc["Liverpool", "authority"] == "outside"
    assert set(region.stops["authority"]) == {"Wirral", "Sefton", "outside"}


def test_amounts_of_the_region_are_scaled(two: Path, lcr: Region) -> None:
    ours, theirs = load_region(two).assumption_values(), lcr.assumption_values()
    people = (324011 + 276410) / lcr.authorities["population_2019"].sum()
    assert ours["bus_operating_cost"] == pytest.approx(theirs["bus_operating_cost"] * people, rel=1e-5)
    assert ours["branch_plants"] < 0.5 * theirs["branch_plants"]
    # The pack lcr puts three in a hundred students from outside into the five authorities without its city centre.
    assert ours["students_from_outside"] == pytest.approx(theirs["students_from_outside"] * 0.03 * 2 / 5, rel=1e-5)
    assert ours["trend_growth"] == theirs["trend_growth"]


def test_borrowed_rows_say_so(two: Path) -> None:
    tables = load_region(two).tables
    for name in ("zones", "stops", "anchors", "io_coefficients", "sectors", "assumptions", "pay", "inactivity_reasons"):
        assert tables[name]["source"].str.contains("taken from the pack lcr").all(), name
    rules = tables["tax_benefit"]["source"]
    assert (rules.str.startswith("national figure, fallback: ") | rules.str.startswith("assumed: taken from")).all()
    assert tables["neighbourhoods"]["source"].str.contains("place assumed").all()
    assert not tables["enterprises"]["source"].str.contains("taken from").any()


# Places that the pack to borrow from does not have ------------------------------------------------------


@pytest.fixture
def elsewhere(official: Path) -> Path:
    """The Indices of Deprivation alone, of authorities that no pack has."""
    for path in official.iterdir():
        if path.name != IMD:
            path.unlink()
    text = (official / IMD).read_text()
    for old, new in {"E06000006,Halton": "E06999991,Nearham", "E08000014,Sefton": "E06999993,Thirdby"}.items():
        text = text.replace(old, new)
    (official / IMD).write_text(text)
    return official


@pytest.mark.parametrize("names", [["Nearham", "Thirdby"], ["Thirdby"], ["Nearham", "Knowsley"]])
def test_a_place_with_nothing_but_its_deprivation_runs(elsewhere: Path, tmp_path: Path, names: list[str]) -> None:
    out = tmp_path / "pack"
    built = build_region(out, elsewhere, names)
    assert len(built.missing) == 7
    assert check_region(out) == []
    economy = Economy(Scenario(region=str(out), scale=500, seed=1, months=2)).run()
    assert all(set(closure.discrepancy.values()) == {0} for closure in economy.ledger.closures)
    region = load_region(out)
    work = region.labour_market.set_index("authority").loc[names[0], "source"]
    assert work.startswith("national figure, fallback: ")
    assert [kind for kind in region.zone_kind if kind == "city_centre"] == ["city_centre"]
    # Nothing is known of the place, so that there is no figure of its own to miss.
    assert set(region.targets.loc[region.targets["authority"] == names[0], "quantity"]) <= {"age_0_15"}


def test_centroids_of_lsoas_are_used(elsewhere: Path, tmp_path: Path) -> None:
    codes = pd.read_csv(elsewhere / IMD)
    mine = codes.loc[codes["Local Authority District name (2019)"] == "Thirdby", "LSOA code (2011)"].tolist()
    points = pd.DataFrame({"LSOA11CD": ["E06999993", *mine[:2]], "x": [400000, 401000, 402000], "y": [300000, 1, 2]})
    points.to_csv(elsewhere / "centroids.csv", index=False)
    build_region(tmp_path / "pack", elsewhere, ["Thirdby"])
    region = load_region(tmp_path / "pack")
    rows = region.neighbourhoods.set_index("id")
    assert rows.loc[mine[1], ["easting_m", "northing_m"]].tolist() == [402000, 2]
    assert rows.loc[mine[1], "source"].endswith("place: centroids.csv")
    assert rows["source"].str.contains("place assumed").sum() == len(mine) - 2
    assert region.authorities["easting_m"].tolist() == [400000]


# Layouts ----------------------------------------------------------------------------------------------


def test_file_7_and_the_detailed_series_do_as_well(official: Path, six: Region, tmp_path: Path) -> None:
    first, second = (pd.read_csv(official / name) for name in (IMD, PEOPLE))
    both = first.merge(second.drop(columns=list(second.columns[1:3])), on="LSOA code (2011)")
    both = both.rename(
        columns={name: f"{name} (where 1 is most deprived)" for name in both if name.endswith(("Rank", "Decile"))}
    )
    both.to_csv(official / "File_7_-_All_IoD2019_Scores__Ranks__Deciles_and_Population_Denominators_3.csv", index=False)
    people = pd.read_csv(official / AGE)
    rows = []
    for row in people.to_dict("records"):
        for band, (low, high) in AGES.items():
            if row["C_AGE_NAME"] in ("Aged 65+", f"Aged {low} to {high - 1}"):
                if (band == "age_65plus") != (row["C_AGE_NAME"] == "Aged 65+"):
                    continue
                # Everyone of the band has its first age, half of either sex; the oldest are 90.
                for sex, number in ((1, row["OBS_VALUE"] // 2), (2, row["OBS_VALUE"] - row["OBS_VALUE"] // 2)):
                    for age in range(low, min(high, 91)):
                        rows.append(
                            (row["GEOGRAPHY_CODE"], row["GEOGRAPHY_NAME"], sex, age, number if age == low else 0)
                        )
    series = pd.DataFrame(rows, columns=["ladcode20", "laname20", "sex", "age", "population_2019"])
    series.to_csv(official / "MYEB1_detailed_population_estimates_series_UK_(2020_geog20).csv", index=False)
    for name in (IMD, PEOPLE, AGE):
        (official / name).unlink()
    build_region(tmp_path / "pack", official, SIX)
    again = load_region(tmp_path / "pack")
    for name in ("authorities", "neighbourhoods"):
        pd.testing.assert_frame_equal(again.tables[name], six.tables[name])


def test_files_are_known_by_their_headings(official: Path, six: Region, tmp_path: Path) -> None:
    for k, name in enumerate((IMD, PEOPLE, AGE, SURVEY, FIRMS, FLOWS)):
        (official / name).rename(official / f"download-{k}.csv")
    build_region(tmp_path / "pack", official, SIX)
    for name, table in load_region(tmp_path / "pack").tables.items():
        pd.testing.assert_frame_equal(table, six.tables[name])


def test_a_suppressed_figure_falls_back(official: Path, tmp_path: Path) -> None:
    def suppress(table: pd.DataFrame) -> pd.DataFrame:
        gone = (table["GEOGRAPHY_NAME"] == "Wirral") & table["VARIABLE_NAME"].str.startswith("Unemployment")
        table.loc[gone & (table["MEASURES_NAME"] != "Denominator"), "OBS_VALUE"] = "!"
        return table

    change(official / SURVEY, suppress)
    build_region(tmp_path / "pack", official, ["Wirral"])
    row = load_region(tmp_path / "pack").labour_market.iloc[0]
    assert row["employed"] == 144350
    assert row["unemployed"] == pytest.approx(144350 * 0.04 / 0.96, rel=1e-4)
    assert "the unemployed: national figure, fallback: " in row["source"]


def test_ages_are_read_as_they_are_written() -> None:
    assert age_interval("Aged 16 to 24") == (16, 25)
    assert age_interval("Aged 0 - 15") == (0, 16)
    assert age_interval("Age 7") == age_interval("7") == (7, 8)
    assert age_interval("Aged 90+")[0] == 90  # type: ignore[index]
    assert age_interval("Median age") is None
    people = {(0, 16): 1.0, (16, 18): 2.0, (18, 25): 3.0, (25, 50): 99.0, (25, 30): 4.0, (30, 35): 5.0, (35, 50): 6.0}
    with pytest.raises(LookupError, match="50 to 64"):
        bands(people)
    assert bands(people | {(50, 65): 7.0, (65, AGES["age_65plus"][1]): 8.0}) == dict(
        zip(AGES, (1.0, 5.0, 9.0, 6.0, 7.0, 8.0), strict=True)
    )


def test_headings_are_found_by_their_leading_words() -> None:
    rank = Heading("rank", ("Index of Multiple Deprivation (IMD) Rank",))
    assert rank.find(["x", " index of  multiple Deprivation (IMD) rank (where 1 is most deprived)"]) is not None
    assert rank.find(["Index of Multiple Deprivation (IMD) Ranking"]) is None
    assert Heading("date", ("DATE",)).find(["DATE_NAME", "DATE"]) == "DATE"


# Bad input --------------------------------------------------------------------------------------------


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
    "few people": (AGE, lambda table: table.assign(OBS_VALUE="1"), "people in 79 LSOAs"),
}


@pytest.mark.parametrize("case", BAD_FILES)
def test_a_wrong_file_is_refused(case: str, official: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name, how, words = BAD_FILES[case]
    change(official / name, how)
    out = tmp_path / "packs" / "pack"
    arguments = ["region", "build", str(out), "--sources", str(official)]
    line = refused([*arguments, *(word for place in SIX for word in ("--authority", place))], capsys)
    assert name in line or "mid-year" in line
    assert words in line
    assert not out.exists()
    assert not out.parent.exists() or list(out.parent.iterdir()) == []


BAD_OPTIONS = {
    "unknown authority": (["--authority", "Sefton", "--authority", "Wirall"], "--authority: Wirall is not in .*; allowed is .*, as Wirral"),
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
    assert "OUT: holds other results of ours" in refused([*command, str(out)], capsys)
    assert sorted(path.name for path in out.iterdir()) == ["letter.txt", "manifest.json"]
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
