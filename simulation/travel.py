"""How long it takes and what it costs to get from each neighbourhood to each zone.

Three modes: car, public transport (bus and rail together), and on foot or by cycle. For each the network
gives the minutes by the clock, the fare or fuel in pence, and the generalised cost: minutes in which walking,
waiting, unreliability and changes count for more than riding, and money counts at the value of time.

Public transport is a graph. Each line has a platform at each of its stops; boarding costs half the headway,
alighting nothing, riding the distance over the line's speed. A neighbourhood walks to any line that passes
near it, or takes a neighbourhood bus to its nearest hubs. Travellers buy whichever tickets are cheapest for
them, and take the path of least generalised cost given the tickets: so the best of the choices never gets
worse when a fare, a headway or a wait gets better.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import networkx as nx
import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from simulation.geometry import Barriers, project
from simulation.region import Region
from simulation.region_schema import OUTSIDE

__all__ = [
    "ACTIVE",
    "CAR",
    "MODES",
    "TRANSIT",
    "UNREACHABLE",
    "TravelConditions",
    "TravelCosts",
    "TravelNetwork",
]

CAR, TRANSIT, ACTIVE = 0, 1, 2
MODES = ("car", "transit", "active")
UNREACHABLE = 1_000_000.0
"""Minutes, and generalised minutes, that stand for a journey that a mode cannot make."""
MINUTES_PER_HOUR = 60.0
METRES_PER_KM = 1000.0
PENCE_PER_POUND = 100.0
DEFAULT_REACH = 45.0
"""Minutes within which a job counts as within reach, unless told otherwise (assumed)."""
SHARED_TRACK_METRES = 1.0
"""Railway lines nearer than this to one another at a new station share the track."""
DAY_TRIPS = 2.0
"""A day ticket and a day's parking serve two trips, there and back."""
REMEMBERED = 16
"""How many different conditions a network keeps the costs of."""

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class TravelConditions:
    """The dials that transport policies turn. The defaults are the base year.

    Attributes:
        bus_fare_factor: Multiplies bus fares, single and day. 1 is the base year, lower is better, at least
            0.
        bus_headway_factor: Multiplies minutes between buses. Lower is better, at least 0.
        bus_reliability_factor: Multiplies the standard deviation of the wait for a bus. Lower is better, at
            least 0.
        cycle_speed_factor: Multiplies cycling speed. Higher is better, above 0.
        new_stations: Easting and northing in metres and name of each new station. Each joins the railway line
            that passes nearest to it.
    """

    bus_fare_factor: float = 1.0
    bus_headway_factor: float = 1.0
    bus_reliability_factor: float = 1.0
    cycle_speed_factor: float = 1.0
    new_stations: tuple[tuple[float, float, str], ...] = ()

    def __post_init__(self) -> None:
        for name in ("bus_fare_factor", "bus_headway_factor", "bus_reliability_factor", "cycle_speed_factor"):
            value = getattr(self, name)
            if not np.isfinite(value) or value < 0 or (name == "cycle_speed_factor" and value == 0):
                least = "above 0" if name == "cycle_speed_factor" else "at least 0"
                raise ValueError(f"TravelConditions.{name}: {value} is not allowed; a finite number {least} is needed")
        for station in self.new_stations:
            if len(station) != 3 or not np.isfinite(station[0]) or not np.isfinite(station[1]):
                raise ValueError(f"TravelConditions.new_stations: {station!r} is not (easting_m, northing_m, name)")


@dataclass(frozen=True, eq=False)
class TravelCosts:
    """Cost of every journey one way, by mode.

    Arrays are read-only, ``float32``, shape ``[mode, neighbourhood, zone]``.

    Attributes:
        minutes: Door to door, by the clock.
        money: Pence. For a car, fuel, tolls and half a day's parking.
        generalised: Minutes with weights, money included. Both this and ``minutes`` are :data:`UNREACHABLE`,
            and money is nought, where a mode cannot make the journey.
    """

    minutes: NDArray[np.float32]
    money: NDArray[np.float32]
    generalised: NDArray[np.float32]

    def best(self, car: bool) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
        """Choose the cheapest mode for each journey.

        Args:
            car: Whether a car is to be had.

        Returns:
            The mode, ``int8 [n, z]``, and its generalised cost, ``float32 [n, z]``. Ties go to the earlier
            mode.
        """
        first = CAR if car else TRANSIT
        mode = self.generalised[first:].argmin(axis=0)
        cost = np.take_along_axis(self.generalised[first:], mode[None], axis=0)[0]
        return (mode + first).astype(np.int8), cost


class _Stop(NamedTuple):
    """A stop that is not in the region pack."""

    id: str
    name: str
    kind: str
    easting_m: float
    northing_m: float


@dataclass(frozen=True)
class _Edges:
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
    def of(cls, rows: list[dict[str, float]]) -> _Edges:
        """Gather edges written one by one; what a row leaves out is nought."""
        columns: dict[str, Any] = {
            name: np.array([row.get(name, 0.0) for row in rows], np.int64 if name in ("tail", "head") else np.float64)
            for name in cls.__annotations__
        }
        return cls(**columns)

    def __len__(self) -> int:
        return len(self.tail)

    def joined(self, other: _Edges) -> _Edges:
        """Return these edges and then others."""
        return _Edges(
            **{name: np.concatenate([getattr(self, name), getattr(other, name)]) for name in self.__annotations__}
        )


@dataclass(frozen=True)
class _Tickets:
    """What one choice of tickets costs, pence: at the outset, for each boarding, and for each km by rail."""

    outset: float
    bus: float
    rail: float
    km: float
    far_km: float


@dataclass(frozen=True, eq=False)
class _Line:
    """A line: its mode is in ``wait``, which holds what boarding it costs as :class:`_Edges` has it."""

    name: str
    per_metre: float
    wait: dict[str, float]

    @property
    def bus(self) -> bool:
        """Whether it is a bus."""
        return self.wait["bus"] > 0


@dataclass(frozen=True, eq=False)
class _Segment:
    """A stretch of a line between two consecutive stops, at ``ends``, with its platform at either."""

    line: _Line
    ends: tuple[Floats, Floats]
    platforms: tuple[int, int]
    outside: bool

    def ride(self, metres: float) -> dict[str, float]:
        """What riding some metres of it costs."""
        ride = {"ride": metres * self.line.per_metre}
        if not self.line.bus:
            ride["far_km" if self.outside else "rail_km"] = metres / METRES_PER_KM
        return ride


@lru_cache(maxsize=4)
def _network(region: Region, values: tuple[tuple[str, float], ...]) -> TravelNetwork:
    return TravelNetwork(region, dict(values))


def travel_network(region: Region, assumptions: Mapping[str, float]) -> TravelNetwork:
    """The network of a region under some assumptions, laid out once in a process and shared.

    Args:
        region: The region.
        assumptions: Value of each assumption by name; only those that begin with ``travel_`` are read.
    """
    names = sorted(name for name in region.assumptions.index if name.startswith("travel_"))
    return _network(region, tuple((name, float(assumptions[name])) for name in names))


class TravelNetwork:
    """Travel in one region.

    Example:
        >>> from simulation.region import load_region
        >>> network = TravelNetwork(load_region("lcr"))
        >>> costs = network.costs(TravelConditions(bus_fare_factor=0.5))
        >>> costs.minutes.shape
        (3, 989, 83)

    Args:
        region: The region.
        assumptions: Value of each assumption by name; only those that begin with ``travel_`` are read. By
            default the region's own central values.
    """

    def __init__(self, region: Region, assumptions: Mapping[str, float] | None = None) -> None:
        self.region = region
        values = region.assumption_values() if assumptions is None else assumptions
        names = [name for name in region.assumptions.index if name.startswith("travel_")]
        self._a = {name.removeprefix("travel_"): float(values[name]) for name in names}
        self._pence_per_minute = self._a["value_of_time"] * PENCE_PER_POUND / MINUTES_PER_HOUR
        self._homes = region.neighbourhood_xy
        self._zones = region.zone_xy
        self._barriers = Barriers(region)
        self._memory: OrderedDict[TravelConditions, TravelCosts] = OrderedDict()
        self._car = self._car_costs()
        self._on_foot_km = self._barriers.on_foot(self._homes, self._zones) / METRES_PER_KM
        self._lay_out()

    def costs(self, conditions: TravelConditions | None = None) -> TravelCosts:
        """Return the cost of every journey, worked out once for each set of conditions.

        Args:
            conditions: The dials; by default those of the base year.
        """
        conditions = TravelConditions() if conditions is None else conditions
        if conditions in self._memory:
            self._memory.move_to_end(conditions)
            return self._memory[conditions]
        modes = (self._car, self._transit_costs(conditions), self._active_costs(conditions))
        arrays = []
        for kind in range(3):
            array = np.stack([mode[kind] for mode in modes]).astype(np.float32)
            array.setflags(write=False)
            arrays.append(array)
        costs = TravelCosts(*arrays)
        self._memory[conditions] = costs
        if len(self._memory) > REMEMBERED:
            self._memory.popitem(last=False)
        return costs

    def reachable(
        self, conditions: TravelConditions | None, car: bool, minutes: float = DEFAULT_REACH
    ) -> NDArray[np.bool_]:
        """Say which zones can be reached in a given time, by the clock, with any mode to hand.

        Args:
            conditions: The dials.
            car: Whether a car is to be had.
            minutes: The time.

        Returns:
            Shape ``[n, z]``.
        """
        first = CAR if car else TRANSIT
        return np.asarray((self.costs(conditions).minutes[first:] <= minutes).any(axis=0))

    def reach(
        self,
        conditions: TravelConditions | None,
        car: bool,
        minutes: float = DEFAULT_REACH,
        weights: Floats | None = None,
    ) -> Floats:
        """Return the share of jobs that each neighbourhood can reach in a given time.

        Args:
            conditions: The dials.
            car: Whether a car is to be had.
            minutes: The time.
            weights: Jobs in each zone, any unit, shape ``[z]``. By default the region's workplaces.

        Returns:
            From 0 to 1, shape ``[n]``.
        """
        weights = self.region.zone_jobs_share() if weights is None else np.asarray(weights, np.float64)
        return np.asarray(self.reachable(conditions, car, minutes) @ (weights / weights.sum()))

    def graph(self, conditions: TravelConditions | None = None) -> nx.Graph:
        """Return public transport as a graph for analysis.

        Nodes are neighbourhoods, stops and zones, with ``kind, name, easting_m, northing_m``. Edges have
        ``mode`` (``walk``, ``bus`` or ``rail``), ``time`` (minutes on the move), ``fare`` (pence, for a
        single from one end to the other), ``headway`` and ``reliability`` (minutes) and ``lines`` (names).
        Where several lines join two nodes the edge is that of least time and wait, and names them all.

        Args:
            conditions: The dials.
        """
        conditions = TravelConditions() if conditions is None else conditions
        region = self.region
        edges, ways, stops = self._with_stations(conditions)
        graph = nx.Graph(region=region.name)
        places = [
            *zip(region.neighbourhoods["id"], region.neighbourhoods["settlement"], self._homes, strict=True),
            *((stop.id, stop.name, (stop.easting_m, stop.northing_m)) for stop in stops),
            *zip(region.zones["id"], region.zones["name"], self._zones, strict=True),
        ]
        kinds = ["neighbourhood"] * len(self._homes) + [stop.kind for stop in stops] + ["zone"] * len(self._zones)
        for (node, name, (x, y)), kind in zip(places, kinds, strict=True):
            graph.add_node(node, kind=kind, name=name, easting_m=float(x), northing_m=float(y))
        homes = dict(enumerate(region.neighbourhoods["id"]))
        inside = {node: stops[stop].id for node, stop in self._stop_at.items()}
        inside |= {self._n_nodes + k: stop.id for k, stop in enumerate(stops[len(region.stops) :])}
        inside |= {self._first_zone + z: zone for z, zone in enumerate(region.zones["id"])}
        for u, v, new in self._journeys(edges, inside, inside, conditions):
            _add_edge(graph, u, v, new)
        for u, v, new in self._journeys(ways, homes, inside, conditions):
            _add_edge(graph, u, v, new)
        return graph

    def _journeys(
        self, edges: _Edges, tails: Mapping[int, str], heads: Mapping[int, str], conditions: TravelConditions
    ) -> Iterator[tuple[str, str, dict[str, Any]]]:
        """Yield the edges that join two different places, as :meth:`graph` describes them."""
        ticket = self._tickets(conditions)[0]
        for k in range(len(edges)):
            u, v = tails[int(edges.tail[k])], heads[int(edges.head[k])]
            if u == v:
                continue
            walk, ride = float(edges.walk[k]), float(edges.ride[k])
            if ride == 0.0:
                walked = {"mode": "walk", "time": walk, "fare": 0.0, "headway": 0.0, "reliability": 0.0}
                yield u, v, walked | {"lines": ()}
                continue
            tail = self._line_at.get(int(edges.tail[k])) if tails is heads else None
            line = self._line_at.get(int(edges.head[k]), tail)
            wait = {"headway": edges.headway[k], "sd": edges.sd[k]} if line is None else line.wait
            bus = line is None or line.bus
            charged = edges.rail_km[k] * ticket.km + edges.far_km[k] * ticket.far_km
            yield (
                u,
                v,
                {
                    "mode": "bus" if bus else "rail",
                    "time": walk + ride,
                    "fare": ticket.bus if bus else ticket.rail + float(charged),
                    "headway": float(wait["headway"]) * (conditions.bus_headway_factor if bus else 1.0),
                    "reliability": float(wait["sd"]) * (conditions.bus_reliability_factor if bus else 1.0),
                    "lines": () if line is None else (line.name,),
                },
            )

    # Car, foot and cycle ------------------------------------------------------------------------------

    def _car_costs(self) -> tuple[Floats, Floats, Floats]:
        """Minutes, pence and generalised minutes by car, each ``[n, z]``. No dial changes them."""
        a = self._a
        authority = self.region.neighbourhood_authority
        metres, toll, delay = self._barriers.by_car(self._homes, self._zones, authority, self._drive)
        minutes = self._drive(metres) + delay + a["car_terminal_minutes"]
        parking = self.region.zones["parking_pence_day"].to_numpy(np.float64) / DAY_TRIPS
        money = metres / METRES_PER_KM * a["car_detour"] * a["car_pence_per_km"] + toll + parking
        return minutes, money, minutes + money / self._pence_per_minute

    def _drive(self, metres: Floats) -> Floats:
        """Minutes of driving over straight-line metres: slow for the first stretch, faster after."""
        a = self._a
        road = metres / METRES_PER_KM * a["car_detour"]
        near = np.minimum(road, a["car_near_km"])
        middle = np.clip(road - a["car_near_km"], 0.0, a["car_middle_km"] - a["car_near_km"])
        far = np.maximum(road - a["car_middle_km"], 0.0)
        hours = near / a["car_near_kmh"] + middle / a["car_middle_kmh"] + far / a["car_far_kmh"]
        return hours * MINUTES_PER_HOUR

    def _active_costs(self, conditions: TravelConditions) -> tuple[Floats, Floats, Floats]:
        """Minutes, pence and generalised minutes on foot or by cycle, the quicker, each ``[n, z]``."""
        a = self._a
        km = self._on_foot_km * a["active_detour"]
        speed = a["cycle_kmh"] * conditions.cycle_speed_factor
        walk = km / a["walk_kmh"] * MINUTES_PER_HOUR
        cycle = a["cycle_fixed_minutes"] + km / speed * MINUTES_PER_HOUR
        walk = np.where(km <= a["walk_max_km"], walk, UNREACHABLE)
        cycle = np.where(km <= a["cycle_max_km"], cycle, UNREACHABLE)
        minutes = np.minimum(np.minimum(walk, cycle), UNREACHABLE)
        generalised = np.where(minutes < UNREACHABLE, minutes * a["active_weight"], UNREACHABLE)
        return minutes, np.zeros_like(minutes), np.minimum(generalised, UNREACHABLE)

    # Public transport: the graph ----------------------------------------------------------------------

    def _lay_out(self) -> None:
        """Number the nodes (stops, platforms, zones) and lay out the edges between them and the ways in."""
        region, a = self.region, self._a
        stops = region.stops
        self._stop_xy = stops[["easting_m", "northing_m"]].to_numpy(np.float64)
        self._hubs = np.flatnonzero((stops["kind"] == "hub").to_numpy())
        self._stop_at = {stop: stop for stop in range(len(stops))}
        self._line_at: dict[int, _Line] = {}
        self._segments: list[_Segment] = []
        rows = self._lay_lines()
        for u, v, metres in self._barriers.near(self._stop_xy, self._stop_xy, a["change_walk_metres"]):
            if u != v:
                rows.append({"tail": u, "head": v, "walk": self._walk(metres)})
        zone = self._first_zone = len(self._stop_at)
        self._n_nodes = self._first_zone + region.n_zones
        for stop, z, metres in self._barriers.near(self._stop_xy, self._zones, a["zone_walk_metres"]):
            rows.append({"tail": stop, "head": zone + z, "walk": self._walk(metres)})
        for z, hub, journey in self._local_buses(self._zones):
            rows.append({"tail": hub, "head": zone + z, "change": 1.0, **journey})
        for z, platform, _, journey in self._alongside(self._zones):
            rows.append({"tail": platform, "head": zone + z, **journey})
        self._edges = _Edges.of(rows)
        ways: list[dict[str, float]] = []
        for home, hub, journey in self._local_buses(self._homes):
            ways.append({"tail": home, "head": hub, **journey})
        for home, platform, line, journey in self._alongside(self._homes):
            ways.append({"tail": home, "head": platform, **line.wait, **journey})
        trains: dict[int, list[int]] = {}
        for platform, line in self._line_at.items():
            if not line.bus:
                trains.setdefault(self._stop_at[platform], []).append(platform)
        stations = np.array(sorted(trains), np.int64)
        for home, s, metres in self._barriers.near(self._homes, self._stop_xy[stations], a["rail_walk_metres"]):
            for platform in trains[int(stations[s])]:
                wait = self._line_at[platform].wait
                ways.append({"tail": home, "head": platform, "walk": self._walk(metres), **wait})
        self._ways = _Edges.of(ways)

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
            line = _Line(row.name, detour / METRES_PER_KM / row.speed_kmh * MINUTES_PER_HOUR, wait)
            before = -1
            for stop in (index[name] for name in row.stops.split()):
                platform = len(self._stop_at)
                self._stop_at[platform] = stop
                self._line_at[platform] = line
                rows.append({"tail": stop, "head": platform, "change": 1.0, **wait})
                rows.append({"tail": platform, "head": stop})
                if before >= 0:
                    last = self._stop_at[before]
                    ends = (self._stop_xy[last], self._stop_xy[stop])
                    segment = _Segment(line, ends, (before, platform), bool(outside[last] or outside[stop]))
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

    def _alongside(self, places: Floats) -> Iterator[tuple[int, int, _Line, dict[str, float]]]:
        """Yield the bus lines that pass within a walk of each place, at their nearest point.

        Each comes twice: place, platform at one end or the other of the stretch that is nearest, line, and
        the walk and the ride between the two.
        """
        found: dict[tuple[int, int], tuple[float, float, float, _Segment]] = {}
        for segment in self._segments:
            if not segment.line.bus:
                continue
            away, along, length = project(places, *segment.ends)
            for p in np.flatnonzero(away <= self._a["bus_walk_metres"]).tolist():
                key = (p, id(segment.line))
                if key not in found or away[p] < found[key][0]:
                    found[key] = (float(away[p]), float(along[p]), length, segment)
        for (p, _), (metres, first, length, segment) in found.items():
            u, v = segment.ends
            foot = u + (v - u) * (first / length if length else 0.0)
            if self._barriers.crossed(places[p], foot):
                continue
            for platform, part in zip(segment.platforms, (first, length - first), strict=True):
                yield p, platform, segment.line, {"walk": self._walk(metres), **segment.ride(part)}

    def _with_stations(self, conditions: TravelConditions) -> tuple[_Edges, _Edges, list[Any]]:
        """Return the edges, the ways in and the stops, those of new stations added.

        A new station joins the railway line that passes nearest (all of them, where several share a track):
        its trains call there, and from either neighbouring station it takes the time along the line and then
        across to it, and the stop. Through trains lose no time.
        """
        stops: list[Any] = list(self.region.stops.itertuples())
        if not conditions.new_stations:
            return self._edges, self._ways, stops
        a = self._a
        rails = [segment for segment in self._segments if not segment.line.bus]
        if not rails:
            raise ValueError(f"new_stations: the region {self.region.name} has no railway line to join")
        rows: list[dict[str, float]] = []
        ways: list[dict[str, float]] = []
        for k, (x, y, name) in enumerate(conditions.new_stations):
            node = self._n_nodes + k
            place = np.array([[x, y]], np.float64)
            stops.append(_Stop(f"new-{k + 1}", name, "station", float(x), float(y)))
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
                rows.append({"tail": node, "head": self._first_zone + z, "walk": self._walk(metres)})
            for _, s, metres in self._barriers.near(place, self._stop_xy, a["change_walk_metres"]):
                rows.append({"tail": node, "head": s, "walk": self._walk(metres)})
                rows.append({"tail": s, "head": node, "walk": self._walk(metres)})
        return self._edges.joined(_Edges.of(rows)), self._ways.joined(_Edges.of(ways)), stops

    # Public transport: the costs ----------------------------------------------------------------------

    def _tickets(self, conditions: TravelConditions) -> list[_Tickets]:
        """Every choice of tickets: singles, bus day ticket, through rail fare, both, day ticket for all."""
        a = self._a
        single = a["bus_single_pence"] * conditions.bus_fare_factor
        day = a["bus_day_pence"] * conditions.bus_fare_factor / DAY_TRIPS
        base, km = a["rail_base_pence"], a["rail_pence_per_km"]
        return [
            _Tickets(0.0, single, base, km, km),
            _Tickets(base, single, 0.0, km, km),
            _Tickets(day, 0.0, base, km, km),
            _Tickets(day + base, 0.0, 0.0, km, km),
            _Tickets(a["all_mode_day_pence"] / DAY_TRIPS, 0.0, 0.0, 0.0, km),
        ]

    def _weigh(self, edges: _Edges, conditions: TravelConditions) -> tuple[Floats, Floats]:
        """Minutes by the clock, and with weights, of each edge; fares apart."""
        a = self._a
        wait = edges.headway / 2.0 * np.where(edges.bus > 0, conditions.bus_headway_factor, 1.0)
        sd = edges.sd * np.where(edges.bus > 0, conditions.bus_reliability_factor, 1.0)
        minutes = edges.walk + wait + edges.ride
        weighted = (
            edges.walk * a["walk_weight"]
            + wait * a["wait_weight"]
            + edges.ride
            + sd * a["reliability_weight"]
            + edges.change * a["transfer_penalty_minutes"]
        )
        return minutes, weighted

    def _transit_costs(self, conditions: TravelConditions) -> tuple[Floats, Floats, Floats]:
        """Minutes, pence and generalised minutes by bus and rail, each ``[n, z]``."""
        edges, ways, _ = self._with_stations(conditions)
        n_nodes = self._n_nodes + len(conditions.new_stations)
        zones = np.arange(self._first_zone, self._n_nodes)
        minutes, weighted = self._weigh(edges, conditions)
        way_minutes, way_weighted = self._weigh(ways, conditions)
        order = np.argsort(ways.tail, kind="stable")
        starts = np.searchsorted(ways.tail[order], np.arange(self.region.n_neighbourhoods + 1))
        shape = (self.region.n_neighbourhoods, self.region.n_zones)
        best, best_minutes, best_money = (
            np.full(shape, UNREACHABLE),
            np.full(shape, UNREACHABLE),
            np.zeros(shape),
        )
        for ticket in self._tickets(conditions):
            pence = _fares(edges, ticket)
            way_pence = _fares(ways, ticket) + ticket.outset
            _enter(
                starts,
                ways.head[order],
                (way_weighted + way_pence / self._pence_per_minute)[order],
                way_minutes[order],
                way_pence[order],
                *_from_all(n_nodes, edges, weighted + pence / self._pence_per_minute, minutes, pence, zones),
                best,
                best_minutes,
                best_money,
            )
        return best_minutes, best_money, best


def _add_edge(graph: nx.Graph, u: str, v: str, new: dict[str, Any]) -> None:
    """Add an edge, or keep the better of it and the one that is there, with the lines of both."""
    old = graph.get_edge_data(u, v)
    if old is None:
        graph.add_edge(u, v, **new)
        return
    lines = tuple(sorted({*old["lines"], *new["lines"]}))
    if new["time"] + new["headway"] / 2.0 < old["time"] + old["headway"] / 2.0:
        graph.edges[u, v].update(new)
    graph.edges[u, v]["lines"] = lines


def _fares(edges: _Edges, ticket: _Tickets) -> Floats:
    """Pence of each edge."""
    return edges.bus * ticket.bus + edges.rail * ticket.rail + edges.rail_km * ticket.km + edges.far_km * ticket.far_km


def _from_all(
    n_nodes: int, edges: _Edges, cost: Floats, minutes: Floats, pence: Floats, zones: Ints
) -> tuple[Floats, Floats, Floats]:
    """Cost, minutes and pence of the best path from every node to every zone, each ``[n_nodes, z]``.

    The search runs backwards from each zone. Of several edges between the same two nodes the cheapest is
    kept, and zero costs are kept apart from no edge at all.
    """
    order = np.lexsort((cost, edges.tail, edges.head))
    head, tail = edges.head[order], edges.tail[order]
    first = np.ones(len(order), np.bool_)
    first[1:] = (head[1:] != head[:-1]) | (tail[1:] != tail[:-1])
    kept = order[first]
    head, tail = edges.head[kept], edges.tail[kept]
    starts = np.searchsorted(head, np.arange(n_nodes + 1))
    graph = csr_array((cost[kept], tail, starts), shape=(n_nodes, n_nodes))
    distance, before = dijkstra(graph, directed=True, indices=zones, return_predecessors=True)
    key = head * n_nodes + tail
    node = np.arange(n_nodes)[None, :]
    reached = before >= 0
    place = np.searchsorted(key, np.where(reached, before.astype(np.int64) * n_nodes + node, key[0]))
    clock = np.where(reached, minutes[kept][place], 0.0)
    money = np.where(reached, pence[kept][place], 0.0)
    step = np.where(reached, before, node)
    while True:
        further = np.take_along_axis(step, step, axis=1)
        clock = clock + np.where(step != node, np.take_along_axis(clock, step, axis=1), 0.0)
        money = money + np.where(step != node, np.take_along_axis(money, step, axis=1), 0.0)
        if np.array_equal(further, step):
            break
        step = further
    transposed = (np.ascontiguousarray(array.T) for array in (distance, clock, money))
    return tuple(transposed)  # type: ignore[return-value]


@njit(cache=True)
def _enter(  # type: ignore[no-untyped-def]
    starts, head, way_cost, way_minutes, way_pence, cost, clock, money, best, best_minutes, best_money
):  # pragma: no cover - compiled
    """Join the ways into the network to the paths through it, and keep the best for each home and zone."""
    for n in range(best.shape[0]):
        for k in range(starts[n], starts[n + 1]):
            node = head[k]
            for z in range(best.shape[1]):
                total = way_cost[k] + cost[node, z]
                if total < best[n, z]:
                    best[n, z] = total
                    best_minutes[n, z] = way_minutes[k] + clock[node, z]
                    best_money[n, z] = way_pence[k] + money[node, z]
