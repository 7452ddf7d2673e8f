"""What a job would add to a household's income, given taxes and the benefits that it takes away.

The gain is worked out exactly at the points of a grid of earnings and is linear between them: only the
two points next to the pay in question are ever computed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from simulation.budget import PRIVATE_RENT, SICK, SOCIAL_RENT, keep_units
from simulation.tax_benefit import Rule, credit_left, credit_needs, net_pay

if TYPE_CHECKING:
    from simulation.economy import Economy

#: Monthly gross earnings at which the gain from work is worked out, pounds.
GAIN_GRID = np.array([0.0, 400.0, 800.0, 1200.0, 1700.0, 2300.0, 3200.0, 5000.0])


CAPITAL_LIMIT, HOUSING_SHARE = int(Rule.UC_CAPITAL_LIMIT), int(Rule.UC_HOUSING_SHARE)
#: Pounds a month that no rounding comes to.
HAIR = 1e-6
#: Persons whose budgets are looked up at a time: few enough to stay in the processor's cache.
BLOCK = 256
#: Rows of a page of budgets, see `_open_page`: what is asked for, then what it is worked out from.
OTHERS, BASE, HOUSING, NEEDS, SUPPORTED, NEEDS_FIT, SUPPORTED_FIT = range(7)
ADULTS, OVER25, CHILDREN, LIMITED, CARERS, SAVINGS = range(7, 13)
PAGE_ROWS = 13


@njit(cache=True)
def _open_page(page, rows, start, n, budgets):  # type: ignore[no-untyped-def]
    """Note for a block of adults what `_gain_at` needs of their benefit units.

    Each loop looks up what lies together, so that memory serves many persons at once.

    Args:
        page: Filled here, one column per person of the block, shape (PAGE_ROWS, at least n).
        rows: Rows of adults, shape (n,).
        start: First of the block in `rows`.
        n: How many.
        budgets: As `household_budgets` gives them.
    """
    persons, homes, growth, rules = budgets
    household, lodges, age_months, employer, status, health, caring, disability, net_pay = persons
    head, partner, children, tenure, housing_cost, cash = homes
    home, oldest, other = np.empty(n, np.int32), np.empty(n, np.int32), np.empty(n, np.int32)
    alone = np.empty(n, np.bool_)
    for i in range(n):
        home[i], alone[i] = household[rows[start + i]], lodges[rows[start + i]] > 0
    for i in range(n):
        own, first, second = rows[start + i], head[home[i]], partner[home[i]]
        oldest[i] = own if alone[i] else first
        other[i] = -1 if alone[i] else (second if first == own else first)
        page[ADULTS, i] = 1 + (other[i] >= 0)
    for i in range(n):
        page[CHILDREN, i] = 0 if alone[i] else children[home[i]]
        # Whoever lodges is not liable for the rent and does not hold the savings.
        page[SAVINGS, i] = 0.0 if alone[i] else max(cash[home[i]], 0) / 100.0
        rents = (tenure[home[i]] == SOCIAL_RENT) | (tenure[home[i]] == PRIVATE_RENT)
        rent = housing_cost[home[i]] / 100.0 * growth if rents and not alone[i] else 0.0
        page[HOUSING, i] = rules[HOUSING_SHARE] * rent
    for i in range(n):
        own = rows[start + i]
        page[OVER25, i] = age_months[oldest[i]] >= 25 * 12
        idle = employer[own] < 0
        page[LIMITED, i] = idle & (status[own] == SICK) & (health[own] > 0)
        page[CARERS, i] = idle & (caring[own] > 0) & (disability[own] > 0)
    for i in range(n):
        own, with_other = max(other[i], 0), other[i] >= 0
        idle = with_other & (employer[own] < 0)
        page[OTHERS, i] = net_pay[own] / 100.0 * with_other
        page[LIMITED, i] += idle & (status[own] == SICK) & (health[own] > 0)
        page[CARERS, i] += idle & (caring[own] > 0) & (disability[own] > 0)
    for i in range(n):
        unfit = int(page[LIMITED, i])
        # A person who starts work no longer counts as unfit for it.
        left = max(unfit - (status[rows[start + i]] == SICK), 0)
        entitled = page[SAVINGS, i] <= rules[CAPITAL_LIMIT]
        page[HOUSING, i] = page[HOUSING, i] if entitled else 0.0
        page[NEEDS, i] = _needs(page, i, unfit, rules) if entitled else 0.0
        page[NEEDS_FIT, i] = page[NEEDS, i]
        if left != unfit and entitled:
            page[NEEDS_FIT, i] = _needs(page, i, left, rules)
        page[SUPPORTED, i] = page[CHILDREN, i] > 0.0 or unfit > 0
        page[SUPPORTED_FIT, i] = page[CHILDREN, i] > 0.0 or left > 0
        others = page[OTHERS, i]
        page[BASE, i] = others + credit_left(page[NEEDS, i], page[HOUSING, i], page[SUPPORTED, i] > 0.0, others, rules)


@njit(cache=True)
def _needs(page, i, limited, rules):  # type: ignore[no-untyped-def]
    return credit_needs(
        int(page[ADULTS, i]), page[OVER25, i] > 0.0, int(page[CHILDREN, i]), limited, int(page[CARERS, i]), rules
    )


@njit(cache=True)
def _gain_at(page, i, pay, grid, net_of_grid, rules):  # type: ignore[no-untyped-def]
    """What monthly earnings would add to the income of a person's benefit unit, over having none.

    Args:
        page: As `_open_page` fills it.
        i: Column of the person.
        pay: Gross earnings, pounds a month; beyond the grid the last slope goes on.
        grid: `GAIN_GRID`.
        net_of_grid: Pay after tax at each point of it.
        rules: Taxes and benefits.

    Returns:
        Pounds a month.
    """
    k = 0
    for g in range(1, grid.shape[0] - 1):
        k += pay > grid[g]
    others, base, housing = page[OTHERS, i], page[BASE, i], page[HOUSING, i]
    # The first point is no job at all.
    needs, supported = page[NEEDS_FIT, i], page[SUPPORTED_FIT, i] > 0.0
    if k == 0:
        needs, supported = page[NEEDS, i], page[SUPPORTED, i] > 0.0
    net = others + net_of_grid[k]
    low = net + credit_left(needs, housing, supported, net, rules) - base
    net = others + net_of_grid[k + 1]
    high = net + credit_left(page[NEEDS_FIT, i], housing, page[SUPPORTED_FIT, i] > 0.0, net, rules) - base
    return low + (pay - grid[k]) / (grid[k + 1] - grid[k]) * (high - low)


@njit(cache=True)
def gains(rows, pay, budgets, grid, net_of_grid, rules):  # type: ignore[no-untyped-def]
    """What earnings would add to the income of benefit units, over having none.

    Args:
        rows: Rows of adults, shape (n,).
        pay: Gross earnings of each, pounds a month, shape (n,).
        budgets: As `household_budgets` gives them.
        grid: `GAIN_GRID`.
        net_of_grid: Pay after tax at each point of it.
        rules: Taxes and benefits.

    Returns:
        Pounds a month, shape (n,).
    """
    out = np.empty(rows.shape[0])
    page = np.empty((PAGE_ROWS, BLOCK))
    for start in range(0, rows.shape[0], BLOCK):
        n = min(BLOCK, rows.shape[0] - start)
        _open_page(page, rows, start, n, budgets)
        for i in range(n):
            out[start + i] = _gain_at(page, i, pay[start + i], grid, net_of_grid, rules)
    return out


@njit(cache=True)
def net_at(pay, grid, net_of_grid, slope):  # type: ignore[no-untyped-def]
    """What is left of pay after tax, straight between the points of the grid, pounds a month.

    Nobody gains more than this, and whoever is fit for work as they are at least as much of it as the taper of
    Universal Credit leaves.

    Args:
        pay: Gross earnings, pounds a month.
        grid: `GAIN_GRID`.
        net_of_grid: Pay after tax at each point of it.
        slope: By how much pay after tax rises with pay from each point to the next.
    """
    k = 0
    for g in range(1, grid.shape[0] - 1):
        k += pay > grid[g]
    return net_of_grid[k] + (pay - grid[k]) * slope[k]


@njit(cache=True)
def _net_of(grid, rules):  # type: ignore[no-untyped-def]
    out = np.empty(grid.shape[0])
    for g in range(grid.shape[0]):
        out[g] = net_pay(grid[g], rules, False)
    return out


def net_of_grid(economy: Economy) -> NDArray[np.float64]:
    """Pay after tax at each point of `GAIN_GRID` this month, pounds."""
    return np.asarray(_net_of(GAIN_GRID, economy.rules))


def household_budgets(economy: Economy) -> tuple[Any, ...]:
    """All that `_open_page` needs to know: persons and their households as they now are, growth, and the rules."""
    keep_units(economy)
    persons, households = economy.persons, economy.households
    return (
        (
            persons.household, persons.lodges, persons.age_months, persons.employer, persons.status, persons.health,
            persons.caring, persons.disability, persons.net_pay,
        ),
        (
            households.head, households.partner, households.children, households.tenure, households.housing_cost,
            households.cash,
        ),
        economy.growth,
        economy.rules,
    )  # fmt: skip


def gains_from_work(economy: Economy, rows: NDArray[np.int64], pay: NDArray[np.float64]) -> NDArray[np.float64]:
    """What earnings would add to the household's income, over having none.

    Args:
        economy: The economy.
        rows: Rows of adults, shape (n,).
        pay: Gross monthly earnings of each in pounds, shape (n,).

    Returns:
        Pounds a month, shape (n,).
    """
    return np.asarray(gains(rows, pay, household_budgets(economy), GAIN_GRID, net_of_grid(economy), economy.rules))
