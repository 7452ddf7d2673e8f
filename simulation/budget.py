"""Household budgets: who shares a benefit unit, and what benefits are due."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numba import njit
from numpy.typing import NDArray

from agents.household_fields import Tenure
from agents.person_fields import Status
from simulation.tax_benefit import universal_credit

if TYPE_CHECKING:
    from simulation.economy import Economy

#: Adults this much younger than the oldest form benefit units of their own (months).
GENERATION_MONTHS = 18 * 12


@dataclass
class Units:
    """Benefit units: the oldest adult with a partner and the children, every other adult and all students alone.

    Attributes:
        of_person: Unit of each person row, -1 for none, shape (persons,).
        uid: Who was in each person row then; a row may since have passed to another, shape (persons,).
        household: Household row of each unit, shape (units,).
        adults: Adults in the unit, 1 or 2.
        over25: Whether the older is 25 or more.
        children: Children in the unit.
        limited: Adults with a limiting condition who do not work.
        carers: Adults who care and do not work.
        rent: Rent that the unit is liable for, pounds a month.
        earnings: Net earnings of the unit, pounds a month.
        savings: Savings of the unit, pounds.
    """

    of_person: NDArray[np.int64]
    uid: NDArray[np.uint64]
    household: NDArray[np.int64]
    adults: NDArray[np.int64]
    over25: NDArray[np.bool_]
    children: NDArray[np.int64]
    limited: NDArray[np.int64]
    carers: NDArray[np.int64]
    rent: NDArray[np.float64]
    earnings: NDArray[np.float64]
    savings: NDArray[np.float64]


@njit(cache=True)
def _by_household(rows, household, age_months, uid, n_households):  # type: ignore[no-untyped-def]
    """Persons in the order of household, and in each from the oldest to the youngest (twins by uid)."""
    start = np.zeros(n_households + 1, np.int64)
    for r in rows:
        start[household[r] + 1] += 1
    for h in range(n_households):
        start[h + 1] += start[h]
    order = np.empty(rows.shape[0], np.int64)
    filled = start[:-1].copy()
    for r in rows:
        home = household[r]
        place = filled[home]
        filled[home] += 1
        # Insertion among the few who live here.
        while place > start[home]:
            other = order[place - 1]
            if age_months[other] > age_months[r] or (age_months[other] == age_months[r] and uid[other] < uid[r]):
                break
            order[place] = other
            place -= 1
        order[place] = r
    return order


@njit(cache=True)
def _assign(order, household, age_months, student, n_persons):  # type: ignore[no-untyped-def]
    """Benefit unit of each person; `order` runs through households from the oldest adult to the youngest."""
    unit = np.full(n_persons, -1, np.int64)
    head_of = np.zeros(n_persons, np.int64)
    count = 0
    i = 0
    n = order.shape[0]
    while i < n:
        home = household[order[i]]
        j = i
        core = -1
        partners = 0
        oldest = 0
        while j < n and household[order[j]] == home:
            p = order[j]
            age = age_months[p]
            if age >= 16 * 12:
                if core < 0:
                    core = count
                    head_of[count] = p
                    count += 1
                    unit[p] = core
                    oldest = age
                    partners = 1
                elif partners == 1 and oldest - age <= GENERATION_MONTHS and student[home] == 0:
                    unit[p] = core
                    partners = 2
                else:
                    head_of[count] = p
                    unit[p] = count
                    count += 1
            else:
                unit[p] = core
            j += 1
        i = j
    return unit, head_of[:count]


SICK = int(Status.LONG_TERM_SICK)


@njit(cache=True)
def _totals(rows, unit, count, age_months, employer, status, health, caring, disability, net_pay):  # type: ignore[no-untyped-def]
    """Adults, children, unfit adults, carers and net earnings in pounds of each unit."""
    adults, children = np.zeros(count, np.int64), np.zeros(count, np.int64)
    limited, carers = np.zeros(count, np.int64), np.zeros(count, np.int64)
    earnings = np.zeros(count)
    for r in rows:
        u = unit[r]
        if u < 0:
            continue
        if age_months[r] < 16 * 12:
            children[u] += 1
            continue
        adults[u] += 1
        earnings[u] += net_pay[r] / 100.0
        if employer[r] < 0:
            limited[u] += status[r] == SICK and health[r] > 0
            carers[u] += caring[r] > 0 and disability[r] > 0
    return adults, children, limited, carers, earnings


def benefit_units(economy: Economy) -> Units:
    """Benefit units of all households as they stand."""
    persons, households = economy.persons, economy.households
    rows = persons.rows()
    order = _by_household(rows, persons.household, persons.age_months, persons.uid, households.n_rows)
    unit, head = _assign(order, persons.household, persons.age_months, households.student, persons.n_rows)
    count = head.shape[0]
    adults, children, limited, carers, earnings = _totals(
        rows, unit, count, persons.age_months, persons.employer, persons.status, persons.health, persons.caring,
        persons.disability, persons.net_pay,
    )  # fmt: skip
    home = persons.household[head].astype(np.int64)
    # The first unit of a household is liable for its rent and holds its savings; the rest lodge.
    first = np.ones(count, dtype=bool)
    first[1:] = home[1:] != home[:-1]
    tenure = households.tenure[home]
    rented = ((tenure == Tenure.SOCIAL_RENT) | (tenure == Tenure.PRIVATE_RENT)) & first
    return Units(
        of_person=unit,
        uid=persons.uid.copy(),
        household=home,
        adults=np.minimum(adults, 2),
        over25=persons.age_months[head] >= 25 * 12,
        children=children,
        limited=limited,
        carers=carers,
        rent=np.where(rented, households.housing_cost[home] / 100.0 * economy.growth, 0.0),
        earnings=earnings,
        savings=np.where(first, np.maximum(households.cash[home], 0) / 100.0, 0.0),
    )


@njit(cache=True)
def _awards(adults, over25, children, limited, carers, rent, earnings, savings, rules):  # type: ignore[no-untyped-def]
    out = np.empty(adults.shape[0])
    for i in range(adults.shape[0]):
        out[i] = universal_credit(
            adults[i], over25[i], children[i], limited[i], carers[i], rent[i], earnings[i], savings[i], rules
        )
    return out


def entitlements(economy: Economy, units: Units) -> NDArray[np.float64]:
    """Universal Credit due to each benefit unit, pounds a month, shape (units,)."""
    return np.asarray(
        _awards(
            units.adults,
            units.over25,
            units.children,
            units.limited,
            units.carers,
            units.rent,
            units.earnings,
            units.savings,
            economy.rules,
        )
    )
