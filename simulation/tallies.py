"""One pass over all persons and one over all households: the counts and columns that indicators are made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numba import njit
from numpy.typing import NDArray

from agents.organisation_fields import Kind
from agents.person_fields import WORKING_AGE_MONTHS, Mode, Status
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
#: Positions of the counts that `_tally_persons` returns.
ALIVE, LIMITED, ON_COURSES, EMPLOYEES, LOW_PAID, INSECURE, INSIDE, ACCREDITED, COMMUTERS, BY_CAR = range(10)
_STATUSES, _LEVELS = 10, 5


@dataclass(frozen=True)
class PersonTally:
    """What indicators need to know of persons.

    Attributes:
        count: Persons by the positions above; those limited or on courses, of working age.
        status: Residents of working age by status and qualification, shape (10, 5).
        hourly: Pay of each employee, pounds an hour.
        weekly: Pay of each employee, pounds a week.
        hours: Weekly hours of each worker at an employer of the region.
        minutes: Journey to work of each commuter who can make it.
        members: Persons by household row.
        workers: Those of them who work.
    """

    count: Counts
    status: Counts
    hourly: Floats
    weekly: Floats
    hours: NDArray[np.float32]
    minutes: Floats
    members: NDArray[np.int32]
    workers: NDArray[np.int32]


@njit(cache=True)
def _tally_everyone(  # type: ignore[no-untyped-def]
    alive, age_months, status, health, course_kind, qualification, employer, household, members, work
):
    """Counts of all persons; fills members of households, and the rows of those who work."""
    # Neighbours count in tables of their own, as a count waits for the one before it; entry 63 takes all others.
    cells = np.zeros((4, 64), np.int64)
    homes = members.shape[0]
    people, limited, learning, k = 0, 0, 0, 0
    for i in range(alive.shape[0]):
        people += alive[i]
        # Households founded since benefits were paid count with the last that was there.
        members[min(max(household[i], 0), homes - 1)] += alive[i]
        working_age = alive[i] & (age_months[i] >= _LOW) & (age_months[i] < _HIGH)
        cells[i & 3, status[i] * _LEVELS + qualification[i] if working_age else 63] += 1
        limited += health[i] & working_age
        learning += working_age & (course_kind[i] > 0)
        # Written always and kept only where true: what a processor cannot foresee costs more than a write.
        work[k] = i
        k += (employer[i] >= 0) | (status[i] == _EMPLOYEE)
    by_status = cells.sum(axis=0)[: _STATUSES * _LEVELS].reshape(_STATUSES, _LEVELS)
    return people, limited, learning, by_status, k


@njit(cache=True)
def _tally_workers(  # type: ignore[no-untyped-def]
    rows, status, employer, wage, hours, secure, mode, household, traits, zone, place, minutes, low_pay,
    workers, inside_hours, columns,
):  # fmt: skip
    """Counts of workers; fills workers by household, hours, and three columns: pay by hour and week, journeys."""
    homes = workers.shape[0]
    hourly, weekly, journey = columns[0], columns[1], columns[2]
    # Loops that do one thing keep what they need at hand; rows that are known not to be negative need no check.
    staff, low_paid, insecure = 0, 0, 0
    for k in range(rows.shape[0]):
        i = np.uint32(rows[k])
        employee = status[i] == _EMPLOYEE
        hourly[staff] = wage[i] / 100.0
        weekly[staff] = hourly[staff] * np.float64(hours[i])
        staff += employee
        low_paid += employee & (wage[i] < low_pay)
        insecure += employee & (secure[i] == 0)
    inside_workers, staff_inside, members_staff = 0, 0, 0
    for k in range(rows.shape[0]):
        i = np.uint32(rows[k])
        works = employer[i] >= 0
        trait = traits[np.uint32(max(employer[i], 0))] if works else 0
        inside, employee = trait & 1, status[i] == _EMPLOYEE
        staff_inside += inside & employee
        members_staff += (trait >> 1) & inside & employee
        workers[np.uint32(min(household[i], homes - 1))] += works
        inside_hours[inside_workers] = hours[i]
        inside_workers += inside
    journeys, commuters, drivers = 0, 0, 0
    width, depth = np.uint32(minutes.shape[1]), np.uint32(minutes.shape[2])
    flat = minutes.reshape(-1)
    for k in range(rows.shape[0]):
        i = np.uint32(rows[k])
        travels = (employer[i] >= 0) & (mode[i] != _HOME)
        commuters += travels
        drivers += travels & (mode[i] == _CAR)
        home = np.uint32(place[np.uint32(household[i])])
        site = np.uint32(zone[np.uint32(max(employer[i], 0))])
        spent = flat[(np.uint32(mode[i] if travels else 0) * width + home) * depth + site]
        journey[journeys] = spent
        journeys += travels & (spent < _NO_JOURNEY)
    return staff, low_paid, insecure, staff_inside, members_staff, commuters, drivers, inside_workers, journeys


def tally_persons(economy: Economy) -> PersonTally:
    """Count persons and gather their pay, hours and journeys."""
    persons, orgs, households = economy.persons, economy.organisations, economy.households
    members, workers = np.zeros((2, economy.equivalence.size), dtype=np.int32)
    # NumPy asks the system for large pages where kernels do not, which makes new columns cheaper.
    work = np.empty(persons.n_rows, dtype=np.int32)
    people, limited, learning, status, n = _tally_everyone(
        persons.alive, persons.age_months, persons.status, persons.health, persons.course_kind, persons.qualification,
        persons.employer, persons.household, members, work,
    )  # fmt: skip
    hours, columns = np.empty(n, dtype=np.float32), np.empty((3, n))
    traits = (orgs.kind != Kind.OUTSIDE) + 2 * (orgs.accredited > 0)
    *count, inside, journeys = _tally_workers(
        work[:n], persons.status, persons.employer, persons.wage, persons.hours, persons.secure, persons.mode,
        persons.household, traits.astype(np.int8), orgs.zone, households.neighbourhood, economy.travel_costs.minutes,
        float(np.floor(economy.real_living_wage)), workers, hours, columns,
    )  # fmt: skip
    counts = np.array([people, limited, learning, *count], dtype=np.int64)
    staff = int(counts[EMPLOYEES])
    hourly, weekly, minutes = columns[0, :staff], columns[1, :staff], columns[2, :journeys]
    return PersonTally(counts, status, hourly, weekly, hours[:inside], minutes, members, workers)


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
