"""What work pays: wages and drawings, the tax and national insurance on them, commuters' pay."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit
from numpy.typing import NDArray

from agents.organisation_fields import Kind
from agents.person import WEEKS_PER_MONTH
from agents.person_fields import Status
from simulation.accounts import Book, Flow
from simulation.blocks import BLOCK, pick
from simulation.ledger import Part
from simulation.pence import to_pence
from simulation.tax_benefit import employee_ni, employer_ni, employer_ni_at_rates, income_tax, ni_at_rates, tax_at_rates

if TYPE_CHECKING:
    from simulation.economy import Economy

Pence = NDArray[np.int64]

STAFF, OWNER = int(Status.EMPLOYEE), int(Status.SELF_EMPLOYED)


def pay_for_work(economy: Economy, change: Pence) -> tuple[list[Part], list[Part]]:
    """Wages, commuters' pay and drawings of the month, less tax and national insurance.

    Args:
        economy: The economy.
        change: Change of each household's account, pence, to which net earnings are added.

    Returns:
        Payments to households and from them, still to be posted.
    """
    persons, orgs, ledger = economy.persons, economy.organisations, economy.ledger
    wages, extra, heads, owners, tax, ni = _pay_staff(
        persons.status, persons.employer, persons.household, persons.wage, persons.hours, economy.rules,
        persons.gross_pay, persons.net_pay, change, orgs.n_rows,
    )  # fmt: skip
    outside = orgs.kind == Kind.OUTSIDE
    bill = wages + extra
    bill[outside] = 0
    orgs.wage_bill[:] = bill
    orgs.costs[:] += bill
    pay_incommuters(economy, wages, heads)
    drawn, own_tax, own_ni = pay_proprietors(economy, owners, bill, change)
    inside = np.flatnonzero(~outside & (heads > 0))
    firms = np.flatnonzero(drawn)
    ledger.post(Flow.EMPLOYER_NI, (Book.ORGANISATIONS, inside), Book.GOVERNMENT, extra[inside])
    ledger.post(Flow.EMPLOYER_NI, Book.REST_OF_WORLD, Book.GOVERNMENT, extra[outside].sum())
    received: list[Part] = [
        (Flow.WAGES, (Book.ORGANISATIONS, inside), wages[inside]),
        (Flow.OUTSIDE_WAGES, Book.REST_OF_WORLD, wages[outside].sum()),
        (Flow.DRAWINGS, (Book.ORGANISATIONS, firms), drawn[firms]),
    ]
    paid: list[Part] = [
        (Flow.INCOME_TAX, Book.GOVERNMENT, tax + own_tax),
        (Flow.EMPLOYEE_NI, Book.GOVERNMENT, ni + own_ni),
    ]
    return received, paid


# --- employees --------------------------------------------------------------------------------------


def monthly_earnings(economy: Economy, rows: NDArray[np.int64]) -> Pence:
    """Gross monthly earnings of employees in pence."""
    persons = economy.persons
    return np.rint(persons.wage[rows] * persons.hours[rows].astype(np.float64) * WEEKS_PER_MONTH).astype(np.int64)


@njit(cache=True)
def _pay_staff(  # type: ignore[no-untyped-def]
    status, employer, household, wage, hours, rules, gross_pay, net_pay, change, n_employers
):
    """Pay of every employee; the pay columns are written anew, and net pay added to the household's change.

    Returns gross wages, employer national insurance and staff by employer, the rows of the self-employed,
    and the sums of income tax and national insurance; all money in pence.
    """
    n = status.shape[0]
    # Side by side, so that an employer is looked up once.
    by_employer = np.zeros((n_employers, 3), np.int64)
    owners, n_owners = np.empty(n, np.int32), 0
    staff, owner, at = np.empty(BLOCK, np.bool_), np.empty(BLOCK, np.bool_), np.empty(BLOCK, np.int32)
    gross, annual, tax, own, more = np.empty(BLOCK), np.empty(BLOCK), np.empty(BLOCK), np.empty(BLOCK), np.empty(BLOCK)
    total_tax, total_ni = 0, 0
    r0, r1, r2, r3, r4, r5, r6, r7, r8, r9, r10, r11, r12 = (
        rules[0], rules[1], rules[2], rules[3], rules[4], rules[5], rules[6], rules[7], rules[8], rules[9], rules[10],
        rules[11], rules[12],
    )  # fmt: skip
    for start in range(0, n, BLOCK):
        here = slice(start, min(start + BLOCK, n))
        state, work, rate, weekly, home = status[here], employer[here], wage[here], hours[here], household[here]
        gross_here, net_here = gross_pay[here], net_pay[here]
        gross_here[:] = 0
        net_here[:] = 0
        for i in range(state.shape[0]):
            staff[i] = (work[i] >= 0) & (state[i] == STAFF)
        for i in range(state.shape[0]):
            owner[i] = (work[i] >= 0) & (state[i] == OWNER)
        for k in range(pick(owner, state.shape[0], at)):
            owners[n_owners] = start + at[k]
            n_owners += 1
        count = pick(staff, state.shape[0], at)
        for k in range(count):
            gross[k] = rate[at[k]] * np.float64(weekly[at[k]])
        # Loops that write one column each run many rows at once.
        for k in range(count):
            gross[k] = np.rint(gross[k] * WEEKS_PER_MONTH)
        for k in range(count):
            annual[k] = gross[k] / 100.0 * 12.0
        for k in range(count):
            tax[k] = np.rint(tax_at_rates(annual[k], r0, r4, r1, r2, r3, r5, r6) / 12.0 * 100.0)
        for k in range(count):
            own[k] = np.rint(ni_at_rates(annual[k], r9, r7, r8, r10) / 12.0 * 100.0)
        for k in range(count):
            more[k] = np.rint(employer_ni_at_rates(annual[k], r12, r11) / 12.0 * 100.0)
        for k in range(count):
            i = at[k]
            pay, taken, insured = int(gross[k]), int(tax[k]), int(own[k])
            gross_here[i] = pay
            net_here[i] = pay - taken - insured
            change[home[i]] += pay - taken - insured
            total_tax += taken
            total_ni += insured
        for k in range(count):
            e = work[at[k]]
            by_employer[e, 0] += int(gross[k])
            by_employer[e, 1] += int(more[k])
            by_employer[e, 2] += 1
    wages, extra, heads = by_employer[:, 0].copy(), by_employer[:, 1].copy(), by_employer[:, 2].copy()
    return wages, extra, heads, owners[:n_owners].copy(), total_tax, total_ni


# --- workers who commute in -------------------------------------------------------------------------


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


def pay_incommuters(economy: Economy, wages: Pence, heads: NDArray[np.int64]) -> None:
    """Workers who commute in earn what residents earn with the same employer, or in its industry.

    Args:
        economy: The economy.
        wages: Gross wages of residents by employer, pence, shape (n_rows,).
        heads: Residents employed by employer, shape (n_rows,).
    """
    orgs, ledger = economy.organisations, economy.ledger
    rows = np.flatnonzero(orgs.outside_workers > 0)
    if rows.size == 0:
        return
    gross = mean_earnings(economy, wages, heads)[rows] / 100.0
    tax, own_ni, contribution = _deductions(gross, False, economy.rules)
    workers = orgs.outside_workers[rows]
    pay, extra = to_pence(gross * workers), to_pence(contribution * workers)
    ledger.post(Flow.INCOMMUTER_WAGES, (Book.ORGANISATIONS, rows), Book.REST_OF_WORLD, pay)
    ledger.post(Flow.INCOME_TAX, Book.REST_OF_WORLD, Book.GOVERNMENT, to_pence(tax * workers))
    ledger.post(Flow.EMPLOYEE_NI, Book.REST_OF_WORLD, Book.GOVERNMENT, to_pence(own_ni * workers))
    ledger.post(Flow.EMPLOYER_NI, (Book.ORGANISATIONS, rows), Book.GOVERNMENT, extra)
    orgs.wage_bill[rows] += pay + extra
    orgs.costs[rows] += pay + extra


def mean_earnings(economy: Economy, wages: Pence, heads: NDArray[np.int64]) -> NDArray[np.float64]:
    """Mean monthly earnings of employees by organisation, of its industry where it has none, in pence."""
    industry = economy.organisations.industry
    size = economy.structure.count + 1
    total = wages.astype(np.float64)
    by_industry = np.bincount(industry, total, minlength=size) / np.maximum(np.bincount(industry, heads, size), 1)
    by_industry = np.where(by_industry > 0.0, by_industry, wages.sum() / max(int(heads.sum()), 1))
    return np.where(heads > 0, total / np.maximum(heads, 1), by_industry[industry])


# --- the self-employed ------------------------------------------------------------------------------


@njit(cache=True)
def _draw(rows, employer, household, each, net, gross_pay, net_pay, change):  # type: ignore[no-untyped-def]
    """Write what the self-employed draw, and add what is left after tax to the household's change."""
    for r in rows:
        e = employer[r]
        gross_pay[r] = each[e]
        net_pay[r] = net[e]
        change[household[r]] += net[e]


def pay_proprietors(economy: Economy, rows: NDArray[np.int32], owed: Pence, change: Pence) -> tuple[Pence, int, int]:
    """The self-employed draw on the profit that they have come to expect, as far as the firm's money goes.

    Args:
        economy: The economy.
        rows: Rows of the self-employed.
        owed: Wages that each organisation has still to pay, pence, shape (n_rows,).
        change: Change of each household's account, pence, to which net drawings are added.

    Returns:
        Drawings by organisation, and the sums of income tax and national insurance, in pence.
    """
    persons, orgs, a = economy.persons, economy.organisations, economy.assumptions
    heads = np.bincount(persons.employer[rows], minlength=orgs.n_rows)
    firms = np.flatnonzero(heads)
    living = a["least_drawings"] * economy.growth * heads[firms]
    wanted = np.maximum(orgs.profit_trend[firms] * a["drawings_share_of_profit"], living)
    # Wages go first.
    held = orgs.cash[firms] - owed[firms]
    possible = np.maximum(np.minimum(wanted, held / 100.0 * a["drawings_share_of_cash"]), 0.0)
    each = np.zeros(orgs.n_rows, np.int64)
    net = np.zeros(orgs.n_rows, np.int64)
    each[firms] = to_pence(possible / heads[firms])
    tax, ni, _ = _deductions(each[firms] / 100.0, True, economy.rules)
    tax_pence, ni_pence = to_pence(tax), to_pence(ni)
    net[firms] = each[firms] - tax_pence - ni_pence
    _draw(rows, persons.employer, persons.household, each, net, persons.gross_pay, persons.net_pay, change)
    staff = heads[firms]
    return each * heads, int((tax_pence * staff).sum()), int((ni_pence * staff).sum())
