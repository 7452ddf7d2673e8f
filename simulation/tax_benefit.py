"""Taxes and benefits: dated parameters of the pack, and the rules as pure kernels.

The rules are those of HM Government for 2019/20 and 2020/21, simplified: one tax code, yearly
thresholds applied month by month, Universal Credit for all who are entitled and claim. Amounts are
pounds a month unless said otherwise. Values are in base-year pounds; thresholds and benefits follow
the economy's trend growth, so that the system neither tightens nor loosens against earnings.
"""

from __future__ import annotations

from enum import IntEnum
from functools import lru_cache

import numpy as np
from numba import njit
from numpy.typing import NDArray

from simulation.months import month_number
from simulation.region import Region


class Rule(IntEnum):
    """Position of each parameter in the array that kernels take."""

    PERSONAL_ALLOWANCE = 0
    BASIC_RATE = 1
    BASIC_LIMIT = 2
    HIGHER_RATE = 3
    ALLOWANCE_TAPER_START = 4
    ADDITIONAL_THRESHOLD = 5
    ADDITIONAL_RATE = 6
    NI_PRIMARY_THRESHOLD = 7
    NI_UPPER_LIMIT = 8
    NI_MAIN_RATE = 9
    NI_UPPER_RATE = 10
    NI_SECONDARY_THRESHOLD = 11
    NI_EMPLOYER_RATE = 12
    NI_CLASS4_RATE = 13
    UC_SINGLE_UNDER25 = 14
    UC_SINGLE_25PLUS = 15
    UC_COUPLE_UNDER25 = 16
    UC_COUPLE_25PLUS = 17
    UC_FIRST_CHILD = 18
    UC_NEXT_CHILD = 19
    UC_CHILDREN_LIMIT = 20
    UC_LCWRA = 21
    UC_CARER = 22
    UC_WORK_ALLOWANCE_HOUSING = 23
    UC_WORK_ALLOWANCE = 24
    UC_CAPITAL_LIMIT = 25
    UC_TAPER = 26
    UC_TAKE_UP = 27
    UC_HOUSING_SHARE = 28
    STATE_PENSION = 29
    CHILD_BENEFIT_FIRST = 30
    CHILD_BENEFIT_NEXT = 31
    DISABILITY_BENEFIT = 32
    DISABILITY_TAKE_UP = 33
    STUDENT_SUPPORT = 34
    PRIVATE_PENSION = 35
    VAT_RATE = 36
    CORPORATION_TAX_RATE = 37
    BUSINESS_RATES = 38
    COUNCIL_TAX = 39
    COUNCIL_TAX_REDUCTION = 40
    WAGE_FLOOR_25 = 41
    WAGE_FLOOR_21 = 42
    WAGE_FLOOR_18 = 43
    WAGE_FLOOR_16 = 44
    REAL_LIVING_WAGE = 45


#: Parameters that are amounts of money and so follow trend growth; the rest are rates and counts.
_MONEY_UNITS = ("pounds",)
#: Whether the state taxes at all is not a question; how many pounds make a month from weekly amounts is.
WEEKS = 52.0 / 12.0


def rules_for(region: Region, calendar: str, growth: float = 1.0) -> NDArray[np.float64]:
    """Parameters in force in a calendar month, as one array for the kernels.

    Args:
        region: Pack with a `tax_benefit` table.
        calendar: Month, "YYYY-MM".
        growth: Factor on amounts of money since the base.

    Returns:
        Array of shape (len(Rule),), positions as in `Rule`.

    Raises:
        KeyError: The pack lacks a parameter.
    """
    when = month_number(calendar)
    values = np.full(len(Rule), np.nan)
    for position, start, value, is_money in _dated_rows(region):
        # Rows come in order of date within each name; the last that has begun holds, the first before that.
        if start <= when or np.isnan(values[position]):
            values[position] = value * (growth if is_money else 1.0)
    if np.isnan(values).any():
        missing = Rule(int(np.flatnonzero(np.isnan(values))[0])).name.lower()
        raise KeyError(f"tax_benefit.csv lacks {missing}")
    return values


@lru_cache(maxsize=4)
def _dated_rows(region: Region) -> tuple[tuple[int, int, float, bool], ...]:
    """Position, first month, value, and whether it is money, for each row of the pack's table."""
    table = region.tables["tax_benefit"]
    return tuple(
        (int(Rule[str(name).upper()]), month_number(str(start)[:7]), float(value), str(unit).startswith(_MONEY_UNITS))
        for name, start, value, unit in zip(table["name"], table["from"], table["value"], table["unit"], strict=True)
    )


@njit(cache=True)
def income_tax(annual: float, rules: NDArray[np.float64]) -> float:
    """Income tax of a year on earnings of a year, pounds."""
    return float(tax_at_rates(annual, rules[0], rules[4], rules[1], rules[2], rules[3], rules[5], rules[6]))


# Loops over many persons take the rates out of the array first: only then do they run many rows at once.


@njit(cache=True)
def tax_at_rates(  # type: ignore[no-untyped-def]
    annual, full_allowance, taper_from, basic_rate, basic_limit, higher_rate, top_threshold, top_rate
):
    """Income tax as `income_tax`, its rates as numbers."""
    # The allowance is cut by half of what is earned beyond a limit.
    cut = max(0.0, full_allowance - (annual - taper_from) / 2.0)
    allowance = cut if annual > taper_from else full_allowance
    taxable = max(0.0, annual - allowance)
    top_from = max(top_threshold - allowance, basic_limit)
    tax = basic_rate * min(taxable, basic_limit)
    tax += higher_rate * max(0.0, min(taxable, top_from) - basic_limit)
    tax += top_rate * max(0.0, taxable - top_from)
    return tax


@njit(cache=True)
def employee_ni(annual: float, rules: NDArray[np.float64], self_employed: bool) -> float:
    """National insurance of a year paid by an employee (class 1) or a self-employed person (class 4)."""
    return float(ni_at_rates(annual, rules[13] if self_employed else rules[9], rules[7], rules[8], rules[10]))


@njit(cache=True)
def ni_at_rates(annual, main_rate, threshold, upper_limit, upper_rate):  # type: ignore[no-untyped-def]
    """National insurance as `employee_ni`, its rates as numbers."""
    main = main_rate * max(0.0, min(annual, upper_limit) - threshold)
    return main + upper_rate * max(0.0, annual - upper_limit)


@njit(cache=True)
def employer_ni(annual: float, rules: NDArray[np.float64]) -> float:
    """National insurance of a year paid by the employer for one employee."""
    return float(employer_ni_at_rates(annual, rules[12], rules[11]))


@njit(cache=True)
def employer_ni_at_rates(annual, rate, threshold):  # type: ignore[no-untyped-def]
    """National insurance as `employer_ni`, its rates as numbers."""
    return rate * max(0.0, annual - threshold)


@njit(cache=True)
def net_pay(gross: float, rules: NDArray[np.float64], self_employed: bool) -> float:
    """Pay after income tax and national insurance, pounds a month from pounds a month."""
    annual = gross * 12.0
    return gross - (income_tax(annual, rules) + employee_ni(annual, rules, self_employed)) / 12.0


@njit(cache=True)
def universal_credit(
    adults: int,
    over25: bool,
    children: int,
    limited: int,
    carers: int,
    rent: float,
    net_earnings: float,
    savings: float,
    rules: NDArray[np.float64],
) -> float:
    """Universal Credit of one benefit unit, pounds a month.

    Args:
        adults: 1 or 2.
        over25: Whether the older adult is 25 or more.
        children: Number of children.
        limited: Adults with limited capability for work-related activity.
        carers: Adults who care for a severely disabled person.
        rent: Rent a month; 0 for owners.
        net_earnings: Earnings after tax of the unit.
        savings: Money in the bank, pounds.
        rules: Parameters.
    """
    if savings > rules[25]:
        return 0.0
    needs = credit_needs(adults, over25, children, limited, carers, rules)
    return credit_left(needs, rules[28] * rent, children > 0 or limited > 0, net_earnings, rules)


@njit(cache=True)
def credit_needs(
    adults: int, over25: bool, children: int, limited: int, carers: int, rules: NDArray[np.float64]
) -> float:
    """Universal Credit of a unit without rent, earnings or savings, pounds a month; as `universal_credit`."""
    # Both outcomes of each condition are worked out, so that none keeps the processor guessing.
    # Standard allowance: single under 25, single, couple both under 25, couple.
    standard = rules[14 + 2 * (adults != 1) + over25]
    counted = min(float(children), rules[20])
    for_children = rules[18] + rules[19] * (counted - 1.0)
    amount = standard + (for_children if counted >= 1.0 else 0.0)
    return float(amount + (rules[21] * min(limited, 1) + rules[22] * min(carers, 1)))


@njit(cache=True)
def credit_left(
    needs: float, housing: float, supported: bool, net_earnings: float, rules: NDArray[np.float64]
) -> float:
    """Universal Credit that is left after earnings, pounds a month.

    Args:
        needs: Credit without rent or earnings.
        housing: Support with the rent.
        supported: Whether the unit has children or somebody unfit for work, and so may earn some first.
        net_earnings: Earnings after tax of the unit.
        rules: Parameters.
    """
    return float(credit_at_rates(needs, housing, supported, net_earnings, rules[23], rules[24], rules[26]))


@njit(cache=True)
def credit_at_rates(needs, housing, supported, net_earnings, with_housing, without, taper):  # type: ignore[no-untyped-def]
    """Universal Credit as `credit_left`, its allowances and taper as numbers."""
    allowance = (with_housing if housing > 0.0 else without) if supported else 0.0
    return max(0.0, needs + housing - taper * max(0.0, net_earnings - allowance))


@njit(cache=True)
def wage_floor(age_years: float, rules: NDArray[np.float64]) -> float:
    """Legal minimum hourly wage at an age, pounds."""
    if age_years >= 25.0:
        return float(rules[41])
    if age_years >= 21.0:
        return float(rules[42])
    if age_years >= 18.0:
        return float(rules[43])
    return float(rules[44])


@njit(cache=True)
def wage_floors(age_years: NDArray[np.float64], rules: NDArray[np.float64]) -> NDArray[np.float64]:
    """Legal minimum hourly wages at these ages, pounds, shape (n,)."""
    out = np.empty(age_years.shape[0])
    for i in range(age_years.shape[0]):
        out[i] = wage_floor(age_years[i], rules)
    return out
