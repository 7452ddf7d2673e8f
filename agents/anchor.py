"""Anchor institutions: payroll, procurement budgets, and how they score bids."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import mesa
import numpy as np
from numpy.typing import NDArray

from agents.columns import Table

Floats = NDArray[np.float64]


class AnchorInstitution(mesa.Agent):
    """A council, NHS trust, university, housing association or other large public body.

    Anchors are few, so each is a plain Mesa agent. Its account, headcount and pay are a row of the
    organisations table, because it is an employer and a customer like any other.

    Args:
        model: The economy.
        row: Row in the organisations table.
        name: Name of the institution.
        kind: council, nhs, university, college, housing_association, schools, ...
        procurement: Yearly spending on suppliers, in real pounds.
        shares: Share of procurement by industry, shape (industries,).
    """

    def __init__(self, model: Any, row: int, name: str, kind: str, procurement: float, shares: Floats) -> None:
        super().__init__(model)
        self.row = row
        self.name = name
        self.kind = kind
        self.procurement = procurement
        self.shares = shares

    @property
    def table(self) -> Table:
        """The organisations table."""
        table: Table = self.model.organisations
        return table

    @property
    def cash(self) -> int:
        """Bank balance, in pence of the simulated scale."""
        return int(self.table.cash[self.row])

    @property
    def headcount(self) -> int:
        """Residents employed, in simulated persons."""
        return int(self.table.headcount[self.row])

    def monthly_budget(self, scale: int, growth: float) -> Floats:
        """Procurement of one month by industry, in pounds of the simulated scale, shape (industries,)."""
        return self.procurement / 12.0 / scale * growth * self.shares


def score_bids(
    price: Floats,
    local: NDArray[np.bool_],
    accredited: NDArray[np.bool_],
    social: NDArray[np.bool_],
    deprived: NDArray[np.bool_],
    weights: Sequence[float] | Sequence[NDArray[Any]],
) -> Floats:
    """Score of bids: lowest price wins unless social value outweighs the difference.

    Args:
        price: Bid relative to the reference price, shape (n,) or contracts by bids.
        local: Bidder has its premises in the region.
        accredited: Bidder is in the charter.
        social: Bidder is socially or community-owned.
        deprived: Bidder's premises are in IMD deciles 1 or 2.
        weights: Value of each feature as a share of the price: local, accredited, social, deprived.

    Returns:
        Scores, higher is better, of the shape of the prices.
    """
    return np.asarray(
        -price + weights[0] * local + weights[1] * accredited + weights[2] * social + weights[3] * deprived
    )
