"""Cells of tables on pages: text, with what a reader who skims should notice."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from experiments.answer_numbers import COST
from experiments.comparison import LOWERS, RAISES
from experiments.outcomes import Outcome

NOT_KNOWN = "n/a"


@dataclass(frozen=True)
class Cell:
    """A cell.

    Attributes:
        text: What it says.
        more: What follows it, on a line of its own where there is no room.
        kind: "better", "worse", "changed", "still" or "" for how it is set apart.
        head: Whether it names its row.
        number: Whether it is set as a number.
    """

    text: str
    kind: str = ""
    head: bool = False
    number: bool = False
    more: str = ""


@dataclass(frozen=True)
class Table:
    """A table with its caption.

    Attributes:
        caption: What it shows.
        head: Names of the columns.
        rows: The rows; each has a cell per column.
        source: Table of the study that its numbers are from, which `commonweal figure` makes alone; "" for none.
    """

    caption: str
    head: Sequence[str]
    rows: list[list[Cell]] = field(default_factory=list)
    source: str = ""


def signed(text: str) -> str:
    """A number as it is set: with a true minus, and without a sign where all its digits are zero."""
    if not any(digit in text for digit in "123456789"):
        text = text.lstrip("+-")
    return text.replace("-", "−")


def number_cell(text: str, kind: str = "", more: str = "") -> Cell:
    """A cell with a number."""
    return Cell(signed(text), kind, number=True, more=more)


def effect_cell(item: Outcome, row: Any) -> Cell:
    """A cell with an effect and its interval, from a row of effects."""
    return number_cell(item.change(row.effect), kind_of(item, row.verdict), interval_text(item, row.low, row.high))


def name_cell(text: str) -> Cell:
    """A cell that names its row."""
    return Cell(text, head=True)


def kind_of(item: Outcome, verdict: str) -> str:
    """How a verdict is set apart: detectable for the better, for the worse, neither, or not detectable."""
    if verdict not in (RAISES, LOWERS):
        return "still"
    if item.name == COST:
        return "changed"  # what a policy costs is no outcome of it
    return {1: "better", -1: "worse", 0: "changed"}[item.good * (1 if verdict == RAISES else -1)]


def verdict_text(item: Outcome, verdict: str) -> str:
    """A verdict with its worth, such as "lowers (better)"."""
    kind = kind_of(item, verdict)
    return f"{verdict} ({kind})" if kind in ("better", "worse") else verdict


def interval_text(item: Outcome, low: float, high: float) -> str:
    """An interval in brackets, such as "(+0.10 to +0.52)"; empty where there is none."""
    if not math.isfinite(low) or not math.isfinite(high):
        return ""
    ends = [signed(item.change(end).removesuffix(" points").removesuffix(" min")) for end in (low, high)]
    return f"({ends[0]} to {ends[1]})"


def size_text(item: Outcome, size: float) -> str:
    """A size without sign, such as "0.25 points"."""
    return item.change(size).lstrip("+") if math.isfinite(size) else NOT_KNOWN
