"""Phase 7, spending: households, firms, anchors and the outside world buy; firms sell what they can make."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numba import njit
from numpy.typing import NDArray

from agents.household import consumption, shopping_shares
from agents.household_fields import Tenure
from agents.organisation_fields import Kind
from agents.person_fields import Mode
from simulation.accounts import Book, Flow
from simulation.ledger import to_pence
from simulation.procurement import tender
from simulation.search import WORK_DAYS
from simulation.tax_benefit import Rule

if TYPE_CHECKING:
    from simulation.economy import Economy

Floats = NDArray[np.float64]
Pence = NDArray[np.int64]


@dataclass
class Demand:
    """Demand on each organisation by source, pounds of this month, each of shape (n_rows,)."""

    consumer: Floats
    inputs: Floats
    procurement: Floats
    investment: Floats
    public: Floats
    exports: Floats

    def total(self) -> Floats:
        """All sources together."""
        return self.consumer + self.inputs + self.procurement + self.investment + self.public + self.exports


def spend(economy: Economy) -> None:
    """Run the phase."""
    pay_rents(economy)
    pay_for_travel(economy)
    tender(economy)
    economy.supply.rewire()
    budget = choose_consumption(economy)
    demand, inputs, lots, investment = collect_demand(economy, budget)
    if economy.month < 0:
        close_with_exports(economy, demand)
    fill = ration(economy, demand)
    sell_to_households(economy, budget, demand.consumer * fill)
    sell_inputs(economy, inputs, fill)
    sell_to_anchors(economy, lots, fill)
    sell_investment(economy, investment, demand.investment * fill)
    deliver_public_orders(economy, demand.public * fill)
    orgs = economy.organisations
    exports = np.flatnonzero(demand.exports > 0.0)
    receive(economy, Flow.EXPORTS, Book.REST_OF_WORLD, exports, to_pence((demand.exports * fill)[exports]))
    economy.counts["firm_sales"] += int(orgs.sales[orgs.kind == Kind.FIRM].sum())
    orgs.demand[:] = demand.total() * fill
    orgs.unmet[:] = demand.total() * (1.0 - fill)


def receive(economy: Economy, flow: Flow, payer: object, rows: NDArray[np.int64], pence: Pence) -> None:
    """Post sales of these organisations and add them to their revenue."""
    economy.ledger.post(flow, payer, (Book.ORGANISATIONS, rows), pence)
    np.add.at(economy.organisations.sales, rows, pence)


def charge(economy: Economy, flow: Flow, rows: NDArray[np.int64], payee: object, pence: Pence) -> None:
    """Post costs of these organisations and add them to their costs."""
    economy.ledger.post(flow, (Book.ORGANISATIONS, rows), payee, pence)
    np.add.at(economy.organisations.costs, rows, pence)


# --- households -------------------------------------------------------------------------------------


def pay_rents(economy: Economy) -> None:
    """Rents go to housing associations and local landlords, mortgage interest to lenders outside."""
    households, orgs = economy.households, economy.organisations
    rows = households.rows()
    rent = np.rint(households.housing_cost[rows] * economy.growth).astype(np.int64)
    due = np.minimum(rent, np.maximum(households.cash[rows], 0))
    tenure = households.tenure[rows]
    mortgaged = (tenure == Tenure.MORTGAGED) | (tenure == Tenure.OWNED_OUTRIGHT)
    economy.ledger.post(Flow.MORTGAGE_INTEREST, (Book.HOUSEHOLDS, rows[mortgaged]), Book.REST_OF_WORLD, due[mortgaged])
    landlords = np.array([agent.row for agent in economy.anchors if agent.kind == "housing_association"])
    property_firms = np.flatnonzero(
        orgs.alive & (orgs.kind == Kind.FIRM) & (orgs.industry == economy.property_industry)
    )
    for code, owners in ((Tenure.SOCIAL_RENT, landlords), (Tenure.PRIVATE_RENT, property_firms)):
        mine = (tenure == code) & (due > 0)
        if owners.size == 0:
            economy.ledger.post(Flow.RENT, (Book.HOUSEHOLDS, rows[mine]), Book.REST_OF_WORLD, due[mine])
            continue
        # Homes are spread over landlords by size; the home's uid decides, so a home keeps its landlord.
        size = np.maximum(orgs.target_headcount[owners], 1).astype(np.float64)
        draw = economy.draws.uniform(0, 0, households.uid[rows[mine]])
        owner = owners[np.minimum(np.searchsorted(np.cumsum(size) / size.sum(), draw, side="right"), owners.size - 1)]
        receive(economy, Flow.RENT, (Book.HOUSEHOLDS, rows[mine]), owner, due[mine])


def pay_for_travel(economy: Economy) -> None:
    """Commuters pay fares to transport operators; fuel and parking leave the region."""
    persons, households, orgs = economy.persons, economy.households, economy.organisations
    rows = np.flatnonzero(persons.alive & (persons.employer >= 0) & (persons.mode != Mode.HOME))
    home = households.neighbourhood[persons.household[rows]]
    mode = persons.mode[rows].astype(np.int64)
    zone = orgs.zone[persons.employer[rows]]
    single = economy.travel_costs.money[mode, home, zone].astype(np.float64)
    pence = np.round(single * 2.0 * WORK_DAYS).astype(np.int64)
    home_rows = persons.household[rows].astype(np.int64)
    pence = np.where(households.cash[home_rows] > pence * 2, pence, 0)
    transit = mode == Mode.TRANSIT
    operators = np.flatnonzero(orgs.alive & (orgs.kind == Kind.FIRM) & (orgs.industry == economy.transport_industry))
    payee: object = Book.REST_OF_WORLD
    economy.ledger.post(Flow.COMMUTING, (Book.HOUSEHOLDS, home_rows[~transit]), payee, pence[~transit])
    if operators.size and transit.any():
        size = economy.market_mass(0.0)[operators]
        draw = economy.draws.uniform(1, 0, persons.uid[rows[transit]])
        owner = operators[np.minimum(np.searchsorted(np.cumsum(size) / size.sum(), draw), operators.size - 1)]
        receive(economy, Flow.COMMUTING, (Book.HOUSEHOLDS, home_rows[transit]), owner, pence[transit])


@njit(cache=True)
def _consumption(expected, cash, necessities, out_of_income, out_of_wealth):  # type: ignore[no-untyped-def]
    out = np.empty(expected.shape[0])
    for i in range(expected.shape[0]):
        out[i] = consumption(expected[i], cash[i], necessities[i], out_of_income, out_of_wealth)
    return out


def choose_consumption(economy: Economy) -> Pence:
    """What each household spends on goods and services this month, in pence, shape (n_rows,)."""
    households, a = economy.households, economy.assumptions
    rows = households.rows()
    after_housing = (households.income[rows] - households.housing_cost[rows] * economy.growth) / 100.0
    expected = households.expected_income[rows]
    expected = expected + a["income_expectation_adjustment"] * (after_housing - expected)
    households.expected_income[rows] = expected
    necessities = a["necessities_per_adult_equivalent"] * economy.equivalence[rows] * economy.growth
    pounds = _consumption(
        expected,
        households.cash[rows] / 100.0,
        necessities,
        a["propensity_out_of_income"],
        a["propensity_out_of_wealth"],
    )
    budget = np.zeros(households.n_rows, dtype=np.int64)
    budget[rows] = np.minimum(to_pence(pounds), np.maximum(households.cash[rows], 0))
    households.spending[:] = budget
    return budget


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
    rows = households.rows()
    place = households.car[rows].astype(np.int64) * region.n_neighbourhoods + households.neighbourhood[rows]
    spend_by_place = np.bincount(place, budget[rows] / 100.0, minlength=2 * region.n_neighbourhoods)
    mass = economy.market_mass(economy.assumptions["consumer_price_elasticity"])
    industries = len(region.sector_ids)
    cell = orgs.zone.astype(np.int64) * industries + np.minimum(orgs.industry, industries - 1)
    firms = np.flatnonzero(mass > 0.0)
    mass_by_zone = np.bincount(cell[firms], mass[firms], minlength=region.n_zones * industries)
    demand = _shop(
        spend_by_place.reshape(2, -1),
        economy.structure.household_shares * economy.local_factor,
        mass_by_zone.reshape(-1, industries),
        economy.shop_weight,
    ).ravel()
    out = np.zeros(orgs.n_rows)
    out[firms] = demand[cell[firms]] * mass[firms] / mass_by_zone[cell[firms]]
    return out


def sell_to_households(economy: Economy, budget: Pence, pounds: Floats) -> None:
    """Post household spending: local sales to firms, the rest online and outside; firms owe VAT."""
    orgs = economy.organisations
    rows = np.flatnonzero(budget > 0)
    firms = np.flatnonzero(pounds > 0.0)
    sales = to_pence(pounds[firms])
    local = economy.ledger.allocate(int(sales.sum()), budget[rows].astype(np.float64))
    economy.ledger.post_pool(Flow.CONSUMPTION, (Book.HOUSEHOLDS, rows), local, (Book.ORGANISATIONS, firms), sales)
    orgs.sales[firms] += sales
    economy.ledger.post(Flow.ONLINE_CONSUMPTION, (Book.HOUSEHOLDS, rows), Book.REST_OF_WORLD, budget[rows] - local)
    charge(economy, Flow.VAT, firms, Book.GOVERNMENT, to_pence(pounds[firms] * economy.rules[Rule.VAT_RATE]))
    economy.counts["household_local"] += int(sales.sum())
    economy.counts["household_total"] += int(budget.sum())


# --- firms ------------------------------------------------------------------------------------------


def collect_demand(
    economy: Economy, budget: Pence
) -> tuple[Demand, tuple[NDArray[np.int64], NDArray[np.int64], Floats, Floats], NDArray[np.int64], Floats]:
    """Demand on every organisation before rationing, with what is needed to post it.

    Returns:
        Demand by source; purchases (buyer rows, supplier rows, local pounds, imported pounds by buyer);
        rows of contracts with a local supplier; investment wanted by each organisation in pounds.
    """
    orgs, a = economy.organisations, economy.assumptions
    n = orgs.n_rows
    price = np.where(orgs.price > 0.0, orgs.price, 1.0)
    buyers = np.flatnonzero(orgs.alive & (orgs.kind == Kind.FIRM))
    output = np.minimum(orgs.demand[buyers], economy.capacity()[buyers] * (1.0 + a["overtime"]))
    wanted = economy.structure.input_coefficients[:, orgs.industry[buyers]].T * output[:, None]
    supplier = economy.supply.suppliers[buyers]
    local_share = economy.structure.purchase_shares[:, orgs.industry[buyers]].T * economy.local_factor[None, :]
    local = np.where(supplier >= 0, wanted * np.minimum(local_share, 1.0), 0.0)
    imports = np.zeros(n)
    imports[buyers] = (wanted - local).sum(axis=1) + output * economy.structure.import_coefficients[
        orgs.industry[buyers]
    ]
    who, industry = np.nonzero(local > 0.0)
    buyer_rows, supplier_rows = buyers[who], supplier[who, industry].astype(np.int64)
    amount = local[who, industry] * price[supplier_rows]
    contracts = economy.contracts
    lots = np.flatnonzero(contracts.alive & (contracts.supplier >= 0))
    lot_value = contracts.value[lots] * (1.0 + contracts.premium[lots]) * economy.growth
    investment = np.zeros(n)
    # Replacement of worn capital, plus expansion where demand was turned away (accelerator).
    investment[buyers] = (
        economy.structure.investment_rate[orgs.industry[buyers]] * output + a["accelerator"] * orgs.unmet[buyers]
    )
    investment = investment + orgs.to_invest
    pool = economy.structure.investment_shares * investment.sum()
    pool[economy.professional_industry] += orgs.hiring_cost.sum()
    mass = economy.market_mass(a["supply_price_elasticity"])
    industry_of = np.minimum(orgs.industry, pool.size - 1)
    share = mass / np.maximum(np.bincount(industry_of, mass, minlength=pool.size), 1e-9)[industry_of]
    local_pool = pool * economy.structure.investment_local * economy.local_factor
    demand = Demand(
        consumer=consumer_demand(economy, budget),
        inputs=np.asarray(np.bincount(supplier_rows, amount, minlength=n), dtype=np.float64),
        procurement=np.asarray(np.bincount(contracts.supplier[lots], lot_value, minlength=n), dtype=np.float64),
        investment=share * local_pool[industry_of],
        public=share * public_orders(economy)[industry_of],
        exports=export_demand(economy),
    )
    return demand, (buyer_rows, supplier_rows, amount, imports), lots, investment


def public_orders(economy: Economy) -> Floats:
    """What policies order this month from firms of the region, pounds by industry."""
    total = np.zeros(economy.structure.count)
    for _, industry, pounds in economy.orders:
        total[industry] += pounds
    return total


def export_demand(economy: Economy) -> Floats:
    """Demand from outside the region: a trend by industry, shared among firms by weight, size and price."""
    orgs = economy.organisations
    mass = economy.market_mass(economy.assumptions["export_price_elasticity"]) * orgs.export_weight
    industry = np.minimum(orgs.industry, economy.structure.count - 1)
    total = np.bincount(industry, mass, minlength=economy.exports_by_industry.size)
    # A dearer industry loses sales abroad as a whole; within it, cheaper firms gain share.
    plain = economy.market_mass(0.0) * orgs.export_weight
    reference = np.bincount(industry, plain, minlength=total.size)
    level = (
        economy.exports_by_industry * economy.growth * np.where(reference > 0, total / np.maximum(reference, 1e-9), 0.0)
    )
    return np.asarray(np.where(mass > 0.0, mass / np.maximum(total, 1e-9)[industry] * level[industry], 0.0))


def close_with_exports(economy: Economy, demand: Demand) -> None:
    """Before month 0, exports close the accounts: they fill the capacity that other demand leaves.

    Where regional demand alone exceeds capacity, a larger part of it is imported instead. From month 0
    on both are fixed and only follow the trend, so demand is free to move.
    """
    orgs = economy.organisations
    industry = np.minimum(orgs.industry, economy.structure.count - 1)
    firm = orgs.alive & (orgs.kind == Kind.FIRM)
    capacity = np.bincount(industry[firm], economy.capacity()[firm], minlength=economy.exports_by_industry.size)
    other = demand.total() - demand.exports
    regional = np.bincount(industry[firm], other[firm], minlength=capacity.size)
    least = economy.assumptions["least_export_share"]
    room = capacity * (1.0 - least)
    economy.local_factor = np.clip(
        economy.local_factor * np.clip(room / np.maximum(regional, 1.0), 0.8, 1.05), 0.05, 1.0
    )
    economy.exports_by_industry = np.maximum(capacity - regional, least * capacity) / economy.growth
    demand.exports[:] = export_demand(economy)
    # A firm's standing with customers is what explains its size: it moves until demand meets capacity.
    rows = np.flatnonzero(firm)
    gap = np.log(np.maximum(economy.capacity()[rows], 1.0) / np.maximum(demand.total()[rows], 1.0))
    orgs.appeal[rows] += np.clip(0.6 * gap, -0.7, 0.7)


def ration(economy: Economy, demand: Demand) -> Floats:
    """Share of its demand that each organisation can meet, shape (n_rows,)."""
    orgs = economy.organisations
    most = economy.capacity() * (1.0 + economy.assumptions["overtime"]) * np.maximum(orgs.price, 0.1)
    total = demand.total()
    fill = np.where(total > most, most / np.maximum(total, 1e-9), 1.0)
    return np.asarray(np.where(orgs.kind == Kind.FIRM, fill, 1.0))


def sell_inputs(
    economy: Economy, inputs: tuple[NDArray[np.int64], NDArray[np.int64], Floats, Floats], fill: Floats
) -> None:
    """Post firms' purchases of inputs: from suppliers here as far as they can deliver, else imported."""
    buyers, suppliers, amount, imports = inputs
    orgs = economy.organisations
    pence = to_pence(amount * fill[suppliers])
    economy.ledger.post(Flow.INTERMEDIATE, (Book.ORGANISATIONS, buyers), (Book.ORGANISATIONS, suppliers), pence)
    np.add.at(orgs.costs, buyers, pence)
    np.add.at(orgs.sales, suppliers, pence)
    short = np.bincount(buyers, amount * (1.0 - fill[suppliers]), minlength=orgs.n_rows)
    bought = to_pence(imports + short)
    rows = np.flatnonzero(bought > 0)
    charge(economy, Flow.IMPORTS, rows, Book.REST_OF_WORLD, bought[rows])
    economy.counts["inputs"] += int(pence.sum() + bought.sum())


def sell_to_anchors(economy: Economy, lots: NDArray[np.int64], fill: Floats) -> None:
    """Post anchors' procurement; what a price above the lowest bid costs is posted apart."""
    contracts, orgs = economy.contracts, economy.organisations
    value = contracts.value[lots] * economy.growth
    supplier = contracts.supplier[lots].astype(np.int64)
    anchor = contracts.anchor[lots].astype(np.int64)
    plain, premium = to_pence(value * fill[supplier]), to_pence(value * contracts.premium[lots] * fill[supplier])
    for flow, pence in ((Flow.PROCUREMENT, plain), (Flow.PROCUREMENT_PREMIUM, premium)):
        economy.ledger.post(flow, (Book.ORGANISATIONS, anchor), (Book.ORGANISATIONS, supplier), pence)
        np.add.at(orgs.costs, anchor, pence)
        np.add.at(orgs.sales, supplier, pence)
    away = np.flatnonzero(contracts.alive & (contracts.supplier < 0))
    rest = to_pence(contracts.value[away] * economy.growth)
    charge(economy, Flow.PROCUREMENT, contracts.anchor[away].astype(np.int64), Book.REST_OF_WORLD, rest)
    short = to_pence(value * (1.0 - fill[supplier]))
    charge(economy, Flow.PROCUREMENT, anchor, Book.REST_OF_WORLD, short)
    economy.counts["procurement_local"] += int(plain.sum() + premium.sum())
    economy.counts["procurement_total"] += int(plain.sum() + premium.sum() + rest.sum() + short.sum())
    economy.counts["procurement_premium"] += int(premium.sum())


def sell_investment(economy: Economy, investment: Floats, pounds: Floats) -> None:
    """Post firms' investment and hiring costs: from firms here as far as they can deliver, else imported."""
    orgs = economy.organisations
    total = investment + orgs.hiring_cost
    orgs.to_invest = 0.0
    payers = np.flatnonzero(total > 0.0)
    due = to_pence(total[payers])
    sellers = np.flatnonzero(pounds > 0.0)
    sales = to_pence(pounds[sellers])
    if sales.sum() > due.sum():
        sales = economy.ledger.allocate(int(due.sum()), sales.astype(np.float64))
    local = economy.ledger.allocate(int(sales.sum()), due.astype(np.float64))
    economy.ledger.post_pool(Flow.INVESTMENT, (Book.ORGANISATIONS, payers), local, (Book.ORGANISATIONS, sellers), sales)
    orgs.sales[sellers] += sales
    np.add.at(orgs.costs, payers, local)
    charge(economy, Flow.IMPORTS, payers, Book.REST_OF_WORLD, due - local)


def deliver_public_orders(economy: Economy, pounds: Floats) -> None:
    """Post what policies buy: from firms here as far as they can deliver, the rest from outside.

    Each order is paid under its own heading; orders of one industry share its deliveries in proportion.
    """
    orgs = economy.organisations
    ordered = public_orders(economy)
    for heading, industry, amount in economy.orders:
        sellers = np.flatnonzero((orgs.industry == industry) & (pounds > 0.0))
        due = int(to_pence(amount))
        sales = to_pence(pounds[sellers] * amount / ordered[industry])
        if sales.sum() > due:
            sales = economy.ledger.allocate(due, sales.astype(np.float64))
        economy.ledger.post(Flow.POLICY_COST, Book.GOVERNMENT, (Book.ORGANISATIONS, sellers), sales, heading=heading)
        orgs.sales[sellers] += sales
        rest = np.array([due - int(sales.sum())])
        economy.ledger.post(Flow.POLICY_COST, Book.GOVERNMENT, Book.REST_OF_WORLD, rest, heading=heading)
