"""Phase 8, profit and ownership: taxes on firms, dividends, entry of firms; and their exit, at the end of phase 4."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit
from numpy.typing import NDArray

from agents.firm import closure_hazard
from agents.organisation_fields import Kind, Ownership
from agents.person_fields import WORKING_AGE_MONTHS, Status, has_status
from simulation.accounts import Book, Flow, Sector
from simulation.events import possible_rows
from simulation.pence import to_pence
from simulation.procurement import OUTSIDE_SUPPLIER
from simulation.randomness import Purpose
from simulation.separations import leave_job, set_status, workers_of
from simulation.shocks import struck_employers
from simulation.tax_benefit import Rule
from simulation.watching import watched

if TYPE_CHECKING:
    from simulation.economy import Economy

Rows = NDArray[np.int64]

EXIT, START, PARTNER, IDEA, TRAIT = (int(Purpose.OWNERSHIP) + k for k in range(1, 6))
OWNER, STAFF = int(Status.SELF_EMPLOYED), int(Status.EMPLOYEE)
SEEKING, DISCOURAGED = int(Status.UNEMPLOYED), int(Status.DISCOURAGED)
#: Age at which survival is counted, months.
SURVIVAL_AGE = 36


def share_profit(economy: Economy) -> None:
    """Run the phase."""
    settle_profit(economy)
    pay_dividends(economy)
    if economy.month >= 0:
        economy.organisations.age_months[economy.organisations.alive] += 1
        start_firms(economy)


@njit(cache=True)
def _managed(status, employer, n_employers):  # type: ignore[no-untyped-def]
    """Whether a proprietor works at each organisation."""
    # Employer -1 finds the last flag.
    managed = np.zeros(n_employers + 1, np.bool_)
    for i in range(status.shape[0]):
        if status[i] == OWNER:
            managed[employer[i]] = True
    return managed[:n_employers]


def settle_profit(economy: Economy) -> None:
    """Business rates and corporation tax; what is left is the profit of the month."""
    orgs, a = economy.organisations, economy.assumptions
    rows = np.flatnonzero(orgs.alive & (orgs.kind == Kind.FIRM))
    rates = to_pence(orgs.sales[rows] / 100.0 * economy.rules[Rule.BUSINESS_RATES])
    economy.ledger.post(Flow.BUSINESS_RATES, (Book.ORGANISATIONS, rows), Book.GOVERNMENT, rates)
    orgs.costs[rows] += rates
    profit = orgs.sales[rows] + orgs.support[rows] - orgs.costs[rows]
    # Owner-managed firms are taxed through their owners' drawings; companies pay corporation tax.
    managed = _managed(economy.persons.status, economy.persons.employer, orgs.n_rows)
    taxed = np.where(managed[rows], 0, np.maximum(profit, 0))
    tax = to_pence(taxed / 100.0 * economy.rules[Rule.CORPORATION_TAX_RATE])
    economy.ledger.post(Flow.CORPORATION_TAX, (Book.ORGANISATIONS, rows), Book.GOVERNMENT, tax)
    orgs.profit[rows] = profit - tax
    trend = orgs.profit_trend[rows]
    orgs.profit_trend[rows] = trend + a["profit_memory"] * (orgs.profit[rows] / 100.0 - trend)
    line = -a["overdraft_months"] * np.maximum(orgs.costs[rows], 1)
    orgs.loss_months[rows] = np.where(orgs.cash[rows] < line, orgs.loss_months[rows] + 1, 0)


def pay_dividends(economy: Economy) -> None:
    """Money beyond working capital goes to owners; social enterprises invest theirs in the region."""
    orgs, households, ledger, a = economy.organisations, economy.households, economy.ledger, economy.assumptions
    rows = np.flatnonzero(orgs.alive & (orgs.kind == Kind.FIRM))
    spare = np.maximum(orgs.cash[rows] - a["working_capital_months"] * orgs.costs[rows], 0.0)
    paid = np.floor(a["payout_per_month"] * spare).astype(np.int64)
    own = orgs.ownership[rows]
    local = (own == Ownership.LOCAL) & (orgs.owner[rows] >= 0)
    owner = orgs.owner[rows[local]].astype(np.int64)
    ledger.post(Flow.DIVIDENDS, (Book.ORGANISATIONS, rows[local]), (Book.HOUSEHOLDS, owner), paid[local])
    np.add.at(households.dividends, owner, paid[local])
    external = own == Ownership.EXTERNAL
    ledger.post(Flow.DIVIDENDS, (Book.ORGANISATIONS, rows[external]), Book.REST_OF_WORLD, paid[external])
    social = rows[own == Ownership.SOCIAL]
    orgs.to_invest[social] = a["social_reinvestment_share"] * paid[own == Ownership.SOCIAL] / 100.0


# --- exit -------------------------------------------------------------------------------------------


def real_size(economy: Economy, rows: Rows) -> NDArray[np.float64]:
    """Workers of each real firm that a row stands for."""
    orgs = economy.organisations
    workers = (orgs.headcount[rows] + orgs.outside_workers[rows]).astype(np.float64)
    return np.asarray(workers * economy.scale / np.maximum(orgs.weight[rows], 1.0))


def close_firms(economy: Economy) -> None:
    """Firms close by chance of age, size and margin, when their debts pass what lenders bear, and by shocks.

    They do so before the labour market meets, so that their staff look for work in the month in which they lose it, as
    those who are laid off do: notice of redundancy is given to both.
    """
    orgs, a = economy.organisations, economy.assumptions
    rows = np.flatnonzero(orgs.alive & (orgs.kind == Kind.FIRM))
    turnover = np.maximum(orgs.expected_demand[rows], 1.0)
    hazard = watched(economy, closure_hazard)(
        orgs.age_months[rows],
        real_size(economy, rows),
        orgs.profit_trend[rows] / turnover,
        a["closure_rate_young"],
        a["closure_rate_old"],
    )
    closes = economy.draws.uniform(EXIT, economy.month, orgs.uid[rows]) < hazard
    closes |= orgs.loss_months[rows] >= a["insolvency_months"]
    closes |= orgs.headcount[rows] + orgs.outside_workers[rows] == 0
    closes |= np.isin(rows, struck_employers(economy))
    gone = rows[closes]
    if gone.size == 0:
        return
    note_survival(economy, gone)
    economy.counts["business_deaths"] += float(orgs.weight[gone].sum())
    wind_up(economy, gone)


def note_survival(economy: Economy, gone: Rows) -> None:
    """Count start-ups of the run that close before their third birthday, by the cohort they belong to."""
    orgs = economy.organisations
    young = gone[(orgs.born[gone] >= 0) & (orgs.age_months[gone] < SURVIVAL_AGE)]
    for month, weight in zip(orgs.born[young].tolist(), orgs.weight[young].tolist(), strict=True):
        economy.cohort_closed[month] = economy.cohort_closed.get(month, 0.0) + weight


def wind_up(economy: Economy, rows: Rows) -> None:
    """Staff are dismissed, accounts settled, and the firms removed from every network."""
    orgs, ledger = economy.organisations, economy.ledger
    closing = np.zeros(orgs.n_rows, dtype=bool)
    closing[rows] = True
    staff = workers_of(economy, closing)
    leave_job(economy, staff)
    set_status(economy, staff, int(Status.UNEMPLOYED))
    ledger.post(Flow.DEBT_WRITE_OFF, Book.REST_OF_WORLD, (Book.ORGANISATIONS, rows), np.maximum(-orgs.cash[rows], 0))
    held = np.maximum(orgs.cash[rows], 0)
    owner = orgs.owner[rows].astype(np.int64)
    owned = (orgs.ownership[rows] == Ownership.LOCAL) & (owner >= 0)
    ledger.post(Flow.LIQUIDATION, (Book.ORGANISATIONS, rows[owned]), (Book.HOUSEHOLDS, owner[owned]), held[owned])
    # The assets of a social enterprise are locked: they pass to the council of the place (asset lock, CIC rules).
    council = economy.council_of_authority[np.maximum(orgs.authority[rows], 0)]
    locked = (orgs.ownership[rows] == Ownership.SOCIAL) & (council >= 0)
    ledger.post(
        Flow.LIQUIDATION, (Book.ORGANISATIONS, rows[locked]), (Book.ORGANISATIONS, council[locked]), held[locked]
    )
    rest = ~owned & ~locked
    ledger.post(Flow.LIQUIDATION, (Book.ORGANISATIONS, rows[rest]), Book.REST_OF_WORLD, held[rest])
    economy.supply.forget(rows)
    # Its contracts are tendered anew; left alone they would pass to whoever takes the row.
    contracts = economy.contracts
    served = np.flatnonzero(contracts.alive & (contracts.supplier >= 0))
    served = served[closing[contracts.supplier[served]]]
    contracts.supplier[served] = OUTSIDE_SUPPLIER
    contracts.months_left[served] = 0
    orgs.remove(rows)


# --- entry ------------------------------------------------------------------------------------------


def _founders(economy: Economy, rate: NDArray[np.float64], chance: float) -> Rows:
    """Rows of those who found a firm, at a monthly rate by status and qualification that is at most the chance."""
    persons, (low, high) = economy.persons, WORKING_AGE_MONTHS
    due, mark, _ = possible_rows(economy, persons, persons.next_idea, START, chance)
    age, status = persons.age_months[due], persons.status[due]
    free = (age >= low + 24) & (age < high) & (persons.study_months[due] == 0)
    free &= has_status(status, Status.EMPLOYEE, Status.UNEMPLOYED, Status.DISCOURAGED)
    return np.asarray(due[free & (mark < rate[status, persons.qualification[due]])])


def founders(economy: Economy) -> Rows:
    """Those who found a firm this month, ascending.

    Possible months are drawn ahead as in `simulation.events`, by a chance that no rate has been above so far.
    Where one comes to be, they are drawn anew by a greater chance: how long somebody has waited does not matter.
    """
    persons = economy.persons
    rate = founding_rates(economy)
    chance: float = getattr(economy, "_idea_chance", 0.0)
    if rate.max() > chance:
        # A power of two, so that it is the same in worlds that differ a little.
        chance = economy._idea_chance = min(float(2.0 ** np.ceil(np.log2(1.25 * rate.max()))), 1.0)
        persons.next_idea = -1
    return _founders(economy, rate, chance)


def founding_rates(economy: Economy) -> NDArray[np.float64]:
    """Monthly chance of those who may to found a firm, by status and qualification, shape (statuses, 5)."""
    a = economy.assumptions
    rate = np.full((len(Status), 5), a["founding_rate"] / 12.0)
    employee = np.arange(len(Status)) == Status.EMPLOYEE
    rate *= np.where(employee, 1.0, a["founding_factor_out_of_work"])[:, None]
    rate *= np.exp(a["founding_response_to_skill"] * (np.arange(5) - 2.0))
    rate *= np.exp(a["founding_response_to_profit"] * (economy.business_climate() - economy.reference_climate))
    return rate


def start_firms(economy: Economy) -> None:
    """People found firms, oftener when out of work or skilled, and where firms like theirs do well."""
    persons, households, a = economy.persons, economy.households, economy.assumptions
    found = founders(economy)
    if found.size == 0:
        return
    industry = ideas(economy, found)
    uids = economy.draws.derive_ids(START, economy.month, persons.uid[found])
    home = households.neighbourhood[persons.household[found]].astype(np.int64)
    authority = economy.region.neighbourhood_authority[home]
    capital = np.minimum(
        (households.cash[persons.household[found]] * a["start_up_share_of_savings"]).astype(np.int64),
        round(a["start_up_capital"] * 100),
    )
    capital = np.maximum(capital, 0)
    leave_job(economy, found)
    new = add_firms(economy, uids, industry, home, authority, persons.household[found].astype(np.int64))
    economy.ledger.post(
        Flow.START_UP_CAPITAL,
        (Book.HOUSEHOLDS, persons.household[found].astype(np.int64)),
        (Book.ORGANISATIONS, new),
        capital,
    )
    take_up_self_employment(economy, found, new)
    bring_in_partners(economy, found, new)
    ready(economy, new)


def ideas(economy: Economy, founders: Rows) -> Rows:
    """Industry of each new firm: as the small firms of the region are spread."""
    orgs = economy.organisations
    small = np.flatnonzero(orgs.alive & (orgs.kind == Kind.FIRM) & (orgs.ownership == Ownership.LOCAL))
    small = small[real_size(economy, small) < 10]
    weight = np.bincount(orgs.industry[small], minlength=economy.structure.count).astype(np.float64)
    # Nobody founds what nobody runs; where no small firm is left, all industries are equally likely.
    weight = weight if weight.sum() > 0 else np.ones(economy.structure.count)
    return economy.draws.choice_cdf(np.cumsum(weight), IDEA, economy.month, economy.persons.uid[founders])


def add_firms(
    economy: Economy, uids: NDArray[np.uint64], industry: Rows, home: Rows, authority: NDArray[np.int8], owner: Rows
) -> Rows:
    """Rows of new local firms near their founders' homes."""
    orgs, a = economy.organisations, economy.assumptions
    nearest = economy.local_zone_of[home]
    spread = a["productivity_log_sd"]
    noise = economy.draws.normal(TRAIT, economy.month, uids)
    # A new firm starts at the productivity of its time: its industry's, at trend.
    frontier = economy.structure.output_per_worker[industry] * economy.growth / economy.technology
    output = frontier * np.exp(spread * noise - spread**2 / 2)
    social = economy.draws.uniform(TRAIT, economy.month, uids, 1) < economy.structure.social_share[industry]
    effect = a["wage_effect_sd"] * economy.draws.normal(TRAIT, economy.month, uids, 3)
    effect += a["wage_effect_size"] * np.log(2.0 / 20.0)
    return orgs.add(
        uids,
        kind=int(Kind.FIRM),
        sector=np.where(social, int(Sector.SOCIAL_FIRMS), int(Sector.LOCAL_FIRMS)),
        industry=industry,
        ownership=np.where(social, int(Ownership.SOCIAL), int(Ownership.LOCAL)),
        zone=nearest,
        neighbourhood=home,
        authority=authority,
        registered=1,
        weight=float(economy.scale),
        owner=np.where(social, -1, owner),
        rounding=economy.draws.uniform(TRAIT, economy.month, uids, 2),
        wage_effect=effect,
        wage_effect_start=effect,
        output_per_worker=output,
        export_weight=0.02,
        born=economy.month,
    )


def take_up_self_employment(economy: Economy, people: Rows, firms: Rows) -> None:
    """People become proprietors of firms."""
    persons, orgs = economy.persons, economy.organisations
    persons.employer[people] = firms
    persons.hours[people] = economy.assumptions["hours_full_time"]
    persons.secure[people] = 1
    persons.job_level[people] = persons.qualification[people]
    persons.course_kind[people] = 0
    persons.course_months[people] = 0
    set_status(economy, people, int(Status.SELF_EMPLOYED))
    persons.mode[people] = economy.usual_mode(people)
    orgs.headcount[:] += np.bincount(firms, minlength=orgs.n_rows).astype(np.int32)


@njit(cache=True)
def _partners(friends, status, study_months):  # type: ignore[no-untyped-def]
    """The first friend of each founder who is free to join and whom no other took before, -1 for none."""
    taken = np.zeros(status.shape[0], np.bool_)
    partner = np.full(friends.shape[0], -1, np.int64)
    for i in range(friends.shape[0]):
        for friend in friends[i]:
            if friend < 0 or taken[friend] or study_months[friend] != 0:
                continue
            if status[friend] in (SEEKING, STAFF):
                taken[friend] = True
                partner[i] = friend
                break
    return partner


def bring_in_partners(economy: Economy, founders: Rows, firms: Rows) -> None:
    """Some founders start with a partner: a friend who is unemployed or an employee, where they have one."""
    persons, a = economy.persons, economy.assumptions
    wants = economy.draws.uniform(PARTNER, economy.month, persons.uid[founders]) < a["partner_chance"]
    people = _partners(economy.social.friends(founders[wants]), persons.status, persons.study_months)
    where = firms[wants][people >= 0]
    people = people[people >= 0]
    if people.size:
        leave_job(economy, people)
        take_up_self_employment(economy, people, where)


def ready(economy: Economy, new: Rows) -> None:
    """New firms expect to sell what they can make, and customers take them at that size."""
    orgs = economy.organisations
    capacity = economy.capacity()[new]
    orgs.target_headcount[new] = orgs.headcount[new]
    orgs.expected_demand[new] = capacity
    orgs.demand[new] = capacity
    orgs.profit_trend[new] = 0.0
    orgs.appeal[new] = np.log(np.maximum(capacity / economy.growth, 1.0)) + economy.assumptions["start_up_appeal"]
    economy.supply.connect(new)
    economy.counts["business_births"] += float(orgs.weight[new].sum())
    economy.cohort_born[economy.month] = economy.cohort_born.get(economy.month, 0.0) + float(orgs.weight[new].sum())
