"""Phase 4, plans: expectations, headcount, pay, prices, accreditation, closing down."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numba import njit
from numpy.typing import NDArray

from agents import firm as decisions
from agents.organisation_fields import Kind
from agents.pay import offered_wage
from agents.person_fields import WORKING_AGE_MONTHS, Status
from simulation.blocks import BLOCK, pick
from simulation.charter import consider_charter, extra_pay, those_to_promote
from simulation.labour_market import offered_wages
from simulation.levers import CharterTerm
from simulation.ownership import close_firms
from simulation.randomness import Purpose

if TYPE_CHECKING:
    from simulation.economy import Economy

LUCK = int(Purpose.PLANS) + 1
#: More than any pay.
ALWAYS = 2**31 - 1
STAFF, OWNER, SEEKING = int(Status.EMPLOYEE), int(Status.SELF_EMPLOYED), int(Status.UNEMPLOYED)


def plan(economy: Economy) -> None:
    """Run the phase."""
    uprate_pay(economy)
    consider_charter(economy)
    promote(economy, those_to_promote(economy))
    set_wage_offers(economy)
    set_headcounts(economy)
    set_prices(economy)
    follow_taste_of_customers(economy)
    close_firms(economy)


def workers(economy: Economy) -> NDArray[np.float64]:
    """All who work at each organisation, residents and commuters from outside, in simulated persons."""
    orgs = economy.organisations
    return np.asarray(orgs.headcount + orgs.outside_workers, dtype=np.float64)


def firm_rows(economy: Economy) -> NDArray[np.int64]:
    """Rows of living firms."""
    orgs = economy.organisations
    return np.flatnonzero(orgs.alive & (orgs.kind == Kind.FIRM))


def set_headcounts(economy: Economy) -> None:
    """Firms form expectations and set the headcount they want; anchors and outside employers keep theirs."""
    orgs, a = economy.organisations, economy.assumptions
    rows = firm_rows(economy)
    orgs.expected_demand[rows] = decisions.expect_demand(
        orgs.expected_demand[rows], orgs.demand[rows], orgs.unmet[rows], a["demand_expectation_adjustment"]
    )
    wanted = decisions.wanted_labour(
        orgs.expected_demand[rows],
        orgs.output_per_worker[rows] * economy.technology * orgs.price[rows],
        workers(economy)[rows],
        a["hiring_inertia"],
    )
    # Each firm rounds with a draw of its own, so that small gaps neither all vanish nor all count.
    proposed = np.maximum(np.floor(wanted + orgs.rounding[rows]), 1).astype(np.int32)
    most = np.ceil(workers(economy)[rows] * (1.0 + a["most_growth_per_month"])).astype(np.int32) + 1
    least = np.floor(workers(economy)[rows] * (1.0 - a["most_cut_per_month"])).astype(np.int32)
    orgs.target_headcount[rows] = np.clip(proposed, np.maximum(least, 1), most)
    for agent in economy.adopted_firms():
        agent.target_headcount = agent.wanted_headcount(agent.target_headcount)


@njit(cache=True)
def count_activity(alive, age_months, status, household, neighbourhood, authority, count):  # type: ignore[no-untyped-def]
    """Residents of working age who seek work, and all who are active, by authority, shape (count,) each.

    Args:
        alive: Living persons; so with age, status and household row of each, shape (persons,).
        age_months: Ages.
        status: Labour-market statuses.
        household: Rows of households.
        neighbourhood: Neighbourhood of each household, shape (households,).
        authority: Authority of each neighbourhood.
        count: Number of authorities.
    """
    low, high = WORKING_AGE_MONTHS
    # Seekers count in the upper half of a number, all who are active in the lower.
    by_place = np.zeros(authority.shape[0], np.int64)
    active, at, place = np.empty(BLOCK, np.bool_), np.empty(BLOCK, np.int32), np.empty(BLOCK, np.int32)
    for start in range(0, alive.shape[0], BLOCK):
        here = slice(start, min(start + BLOCK, alive.shape[0]))
        lives, age, state, home = alive[here], age_months[here], status[here], household[here]
        for i in range(state.shape[0]):
            works = (state[i] == STAFF) | (state[i] == OWNER) | (state[i] == SEEKING)
            active[i] = works & lives[i] & (age[i] >= low) & (age[i] < high)
        n = pick(active, state.shape[0], at)
        for k in range(n):
            place[k] = neighbourhood[home[at[k]]]
        for k in range(n):
            by_place[place[k]] += 1 + ((state[at[k]] == SEEKING) << 32)
    totals = np.zeros((2, count), np.int64)
    for p in range(authority.shape[0]):
        totals[0, authority[p]] += by_place[p] >> 32
        totals[1, authority[p]] += by_place[p] & 0xFFFFFFFF
    return totals[0], totals[1]


def set_wage_offers(economy: Economy) -> None:
    """Employers move their pay premium with unfilled posts and with local unemployment (wage curve)."""
    orgs, a = economy.organisations, economy.assumptions
    rows = firm_rows(economy)
    economy.unemployment_trend += (economy.unemployment_by_authority() - economy.unemployment_trend) / 12.0
    relative = np.log(np.maximum(economy.unemployment_trend, 0.005) / economy.reference_unemployment)
    called_for = a["wage_curve_elasticity"] * relative
    gap = called_for[np.maximum(orgs.authority[rows], 0)] - (orgs.wage_effect[rows] - orgs.wage_effect_start[rows])
    orgs.wage_effect[rows] = np.clip(
        decisions.next_wage_effect(
            orgs.wage_effect[rows].astype(np.float64),
            orgs.vacancy_months[rows].astype(np.float64),
            gap,
            a["wage_response_to_vacancies"],
            a["wage_curve_pull"],
        ),
        -0.8,
        0.8,
    )
    for agent in economy.adopted_firms():
        agent.wage_effect = agent.wage_effect_next(agent.wage_effect)


@njit(cache=True)
def _uprate(  # type: ignore[no-untyped-def]
    status, employer, age_months, job_level, experience, match, wage, reviews, least_of, settled, premium, effect,
    pay_base, experience_return, rise, least_at,
):  # fmt: skip
    """Pay of all employees after this month's reviews; floors bind at once."""
    looked_at, at = np.empty(BLOCK, np.bool_), np.empty(BLOCK, np.int32)
    for start in range(0, status.shape[0], BLOCK):
        here = slice(start, min(start + BLOCK, status.shape[0]))
        state, work, pay, age = status[here], employer[here], wage[here], age_months[here]
        for i in range(state.shape[0]):
            looked_at[i] = (state[i] == STAFF) & (work[i] >= 0) & (pay[i] < settled[max(work[i], 0)])
        for k in range(pick(looked_at, state.shape[0], at)):
            i = at[k]
            e = work[i]
            least = max(least_at[age[i]], least_of[e])
            now = int(pay[i])
            if reviews[e]:
                # Incumbents get half of the way to what the employer now offers if that is more, else half of
                # trend growth; nominal cuts do not happen, so overpaid workers drift back.
                r = start + i
                offer = offered_wage(
                    int(job_level[r]),
                    premium[e],
                    effect[e] + match[r],
                    float(experience[r]),
                    pay_base,
                    experience_return,
                )
                offer = max(math.ceil(offer), least)
                now = int(np.rint(max(0.5 * (offer + now) if offer > now else now * rise, 1.0)))
            pay[i] = max(now, least)


def uprate_pay(economy: Economy) -> None:
    """Each employer reviews pay once a year: trend growth, wage curve, experience; floors bind at once."""
    persons, orgs = economy.persons, economy.organisations
    oldest = int(persons.age_months.max())
    least_at = np.ceil(economy.legal_floor_for(np.arange(oldest + 1, dtype=np.int16))).astype(np.int64)
    bound = (orgs.accredited > 0) & economy.levers.charter_has(CharterTerm.PAY_FLOOR)
    least_of = np.where(bound, math.ceil(economy.real_living_wage), 0)
    reviews = orgs.uid % np.uint64(12) == economy.month % 12
    # Pay of this much stays as it is: no floor is higher, and the employer does not review it.
    settled = np.where(reviews, ALWAYS, np.maximum(least_of, least_at.max())).astype(np.int32)
    _uprate(
        persons.status, persons.employer, persons.age_months, persons.job_level, persons.experience, persons.match,
        persons.wage, reviews, least_of, settled, economy.structure.premium[orgs.industry],
        orgs.wage_effect.astype(np.float64), economy.pay_base, economy.experience_return,
        1.0 + 0.5 * economy.annual_growth, least_at,
    )  # fmt: skip


def set_prices(economy: Economy) -> None:
    """Firms pass part of a change in unit labour cost on to their prices."""
    orgs = economy.organisations
    rows = firm_rows(economy)
    orgs.price[rows] = decisions.price_after_cost(cost_change(economy)[rows], economy.assumptions["cost_pass_through"])


def cost_change(economy: Economy) -> NDArray[np.float64]:
    """Change of labour cost per pound of capacity since month 0 that the employer itself chose, by organisation.

    Two parts: its pay premium, weighted by the labour share, and what the charter's pay floor adds to
    what it would otherwise pay. Who happens to work there is left out: pay for skill buys output.
    """
    orgs = economy.organisations
    capacity = np.maximum(workers(economy), 1.0) * np.maximum(orgs.output_per_worker, 1.0) * economy.technology
    premium = np.expm1(orgs.wage_effect - orgs.wage_effect_start) * economy.labour_share[orgs.industry]
    return np.asarray(premium + extra_pay(economy) / capacity)


def follow_taste_of_customers(economy: Economy) -> None:
    """The luck of each firm with its customers wanders and returns (an autoregressive demand shifter)."""
    orgs, a = economy.organisations, economy.assumptions
    rows = firm_rows(economy)
    size = np.maximum(workers(economy)[rows] * economy.scale / np.maximum(orgs.weight[rows], 1.0), 1.0)
    # Larger firms vary less (Stanley et al. 1996: dispersion falls with size to the power of about -0.15).
    spread = a["demand_shock_sd"] * size**-0.15
    shock = economy.draws.normal(LUCK, economy.month, orgs.uid[rows])
    orgs.attraction[rows] = a["demand_shock_persistence"] * orgs.attraction[rows] + spread * shock


def promote(economy: Economy, rows: NDArray[np.int64]) -> None:
    """Move employees up one job level, at the pay their employer offers there."""
    persons = economy.persons
    rows = rows[(persons.status[rows] == Status.EMPLOYEE) & (persons.job_level[rows] < 4)]
    persons.job_level[rows] += 1
    wage = offered_wages(economy, rows, persons.employer[rows], persons.job_level[rows].astype(np.int64))
    persons.wage[rows] = np.maximum(persons.wage[rows], wage)
    economy.counts["promotions"] += rows.size
