"""What the command line prints: tables and a progress bar for people, JSON for machines."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

#: Width of tables that go to a file or a pipe.
WIDTH = 180


def console(stderr: bool = False) -> Console:
    """A console on standard output or standard error; wide where it is not a terminal."""
    stream = sys.stderr if stderr else sys.stdout
    return Console(file=stream, width=None if stream.isatty() else WIDTH, highlight=False)


def show(
    title: str, columns: Sequence[str], rows: Sequence[Sequence[str | Text]], *, right: Sequence[int] = ()
) -> None:
    """Print a table.

    Args:
        title: Above it.
        columns: Headings.
        rows: Cells as they are printed.
        right: Positions of columns of numbers.
    """
    # As texts, brackets in names are no markup.
    table = Table(title=Text(title), title_justify="left", title_style="bold", header_style="bold")
    for position, column in enumerate(columns):
        table.add_column(Text(column), justify="right" if position in right else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell) if isinstance(cell, str) else cell for cell in row))
    console().print(table)


def say(text: str) -> None:
    """Print a line."""
    console().print(text, soft_wrap=True, markup=False)


def say_json(data: Any) -> None:
    """Print plain data as JSON."""
    from experiments.folders import plain

    sys.stdout.write(json.dumps(plain(data), indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def complain(text: str) -> None:
    """Print a line on standard error."""
    sys.stderr.write(text.rstrip("\n") + "\n")


@contextmanager
def working(what: str, *, silent: bool = False) -> Iterator[None]:
    """Say on standard error what is being done, while it is, where that is a terminal."""
    if silent or not sys.stderr.isatty():
        yield
        return
    with console(stderr=True).status(what):
        yield


@contextmanager
def progress_bar(what: str, total: int, *, silent: bool = False) -> Iterator[Callable[[], None]]:
    """A progress bar on standard error, where that is a terminal.

    Args:
        what: What is being done.
        total: Steps in all.
        silent: Show none.

    Yields:
        A function to call after each step.
    """
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        console=console(stderr=True),
        disable=silent or not sys.stderr.isatty(),
        transient=True,
    )
    with bar:
        task = bar.add_task(what, total=total)
        yield lambda: bar.advance(task)
