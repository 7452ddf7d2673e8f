"""Phase 6, production and pay: wages and benefits, what hires cost, what anchors are granted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from agents.organisation_fields import Kind
from simulation.accounts import Book, Flow
from simulation.benefits import pay_benefits
from simulation.earnings import pay_for_work
from simulation.pence import to_pence

if TYPE_CHECKING:
    from simulation.economy import Economy


def produce_and_pay(economy: Economy) -> None:
    """Run the phase."""
    pay_households(economy)
    pay_for_recruitment(economy)
    fund_anchors(economy)


def pay_households(economy: Economy) -> None:
    """Earnings, then benefits less council tax; each household's account is moved once by the net of them."""
    households = economy.households
    change = np.zeros(households.n_rows, dtype=np.int64)
    earned, taxed = pay_for_work(economy, change)
    received, paid = pay_benefits(economy, change)
    economy.ledger.post_netted(Book.HOUSEHOLDS, change, received=earned + received, paid=taxed + paid)
    np.add(households.dividends, change, out=households.income)
    households.dividends = 0


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
