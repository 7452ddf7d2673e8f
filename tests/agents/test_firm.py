"""Firms: what they expect, whom they want, what they pay and charge, when they join and when they close."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.firm import (
    accreditation_hazard,
    closure_hazard,
    expect_demand,
    next_wage_effect,
    price_after_cost,
    wanted_labour,
)

# Expectations ----------------------------------------------------------------------------------------


@given(st.floats(0, 1e7), st.floats(0, 1e7), st.floats(0, 1e6), st.floats(0.05, 1.0))
def test_expectations_converge_on_what_customers_want(
    first: float, met: float, unmet: float, adjustment: float
) -> None:
    expected = np.array([first])
    gaps = []
    for _ in range(400):
        gaps.append(abs(expected[0] - met - unmet))
        expected = expect_demand(expected, np.array([met]), np.array([unmet]), adjustment)
    assert expected[0] == pytest.approx(met + unmet, rel=1e-6, abs=0.1)
    assert (np.diff(gaps) <= 1e-6).all(), "and never overshoot"


def test_turned_away_customers_count_as_demand() -> None:
    assert expect_demand(np.array([100.0]), np.array([100.0]), np.array([20.0]), 0.5).tolist() == [110.0]


# Headcount -------------------------------------------------------------------------------------------


@given(st.floats(0, 1e7), st.floats(1, 1e5), st.integers(0, 500), st.floats(0, 0.5))
def test_small_gaps_are_ignored_and_large_ones_closed(
    expected: float, output: float, workers: int, inertia: float
) -> None:
    wanted = wanted_labour(np.array([expected]), np.array([output]), np.array([float(workers)]), inertia)[0]
    needed = expected / output
    assert wanted in (workers, needed)
    if abs(needed - workers) < 0.999 * inertia * max(workers, 1):
        assert wanted == workers
    if abs(needed - workers) > 1.001 * inertia * max(workers, 1):
        assert wanted == needed


def test_more_demand_never_means_fewer_workers() -> None:
    expected = np.linspace(0.0, 50_000.0, 500)
    wanted = wanted_labour(expected, np.full(500, 1000.0), np.full(500, 20.0), 0.1)
    assert (np.diff(wanted) >= 0).all()
    assert wanted[0] == 0.0
    assert wanted[-1] == 50.0
    assert (wanted[(expected > 18_001) & (expected < 21_999)] == 20.0).all()


# Pay -------------------------------------------------------------------------------------------------


def test_pay_rises_with_posts_that_stay_open_and_with_tightness() -> None:
    months = np.array([0.0, 3.0, 4.0, 9.0, 40.0])
    effect = next_wage_effect(np.zeros(5), months, np.zeros(5), 0.01, 0.05)
    assert effect == pytest.approx([0.0, 0.0, 0.01, 0.06, 0.06])
    gap = np.array([-0.2, 0.0, 0.2])
    assert next_wage_effect(np.full(3, 0.1), np.zeros(3), gap, 0.01, 0.05) == pytest.approx([0.09, 0.1, 0.11])


@given(st.floats(-0.5, 0.5), st.floats(-0.5, 0.5), st.floats(0.02, 0.5))
def test_pay_converges_on_what_the_wage_curve_calls_for(start: float, called_for: float, pull: float) -> None:
    effect = np.array([start])
    for _ in range(600):
        effect = next_wage_effect(effect, np.zeros(1), called_for - effect, 0.01, pull)
    assert effect[0] == pytest.approx(called_for, abs=1e-3)


# Prices ----------------------------------------------------------------------------------------------


@given(st.floats(-3, 3), st.floats(0, 1))
def test_part_of_a_rise_in_cost_is_passed_on(change: float, share: float) -> None:
    price = price_after_cost(np.array([change]), share)[0]
    assert 0.7 <= price <= 1.5
    assert (price - 1.0) * change >= 0.0, "prices move with costs"
    assert abs(price - 1.0) <= abs(share * change) + 1e-12, "and never by more than is passed on"


def test_price_of_a_known_change() -> None:
    assert price_after_cost(np.array([0.0, 0.1, -0.1]), 0.6) == pytest.approx([1.0, 1.06, 0.94])


# Closure ---------------------------------------------------------------------------------------------


def closing(age: int = 60, workers: float = 4.0, margin: float = 0.05) -> float:
    return float(closure_hazard(np.array([age]), np.array([workers]), np.array([margin]), 0.2, 0.1)[0])


@given(st.integers(0, 600), st.floats(1, 5000), st.floats(-2, 2))
def test_a_closure_hazard_is_a_probability(age: int, workers: float, margin: float) -> None:
    assert 0.0 < closing(age, workers, margin) < 1.0


@given(st.integers(0, 600), st.floats(5, 500), st.floats(-0.4, 0.4), st.floats(1.05, 5))
def test_larger_and_more_profitable_firms_close_less_often(
    age: int, workers: float, margin: float, factor: float
) -> None:
    hazard = closing(age, workers, margin)
    assert closing(age, workers * factor, margin) < hazard
    assert closing(age, workers, margin + 0.05) < hazard


def test_young_firms_close_the_more_often_the_longer_they_have_lived_off_their_stake() -> None:
    young = [closing(age=age) for age in range(36)]
    assert young == sorted(set(young)), "the liability of adolescence"
    assert young[0] < closing(age=36) == closing(age=600) < young[35]


def test_the_rate_of_young_firms_is_the_mean_of_their_first_three_years() -> None:
    # Firms of up to five staff that break even, for which neither size nor margin counts.
    months = np.array([closing(age=age, margin=0.0) for age in range(36)])
    assert float(np.mean(1.0 - (1.0 - months) ** 12)) == pytest.approx(0.2)


def test_a_smallest_firm_without_profit_closes_at_the_annual_rate() -> None:
    assert 1.0 - (1.0 - closing(age=50, workers=1.0, margin=0.0)) ** 12 == pytest.approx(0.1)


# The charter -----------------------------------------------------------------------------------------


def joining(
    outreach: float = 0.3, peers: float = 0.2, contracts: float = 0.1, cost: float = 0.05, support: float = 0.2
) -> float:
    hazard = accreditation_hazard(
        outreach, np.array([peers]), np.array([contracts]), np.array([cost]), support, -3.0, 2.0, 4.0, 20.0
    )
    return float(hazard[0])


RATE = st.floats(0, 1)


@given(RATE, RATE, st.floats(0, 0.5), st.floats(0, 0.5), RATE)
def test_joining_is_a_chance_no_greater_than_that_of_being_asked(
    outreach: float, peers: float, contracts: float, cost: float, support: float
) -> None:
    assert 0.0 <= joining(outreach, peers, contracts, cost, support) <= outreach


@given(st.floats(0, 0.8), st.floats(0, 0.4), st.floats(0.01, 0.4), st.floats(0, 0.8))
def test_joining_rises_with_peers_contracts_and_support_and_falls_with_cost(
    peers: float, contracts: float, cost: float, support: float
) -> None:
    now = joining(0.3, peers, contracts, cost, support)
    assert joining(0.3, peers + 0.1, contracts, cost, support) > now
    assert joining(0.3, peers, contracts + 0.1, cost, support) > now
    assert joining(0.3, peers, contracts, cost, support + 0.1) > now
    assert joining(0.3, peers, contracts, cost + 0.05, support) < now


def test_nobody_joins_a_charter_that_does_not_exist() -> None:
    assert joining(outreach=0.0, peers=1.0, contracts=1.0, cost=0.0) == 0.0


def test_full_support_takes_the_cost_away() -> None:
    assert joining(cost=0.4, support=1.0) == joining(cost=0.0, support=0.0)
