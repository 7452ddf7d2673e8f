"""Contrasts of a full factorial: what each policy adds, what two do together, and whose the bundle's effect is.

Subsets of k policies are bit masks: bit i is set where policy i is on. All contrasts are taken within a seed.
"""

from __future__ import annotations

from itertools import combinations
from math import factorial
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Whole = NDArray[np.int64]


def policies_of(values: Floats) -> int:
    """Number of policies of a full factorial, shape (2**k, ...).

    Raises:
        ValueError: It is not full.
    """
    k = int(values.shape[0]).bit_length() - 1
    if values.shape[0] != 1 << k:
        raise ValueError(f"a full factorial has 2, 4, 8, ... subsets, not {values.shape[0]}")
    return k


def _without(k: int, *bits: int) -> Whole:
    """Subsets in which none of some policies is on."""
    masks = np.arange(1 << k)
    return np.asarray(masks[(masks & sum(1 << bit for bit in bits)) == 0])


def main_effect(values: Floats, policy: int) -> Floats:
    """Mean, over all settings of the others, of with less without a policy (Box, Hunter and Hunter 2005, chapter 5).

    Args:
        values: Outcomes by subset, shape (2**k, ...).
        policy: Its bit.

    Returns:
        Shape (...).
    """
    off = _without(policies_of(values), policy)
    return np.asarray((values[off | 1 << policy] - values[off]).mean(axis=0))


def interaction(values: Floats, first: int, second: int) -> Floats:
    """What two policies do together beyond the sum of what each does alone, mean over all settings of the others.

    This is twice the interaction contrast of Box, Hunter and Hunter (2005, chapter 5): it is in units of the outcome
    as people would add effects up.

    Args:
        values: Outcomes by subset, shape (2**k, ...).
        first: Bit of a policy.
        second: Bit of another.

    Returns:
        Shape (...).
    """
    off = _without(policies_of(values), first, second)
    a, b = 1 << first, 1 << second
    return np.asarray((values[off | a | b] - values[off | a] - values[off | b] + values[off]).mean(axis=0))


def shapley(values: Floats) -> Floats:
    """Shapley value of each policy: its part of the bundle's effect.

    The mean of what a policy adds over all orders in which the policies may come (Shapley 1953, A value for n-person
    games); the parts sum to the effect of all together.

    Args:
        values: Outcomes by subset, shape (2**k, ...).

    Returns:
        Shape (k, ...).
    """
    k = policies_of(values)
    parts = []
    for policy in range(k):
        off = _without(k, policy)
        size = np.array([int(mask).bit_count() for mask in off])
        weight = np.array([factorial(n) * factorial(k - n - 1) for n in size]) / factorial(k)
        parts.append(np.tensordot(weight, values[off | 1 << policy] - values[off], axes=1))
    return np.stack(parts)


def pairs(k: int) -> list[tuple[int, int]]:
    """All pairs of k policies."""
    return list(combinations(range(k), 2))
