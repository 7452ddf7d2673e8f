"""The page of a study: its answer, its pictures and its tables, each with the command that makes it alone."""

from __future__ import annotations

import math
import shlex
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from experiments.conductor import Findings
from experiments.outcomes import outcome
from experiments.report import environment, provenance_lines
from experiments.report_cells import NOT_KNOWN, Cell, Table, signed

#: Most rows of a table that a page shows.
MOST_ROWS = 400
#: Significant digits of numbers on a page; the files have all.
DIGITS = 4


def study_page(findings: Findings, folder: Path) -> str:
    """The page of a study.

    Args:
        findings: What it found.
        folder: Its folder as people know it, for the commands on the page.

    Returns:
        The page as HTML.
    """
    study, tables, manifest = findings.study, findings.tables, findings.manifest
    drawn = [replace(draw(), name=name) for name, draw in study.drawings(tables).items()]
    shown = {name: table for name, table in tables.items() if len(table) <= MOST_ROWS}
    return (
        environment()
        .get_template("study.html.j2")
        .render(
            title=study.title,
            region=manifest["region"]["title"],
            runs=len(manifest["runs"]),
            failed=manifest["failed"],
            sentences=study.sentences(tables),
            drawn=drawn,
            tables=[shown_table(name, table) for name, table in shown.items()],
            long=[(name, len(table)) for name, table in tables.items() if name not in shown],
            folder=shlex.quote(str(folder)),
            provenance=provenance_lines(manifest),
        )
    )


def shown_table(name: str, table: pd.DataFrame) -> Table:
    """A table as a page shows it, with outcomes under the names that people know.

    Args:
        name: Its name in the study.
        table: The table.
    """
    head = [str(column).replace("_", " ") for column in table.columns]
    rows = [
        [_cell(column, value, first=position == 0) for position, (column, value) in enumerate(row.items())]
        for row in table.to_dict(orient="records")
    ]
    return Table(name.replace("_", " ").capitalize(), head, rows, source=name)


def _cell(column: Any, value: Any, *, first: bool) -> Cell:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        text = "" if value is None else str(value)
        return Cell(outcome(text).label if column == "outcome" else text, head=first)
    if not math.isfinite(value):
        return Cell(NOT_KNOWN, number=True)
    text = f"{value:,}" if isinstance(value, int) else f"{value:,.{DIGITS}g}"
    if isinstance(value, float) and abs(value) >= 10**DIGITS:
        text = f"{value:,.0f}"
    return Cell(signed(text), number=True)
