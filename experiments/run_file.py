"""The file of one run: Parquet, its tables in long form, all else in the file's metadata.

The bytes depend on nothing but the run, so that a run done again gives the same file.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from experiments.provenance import versions
from experiments.records import RunResult
from experiments.run_key import FORM, model_version
from experiments.scenario_records import scenario_from, scenario_to

#: Dimension and group under which the indicators of the whole region stand.
REGION, EVERYONE = "region", "all"
COLUMNS = ("month", "dimension", "group", "outcome", "value")
_KEY = "commonweal"
_TEXT = pa.dictionary(pa.int32(), pa.string())
_SCHEMA = pa.schema([*(pa.field(name, _TEXT) for name in COLUMNS[:-1]), pa.field("value", pa.float64())])


class DamagedFileError(ValueError):
    """A file that is not the whole record of a run."""


@dataclass(frozen=True)
class Facts:
    """What a run's file says beside its tables.

    Attributes:
        key: Key of the run.
        record: Scenario, digest, ledger, headings, assumptions, code and versions, as plain data.
    """

    key: str
    record: dict[str, Any]


def encode(result: RunResult, key: str, pack: str) -> bytes:
    """The file of a run.

    Args:
        result: Its records.
        key: Its key.
        pack: Hash of its region pack.

    Returns:
        Parquet: the first row group holds the indicators, outcome by outcome, the second the breakdowns.
    """
    months, names = result.indicators["month"], [name for name in result.indicators.columns if name != "month"]
    n = len(months)
    indicators = pd.DataFrame(
        {
            "month": np.tile(months.to_numpy(dtype=object), len(names)),
            "dimension": REGION,
            "group": EVERYONE,
            "outcome": np.repeat(np.array(names, dtype=object), n),
            "value": result.indicators[names].to_numpy(dtype=np.float64).T.ravel(),
        }
    )
    record = {
        "key": key,
        "form": FORM,
        # The name is the design's affair: the same run may stand in many designs.
        "scenario": scenario_to(result.scenario.with_(name="run")),
        "pack": pack,
        "code": model_version(),
        "versions": {name: text for name, text in versions().items() if name != "platform"},
        "digest": result.digest,
        "months_closed": result.months_closed,
        "payments_pence": result.payments,
        "discrepancy_pence": result.discrepancy,
        "headings_pounds": result.headings,
        "assumptions": list(result.assumptions),
    }
    groups = [_arrow(table) for table in (indicators, result.breakdowns)]
    record["tables"] = [_table_hash(group) for group in groups]
    sealed = json.dumps(record | {"seal": _seal(record)}, sort_keys=True)
    buffer = io.BytesIO()
    with pq.ParquetWriter(buffer, _SCHEMA, compression="zstd", write_page_checksum=True, store_schema=False) as writer:
        writer.add_key_value_metadata({_KEY: sealed})
        for group in groups:
            writer.write_table(group, row_group_size=max(len(group), 1))
    return buffer.getvalue()


def _arrow(table: pd.DataFrame) -> pa.Table:
    """A table in long form as it goes into the file."""
    columns = [pa.array(table[name].to_numpy(dtype=object)).dictionary_encode() for name in COLUMNS[:-1]]
    # Not-a-number stays a number's absence as the model wrote it, not a null.
    columns.append(pa.array(table["value"].to_numpy(dtype=np.float64), from_pandas=False))
    arrays = [column.cast(field.type) for column, field in zip(columns, _SCHEMA, strict=True)]
    return pa.Table.from_arrays(arrays, schema=_SCHEMA)


@contextmanager
def _readable() -> Iterator[None]:
    """Whatever goes wrong in here is the file's fault."""
    try:
        yield
    except DamagedFileError:
        raise
    except (pa.ArrowException, OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise DamagedFileError((str(error) or type(error).__name__).splitlines()[0]) from None


def facts(source: bytes | Path) -> Facts:
    """What a run's file says beside its tables.

    Args:
        source: Content of the file, or its place, where only its end is read.

    Raises:
        DamagedFileError: The file is not whole, or not of a run.
    """
    with _readable():
        metadata = pq.read_metadata(source if isinstance(source, Path) else pa.BufferReader(source)).metadata
        record = json.loads(metadata[_KEY.encode()])
        if record.pop("seal") != _seal(record):
            raise DamagedFileError("the metadata do not match their seal")
        return Facts(record["key"], record)


def decode(content: bytes) -> RunResult:
    """The records of a run from its file.

    Raises:
        DamagedFileError: The file is not whole, or not of a run.
    """
    with _readable():
        record = facts(content).record
        breakdowns = _group(content, 1, record).to_pandas().astype({name: "str" for name in COLUMNS[:-1]})
        return RunResult(
            scenario=scenario_from("run", record["scenario"]),
            indicators=_wide(_group(content, 0, record)),
            breakdowns=breakdowns,
            headings=record["headings_pounds"],
            digest=record["digest"],
            months_closed=record["months_closed"],
            payments=record["payments_pence"],
            discrepancy=record["discrepancy_pence"],
            assumptions=tuple(record["assumptions"]),
        )


def read_indicators(content: bytes) -> pd.DataFrame:
    """The indicators of a run from its file, a row a month.

    Raises:
        DamagedFileError: The file is not whole, or not of a run.
    """
    with _readable():
        return _wide(_group(content, 0, facts(content).record))


def _wide(table: pa.Table) -> pd.DataFrame:
    """Indicators in long form as a row a month."""
    names = pc.unique(table.column("outcome")).to_pylist()
    values = table.column("value").to_numpy().reshape(len(names), -1)
    frame = pd.DataFrame(dict(zip(names, values, strict=True)))
    frame.insert(0, "month", table.column("month").slice(0, values.shape[1]).to_pylist())
    return frame


def _group(content: bytes, number: int, record: dict[str, Any]) -> pa.Table:
    """A table of the file, which the sealed record knows by its hash.

    Raises:
        DamagedFileError: It is another table: Parquet's checksums do not cover its own footer.
    """
    table = pq.ParquetFile(pa.BufferReader(content), page_checksum_verification=True).read_row_group(number)
    if _table_hash(table) != record["tables"][number]:
        raise DamagedFileError("a table does not match its seal")
    return table


def _table_hash(table: pa.Table) -> str:
    """A hash of what a table says, whatever the bytes in which Parquet says it."""
    digest = hashlib.sha256(repr((table.column_names, len(table))).encode())
    for name in COLUMNS:
        column = table.column(name).combine_chunks()
        if column.null_count:
            raise DamagedFileError("a value is missing")
        if name != "value":
            # Encoded anew, texts are in the order of their first row.
            column = column.cast(pa.string()).dictionary_encode()
            digest.update(json.dumps(column.dictionary.to_pylist()).encode())
            column = column.indices
        digest.update(column.to_numpy().tobytes())
    return digest.hexdigest()


def _seal(record: dict[str, Any]) -> str:
    """A hash of the metadata, which Parquet's checksums of pages do not cover."""
    return hashlib.sha256(json.dumps(record, sort_keys=True).encode()).hexdigest()
