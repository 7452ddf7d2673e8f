"""The catalogue of outcomes: what each indicator is called, its unit, how it is printed, and which way is good."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum

from experiments.dials import near_names
from experiments.errors import InputError


class Unit(Enum):
    """How values of an outcome are printed."""

    SHARE = "%"
    POUNDS = "£"
    POUNDS_AND_PENCE = "£ and pence"
    MILLIONS = "£m"
    MILLIONS_A_MONTH = "£m a month"
    COUNT = "count"
    RATIO = "ratio"
    MINUTES = "minutes"
    PENCE = "pence"


@dataclass(frozen=True)
class Outcome:
    """One outcome.

    Attributes:
        name: Column of `Economy.indicators`, or outcome of `Economy.breakdowns`.
        label: Name for people.
        unit: How it is printed.
        good: 1 where more is better, -1 where less is, 0 where neither is plain.
        headline: Whether it is shown first.
    """

    name: str
    label: str
    unit: Unit
    good: int = 0
    headline: bool = False

    def text(self, value: float) -> str:
        """A level, as printed, such as "23.4%" or "£1,204m"; "n/a" where there is none."""
        if not math.isfinite(value):
            return "n/a"
        sign, size = ("-" if value < 0 else ""), abs(value)
        return {
            Unit.SHARE: f"{sign}{100 * size:.1f}%",
            Unit.POUNDS: f"{sign}£{size:,.0f}",
            Unit.POUNDS_AND_PENCE: f"{sign}£{size:,.2f}",
            Unit.MILLIONS: f"{sign}£{size:,.0f}m",
            Unit.MILLIONS_A_MONTH: f"{sign}£{size:,.1f}m",
            Unit.COUNT: f"{sign}{size:,.0f}",
            Unit.RATIO: f"{sign}{size:.2f}",
            Unit.MINUTES: f"{sign}{size:.1f} min",
            Unit.PENCE: f"{sign}{size:,.0f}p",
        }[self.unit]

    def change(self, value: float) -> str:
        """A difference, with its sign, such as "+0.31 points" or "-£0.05"; "n/a" where there is none."""
        if not math.isfinite(value):
            return "n/a"
        sign, size = ("-" if value < 0 else "+"), abs(value)
        text = {
            Unit.SHARE: f"{sign}{100 * size:.2f} points",
            Unit.POUNDS: f"{sign}£{size:,.0f}",
            Unit.POUNDS_AND_PENCE: f"{sign}£{size:,.3f}",
            Unit.MILLIONS: f"{sign}£{size:,.1f}m",
            Unit.MILLIONS_A_MONTH: f"{sign}£{size:,.2f}m",
            Unit.COUNT: f"{sign}{size:,.0f}",
            Unit.RATIO: f"{sign}{size:.3f}",
            Unit.MINUTES: f"{sign}{size:.2f} min",
            Unit.PENCE: f"{sign}{size:,.0f}p",
        }[self.unit]
        # Nothing but zeros has no sign.
        return text if any(digit in text for digit in "123456789") else text.removeprefix(sign)


S, P, H, M, F, C, R = (
    Unit.SHARE, Unit.POUNDS, Unit.POUNDS_AND_PENCE, Unit.MILLIONS, Unit.MILLIONS_A_MONTH, Unit.COUNT, Unit.RATIO,
)  # fmt: skip

#: All outcomes, in the order in which they are shown.
CATALOGUE: tuple[Outcome, ...] = (
    Outcome("inactivity_rate", "Inactive, of working age", S, -1, headline=True),
    Outcome("employment_rate", "Employed, of working age", S, 1, headline=True),
    Outcome("unemployment_rate", "Unemployed, of the active", S, -1, headline=True),
    Outcome("hourly_pay_median", "Median hourly pay", H, 1, headline=True),
    Outcome("hourly_pay_p25", "Hourly pay of the lowest quarter", H, 1, headline=True),
    Outcome("share_below_real_living_wage", "Employees below the real Living Wage", S, -1, headline=True),
    Outcome("insecure_share", "Employees with insecure work", S, -1, headline=True),
    Outcome("in_work_poverty_rate", "Workers in poverty", S, -1, headline=True),
    Outcome("community_wealth_per_head", "Community wealth per head", P, 1, headline=True),
    Outcome("anchor_local_share", "Anchor spending kept local", S, 1, headline=True),
    Outcome("gva", "Gross value added, £m a year", M, 1, headline=True),
    Outcome("businesses", "Businesses", C, 1, headline=True),
    Outcome("qualified_nvq3_and_above", "Qualified to NVQ 3 or above", S, 1, headline=True),
    Outcome("reachable_vacancies_no_car", "Vacancies in reach without a car", C, 1, headline=True),
    Outcome("reachable_jobs_no_car", "Jobs in reach without a car", C, 1, headline=True),
    Outcome("public_policy_cost", "Public cost of policies, £m a month", F, -1, headline=True),
    Outcome("hourly_pay_p10", "Hourly pay of the lowest tenth", H, 1),
    Outcome("inactivity_long_term_sick", "Inactive: long-term sick", S, -1),
    Outcome("inactivity_carer", "Inactive: carers", S),
    Outcome("inactivity_student", "Inactive: students", S),
    Outcome("inactivity_retired", "Inactive: retired early", S),
    Outcome("inactivity_discouraged", "Inactive: discouraged and others", S, -1),
    Outcome("self_employment_share", "Self-employed, of the employed", S),
    Outcome("limiting_health_share", "With a limiting illness, of working age", S, -1),
    Outcome("population", "Residents", C),
    Outcome("working_age_population", "Residents of working age", C),
    Outcome("households", "Households", C),
    Outcome("course_participants", "On an adult course", C),
    Outcome("qualification_none", "Without qualification", S, -1),
    Outcome("qualification_nvq1", "Highest qualification NVQ 1", S),
    Outcome("qualification_nvq2", "Highest qualification NVQ 2", S),
    Outcome("qualification_nvq3", "Highest qualification NVQ 3", S),
    Outcome("qualification_nvq4plus", "Highest qualification NVQ 4 or more", S, 1),
    Outcome("hourly_pay_p90", "Hourly pay of the highest tenth", H),
    Outcome("pay_ratio_p90_p10", "Weekly pay, highest over lowest tenth", R, -1),
    Outcome("weekly_pay_median", "Median weekly pay", H, 1),
    Outcome("accredited_employment_share", "Employees of charter members", S, 1),
    Outcome("charter_wage_cost", "Wages that the charter's floor adds, £m a year", M),
    Outcome("real_living_wage", "Real Living Wage", H),
    Outcome("legal_floor", "Legal minimum wage", H),
    Outcome("gva_per_hour", "Gross value added an hour", H, 1),
    Outcome("business_births", "Start-ups in the month", C),
    Outcome("business_deaths", "Closures in the month", C),
    Outcome("survival_three_years", "Start-ups that survive three years", S, 1),
    Outcome("accredited_businesses", "Businesses in the charter", C, 1),
    Outcome("jobs", "Jobs", C, 1),
    Outcome("vacancies", "Vacancies", C),
    Outcome("hires", "Hires in the month", C),
    Outcome("separations", "Separations in the month", C),
    Outcome("job_finding_rate", "Unemployed who find work in the month", S, 1),
    Outcome("disposable_income", "Disposable income of households, £m a month", F, 1),
    Outcome("household_wealth", "Household financial wealth", M, 1),
    Outcome("local_business_equity", "Equity of locally owned businesses", M, 1),
    Outcome("community_held_assets", "Assets held by the community", M, 1),
    Outcome("community_wealth", "Community wealth", M, 1),
    Outcome("wealth_gini", "Gini coefficient of household wealth", R, -1),
    Outcome("household_local_share", "Household spending kept local", S, 1),
    Outcome("procurement_premium", "Premium paid by anchors, £m a year", M),
    Outcome("local_multiplier", "Local multiplier of anchor spending (LM3)", R, 1),
    Outcome("policy_support", "Support that policies pay to firms, £m a month", F),
    Outcome("policy_value_added", "Value added in what policies order here, £m a month", F),
    Outcome("commuting_costs", "Fares, fuel and parking on the way to work, £m a month", F, -1),
    Outcome("commuting_value_added", "Value added in fares to work, £m a month", F),
    Outcome("anchor_value_added", "Value added of anchors, £m a month", F),
    Outcome("tax_revenue", "Taxes, £m a month", F),
    Outcome("benefit_spending", "Benefits, £m a month", F),
    Outcome("fiscal_balance", "Fiscal balance, £m a month", F, 1),
    Outcome("ledger_discrepancy", "Ledger discrepancy", Unit.PENCE),
    Outcome("reachable_vacancies", "Vacancies in reach", C, 1),
    Outcome("mean_commute_minutes", "Mean journey to work", Unit.MINUTES, -1),
    Outcome("car_commute_share", "Journeys to work by car", S, -1),
)

#: Outcomes of the breakdowns by group that are not headline indicators under the same name.
BY_GROUP: tuple[Outcome, ...] = (
    Outcome("median_hourly_pay", "Median hourly pay", H, 1),
    Outcome("household_wealth_per_head", "Household wealth per head", P, 1),
    Outcome("equivalised_income", "Equivalised disposable income a year", P, 1),
)

#: Names of the outcomes shown first.
HEADLINE: tuple[str, ...] = tuple(item.name for item in CATALOGUE if item.headline)

_BY_NAME = {item.name: item for item in (*CATALOGUE, *BY_GROUP)}


def outcome(name: str) -> Outcome:
    """The outcome of a name; one that the catalogue does not know is shown under its own name as a ratio."""
    return _BY_NAME.get(name) or Outcome(name, name.replace("_", " "), R)


def check_outcome(name: str, option: str = "--outcome") -> None:
    """Make sure that runs record an indicator, before they are done.

    Raises:
        InputError: They do not; the line names those that are like it.
    """
    names = [item.name for item in CATALOGUE]
    if name not in names:
        near = ", ".join(near_names(name, names)) or "the indicators that `commonweal run` records"
        raise InputError(f"{option}: {name}: unknown; allowed: {near}")
