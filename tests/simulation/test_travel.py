"""Travel costs are plausible, consistent, and never get worse when a dial gets better."""

from __future__ import annotations

from pathlib import Path

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulation.geometry import Barriers, project
from simulation.region import Region, load_region
from simulation.travel import (
    ACTIVE,
    CAR,
    TRANSIT,
    UNREACHABLE,
    TravelConditions,
    TravelCosts,
    TravelNetwork,
)


@pytest.fixture(scope="module")
def region() -> Region:
    return load_region("lcr")


@pytest.fixture(scope="module")
def network(region: Region) -> TravelNetwork:
    return TravelNetwork(region)


@pytest.fixture(scope="module")
def costs(network: TravelNetwork) -> TravelCosts:
    return network.costs()


def mean_from(region: Region, array: np.ndarray, settlement: str, zone: str) -> float:
    """Mean over the neighbourhoods of a settlement of what it takes to reach a zone."""
    homes = (region.neighbourhoods["settlement"] == settlement).to_numpy()
    return float(array[homes, region.zone_index[zone]].mean())


# Shape and consistency --------------------------------------------------------------------------------


def test_arrays(region: Region, costs: TravelCosts) -> None:
    for array in (costs.minutes, costs.money, costs.generalised, costs.quickest):
        assert array.shape == (3, region.n_neighbourhoods, region.n_zones)
        assert array.dtype == np.float32
        assert np.isfinite(array).all()
        assert (array >= 0).all()
        assert not array.flags.writeable


def test_generalised_cost_is_never_below_the_clock(costs: TravelCosts) -> None:
    assert (costs.generalised >= costs.minutes - 1e-3).all()
    unreachable = costs.minutes >= UNREACHABLE
    assert (costs.generalised[unreachable] == UNREACHABLE).all()
    assert (costs.money[unreachable] == 0).all()
    assert not unreachable[CAR].any()
    assert not unreachable[TRANSIT].any(), "every zone can be reached by public transport"


def test_the_quickest_way_takes_no_longer_than_the_one_that_people_choose(costs: TravelCosts) -> None:
    assert (costs.quickest <= costs.minutes).all()
    assert (costs.quickest[TRANSIT] < costs.minutes[TRANSIT]).any(), "some go the cheaper way"
    for mode in (CAR, ACTIVE):
        assert np.array_equal(costs.quickest[mode], costs.minutes[mode]), "there is one way"


def test_costs_are_worked_out_once(network: TravelNetwork) -> None:
    assert network.costs() is network.costs(TravelConditions())
    half = network.costs(TravelConditions(bus_fare_factor=0.5))
    assert network.costs(TravelConditions(bus_fare_factor=0.5)) is half
    assert half is not network.costs()


def test_costs_do_not_depend_on_what_was_asked_before(region: Region, network: TravelNetwork) -> None:
    dials = TravelConditions(bus_headway_factor=0.7, new_stations=((343300.0, 393000.0, "Stockbridge"),))
    again = TravelNetwork(region)
    for name in ("minutes", "money", "generalised", "quickest"):
        assert np.array_equal(getattr(again.costs(dials), name), getattr(network.costs(dials), name))
        assert np.array_equal(getattr(again.costs(), name), getattr(network.costs(), name))


def test_memory_is_limited(region: Region) -> None:
    network = TravelNetwork(region)
    first = network.costs()
    for k in range(20):
        network.costs(TravelConditions(bus_fare_factor=k / 20))
    assert network.costs() is not first


def test_best_mode(costs: TravelCosts) -> None:
    mode, best = costs.best(car=True)
    assert np.array_equal(best, costs.generalised.min(axis=0))
    assert mode.dtype == np.int8
    mode, best = costs.best(car=False)
    assert set(np.unique(mode)) == {TRANSIT, ACTIVE}
    assert np.array_equal(best, costs.generalised[1:].min(axis=0))


def test_reach(region: Region, network: TravelNetwork) -> None:
    by_car, without = network.reach(None, car=True), network.reach(None, car=False)
    assert (by_car >= without).all()
    assert ((without >= 0) & (by_car <= 1 + 1e-12)).all()
    assert (network.reach(None, car=False, minutes=30) <= without).all()
    centre = np.zeros(region.n_zones)
    centre[region.zone_index["Z-liverpool-centre"]] = 7.0
    assert set(np.unique(network.reach(None, False, 45, centre))) == {0.0, 1.0}
    assert 0.15 < np.average(without, weights=region.neighbourhood_working_age) < 0.45


# Plausibility -----------------------------------------------------------------------------------------


def test_known_journeys(region: Region, costs: TravelCosts) -> None:
    """Minutes door to door, against what was expected beforehand, with room either side."""
    known = [
        ("Kirkby Westvale and Southdene", "Z-liverpool-centre", TRANSIT, 35, 52),
        ("Southport town", "Z-liverpool-centre", TRANSIT, 50, 70),
        ("Birkenhead", "Z-liverpool-centre", TRANSIT, 15, 30),
        ("St Helens town centre", "Z-liverpool-centre", TRANSIT, 45, 70),
        ("Norris Green", "Z-knowsley-park", TRANSIT, 30, 55),
        ("Kirkby Westvale and Southdene", "Z-liverpool-centre", CAR, 20, 35),
        ("Southport town", "Z-liverpool-centre", CAR, 38, 55),
        ("Birkenhead", "Z-liverpool-centre", CAR, 10, 22),
        ("Everton", "Z-liverpool-centre", ACTIVE, 8, 25),
    ]
    for settlement, zone, mode, low, high in known:
        minutes = mean_from(region, costs.minutes[mode], settlement, zone)
        assert low <= minutes <= high, (settlement, zone, mode, minutes)


def test_mean_commute_by_car(region: Region, costs: TravelCosts) -> None:
    """With the pull of jobs halving every 2.3 km (Manning and Petrongolo 2017) or falling with cost."""
    jobs = region.zone_jobs_share() + np.where(region.zone_authority < 0, region.zone_job_weight * 0.16, 0.0)
    pull = jobs * np.exp(-0.06 * costs.generalised[CAR])
    trips = pull / pull.sum(axis=1, keepdims=True) * region.neighbourhood_working_age[:, None]
    assert 18 < (trips * costs.minutes[CAR]).sum() / trips.sum() < 26


def test_the_river_is_in_the_way(region: Region, costs: TravelCosts) -> None:
    """New Brighton is nearer to Seaforth than to Birkenhead, but not for anybody who travels."""
    metres = np.hypot(*(region.neighbourhood_xy[:, None] - region.zone_xy[None]).transpose(2, 0, 1))
    for mode in (CAR, TRANSIT):
        far = mean_from(region, costs.minutes[mode], "New Brighton", "Z-port-seaforth")
        near = mean_from(region, costs.minutes[mode], "New Brighton", "Z-birkenhead")
        assert far > near + 5
    assert mean_from(region, metres, "New Brighton", "Z-port-seaforth") < mean_from(
        region, metres, "New Brighton", "Z-birkenhead"
    )
    seacombe = mean_from(region, costs.minutes[ACTIVE], "Seacombe", "Z-liverpool-centre")
    assert seacombe == UNREACHABLE


def test_tolls(region: Region, costs: TravelCosts) -> None:
    """People of Halton cross their bridge free of toll."""
    widnes = mean_from(region, costs.money[CAR], "Widnes Riverside and Kingsway", "Z-runcorn")
    assert widnes < 100
    wirral = mean_from(region, costs.money[CAR], "Seacombe", "Z-liverpool-centre")
    assert wirral > 100 + 400 / 2


def test_fares(region: Region, costs: TravelCosts) -> None:
    values = region.assumption_values()
    inside = region.zone_authority >= 0
    money = costs.money[TRANSIT][:, inside]
    assert money.max() <= values["travel_all_mode_day_pence"] + values["travel_bus_single_pence"]
    assert money.min() >= values["travel_rail_base_pence"]


def test_neighbourhoods_are_on_their_own_side(region: Region) -> None:
    places = region.table("settlements").set_index(["authority", "name"])[["easting_m", "northing_m"]]
    keys = pd.MultiIndex.from_frame(region.neighbourhoods[["authority", "settlement"]])
    centres = places.loc[keys].to_numpy(np.float64)
    assert not Barriers(region).crossed(region.neighbourhood_xy, centres).any()


# Dials ------------------------------------------------------------------------------------------------

factor = st.floats(0.0, 2.0)
place = st.tuples(st.floats(322_000, 360_000), st.floats(380_000, 418_000), st.just("New station"))
dials = st.builds(
    TravelConditions,
    bus_fare_factor=factor,
    bus_headway_factor=factor,
    bus_reliability_factor=factor,
    cycle_speed_factor=st.floats(0.2, 3.0),
    new_stations=st.lists(place, max_size=2).map(tuple),
)


@settings(max_examples=25, deadline=None)
@given(before=dials, shares=st.tuples(*[st.floats(0.0, 1.0)] * 3), faster=st.floats(1.0, 3.0), stop=place)
def test_a_better_dial_never_costs_more_nor_takes_longer(
    network: TravelNetwork,
    before: TravelConditions,
    shares: tuple[float, float, float],
    faster: float,
    stop: tuple[float, float, str],
) -> None:
    """Each dial by itself, and all of them at once; neither in cost nor in the time that the quickest way takes."""
    better = {
        "bus_fare_factor": before.bus_fare_factor * shares[0],
        "bus_headway_factor": before.bus_headway_factor * shares[1],
        "bus_reliability_factor": before.bus_reliability_factor * shares[2],
        "cycle_speed_factor": before.cycle_speed_factor * faster,
        "new_stations": (*before.new_stations, stop),
    }
    was, now = network.costs(before), vars(before)
    for change in (*({name: value} for name, value in better.items()), better):
        costs = network.costs(TravelConditions(**now | change))
        assert (costs.generalised <= was.generalised).all(), change
        assert (costs.quickest <= was.quickest).all(), change


def test_each_dial_does_something(network: TravelNetwork, costs: TravelCosts) -> None:
    for change, mode in (
        (TravelConditions(bus_fare_factor=0.5), TRANSIT),
        (TravelConditions(bus_headway_factor=0.5), TRANSIT),
        (TravelConditions(bus_reliability_factor=0.5), TRANSIT),
        (TravelConditions(cycle_speed_factor=1.3), ACTIVE),
        (TravelConditions(new_stations=((344000.0, 395500.0, "Knowsley Village"),)), TRANSIT),
    ):
        new = network.costs(change).generalised
        assert (new[mode] < costs.generalised[mode]).any(), change
        other = [k for k in (CAR, TRANSIT, ACTIVE) if k != mode]
        assert np.array_equal(new[other], costs.generalised[other])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("bus_fare_factor", -0.1),
        ("bus_headway_factor", float("nan")),
        ("bus_reliability_factor", float("inf")),
        ("cycle_speed_factor", 0.0),
    ],
)
def test_impossible_conditions_are_refused(name: str, value: float) -> None:
    with pytest.raises(ValueError, match=f"TravelConditions.{name}: .* is not allowed"):
        TravelConditions(**{name: value})


def test_impossible_station_is_refused() -> None:
    with pytest.raises(ValueError, match="new_stations"):
        TravelConditions(new_stations=((float("nan"), 0.0, "Nowhere"),))


# The graph for analysis -------------------------------------------------------------------------------


def test_graph(region: Region, network: TravelNetwork) -> None:
    graph = network.graph()
    assert isinstance(graph, nx.Graph)
    assert nx.is_connected(graph)
    kinds = pd.Series(nx.get_node_attributes(graph, "kind")).value_counts()
    assert kinds["neighbourhood"] == region.n_neighbourhoods
    assert kinds["zone"] == region.n_zones
    assert kinds["station"] + kinds["hub"] == len(region.stops)
    for _, _, edge in graph.edges(data=True):
        assert set(edge) == {"mode", "time", "fare", "headway", "reliability", "lines"}
        assert edge["mode"] in ("walk", "bus", "rail")
        assert min(edge["time"], edge["fare"], edge["headway"], edge["reliability"]) >= 0
    rail = graph.edges["R-southport", "R-birkdale"]
    assert rail["mode"] == "rail"
    assert rail["headway"] == 15
    minutes = nx.shortest_path_length(graph, "R-southport", "R-central", weight="time")
    assert 40 < minutes < 50, "about 45 was expected"


def test_graph_follows_the_dials(network: TravelNetwork) -> None:
    change = TravelConditions(
        bus_fare_factor=0.5, bus_headway_factor=0.5, new_stations=((344000.0, 395500.0, "Knowsley Village"),)
    )
    before, after = network.graph(), network.graph(change)
    edge = ("H-birkenhead", "H-liverpool-centre")
    assert after.edges[edge]["fare"] == before.edges[edge]["fare"] / 2
    assert after.edges[edge]["headway"] == before.edges[edge]["headway"] / 2
    assert after.edges["R-southport", "R-birkdale"] == before.edges["R-southport", "R-birkdale"]
    assert after.nodes["new-1"]["name"] == "Knowsley Village"
    assert after.degree("new-1") > 0


# A journey by hand ------------------------------------------------------------------------------------


def small_region(region: Region, **changed: pd.DataFrame) -> Region:
    """One home, a bus line of two stops 6 km apart, a zone at its far end, the region's assumptions."""
    at = {"authority": "Town", "source": "assumed"}
    tables = {
        "authorities": pd.DataFrame([{"name": "Town", "workplace_commuters_2021": 10}]),
        "neighbourhoods": pd.DataFrame([{"id": "N", "settlement": "S", "easting_m": 0, "northing_m": 240, **at}]),
        "zones": pd.DataFrame(
            [{"id": "Z", "name": "Z", "easting_m": 6000, "northing_m": 0, "parking_pence_day": 100, **at}]
        ).assign(job_weight=1.0, kind="business_park"),
        "stops": pd.DataFrame(
            [
                {"id": "A", "name": "A", "kind": "hub", "easting_m": 0, "northing_m": 0, **at},
                {"id": "B", "name": "B", "kind": "hub", "easting_m": 6000, "northing_m": 0, **at},
            ]
        ),
        "lines": pd.DataFrame(
            [
                {
                    "id": "L",
                    "name": "L",
                    "mode": "bus",
                    "headway_minutes": 10.0,
                    "reliability_minutes": 4.0,
                    "speed_kmh": 18.0,
                    "stops": "A B",
                }
            ]
        ),
        "assumptions": region.table("assumptions"),
    }
    return Region("small", "Small", 2019, Path("."), "0", {"sectors": ["a"]}, tables | changed)


def test_a_bus_journey_by_hand(region: Region) -> None:
    a = region.assumption_values()
    small = small_region(region)
    costs = TravelNetwork(small).costs(TravelConditions(bus_headway_factor=0.5, bus_fare_factor=0.5))
    walk = 0.24 * a["travel_active_detour"] / a["travel_walk_kmh"] * 60
    ride = 6 * a["travel_bus_detour"] / 18 * 60
    fare = a["travel_bus_single_pence"] * 0.5
    assert costs.minutes[TRANSIT, 0, 0] == pytest.approx(walk + 2.5 + ride, rel=1e-6)
    assert costs.money[TRANSIT, 0, 0] == pytest.approx(fare)
    weighted = (
        walk * a["travel_walk_weight"]
        + 2.5 * a["travel_wait_weight"]
        + ride
        + 4 * a["travel_reliability_weight"]
        + fare / (a["travel_value_of_time"] * 100 / 60)
    )
    assert costs.generalised[TRANSIT, 0, 0] == pytest.approx(weighted, rel=1e-6)


def test_a_car_journey_by_hand(region: Region) -> None:
    a = region.assumption_values()
    costs = TravelNetwork(small_region(region)).costs()
    km = np.hypot(6.0, 0.24) * a["travel_car_detour"]
    minutes = a["travel_car_terminal_minutes"] + 60 * (
        a["travel_car_near_km"] / a["travel_car_near_kmh"] + (km - a["travel_car_near_km"]) / a["travel_car_middle_kmh"]
    )
    pence = km * a["travel_car_pence_per_km"] + 50
    assert costs.minutes[CAR, 0, 0] == pytest.approx(minutes, rel=1e-6)
    assert costs.money[CAR, 0, 0] == pytest.approx(pence, rel=1e-6)
    value = a["travel_value_of_time"] * 100 / 60
    assert costs.generalised[CAR, 0, 0] == pytest.approx(minutes + pence / value, rel=1e-6)


def test_a_river_without_a_crossing_for_walkers(region: Region) -> None:
    small = small_region(
        region,
        zones=pd.DataFrame(
            [{"id": "Z", "name": "Z", "easting_m": 1000, "northing_m": 0, "parking_pence_day": 0}]
        ).assign(authority="Town", job_weight=1.0, kind="local"),
        barriers=pd.DataFrame(
            [
                {"barrier": "River", "sequence": 1, "easting_m": 500, "northing_m": -9000},
                {"barrier": "River", "sequence": 2, "easting_m": 500, "northing_m": 9000},
            ]
        ),
        crossings=pd.DataFrame(
            [
                {
                    "name": "Bridge",
                    "barrier": "River",
                    "easting_m": 500,
                    "northing_m": 3000,
                    "toll_pence": 100.0,
                    "toll_free_authority": "none",
                    "delay_minutes": 2.0,
                    "active": 0,
                }
            ]
        ),
    )
    costs = TravelNetwork(small).costs()
    assert costs.minutes[ACTIVE, 0, 0] == UNREACHABLE
    a = region.assumption_values()
    km = (np.hypot(500, 2760) + np.hypot(500, 3000)) / 1000 * a["travel_car_detour"]
    assert costs.money[CAR, 0, 0] == pytest.approx(km * a["travel_car_pence_per_km"] + 100, rel=1e-6)


def test_a_new_station_needs_a_railway(region: Region) -> None:
    network = TravelNetwork(small_region(region))
    with pytest.raises(ValueError, match="no railway line"):
        network.costs(TravelConditions(new_stations=((0.0, 0.0, "Halt"),)))


def test_assumptions_are_read(region: Region, costs: TravelCosts) -> None:
    values = region.assumption_values() | {"travel_bus_single_pence": 260.0, "travel_car_pence_per_km": 12.0}
    dearer = TravelNetwork(region, values).costs()
    assert (dearer.generalised >= costs.generalised).all()
    assert (dearer.generalised[CAR] > costs.generalised[CAR]).all()


def test_project() -> None:
    places = np.array([[5.0, 3.0], [-4.0, 3.0], [14.0, 0.0]])
    away, along, length = project(places, np.array([0.0, 0.0]), np.array([10.0, 0.0]))
    assert away.tolist() == [3.0, 5.0, 4.0]
    assert along.tolist() == [5.0, 0.0, 10.0]
    assert length == 10.0
