"""Who bids for a contract: kernels over the firms of its industry that are large enough for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numba import njit
from numpy.typing import NDArray

from agents.organisation_fields import Kind

if TYPE_CHECKING:
    from simulation.economy import Economy

Rows = NDArray[np.int64]

#: Firms whose draws are made in one go: a plain loop over a few kilobytes, which processors do many at a time.
BLOCK = 64


@dataclass(frozen=True)
class Market:
    """Firms that could bid, by industry and within it the largest first.

    Attributes:
        rows: Rows of firms, shape (n,).
        uids: Their identities, shape (n,).
        largest: Largest contract that each would take on, pounds a month, shape (n,).
        first: Where each industry begins, shape (industries + 1,).
    """

    rows: Rows
    uids: NDArray[np.uint64]
    largest: NDArray[np.float64]
    first: Rows


def market_for(economy: Economy, least: float) -> Market:
    """The firms that could take on a contract of at least some value, pounds a month."""
    orgs = economy.organisations
    capacity = (orgs.headcount + orgs.outside_workers) * orgs.output_per_worker
    largest = capacity * economy.assumptions["largest_contract_share"]
    rows = np.flatnonzero(orgs.alive & (orgs.kind == Kind.FIRM) & (largest >= least))
    rows = rows[np.argsort(-largest[rows])]
    rows = rows[np.argsort(orgs.industry[rows], kind="stable")]
    first = np.searchsorted(orgs.industry[rows], np.arange(economy.structure.count + 1))
    return Market(rows, orgs.uid[rows], largest[rows], first)


@njit(cache=True, inline="always")
def _able(largest, low, high, value):  # type: ignore[no-untyped-def]
    """End of the firms of an industry that could take on a contract: the largest come first."""
    while low < high:
        middle = (low + high) // 2
        if largest[middle] >= value:
            low = middle + 1
        else:
            high = middle
    return low


@njit(cache=True)
def scramble(word):  # type: ignore[no-untyped-def]
    """A 32-bit word scrambled, so that each bit of it moves every other (the finaliser of MurmurHash3)."""
    word = np.uint32(word ^ (word >> np.uint32(16)))
    word = np.uint32(word * np.uint32(0x85EBCA6B))
    word = np.uint32(word ^ (word >> np.uint32(13)))
    word = np.uint32(word * np.uint32(0xC2B2AE35))
    return np.uint32(word ^ (word >> np.uint32(16)))


def words(draws: NDArray[np.float64]) -> NDArray[np.uint32]:
    """Uniform draws in [0, 1) as 32-bit words."""
    return (draws * 2.0**32).astype(np.uint32)


@njit(cache=True)
def lowest_draws(contract, value, industry, rows, firm, largest, first, rate, most):  # type: ignore[no-untyped-def]
    """Firms that bid for each contract, those whose draws are lowest first.

    A firm bids when the lot is not too large for it, and then only sometimes: tendering costs effort. A
    buyer reads a handful of bids; the draw that decided who bids also decides whose come first. Pairs of
    firm and contract are many: their draws are scrambled from one of the firm and one of the contract.

    Args:
        contract: Draws of the contracts, 32-bit words, shape (n,).
        value: Their values, pounds a month, shape (n,).
        industry: Their industries, shape (n,).
        rows: Rows of firms as `Market` has them, shape (m,).
        firm: Draws of the firms, 32-bit words, shape (m,).
        largest: The largest contract that each would take on, descending within an industry, shape (m,).
        first: Where each industry begins, shape (industries + 1,).
        rate: Chance that a firm that could bid does.
        most: Bids that a buyer reads.

    Returns:
        Rows of bidders, -1 where there are fewer, shape (n, most).
    """
    found = np.empty((contract.shape[0], most), np.int64)
    draw, least = np.empty(BLOCK, np.uint32), np.empty(most, np.int64)
    for i in range(contract.shape[0]):
        for k in range(most):
            found[i, k] = -1
        start = first[industry[i]]
        stop = _able(largest, start, first[industry[i] + 1], value[i])
        # The greatest draw that still gets a firm among the bidders.
        count, mark = 0, np.int64(np.ceil(rate * 2.0**32)) - 1
        for begin in range(start, stop, BLOCK):
            size = min(BLOCK, stop - begin)
            near, own, lowest = firm[begin : begin + size], contract[i], np.uint32(0xFFFFFFFF)
            for j in range(size):
                draw[j] = scramble(near[j] ^ own)
                lowest = min(lowest, draw[j])
            if lowest > mark:
                continue
            for j in range(size):
                d = np.int64(draw[j])
                if d > mark:
                    continue
                row = rows[begin + j]
                # A tie goes to the lower row, as in a stable sort.
                if count == most and d == least[most - 1] and row > found[i, most - 1]:
                    continue
                k = min(count, most - 1)
                while k > 0 and (d < least[k - 1] or (d == least[k - 1] and row < found[i, k - 1])):
                    least[k], found[i, k] = least[k - 1], found[i, k - 1]
                    k -= 1
                least[k], found[i, k] = d, row
                count = min(count + 1, most)
                if count == most:
                    mark = least[most - 1]
    return found


@njit(cache=True)
def pick_able(pick, value, industry, rows, largest, first):  # type: ignore[no-untyped-def]
    """One of the firms that could take on each contract, all alike; -1 where there is none.

    Args:
        pick: Draws, shape (n,).
        value: Values of the contracts, pounds a month, shape (n,).
        industry: Their industries, shape (n,).
        rows: Rows of firms by industry, ascending within it, shape (m,).
        largest: The largest contract that each would take on, shape (m,).
        first: Where each industry begins, shape (industries + 1,).
    """
    chosen = np.empty(pick.shape[0], np.int64)
    for i in range(pick.shape[0]):
        chosen[i] = -1
        start, stop = first[industry[i]], first[industry[i] + 1]
        count = 0
        for j in range(start, stop):
            count += largest[j] >= value[i]
        left = int(pick[i] * count)
        for j in range(start, stop):
            if largest[j] >= value[i]:
                if left == 0:
                    chosen[i] = rows[j]
                    break
                left -= 1
    return chosen
