"""Official CSV files: headings found by their leading words, cells read as numbers, one clear line when that fails."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from experiments.errors import InputError

__all__ = ["Heading", "OfficialTable", "headings_of", "read_table"]

_NUMBER = re.compile(r"[+-]?((\d{1,3}(,\d{3})+|\d+)(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
#: No count of people, jobs or enterprises in the files is greater.
MOST = 1e9
#: What official files write for a figure that is suppressed or absent.
_BLANKS = frozenset({"", "-", "!", "*", "#", "..", ":", "~", "[c]", "[x]", "[u]", "na", "n/a"})


@dataclass(frozen=True)
class Heading:
    """One column that is looked for.

    Attributes:
        name: Our name of it.
        words: Leading words of the heading as it is published; any of them will do, the earlier the better.
        within: Whether the words may come anywhere in the heading.
        optional: Whether the column may be absent.
    """

    name: str
    words: tuple[str, ...]
    within: bool = False
    optional: bool = False

    def find(self, headings: Sequence[str]) -> str | None:
        """Return the heading that fits best: an equal one, else the shortest that starts with the words."""
        for wanted in map(_plain, self.words):
            pattern = re.compile(("" if self.within else "^") + re.escape(wanted) + r"(?!\w)")
            fits = [heading for heading in headings if pattern.search(_plain(heading))]
            if fits:
                return min(fits, key=lambda heading: (_plain(heading) != wanted, len(heading)))
        return None


def _plain(text: str) -> str:
    return re.sub(r"\s+", " ", text.strip().lower())


@dataclass(frozen=True)
class OfficialTable:
    """A file, its columns under our names.

    Attributes:
        file: Its name.
        frame: All cells as text; the index is the row less two, as a spreadsheet numbers rows.
        headings: The published heading of each of our names.
    """

    file: str
    frame: pd.DataFrame
    headings: dict[str, str]

    def __contains__(self, column: str) -> bool:
        return column in self.frame

    def refuse(self, row: int | None, column: str, what: str, allowed: str) -> InputError:
        """An error that names file, row and column. `row` is an index of the frame."""
        where = "" if row is None else f", row {row + 2}"
        return InputError(f"{self.file}{where}, column {self.headings.get(column, column)}: {what}; {allowed}")

    def keep(self, rows: pd.Series | np.ndarray) -> OfficialTable:
        """Return the table with some of its rows; they keep their row numbers."""
        return OfficialTable(self.file, self.frame[rows], self.headings)

    def numbers(
        self, column: str, *, low: float = 0.0, high: float = MOST, whole: bool = False, blank: bool = False
    ) -> pd.Series:
        """Read a column as numbers.

        Args:
            column: Our name of it.
            low: Least value allowed.
            high: Greatest value allowed; more than any count of official statistics unless given.
            whole: Whether only whole numbers are allowed.
            blank: Whether a cell may be suppressed or absent; it becomes nan.

        Returns:
            Numbers, with the index of the frame.

        Raises:
            InputError: A cell will not do.
        """
        noun = "a whole number" if whole else "a number"
        limit = f"at least {low:g} and at most {high:g}"
        allowed = f"{noun} {limit} is needed"
        values = np.empty(len(self.frame))
        for k, (row, cell) in enumerate(self.frame[column].items()):
            assert isinstance(row, int)
            text = str(cell).strip()
            if text.lower() in _BLANKS:
                if not blank:
                    raise self.refuse(row, column, f"{text or 'the cell'} is no figure", allowed)
                values[k] = np.nan
                continue
            if not _NUMBER.fullmatch(text):
                raise self.refuse(row, column, f"{text} is not a number", allowed)
            value = float(text.replace(",", ""))
            if not low <= value <= high or not math.isfinite(value) or (whole and value != math.floor(value)):
                raise self.refuse(row, column, f"{text} is not allowed", allowed)
            values[k] = value
        return pd.Series(values, index=self.frame.index)

    def once(self, columns: Sequence[str]) -> None:
        """Make sure that no combination of values comes twice.

        Raises:
            InputError: One does.
        """
        again = self.frame.duplicated(list(columns))
        if again.any():
            row = int(self.frame.index[np.flatnonzero(again)[0]])
            what = " ".join(str(self.frame.at[row, column]) for column in columns)
            raise self.refuse(row, columns[0], f"{what} comes twice", "each comes once")


def headings_of(path: Path) -> list[str]:
    """Return the headings of a CSV file; none if it has none."""
    try:
        return next(csv.reader(io.StringIO(_text(path))), [])
    except csv.Error:
        return []


def read_table(path: Path, headings: Sequence[Heading]) -> OfficialTable:
    """Read a CSV file.

    Args:
        path: The file.
        headings: The columns to look for; others are left out.

    Raises:
        InputError: It cannot be read, has no rows, or lacks a column.
    """
    names, rows = _cells(path)
    found: dict[str, str] = {}
    for heading in headings:
        match = heading.find(names)
        if match is not None:
            found[heading.name] = match
        elif not heading.optional:
            wanted = " or ".join(f"{words!r}" for words in heading.words)
            what = "contains" if heading.within else "starts with"
            raise InputError(
                f"{path.name}, column {heading.words[0]}: it is missing; needed is a heading that {what} {wanted}"
            )
    # Of headings that come twice the first counts.
    place = {name: names.index(match) for name, match in found.items()}
    frame = pd.DataFrame({name: [row[k].strip() for row in rows] for name, k in place.items()}, dtype=str)
    filled = (frame != "").any(axis=1)
    if not filled.any():
        raise InputError(f"{path.name}: it has no rows; allowed is a CSV file with headings in row 1 and rows below")
    return OfficialTable(path.name, frame[filled], found)


def _cells(path: Path) -> tuple[list[str], list[list[str]]]:
    """Headings and rows of a CSV file, every row as long as the headings; empty rows are filled up."""
    try:
        table = list(csv.reader(io.StringIO(_text(path))))
    except csv.Error as error:
        raise InputError(f"{path.name}: not a table ({error}); allowed is a CSV file with headings in row 1") from None
    names, rows = (table[0], table[1:]) if table else ([], [])
    for k, row in enumerate(rows):
        spare = row[len(names) :]
        if any(cell.strip() for cell in spare) or (len(row) < len(names) and any(cell.strip() for cell in row)):
            raise InputError(
                f"{path.name}, row {k + 2}: it has {len(row)} cells; allowed is one for each of {len(names)} headings"
            )
        rows[k] = row[: len(names)] + [""] * (len(names) - len(row))
    return names, rows


def _text(path: Path) -> str:
    """The text of a file: UTF-8, or Windows-1252 as spreadsheets save it."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); allowed is a CSV file") from None
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("cp1252", errors="replace")
    return text.replace("\r\n", "\n").replace("\r", "\n")
