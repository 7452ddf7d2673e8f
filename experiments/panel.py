"""A panel: watches an economy month by month as a longitudinal survey would.

People are followed by their identity at their row, and so are firms and households; a row that has passed to
another is another. Watching only reads: a run that is watched has the same digest. What each quantity means is
said where it is measured: `WorkFlows`, `Tightness`, `Pay`, `Gaps`, `Sizes`, `Growth`, `StartUps`, `Commuting`,
`JobLoss`.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from experiments.panel_firms import Growth, Sizes, StartUps
from experiments.panel_flows import Tightness, WorkFlows
from experiments.panel_homes import JobLoss
from experiments.panel_interview import Interview, interview, state_later
from experiments.panel_moments import Moment
from experiments.panel_people import Gaps, Pay
from experiments.panel_places import Commuting
from simulation import Economy, Scenario

#: Months of the run after which the panel begins, and by which it ends, unless told otherwise.
FIRST, LAST = 12, 60
YEAR = 12


class Panel:
    """A longitudinal survey of an economy.

    Example:
        >>> economy = Economy(scale=1000, seed=7, months=15)
        >>> panel = Panel(economy)
        >>> for _ in range(15):
        ...     economy.step()
        ...     panel.observe()
        >>> list(panel.moments().columns)
        ['quantity', 'value', 'error', 'sample']

    Args:
        economy: What to watch.
        first: Months that have passed at the first interview.
        last: Months that have passed at the last; by default 60, or the end of the scenario if that is sooner.

    Raises:
        ValueError: The last interview is not after the first.
    """

    def __init__(self, economy: Any, first: int = FIRST, last: int | None = None) -> None:
        self.economy = economy
        self.first = first
        self.last = min(LAST, economy.scenario.months) if last is None else last
        if self.last <= self.first:
            raise ValueError(f"a panel from month {self.first} to month {self.last} sees nothing change")
        self._seen: int | None = None
        self._before: Interview | None = None
        self._flows, self._tightness, self._job_loss = WorkFlows(), Tightness(), JobLoss()
        self._pay, self._gaps, self._commuting = Pay(), Gaps(), Commuting()
        self._sizes, self._growth, self._start_ups = Sizes(), Growth(), StartUps()

    def observe(self) -> None:
        """Interview everybody at the end of a month; does nothing outside the months of the panel.

        Raises:
            ValueError: The month was observed before, or the one before it was missed.
        """
        economy, month = self.economy, int(self.economy.month)
        if not self.first <= month <= self.last:
            return
        expected = self.first if self._seen is None else self._seen + 1
        if month != expected:
            raise ValueError(f"the panel is at month {month}, but month {expected} was to be observed next")
        now = interview(economy)
        later = None
        if self._before is not None:
            later = state_later(self._before, now, economy)
            self._flows.observe(self._before, now, later)
        self._job_loss.observe(economy, month, self._before, now, later)
        self._tightness.observe(economy, now)
        self._start_ups.observe(economy)
        if (month - self.first) % YEAR == 0:
            self._pay.observe(economy, now)
            self._gaps.observe(economy, now)
            self._commuting.observe(economy, now)
            self._sizes.observe(economy)
            self._growth.observe(economy)
        self._before, self._seen = now, month

    def moments(self) -> pd.DataFrame:
        """All quantities over the months observed so far.

        Returns:
            Columns quantity, value, error (standard error by the size of the sample, or not a number) and sample;
            values are not a number where the panel is too short or nobody was there to ask.
        """
        parts = (
            self._flows, self._tightness, self._pay, self._gaps, self._sizes, self._growth, self._start_ups,
            self._commuting, self._job_loss,
        )  # fmt: skip
        found: list[Moment] = [moment for part in parts for moment in part.moments()]
        return pd.DataFrame(found, columns=list(Moment._fields))


def watch(scenario: Scenario, first: int = FIRST, last: int | None = None) -> pd.DataFrame:
    """Run a scenario to its end and watch it; the moments, see `Panel`."""
    economy = Economy(scenario)
    panel = Panel(economy, first, last)
    while economy.month < scenario.months:
        economy.step()
        panel.observe()
    return panel.moments()
