"""A run once more, month by month, with somebody looking on.

A run follows from its scenario, so that a second one is the same run. Where the first was changed by hand it is not,
and a replay of it is refused rather than told as if it were.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from simulation.scenario import ScenarioError

if TYPE_CHECKING:
    from simulation.economy import Economy


class Replay:
    """The same run from month 0.

    Args:
        economy: The economy whose run it is; it is not touched.

    Attributes:
        economy: One of its own, of the same class and scenario.
    """

    def __init__(self, economy: Economy) -> None:
        self._first = economy.indicators
        self.economy = type(economy)(economy.scenario)

    def months(self, first: int, last: int) -> Iterator[int]:
        """Run to a month, then one by one.

        Args:
            first: First month to stop at.
            last: Last one.

        Yields:
            Each month before it is run, for the caller to set a watcher; it is run when the next is asked for.

        Raises:
            ScenarioError: The first run went otherwise.
        """
        economy = self.economy
        economy.run(first - economy.month)
        for month in range(first, last + 1):
            yield month
            economy.step()
        then, now = self._first.iloc[: last + 1], economy.indicators
        if not then.equals(now):
            raise ScenarioError(
                f"{self.economy.scenario.name}: the run differs from its scenario run anew, as after a change by hand "
                "or with adopted firms; allowed are runs that follow from their scenario alone"
            )


def month_to_explain(economy: Economy, month: str | int) -> int:
    """Tick of a month of a run that has been run.

    Args:
        economy: The economy.
        month: Calendar month, "YYYY-MM", or a tick.

    Raises:
        ScenarioError: It is none, with the months that are allowed.
    """
    scenario = economy.scenario
    if economy.month < 1:
        raise ScenarioError(f"month: {month}; nothing to explain before the first month has been run")
    allowed = f"allowed is {scenario.calendar(0)} to {scenario.calendar(economy.month - 1)}"
    try:
        tick = scenario.month_of(month) if isinstance(month, str) else int(month)
    except ValueError:
        raise ScenarioError(f"month: {month}; {allowed}") from None
    if not 0 <= tick < economy.month:
        raise ScenarioError(f"month: {month}; {allowed}")
    return tick
