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
from functools import cached_property, lru_cache
from typing import Any

import networkx as nx
import numpy as np
from numpy.typing import NDArray

from simulation.geometry import Barriers
from simulation.region import Region
from simulation.transit_costs import tickets, transit_costs
from simulation.transit_graph import Edges, TransitGraph
from simulation.travel_terms import (
    ACTIVE,
    CAR,
    DAY_TRIPS,
    METRES_PER_KM,
    MINUTES_PER_HOUR,
    MODES,
    PENCE_PER_POUND,
    TRANSIT,
    UNREACHABLE,
    Floats,
    TravelConditions,
    TravelCosts,
)

__all__ = [
    "ACTIVE",
    "CAR",
    "MODES",
    "TRANSIT",
    "UNREACHABLE",
    "TravelConditions",
    "TravelCosts",
    "TravelNetwork",
    "travel_network",
]

DEFAULT_REACH = 45.0
"""Minutes within which a job counts as within reach, unless told otherwise (assumed)."""
REMEMBERED = 16
"""How many different conditions a network keeps the costs of."""


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

    # Laid out when first asked for: a run whose travel never changes takes its costs from the disk.

    @cached_property
    def _car(self) -> tuple[Floats, ...]:
        return self._car_costs()

    @cached_property
    def _on_foot_km(self) -> Floats:
        return self._barriers.on_foot(self._homes, self._zones) / METRES_PER_KM

    @cached_property
    def _transit(self) -> TransitGraph:
        return TransitGraph(self.region, self._a, self._barriers)

    def costs(self, conditions: TravelConditions | None = None) -> TravelCosts:
        """Return the cost of every journey, worked out once for each set of conditions.

        Args:
            conditions: The dials; by default those of the base year.
        """
        conditions = TravelConditions() if conditions is None else conditions
        if conditions in self._memory:
            self._memory.move_to_end(conditions)
            return self._memory[conditions]
        modes = (
            self._car,
            transit_costs(self._transit, self._a, self._pence_per_minute, conditions),
            self._active_costs(conditions),
        )
        arrays = []
        for kind in range(4):
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
        """Say which zones can be reached in a given time, by the clock, the quickest way by any mode to hand.

        What a journey costs is no part of it: a cheaper bus that draws people from a quicker train takes nothing
        out of reach.

        Args:
            conditions: The dials.
            car: Whether a car is to be had.
            minutes: The time.

        Returns:
            Shape ``[n, z]``.
        """
        first = CAR if car else TRANSIT
        return np.asarray((self.costs(conditions).quickest[first:] <= minutes).any(axis=0))

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
        edges, ways, stops = self._transit.with_stations(conditions)
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
        inside = {node: stops[stop].id for node, stop in self._transit.stop_at.items()}
        inside |= {self._transit.n_nodes + k: stop.id for k, stop in enumerate(stops[len(region.stops) :])}
        inside |= {self._transit.first_zone + z: zone for z, zone in enumerate(region.zones["id"])}
        for u, v, new in self._journeys(edges, inside, inside, conditions):
            _add_edge(graph, u, v, new)
        for u, v, new in self._journeys(ways, homes, inside, conditions):
            _add_edge(graph, u, v, new)
        return graph

    def _journeys(
        self, edges: Edges, tails: Mapping[int, str], heads: Mapping[int, str], conditions: TravelConditions
    ) -> Iterator[tuple[str, str, dict[str, Any]]]:
        """Yield the edges that join two different places, as :meth:`graph` describes them."""
        ticket = tickets(self._a, conditions)[0]
        for k in range(len(edges)):
            u, v = tails[int(edges.tail[k])], heads[int(edges.head[k])]
            if u == v:
                continue
            walk, ride = float(edges.walk[k]), float(edges.ride[k])
            if ride == 0.0:
                walked = {"mode": "walk", "time": walk, "fare": 0.0, "headway": 0.0, "reliability": 0.0}
                yield u, v, walked | {"lines": ()}
                continue
            tail = self._transit.line_at.get(int(edges.tail[k])) if tails is heads else None
            line = self._transit.line_at.get(int(edges.head[k]), tail)
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

    def _car_costs(self) -> tuple[Floats, ...]:
        """Minutes, pence, generalised and least minutes by car, each ``[n, z]``. No dial changes them."""
        a = self._a
        authority = self.region.neighbourhood_authority
        metres, toll, delay = self._barriers.by_car(self._homes, self._zones, authority, self._drive)
        minutes = self._drive(metres) + delay + a["car_terminal_minutes"]
        parking = self.region.zones["parking_pence_day"].to_numpy(np.float64) / DAY_TRIPS
        money = metres / METRES_PER_KM * a["car_detour"] * a["car_pence_per_km"] + toll + parking
        return minutes, money, minutes + money / self._pence_per_minute, minutes

    def _drive(self, metres: Floats) -> Floats:
        """Minutes of driving over straight-line metres: slow for the first stretch, faster after."""
        a = self._a
        road = metres / METRES_PER_KM * a["car_detour"]
        near = np.minimum(road, a["car_near_km"])
        middle = np.clip(road - a["car_near_km"], 0.0, a["car_middle_km"] - a["car_near_km"])
        far = np.maximum(road - a["car_middle_km"], 0.0)
        hours = near / a["car_near_kmh"] + middle / a["car_middle_kmh"] + far / a["car_far_kmh"]
        return hours * MINUTES_PER_HOUR

    def _active_costs(self, conditions: TravelConditions) -> tuple[Floats, ...]:
        """Minutes, pence, generalised and least minutes on foot or by cycle, the quicker, each ``[n, z]``."""
        a = self._a
        km = self._on_foot_km * a["active_detour"]
        speed = a["cycle_kmh"] * conditions.cycle_speed_factor
        walk = km / a["walk_kmh"] * MINUTES_PER_HOUR
        cycle = a["cycle_fixed_minutes"] + km / speed * MINUTES_PER_HOUR
        walk = np.where(km <= a["walk_max_km"], walk, UNREACHABLE)
        cycle = np.where(km <= a["cycle_max_km"], cycle, UNREACHABLE)
        minutes = np.minimum(np.minimum(walk, cycle), UNREACHABLE)
        generalised = np.where(minutes < UNREACHABLE, minutes * a["active_weight"], UNREACHABLE)
        return minutes, np.zeros_like(minutes), np.minimum(generalised, UNREACHABLE), minutes


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
