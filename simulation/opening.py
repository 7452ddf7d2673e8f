"""The opening state: synthesis, accounts, the level of pay, what people think of work at month 0."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit
from numpy.typing import NDArray

from agents.anchor import AnchorInstitution
from agents.organisation_fields import Kind
from agents.person_fields import INACTIVE, WORKING_AGE_MONTHS, Status, has_status
from simulation.accounts import Book
from simulation.business import synthesise_organisations
from simulation.earnings import monthly_earnings
from simulation.ledger import Ledger
from simulation.matching import give_luck, match_jobs, opening_wages
from simulation.participation import GROUPS, participation_group, participation_terms, remember_reach
from simulation.population import synthesise_population
from simulation.procurement import open_contracts
from simulation.randomness import Purpose
from simulation.settlement import BEGINNING
from simulation.social import SocialNetwork
from simulation.structure import median_weekly_pay
from simulation.supply import SupplyNetwork

if TYPE_CHECKING:
    from simulation.economy import Economy

Floats = NDArray[np.float64]

TASTE = int(Purpose.SYNTHESIS) + 90
LUCK = int(Purpose.SYNTHESIS) + 91
#: Points of the distribution of tastes at which the chance of taking part is worked out.
TASTE_POINTS = 64


def synthesise(economy: Economy) -> None:
    """Create all agents, match jobs, open accounts and networks."""
    region, a, scale = economy.region, economy.assumptions, economy.scale
    economy.households, economy.persons, wealth = synthesise_population(region, a, economy.draws, scale)
    economy.organisations = synthesise_organisations(region, a, economy.draws, scale)
    economy.ledger = Ledger(economy.households, economy.organisations)
    economy.ledger.endow(Book.HOUSEHOLDS, economy.households.rows(), wealth)
    everybody = economy.persons.rows()
    economy.persons.ability[everybody] = economy.inborn_ability(everybody)
    economy.pay_base_start = np.exp(economy.structure.level_pay) * 900.0
    match_jobs(economy)
    set_level_of_pay(economy)
    add_anchors(economy)
    set_productivity(economy)
    open_accounts(economy)
    economy.social = SocialNetwork(economy)
    economy.supply = SupplyNetwork(economy)
    open_contracts(economy)


def set_level_of_pay(economy: Economy) -> None:
    """Solve for the one scalar of pay at which median weekly pay of residents is the published one."""
    persons = economy.persons
    target = median_weekly_pay(economy.region)
    rows = np.flatnonzero(persons.status == Status.EMPLOYEE)
    give_luck(economy, rows)
    hours = persons.hours[rows].astype(np.float64)
    low, high = 300.0, 3000.0
    # Pay rises with the level, so who earns less than the target at a level too high, or no less at one too low,
    # need not be asked again.
    unsure, under = np.arange(rows.size), 0
    for _ in range(24):
        middle = np.sqrt(low * high)
        economy.pay_base_start = np.exp(economy.structure.level_pay) * middle
        less = opening_wages(economy, rows[unsure]) * hours[unsure] / 100.0 < target
        count = under + int(np.count_nonzero(less))
        too_low = bool(2 * count > rows.size)
        if 2 * count == rows.size:
            too_low = bool(np.median(opening_wages(economy, rows) * hours / 100.0) < target)
        if too_low:
            low, unsure = middle, unsure[less]
        else:
            high, unsure, under = middle, unsure[~less], count
    persons.wage[rows] = opening_wages(economy, rows)


def set_productivity(economy: Economy) -> None:
    """Firms that pay more a worker, for skill or hours, make more a worker; industries keep their output.

    Without the link a sample of firms would hold many that could not live off what they sell.
    """
    persons, orgs = economy.persons, economy.organisations
    rows = np.flatnonzero(persons.status == Status.EMPLOYEE)
    employer = persons.employer[rows]
    pay = np.bincount(employer, monthly_earnings(economy, rows) / 100.0, minlength=orgs.n_rows)
    staff = np.bincount(employer, minlength=orgs.n_rows)
    for industry in range(economy.structure.count):
        firms = np.flatnonzero(orgs.alive & (orgs.kind == Kind.FIRM) & (orgs.industry == industry))
        known = firms[staff[firms] > 0]
        if known.size == 0:
            continue
        before = economy.capacity()[firms].sum()
        relative = pay[known] / staff[known] / (pay[known].sum() / staff[known].sum())
        orgs.output_per_worker[known] *= relative ** economy.assumptions["productivity_pay_link"]
        orgs.output_per_worker[firms] *= before / economy.capacity()[firms].sum()


def add_anchors(economy: Economy) -> None:
    """Anchor agents over the rows of their accounts, with procurement by industry."""
    table = economy.region.tables["anchors"]
    shares = economy.region.tables["anchor_procurement"]
    rows = np.flatnonzero(economy.organisations.kind == Kind.ANCHOR)
    k = economy.structure.count
    by_type = {str(name): np.zeros(k) for name in table["type"]}
    for kind, sector, share in zip(shares["type"], shares["sector"], shares["share"], strict=True):
        if str(kind) in by_type:
            by_type[str(kind)][economy.region.sector_ids.index(str(sector))] = float(share)
    economy.anchors = []
    economy.council_of_authority = np.full(economy.region.n_authorities, -1, dtype=np.int64)
    for row, (_, line) in zip(rows.tolist(), table.iterrows(), strict=True):
        kind = str(line["type"])
        agent = AnchorInstitution(
            economy, row, str(line["name"]), kind, float(line["procurement"]), by_type[kind].copy()
        )
        economy.anchors.append(agent)
        if agent.kind == "council":
            economy.council_of_authority[economy.region.authority_index[str(line["authority"])]] = row


def open_accounts(economy: Economy) -> None:
    """Opening balances, expectations and standing of organisations; expected incomes of households."""
    orgs, households, a = economy.organisations, economy.households, economy.assumptions
    firms = np.flatnonzero(orgs.alive & (orgs.kind == Kind.FIRM))
    capacity = economy.capacity()
    orgs.expected_demand[firms] = capacity[firms]
    orgs.demand[firms] = capacity[firms]
    orgs.appeal[firms] = np.log(np.maximum(capacity[firms], 1.0))
    spread = a["demand_shock_sd"] / np.sqrt(1.0 - a["demand_shock_persistence"] ** 2)
    orgs.attraction[firms] = spread * economy.draws.normal(LUCK, BEGINNING, orgs.uid[firms])
    # Working capital of two months: costs are near output, so capacity stands in for them.
    money = np.rint(capacity[firms] * a["working_capital_months"] * 100.0).astype(np.int64)
    economy.ledger.endow(Book.ORGANISATIONS, firms, money)
    own = np.array([agent.row for agent in economy.anchors], dtype=np.int64)
    budgets = np.array([agent.monthly_budget(economy.scale, 1.0).sum() for agent in economy.anchors])
    economy.ledger.endow(Book.ORGANISATIONS, own, np.rint(budgets * 100.0).astype(np.int64))
    rows = households.rows()
    adults = np.bincount(economy.persons.household[economy.persons.age_months >= 192], minlength=households.n_rows)
    households.expected_income[rows] = 900.0 * adults[rows]
    economy.exports_by_industry = np.zeros(economy.structure.count)
    economy.local_factor = np.ones(economy.structure.count)


# --- what people think of work ----------------------------------------------------------------------


def note_references(economy: Economy) -> None:
    """At month 0: reach, gains from work, unemployment, and who takes part given all that."""
    persons, orgs = economy.persons, economy.organisations
    workers = (orgs.headcount + orgs.outside_workers).astype(np.float64)
    vacancies = workers * economy.assumptions["opening_vacancy_rate"]
    economy.posts_by_zone = np.asarray(
        np.bincount(orgs.zone, vacancies, minlength=economy.region.n_zones), dtype=np.float64
    )
    economy.smoothed_posts = economy.posts_by_zone.copy()
    economy.reach = np.zeros((2, economy.region.n_neighbourhoods))
    remember_reach(economy)
    low, high = WORKING_AGE_MONTHS
    adults = np.flatnonzero(persons.alive & (persons.age_months >= low) & (persons.age_months < high))
    home = economy.households.neighbourhood[persons.household[adults]]
    car = economy.households.car[persons.household[adults]]
    economy.reference_reach = max(float(economy.reach[car, home].mean()), 1e-9)
    economy.reference_gain = 1.0
    gain, _ = participation_terms(economy, adults)
    economy.reference_gain = float(np.exp(np.log(gain).mean()))
    economy.unemployment_trend = economy.unemployment_by_authority()
    economy.reference_unemployment = np.maximum(economy.unemployment_trend.copy(), 0.01)
    economy.reference_climate = economy.business_climate()
    inside = orgs.alive & (orgs.kind != Kind.OUTSIDE)
    authority = orgs.authority[inside]
    incoming = np.bincount(authority, orgs.outside_workers[inside], minlength=economy.region.n_authorities)
    economy.outside_hire_share = incoming / np.maximum(
        np.bincount(authority, workers[inside], minlength=incoming.size), 1.0
    )
    capacity, firm = economy.capacity(), orgs.alive & (orgs.kind == Kind.FIRM)
    size = economy.structure.count + 1
    bill = np.bincount(orgs.industry[firm], orgs.wage_bill[firm] / 100.0, minlength=size)
    economy.labour_share = bill / np.maximum(np.bincount(orgs.industry[firm], capacity[firm], minlength=size), 1.0)
    measure_participation(economy, adults)


@njit(cache=True)
def _mean_of_table(level, deviation, table, start, steps):  # type: ignore[no-untyped-def]
    """Mean over persons of a tabulated function of level plus deviation, linear between its points."""
    total = 0.0
    for i in range(deviation.shape[0]):
        at = (level + deviation[i] - start) * steps
        k = min(max(int(at), 0), table.shape[0] - 2)
        total += table[k] + (at - k) * (table[k + 1] - table[k])
    return total / deviation.shape[0]


@njit(cache=True)
def _conditional_tastes(level, deviation, active, u, tastes, sharpness):  # type: ignore[no-untyped-def]
    """A taste for each person, drawn given that the person takes part or does not."""
    n, m = deviation.shape[0], tastes.shape[0]
    out = np.empty(n)
    weight = np.empty(m)
    odds_against = np.exp(-sharpness * tastes)
    for i in range(n):
        mine = np.exp(-sharpness * (level[i] + deviation[i]))
        for k in range(m):
            weight[k] = 1.0 / (1.0 + mine * odds_against[k])
        total = 0.0
        for k in range(m):
            total += weight[k] if active[i] else 1.0 - weight[k]
            weight[k] = total
        mark = u[i] * total
        k = 0
        while k < m - 1 and weight[k] <= mark:
            k += 1
        out[i] = tastes[k]
    return out


def group_level(deviation: Floats, share: float, tastes: Floats, sharpness: float) -> float:
    """Level at which the mean chance of taking part, over persons and tastes, equals a share.

    The chance given level plus deviation is the same smooth function for everyone, so it is tabulated
    (linear between points 1/128 apart: an error below 1e-5) and the level found by bisection.
    """
    low, high, steps = -12.0, 12.0, 128
    start = low + float(deviation.min())
    points = start + np.arange(int((high + float(deviation.max()) - start) * steps) + 2) / steps
    table = (1.0 / (1.0 + np.exp(-sharpness * (points[:, None] + tastes)))).mean(axis=1)
    for _ in range(40):
        middle = 0.5 * (low + high)
        below = _mean_of_table(middle, deviation, table, start, steps) < share
        low, high = (middle, high) if below else (low, middle)
    return 0.5 * (low + high)


def measure_participation(economy: Economy, adults: NDArray[np.int64]) -> None:
    """Log odds of taking part by group, and tastes that explain who does at the start.

    For each group the level is solved for at which the mean chance of taking part, over persons and
    tastes, equals the share that does. Each person's taste is then drawn from its distribution given
    what the person does. Those who have retired for good are left out: retirement is a step of its own.
    """
    persons, a = economy.persons, economy.assumptions
    points = (np.arange(TASTE_POINTS) + 0.5) / TASTE_POINTS
    tastes = np.log(points / (1.0 - points))
    rows = adults[persons.status[adults] != Status.RETIRED]
    group = participation_group(economy, rows)
    gain, reach = participation_terms(economy, rows)
    deviation = a["participation_gain_weight"] * np.log(gain) + a["participation_reach_weight"] * np.log(reach)
    active = ~has_status(persons.status[rows], *INACTIVE)
    economy.group_logit = np.zeros(GROUPS)
    overall = max(min(float(active.mean()), 0.99), 0.01)
    for g in range(GROUPS):
        mine = np.flatnonzero(group == g)
        # A group too small to measure leans on the whole population.
        share = (float(active[mine].sum()) + 5.0 * overall) / (mine.size + 5.0)
        sample = deviation[mine] if mine.size else np.zeros(1)
        economy.group_logit[g] = group_level(sample, share, tastes, a["participation_sharpness"])
    u = economy.draws.uniform(TASTE, BEGINNING, persons.uid[rows])
    persons.taste[rows] = _conditional_tastes(
        economy.group_logit[group], deviation, active, u, tastes, a["participation_sharpness"]
    )
    others = np.flatnonzero(persons.alive & ~np.isin(np.arange(persons.n_rows), rows))
    persons.taste[others] = economy.fresh_taste(others)
