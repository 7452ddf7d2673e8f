"""A second record of every account of a book: what postings say it holds, and under which flow it last moved.

It is kept apart from the balances themselves, so that money which came or went under no posting shows, whether in
a month or between two.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

Pence = NDArray[np.int64]


@njit(cache=True)
def _apply(cash, expected, last_flow, sector, rows, pence, sign, flow, totals):  # type: ignore[no-untyped-def]
    """Move amounts on accounts; arrays of one entry stand for all. Returns whether every account exists."""
    if rows.shape[0] == 0:
        return True
    low, high = rows[0], rows[0]
    for i in range(rows.shape[0]):
        low = min(low, rows[i])
        high = max(high, rows[i])
    if low < 0 or high >= cash.shape[0]:
        return False
    each = pence.shape[0] > 1
    moved = 0
    for i in range(rows.shape[0]):
        row = rows[i]
        amount = pence[i] if each else pence[0]
        moved += amount
        cash[row] += sign * amount
        expected[row] += sign * amount
        last_flow[row] = flow
    if sector.shape[0] == 1:
        totals[flow, sector[0]] += moved
        return True
    for i in range(rows.shape[0]):
        totals[flow, sector[rows[i]]] += pence[i] if each else pence[0]
    return True


@njit(cache=True)
def _apply_change(cash, expected, last_flow, change, flow):  # type: ignore[no-untyped-def]
    """Move every account of a book by its change."""
    for i in range(change.shape[0]):
        cash[i] += change[i]
        expected[i] += change[i]
        last_flow[i] = flow if change[i] != 0 else last_flow[i]


class Record:
    """What the accounts of a book should hold.

    Args:
        cash: What they hold now, pence, shape (accounts,).

    Attributes:
        expected: What each should hold, pence; with room for accounts to come, which open at zero.
        last_flow: The flow that last moved each this month, -1 for none.
    """

    def __init__(self, cash: Pence) -> None:
        self.expected = cash.copy()
        self.last_flow = np.full(cash.shape[0], -1, np.int16)

    def forget_flows(self) -> None:
        """Begin a month in which no account has moved yet."""
        self.last_flow.fill(-1)

    def post(
        self,
        cash: Pence,
        sectors: NDArray[np.int8],
        rows: NDArray[np.int64],
        pence: Pence,
        sign: int,
        flow: int,
        totals: Pence,
    ) -> bool:
        """Move amounts on accounts and in the record; returns whether every account exists.

        Args:
            cash: The balances, shape (accounts,).
            sectors: Sector of each account, or one for all.
            rows: Accounts to move.
            pence: Amounts, or one for all.
            sign: 1 to receive, -1 to pay.
            flow: The flow.
            totals: Sums by flow and sector, to which the amounts are added.
        """
        self._grow(cash.shape[0])
        return bool(_apply(cash, self.expected, self.last_flow, sectors, rows, pence, sign, flow, totals))

    def change(self, cash: Pence, change: Pence, flow: int) -> None:
        """Move every account by its change, shape (accounts,), the last flow being this one."""
        self._grow(cash.shape[0])
        _apply_change(cash, self.expected, self.last_flow, change, flow)

    def first_gap(self, cash: Pence) -> tuple[int, int, int] | None:
        """The first account that holds something else: its row, by how many pence, and its last flow."""
        self._grow(cash.shape[0])
        expected = self.expected[: cash.shape[0]]
        if np.array_equal(cash, expected):
            return None
        row = int(np.argmax(cash != expected))
        return row, int(cash[row]) - int(expected[row]), int(self.last_flow[row])

    def _grow(self, accounts: int) -> None:
        missing = accounts - self.expected.shape[0]
        if missing > 0:
            # Room for more, as new accounts come every month.
            missing += accounts // 16
            self.expected = np.concatenate([self.expected, np.zeros(missing, np.int64)])
            self.last_flow = np.concatenate([self.last_flow, np.full(missing, -1, np.int16)])
