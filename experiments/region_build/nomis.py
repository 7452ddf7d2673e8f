"""Tables of nomis: one figure a row, by date, place and other dimensions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import pandas as pd

from experiments.errors import InputError
from experiments.region_build.choice import Choice, own_rows
from experiments.region_build.frames import Column, Frame
from experiments.region_build.reading import OfficialTable
from simulation.region_schema import AGE_BANDS

__all__ = ["AGES", "age_interval", "bands", "business_counts", "population", "survey"]

#: Oldest age that official tables tell apart, plus one, stands for no upper limit.
OPEN = 1000
#: Ages of each of our bands, from and including, to and excluding.
AGES: dict[str, tuple[int, int]] = dict(
    zip(AGE_BANDS, ((0, 16), (16, 25), (25, 35), (35, 50), (50, 65), (65, OPEN)), strict=True)
)

#: Variables of the survey (nomis NM_17_5) that are read: our name, and the label in lower case.
VARIABLES = {
    "employed": r"employment rate - aged 16-64",
    "employees": r"% (aged 16-64|in employment) who are employees( - aged 16-64)?",
    "self_employed": r"% (aged 16-64|in employment) who are self employed( - aged 16-64)?",
    "unemployed": r"unemployment rate - aged 16-64",
    "inactive": r"% who are economically inactive - aged 16-64",
    "none": r"% with no qualifications( \((nvq|gb)\))? - aged 16-64",
    "nvq1": r"% with nvq1 only - aged 16-64",
    "nvq2": r"% with nvq2 only - aged 16-64",
    "trade": r"% with trade apprenticeships - aged 16-64",
    "nvq3": r"% with nvq3 only - aged 16-64",
    "nvq4plus": r"% with nvq4\+ - aged 16-64",
    "other": r"% with other qualifications( \((nvq|gb)\))? - aged 16-64",
}


def _year(date: str) -> int | None:
    """Calendar year of a date such as 2019, 2019-12, 2019-06 or Jan 2019-Dec 2019; None for other periods."""
    text = date.strip()
    if re.fullmatch(r"\d{4}(-(06|07|12)(-\d\d)?)?", text):
        return int(text[:4])
    match = re.fullmatch(r"Jan (\d{4})\s?-\s?Dec (\d{4})", text)
    return int(match[2]) if match and match[1] == match[2] else None


def _of_years(table: OfficialTable, years: Sequence[int]) -> OfficialTable:
    """Keep the rows of some years, with a column `year`.

    Raises:
        InputError: There are none.
    """
    year = table.frame["date"].map(_year)
    kept = table.keep(year.isin(years))
    if kept.frame.empty:
        wanted = " and ".join(map(str, years))
        raise table.refuse(None, "date", "no row of the years needed", f"needed is {wanted}, a row a calendar year")
    return OfficialTable(kept.file, kept.frame.assign(year=year[kept.frame.index].astype(int)), kept.headings)


def _plain_value(table: OfficialTable, totals: Iterable[str]) -> OfficialTable:
    """Leave out percentages, and what is not the total of a dimension that is not used."""
    frame = table.frame
    keep = pd.Series(True, index=frame.index)
    if "measure" in table:
        keep &= frame["measure"].str.lower().isin(("value", "count", ""))
    for column in totals:
        if column in table:
            keep &= frame[column].str.lower().isin(("total", "all persons", "all people", "persons", "all sexes", ""))
    return table.keep(keep)


def _together(parts: Sequence[pd.Series], tables: Sequence[OfficialTable]) -> Column:
    """Figures of several files as one; each comes in one of them."""
    joined = pd.concat(list(parts))
    again = joined.index.duplicated()
    if again.any():
        files = " and ".join(table.file for table in tables)
        what = " ".join(map(str, joined.index[again][0]))
        raise InputError(f"{files}: {what} comes twice; each figure comes once")
    return joined


def age_interval(text: str) -> tuple[int, int] | None:
    """Ages of a label such as `Aged 16 to 24`, `Age 16`, `Aged 90+` or `0`: from, and up to but excluding."""
    plain = text.lower().strip()
    if plain in ("all ages", "total"):
        return 0, OPEN
    match = re.fullmatch(r"(?:aged?s? )?(\d+)(?: ?(?:to|-|–) ?(\d+))?( ?\+| and over| or over)?", plain)
    if match is None:
        return None
    low = int(match[1])
    return low, OPEN if match[3] else int(match[2] or low) + 1


def bands(people: dict[tuple[int, int], float]) -> dict[str, float]:
    """Sum people by interval of age to our bands.

    Args:
        people: People by interval of age, which may overlap.

    Raises:
        LookupError: The intervals do not make up a band; the message names it.
    """
    found: dict[str, float] = {}
    # Estimates end at an open age: 90 and over, or 85 and over; a last single age is taken as open too.
    last = max((low for low, high in people if high != OPEN), default=0)
    if not any(high == OPEN and low > 0 for low, high in people) and (last, last + 1) in people and last >= 85:
        people = people | {(last, OPEN): people[last, last + 1]}
    for band, (start, end) in AGES.items():
        at, total = start, 0.0
        while at < end:
            fits = [high for low, high in people if low == at and high <= end]
            if not fits:
                raise LookupError(f"{start} and over" if end == OPEN else f"{start} to {end - 1}")
            total, at = total + people[at, max(fits)], max(fits)
        found[band] = total
    return found


def population(choice: Choice, tables: Sequence[OfficialTable], year: int) -> Frame:
    """People of each authority by band of age.

    Args:
        choice: The authorities.
        tables: Mid-year estimates: code, age, value; date or one year only; sex.
        year: The year.

    Returns:
        A row per authority, a column per band.

    Raises:
        InputError: Ages are missing, or figures are wrong.
    """
    parts: list[Column] = []
    kept: list[OfficialTable] = []
    for full in tables:
        table = _of_years(full, [year]) if "date" in full else full
        table = _plain_value(own_rows(choice, table), ["sex"])
        interval = table.frame["age"].map(age_interval)
        table = table.keep(interval.notna())
        frame = table.frame.assign(interval=interval[interval.notna()], people=table.numbers("value", whole=True))
        # The detailed series tells the sexes apart without a total of them.
        if "date" in full:
            table.once([column for column in ("code", "age") if column in table])
        parts.append(frame.groupby(["authority", "interval"])["people"].sum())
        kept.append(table)
    people = _together(parts, kept) if len(parts) > 1 else parts[0]
    rows = {}
    for name in choice.names:
        mine = people[people.index.get_level_values(0) == name]
        found = {interval: float(value) for (_, interval), value in mine.items()}  # type: ignore[misc]
        try:
            rows[name] = bands(found)
        except LookupError as error:
            raise kept[0].refuse(None, "age", f"{name} has no figure of ages {error}", "needed are all ages") from None
    return pd.DataFrame.from_dict(rows, orient="index")[list(AGE_BANDS)].round().astype(int)


def survey(choice: Choice, tables: Sequence[OfficialTable], years: Sequence[int]) -> Frame:
    """People of each authority by variable of the Annual Population Survey.

    Args:
        choice: The authorities.
        tables: date, code, variable, measure, value.
        years: Calendar years.

    Returns:
        A row per authority, variable and year: `numerator`, `denominator` in people and `confidence`, the half-width
        of the 95% interval in people; nan where suppressed.

    Raises:
        InputError: Figures are wrong, or no row is of these years.
    """
    parts, kept = [], []
    for full in tables:
        table = _of_years(own_rows(choice, full), years)
        labels = table.frame["variable"].str.lower().str.strip()
        ours = pd.Series(index=labels.index, dtype=object)
        for name, pattern in VARIABLES.items():
            ours[labels.str.fullmatch(pattern)] = name
        measure = table.frame["measure"].str.lower().str.strip()
        table = table.keep(ours.notna() & measure.isin(("numerator", "denominator", "confidence")))
        if table.frame.empty:
            continue
        table.once(["date", "code", "variable", "measure"])
        frame = table.frame.assign(
            ours=ours[table.frame.index], part=measure[table.frame.index], figure=table.numbers("value", blank=True)
        )
        parts.append(frame.set_index(["authority", "ours", "year", "part"])["figure"])
        kept.append(table)
    if not parts:
        raise tables[0].refuse(
            None, "variable", "none of the variables needed", "needed is 'Employment rate - aged 16-64' and the like"
        )
    # Employees are published as a share of people and as a share of those in work, with the same numerator.
    parts = [part[~part.index.duplicated()] for part in parts]
    wide = _together(parts, kept).unstack("part").reindex(columns=["numerator", "denominator", "confidence"])
    # Confidence is published in percentage points.
    wide["confidence"] = wide["confidence"] / 100.0 * wide["denominator"]
    return wide


def business_counts(choice: Choice, tables: Sequence[OfficialTable], year: int) -> Frame:
    """Enterprises by authority, section of industry and size.

    Args:
        choice: The authorities.
        tables: date, code, industry, size, value.
        year: The year.

    Returns:
        Columns `authority, letters, size, count`: `letters` are the sections (A to U) of an industry, empty for all
        industries; `size` is micro, small, medium, large or total. Industries within a section are added up.

    Raises:
        InputError: Figures are wrong, or no row is of this year.
    """
    parts = []
    for full in tables:
        table = _plain_value(_of_years(own_rows(choice, full), [year]), ["legal"])
        size = table.frame["size"].str.lower().str.extract(r"^(micro|small|medium|large|total)", expand=False)
        letters = table.frame["industry"].map(_letters)
        # Sections where they are given, else the broad groups: not both, which count the same enterprises.
        section = table.frame["industry"].str.match(r"[A-U] : ") | (letters == "")
        wanted = section if (section & (letters != "")).any() else letters.notna()
        table = table.keep(size.notna() & letters.notna() & wanted)
        table.once(["code", "industry", "size"])
        parts.append(
            table.frame[["authority"]].assign(
                letters=letters[table.frame.index], size=size[table.frame.index], count=table.numbers("value")
            )
        )
    joined = pd.concat(parts)
    if joined.empty:
        raise tables[0].refuse(
            None, "industry", "no industry is recognised", "needed are broad industry groups or sections, by size"
        )
    return joined.groupby(["authority", "letters", "size"], as_index=False)["count"].sum()


def _letters(industry: str) -> str | None:
    """Sections of an industry such as `3 : Manufacturing (C)` or `C : Manufacturing`; None if it is none."""
    text = industry.strip()
    if text.lower() in ("total", "all industries"):
        return ""
    match = re.match(r"([A-U]) : ", text) or re.search(
        r"\(((?:Part )?[A-U](?:(?:,| and ) ?[A-U])*(?: and [A-U])?)\)$", text
    )
    return "".join(re.findall(r"\b[A-U]\b", match[1])) if match else None
