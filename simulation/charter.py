"""The fair employment charter: who joins, what members commit to, what it costs them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from agents import firm as decisions
from agents.organisation_fields import Kind, Ownership
from agents.person import WEEKS_PER_MONTH
from agents.person_fields import Status
from simulation.accounts import Book, Flow
from simulation.labour_market import unconstrained_offers
from simulation.levers import CharterTerm
from simulation.pence import to_pence
from simulation.randomness import Purpose
from simulation.separations import workers_of

if TYPE_CHECKING:
    from simulation.economy import Economy

ACCREDIT, PROGRESS = (int(Purpose.PLANS) + k for k in (2, 3))
STAFF = int(Status.EMPLOYEE)
#: Months for which new members are supported.
SUPPORT_MONTHS = 12


def consider_charter(economy: Economy) -> None:
    """Firms and anchors decide whether to join the charter, where one is on offer; members keep its terms."""
    levers = economy.levers
    orgs, a = economy.organisations, economy.assumptions
    orgs.accredited_months[:] += orgs.accredited
    if levers.charter_standard <= 0.0:
        # A charter that has ended binds nobody: pay stays, new offers need not meet it.
        if orgs.accredited.any():
            orgs.accredited[:] = 0
        return
    rows = np.flatnonzero(orgs.alive & (orgs.kind != Kind.OUTSIDE) & (orgs.accredited == 0))
    if rows.size == 0:
        return
    cost = cost_of_charter(economy)[rows] / np.maximum(orgs.wage_bill[rows] / 100.0, 1.0)
    hazard = decisions.accreditation_hazard(
        levers.charter_outreach,
        economy.supply.accredited_peers(orgs)[rows],
        np.full(rows.size, levers.procurement_charter * levers.procurement_scope),
        cost,
        levers.charter_support,
        a["charter_uptake_log_odds"],
        a["charter_peer_weight"] if levers.charter_has(CharterTerm.PEERS) else 0.0,
        a["charter_contract_weight"] if levers.charter_has(CharterTerm.CONTRACTS) else 0.0,
        a["charter_cost_weight"],
    )
    public = orgs.ownership[rows] == Ownership.PUBLIC
    hazard = np.where(public, np.minimum(hazard * a["charter_anchor_multiple"], 1.0), hazard)
    joins = rows[economy.draws.uniform(ACCREDIT, economy.month, orgs.uid[rows]) < hazard]
    orgs.accredited[joins] = 1
    orgs.accredited_months[joins] = 0
    keep_commitments(economy, joins)


def cost_of_charter(economy: Economy) -> NDArray[np.float64]:
    """What the pay floor of the charter would add to each organisation's wage bill, pounds a month.

    It is weighed by those who think of joining also where the floor is left out of the charter, so that leaving
    it out changes what members do and not who they are.
    """
    persons, orgs = economy.persons, economy.organisations
    wage, employer = persons.wage, persons.employer
    staff = np.flatnonzero((persons.status == STAFF) & (employer >= 0) & (wage < economy.real_living_wage))
    short = (economy.real_living_wage - wage[staff]) * persons.hours[staff]
    weekly = np.bincount(employer[staff], short, minlength=orgs.n_rows)
    return np.asarray(weekly * WEEKS_PER_MONTH / 100.0, dtype=np.float64)


def staff_of(economy: Economy, flagged: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Rows of the employees of organisations flagged in an array of shape (n_rows,)."""
    if not flagged.any():
        return np.zeros(0, np.int64)
    rows = workers_of(economy, flagged)
    return np.asarray(rows[economy.persons.status[rows] == STAFF])


def keep_commitments(economy: Economy, joins: NDArray[np.int64]) -> None:
    """New members pay the real Living Wage and turn insecure jobs into secure ones."""
    persons = economy.persons
    member = np.zeros(economy.organisations.n_rows, dtype=bool)
    member[joins] = True
    staff = staff_of(economy, member)
    if economy.levers.charter_has(CharterTerm.PAY_FLOOR):
        economy.counts["charter_raises"] += int((persons.wage[staff] < economy.real_living_wage).sum())
        persons.wage[staff] = np.maximum(persons.wage[staff], np.ceil(economy.real_living_wage))
    if economy.levers.charter_has(CharterTerm.SECURITY):
        persons.secure[staff] = 1


def those_to_promote(economy: Economy) -> NDArray[np.int64]:
    """Members promote from within: some long-serving staff who are qualified for more than their job asks."""
    persons, a = economy.persons, economy.assumptions
    if not economy.levers.charter_has(CharterTerm.PROMOTION):
        return np.zeros(0, np.int64)
    staff = staff_of(economy, economy.organisations.accredited > 0)
    staff = staff[persons.tenure[staff] >= 24]
    staff = staff[persons.qualification[staff] > persons.job_level[staff]]
    chance = a["charter_progression_rate"] * economy.levers.charter_standard
    return np.asarray(staff[economy.draws.uniform(PROGRESS, economy.month, persons.uid[staff]) < chance])


def members_to_support(economy: Economy) -> NDArray[np.int64]:
    """Firms in their first year as members; public bodies bear their own cost."""
    orgs = economy.organisations
    return np.flatnonzero(
        orgs.alive & (orgs.kind == Kind.FIRM) & (orgs.accredited > 0) & (orgs.accredited_months < SUPPORT_MONTHS)
    )


def extra_pay(economy: Economy) -> NDArray[np.float64]:
    """What the charter's pay floor adds to each member's wages now, pounds a month, shape (n_rows,)."""
    persons, orgs = economy.persons, economy.organisations
    if not economy.levers.charter_has(CharterTerm.PAY_FLOOR):
        return np.zeros(orgs.n_rows)
    staff = staff_of(economy, orgs.accredited > 0)
    raised = staff[persons.wage[staff] <= np.ceil(economy.real_living_wage)]
    employer = persons.employer[raised].astype(np.int64)
    otherwise = unconstrained_offers(economy, raised, employer, persons.job_level[raised].astype(np.int64))
    extra = np.maximum(persons.wage[raised] - otherwise, 0.0) * persons.hours[raised] * WEEKS_PER_MONTH / 100.0
    return np.asarray(np.bincount(employer, extra, minlength=orgs.n_rows), dtype=np.float64)


def pay_support(economy: Economy, rows: NDArray[np.int64], share: float, heading: str) -> None:
    """Pay members part of what the pay floor costs them, from the government under a policy's heading."""
    pence = to_pence(extra_pay(economy)[rows] * min(share, 1.0))
    economy.ledger.post(Flow.POLICY_COST, Book.GOVERNMENT, (Book.ORGANISATIONS, rows), pence, heading=heading)
    economy.organisations.support[rows] += pence
    economy.counts["policy_support"] += int(pence.sum())
