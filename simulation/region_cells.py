"""Cells of a region pack: what each column allows, and what is said of a cell that will not do."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from datetime import date
from typing import Any

from simulation.region_schema import Column

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_INTEGER = re.compile(r"[+-]?\d+", re.ASCII)
_MONTH_LENGTH = len("2019-04")
_MOST_NAMED = 8
"""How many allowed values an error message lists before it says how many more there are."""


class BadCellError(Exception):
    """A cell that will not do."""

    def __init__(self, what: str, allowed: str) -> None:
        super().__init__(what)
        self.what = what
        self.allowed = allowed


def cell_value(column: Column, cell: str) -> Any:
    """Turn a cell into its value.

    Raises:
        BadCellError: The column does not allow it; the error says what is wrong and what is allowed.
    """
    if cell == "":
        if column.blank:
            return float("nan") if column.kind in ("int", "number") else ""
        raise BadCellError("the cell is empty", _allowed(column))
    if column.kind in ("int", "number"):
        return _number(column, cell)
    if column.kind == "date":
        try:
            if not re.fullmatch(r"\d{4}-\d{2}(-\d{2})?", cell, re.ASCII):
                raise ValueError
            date.fromisoformat(cell if len(cell) > _MONTH_LENGTH else f"{cell}-01")
        except ValueError:
            raise BadCellError(f"{cell} is not a date", _allowed(column)) from None
    if column.kind == "ids" and len(cell.split()) < 2:
        raise BadCellError(f"{cell} is only one", "at least two, separated by spaces")
    if column.allowed and cell not in column.allowed:
        raise BadCellError(f"{cell} is unknown", _allowed(column))
    return cell


def _number(column: Column, cell: str) -> int | float:
    """Turn a cell into a finite number inside its range."""
    if column.kind == "int" and _INTEGER.fullmatch(cell):
        value: int | float = int(cell)
        if abs(value) >= 2**63:
            raise BadCellError(f"{cell} is too large", _allowed(column))
    elif column.kind == "number" and _NUMBER.fullmatch(cell):
        value = float(cell)
        if not math.isfinite(value):
            raise BadCellError(f"{cell} is too large", _allowed(column))
    else:
        raise BadCellError(
            f"{cell} is not a {'whole number' if column.kind == 'int' else 'finite number'}", _allowed(column)
        )
    if column.low is not None and value < column.low:
        raise BadCellError(f"{cell} is too small", _allowed(column))
    if column.above is not None and value <= column.above:
        raise BadCellError(f"{cell} is too small", _allowed(column))
    if column.high is not None and value > column.high:
        raise BadCellError(f"{cell} is too large", _allowed(column))
    return value


def _allowed(column: Column) -> str:
    """Say in words what a column allows."""
    if column.allowed:
        return f"allowed are {listed(column.allowed)}"
    if column.kind == "date":
        return "a date is written as 2019-04 or 2019-04-06"
    if column.kind not in ("int", "number"):
        return "a text is needed"
    noun = "a whole number" if column.kind == "int" else "a finite number"
    limits = [
        text
        for text in (
            f"at least {column.low:g}" if column.low is not None else "",
            f"above {column.above:g}" if column.above is not None else "",
            f"at most {column.high:g}" if column.high is not None else "",
        )
        if text
    ]
    return f"{noun}{' ' if limits else ''}{' and '.join(limits)} is needed"


def listed(names: Iterable[str]) -> str:
    """Name the first few of many."""
    names = list(dict.fromkeys(names))
    more = len(names) - _MOST_NAMED
    return ", ".join(names[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def guess_column(name: str, cells: list[str]) -> Column:
    """Describe a column that no schema describes: numbers if every cell that is filled is one, else text."""
    filled = [cell for cell in cells if cell]
    blank = len(filled) < len(cells) and name != "source"
    numeric = filled and all(
        _NUMBER.fullmatch(cell) or cell.lower().lstrip("+-") in ("nan", "inf", "infinity") for cell in filled
    )
    if numeric and all(_INTEGER.fullmatch(cell) for cell in filled) and not blank:
        return Column(name, "int")
    return Column(name, "number" if numeric else "text", blank=blank)
