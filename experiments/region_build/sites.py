"""Employment sites, stops, lines and water: kept of the pack to borrow from, or laid out after its pattern."""

from __future__ import annotations

import math
import re

import numpy as np
import pandas as pd

from experiments.region_build.choice import Choice, borrowed
from experiments.region_build.frames import Column, Frame
from experiments.region_build.people import whole_shares
from experiments.region_build.work import Flows
from simulation.region_schema import OUTSIDE

__all__ = ["lay_out"]

#: Sites that are laid out: kind, title, distance over the radius of the authority, bearing in degrees (assumed).
PATTERN = (
    ("town_centre", "centre", 0.0, 0),
    ("business_park", "business park", 0.6, 100),
    ("retail_park", "retail park", 0.45, 340),
    ("hospital", "hospital", 0.35, 220),
    ("local", "north", 0.55, 20),
    ("local", "east", 0.55, 110),
    ("local", "south", 0.55, 190),
    ("local", "west", 0.55, 280),
)
#: Destinations outside the region that are a zone of their own, where their place is known.
MOST_DESTINATIONS = 6


def lay_out(choice: Choice, centre: Frame, people: Column, flows: Flows, points: Frame, core: str) -> dict[str, Frame]:
    """Make the sites and the travel network.

    Authorities that the pack to borrow from has too keep its sites, stops and lines; its other authorities become
    places outside. For others sites are laid out after the pattern of that pack, with a bus from the centre to each
    and a railway to the nearest other authority.

    Args:
        choice: The authorities.
        centre: As `experiments.region_build.places.centres` returns.
        people: People by authority.
        flows: Commuters.
        points: Points of centroids.csv by code: `easting, northing`.
        core: The authority with the city centre.

    Returns:
        The tables zones, stops and lines, and barriers and crossings where there are any.
    """
    like, twins = choice.like, choice.twins()
    own = {twin: name for name, twin in twins.items()}
    new = [name for name in choice.names if name not in twins]
    zones = [_kept(like.zones, own, choice)] if twins else []
    stops, lines = [], []
    tables: dict[str, Frame] = {}
    if twins:
        everywhere = like.stops.assign(authority=like.stops["authority"].map(own).fillna(OUTSIDE))
        stops.append(everywhere.assign(source=[borrowed(like, text) for text in everywhere["source"]]))
        lines.append(like.lines.assign(source=[borrowed(like, text) for text in like.lines["source"]]))
        for name in ("barriers", "crossings"):
            if name in like.tables:
                table = like.table(name)
                tables[name] = table.assign(source=[borrowed(like, text) for text in table["source"]])
        if "crossings" in tables:
            free = tables["crossings"]["toll_free_authority"]
            tables["crossings"]["toll_free_authority"] = free.map(own).fillna("none")
    for name in new:
        zones.append(_pattern(choice, name, centre.loc[name]))
    if new:
        inside = pd.concat(zones, ignore_index=True)
        made, buses = _buses(choice, inside[inside["authority"].isin(new)])
        stops.append(made)
        lines.append(buses)
        railway, trains = _railway(choice, centre, new, pd.concat(stops, ignore_index=True))
        stops.append(railway)
        lines.append(trains)
    zones.append(_outside(choice, centre, people, flows, points))
    tables["zones"] = _with_a_core(pd.concat(zones, ignore_index=True), core)
    tables["stops"] = pd.concat(stops, ignore_index=True)
    tables["lines"] = pd.concat(lines, ignore_index=True)
    return tables


def _kept(zones: Frame, own: dict[str, str], choice: Choice) -> Frame:
    """Zones of authorities that both packs have."""
    kept = zones[zones["authority"].isin(own)]
    source = [borrowed(choice.like, text) for text in kept["source"]]
    return kept.assign(authority=kept["authority"].map(own), source=source)


def _with_a_core(zones: Frame, core: str) -> Frame:
    """Give a region that has none a city centre, where the model puts its students."""
    if (zones["kind"] == "city_centre").any():
        return zones
    inside = zones[zones["authority"] == core]
    towns = inside[inside["kind"] == "town_centre"]
    main = (towns if len(towns) else inside)["job_weight"].idxmax()
    zones.loc[main, "kind"] = "city_centre"
    zones.loc[main, "source"] = f"{zones.at[main, 'source']}; assumed: its kind, as a region has one city centre"
    return zones


def slug(name: str) -> str:
    """A name as identities write it, such as `st-helens`."""
    return re.sub(r"\W+", "-", name.lower()).strip("-")


def _pattern(choice: Choice, name: str, centre: Column) -> Frame:
    """Zones of an authority that is laid out."""
    theirs = choice.like.zones[choice.like.zones["authority"] != OUTSIDE]
    kinds_there = theirs["kind"].replace("city_centre", "town_centre")
    jobs = theirs.groupby(kinds_there)["job_weight"].sum()
    retail = theirs.groupby(kinds_there)["retail_weight"].mean()
    parking = theirs.groupby(kinds_there)["parking_pence_day"].median()
    kinds = [kind for kind, *_ in PATTERN]
    weight = np.array([float(jobs.get(kind, 0.01)) / kinds.count(kind) for kind in kinds])
    reach = 1000.0 * math.sqrt(float(centre["area_km2"]) / math.pi)
    note = borrowed(choice.like, "job and retail weights by kind of site", "laid out round the authority's centre")
    rows = []
    for k, ((kind, title, distance, bearing), share) in enumerate(
        zip(PATTERN, whole_shares(weight / weight.sum()), strict=True)
    ):
        angle = math.radians(bearing)
        rows.append(
            {
                "id": f"Z-{slug(name)}-{k + 1}",
                "name": f"{name} {title}",
                "authority": name,
                "kind": kind,
                "easting_m": round(min(max(centre["easting_m"] + distance * reach * math.sin(angle), 0), 1e6)),
                "northing_m": round(min(max(centre["northing_m"] + distance * reach * math.cos(angle), 0), 1.3e6)),
                "job_weight": share,
                "retail_weight": round(float(retail.get(kind, 1.0)), 2),
                "parking_pence_day": round(float(parking.get(kind, 0.0))),
                "source": note,
            }
        )
    return pd.DataFrame(rows)


def _usual(choice: Choice, mode: str) -> dict[str, float]:
    """Headway, reliability and speed in the middle of the lines of a mode in the pack to borrow from."""
    lines: Frame = choice.like.lines[choice.like.lines["mode"] == mode]
    columns = ["headway_minutes", "reliability_minutes", "speed_kmh"]
    return {name: float(value) for name, value in lines[columns].median().items()}


def _buses(choice: Choice, zones: Frame) -> tuple[Frame, Frame]:
    """A bus hub at each site, and a bus from each authority's centre to each of its other sites."""
    note = borrowed(
        choice.like, "headway, reliability and speed of its middle bus line", "a bus from the centre to each site"
    )
    stops = pd.DataFrame(
        {
            "id": "H-" + zones["id"],
            "name": zones["name"] + " bus",
            "kind": "hub",
            "authority": zones["authority"],
            "easting_m": zones["easting_m"],
            "northing_m": zones["northing_m"],
            "source": "assumed: a hub at each site",
        }
    )
    lines = []
    for name, mine in zones.groupby("authority", sort=False):
        first = mine["id"].iloc[0]
        lines += [
            {"id": f"L-{end}", "name": f"Bus: {name} centre to {title}", "mode": "bus"}
            | _usual(choice, "bus")
            | {"stops": f"H-{first} H-{end}", "source": note}
            for end, title in zip(mine["id"].iloc[1:], mine["name"].iloc[1:], strict=True)
        ]
    return stops, pd.DataFrame(lines)


def _railway(choice: Choice, centre: Frame, new: list[str], there: Frame) -> tuple[Frame, Frame]:
    """A station at each authority that is laid out, and a railway to the nearest station of another authority."""
    if len(choice.names) == 1:
        return pd.DataFrame(), pd.DataFrame()
    stops = pd.DataFrame(
        [
            {
                "id": f"R-{slug(name)}",
                "name": f"{name} station",
                "kind": "station",
                "authority": name,
                "easting_m": centre.at[name, "easting_m"],
                "northing_m": centre.at[name, "northing_m"],
                "source": "assumed: a station at the centre",
            }
            for name in new
        ]
    )
    stations = pd.concat([there[there["kind"] == "station"], stops], ignore_index=True)
    note = borrowed(
        choice.like, "headway, reliability and speed of its middle railway", "to the nearest other authority"
    )
    lines, done = [], set()
    for row in stops.to_dict("records"):
        others = stations[stations["authority"] != row["authority"]]
        gap = np.hypot(others["easting_m"] - row["easting_m"], others["northing_m"] - row["northing_m"])
        nearest = others.loc[gap.idxmin()]
        pair = frozenset((row["id"], str(nearest["id"])))
        if pair in done:
            continue
        done.add(pair)
        lines.append(
            {"id": f"L-{row['id']}", "name": f"Railway: {row['name']} to {nearest['name']}", "mode": "rail"}
            | _usual(choice, "rail")
            | {"stops": f"{row['id']} {nearest['id']}", "source": note}
        )
    return stops, pd.DataFrame(lines)


def _outside(choice: Choice, centre: Frame, people: Column, flows: Flows, points: Frame) -> Frame:
    """Places outside the region where residents work and shop, weighted by commuters."""
    like, twins = choice.like, choice.twins()
    beyond = flows.beyond.groupby(["code", "name"], as_index=False)["commuters"].sum()
    beyond = beyond.sort_values("commuters", ascending=False, kind="stable")
    theirs = like.zones
    rows: list[dict[str, object]] = []

    def add(
        key: str, title: str, at: tuple[float, float], commuters: float, retail: float, parking: float, note: str
    ) -> None:
        rows.append(
            {
                "id": f"Z-out-{key}", "name": title, "authority": OUTSIDE, "kind": OUTSIDE,
                "easting_m": round(min(max(at[0], 0), 1e6)), "northing_m": round(min(max(at[1], 0), 1.3e6)),
                "job_weight": commuters, "retail_weight": round(retail, 2), "parking_pence_day": parking,
                "source": note,
            }
        )  # fmt: skip

    taken: set[str] = set()
    if twins:
        for name, code in zip(like.authorities["name"], like.authorities["code"], strict=True):
            if name in twins.values():
                continue
            mine = theirs[theirs["authority"] == name]
            main = mine.loc[mine["job_weight"].idxmax()]
            flow = beyond.loc[(beyond["code"] == code) | (beyond["name"] == name), "commuters"].sum()
            note = f"commuters: {flows.source}; place, shops and parking: {borrowed(like, str(main['source']))}"
            at = (float(main["easting_m"]), float(main["northing_m"]))
            add(
                slug(name),
                name,
                at,
                float(flow),
                float(mine["retail_weight"].sum()),
                float(main["parking_pence_day"]),
                note,
            )
            taken |= {code, name}
    mean_retail = float(theirs.loc[theirs["authority"] == OUTSIDE, "retail_weight"].mean())
    beyond = beyond[~beyond["code"].isin(taken) & ~beyond["name"].isin(taken)]
    if not twins:
        known = beyond[beyond["code"].isin(points.index)].head(MOST_DESTINATIONS)
        for row in known.to_dict("records"):
            at = (float(points.at[row["code"], "easting"]), float(points.at[row["code"], "northing"]))
            shops = borrowed(like, "mean of its places outside")
            note = f"commuters: {flows.source}; place: centroids.csv; shops: {shops}"
            add(slug(str(row["name"])), str(row["name"]), at, float(row["commuters"]), mean_retail, 0.0, note)
        beyond = beyond[~beyond["code"].isin(known["code"])]
    rest = float(beyond["commuters"].sum())
    away = theirs[theirs["authority"] == OUTSIDE]
    if twins:
        for zone in away.to_dict("records"):
            note = f"commuters: {flows.source}, spread over these places; {borrowed(like, str(zone['source']))}"
            at = (float(zone["easting_m"]), float(zone["northing_m"]))
            share = rest * float(zone["job_weight"])
            add(str(zone["id"]).removeprefix("Z-out-"), str(zone["name"]), at, share, float(zone["retail_weight"]),
                float(zone["parking_pence_day"]), note)  # fmt: skip
    else:
        middle = np.average(centre[["easting_m", "northing_m"]].to_numpy(float), axis=0, weights=people[centre.index])
        at_home = np.average(
            like.authorities[["easting_m", "northing_m"]].to_numpy(float), axis=0,
            weights=like.authorities["population_2019"],
        )  # fmt: skip
        gap = np.hypot(*(away[["easting_m", "northing_m"]].to_numpy(float) - at_home).T)
        distance = float(np.average(gap, weights=away["job_weight"]))
        note = (
            f"commuters: {flows.source}; place: {borrowed(like, 'mean distance of its places outside')}, to the south"
        )
        add(
            "rest", "The rest of the country", (middle[0], max(middle[1] - distance, 0.0)), rest, mean_retail, 0.0, note
        )
    table = pd.DataFrame(rows)
    weight = table["job_weight"].to_numpy(np.float64)
    weight = weight if weight.sum() > 0 else np.ones(len(table))
    return table.assign(job_weight=whole_shares(weight / weight.sum()))
