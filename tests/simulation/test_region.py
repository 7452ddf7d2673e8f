"""The built-in pack holds what it should, and a wrong pack is refused with one clear line."""

from __future__ import annotations

import pickle
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from simulation.place_synthesis import largest_remainder, synthesise_neighbourhoods
from simulation.region import BUILT_IN, Region, RegionError, check_region, load_region, region_names

LCR = BUILT_IN / "lcr"
POPULATION_2019 = {
    "Halton": 129410,
    "Knowsley": 150862,
    "Liverpool": 498042,
    "St Helens": 180585,
    "Sefton": 276410,
    "Wirral": 324011,
}
WORKING_AGE_2019 = {
    "Halton": 79668,
    "Knowsley": 94311,
    "Liverpool": 337574,
    "St Helens": 110177,
    "Sefton": 163019,
    "Wirral": 192800,
}


@pytest.fixture(scope="module")
def region() -> Region:
    return load_region("lcr")


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    return Path(shutil.copytree(LCR, tmp_path / "pack"))


def change(path: Path, row: int, column: str, cell: str) -> None:
    """Write one cell, its row numbered as a spreadsheet does."""
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    table.loc[row - 2, column] = cell
    table.to_csv(path, index=False)


# The built-in pack ------------------------------------------------------------------------------------


def test_the_built_in_pack_is_good() -> None:
    assert "lcr" in region_names()
    assert check_region("lcr") == []
    assert check_region(LCR) == []


def test_neighbourhoods_match_the_official_counts(region: Region) -> None:
    assert region.n_neighbourhoods == 989
    assert int((region.neighbourhood_decile == 1).sum()) == 335
    counts = region.table("neighbourhood_counts").set_index(["authority", "imd_decile"])["neighbourhoods"]
    found = region.neighbourhoods.groupby(["authority", "imd_decile"]).size()
    pd.testing.assert_series_equal(found, counts[counts > 0].sort_index(), check_names=False)


def test_people_match_the_official_totals(region: Region) -> None:
    sums = region.neighbourhoods.groupby("authority")[["population", "working_age"]].sum()
    assert sums["population"].to_dict() == POPULATION_2019
    assert sums["working_age"].to_dict() == WORKING_AGE_2019
    assert (region.neighbourhood_working_age < region.neighbourhood_population).all()


def test_the_people_of_a_decile_keep_their_share(region: Region) -> None:
    """Scaling to 2019 leaves each decile its mid-2015 share of the authority, to within rounding."""
    counts = region.table("neighbourhood_counts")
    expected = counts.set_index(["authority", "imd_decile"])["population_2015"]
    expected = expected / expected.groupby("authority").transform("sum")
    found = region.neighbourhoods.groupby(["authority", "imd_decile"])["population"].sum()
    found = found / found.groupby("authority").transform("sum")
    assert (found - expected[found.index]).abs().max() < 5e-4


def test_neighbourhoods_are_what_the_method_makes(region: Region) -> None:
    mixing = region.settings["places"]["mixing"]
    tables = (region.table(name) for name in ("neighbourhood_counts", "settlements", "authorities"))
    made = synthesise_neighbourhoods(*tables, mixing)
    pd.testing.assert_frame_equal(made, region.neighbourhoods, check_dtype=False)


def test_neighbourhoods_lie_inside_their_authority(region: Region) -> None:
    """Nobody is far from the middle of their authority, and no two neighbourhoods share a point."""
    for row in region.authorities.itertuples():
        own = region.neighbourhoods[region.neighbourhoods["authority"] == row.name]
        away = np.hypot(own["easting_m"] - row.easting_m, own["northing_m"] - row.northing_m)
        assert away.max() < 2.2e4 if row.name == "Sefton" else away.max() < 1.3e4
        assert len(own.drop_duplicates(["easting_m", "northing_m"])) == len(own)


def test_deprivation_lies_near_the_cores(region: Region) -> None:
    decile = region.neighbourhoods.groupby("settlement")["imd_decile"].mean()
    poor = ["Everton", "Anfield", "Norris Green", "Bootle", "Birkenhead", "Kirkby Northwood", "Parr"]
    rich = ["Woolton", "Formby", "Ainsdale", "Heswall", "Rainford", "Sandymoor and Daresbury"]
    assert decile[poor].max() < 2.5
    assert decile[rich].min() > 4.5


def test_zones(region: Region) -> None:
    sums = region.zones.groupby("authority")["job_weight"].sum()
    assert np.allclose(sums, 1.0)
    assert list(np.bincount(region.zone_authority[region.zone_authority >= 0])) == [11, 10, 18, 10, 14, 14]
    assert region.zone_kind.count("local") == 24
    assert region.zone_kind.count("outside") == 6
    assert [len(region.local_zones(k)) for k in range(region.n_authorities)] == [4] * 6
    share = region.zone_jobs_share()
    assert share.sum() == pytest.approx(1.0)
    liverpool = region.zone_authority == region.authority_index["Liverpool"]
    assert share[liverpool].sum() == pytest.approx(0.38, abs=0.02), "Local Industrial Strategy 2020: 38% of jobs"


def test_names_and_indices(region: Region) -> None:
    assert region.authority_names == ("Halton", "Knowsley", "Liverpool", "St Helens", "Sefton", "Wirral")
    assert region.authority_index["outside"] == -1
    assert len(region.sector_ids) == 12
    assert region.zones["id"].iloc[region.zone_index["Z-kirkby"]] == "Z-kirkby"
    assert region.assumption_values()["travel_bus_single_pence"] == 220
    assert (region.assumptions["low"] <= region.assumptions["high"]).all()
    with pytest.raises(KeyError, match="no table moon"):
        region.table("moon")


def test_every_row_has_a_source(region: Region) -> None:
    for name, table in region.tables.items():
        assert (table["source"].str.strip() != "").all(), name


def test_arrays_are_read_only_and_tables_are_copied(region: Region) -> None:
    with pytest.raises(ValueError, match="read-only"):
        region.neighbourhood_xy[0, 0] = 0.0
    copy = region.table("zones")
    copy.loc[:, "job_weight"] = 0.0
    assert region.zone_job_weight.max() > 0.0


def test_hash_follows_names_and_contents(pack: Path, region: Region) -> None:
    assert load_region(pack).hash == region.hash
    assert len(region.hash) == 64
    (pack / ".hidden.csv").write_text("")
    (pack / "README.md").write_text("not read")
    assert load_region(pack).hash == region.hash
    change(pack / "zones.csv", 2, "name", "Another name")
    first = load_region(pack).hash
    assert first != region.hash
    (pack / "extra.csv").write_text("a,source\n1,assumed\n")
    assert load_region(pack).hash not in (first, region.hash)


def test_region_survives_pickling(region: Region) -> None:
    again = pickle.loads(pickle.dumps(region))
    assert again.hash == region.hash
    assert np.array_equal(again.neighbourhood_xy, region.neighbourhood_xy)


# Wrong packs ------------------------------------------------------------------------------------------


def edit(name: str, row: int, column: str, cell: str) -> Callable[[Path], None]:
    return lambda pack: change(pack / name, row, column, cell)


def drop(name: str, column: str) -> Callable[[Path], None]:
    def act(pack: Path) -> None:
        pd.read_csv(pack / name, dtype=str, keep_default_na=False).drop(columns=column).to_csv(pack / name, index=False)

    return act


def add(name: str, column: str, cell: str) -> Callable[[Path], None]:
    def act(pack: Path) -> None:
        table = pd.read_csv(pack / name, dtype=str, keep_default_na=False)
        table.assign(**{column: cell}).to_csv(pack / name, index=False)

    return act


def replace(name: str, old: str, new: str) -> Callable[[Path], None]:
    def act(pack: Path) -> None:
        text = (pack / name).read_text()
        assert old in text
        (pack / name).write_text(text.replace(old, new, 1))

    return act


WRONG = {
    "missing file": (
        lambda pack: (pack / "zones.csv").unlink(),
        "zones.csv: the file is missing; every region pack has one",
    ),
    "missing settings": (lambda pack: (pack / "region.toml").unlink(), "region.toml: the file is missing"),
    "missing column": (
        drop("stops.csv", "kind"),
        "stops.csv, row 1, column kind: the column is missing; the columns are id, name,",
    ),
    "missing source": (drop("zones.csv", "source"), "zones.csv, row 1, column source: the column is missing"),
    "unknown column": (
        add("stops.csv", "colour", "red"),
        "stops.csv, row 1, column colour: the column is unknown; the columns are",
    ),
    "share": (
        edit("zones.csv", 3, "job_weight", "0.17"),
        "zones.csv, row 2, column job_weight: the values of Halton sum to 1.1; they must sum to 1",
    ),
    "nan": (
        edit("authorities.csv", 4, "area_km2", "NaN"),
        "authorities.csv, row 4, column area_km2: NaN is not a finite number; a finite number above 0",
    ),
    "infinity": (
        edit("zones.csv", 5, "retail_weight", "inf"),
        "zones.csv, row 5, column retail_weight: inf is not a finite number; a finite number at least 0",
    ),
    "overflow": (
        edit("zones.csv", 5, "retail_weight", "1e999"),
        "zones.csv, row 5, column retail_weight: 1e999 is too large",
    ),
    "empty cell": (
        edit("authorities.csv", 2, "households", ""),
        "authorities.csv, row 2, column households: the cell is empty; a whole number at least 1 is needed",
    ),
    "unknown authority": (
        edit("settlements.csv", 9, "authority", "Atlantis"),
        "settlements.csv, row 9, column authority: Atlantis is not in authorities.csv, column name; "
        "allowed are Halton, Knowsley, Liverpool, St Helens, Sefton, Wirral",
    ),
    "negative": (
        edit("crossings.csv", 3, "toll_pence", "-5"),
        "crossings.csv, row 3, column toll_pence: -5 is too small; a finite number at least 0 is needed",
    ),
    "fraction of a person": (
        edit("neighbourhoods.csv", 7, "population", "10.5"),
        "neighbourhoods.csv, row 7, column population: 10.5 is not a whole number",
    ),
    "decile": (
        edit("neighbourhoods.csv", 7, "imd_decile", "11"),
        "neighbourhoods.csv, row 7, column imd_decile: 11 is too large; a whole number at least 1 and at",
    ),
    "kind": (
        edit("zones.csv", 10, "kind", "moon"),
        "zones.csv, row 10, column kind: moon is unknown; allowed are city_centre",
    ),
    "twice": (
        edit("zones.csv", 10, "id", "Z-widnes"),
        "zones.csv, row 10, column id: Z-widnes was in row 2 already; each value comes once",
    ),
    "stop of a line": (
        replace("lines.csv", "R-southport R-birkdale", "R-southport R-nowhere"),
        "lines.csv, row 2, column stops: R-nowhere is not in stops.csv, column id; allowed are H-",
    ),
    "line of one stop": (
        edit("lines.csv", 3, "stops", "R-southport"),
        "lines.csv, row 3, column stops: R-southport is only one; at least two",
    ),
    "people of an authority": (
        edit("neighbourhoods.csv", 2, "population", "1500"),
        "neighbourhoods.csv, row 2, column population: the values of Halton sum to",
    ),
    "age bands": (
        edit("authorities.csv", 3, "age_0_15", "1"),
        "authorities.csv, row 3, column population_2019: 150862 is not the sum of the age bands",
    ),
    "range of an assumption": (
        edit("assumptions_travel.csv", 2, "low", "99"),
        "assumptions_travel.csv, row 2, column value: 10 is below low 99; the order is low <= value <= high",
    ),
    "assumption in two files": (
        lambda pack: (pack / "assumptions_zzz.csv").write_text(
            "name,value,low,high,unit,source,note\ntravel_walk_kmh,5,4,6,km per hour,assumed,\n"
        ),
        "assumptions_zzz.csv, row 2, column name: travel_walk_kmh was in assumptions_travel.csv, row",
    ),
    "levels of jobs": (
        edit("sectors.csv", 4, "q0", "0.9"),
        "sectors.csv, row 4, column q0: q0, q1, q2, q3, q4 sum to",
    ),
    "order of sectors": (
        replace("region.toml", '"manufacturing", "construction"', '"construction", "manufacturing"'),
        "sectors.csv, row 3, column id: manufacturing is out of order; region.toml, key sectors, has",
    ),
    "unknown sector": (
        edit("enterprises.csv", 3, "sector", "alchemy"),
        "enterprises.csv, row 3, column sector: alchemy is not in region.toml, key sectors; allowed are",
    ),
    "zone of an anchor": (
        edit("anchors.csv", 2, "zone", "Z-moon"),
        "anchors.csv, row 2, column zone: Z-moon is not in zones.csv, column id; allowed are Z-widnes",
    ),
    "anchor away from home": (
        edit("anchors.csv", 2, "zone", "Z-huyton"),
        "anchors.csv, row 2, column zone: Z-huyton is in Knowsley; a zone of Halton is needed",
    ),
    "commuting shares": (
        edit("commuting.csv", 2, "share", "0.9"),
        "commuting.csv, row 2, column share: the values of Halton sum to",
    ),
    "purchases above output": (
        edit("io_coefficients.csv", 2, "coefficient", "0.99"),
        "io_coefficients.csv, row 2, column coefficient: the values of primary_utilities and its value added",
    ),
    "date": (
        edit("tax_benefit.csv", 2, "from", "2019-13"),
        "tax_benefit.csv, row 2, column from: 2019-13 is not a date; a date is written as 2019-04 or",
    ),
    "crossing of nothing": (
        lambda pack: (pack / "barriers.csv").unlink(),
        "crossings.csv, row 2, column barrier: Mersey should be in barriers.csv, which is missing; add",
    ),
    "ragged row": (
        replace("crossings.csv", "Warrington bridges,Mersey", "Warrington bridges"),
        "crossings.csv, row 5: it has 8 cells; row 1 has 9 headings",
    ),
    "heading twice": (
        replace("crossings.csv", "toll_pence", "delay_minutes"),
        "crossings.csv, row 1, column delay_minutes: the heading comes twice",
    ),
    "not text": (
        lambda pack: (pack / "stops.csv").write_bytes(b"id,name\n1,\xff\n"),
        "stops.csv, row 2: it is not UTF-8 text; save the file as UTF-8",
    ),
    "no rows": (
        lambda pack: (pack / "barriers.csv").write_text("barrier,sequence,easting_m,northing_m,source\n"),
        "barriers.csv, row 2: there are no rows; the file must hold at least one",
    ),
    "empty file": (
        lambda pack: (pack / "barriers.csv").write_text(""),
        "barriers.csv, row 1: there are no headings",
    ),
    "extra table without source": (
        lambda pack: (pack / "extra.csv").write_text("a\n1\n"),
        "extra.csv, row 1, column source: the column is missing",
    ),
    "extra table with a nan": (
        lambda pack: (pack / "extra.csv").write_text("a,source\n1,assumed\nnan,assumed\n"),
        "extra.csv, row 3, column a: nan is not a finite number",
    ),
    "settings that are not TOML": (replace("region.toml", "name =", "name"), "region.toml: not a TOML file"),
    "settings of the wrong type": (
        replace("region.toml", "base_year = 2019", 'base_year = "soon"'),
        "region.toml, key base_year: 'soon' is not allowed; a whole number is needed",
    ),
    "missing setting": (
        replace("region.toml", 'title = "Liverpool City Region"', ""),
        "region.toml, key title: it is missing; a text that is not empty is needed",
    ),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_wrong_pack_has_one_clear_error(pack: Path, wrong: str) -> None:
    act, start = WRONG[wrong]
    act(pack)
    problems = check_region(pack)
    assert len(problems) == 1, problems
    assert problems[0].startswith(start)
    with pytest.raises(RegionError) as caught:
        load_region(pack)
    assert caught.value.problems[0] == problems[0]
    assert isinstance(caught.value, ValueError)
    assert str(caught.value).startswith(start)


def test_an_authority_without_neighbourhoods(pack: Path) -> None:
    path = pack / "neighbourhoods.csv"
    table = pd.read_csv(path, dtype=str)
    table[table["authority"] != "Halton"].to_csv(path, index=False)
    assert check_region(pack)[0].startswith(
        "neighbourhoods.csv, column authority: there is no row for Halton; each of authorities.name has one"
    )


def test_all_problems_are_listed(pack: Path) -> None:
    change(pack / "zones.csv", 4, "kind", "moon")
    change(pack / "stops.csv", 5, "easting_m", "-1")
    assert [line.split(":")[0] for line in check_region(pack)] == [
        "zones.csv, row 4, column kind",
        "stops.csv, row 5, column easting_m",
    ]


def test_spreadsheet_habits_are_accepted(pack: Path) -> None:
    """A byte order mark, Windows line ends, blank lines and spaces round cells do no harm."""
    path = pack / "crossings.csv"
    text = path.read_text().replace("\n", "\r\n").replace(",Mersey,", ", Mersey ,") + "\r\n,,,,,,,,\r\n"
    path.write_bytes(b"\xef\xbb\xbf" + text.encode())
    assert check_region(pack) == []


def test_no_such_region() -> None:
    with pytest.raises(RegionError, match=r"atlantis: no such region; give a folder, or one of .*lcr"):
        load_region("atlantis")
    assert check_region("atlantis")[0].startswith("atlantis: no such region")


# Method -----------------------------------------------------------------------------------------------


def test_largest_remainder() -> None:
    assert largest_remainder(np.array([1.0, 1.0, 1.0]), 10).tolist() == [4, 3, 3]
    assert largest_remainder(np.array([0.0, 2.0, 6.0]), 4).tolist() == [0, 1, 3]


def test_settlements_must_hold_all_neighbourhoods(region: Region) -> None:
    settlements = region.table("settlements")
    settlements.loc[0, "neighbourhoods"] += 1
    with pytest.raises(ValueError, match=r"settlements.csv, .* Halton hold 80; neighbourhood_counts.csv has 79"):
        synthesise_neighbourhoods(region.table("neighbourhood_counts"), settlements, region.authorities, 0.25)
