"""Effects of policies: differences paired by seed, their intervals, and what the design could have detected.

Runs under one seed share all their luck (common random numbers), so the difference between a policy run
and the baseline run of the same seed has far less variance than either. Intervals are Student's t over
seeds: they carry the uncertainty of the draws, not that of the assumptions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from experiments.comparison import (
    ANCHORS,
    BALANCE,
    COST_COLUMNS,
    EFFECT_COLUMNS,
    FINAL_YEAR,
    GROUP_EFFECT_COLUMNS,
    INDICATOR_KEYS,
    LOWERS,
    NO_EFFECT,
    NO_INTERVAL,
    PUBLIC,
    RAISES,
    THIRD_YEAR,
    Arm,
)
from experiments.records import PAID, PLEDGES, RECEIVED

Floats = NDArray[np.float64]

#: Two-sided level of the intervals, and the power at which the detectable minimum is stated.
LEVEL = 0.05
POWER = 0.80
#: Months of a window.
YEAR = 12


def paired_statistics(baseline: Floats, policy: Floats) -> pd.DataFrame:
    """Mean paired differences with intervals, a row each.

    Args:
        baseline: Baseline values, shape (rows, seeds); not a number where a run has none.
        policy: Policy values under the same seeds, shape (rows, seeds).

    Returns:
        Columns baseline, policy, effect, low, high, sd, seeds, detectable, verdict, variance_ratio.
        `detectable` is the least effect found with 80% power at 5%, two-sided; `variance_ratio` is the
        variance of the difference had the seeds been independent over its variance when paired.
    """
    from scipy.stats import t as student_t  # takes most of a second, which runs without a comparison need not wait for

    known = np.isfinite(baseline) & np.isfinite(policy)
    n = known.sum(axis=1)
    base, other = _mean(baseline, known), _mean(policy, known)
    difference = policy - baseline
    effect = _mean(difference, known)
    variance = _variance(difference, known)
    independent = _variance(baseline, known) + _variance(policy, known)
    freedom = np.maximum(n - 1, 1)
    error = np.sqrt(variance / np.maximum(n, 1))
    half = student_t.ppf(1.0 - LEVEL / 2, freedom) * error
    detectable = (student_t.ppf(1.0 - LEVEL / 2, freedom) + student_t.ppf(POWER, freedom)) * error
    low, high = effect - half, effect + half
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(variance > 0.0, independent / variance, np.nan)
    # The interval excludes zero and the effect is no smaller than what the design can detect.
    found = ((low > 0.0) | (high < 0.0)) & (np.abs(effect) >= detectable)
    verdict = np.select(
        [n < 2, found & (effect > 0.0), found & (effect < 0.0)], [NO_INTERVAL, RAISES, LOWERS], NO_EFFECT
    )
    return pd.DataFrame(
        {
            "baseline": base,
            "policy": other,
            "effect": effect,
            "low": low,
            "high": high,
            "sd": np.sqrt(variance),
            "seeds": n,
            "detectable": detectable,
            "verdict": verdict,
            "variance_ratio": ratio,
        }
    )


def interval(values: Floats, level: float) -> tuple[float, float]:
    """Interval of a mean by Student's t; not a number for one value.

    Args:
        values: By seed, shape (seeds,).
        level: Two-sided chance of missing it.
    """
    if values.size < 2:
        return float("nan"), float("nan")
    from scipy.stats import t as student_t

    half = float(student_t.ppf(1.0 - level / 2.0, values.size - 1)) * values.std(ddof=1) / np.sqrt(values.size)
    return float(values.mean() - half), float(values.mean() + half)


def by_chance(table: pd.DataFrame) -> float:
    """How many of some effects would be called detectable if there were none.

    Args:
        table: Effects by paired differences, with `seeds` and `detectable`; those that no seed moves have no luck.
    """
    from scipy.stats import t as student_t

    moved = table[table["detectable"] > 0.0]
    freedom = moved["seeds"].to_numpy(dtype=np.float64) - 1.0
    threshold = student_t.ppf(1.0 - LEVEL / 2, freedom) + student_t.ppf(POWER, freedom)
    return float((2.0 * student_t.sf(threshold, freedom)).sum())


def _mean(values: Floats, known: NDArray[np.bool_]) -> Floats:
    """Mean over known values by row, not a number where there are none, shape (rows,)."""
    n = known.sum(axis=1)
    total = np.where(known, values, 0.0).sum(axis=1)
    return np.asarray(np.where(n > 0, total / np.maximum(n, 1), np.nan))


def _variance(values: Floats, known: NDArray[np.bool_]) -> Floats:
    """Unbiased variance over known values by row, not a number below two of them, shape (rows,)."""
    n = known.sum(axis=1)
    gap = np.where(known, values - _mean(values, known)[:, None], 0.0)
    return np.asarray(np.where(n > 1, (gap**2).sum(axis=1) / np.maximum(n - 1, 1), np.nan))


def first_policy_month(arm: Arm) -> int:
    """Tick at which the earliest policy of an arm starts, at least 0."""
    starts = [arm.scenario.month_of(getattr(policy, "start", arm.scenario.start)) for policy in arm.scenario.policies]
    return max(min(starts, default=0), 0)


def windows(arm: Arm) -> dict[str, tuple[int, int]]:
    """First and last tick of each window over which the effects of an arm are averaged.

    The final year is the last twelve months of the run. The third year is the twelve months that end 36
    months after the earliest policy starts, where the run is long enough.
    """
    months = arm.scenario.months
    found = {FINAL_YEAR: (max(months - YEAR, 0), months - 1)}
    end = first_policy_month(arm) + 3 * YEAR
    if arm.scenario.policies and end <= months:
        found[THIRD_YEAR] = (end - YEAR, end - 1)
    return found


def effects(arms: Sequence[Arm], seeds: Sequence[int], indicators: pd.DataFrame) -> pd.DataFrame:
    """Effects of every policy arm on every indicator.

    Args:
        arms: The baseline, then the policy arms.
        seeds: Seeds that every arm has.
        indicators: As in `Comparison.indicators`.

    Returns:
        A row per arm, window and outcome that has values, with `EFFECT_COLUMNS`.
    """
    names = [name for name in indicators.columns if name not in INDICATOR_KEYS]
    parts = []
    for arm in arms[1:]:
        for window, (first, last) in windows(arm).items():
            calendar = [arm.scenario.calendar(month) for month in range(first, last + 1)]
            chosen = indicators[indicators["month"].isin(calendar)]
            table = paired_statistics(
                means_by_seed(chosen, arms[0].name, seeds, names), means_by_seed(chosen, arm.name, seeds, names)
            )
            table.insert(0, "arm", arm.name)
            table.insert(1, "outcome", names)
            table.insert(2, "window", window)
            parts.append(table[table["seeds"] > 0])
    return _stack(parts, EFFECT_COLUMNS)


def means_by_seed(rows: pd.DataFrame, arm: str, seeds: Sequence[int], names: Sequence[str]) -> Floats:
    """Means of an arm over months.

    Args:
        rows: Rows of the months of `Comparison.indicators`.
        arm: Its name.
        seeds: Seeds that it has.
        names: Indicators.

    Returns:
        Shape (outcomes, seeds).
    """
    mean = rows[rows["arm"] == arm].groupby("seed")[list(names)].mean()
    return np.ascontiguousarray(mean.loc[list(seeds)].to_numpy(dtype=np.float64).T)


def group_effects(arms: Sequence[Arm], seeds: Sequence[int], breakdowns: pd.DataFrame) -> pd.DataFrame:
    """Effects of every policy arm by group, over the breakdowns of the last year of the run.

    Neighbourhoods are left out: at a reduced scale each holds a handful of people. So are payments, which are no
    outcomes of groups.

    Args:
        arms: The baseline, then the policy arms.
        seeds: Seeds that every arm has.
        breakdowns: As in `Comparison.breakdowns`.

    Returns:
        A row per arm, dimension, group and outcome, with `GROUP_EFFECT_COLUMNS`. A group that is empty
        under some seeds is compared under the others.
    """
    keys = ["dimension", "group", "outcome"]
    months = pd.PeriodIndex(breakdowns["month"], freq="M")
    told = ~breakdowns["dimension"].isin(["neighbourhood", PAID, RECEIVED, PLEDGES])
    last = breakdowns[(months > months.max() - YEAR) & told]
    order = pd.MultiIndex.from_frame(last[keys].astype(object).drop_duplicates())
    wide = last.astype({key: object for key in keys}).pivot_table(
        index=keys, columns=["arm", "seed"], values="value", aggfunc="mean", sort=False, observed=True
    )
    wide = wide.reindex(order)
    parts = []
    for arm in arms[1:]:
        values = [
            wide.reindex(columns=pd.MultiIndex.from_product([[name], seeds])).to_numpy(dtype=np.float64)
            for name in (arms[0].name, arm.name)
        ]
        table = paired_statistics(*values)
        for position, key in enumerate(keys):
            table.insert(position, key, order.get_level_values(key))
        table.insert(0, "arm", arm.name)
        parts.append(table[table["seeds"] > 0])
    return _stack(parts, GROUP_EFFECT_COLUMNS)


def costs(
    arms: Sequence[Arm],
    seeds: Sequence[int],
    indicators: pd.DataFrame,
    headings: Mapping[tuple[str, int], Mapping[str, float]],
) -> pd.DataFrame:
    """Mean cost a year of every policy arm over the baseline, from its first policy month on.

    Args:
        arms: The baseline, then the policy arms.
        seeds: Seeds that every arm has.
        indicators: As in `Comparison.indicators`.
        headings: Real pounds paid over the run under each cost heading, by arm name and seed. Nothing is paid
            under a policy's heading before it starts.

    Returns:
        Rows with `COST_COLUMNS`, in pounds a year.
    """
    rows = []
    for arm in arms[1:]:
        first = first_policy_month(arm)
        years = (arm.scenario.months - first) / YEAR
        if years <= 0.0:
            continue
        names = list(dict.fromkeys(_heading(policy) for policy in arm.scenario.policies))
        for seed in seeds:
            names += [name for name in headings[arm.name, seed] if name not in names]
        for name in names:
            paid = [
                (headings[arm.name, seed].get(name, 0.0) - headings[arms[0].name, seed].get(name, 0.0)) / years
                for seed in seeds
            ]
            rows.append((arm.name, name, PUBLIC, np.array(paid)))
        calendar = [arm.scenario.calendar(month) for month in range(first, arm.scenario.months)]
        chosen = indicators[indicators["month"].isin(calendar)]
        columns = ["procurement_premium", "fiscal_balance"]
        gap = means_by_seed(chosen, arm.name, seeds, columns) - means_by_seed(chosen, arms[0].name, seeds, columns)
        # The premium is in million pounds a year, the balance in million pounds a month.
        rows.append((arm.name, "procurement premium", ANCHORS, gap[0] * 1e6))
        rows.append((arm.name, "fiscal balance", BALANCE, gap[1] * 1e6 * YEAR))
    yearly = np.array([row[3] for row in rows]).reshape(len(rows), len(seeds))
    table = paired_statistics(np.zeros_like(yearly), yearly).rename(columns={"effect": "yearly_cost"})
    for position, key in enumerate(("arm", "heading", "borne_by")):
        table.insert(position, key, [row[position] for row in rows])
    return table[list(COST_COLUMNS)]


def _heading(policy: object) -> str:
    return str(getattr(policy, "heading", type(policy).__name__))


def _stack(parts: list[pd.DataFrame], columns: Sequence[str]) -> pd.DataFrame:
    """One table out of many, with exactly these columns."""
    if not parts:
        return pd.DataFrame(columns=list(columns))
    return pd.concat(parts, ignore_index=True)[list(columns)]
