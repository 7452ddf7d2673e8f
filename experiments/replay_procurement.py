"""Replay: anchors turn to local suppliers as Preston's did; what comes on top of the orders that move?"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from experiments.direct_effects import local_share
from policies import ProgressiveProcurement
from simulation import Economy, Scenario

#: Months of the run, first month of the rules, and first month of the year that is looked at: the fifth of the rules,
#: as long after their start as Preston's 2016/17 after 2012/13.
MONTHS, START, FIRST = 72, 12, 60
#: Share of their spending that Preston's anchors kept in Lancashire in 2016/17 (CLES), and steps in which the margin
#: in favour of local bidders that gives it is searched for.
WANTED, STEPS = 0.792, 10


def procurement(scenario: Scenario) -> dict[str, float]:
    """A shift of anchors' spending to suppliers of the region, without the money for advisers.

    Bidder support is at its default; the margin for local bidders is the one at which all contracts, tendered in
    month 0 to the firms of that month, would be kept local as in Preston. Nothing else of the rules is on.

    Args:
        scenario: Its seed and scale are taken.

    Returns:
        `local_share_before` and `local_share_after`, percent, means over the year looked at, without and with the
        rules; `multiplier`: change of gross value added over the value added in the orders that move here, valued at
        each industry's share; `jobs_per_job`: change of jobs over jobs that these orders need at each industry's
        output a worker, less one.
    """
    base = scenario.with_(months=MONTHS, policies=())
    rules = rules_for(base)
    with_it, without = Economy(base.with_(policies=(rules,))), Economy(base)
    orders = np.zeros((2, with_it.structure.count))
    for month in range(MONTHS):
        for side, economy in enumerate((with_it, without)):
            economy.step()
            if month >= FIRST:
                orders[side] += _local_orders(economy) / (MONTHS - FIRST)
    moved = (orders[0] - orders[1]) * with_it.scale
    after, before = (economy.indicators.iloc[FIRST:].mean() for economy in (with_it, without))
    value_added = float((moved * with_it.structure.value_added_share).sum()) * 12.0 / 1e6
    jobs = float((moved / (with_it.structure.output_per_worker * with_it.technology)).sum())
    return {
        "local_share_before": 100.0 * float(before["anchor_local_share"]),
        "local_share_after": 100.0 * float(after["anchor_local_share"]),
        "multiplier": float(after["gva"] - before["gva"]) / value_added,
        "jobs_per_job": float(after["jobs"] - before["jobs"]) / jobs - 1.0,
    }


def rules_for(base: Scenario) -> ProgressiveProcurement:
    """The rules whose margin for local bidders keeps as much local as in Preston, at the firms of month 0."""
    economy = Economy(base)
    low, high = 0.0, 0.2
    for _ in range(STEPS):
        middle = (low + high) / 2.0
        if local_share(economy, [_rules(base, middle)]) < WANTED:
            low = middle
        else:
            high = middle
    return _rules(base, high)


def _rules(base: Scenario, margin: float) -> ProgressiveProcurement:
    return ProgressiveProcurement(
        start=base.calendar(START), scope=1.0, local_weight=margin, charter_weight=0.0, social_weight=0.0,
        deprived_weight=0.0, lot_splitting=0.0, without=("cost",),
    )  # fmt: skip


def _local_orders(economy: Economy) -> NDArray[np.float64]:
    """What anchors pay suppliers of the region by industry, pounds a month of the scale."""
    contracts = economy.contracts
    local = np.flatnonzero(contracts.alive & (contracts.supplier >= 0))
    paid = contracts.value[local] * (1.0 + contracts.premium[local]) * economy.growth
    return np.bincount(contracts.industry[local], paid, minlength=economy.structure.count).astype(np.float64)
