"""What a job would add to a household's income, given taxes and the benefits that it takes away.

The gain is worked out exactly at the points of a grid of earnings and is linear between them: only the
two points next to the pay in question are ever computed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from simulation.budget import SICK
from simulation.tax_benefit import net_pay, universal_credit

if TYPE_CHECKING:
    from simulation.economy import Economy

#: Monthly gross earnings at which the gain from work is worked out, pounds.
GAIN_GRID = np.array([0.0, 400.0, 800.0, 1200.0, 1700.0, 2300.0, 3200.0, 5000.0])


#: Persons whose budgets are looked up at a time: few enough to stay in the processor's cache.
BLOCK = 256
#: Rows of a page of budgets, see `open_page`.
KNOWN, OTHERS, BASE, ADULTS, OVER25, CHILDREN, LIMITED, LEFT, CARERS, RENT, SAVINGS = range(11)
PAGE_ROWS = 11


@njit(cache=True)
def open_page(page, rows, start, stop, budgets):  # type: ignore[no-untyped-def]
    """Note for a block of persons what `gain_at` needs of their benefit units.

    Each loop looks up one column, so that memory serves many persons at once; columns lie far apart.

    Args:
        page: Filled here, one column per person of the block, shape (PAGE_ROWS, at least stop - start).
        rows: Rows of persons, shape (n,).
        start: First of the block in `rows`.
        stop: One past the last.
        budgets: As `household_budgets` gives them.
    """
    unit, adults, over25, children, limited, carers, rent, earnings, savings, own, status, rules = budgets
    n = stop - start
    of = np.empty(n, np.int64)
    for i in range(n):
        of[i] = unit[rows[start + i]]
    for i in range(n):
        # Who came since the units were formed is in none before next month.
        page[KNOWN, i] = of[i] >= 0
        of[i] = max(of[i], 0)
    for i in range(n):
        page[OTHERS, i] = max(earnings[of[i]] - own[rows[start + i]] / 100.0, 0.0)
    for i in range(n):
        page[LIMITED, i] = limited[of[i]]
    for i in range(n):
        # A person who starts work no longer counts as unfit for it.
        page[LEFT, i] = max(page[LIMITED, i] - (status[rows[start + i]] == SICK), 0.0)
    for i in range(n):
        page[ADULTS, i] = adults[of[i]]
    for i in range(n):
        page[OVER25, i] = over25[of[i]]
    for i in range(n):
        page[CHILDREN, i] = children[of[i]]
    for i in range(n):
        page[CARERS, i] = carers[of[i]]
    for i in range(n):
        page[RENT, i] = rent[of[i]]
    for i in range(n):
        page[SAVINGS, i] = savings[of[i]]
    for i in range(n):
        page[BASE, i] = page[OTHERS, i] + _credit(page, i, page[LIMITED, i], page[OTHERS, i], rules)


@njit(cache=True)
def _credit(page, i, limited, net, rules):  # type: ignore[no-untyped-def]
    return universal_credit(
        int(page[ADULTS, i]), page[OVER25, i] > 0.0, int(page[CHILDREN, i]), int(limited), int(page[CARERS, i]),
        page[RENT, i], net, page[SAVINGS, i], rules,
    )  # fmt: skip


@njit(cache=True)
def gain_at(page, i, pay, grid, net_of_grid, rules):  # type: ignore[no-untyped-def]
    """What monthly earnings would add to the income of a person's benefit unit, over having none.

    Args:
        page: As `open_page` fills it.
        i: Column of the person.
        pay: Gross earnings, pounds a month; beyond the grid the last slope goes on.
        grid: `GAIN_GRID`.
        net_of_grid: Pay after tax at each point of it.
        rules: Taxes and benefits.

    Returns:
        Pounds a month.
    """
    k = 0
    while k < grid.shape[0] - 2 and pay > grid[k + 1]:
        k += 1
    low, high = net_of_grid[k], net_of_grid[k + 1]
    if page[KNOWN, i] > 0.0:
        others, base = page[OTHERS, i], page[BASE, i]
        fit = page[LIMITED, i] if k == 0 else page[LEFT, i]
        net = others + low
        low = net + _credit(page, i, fit, net, rules) - base
        net = others + high
        high = net + _credit(page, i, page[LEFT, i], net, rules) - base
    return low + (pay - grid[k]) / (grid[k + 1] - grid[k]) * (high - low)


@njit(cache=True)
def _gains(rows, pay, budgets, grid, net_of_grid, rules):  # type: ignore[no-untyped-def]
    out = np.empty(rows.shape[0])
    page = np.empty((PAGE_ROWS, BLOCK))
    for start in range(0, rows.shape[0], BLOCK):
        stop = min(start + BLOCK, rows.shape[0])
        open_page(page, rows, start, stop, budgets)
        for i in range(start, stop):
            out[i] = gain_at(page, i - start, pay[i], grid, net_of_grid, rules)
    return out


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
    """All that `open_page` needs to know: this month's benefit units, what persons earn, and the rules."""
    persons, units = economy.persons, economy.units
    return (
        persons.unit, units.adults, units.over25, units.children, units.limited, units.carers, units.rent,
        units.earnings, units.savings, persons.net_pay, persons.status, economy.rules,
    )  # fmt: skip


def gains_from_work(economy: Economy, rows: NDArray[np.int64], pay: NDArray[np.float64]) -> NDArray[np.float64]:
    """What earnings would add to the household's income, over having none.

    Args:
        economy: The economy, with this month's benefit units.
        rows: Rows of persons, shape (n,).
        pay: Gross monthly earnings of each in pounds, shape (n,).

    Returns:
        Pounds a month, shape (n,).
    """
    return np.asarray(_gains(rows, pay, household_budgets(economy), GAIN_GRID, net_of_grid(economy), economy.rules))
