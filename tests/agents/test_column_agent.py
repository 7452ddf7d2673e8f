"""Agents over columns: attributes are cells, sets follow the table, objects stay the same."""

from __future__ import annotations

from random import Random
from typing import Any

import mesa
import numpy as np
import pytest
from mesa.agent import AgentSet

from agents.column_agent import ColumnAgent, ColumnAgentSet, CombinedAgentSet
from agents.columns import Field, Table

FIELDS = (
    Field("cash", np.int64, "pence", "Money"),
    Field("weight", np.float32, "kg", "Weight", default=1.5),
)


class Sheep(ColumnAgent):
    """A sheep."""

    def shear(self, pence: int) -> None:
        self.cash += pence


class Dog(mesa.Agent):
    """A plain Mesa agent."""

    cash = 0


@pytest.fixture
def flock() -> ColumnAgentSet:
    model = mesa.Model(seed=1)
    table = Table("sheep", FIELDS, 2)
    table.add(np.array([101, 102, 103, 104], dtype=np.uint64), cash=np.array([1, 2, 3, 4]))
    return ColumnAgentSet(model, Sheep, table, table.rows, model.random)


def test_attributes_are_cells(flock: ColumnAgentSet) -> None:
    sheep = flock[1]
    assert (sheep.unique_id, sheep.row, sheep.cash, sheep.weight) == (102, 1, 2, 1.5)
    assert type(sheep.cash) is int
    assert type(sheep.weight) is float
    sheep.cash += 40
    assert flock.table.cash.tolist() == [1, 42, 3, 4]
    flock.table.cash[1] = 7
    assert sheep.cash == 7


def test_other_attributes_are_the_objects_own(flock: ColumnAgentSet) -> None:
    sheep = flock[0]
    sheep.nickname = "Dolly"
    assert flock[0].nickname == "Dolly"
    assert not hasattr(flock[1], "nickname")
    with pytest.raises(AttributeError, match="Sheep has no attribute 'horns'"):
        _ = sheep.horns


def test_an_object_stays_the_same_as_long_as_its_entity_lives(flock: ColumnAgentSet) -> None:
    first = flock[0]
    assert flock[0] is first
    assert next(iter(flock)) is first
    flock.table.remove(np.array([0]))
    assert first not in flock
    flock.table.add(np.array([200], dtype=np.uint64), cash=9)
    assert flock[0] is not first
    assert flock[0].unique_id == 200
    assert flock[0].cash == 9


def test_entities_leave_only_through_the_model(flock: ColumnAgentSet) -> None:
    with pytest.raises(NotImplementedError, match="never by remove"):
        flock[0].remove()
    for change in (flock.add, flock.discard, flock.remove):
        with pytest.raises(ValueError, match="follows its table"):
            change(flock[0])
    assert len(flock) == 4


def test_length_iteration_and_indexing_follow_the_living(flock: ColumnAgentSet) -> None:
    flock.table.remove(np.array([1]))
    assert len(flock) == 3
    assert [sheep.unique_id for sheep in flock] == [101, 103, 104]
    assert flock[-1].unique_id == 104
    assert [sheep.unique_id for sheep in flock[1:]] == [103, 104]
    with pytest.raises(IndexError):
        _ = flock[3]


def test_get_reads_columns_without_making_agents(flock: ColumnAgentSet) -> None:
    assert flock.get("cash") == [1, 2, 3, 4]
    assert flock.get(["unique_id", "cash"]) == [[101, 1], [102, 2], [103, 3], [104, 4]]
    fresh = ColumnAgentSet(flock.model, Sheep, flock.table, flock.table.rows, Random(1))
    assert fresh.get(["cash", "weight"]) == [[1, 1.5], [2, 1.5], [3, 1.5], [4, 1.5]]
    assert fresh.agg("cash", [sum, max, np.mean]) == [10, 4, 2.5]
    fresh.set("cash", 5)
    assert len(fresh) == 4
    assert not fresh._objects
    assert flock.table.cash.tolist() == [5, 5, 5, 5]


def test_get_treats_missing_attributes_as_mesa_does(flock: ColumnAgentSet) -> None:
    flock[2].nickname = "Dolly"
    assert flock.get("nickname", handle_missing="default", default_value="") == ["", "", "Dolly", ""]
    with pytest.raises(AttributeError):
        flock.get("nickname")


def test_set_writes_living_rows_only(flock: ColumnAgentSet) -> None:
    flock.table.remove(np.array([1]))
    assert flock.set("cash", 6) is flock
    assert flock.table.cash.tolist() == [6, 0, 6, 6]
    flock.set("nickname", "Shaun")
    assert flock.get("nickname") == ["Shaun"] * 3


@pytest.mark.parametrize("function", [sum, max, np.sum, np.median, len, lambda values: sorted(values)[0]])
def test_agg_agrees_with_a_plain_set(flock: ColumnAgentSet, function: Any) -> None:
    plain = AgentSet(list(flock), Random(1))
    assert flock.agg("cash", function) == plain.agg("cash", function)


def test_select_group_sort_map_and_do(flock: ColumnAgentSet) -> None:
    assert flock.select(lambda sheep: sheep.cash > 2).get("unique_id") == [103, 104]
    assert len(flock.select(at_most=0.5)) == 2
    assert flock.groupby(lambda sheep: sheep.cash % 2).agg("cash", sum) == {1: 4, 0: 6}
    assert flock.groupby("cash").count() == {1: 1, 2: 1, 3: 1, 4: 1}
    assert flock.sort("cash").get("cash") == [4, 3, 2, 1]
    assert flock.map(lambda sheep: sheep.row) == [0, 1, 2, 3]
    flock.do("shear", 10)
    assert flock.table.cash.tolist() == [11, 12, 13, 14]


def test_shuffle_do_reaches_everyone_once_in_another_order(flock: ColumnAgentSet) -> None:
    flock.table.add(np.arange(200, 240, dtype=np.uint64))
    visited: list[int] = []
    assert flock.shuffle_do(lambda sheep: visited.append(sheep.row)) is flock
    assert sorted(visited) == list(range(44))
    assert visited != sorted(visited)
    assert flock.shuffle().get("row") != list(range(44))
    assert flock.get("uid") == flock.table.uid.tolist()


def test_what_a_column_backed_set_cannot_do_it_says(flock: ColumnAgentSet) -> None:
    with pytest.raises(ValueError, match="fixed order"):
        flock.shuffle(inplace=True)
    with pytest.raises(ValueError, match="inplace"):
        flock.select(lambda sheep: True, inplace=True)
    with pytest.raises(TypeError, match="pickled"):
        flock.__getstate__()


def test_an_adopted_object_stands_for_its_row(flock: ColumnAgentSet) -> None:
    class Ram(Sheep):
        """A ram."""

    ram = Ram(flock.model, flock.table, 2)
    flock.adopt(ram)
    assert flock[2] is ram
    assert [type(sheep) for sheep in flock] == [Sheep, Sheep, Ram, Sheep]


def test_agents_of_every_kind_together(flock: ColumnAgentSet) -> None:
    dogs = AgentSet([Dog(flock.model), Dog(flock.model)], flock.random)
    everyone = CombinedAgentSet(lambda: (flock, dogs), flock.random)
    assert len(everyone) == 6
    assert [type(agent) for agent in everyone] == [Sheep] * 4 + [Dog] * 2
    assert everyone.agg("cash", sum) == 10
    assert len(everyone.select(agent_type=Dog)) == 2
    assert everyone.groupby(type).count() == {Sheep: 4, Dog: 2}
    visited: list[int] = []
    everyone.shuffle_do(lambda agent: visited.append(id(agent)))
    assert sorted(visited) == sorted(id(agent) for agent in everyone)
    with pytest.raises(ValueError, match="inplace"):
        everyone.select(lambda agent: True, inplace=True)
