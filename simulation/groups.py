"""Outcomes by group: by place, deprivation, sex, ethnicity and disability.

Persons are counted once by cell, which is a neighbourhood and what a person is; the groups of every dimension are
sums over cells.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numba import njit
from numpy.typing import NDArray

from agents.person_fields import EMPLOYED, INACTIVE, WORKING_AGE_MONTHS, Status
from simulation.indicators import equivalise, jobs_in_reach, vacancies_in_reach
from simulation.order_statistics import group_medians

if TYPE_CHECKING:
    from simulation.economy import Economy

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]

#: Traits of persons, and the names of their codes; the bits of a cell, the first being the lowest.
TRAITS = {
    "sex": ("male", "female"),
    "ethnicity": ("White British", "other"),
    "disability": ("not disabled", "disabled"),
}
PLACES = ("authority", "imd_decile", "neighbourhood")
_CELLS = 1 << len(TRAITS)
_LOW, _HIGH = WORKING_AGE_MONTHS
_EMPLOYEE = int(Status.EMPLOYEE)
#: Columns of the counts by cell: one for each status of working age, then these.
_STAFF, _INSECURE, _RESIDENTS = range(len(Status), len(Status) + 3)

#: Parts into which residents are ranked by income.
_FIFTHS = 5

#: Dimension, group, outcome, value.
Outcome = tuple[str, str, str, float]


@njit(cache=True)
def _count_cells(  # type: ignore[no-untyped-def]
    alive, age_months, status, sex, ethnicity, disability, secure, wage, household, place, cells
):
    """Counts by cell, and the wage and cell of each employee."""
    n = alive.shape[0]
    # Whoever is dead counts in a cell of its own, whoever is of another age as a resident only; written always and
    # kept only where true: what a processor cannot foresee costs more than a write.
    count = np.zeros((cells + 1, _RESIDENTS + 1), np.int32)
    pay, where = np.empty(n + 1, np.int32), np.empty(n + 1, np.int32)
    k = 0
    for i in range(n):
        cell = place[np.uint64(max(household[i], 0))] * _CELLS + sex[i] + 2 * ethnicity[i] + 4 * disability[i]
        cell = np.uint64(cell if alive[i] else cells)
        working_age = (age_months[i] >= _LOW) & (age_months[i] < _HIGH)
        count[cell, np.uint64(status[i] if working_age else _RESIDENTS)] += 1
        staff = alive[i] & (status[i] == _EMPLOYEE)
        count[cell, _STAFF] += staff
        count[cell, _INSECURE] += staff & (secure[i] == 0)
        pay[k] = wage[i]
        where[k] = cell
        k += staff
    for cell in range(cells):
        for column in range(_STAFF):
            count[cell, _RESIDENTS] += count[cell, column]
    return count[:cells], pay[:k], where[:k]


@njit(cache=True)
def _sum_homes(alive, car, place, cash, group, vacancies, jobs, most):  # type: ignore[no-untyped-def]
    """Pounds, vacancies and jobs in reach by grouping of places and group; homes, and those without a car."""
    shape = (group.shape[0], most)
    money, reach, jobs_without = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    homes, without = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
    for i in range(alive.shape[0]):
        if not alive[i]:
            continue
        where = place[i]
        for d in range(group.shape[0]):
            g = group[d, where]
            money[d, g] += cash[i] / 100.0
            reach[d, g] += vacancies[car[i], where]
            homes[d, g] += 1
            if car[i] == 0:
                jobs_without[d, g] += jobs[0, where]
                without[d, g] += 1
    return money, reach, jobs_without, homes, without


def groups_of(economy: Economy, dimension: str) -> tuple[list[str], Rows]:
    """Names of the groups of a dimension, and the group of each cell, shape (cells,).

    Args:
        economy: The economy.
        dimension: authority, imd_decile, neighbourhood, sex, ethnicity or disability.
    """
    region = economy.region
    if dimension in TRAITS:
        bit = np.arange(_CELLS) >> list(TRAITS).index(dimension) & 1
        return list(TRAITS[dimension]), np.tile(bit, region.n_neighbourhoods)
    of_place: Rows
    if dimension == "authority":
        names, of_place = list(region.authority_names), region.neighbourhood_authority.astype(np.int64)
    elif dimension == "imd_decile":
        names, of_place = [str(k) for k in range(1, 11)], region.neighbourhood_decile.astype(np.int64) - 1
    else:
        names = [str(name) for name in region.neighbourhoods["id"]]
        of_place = np.arange(region.n_neighbourhoods, dtype=np.int64)
    return names, np.repeat(of_place, _CELLS)


def by_group(economy: Economy, dimensions: Sequence[str]) -> list[Outcome]:
    """Outcomes of each group of some dimensions.

    Args:
        economy: The economy.
        dimensions: Any of authority, imd_decile, neighbourhood, sex, ethnicity and disability.

    Returns:
        Dimension, group, outcome and value, of groups with residents of working age.
    """
    persons, households = economy.persons, economy.households
    groupings = [groups_of(economy, dimension) for dimension in dimensions]
    group = np.stack([of_cell for _, of_cell in groupings])
    count, pay, cell = _count_cells(
        persons.alive, persons.age_months, persons.status, persons.sex, persons.ethnicity, persons.disability,
        persons.secure, persons.wage, persons.household, households.neighbourhood, group.shape[1],
    )  # fmt: skip
    medians = group_medians(pay, cell, group)
    at_home = [d for d, dimension in enumerate(dimensions) if dimension in PLACES]
    # A region may lack the last groups of a dimension, such as the least deprived tenth.
    most = max((len(groupings[d][0]) for d in at_home), default=0)
    of_homes = (
        iter(zip(*_homes_by_group(economy, group[at_home, ::_CELLS], most), strict=True)) if at_home else iter(())
    )
    found: list[Outcome] = []
    for d, dimension in enumerate(dimensions):
        names, n = groupings[d][0], len(groupings[d][0])
        # Whole numbers, so that no order of addition matters.
        total = np.stack([np.bincount(group[d], column, minlength=n) for column in count.T], axis=1).astype(np.float64)
        table = _outcomes(total) | {"median_hourly_pay": medians[d]}
        if d in at_home:
            table |= _outcomes_of_homes([column[:n] for column in next(of_homes)], total[:, _RESIDENTS])
        known = total[:, : len(Status)].sum(axis=1) > 0
        found += [
            (dimension, names[g], outcome, float(values[g]))
            for outcome, values in table.items()
            for g in range(n)
            if known[g]
        ]
    return found


def _outcomes(total: Floats) -> dict[str, Floats]:
    """Shares of persons, from counts by group and column."""
    employed, seeking = total[:, list(EMPLOYED)].sum(axis=1), total[:, Status.UNEMPLOYED]
    everyone = np.maximum(total[:, : len(Status)].sum(axis=1), 1.0)
    return {
        "inactivity_rate": total[:, list(INACTIVE)].sum(axis=1) / everyone,
        "employment_rate": employed / everyone,
        "unemployment_rate": seeking / np.maximum(seeking + employed, 1.0),
        "insecure_share": total[:, _INSECURE] / np.maximum(total[:, _STAFF], 1.0),
    }


def _homes_by_group(economy: Economy, group: Rows, groups: int) -> tuple[Floats, ...]:
    """Sums over households by grouping of neighbourhoods, see `_sum_homes`."""
    homes = economy.households
    sums: tuple[Floats, ...] = _sum_homes(
        homes.alive, homes.car, homes.neighbourhood, homes.cash, np.ascontiguousarray(group),
        vacancies_in_reach(economy), jobs_in_reach(economy), groups,
    )  # fmt: skip
    return sums


def _outcomes_of_homes(sums: list[Floats], residents: Floats) -> dict[str, Floats]:
    money, reach, jobs_without, homes, without = sums
    return {
        "household_wealth_per_head": money / np.maximum(residents, 1.0),
        "reachable_vacancies": reach / np.maximum(homes, 1),
        "reachable_jobs_no_car": jobs_without / np.maximum(without, 1),
    }


def by_income(economy: Economy) -> list[Outcome]:
    """Incomes of fifths of the residents, from the poorest to the richest household by equivalised disposable income.

    Returns:
        Dimension `income_quintile`, group "1" to "5", and outcomes `disposable_income` (real total, £ million a year)
        and `equivalised_income` (mean over people, pounds a year).
    """
    homes = economy.households
    rows = homes.rows()
    people, income = homes.people[rows].astype(np.int64), homes.income[rows]
    equivalised = np.empty(homes.n_rows)
    equivalise(homes.income, homes.people, homes.under_14, equivalised)
    # By identity among equals, so that the order of rows does not matter.
    order = np.lexsort((homes.uid[rows], equivalised[rows]))
    before = np.cumsum(people[order])
    fifth = np.minimum((2 * before - people[order]) * _FIFTHS // (2 * max(int(people.sum()), 1)), _FIFTHS - 1)
    pence = np.bincount(fifth, income[order], minlength=_FIFTHS)
    heads = np.bincount(fifth, people[order], minlength=_FIFTHS)
    weighed = np.bincount(fifth, equivalised[rows][order] * people[order], minlength=_FIFTHS)
    found: list[Outcome] = []
    for k in range(_FIFTHS):
        total = float(pence[k]) * 12.0 * economy.scale / 100.0 / 1e6
        found.append(("income_quintile", str(k + 1), "disposable_income", total))
        found.append(
            ("income_quintile", str(k + 1), "equivalised_income", float(weighed[k]) * 12.0 / max(heads[k], 1.0))
        )
    return found
