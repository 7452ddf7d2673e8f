"""Headline indicators and outcomes by group, as real-world totals and shares."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from agents.organisation_fields import Kind, Ownership
from agents.person_fields import EMPLOYED, INACTIVE, WORKING_AGE_MONTHS, Mode, Status, has_status
from simulation.accounts import Book, Flow, Sector
from simulation.charter import extra_pay

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


def gini(values: Floats) -> float:
    """Gini coefficient of values that are not negative, 0 for nobody (Gini 1912)."""
    ordered = np.sort(np.maximum(values, 0.0))
    total = ordered.sum()
    if total <= 0.0:
        return 0.0
    n = ordered.size
    return float(2.0 * (np.arange(1, n + 1) * ordered).sum() / (n * total) - (n + 1) / n)


def quantiles(values: Floats, *shares: float) -> tuple[float, ...]:
    """Quantiles, 0 where there are no values."""
    if values.size == 0:
        return (0.0,) * len(shares)
    return tuple(float(value) for value in np.quantile(values, shares))


def working_age_rows(economy: Economy) -> Rows:
    """Rows of residents aged 16 to 64."""
    persons = economy.persons
    low, high = WORKING_AGE_MONTHS
    return np.flatnonzero(persons.alive & (persons.age_months >= low) & (persons.age_months < high))


def headline(economy: Economy) -> dict[str, float]:
    """All headline indicators of the month that has just closed."""
    return {
        **people(economy),
        **pay(economy),
        **business(economy),
        **wealth(economy),
        **flows(economy),
        **places(economy),
    }


def people(economy: Economy) -> dict[str, float]:
    """Status, qualification and health of residents of working age."""
    persons, scale = economy.persons, economy.scale
    rows = working_age_rows(economy)
    status = persons.status[rows]
    total = rows.size
    employed = has_status(status, *EMPLOYED).sum()
    seeking = (status == Status.UNEMPLOYED).sum()
    out = {
        "employment_rate": ratio(employed, total),
        "unemployment_rate": ratio(seeking, seeking + employed),
        "inactivity_rate": ratio(has_status(status, *INACTIVE).sum(), total),
        "self_employment_share": ratio((status == Status.SELF_EMPLOYED).sum(), employed),
        "limiting_health_share": ratio(persons.health[rows].sum(), total),
        "population": float(len(persons)) * scale,
        "working_age_population": float(total) * scale,
        "households": float(len(economy.households)) * scale,
        "course_participants": float((persons.course_kind[rows] > 0).sum()) * scale,
    }
    out |= {f"inactivity_{name}": ratio((status == code).sum(), total) for name, code in REASONS.items()}
    level = persons.qualification[rows]
    out |= {f"qualification_{name}": ratio((level == k).sum(), total) for k, name in enumerate(LEVELS)}
    out["qualified_nvq3_and_above"] = ratio((level >= 3).sum(), total)
    return out


def employees(economy: Economy) -> Rows:
    """Rows of employees."""
    return np.flatnonzero(economy.persons.status == Status.EMPLOYEE)


def pay(economy: Economy) -> dict[str, float]:
    """Hourly and weekly pay, low pay, security, in-work poverty."""
    persons, orgs = economy.persons, economy.organisations
    rows = employees(economy)
    hourly = persons.wage[rows] / 100.0
    weekly = hourly * persons.hours[rows].astype(np.float64)
    p10, middle, p90 = quantiles(weekly, 0.1, 0.5, 0.9)
    names = ("hourly_pay_p10", "hourly_pay_p25", "hourly_pay_median", "hourly_pay_p90")
    inside = rows[orgs.kind[persons.employer[rows]] != Kind.OUTSIDE]
    return {
        **dict(zip(names, quantiles(hourly, 0.1, 0.25, 0.5, 0.9), strict=True)),
        "pay_ratio_p90_p10": ratio(p90, p10),
        "weekly_pay_median": middle,
        "share_below_real_living_wage": ratio(
            (persons.wage[rows] < np.floor(economy.real_living_wage)).sum(), rows.size
        ),
        "insecure_share": ratio((persons.secure[rows] == 0).sum(), rows.size),
        "in_work_poverty_rate": in_work_poverty(economy),
        "accredited_employment_share": ratio((orgs.accredited[persons.employer[inside]] > 0).sum(), inside.size),
        "charter_wage_cost": float(extra_pay(economy).sum()) * 12.0 * economy.scale / 1e6,
        "real_living_wage": economy.real_living_wage / 100.0,
        "legal_floor": float(economy.legal_floor_for(np.array([360], dtype=np.int16))[0]) / 100.0,
    }


def in_work_poverty(economy: Economy) -> float:
    """Share of workers whose household has less than 60% of the region's median equivalised income."""
    persons, households = economy.persons, economy.households
    rows = persons.rows()
    size = economy.equivalence.size
    income = households.income[:size] / 100.0 / np.maximum(economy.equivalence, 1.0)
    own = income[np.minimum(persons.household[rows], size - 1)]
    line = POVERTY_LINE * float(np.median(own)) if rows.size else 0.0
    working = persons.employer[rows] >= 0
    return ratio((own[working] < line).sum(), working.sum())


def business(economy: Economy) -> dict[str, float]:
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
        "gva_per_hour": ratio(annual, annual_hours(economy)),
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


def annual_hours(economy: Economy) -> float:
    """Hours worked in the region in a year, by residents and by those who commute in, real total."""
    persons, orgs = economy.persons, economy.organisations
    rows = np.flatnonzero(persons.employer >= 0)
    rows = rows[orgs.kind[persons.employer[rows]] != Kind.OUTSIDE]
    mean = float(persons.hours[rows].mean()) if rows.size else 0.0
    incoming = float(orgs.outside_workers[orgs.alive].sum()) * mean
    # Leave and holidays take a tenth of the paid year.
    return (float(persons.hours[rows].sum()) + incoming) * 52.0 * 0.9 * economy.scale


def three_year_survival(economy: Economy) -> float:
    """Share of the start-ups of the last twelve cohorts aged at least three years that reached that age.

    Not a number in the first three years of a run, when no start-up is old enough.
    """
    newest = economy.month - 36
    cohorts = [m for m in range(max(newest - 11, 0), newest + 1) if m in economy.cohort_born]
    born = sum(economy.cohort_born[m] for m in cohorts)
    return 1.0 - sum(economy.cohort_closed.get(m, 0.0) for m in cohorts) / born if born else float("nan")


def wealth(economy: Economy) -> dict[str, float]:
    """Community wealth: household money, local business equity, community-held assets, £ million."""
    orgs, households, scale = economy.organisations, economy.households, economy.scale
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
        "community_wealth_per_head": ratio(total, len(economy.persons) * scale),
        "wealth_gini": gini(households.cash[households.rows()] / 100.0),
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
    retained = ratio(counts["procurement_local"], counts["procurement_total"])
    return {
        "anchor_local_share": retained,
        "household_local_share": ratio(counts["household_local"], counts["household_total"]),
        "procurement_premium": counts["procurement_premium"] * million * 12.0,
        "local_multiplier": 1.0 + retained * (1.0 + respent_locally(economy)),
        "public_policy_cost": policy * million,
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


def places(economy: Economy) -> dict[str, float]:
    """Reach of jobs and journeys to work."""
    persons, households, orgs = economy.persons, economy.households, economy.organisations
    rows = households.rows()
    own = vacancies_in_reach(economy)[households.car[rows].astype(np.int64), households.neighbourhood[rows]]
    jobs = jobs_in_reach(economy)[households.car[rows].astype(np.int64), households.neighbourhood[rows]]
    without = households.car[rows] == 0
    workers = np.flatnonzero((persons.employer >= 0) & (persons.mode != Mode.HOME))
    home = households.neighbourhood[persons.household[workers]]
    mode = persons.mode[workers].astype(np.int64)
    minutes = economy.travel_costs.minutes[mode, home, orgs.zone[persons.employer[workers]]].astype(np.float64)
    minutes = minutes[minutes < 1e5]
    return {
        "reachable_vacancies": float(own.mean()) if own.size else 0.0,
        "reachable_vacancies_no_car": float(own[without].mean()) if without.any() else 0.0,
        "reachable_jobs_no_car": float(jobs[without].mean()) if without.any() else 0.0,
        "mean_commute_minutes": float(minutes.mean()) if minutes.size else 0.0,
        "car_commute_share": ratio((mode == Mode.CAR).sum(), mode.size),
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


# --- by group ---------------------------------------------------------------------------------------


def by_group(economy: Economy, dimension: str) -> list[tuple[str, str, float]]:
    """Outcomes of each group of a dimension.

    Args:
        economy: The economy.
        dimension: authority, imd_decile, sex, ethnicity, disability or neighbourhood.

    Returns:
        Triples of group, outcome and value.
    """
    persons, households, region = economy.persons, economy.households, economy.region
    rows = working_age_rows(economy)
    place = households.neighbourhood[np.maximum(persons.household, 0)]
    homes = households.rows()
    at_home: NDArray[np.int64] | None = None
    if dimension == "authority":
        names = list(region.authority_names)
        key = region.neighbourhood_authority[place].astype(np.int64)
        at_home = region.neighbourhood_authority[households.neighbourhood[homes]].astype(np.int64)
    elif dimension == "imd_decile":
        names = [str(k) for k in range(1, 11)]
        key = region.neighbourhood_decile[place].astype(np.int64) - 1
        at_home = region.neighbourhood_decile[households.neighbourhood[homes]].astype(np.int64) - 1
    elif dimension == "neighbourhood":
        names = [str(name) for name in region.neighbourhoods["id"]]
        key = place.astype(np.int64)
        at_home = households.neighbourhood[homes].astype(np.int64)
    else:
        names = {
            "sex": ["male", "female"],
            "ethnicity": ["White British", "other"],
            "disability": ["not disabled", "disabled"],
        }[dimension]
        key = getattr(persons, dimension).astype(np.int64)
    n = len(names)

    def count(mask: NDArray[np.bool_]) -> Floats:
        return np.bincount(key[rows[mask]], minlength=n).astype(np.float64)

    status = persons.status[rows]
    total, out_of = count(np.ones(rows.size, dtype=bool)), count(has_status(status, *INACTIVE))
    employed, seeking = (
        count(has_status(status, *EMPLOYED)),
        count(status == Status.UNEMPLOYED),
    )
    staff = employees(economy)
    insecure = np.bincount(key[staff[persons.secure[staff] == 0]], minlength=n)
    heads = np.bincount(key[staff], minlength=n)
    table: dict[str, Floats] = {
        "inactivity_rate": out_of / np.maximum(total, 1.0),
        "employment_rate": employed / np.maximum(total, 1.0),
        "unemployment_rate": seeking / np.maximum(seeking + employed, 1.0),
        "insecure_share": insecure / np.maximum(heads, 1),
        "median_hourly_pay": group_median(persons.wage[staff] / 100.0, key[staff], n),
    }
    if at_home is not None:
        residents = np.bincount(key[persons.rows()], minlength=n)
        money = np.bincount(at_home, households.cash[homes] / 100.0, minlength=n)
        reach = vacancies_in_reach(economy)[households.car[homes].astype(np.int64), households.neighbourhood[homes]]
        size = np.bincount(at_home, minlength=n)
        table["household_wealth_per_head"] = money / np.maximum(residents, 1)
        table["reachable_vacancies"] = np.bincount(at_home, reach, minlength=n) / np.maximum(size, 1)
        without = households.car[homes] == 0
        jobs = jobs_in_reach(economy)[0, households.neighbourhood[homes[without]]]
        some = np.bincount(at_home[without], minlength=n)
        table["reachable_jobs_no_car"] = np.bincount(at_home[without], jobs, minlength=n) / np.maximum(some, 1)
    known = total > 0
    return [(names[g], outcome, float(values[g])) for outcome, values in table.items() for g in range(n) if known[g]]


def group_median(values: Floats, key: Rows, n: int) -> Floats:
    """Median of values by group, 0 for an empty one, shape (n,)."""
    order = np.lexsort((values, key))
    values, key = values[order], key[order]
    first = np.searchsorted(key, np.arange(n))
    size = np.bincount(key, minlength=n)
    if values.size == 0:
        return np.zeros(n)
    low = values[np.minimum(first + np.maximum(size - 1, 0) // 2, values.size - 1)]
    high = values[np.minimum(first + size // 2, values.size - 1)]
    return np.where(size > 0, (low + high) / 2.0, 0.0)
