"""Sales: what firms, anchors and policies buy is paid for, and sellers are paid."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numba import njit
from numpy.typing import NDArray

from simulation.accounts import Book, Flow
from simulation.pence import to_pence

if TYPE_CHECKING:
    from simulation.economy import Economy

Floats = NDArray[np.float64]
Pence = NDArray[np.int64]
Rows = NDArray[np.int64]


def receive(economy: Economy, flow: Flow, payer: object, paid: Pence, rows: Rows, received: Pence) -> None:
    """Post sales of these organisations, each named once, and add them to their revenue."""
    economy.ledger.post_pool(flow, payer, paid, (Book.ORGANISATIONS, rows), received)
    economy.organisations.sales[rows] += received


def charge(economy: Economy, flow: Flow, rows: Rows, payee: object, pence: Pence) -> None:
    """Post costs of these organisations, each named once, and add them to their costs."""
    economy.ledger.post_pool(flow, (Book.ORGANISATIONS, rows), pence, payee, pence.sum())
    economy.organisations.costs[rows] += pence


# --- inputs -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Purchases:
    """Inputs that firms want this month.

    Attributes:
        buyers: Rows of firms, shape (n,).
        industry: Their industries, shape (n,).
        output: What they make, pounds, shape (n,).
        wanted: Purchases per pound of output, supplier by user, shape (k, k).
        local: Share of each to be had in the region, supplier by user, shape (k, k).
        imported: Purchases of each that are never to be had here, per pound of output, shape (k,).
        suppliers: Supplier of each organisation by industry, -1 for none, shape (n_rows, k).
        price: Price of each organisation, shape (n_rows,).
    """

    buyers: Rows
    industry: NDArray[np.int8]
    output: Floats
    wanted: Floats
    local: Floats
    imported: Floats
    suppliers: NDArray[np.int32]
    price: Floats

    def columns(self) -> tuple[NDArray[np.generic], ...]:
        """All of them, as kernels take them."""
        return (
            self.buyers, self.industry, self.output, self.wanted, self.local, self.imported, self.suppliers, self.price,
        )  # fmt: skip


@njit(cache=True)
def input_demand(purchases):  # type: ignore[no-untyped-def]
    """Demand on each supplier and imports of each buyer, pounds, both of shape (n_rows,)."""
    buyers, industry, output, wanted, local, imported, suppliers, price = purchases
    demand, imports = np.zeros(price.shape[0]), np.zeros(price.shape[0])
    for i in range(buyers.shape[0]):
        # Rows are never negative: as unsigned numbers they need no check of it.
        buyer, user = np.uint64(buyers[i]), np.uint64(industry[i])
        abroad = 0.0
        for k in range(wanted.shape[0]):
            pounds = wanted[np.uint64(k), user] * output[i]
            if suppliers[buyer, np.uint64(k)] >= 0:
                seller = np.uint64(suppliers[buyer, np.uint64(k)])
                here = pounds * local[np.uint64(k), user]
                demand[seller] += here * price[seller]
                pounds -= here
            abroad += pounds
        imports[buyer] = abroad + output[i] * imported[user]
    return demand, imports


@njit(cache=True)
def _delivered(purchases, fill):  # type: ignore[no-untyped-def]
    """Pence paid by buyers and received by suppliers, and pounds that suppliers could not deliver, (n_rows,)."""
    buyers, industry, output, wanted, local, _, suppliers, price = purchases
    n = price.shape[0]
    paid, received, short = np.zeros(n, np.int64), np.zeros(n, np.int64), np.zeros(n)
    for i in range(buyers.shape[0]):
        buyer, user = np.uint64(buyers[i]), np.uint64(industry[i])
        mine, missing = 0, 0.0
        for k in range(wanted.shape[0]):
            if suppliers[buyer, np.uint64(k)] < 0:
                continue
            seller = np.uint64(suppliers[buyer, np.uint64(k)])
            amount = wanted[np.uint64(k), user] * output[i] * local[np.uint64(k), user] * price[seller]
            pence = int(np.rint(amount * fill[seller] * 100.0))
            mine += pence
            received[seller] += pence
            missing += amount * (1.0 - fill[seller])
        paid[buyer], short[buyer] = mine, missing
    return paid, received, short


def sell_inputs(economy: Economy, purchases: Purchases, imports: Floats, fill: Floats) -> None:
    """Post firms' purchases of inputs: from suppliers here as far as they can deliver, else imported."""
    orgs = economy.organisations
    paid, received, short = _delivered(purchases.columns(), fill)
    bought = to_pence(imports + short)
    buyers, sellers = np.flatnonzero(paid), np.flatnonzero(received)
    economy.ledger.post_pool(
        Flow.INTERMEDIATE,
        (Book.ORGANISATIONS, buyers),
        paid[buyers],
        (Book.ORGANISATIONS, sellers),
        received[sellers],
    )
    orgs.costs[:] += paid
    orgs.sales[:] += received
    rows = np.flatnonzero(bought > 0)
    charge(economy, Flow.IMPORTS, rows, Book.REST_OF_WORLD, bought[rows])
    economy.counts["inputs"] += int(paid.sum() + bought.sum())


# --- contracts, investment, public orders, exports -----------------------------------------------------


def _sums(rows: Rows, pence: Pence) -> tuple[Rows, Pence]:
    """Each row named once, with the sum of its pence."""
    # As floats the sums are exact: they stay far below 2^53 pence.
    sums = np.bincount(rows, pence).astype(np.int64)
    once = np.flatnonzero(sums)
    return once, sums[once]


def sell_to_anchors(economy: Economy, lots: Rows, fill: Floats) -> None:
    """Post anchors' procurement; what a price above the lowest bid costs is posted apart."""
    contracts = economy.contracts
    value = contracts.value[lots] * economy.growth
    supplier = contracts.supplier[lots].astype(np.int64)
    anchor = contracts.anchor[lots].astype(np.int64)
    plain, premium = to_pence(value * fill[supplier]), to_pence(value * contracts.premium[lots] * fill[supplier])
    for flow, pence in ((Flow.PROCUREMENT, plain), (Flow.PROCUREMENT_PREMIUM, premium)):
        payers, paid = _sums(anchor, pence)
        receive(economy, flow, (Book.ORGANISATIONS, payers), paid, *_sums(supplier, pence))
        economy.organisations.costs[payers] += paid
    away = np.flatnonzero(contracts.alive & (contracts.supplier < 0))
    rest = to_pence(contracts.value[away] * economy.growth)
    short = to_pence(value * (1.0 - fill[supplier]))
    for payer, pence in ((contracts.anchor[away].astype(np.int64), rest), (anchor, short)):
        payers, paid = _sums(payer, pence)
        charge(economy, Flow.PROCUREMENT, payers, Book.REST_OF_WORLD, paid)
    economy.counts["procurement_local"] += int(plain.sum() + premium.sum())
    economy.counts["procurement_total"] += int(plain.sum() + premium.sum() + rest.sum() + short.sum())
    economy.counts["procurement_premium"] += int(premium.sum())


def sell_investment(economy: Economy, investment: Floats, pounds: Floats) -> None:
    """Post firms' investment and hiring costs: from firms here as far as they can deliver, else imported."""
    orgs, ledger = economy.organisations, economy.ledger
    total = investment + orgs.hiring_cost
    orgs.to_invest = 0.0
    payers = np.flatnonzero(total > 0.0)
    due = to_pence(total[payers])
    sellers = np.flatnonzero(pounds > 0.0)
    sales = to_pence(pounds[sellers])
    if sales.sum() > due.sum():
        sales = ledger.allocate(int(due.sum()), sales.astype(np.float64))
    local = ledger.allocate(int(sales.sum()), due.astype(np.float64))
    receive(economy, Flow.INVESTMENT, (Book.ORGANISATIONS, payers), local, sellers, sales)
    orgs.costs[payers] += local
    charge(economy, Flow.IMPORTS, payers, Book.REST_OF_WORLD, due - local)


def public_orders(economy: Economy) -> Floats:
    """What policies order this month from firms of the region, pounds by industry."""
    total = np.zeros(economy.structure.count)
    for _, industry, pounds in economy.orders:
        total[industry] += pounds
    return total


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
        # In whole pence, so that the order of policies does not matter.
        economy.counts["policy_value_added"] += round(int(sales.sum()) * economy.structure.value_added_share[industry])
        rest = np.array([due - int(sales.sum())])
        economy.ledger.post(Flow.POLICY_COST, Book.GOVERNMENT, Book.REST_OF_WORLD, rest, heading=heading)


def sell_abroad(economy: Economy, pounds: Floats) -> None:
    """Post exports."""
    rows = np.flatnonzero(pounds > 0.0)
    pence = to_pence(pounds[rows])
    receive(economy, Flow.EXPORTS, Book.REST_OF_WORLD, pence.sum(), rows, pence)
