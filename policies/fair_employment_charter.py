"""The Fair Employment Charter: employers pledge the real Living Wage, secure hours and progression."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, Literal

from policies.policy import COST, Policy, dial
from simulation.charter import members_to_support, pay_support
from simulation.levers import CharterTerm

if TYPE_CHECKING:
    from simulation.economy import Economy
    from simulation.levers import Levers


#: What members pledge; where all of it is left out there is no charter to join.
PLEDGES = {
    "pay_floor": CharterTerm.PAY_FLOOR,
    "secure_jobs": CharterTerm.SECURITY,
    "promotion": CharterTerm.PROMOTION,
}
#: What draws employers in.
DRAWS = {"peers": CharterTerm.PEERS, "contracts": CharterTerm.CONTRACTS}


class FairEmploymentCharter(Policy):
    """Employers are asked to accredit; members pay the real Living Wage, give secure hours, and promote.

    Channel: contact with employers, support and peers bring firms in; a member's wage bill rises, its
    staff leave less often and are sooner found; part of the cost goes into prices, so jobs may be lost.
    """

    title: ClassVar[str] = "Fair Employment Charter"
    heading: ClassVar[str] = "fair employment charter"
    channels: ClassVar[Mapping[str, str]] = {
        "pay_floor": "Members pay at least the real Living Wage (tax and benefit row real_living_wage).",
        "secure_jobs": "Members turn insecure jobs into secure ones and offer no others (a pledge, no dial).",
        "promotion": "Members promote long-serving, qualified staff (row charter_progression_rate).",
        "peers": "Employers join sooner where their suppliers have joined (row charter_peer_weight).",
        "contracts": "Employers join sooner where tenders reward members (row charter_contract_weight, and the dial "
        "charter_weight of progressive procurement, without which it does nothing).",
        "support": "Part of the first year's extra wage cost is paid, which draws employers in (dial support).",
        COST: "Employers are contacted at a price, and support is paid (rows charter_engagement_cost; dial support).",
    }

    type: Literal["fair_employment_charter"] = "fair_employment_charter"
    outreach: float = dial(
        0.03, 0.0, 0.2, "share of employers a month", "assumed", "employers outside the charter who are contacted"
    )
    support: float = dial(
        0.25,
        0.0,
        1.0,
        "share of the cost",
        "assumed",
        "part of the first year's extra wage cost that is paid for members",
    )

    def move(self, levers: Levers, economy: Economy) -> None:
        """Offer the charter; without any of its pledges there is nothing to join."""
        if not any(self.works(name) for name in PLEDGES):
            return
        waived = sum(int(term) for name, term in (PLEDGES | DRAWS).items() if not self.works(name))
        # What one charter leaves out another may ask for.
        levers.charter_waived = levers.charter_waived & waived if levers.charter_standard > 0.0 else waived
        levers.charter_standard = max(levers.charter_standard, min(self.strength, 1.0))
        levers.charter_outreach = min(levers.charter_outreach + self.strength * self.outreach, 1.0)
        if self.works("support"):
            levers.charter_support = min(levers.charter_support + self.strength * self.support, 1.0)

    def cost(self, economy: Economy) -> None:
        """Engagement with employers, and support to members in their first year."""
        orgs = economy.organisations
        outside = float(orgs.weight[orgs.alive & (orgs.accredited == 0)].sum())
        contacts = self.strength * self.outreach * outside
        each = economy.assumptions["charter_engagement_cost"]
        economy.order(self.heading, "professional_support", contacts * each)
        if self.works("support"):
            pay_support(economy, members_to_support(economy), self.strength * self.support, self.heading)
