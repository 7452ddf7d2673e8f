"""What firms sell: demand from every side, as much of it as they can make, and the payments that follow."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from simulation.accounts import Flow
from simulation.tax_benefit import Rule
from tests.reference.agents import Contract, Firm, Household, Market, Organisation
from tests.reference.ledger import share_out, sum_in_order, to_pence

if TYPE_CHECKING:
    from tests.reference.economy import ReferenceEconomy

Markets = dict[Organisation, Market]
Budgets = dict[Household, int]


@dataclass
class Order:
    """What a firm wants of a supplier's goods, pounds at the supplier's price."""

    supplier: Organisation
    pounds: float


@dataclass
class Purchases:
    """What an organisation means to buy this month, pounds.

    Attributes:
        orders: Inputs from suppliers in the region.
        imports: Inputs from outside.
        investment: Replacement and expansion of capital.
    """

    orders: list[Order] = field(default_factory=list)
    imports: float = 0.0
    investment: float = 0.0


# --- what firms want --------------------------------------------------------------------------------


def plan_purchases(economy: ReferenceEconomy) -> dict[Organisation, Purchases]:
    """Inputs for what each firm made of late, and capital; others invest only what was set aside."""
    plans = {}
    for buyer in economy.organisations:
        plan = plan_of_firm(economy, buyer) if isinstance(buyer, Firm) else Purchases()
        plan.investment += buyer.to_invest
        plans[buyer] = plan
    return plans


def plan_of_firm(economy: ReferenceEconomy, buyer: Firm) -> Purchases:
    """Inputs by recipe, here as far as the region has them, and capital worn out or wanted."""
    a, table, industry = economy.assumptions, economy.structure, buyer.industry
    output = min(buyer.demand, buyer.capacity * (1.0 + a["overtime"]))
    plan = Purchases()
    for k, supplier in enumerate(buyer.suppliers):
        wanted = table.input_coefficients[k][industry] * output
        here = 0.0
        if supplier is not None:
            here = wanted * min(table.purchase_shares[k][industry] * economy.local_factor[k], 1.0)
        plan.imports += wanted - here
        if here > 0.0:
            plan.orders.append(Order(supplier, here * (supplier.price if supplier.price > 0.0 else 1.0)))
    plan.imports += output * table.import_coefficients[industry]
    # Worn capital is replaced; a firm that had to turn customers away expands (accelerator).
    plan.investment = table.investment_rate[industry] * output + a["accelerator"] * buyer.unmet
    return plan


# --- demand on each firm ----------------------------------------------------------------------------


def gather_demand(economy: ReferenceEconomy, budgets: Budgets, purchases: dict[Organisation, Purchases]) -> Markets:
    """What is wanted of each organisation, by source."""
    markets: Markets = {org: Market() for org in economy.organisations}
    shop(economy, budgets, markets)
    for plan in purchases.values():
        for order in plan.orders:
            markets[order.supplier].inputs += order.pounds
    for contract in economy.contracts:
        if contract.supplier is not None:
            value = contract.value * (1.0 + contract.premium) * economy.growth
            markets[contract.supplier].procurement += value
    want_investment_goods(economy, purchases, markets)
    want_exports(economy, markets)
    return markets


def shop(economy: ReferenceEconomy, budgets: Budgets, markets: Markets) -> None:
    """Households shop where there is much and where it is near (Huff 1964); neighbours see the same shops."""
    elasticity = economy.assumptions["consumer_price_elasticity"]
    shops = [[0.0] * economy.industries for _ in economy.posts_by_zone]
    for firm in economy.firms:
        shops[firm.zone][firm.industry] += economy.drawing_power(firm, elasticity)
    purses: dict[tuple[int, int], float] = defaultdict(float)
    for household, pence in budgets.items():
        purses[household.car, household.neighbourhood] += pence / 100.0
    trade = [[0.0] * economy.industries for _ in shops]
    shares = [s * f for s, f in zip(economy.structure.household_shares, economy.local_factor, strict=True)]
    for place in sorted(purses):
        if purses[place] > 0.0:
            spread(purses[place], economy.travel.shop_nearness[place].tolist(), shares, shops, trade)
    for firm in economy.firms:
        power = economy.drawing_power(firm, elasticity)
        zone, k = firm.zone, firm.industry
        markets[firm].consumer = trade[zone][k] * power / shops[zone][k]


def spread(
    purse: float, nearness: list[float], shares: list[float], shops: list[list[float]], trade: list[list[float]]
) -> None:
    """Spread what the households of a place spend over zones and industries.

    Args:
        purse: Pounds.
        nearness: Of each zone.
        shares: Of each industry in budgets.
        shops: Drawing power of the shops by zone and industry.
        trade: Pounds by zone and industry, added to.
    """
    pull = [[power * near for power in here] for here, near in zip(shops, nearness, strict=True)]
    totals = [sum_in_order(list(column)) for column in zip(*pull, strict=True)]
    scale = [1.0 / total if total > 0.0 else 0.0 for total in totals]
    for here, drawn in zip(trade, pull, strict=True):
        for k, share in enumerate(shares):
            here[k] += purse * share * (drawn[k] * scale[k])


def want_investment_goods(
    economy: ReferenceEconomy, purchases: dict[Organisation, Purchases], markets: Markets
) -> None:
    """Investment, recruitment and what policies order go to firms of each industry by their drawing power."""
    table, elasticity = economy.structure, economy.assumptions["supply_price_elasticity"]
    invested = sum(plan.investment for plan in purchases.values())
    wanted = [share * invested for share in table.investment_shares]
    wanted[economy.professional_industry] += sum(org.hiring_cost for org in economy.organisations)
    ordered = public_orders(economy)
    power = [0.0] * economy.industries
    for firm in economy.firms:
        power[firm.industry] += economy.drawing_power(firm, elasticity)
    for firm in economy.firms:
        k = firm.industry
        share = economy.drawing_power(firm, elasticity) / max(power[k], 1e-9)
        markets[firm].investment = share * (wanted[k] * table.investment_local[k] * economy.local_factor[k])
        markets[firm].public = share * ordered[k]


def public_orders(economy: ReferenceEconomy) -> list[float]:
    """What policies order this month, pounds by industry."""
    total = [0.0] * economy.industries
    for _, industry, pounds in economy.orders:
        total[industry] += pounds
    return total


def want_exports(economy: ReferenceEconomy, markets: Markets) -> None:
    """Demand from outside follows a trend; a dearer industry loses some of it, cheaper firms gain share."""
    elasticity = economy.assumptions["export_price_elasticity"]
    priced, plain = [0.0] * economy.industries, [0.0] * economy.industries
    for firm in economy.firms:
        priced[firm.industry] += economy.drawing_power(firm, elasticity) * firm.export_weight
        plain[firm.industry] += economy.drawing_power(firm, 0.0) * firm.export_weight
    for firm in economy.firms:
        k = firm.industry
        power = economy.drawing_power(firm, elasticity) * firm.export_weight
        if power > 0.0:
            level = economy.exports_by_industry[k] * economy.growth * (priced[k] / max(plain[k], 1e-9))
            markets[firm].exports = power / max(priced[k], 1e-9) * level


def ration(economy: ReferenceEconomy, markets: Markets) -> None:
    """A firm that cannot make all that is wanted serves all its customers in proportion."""
    overtime = economy.assumptions["overtime"]
    for firm in economy.firms:
        most = firm.capacity * (1.0 + overtime) * max(firm.price, 0.1)
        wanted = markets[firm].total
        if wanted > most:
            markets[firm].fill = most / max(wanted, 1e-9)


# --- payments ---------------------------------------------------------------------------------------


def sell_to_households(economy: ReferenceEconomy, budgets: Budgets, markets: Markets) -> None:
    """Households pay firms here for what they deliver, the rest online and outside; firms owe VAT."""
    ledger = economy.ledger
    local_sales = 0
    for firm, market in markets.items():
        pounds = market.consumer * market.fill
        if pounds > 0.0:
            pence = to_pence(pounds)
            ledger.pay_out(Flow.CONSUMPTION, firm, pence)
            firm.sales += pence
            local_sales += pence
            vat = to_pence(pounds * economy.rules[Rule.VAT_RATE])
            ledger.pay(Flow.VAT, firm, economy.government, vat)
            firm.costs += vat
    shoppers = [household for household, pence in budgets.items() if pence > 0]
    local = share_out(local_sales, [float(budgets[household]) for household in shoppers])
    for household, pence in zip(shoppers, local, strict=True):
        ledger.pay_in(Flow.CONSUMPTION, household, pence)
        ledger.pay(Flow.ONLINE_CONSUMPTION, household, economy.rest_of_world, budgets[household] - pence)
    economy.counts["household_local"] += local_sales
    economy.counts["household_total"] += sum(budgets.values())


def sell_inputs(economy: ReferenceEconomy, purchases: dict[Organisation, Purchases], markets: Markets) -> None:
    """Firms pay suppliers for what they deliver and import the rest."""
    for buyer, plan in purchases.items():
        short = 0.0
        for order in plan.orders:
            fill = markets[order.supplier].fill
            pence = to_pence(order.pounds * fill)
            buy(economy, Flow.INTERMEDIATE, buyer, order.supplier, pence)
            short += order.pounds * (1.0 - fill)
            economy.counts["inputs"] += pence
        imports = to_pence(plan.imports + short)
        buy(economy, Flow.IMPORTS, buyer, None, imports)
        economy.counts["inputs"] += imports


def buy(economy: ReferenceEconomy, flow: Flow, buyer: Organisation, supplier: Organisation | None, pence: int) -> None:
    """An organisation pays for goods of another, or of the rest of the world."""
    economy.ledger.pay(flow, buyer, supplier or economy.rest_of_world, pence)
    buyer.costs += pence
    if supplier is not None:
        supplier.sales += pence


def sell_to_anchors(economy: ReferenceEconomy, markets: Markets) -> None:
    """Institutions pay for their contracts; what a price above the lowest bid costs is kept apart."""
    for contract in economy.contracts:
        deliver(economy, contract, 1.0 if contract.supplier is None else markets[contract.supplier].fill)


def deliver(economy: ReferenceEconomy, contract: Contract, fill: float) -> None:
    """A supplier delivers its share of a contract; what it cannot deliver comes from outside."""
    counts, anchor, supplier = economy.counts, contract.anchor, contract.supplier
    value = contract.value * economy.growth
    if supplier is None:
        outside, here = to_pence(value), 0
    else:
        outside = to_pence(value * (1.0 - fill))
        plain, premium = to_pence(value * fill), to_pence(value * contract.premium * fill)
        buy(economy, Flow.PROCUREMENT, anchor, supplier, plain)
        buy(economy, Flow.PROCUREMENT_PREMIUM, anchor, supplier, premium)
        here = plain + premium
        counts["procurement_premium"] += premium
    buy(economy, Flow.PROCUREMENT, anchor, None, outside)
    counts["procurement_local"] += here
    counts["procurement_total"] += here + outside


def sell_investment(economy: ReferenceEconomy, purchases: dict[Organisation, Purchases], markets: Markets) -> None:
    """Firms pay for capital and recruitment: firms here as far as they deliver, the rest is imported."""
    bills = {}
    for org, plan in purchases.items():
        total = plan.investment + org.hiring_cost
        org.to_invest = 0.0
        if total > 0.0:
            bills[org] = to_pence(total)
    sellers = [org for org, market in markets.items() if market.investment * market.fill > 0.0]
    sales = [to_pence(markets[org].investment * markets[org].fill) for org in sellers]
    due = sum(bills.values())
    if sum(sales) > due:
        sales = share_out(due, [float(pence) for pence in sales])
    for seller, pence in zip(sellers, sales, strict=True):
        economy.ledger.pay_out(Flow.INVESTMENT, seller, pence)
        seller.sales += pence
    local = share_out(sum(sales), [float(pence) for pence in bills.values()])
    for (payer, bill), pence in zip(bills.items(), local, strict=True):
        economy.ledger.pay_in(Flow.INVESTMENT, payer, pence)
        payer.costs += pence
        buy(economy, Flow.IMPORTS, payer, None, bill - pence)


def deliver_public_orders(economy: ReferenceEconomy, markets: Markets) -> None:
    """The government pays for what policies ordered, each order under its own heading."""
    ordered = public_orders(economy)
    for heading, industry, amount in economy.orders:
        sellers = [org for org, m in markets.items() if org.industry == industry and m.public * m.fill > 0.0]
        due = to_pence(amount)
        sales = [to_pence(markets[org].public * markets[org].fill * amount / ordered[industry]) for org in sellers]
        if sum(sales) > due:
            sales = share_out(due, [float(pence) for pence in sales])
        for seller, pence in zip(sellers, sales, strict=True):
            economy.ledger.pay(Flow.POLICY_COST, economy.government, seller, pence, heading)
            seller.sales += pence
        economy.counts["policy_value_added"] += round(sum(sales) * economy.structure.value_added_share[industry])
        rest = due - sum(sales)
        economy.ledger.pay(Flow.POLICY_COST, economy.government, economy.rest_of_world, rest, heading)


def sell_exports(economy: ReferenceEconomy, markets: Markets) -> None:
    """The outside world pays for what it gets."""
    for firm, market in markets.items():
        pence = to_pence(market.exports * market.fill)
        economy.ledger.pay(Flow.EXPORTS, economy.rest_of_world, firm, pence)
        firm.sales += pence


def note_sales(economy: ReferenceEconomy, markets: Markets) -> None:
    """Organisations take note of what they sold and what they had to turn away."""
    for org, market in markets.items():
        org.demand = market.total * market.fill
        org.unmet = market.total * (1.0 - market.fill)
    economy.counts["firm_sales"] += sum(firm.sales for firm in economy.firms)
