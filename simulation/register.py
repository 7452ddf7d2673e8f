"""A register of entities in the order of place and identity, from which others pick by chance.

Whoever is picked at a position is so the same in any run, whichever row holds the entity. Newcomers
are merged in; those who are gone stay until the register is tidied, and pickers pass over them.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

Rows = NDArray[np.int64]
Uids = NDArray[np.uint64]


@njit(cache=True)
def _enter(uid, row, first, new_uid, new_row, new_first, at):  # type: ignore[no-untyped-def]
    """Enter newcomers cell by cell where there is room at the end; who is registered there already is not entered
    twice. `at` is filled with the positions before which newcomers go.
    """
    entered = 0
    for cell in range(first.shape[0] - 1):
        low, end = first[cell], first[cell + 1]
        first[cell] += entered
        for j in range(new_first[cell], new_first[cell + 1]):
            high = end
            while low < high:
                middle = (low + high) >> 1
                if uid[middle] < new_uid[j]:
                    low = middle + 1
                else:
                    high = middle
            if low < end and uid[low] == new_uid[j]:
                row[low] = new_row[j]
            else:
                at[entered], new_uid[entered], new_row[entered] = low, new_uid[j], new_row[j]
                entered += 1
    end = first[first.shape[0] - 1]
    first[first.shape[0] - 1] += entered
    # From the end, so that nobody is written over who has not moved up yet.
    for j in range(entered - 1, -1, -1):
        for k in range(end - 1, at[j] - 1, -1):
            uid[k + j + 1] = uid[k]
        for k in range(end - 1, at[j] - 1, -1):
            row[k + j + 1] = row[k]
        end = at[j]
        uid[end + j], row[end + j] = new_uid[j], new_row[j]
    return first[first.shape[0] - 1]


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
        # The arrays behind them, with room to grow.
        self._uid, self._row = self.uid, self.row

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
        if self._uid.shape[0] < room:
            more = room + room // 16 - len(self)
            self._uid = np.concatenate([self.uid, np.empty(more, np.uint64)])
            self._row = np.concatenate([self.row, np.empty(more, np.int32)])
        n = _enter(
            self._uid, self._row, self.first, self._table.uid[rows], rows.astype(np.int32), new_first,
            np.empty(rows.size, np.int64),
        )  # fmt: skip
        if tidy:
            n = _tidy(self._uid, self._row, self.first, self._table.uid)
        self.uid, self.row = self._uid[:n], self._row[:n]
