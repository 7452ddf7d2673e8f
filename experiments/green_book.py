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
#: Draws of the bootstrap over seeds, and its seed.
DRAWS, BOOTSTRAP_SEED = 2000, 20220318


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


def resampled_means(values: Floats) -> Floats:
    """Means over seeds of a paired bootstrap (Efron 1979): the same draws for every column, and every time.

    Args:
        values: Shape (seeds, columns).

    Returns:
        Shape (draws, columns).
    """
    rng = np.random.default_rng(BOOTSTRAP_SEED)
    chosen = rng.integers(0, values.shape[0], (DRAWS, values.shape[0]))
    return np.asarray(values[chosen].mean(axis=1))


def ratio_of_means(part: Floats, whole: Floats) -> tuple[float, float, float]:
    """A ratio of means over seeds with its 95% interval by the bootstrap.

    Args:
        part: Numerator by seed, shape (seeds,).
        whole: Denominator by seed, shape (seeds,).

    Returns:
        Ratio, low and high; not a number where the denominator's mean is 0, or for the ends with one seed.
    """
    if whole.mean() == 0.0:
        return float("nan"), float("nan"), float("nan")
    ratio = float(part.mean() / whole.mean())
    if part.size < 2:
        return ratio, float("nan"), float("nan")
    means = resampled_means(np.stack([part, whole], axis=1))
    with np.errstate(divide="ignore", invalid="ignore"):
        low, high = np.quantile(means[:, 0] / means[:, 1], (0.025, 0.975))
    return ratio, float(low), float(high)


def acceptability(cost: Floats, effect: Floats, willingness: Floats) -> Floats:
    """How sure it is that a policy is worth it, by what a unit of effect is worth (van Hout and others 1994).

    Args:
        cost: Present value of the cost by seed, shape (seeds,).
        effect: Units of effect by seed, shape (seeds,).
        willingness: Worth of a unit, shape (points,).

    Returns:
        Share of bootstrap means whose net benefit is above 0, shape (points,).
    """
    means = resampled_means(np.stack([cost, effect], axis=1))
    net = willingness[:, None] * means[None, :, 1] - means[None, :, 0]
    return np.asarray((net > 0.0).mean(axis=1))
