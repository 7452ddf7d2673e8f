"""Headline indicators, as real-world totals and shares."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit
from numpy.typing import NDArray

from agents.household import adult_equivalents
from agents.organisation_fields import Kind, Ownership
from agents.person_fields import EMPLOYED, INACTIVE, WORKING_AGE_MONTHS, Status
from simulation.accounts import Book, Flow, Sector
from simulation.charter import extra_pay
from simulation.order_statistics import gini, quantiles, weighted_median
from simulation.tallies import (
    ACCREDITED,
    ALIVE,
    BY_CAR,
    COMMUTERS,
    EMPLOYEES,
    HERE,
    INSECURE,
    INSIDE,
    JOURNEYS,
    LIMITED,
    LOW_PAID,
    ON_COURSES,
    HomeTally,
    PersonTally,
    tally_homes,
    tally_persons,
)

if TYPE_CHECKING:
    from simulation.economy import Economy

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]

#: Poverty line as a share of the median (households below average income, HM Government).
POVERTY_LINE = 0.6
TAXES = (
    Flow.INCOME_TAX, Flow.EMPLOYEE_NI, Flow.EMPLOYER_NI, Flow.VAT, Flow.COUNCIL_TAX, Flow.BUSINESS_RATES,
    Flow.CORPORATION_TAX,
)  # fmt: skip
BENEFITS = (
    Flow.UNIVERSAL_CREDIT, Flow.STATE_PENSION, Flow.CHILD_BENEFIT, Flow.DISABILITY_BENEFIT, Flow.STUDENT_SUPPORT,
)  # fmt: skip
FIRM_SECTORS = (Sector.LOCAL_FIRMS, Sector.EXTERNAL_FIRMS, Sector.SOCIAL_FIRMS)
REASONS = {
    "long_term_sick": Status.LONG_TERM_SICK,
    "carer": Status.CARER,
    "student": Status.STUDENT,
    "retired": Status.RETIRED,
    "discouraged": Status.DISCOURAGED,
}
LEVELS = ("none", "nvq1", "nvq2", "nvq3", "nvq4plus")


def ratio(part: float, whole: float) -> float:
    """A share, 0 where there is nothing to share."""
    return float(part) / float(whole) if whole else 0.0


def working_age_rows(economy: Economy) -> Rows:
    """Rows of residents aged 16 to 64."""
    persons = economy.persons
    low, high = WORKING_AGE_MONTHS
    return np.flatnonzero(persons.alive & (persons.age_months >= low) & (persons.age_months < high))


def headline(economy: Economy) -> dict[str, float]:
    """All headline indicators of the month that has just closed."""
    persons = tally_persons(economy)
    homes = tally_homes(economy)
    return {
        **people(economy, persons, homes.cash.size),
        **pay(economy, persons),
        **business(economy, persons),
        **wealth(economy, persons, homes),
        **flows(economy),
        **places(economy, persons, homes),
    }


def people(economy: Economy, tally: PersonTally, homes: int) -> dict[str, float]:
    """Status, qualification and health of residents of working age."""
    scale, status, level = economy.scale, tally.status.sum(axis=1), tally.status.sum(axis=0)
    total = status.sum()
    employed = status[list(EMPLOYED)].sum()
    seeking = status[Status.UNEMPLOYED]
    out = {
        "employment_rate": ratio(employed, total),
        "unemployment_rate": ratio(seeking, seeking + employed),
        "inactivity_rate": ratio(status[list(INACTIVE)].sum(), total),
        "self_employment_share": ratio(status[Status.SELF_EMPLOYED], employed),
        "limiting_health_share": ratio(tally.count[LIMITED], total),
        "population": float(tally.count[ALIVE]) * scale,
        "working_age_population": float(total) * scale,
        "households": float(homes) * scale,
        "course_participants": float(tally.count[ON_COURSES]) * scale,
    }
    out |= {f"inactivity_{name}": ratio(status[code], total) for name, code in REASONS.items()}
    out |= {f"qualification_{name}": ratio(level[k], total) for k, name in enumerate(LEVELS)}
    out["qualified_nvq3_and_above"] = ratio(level[3:].sum(), total)
    return out


def pay(economy: Economy, tally: PersonTally) -> dict[str, float]:
    """Hourly and weekly pay, low pay, security, in-work poverty."""
    p10, middle, p90 = quantiles(tally.weekly, 0.1, 0.5, 0.9)
    names = ("hourly_pay_p10", "hourly_pay_p25", "hourly_pay_median", "hourly_pay_p90")
    staff = tally.count[EMPLOYEES]
    return {
        **dict(zip(names, quantiles(tally.hourly, 0.1, 0.25, 0.5, 0.9), strict=True)),
        "pay_ratio_p90_p10": ratio(p90, p10),
        "weekly_pay_median": middle,
        "share_below_real_living_wage": ratio(tally.count[LOW_PAID], staff),
        "insecure_share": ratio(tally.count[INSECURE], staff),
        "in_work_poverty_rate": in_work_poverty(economy, tally),
        "disposable_income": float(economy.households.income.sum(where=economy.households.alive)) * economy.scale / 1e8,
        "accredited_employment_share": ratio(tally.count[ACCREDITED], tally.count[INSIDE]),
        "charter_wage_cost": float(extra_pay(economy).sum()) * 12.0 * economy.scale / 1e6,
        "real_living_wage": economy.real_living_wage / 100.0,
        "legal_floor": float(economy.legal_floor_for(np.array([360], dtype=np.int16))[0]) / 100.0,
    }


@njit(cache=True)
def equivalise(income, people, under_14, out):  # type: ignore[no-untyped-def]
    """Write the equivalised disposable income of each household, pounds a month."""
    for i in range(out.shape[0]):
        out[i] = income[i] / 100.0 / adult_equivalents(people[i], under_14[i])


@njit(cache=True)
def _poor_workers(values, workers, line):  # type: ignore[no-untyped-def]
    """Workers in households below a line, and all workers."""
    below, total = 0, 0
    for i in range(values.shape[0]):
        below += workers[i] if values[i] < line else 0
        total += workers[i]
    return below, total


def in_work_poverty(economy: Economy, tally: PersonTally) -> float:
    """Share of workers whose household has less than 60% of the region's median equivalised income."""
    homes = economy.households
    income = np.empty(homes.n_rows)
    equivalise(homes.income, homes.people, homes.under_14, income)
    line = POVERTY_LINE * weighted_median(income, homes.people)
    return ratio(*_poor_workers(income, tally.workers, line))


def business(economy: Economy, tally: PersonTally) -> dict[str, float]:
    """Firms, jobs, flows of workers, output."""
    orgs, counts, scale = economy.organisations, economy.counts, economy.scale
    firms = np.flatnonzero(orgs.alive & (orgs.kind == Kind.FIRM))
    inside = orgs.alive & (orgs.kind != Kind.OUTSIDE)
    workers = orgs.headcount + orgs.outside_workers
    annual = gross_value_added(economy) * 12.0
    accredited = firms[orgs.accredited[firms] > 0]
    seekers = counts["seekers"]
    return {
        "gva": annual / 1e6,
        "gva_per_hour": ratio(annual, annual_hours(economy, tally)),
        "businesses": float(orgs.weight[firms].sum()),
        "business_births": float(counts["business_births"]),
        "business_deaths": float(counts["business_deaths"]),
        "survival_three_years": three_year_survival(economy),
        "accredited_businesses": float(orgs.weight[accredited].sum()),
        "jobs": float(workers[inside].sum()) * scale,
        "vacancies": float(orgs.vacancies[orgs.alive].sum()) * scale,
        "hires": float(orgs.hires[orgs.alive].sum()) * scale,
        "separations": float(counts["separations"] + counts["layoffs"] + counts["quits"]) * scale,
        "job_finding_rate": ratio(counts["hires_from_unemployment"], seekers),
    }


def gross_value_added(economy: Economy) -> float:
    """Value added of a month in real pounds: firms' sales less VAT and inputs, and anchors' wage bills.

    Housing counts as far as it is rented; what owner-occupiers save in rent is left out.
    """
    orgs, counts = economy.organisations, economy.counts
    anchors = orgs.alive & (orgs.kind == Kind.ANCHOR)
    pence = float(counts["firm_sales"]) - economy.ledger.paid(Flow.VAT) - counts["inputs"]
    pence += float(orgs.wage_bill[anchors].sum())
    return pence / 100.0 * economy.scale


def annual_hours(economy: Economy, tally: PersonTally) -> float:
    """Hours worked in the region in a year, by residents and by those who commute in, real total."""
    orgs = economy.organisations
    mean = ratio(tally.hours, tally.count[HERE])
    incoming = float(orgs.outside_workers[orgs.alive].sum()) * mean
    # Leave and holidays take a tenth of the paid year.
    return (tally.hours + incoming) * 52.0 * 0.9 * economy.scale


def three_year_survival(economy: Economy) -> float:
    """Share of the start-ups of the last twelve cohorts aged at least three years that reached that age.

    Not a number in the first three years of a run, when no start-up is old enough.
    """
    newest = economy.month - 36
    cohorts = [m for m in range(max(newest - 11, 0), newest + 1) if m in economy.cohort_born]
    born = sum(economy.cohort_born[m] for m in cohorts)
    return 1.0 - sum(economy.cohort_closed.get(m, 0.0) for m in cohorts) / born if born else float("nan")


def wealth(economy: Economy, persons: PersonTally, homes: HomeTally) -> dict[str, float]:
    """Community wealth: household money, local business equity, community-held assets, £ million."""
    orgs, scale = economy.organisations, economy.scale
    equity = business_equity(economy)
    local = float(equity[orgs.ownership == Ownership.LOCAL].sum()) * scale
    community = float(equity[orgs.ownership == Ownership.SOCIAL].sum()) * scale
    owned = [agent.row for agent in economy.anchors if agent.kind == "housing_association"]
    community += float(orgs.cash[owned].sum()) / 100.0 * scale
    own = economy.ledger.balance(Book.HOUSEHOLDS) / 100.0 * scale
    total = own + local + community
    return {
        "household_wealth": own / 1e6,
        "local_business_equity": local / 1e6,
        "community_held_assets": community / 1e6,
        "community_wealth": total / 1e6,
        "community_wealth_per_head": ratio(total, int(persons.count[ALIVE]) * scale),
        "wealth_gini": gini(homes.cash),
    }


def business_equity(economy: Economy) -> Floats:
    """Value of each firm in simulated pounds: its money and a multiple of its yearly profit, never below 0."""
    orgs = economy.organisations
    firm = orgs.alive & (orgs.kind == Kind.FIRM)
    value = orgs.cash / 100.0 + economy.assumptions["earnings_multiple"] * 12.0 * np.maximum(orgs.profit_trend, 0.0)
    return np.where(firm, np.maximum(value, 0.0), 0.0)


def flows(economy: Economy) -> dict[str, float]:
    """Local retention of spending, the local multiplier, and the public purse, £ million in the month."""
    ledger, counts, scale = economy.ledger, economy.counts, economy.scale
    million = scale / 100.0 / 1e6
    tax = sum(ledger.paid(flow) for flow in TAXES)
    benefits = sum(ledger.paid(flow) for flow in BENEFITS)
    policy = ledger.paid(Flow.POLICY_COST)
    orgs = economy.organisations
    anchors = orgs.alive & (orgs.kind == Kind.ANCHOR)
    retained = ratio(counts["procurement_local"], counts["procurement_total"])
    return {
        "anchor_local_share": retained,
        "household_local_share": ratio(counts["household_local"], counts["household_total"]),
        "procurement_premium": counts["procurement_premium"] * million * 12.0,
        "local_multiplier": 1.0 + retained * (1.0 + respent_locally(economy)),
        "public_policy_cost": policy * million,
        "policy_support": counts["policy_support"] * million,
        "policy_value_added": counts["policy_value_added"] * million,
        "commuting_costs": ledger.paid(Flow.COMMUTING) * million,
        "commuting_value_added": counts["commuting_value_added"] * million,
        "anchor_value_added": float(orgs.wage_bill[anchors].sum()) * million,
        "tax_revenue": tax * million,
        "benefit_spending": benefits * million,
        "fiscal_balance": (tax - benefits - ledger.paid(Flow.GRANT) - policy) * million,
        "ledger_discrepancy": float(sum(abs(gap) for gap in ledger.closures[-1].discrepancy.values())),
    }


def respent_locally(economy: Economy) -> float:
    """Share of firms' revenue that goes to residents and firms of the region (third round of LM3)."""
    ledger, orgs = economy.ledger, economy.organisations
    local = sum(
        ledger.paid(flow, sector=sector)
        for sector in FIRM_SECTORS
        for flow in (Flow.WAGES, Flow.DRAWINGS, Flow.INTERMEDIATE)
    )
    local += ledger.paid(Flow.DIVIDENDS, sector=Sector.LOCAL_FIRMS)
    return ratio(local, float(orgs.sales[orgs.kind == Kind.FIRM].sum()))


def places(economy: Economy, persons: PersonTally, homes: HomeTally) -> dict[str, float]:
    """Reach of jobs and journeys to work."""
    vacancies, without = vacancies_in_reach(economy), homes.places[0]
    return {
        "reachable_vacancies": ratio((homes.places * vacancies).sum(), homes.places.sum()),
        "reachable_vacancies_no_car": ratio((without * vacancies[0]).sum(), without.sum()),
        "reachable_jobs_no_car": ratio((without * jobs_in_reach(economy)[0]).sum(), without.sum()),
        "mean_commute_minutes": ratio(persons.minutes, persons.count[JOURNEYS]),
        "car_commute_share": ratio(persons.count[BY_CAR], persons.count[COMMUTERS]),
    }


def vacancies_in_reach(economy: Economy) -> Floats:
    """Real vacancies within 45 minutes, without and with a car, shape (2, neighbourhoods)."""
    return np.asarray(economy.within_reach @ economy.smoothed_posts) * economy.scale


def jobs_in_reach(economy: Economy) -> Floats:
    """Real jobs within 45 minutes, without and with a car, shape (2, neighbourhoods).

    Unlike vacancies they hardly move from month to month, so that a change of the network shows.
    """
    orgs = economy.organisations
    workers = np.where(orgs.alive, orgs.headcount + orgs.outside_workers, 0)
    by_zone = np.bincount(orgs.zone, workers, minlength=economy.region.n_zones)
    return np.asarray(economy.within_reach @ by_zone, dtype=np.float64) * economy.scale
