"""What the region pack says of industries and pay, as arrays that the month works with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulation.region import Region
from simulation.supply import regional_purchase_shares

Floats = NDArray[np.float64]

#: Qualification levels, none and NVQ1 to NVQ4+.
LEVELS = 5


@dataclass(frozen=True)
class Structure:
    """Industries of the region; k industries supply, and one more is public administration.

    Attributes:
        level_cdf: Cumulative shares of jobs by the level they ask for, shape (k + 1, 5).
        premium: Pay premium, log points, shape (k + 1,).
        part_time_share: Share of part-time jobs by industry and level, shape (k + 1, 5).
        insecure_share: Share of zero-hours and temporary jobs, shape (k + 1,).
        value_added_share: Value added per pound of output, shape (k,).
        input_coefficients: Purchases per pound of output, supplier by user, shape (k, k).
        import_coefficients: Purchases of what no industry here makes, per pound of output, shape (k,).
        purchase_shares: Share of each input to be had in the region, supplier by user, shape (k, k).
        household_shares: Share of household budgets spent on each industry, shape (k,).
        investment_rate: Investment per pound of output, shape (k,).
        investment_shares: Share of investment goods by supplying industry, shape (k,).
        investment_local: Share of those to be had in the region, shape (k,).
        level_pay: Log pay by qualification level over none, shape (5,).
        output_per_worker: Pounds a month, shape (k,).
        social_share: Share of firms that are socially or community-owned, shape (k,).
    """

    level_cdf: Floats
    premium: Floats
    part_time_share: Floats
    insecure_share: Floats
    value_added_share: Floats
    input_coefficients: Floats
    import_coefficients: Floats
    purchase_shares: Floats
    household_shares: Floats
    investment_rate: Floats
    investment_shares: Floats
    investment_local: Floats
    level_pay: Floats
    output_per_worker: Floats
    social_share: Floats

    @property
    def count(self) -> int:
        """Number of supplying industries."""
        return int(self.value_added_share.size)


def industry_structure(region: Region, a: Mapping[str, float]) -> Structure:
    """Arrays of the pack's sectors, input-output table and anchor jobs.

    Args:
        region: Pack.
        a: Assumptions by name.
    """
    sectors = region.tables["sectors"]
    k = len(sectors)
    # Public administration takes the mean of its anchor types, weighted by their headcount.
    anchors = region.tables["anchors"]
    public = anchors[anchors["type"].isin(["council", "transport_authority", "police_fire", "central_government"])]
    jobs = region.tables["anchor_jobs"].set_index("type").loc[public["type"]]
    weight = public["headcount"].to_numpy(dtype=float)

    def column(name: str) -> Floats:
        mean = float(np.average(jobs[name].to_numpy(dtype=float), weights=weight))
        return np.append(sectors[name].to_numpy(dtype=float), mean)

    levels = np.stack([column(f"q{level}") for level in range(LEVELS)], axis=1)
    table = region.tables["io_coefficients"]
    index = {name: i for i, name in enumerate(region.sector_ids)}
    coefficients = np.zeros((k, k))
    for supplier, user, value in zip(table["supplier"], table["user"], table["coefficient"], strict=True):
        coefficients[index[str(supplier)], index[str(user)]] = float(value)
    value_added = sectors["value_added_share"].to_numpy(dtype=float)
    local = sectors["jobs"].to_numpy(dtype=float)
    shares = regional_purchase_shares(
        local, sectors["national_job_share"].to_numpy(dtype=float), a["region_share_of_national_jobs"], a["flegg_delta"]
    )
    spend = sectors["investment_spend_share"].to_numpy(dtype=float)
    steps = np.array([a["pay_return_nvq1"], a["pay_return_nvq2"], a["pay_return_nvq3"], a["pay_return_nvq4"]])
    return Structure(
        level_cdf=np.cumsum(levels / levels.sum(axis=1, keepdims=True), axis=1),
        premium=np.append(sectors["wage_premium"].to_numpy(dtype=float), 0.0),
        part_time_share=part_time_by_level(column("part_time_share"), levels, a["part_time_level_slope"]),
        insecure_share=column("insecure_share"),
        value_added_share=value_added,
        input_coefficients=coefficients,
        import_coefficients=np.maximum(1.0 - value_added - coefficients.sum(axis=0), 0.0),
        purchase_shares=shares,
        household_shares=sectors["household_spend_share"].to_numpy(dtype=float),
        investment_rate=a["investment_share_of_value_added"] * value_added,
        investment_shares=spend / spend.sum(),
        investment_local=np.diagonal(shares).copy(),
        output_per_worker=sectors["output_per_worker"].to_numpy(dtype=float) / 12.0,
        social_share=sectors["social_share"].to_numpy(dtype=float),
        level_pay=np.concatenate([[0.0], np.cumsum(steps)]),
    )


def part_time_by_level(share: Floats, levels: Floats, slope: float) -> Floats:
    """Share of part-time jobs by industry and level: more of the less qualified jobs, industries' shares kept.

    Args:
        share: Share of part-time jobs by industry, shape (k + 1,).
        levels: Jobs of each industry by level, any unit, shape (k + 1, 5).
        slope: Fall of the log share with each level.

    Returns:
        Shares of at most 0.95, shape (k + 1, 5).
    """
    tilt = np.exp(-slope * np.arange(LEVELS))
    mean = (levels * tilt).sum(axis=1) / levels.sum(axis=1)
    return np.asarray(np.minimum(share[:, None] * tilt[None, :] / mean[:, None], 0.95))


def median_weekly_pay(region: Region) -> float:
    """Median weekly pay of residents in pounds: the authorities' medians weighted by employees."""
    pay = region.tables["pay"]["median_weekly_pounds"].to_numpy(dtype=float)
    return float(np.average(pay, weights=region.tables["labour_market"]["employees"].to_numpy(dtype=float)))
