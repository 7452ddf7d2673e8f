"""A region pack built from official files: the same figures as the built-in one, and wrong files are refused."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from experiments.cli import main
from experiments.measure import Measurer
from experiments.measured import measured_run
from experiments.region_build import build_region
from experiments.region_build.nomis import AGES, age_interval, bands
from experiments.region_build.reading import Heading
from experiments.validate import target_row
from experiments.validation_study import target_table
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
    run = measured_run(Scenario(region=str(six.path), scale=500, seed=7, months=1))
    rows = target_table(six.targets, [run])
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


def test_an_authority_without_the_least_deprived_runs(tmp_path: Path) -> None:
    """Knowsley has no LSOA of the last two deciles; outcomes by decile do without them."""
    build_region(tmp_path / "pack", OFFICIAL, ["Knowsley"])
    economy = Economy(Scenario(region=str(tmp_path / "pack"), scale=200, seed=2, months=12)).run()
    assert int(economy.region.neighbourhood_decile.max()) == 8
    assert all(set(closure.discrepancy.values()) == {0} for closure in economy.ledger.closures)
    assert [kind for kind in economy.region.zone_kind if kind == "city_centre"] == ["city_centre"]


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


def test_official_figures_of_a_place_that_no_pack_has(official: Path, tmp_path: Path, lcr: Region) -> None:
    """All files of two authorities under other codes and names: the figures are theirs, only the sites are laid out."""
    for path in official.iterdir():
        text = path.read_text()
        for old, new in {
            "E080000": "E089999",
            "E060000": "E069999",
            "Wirral": "Farham",
            "Liverpool": "Dockport",
        }.items():
            text = text.replace(old, new)
        path.write_text(text)
    build_region(tmp_path / "pack", official, ["Farham", "Dockport"])
    region = load_region(tmp_path / "pack")
    figures = ["employed", "employees", "self_employed", "unemployed", "inactive"]
    theirs = lcr.labour_market.set_index("authority").loc[["Wirral", "Liverpool"], figures]
    assert np.array_equal(region.labour_market[figures].to_numpy(), theirs.to_numpy())
    firms = region.enterprises.groupby("authority", sort=False)["count"].sum()
    assert np.allclose(firms, lcr.enterprises.groupby("authority")["count"].sum()[["Wirral", "Liverpool"]])
    assert region.zones.loc[region.zones["kind"] == "city_centre", "authority"].tolist() == ["Dockport"]
    # Places outside are known by centroids.csv: the three others of the city region that most commute to, and the rest.
    outside = region.zones[region.zones["authority"] == "outside"].set_index("name")["job_weight"]
    flows = lcr.commuting.set_index(["origin", "destination"])["commuters"]
    wanted = flows["Wirral", "Knowsley"] + flows["Liverpool", "Knowsley"]
    away = sum(
        flows[o, d] for o in ("Wirral", "Liverpool") for d in ("Halton", "Knowsley", "St Helens", "Sefton", "outside")
    )
    assert outside["Knowsley"] == pytest.approx(wanted / away, abs=2e-6)
    assert outside.index[-1] == "The rest of the country"
    economy = Economy(Scenario(region=str(tmp_path / "pack"), scale=500, seed=1, months=3)).run()
    assert all(set(closure.discrepancy.values()) == {0} for closure in economy.ledger.closures)


def test_centroids_and_names_of_lsoas_are_used(elsewhere: Path, tmp_path: Path) -> None:
    codes = pd.read_csv(elsewhere / IMD)
    mine = codes.loc[codes["Local Authority District name (2019)"] == "Thirdby", "LSOA code (2011)"].tolist()
    points = pd.DataFrame({"LSOA11CD": ["E06999993", *mine[:2]], "x": [400000, 401000, 402000], "y": [300000, 1, 2]})
    points.to_csv(elsewhere / "centroids.csv", index=False)
    change(
        elsewhere / IMD,
        lambda table: table.assign(**{"LSOA name (2011)": "Thirdby 0" + table.iloc[:, 0].str[-2:] + "B"}),
    )
    build_region(tmp_path / "pack", elsewhere, ["Thirdby"])
    region = load_region(tmp_path / "pack")
    assert region.neighbourhoods["settlement"].str.fullmatch(r"Thirdby 0\d\d").all()
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


def test_households_and_cars_of_the_census_are_used(official: Path, tmp_path: Path) -> None:
    pd.DataFrame(
        {
            "date": 2021,
            "geography": ["Sefton", "Leeds"],
            "geography code": ["E08000014", "E08000035"],
            "Number of cars or vans: Total: All households": [123100, 1],
            "Number of cars or vans: No cars or vans in household": [30775, 2],
        }
    ).to_csv(official / "census2021-ts045-ltla.csv", index=False)
    change(
        official / IMD,
        lambda table: table.assign(**{"LSOA name (2011)": "Sefton 0" + table["LSOA code (2011)"].str[-2:] + "B"}),
    )
    build_region(tmp_path / "pack", official, ["Sefton"])
    region = load_region(tmp_path / "pack")
    assert region.authorities[["households", "share_no_car"]].iloc[0].tolist() == [123100, 0.25]
    assert "ts045" in region.authorities["source"].iloc[0]
    change(official / "census2021-ts045-ltla.csv", cell(2, "Number of cars or vans: No cars", "123101"))
    with pytest.raises(ValueError, match="123101 is more than all households"):
        build_region(tmp_path / "pack", official, ["Sefton"])


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
