"""The table targets.csv: official figures of the new pack that the opening state is compared with."""

from __future__ import annotations

import math
from collections.abc import Iterator

import pandas as pd

from experiments.measure import slug
from experiments.region_build.frames import Frame
from simulation.region_schema import AGE_BANDS

__all__ = ["targets"]

#: Half-widths where none is published (assumed), as in the pack lcr.
QUALIFICATION_WIDTH, SELF_EMPLOYMENT_WIDTH, HOUSEHOLDS_WIDTH, ENTERPRISES_WIDTH = 0.03, 0.02, 500, 2.5
COLUMNS = ["id", "authority", "quantity", "when", "role", "target", "half_width", "unit", "source", "why"]
_PEOPLE, _COMMUTERS = "share of 16-64", "share of commuters"
#: Sources of rows that are scaled or national are no figures of the place: there is nothing to compare with.
_NO_TARGET = ("national figure", "scaled by", "all its authorities", "by people in work")


def targets(tables: dict[str, Frame]) -> Frame:
    """Make the targets of each authority from the other tables.

    Args:
        tables: authorities, labour_market, qualifications, enterprises, commuting, pay.
    """
    rows = [
        row | {"id": f"{slug(str(row['authority']))}/{row['quantity']}"}
        for name in tables["authorities"]["name"]
        for row in _of_authority(str(name), tables)
        if not any(words in str(row["source"]) for words in _NO_TARGET)
    ]
    if not rows:  # no figure of the place at all: its own population is the least there is
        own = tables["authorities"].iloc[0]
        share = own["age_0_15"] / own["population_2019"]
        rows = [_row(str(own["name"]), "age_0_15", share, 0, "share of residents", own["source"])]
        rows[0]["id"] = f"{slug(str(own['name']))}/age_0_15"
    return pd.DataFrame(rows)[COLUMNS]


def _row(authority: str, quantity: str, target: float, width: float, unit: str, source: object) -> dict[str, object]:
    role = {"when": "opening", "role": "fit", "why": ""}
    numbers = {"target": float(f"{target:.6g}"), "half_width": float(f"{width:.6g}")}
    return {"authority": authority, "quantity": quantity, **role, **numbers, "unit": unit, "source": str(source)}


def _of_authority(name: str, tables: dict[str, Frame]) -> Iterator[dict[str, object]]:
    work = tables["labour_market"].set_index("authority").loc[name]
    people, employed = work["pop16_64"], work["employed"]
    active = employed + work["unemployed"]
    for quantity, part, whole, width, unit in (
        ("employment_rate", employed, people, work["employed_half_width"], _PEOPLE),
        ("unemployment_rate", work["unemployed"], active, work["unemployed_half_width"], "share of active"),
        ("inactivity_rate", work["inactive"], people, work["inactive_half_width"], _PEOPLE),
    ):
        yield _row(name, quantity, part / whole, width / whole, unit, work["source"])
    alone = work["self_employed"] / (work["employees"] + work["self_employed"])
    note = f"{work['source']}; half-width assumed"
    yield _row(name, "self_employment_share", alone, SELF_EMPLOYMENT_WIDTH, "share of employed", note)
    levels = tables["qualifications"]
    for row in levels[levels["authority"] == name].to_dict("records"):
        note = f"{row['source']}; half-width assumed"
        yield _row(name, f"qualification_{row['level']}", row["share"], QUALIFICATION_WIDTH, _PEOPLE, note)
    own = tables["authorities"].set_index("name").loc[name]
    for band in AGE_BANDS:
        share = own[band] / own["population_2019"]
        yield _row(name, band, share, 0, "share of residents", own["source_people"])
    yield _row(name, "households", own["households"], HOUSEHOLDS_WIDTH, "households", own["source_homes"])
    yield _row(name, "share_no_car", own["share_no_car"], 0, "share of households", own["source_homes"])
    firms = tables["enterprises"]
    mine = firms[firms["authority"] == name]
    for band, count in mine.groupby("size_band", sort=False)["count"].sum().items():
        yield _row(name, f"enterprises_{band}", count, ENTERPRISES_WIDTH, "enterprises", mine["source"].iloc[0])
    flows = tables["commuting"]
    for row in flows[flows["origin"] == name].to_dict("records"):
        quantity = f"commuting_to_{slug(str(row['destination']))}"
        yield _row(name, quantity, row["share"], 0, _COMMUTERS, row["source"])
    wage = tables["pay"].set_index("authority").loc[name]
    width = float(wage["half_width"]) if not math.isnan(float(wage["half_width"])) else 0.0
    yield _row(name, "median_weekly_pay", wage["median_weekly_pounds"], width, "pounds a week", wage["source"])
