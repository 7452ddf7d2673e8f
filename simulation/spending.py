"""Phase 7, spending: households, firms, anchors and the outside world buy; firms sell what they can make."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from agents.organisation_fields import Kind
from simulation.household_spending import (
    Outlays,
    choose_consumption,
    consumer_demand,
    pay_for_travel,
    pay_rents,
    sell_to_households,
)
from simulation.procurement import tender
from simulation.sales import (
    Purchases,
    deliver_public_orders,
    input_demand,
    public_orders,
    sell_abroad,
    sell_inputs,
    sell_investment,
    sell_to_anchors,
)
from simulation.shocks import export_factor

if TYPE_CHECKING:
    from simulation.economy import Economy

Floats = NDArray[np.float64]
Pence = NDArray[np.int64]
Rows = NDArray[np.int64]


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
    outlays = Outlays(economy)
    pay_rents(economy, outlays)
    pay_for_travel(economy, outlays)
    tender(economy)
    economy.supply.rewire()
    budget = choose_consumption(economy, outlays)
    purchases, contracts = input_purchases(economy), economy.contracts
    lots = np.flatnonzero(contracts.alive & (contracts.supplier >= 0))
    investment = wanted_investment(economy, purchases)
    demand, imports = collect_demand(economy, budget, purchases, lots, investment)
    if economy.month < 0:
        close_with_exports(economy, demand)
    total = demand.total()
    fill = ration(economy, total)
    sell_to_households(economy, outlays, budget, demand.consumer * fill)
    sell_inputs(economy, purchases, imports, fill)
    sell_to_anchors(economy, lots, fill)
    sell_investment(economy, investment, demand.investment * fill)
    deliver_public_orders(economy, demand.public * fill)
    sell_abroad(economy, demand.exports * fill)
    orgs = economy.organisations
    economy.counts["firm_sales"] += int(orgs.sales[orgs.kind == Kind.FIRM].sum())
    orgs.demand[:] = total * fill
    orgs.unmet[:] = total * (1.0 - fill)


def input_purchases(economy: Economy) -> Purchases:
    """Inputs that firms want for what they make: what is asked of them, as far as they are able."""
    orgs, structure = economy.organisations, economy.structure
    buyers = np.flatnonzero(orgs.alive & (orgs.kind == Kind.FIRM))
    most = economy.capacity()[buyers] * (1.0 + economy.assumptions["overtime"])
    return Purchases(
        buyers=buyers,
        industry=orgs.industry[buyers],
        output=np.minimum(orgs.demand[buyers], most),
        wanted=structure.input_coefficients,
        local=np.minimum(structure.purchase_shares * economy.local_factor[:, None], 1.0),
        imported=structure.import_coefficients,
        suppliers=economy.supply.suppliers,
        price=np.where(orgs.price > 0.0, orgs.price, 1.0),
    )


def wanted_investment(economy: Economy, purchases: Purchases) -> Floats:
    """Investment wanted by each organisation, pounds, shape (n_rows,)."""
    orgs, buyers = economy.organisations, purchases.buyers
    investment = np.zeros(orgs.n_rows)
    # Replacement of worn capital, plus expansion where demand was turned away (accelerator).
    investment[buyers] = (
        economy.structure.investment_rate[purchases.industry] * purchases.output
        + economy.assumptions["accelerator"] * orgs.unmet[buyers]
    )
    return np.asarray(investment + orgs.to_invest)


def collect_demand(
    economy: Economy, budget: Pence, purchases: Purchases, lots: Rows, investment: Floats
) -> tuple[Demand, Floats]:
    """Demand on every organisation before rationing, and what firms import whatever happens.

    Args:
        economy: The economy.
        budget: What each household spends, pence, shape (households,).
        purchases: Inputs that firms want.
        lots: Rows of contracts with a supplier in the region.
        investment: Investment wanted by each organisation, pounds, shape (n_rows,).
    """
    orgs, a, contracts = economy.organisations, economy.assumptions, economy.contracts
    lot_value = contracts.value[lots] * (1.0 + contracts.premium[lots]) * economy.growth
    pool = economy.structure.investment_shares * investment.sum()
    pool[economy.professional_industry] += orgs.hiring_cost.sum()
    mass = economy.market_mass(a["supply_price_elasticity"])
    industry_of = np.minimum(orgs.industry, pool.size - 1)
    share = mass / np.maximum(np.bincount(industry_of, mass, minlength=pool.size), 1e-9)[industry_of]
    local_pool = pool * economy.structure.investment_local * economy.local_factor
    inputs, imports = input_demand(purchases.columns())
    demand = Demand(
        consumer=consumer_demand(economy, budget),
        inputs=inputs,
        procurement=np.asarray(
            np.bincount(contracts.supplier[lots], lot_value, minlength=orgs.n_rows), dtype=np.float64
        ),
        investment=share * local_pool[industry_of],
        public=share * public_orders(economy)[industry_of],
        exports=export_demand(economy),
    )
    return demand, imports


def export_demand(economy: Economy) -> Floats:
    """Demand from outside the region: a trend by industry and shocks, shared among firms by weight, size and price."""
    orgs = economy.organisations
    mass = economy.market_mass(economy.assumptions["export_price_elasticity"]) * orgs.export_weight
    industry = np.minimum(orgs.industry, economy.structure.count - 1)
    total = np.bincount(industry, mass, minlength=economy.exports_by_industry.size)
    # A dearer industry loses sales abroad as a whole; within it, cheaper firms gain share.
    plain = economy.market_mass(0.0) * orgs.export_weight
    reference = np.bincount(industry, plain, minlength=total.size)
    level = (
        economy.exports_by_industry
        * economy.growth
        * export_factor(economy)
        * np.where(reference > 0, total / np.maximum(reference, 1e-9), 0.0)
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


def ration(economy: Economy, total: Floats) -> Floats:
    """Share of its demand that each organisation can meet, shape (n_rows,).

    Args:
        economy: The economy.
        total: Demand on each organisation, pounds, shape (n_rows,).
    """
    orgs = economy.organisations
    most = economy.capacity() * (1.0 + economy.assumptions["overtime"]) * np.maximum(orgs.price, 0.1)
    fill = np.where(total > most, most / np.maximum(total, 1e-9), 1.0)
    return np.asarray(np.where(orgs.kind == Kind.FIRM, fill, 1.0))
