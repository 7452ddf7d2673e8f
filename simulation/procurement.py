"""Procurement: anchors' contracts, tendered by score and held for a term."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from agents.anchor import score_bids
from agents.columns import Field, Table
from agents.organisation_fields import Ownership
from simulation.bidding import Market, lowest_draws, market_for, pick_able, words
from simulation.randomness import Purpose

if TYPE_CHECKING:
    from simulation.economy import Economy

Rows = NDArray[np.int64]

LOT, BID, COST, TERM, SCOPE, SPLIT = (int(Purpose.SPENDING) + 20 + k for k in range(6))
#: Bidders from outside the region have no row; their bids are keyed by contract and number.
OUTSIDE_SUPPLIER = -1

CONTRACT_FIELDS = (
    Field("anchor", np.int32, "row", "Organisation that buys", low=0),
    Field("industry", np.int8, "code", "Industry of the supply", low=0, high=11),
    Field("supplier", np.int32, "row", "Organisation that supplies, -1 one outside the region", low=-1, default=-1),
    Field("value", np.float64, "pounds per month", "Value at the lowest bid in base-year growth", low=0),
    Field("premium", np.float64, "share", "Price over the lowest bid, as a share of the value", low=0),
    Field("months_left", np.int16, "months", "Months to the next tender", low=0),
)


def open_contracts(economy: Economy) -> Table:
    """The contracts that exist at synthesis: anchors' budgets cut into lots, local ones as the data say."""
    orgs, a, draws, month = economy.organisations, economy.assumptions, economy.draws, economy.month
    anchor, industry, total, lots = [], [], [], []
    for agent in economy.anchors:
        budget = agent.monthly_budget(economy.scale, 1.0)
        for k in np.flatnonzero(budget > 0.0):
            anchor.append(agent.row)
            industry.append(k)
            total.append(budget[k])
            lots.append(max(int(np.ceil(budget[k] / a["contract_value_per_month"])), 1))
    base = orgs.uid[anchor] + np.array(industry, dtype=np.uint64) * np.uint64(4096)
    number = np.concatenate([np.arange(count, dtype=np.uint64) for count in lots])
    uids = draws.derive_ids(LOT, month, np.repeat(base, lots) + number)
    size = 0.5 + draws.uniform(LOT, month, uids)
    whole = [part.sum() for part in np.split(size, np.cumsum(lots)[:-1])]
    contracts = Table("contracts", CONTRACT_FIELDS, 256)
    contracts.add(
        uids,
        anchor=np.repeat(anchor, lots),
        industry=np.repeat(industry, lots),
        value=np.repeat(total, lots) * size / np.repeat(whole, lots),
        months_left=1 + (draws.uniform(TERM, month, uids) * a["contract_months"]).astype(int),
    )
    economy.contracts = contracts
    local = np.flatnonzero(draws.uniform(LOT, month, uids, 1) < a["local_procurement_share"])
    value = contracts.value[local]
    market = market_for(economy, value.min(initial=np.inf))
    order = np.lexsort((market.rows, orgs.industry[market.rows]))
    contracts.supplier[local] = pick_able(
        draws.uniform(LOT, month, uids[local], 2),
        value,
        contracts.industry[local],
        market.rows[order],
        market.largest[order],
        market.first,
    )
    return contracts


def tender(economy: Economy) -> None:
    """Contracts whose term has ended, or whose supplier has closed, are tendered anew."""
    contracts = economy.contracts
    contracts.months_left[contracts.alive] -= 1
    due = np.flatnonzero(contracts.alive & (contracts.months_left <= 0))
    split = economy.draws.uniform(SPLIT, economy.month, contracts.uid[due])
    parts = due[split < economy.levers.lot_splitting]
    if parts.size:
        parts = parts[contracts.value[parts] > economy.assumptions["smallest_lot_per_month"]]
        uids = economy.draws.derive_ids(SPLIT, economy.month, contracts.uid[parts])
        half = contracts.value[parts] / 2.0
        contracts.value[parts] = half
        added = contracts.add(uids, anchor=contracts.anchor[parts], industry=contracts.industry[parts], value=half)
        due = np.concatenate([due, added])
    award(economy, due)


def local_bidders(economy: Economy, rows: Rows, market: Market | None = None) -> Rows:
    """Firms of the region whose bids the buyers of these contracts read.

    Args:
        economy: The economy.
        rows: Rows of the contracts, shape (n,).
        market: The firms that could bid, where they are known already.

    Returns:
        Rows of firms in the order in which bids come, -1 where there are fewer, shape (n, most local bids).
    """
    contracts, a = economy.contracts, economy.assumptions
    value = contracts.value[rows]
    market = market or market_for(economy, value.min(initial=np.inf))
    rate = a["local_bid_rate"] + economy.levers.bidder_support * (a["supported_bid_rate"] - a["local_bid_rate"])
    found: Rows = lowest_draws(
        words(economy.draws.uniform(BID, economy.month, contracts.uid[rows])), value, contracts.industry[rows],
        market.rows, words(economy.draws.uniform(BID, economy.month, market.uids)), market.largest, market.first,
        rate, int(a["most_local_bids"]),
    )  # fmt: skip
    return found


def award(economy: Economy, rows: Rows) -> None:
    """Tender contracts: collect bids, score them, sign with the best.

    Args:
        economy: The economy.
        rows: Rows of the contracts, shape (n,).
    """
    if rows.size == 0:
        return
    contracts, orgs, a, levers = economy.contracts, economy.organisations, economy.assumptions, economy.levers
    local = local_bidders(economy, rows)
    uid = contracts.uid[rows]
    outside = np.arange(1, int(a["outside_bidders"]) + 1, dtype=np.uint64)
    # A column for each bid, local ones first; where there are fewer the price is beyond reach.
    bidder = np.hstack([local, np.full((rows.size, outside.size), OUTSIDE_SUPPLIER)])
    names = np.hstack([orgs.uid[local] ^ uid[:, None], uid[:, None] + outside])
    cost = economy.draws.normal(COST, economy.month, names.ravel()).reshape(names.shape)
    is_local = bidder >= 0
    price = 1.0 + a["bid_price_sd"] * cost
    price[is_local] *= orgs.price[bidder[is_local]]
    price[:, : local.shape[1]][local < 0] = np.inf
    home = orgs.neighbourhood[bidder]
    deprived = is_local & (home >= 0) & (economy.region.neighbourhood_decile[np.maximum(home, 0)] <= 2)
    accredited, social = (
        is_local & (orgs.accredited[bidder] > 0),
        is_local & (orgs.ownership[bidder] == Ownership.SOCIAL),
    )
    in_scope = economy.draws.uniform(SCOPE, economy.month, uid)[:, None] < levers.procurement_scope
    weights = (
        in_scope * levers.procurement_local,
        in_scope * levers.procurement_charter,
        in_scope * levers.procurement_social,
        in_scope * levers.procurement_deprived,
    )
    best = np.argmax(score_bids(price, is_local, accredited, social, deprived, weights), axis=1)[:, None]
    contracts.supplier[rows] = np.take_along_axis(bidder, best, axis=1)[:, 0]
    paid = np.take_along_axis(price, best, axis=1)[:, 0]
    contracts.premium[rows] = np.maximum(paid - price.min(axis=1), 0.0)
    contracts.months_left[rows] = int(a["contract_months"])
