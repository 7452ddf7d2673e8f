"""Where an effect is greatest by deprivation, told only where the difference between tenths is itself detectable."""

from __future__ import annotations

import numpy as np
import pandas as pd

from experiments.answer_numbers import Effect
from experiments.comparison import RAISES, Arm, Comparison
from experiments.effects import YEAR, paired_statistics

#: Outcomes that go by another name in the breakdowns by group.
BY_GROUP = {"hourly_pay_median": "median_hourly_pay"}
#: Tenths that may stand out, by IMD decile, 1 being the most deprived.
BLOCKS = {
    (1,): "most in the most deprived tenth",
    (1, 2): "most in the two most deprived tenths",
    (1, 2, 3): "most in the three most deprived tenths",
    (10,): "most in the least deprived tenth",
    (9, 10): "most in the two least deprived tenths",
    (8, 9, 10): "most in the three least deprived tenths",
}


def where_most(comparison: Comparison, arm: Arm, effect: Effect) -> str:
    """Which tenths an effect is greatest in, such as "most in the two most deprived tenths".

    The effect in each of these tenths must be greater than in every other, and its mean over them less that over the
    others detectable, paired by seed, by the rule for all effects.

    Args:
        comparison: The comparison.
        arm: The policy arm.
        effect: A detectable effect of it.

    Returns:
        The words; empty where no tenths stand out, or the outcome is not recorded by tenth.
    """
    found = by_decile(comparison, arm, BY_GROUP.get(effect.outcome.name, effect.outcome.name))
    if found is None:
        return ""
    gains = found * (1.0 if effect.verdict == RAISES else -1.0)
    mean, best, words = gains.mean(axis=1), 0.0, ""
    for block, text in BLOCKS.items():
        inside = np.isin(np.arange(1, 11), block)
        if mean[inside].min() <= max(mean[~inside].max(), 0.0):
            continue
        gap = (gains[inside].mean(axis=0) - gains[~inside].mean(axis=0))[None, :]
        row = paired_statistics(np.zeros_like(gap), gap).iloc[0]
        sureness = float(row["effect"]) / max(float(row["detectable"]), 1e-12)
        if row["verdict"] == RAISES and sureness > best:
            best, words = sureness, text
    return words


def by_decile(comparison: Comparison, arm: Arm, name: str) -> np.ndarray[tuple[int, int], np.dtype[np.float64]] | None:
    """Paired effects on an outcome by IMD decile over the last year, shape (10, seeds); None where one is missing."""
    table = comparison.breakdowns
    own = table[(table["dimension"] == "imd_decile") & (table["outcome"] == name)]
    own = own[own["arm"].isin([comparison.baseline.name, arm.name])]
    if own.empty:
        return None
    months = pd.PeriodIndex(own["month"], freq="M")
    last = own[months > months.max() - YEAR].astype({"arm": object, "group": object})
    wide = last.pivot_table(index="group", columns=["arm", "seed"], values="value", aggfunc="mean")
    tenths = [str(k) for k in range(1, 11)]
    after, before = (
        wide.reindex(index=tenths, columns=pd.MultiIndex.from_product([[which], comparison.seeds])).to_numpy(np.float64)
        for which in (arm.name, comparison.baseline.name)
    )
    gap = after - before
    return gap if np.isfinite(gap).all() else None
