"""One pass over all persons and one over all households: the counts and columns that indicators are made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numba import njit
from numpy.typing import NDArray

from agents.organisation_fields import Kind
from agents.person_fields import WORKING_AGE_MONTHS, Mode, Status
from simulation.blocks import BLOCK, pick
from simulation.travel_terms import UNREACHABLE

if TYPE_CHECKING:
    from simulation.economy import Economy

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]

_EMPLOYEE = int(Status.EMPLOYEE)
_HOME, _CAR = int(Mode.HOME), int(Mode.CAR)
_LOW, _HIGH = WORKING_AGE_MONTHS
#: Journeys of more minutes than this are no journeys.
_NO_JOURNEY = UNREACHABLE / 10.0
#: Positions of the counts of persons.
ALIVE, LIMITED, ON_COURSES, EMPLOYEES, LOW_PAID, INSECURE, INSIDE, ACCREDITED, COMMUTERS, BY_CAR, HERE, JOURNEYS = (
    range(12)
)
_STATUSES, _LEVELS = 10, 5
#: A worker counts this much and one more among those of a household, so that one table holds both numbers.
WORKER = 1 << 16


@dataclass(frozen=True)
class PersonTally:
    """What indicators need to know of persons.

    Attributes:
        count: Persons by the positions above; those limited or on courses, of working age.
        status: Residents of working age by status and qualification, shape (10, 5).
        hourly: Pay of each employee, pence an hour.
        weekly: Pay of each employee, pounds a week.
        hours: Weekly hours of all workers at employers of the region.
        minutes: Journeys to work of all commuters who can make them.
        living: Persons by household row, and `WORKER` for each of them who works.
    """

    count: Counts
    status: Counts
    hourly: NDArray[np.int32]
    weekly: Floats
    hours: float
    minutes: float
    living: NDArray[np.int32]


@njit(cache=True)
def _tally_everyone(  # type: ignore[no-untyped-def]
    count, cells, living, first, size, alive, age_months, status, health, course_kind, qualification,
    employer, household, code, works,
):  # fmt: skip
    """Count the persons of a block; notes who works."""
    people, limited, learning = 0, 0, 0
    for j in range(size):
        i = np.uint64(first + j)
        working_age = alive[i] & (age_months[i] >= _LOW) & (age_months[i] < _HIGH)
        code[j] = status[i] * _LEVELS + qualification[i] if working_age else 63
        people += alive[i]
        limited += health[i] & working_age
        learning += working_age & (course_kind[i] > 0)
        works[j] = (employer[i] >= 0) | (status[i] == _EMPLOYEE)
    count[ALIVE] += people
    count[LIMITED] += limited
    count[ON_COURSES] += learning
    # Neighbours count in tables of their own, as a count waits for the one before it.
    for j in range(size):
        cells[j & 3, code[j]] += 1
    homes = living.shape[0]
    for j in range(size):
        i = np.uint64(first + j)
        # Households founded since benefit units were formed count with the last that has one.
        home = np.uint64(min(max(household[i], 0), homes - 1))
        living[home] += np.int32(alive[i]) + (np.int32(WORKER) if employer[i] >= 0 else np.int32(0))


@njit(cache=True)
def _tally_pay(count, rows, n, status, wage, hours, secure, low_pay, hourly, weekly):  # type: ignore[no-untyped-def]
    """Note the pay of the employees among the first rows."""
    staff = count[EMPLOYEES]
    low_paid, insecure = 0, 0
    for k in range(n):
        i = np.uint64(rows[k])
        employee = status[i] == _EMPLOYEE
        # Written always and kept only where true: what a processor cannot foresee costs more than a write.
        hourly[staff] = wage[i]
        weekly[staff] = wage[i] / 100.0 * np.float64(hours[i])
        staff += employee
        low_paid += employee & (wage[i] < low_pay)
        insecure += employee & (secure[i] == 0)
    count[EMPLOYEES] = staff
    count[LOW_PAID] += low_paid
    count[INSECURE] += insecure


@njit(cache=True)
def _tally_workplaces(count, rows, n, status, employer, hours, kind):  # type: ignore[no-untyped-def]
    """Count those among the first rows who work at employers of the region; returns their hours."""
    here, staff, members = 0, 0, 0
    worked = 0.0
    for k in range(n):
        i = np.uint64(rows[k])
        # Nobody's employer is outside the region.
        trait = kind[np.uint64(employer[i] + 1)]
        inside, employee = trait & 1, status[i] == _EMPLOYEE
        here += inside
        staff += inside & employee
        members += (trait >> 1) & inside & employee
        worked += inside * np.float64(hours[i])
    count[HERE] += here
    count[INSIDE] += staff
    count[ACCREDITED] += members
    return worked


@njit(cache=True)
def _tally_journeys(count, rows, n, employer, mode, household, place, zone, minutes, at):  # type: ignore[no-untyped-def]
    """Count the commuters among the first rows; returns the minutes of those who can make the journey."""
    width, depth = minutes.shape[1], minutes.shape[2]
    flat = minutes.reshape(-1)
    commuters, drivers = 0, 0
    for k in range(n):
        i = np.uint64(rows[k])
        travels = (employer[i] >= 0) & (mode[i] != _HOME)
        home, site = place[np.uint64(household[i])], zone[np.uint64(max(employer[i], 0))]
        at[commuters] = (mode[i] * width + home) * depth + site
        commuters += travels
        drivers += travels & (mode[i] == _CAR)
    journeys, total = 0, 0.0
    for k in range(commuters):
        spent = flat[np.uint64(at[k])]
        makes = spent < _NO_JOURNEY
        journeys += makes
        total += np.float64(spent) if makes else 0.0
    count[COMMUTERS] += commuters
    count[BY_CAR] += drivers
    count[JOURNEYS] += journeys
    return total


@njit(cache=True)
def _tally_persons(people, jobs, kind, zone, place, minutes, low_pay, living, hourly, weekly):  # type: ignore[no-untyped-def]
    """Go through all persons by blocks; fills who lives where, and pay by hour and week."""
    alive, age_months, status, health, course_kind, qualification, household = people
    employer, wage, hours, secure, mode = jobs
    count, cells = np.zeros(JOURNEYS + 1, np.int64), np.zeros((4, 64), np.int64)
    code, works = np.empty(BLOCK, np.int8), np.empty(BLOCK, np.bool_)
    rows, at = np.empty(BLOCK, np.int32), np.empty(BLOCK, np.int32)
    worked, spent = 0.0, 0.0
    for first in range(0, alive.shape[0], BLOCK):
        size = min(BLOCK, alive.shape[0] - first)
        _tally_everyone(
            count, cells, living, first, size, alive, age_months, status, health, course_kind, qualification,
            employer, household, code, works,
        )  # fmt: skip
        n = pick(works, size, rows)
        for k in range(n):
            rows[k] += first
        _tally_pay(count, rows, n, status, wage, hours, secure, low_pay, hourly, weekly)
        worked += _tally_workplaces(count, rows, n, status, employer, hours, kind)
        spent += _tally_journeys(count, rows, n, employer, mode, household, place, zone, minutes, at)
    by_status = cells.sum(axis=0)[: _STATUSES * _LEVELS].reshape(_STATUSES, _LEVELS)
    return count, by_status, worked, spent


def tally_persons(economy: Economy) -> PersonTally:
    """Count persons and gather their pay, hours and journeys."""
    persons, orgs, households = economy.persons, economy.organisations, economy.households
    living = np.zeros(economy.equivalence.size, dtype=np.int32)
    # NumPy asks the system for large pages where kernels do not, which makes new columns cheaper.
    hourly, weekly = np.empty(persons.n_rows + 1, dtype=np.int32), np.empty(persons.n_rows + 1)
    kind = np.zeros(orgs.n_rows + 1, dtype=np.int8)
    kind[1:] = (orgs.kind != Kind.OUTSIDE) + 2 * (orgs.accredited > 0)
    count, status, hours, minutes = _tally_persons(
        (
            persons.alive, persons.age_months, persons.status, persons.health, persons.course_kind,
            persons.qualification, persons.household,
        ),
        (persons.employer, persons.wage, persons.hours, persons.secure, persons.mode),
        kind, orgs.zone, households.neighbourhood, economy.travel_costs.minutes,
        float(np.floor(economy.real_living_wage)), living, hourly, weekly,
    )  # fmt: skip
    staff = int(count[EMPLOYEES])
    return PersonTally(count, status, hourly[:staff], weekly[:staff], hours, minutes, living)


@dataclass(frozen=True)
class HomeTally:
    """What indicators need to know of households.

    Attributes:
        cash: Balance of each, pence.
        places: Households without and with a car by neighbourhood, shape (2, neighbourhoods).
    """

    cash: Counts
    places: Counts


@njit(cache=True)
def _tally_homes(alive, car, place, cash, money, places):  # type: ignore[no-untyped-def]
    k = 0
    for i in range(alive.shape[0]):
        money[k] = cash[i]
        k += alive[i]
        places[car[i], place[i]] += alive[i]
    return k


def tally_homes(economy: Economy) -> HomeTally:
    """Count households by place and car, and gather their money."""
    homes = economy.households
    money, places = np.empty(homes.n_rows, dtype=np.int64), np.zeros((2, economy.region.n_neighbourhoods), np.int64)
    n = _tally_homes(homes.alive, homes.car, homes.neighbourhood, homes.cash, money, places)
    return HomeTally(money[:n], places)
