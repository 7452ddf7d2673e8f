"""Tables: rows are added, blanked and reused like a plain dictionary of records would."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from agents.columns import Field, Table
from agents.household_fields import HOUSEHOLD_FIELDS
from agents.organisation_fields import ORGANISATION_FIELDS
from agents.person_fields import PERSON_FIELDS

FIELDS = (
    Field("cash", np.int64, "pence", "Money"),
    Field("share", np.float64, "share", "A share", low=0, high=1, default=0.5),
    Field("owner", np.int32, "row", "Somebody", low=-1, default=-1),
)


def uids(*numbers: int) -> np.ndarray:
    return np.array(numbers, dtype=np.uint64)


@pytest.fixture
def table() -> Table:
    return Table("things", FIELDS, capacity=2)


def test_new_rows_take_values_and_defaults(table: Table) -> None:
    rows = table.add(uids(11, 12), cash=np.array([5, 6]))
    assert rows.tolist() == [0, 1]
    assert table.cash.tolist() == [5, 6]
    assert table.share.tolist() == [0.5, 0.5]
    assert table.owner.tolist() == [-1, -1]
    assert table.uid.tolist() == [11, 12]
    assert len(table) == 2


def test_removed_rows_are_blank_and_reused_lowest_first(table: Table) -> None:
    table.add(uids(1, 2, 3, 4), cash=np.array([1, 2, 3, 4]))
    table.remove(np.array([2, 0]))
    assert table.rows().tolist() == [1, 3]
    assert table.cash.tolist() == [0, 2, 0, 4]
    assert table.uid[0] == 0
    assert table.add(uids(5, 6, 7), cash=9).tolist() == [0, 2, 4]
    assert table.cash.tolist() == [9, 2, 9, 4, 9]
    assert table.rows().tolist() == [0, 1, 2, 3, 4]


def test_growing_keeps_what_is_there(table: Table) -> None:
    table.add(uids(1, 2), cash=np.array([7, 8]), share=0.25)
    table.add(np.arange(100, 600, dtype=np.uint64))
    assert table.capacity >= 502
    assert table.cash[:3].tolist() == [7, 8, 0]
    assert table.share[:3].tolist() == [0.25, 0.25, 0.5]
    assert (table.share[2:] == 0.5).all()


def test_columns_are_written_through(table: Table) -> None:
    table.add(uids(1, 2, 3))
    table.cash = np.array([1, 2, 3])
    table.cash[1] += 40
    assert table.snapshot()["cash"].tolist() == [1, 42, 3]
    table.share = 0.75
    assert table.share.tolist() == [0.75] * 3


def test_a_snapshot_is_a_copy_of_the_living(table: Table) -> None:
    table.add(uids(1, 2, 3), cash=np.array([1, 2, 3]))
    table.remove(np.array([1]))
    snapshot = table.snapshot()
    assert set(snapshot) == set(table.fields)
    assert snapshot["cash"].tolist() == [1, 3]
    table.cash = 0
    assert snapshot["cash"].tolist() == [1, 3]


def test_unknown_columns_are_refused(table: Table) -> None:
    with pytest.raises(KeyError, match="things has no column 'wealth'"):
        table.add(uids(1), wealth=3)
    assert len(table) == 0
    with pytest.raises(AttributeError, match="wealth"):
        _ = table.wealth


def test_only_living_rows_can_be_removed(table: Table) -> None:
    table.add(uids(1, 2))
    table.remove(np.array([0]))
    with pytest.raises(ValueError, match="things: removing a row that is not alive"):
        table.remove(np.array([0, 1]))
    assert table.rows().tolist() == [1]


def test_a_field_is_declared_once() -> None:
    with pytest.raises(ValueError, match="declared twice"):
        Table("things", [*FIELDS, Field("uid", np.int8, "id", "Again")])


def test_out_of_range_counts_living_rows_only(table: Table) -> None:
    table.add(uids(1, 2, 3, 4), share=np.array([0.0, 1.0, 1.5, -0.1]))
    assert table.out_of_range() == {"share": 2}
    table.share[0] = np.nan
    table.owner[1] = -2
    assert table.out_of_range() == {"share": 3, "owner": 1}
    table.remove(np.array([0, 1, 2, 3]))
    assert table.out_of_range() == {}


@pytest.mark.parametrize("fields", [PERSON_FIELDS, HOUSEHOLD_FIELDS, ORGANISATION_FIELDS], ids=["p", "h", "o"])
def test_every_declared_field_says_what_it_is(fields: tuple[Field, ...]) -> None:
    """The declaration is the data dictionary: unit, meaning, and a range that its type can hold."""
    for field in fields:
        assert field.unit, field.name
        assert field.doc, field.name
        bounds = [bound for bound in (field.low, field.high) if bound is not None]
        assert bounds == sorted(bounds), field.name
        assert np.array(bounds, dtype=field.dtype).tolist() == bounds, field.name


class TableLikeADictionary(RuleBasedStateMachine):
    """A table against a dictionary of rows, under any order of adding, changing and removing."""

    def __init__(self) -> None:
        super().__init__()
        self.model: dict[int, dict[str, Any]] = {}
        self.next_uid = 1

    @initialize(capacity=st.integers(1, 5))
    def start(self, capacity: int) -> None:
        self.table = Table("things", FIELDS, capacity=capacity)

    @rule(cash=st.lists(st.integers(-(2**62), 2**62), max_size=7), share=st.floats(0, 1))
    def add(self, cash: list[int], share: float) -> None:
        new = np.arange(self.next_uid, self.next_uid + len(cash), dtype=np.uint64)
        self.next_uid += len(cash)
        free = [row for row in range(self.table.n_rows) if row not in self.model]
        rows = self.table.add(new, cash=np.array(cash, dtype=np.int64), share=share).tolist()
        assert rows[: len(free)] == free[: len(cash)]
        assert not set(rows) & set(self.model)
        for row, uid, amount in zip(rows, new.tolist(), cash, strict=True):
            self.model[row] = {"uid": uid, "cash": amount, "share": share, "owner": -1}

    @precondition(lambda self: self.model)
    @rule(data=st.data())
    def remove(self, data: st.DataObject) -> None:
        gone = data.draw(st.lists(st.sampled_from(sorted(self.model)), max_size=4))
        self.table.remove(np.array(gone, dtype=np.int64))
        for row in set(gone):
            del self.model[row]

    @precondition(lambda self: self.model)
    @rule(data=st.data(), amount=st.integers(-(2**62), 2**62))
    def write(self, data: st.DataObject, amount: int) -> None:
        row = data.draw(st.sampled_from(sorted(self.model)))
        self.table.cash[row] = amount
        self.model[row]["cash"] = amount

    @invariant()
    def same(self) -> None:
        rows = sorted(self.model)
        assert self.table.rows().tolist() == rows
        assert len(self.table) == len(rows)
        for name, column in self.table.snapshot().items():
            if name != "alive":
                assert column.tolist() == [self.model[row][name] for row in rows]
        dead = np.ones(self.table.n_rows, dtype=bool)
        dead[rows] = False
        assert (self.table.cash[dead] == 0).all()


TestTableLikeADictionary = TableLikeADictionary.TestCase
TestTableLikeADictionary.settings = settings(max_examples=40, stateful_step_count=20, derandomize=True, deadline=None)


def test_a_negative_row_cannot_be_removed() -> None:
    table = Table("things", [Field("cash", np.int64, "pence", "Money")], capacity=2)
    table.add(np.array([1, 2], dtype=np.uint64))
    with pytest.raises(ValueError, match="not alive"):
        table.remove(np.array([-1]))


def test_a_refused_addition_leaves_the_table_as_it_was() -> None:
    table = Table("things", [Field("cash", np.int64, "pence", "Money")], capacity=2)
    table.add(np.array([1, 2], dtype=np.uint64))
    table.remove(np.array([0]))
    with pytest.raises(ValueError, match="shape"):
        table.add(np.array([3, 4, 5], dtype=np.uint64), cash=np.zeros(2))
    assert table.n_rows == 2
    assert table.add(np.array([6], dtype=np.uint64)).tolist() == [0]
