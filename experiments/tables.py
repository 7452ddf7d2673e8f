"""Tables of results, and how they are written so that equal tables are equal files."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd
import pyarrow as pa

from experiments.errors import InputError
from experiments.folders import MANIFEST

#: Tables by name.
Tables = dict[str, pd.DataFrame]
#: Rows above which a table is for machines: Parquet rather than CSV.
MOST_CSV_ROWS = 20_000
#: Tables that are long except in the smallest of runs.
ALWAYS_PARQUET = ("indicators", "breakdowns")
#: Columns that are texts even where they look like numbers or are empty.
TEXTS = ("group", "note", "arm", "outcome", "reading", "channel", "why")


def csv_bytes(table: pd.DataFrame) -> bytes:
    """A table as CSV."""
    return table.to_csv(index=False, lineterminator="\n").encode()


def parquet_bytes(table: pd.DataFrame) -> bytes:
    """A table as Parquet."""
    buffer = io.BytesIO()
    table.to_parquet(buffer, index=False)
    return buffer.getvalue()


def write_tables(tables: Mapping[str, pd.DataFrame], folder: Path) -> dict[str, str]:
    """Write tables, each as `NAME.csv`, or as `NAME.parquet` where it is long.

    Returns:
        SHA-256 of each file by its name, by which `read_tables` knows it again.
    """
    hashes = {}
    for name, table in tables.items():
        suffix, content = table_file(name, table)
        (folder / f"{name}{suffix}").write_bytes(content)
        hashes[f"{name}{suffix}"] = hashlib.sha256(content).hexdigest()
    return hashes


def table_file(name: str, table: pd.DataFrame) -> tuple[str, bytes]:
    """Ending and content of the file of a table."""
    if len(table) > MOST_CSV_ROWS or name in ALWAYS_PARQUET:
        return ".parquet", parquet_bytes(table)
    return ".csv", csv_bytes(table)


def read_tables(names: Sequence[str], folder: Path, hashes: Mapping[str, str]) -> Tables:
    """Read tables back.

    Args:
        names: Which ones.
        folder: Where they are.
        hashes: As `write_tables` gave them.

    Raises:
        InputError: One is missing, cannot be read or is not as it was written.
    """
    return {name: _read(name, folder, hashes) for name in names}


def _read(name: str, folder: Path, hashes: Mapping[str, str]) -> pd.DataFrame:
    parquet, csv = f"{name}.parquet", f"{name}.csv"
    path = folder / (parquet if parquet in hashes else csv)
    try:
        content = path.read_bytes()
        if hashlib.sha256(content).hexdigest() != hashes.get(path.name):
            raise InputError(f"{path}: is not as it was written; allowed is what {MANIFEST} has the SHA-256 of")
        if path.name == parquet:
            return pd.read_parquet(io.BytesIO(content))
        head = pd.read_csv(io.BytesIO(content), nrows=0).columns
        texts = [column for column in TEXTS if column in head]
        # Only what is empty is missing: a scenario may be named "NA".
        table: pd.DataFrame = pd.read_csv(
            io.BytesIO(content), dtype=dict.fromkeys(texts, str), keep_default_na=False, na_values=[""]
        )
        return table.fillna(dict.fromkeys(texts, ""))
    except InputError:
        raise
    except (OSError, ValueError, pa.ArrowException):
        raise InputError(f"{path}: cannot be read; allowed is a folder that `commonweal` wrote") from None
