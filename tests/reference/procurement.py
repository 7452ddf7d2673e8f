"""How anchor institutions buy: they tender contracts, firms bid, the best bid is signed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.reference.agents import Contract
from tests.reference.draws import For

if TYPE_CHECKING:
    from tests.reference.agents import Firm
    from tests.reference.economy import ReferenceEconomy


@dataclass
class Bid:
    """A bid for a contract; without a firm it is from outside the region.

    Attributes:
        price: Relative to the reference price.
        firm: Who bids.
    """

    price: float
    firm: Firm | None = None


def tender(economy: ReferenceEconomy) -> None:
    """Contracts whose term has ended are tendered anew, some of them in two lots."""
    for contract in economy.contracts:
        contract.months_left -= 1
    for contract in [contract for contract in economy.contracts if contract.months_left <= 0]:
        lots = [contract]
        if is_split(economy, contract):
            lots.append(split(economy, contract))
        for lot in lots:
            award(economy, lot)


def is_split(economy: ReferenceEconomy, contract: Contract) -> bool:
    """Whether the contract is tendered in two lots, so that smaller firms can bid."""
    drawn = economy.luck.uniform(For.SPLIT, contract.uid) < economy.levers.lot_splitting
    return drawn and contract.value > economy.assumptions["smallest_lot_per_month"]


def split(economy: ReferenceEconomy, contract: Contract) -> Contract:
    """Halve a contract; the second half is a contract of its own."""
    contract.value /= 2.0
    uid = economy.luck.identity(For.SPLIT, contract.uid)
    other = Contract(uid=uid, anchor=contract.anchor, industry=contract.industry, value=contract.value)
    economy.contracts.append(other)
    return other


def award(economy: ReferenceEconomy, contract: Contract) -> None:
    """Collect bids, score them, sign with the best."""
    bids = [*local_bids(economy, contract), *outside_bids(economy, contract)]
    best = max(bids, key=lambda bid: score(economy, contract, bid))
    contract.supplier = best.firm
    contract.premium = best.price - min(bid.price for bid in bids)
    contract.months_left = int(economy.assumptions["contract_months"])


def local_bids(economy: ReferenceEconomy, contract: Contract) -> list[Bid]:
    """Bids of the region's firms; a buyer reads a handful, those first that were keenest to bid."""
    a = economy.assumptions
    rate = a["local_bid_rate"] + economy.levers.bidder_support * (a["supported_bid_rate"] - a["local_bid_rate"])
    keen = []
    for firm in economy.firms:
        if firm.industry == contract.industry and can_deliver(economy, firm, contract):
            draw = economy.luck.of_pair(For.BID, firm.uid, contract.uid)
            if draw < rate:
                keen.append((draw, firm))
    keen.sort(key=lambda pair: pair[0])
    firms = [firm for _, firm in keen[: int(a["most_local_bids"])]]
    return [Bid(price(economy, firm.uid ^ contract.uid) * firm.price, firm) for firm in firms]


def can_deliver(economy: ReferenceEconomy, firm: Firm, contract: Contract) -> bool:
    """Whether the contract is not too large for the firm."""
    return firm.workers * firm.output_per_worker * economy.assumptions["largest_contract_share"] >= contract.value


def outside_bids(economy: ReferenceEconomy, contract: Contract) -> list[Bid]:
    """Bids from outside the region."""
    count = int(economy.assumptions["outside_bidders"])
    return [Bid(price(economy, contract.uid + nth)) for nth in range(1, count + 1)]


def price(economy: ReferenceEconomy, name: int) -> float:
    """Price of a bid but for the bidder's own price level."""
    return 1.0 + economy.assumptions["bid_price_sd"] * economy.luck.normal(For.COST, name)


def score(economy: ReferenceEconomy, contract: Contract, bid: Bid) -> float:
    """The lowest price wins, unless the contract is in scope and social value outweighs the difference."""
    levers, firm = economy.levers, bid.firm
    in_scope = economy.luck.uniform(For.SCOPE, contract.uid) < levers.procurement_scope
    if firm is None or not in_scope:
        return -bid.price
    return (
        -bid.price
        + levers.procurement_local
        + levers.procurement_charter * (firm.accredited > 0)
        + levers.procurement_social * economy.is_social(firm)
        + levers.procurement_deprived * economy.in_deprived_place(firm)
    )
