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


@njit(cache=True)
def gains(rows, pay, budgets, grid, net_of_grid, rules):  # type: ignore[no-untyped-def]
    """What earnings would add to the income of benefit units, over having none.

    Args:
        rows: Rows of adults, shape (n,).
        pay: Gross earnings of each, pounds a month, shape (n,); beyond the grid the last slope goes on.
        budgets: As `household_budgets` gives them.
        grid: `GAIN_GRID`.
        net_of_grid: Pay after tax at each point of it.
        rules: Taxes and benefits.

    Returns:
        Pounds a month, shape (n,).
    """
    persons, homes, growth, _ = budgets
    household, lodges, age_months, employer, status, health, caring, disability, net_pay = persons
    head, partner, children, tenure, housing_cost, cash = homes
    out = np.empty(rows.shape[0])
    # No constant, for which callees would be compiled anew.
    nobody: Any = np.int64(0)
    for i in range(rows.shape[0]):
        own, home = rows[i], household[rows[i]]
        alone = lodges[own] > 0
        other = partner[home] if head[home] == own else head[home]
        oldest = age_months[own if alone else head[home]]
        # Whoever lodges is not liable for the rent and does not hold the savings.
        young, savings, rent = nobody, 0.0, 0.0
        if alone:
            other = -1
        else:
            young, savings = int(children[home]), max(cash[home], 0) / 100.0
            if (tenure[home] == SOCIAL_RENT) | (tenure[home] == PRIVATE_RENT):
                rent = housing_cost[home] / 100.0 * growth
        others, unfit, carers = 0.0, nobody, nobody
        for adult in (own, other):
            if adult >= 0 and employer[adult] < 0:
                unfit += (status[adult] == SICK) & (health[adult] > 0)
                carers += (caring[adult] > 0) & (disability[adult] > 0)
        if other >= 0:
            others = net_pay[other] / 100.0
        # A person who starts work no longer counts as unfit for it.
        unfit_then = max(unfit - (status[own] == SICK), 0)
        housing, needs, needs_then = 0.0, 0.0, 0.0
        if savings <= rules[CAPITAL_LIMIT]:
            housing = rules[HOUSING_SHARE] * rent
            adults, grown = 1 + (other >= 0), oldest >= 25 * 12
            needs = credit_needs(adults, grown, young, unfit, carers, rules)
            needs_then = credit_needs(adults, grown, young, unfit_then, carers, rules)
        supported, supported_then = young > 0 or unfit > 0, young > 0 or unfit_then > 0
        base = others + credit_left(needs, housing, supported, others, rules)
        k = 0
        for g in range(1, grid.shape[0] - 1):
            k += pay[i] > grid[g]
        # The gain is exact at the points next to the pay; the first point is no job at all.
        if k > 0:
            needs, supported = needs_then, supported_then
        net = others + net_of_grid[k]
        low = net + credit_left(needs, housing, supported, net, rules) - base
        net = others + net_of_grid[k + 1]
        high = net + credit_left(needs_then, housing, supported_then, net, rules) - base
        out[i] = low + (pay[i] - grid[k]) / (grid[k + 1] - grid[k]) * (high - low)
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
    """All that `gains` needs to know: persons and their households as they now are, growth, and the rules."""
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
