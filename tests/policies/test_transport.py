"""Transport's channel: journeys cost less, most for those without a car, and so more vacancies are within reach.

Reach is compared at the vacancies of the baseline, so that only travel differs. Two measures of it: vacancies within
45 minutes by the clock, and vacancies discounted by generalised cost, by which people search.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from policies import Transport
from simulation import Economy
from simulation.levers import Levers
from simulation.travel import TravelConditions, TravelNetwork

Run = Callable[..., Economy]
Floats = NDArray[np.float64]

#: Outlying and central, in metres from the site of the city centre; 7 km is about the median deprived neighbourhood.
FAR, NEAR = 10_000.0, 5_000.0
#: Deciles of deprivation that count as deprived here.
DEPRIVED = 3

ranges = {"fare_cut": 1.0, "frequency": 1.0, "reliability": 0.9, "cycle_speed": 0.3}
NOTHING = dict.fromkeys(ranges, 0.0)


def conditions(economy: Economy, *policies: Transport) -> TravelConditions:
    levers = Levers()
    for policy in policies:
        policy.move(levers, economy)
    return levers.travel


@pytest.fixture(scope="module")
def plain(run: Run) -> Economy:
    """The baseline after 20 months."""
    return run()


@pytest.fixture(scope="module")
def network(plain: Economy) -> TravelNetwork:
    return plain.network


# Travel cost --------------------------------------------------------------------------------------------


@settings(max_examples=15)
@given(
    less=st.fixed_dictionaries({name: st.floats(0.0, high) for name, high in ranges.items()}),
    more=st.fixed_dictionaries({name: st.floats(0.0, 1.0) for name in ranges}),
    strength=st.floats(0.01, 2.0),
)
def test_a_bolder_policy_never_raises_the_cost_of_a_journey(
    plain: Economy, network: TravelNetwork, less: dict[str, float], more: dict[str, float], strength: float
) -> None:
    """From no policy to a modest one to a bolder one, for every pair of places, with a car and without."""
    bolder = {name: less[name] + more[name] * (high - less[name]) for name, high in ranges.items()}
    steps = (
        TravelConditions(),
        conditions(plain, Transport(strength=strength, **less)),
        conditions(plain, Transport(strength=strength, **bolder)),
    )
    costs = [network.costs(step) for step in steps]
    for car in (False, True):
        before, modest, bold = (cost.best(car)[1] for cost in costs)
        assert (modest <= before).all()
        assert (bold <= modest).all()


@pytest.mark.parametrize("strength", [0.5, 1.0, 2.0])
def test_a_deeper_fare_cut_never_costs_more(plain: Economy, network: TravelNetwork, strength: float) -> None:
    """Fares alone, on a grid up to free buses and beyond; each cut is felt somewhere until fares are nought."""
    last = network.costs(TravelConditions())
    for cut in (0.25, 0.5, 0.75, 1.0):
        dials = {**NOTHING, "fare_cut": cut}
        now = network.costs(conditions(plain, Transport(strength=strength, **dials)))
        assert (now.generalised <= last.generalised).all()
        if strength * cut <= 1.0:
            assert (now.generalised < last.generalised).any()
        last = now


def test_a_new_station_brings_its_neighbours_nearer(plain: Economy, network: TravelNetwork) -> None:
    """A station on the Northern line at the Baltic Triangle, as the city region plans; its neighbours go by train."""
    place = (334_900.0, 389_000.0)
    station = Transport(**NOTHING, new_stations=((*place, "Liverpool Baltic"),))
    before, after = (
        network.costs(each).best(car=False)[1] for each in (TravelConditions(), conditions(plain, station))
    )
    assert (after <= before).all()
    gain = (before - after).sum(axis=1)
    near = np.hypot(*(plain.region.neighbourhood_xy - np.array(place)).T) < 1_200.0
    assert gain[near].mean() > gain[~near].mean() > -1e-6
    assert gain[near].max() > 0


def test_several_policies_multiply(plain: Economy) -> None:
    one, other = Transport(fare_cut=0.5, reliability=0.0), Transport(fare_cut=0.2, frequency=0.5, reliability=0.0)
    both = conditions(plain, one, other)
    assert both.bus_fare_factor == pytest.approx(0.5 * 0.8)
    assert both.bus_headway_factor == pytest.approx(1.0 / (1.2 * 1.5))
    assert conditions(plain, Transport(strength=2.0, fare_cut=1.0)).bus_fare_factor == 0.0, "never below nothing"


# Reach --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def baselines(run: Run) -> list[Economy]:
    """Baselines of several seeds, whose vacancies and homes are pooled: those of one seed are few in most places."""
    return [run(seed=seed) for seed in (1, 2, 7, 8)]


@pytest.fixture(scope="module")
def reaches(
    baselines: list[Economy], plain: Economy, network: TravelNetwork
) -> dict[bool, list[tuple[Floats, Floats]]]:
    """Vacancies of the baseline in reach of each neighbourhood, for those without and with a car.

    Without and with the policy at its default dials; within 45 minutes, and discounted by cost.
    """
    vacancies = sum(economy.smoothed_posts for economy in baselines)
    decay = plain.assumptions["search_decay_per_minute"]

    def reach(travel: TravelConditions, car: bool) -> tuple[Floats, Floats]:
        discount = np.exp(-decay * network.costs(travel).best(car)[1])
        return network.reachable(travel, car) @ vacancies, discount @ vacancies

    travels = (TravelConditions(), conditions(plain, Transport()))
    return {car: [reach(travel, car) for travel in travels] for car in (False, True)}


def homes(baselines: list[Economy], car: int) -> Floats:
    """Households by neighbourhood, those without or with a car."""
    found = np.zeros(baselines[0].region.n_neighbourhoods)
    for economy in baselines:
        households = economy.households
        rows = households.rows()
        mine = rows[households.car[rows] == car]
        found += np.bincount(households.neighbourhood[mine], minlength=found.size)
    return found


def places(economy: Economy) -> dict[str, NDArray[np.bool_]]:
    region = economy.region
    centre = int(np.flatnonzero(region.zones["kind"] == "city_centre")[0])
    metres = np.hypot(*(region.neighbourhood_xy - region.zone_xy[centre]).T)
    deprived = region.neighbourhood_decile <= DEPRIVED
    found = {"outlying deprived": deprived & (metres > FAR), "central deprived": deprived & (metres < NEAR)}
    assert all(mask.sum() > 50 for mask in found.values())
    return found


def relative_gain(before: Floats, after: Floats, weight: Floats) -> float:
    """Growth of what the households of some neighbourhoods can reach together."""
    return float((after * weight).sum() / (before * weight).sum() - 1.0)


@pytest.mark.parametrize("measure", [0, 1], ids=["within 45 minutes", "discounted by cost"])
def test_households_without_a_car_reach_more_vacancies(
    baselines: list[Economy], reaches: dict[bool, list[tuple[Floats, Floats]]], measure: int
) -> None:
    """More so in outlying deprived neighbourhoods than in central ones, and far more than those with a car."""
    before, after = (step[measure] for step in reaches[False])
    without, with_car = homes(baselines, 0), homes(baselines, 1)
    where = places(baselines[0])
    gains = {name: relative_gain(before, after, without * mask) for name, mask in where.items()}
    assert relative_gain(before, after, without) > 0.01
    assert gains["outlying deprived"] > 1.2 * gains["central deprived"] > 0
    drivers = [step[measure] for step in reaches[True]]
    assert gains["outlying deprived"] > 10 * relative_gain(*drivers, with_car * where["outlying deprived"])


def test_nobody_with_a_car_loses(reaches: dict[bool, list[tuple[Floats, Floats]]]) -> None:
    """They too may take the bus; the roads are as they were."""
    before, after = reaches[True]
    assert (after[1] >= before[1]).all()
    assert (after[0] >= before[0]).all()


@pytest.mark.parametrize("measure", [0, 1], ids=["within 45 minutes", "discounted by cost"])
def test_nobody_without_a_car_has_less_to_search(
    reaches: dict[bool, list[tuple[Floats, Floats]]], measure: int
) -> None:
    """In every single neighbourhood, by the clock and by the cost at which people search."""
    before, after = (step[measure] for step in reaches[False])
    assert (after >= before).all()
    assert (after > before).mean() > (0.3, 0.9)[measure]


def test_cheaper_buses_take_nothing_out_of_reach(network: TravelNetwork) -> None:
    free, plain = (network.reachable(TravelConditions(bus_fare_factor=factor), False) for factor in (0.0, 1.0))
    assert np.array_equal(free, plain), "what a journey costs is no part of how long it takes"


@pytest.mark.slow
def test_in_whole_runs_reach_rises_and_some_leave_their_cars(run: Run, start: str) -> None:
    """Paired by seed, with the dials turned up; vacancies are each run's own."""
    policy = Transport(start=start, fare_cut=1.0, frequency=1.0, reliability=0.9)
    changes: list[dict[str, float]] = []
    for seed in (7, 8):
        bold, same = (run(*policies, seed=seed).indicators[3:].mean() for policies in ((policy,), ()))
        changes.append({name: bold[name] - same[name] for name in ("reachable_vacancies_no_car", "car_commute_share")})
    assert all(change["reachable_vacancies_no_car"] > 0 for change in changes)
    assert all(change["car_commute_share"] < 0 for change in changes)


# Cost ---------------------------------------------------------------------------------------------------


COSTS = {
    "fare_cut": "bus_fare_revenue",
    "frequency": "bus_operating_cost",
    "reliability": "bus_priority_cost",
    "cycle_speed": "cycle_network_cost",
}


@pytest.mark.parametrize(("name", "row"), COSTS.items())
def test_each_dial_is_paid_for_by_its_row(make_economy: Run, name: str, row: str) -> None:
    economy = make_economy(months=2, policies=(Transport(start="2020-05", **{**NOTHING, name: 0.2}),)).run()
    yearly = 0.2 * economy.assumptions[row] * 1e6
    assert economy.ledger.headings == {
        **{month: {} for month in range(-economy.scenario.burn_in, 1)},
        1: {"transport": pytest.approx(yearly / 12 / economy.scale * 100, abs=1)},
    }


def test_a_station_is_paid_for_over_five_years(make_economy: Run) -> None:
    """From the start of the policy, not of the run: here the last month of the five years and the one after."""
    fields: dict[str, Any] = {**NOTHING, "new_stations": ((334_900.0, 389_000.0, "Liverpool Baltic"),)}
    economy = make_economy(months=2, policies=(Transport(start="2015-05", **fields),)).run()
    monthly = economy.assumptions["station_cost"] * 1e6 / 60
    assert economy.ledger.headings[0] == {"transport": pytest.approx(monthly / economy.scale * 100, abs=1)}
    assert economy.ledger.headings[1] == {}
