"""The numbers that answers are made of: effects and sums of a comparison, with what may be claimed of them."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from experiments.comparison import LOWERS, RAISES, Arm, Comparison
from experiments.effects import LEVEL, POWER, first_policy_month
from experiments.outcomes import Outcome, outcome

#: Shown as the cost beside the effects, not as an effect.
COST = "public_policy_cost"


@dataclass(frozen=True)
class Effect:
    """One row of a comparison's effects, with the outcome that it is about.

    Attributes:
        outcome: The outcome.
        effect: Mean paired difference from the baseline, in the outcome's unit.
        low: Lower end of the 95% interval.
        high: Upper end.
        detectable: Least effect that the design could have detected.
        verdict: One of the verdicts of `experiments.comparison`.
    """

    outcome: Outcome
    effect: float
    low: float
    high: float
    detectable: float
    verdict: str

    @property
    def worth(self) -> int:
        """1 for a detectable change for the better, -1 for the worse, 0 where neither is plain or nothing moved."""
        return self.outcome.good * {RAISES: 1, LOWERS: -1}[self.verdict] if self.moved else 0

    @property
    def moved(self) -> bool:
        """Whether a detectable effect was found; a verdict that its own numbers do not bear out counts for nothing."""
        beyond = self.low > 0.0 if self.verdict == RAISES else self.high < 0.0
        return self.verdict in (RAISES, LOWERS) and beyond and abs(self.effect) >= self.detectable


@dataclass(frozen=True)
class Money:
    """A yearly sum in pounds with its 95% interval, not a number where one seed gives none."""

    mean: float
    low: float
    high: float
    seeds: int

    @property
    def known_sign(self) -> int:
        """1 for a detectable gain, -1 for a detectable loss, else 0, by the rule for all effects."""
        if self.seeds < 2 or not math.isfinite(self.low):
            return 0
        from scipy import stats

        quantiles = stats.t.ppf((1.0 - LEVEL / 2, POWER), self.seeds - 1)
        least = (self.high - self.low) / 2.0 * (1.0 + quantiles[1] / quantiles[0])
        return int(np.sign(self.mean)) if abs(self.mean) >= least else 0

    @property
    def size(self) -> Money:
        """The sum without its sign."""
        return self if self.mean >= 0.0 else Money(-self.mean, -self.high, -self.low, self.seeds)


def mean_interval(values: ArrayLike) -> tuple[Any, Any, Any]:
    """Mean over seeds with its 95% interval by Student's t.

    Args:
        values: Values by seed, shape (seeds, ...).

    Returns:
        Mean, low and high, shape (...); low and high are not a number for one seed.
    """
    array = np.asarray(values, dtype=np.float64)
    n = array.shape[0]
    mean = array.mean(axis=0)
    if n < 2:
        return mean, np.full_like(mean, np.nan), np.full_like(mean, np.nan)
    from scipy import stats

    half = stats.t.ppf(0.975, n - 1) * array.std(axis=0, ddof=1) / math.sqrt(n)
    return mean, mean - half, mean + half


def effects_of(comparison: Comparison, arm: str, window: str) -> list[Effect]:
    """Effects of an arm in a window, in the order of the comparison, without those that have no value."""
    table = comparison.effects
    rows: Iterable[Any] = table[(table["arm"] == arm) & (table["window"] == window)].itertuples()
    return [
        Effect(outcome(row.outcome), row.effect, row.low, row.high, row.detectable, row.verdict)
        for row in rows
        if math.isfinite(row.effect)
    ]


def public_cost(comparison: Comparison, arm: Arm) -> Money | None:
    """Yearly public cost of an arm over all headings; None where it has no policy.

    The interval of a sum is not the sum of intervals, so that it is taken over the seeds' totals.
    """
    table = comparison.indicators
    if not arm.scenario.policies or COST not in table:
        return None
    months = table[table["month"] >= arm.scenario.calendar(first_policy_month(arm))]
    by_seed = months.groupby(["arm", "seed"])[COST].mean() * 12e6
    if arm.name not in by_seed:
        return None
    gap = by_seed[arm.name] - by_seed[comparison.baseline.name]
    mean, low, high = mean_interval(gap.to_numpy())
    return Money(float(mean), float(low), float(high), gap.size)


def money_borne_by(comparison: Comparison, arm: Arm, who: str) -> Money | None:
    """The yearly sum of a comparison's costs that someone bears, None where there is no such row."""
    table = comparison.costs
    rows = table[(table["arm"] == arm.name) & (table["borne_by"] == who)]
    if rows.empty:
        return None
    mean, low, high = (float(rows[column].sum(skipna=False)) for column in ("yearly_cost", "low", "high"))
    return Money(mean, low, high, int(rows["seeds"].min()))


def population(comparison: Comparison) -> float:
    """Residents in the last month of the baseline, mean over seeds; not a number where it is unknown."""
    table = comparison.indicators
    if "population" not in table:
        return float("nan")
    last = table[(table["arm"] == comparison.baseline.name) & (table["month"] == table["month"].max())]
    return float(last["population"].mean())
