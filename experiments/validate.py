"""What a target allows, and whether the baseline stays put without policies.

A target is met when the simulated figure lies within its published half-width plus two standard errors
of the sampling that the scale brings. For a share `p` of `n` simulated units the standard error is
sqrt(p (1 - p) / n) at the target's `p`; for counts and pay see `experiments.measure`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from experiments.measure import Measurement
from experiments.records import RunResult

#: Standard errors on each side of a target.
ERRORS = 2.0
YEAR = 12
#: What the baseline may do: least, greatest, unit. The limits are those that the model is held to.
LIMITS: dict[str, tuple[float, float, str]] = {
    "inactivity_rate": (0.20, 0.32, "share of 16-64, every month"),
    "unemployment_rate": (0.02, 0.10, "share of active, every month"),
    "businesses_over_start": (0.75, 1.25, "ratio to month 0, every month"),
    "real_median_pay_growth": (-0.005, 0.02, "a year, first to last year"),
    "start_up_rate": (0.13, 0.19, "start-ups a year over businesses"),
    "survival_three_years": (0.48, 0.58, "share of start-ups, mean over the run"),
    "ledger_discrepancy": (0.0, 0.0, "pence, all months and sectors"),
}


def target_row(line: dict[Any, Any], found: Measurement | None) -> dict[str, Any]:
    """One target beside its measurement."""
    target = float(line["target"])
    low, high = allowed(target, float(line["half_width"]), found, at_least="at least" in line["unit"])
    simulated = float("nan") if found is None else found.value
    return {
        "name": line["id"],
        "area": line["authority"],
        "target": target,
        "low": low,
        "high": high,
        "simulated": simulated,
        "difference": simulated - target,
        "unit": line["unit"],
        "source": line["source"],
        "pass": None if found is None else bool(low <= simulated <= high),
    }


def allowed(
    target: float, half_width: float, found: Measurement | None, *, at_least: bool = False
) -> tuple[float, float]:
    """What a simulated figure may be.

    Args:
        target: The official figure.
        half_width: Its published uncertainty.
        found: The measurement, with the size of its sample or its standard error.
        at_least: Whether more than the target is right too.

    Returns:
        Least and greatest value.
    """
    error = 0.0
    if found is not None and found.sample:
        error = math.sqrt(max(target * (1.0 - target), 0.0) / found.sample)
    elif found is not None:
        error = found.error
    width = half_width + ERRORS * error
    return target - width, math.inf if at_least else target + width


def baseline_rows(results: Sequence[RunResult]) -> list[dict[str, Any]]:
    """Whether a baseline without policies stays put.

    Args:
        results: Its runs, one for each seed.

    Returns:
        A row per check: name, low, high, unit, simulated_low, simulated_high, pass. The simulated values are
        the extremes over months and seeds; `pass` is None where the runs are too short to tell.
    """
    parts = [baseline_figures(result.indicators, sum(result.discrepancy.values())) for result in results]
    rows = []
    for name, (low, high, unit) in LIMITS.items():
        values = np.concatenate([np.atleast_1d(part[name]) for part in parts])
        values = values[np.isfinite(values)]
        least, most = (float(values.min()), float(values.max())) if values.size else (math.nan, math.nan)
        rows.append(
            {
                "name": name,
                "low": low,
                "high": high,
                "unit": unit,
                "simulated_low": least,
                "simulated_high": most,
                "pass": bool(low <= least and most <= high) if values.size else None,
            }
        )
    return rows


def baseline_figures(indicators: pd.DataFrame, discrepancy: int) -> dict[str, Any]:
    """Figures of one run that the checks look at, by name.

    Args:
        indicators: One row a month.
        discrepancy: Pence by which the ledger failed to close over all months.
    """
    months = len(indicators)
    businesses = indicators["businesses"].to_numpy(dtype=np.float64)
    births = float(indicators["business_births"].sum()) * YEAR / months
    # Each month tells of a year's cohorts, some tens of simulated firms, so a single year says little.
    survival = indicators["survival_three_years"].to_numpy(dtype=np.float64)
    known = survival[np.isfinite(survival)]
    return {
        "inactivity_rate": indicators["inactivity_rate"].to_numpy(dtype=np.float64),
        "unemployment_rate": indicators["unemployment_rate"].to_numpy(dtype=np.float64),
        "businesses_over_start": businesses / businesses[0],
        "real_median_pay_growth": yearly_growth(indicators["hourly_pay_median"].to_numpy(dtype=np.float64)),
        "start_up_rate": births / float(businesses.mean()),
        "survival_three_years": float(known.mean()) if known.size else math.nan,
        "ledger_discrepancy": float(discrepancy),
    }


def yearly_growth(monthly: np.ndarray[Any, np.dtype[np.float64]]) -> float:
    """Growth a year between the means of the first and the last year; not a number under two years."""
    if monthly.size < 2 * YEAR:
        return math.nan
    years = (monthly.size - YEAR) / YEAR
    return float((monthly[-YEAR:].mean() / monthly[:YEAR].mean()) ** (1.0 / years) - 1.0)
