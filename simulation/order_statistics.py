"""Quantiles, medians by group and the Gini coefficient of large columns, by counting rather than by sorting.

Values are counted in equal bins, with the farthest in those at the ends; only those in the bins that hold a wanted
rank are put in order. The results are those of a full sort, to the last bit, and of `numpy.quantile`.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]
Weights = NDArray[np.int16]

#: Bins in which values are counted.
BINS = 1 << 14
#: Greatest number that sorts as a narrow one.
_NARROW = np.iinfo(np.int32).max
#: Widest range in which whole amounts are counted one by one.
_WIDEST = 1 << 16
_ONE = np.ones(1, np.int16)


@njit(cache=True)
def _count_bins(values, single, weights, low, high, step, bin_of, count):  # type: ignore[no-untyped-def]
    """Find the bin of each value, and the weight of the values in each; a single weight stands for all."""
    for i in range(values.shape[0]):
        bin_of[i] = np.int16(np.int32((min(max(values[i], low), high) - low) * step))
    for i in range(values.shape[0]):
        # Neighbours count in tables of their own, as a count waits for the one before it.
        count[i & 1, np.uint64(bin_of[i])] += weights[0] if single else weights[i]


@njit(cache=True)
def _in_bins(values, single, weights, bin_of, wanted):  # type: ignore[no-untyped-def]
    """Values in the wanted bins, and their weights."""
    at = np.empty(values.shape[0], np.int32)
    k = 0
    for i in range(values.shape[0]):
        # Written always and kept only where wanted: what a processor cannot foresee costs more than a write.
        at[k] = i
        k += wanted[np.uint64(bin_of[i])]
    near, mass = np.empty(k), np.empty(1 if single else k, weights.dtype)
    for j in range(k):
        near[j] = values[at[j]]
        if not single:
            mass[j] = weights[at[j]]
    return near, weights if single else mass


def _middle(values: Floats) -> tuple[float, float]:
    """Bounds of all but the farthest values, from a sample: a few far ones would make the bins too wide."""
    sample = np.sort(values[:: max(values.size // 2048, 1)])
    far = sample.size // 256
    return float(sample[far]), float(sample[-1 - far])


def order_statistics(values: Floats, ranks: Rows, weights: Weights | None = None) -> Floats:
    """Values of given ranks among all, the least being of rank 0.

    Args:
        values: Finite numbers, shape (n,) with n > 0.
        ranks: Ranks from 0 to the sum of weights less one, shape (k,).
        weights: How many times each value counts; None for once each, shape (n,).

    Returns:
        A value for each rank, shape (k,).
    """
    single = weights is None
    mass = _ONE if weights is None else weights
    low, high = _middle(values)
    with np.errstate(over="ignore", divide="ignore"):
        step = float(np.float64(BINS - 1) / np.float64(high - low))
    step = step if np.isfinite(step) else 0.0
    bin_of, counts = np.empty(values.size, dtype=np.int16), np.zeros((2, BINS), dtype=np.int64)
    _count_bins(values, single, mass, low, high, step, bin_of, counts)
    count = counts.sum(axis=0)
    its_bin = np.searchsorted(np.cumsum(count), ranks, side="right")
    wanted = np.zeros(BINS, dtype=bool)
    wanted[its_bin] = True
    # Ranks among the near ones leave out what the bins in between hold.
    ranks = ranks - np.cumsum(np.where(wanted, 0, count))[its_bin]
    near, mass = _in_bins(values, single, mass, bin_of, wanted)
    if single:
        near.sort()
        return np.asarray(near[ranks])
    order = np.argsort(near)
    return np.asarray(near[order][np.searchsorted(np.cumsum(mass[order], dtype=np.int64), ranks, side="right")])


@njit(cache=True)
def _count_each(whole, least, count):  # type: ignore[no-untyped-def]
    # Neighbours count in tables of their own, as a count waits for the one before it.
    for i in range(whole.shape[0]):
        count[i & 3, np.uint64(whole[i] - least)] += 1


def ranked_pence(pence: NDArray[np.int32], ranks: Rows) -> Floats:
    """Pounds of given ranks among amounts in pence, see `order_statistics`; amounts are counted one by one."""
    least, most = int(pence.min()), int(pence.max())
    if most - least > _WIDEST:
        return order_statistics(pence / 100.0, ranks)
    count = np.zeros((4, most - least + 1), dtype=np.int32)
    _count_each(pence, least, count)
    return np.asarray((np.searchsorted(np.cumsum(count.sum(axis=0)), ranks, side="right") + least) / 100.0)


def quantiles(values: Floats | NDArray[np.int32], *shares: float) -> tuple[float, ...]:
    """Quantiles, linear between neighbours as `numpy.quantile` has them; 0 where there are no values.

    Args:
        values: Pounds, or int32 pence.
        *shares: Shares of values below each quantile, from 0 to 1.
    """
    if values.size == 0:
        return (0.0,) * len(shares)
    at = np.array(shares) * (values.size - 1)
    before = np.floor(at).astype(np.int64)
    after = np.minimum(before + 1, values.size - 1)
    ranks = np.concatenate([before, after])
    if values.dtype == np.int32:
        found = ranked_pence(np.asarray(values, dtype=np.int32), ranks)
    else:
        found = order_statistics(np.asarray(values, dtype=np.float64), ranks)
    low, high = np.split(found, 2)
    part, gap = at - before, high - low
    # From the nearer neighbour, so that a share of one gives the greatest value itself.
    return tuple(np.where(part >= 0.5, high - gap * (1.0 - part), low + gap * part).tolist())


def weighted_median(values: Floats, weights: Weights) -> float:
    """Median of values that count several times each, 0 where the weights sum to nothing."""
    total = int(weights.sum())
    if total == 0:
        return 0.0
    low, high = order_statistics(values, np.array([(total - 1) // 2, total // 2]), weights)
    return float((low + high) / 2.0)


@njit(cache=True)
def _ranked(ordered):  # type: ignore[no-untyped-def]
    """Pence in pounds, and the same times their rank from 1."""
    n = ordered.shape[0]
    pounds, ranked = np.empty(n), np.empty(n)
    for i in range(n):
        pounds[i] = ordered[i] / 100.0
        ranked[i] = (i + 1) * pounds[i]
    return pounds, ranked


def gini(pence: Rows) -> float:
    """Gini coefficient of amounts, those below nothing taken as nothing; 0 for nobody (Gini 1912).

    Args:
        pence: Whole amounts, shape (n,).
    """
    n = pence.size
    narrow = n > 0 and int(pence.max()) <= _NARROW
    ordered = np.maximum(pence, 0).astype(np.int32 if narrow else np.int64)
    ordered.sort()
    pounds, ranked = _ranked(ordered)
    total = pounds.sum()
    if total <= 0.0:
        return 0.0
    return float(2.0 * ranked.sum() / (n * total) - (n + 1) / n)


@njit(cache=True)
def _group_medians(ordered, groups, sizes):  # type: ignore[no-untyped-def]
    """One walk through the values in order; each grouping notes the middle ones of each of its groups."""
    low, high = np.zeros(sizes.shape, np.int64), np.zeros(sizes.shape, np.int64)
    seen = np.zeros(sizes.shape, np.int64)
    for d in range(groups.shape[0]):
        for i in range(ordered.shape[0]):
            g = groups[d, ordered[i] & 0xFFFFFFFF]
            k = seen[d, g]
            seen[d, g] = k + 1
            if k == (sizes[d, g] - 1) >> 1:
                low[d, g] = ordered[i] >> 32
            if k == sizes[d, g] >> 1:
                high[d, g] = ordered[i] >> 32
    return low, high


def group_medians(pence: NDArray[np.int32], cell: NDArray[np.int32], groups: Rows) -> Floats:
    """Medians by group, for several groupings of the same cells at once; 0 for an empty group.

    Args:
        pence: Amounts from 0, shape (n,).
        cell: Cell of each value, shape (n,).
        groups: Group of each cell by grouping, shape (groupings, cells).

    Returns:
        Medians in pounds, shape (groupings, most groups).
    """
    most = int(groups.max()) + 1
    per_cell = np.bincount(cell, minlength=groups.shape[1])
    sizes = np.stack([np.bincount(group, per_cell, minlength=most) for group in groups]).astype(np.int64)
    ordered = pence.astype(np.int64)
    ordered <<= 32
    ordered |= cell
    ordered.sort()
    low, high = _group_medians(ordered, groups, sizes)
    return np.asarray((low / 100.0 + high / 100.0) / 2.0)
