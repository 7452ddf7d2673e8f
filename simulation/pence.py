"""Whole pence: real amounts rounded, and sums split so that the parts sum to them exactly."""

from __future__ import annotations

import numpy as np
from numba import njit
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


#: Classes of remainders, by size, among which the one is found that the last spare penny falls in.
_CLASSES = 4096


@njit(cache=True)
def _largest_remainder(total, weights):  # type: ignore[no-untyped-def]
    # Shares are worked out in each pass anew: to divide is faster than to fetch fresh memory.
    n = weights.shape[0]
    whole = 0.0
    for i in range(n):
        whole += weights[i]
    if whole <= 0.0:
        return np.zeros(n, np.int64)
    given = 0
    size = np.zeros(_CLASSES, np.int64)
    for i in range(n):
        exact = total * (weights[i] / whole)
        part = int(exact)
        given += part
        size[int((exact - part) * _CLASSES)] += weights[i] > 0.0
    left = total - given
    if left < 0 or left > size.sum():
        # Sums beyond the precision of floats leave more or less than a penny for each.
        return _share_out(total, weights, whole, left)
    last = _CLASSES - 1
    while last > 0 and size[last] < left:
        left -= size[last]
        last -= 1
    # A penny more to all remainders above the class of the last penny; within it the largest, the first of equals.
    out = np.empty(n, np.int64)
    bound, remainder = np.empty(size[last], np.int64), np.empty(size[last])
    found = 0
    for i in range(n):
        exact = total * (weights[i] / whole)
        part = int(exact)
        at = int((exact - part) * _CLASSES)
        some = weights[i] > 0.0
        out[i] = part + (some & (at > last))
        if some & (at == last):
            bound[found] = i
            remainder[found] = part - exact
            found += 1
    order = np.argsort(remainder, kind="mergesort")
    for k in range(left):
        out[bound[order[k]]] += 1
    return out


@njit(cache=True)
def _share_out(total, weights, whole, left):  # type: ignore[no-untyped-def]
    """Pennies added in rounds from the largest remainder down, or taken from the smallest up."""
    n = weights.shape[0]
    out, remainder = np.empty(n, np.int64), np.empty(n)
    for i in range(n):
        exact = total * (weights[i] / whole)
        out[i] = int(exact)
        remainder[i] = out[i] - exact
    order = np.argsort(remainder, kind="mergesort")
    k = 0
    while left > 0:
        i = order[k % n]
        if weights[i] > 0.0:
            out[i] += 1
            left -= 1
        k += 1
    while left < 0:
        i = order[n - 1 - k % n]
        if out[i] > 0:
            out[i] -= 1
            left += 1
        k += 1
    return out


def allocate(total: int, weights: NDArray[np.float64]) -> Pence:
    """Split whole pence in proportion to weights by largest remainder; the parts sum to the total."""
    parts: Pence = _largest_remainder(int(total), np.asarray(weights, dtype=np.float64))
    return parts
