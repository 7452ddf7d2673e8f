"""Moments of a panel: a value, its standard error, and the sample that it rests on."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from experiments.measure import quantile_error
from simulation.order_statistics import quantiles

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]
Mask = NDArray[np.bool_]

NAN = float("nan")


class Moment(NamedTuple):
    """A quantity of a panel.

    Attributes:
        quantity: Name.
        value: In the unit that the quantity's definition names; not a number where nobody was there to ask.
        error: Standard error by the size of the sample, or not a number.
        sample: Units that the value rests on.
    """

    quantity: str
    value: float
    error: float
    sample: int


def followed(uid_before: NDArray[np.uint64], table: Any) -> Mask:
    """Whether each row still holds the entity that it held before; rows are reused, so identities are compared.

    Args:
        uid_before: Identities by row at an earlier time, shape (n,), n <= rows of the table.
        table: The table now, with columns uid and alive.

    Returns:
        Flags, shape (n,).
    """
    n = uid_before.size
    return np.asarray(table.alive[:n] & (table.uid[:n] == uid_before))


def share_moment(quantity: str, part: float, whole: float, interviews: int = 1) -> Moment:
    """A share, with the binomial standard error.

    Args:
        quantity: Name.
        part: Units that have it.
        whole: Units asked.
        interviews: How often the same units were asked: they count once in the error.
    """
    if whole <= 0:
        return Moment(quantity, NAN, NAN, 0)
    p = float(part) / float(whole)
    return Moment(quantity, p, math.sqrt(p * (1.0 - p) * interviews / whole), int(whole))


def gap_moment(quantity: str, high: tuple[float, float], low: tuple[float, float], interviews: int = 1) -> Moment:
    """Difference of two shares in percentage points; each share is given as part and whole."""
    first, second = (share_moment(quantity, *group, interviews) for group in (high, low))
    error = 100.0 * math.hypot(first.error, second.error)
    return Moment(quantity, 100.0 * (first.value - second.value), error, first.sample + second.sample)


def median_moment(quantity: str, values: Floats) -> Moment:
    """A median, with its binomial standard error."""
    if values.size == 0:
        return Moment(quantity, NAN, NAN, 0)
    return Moment(quantity, quantiles(values, 0.5)[0], quantile_error(values, 0.5), int(values.size))


def correlation_moment(quantity: str, x: Floats, y: Floats) -> Moment:
    """Pearson's correlation; the error takes the pairs for independent."""
    n = int(x.size)
    if n < 3 or np.ptp(x) == 0.0 or np.ptp(y) == 0.0:
        return Moment(quantity, NAN, NAN, n)
    r = float(np.corrcoef(x, y)[0, 1])
    return Moment(quantity, r, (1.0 - r * r) / math.sqrt(n - 1), n)


def slope_moment(quantity: str, x: Floats, y: Floats) -> Moment:
    """Slope of y on x by least squares; the error takes the pairs for independent."""
    n = int(x.size)
    if n < 3 or np.ptp(x) == 0.0:
        return Moment(quantity, NAN, NAN, n)
    gap = x - x.mean()
    slope = float((gap * y).sum() / (gap**2).sum())
    rest = y - y.mean() - slope * gap
    error = math.sqrt(float((rest**2).sum()) / (n - 2) / float((gap**2).sum()))
    return Moment(quantity, slope, error, n)
