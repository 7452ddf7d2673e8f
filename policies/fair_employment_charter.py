"""The Fair Employment Charter: employers pledge the real Living Wage, secure hours and progression."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from policies.policy import Policy, dial
from simulation.charter import members_to_support, pay_support

if TYPE_CHECKING:
    from simulation.economy import Economy
    from simulation.levers import Levers


class FairEmploymentCharter(Policy):
    """Employers are asked to accredit; members pay the real Living Wage, give secure hours, and promote.

    Channel: contact with employers, support and peers bring firms in; a member's wage bill rises, its
    staff leave less often and are sooner found; part of the cost goes into prices, so jobs may be lost.
    """

    title: ClassVar[str] = "Fair Employment Charter"
    heading: ClassVar[str] = "fair employment charter"

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
        """Offer the charter."""
        levers.charter_standard = max(levers.charter_standard, min(self.strength, 1.0))
        levers.charter_outreach = min(levers.charter_outreach + self.strength * self.outreach, 1.0)
        levers.charter_support = min(levers.charter_support + self.strength * self.support, 1.0)

    def cost(self, economy: Economy) -> None:
        """Engagement with employers, and support to members in their first year."""
        orgs = economy.organisations
        outside = float(orgs.weight[orgs.alive & (orgs.accredited == 0)].sum())
        contacts = self.strength * self.outreach * outside
        each = economy.assumptions["charter_engagement_cost"]
        economy.order(self.heading, "professional_support", contacts * each)
        pay_support(economy, members_to_support(economy), self.strength * self.support, self.heading)
