"""The Mesa face of the columns: agents that read and write table rows, and sets of such agents.

A row becomes a Python object only when someone asks for one; the object then stays the same for as
long as the entity lives. Sets answer `get`, `set`, `agg` and `len` from the columns.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable, Iterator
from random import Random
from typing import Any

import mesa
import numpy as np
from mesa.agent import AgentSet
from numpy.typing import NDArray

from agents.columns import Table

_OWN = frozenset({"model", "unique_id", "pos", "_table", "_row"})


class ColumnAgent(mesa.Agent):
    """A Mesa agent whose attributes are one row of a table.

    Args:
        model: The economy.
        table: Table that holds the state.
        row: Row in the table.
    """

    def __init__(self, model: Any, table: Table, row: int) -> None:
        # Deliberately without super().__init__: the row is already part of the model, so there is
        # nothing to register, and identity is the row's uid rather than a running count.
        object.__setattr__(self, "_table", table)
        object.__setattr__(self, "_row", int(row))
        self.model = model
        self.unique_id = int(table.uid[row])
        self.pos = None

    @property
    def row(self) -> int:
        """Row of the agent in its table."""
        row: int = self.__dict__["_row"]
        return row

    @property
    def lives(self) -> bool:
        """Whether the entity is still in its row; rows of those who are gone pass to others."""
        table, row = self.__dict__["_table"], self.__dict__["_row"]
        return bool(table.alive[row]) and int(table.uid[row]) == self.unique_id

    def _living_row(self) -> int:
        if not self.lives:
            raise LookupError(f"{self!r} is gone from the economy")
        row: int = self.__dict__["_row"]
        return row

    def __getattr__(self, name: str) -> Any:
        table = self.__dict__.get("_table")
        if table is None or name not in table.fields:
            raise AttributeError(f"{type(self).__name__} has no attribute {name!r}")
        return getattr(table, name)[self._living_row()].item()

    def __setattr__(self, name: str, value: Any) -> None:
        if name not in _OWN and name in self.__dict__["_table"].fields:
            getattr(self.__dict__["_table"], name)[self._living_row()] = value
        else:
            object.__setattr__(self, name, value)

    def remove(self) -> None:
        """Refuse: entities leave through the economy's own phases, which settle their accounts."""
        raise NotImplementedError("entities leave through life, migration or closure, never by remove()")

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.unique_id}>"


class ColumnAgentSet(AgentSet):
    """All agents of one kind, backed by columns.

    Args:
        model: The economy.
        kind: Class of the agents.
        table: Table that holds their state.
        rows: Function that gives the rows of the living agents, ascending.
        random: Random generator for `shuffle` and `shuffle_do`.
    """

    def __init__(
        self,
        model: Any,
        kind: type[ColumnAgent],
        table: Table,
        rows: Callable[[], NDArray[np.int64]],
        random: Random,
    ) -> None:
        self.model = model
        self.kind = kind
        self.table = table
        self._rows = rows
        self.random = random
        self._objects: dict[int, ColumnAgent] = {}

    @property
    def rows(self) -> NDArray[np.int64]:
        """Rows of the living agents, ascending."""
        return self._rows()

    def at(self, row: int) -> ColumnAgent:
        """The agent in a row, made on first demand."""
        found = self._objects.get(row)
        if found is None or found.unique_id != int(self.table.uid[row]):
            found = self.kind(self.model, self.table, row)
            self._objects[row] = found
        return found

    def adopt(self, agent: ColumnAgent) -> None:
        """Use this object for its row, for instance one of a subclass."""
        self._objects[agent.row] = agent

    @property
    def _agents(self) -> weakref.WeakKeyDictionary[Any, None]:
        # Mesa's inherited methods walk this mapping; `_objects` keeps its members alive.
        return weakref.WeakKeyDictionary(dict.fromkeys(self.at(int(row)) for row in self.rows))

    def __len__(self) -> int:
        return int(self.rows.shape[0])

    def __iter__(self) -> Iterator[Any]:
        return (self.at(int(row)) for row in self.rows)

    def __contains__(self, agent: object) -> bool:
        return isinstance(agent, ColumnAgent) and agent in self._agents

    def __getitem__(self, item: Any) -> Any:
        rows = self.rows[item]
        if isinstance(item, slice):
            return [self.at(int(row)) for row in rows]
        return self.at(int(rows))

    def get(self, attr_names: Any, handle_missing: str = "error", default_value: Any = None) -> list[Any]:
        """Attribute values, straight from the columns where they are columns; as in Mesa otherwise."""
        names = [attr_names] if isinstance(attr_names, str) else list(attr_names)
        if not all(name in self.table.fields for name in names):
            values: list[Any] = super().get(attr_names, handle_missing, default_value)
            return values
        rows = self.rows
        columns = [getattr(self.table, name)[rows].tolist() for name in names]
        if isinstance(attr_names, str):
            return list(columns[0])
        return [list(row) for row in zip(*columns, strict=True)]

    def set(self, attr_name: str, value: Any) -> AgentSet:
        """Set a column for all living agents; as in Mesa for other attributes."""
        if attr_name not in self.table.fields:
            return super().set(attr_name, value)
        getattr(self.table, attr_name)[self.rows] = value
        return self

    def agg(self, attribute: str, func: Any) -> Any:
        """Aggregate an attribute; NumPy functions get the column itself, others a list."""
        functions: Iterable[Any] = [func] if callable(func) else func
        results = []
        for function in functions:
            if attribute in self.table.fields and (getattr(function, "__module__", None) or "").startswith("numpy"):
                results.append(function(getattr(self.table, attribute)[self.rows]))
            else:
                results.append(function(self.get(attribute)))
        return results[0] if callable(func) else results

    def shuffle(self, inplace: bool = False) -> AgentSet:
        """A shuffled set of the agents; the column-backed set itself has a fixed order."""
        if inplace:
            raise ValueError("a column-backed set has a fixed order; use shuffle() for a shuffled copy")
        agents = list(self)
        self.random.shuffle(agents)
        return AgentSet(agents, self.random)

    def shuffle_do(self, method: Any, *args: Any, **kwargs: Any) -> AgentSet:
        """Call a method or function on every agent in random order."""
        self.shuffle().do(method, *args, **kwargs)
        return self

    def _update(self, agents: Iterable[Any]) -> AgentSet:
        raise ValueError("a column-backed set always holds all living agents; leave out inplace=True")

    def add(self, agent: Any) -> None:
        """Refuse: membership follows the table."""
        raise ValueError("membership of a column-backed set follows its table")

    discard = remove = add

    @classmethod
    def _from_iterable(cls, agents: Iterable[Any]) -> AgentSet:
        """What set operators such as `|` and `&` give: a plain set of agents."""
        members = list(agents)
        return AgentSet(members, members[0].model.random if members else Random(0))

    def __copy__(self) -> ColumnAgentSet:
        return self

    def __getstate__(self) -> dict[str, Any]:
        raise TypeError("a column-backed set cannot be pickled; use its table")


class CombinedAgentSet(AgentSet):
    """All agents of the economy, of every kind, as `model.agents` gives them."""

    def __init__(self, sets: Callable[[], Iterable[AgentSet]], random: Random) -> None:
        self._sets = sets
        self.random = random

    @property
    def _agents(self) -> weakref.WeakKeyDictionary[Any, None]:
        return weakref.WeakKeyDictionary(dict.fromkeys(iter(self)))

    def __len__(self) -> int:
        return sum(len(members) for members in self._sets())

    def __iter__(self) -> Iterator[Any]:
        for members in self._sets():
            yield from members

    def add(self, agent: Any) -> None:
        """Nothing to do: plain Mesa agents are kept in the set of their type."""

    discard = remove = add

    _from_iterable = ColumnAgentSet._from_iterable

    def shuffle(self, inplace: bool = False) -> AgentSet:
        """A shuffled set of the agents; the set of all agents itself has a fixed order."""
        if inplace:
            raise ValueError("model.agents has a fixed order; use shuffle() for a shuffled copy")
        agents = list(self)
        self.random.shuffle(agents)
        return AgentSet(agents, self.random)

    def _update(self, agents: Iterable[Any]) -> AgentSet:
        raise ValueError("model.agents always holds all agents; leave out inplace=True")

    def __copy__(self) -> CombinedAgentSet:
        return self
