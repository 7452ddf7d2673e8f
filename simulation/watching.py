"""Looking on while a month runs: calls that a watcher may follow.

A few calls of the month, each marked with `watched`, are shown to the economy's watcher, if it has one, with their
arguments and result. Draws are pure functions of what they are for, so that looking on changes nothing, and a call
can be made again with one argument changed: what would have come about otherwise?
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    from simulation.economy import Economy

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True)
class Call:
    """A call that was made.

    Attributes:
        function: What was called.
        arguments: Its arguments by name; arrays are those of the economy, not copies.
        result: What it gave.
    """

    function: Callable[..., Any]
    arguments: dict[str, Any]
    result: Any

    @property
    def name(self) -> str:
        """Name of the function."""
        return str(self.function.__name__)

    def again(self, **changes: Any) -> Any:
        """What the function gives with some arguments changed.

        Args:
            **changes: Arguments by name, of the types that the first call had.

        Raises:
            KeyError: The function has no such argument.
        """
        for name in changes:
            if name not in self.arguments:
                raise KeyError(f"{self.name} has no argument {name!r}; it has {', '.join(self.arguments)}")
        return self.function(*{**self.arguments, **changes}.values())


class Watcher(Protocol):
    """Whoever looks on."""

    def saw(self, economy: Economy, call: Call) -> None:
        """Take note of a call that has just been made; the economy is to be left as it is."""


def watched(economy: Economy, function: F) -> F:
    """A function as it is, or one that also shows each call to the economy's watcher.

    Args:
        economy: The economy.
        function: Python function or compiled kernel, to be called with arguments by position.
    """
    watcher = economy.watcher
    if watcher is None:
        return function
    signature = inspect.signature(getattr(function, "py_func", function))

    def call(*given: Any) -> Any:
        bound = signature.bind(*given)
        bound.apply_defaults()
        result = function(*given)
        watcher.saw(economy, Call(function, dict(bound.arguments), result))
        return result

    return call  # type: ignore[return-value]
