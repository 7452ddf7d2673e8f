"""What a panel tells of firms and journeys to work, on cases worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from agents.organisation_fields import Kind
from agents.person_fields import Mode
from experiments.panel_firms import (
    Growth,
    Sizes,
    StartUps,
    dispersion_slope,
    tail_exponent,
    top_share,
    weighted_sd,
)
from experiments.panel_interview import interview
from experiments.panel_places import Commuting, choice_slope, pack_shares
from tests.experiments.fake_panel import FakeEconomy, values

# --- sizes ------------------------------------------------------------------------------------------


def test_share_of_the_largest_firms():
    size = np.array([100.0, *[1.0] * 99])
    assert top_share(size, np.ones(100), 0.01) == pytest.approx(100 / 199)
    # Half of the largest row is the largest hundredth.
    assert top_share(np.array([100.0, 1.0]), np.array([2.0, 98.0]), 0.01) == pytest.approx(100 / 298)


@pytest.mark.parametrize("exponent", [0.8, 1.06, 1.5])
def test_exponent_of_an_exact_pareto_tail(exponent):
    rank = np.arange(1, 2001) - 0.5
    size = 10.0 * (rank / 2000) ** (-1.0 / exponent)
    assert tail_exponent(size, np.ones(2000), 10.0) == pytest.approx(exponent)
    assert math.isnan(tail_exponent(size, np.ones(2000), 1e9))


def test_a_row_of_weight_two_is_two_firms():
    size, weight = np.array([50.0, 30.0, 20.0, 12.0]), np.array([1.0, 1.0, 1.0, 2.0])
    rank = np.array([0.5, 1.5, 2.5, 4.0])
    slope = np.polyfit(np.log(size), np.log(rank), 1, w=np.sqrt(weight))[0]
    assert tail_exponent(size, weight, 10.0) == pytest.approx(-slope)


def test_sizes_are_real_staff_and_small_firms_the_registered_ones():
    economy = FakeEconomy(scale=10)
    economy.add_firms(1, headcount=1, weight=10.0)  # ten firms of one
    economy.add_firms(1, headcount=3, outside_workers=1, weight=4.0)  # four of ten
    economy.add_firms(1, headcount=1, weight=10.0, registered=0)
    economy.add_firms(1, kind=int(Kind.ANCHOR), headcount=1000)
    sizes = Sizes()
    sizes.observe(economy)
    found = values(sizes.moments())
    assert found["firms_under_10_share"] == pytest.approx(10 / 14)
    # Of 24 firms the largest hundredth is 0.24 of one with 10 staff; all staff are 10 + 40 + 10.
    assert found["largest_percent_employment_share"] == pytest.approx(0.24 * 10 / 60)


# --- growth -----------------------------------------------------------------------------------------


def test_growth_of_those_that_survive_by_size_at_the_start():
    economy = FakeEconomy()
    economy.add_firms(4, headcount=[2, 2, 20, 20])
    economy.add_firms(2, headcount=20)
    growth = Growth()
    growth.observe(economy)
    orgs = economy.organisations
    orgs.headcount[:4] = [4, 1, 22, 18]
    orgs.uid[4] = 1  # the row passed to another firm
    orgs.remove(np.array([5]))
    growth.observe(economy)
    found = values(growth.moments())
    assert found["growth_sd_staff_1_4"] == pytest.approx(math.log(2))
    assert found["growth_sd_staff_10_49"] == pytest.approx(np.std(np.log([1.1, 0.9])))
    assert math.isnan(found["growth_sd_staff_5_9"])
    assert {m.quantity: m.sample for m in growth.moments()}["growth_sd_slope"] == 4


def test_slope_of_dispersion_on_size():
    size = np.repeat(2.0 ** np.arange(8), 40)
    sign = np.tile([1.0, -1.0], size.size // 2)
    slope, error = dispersion_slope(size, np.ones(size.size), 0.3 * sign * size**-0.18)
    assert slope == pytest.approx(-0.18)
    assert 0.0 < error < 0.05
    # Too few firms of a size tell nothing of its spread.
    assert math.isnan(dispersion_slope(size[:40], np.ones(40), sign[:40])[0])
    assert weighted_sd(np.array([0.0, 3.0]), np.array([2.0, 1.0])) == (pytest.approx(math.sqrt(2.0)), 2)


# --- survival ---------------------------------------------------------------------------------------


def test_survival_by_the_product_limit():
    economy = FakeEconomy()
    start_ups = StartUps()

    def month(number: int) -> None:
        economy.month = number
        start_ups.observe(economy)

    rows = economy.add_firms(4, born=0)
    economy.add_firms(3)  # there before
    month(1)
    for number in range(2, 16):
        if number == 7:
            economy.organisations.remove(rows[:1])  # closes at the age of six months
        if number == 10:
            # The row is taken over by a start-up, which is five months old at the end and never closes.
            taken = economy.organisations.add(np.array([9], dtype=np.uint64), kind=0, weight=1.0, born=9, headcount=1)
            assert taken.tolist() == rows[:1].tolist()
        if number == 14:
            economy.organisations.remove(rows[1:2])  # closes at thirteen
        month(number)
    found = {m.quantity: m for m in start_ups.moments()}
    # At six months four of the first were seen and one closed; the fifth is not yet six months old.
    assert found["survival_1_year"].value == pytest.approx(3 / 4)
    assert found["survival_1_year"].error == pytest.approx(0.75 * math.sqrt(1 / (4 * 3)))
    assert found["survival_1_year"].sample == 5
    assert math.isnan(found["survival_2_years"].value)


# --- journeys to work -------------------------------------------------------------------------------


def test_commuting_between_authorities():
    economy = FakeEconomy()
    economy.add_firms(1, zone=0, authority=0, headcount=7)
    economy.add_firms(1, zone=1, authority=1, headcount=3)
    economy.add_firms(1, kind=int(Kind.OUTSIDE), zone=2, authority=-1, headcount=1)
    economy.add_homes(2, neighbourhood=[0, 3])
    economy.add_people(10, household=0, employer=[0] * 6 + [1] * 3 + [2])
    economy.add_people(5, household=1, employer=[0, 1, 1, 1, 1])
    economy.add_people(4, household=1, employer=0, mode=int(Mode.HOME))  # no commuters
    commuting = Commuting()
    commuting.observe(economy, interview(economy))
    assert commuting.shares() == pytest.approx(np.array([[0.6, 0.3, 0.1], [0.2, 0.8, 0.0]]))
    assert pack_shares(economy.region) == pytest.approx(commuting.shares())
    found = values(commuting.moments())
    assert found["commuting_correlation"] == pytest.approx(1.0)
    assert found["commuting_share_within"] == pytest.approx(10 / 15)
    assert found["commuting_log_odds_per_km"] < 0.0


@pytest.mark.parametrize("slope", [-0.3, -0.05, 0.1])
def test_the_logit_finds_the_decay_it_was_made_with(slope):
    generator = np.random.Generator(np.random.PCG64(1))
    cost, size = generator.uniform(0.0, 30.0, (50, 8)), generator.uniform(1.0, 9.0, 8)
    weight = size * np.exp(slope * cost)
    trips = 1000.0 * weight / weight.sum(axis=1, keepdims=True)
    found, error, sample = choice_slope(trips, cost, size)
    assert found == pytest.approx(slope, rel=1e-6)
    assert 0.0 < error < 0.01
    assert sample in (49999, 50000)


def test_the_error_of_the_decay_is_that_of_the_logit():
    # Two equal zones, 0 and 10 km away: p / (1 - p) = exp(-10 slope), information = n p (1 - p) 100.
    found, error, sample = choice_slope(np.array([[80.0, 20.0]]), np.array([[0.0, 10.0]]), np.ones(2))
    assert found == pytest.approx(math.log(0.25) / 10)
    assert error == pytest.approx(1 / math.sqrt(100 * 0.8 * 0.2 * 100))
    assert sample == 100


def test_zones_without_a_way_are_no_choice():
    cost = np.array([[0.0, 10.0, 1e6]])
    found, _, sample = choice_slope(np.array([[80.0, 20.0, 5.0]]), cost, np.ones(3))
    assert found == pytest.approx(math.log(0.25) / 10)
    assert sample == 100
    assert math.isnan(choice_slope(np.zeros((1, 3)), cost, np.ones(3))[0])
