"""From whom firms and institutions buy what each industry makes."""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate
from typing import TYPE_CHECKING

from tests.reference.draws import For

if TYPE_CHECKING:
    from tests.reference.agents import Firm, Organisation
    from tests.reference.economy import ReferenceEconomy


class Sellers:
    """Firms of one industry, each as wide as its weight in the eyes of buyers, in the order of uid."""

    def __init__(self, economy: ReferenceEconomy, industry: int) -> None:
        self.firms = sorted((firm for firm in economy.firms if firm.industry == industry), key=lambda firm: firm.uid)
        elasticity = economy.assumptions["supply_price_elasticity"]
        self.steps = list(accumulate(economy.drawing_power(firm, elasticity) for firm in self.firms))

    def met_by(self, draw: float) -> Firm:
        """The firm that a buyer comes across, the likelier the larger."""
        return self.firms[min(bisect_right(self.steps, draw * self.steps[-1]), len(self.firms) - 1)]


def look_around(economy: ReferenceEconomy) -> None:
    """Buyers whose supplier has closed, and some others, choose all their suppliers anew."""
    rate = economy.assumptions["supply_rewire_rate"]
    lookers = [b for b in economy.organisations if b.in_region and (b.bereft or b.chance(For.REWIRE) < rate)]
    sellers = [Sellers(economy, industry) for industry in range(economy.industries)]
    for buyer in lookers if economy.firms else []:
        buyer.suppliers = [choose_supplier(economy, buyer, k, sellers[k]) for k in range(economy.industries)]
    for buyer in economy.organisations:
        buyer.bereft = False


def choose_supplier(
    economy: ReferenceEconomy, buyer: Organisation, industry: int, sellers: Sellers
) -> Organisation | None:
    """Of two firms that the buyer comes across the first, unless only the second is nearby and that counts."""
    if not sellers.firms:
        return None
    first, second = (sellers.met_by(buyer.chance(For.SUPPLIER, 4 * industry + k)) for k in (0, 1))
    chosen = first
    if second.zone == buyer.zone and first.zone != buyer.zone:
        prefers_near = buyer.chance(For.SUPPLIER, 4 * industry + 3) < economy.assumptions["supply_nearby_preference"]
        chosen = second if prefers_near else first
    return None if chosen is buyer else chosen
