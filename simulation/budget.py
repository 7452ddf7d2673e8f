"""Household budgets: who shares a benefit unit, and what benefits are due."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numba import njit
from numpy.typing import NDArray

from agents.household_fields import Tenure
from agents.person_fields import Status
from simulation.blocks import BLOCK, pick

if TYPE_CHECKING:
    from simulation.economy import Economy

#: Adults this much younger than the oldest form benefit units of their own (months).
GENERATION_MONTHS = 18 * 12


@dataclass
class Units:
    """Benefit units: the oldest adult with a partner and the children, every other adult and all students alone.

    The first `homes` units are those of the oldest adults, one for each household with an adult, in the
    order of households: they are liable for its rent and hold its savings. The rest lodge.

    Attributes:
        month: Tick in which the units were formed.
        homes: Number of units that head a household.
        of_person: Unit of each person row, -1 for none, shape (persons,): the column of persons, so that a
            row which passes to another person loses its unit.
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

    month: int
    homes: int
    of_person: NDArray[np.int32]
    household: NDArray[np.int32]
    adults: NDArray[np.int8]
    over25: NDArray[np.int8]
    children: NDArray[np.int16]
    limited: NDArray[np.int8]
    carers: NDArray[np.int8]
    rent: NDArray[np.float64]
    earnings: NDArray[np.float64]
    savings: NDArray[np.float64]


SICK = int(Status.LONG_TERM_SICK)
RENTED = (int(Tenure.SOCIAL_RENT), int(Tenure.PRIVATE_RENT))


@njit(cache=True)
def _couples(alive, household, age_months, uid, student):  # type: ignore[no-untyped-def]
    """The oldest adult of each household and the partner, -1 for none; twins come by uid."""
    n = student.shape[0]
    head, partner = np.full(n, -1, np.int32), np.full(n, -1, np.int32)
    for r in range(alive.shape[0]):
        if not alive[r] or age_months[r] < 16 * 12:
            continue
        h = household[r]
        first, second = head[h], partner[h]
        if first < 0 or _older(age_months, uid, r, first):
            head[h] = r
            partner[h] = first
        elif second < 0 or _older(age_months, uid, r, second):
            partner[h] = r
    for h in range(n):
        second = partner[h]
        if second >= 0 and (student[h] != 0 or age_months[head[h]] - age_months[second] > GENERATION_MONTHS):
            partner[h] = -1
    return head, partner


@njit(cache=True, inline="always")
def _older(age_months, uid, one, other):  # type: ignore[no-untyped-def]
    return age_months[one] > age_months[other] or (age_months[one] == age_months[other] and uid[one] < uid[other])


@njit(cache=True)
def _form(  # type: ignore[no-untyped-def]
    alive, household, age_months, head, partner, tenure, housing_cost, growth, unit, home, adults, over25, children,
    rent,
):  # fmt: skip
    """Number the units and count their members; returns how many head a household, and how many there are."""
    core = np.empty(head.shape[0], np.int32)
    count = 0
    for h in range(head.shape[0]):
        if head[h] < 0:
            core[h] = -1
            continue
        core[h] = count
        home[count] = h
        adults[count] = 1 + (partner[h] >= 0)
        over25[count] = age_months[head[h]] >= 25 * 12
        children[count] = 0
        rented = tenure[h] == RENTED[0] or tenure[h] == RENTED[1]
        rent[count] = housing_cost[h] / 100.0 * growth if rented else 0.0
        count += 1
    homes = count
    for r in range(alive.shape[0]):
        if not alive[r]:
            continue
        h = household[r]
        own = core[h]
        if age_months[r] < 16 * 12:
            if own >= 0:
                children[own] += 1
        elif r != head[h] and r != partner[h]:
            own = count
            home[count] = h
            adults[count] = 1
            over25[count] = age_months[r] >= 25 * 12
            children[count] = 0
            rent[count] = 0.0
            count += 1
        unit[r] = own
    return homes, count


@njit(cache=True)
def _take_stock(  # type: ignore[no-untyped-def]
    alive, unit, age_months, employer, status, health, caring, disability, net_pay, home, cash, homes, limited, carers,
    earnings, savings,
):  # fmt: skip
    """Unfit adults, carers, net earnings and savings in pounds of each unit, as they now are."""
    limited[:] = 0
    carers[:] = 0
    earnings[:] = 0.0
    for u in range(savings.shape[0]):
        savings[u] = max(cash[home[u]], 0) / 100.0 if u < homes else 0.0
    earns, unfit, at = np.empty(BLOCK, np.bool_), np.empty(BLOCK, np.bool_), np.empty(BLOCK, np.int32)
    for start in range(0, alive.shape[0], BLOCK):
        here = slice(start, min(start + BLOCK, alive.shape[0]))
        living, member, pay = alive[here], unit[here], net_pay[here]
        work, age, state = employer[here], age_months[here], status[here]
        ill, cares, disabled = health[here], caring[here], disability[here]
        for i in range(living.shape[0]):
            counts = living[i] & (member[i] >= 0) & (age[i] >= 16 * 12)
            earns[i] = counts & (pay[i] != 0)
            sick = (state[i] == SICK) & (ill[i] > 0)
            unfit[i] = counts & (work[i] < 0) & (sick | ((cares[i] > 0) & (disabled[i] > 0)))
        for k in range(pick(earns, living.shape[0], at)):
            earnings[member[at[k]]] += pay[at[k]] / 100.0
        for k in range(pick(unfit, living.shape[0], at)):
            i = at[k]
            limited[member[i]] += (state[i] == SICK) & (ill[i] > 0)
            carers[member[i]] += (cares[i] > 0) & (disabled[i] > 0)


def benefit_units(economy: Economy) -> Units:
    """Form the benefit units of all households as they stand."""
    persons, households = economy.persons, economy.households
    head, partner = _couples(persons.alive, persons.household, persons.age_months, persons.uid, households.student)
    # Memory for as many units as there can be; what is not used is never touched.
    most = persons.n_rows
    home, rent = np.empty(most, np.int32), np.empty(most)
    adults, over25, children = np.empty(most, np.int8), np.empty(most, np.int8), np.empty(most, np.int16)
    homes, count = _form(
        persons.alive, persons.household, persons.age_months, head, partner, households.tenure,
        households.housing_cost, economy.growth, persons.unit, home, adults, over25, children, rent,
    )  # fmt: skip
    units = Units(
        month=economy.month,
        homes=homes,
        of_person=persons.unit,
        household=home[:count],
        adults=adults[:count],
        over25=over25[:count],
        children=children[:count],
        limited=np.empty(count, np.int8),
        carers=np.empty(count, np.int8),
        rent=rent[:count],
        earnings=np.empty(count),
        savings=np.empty(count),
    )
    take_stock(economy, units)
    return units


def take_stock(economy: Economy, units: Units) -> None:
    """Bring what the units earn and hold up to date, and who of them is unfit for work or cares."""
    persons = economy.persons
    _take_stock(
        persons.alive, persons.unit, persons.age_months, persons.employer, persons.status, persons.health,
        persons.caring, persons.disability, persons.net_pay, units.household, economy.households.cash, units.homes,
        units.limited, units.carers, units.earnings, units.savings,
    )  # fmt: skip
