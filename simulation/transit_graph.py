"""Public transport as a graph: lines with their stops, walks between them, and the ways in from each neighbourhood.

Nodes are stops, platforms (one for each call of a line) and zones. What each edge costs under given dials and
tickets is in :mod:`simulation.transit_costs`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from simulation.geometry import Barriers, project
from simulation.region import Region
from simulation.region_schema import OUTSIDE
from simulation.travel_terms import METRES_PER_KM, MINUTES_PER_HOUR, Floats, Ints, TravelConditions

SHARED_TRACK_METRES = 1.0
"""Railway lines nearer than this to one another at a new station share the track."""


class Stop(NamedTuple):
    """A stop that is not in the region pack."""

    id: str
    name: str
    kind: str
    easting_m: float
    northing_m: float


@dataclass(frozen=True)
class Edges:
    """Directed edges of the public transport graph, or the ways into it from the neighbourhoods.

    ``headway`` and ``sd`` are nought except on boarding. ``change`` is 1 on a boarding after the first;
    ``rail_km`` is the distance charged by rail inside the region, ``far_km`` outside it.
    """

    tail: Ints
    head: Ints
    walk: Floats
    headway: Floats
    ride: Floats
    sd: Floats
    bus: Floats
    rail: Floats
    change: Floats
    rail_km: Floats
    far_km: Floats

    @classmethod
    def of(cls, rows: list[dict[str, float]]) -> Edges:
        """Gather edges written one by one; what a row leaves out is nought."""
        columns: dict[str, Any] = {
            name: np.array([row.get(name, 0.0) for row in rows], np.int64 if name in ("tail", "head") else np.float64)
            for name in cls.__annotations__
        }
        return cls(**columns)

    def __len__(self) -> int:
        return len(self.tail)

    def joined(self, other: Edges) -> Edges:
        """Return these edges and then others."""
        return Edges(
            **{name: np.concatenate([getattr(self, name), getattr(other, name)]) for name in self.__annotations__}
        )


@dataclass(frozen=True, eq=False)
class Line:
    """A line: its mode is in ``wait``, which holds what boarding it costs as :class:`Edges` has it."""

    name: str
    per_metre: float
    wait: dict[str, float]

    @property
    def bus(self) -> bool:
        """Whether it is a bus."""
        return self.wait["bus"] > 0


@dataclass(frozen=True, eq=False)
class Segment:
    """A stretch of a line between two consecutive stops, at ``ends``, with its platform at either."""

    line: Line
    ends: tuple[Floats, Floats]
    platforms: tuple[int, int]
    outside: bool

    def ride(self, metres: float) -> dict[str, float]:
        """What riding some metres of it costs."""
        ride = {"ride": metres * self.line.per_metre}
        if not self.line.bus:
            ride["far_km" if self.outside else "rail_km"] = metres / METRES_PER_KM
        return ride


class TransitGraph:
    """The public transport of one region, laid out once.

    Args:
        region: The region.
        assumptions: Value of each assumption by name without ``travel_``.
        barriers: The region's barriers.

    Attributes:
        edges: Edges between nodes, no new station among them.
        ways: Ways in, from each neighbourhood (tail) to a node (head).
        stop_at: Stop of each node that is a stop or a platform.
        line_at: Line of each platform.
        first_zone: Node of the first zone; the others follow in order.
        n_nodes: Number of nodes.
    """

    def __init__(self, region: Region, assumptions: Mapping[str, float], barriers: Barriers) -> None:
        self.region = region
        self._a = assumptions
        self._homes = region.neighbourhood_xy
        self._zones = region.zone_xy
        self._barriers = barriers
        self._lay_out()

    def _lay_out(self) -> None:
        """Number the nodes (stops, platforms, zones) and lay out the edges between them and the ways in."""
        region, a = self.region, self._a
        stops = region.stops
        self._stop_xy = stops[["easting_m", "northing_m"]].to_numpy(np.float64)
        self._hubs = np.flatnonzero((stops["kind"] == "hub").to_numpy())
        self.stop_at = {stop: stop for stop in range(len(stops))}
        self.line_at: dict[int, Line] = {}
        self._segments: list[Segment] = []
        rows = self._lay_lines()
        for u, v, metres in self._barriers.near(self._stop_xy, self._stop_xy, a["change_walk_metres"]):
            if u != v:
                rows.append({"tail": u, "head": v, "walk": self._walk(metres)})
        zone = self.first_zone = len(self.stop_at)
        self.n_nodes = self.first_zone + region.n_zones
        for stop, z, metres in self._barriers.near(self._stop_xy, self._zones, a["zone_walk_metres"]):
            rows.append({"tail": stop, "head": zone + z, "walk": self._walk(metres)})
        for z, hub, journey in self._local_buses(self._zones):
            rows.append({"tail": hub, "head": zone + z, "change": 1.0, **journey})
        for z, platform, _, journey in self._alongside(self._zones):
            rows.append({"tail": platform, "head": zone + z, **journey})
        self.edges = Edges.of(rows)
        ways: list[dict[str, float]] = []
        for home, hub, journey in self._local_buses(self._homes):
            ways.append({"tail": home, "head": hub, **journey})
        for home, platform, line, journey in self._alongside(self._homes):
            ways.append({"tail": home, "head": platform, **line.wait, **journey})
        trains: dict[int, list[int]] = {}
        for platform, line in self.line_at.items():
            if not line.bus:
                trains.setdefault(self.stop_at[platform], []).append(platform)
        stations = np.array(sorted(trains), np.int64)
        for home, s, metres in self._barriers.near(self._homes, self._stop_xy[stations], a["rail_walk_metres"]):
            for platform in trains[int(stations[s])]:
                wait = self.line_at[platform].wait
                ways.append({"tail": home, "head": platform, "walk": self._walk(metres), **wait})
        self.ways = Edges.of(ways)

    def _lay_lines(self) -> list[dict[str, float]]:
        """Give each line a platform at each of its calls. Returns boarding, alighting and riding."""
        stops = self.region.stops
        index = {stop: k for k, stop in enumerate(stops["id"])}
        outside = (stops["authority"] == OUTSIDE).to_numpy()
        rows: list[dict[str, float]] = []
        lines: list[Any] = list(self.region.lines.itertuples())
        for row in lines:
            bus = float(row.mode == "bus")
            detour = self._a["bus_detour"] if bus else self._a["rail_detour"]
            wait = {
                "headway": row.headway_minutes,
                "sd": row.reliability_minutes,
                "bus": bus,
                "rail": 1.0 - bus,
            }
            line = Line(row.name, detour / METRES_PER_KM / row.speed_kmh * MINUTES_PER_HOUR, wait)
            before = -1
            for stop in (index[name] for name in row.stops.split()):
                platform = len(self.stop_at)
                self.stop_at[platform] = stop
                self.line_at[platform] = line
                rows.append({"tail": stop, "head": platform, "change": 1.0, **wait})
                rows.append({"tail": platform, "head": stop})
                if before >= 0:
                    last = self.stop_at[before]
                    ends = (self._stop_xy[last], self._stop_xy[stop])
                    segment = Segment(line, ends, (before, platform), bool(outside[last] or outside[stop]))
                    self._segments.append(segment)
                    ride = segment.ride(float(np.hypot(*(ends[1] - ends[0]))))
                    rows.append({"tail": before, "head": platform, **ride})
                    rows.append({"tail": platform, "head": before, **ride})
                before = platform
        return rows

    def _walk(self, metres: float) -> float:
        """Minutes of walking over straight-line metres."""
        return metres / METRES_PER_KM * self._a["active_detour"] / self._a["walk_kmh"] * MINUTES_PER_HOUR

    def _local_buses(self, places: Floats) -> Iterator[tuple[int, int, dict[str, float]]]:
        """Yield each place, each of its nearest hubs on its side, and the bus journey between them."""
        a = self._a
        hubs = self._stop_xy[self._hubs]
        per_metre = a["bus_detour"] / METRES_PER_KM / a["bus_speed_kmh"] * MINUTES_PER_HOUR
        metres = np.full((len(places), len(hubs)), np.inf)
        for p, h, distance in self._barriers.near(places, hubs, a["feeder_metres"]):
            metres[p, h] = distance
        for p, row in enumerate(metres):
            for h in np.argsort(row, kind="stable")[: int(a["feeder_hubs"])]:
                if not np.isfinite(row[h]):
                    break
                near = row[h] <= a["feeder_near_metres"]
                journey = {
                    "walk": a["feeder_walk_minutes"],
                    "headway": a["feeder_headway_minutes" if near else "feeder_headway_outlying_minutes"],
                    "ride": float(row[h]) * per_metre,
                    "sd": a["feeder_reliability_minutes"],
                    "bus": 1.0,
                }
                yield p, int(self._hubs[h]), journey

    def _alongside(self, places: Floats) -> Iterator[tuple[int, int, Line, dict[str, float]]]:
        """Yield the bus lines that pass within a walk of each place, at their nearest point.

        Each comes twice: place, platform at one end or the other of the stretch that is nearest, line, and
        the walk and the ride between the two.
        """
        found: dict[tuple[int, int], tuple[float, float, float, Segment]] = {}
        for segment in self._segments:
            if not segment.line.bus:
                continue
            away, along, length = project(places, *segment.ends)
            for p in np.flatnonzero(away <= self._a["bus_walk_metres"]).tolist():
                key = (p, id(segment.line))
                if key not in found or away[p] < found[key][0]:
                    found[key] = (float(away[p]), float(along[p]), length, segment)
        starts = np.array([places[p] for p, _ in found]).reshape(-1, 2)
        feet = np.array(
            [
                u + (v - u) * (first / length if length else 0.0)
                for (_, first, length, segment) in found.values()
                for u, v in (segment.ends,)
            ]
        ).reshape(-1, 2)
        cut = self._barriers.crossed(starts, feet)
        for ((p, _), (metres, first, length, segment)), beyond in zip(found.items(), cut, strict=True):
            if beyond:
                continue
            for platform, part in zip(segment.platforms, (first, length - first), strict=True):
                yield p, platform, segment.line, {"walk": self._walk(metres), **segment.ride(part)}

    def with_stations(self, conditions: TravelConditions) -> tuple[Edges, Edges, list[Any]]:
        """Return the edges, the ways in and the stops, those of new stations added.

        A new station joins the railway line that passes nearest (all of them, where several share a track):
        its trains call there, and from either neighbouring station it takes the time along the line and then
        across to it, and the stop. Through trains lose no time.
        """
        stops: list[Any] = list(self.region.stops.itertuples())
        if not conditions.new_stations:
            return self.edges, self.ways, stops
        a = self._a
        rails = [segment for segment in self._segments if not segment.line.bus]
        if not rails:
            raise ValueError(f"new_stations: the region {self.region.name} has no railway line to join")
        rows: list[dict[str, float]] = []
        ways: list[dict[str, float]] = []
        for k, (x, y, name) in enumerate(conditions.new_stations):
            node = self.n_nodes + k
            place = np.array([[x, y]], np.float64)
            stops.append(Stop(f"new-{k + 1}", name, "station", float(x), float(y)))
            homes = self._barriers.near(self._homes, place, a["rail_walk_metres"])
            placed = [project(place, *segment.ends) for segment in rails]
            nearest = min(float(away[0]) for away, _, _ in placed)
            for segment, (away, along, length) in zip(rails, placed, strict=True):
                if away[0] > nearest + SHARED_TRACK_METRES:
                    continue
                for platform, part in zip(segment.platforms, (along[0], length - along[0]), strict=True):
                    ride = segment.ride(float(part + away[0]))
                    ride["ride"] += a["station_dwell_minutes"]
                    rows.append({"tail": node, "head": platform, "change": 1.0, **segment.line.wait, **ride})
                    rows.append({"tail": platform, "head": node, **ride})
                    for home, _, walk in homes:
                        wait = segment.line.wait
                        ways.append({"tail": home, "head": platform, "walk": self._walk(walk), **wait, **ride})
            for _, z, metres in self._barriers.near(place, self._zones, a["zone_walk_metres"]):
                rows.append({"tail": node, "head": self.first_zone + z, "walk": self._walk(metres)})
            for _, s, metres in self._barriers.near(place, self._stop_xy, a["change_walk_metres"]):
                rows.append({"tail": node, "head": s, "walk": self._walk(metres)})
                rows.append({"tail": s, "head": node, "walk": self._walk(metres)})
        return self.edges.joined(Edges.of(rows)), self.ways.joined(Edges.of(ways)), stops
