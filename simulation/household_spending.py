"""What households spend: rents, the way to work, and goods and services of their choice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit
from numpy.typing import NDArray

from agents.household import consumption, shopping_shares
from agents.household_fields import Tenure
from agents.organisation_fields import Kind
from agents.person_fields import Mode
from simulation.accounts import Book, Flow
from simulation.ledger import LedgerError, to_pence
from simulation.randomness import uniform
from simulation.sales import charge, receive
from simulation.search import WORK_DAYS
from simulation.tax_benefit import Rule

if TYPE_CHECKING:
    from simulation.economy import Economy

Floats = NDArray[np.float64]
Pence = NDArray[np.int64]
Rows = NDArray[np.int64]

#: Steps into which a distribution is cut to look draws up in it.
STEPS = 1 << 13


def _by_size(size: Floats) -> tuple[Floats, Rows]:
    """Cumulative shares of payees, and for each of `STEPS` the first payee at or after its beginning."""
    cumulative = np.cumsum(size) / size.sum()
    return cumulative, np.searchsorted(cumulative, np.arange(STEPS) / STEPS, side="right")


@njit(cache=True, inline="always")
def _find(cumulative, steps, draw):  # type: ignore[no-untyped-def]
    """Position that a draw falls on, as `searchsorted` to the right, at most the last."""
    k = steps[int(draw * STEPS)]
    last = cumulative.shape[0] - 1
    while k < last and cumulative[k] <= draw:
        k += 1
    return min(k, last)


# --- homes ------------------------------------------------------------------------------------------


@njit(cache=True)
def _housing_due(alive, tenure, first, last, cost, cash, growth):  # type: ignore[no-untyped-def]
    """Rows and pence of the households of some tenures that have housing costs and money to pay them."""
    rows, due = np.empty(alive.shape[0], np.int64), np.empty(alive.shape[0], np.int64)
    count = 0
    for i in range(alive.shape[0]):
        if not alive[i] or tenure[i] < first or tenure[i] > last:
            continue
        pence = min(int(np.rint(cost[i] * growth)), max(cash[i], 0))
        if pence > 0:
            rows[count], due[count] = i, pence
            count += 1
    return rows[:count], due[:count]


@njit(cache=True)
def _spread(seed, purpose, uids, rows, pence, cumulative, steps):  # type: ignore[no-untyped-def]
    """Receipts of payees by position, where each payer keeps the payee that its uid draws by size."""
    received = np.zeros(cumulative.shape[0], np.int64)
    for i in range(rows.shape[0]):
        draw = uniform(seed, purpose, 0, uids[rows[i]], 0)
        received[_find(cumulative, steps, draw)] += pence[i]
    return received


def pay_rents(economy: Economy) -> None:
    """Rents go to housing associations and local landlords, mortgage interest to lenders outside."""
    households, orgs = economy.households, economy.organisations
    landlords = np.array([agent.row for agent in economy.anchors if agent.kind == "housing_association"])
    property_firms = np.flatnonzero(
        orgs.alive & (orgs.kind == Kind.FIRM) & (orgs.industry == economy.property_industry)
    )
    nobody = np.empty(0, dtype=np.int64)
    for flow, first, last, owners in (
        (Flow.MORTGAGE_INTEREST, Tenure.OWNED_OUTRIGHT, Tenure.MORTGAGED, nobody),
        (Flow.RENT, Tenure.SOCIAL_RENT, Tenure.SOCIAL_RENT, landlords),
        (Flow.RENT, Tenure.PRIVATE_RENT, Tenure.PRIVATE_RENT, property_firms),
    ):
        rows, due = _housing_due(
            households.alive, households.tenure, int(first), int(last), households.housing_cost, households.cash,
            economy.growth,
        )  # fmt: skip
        payers = (Book.HOUSEHOLDS, rows)
        if owners.size == 0:
            economy.ledger.post_pool(flow, payers, due, Book.REST_OF_WORLD, due.sum())
            continue
        # Homes are spread over landlords by size; the home's uid decides, so a home keeps its landlord.
        by_size = _by_size(np.maximum(orgs.target_headcount[owners], 1).astype(np.float64))
        receive(economy, flow, payers, due, owners, _spread(economy.draws.seed, 0, households.uid, rows, due, *by_size))


# --- the way to work --------------------------------------------------------------------------------


def monthly_fares(money: NDArray[np.float32]) -> NDArray[np.int32]:
    """What the way to work costs in a month, pence.

    Args:
        money: Pence of a journey one way, shape (modes, neighbourhoods, zones).

    Returns:
        Shape (neighbourhoods, modes, zones): a home's fares lie together, as the persons of a household do.
    """
    pence = np.round(money.astype(np.float64) * 2.0 * WORK_DAYS).astype(np.int32)
    return np.ascontiguousarray(pence.transpose(1, 0, 2))


@njit(cache=True)
def _pay_fares(seed, persons, households, zone, fares, cumulative, steps):  # type: ignore[no-untyped-def]
    """Payers and pence of commuters, and what the operators of public transport receive.

    Args:
        seed: Seed of the run.
        persons: Columns alive, employer, mode, household and uid of persons.
        households: Columns neighbourhood and cash of households.
        zone: Zone of each organisation.
        fares: Pence a month, shape (neighbourhoods, modes, zones).
        cumulative: Cumulative shares of operators, empty where there are none.
        steps: Beginnings of the steps in it.

    Returns:
        Rows of households and pence; how many, from the front, pay operators; how many, from the back,
        pay outside; receipts of operators.
    """
    alive, employer, mode, household, uid = persons
    neighbourhood, cash = households
    n = alive.shape[0]
    rows, pence = np.empty(n, np.int64), np.empty(n, np.int64)
    received = np.zeros(cumulative.shape[0], np.int64)
    front, back = 0, n
    for i in range(n):
        if employer[i] < 0 or mode[i] == Mode.HOME or not alive[i]:
            continue
        home = household[i]
        due = fares[neighbourhood[home], mode[i], zone[employer[i]]]
        if due <= 0 or cash[home] <= due * 2:
            continue
        if mode[i] == Mode.TRANSIT:
            if received.shape[0] > 0:
                draw = uniform(seed, 1, 0, uid[i], 0)
                received[_find(cumulative, steps, draw)] += due
                rows[front], pence[front] = home, due
                front += 1
        else:
            back -= 1
            rows[back], pence[back] = home, due
    return rows, pence, front, back, received


def pay_for_travel(economy: Economy) -> None:
    """Commuters pay fares to transport operators; fuel and parking leave the region."""
    persons, households, orgs, ledger = economy.persons, economy.households, economy.organisations, economy.ledger
    operators = np.flatnonzero(orgs.alive & (orgs.kind == Kind.FIRM) & (orgs.industry == economy.transport_industry))
    size = economy.market_mass(0.0)[operators] if operators.size else np.empty(0)
    rows, pence, front, back, received = _pay_fares(
        economy.draws.seed,
        (persons.alive, persons.employer, persons.mode, persons.household, persons.uid),
        (households.neighbourhood, households.cash),
        orgs.zone,
        economy.fares,
        *_by_size(size),
    )
    outside = pence[back:]
    ledger.post_pool(Flow.COMMUTING, (Book.HOUSEHOLDS, rows[back:]), outside, Book.REST_OF_WORLD, outside.sum())
    receive(economy, Flow.COMMUTING, (Book.HOUSEHOLDS, rows[:front]), pence[:front], operators, received)


# --- goods and services -----------------------------------------------------------------------------


@njit(cache=True)
def _budgets(households, equivalence, growth, adjustment, adult, out_of_income, out_of_wealth):  # type: ignore[no-untyped-def]
    """Update expected incomes and write what each household will spend; returns whether all is finite."""
    alive, income, housing_cost, cash, expected, spending = households
    finite = True
    for i in range(alive.shape[0]):
        spending[i] = 0
        if not alive[i]:
            continue
        after_housing = (income[i] - housing_cost[i] * growth) / 100.0
        expected[i] = expected[i] + adjustment * (after_housing - expected[i])
        necessities = adult * equivalence[i] * growth
        pounds = consumption(expected[i], cash[i] / 100.0, necessities, out_of_income, out_of_wealth)
        if not np.isfinite(pounds):
            finite = False
            continue
        spending[i] = min(int(np.rint(pounds * 100.0)), max(cash[i], 0))
    return finite


def choose_consumption(economy: Economy) -> Pence:
    """What each household spends on goods and services this month, in pence, shape (n_rows,)."""
    households, a = economy.households, economy.assumptions
    finite = _budgets(
        (
            households.alive, households.income, households.housing_cost, households.cash,
            households.expected_income, households.spending,
        ),
        economy.equivalence,
        economy.growth,
        a["income_expectation_adjustment"],
        a["necessities_per_adult_equivalent"],
        a["propensity_out_of_income"],
        a["propensity_out_of_wealth"],
    )  # fmt: skip
    if not finite:
        raise LedgerError("what a household would spend is not a finite number")
    budget: Pence = households.spending
    return budget


@njit(cache=True)
def _by_place(alive, car, neighbourhood, budget, places):  # type: ignore[no-untyped-def]
    """Spending in pounds by car ownership and neighbourhood, shape (2, places)."""
    spend = np.zeros((2, places))
    for i in range(alive.shape[0]):
        if alive[i]:
            spend[car[i], neighbourhood[i]] += budget[i] / 100.0
    return spend


@njit(cache=True)
def _shop(spend, weights, mass, discount):  # type: ignore[no-untyped-def]
    """Demand by zone and industry from neighbourhood spending, by Huff's model.

    spend: pounds by car ownership and neighbourhood, (2, n); weights: budget share by industry, (k,);
    mass: (z, k); discount: (2, n, z).
    """
    zones, industries = mass.shape
    demand = np.zeros((zones, industries))
    shares = np.empty((zones, industries))
    for car in range(2):
        for n in range(spend.shape[1]):
            if spend[car, n] <= 0.0:
                continue
            shopping_shares(mass, discount[car, n], shares)
            for z in range(zones):
                for k in range(industries):
                    demand[z, k] += spend[car, n] * weights[k] * shares[z, k]
    return demand


def consumer_demand(economy: Economy, budget: Pence) -> Floats:
    """Household demand on each firm, pounds, shape (n_rows,)."""
    households, orgs = economy.households, economy.organisations
    region = economy.region
    mass = economy.market_mass(economy.assumptions["consumer_price_elasticity"])
    industries = len(region.sector_ids)
    cell = orgs.zone.astype(np.int64) * industries + np.minimum(orgs.industry, industries - 1)
    firms = np.flatnonzero(mass > 0.0)
    mass_by_zone = np.bincount(cell[firms], mass[firms], minlength=region.n_zones * industries)
    demand = _shop(
        _by_place(households.alive, households.car, households.neighbourhood, budget, region.n_neighbourhoods),
        economy.structure.household_shares * economy.local_factor,
        mass_by_zone.reshape(-1, industries),
        economy.shop_weight,
    ).ravel()
    out = np.zeros(orgs.n_rows)
    out[firms] = demand[cell[firms]] * mass[firms] / mass_by_zone[cell[firms]]
    return out


def sell_to_households(economy: Economy, budget: Pence, pounds: Floats) -> None:
    """Post household spending: local sales to firms, the rest online and outside; firms owe VAT."""
    orgs, ledger = economy.organisations, economy.ledger
    rows = np.flatnonzero(budget)
    firms = np.flatnonzero(pounds > 0.0)
    sales = to_pence(pounds[firms])
    total, spent = int(sales.sum()), budget[rows]
    local = ledger.allocate(total, spent.astype(np.float64))
    ledger.post_pool(Flow.CONSUMPTION, (Book.HOUSEHOLDS, rows), local, (Book.ORGANISATIONS, firms), sales)
    orgs.sales[firms] += sales
    elsewhere = spent - local
    ledger.post_pool(Flow.ONLINE_CONSUMPTION, (Book.HOUSEHOLDS, rows), elsewhere, Book.REST_OF_WORLD, elsewhere.sum())
    charge(economy, Flow.VAT, firms, Book.GOVERNMENT, to_pence(pounds[firms] * economy.rules[Rule.VAT_RATE]))
    economy.counts["household_local"] += total
    economy.counts["household_total"] += int(spent.sum())
