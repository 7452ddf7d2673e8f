"""Firms: expectations, wanted headcount, wage offers, prices, accreditation, closure.

The vectorised functions decide for all firms at once. A researcher may subclass `Firm`, override
`wanted_headcount` or `wage_effect_next`, and place a handful of such firms with `Economy.adopt`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from agents.column_agent import ColumnAgent

Floats = NDArray[np.float64]

#: Months before which a firm is young.
YOUNG = 36


class Firm(ColumnAgent):
    """A firm; its attributes are columns, see `organisation_fields`."""

    def wanted_headcount(self, proposed: int) -> int:
        """Headcount wanted this month, commuters in included; the columnar decision comes in as `proposed`."""
        return proposed

    def wage_effect_next(self, proposed: float) -> float:
        """Pay premium of next month, in log points; the columnar decision comes in as `proposed`."""
        return proposed


def expect_demand(expected: Floats, met: Floats, unmet: Floats, adjustment: float) -> Floats:
    """Adaptive expectation of demand, in pounds a month.

    Args:
        expected: Last expectation, shape (n,).
        met: Demand met last month, shape (n,).
        unmet: Demand turned away last month, shape (n,).
        adjustment: Share of the surprise that is taken up in a month.
    """
    return expected + adjustment * (met + unmet - expected)


def wanted_labour(expected: Floats, output_per_worker: Floats, workers: Floats, inertia: float) -> Floats:
    """Workers wanted, before rounding: enough to make what the firm expects to sell.

    Small gaps are ignored: hiring and firing both cost (hysteresis band of `inertia`, a share).
    """
    needed = expected / np.maximum(output_per_worker, 1.0)
    keep = np.abs(needed - workers) <= inertia * np.maximum(workers, 1.0)
    return np.where(keep, workers, needed)


def next_wage_effect(
    effect: Floats, vacancy_months: Floats, market_gap: Floats, response: float, pull: float
) -> Floats:
    """Pay premium of next month, in log points.

    Employers whose posts stay open raise pay (monopsonistic wage posting, Manning 2003); all drift
    towards what local tightness calls for (wage curve, Blanchflower and Oswald 1994).

    Args:
        effect: Present premium, shape (n,).
        vacancy_months: How long posts have stood open, shape (n,).
        market_gap: What the wage curve says pay should be relative to now, shape (n,).
        response: Rise for each month beyond three that posts stay open.
        pull: Share of the gap closed in a month.
    """
    pressure = np.clip(vacancy_months - 3.0, 0.0, 6.0)
    return effect + response * pressure + pull * market_gap


def price_after_cost(cost_change: Floats, pass_through: float) -> Floats:
    """Price index after part of a change in unit labour cost is passed on.

    Args:
        cost_change: Change of labour cost per pound of capacity since month 0, shape (n,).
        pass_through: Share of the change that goes into the price, 0 to 1.
    """
    return np.clip(1.0 + pass_through * cost_change, 0.7, 1.5)


def accreditation_hazard(
    outreach: float,
    peer_share: Floats,
    contract_gain: Floats,
    cost_share: Floats,
    support: float,
    uptake: float,
    peer_weight: float,
    contract_weight: float,
    cost_weight: float,
) -> Floats:
    """Monthly chance that a firm joins the charter.

    A logistic response to support, peers among suppliers, procurement that rewards
    members, and the cost in wages (values assumed; the published uptake is a range to compare with).

    Args:
        outreach: Share of firms contacted in a month; nobody joins a charter that does not exist.
        peer_share: Share of accredited firms among suppliers, shape (n,).
        contract_gain: Extra score in tenders for members, shape (n,).
        cost_share: Rise of the wage bill on joining, as a share of the wage bill, shape (n,).
        support: Share of the first year's cost that is paid for the firm.
        uptake: Log odds of joining on contact at no cost, without peers.
        peer_weight: Response to peers.
        contract_weight: Response to procurement.
        cost_weight: Response to cost.
    """
    odds = (
        uptake + peer_weight * peer_share + contract_weight * contract_gain - cost_weight * cost_share * (1.0 - support)
    )
    # Beyond the bound the exponential would overflow; the chance is nil there.
    return outreach / (1.0 + np.exp(-np.maximum(odds, -500.0)))


def closure_hazard(age_months: NDArray[np.int32], workers: Floats, margin: Floats, young: float, old: float) -> Floats:
    """Monthly chance that a firm closes, by age, size and profit margin.

    A firm lives off its founder's stake and hopes at first: its hazard rises from nothing over its first three years
    (the liability of adolescence, Brüderl and Schüssler 1990; the straight line is assumed) and is steady afterwards.

    Args:
        age_months: Age of the firm, shape (n,).
        workers: Real size in workers, shape (n,).
        margin: Profit over sales, smoothed, shape (n,).
        young: Annual closure rate of the smallest firms, mean of their first three years.
        old: Annual closure rate afterwards.
    """
    annual = np.where(age_months < YOUNG, young * 2.0 * (age_months + 0.5) / YOUNG, old)
    size = np.clip(workers / 5.0, 1.0, None) ** -0.7
    stress = np.exp(-1.5 * np.clip(margin, -0.5, 0.5))
    return 1.0 - (1.0 - np.clip(annual * size * stress, 0.0, 0.95)) ** (1.0 / 12.0)
