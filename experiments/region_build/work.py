"""Tables of work and businesses: commuting, enterprises, births and deaths of businesses."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from experiments.errors import InputError
from experiments.region_build.choice import Choice, borrowed
from experiments.region_build.frames import Column, Frame
from experiments.region_build.national import NATIONAL
from experiments.region_build.nomis import business_counts
from experiments.region_build.official_files import Sources
from experiments.region_build.people import whole_shares
from simulation.region import Region
from simulation.region_schema import OUTSIDE

__all__ = ["Flows", "business_demography", "commuting_tables", "enterprises", "read_flows"]

WORKPLACE_IN_UK = 3
"""Place of work indicator of those who work in the UK but not at or from home, as the census codes it."""
CENSUS = "ONS Census 2021 ODWP01EW, among those who travel to a workplace; taken in lockdown"
BANDS = ("micro", "small", "medium", "large")


@dataclass(frozen=True)
class Flows:
    """People who travel to work between authorities.

    Attributes:
        inside: Origin by destination, authorities and `outside`; from outside to outside nought.
        beyond: Destinations outside the region: `code, name, commuters`.
        source: Where they are from.
    """

    inside: Frame
    beyond: Frame
    source: str


def read_flows(choice: Choice, sources: Sources, employed: Column) -> Flows:
    """Find who travels where to work.

    Args:
        choice: The authorities.
        sources: Official files.
        employed: People in work by authority, which stand in where there are no flows.

    Raises:
        InputError: The file is wrong.
    """
    return _census(choice, sources) if "commuting" in sources else _assumed_flows(choice, employed)


def _census(choice: Choice, sources: Sources) -> Flows:
    table = sources.read("commuting")[0]
    indicator = table.numbers("indicator", low=-100, whole=True)
    table = table.keep(indicator == WORKPLACE_IN_UK)
    ends = {}
    for end in ("origin", "destination"):
        names = table.frame[f"{end}_name"] if f"{end}_name" in table else None
        ends[end] = choice.find(table.frame[end], names)
    for code, name in zip(choice.codes, choice.names, strict=True):
        if name not in set(ends["origin"].dropna()) & set(ends["destination"].dropna()):
            what = f"no row of {name} ({code}) with the indicator {WORKPLACE_IN_UK}"
            raise table.refuse(None, "origin", what, "the file holds all chosen authorities, or is left out")
    table = table.keep(ends["origin"].notna() | ends["destination"].notna())
    table.once(["origin", "destination"])
    frame = table.frame.assign(
        commuters=table.numbers("value", whole=True),
        start=ends["origin"][table.frame.index].fillna(OUTSIDE),
        end=ends["destination"][table.frame.index].fillna(OUTSIDE),
    )
    order = [*choice.names, OUTSIDE]
    inside = frame.groupby(["start", "end"])["commuters"].sum().unstack(fill_value=0)
    inside = inside.reindex(index=order, columns=order, fill_value=0.0).fillna(0.0)
    gone = frame[frame["end"] == OUTSIDE]
    names = gone["destination_name"] if "destination_name" in table else gone["destination"]
    beyond = (
        gone.assign(code=gone["destination"], name=names).groupby(["code", "name"], as_index=False)["commuters"].sum()
    )
    return Flows(inside, beyond, CENSUS)


def _assumed_flows(choice: Choice, employed: Column) -> Flows:
    """Flows of the pack to borrow from if it has all the authorities, else its mean shares, by people in work."""
    like, twins = choice.like, choice.twins()
    order = [*choice.names, OUTSIDE]
    theirs: Frame = like.commuting.pivot(index="origin", columns="destination", values="commuters")
    coming = like.tables["incommuting"].set_index("authority")["commuters"]
    inside: Frame = pd.DataFrame(0.0, index=order, columns=order)
    if len(twins) == len(choice.names):
        own = {twin: name for name, twin in twins.items()}
        for start, row in theirs.iterrows():
            for end, people in row.items():
                inside.loc[own.get(str(start), OUTSIDE), own.get(str(end), OUTSIDE)] += float(people)
        inside.loc[OUTSIDE, choice.names] += [float(coming[twins[name]]) for name in choice.names]
        inside.loc[OUTSIDE, OUTSIDE] = 0.0
        left = [name for name in like.authority_names if name not in own]
        code = dict(zip(like.authorities["name"], like.authorities["code"], strict=True))
        beyond: Frame = pd.DataFrame(
            [(code[name], name, float(theirs.loc[list(own), name].sum())) for name in left],
            columns=["code", "name", "commuters"],
        )
        rest = float(theirs.loc[list(own), OUTSIDE].sum())
        beyond.loc[len(beyond)] = ["", OUTSIDE, rest]
        return Flows(inside, beyond, borrowed(like, str(like.commuting["source"].iloc[0])))
    total = float(theirs.to_numpy().sum())
    at_home = float(sum(theirs.at[name, name] for name in theirs.index)) / total
    away = float(theirs[OUTSIDE].sum()) / total
    back = float(coming.sum()) / total
    travelling = total / float(like.labour_market["employed"].sum())
    people = employed.reindex(list(choice.names)).to_numpy(np.float64) * travelling
    for k, name in enumerate(choice.names):
        others = np.delete(people, k)
        stay = at_home if others.size else 1.0 - away
        inside.loc[name, name] = round(people[k] * stay)
        inside.loc[name, OUTSIDE] = round(people[k] * away)
        for other, number in zip([n for n in choice.names if n != name], others, strict=True):
            inside.loc[name, other] = round(people[k] * (1.0 - stay - away) * number / others.sum())
        inside.loc[OUTSIDE, name] = round(people[k] * back)
    beyond = pd.DataFrame([("", OUTSIDE, float(inside.loc[list(choice.names), OUTSIDE].sum()))])
    beyond.columns = pd.Index(["code", "name", "commuters"])
    return Flows(
        inside, beyond, borrowed(like, "shares of commuters within and across authorities", "by people in work")
    )


def commuting_tables(choice: Choice, flows: Flows) -> tuple[Frame, Frame]:
    """The tables commuting.csv and incommuting.csv."""
    rows = []
    for origin in choice.names:
        going = flows.inside.loc[origin].to_numpy(np.float64)
        shares = whole_shares(going) if going.sum() > 0 else [float(end == origin) for end in flows.inside.columns]
        for end, people, share in zip(flows.inside.columns, going, shares, strict=True):
            rows.append(
                {"origin": origin, "destination": end, "commuters": people, "share": share, "source": flows.source}
            )
    note = flows.source
    if note == CENSUS:
        note = "ONS Census 2021 ODWP01EW, residents of England and Wales outside the region"
    coming = flows.inside.loc[OUTSIDE, list(choice.names)]
    return pd.DataFrame(rows), pd.DataFrame(
        {"authority": list(choice.names), "commuters": coming.to_numpy(), "source": note}
    )


def enterprises(choice: Choice, sources: Sources, people: Column) -> Frame:
    """Registered enterprises by authority, industry and size: the table enterprises.csv.

    Cells are rounded to 5 in the source; they are scaled to the authority's total of the size band. Public
    administration is left out, because its employers are anchors.

    Args:
        choice: The authorities.
        sources: Official files.
        people: People by authority, by which the counts of the pack to borrow from are scaled.

    Raises:
        InputError: The file is wrong.
    """
    like, twins = choice.like, choice.twins()
    if "enterprises" in sources:
        found = business_counts(choice, sources.read("enterprises"), like.base_year)
        cells = pd.concat([_scaled_cells(name, found, like) for name in choice.names], ignore_index=True)
        return cells.assign(
            source=f"ONS UK Business Counts {like.base_year}, enterprises by industry and size, scaled to the "
            "authority total of the size band (cells are rounded to 5; public administration is anchors here)"
        )
    theirs = like.enterprises
    mean = theirs.groupby(["sector", "size_band"], sort=False, as_index=False)["count"].sum()
    parts = []
    for name in choice.names:
        if name in twins:
            own = theirs[theirs["authority"] == twins[name]]
            source = [borrowed(like, str(text)) for text in own["source"]]
            parts.append(own.assign(authority=name, source=source))
        else:
            ratio = float(people[name]) / float(like.authorities["population_2019"].sum())
            note = borrowed(like, "enterprises by industry and size", "scaled by people")
            parts.append(mean.assign(authority=name, count=(mean["count"] * ratio).round(2), source=note))
    return pd.concat(parts, ignore_index=True)[["authority", "sector", "size_band", "count", "source"]]


def _scaled_cells(name: str, found: Frame, like: Region) -> Frame:
    """Enterprises of one authority by sector and size."""
    mine = found[found["authority"] == name]
    sectors = dict(zip(like.sectors["id"], like.sectors["sic"].map(_sections), strict=True))
    rows = []
    for size in BANDS:
        cells = mine[mine["size"] == size]
        counts = {
            sector: float(
                cells.loc[cells["letters"].map(lambda text, own=own: bool(text) and set(text) <= own), "count"].sum()
            )
            for sector, own in sectors.items()
        }
        total = cells.loc[cells["letters"] == "", "count"]
        known = sum(counts.values())
        if known <= 0.0 and size == "micro":
            raise InputError(f"UK Business Counts: {name} has no {size} enterprises by industry; needed are some")
        factor = float(total.sum()) / known if len(total) and known > 0 else 1.0
        rows += [
            {"authority": name, "sector": sector, "size_band": size, "count": round(count * factor, 2)}
            for sector, count in counts.items()
        ]
    return pd.DataFrame(rows)


def _sections(text: str) -> set[str]:
    return {part.strip() for part in str(text).split(",")}


def business_demography(choice: Choice, people: Column) -> Frame:
    """Births, deaths and active businesses: the table business_demography.csv. No official file is read for it."""
    like, twins = choice.like, choice.twins()
    theirs: Frame = like.tables["business_demography"].set_index("authority")
    density = float(theirs["active"].sum()) / float(like.authorities["population_2019"].sum())
    birth, death = NATIONAL["birth_rate"], NATIONAL["death_rate"]
    rows: list[dict[str, object]] = []
    for name in choice.names:
        if name in twins:
            own = theirs.loc[twins[name]]
            rows.append({"authority": name} | own.to_dict() | {"source": borrowed(like, str(own["source"]))})
        else:
            note = f"{birth.note}; active businesses: {borrowed(like, 'per person')}"
            active = round(float(people[name]) * density)
            rows.append(
                {
                    "authority": name,
                    "birth_rate": birth.value,
                    "death_rate": death.value,
                    "active": active,
                    "source": note,
                }
            )
    return pd.DataFrame(rows)[["authority", "birth_rate", "death_rate", "active", "source"]]
