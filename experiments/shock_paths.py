"""Paths of effects month by month after a shock: how deep they go, when, and how soon half is made up.

An effect is a difference from the run of the same seed without the shock. Depth and recovery are read from three-month
means: in a single month firms still order the inputs of the month before and the model has no stocks, so that output
falls by too much in the first month of a shock and rises by too much in the first month after it.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from experiments.comparison import NO_INTERVAL
from experiments.effects import LEVEL, YEAR, interval, paired_statistics

Floats = NDArray[np.float64]

#: Outcomes that are followed, and which way is down: -1 where a fall is the harm, 1 where a rise is.
HARM: Mapping[str, int] = {
    "gva": -1,
    "jobs": -1,
    "unemployment_rate": 1,
    "inactivity_rate": 1,
    "businesses": -1,
    "fiscal_balance": -1,
}
#: Months over which depth and recovery are averaged.
QUARTER = 3
PATH_COLUMNS = ("month", "months_after", "outcome", "baseline", "effect", "low", "high", "sd", "seeds")
DEPTH_COLUMNS = (
    "outcome", "depth", "low", "high", "share", "surely", "trough", "months_to_trough", "months_to_half", "half_by",
    "first_year", "first_year_low", "first_year_high", "first_year_verdict", "last_year", "last_year_low",
    "last_year_high", "last_year_verdict", "seeds",
)  # fmt: skip


def path(baseline: Floats, shocked: Floats, months: list[str], outcome: str) -> pd.DataFrame:
    """The effect by month from the first month of a shock.

    Args:
        baseline: Values without the shock, shape (months, seeds).
        shocked: Values with it under the same seeds, shape (months, seeds).
        months: The months, "YYYY-MM".
        outcome: Name of the outcome.

    Returns:
        A row a month with `PATH_COLUMNS`; `low` and `high` are the 95% interval of that month alone.
    """
    table = paired_statistics(baseline, shocked).assign(outcome=outcome, month=months)
    table["months_after"] = range(len(months))
    return table[list(PATH_COLUMNS)]


def rolling(values: Floats) -> Floats:
    """Means of three months running, shape (months - 2, seeds)."""
    return np.asarray(np.lib.stride_tricks.sliding_window_view(values, QUARTER, axis=0).mean(axis=-1))


def depth(baseline: Floats, shocked: Floats, months: list[str], outcome: str) -> dict[str, object]:
    """How far an outcome moves to its harm, when, and how soon half of that is made up.

    `depth` is the most harmful three-month mean of the path; of many months one is the worst by luck alone, so
    `surely` asks more of it than its own interval: one that holds for all quarters together (Bonferroni) is on the
    harmful side of zero. Half is made up in the first three-month mean after the trough that is at most half as deep.

    Args:
        baseline: Values without the shock from its first month on, shape (months, seeds).
        shocked: Values with it under the same seeds, shape (months, seeds).
        months: The months, "YYYY-MM".
        outcome: Name of the outcome, one of `HARM`.

    Returns:
        `DEPTH_COLUMNS`; months are counted from the first month of the shock to the last of the quarter, `trough` and
        `half_by` are the last months of their quarters. What is not found is None.
    """
    harm, gaps = HARM[outcome], rolling(shocked) - rolling(baseline)
    mean = gaps.mean(axis=1)
    worst = int(np.argmax(harm * mean))
    low, high = (float(end) for end in interval(gaps[worst], LEVEL))
    ends = interval(gaps[worst], LEVEL / len(mean))
    surely = bool(ends[0] > 0.0 if harm > 0 else ends[1] < 0.0)
    after = np.flatnonzero(harm * mean[worst:] <= harm * mean[worst] / 2.0)
    half = int(after[0]) if after.size and harm * mean[worst] > 0.0 else None
    reference = float(rolling(baseline)[worst].mean())
    parts: dict[str, object] = {
        "outcome": outcome,
        "depth": float(mean[worst]),
        "low": low,
        "high": high,
        "share": float(mean[worst]) / abs(reference) if reference else float("nan"),
        "surely": surely,
        "trough": months[worst + QUARTER - 1],
        "months_to_trough": worst + QUARTER - 1,
        "months_to_half": None if half is None else half,
        "half_by": None if half is None else months[worst + half + QUARTER - 1],
        "seeds": gaps.shape[1],
    }
    for name, window in (("first_year", slice(0, YEAR)), ("last_year", slice(-YEAR, None))):
        row = paired_statistics(*(values[window].mean(axis=0)[None, :] for values in (baseline, shocked))).iloc[0]
        parts |= {name: row["effect"], f"{name}_low": row["low"], f"{name}_high": row["high"]}
        parts[f"{name}_verdict"] = row["verdict"]
    if gaps.shape[1] < 2:
        parts["first_year_verdict"] = parts["last_year_verdict"] = NO_INTERVAL
    return {name: parts[name] for name in DEPTH_COLUMNS}
