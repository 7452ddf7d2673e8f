"""Arithmetic of the HM Treasury Green Book (2022): discounting, distributional weights, value for money.

Money is in constant prices of the base year; nothing is adjusted for inflation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

#: Social time preference rate a year, and the lower one that holds beyond year 30 (Green Book 2022, Annex 6, table 7).
RATE, LATER_RATE = 0.035, 0.030
#: Last year of the first rate, and of the second.
FIRST_PERIOD, SECOND_PERIOD = 30, 75
#: Elasticity of the marginal utility of income (Green Book 2022, Annex 3; Layard, Mayraz and Nickell 2008).
ELASTICITY = 1.3
#: Risk that an interval misses, on both sides together.
RISK = 0.05


def discount_factors(years: int) -> Floats:
    """What a pound in each year is worth in year 0.

    Args:
        years: How many years, the first being year 0.

    Returns:
        Shape (years,).

    Raises:
        ValueError: Years beyond those of the two rates.
    """
    if years > SECOND_PERIOD + 1:
        raise ValueError(f"years: {years}; allowed are up to {SECOND_PERIOD + 1}")
    t = np.arange(years, dtype=np.float64)
    first, second = np.minimum(t, FIRST_PERIOD), np.maximum(t - FIRST_PERIOD, 0.0)
    return np.asarray((1.0 + RATE) ** -first * (1.0 + LATER_RATE) ** -second)


def present_value(flows: ArrayLike) -> Floats:
    """Present value of yearly flows.

    Args:
        flows: Shape (..., years), year 0 first.

    Returns:
        Shape (...).
    """
    values = np.asarray(flows, dtype=np.float64)
    return np.asarray((values * discount_factors(values.shape[-1])).sum(axis=-1))


def welfare_weights(incomes: ArrayLike, median: float) -> Floats:
    """What a pound to each group is worth beside a pound to the median household (Green Book 2022, Annex 3).

    Args:
        incomes: Equivalised disposable income of each group, above 0.
        median: Of the whole population, in the same unit.
    """
    return np.asarray((median / np.asarray(incomes, dtype=np.float64)) ** ELASTICITY)


def ratio_of_means(part: Floats, whole: Floats) -> tuple[float, float, float]:
    """A ratio of paired means over seeds with its 95% interval after Fieller (1954), which holds with few seeds too.

    Args:
        part: Numerator by seed, shape (seeds,).
        whole: Denominator by seed, shape (seeds,).

    Returns:
        Ratio, low and high; not a number where the denominator's mean is 0, or for the ends where its own interval
        holds 0 or there is one seed.
    """
    from scipy.stats import t as student_t

    n, top, bottom = part.size, float(part.mean()), float(whole.mean())
    nan = float("nan")
    if bottom == 0.0:
        return nan, nan, nan
    ratio = top / bottom
    if n < 2:
        return ratio, nan, nan
    square = float(student_t.ppf(1.0 - RISK / 2, n - 1)) ** 2 / n
    (s_tt, s_tb), (_, s_bb) = np.cov(np.stack([part, whole])) * square
    # Ratios r for which (top - r bottom)^2 <= t^2 var(part - r whole) / n, a quadratic in r.
    a, half_b, c = bottom**2 - s_bb, top * bottom - s_tb, top**2 - s_tt
    if a <= 0.0:
        return ratio, nan, nan
    reach = np.sqrt(max(half_b**2 - a * c, 0.0))
    return ratio, float((half_b - reach) / a), float((half_b + reach) / a)


def acceptability(cost: Floats, effect: Floats, willingness: Floats) -> Floats:
    """How sure it is that a policy is worth it, by what a unit of effect is worth (van Hout and others 1994).

    Args:
        cost: Present value of the cost by seed, shape (seeds,).
        effect: Units of effect by seed, shape (seeds,).
        willingness: Worth of a unit, shape (points,).

    Returns:
        Probability that the mean net benefit is above 0, by Student's t over seeds, shape (points,); not a number with
        one seed.
    """
    from scipy.stats import t as student_t

    net = willingness[:, None] * effect[None, :] - cost[None, :]
    n = cost.size
    if n < 2:
        return np.full(willingness.size, np.nan)
    mean, error = net.mean(axis=1), net.std(axis=1, ddof=1) / np.sqrt(n)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(error > 0.0, student_t.cdf(mean / error, n - 1), mean > 0.0), dtype=np.float64)
