"""Luck: random numbers that are a pure function of seed, purpose, month, entity and index.

Philox 4x32-10 (Salmon, Moraes, Dror and Shaw 2011) once more, from the paper, in plain integers.
"""

from __future__ import annotations

import math
from enum import IntEnum

WORD = 0xFFFFFFFF
UID = 0xFFFFFFFFFFFFFFFF
#: Multipliers of the two halves of a block, and what each round adds to the two halves of the key.
MULTIPLIERS = (0xD2511F53, 0xCD9E8D57)
KEY_STEPS = (0x9E3779B9, 0xBB67AE85)
ROUNDS = 10
#: Added to the month, so that months before the start fit the counter.
MONTH_OFFSET = 1024
#: Purpose under which identities of new entities are drawn.
IDENTITY = 100


class For(IntEnum):
    """What a draw is for."""

    LANDLORD = 0
    OPERATOR = 1
    OCCASION = 401
    LAYOFF = 402
    DECISION = 403
    POST = 405
    HOURS = 406
    SECURE = 407
    OUTSIDE = 408
    SEARCH = 410
    CHOICE = 411
    PRIORITY = 412
    REFERRAL = 413
    BID = 821
    COST = 822
    SCOPE = 824
    SPLIT = 825
    SUPPLIER = 1120
    REWIRE = 1121


class Occasion(IntEnum):
    """The word of For.OCCASION that decides on each."""

    LEAVE = 0
    LOOK = 1
    THINK = 2


def philox(counter: tuple[int, int, int, int], key: tuple[int, int]) -> tuple[int, int, int, int]:
    """Four random 32-bit words from a counter of four words and a key of two."""
    c0, c1, c2, c3 = counter
    k0, k1 = key
    for _ in range(ROUNDS):
        first = MULTIPLIERS[0] * c0
        second = MULTIPLIERS[1] * c2
        c0, c1, c2, c3 = (second >> 32) ^ c1 ^ k0, second & WORD, (first >> 32) ^ c3 ^ k1, first & WORD
        k0 = (k0 + KEY_STEPS[0]) & WORD
        k1 = (k1 + KEY_STEPS[1]) & WORD
    return c0, c1, c2, c3


def unit(high: int, low: int) -> float:
    """A number from 0 to under 1 with 53 bits, from two words."""
    return ((high >> 5) * 67108864 + (low >> 6)) / 9007199254740992.0


class Luck:
    """All the luck of one month.

    Args:
        seed: Seed of the run.
        month: Month of the run.
    """

    def __init__(self, seed: int, month: int) -> None:
        self.seed = seed
        self.month = month

    def words(self, purpose: int, uid: int, index: int = 0, month: int | None = None) -> tuple[int, int, int, int]:
        """The block of random words that belongs to one entity, purpose and index."""
        when = self.month if month is None else month
        uid &= UID
        counter = (uid & WORD, uid >> 32, ((when + MONTH_OFFSET) << 20) | index, int(purpose))
        return philox(counter, (self.seed & WORD, self.seed >> 32))

    def uniform(self, purpose: int, uid: int, index: int = 0, month: int | None = None) -> float:
        """A number from 0 to under 1. Luck that lasts for life is drawn for month 0."""
        high, low, _, _ = self.words(purpose, uid, index, month)
        return unit(high, low)

    def short(self, purpose: int, uid: int, word: int) -> float:
        """A number from 0 to under 1 with 32 bits, from one word of a block."""
        return self.words(purpose, uid)[word] / (WORD + 1)

    def of_pair(self, purpose: int, one: int, other: int) -> float:
        """A number from 0 to under 1 that belongs to two entities (the finaliser of MurmurHash3, Appleby 2016)."""
        word = int(self.uniform(purpose, one) * 2.0**32) ^ int(self.uniform(purpose, other) * 2.0**32)
        word = (word ^ (word >> 16)) * 0x85EBCA6B & WORD
        word = (word ^ (word >> 13)) * 0xC2B2AE35 & WORD
        return (word ^ (word >> 16)) / 2.0**32

    def normal(self, purpose: int, uid: int, index: int = 0) -> float:
        """A standard normal number (Box and Muller 1958)."""
        a, b, c, d = self.words(purpose, uid, index)
        return math.sqrt(-2.0 * math.log(1.0 - unit(a, b))) * math.cos(2.0 * math.pi * unit(c, d))

    def identity(self, purpose: int, parent: int) -> int:
        """Identity of something new, a function of what created it; never 0."""
        high, low, _, _ = self.words(IDENTITY * 65536 + purpose, parent)
        return max((high << 32) | low, 1)
