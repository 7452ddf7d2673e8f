"""Struct-of-arrays tables: the one home of agent state.

Each agent kind is a `Table` whose fields are NumPy columns. A field says its type, unit, range and
meaning where it is declared, so that the declaration is the data dictionary. Rows are stable: a
removed row is blanked and reused later (lowest row first), so a row number held elsewhere stays
valid as long as its entity lives. Random draws never use row numbers; they use the `uid` column.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray


@dataclass(frozen=True)
class Field:
    """One column of a table.

    Attributes:
        name: Column name, also the attribute name on the agent.
        dtype: NumPy type of the column.
        unit: Unit in plain words ("pence", "months", "code", ...).
        doc: What the column means.
        low: Least allowed value, or None where there is no bound.
        high: Greatest allowed value, or None.
        default: Value of a new row.
        derived: Whether the column follows from the rest of the state and is kept only to save work.
    """

    name: str
    dtype: DTypeLike
    unit: str
    doc: str
    low: float | None = None
    high: float | None = None
    default: int | float = 0
    derived: bool = False


#: Fields that every table has, before its own.
COMMON_FIELDS = (
    Field("uid", np.uint64, "id", "Identity of the entity, a function of what created it; keys its draws"),
    Field("alive", np.bool_, "flag", "Whether the row holds a living entity"),
)


def distinct(rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Rows ascending and each once, shape (m,) with m <= n; for short lists quicker than a hash of them."""
    rows = np.sort(rows)
    return rows[np.concatenate([[True], rows[1:] != rows[:-1]])] if rows.size else rows


def _blank(size: int, field: Field) -> NDArray[Any]:
    """A column of new rows."""
    # Fresh zeros take no time until they are used.
    return np.zeros(size, field.dtype) if field.default == 0 else np.full(size, field.default, field.dtype)


class Table:
    """A growing struct of arrays.

    Columns are read as attributes (``persons.wage``) and are views of length `n_rows`, dead rows
    included; select living rows with `rows()` or the `alive` column. Views go stale when rows are
    added, so fetch them anew in each phase.

    Args:
        name: Name of the table, for messages.
        fields: Declared columns; `uid` and `alive` are added.
        capacity: Rows to reserve.
    """

    def __init__(self, name: str, fields: Iterable[Field], capacity: int = 64) -> None:
        declared = (*COMMON_FIELDS, *fields)
        names = [field.name for field in declared]
        if len(set(names)) != len(names):
            raise ValueError(f"table {name}: a field is declared twice")
        self.name = name
        self.fields: dict[str, Field] = {field.name: field for field in declared}
        self.n_rows = 0
        #: Additions and removals so far, for whoever keeps lists of rows.
        self.changes = 0
        self._data: dict[str, NDArray[Any]] = {field.name: _blank(max(capacity, 1), field) for field in declared}
        #: Blank rows, ascending.
        self._free: NDArray[np.int64] = np.empty(0, np.int64)
        self._show()

    def _show(self) -> None:
        """Make each column an attribute: a view of the rows in use, so that reading one costs nothing."""
        for name, column in self._data.items():
            self.__dict__[name] = column[: self.n_rows]

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name not in self._data}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._show()

    def __getattr__(self, name: str) -> NDArray[Any]:
        # Columns are ordinary attributes, see `_show`; only what is missing comes here.
        raise AttributeError(f"no column or attribute {name!r}")

    def __setattr__(self, name: str, value: Any) -> None:
        data = self.__dict__.get("_data")
        if data is not None and name in data:
            data[name][: self.n_rows] = value
        else:
            object.__setattr__(self, name, value)

    def __len__(self) -> int:
        return int(np.count_nonzero(self.alive))

    @property
    def capacity(self) -> int:
        """Rows reserved in memory."""
        return int(self._data["uid"].shape[0])

    @property
    def nbytes(self) -> int:
        """Bytes held by all columns."""
        return sum(column.nbytes for column in self._data.values())

    def rows(self) -> NDArray[np.int64]:
        """Rows of living entities, ascending, shape (len(self),)."""
        return np.flatnonzero(self.alive)

    def add(self, uids: NDArray[np.uint64], **values: Any) -> NDArray[np.int64]:
        """Add one row per uid.

        Args:
            uids: Identities of the new entities, shape (n,).
            **values: Column values, scalars or arrays of shape (n,); others take the field's default.

        Returns:
            The rows that the new entities took, shape (n,), in the order of `uids`.

        Raises:
            KeyError: A value names no column.
            ValueError: A value is neither a scalar nor of shape (n,).
        """
        unknown = sorted(set(values) - set(self.fields))
        if unknown:
            raise KeyError(f"table {self.name} has no column {unknown[0]!r}")
        uids = np.asarray(uids, dtype=np.uint64)
        count = int(uids.shape[0])
        # Before any row is taken, so that a refused addition changes nothing.
        for name, value in values.items():
            if np.shape(value) not in ((), (count,)):
                raise ValueError(f"table {self.name}: column {name!r} has shape {np.shape(value)}, not ({count},)")
        reused, self._free = self._free[:count], self._free[count:]
        fresh = count - int(reused.shape[0])
        rows = np.concatenate([reused, np.arange(self.n_rows, self.n_rows + fresh)])
        self._reserve(self.n_rows + fresh)
        self.n_rows += fresh
        if fresh:
            self._show()
        for field in self.fields.values():
            self._data[field.name][rows] = values.get(field.name, field.default)
        self.changes += 1
        self._data["uid"][rows] = uids
        self._data["alive"][rows] = True
        return rows

    def remove(self, rows: NDArray[np.int64]) -> None:
        """Blank the rows and free them for reuse.

        Raises:
            ValueError: A row is not alive.
        """
        rows = distinct(np.asarray(rows, dtype=np.int64))
        if rows.size == 0:
            return
        if rows[0] < 0 or rows[-1] >= self.n_rows or not self._data["alive"][rows].all():
            raise ValueError(f"table {self.name}: removing a row that is not alive")
        for field in self.fields.values():
            self._data[field.name][rows] = field.default
        self.changes += 1
        self._free = np.sort(np.concatenate([self._free, rows]))

    def snapshot(self) -> dict[str, NDArray[Any]]:
        """Copies of all columns, living rows only, by name."""
        rows = self.rows()
        return {name: self._data[name][rows].copy() for name in self.fields}

    def out_of_range(self) -> Mapping[str, int]:
        """Number of living rows outside the declared range, by column (only columns with any)."""
        rows = self.rows()
        found: dict[str, int] = {}
        for field in self.fields.values():
            column = self._data[field.name][rows]
            bad = np.zeros(rows.shape, dtype=bool)
            if field.low is not None:
                bad |= column < field.low
            if field.high is not None:
                bad |= column > field.high
            if np.issubdtype(column.dtype, np.floating):
                bad |= ~np.isfinite(column)
            if bad.any():
                found[field.name] = int(bad.sum())
        return found

    def _reserve(self, needed: int) -> None:
        if needed <= self.capacity:
            return
        size = max(needed, self.capacity + self.capacity // 2)
        for field in self.fields.values():
            grown = _blank(size, field)
            grown[: self.n_rows] = self._data[field.name][: self.n_rows]
            self._data[field.name] = grown
