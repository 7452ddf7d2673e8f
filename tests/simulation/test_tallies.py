"""The counts that indicators are made of are those of a plain count, column by column."""

from __future__ import annotations

import numpy as np
import pytest

from agents.organisation_fields import Kind
from agents.person_fields import Mode, Status
from simulation import tallies
from simulation.economy import Economy
from simulation.indicators import working_age_rows
from simulation.tallies import tally_homes, tally_persons
from simulation.travel_terms import UNREACHABLE


def test_persons_are_counted_as_one_by_one(two_years: Economy) -> None:
    persons, tally = two_years.persons, tally_persons(two_years)
    rows, status = working_age_rows(two_years), np.zeros((10, 5), int)
    np.add.at(status, (persons.status[rows], persons.qualification[rows]), 1)
    assert (tally.status == status).all()
    assert tally.count[tallies.ALIVE] == persons.alive.sum()
    assert tally.count[tallies.LIMITED] == (persons.health[rows] > 0).sum() > 0
    assert tally.count[tallies.ON_COURSES] == (persons.course_kind[rows] > 0).sum() > 0


def test_workers_of_each_household(two_years: Economy) -> None:
    persons, workers = two_years.persons, tally_persons(two_years).workers
    expected = np.bincount(persons.household[persons.employer >= 0], minlength=two_years.households.n_rows)
    assert workers.tolist() == expected.tolist()


def test_pay_is_that_of_employees(two_years: Economy) -> None:
    persons, tally = two_years.persons, tally_persons(two_years)
    staff = np.flatnonzero(persons.status == Status.EMPLOYEE)
    assert tally.hourly.tolist() == persons.wage[staff].tolist()
    assert tally.weekly.tolist() == (persons.wage[staff] / 100.0 * persons.hours[staff].astype(float)).tolist()
    low = persons.wage[staff] < np.floor(two_years.real_living_wage)
    assert tally.count[tallies.EMPLOYEES] == staff.size
    assert tally.count[tallies.LOW_PAID] == low.sum() > 0
    assert tally.count[tallies.INSECURE] == (persons.secure[staff] == 0).sum() > 0


def test_work_and_the_way_there(two_years: Economy) -> None:
    persons, orgs, tally = two_years.persons, two_years.organisations, tally_persons(two_years)
    workers = np.flatnonzero(persons.employer >= 0)
    here = workers[orgs.kind[persons.employer[workers]] != Kind.OUTSIDE]
    staff = here[persons.status[here] == Status.EMPLOYEE]
    assert tally.count[tallies.HERE] == here.size < workers.size
    assert tally.hours == pytest.approx(persons.hours[here].sum(dtype=float), rel=1e-12)
    assert tally.count[tallies.INSIDE] == staff.size
    assert tally.count[tallies.ACCREDITED] == (orgs.accredited[persons.employer[staff]] > 0).sum()
    commuters = workers[persons.mode[workers] != Mode.HOME]
    home = two_years.households.neighbourhood[persons.household[commuters]]
    minutes = two_years.travel_costs.minutes[persons.mode[commuters], home, orgs.zone[persons.employer[commuters]]]
    minutes = minutes[minutes < UNREACHABLE / 10.0]
    assert tally.count[tallies.COMMUTERS] == commuters.size
    assert tally.count[tallies.BY_CAR] == (persons.mode[commuters] == Mode.CAR).sum()
    assert tally.count[tallies.JOURNEYS] == minutes.size
    assert tally.minutes == pytest.approx(minutes.sum(dtype=float), rel=1e-12)


def test_homes_are_counted_as_one_by_one(two_years: Economy) -> None:
    homes, tally = two_years.households, tally_homes(two_years)
    rows, places = homes.rows(), np.zeros((2, two_years.region.n_neighbourhoods), int)
    np.add.at(places, (homes.car[rows], homes.neighbourhood[rows]), 1)
    assert (tally.places == places).all()
    assert tally.cash.tolist() == homes.cash[rows].tolist()
