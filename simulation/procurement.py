"""Procurement: anchors' contracts, tendered by score and held for a term."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from agents.anchor import score_bids
from agents.columns import Field, Table
from agents.organisation_fields import Kind, Ownership
from simulation.randomness import Purpose

if TYPE_CHECKING:
    from simulation.economy import Economy

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
    orgs, a = economy.organisations, economy.assumptions
    contracts = Table("contracts", CONTRACT_FIELDS, 256)
    for agent in economy.anchors:
        budget = agent.monthly_budget(economy.scale, 1.0)
        for industry in np.flatnonzero(budget > 0.0):
            lots = max(int(np.ceil(budget[industry] / a["contract_value_per_month"])), 1)
            base = orgs.uid[[agent.row]] + np.uint64(industry * 4096)
            uids = economy.draws.derive_ids(LOT, economy.month, base[0] + np.arange(lots, dtype=np.uint64))
            size = 0.5 + economy.draws.uniform(LOT, economy.month, uids)
            contracts.add(
                uids,
                anchor=agent.row,
                industry=industry,
                value=budget[industry] * size / size.sum(),
                months_left=1 + (economy.draws.uniform(TERM, economy.month, uids) * a["contract_months"]).astype(int),
            )
    economy.contracts = contracts
    rows = contracts.rows()
    local = economy.draws.uniform(LOT, economy.month, contracts.uid[rows], 1) < a["local_procurement_share"]
    by_industry = bidders_by_industry(economy)
    for row, is_local in zip(rows.tolist(), local.tolist(), strict=True):
        bidders = local_bidders(economy, row, by_industry[int(contracts.industry[row])], everyone=True)
        if is_local and bidders.size:
            pick = economy.draws.uniform(LOT, economy.month, contracts.uid[[row]], 2)[0]
            contracts.supplier[row] = bidders[int(pick * bidders.size)]
    return contracts


def tender(economy: Economy) -> None:
    """Contracts whose term has ended, or whose supplier has closed, are tendered anew."""
    contracts = economy.contracts
    contracts.months_left[contracts.alive] -= 1
    due = np.flatnonzero(contracts.alive & (contracts.months_left <= 0))
    bidders = bidders_by_industry(economy)
    for row in due.tolist():
        split = economy.draws.uniform(SPLIT, economy.month, contracts.uid[[row]])[0]
        parts = [row]
        splits = split < economy.levers.lot_splitting
        if splits and contracts.value[row] > economy.assumptions["smallest_lot_per_month"]:
            uid = economy.draws.derive_ids(SPLIT, economy.month, contracts.uid[[row]])
            half = contracts.value[row] / 2.0
            contracts.value[row] = half
            added = contracts.add(uid, anchor=contracts.anchor[row], industry=contracts.industry[row], value=half)
            parts.append(int(added[0]))
        for part in parts:
            award(economy, part, bidders[int(contracts.industry[part])])


def bidders_by_industry(economy: Economy) -> list[NDArray[np.int64]]:
    """Rows of the firms of each industry of the pack."""
    orgs = economy.organisations
    firms = np.flatnonzero(orgs.alive & (orgs.kind == Kind.FIRM))
    return [firms[orgs.industry[firms] == k] for k in range(economy.structure.count)]


def local_bidders(
    economy: Economy, row: int, firms: NDArray[np.int64] | None = None, *, everyone: bool = False
) -> NDArray[np.int64]:
    """Firms of the region that bid for a contract.

    A firm bids when the lot is not too large for it, and then only sometimes: tendering costs effort.

    Args:
        economy: The economy.
        row: Row of the contract.
        firms: Rows of the firms of its industry, where they are known already.
        everyone: Take all firms that could, not only those that do.
    """
    contracts, orgs, a = economy.contracts, economy.organisations, economy.assumptions
    if firms is None:
        firms = bidders_by_industry(economy)[int(contracts.industry[row])]
    capacity = (orgs.headcount[firms] + orgs.outside_workers[firms]) * orgs.output_per_worker[firms]
    firms = firms[capacity * a["largest_contract_share"] >= contracts.value[row]]
    if everyone or firms.size == 0:
        return np.asarray(firms)
    rate = a["local_bid_rate"] + economy.levers.bidder_support * (a["supported_bid_rate"] - a["local_bid_rate"])
    draw = economy.draws.uniform(BID, economy.month, orgs.uid[firms] ^ contracts.uid[row])
    bidding = firms[draw < rate]
    # A buyer reads a handful of bids; the draw that decided who bids also decides whose come first.
    order = np.argsort(draw[draw < rate], kind="stable")
    return np.asarray(bidding[order[: int(a["most_local_bids"])]])


def award(economy: Economy, row: int, firms: NDArray[np.int64] | None = None) -> None:
    """Tender one contract: collect bids, score them, sign with the best.

    Args:
        economy: The economy.
        row: Row of the contract.
        firms: Rows of the firms of its industry, where they are known already.
    """
    contracts, orgs, a, levers = economy.contracts, economy.organisations, economy.assumptions, economy.levers
    local = local_bidders(economy, row, firms)
    outside = int(a["outside_bidders"])
    uid = contracts.uid[row]
    names = np.concatenate([orgs.uid[local] ^ uid, uid + np.arange(1, outside + 1, dtype=np.uint64)])
    price = 1.0 + a["bid_price_sd"] * economy.draws.normal(COST, economy.month, names)
    price[: local.size] *= orgs.price[local]
    is_local = np.arange(names.size) < local.size
    accredited = np.zeros(names.size, dtype=bool)
    social = np.zeros(names.size, dtype=bool)
    deprived = np.zeros(names.size, dtype=bool)
    accredited[: local.size] = orgs.accredited[local] > 0
    social[: local.size] = orgs.ownership[local] == Ownership.SOCIAL
    home = orgs.neighbourhood[local]
    deprived[: local.size] = (home >= 0) & (economy.region.neighbourhood_decile[np.maximum(home, 0)] <= 2)
    in_scope = economy.draws.uniform(SCOPE, economy.month, contracts.uid[[row]])[0] < levers.procurement_scope
    weights = (
        (levers.procurement_local, levers.procurement_charter, levers.procurement_social, levers.procurement_deprived)
        if in_scope
        else (0.0, 0.0, 0.0, 0.0)
    )
    best = int(np.argmax(score_bids(price, is_local, accredited, social, deprived, weights)))
    contracts.supplier[row] = local[best] if best < local.size else OUTSIDE_SUPPLIER
    contracts.premium[row] = max(price[best] - price.min(), 0.0)
    contracts.months_left[row] = int(a["contract_months"])
