"""What households spend: rents, the way to work, and goods and services of their choice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit
from numpy.typing import NDArray

from agents.compiling import within_kernels
from agents.household import adult_equivalents, consumption, shopping_shares
from agents.household_fields import Tenure
from agents.organisation_fields import Kind
from agents.person_fields import Mode
from simulation.accounts import Book, Flow
from simulation.blocks import BLOCK, draw_keys, pick
from simulation.ledger import Part
from simulation.pence import LedgerError, to_pence
from simulation.sales import charge
from simulation.search import WORK_DAYS
from simulation.tax_benefit import Rule

if TYPE_CHECKING:
    from simulation.economy import Economy

Floats = NDArray[np.float64]
Pence = NDArray[np.int64]
Rows = NDArray[np.int64]

SOCIAL, PRIVATE = int(Tenure.SOCIAL_RENT), int(Tenure.PRIVATE_RENT)
HOME, TRANSIT = int(Mode.HOME), int(Mode.TRANSIT)
#: Steps into which a distribution is cut to look draws up in it.
STEPS = 1 << 13
#: Purposes of the draws by which a home keeps its landlord and a commuter an operator.
LANDLORD, OPERATOR = 0, 1


class Outlays:
    """What households pay in the month, gathered so that each account is moved once.

    Args:
        economy: The economy.

    Attributes:
        change: What each household received less what it paid, pence, shape (n_rows,).
        fares: Fares of each household that are not in `change` yet, pence, shape (n_rows,).
        parts: Flow, payee and amounts of each kind of payment.
    """

    def __init__(self, economy: Economy) -> None:
        self.change = np.zeros(economy.households.n_rows, dtype=np.int64)
        self.fares = np.zeros(economy.households.n_rows, dtype=np.int32)
        self.parts: list[Part] = []

    def add(self, economy: Economy, flow: Flow, owners: Rows, received: Pence, outside: int) -> None:
        """Note what organisations, each named once, and the rest of the world are paid under one flow."""
        self.parts.append((flow, (Book.ORGANISATIONS, owners), received))
        self.parts.append((flow, Book.REST_OF_WORLD, outside))
        economy.organisations.sales[owners] += received

    def post(self, economy: Economy) -> None:
        """Post all that was noted."""
        economy.ledger.post_netted(Book.HOUSEHOLDS, self.change, paid=self.parts)
        self.parts = []


def _by_size(size: Floats) -> tuple[Floats, NDArray[np.int32]]:
    """Cumulative shares of payees, and for each of `STEPS` the first payee at or after its beginning."""
    cumulative = np.cumsum(size) / size.sum()
    return cumulative, np.searchsorted(cumulative, np.arange(STEPS) / STEPS, side="right").astype(np.int32)


@within_kernels
def _receive(pence, count, draw, payees, received):  # type: ignore[no-untyped-def]
    """Pay the payees that payers draw by size, as `searchsorted` to the right; outside where there are none."""
    cumulative, steps = payees
    last = cumulative.shape[0] - 1
    outside = 0
    for i in range(count):
        if last < 0:
            outside += pence[i]
            continue
        k = steps[int(draw[i] * STEPS)]
        while k < last and cumulative[k] <= draw[i]:
            k += 1
        received[min(k, last)] += pence[i]
    return outside


# --- homes ------------------------------------------------------------------------------------------


@njit(cache=True)
def _take(alive, cost, cash, growth, change, due):  # type: ignore[no-untyped-def]
    """Take what is due from the households of a block, as far as they have it; returns the sum."""
    total = 0
    for j in range(alive.shape[0]):
        due[j] = min(int(np.rint(cost[j] * growth)), max(cash[j], 0)) * alive[j]
        change[j] -= due[j]
        total += due[j]
    return total


@njit(cache=True)
def _pay_rents(seed, households, growth, social, private, change):  # type: ignore[no-untyped-def]
    """Take housing costs from households, as far as they have the money.

    Args:
        seed: Seed of the run.
        households: Columns alive, uid, tenure, housing_cost and cash of households.
        growth: Trend since the base year.
        social: Cumulative shares of social landlords, and the beginnings of the steps in them.
        private: Likewise of private landlords.
        change: Money that each household received less what it paid, pence; written.

    Returns:
        Mortgage interest, rents to landlords outside, rents by social and by private landlord, pence.
    """
    alive, uid, tenure, cost, cash = households
    due, rents = np.empty(BLOCK, np.int64), np.empty(BLOCK, np.bool_)
    who, payers, pence = np.empty(BLOCK, np.int32), np.empty(BLOCK, np.uint64), np.empty(BLOCK, np.int64)
    draw = np.empty(BLOCK)
    by_social = np.zeros(social[0].shape[0], np.int64)
    by_private = np.zeros(private[0].shape[0], np.int64)
    interest, outside = 0, 0
    for begin in range(0, alive.shape[0], BLOCK):
        size = min(BLOCK, alive.shape[0] - begin)
        interest += _take(
            alive[begin : begin + size], cost[begin : begin + size], cash[begin : begin + size], growth,
            change[begin : begin + size], due,
        )  # fmt: skip
        for rented, landlords, received in ((SOCIAL, social, by_social), (PRIVATE, private, by_private)):
            for j in range(size):
                rents[j] = (tenure[np.uint64(begin + j)] == rented) & (due[j] > 0)
            count = pick(rents, size, who)
            for k in range(count):
                j = who[k]
                payers[k], pence[k] = uid[np.uint64(begin + j)], due[j]
                interest -= pence[k]
            draw_keys(payers, count, seed, np.int64(LANDLORD), np.int64(0), draw)
            outside += _receive(pence, count, draw, landlords, received)
    return interest, outside, by_social, by_private


def pay_rents(economy: Economy, outlays: Outlays) -> None:
    """Rents go to housing associations and local landlords, mortgage interest to lenders outside."""
    households, orgs = economy.households, economy.organisations
    social = np.array([agent.row for agent in economy.anchors if agent.kind == "housing_association"], dtype=np.int64)
    private = np.flatnonzero(orgs.alive & (orgs.kind == Kind.FIRM) & (orgs.industry == economy.property_industry))
    # Homes are spread over landlords by size; the home's uid decides, so a home keeps its landlord.
    size = np.maximum(orgs.target_headcount, 1).astype(np.float64)
    interest, outside, by_social, by_private = _pay_rents(
        economy.draws.seed,
        (households.alive, households.uid, households.tenure, households.housing_cost, households.cash),
        economy.growth,
        _by_size(size[social]),
        _by_size(size[private]),
        outlays.change,
    )
    outlays.parts.append((Flow.MORTGAGE_INTEREST, Book.REST_OF_WORLD, interest))
    outlays.add(economy, Flow.RENT, social, by_social, outside)
    outlays.add(economy, Flow.RENT, private, by_private, 0)


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
def _pay_fares(seed, persons, households, change, zone, table, operators, fares):  # type: ignore[no-untyped-def]
    """Take fares from the households of commuters.

    Args:
        seed: Seed of the run.
        persons: Columns alive, employer, mode, household and uid of persons.
        households: Columns neighbourhood and cash of households.
        change: What each household has received less what it has paid, not in its cash yet, pence.
        zone: Zone of each organisation.
        table: Fares a month, pence, shape (neighbourhoods, modes, zones).
        operators: Cumulative shares of operators, and the beginnings of the steps in them.
        fares: Pence that each household pays; written.

    Returns:
        What is paid outside, and what operators of public transport receive, pence.
    """
    alive, employer, mode, household, uid = persons
    neighbourhood, cash = households
    modes, zones = table.shape[1], table.shape[2]
    flat = table.ravel()
    travels, rides = np.empty(BLOCK, np.bool_), np.empty(BLOCK, np.bool_)
    rows = np.empty((4, BLOCK), np.int32)
    who, home, at, due = rows[0], rows[1], rows[2], rows[3]
    payers, draw, money = np.empty(BLOCK, np.uint64), np.empty(BLOCK), np.empty(BLOCK, np.int64)
    received = np.zeros(operators[0].shape[0], np.int64)
    free_rides = received.shape[0] == 0
    outside = 0
    for begin in range(0, alive.shape[0], BLOCK):
        here = slice(begin, min(begin + BLOCK, alive.shape[0]))
        lives, work, way, lodging = alive[here], employer[here], mode[here], household[here]
        for i in range(lives.shape[0]):
            travels[i] = lives[i] & (work[i] >= 0) & (way[i] != HOME)
        count = pick(travels, lives.shape[0], who)
        # Rows are never negative: as unsigned numbers they need no check of it.
        for j in range(count):
            k = np.uint64(who[j])
            home[j] = lodging[k]
            rides[j] = way[k] == TRANSIT
            place = np.int32(neighbourhood[np.uint64(lodging[k])]) * np.int32(modes) + np.int32(way[k])
            at[j] = place * np.int32(zones) + np.int32(zone[np.uint64(work[k])])
        for j in range(count):
            money[j] = cash[np.uint64(home[j])] + change[np.uint64(home[j])]
        for j in range(count):
            due[j] = flat[np.uint64(at[j])]
        for j in range(count):
            due[j] = due[j] if (money[j] > np.int64(due[j]) * 2) & ~(rides[j] & free_rides) else np.int32(0)
        for j in range(count):
            fares[np.uint64(home[j])] += due[j]
        riders = np.int64(0)
        for j in range(count):
            outside += int(due[j]) * (not rides[j])
            at[riders], money[riders] = who[j], due[j]
            riders += rides[j] & (due[j] > 0)
        ids = uid[here]
        for j in range(riders):
            payers[j] = ids[np.uint64(at[j])]
        draw_keys(payers, riders, seed, np.int64(OPERATOR), np.int64(0), draw)
        _receive(money, riders, draw, operators, received)
    return outside, received


def pay_for_travel(economy: Economy, outlays: Outlays) -> None:
    """Commuters pay fares to transport operators; fuel and parking leave the region."""
    persons, households, orgs = economy.persons, economy.households, economy.organisations
    operators = np.flatnonzero(orgs.alive & (orgs.kind == Kind.FIRM) & (orgs.industry == economy.transport_industry))
    outside, received = _pay_fares(
        economy.draws.seed,
        (persons.alive, persons.employer, persons.mode, persons.household, persons.uid),
        (households.neighbourhood, households.cash),
        outlays.change,
        orgs.zone,
        economy.fares,
        _by_size(economy.market_mass(0.0)[operators]),
        outlays.fares,
    )
    added = economy.structure.value_added_share[economy.transport_industry]
    economy.counts["commuting_value_added"] += round(int(received.sum()) * added)
    outlays.add(economy, Flow.COMMUTING, operators, received, outside)


# --- goods and services -----------------------------------------------------------------------------


@njit(cache=True)
def _budgets(households, change, fares, growth, adjustment, adult, out_of_income, out_of_wealth):  # type: ignore[no-untyped-def]
    """Update expected incomes, write what each household will spend and take it, and fares, from its money."""
    alive, income, housing_cost, cash, expected, spending, people, under_14 = households
    finite = True
    for i in range(alive.shape[0]):
        change[i] -= fares[i]
        fares[i] = 0
        spending[i] = 0
        if not alive[i]:
            continue
        money = cash[i] + change[i]
        after_housing = (income[i] - housing_cost[i] * growth) / 100.0
        expected[i] = expected[i] + adjustment * (after_housing - expected[i])
        necessities = adult * adult_equivalents(people[i], under_14[i]) * growth
        pounds = consumption(expected[i], money / 100.0, necessities, out_of_income, out_of_wealth)
        if not np.isfinite(pounds):
            finite = False
            continue
        spending[i] = min(int(np.rint(pounds * 100.0)), max(money, 0))
        change[i] -= spending[i]
    return finite


def choose_consumption(economy: Economy, outlays: Outlays) -> Pence:
    """What each household spends on goods and services this month, in pence, shape (n_rows,)."""
    households, a = economy.households, economy.assumptions
    finite = _budgets(
        (
            households.alive, households.income, households.housing_cost, households.cash,
            households.expected_income, households.spending, households.people, households.under_14,
        ),
        outlays.change,
        outlays.fares,
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


def sell_to_households(economy: Economy, outlays: Outlays, budget: Pence, pounds: Floats) -> None:
    """Post what households pay: of their budgets, local sales to firms, the rest online and outside; firms owe VAT."""
    firms = np.flatnonzero(pounds > 0.0)
    sales = to_pence(pounds[firms])
    local, total = int(sales.sum()), int(budget.sum())
    outlays.add(economy, Flow.CONSUMPTION, firms, sales, 0)
    outlays.parts.append((Flow.ONLINE_CONSUMPTION, Book.REST_OF_WORLD, total - local))
    outlays.post(economy)
    charge(economy, Flow.VAT, firms, Book.GOVERNMENT, to_pence(pounds[firms] * economy.rules[Rule.VAT_RATE]))
    economy.counts["household_local"] += local
    economy.counts["household_total"] += total
