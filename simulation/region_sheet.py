"""Sheets of a region pack: one CSV file, read, and checked against the schema and the other files."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import pandas as pd

from simulation.region_cells import BadCellError, cell_value, guess_column, listed
from simulation.region_schema import TABLES, Column, Table

ROW_TOLERANCE = 1e-6
"""How far from one the shares of a row may sum."""


class Sheet:
    """One CSV file while it is being checked.

    Args:
        path: The file.
        table: What it must hold; None for a file that no schema describes.

    Attributes:
        problems: What is wrong, one line each.
        rows: Number of each row that is not blank, as a spreadsheet shows it.
        values: Checked values by column; a column with a bad cell is left out.
    """

    def __init__(self, path: Path, table: Table | None) -> None:
        self.file = path.name
        self.path = path
        self.schema = table
        self.problems: list[str] = []
        self.header: list[str] = []
        self.rows: list[int] = []
        self.cells: dict[str, list[str]] = {}
        self.values: dict[str, list[Any]] = {}

    def problem(self, row: int | None, column: str | None, what: str, allowed: str) -> None:
        """Note a problem at a row (1 for the headings) and column."""
        place = self.file + (f", row {row}" if row is not None else "") + (f", column {column}" if column else "")
        self.problems.append(f"{place}: {what}; {allowed}")

    def frame(self) -> pd.DataFrame:
        """Return the checked values as a table."""
        return pd.DataFrame({name: self.values[name] for name in self.header if name in self.values})

    def read(self) -> None:
        """Read the file and check each column by itself."""
        if not self._split():
            return
        columns = self._columns()
        before = len(self.problems)
        for column in columns:
            self._column(column)
        if self.schema is None or len(self.problems) > before:
            return
        self._unique(self.schema.unique)
        for share in self.schema.shares:
            self._share(share.column, share.by, share.total, share.tolerance)
        self._ordered(self.schema.ordered)
        self._row_shares(self.schema.row_shares)

    def _split(self) -> bool:
        """Cut the file into cells. Returns whether it could be."""
        try:
            text = self.path.read_text(encoding="utf-8-sig")
        except UnicodeDecodeError as error:
            line = self.path.read_bytes()[: error.start].count(b"\n") + 1
            self.problem(line, None, "it is not UTF-8 text", "save the file as UTF-8")
            return False
        try:
            records = list(csv.reader(io.StringIO(text, newline=""), strict=True))
        except csv.Error as error:
            self.problem(
                None,
                None,
                f"it is not a CSV file ({error})",
                "cells are separated by commas, quotes come in pairs",
            )
            return False
        if not records or not any(cell.strip() for cell in records[0]):
            self.problem(1, None, "there are no headings", "row 1 holds the names of the columns")
            return False
        self.header = [cell.strip() for cell in records[0]]
        for name in sorted({name for name in self.header if self.header.count(name) > 1}):
            self.problem(1, name, "the heading comes twice", "each column has its own name")
            return False
        self.cells = {name: [] for name in self.header}
        for row, record in enumerate(records[1:], start=2):
            if not any(cell.strip() for cell in record):
                continue
            if len(record) != len(self.header):
                self.problem(row, None, f"it has {len(record)} cells", f"row 1 has {len(self.header)} headings")
                return False
            self.rows.append(row)
            for name, cell in zip(self.header, record, strict=True):
                self.cells[name].append(cell.strip())
        if not self.rows and not (self.schema is not None and self.schema.empty):
            self.problem(2, None, "there are no rows", "the file must hold at least one")
            return False
        return True

    def _columns(self) -> list[Column]:
        """Compare the headings with the schema. Returns the columns that can be checked."""
        if self.schema is None:
            if "source" not in self.header:
                self.problem(1, "source", "the column is missing", "every row says where it comes from, or assumed")
            return [guess_column(name, self.cells[name]) for name in self.header]
        known = {column.name: column for column in self.schema.columns}
        for column in self.schema.columns:
            if column.name not in self.header and not column.optional:
                self.problem(1, column.name, "the column is missing", f"the columns are {', '.join(known)}")
        columns = [known[name] for name in self.header if name in known]
        for name in self.header:
            if name in known:
                continue
            if self.schema.extra:
                columns.append(guess_column(name, self.cells[name]))
            else:
                self.problem(1, name or "(no heading)", "the column is unknown", f"the columns are {', '.join(known)}")
        return columns

    def _column(self, column: Column) -> None:
        """Check the cells of one column and keep their values."""
        values: list[Any] = []
        seen: dict[Any, int] = {}
        good = True
        for row, cell in zip(self.rows, self.cells[column.name], strict=True):
            try:
                value = cell_value(column, cell)
            except BadCellError as bad:
                self.problem(row, column.name, bad.what, bad.allowed)
                good = False
                continue
            if column.unique and value in seen:
                self.problem(row, column.name, f"{value} was in row {seen[value]} already", "each value comes once")
                good = False
            seen.setdefault(value, row)
            values.append(value)
        if good:
            self.values[column.name] = values

    def _unique(self, columns: tuple[str, ...]) -> None:
        if not columns:
            return
        seen: dict[tuple[Any, ...], int] = {}
        for k, row in enumerate(self.rows):
            key = tuple(self.values[name][k] for name in columns)
            if key in seen:
                what = f"{', '.join(map(str, key))} was in row {seen[key]} already"
                self.problem(row, columns[-1], what, f"{' and '.join(columns)} together come once")
            seen.setdefault(key, row)

    def _share(self, column: str, by: str, total: float, tolerance: float) -> None:
        first: dict[Any, int] = {}
        parts: dict[Any, list[float]] = {}
        for k, row in enumerate(self.rows):
            key = self.values[by][k] if by else ""
            first.setdefault(key, row)
            parts.setdefault(key, []).append(self.values[column][k])
        for key, numbers in parts.items():
            found = math.fsum(numbers)
            if abs(found - total) > tolerance:
                whose = f" of {key}" if by else ""
                self.problem(first[key], column, f"the values{whose} sum to {found:.6g}", f"they must sum to {total:g}")

    def _ordered(self, columns: tuple[str, ...]) -> None:
        for k, row in enumerate(self.rows):
            for left, right in pairwise(columns):
                if self.values[left][k] > self.values[right][k]:
                    what = f"{self.values[right][k]:g} is below {left} {self.values[left][k]:g}"
                    self.problem(row, right, what, f"the order is {' <= '.join(columns)}")
                    break

    def _row_shares(self, columns: tuple[str, ...]) -> None:
        for k, row in enumerate(self.rows if columns else []):
            found = math.fsum(self.values[name][k] for name in columns)
            if abs(found - 1.0) > ROW_TOLERANCE:
                what = f"{', '.join(columns)} sum to {found:.6g}"
                self.problem(row, columns[0], what, "they must sum to 1")

    def refer(self, sheets: Mapping[str, Sheet], settings: Mapping[str, Any]) -> None:
        """Check the values that must be found in another file."""
        if self.schema is None:
            return
        for column in self.schema.columns:
            if not column.refers or column.name not in self.values:
                continue
            found = _referred(column.refers, sheets, settings)
            if found is None:
                continue
            if not found:
                file = f"{column.refers.partition('.')[0]}.csv"
                what = f"{self.values[column.name][0]} should be in {file}, which is missing"
                self.problem(self.rows[0], column.name, what, f"add {file} or leave out {self.file}")
                continue
            allowed = [*found, *column.also]
            known = set(allowed)
            for row, value in zip(self.rows, self.values[column.name], strict=True):
                parts = value.split() if column.kind == "ids" else [value]
                for part in parts:
                    if part not in known and not (column.blank and part == ""):
                        what = f"{part} is not in {column.refers.replace('.', '.csv, column ', 1)}"
                        if column.refers == "settings.sectors":
                            what = f"{part} is not in region.toml, key sectors"
                        self.problem(row, column.name, what, f"allowed are {listed(allowed)}")
                        break
        for name in self.schema.complete:
            column = next(column for column in self.schema.columns if column.name == name)
            found = _referred(column.refers, sheets, settings)
            if found is None or name not in self.values:
                continue
            for value in found:
                if value not in self.values[name]:
                    self.problem(None, name, f"there is no row for {value}", f"each of {column.refers} has one")


def _referred(refers: str, sheets: Mapping[str, Sheet], settings: Mapping[str, Any]) -> list[str] | None:
    """Return the values a column refers to, in order and each once; None if they could not be read."""
    table, column = refers.split(".")
    if table == "settings":
        values = settings.get(column)
        return list(values) if isinstance(values, list) else None
    if table not in sheets:
        return None if any(known.name == table and known.required for known in TABLES) else []
    values = sheets[table].values.get(column)
    return None if values is None else list(dict.fromkeys(values))
