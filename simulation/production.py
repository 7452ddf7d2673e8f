"""Phase 6, production and pay: wages, tax, national insurance, drawings, benefits, pensions, grants."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit
from numpy.typing import NDArray

from agents.organisation_fields import Kind
from agents.person import WEEKS_PER_MONTH
from agents.person_fields import Status
from simulation.accounts import Book, Flow
from simulation.budget import benefit_units, entitlements
from simulation.ledger import to_pence
from simulation.randomness import Purpose
from simulation.tax_benefit import Rule, employee_ni, employer_ni, income_tax

if TYPE_CHECKING:
    from simulation.economy import Economy

Pence = NDArray[np.int64]

CLAIM, DISABILITY, PENSION = (int(Purpose.PAY) + k for k in range(1, 4))


def produce_and_pay(economy: Economy) -> None:
    """Run the phase."""
    households, persons = economy.households, economy.persons
    households.income[:] = households.dividends
    households.dividends = 0
    persons.gross_pay = 0
    persons.net_pay = 0
    pay_employees(economy)
    pay_incommuters(economy)
    pay_proprietors(economy)
    economy.units = benefit_units(economy)
    economy.equivalence = equivalence_scale(economy)
    pay_universal_credit(economy)
    pay_other_benefits(economy)
    collect_council_tax(economy)
    pay_for_recruitment(economy)
    fund_anchors(economy)


# --- earnings ---------------------------------------------------------------------------------------


@njit(cache=True)
def _deductions(gross, self_employed, rules):  # type: ignore[no-untyped-def]
    """Monthly income tax, employee and employer national insurance in pounds, from pounds a month."""
    n = gross.shape[0]
    tax, own, employer = np.empty(n), np.empty(n), np.empty(n)
    for i in range(n):
        annual = gross[i] * 12.0
        tax[i] = income_tax(annual, rules) / 12.0
        own[i] = employee_ni(annual, rules, self_employed) / 12.0
        employer[i] = 0.0 if self_employed else employer_ni(annual, rules) / 12.0
    return tax, own, employer


def monthly_earnings(economy: Economy, rows: NDArray[np.int64]) -> Pence:
    """Gross monthly earnings of employees in pence."""
    persons = economy.persons
    return np.rint(persons.wage[rows] * persons.hours[rows].astype(np.float64) * WEEKS_PER_MONTH).astype(np.int64)


def pay_employees(economy: Economy) -> None:
    """Wages less tax and national insurance; employers beyond the region pay from outside."""
    persons, orgs, ledger = economy.persons, economy.organisations, economy.ledger
    rows = np.flatnonzero((persons.status == Status.EMPLOYEE) & (persons.employer >= 0))
    employer = persons.employer[rows].astype(np.int64)
    home = persons.household[rows].astype(np.int64)
    gross = monthly_earnings(economy, rows)
    tax, own_ni, employer_contribution = _deductions(gross / 100.0, False, economy.rules)
    tax_pence, ni_pence = to_pence(tax), to_pence(own_ni)
    extra = to_pence(employer_contribution)
    outside = orgs.kind[employer] == Kind.OUTSIDE
    inside = ~outside
    ledger.post(Flow.WAGES, (Book.ORGANISATIONS, employer[inside]), (Book.HOUSEHOLDS, home[inside]), gross[inside])
    ledger.post(Flow.OUTSIDE_WAGES, Book.REST_OF_WORLD, (Book.HOUSEHOLDS, home[outside]), gross[outside])
    ledger.post(Flow.INCOME_TAX, (Book.HOUSEHOLDS, home), Book.GOVERNMENT, tax_pence)
    ledger.post(Flow.EMPLOYEE_NI, (Book.HOUSEHOLDS, home), Book.GOVERNMENT, ni_pence)
    ledger.post(Flow.EMPLOYER_NI, (Book.ORGANISATIONS, employer[inside]), Book.GOVERNMENT, extra[inside])
    ledger.post(Flow.EMPLOYER_NI, Book.REST_OF_WORLD, Book.GOVERNMENT, extra[outside])
    bill = np.bincount(employer, gross + extra, minlength=orgs.n_rows).astype(np.int64)
    bill[orgs.kind == Kind.OUTSIDE] = 0
    orgs.wage_bill[:] = bill
    orgs.costs[:] += bill
    persons.gross_pay[rows] = gross
    persons.net_pay[rows] = gross - tax_pence - ni_pence
    np.add.at(economy.households.income, home, persons.net_pay[rows])


def pay_incommuters(economy: Economy) -> None:
    """Workers who commute in earn what residents earn with the same employer, or in its industry."""
    orgs, ledger = economy.organisations, economy.ledger
    rows = np.flatnonzero(orgs.outside_workers > 0)
    if rows.size == 0:
        return
    gross = mean_earnings(economy)[rows] / 100.0
    tax, own_ni, contribution = _deductions(gross, False, economy.rules)
    heads = orgs.outside_workers[rows]
    pay, extra = to_pence(gross * heads), to_pence(contribution * heads)
    ledger.post(Flow.INCOMMUTER_WAGES, (Book.ORGANISATIONS, rows), Book.REST_OF_WORLD, pay)
    ledger.post(Flow.INCOME_TAX, Book.REST_OF_WORLD, Book.GOVERNMENT, to_pence(tax * heads))
    ledger.post(Flow.EMPLOYEE_NI, Book.REST_OF_WORLD, Book.GOVERNMENT, to_pence(own_ni * heads))
    ledger.post(Flow.EMPLOYER_NI, (Book.ORGANISATIONS, rows), Book.GOVERNMENT, extra)
    orgs.wage_bill[rows] += pay + extra
    orgs.costs[rows] += pay + extra


def mean_earnings(economy: Economy) -> NDArray[np.float64]:
    """Mean monthly earnings of employees by organisation, of its industry where it has none, in pence."""
    persons, orgs = economy.persons, economy.organisations
    rows = np.flatnonzero((persons.status == Status.EMPLOYEE) & (persons.employer >= 0))
    employer = persons.employer[rows]
    gross = persons.gross_pay[rows].astype(np.float64)
    heads = np.bincount(employer, minlength=orgs.n_rows)
    total = np.bincount(employer, gross, minlength=orgs.n_rows)
    industry = orgs.industry.astype(np.int64)
    size = economy.structure.count + 1
    by_industry = np.bincount(industry, total, minlength=size) / np.maximum(np.bincount(industry, heads, size), 1)
    by_industry = np.where(by_industry > 0.0, by_industry, gross.mean() if gross.size else 0.0)
    return np.where(heads > 0, total / np.maximum(heads, 1), by_industry[industry])


def pay_proprietors(economy: Economy) -> None:
    """The self-employed draw on the profit that they have come to expect, as far as the firm's money goes."""
    persons, orgs, ledger, a = economy.persons, economy.organisations, economy.ledger, economy.assumptions
    rows = np.flatnonzero((persons.status == Status.SELF_EMPLOYED) & (persons.employer >= 0))
    if rows.size == 0:
        return
    firm = persons.employer[rows].astype(np.int64)
    heads = np.bincount(firm, minlength=orgs.n_rows)
    living = a["least_drawings"] * economy.growth * heads
    wanted = np.maximum(orgs.profit_trend * a["drawings_share_of_profit"], living)
    possible = np.maximum(np.minimum(wanted, orgs.cash / 100.0 * a["drawings_share_of_cash"]), 0.0)
    each = to_pence(possible / np.maximum(heads, 1))[firm]
    tax, own_ni, _ = _deductions(each / 100.0, True, economy.rules)
    home = persons.household[rows].astype(np.int64)
    tax_pence, ni_pence = to_pence(tax), to_pence(own_ni)
    ledger.post(Flow.DRAWINGS, (Book.ORGANISATIONS, firm), (Book.HOUSEHOLDS, home), each)
    ledger.post(Flow.INCOME_TAX, (Book.HOUSEHOLDS, home), Book.GOVERNMENT, tax_pence)
    ledger.post(Flow.EMPLOYEE_NI, (Book.HOUSEHOLDS, home), Book.GOVERNMENT, ni_pence)
    persons.gross_pay[rows] = each
    persons.net_pay[rows] = each - tax_pence - ni_pence
    np.add.at(economy.households.income, home, persons.net_pay[rows])


# --- benefits and pensions --------------------------------------------------------------------------


def equivalence_scale(economy: Economy) -> NDArray[np.float64]:
    """Modified OECD equivalence scale of each household: 1, 0.5 for a further adult, 0.3 for a child.

    Children are those under 14; the first adult counts 1 (Hagenaars, de Vos and Zaidi 1994).
    """
    persons, n = economy.persons, economy.households.n_rows
    rows = persons.rows()
    older = persons.age_months[rows] >= 14 * 12
    weight = np.bincount(persons.household[rows], np.where(older, 0.5, 0.3), minlength=n)
    return np.asarray(np.maximum(weight + 0.5, 1.0), dtype=np.float64)


def give(economy: Economy, flow: Flow, payer: Book, homes: NDArray[np.int64], pence: Pence) -> None:
    """Pay households, and count it as income."""
    economy.ledger.post(flow, payer, (Book.HOUSEHOLDS, homes), pence)
    np.add.at(economy.households.income, homes, pence)


def claims(economy: Economy) -> NDArray[np.bool_]:
    """Households that claim the Universal Credit they are entitled to, fixed for each, shape (n_rows,)."""
    draw = economy.draws.uniform(CLAIM, 0, economy.households.uid)
    return np.asarray(draw < economy.rules[Rule.UC_TAKE_UP])


def pay_universal_credit(economy: Economy) -> None:
    """Universal Credit to the benefit units that claim; students and pensioners have support of their own."""
    persons, units = economy.persons, economy.units
    award = entitlements(economy, units)
    # Units in which nobody is of working age and out of full-time study have no claim.
    rows = persons.rows()
    may = (persons.age_months[rows] >= 18 * 12) & (persons.age_months[rows] < 65 * 12)
    may &= persons.study_months[rows] == 0
    of = units.of_person[rows]
    eligible = np.bincount(of[may & (of >= 0)], minlength=units.household.size) > 0
    pence = np.where(eligible & claims(economy)[units.household], to_pence(award), 0)
    paid = np.flatnonzero(pence > 0)
    give(economy, Flow.UNIVERSAL_CREDIT, Book.GOVERNMENT, units.household[paid], pence[paid])
    economy.on_credit = np.zeros(economy.households.n_rows, dtype=bool)
    economy.on_credit[units.household[paid]] = True


def pay_other_benefits(economy: Economy) -> None:
    """State and private pensions, child benefit, disability benefit, student support."""
    persons, rules = economy.persons, economy.rules
    rows = persons.rows()
    home = persons.household[rows].astype(np.int64)
    status = persons.status[rows]

    def pay(flow: Flow, payer: Book, who: NDArray[np.bool_], pounds: NDArray[np.float64] | float) -> None:
        pence = to_pence(np.broadcast_to(np.asarray(pounds, dtype=np.float64), who.shape)[who])
        give(economy, flow, payer, home[who], pence)

    pay(Flow.STATE_PENSION, Book.GOVERNMENT, status == Status.PENSIONER, rules[Rule.STATE_PENSION] * WEEKS_PER_MONTH)
    # Private pensions vary from person to person; an exponential draw keeps the mean of the pack.
    luck = economy.draws.exponential(PENSION, 0, persons.uid[rows])
    pensioned = (status == Status.PENSIONER) | (status == Status.RETIRED)
    pay(Flow.PENSION_INCOME, Book.REST_OF_WORLD, pensioned, rules[Rule.PRIVATE_PENSION] * luck)
    child = status == Status.CHILD
    first = np.zeros(rows.size, dtype=bool)
    children = np.flatnonzero(child)
    first[children[np.unique(home[children], return_index=True)[1]]] = True
    weekly = np.where(first, rules[Rule.CHILD_BENEFIT_FIRST], rules[Rule.CHILD_BENEFIT_NEXT])
    pay(Flow.CHILD_BENEFIT, Book.GOVERNMENT, child, weekly * WEEKS_PER_MONTH)
    draws = economy.draws.uniform(DISABILITY, 0, persons.uid[rows])
    awarded = (persons.disability[rows] > 0) & ~child & (draws < rules[Rule.DISABILITY_TAKE_UP])
    pay(Flow.DISABILITY_BENEFIT, Book.GOVERNMENT, awarded, rules[Rule.DISABILITY_BENEFIT] * WEEKS_PER_MONTH)
    student = (persons.study_months[rows] > 0) & (persons.age_months[rows] >= 18 * 12)
    pay(Flow.STUDENT_SUPPORT, Book.GOVERNMENT, student, rules[Rule.STUDENT_SUPPORT])


def collect_council_tax(economy: Economy) -> None:
    """Council tax to the council of each authority, less for those on Universal Credit; students are exempt."""
    households, rules = economy.households, economy.rules
    rows = households.rows()
    bill = np.where(economy.on_credit[rows], 1.0 - rules[Rule.COUNCIL_TAX_REDUCTION], 1.0) * rules[Rule.COUNCIL_TAX]
    bill = np.where(households.student[rows] > 0, 0.0, bill)
    pence = np.minimum(to_pence(bill), np.maximum(households.cash[rows], 0))
    authority = economy.region.neighbourhood_authority[households.neighbourhood[rows]]
    council = economy.council_of_authority[authority]
    known = council >= 0
    economy.ledger.post(
        Flow.COUNCIL_TAX, (Book.HOUSEHOLDS, rows[known]), (Book.ORGANISATIONS, council[known]), pence[known]
    )
    economy.ledger.post(Flow.COUNCIL_TAX, (Book.HOUSEHOLDS, rows[~known]), Book.GOVERNMENT, pence[~known])
    np.add.at(economy.organisations.sales, council[known], pence[known])
    households.income[rows] -= pence


# --- organisations ----------------------------------------------------------------------------------


def pay_for_recruitment(economy: Economy) -> None:
    """Note what this month's hires cost their employers; it is bought as professional services in phase 7."""
    orgs = economy.organisations
    cost = economy.assumptions["cost_of_a_hire"] * economy.growth
    # Nobody changes jobs in the burn-in; the usual turnover is paid for, so that accounts start where they stay.
    usual = (orgs.headcount + orgs.outside_workers) * economy.turnover
    hires = usual if economy.month < 0 else orgs.hires
    orgs.hiring_cost[:] = np.where(orgs.kind == Kind.OUTSIDE, 0.0, cost * hires)


def fund_anchors(economy: Economy) -> None:
    """Grants cover what anchors spend beyond their own income; what associations keep over is invested.

    Each anchor aims to hold a reserve of some months of its outlay. Below it, the government fills the
    gap; above it, as with housing associations that live on rents, a part is invested in the region.
    """
    orgs, a = economy.organisations, economy.assumptions
    rows = np.array([agent.row for agent in economy.anchors], dtype=np.int64)
    budget = np.array([agent.monthly_budget(economy.scale, economy.growth).sum() for agent in economy.anchors])
    reserve = a["anchor_reserve_months"] * (budget + orgs.wage_bill[rows] / 100.0)
    # Procurement is still to be paid this month, out of what is held now.
    ahead = orgs.cash[rows] / 100.0 - budget - reserve
    short = ahead < 0.0
    pence = to_pence(np.maximum(-ahead, 0.0))
    economy.ledger.post(Flow.GRANT, Book.GOVERNMENT, (Book.ORGANISATIONS, rows), pence)
    orgs.sales[rows] += pence
    orgs.to_invest[rows[~short]] = a["surplus_invested_per_month"] * ahead[~short]
