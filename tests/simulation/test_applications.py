"""Bounds on what a job brings settle most looks as the gain itself would."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from agents.person import WEEKS_PER_MONTH, job_value, reservation_value
from agents.person_fields import Status
from simulation.applications import worth_applying
from simulation.economy import Economy
from simulation.gains import GAIN_GRID, gains_from_work, household_budgets, net_of_grid
from simulation.search import WORK_DAYS

Factory = Callable[..., Economy]
SECURE_VALUE, EFFORT, SWITCH_GAIN, VALUE_OF_TIME = 60.0, 3.0, 60.0, 8.0


@pytest.fixture(scope="module")
def economy(make_economy: Factory) -> Economy:
    """An economy of one in five hundred after two months. Read only."""
    return make_economy(scale=500, seed=6).run(2)


@pytest.mark.parametrize("seed", range(4))
def test_looks_are_worth_it_where_the_gain_says_so(economy: Economy, seed: int) -> None:
    rng = np.random.default_rng(seed)
    persons, homes, orgs = economy.persons, economy.households, economy.organisations
    rows = np.flatnonzero((persons.status == Status.UNEMPLOYED) | (persons.status == Status.EMPLOYEE))
    n, looks = 40, 3 * rows.size
    person = np.sort(rng.integers(0, rows.size, looks)).astype(np.int32)
    post = rng.integers(0, n, looks).astype(np.int32)
    zone, level, secure = rng.integers(0, economy.region.n_zones, n), rng.integers(0, 5, n), rng.integers(0, 2, n)
    hours, premium, effect = rng.choice([18.0, 37.5], n), rng.normal(0, 0.1, n), rng.normal(0, 0.2, n)
    minimum = np.where(rng.random(n) < 0.3, 930.0, 0.0)
    car, home = homes.car[persons.household[rows]], homes.neighbourhood[persons.household[rows]]
    budgets, net, travel = household_budgets(economy), net_of_grid(economy), economy.travel_generalised
    found = worth_applying(
        post, person, rows, car, home,
        (
            persons.age_months, persons.experience, persons.ability, persons.taste, persons.status_months,
            persons.employer, persons.wage, persons.hours, persons.secure, orgs.zone,
        ),
        (zone, level, hours, secure, premium, effect, minimum), travel, budgets, GAIN_GRID, net, economy.rules,
        economy.pay_base, economy.experience_return, SECURE_VALUE, EFFORT, SWITCH_GAIN, VALUE_OF_TIME,
    )  # fmt: skip
    r, work = rows[person], persons.employer[rows[person]]
    years = np.minimum(persons.experience[r] / 12.0, 30.0)
    raised = economy.experience_return * np.sqrt(years) + persons.ability[r]
    offer = economy.pay_base[level[post]] * np.exp(premium[post] + effect[post] + raised)
    wage = np.maximum(np.maximum(offer, minimum[post]), economy.legal_floor_for(persons.age_months[r]))
    pay = wage * hours[post] * WEEKS_PER_MONTH / 100.0
    there = travel[car[person], home[person], zone[post]]
    value = job_value.py_func(
        gains_from_work(economy, r, pay), 2.0 * WORK_DAYS * there * VALUE_OF_TIME / 60.0, secure[post], SECURE_VALUE
    )
    now = persons.wage[r] * persons.hours[r].astype(float) * WEEKS_PER_MONTH / 100.0
    to_work = travel[car[person], home[person], orgs.zone[np.maximum(work, 0)]]
    present = job_value.py_func(
        gains_from_work(economy, r, now), 2.0 * WORK_DAYS * to_work * VALUE_OF_TIME / 60.0, persons.secure[r],
        SECURE_VALUE,
    )  # fmt: skip
    free = [
        reservation_value(float(h), EFFORT, float(taste), float(months))
        for h, taste, months in zip(hours[post], persons.taste[r], persons.status_months[r], strict=True)
    ]
    least = np.where(work >= 0, present + SWITCH_GAIN, free)
    plain = np.abs(value - least) > 1e-6
    assert plain.mean() > 0.99
    assert 0.1 < found.mean() < 0.9
    assert (found == (value >= least))[plain].all()
