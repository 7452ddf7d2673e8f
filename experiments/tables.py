"""Tables of results, and how they are written so that equal tables are equal files."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path

import pandas as pd
import pyarrow as pa

from experiments.errors import InputError

#: Tables by name.
Tables = dict[str, pd.DataFrame]
#: Rows above which a table is for machines: Parquet rather than CSV.
MOST_CSV_ROWS = 20_000
#: Tables that are long except in the smallest of runs.
ALWAYS_PARQUET = ("indicators", "breakdowns")
#: Columns that are texts even where they look like numbers or are empty.
TEXTS = ("group", "note", "arm", "outcome", "reading", "channel")


def csv_bytes(table: pd.DataFrame) -> bytes:
    """A table as CSV."""
    return table.to_csv(index=False, lineterminator="\n").encode()


def parquet_bytes(table: pd.DataFrame) -> bytes:
    """A table as Parquet."""
    buffer = io.BytesIO()
    table.to_parquet(buffer, index=False)
    return buffer.getvalue()


def write_tables(tables: Mapping[str, pd.DataFrame], folder: Path) -> None:
    """Write tables, each as `NAME.csv`, or as `NAME.parquet` where it is long."""
    for name, table in tables.items():
        suffix, content = table_file(name, table)
        (folder / f"{name}{suffix}").write_bytes(content)


def table_file(name: str, table: pd.DataFrame) -> tuple[str, bytes]:
    """Ending and content of the file of a table."""
    if len(table) > MOST_CSV_ROWS or name in ALWAYS_PARQUET:
        return ".parquet", parquet_bytes(table)
    return ".csv", csv_bytes(table)


def read_tables(names: list[str], folder: Path) -> Tables:
    """Read tables back.

    Raises:
        InputError: One is missing or cannot be read.
    """
    return {name: _read(name, folder) for name in names}


def _read(name: str, folder: Path) -> pd.DataFrame:
    parquet, csv = folder / f"{name}.parquet", folder / f"{name}.csv"
    path = parquet if parquet.exists() else csv
    try:
        if path == parquet:
            return pd.read_parquet(path)
        head = pd.read_csv(path, nrows=0).columns
        texts = [column for column in TEXTS if column in head]
        table = pd.read_csv(path, dtype=dict.fromkeys(texts, str))
        return table.fillna(dict.fromkeys(texts, ""))
    except (OSError, ValueError, pa.ArrowException):
        raise InputError(f"{path}: cannot be read; allowed is a folder that `commonweal` wrote") from None
