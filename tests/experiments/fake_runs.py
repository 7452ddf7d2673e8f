"""Runs that nobody ran: indicators worked out by a formula, to test what is made of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pandas as pd

from experiments.records import RunFailure
from simulation.scenario import Scenario

Formula = Callable[[Scenario], Mapping[str, float]]


class FakeRuns:
    """Stands in for `experiments.laboratory.Runs`.

    Attributes:
        read: Scenarios whose means were asked for.
    """

    def __init__(self, formula: Formula, fails: Callable[[Scenario], bool] = lambda _: False) -> None:
        self._formula, self._fails = formula, fails
        self.read: list[Scenario] = []
        self.windows: set[tuple[int, int]] = set()

    def failed(self, scenario: Scenario) -> RunFailure | None:
        return RunFailure(scenario, "ValueError: planted", "") if self._fails(scenario) else None

    def window_means(self, scenario: Scenario, first: int, last: int) -> pd.Series:
        assert not self._fails(scenario)
        self.read.append(scenario)
        self.windows.add((first, last))
        return pd.Series(dict(self._formula(scenario)))
