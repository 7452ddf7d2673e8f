"""What households receive from the state and from pension funds, and their council tax."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit
from numpy.typing import NDArray

from agents.compiling import within_kernels
from agents.person import WEEKS_PER_MONTH
from simulation.accounts import Book, Flow
from simulation.blocks import BLOCK, draw_keys, pick
from simulation.budget import PRIVATE_RENT, SOCIAL_RENT, keep_units
from simulation.entitlements import (
    ABLE,
    ALL_TRAITS,
    ALONE,
    CARES,
    DISABLED,
    GROWN,
    PENSIONED,
    PENSIONER,
    STUDENT,
    UNFIT,
    entitlements,
)
from simulation.ledger import Part
from simulation.pence import to_pence
from simulation.randomness import Purpose
from simulation.tax_benefit import Rule, credit_at_rates, credit_needs

if TYPE_CHECKING:
    from simulation.economy import Economy

Pence = NDArray[np.int64]
Traits = NDArray[np.uint8]

CLAIM, DISABILITY, PENSION = (int(Purpose.PAY) + k for k in range(1, 4))
CAPITAL_LIMIT, TAKE_UP = int(Rule.UC_CAPITAL_LIMIT), int(Rule.UC_TAKE_UP)
HOUSING_SHARE, DISABILITY_TAKE_UP = int(Rule.UC_HOUSING_SHARE), int(Rule.DISABILITY_TAKE_UP)
WITH_HOUSING, WITHOUT = int(Rule.UC_WORK_ALLOWANCE_HOUSING), int(Rule.UC_WORK_ALLOWANCE)
TAPER = int(Rule.UC_TAPER)
#: Children of a unit that are told apart in the table of needs.
MOST_CHILDREN = 31
#: Parts of equal size into which claimants fall, as the column of claims says.
PARTS = 128


def pay_benefits(economy: Economy, change: Pence) -> tuple[list[Part], list[Part]]:
    """Universal Credit, pensions and other benefits, less council tax.

    Args:
        economy: The economy.
        change: What each household has earned less what it paid this month, not in its cash yet, pence; what it is
            paid and pays here is added.

    Returns:
        Payments to households and from them, still to be posted.
    """
    keep_units(economy)
    economy.on_credit = np.zeros(economy.households.n_rows, dtype=bool)
    traits = entitlements(economy)
    # Savings count as they are after pay and before anything else.
    child_benefit, credit = support_homes(economy, traits, change)
    support = support_persons(economy, traits, change)
    council, councils = council_tax(economy, change)
    known = councils >= 0
    np.add.at(economy.organisations.sales, councils[known], council[known])
    received: list[Part] = [
        (Flow.UNIVERSAL_CREDIT, Book.GOVERNMENT, support[4] + credit),
        (Flow.STATE_PENSION, Book.GOVERNMENT, support[0]),
        (Flow.PENSION_INCOME, Book.REST_OF_WORLD, support[1]),
        (Flow.CHILD_BENEFIT, Book.GOVERNMENT, child_benefit),
        (Flow.DISABILITY_BENEFIT, Book.GOVERNMENT, support[2]),
        (Flow.STUDENT_SUPPORT, Book.GOVERNMENT, support[3]),
    ]
    paid: list[Part] = [
        (Flow.COUNCIL_TAX, (Book.ORGANISATIONS, councils[known]), council[known]),
        (Flow.COUNCIL_TAX, Book.GOVERNMENT, council[~known].sum()),
    ]
    return received, paid


# --- by person --------------------------------------------------------------------------------------


@within_kernels
def _having(trait, bit, holds, at):  # type: ignore[no-untyped-def]
    """List who of a block has a trait; returns how many."""
    for i in range(trait.shape[0]):
        holds[i] = (trait[i] & bit) != 0
    return pick(holds, trait.shape[0], at)


@within_kernels
def _take_up(rows, count, claims, uid, seed, purpose, share, key, draw, at, takes):  # type: ignore[no-untyped-def]
    """Note which of the first rows listed take up what they are due, which is fixed for each.

    Each belongs to one of `PARTS` parts of those who are due, by a draw of its own. Only where the share who take it
    up falls within its part has the draw itself to be made again.
    """
    part = int(share * PARTS)
    n = np.int64(0)
    for k in range(count):
        known = claims[np.uint64(rows[k])]
        takes[k] = (known >= 0) & (known < part)
        at[n] = k
        n += (known < 0) | (known == part)
    for j in range(n):
        key[j] = uid[rows[at[j]]]
    draw_keys(key, n, seed, purpose, np.int64(0), draw)
    for j in range(n):
        claims[rows[at[j]]] = int(draw[j] * PARTS)
        takes[at[j]] = draw[j] < share


@njit(cache=True)
def _support(  # type: ignore[no-untyped-def]
    trait, household, status, claims, uid, pension, net_pay, home_claims, home_uid, seed, state_pension,
    private_pension, disability_benefit, student_support, rules, change, on_credit,
):  # fmt: skip
    """One pass over persons: benefits of their own, and Universal Credit of those who lodge.

    Returns the sums of state pensions, private pensions, disability and student support, and credit, pence, and the
    rows of those who draw a pension and do not know yet how large it is.
    """
    n = trait.shape[0]
    fresh, n_fresh = np.empty(n, np.int32), 0
    holds, at, takes = np.empty(BLOCK, np.bool_), np.empty(BLOCK, np.int32), np.empty(BLOCK, np.bool_)
    key, draw, money = np.empty(BLOCK, np.uint64), np.empty(BLOCK), np.empty(BLOCK)
    needs, housing = np.empty(BLOCK), np.zeros(BLOCK)
    supported, place = np.empty(BLOCK, np.bool_), np.empty(BLOCK, np.int32)
    needs_of = _needs_by_kind(rules)
    take_up = rules[DISABILITY_TAKE_UP]
    pensions, private, awards, grants, credit = 0, 0, 0, 0, 0
    for start in range(0, n, BLOCK):
        here = slice(start, min(start + BLOCK, n))
        traits, home = trait[here], household[here]
        multiple, state = pension[here], status[here]
        count = _having(traits, np.uint8(PENSIONED), holds, at)
        for k in range(count):
            money[k] = multiple[np.uint64(at[k])]
        for k in range(count):
            fresh[n_fresh] = start + at[k]
            n_fresh += money[k] == 0.0
        for k in range(count):
            money[k] = np.rint(private_pension * money[k] * 100.0)
        for k in range(count):
            own, old = int(money[k]), state[at[k]] == PENSIONER
            private += own
            pensions += old
            change[home[at[k]]] += own + old * state_pension
        count = _having(traits, np.uint8(DISABLED), holds, at)
        _take_up(at, count, claims[here], uid[here], seed, np.int64(DISABILITY), take_up, key, draw, place, takes)
        for k in range(count):
            awards += takes[k]
            change[home[at[k]]] += takes[k] * disability_benefit
        count = _having(traits, np.uint8(STUDENT), holds, at)
        grants += count
        for k in range(count):
            change[home[at[k]]] += student_support
        # Whoever lodges has no rent, savings or children.
        count, pay = _having(traits, np.uint8(ALONE), holds, at), net_pay[here]
        for k in range(count):
            needs[k] = needs_of[_kind(0, 0, traits[at[k]] & ALL_TRAITS)]
        for k in range(count):
            supported[k] = (traits[at[k]] & UNFIT) != 0
            place[k] = home[at[k]]
        for k in range(count):
            money[k] = pay[at[k]] / 100.0
        credit += _award(
            needs, housing, supported, money, place, count, rules, home_claims, home_uid, seed, key, draw, at, change,
            on_credit,
        )  # fmt: skip
    sums = pensions * state_pension, private, awards * disability_benefit, grants * student_support, credit
    return sums, fresh[:n_fresh].copy()


def support_persons(economy: Economy, traits: Traits, change: Pence) -> Pence:
    """State and private pensions, disability benefit, student support, and credit to those who lodge.

    Args:
        economy: The economy, with benefit units kept up.
        traits: What each person may receive, as `entitlements` returns it.
        change: Change of each household's account, pence, to which payments are added.

    Returns:
        Sums of the five kinds of payment in the order above, pence.
    """
    persons, rules = economy.persons, economy.rules
    sums, fresh = _support(
        traits, persons.household, persons.status, persons.claims, persons.uid, persons.pension, persons.net_pay,
        economy.households.claims, economy.households.uid, economy.draws.seed,
        _pence(rules[Rule.STATE_PENSION] * WEEKS_PER_MONTH),
        rules[Rule.PRIVATE_PENSION],
        _pence(rules[Rule.DISABILITY_BENEFIT] * WEEKS_PER_MONTH),
        _pence(rules[Rule.STUDENT_SUPPORT]),
        rules, change, economy.on_credit,
    )  # fmt: skip
    # Private pensions vary from person to person; an exponential draw keeps the mean of the pack.
    persons.pension[fresh] = economy.draws.exponential(PENSION, 0, persons.uid[fresh])
    first = np.rint(rules[Rule.PRIVATE_PENSION] * persons.pension[fresh] * 100.0).astype(np.int64)
    np.add.at(change, persons.household[fresh], first)
    totals: Pence = np.array(sums)
    totals[1] += first.sum()
    return totals


def _pence(pounds: float) -> int:
    return int(to_pence(pounds))


# --- Universal Credit -------------------------------------------------------------------------------


@njit(cache=True)
def _needs_by_kind(rules):  # type: ignore[no-untyped-def]
    """Credit without rent or earnings by adults less one, children, and traits; see `_kind`."""
    needs = np.empty(2 * (MOST_CHILDREN + 1) * (ALL_TRAITS + 1))
    for couple in range(2):
        for children in range(MOST_CHILDREN + 1):
            for traits in range(ALL_TRAITS + 1):
                unfit, cares = (traits & UNFIT) // UNFIT, (traits & CARES) // CARES
                needs[_kind(couple, children, traits)] = credit_needs(
                    couple + 1, (traits & GROWN) > 0, children, unfit, cares, rules
                )
    return needs


@njit(cache=True, inline="always")
def _kind(couple, children, traits):  # type: ignore[no-untyped-def]
    """Position in the table of needs."""
    return (couple * (MOST_CHILDREN + 1) + min(children, MOST_CHILDREN)) * (ALL_TRAITS + 1) + traits


@njit(cache=True)
def _award(  # type: ignore[no-untyped-def]
    needs, housing, supported, earned, home, count, rules, taken_up, uid, seed, key, draw, at, change, on_credit
):
    """Pay the first units of a block what they are due, if they claim; returns the sum in pence."""
    with_housing, without, taper = rules[WITH_HOUSING], rules[WITHOUT], rules[TAPER]
    for k in range(count):
        due = credit_at_rates(needs[k], housing[k], supported[k], earned[k], with_housing, without, taper)
        needs[k] = np.rint(due * 100.0)
    # Numbers of a plain type, not of a kind of their own as constants have, so that a kernel is compiled once.
    claims, total = np.int64(0), np.int64(0)
    for k in range(count):
        home[claims] = home[k]
        needs[claims] = needs[k]
        claims += needs[k] > 0.0
    _take_up(home, claims, taken_up, uid, seed, np.int64(CLAIM), rules[TAKE_UP], key, draw, at, supported)
    for k in range(claims):
        paid = supported[k]
        pence = int(needs[k]) * paid
        change[home[k]] += pence
        on_credit[home[k]] |= paid
        total += pence
    return total


@njit(cache=True)
def _support_homes(  # type: ignore[no-untyped-def]
    head, partner, children, tenure, housing_cost, cash, claims, uid, trait, net_pay, growth, first_child, next_child,
    rules, seed, change, on_credit,
):  # fmt: skip
    """Child benefit to each household, and credit to its head with partner and children; returns both sums."""
    needs_of = _needs_by_kind(rules)
    may, supported, home = np.empty(BLOCK, np.bool_), np.empty(BLOCK, np.bool_), np.empty(BLOCK, np.int32)
    traits, both = np.empty(BLOCK, np.uint8), np.empty(BLOCK, np.uint8)
    needs, housing, earned, second = np.empty(BLOCK), np.empty(BLOCK), np.empty(BLOCK), np.empty(BLOCK)
    key, draw, at = np.empty(BLOCK, np.uint64), np.empty(BLOCK), np.empty(BLOCK, np.int32)
    most, share = int(rules[CAPITAL_LIMIT] * 100.0), rules[HOUSING_SHARE]
    child_benefit, credit = 0, 0
    for start in range(0, head.shape[0], BLOCK):
        here = slice(start, min(start + BLOCK, head.shape[0]))
        one, other, young, held, changed = head[here], partner[here], children[here], cash[here], change[here]
        rented, cost = tenure[here], housing_cost[here]
        # Most households may claim, so all are worked out: whole columns are quicker than rows here and there.
        # Nobody is read as the first person, and then left out.
        for i in range(one.shape[0]):
            traits[i] = trait[np.uint64(max(one[i], 0))]
        for i in range(one.shape[0]):
            both[i] = trait[np.uint64(max(other[i], 0))]
        for i in range(one.shape[0]):
            both[i] = (traits[i] * np.uint8(one[i] >= 0) | both[i] * np.uint8(other[i] >= 0)) & np.uint8(ALL_TRAITS)
        for i in range(one.shape[0]):
            may[i] = ((both[i] & ABLE) > 0) & (held[i] + changed[i] <= most)
        for i in range(one.shape[0]):
            benefit = young[i] * next_child + (young[i] > 0) * (first_child - next_child)
            changed[i] += benefit
            child_benefit += benefit
        for i in range(one.shape[0]):
            earned[i] = net_pay[np.uint64(max(one[i], 0))]
        for i in range(one.shape[0]):
            second[i] = net_pay[np.uint64(max(other[i], 0))]
        for i in range(one.shape[0]):
            earned[i] = earned[i] / 100.0 + second[i] / 100.0 * (other[i] >= 0)
        for i in range(one.shape[0]):
            # The older of two has all the years that count.
            needs[i] = needs_of[np.uint64(_kind(other[i] >= 0, young[i], both[i]))]
        for i in range(one.shape[0]):
            needs[i] *= may[i]
            supported[i] = (young[i] > 0) | ((both[i] & UNFIT) > 0)
            home[i] = start + i
        for i in range(one.shape[0]):
            rents = (rented[i] == SOCIAL_RENT) | (rented[i] == PRIVATE_RENT)
            housing[i] = share * (cost[i] / 100.0 * growth * (rents & may[i]))
        credit += _award(
            needs, housing, supported, earned, home, one.shape[0], rules, claims, uid, seed, key, draw, at, change,
            on_credit,
        )  # fmt: skip
    return child_benefit, credit


def support_homes(economy: Economy, traits: Traits, change: Pence) -> tuple[int, int]:
    """Child benefit, and Universal Credit to heads of households with their partners and children.

    Students and pensioners have support of their own.

    Args:
        economy: The economy, with benefit units kept up.
        traits: What each person may receive, as `entitlements` returns it.
        change: Change of each household's account so far, which counts as savings, pence; payments are added.

    Returns:
        Pence of child benefit and of credit.
    """
    persons, households, rules = economy.persons, economy.households, economy.rules
    benefit, credit = _support_homes(
        households.head, households.partner, households.children, households.tenure, households.housing_cost,
        households.cash, households.claims, households.uid, traits, persons.net_pay, economy.growth,
        _pence(rules[Rule.CHILD_BENEFIT_FIRST] * WEEKS_PER_MONTH),
        _pence(rules[Rule.CHILD_BENEFIT_NEXT] * WEEKS_PER_MONTH),
        rules, economy.draws.seed, change, economy.on_credit,
    )  # fmt: skip
    return int(benefit), int(credit)


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
