"""Neighbourhoods: real LSOAs with their decile and people, and where they are taken to lie."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from experiments.errors import InputError
from experiments.region_build.choice import Choice, borrowed
from experiments.region_build.frames import Column, Frame
from experiments.region_build.official_files import Sources
from experiments.region_build.reading import OfficialTable
from simulation.place_synthesis import GOLDEN_ANGLE, largest_remainder

__all__ = ["Lsoas", "centres", "neighbourhood_counts", "neighbourhoods", "read_lsoas"]

IMD = "MHCLG English Indices of Deprivation 2019"
MOST_NEIGHBOURHOODS = 32_000
"""Neighbourhoods of one region: the model keeps their index in sixteen bits. England has 32,844."""
LAST_RANK = 32_844
#: How far apart authorities are placed whose centres are not known, over the radius of a disc of their area (assumed).
SPACING = 1.2


@dataclass(frozen=True)
class Lsoas:
    """LSOAs of the chosen authorities.

    Attributes:
        frame: `lsoa, authority, settlement, decile, rank, people, working_age`; people are nan where not given.
        given: Whether people are from an official file.
    """

    frame: Frame
    given: bool


def read_lsoas(choice: Choice, sources: Sources, table: OfficialTable) -> Lsoas:
    """Read the LSOAs of the chosen authorities with their people.

    Args:
        choice: The authorities.
        sources: Official files.
        table: The Indices of Deprivation.

    Raises:
        InputError: A code, rank, decile or number of people is wrong or comes twice.
    """
    table = table.keep(table.frame["code"].isin(choice.codes))
    for row, code in table.frame["lsoa"].items():
        if not re.fullmatch(r"E01\d{6}", str(code)):
            raise table.refuse(
                int(str(row)), "lsoa", f"{code or 'the cell'} is no LSOA of England", "E01 and six digits"
            )
    table.once(["lsoa"])
    if len(table.frame) > MOST_NEIGHBOURHOODS:
        raise InputError(f"--authority: {len(table.frame)} LSOAs in all; allowed is up to {MOST_NEIGHBOURHOODS}")
    name = table.frame["code"].map(dict(zip(choice.codes, choice.names, strict=True)))
    # The name of an LSOA is that of its middle-layer area and a letter: Leeds 011B lies in Leeds 011.
    middle = table.frame["lsoa_name"].str.replace(r"[A-Z]$", "", regex=True) if "lsoa_name" in table else name
    frame = pd.DataFrame(
        {
            "lsoa": table.frame["lsoa"],
            "authority": name,
            "settlement": middle.where(middle != "", name),
            "decile": table.numbers("decile", low=1, high=10, whole=True).astype(int),
            "rank": table.numbers("rank", low=1, high=LAST_RANK, whole=True).astype(int),
        }
    )
    people = _denominators(frame["lsoa"], sources)
    frame = frame.join(people, on="lsoa")
    order = dict(zip(choice.names, range(len(choice.names)), strict=True))
    frame = frame.sort_values(["authority", "lsoa"], key=lambda c: c.map(order) if c.name == "authority" else c)
    return Lsoas(frame.reset_index(drop=True), "denominators" in sources)


def _denominators(lsoas: Column, sources: Sources) -> Frame:
    """People and people of working age by LSOA; nan where no file is given."""
    if "denominators" not in sources:
        return pd.DataFrame({"people": np.nan, "working_age": np.nan}, index=pd.Index(lsoas, name="lsoa"))
    full = sources.read("denominators")[0]
    table = full.keep(full.frame["lsoa"].isin(set(lsoas)))
    table.once(["lsoa"])
    missing = sorted(set(lsoas) - set(table.frame["lsoa"]))
    if missing:
        raise full.refuse(None, "lsoa", f"no row of {missing[0]}", "a file holds every LSOA, or is left out")
    people = table.numbers("people", low=1, whole=True)
    working = table.numbers("working_age", whole=True)
    # A few LSOAs have more of working age than people as published, as the denominators differ in what they count.
    return pd.DataFrame({"people": people, "working_age": working}).set_axis(pd.Index(table.frame["lsoa"], name="lsoa"))


def neighbourhood_counts(choice: Choice, lsoas: Lsoas) -> Frame:
    """Neighbourhoods and people by authority and decile: the table neighbourhood_counts.csv."""
    grouped = lsoas.frame.groupby(["authority", "decile"])
    table = grouped.agg(neighbourhoods=("lsoa", "size"), people=("people", "sum"), working_age=("working_age", "sum"))
    index = pd.MultiIndex.from_product([choice.names, range(1, 11)], names=["authority", "imd_decile"])
    table = table.reindex(index, fill_value=0).astype(int).reset_index()
    table = table.rename(columns={"people": "population_2015", "working_age": "working_age_2015"})
    note = f"{IMD}: LSOAs" + (" and mid-2015 denominators by decile" if lsoas.given else "; people by decile not given")
    return table.assign(source=note)


def neighbourhoods(choice: Choice, lsoas: Lsoas, people: Frame, centre: Frame, points: Frame) -> Frame:
    """The table neighbourhoods.csv.

    Args:
        choice: The authorities.
        lsoas: Their LSOAs.
        people: Authorities with `name, population_2019` and the bands of age from 16 to 64.
        centre: As `centres` returns.
        points: Points of centroids.csv by code: `easting, northing`.
    """
    frames = []
    for name in choice.names:
        mine = lsoas.frame[lsoas.frame["authority"] == name].reset_index(drop=True)
        row = people[people["name"] == name].iloc[0]
        adults = int(row[["age_16_24", "age_25_34", "age_35_49", "age_50_64"]].sum())
        weight = mine["people"].to_numpy(np.float64) if lsoas.given else np.ones(len(mine))
        working = mine["working_age"].to_numpy(np.float64) if lsoas.given else np.ones(len(mine))
        total = _at_least_one(weight, int(row["population_2019"]), name)
        placed = _place(choice, name, mine, centre.loc[name], points)
        note = f"{IMD}: LSOA, decile" + (
            "" if lsoas.given else "; people assumed: spread evenly over the authority's LSOAs"
        )
        if lsoas.given:
            note += ", people of mid-2015, scaled to the authority's total by age"
        frames.append(
            placed.assign(
                authority=name, population=total, working_age=_within(working, adults, total),
                source=[f"{note}; {where}" for where in placed["where"]],
            )
        )  # fmt: skip
    table = pd.concat(frames, ignore_index=True).rename(columns={"lsoa": "id", "decile": "imd_decile"})
    columns = "id authority settlement imd_decile population working_age easting_m northing_m source"
    return table[columns.split()]


def _at_least_one(weight: NDArray[np.float64], total: int, name: str) -> NDArray[np.int64]:
    """Share out people, at least one to each place."""
    if total < weight.size:
        raise InputError(
            f"mid-year estimates: {name} has {total} people in {weight.size} LSOAs; needed is one or more each"
        )
    shares = largest_remainder(weight, total - weight.size)
    return np.asarray(shares + 1) if (largest_remainder(weight, total) < 1).any() else largest_remainder(weight, total)


def _within(weight: NDArray[np.float64], total: int, most: NDArray[np.int64]) -> NDArray[np.int64]:
    """Share out a whole number by weight, no place more than its most; what is over goes to the others."""
    given = np.zeros(weight.size, dtype=np.int64)
    weight = weight if weight.sum() > 0 else most.astype(np.float64)
    while total > int(given.sum()):
        room = most - given
        share = np.where(room > 0, weight, 0.0)
        if share.sum() <= 0.0:
            share = room.astype(np.float64)
        given += np.minimum(largest_remainder(share, total - int(given.sum())), room)
    return given


def centres(choice: Choice, people: Frame, points: Frame) -> Frame:
    """Centre and area of each authority.

    Args:
        choice: The authorities.
        people: Authorities with `name, code, population_2019`.
        points: Points of centroids.csv by code: `easting, northing, area_km2`.

    Returns:
        By name: `easting_m, northing_m, area_km2, where`; `where` is the source.
    """
    like, twins = choice.like, choice.twins()
    theirs: Frame = like.authorities.set_index("name")
    density = float(theirs["population_2019"].sum() / theirs["area_km2"].sum())
    middle = np.average(
        theirs[["easting_m", "northing_m"]].to_numpy(np.float64), axis=0, weights=theirs["population_2019"]
    )
    rows, unknown, passed = {}, 0, 0.0
    for code, name, number in zip(people["code"], people["name"], people["population_2019"], strict=True):
        area = float(points["area_km2"].get(code, np.nan)) if "area_km2" in points else float("nan")
        notes = ["centroids.csv"] if code in points.index else []
        if math.isnan(area) or area <= 0:
            area = float(theirs.at[twins[name], "area_km2"]) if name in twins else round(number / density, 2)
            if name not in twins:
                notes.append(borrowed(like, "people per square kilometre") + " (area)")
        if code in points.index:
            east, north = float(points.at[code, "easting"]), float(points.at[code, "northing"])
        elif name in twins:
            own = theirs.loc[twins[name]]
            east, north = float(own["easting_m"]), float(own["northing_m"])
            notes.insert(0, borrowed(like, str(own["source"])))
        else:
            # Discs in a spiral round the pack to borrow from: distances between neighbours are of the right order.
            reach = SPACING * math.sqrt((passed + area / 2.0 if unknown else 0.0) / math.pi) * 1000.0
            angle = unknown * GOLDEN_ANGLE
            east, north = middle[0] + reach * math.cos(angle), middle[1] + reach * math.sin(angle)
            unknown, passed = unknown + 1, passed + area
            notes.insert(0, "assumed: the centre is not known (no centroids.csv), so it is put where there is room")
        rows[name] = (round(min(max(east, 0), 1e6)), round(min(max(north, 0), 1.3e6)), area, "; ".join(notes))
    return pd.DataFrame.from_dict(rows, orient="index", columns=["easting_m", "northing_m", "area_km2", "where"])


def _place(choice: Choice, name: str, mine: Frame, centre: Column, points: Frame) -> Frame:
    """Coordinates of the LSOAs of one authority: centroids.csv, else sites of its twin, else a spiral."""
    mine = _sites_of_twin(choice, name, mine)
    if "where" not in mine:
        mine = _spiral(mine, centre)
    known = mine["lsoa"].isin(points.index)
    for row in np.flatnonzero(known):
        code = mine.at[row, "lsoa"]
        mine.loc[row, ["easting_m", "northing_m"]] = [round(points.at[code, axis]) for axis in ("easting", "northing")]
        mine.loc[row, "where"] = "place: centroids.csv"
    return mine


def _sites_of_twin(choice: Choice, name: str, mine: Frame) -> Frame:
    """Put LSOAs on the sites of the same authority in the pack to borrow from, if it has as many of each decile."""
    mine = mine.assign(easting_m=0, northing_m=0)
    twin = choice.twins().get(name)
    if twin is None:
        return mine
    table = choice.like.neighbourhoods
    sites = table[table["authority"] == twin]
    if not sites["imd_decile"].value_counts().sort_index().equals(mine["decile"].value_counts().sort_index()):
        return mine
    for decile in range(1, 11):
        there = sites[sites["imd_decile"] == decile]
        here = mine.index[mine["decile"] == decile]
        for column in ("easting_m", "northing_m", "settlement"):
            mine.loc[here, column] = there[column].to_numpy()
    where = f"place assumed: one of the same decile and authority in the pack {choice.like.name}"
    return mine.assign(where=where)


def _spiral(mine: Frame, centre: Column) -> Frame:
    """Put LSOAs on a sunflower spiral round the centre, the most deprived nearest it, neighbours side by side."""
    by_place = mine.groupby("settlement")["rank"].transform("mean")
    order = np.lexsort((mine["rank"], mine["settlement"], by_place))
    step = np.empty(len(mine), dtype=np.int64)
    step[order] = np.arange(len(mine))
    reach = 1000.0 * math.sqrt(float(centre["area_km2"]) / math.pi)
    radius, angle = reach * np.sqrt((step + 0.5) / len(mine)), step * GOLDEN_ANGLE
    east = np.rint(float(centre["easting_m"]) + radius * np.cos(angle)).clip(0, 1e6)
    north = np.rint(float(centre["northing_m"]) + radius * np.sin(angle)).clip(0, 1.3e6)
    return mine.assign(
        easting_m=east.astype(np.int64),
        northing_m=north.astype(np.int64),
        where="place assumed: on a spiral round the authority's centre, the most deprived nearest it",
    )
