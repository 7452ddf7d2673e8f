"""A register of entities in the order of place and identity, from which others pick by chance.

Whoever is picked at a position is so the same in any run, whichever row holds the entity. Newcomers
are merged in; those who are gone stay until the register is tidied, and pickers pass over them.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from agents.compiling import within_kernels

Rows = NDArray[np.int64]
Uids = NDArray[np.uint64]


@within_kernels
def _copy(uid, row, start, end, to_uid, to_row, n):  # type: ignore[no-untyped-def]
    for k in range(end - start):
        to_uid[n + k] = uid[start + k]
    for k in range(end - start):
        to_row[n + k] = row[start + k]
    return n + end - start


@njit(cache=True)
def _merge(uid, row, first, new_uid, new_row, new_first, to_uid, to_row, to_first):  # type: ignore[no-untyped-def]
    """Merge newcomers cell by cell; whoever is registered there already is not entered twice."""
    n = i = 0
    for cell in range(first.shape[0] - 1):
        to_first[cell] = n + first[cell] - i
        end = first[cell + 1]
        for j in range(new_first[cell], new_first[cell + 1]):
            at, high = max(i, first[cell]), end
            while at < high:
                middle = (at + high) // 2
                if uid[middle] < new_uid[j]:
                    at = middle + 1
                else:
                    high = middle
            n = _copy(uid, row, i, at, to_uid, to_row, n)
            to_uid[n], to_row[n] = new_uid[j], new_row[j]
            n += 1
            i = at + 1 if at < end and uid[at] == new_uid[j] else at
    last = first[first.shape[0] - 1]
    n = _copy(uid, row, i, last, to_uid, to_row, n)
    to_first[first.shape[0] - 1] = n
    return n


@njit(cache=True)
def _tidy(uid, row, first, table_uid):  # type: ignore[no-untyped-def]
    n = start = 0
    for cell in range(first.shape[0] - 1):
        end = first[cell + 1]
        for i in range(start, end):
            if table_uid[row[i]] == uid[i]:
                uid[n], row[n] = uid[i], row[i]
                n += 1
        start = end
        first[cell + 1] = n
    return n


class Register:
    """Entities of a table by cell and identity.

    Args:
        table: Table that holds them.
        cells: Number of cells.

    Attributes:
        uid: Identities, ascending within each cell.
        row: Their rows; valid while the table's `uid` there is still the same.
        first: Position at which each cell begins, and the total, shape (cells + 1,).
    """

    def __init__(self, table: Any, cells: int) -> None:
        self._table = table
        self.uid: Uids = np.empty(0, np.uint64)
        self.row: NDArray[np.int32] = np.empty(0, np.int32)
        self.first = np.zeros(cells + 1, np.int64)
        # The arrays behind them, with room to grow, and those that the next merge writes into.
        self._uid, self._row = self._spare = (self.uid, self.row)

    def __len__(self) -> int:
        return int(self.uid.shape[0])

    def enter(self, rows: Rows, cell: Rows, *, tidy: bool = False) -> None:
        """Register living entities; those registered in the cell already stay as they are.

        Args:
            rows: Their rows, shape (n,).
            cell: Their cells, shape (n,).
            tidy: Whether to strike out those who are gone.
        """
        rows, cell = np.asarray(rows), np.asarray(cell).astype(np.int16)
        order = np.lexsort((self._table.uid[rows], cell))
        rows, cell = rows[order], cell[order]
        new_first = np.searchsorted(cell, np.arange(self.first.shape[0]))
        room = len(self) + rows.size
        if self._spare[0].shape[0] < room:
            size = room + room // 16
            self._spare = (np.empty(size, np.uint64), np.empty(size, np.int32))
        first = np.empty_like(self.first)
        to_uid, to_row = self._spare
        n = _merge(
            self._uid, self._row, self.first, self._table.uid[rows], rows.astype(np.int32), new_first, to_uid, to_row,
            first,
        )  # fmt: skip
        if tidy:
            n = _tidy(to_uid, to_row, first, self._table.uid)
        self._spare = (self._uid, self._row)
        self._uid, self._row, self.first = to_uid, to_row, first
        self.uid, self.row = to_uid[:n], to_row[:n]
