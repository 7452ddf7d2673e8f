"""State of an economy as plain data and arrays, and back.

The state is a graph of the model's own objects: tables, the ledger, networks, lists. It is written as a
description (nested lists and texts, fit for JSON) and a list of arrays that the description counts through. Reading
makes objects of classes that the model has already loaded and gives them their attributes; nothing is called and
nothing imported, so that a description from elsewhere can at worst be wrong.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Mapping
from enum import Enum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from agents.columns import Table

#: Packages whose classes may be described.
OWN = ("agents.", "simulation.")
_FACTORIES: dict[str, type] = {"float": float, "int": int}
Arrays = list[NDArray[Any]]


class SnapshotError(ValueError):
    """Something that cannot be described, or a description that makes no sense."""


def _name_of(kind: type) -> str:
    if not kind.__module__.startswith(OWN):
        raise SnapshotError(f"{kind.__module__}.{kind.__qualname__} is none of the model's own classes")
    return f"{kind.__module__}:{kind.__qualname__}"


def _class_of(name: str) -> type:
    module, _, qualified = name.partition(":")
    found: Any = sys.modules.get(module) if module.startswith(OWN) else None
    for part in qualified.split("."):
        found = getattr(found, part, None)
    if not isinstance(found, type) or found.__module__ != module:
        raise SnapshotError(f"no class {name}")
    return found


class Writer:
    """Describes objects.

    Args:
        outside: Objects that are named rather than described, by name.

    Attributes:
        arrays: Arrays met so far.
    """

    def __init__(self, outside: Mapping[str, Any]) -> None:
        self.arrays: Arrays = []
        self._outside = {id(value): name for name, value in outside.items()}
        self._known: dict[int, int] = {}
        # Objects whose number is taken must live, or another might get their address.
        self._kept: list[Any] = []

    def describe(self, value: Any) -> Any:
        """Description of a value: itself if it is plain, else a list that begins with its kind.

        Raises:
            SnapshotError: Some part of it is of a kind that is not known.
        """
        if value is None or isinstance(value, (bool, str)) or type(value) in (int, float):
            return value
        if id(value) in self._outside:
            return ["outside", self._outside[id(value)]]
        if isinstance(value, Enum):
            return ["enum", _name_of(type(value)), value.name]
        if isinstance(value, np.generic):
            return ["scalar", self._array(np.asarray(value))]
        if isinstance(value, type) and issubclass(value, np.generic):
            return ["dtype", np.dtype(value).str]
        if id(value) in self._known:
            return ["again", self._known[id(value)]]
        self._known[id(value)] = len(self._known)
        self._kept.append(value)
        return self._describe_new(value)

    def _describe_new(self, value: Any) -> Any:
        if isinstance(value, np.ndarray):
            return ["array", self._array(value), value.flags.writeable]
        if isinstance(value, (list, tuple)) and type(value) in (list, tuple):
            return [type(value).__name__, [self.describe(item) for item in value]]
        if type(value) is set:
            return ["set", [self.describe(item) for item in sorted(value)]]
        if type(value) is dict:
            return ["dict", self._pairs(value)]
        if type(value) is defaultdict and value.default_factory in _FACTORIES.values():
            return ["defaultdict", "int" if value.default_factory is int else "float", self._pairs(value)]
        state = value.__getstate__() if isinstance(value, Table) else getattr(value, "__dict__", None)
        if not isinstance(state, dict):
            raise SnapshotError(f"cannot describe a {type(value).__name__}")
        if isinstance(value, Table):
            # Rows in reserve hold nothing.
            state = state | {"_data": {name: column[: value.n_rows] for name, column in state["_data"].items()}}
        return ["object", _name_of(type(value)), self._pairs(state)]

    def _array(self, array: NDArray[Any]) -> int:
        if array.dtype.hasobject:
            raise SnapshotError("cannot describe an array of objects")
        self.arrays.append(array)
        return len(self.arrays) - 1

    def _pairs(self, mapping: Mapping[Any, Any]) -> list[list[Any]]:
        return [[self.describe(key), self.describe(value)] for key, value in mapping.items()]


class Reader:
    """Makes objects from their description, the inverse of `Writer`.

    Args:
        arrays: Arrays by number; they become the state and must not be shared.
        outside: Objects by name.
    """

    def __init__(self, arrays: Arrays, outside: Mapping[str, Any]) -> None:
        self._arrays = arrays
        self._outside = outside
        self._known: list[Any] = []

    def make(self, description: Any) -> Any:
        """The value that was described.

        Raises:
            SnapshotError: The description makes no sense.
        """
        if not isinstance(description, list):
            return description
        kind, *rest = description
        if kind == "outside":
            return self._outside[rest[0]]
        if kind == "enum":
            found = _class_of(rest[0])
            if not issubclass(found, Enum):
                raise SnapshotError(f"{rest[0]} is no enumeration")
            return found[rest[1]]
        if kind == "scalar":
            return self._arrays[rest[0]][()]
        if kind == "dtype":
            return np.dtype(rest[0]).type
        if kind == "again":
            return self._known[rest[0]]
        return self._make_new(kind, rest)

    def _make_new(self, kind: str, rest: list[Any]) -> Any:
        place = len(self._known)
        self._known.append(None)
        made: Any
        if kind == "array":
            made = self._known[place] = self._arrays[rest[0]]
            made.setflags(write=bool(rest[1]))
        elif kind in ("list", "set", "tuple"):
            items = [self.make(item) for item in rest[0]]
            made = self._known[place] = {"list": list, "set": set, "tuple": tuple}[kind](items)
        elif kind == "dict":
            made = self._known[place] = {}
            made.update(self._pairs(rest[0]))
        elif kind == "defaultdict":
            made = self._known[place] = defaultdict(_FACTORIES[rest[0]])
            made.update(self._pairs(rest[1]))
        elif kind == "object":
            found = _class_of(rest[0])
            made = self._known[place] = object.__new__(found)
            state = self._pairs(rest[1])
            if isinstance(made, Table):
                made.__setstate__(state)
            else:
                made.__dict__.update(state)
        else:
            raise SnapshotError(f"unknown kind {kind!r}")
        return made

    def _pairs(self, pairs: list[list[Any]]) -> dict[Any, Any]:
        return {self.make(key): self.make(value) for key, value in pairs}
