"""Progressive procurement: anchors weigh social value, split lots and help local bidders."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, Literal

from policies.policy import COST, Policy, dial

if TYPE_CHECKING:
    from simulation.economy import Economy
    from simulation.levers import Levers


class ProgressiveProcurement(Policy):
    """Anchors score bids on price and social value, cut contracts into lots that small firms can carry.

    Channel: more bids by local firms and a margin in their favour move contracts to them as old ones run
    out; the price above the lowest bid is posted in the ledger as a premium that anchors bear.
    """

    title: ClassVar[str] = "Progressive procurement"
    heading: ClassVar[str] = "progressive procurement"
    channels: ClassVar[Mapping[str, str]] = {
        "local_weight": "Local bids win although they are dearer by as much (dial local_weight).",
        "charter_weight": "Likewise bids of charter members (dial charter_weight).",
        "social_weight": "Likewise bids of social enterprises (dial social_weight).",
        "deprived_weight": "Likewise bids from IMD deciles 1 and 2 (dial deprived_weight).",
        "lot_splitting": "Contracts are cut in two, so that smaller firms can carry them (dial lot_splitting).",
        "bidder_support": "Local firms bid more often (dial bidder_support, rows local_bid_rate, supported_bid_rate).",
        COST: "Advisers for bidders are bought from firms of the region (row procurement_officer_cost).",
    }

    type: Literal["progressive_procurement"] = "progressive_procurement"
    scope: float = dial(0.8, 0.0, 1.0, "share of contracts", "assumed", "contracts tendered under the new rules")
    local_weight: float = dial(0.03, 0.0, 0.2, "share of the price", "assumed", "margin in favour of a local bidder")
    charter_weight: float = dial(
        0.01, 0.0, 0.2, "share of the price", "assumed", "margin in favour of a bidder in the charter"
    )
    social_weight: float = dial(
        0.02, 0.0, 0.2, "share of the price", "assumed", "margin in favour of a social enterprise"
    )
    deprived_weight: float = dial(
        0.01, 0.0, 0.2, "share of the price", "assumed", "margin in favour of a bidder in IMD deciles 1 and 2"
    )
    lot_splitting: float = dial(0.2, 0.0, 1.0, "share of contracts", "assumed", "contracts cut in two when tendered")
    bidder_support: float = dial(
        0.3, 0.0, 1.0, "share of the gap", "assumed", "how far support lifts the bidding rate of local firms"
    )

    def move(self, levers: Levers, economy: Economy) -> None:
        """Set the rules of tendering."""
        s = self.strength
        levers.procurement_scope = min(levers.procurement_scope + s * self.scope, 1.0)
        if self.works("local_weight"):
            levers.procurement_local += s * self.local_weight
        if self.works("charter_weight"):
            levers.procurement_charter += s * self.charter_weight
        if self.works("social_weight"):
            levers.procurement_social += s * self.social_weight
        if self.works("deprived_weight"):
            levers.procurement_deprived += s * self.deprived_weight
        if self.works("lot_splitting"):
            levers.lot_splitting = min(levers.lot_splitting + s * self.lot_splitting, 1.0)
        if self.works("bidder_support"):
            levers.bidder_support = min(levers.bidder_support + s * self.bidder_support, 1.0)

    def idle_channels(self) -> tuple[str, ...]:
        """Those whose dial is at zero."""
        return tuple(name for name in self.channels if name != COST and getattr(self, name) == 0.0)

    def cost(self, economy: Economy) -> None:
        """Advisers for bidders: so much for each real contract that is up for tender this month."""
        contracts, a = economy.contracts, economy.assumptions
        due = contracts.alive & (contracts.months_left <= 1)
        # A simulated contract stands for as many real ones as its value holds, whatever the scale.
        tenders = float(contracts.value[due].sum()) * economy.scale / a["tender_value_per_month"]
        support = min(self.strength * self.bidder_support, 1.0)
        economy.order(self.heading, "professional_support", support * tenders * a["procurement_officer_cost"])
