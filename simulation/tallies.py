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

_EMPLOYEE, _OUTSIDE = int(Status.EMPLOYEE), int(Kind.OUTSIDE)
_HOME, _CAR = int(Mode.HOME), int(Mode.CAR)
_LOW, _HIGH = WORKING_AGE_MONTHS
#: Journeys of more minutes than this are no journeys.
_NO_JOURNEY = UNREACHABLE / 10.0
#: Positions of the counts that `_tally_persons` returns.
(
    ALIVE, WORKING_AGE, LIMITED, ON_COURSES, EMPLOYEES, LOW_PAID, INSECURE, INSIDE, ACCREDITED, COMMUTERS, BY_CAR,
    _WORKERS, _JOURNEYS,
) = range(13)  # fmt: skip


@dataclass(frozen=True)
class PersonTally:
    """What indicators need to know of persons.

    Attributes:
        count: Persons by the positions above.
        status: Residents of working age by status, shape (10,).
        level: Residents of working age by qualification, shape (5,).
        hourly: Pay of each employee, pounds an hour.
        weekly: Pay of each employee, pounds a week.
        hours: Weekly hours of each worker at an employer of the region.
        minutes: Journey to work of each commuter who can make it.
        members: Persons by household row.
        workers: Those of them who work.
    """

    count: Counts
    status: Counts
    level: Counts
    hourly: Floats
    weekly: Floats
    hours: NDArray[np.float32]
    minutes: Floats
    members: NDArray[np.int32]
    workers: NDArray[np.int32]


@njit(cache=True)
def _tally_persons(  # type: ignore[no-untyped-def]
    alive, age_months, status, health, course_kind, qualification, employer, wage, hours, secure, mode, household,
    kind, accredited, zone, place, minutes, low_pay, homes,
):  # fmt: skip
    n = alive.shape[0]
    count = np.zeros(13, np.int64)
    by_status, by_level = np.zeros(10, np.int64), np.zeros(5, np.int64)
    members, workers = np.zeros(homes, np.int32), np.zeros(homes, np.int32)
    hourly, weekly, journey = np.empty(n), np.empty(n), np.empty(n)
    inside_hours = np.empty(n, np.float32)
    for i in range(n):
        if not alive[i]:
            continue
        count[ALIVE] += 1
        # Households founded since benefit units were formed count with the last that has one.
        home = min(household[i], homes - 1)
        members[home] += 1
        if _LOW <= age_months[i] < _HIGH:
            count[WORKING_AGE] += 1
            by_status[status[i]] += 1
            by_level[qualification[i]] += 1
            count[LIMITED] += health[i]
            count[ON_COURSES] += course_kind[i] > 0
        work = employer[i]
        inside = work >= 0 and kind[work] != _OUTSIDE
        if status[i] == _EMPLOYEE:
            k = count[EMPLOYEES]
            hourly[k] = wage[i] / 100.0
            weekly[k] = hourly[k] * np.float64(hours[i])
            count[EMPLOYEES] = k + 1
            count[LOW_PAID] += wage[i] < low_pay
            count[INSECURE] += secure[i] == 0
            if inside:
                count[INSIDE] += 1
                count[ACCREDITED] += accredited[work] > 0
        if work >= 0:
            workers[home] += 1
            if inside:
                inside_hours[count[_WORKERS]] = hours[i]
                count[_WORKERS] += 1
            if mode[i] != _HOME:
                count[COMMUTERS] += 1
                count[BY_CAR] += mode[i] == _CAR
                spent = minutes[mode[i], place[household[i]], zone[work]]
                if spent < _NO_JOURNEY:
                    journey[count[_JOURNEYS]] = spent
                    count[_JOURNEYS] += 1
    staff = count[EMPLOYEES]
    return (
        count, by_status, by_level, hourly[:staff], weekly[:staff], inside_hours[: count[_WORKERS]],
        journey[: count[_JOURNEYS]], members, workers,
    )  # fmt: skip


def tally_persons(economy: Economy) -> PersonTally:
    """Count persons and gather their pay, hours and journeys."""
    persons, orgs, households = economy.persons, economy.organisations, economy.households
    counted = _tally_persons(
        persons.alive, persons.age_months, persons.status, persons.health, persons.course_kind, persons.qualification,
        persons.employer, persons.wage, persons.hours, persons.secure, persons.mode, persons.household, orgs.kind,
        orgs.accredited, orgs.zone, households.neighbourhood, economy.travel_costs.minutes,
        float(np.floor(economy.real_living_wage)), economy.equivalence.size,
    )  # fmt: skip
    return PersonTally(*counted)


@dataclass(frozen=True)
class HomeTally:
    """What indicators need to know of households.

    Attributes:
        cash: Balance of each, pence.
        vacancies: Vacancies in reach of each.
        vacancies_no_car: The same for those without a car.
        jobs_no_car: Jobs in reach of those without a car.
    """

    cash: Counts
    vacancies: Floats
    vacancies_no_car: Floats
    jobs_no_car: Floats


@njit(cache=True)
def _tally_homes(alive, car, place, cash, vacancies, jobs):  # type: ignore[no-untyped-def]
    n = alive.shape[0]
    money = np.empty(n, np.int64)
    own, own_without, jobs_without = np.empty(n), np.empty(n), np.empty(n)
    k, m = 0, 0
    for i in range(n):
        if alive[i]:
            money[k] = cash[i]
            own[k] = vacancies[car[i], place[i]]
            k += 1
            if car[i] == 0:
                own_without[m] = vacancies[0, place[i]]
                jobs_without[m] = jobs[0, place[i]]
                m += 1
    return money[:k], own[:k], own_without[:m], jobs_without[:m]


def tally_homes(economy: Economy, vacancies: Floats, jobs: Floats) -> HomeTally:
    """Gather the money of households and the work in their reach.

    Args:
        economy: The economy.
        vacancies: Vacancies in reach, without and with a car, shape (2, neighbourhoods).
        jobs: Jobs in reach, same shape.
    """
    homes = economy.households
    return HomeTally(*_tally_homes(homes.alive, homes.car, homes.neighbourhood, homes.cash, vacancies, jobs))
