"""How far a dial is varied: over a range or through named values, as typed on a command line."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from experiments.dials import OPTION, Dial, Floats, all_dials, check_value, find_dial
from experiments.errors import InputError
from simulation.scenario import Scenario

#: Levels of a range on a grid where none are asked for.
DEFAULT_LEVELS = 5
#: What stands for every assumption that has a range.
ALL = "all"
#: Most levels of one dial.
MOST_LEVELS = 1000
FORMS = "NAME, NAME=LOW:HIGH, NAME=LOW:HIGH:POINTS or NAME=A,B,C"


@dataclass(frozen=True)
class Variation:
    """A dial with the values that it takes.

    Attributes:
        dial: The dial.
        low: Least value.
        high: Greatest value.
        levels: The only values that it takes, ascending; empty where any from low to high will do.
        points: Levels of the range on a grid.
    """

    dial: Dial
    low: float
    high: float
    levels: tuple[float, ...] = ()
    points: int = DEFAULT_LEVELS

    @property
    def name(self) -> str:
        """Name of the dial."""
        return self.dial.name

    def grid(self) -> tuple[float, ...]:
        """Values on a grid, ascending, evenly spaced over a range; whole numbers are rounded and come once."""
        if self.levels:
            return self.levels
        values = np.linspace(self.low, self.high, self.points)
        return tuple(sorted(set(np.round(values).tolist()))) if self.dial.integer else tuple(values.tolist())

    def at(self, units: Floats) -> Floats:
        """Values at places of the unit range.

        Args:
            units: From 0 to 1, shape (points,).

        Returns:
            Values, shape (points,). Levels and whole numbers each take an equal part of the unit range.
        """
        if self.levels:
            place = np.minimum((units * len(self.levels)).astype(np.int64), len(self.levels) - 1)
            return np.array(self.levels)[place]
        if self.dial.integer:
            count = round(self.high - self.low) + 1
            return np.minimum(self.low + np.floor(units * count), self.high)
        # The product may lie a rounding error outside the range, which a scenario would refuse.
        return np.clip(self.low + units * (self.high - self.low), self.low, self.high)

    def record(self) -> dict[str, Any]:
        """As plain data, the inverse of `variation_from`."""
        if self.levels:
            return {"name": self.name, "levels": list(self.levels)}
        return {"name": self.name, "low": self.low, "high": self.high, "points": self.points}


def parse(scenario: Scenario, texts: Sequence[str], where: str = OPTION) -> tuple[Variation, ...]:
    """Variations as typed.

    Args:
        scenario: What is varied.
        texts: Each `NAME`, over its range; `NAME=LOW:HIGH`; `NAME=LOW:HIGH:POINTS`; or `NAME=A,B,C`. `all` stands
            for every assumption with a range that no other text names.
        where: The option, for messages.

    Raises:
        InputError: A text is not of these forms, a name is unknown or comes twice, or a value is not allowed.
    """
    known = all_dials(scenario)
    found = [_parsed(known, text.strip(), where) for text in texts if text.strip() != ALL]
    _once(found, where)
    if len(found) < len(texts):
        named = {variation.name for variation in found}
        found += [
            Variation(dial, dial.low, dial.high)
            for dial in known.values()
            if dial.policy is None and dial.name not in named and -math.inf < dial.low < dial.high < math.inf
        ]
    return tuple(found)


def _once(variations: Sequence[Variation], where: str) -> None:
    names = [variation.name for variation in variations]
    for name in names:
        if names.count(name) > 1:
            raise InputError(f"{where}: {name}: comes {names.count(name)} times; allowed is once")


def _parsed(known: Mapping[str, Dial], text: str, where: str) -> Variation:
    name, equals, values = text.partition("=")
    name = name.strip()
    if not name:
        raise InputError(f"{where}: {text!r}: allowed is {FORMS}")
    dial = find_dial(known, name, where)
    if not equals:
        return ranged(dial, dial.low, dial.high, where=where)
    if ":" in values:
        parts = values.split(":")
        if len(parts) > 3:
            raise InputError(f"{where}: {name}: {values!r}; allowed is {FORMS}")
        low, high = (_number(part, name, where) for part in parts[:2])
        return ranged(dial, low, high, _points(parts[2], name, where) if len(parts) == 3 else DEFAULT_LEVELS, where)
    return levelled(dial, [_number(part, name, where) for part in values.split(",")], where)


def ranged(dial: Dial, low: float, high: float, points: int = DEFAULT_LEVELS, where: str = OPTION) -> Variation:
    """A dial over a range.

    Raises:
        InputError: The range is empty or not allowed.
    """
    if math.isinf(low) or math.isinf(high):
        raise InputError(f"{where}: {dial.name}: has no range of its own; allowed is {dial.name}=LOW:HIGH")
    check_value(dial, low, where)
    check_value(dial, high, where)
    if not low < high:
        raise InputError(f"{where}: {dial.name}: {low:g} to {high:g} is no range; allowed is LOW below HIGH")
    if not 2 <= points <= MOST_LEVELS:
        raise InputError(f"{where}: {dial.name}: {points} points; allowed is 2 to {MOST_LEVELS}")
    return Variation(dial, low, high, (), points)


def levelled(dial: Dial, values: Sequence[float], where: str = OPTION) -> Variation:
    """A dial with named values.

    Raises:
        InputError: They are fewer than two or too many, come twice, or are not allowed.
    """
    levels = tuple(sorted({check_value(dial, value, where) for value in values}))
    if not 2 <= len(levels) <= MOST_LEVELS or len(levels) != len(values):
        raise InputError(f"{where}: {dial.name}: allowed are 2 to {MOST_LEVELS} values that differ")
    return Variation(dial, levels[0], levels[-1], levels)


def _number(text: str, name: str, where: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise InputError(f"{where}: {name}: {text!r} is not a number; allowed is {FORMS}") from None


def _points(text: str, name: str, where: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise InputError(f"{where}: {name}: {text!r} points; allowed is 2 to {MOST_LEVELS}") from None


def variations_from(where: str, scenario: Scenario, records: Any) -> tuple[Variation, ...]:
    """Variations from their records.

    Args:
        where: File and key, for messages.
        scenario: What is varied.
        records: A list, each as `Variation.record` gives it.

    Raises:
        InputError: They are not records of variations of this scenario.
    """
    known, found = all_dials(scenario), []
    try:
        for item in records:
            dial = find_dial(known, item["name"], where)
            if "levels" in item:
                found.append(levelled(dial, [float(value) for value in item["levels"]], where))
            else:
                found.append(ranged(dial, float(item["low"]), float(item["high"]), int(item["points"]), where))
    except (KeyError, TypeError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{where}: allowed are tables with name and levels, or name, low, high and points") from None
    _once(found, where)
    return tuple(found)
