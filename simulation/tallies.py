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
#: What a person counts as: status and qualification, plus these bits; or one of all others, or nobody.
_LIMITED, _ON_COURSE = 64, 128
_OTHERS, _NOBODY = 62, 63


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
        workers: Persons who work by household row.
    """

    count: Counts
    status: Counts
    hourly: NDArray[np.int32]
    weekly: Floats
    hours: float
    minutes: float
    workers: NDArray[np.int16]


@njit(cache=True)
def _describe(alive, age_months, status, health, course_kind, qualification, employer, code, works):  # type: ignore[no-untyped-def]
    """Note what each person of a block counts as, in narrow numbers, and who works."""
    for j in range(alive.shape[0]):
        working_age = alive[j] & (age_months[j] >= _LOW) & (age_months[j] < _HIGH)
        traits = (health[j] != 0) * np.uint8(_LIMITED) + (course_kind[j] > 0) * np.uint8(_ON_COURSE)
        what = np.uint8(status[j]) * np.uint8(_LEVELS) + np.uint8(qualification[j]) + traits
        code[j] = np.uint8(what) if working_age else np.uint8(_OTHERS + (not alive[j]))
        works[j] = (employer[j] >= 0) | (status[j] == _EMPLOYEE)


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
def _tally_persons(people, jobs, kind, zone, place, minutes, low_pay, workers, hourly, weekly):  # type: ignore[no-untyped-def]
    """Go through all persons by blocks; fills who works by household, and pay by hour and week."""
    alive, age_months, status, health, course_kind, qualification, household = people
    employer, wage, hours, secure, mode = jobs
    count, cells = np.zeros(JOURNEYS + 1, np.int64), np.zeros((4, 256), np.int64)
    code, works = np.empty(BLOCK, np.uint8), np.empty(BLOCK, np.bool_)
    rows, at = np.empty(BLOCK, np.int32), np.empty(BLOCK, np.int32)
    worked, spent = 0.0, 0.0
    for first in range(0, alive.shape[0], BLOCK):
        size = min(BLOCK, alive.shape[0] - first)
        stop = first + size
        _describe(
            alive[first:stop], age_months[first:stop], status[first:stop], health[first:stop],
            course_kind[first:stop], qualification[first:stop], employer[first:stop], code, works,
        )  # fmt: skip
        # Neighbours count in tables of their own, as a count waits for the one before it.
        for j in range(size):
            cells[j & 3, code[j]] += 1
        n = pick(works, size, rows)
        for k in range(n):
            rows[k] += first
        for k in range(n):
            i = np.uint64(rows[k])
            workers[np.uint64(household[i])] += employer[i] >= 0
        _tally_pay(count, rows, n, status, wage, hours, secure, low_pay, hourly, weekly)
        worked += _tally_workplaces(count, rows, n, status, employer, hours, kind)
        spent += _tally_journeys(count, rows, n, employer, mode, household, place, zone, minutes, at)
    return count, cells, worked, spent


def tally_persons(economy: Economy) -> PersonTally:
    """Count persons and gather their pay, hours and journeys."""
    persons, orgs, households = economy.persons, economy.organisations, economy.households
    workers = np.zeros(households.n_rows, dtype=np.int16)
    # NumPy asks the system for large pages where kernels do not, which makes new columns cheaper.
    hourly, weekly = np.empty(persons.n_rows + 1, dtype=np.int32), np.empty(persons.n_rows + 1)
    kind = np.zeros(orgs.n_rows + 1, dtype=np.int8)
    kind[1:] = (orgs.kind != Kind.OUTSIDE) + 2 * (orgs.accredited > 0)
    count, cells, hours, minutes = _tally_persons(
        (
            persons.alive, persons.age_months, persons.status, persons.health, persons.course_kind,
            persons.qualification, persons.household,
        ),
        (persons.employer, persons.wage, persons.hours, persons.secure, persons.mode),
        kind, orgs.zone, households.neighbourhood, economy.travel_costs.minutes,
        economy.low_pay_line, workers, hourly, weekly,
    )  # fmt: skip
    # By whether on a course, limited, and what else.
    cells = cells.sum(axis=0).reshape(2, 2, 64)
    count[ALIVE] = cells.sum() - cells[:, :, _NOBODY].sum()
    status = cells[:, :, : _STATUSES * _LEVELS]
    count[LIMITED], count[ON_COURSES] = status[:, 1].sum(), status[1].sum()
    status = status.sum(axis=(0, 1)).reshape(_STATUSES, _LEVELS)
    staff = int(count[EMPLOYEES])
    return PersonTally(count, status, hourly[:staff], weekly[:staff], hours, minutes, workers)


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
