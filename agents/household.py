"""Households: what they spend and where they shop."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from agents.column_agent import ColumnAgent


class Household(ColumnAgent):
    """A household of one or more persons; its attributes are columns, see `household_fields`."""

    @property
    def members(self) -> NDArray[np.int64]:
        """Rows of the household's persons."""
        persons = self.model.persons
        rows: NDArray[np.int64] = np.flatnonzero(persons.alive & (persons.household == self.row))
        return rows


@njit(cache=True, inline="always")
def adult_equivalents(people, under_14):  # type: ignore[no-untyped-def]
    """How many single adults need as much as a household; one also where nobody lives.

    The first adult counts 1, others from 14 on a half, younger ones 0.3 (Hagenaars, de Vos and Zaidi 1994).
    """
    return max(0.5 * people - 0.2 * under_14 + 0.5, 1.0)


@njit(cache=True)
def consumption(
    expected_income: float, cash: float, necessities: float, out_of_income: float, out_of_wealth: float
) -> float:
    """Consumption of a household in a month, in pounds.

    A linear function of expected disposable income and wealth (Godley and Lavoie 2007, ch. 3), never
    less than necessities and never more than the money at hand.

    Args:
        expected_income: Expected disposable income after housing costs, pounds a month.
        cash: Money at hand, pounds.
        necessities: Spending below which the household draws its savings down, pounds a month.
        out_of_income: Propensity to consume out of income.
        out_of_wealth: Propensity to consume out of wealth, per month.
    """
    wanted = out_of_income * max(expected_income, 0.0) + out_of_wealth * max(cash, 0.0)
    return min(max(wanted, necessities), max(cash, 0.0))


@njit(cache=True)
def shopping_shares(
    attraction: NDArray[np.float64], discount: NDArray[np.float32], shares: NDArray[np.float64]
) -> None:
    """Where one neighbourhood spends: Huff's gravity model (Huff 1964), filled into `shares`.

    Args:
        attraction: Mass of shops by zone and industry, shape (zones, industries).
        discount: Discount by distance from the neighbourhood, shape (zones,).
        shares: Filled; for each industry shares that sum to one, or zeros where there is nothing,
            shape (zones, industries).
    """
    zones, industries = attraction.shape
    total = np.zeros(industries)
    # Industries run innermost: their sums do not wait for one another.
    for z in range(zones):
        near = float(discount[z])
        for k in range(industries):
            shares[z, k] = attraction[z, k] * near
            total[k] += shares[z, k]
    for k in range(industries):
        total[k] = 1.0 / total[k] if total[k] > 0.0 else 0.0
    for z in range(zones):
        for k in range(industries):
            shares[z, k] *= total[k]
