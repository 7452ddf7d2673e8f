"""Random draws as pure functions of (seed, purpose, month, entity, index).

The generator is the counter-based Philox 4x32-10 (Salmon, Moraes, Dror and Shaw 2011, "Parallel
random numbers: as easy as 1, 2, 3"), checked in the tests against its published vectors. A draw
never depends on what else was drawn, so runs with and without a policy share all their luck.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray

#: Added to the month so that burn-in months, which are negative, fit the counter.
MONTH_OFFSET = 1024
#: Months from -1024 to 3071 fit 12 bits; indices below 2^20 fit the rest of the 32-bit word.
MONTH_LIMIT = 3071
INDEX_LIMIT = 1 << 20

_MASK = np.uint64(0xFFFFFFFF)
_M0 = np.uint64(0xD2511F53)
_M1 = np.uint64(0xCD9E8D57)
_W0 = np.uint64(0x9E3779B9)
_W1 = np.uint64(0xBB67AE85)
_32 = np.uint64(32)
_20 = np.uint64(20)
_5 = np.uint64(5)
_6 = np.uint64(6)


class Purpose(IntEnum):
    """What a draw is for; modules use the hundred that follows as sub-purposes."""

    DERIVE_ID = 100
    SYNTHESIS = 200
    LIFE = 300
    LABOUR = 400
    SKILLS = 500
    PLANS = 600
    PAY = 700
    SPENDING = 800
    OWNERSHIP = 900
    POLICY = 1000
    NETWORK = 1100
    MIGRATION = 1200


@njit(cache=True, inline="always")
def philox4x32(c0, c1, c2, c3, k0, k1):  # type: ignore[no-untyped-def]
    """Ten rounds of Philox 4x32 on a counter of four and a key of two 32-bit words.

    All arguments and results are uint64 that hold 32-bit values.
    """
    for _ in range(10):
        p0 = _M0 * c0
        p1 = _M1 * c2
        c0, c1, c2, c3 = (p1 >> _32) ^ c1 ^ k0, p1 & _MASK, (p0 >> _32) ^ c3 ^ k1, p0 & _MASK
        k0 = (k0 + _W0) & _MASK
        k1 = (k1 + _W1) & _MASK
    return c0, c1, c2, c3


@njit(cache=True, inline="always")
def block(seed, purpose, month, uid, index):  # type: ignore[no-untyped-def]
    """The four 32-bit words of one key, as uint64."""
    s = np.uint64(seed)
    u = np.uint64(uid)
    when = (np.uint64(month + MONTH_OFFSET) << _20) | np.uint64(index)
    return philox4x32(u & _MASK, u >> _32, when, np.uint64(purpose), s & _MASK, s >> _32)


@njit(cache=True, inline="always")
def bits64(seed, purpose, month, uid, index):  # type: ignore[no-untyped-def]
    """64 random bits."""
    a, b, _, _ = block(seed, purpose, month, uid, index)
    return (a << _32) | b


@njit(cache=True, inline="always")
def unit(a, b):  # type: ignore[no-untyped-def]
    """A number in [0, 1) with 53 bits from two 32-bit words (Matsumoto and Nishimura 1998)."""
    # By way of signed integers, which processors turn into floats many at a time.
    return (float(np.int64(a >> _5)) * 67108864.0 + float(np.int64(b >> _6))) / 9007199254740992.0


@njit(cache=True, inline="always")
def uniform(seed, purpose, month, uid, index):  # type: ignore[no-untyped-def]
    """A uniform number in [0, 1) with 53 bits."""
    a, b, _, _ = block(seed, purpose, month, uid, index)
    return unit(a, b)


@njit(cache=True)
def _uniforms(seed, purpose, month, uids, index):  # type: ignore[no-untyped-def]
    out = np.empty(uids.shape[0])
    for i in range(uids.shape[0]):
        out[i] = uniform(seed, purpose, month, uids[i], index)
    return out


@njit(cache=True)
def words_of(key, count, seed, purpose, month, index, word):  # type: ignore[no-untyped-def]
    """Random bits for the first keys listed.

    Kernels call this on many keys rather than draw themselves: what draws takes long to compile.

    Args:
        key: Identities, uint64, shape (n,).
        count: How many of them.
        seed: Seed of the run, uint64.
        purpose: What the draws are for.
        month: Tick.
        index: Index of each draw, int32, shape (n,).
        word: Takes the four 32-bit words of each, uint32, shape (4, n).
    """
    for i in range(count):
        a, b, c, d = block(seed, purpose, month, key[i], index[i])
        word[0, i], word[1, i], word[2, i], word[3, i] = a, b, c, d


@njit(cache=True)
def _box_muller(u, v):  # type: ignore[no-untyped-def]
    # Box and Muller (1958); 1 - u avoids log(0).
    for i in range(u.shape[0]):
        u[i] = np.sqrt(-2.0 * np.log(1.0 - u[i])) * np.cos(2.0 * np.pi * v[i])


class Draws:
    """Vectorised draws of one seed.

    Args:
        seed: 0 to 2^63 - 1.

    Raises:
        ValueError: The seed is out of range.
    """

    def __init__(self, seed: int) -> None:
        if not 0 <= seed < 2**63:
            raise ValueError("seed must be between 0 and 2^63 - 1")
        self.seed = np.uint64(seed)

    def uniform(self, purpose: int, month: int, uids: ArrayLike, index: int = 0) -> NDArray[np.float64]:
        """Uniform numbers in [0, 1), one per uid, shape (n,)."""
        return np.asarray(_uniforms(self.seed, *self._key(purpose, month, uids, index)))

    def pairs(
        self, purpose: int, month: int, uids: ArrayLike, index: int | NDArray[np.int64] = 0
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Two independent uniform numbers in [0, 1) per uid, shape (n,) each; one index for all, or one for each."""
        word = self.words(purpose, month, uids, index)
        first, second = (((a >> 5) * 67108864.0 + (b >> 6)) / 9007199254740992.0 for a, b in (word[:2], word[2:]))
        return first, second

    def words(
        self, purpose: int, month: int, uids: ArrayLike, index: int | NDArray[np.int64] = 0
    ) -> NDArray[np.uint32]:
        """Four 32-bit words of random bits per uid, shape (4, n)."""
        if isinstance(index, int):
            return self._words(*self._key(purpose, month, uids, index))
        purpose, month, uids, _ = self._key(purpose, month, uids, int(index.max(initial=0)))
        return self._words(purpose, month, uids, index)

    def _bits(self, purpose: int, month: int, uids: NDArray[np.uint64], index: int) -> NDArray[np.uint64]:
        word = self._words(purpose, month, uids, index)[:2].astype(np.uint64)
        return np.asarray((word[0] << _32) | word[1])

    def _words(self, purpose: int, month: int, uids: NDArray[np.uint64], index: Any) -> NDArray[np.uint32]:
        word = np.empty((4, uids.size), np.uint32)
        words_of(uids, uids.size, self.seed, purpose, month, np.full(uids.size, index, np.int32), word)
        return word

    def normal(self, purpose: int, month: int, uids: ArrayLike, index: int = 0) -> NDArray[np.float64]:
        """Standard normal numbers, one per uid, shape (n,)."""
        u, v = self.pairs(purpose, month, uids, index)
        _box_muller(u, v)
        return u

    def exponential(self, purpose: int, month: int, uids: ArrayLike, index: int = 0) -> NDArray[np.float64]:
        """Exponential numbers of mean one, one per uid, shape (n,)."""
        return -np.log1p(-self.uniform(purpose, month, uids, index))

    def integers(self, high: int, purpose: int, month: int, uids: ArrayLike, index: int = 0) -> NDArray[np.int64]:
        """Integers from 0 to high - 1, one per uid, shape (n,)."""
        return (self.uniform(purpose, month, uids, index) * high).astype(np.int64)

    def choice_cdf(
        self, cdf: NDArray[np.float64], purpose: int, month: int, uids: ArrayLike, index: int = 0
    ) -> NDArray[np.int64]:
        """Positions drawn from one cumulative distribution (its last entry is the total), shape (n,)."""
        marks = self.uniform(purpose, month, uids, index) * cdf[-1]
        return np.asarray(np.minimum(np.searchsorted(cdf, marks, side="right"), len(cdf) - 1))

    def bits64(self, purpose: int, month: int, uids: ArrayLike, index: int = 0) -> NDArray[np.uint64]:
        """64 random bits per uid, shape (n,)."""
        return self._bits(*self._key(purpose, month, uids, index))

    def derive_ids(self, purpose: int, month: int, parents: ArrayLike, index: int = 0) -> NDArray[np.uint64]:
        """Identities of new entities as a function of what created them, never 0, shape (n,)."""
        purpose, month, uids, index = self._key(purpose, month, parents, index)
        mixed = self._bits(int(Purpose.DERIVE_ID) * 65536 + purpose, month, uids, index)
        return np.asarray(np.maximum(mixed, np.uint64(1)))

    @staticmethod
    def _key(purpose: int, month: int, uids: ArrayLike, index: int) -> tuple[int, int, NDArray[np.uint64], int]:
        if not -MONTH_OFFSET <= month <= MONTH_LIMIT:
            raise ValueError(f"month must be between {-MONTH_OFFSET} and {MONTH_LIMIT}")
        if not 0 <= index < INDEX_LIMIT:
            raise ValueError(f"index must be between 0 and {INDEX_LIMIT - 1}")
        if not 0 <= purpose < 2**32:
            raise ValueError("purpose must fit 32 bits")
        return int(purpose), int(month), np.atleast_1d(np.asarray(uids, dtype=np.uint64)), int(index)
