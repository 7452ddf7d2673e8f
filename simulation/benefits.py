"""What households receive from the state and from pension funds, and their council tax."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit
from numpy.typing import NDArray

from agents.person import WEEKS_PER_MONTH
from agents.person_fields import Status
from simulation.accounts import Book, Flow
from simulation.blocks import BLOCK, draw_keys, pick
from simulation.budget import benefit_units, take_stock
from simulation.pence import to_pence
from simulation.randomness import Purpose
from simulation.tax_benefit import Rule, credit_left, credit_needs

if TYPE_CHECKING:
    from simulation.economy import Economy

Pence = NDArray[np.int64]

CLAIM, DISABILITY, PENSION = (int(Purpose.PAY) + k for k in range(1, 4))
CAPITAL_LIMIT, TAKE_UP = int(Rule.UC_CAPITAL_LIMIT), int(Rule.UC_TAKE_UP)
HOUSING_SHARE = int(Rule.UC_HOUSING_SHARE)
#: Children of a unit that are told apart in the table of needs.
MOST_CHILDREN = 31
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
def _groups(alive, status, age_months, study_months, disability, old, pensioned, child, disabled, student, able):  # type: ignore[no-untyped-def]
    """Who of a block of persons may receive what."""
    for i in range(alive.shape[0]):
        old[i] = alive[i] & (status[i] == PENSIONER)
        pensioned[i] = alive[i] & ((status[i] == PENSIONER) | (status[i] == RETIRED))
        child[i] = alive[i] & (status[i] == CHILD)
        disabled[i] = alive[i] & (status[i] != CHILD) & (disability[i] > 0)
    for i in range(alive.shape[0]):
        adult = alive[i] & (age_months[i] >= 18 * 12)
        student[i] = adult & (study_months[i] > 0)
        # Units in which nobody is of working age and out of full-time study have no claim.
        able[i] = adult & (age_months[i] < 65 * 12) & (study_months[i] == 0)


@njit(cache=True)
def _flat(old, student, state_pension, student_support, pence):  # type: ignore[no-untyped-def]
    """State pensions and student support of a block of persons; returns how many receive each."""
    pensions, grants = 0, 0
    for i in range(pence.shape[0]):
        pence[i] = old[i] * state_pension + student[i] * student_support
    for i in range(pence.shape[0]):
        pensions += old[i]
        grants += student[i]
    return pensions, grants


@njit(cache=True)
def _support(  # type: ignore[no-untyped-def]
    alive, household, unit, age_months, status, study_months, disability, uid, pension, seed, state_pension,
    private_pension, first_child, next_child, disability_benefit, take_up, student_support, change, weight, eligible,
):  # fmt: skip
    """One pass over persons: benefits to the household's change, equivalence, who may claim.

    Returns the sums of state pensions, private pensions, child, disability and student support, pence.
    """
    n = alive.shape[0]
    parent = np.zeros(change.shape[0], np.bool_)
    flags = np.empty((6, BLOCK), np.bool_)
    old, pensioned, child, disabled, student, able = flags[0], flags[1], flags[2], flags[3], flags[4], flags[5]
    at, pence = np.empty(BLOCK, np.int32), np.empty(BLOCK, np.int64)
    key, draw = np.empty(BLOCK, np.uint64), np.empty(BLOCK)
    pensions, private, children, awards, grants = 0, 0, 0, 0, 0
    for start in range(0, n, BLOCK):
        here = slice(start, min(start + BLOCK, n))
        living, home, age, member = alive[here], household[here], age_months[here], unit[here]
        size = living.shape[0]
        _groups(
            living, status[here], age, study_months[here], disability[here],
            old, pensioned, child, disabled, student, able,
        )  # fmt: skip
        some, more = _flat(old, student, state_pension, student_support, pence[:size])
        pensions += some
        grants += more
        multiple = pension[here]
        for k in range(pick(pensioned, size, at)):
            own = int(np.rint(private_pension * multiple[at[k]] * 100.0))
            private += own
            pence[at[k]] += own
        count = pick(disabled, size, at)
        ids = uid[here]
        for k in range(count):
            key[k] = ids[at[k]]
        draw_keys(key, count, seed, DISABILITY, 0, draw)
        for k in range(count):
            claims = draw[k] < take_up
            awards += claims
            pence[at[k]] += claims * disability_benefit
        for k in range(pick(child, size, at)):
            h = home[at[k]]
            benefit = next_child if parent[h] else first_child
            parent[h] = True
            children += benefit
            pence[at[k]] += benefit
        for k in range(pick(able, size, at)):
            if member[at[k]] >= 0:
                eligible[member[at[k]]] = True
        for i in range(size):
            if living[i]:
                weight[home[i]] += 0.5 if age[i] >= 14 * 12 else 0.3
                change[home[i]] += pence[i]
    return np.array(
        [pensions * state_pension, private, children, awards * disability_benefit, grants * student_support]
    )


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
def _needs_by_kind(rules):  # type: ignore[no-untyped-def]
    """Credit without rent or earnings by adults less one, age, children, unfit and caring members."""
    needs = np.empty((2, 2, MOST_CHILDREN + 1, 2, 2))
    for adults in range(2):
        for old in range(2):
            for children in range(MOST_CHILDREN + 1):
                for limited in range(2):
                    for carers in range(2):
                        needs[adults, old, children, limited, carers] = credit_needs(
                            adults + 1, old > 0, children, limited, carers, rules
                        )
    return needs.ravel()


@njit(cache=True)
def _credit(  # type: ignore[no-untyped-def]
    adults, over25, children, limited, carers, rent, earnings, savings, eligible, household, uid, rules, seed, change,
    on_credit,
):  # fmt: skip
    """Pay what units that may claim and do are due; returns the sum in pence."""
    total = 0
    needs_of = _needs_by_kind(rules)
    may, supported, at = np.empty(BLOCK, np.bool_), np.empty(BLOCK, np.bool_), np.empty(BLOCK, np.int32)
    needs, housing, earned, pence = np.empty(BLOCK), np.empty(BLOCK), np.empty(BLOCK), np.empty(BLOCK)
    key, draw = np.empty(BLOCK, np.uint64), np.empty(BLOCK)
    for start in range(0, household.shape[0], BLOCK):
        here = slice(start, min(start + BLOCK, household.shape[0]))
        able, held, home, due, pay = eligible[here], savings[here], household[here], rent[here], earnings[here]
        grown, old, young, unfit, caring = adults[here], over25[here], children[here], limited[here], carers[here]
        for i in range(able.shape[0]):
            may[i] = able[i] & (held[i] <= rules[CAPITAL_LIMIT])
        count = pick(may, able.shape[0], at)
        for k in range(count):
            i = at[k]
            kind = (2 * (grown[i] != 1) + (old[i] > 0)) * (MOST_CHILDREN + 1) + min(young[i], MOST_CHILDREN)
            needs[k] = needs_of[4 * kind + 2 * (unfit[i] > 0) + (caring[i] > 0)]
            supported[k] = (young[i] > 0) | (unfit[i] > 0)
            housing[k] = rules[HOUSING_SHARE] * due[i]
            earned[k] = pay[i]
        for k in range(count):
            pence[k] = np.rint(credit_left(needs[k], housing[k], supported[k], earned[k], rules) * 100.0)
        claims = 0
        for k in range(count):
            at[claims] = at[k]
            pence[claims] = pence[k]
            claims += pence[k] > 0.0
        for k in range(claims):
            key[k] = uid[home[at[k]]]
        # Whether a household claims what it is entitled to is fixed for each.
        draw_keys(key, claims, seed, CLAIM, 0, draw)
        for k in range(claims):
            if draw[k] < rules[TAKE_UP]:
                h = home[at[k]]
                change[h] += int(pence[k])
                on_credit[h] = True
                total += int(pence[k])
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
            units.adults, units.over25, units.children, units.limited, units.carers, units.rent, units.earnings,
            units.savings, eligible, units.household, households.uid, economy.rules, economy.draws.seed, change,
            economy.on_credit,
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
