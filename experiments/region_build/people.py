"""Tables of people: authorities, labour market, qualifications, pay, reasons for inactivity."""

from __future__ import annotations

import numpy as np
import pandas as pd

from experiments.errors import InputError
from experiments.region_build.choice import Choice, borrowed, own_rows
from experiments.region_build.frames import Frame
from experiments.region_build.national import INACTIVITY_REASONS, NATIONAL
from experiments.region_build.nomis import population, survey
from experiments.region_build.official_files import Sources
from experiments.region_build.reading import OfficialTable
from simulation.place_synthesis import largest_remainder
from simulation.region import Region
from simulation.region_schema import AGE_BANDS, QUALIFICATIONS

__all__ = ["inactivity_reasons", "labour_market", "pay", "people_of_authorities", "qualifications"]

WORKING_AGE = list(AGE_BANDS[1:-1])
SURVEY = "ONS Annual Population Survey"


def years_of(like: Region) -> list[int]:
    """Calendar years of the survey that are pooled: the year before the base year, and the base year."""
    return [like.base_year - 1, like.base_year]


def read_survey(choice: Choice, sources: Sources) -> Frame | None:
    """Read the Annual Population Survey; None where no file is given.

    Returns:
        As `experiments.region_build.nomis.survey`.

    Raises:
        InputError: The file is wrong.
    """
    return survey(choice, sources.read("survey"), years_of(choice.like)) if "survey" in sources else None


def people_of_authorities(choice: Choice, sources: Sources, counts: Frame) -> Frame:
    """People by age, households and cars of each authority.

    Args:
        choice: The authorities.
        sources: Official files.
        counts: People of the Indices of Deprivation by authority: authority, population_2015; blank if not given.

    Returns:
        Columns `code, name, population_2019`, the bands of age, `households, share_no_car` and parts of the source:
        `source_people, source_homes`.

    Raises:
        InputError: Files are wrong.
    """
    like, twins = choice.like, choice.twins()
    ages, note = _ages(choice, sources, counts)
    rows = ages.rename_axis("name").reset_index()
    rows.insert(0, "code", list(choice.codes))
    rows["population_2019"] = rows[list(AGE_BANDS)].sum(axis=1)
    rows["source_people"] = [note[name] for name in choice.names]
    cars = _cars(choice, sources)
    theirs: Frame = like.authorities.set_index("name")
    size = float(theirs["population_2019"].sum() / theirs["households"].sum())
    no_car = float(np.average(theirs["share_no_car"], weights=theirs["households"]))
    homes = []
    for name, people in zip(rows["name"], rows["population_2019"], strict=True):
        if cars is not None:
            homes.append(
                (round(cars.at[name, "households"]), round(cars.at[name, "share_no_car"], 4), cars.attrs["note"])
            )
        elif name in twins:
            own = theirs.loc[twins[name]]
            homes.append((int(own["households"]), float(own["share_no_car"]), borrowed(like, str(own["source"]))))
        else:
            mean = borrowed(
                like, "people per household and share without a car, all its authorities", "scaled by people"
            )
            homes.append((max(round(people / size), 1), round(no_car, 4), mean))
    rows["households"], rows["share_no_car"], rows["source_homes"] = zip(*homes, strict=True)
    return rows


def _ages(choice: Choice, sources: Sources, counts: Frame) -> tuple[Frame, dict[str, str]]:
    """People of each authority by band of age, and the source of each."""
    like, twins = choice.like, choice.twins()
    for kind in ("population", "population_series"):
        if kind in sources:
            found = population(choice, sources.read(kind), like.base_year)
            return found, dict.fromkeys(choice.names, f"ONS mid-year estimates {like.base_year}")
    theirs: Frame = like.authorities.set_index("name")
    shares = theirs[list(AGE_BANDS)].sum().to_numpy(np.float64)
    people = counts.groupby("authority")["population_2015"].sum()
    rows, note = {}, {}
    for name in choice.names:
        if name in twins:
            rows[name] = theirs.loc[twins[name], list(AGE_BANDS)].to_numpy(np.int64)
            note[name] = borrowed(like, str(theirs.at[twins[name], "source"]))
        elif people[name] > 0:
            rows[name] = largest_remainder(shares, int(people[name]))
            note[name] = "MHCLG English Indices of Deprivation 2019, people of mid-2015; " + borrowed(
                like, "shares of ages", "scaled by people"
            )
        else:
            mean = float(like.neighbourhoods["population"].mean())
            number = int((counts["authority"] == name).sum())
            rows[name] = largest_remainder(shares, round(mean * number))
            note[name] = borrowed(like, "people per neighbourhood and shares of ages", "scaled by neighbourhoods")
    return pd.DataFrame.from_dict(rows, orient="index", columns=list(AGE_BANDS)), note


def _cars(choice: Choice, sources: Sources) -> Frame | None:
    """Households and the share without a car, by authority."""
    if "cars" not in sources:
        return None
    table: OfficialTable = own_rows(choice, sources.read("cars")[0])
    table.once(["authority"])
    households = table.numbers("households", low=1, whole=True)
    without = table.numbers("no_car", whole=True)
    for row in table.frame.index[without > households]:
        raise table.refuse(int(row), "no_car", f"{without[row]:g} is more than all households", "they are part of them")
    found = pd.DataFrame({"households": households, "share_no_car": without / households})
    found.index = pd.Index(table.frame["authority"])
    found.attrs["note"] = f"ONS Census, cars or vans of households ({table.file})"
    return found


def labour_market(choice: Choice, people: Frame, figures: Frame | None) -> Frame:
    """People aged 16 to 64 by economic status: the table labour_market.csv.

    Args:
        choice: The authorities.
        people: As `people_of_authorities` returns.
        figures: As `read_survey` returns.
    """
    like, twins = choice.like, choice.twins()
    theirs: Frame = like.labour_market.set_index("authority")
    rows = []
    for name in choice.names:
        adults = float(people.loc[people["name"] == name, WORKING_AGE].sum(axis=1).iloc[0])
        row = None if figures is None else _surveyed(name, figures, like)
        if row is None and name in twins:
            own = theirs.loc[twins[name]]
            row = own.to_dict() | {"source": borrowed(like, str(own["source"]))}
        rows.append({"authority": name} | (row or _national(adults, like)))
    columns = ["pop16_64", "employed", "employees", "self_employed", "unemployed", "inactive"]
    widths = [f"{column}_half_width" for column in ("employed", "unemployed", "inactive")]
    return pd.DataFrame(rows)[["authority", *columns, *widths, "source"]]


def _surveyed(name: str, figures: Frame, like: Region) -> dict[str, object] | None:
    """Economic status of one authority from the survey; None where the survey has no employment."""
    mine = figures.xs(name, level="authority")

    def mean(variable: str, part: str = "numerator") -> float:
        values = mine.xs(variable, level="ours")[part] if variable in mine.index.get_level_values("ours") else None
        return float("nan") if values is None else float(values.mean())

    def width(variable: str) -> float:
        values = (
            mine.xs(variable, level="ours")["confidence"] if variable in mine.index.get_level_values("ours") else []
        )
        known = pd.Series(values, dtype=float).dropna()
        # The years are taken as independent, which overlapping samples are not quite.
        return round(float(np.sqrt((known**2).sum()) / known.size)) if known.size else 0.0

    people, employed = mean("employed", "denominator"), mean("employed")
    if np.isnan(people) or np.isnan(employed):
        return None
    if not 0 < employed <= people:
        raise InputError(f"{SURVEY}: {name} has {employed:g} in work of {people:g} people; needed is a part above none")
    inactive, notes = mean("inactive"), []
    unemployed = mean("unemployed")
    if np.isnan(unemployed):
        rate = NATIONAL["unemployment_rate"]
        unemployed = employed * rate.value / (1.0 - rate.value)
        notes.append(f"the unemployed: {rate.note}")
    if np.isnan(inactive):
        inactive = max(people - employed - unemployed, 0.0)
        notes.append("the inactive: all others")
    alone, staff = mean("self_employed"), mean("employees")
    if np.isnan(alone):
        theirs = like.labour_market
        alone = employed * float(theirs["self_employed"].sum() / theirs["employed"].sum())
        notes.append(f"the self-employed: {borrowed(like, 'their share of the employed')}")
    if np.isnan(staff):
        staff = max(employed - alone, 0.0)
        notes.append("employees: all others in work")
    years = " and ".join(str(year) for year in sorted(set(mine.index.get_level_values("year"))))
    return {
        "pop16_64": round(people, 1),
        "employed": round(employed, 1),
        "employees": round(staff, 1),
        "self_employed": round(alone, 1),
        "unemployed": round(unemployed, 1),
        "inactive": round(inactive, 1),
        **{f"{name}_half_width": width(name) for name in ("employed", "unemployed", "inactive")},
        "source": "; ".join([f"{SURVEY} {years}, mean of the years", *notes]),
    }


def _national(adults: float, like: Region) -> dict[str, object]:
    """Economic status of an authority at national rates, of so many people aged 16 to 64."""
    employed = adults * NATIONAL["employment_rate"].value
    inactive = adults * NATIONAL["inactivity_rate"].value
    theirs = like.labour_market
    alone = employed * float(theirs["self_employed"].sum() / theirs["employed"].sum())
    source = (
        f"{NATIONAL['employment_rate'].note}; rates of employment and inactivity times people; the self-employed: "
        + borrowed(like, "their share of the employed")
    )
    return {
        "pop16_64": adults,
        "employed": round(employed, 1),
        "employees": round(employed - alone, 1),
        "self_employed": round(alone, 1),
        "unemployed": round(adults - employed - inactive, 1),
        "inactive": round(inactive, 1),
        "employed_half_width": 0,
        "unemployed_half_width": 0,
        "inactive_half_width": 0,
        "source": source,
    }


def qualifications(choice: Choice, figures: Frame | None) -> Frame:
    """Highest qualification of people aged 16 to 64, in shares: the table qualifications.csv.

    Trade apprenticeships are split evenly over NVQ2 and NVQ3, other qualifications over NVQ1 and NVQ2 (assumed).

    Args:
        choice: The authorities.
        figures: As `read_survey` returns.
    """
    like, twins = choice.like, choice.twins()
    theirs = like.qualifications.set_index(["authority", "level"])
    mean = theirs["share"].unstack("authority").mul(like.labour_market.set_index("authority")["pop16_64"]).sum(axis=1)
    mean = mean[list(QUALIFICATIONS)] / mean.sum()
    rows = []
    for name in choice.names:
        shares = None if figures is None else _qualified(name, figures)
        if shares is not None:
            note = (
                f"{SURVEY} {' and '.join(map(str, years_of(like)))}; trade apprenticeships split over NVQ2 and NVQ3, "
                "other qualifications over NVQ1 and NVQ2"
            )
        elif name in twins:
            own = theirs.loc[twins[name]].loc[list(QUALIFICATIONS)]
            shares, note = own["share"].to_numpy(np.float64), borrowed(like, str(own["source"].iloc[0]))
        else:
            shares, note = mean.to_numpy(np.float64), borrowed(like, "shares, all its authorities")
        rows += [
            {"authority": name, "level": level, "share": share, "source": note}
            for level, share in zip(QUALIFICATIONS, whole_shares(np.asarray(shares)), strict=True)
        ]
    return pd.DataFrame(rows)


def _qualified(name: str, figures: Frame) -> np.ndarray | None:
    """Shares of the levels in one authority; None where the survey lacks a level."""
    mine = figures.xs(name, level="authority")["numerator"].unstack("ours")
    wanted = [*QUALIFICATIONS, "trade", "other"]
    found = mine.reindex(columns=wanted).sum(min_count=1)
    if found[list(QUALIFICATIONS)].isna().any():
        return None
    found = found.fillna(0.0)
    found["nvq1"] += found["other"] / 2
    found["nvq2"] += found["trade"] / 2 + found["other"] / 2
    found["nvq3"] += found["trade"] / 2
    levels = found[list(QUALIFICATIONS)].to_numpy(np.float64)
    return np.asarray(levels / levels.sum())


def whole_shares(shares: np.ndarray, digits: int = 6) -> list[float]:
    """Round shares so that they sum to one exactly, to so many digits."""
    unit = 10**digits
    return [int(part) / unit for part in largest_remainder(shares.astype(np.float64), unit)]


def pay(choice: Choice) -> Frame:
    """Median weekly pay by authority: the table pay.csv. No official file is read for it."""
    like, twins = choice.like, choice.twins()
    theirs = like.pay.set_index("authority")
    figure = NATIONAL["median_weekly_pounds"]
    rows = []
    for name in choice.names:
        row: dict[str, object] = {"authority": name}
        if name in twins:
            own = theirs.loc[twins[name]]
            row |= {"median_weekly_pounds": own["median_weekly_pounds"], "half_width": own.get("half_width", 0)}
            rows.append(row | {"source": borrowed(like, str(own["source"]))})
        else:
            rows.append(row | {"median_weekly_pounds": figure.value, "half_width": 0, "source": figure.note})
    return pd.DataFrame(rows)


def inactivity_reasons(choice: Choice) -> Frame:
    """Reasons for inactivity: those of the pack to borrow from if it has all the authorities, else national ones."""
    like = choice.like
    if len(choice.twins()) == len(choice.names):
        table = like.inactivity_reasons.copy()
        return table.assign(source=[borrowed(like, str(source)) for source in table["source"]])
    shares = whole_shares(np.array([figure.value for figure in INACTIVITY_REASONS.values()]), digits=4)
    rows = zip(INACTIVITY_REASONS.items(), shares, strict=True)
    return pd.DataFrame([{"reason": name, "share": share, "source": figure.note} for (name, figure), share in rows])
