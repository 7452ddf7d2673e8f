"""Which official file is which: by its name as published, else by its headings."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from experiments.errors import InputError
from experiments.region_build.reading import Heading, OfficialTable, headings_of, read_table

__all__ = ["KINDS", "Kind", "Sources", "find_sources"]


@dataclass(frozen=True)
class Kind:
    """A kind of official file.

    Attributes:
        title: What it is.
        named: Regular expression that the name of such a file fits, in lower case with underscores.
        headings: Columns to read.
        many: Whether several such files are taken together.
        by_headings: Whether a file with these headings is of this kind, whatever its name.
    """

    title: str
    named: str
    headings: tuple[Heading, ...]
    many: bool = False
    by_headings: bool = True


_CODE = Heading("code", ("GEOGRAPHY_CODE", "geography code", "mnemonic"))
_NAME = Heading("name", ("GEOGRAPHY_NAME", "geography"), optional=True)
_VALUE = Heading("value", ("OBS_VALUE", "value"))
_MEASURE = Heading("measure", ("MEASURES_NAME",), optional=True)
_DATE = Heading("date", ("DATE", "DATE_NAME", "date"))
_SEX = Heading("sex", ("GENDER_NAME", "C_SEX_NAME", "SEX_NAME"), optional=True)

KINDS: dict[str, Kind] = {
    "deprivation": Kind(
        "English Indices of Deprivation 2019, File 1 or File 7",
        r"^file_[17](_|$)|index_of_multiple_deprivation",
        (
            Heading("lsoa", ("LSOA code (2011)", "LSOA code")),
            Heading("lsoa_name", ("LSOA name (2011)", "LSOA name"), optional=True),
            Heading("code", ("Local Authority District code (2019)", "Local Authority District code")),
            Heading("name", ("Local Authority District name (2019)", "Local Authority District name")),
            Heading("rank", ("Index of Multiple Deprivation (IMD) Rank", "IMD Rank")),
            Heading("decile", ("Index of Multiple Deprivation (IMD) Decile", "IMD Decile")),
        ),
    ),
    "denominators": Kind(
        "English Indices of Deprivation 2019, File 6 or File 7",
        r"^file_[67](_|$)|population_denominators",
        (
            Heading("lsoa", ("LSOA code (2011)", "LSOA code")),
            Heading("people", ("Total population: mid 2015", "Total population")),
            Heading("working_age", ("Working age population 18-59/64", "Working age population")),
        ),
    ),
    "population": Kind(
        "ONS mid-year population estimates (nomis)",
        r"mid_year|population_estimates|(^|_)mye(_|$|\d)",
        (
            Heading("date", ("DATE", "DATE_NAME")),
            _CODE,
            _NAME,
            Heading("age", ("C_AGE_NAME", "AGE_NAME")),
            _SEX,
            _MEASURE,
            _VALUE,
        ),
        many=True,
    ),
    "population_series": Kind(
        "ONS mid-year population estimates (detailed series)",
        r"myeb1",
        (
            Heading("code", ("ladcode18", "ladcode19", "ladcode20", "ladcode21", "ladcode23", "ladcode")),
            Heading("name", ("laname18", "laname19", "laname20", "laname21", "laname23", "laname"), optional=True),
            Heading("age", ("age",)),
            Heading("value", ("population_2019",)),
        ),
    ),
    "commuting": Kind(
        "ONS Census 2021 ODWP01EW",
        r"odwp01",
        (
            Heading("origin", ("Lower tier local authorities code",)),
            Heading("origin_name", ("Lower tier local authorities label",), optional=True),
            Heading("destination", ("LTLA of workplace code",)),
            Heading("destination_name", ("LTLA of workplace label",), optional=True),
            Heading("indicator", ("Place of work indicator (4 categories) code", "Place of work indicator")),
            Heading("value", ("Count",)),
        ),
    ),
    "survey": Kind(
        "Annual Population Survey (nomis)",
        r"annual_population_survey|(^|_)aps(_|$|\d)",
        (_DATE, _CODE, _NAME, Heading("variable", ("VARIABLE_NAME",)), Heading("measure", ("MEASURES_NAME",)), _VALUE),
        many=True,
    ),
    "enterprises": Kind(
        "UK Business Counts, enterprises (nomis)",
        r"business_counts|(^|_)ubc(_|$|\d)",
        (
            _DATE,
            _CODE,
            _NAME,
            Heading("industry", ("INDUSTRY_NAME",)),
            Heading("size", ("EMPLOYMENT_SIZEBAND_NAME",)),
            Heading("legal", ("LEGAL_STATUS_NAME",), optional=True),
            _MEASURE,
            _VALUE,
        ),
        many=True,
    ),
    "cars": Kind(
        "ONS Census, cars or vans of households (TS045)",
        r"ts045|ks404|qs416|cars_or_vans|car_or_van",
        (
            _CODE,
            _NAME,
            Heading("households", ("All households", "Total", "All categories"), within=True),
            Heading("no_car", ("No cars or vans in household",), within=True),
        ),
    ),
    "centroids": Kind(
        "centroids of authorities or of LSOAs",
        r"^centroids$",
        (
            Heading("code", ("code", "LAD11CD", "LAD19CD", "LAD20CD", "LAD21CD", "LAD22CD", "LSOA11CD", "la", "lsoa")),
            Heading("easting", ("easting_m", "easting", "BNG_E", "x")),
            Heading("northing", ("northing_m", "northing", "BNG_N", "y")),
            Heading("area_km2", ("area_km2",), optional=True),
        ),
        by_headings=False,
    ),
}


@dataclass(frozen=True)
class Sources:
    """The official files of a folder.

    Attributes:
        folder: Where they are.
        files: Files of each kind that is there.
        unused: CSV files and spreadsheets that are not recognised.
    """

    folder: Path
    files: dict[str, list[Path]]
    unused: list[Path]

    def __contains__(self, kind: str) -> bool:
        return kind in self.files

    def read(self, kind: str) -> list[OfficialTable]:
        """Read the files of a kind.

        Raises:
            InputError: One of them is wrong.
        """
        return [read_table(path, KINDS[kind].headings) for path in self.files[kind]]


def find_sources(folder: Path) -> Sources:
    """Look through a folder for official files.

    Raises:
        InputError: There is no such folder, the Indices of Deprivation are not in it, or a kind is there twice.
    """
    if not folder.is_dir():
        raise InputError(f"{folder}: --sources: no such folder; allowed is a folder of official files (CSV)")
    files: dict[str, list[Path]] = {}
    unused: list[Path] = []
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") or not path.is_file():
            continue
        kinds = _kinds(path) if path.suffix.lower() == ".csv" else []
        if not kinds and path.suffix.lower() in (".csv", ".xlsx", ".xls", ".ods"):
            unused.append(path)
        for kind in kinds:
            files.setdefault(kind, []).append(path)
    for kind, paths in files.items():
        if len(paths) > 1 and not KINDS[kind].many:
            names = " and ".join(path.name for path in paths)
            raise InputError(f"{folder}: --sources: {names} are both {KINDS[kind].title}; allowed is one of them")
    if "population" in files and "population_series" in files:
        names = f"{files['population'][0].name} and {files['population_series'][0].name}"
        raise InputError(f"{folder}: --sources: {names} are both mid-year estimates; allowed is one of them")
    if "deprivation" not in files:
        sheets = [path.name for path in unused if path.suffix.lower() != ".csv"]
        hint = f" ({', '.join(sheets)} must be saved as CSV)" if sheets else ""
        raise InputError(f"{folder}: --sources: {KINDS['deprivation'].title}, is not there{hint}; it is needed as CSV")
    return Sources(folder, files, unused)


def _kinds(path: Path) -> list[str]:
    name = re.sub(r"[\W_]+", "_", path.stem.lower()).strip("_")
    # The detailed series is named like other estimates, and laid out otherwise.
    if re.search(KINDS["population_series"].named, name):
        return ["population_series"]
    found = [kind for kind, what in KINDS.items() if re.search(what.named, name)]
    return found or _by_headings(headings_of(path))


def _by_headings(headings: Sequence[str]) -> list[str]:
    return [
        kind
        for kind, what in KINDS.items()
        if what.by_headings and all(heading.optional or heading.find(headings) for heading in what.headings)
    ]
