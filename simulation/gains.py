"""What a job would add to a household's income, given taxes and the benefits that it takes away.

The gain is worked out exactly at the points of a grid of earnings and is linear between them: only the
two points next to the pay in question are ever computed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from agents.person_fields import Status
from simulation.tax_benefit import net_pay, universal_credit

if TYPE_CHECKING:
    from simulation.economy import Economy

#: Monthly gross earnings at which the gain from work is worked out, pounds.
GAIN_GRID = np.array([0.0, 400.0, 800.0, 1200.0, 1700.0, 2300.0, 3200.0, 5000.0])
SICK = int(Status.LONG_TERM_SICK)


@njit(cache=True)
def gain_at(row, pay, budgets):  # type: ignore[no-untyped-def]
    """What monthly earnings would add to the income of a person's benefit unit, over having none.

    Args:
        row: Row of the person.
        pay: Gross earnings, pounds a month; beyond the grid the last slope goes on.
        budgets: As `household_budgets` gives them.

    Returns:
        Pounds a month.
    """
    (unit, known_uid, adults, over25, children, limited, carers, rent, earnings, savings,
     uid, own, status, grid, net_of_grid, rules) = budgets  # fmt: skip
    k = 0
    while k < grid.shape[0] - 2 and pay > grid[k + 1]:
        k += 1
    low, high = net_of_grid[k], net_of_grid[k + 1]
    # A row may since have passed to another person, whose unit is not known before next month.
    u = unit[row] if row < unit.shape[0] and known_uid[row] == uid[row] else -1
    if u >= 0:
        others = max(earnings[u] - own[row] / 100.0, 0.0)
        base = others + universal_credit(
            adults[u], over25[u], children[u], limited[u], carers[u], rent[u], others, savings[u], rules
        )
        # A person who starts work no longer counts as unfit for it.
        left = max(limited[u] - (status[row] == SICK), 0)
        fit = limited[u] if k == 0 else left
        net = others + low
        award = universal_credit(adults[u], over25[u], children[u], fit, carers[u], rent[u], net, savings[u], rules)
        low = net + award - base
        net = others + high
        award = universal_credit(adults[u], over25[u], children[u], left, carers[u], rent[u], net, savings[u], rules)
        high = net + award - base
    return low + (pay - grid[k]) / (grid[k + 1] - grid[k]) * (high - low)


@njit(cache=True)
def _gains(rows, pay, budgets):  # type: ignore[no-untyped-def]
    out = np.empty(rows.shape[0])
    for i in range(rows.shape[0]):
        out[i] = gain_at(rows[i], pay[i], budgets)
    return out


@njit(cache=True)
def _net_of(grid, rules):  # type: ignore[no-untyped-def]
    out = np.empty(grid.shape[0])
    for g in range(grid.shape[0]):
        out[g] = net_pay(grid[g], rules, False)
    return out


def household_budgets(economy: Economy) -> tuple[Any, ...]:
    """All that `gain_at` needs to know: this month's benefit units, what persons earn, and the rules."""
    persons, units = economy.persons, economy.units
    return (
        units.of_person, units.uid, units.adults, units.over25, units.children, units.limited, units.carers,
        units.rent, units.earnings, units.savings, persons.uid, persons.net_pay, persons.status, GAIN_GRID,
        _net_of(GAIN_GRID, economy.rules), economy.rules,
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
    return np.asarray(_gains(rows, pay, household_budgets(economy)))
