"""Whole pence: real amounts rounded, and sums split so that the parts sum to them exactly."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Pence = NDArray[np.int64]


class LedgerError(RuntimeError):
    """The month does not close, or a posting is not a payment."""


def to_pence(pounds: ArrayLike) -> Pence:
    """Round pounds to whole pence, half to even.

    Raises:
        LedgerError: An amount is not finite.
    """
    values = np.asarray(pounds, dtype=np.float64) * 100.0
    if not np.isfinite(values).all():
        raise LedgerError("an amount is not a finite number")
    return np.rint(values).astype(np.int64)


def allocate(total: int, weights: NDArray[np.float64]) -> Pence:
    """Split whole pence in proportion to weights by largest remainder; the parts sum to the total.

    Of equal remainders the first get the spare pennies.
    """
    weights = np.asarray(weights, dtype=np.float64)
    # Added one after another, so that the sum does not depend on how NumPy groups them.
    whole = float(np.cumsum(weights)[-1]) if weights.size else 0.0
    if whole <= 0.0:
        return np.zeros(weights.size, np.int64)
    exact = total * (weights / whole)
    parts: Pence = exact.astype(np.int64)
    left, shortfall = int(total) - int(parts.sum()), parts - exact
    if left > 0:
        able = np.flatnonzero(weights > 0.0)
        # Sums beyond the precision of floats leave more than a penny for each.
        rounds, left = divmod(left, able.size)
        parts[able] += rounds
        if left:
            parts[able[_lowest(shortfall[able], left)]] += 1
    while left < 0:
        # Or they take more than there is, which those with the smallest remainders give back.
        order = np.argsort(shortfall, kind="stable")[::-1]
        givers = order[parts[order] > 0][:-left]
        parts[givers] -= 1
        left += givers.size
    return parts


def _lowest(values: NDArray[np.float64], count: int) -> NDArray[np.int64]:
    """Positions of the lowest values, of equals the first; sorting them all would take longer."""
    bound = np.partition(values, count - 1)[count - 1]
    below = np.flatnonzero(values < bound)
    return np.concatenate([below, np.flatnonzero(values == bound)[: count - below.size]])
