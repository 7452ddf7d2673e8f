"""What public transport costs: tickets, the weight of each edge, and the best path for each home and zone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numba import njit
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from simulation.transit_graph import Edges, TransitGraph
from simulation.travel_terms import DAY_TRIPS, UNREACHABLE, Floats, Ints, TravelConditions


@dataclass(frozen=True)
class Tickets:
    """What one choice of tickets costs, pence: at the outset, for each boarding, and for each km by rail."""

    outset: float
    bus: float
    rail: float
    km: float
    far_km: float


def tickets(a: Mapping[str, float], conditions: TravelConditions) -> list[Tickets]:
    """Every choice of tickets: singles, bus day ticket, through rail fare, both, day ticket for all."""
    single = a["bus_single_pence"] * conditions.bus_fare_factor
    day = a["bus_day_pence"] * conditions.bus_fare_factor / DAY_TRIPS
    base, km = a["rail_base_pence"], a["rail_pence_per_km"]
    return [
        Tickets(0.0, single, base, km, km),
        Tickets(base, single, 0.0, km, km),
        Tickets(day, 0.0, base, km, km),
        Tickets(day + base, 0.0, 0.0, km, km),
        Tickets(a["all_mode_day_pence"] / DAY_TRIPS, 0.0, 0.0, 0.0, km),
    ]


def _weigh(a: Mapping[str, float], edges: Edges, conditions: TravelConditions) -> tuple[Floats, Floats]:
    """Minutes by the clock, and with weights, of each edge; fares apart."""
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


def transit_costs(
    graph: TransitGraph, a: Mapping[str, float], pence_per_minute: float, conditions: TravelConditions
) -> tuple[Floats, Floats, Floats, Floats]:
    """Cost of the best journey by bus and rail between each neighbourhood and each zone, and of the quickest.

    Args:
        graph: Public transport.
        a: Value of each assumption by name without ``travel_``.
        pence_per_minute: Value of time.
        conditions: The dials.

    Returns:
        Minutes, pence and generalised minutes of the journey of least generalised cost, and minutes of the
        quickest, each ``[n, z]``.
    """
    edges, ways, _ = graph.with_stations(conditions)
    n_nodes = graph.n_nodes + len(conditions.new_stations)
    zones = np.arange(graph.first_zone, graph.n_nodes)
    minutes, weighted = _weigh(a, edges, conditions)
    way_minutes, way_weighted = _weigh(a, ways, conditions)
    order = np.argsort(ways.tail, kind="stable")
    starts = np.searchsorted(ways.tail[order], np.arange(graph.region.n_neighbourhoods + 1))
    shape = (graph.region.n_neighbourhoods, graph.region.n_zones)
    best, best_minutes, best_money = (
        np.full(shape, UNREACHABLE),
        np.full(shape, UNREACHABLE),
        np.zeros(shape),
    )
    for ticket in tickets(a, conditions):
        pence = _fares(edges, ticket)
        way_pence = _fares(ways, ticket) + ticket.outset
        _enter(
            starts,
            ways.head[order],
            (way_weighted + way_pence / pence_per_minute)[order],
            way_minutes[order],
            way_pence[order],
            *_from_all(n_nodes, edges, weighted + pence / pence_per_minute, minutes, pence, zones),
            best,
            best_minutes,
            best_money,
        )
    # Whoever is in a hurry asks for no ticket.
    quickest, clock, free = np.full(shape, UNREACHABLE), np.full(shape, UNREACHABLE), np.zeros(len(ways))
    by_clock = _from_all(n_nodes, edges, minutes, minutes, np.zeros(len(edges)), zones)
    _enter(
        starts, ways.head[order], way_minutes[order], way_minutes[order], free, *by_clock, quickest, clock,
        np.zeros(shape),
    )  # fmt: skip
    return best_minutes, best_money, best, quickest


def _fares(edges: Edges, ticket: Tickets) -> Floats:
    """Pence of each edge."""
    return edges.bus * ticket.bus + edges.rail * ticket.rail + edges.rail_km * ticket.km + edges.far_km * ticket.far_km


def _from_all(
    n_nodes: int, edges: Edges, cost: Floats, minutes: Floats, pence: Floats, zones: Ints
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
