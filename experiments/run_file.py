"""The file of one run: Parquet, its tables in long form, all else in the file's metadata.

The bytes depend on nothing but the run, so that a run done again gives the same file.
"""

from __future__ import annotations

import hashlib
import io
import json
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from experiments.provenance import scenario_record, versions
from experiments.records import RunResult
from experiments.run_key import FORM, model_version
from policies.policy import load_policy, make_scenario
from simulation.scenario import Scenario

#: Dimension and group under which the indicators of the whole region stand.
REGION, EVERYONE = "region", "all"
COLUMNS = ("month", "dimension", "group", "outcome", "value")
_KEY = b"commonweal"
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
        "scenario": scenario_record(result.scenario.with_(name="run")),
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
    schema = _SCHEMA.with_metadata({_KEY: json.dumps(record | {"seal": _seal(record)}, sort_keys=True).encode()})
    buffer = io.BytesIO()
    with pq.ParquetWriter(buffer, schema, compression="zstd", write_page_checksum=True) as writer:
        for table in (indicators, result.breakdowns[list(COLUMNS)]):
            columns = [pa.array(table[name].to_numpy(dtype=object)).dictionary_encode() for name in COLUMNS[:-1]]
            # Not-a-number stays a number's absence as the model wrote it, not a null.
            columns.append(pa.array(table["value"].to_numpy(dtype=np.float64), from_pandas=False))
            arrays = [column.cast(field.type) for column, field in zip(columns, schema, strict=True)]
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema), row_group_size=max(len(table), 1))
    return buffer.getvalue()


def facts(content: bytes) -> Facts:
    """What a run's file says beside its tables.

    Raises:
        DamagedFileError: The file is not whole, or not of a run.
    """
    try:
        record = json.loads(pq.read_schema(pa.BufferReader(content)).metadata[_KEY])
        if record.pop("seal") != _seal(record):
            raise DamagedFileError("the metadata do not match their seal")
        return Facts(record["key"], record)
    except (pa.ArrowException, OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise DamagedFileError(_line(error)) from None


def decode(content: bytes) -> RunResult:
    """The records of a run from its file.

    Raises:
        DamagedFileError: The file is not whole, or not of a run.
    """
    record = facts(content).record
    indicators = read_indicators(content)
    table = _group(content, 1).to_pandas()
    breakdowns = table.astype({name: "str" for name in COLUMNS[:-1]})
    return RunResult(
        scenario=scenario_of(record),
        indicators=indicators,
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
    table = _group(content, 0)
    outcomes = table.column("outcome").combine_chunks()
    names = [str(name) for name in outcomes.dictionary.to_pylist()]
    values = table.column("value").to_numpy().reshape(len(names), -1)
    months = table.column("month").slice(0, values.shape[1]).to_pylist()
    frame = pd.DataFrame(dict(zip(names, values, strict=True)))
    frame.insert(0, "month", months)
    return frame


def scenario_of(record: dict[str, Any]) -> Scenario:
    """The scenario of a run's record."""
    fields = dict(record["scenario"])
    policies = tuple(load_policy(item, "policies") for item in fields.pop("policies"))
    return make_scenario("run", **fields, policies=policies)


def _group(content: bytes, number: int) -> pa.Table:
    try:
        file = pq.ParquetFile(pa.BufferReader(content), page_checksum_verification=True)
        return file.read_row_group(number)
    except (pa.ArrowException, OSError, ValueError, IndexError) as error:
        raise DamagedFileError(_line(error)) from None


def _seal(record: dict[str, Any]) -> str:
    """A hash of the metadata, which Parquet's checksums of pages do not cover."""
    return hashlib.sha256(json.dumps(record, sort_keys=True).encode()).hexdigest()


def _line(error: BaseException) -> str:
    return (str(error) or type(error).__name__).splitlines()[0]
