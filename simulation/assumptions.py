"""Assumptions of a run: the pack's rows with the scenario's overrides, and which of them were read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from simulation.region import Region
from simulation.scenario import Scenario, ScenarioError


class Assumptions(Mapping[str, float]):
    """Values by name.

    Args:
        region: Pack with its assumption rows.
        scenario: Scenario with its overrides.

    Attributes:
        used: Names that were read so far.

    Raises:
        ScenarioError: An override names no row, or lies outside its low and high without `force`.
    """

    def __init__(self, region: Region, scenario: Scenario) -> None:
        self._values = region.assumption_values()
        self.used: set[str] = set()
        rows = region.assumptions
        for name, value in scenario.assumptions.items():
            where = f"{scenario.name}: assumptions.{name}"
            if name not in self._values:
                raise ScenarioError(f"{where}: unknown name; `commonweal assumptions` lists those allowed")
            low, high = float(rows["low"].loc[name]), float(rows["high"].loc[name])
            if not scenario.force and not low <= value <= high:
                raise ScenarioError(f"{where}: allowed is {low:g} to {high:g}, or anything with force = true")
            self._values[name] = float(value)

    def __getitem__(self, name: str) -> float:
        self.used.add(name)
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)
