"""State comes back from its description as it was, and a description can do nothing but describe."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import Any

import numpy as np
import pytest

from agents.columns import Field, Table
from simulation.accounts import Book, Sector
from simulation.ledger import Ledger
from simulation.snapshot import Reader, SnapshotError, Writer


def there_and_back(value: Any, outside: dict[str, Any] | None = None) -> Any:
    writer = Writer(outside or {})
    described = json.loads(json.dumps(writer.describe(value)))
    return Reader([array.copy() for array in writer.arrays], outside or {}).make(described)


def test_plain_values_come_back() -> None:
    values = {
        "plain": [None, True, 3, 10**30, 0.1, float("inf"), "text", (1, (2,)), {3, 1}],
        Book.HOUSEHOLDS: {Sector.ANCHORS: np.float64(0.1), 4: np.int8(5)},
        "counts": defaultdict(float, {"hires": 2.0}),
        "type": np.int16,
    }
    found = there_and_back(values)
    assert found == values
    assert type(found[Book.HOUSEHOLDS][4]) is np.int8
    assert found["counts"]["never seen"] == 0.0


def test_what_is_shared_stays_shared() -> None:
    column = np.arange(4, dtype=np.int32)
    found = there_and_back([column, [column], column[1:]])
    found[0][0] = 9
    assert found[1][0][0] == 9
    assert found[2].tolist() == [1, 2, 3]
    elsewhere = object()
    assert there_and_back([elsewhere], {"elsewhere": elsewhere})[0] is elsewhere


def test_tables_and_those_who_hold_them() -> None:
    table = Table("homes", [Field("cash", np.int64, "pence", "money"), Field("share", np.float32, "share", "")], 64)
    other = Table("firms", [Field("cash", np.int64, "pence", "money"), Field("sector", np.int8, "code", "")], 4)
    table.add(np.array([5, 6, 7], dtype=np.uint64), cash=[1, 2, 3])
    table.remove(np.array([1]))
    found, ledger = there_and_back([table, Ledger(table, other)])
    assert found.capacity == found.n_rows == 3, "rows in reserve are left out"
    assert found.cash.tolist() == [1, 0, 3]
    assert found.fields["share"].dtype == np.float32
    assert ledger.balance(Book.HOUSEHOLDS) == 4
    assert found.add(np.array([8, 9], dtype=np.uint64), cash=[10, 20]).tolist() == [1, 3]
    assert ledger.balance(Book.HOUSEHOLDS) == 34, "the ledger holds the same table"


@pytest.mark.parametrize("value", [lambda: 1, np.array([print], dtype=object), print, complex(1, 2)])
def test_what_cannot_be_described_is_refused(value: Any) -> None:
    with pytest.raises(SnapshotError):
        Writer({}).describe({"value": value})


@pytest.mark.parametrize(
    "described",
    [
        ["object", "os:_Environ", []],
        ["object", "builtins:dict", []],
        ["object", "simulation.snapshot:sys", []],
        ["object", "simulation.snapshot:Writer.describe", []],
        ["object", "simulation.snapshot:Table", []],
        ["object", "simulation.nowhere:Thing", []],
        ["enum", "simulation.ledger:Ledger", "close_month"],
        ["call", "print"],
    ],
)
def test_a_description_makes_nothing_but_our_own_objects(described: Any) -> None:
    with pytest.raises(SnapshotError):
        Reader([], {}).make(described)
