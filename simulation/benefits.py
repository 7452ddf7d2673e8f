"""What households receive from the state and from pension funds, and their council tax."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit
from numpy.typing import NDArray

from agents.person import WEEKS_PER_MONTH
from agents.person_fields import Status
from simulation.accounts import Book, Flow
from simulation.budget import benefit_units, entitlements, take_stock
from simulation.ledger import to_pence
from simulation.randomness import Purpose, uniform
from simulation.tax_benefit import Rule

if TYPE_CHECKING:
    from simulation.economy import Economy

Pence = NDArray[np.int64]

CLAIM, DISABILITY, PENSION = (int(Purpose.PAY) + k for k in range(1, 4))
CHILD, RETIRED, PENSIONER = int(Status.CHILD), int(Status.RETIRED), int(Status.PENSIONER)


def pay_benefits(economy: Economy) -> None:
    """Universal Credit, pensions and other benefits, less council tax."""
    if economy.month >= 0 and economy.units.month == economy.month:
        # Nobody has come, gone or moved since the units were formed for the labour market.
        take_stock(economy, economy.units)
    else:
        economy.units = benefit_units(economy)
    settle_pensions(economy)
    change = np.zeros(economy.households.n_rows, np.int64)
    support, eligible = support_persons(economy, change)
    credit = credit_units(economy, eligible, change)
    council, councils = council_tax(economy, change)
    known = councils >= 0
    economy.ledger.post_netted(
        Book.HOUSEHOLDS,
        change,
        received=(
            (Flow.UNIVERSAL_CREDIT, Book.GOVERNMENT, credit),
            (Flow.STATE_PENSION, Book.GOVERNMENT, support[0]),
            (Flow.PENSION_INCOME, Book.REST_OF_WORLD, support[1]),
            (Flow.CHILD_BENEFIT, Book.GOVERNMENT, support[2]),
            (Flow.DISABILITY_BENEFIT, Book.GOVERNMENT, support[3]),
            (Flow.STUDENT_SUPPORT, Book.GOVERNMENT, support[4]),
        ),
        paid=(
            (Flow.COUNCIL_TAX, (Book.ORGANISATIONS, councils[known]), council[known]),
            (Flow.COUNCIL_TAX, Book.GOVERNMENT, council[~known].sum()),
        ),
    )
    np.add.at(economy.organisations.sales, councils[known], council[known])
    economy.households.income[:] += change


# --- by person --------------------------------------------------------------------------------------


@njit(cache=True)
def _without_pension(status, pension):  # type: ignore[no-untyped-def]
    """Rows of those who draw a pension and do not know yet how large it is."""
    rows, count = np.empty(status.shape[0], np.int32), 0
    for r in range(status.shape[0]):
        if (status[r] == PENSIONER or status[r] == RETIRED) and pension[r] == 0.0:
            rows[count] = r
            count += 1
    return rows[:count].copy()


def settle_pensions(economy: Economy) -> None:
    """Private pensions vary from person to person; an exponential draw keeps the mean of the pack."""
    persons = economy.persons
    rows = _without_pension(persons.status, persons.pension)
    persons.pension[rows] = economy.draws.exponential(PENSION, 0, persons.uid[rows])


@njit(cache=True)
def _support(  # type: ignore[no-untyped-def]
    alive, household, unit, age_months, status, study_months, disability, uid, pension, seed, state_pension,
    private_pension, first_child, next_child, disability_benefit, take_up, student_support, change, weight, eligible,
):  # fmt: skip
    """One pass over persons: benefits to the household's change, equivalence, who may claim.

    Returns the sums of state pensions, private pensions, child, disability and student support, pence.
    """
    totals = np.zeros(5, np.int64)
    parent = np.zeros(change.shape[0], np.bool_)
    for r in range(alive.shape[0]):
        if not alive[r]:
            continue
        h, age, state = household[r], age_months[r], status[r]
        weight[h] += 0.5 if age >= 14 * 12 else 0.3
        studies = study_months[r] > 0
        # Units in which nobody is of working age and out of full-time study have no claim.
        if age >= 18 * 12 and age < 65 * 12 and not studies and unit[r] >= 0:
            eligible[unit[r]] = True
        pence = 0
        if state == PENSIONER:
            pence = state_pension
            totals[0] += pence
        if state in (PENSIONER, RETIRED):
            own = int(np.rint(private_pension * pension[r] * 100.0))
            totals[1] += own
            pence += own
        if state == CHILD:
            benefit = next_child if parent[h] else first_child
            parent[h] = True
            totals[2] += benefit
            pence += benefit
        elif disability[r] > 0 and uniform(seed, DISABILITY, 0, uid[r], 0) < take_up:
            totals[3] += disability_benefit
            pence += disability_benefit
        if studies and age >= 18 * 12:
            totals[4] += student_support
            pence += student_support
        if pence != 0:
            change[h] += pence
    return totals


def support_persons(economy: Economy, change: Pence) -> tuple[Pence, NDArray[np.bool_]]:
    """State and private pensions, child benefit, disability benefit, student support; equivalence scales.

    Args:
        economy: The economy, with this month's benefit units.
        change: Change of each household's account, pence, to which payments are added.

    Returns:
        Sums of the five kinds of payment in the order above, pence; whether each benefit unit has a member
        of working age out of full-time study.
    """
    persons, rules = economy.persons, economy.rules
    eligible = np.zeros(economy.units.household.size, dtype=bool)
    weight = np.zeros(economy.households.n_rows)

    def pence(pounds: float) -> int:
        return int(to_pence(pounds))

    totals = _support(
        persons.alive, persons.household, persons.unit, persons.age_months, persons.status, persons.study_months,
        persons.disability, persons.uid, persons.pension, economy.draws.seed,
        pence(rules[Rule.STATE_PENSION] * WEEKS_PER_MONTH),
        rules[Rule.PRIVATE_PENSION],
        pence(rules[Rule.CHILD_BENEFIT_FIRST] * WEEKS_PER_MONTH),
        pence(rules[Rule.CHILD_BENEFIT_NEXT] * WEEKS_PER_MONTH),
        pence(rules[Rule.DISABILITY_BENEFIT] * WEEKS_PER_MONTH),
        rules[Rule.DISABILITY_TAKE_UP],
        pence(rules[Rule.STUDENT_SUPPORT]),
        change, weight, eligible,
    )  # fmt: skip
    # The first adult counts 1 (Hagenaars, de Vos and Zaidi 1994).
    economy.equivalence = np.maximum(weight + 0.5, 1.0)
    return totals, eligible


# --- by benefit unit --------------------------------------------------------------------------------


@njit(cache=True)
def _credit(award, eligible, household, uid, seed, take_up, change, on_credit):  # type: ignore[no-untyped-def]
    """Pay awards to units that may claim and do; returns their sum in pence."""
    total = 0
    for u in range(award.shape[0]):
        if award[u] <= 0.0 or not eligible[u]:
            continue
        h = household[u]
        pence = int(np.rint(award[u] * 100.0))
        # Whether a household claims what it is entitled to is fixed for each.
        if pence > 0 and uniform(seed, CLAIM, 0, uid[h], 0) < take_up:
            change[h] += pence
            on_credit[h] = True
            total += pence
    return total


def credit_units(economy: Economy, eligible: NDArray[np.bool_], change: Pence) -> int:
    """Universal Credit to the benefit units that claim; students and pensioners have support of their own.

    Args:
        economy: The economy, with this month's benefit units.
        eligible: Whether each unit has a member who may claim.
        change: Change of each household's account, pence, to which awards are added.

    Returns:
        Pence paid in all.
    """
    households, units = economy.households, economy.units
    economy.on_credit = np.zeros(households.n_rows, dtype=bool)
    return int(
        _credit(
            entitlements(economy, units), eligible, units.household, households.uid, economy.draws.seed,
            economy.rules[Rule.UC_TAKE_UP], change, economy.on_credit,
        )
    )  # fmt: skip


# --- by household -----------------------------------------------------------------------------------


@njit(cache=True)
def _council_tax(alive, on_credit, student, cash, neighbourhood, full, reduced, change, by_place):  # type: ignore[no-untyped-def]
    for h in range(alive.shape[0]):
        if not alive[h] or student[h] > 0:
            continue
        pence = min(reduced if on_credit[h] else full, max(cash[h] + change[h], 0))
        change[h] -= pence
        by_place[neighbourhood[h]] += pence


def council_tax(economy: Economy, change: Pence) -> tuple[Pence, NDArray[np.int64]]:
    """Council tax of each authority, less for those on Universal Credit; students are exempt.

    Args:
        economy: The economy.
        change: Change of each household's account, pence, from which the tax is taken.

    Returns:
        Pence by authority, and the row of its council, -1 where it has none, shape (authorities,).
    """
    households, rules, region = economy.households, economy.rules, economy.region
    full = rules[Rule.COUNCIL_TAX]
    by_place = np.zeros(region.n_neighbourhoods, np.int64)
    _council_tax(
        households.alive, economy.on_credit, households.student, households.cash, households.neighbourhood,
        int(to_pence(full)), int(to_pence((1.0 - rules[Rule.COUNCIL_TAX_REDUCTION]) * full)), change, by_place,
    )  # fmt: skip
    pence = np.zeros(region.n_authorities, np.int64)
    np.add.at(pence, region.neighbourhood_authority, by_place)
    return pence, economy.council_of_authority
