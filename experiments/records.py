"""What one run leaves behind, and how it is run: a task depends on nothing but its scenario."""

from __future__ import annotations

import traceback
from dataclasses import dataclass

import pandas as pd

from simulation import Economy, Scenario

#: Dimensions of the breakdowns under which the final year's payments stand, by sector and kind, in real pounds, and
#: what the charter's pledges put in, by indicator.
PAID, RECEIVED, PLEDGES = "paid", "received", "pledges"


@dataclass(frozen=True)
class RunResult:
    """What one run leaves behind.

    Attributes:
        scenario: What was run.
        indicators: Headline indicators: "YYYY-MM" month, then a float column each; one row a month.
        breakdowns: Outcomes by group: month, dimension, group, outcome, value; and under the last month what was paid
            in the final year (`PAID`, `RECEIVED`) and what pledges put in (`PLEDGES`).
        headings: Real pounds paid under each cost heading of policies.
        digest: SHA-256 of everything the run recorded.
        months_closed: Months that the ledger closed, burn-in included.
        payments: Sum of all payments, in pence of the simulated scale.
        discrepancy: Pence by which each sector failed to close, absolute, summed over months; always 0.
        assumptions: Names of the assumption rows that were read, sorted.
    """

    scenario: Scenario
    indicators: pd.DataFrame
    breakdowns: pd.DataFrame
    headings: dict[str, float]
    digest: str
    months_closed: int
    payments: int
    discrepancy: dict[str, int]
    assumptions: tuple[str, ...]


@dataclass(frozen=True)
class RunFailure:
    """A run that raised.

    Attributes:
        scenario: What was run.
        error: The exception in one line.
        traceback: Where it was raised.
    """

    scenario: Scenario
    error: str
    traceback: str

    def __str__(self) -> str:
        return f"{self.scenario.name}, seed {self.scenario.seed}: {self.error}"


def run_scenario(scenario: Scenario) -> RunResult:
    """Run a scenario to its end.

    Args:
        scenario: What to run.

    Returns:
        Its records.
    """
    return collect(Economy(scenario).run())


def collect(economy: Economy) -> RunResult:
    """Records of an economy that has run."""
    indicators = economy.indicators
    indicators.insert(0, "month", indicators.index.astype(str))
    breakdowns = economy.breakdowns
    breakdowns["month"] = breakdowns["month"].astype(str)
    breakdowns = pd.concat([breakdowns, _of_final_year(economy)], ignore_index=True)
    headings: dict[str, float] = {}
    for costs in economy.ledger.headings.values():
        for heading, pence in costs.items():
            headings[heading] = headings.get(heading, 0.0) + pence / 100.0 * economy.scale
    discrepancy: dict[str, int] = {}
    for closure in economy.ledger.closures:
        for sector, gap in closure.discrepancy.items():
            name = sector.name.lower()
            discrepancy[name] = discrepancy.get(name, 0) + abs(gap)
    return RunResult(
        scenario=economy.scenario,
        indicators=indicators.reset_index(drop=True),
        breakdowns=breakdowns,
        headings=headings,
        digest=economy.digest(),
        months_closed=len(economy.ledger.closures),
        payments=sum(closure.payments for closure in economy.ledger.closures),
        discrepancy=discrepancy,
        assumptions=tuple(sorted(economy.assumptions.used)),
    )


def _of_final_year(economy: Economy) -> pd.DataFrame:
    """Payments of the final year and what pledges put in, as rows of breakdowns."""
    payments, month = economy.recorder.payments(), economy.scenario.calendar(economy.month - 1)
    rows = [
        (month, dimension, row.sector, row.flow, float(getattr(row, dimension)))
        for dimension in (PAID, RECEIVED)
        for row in payments.itertuples()
        if getattr(row, dimension)
    ]
    rows += [(month, PLEDGES, "members", name, value) for name, value in economy.recorder.pledges().items()]
    return pd.DataFrame(rows, columns=["month", "dimension", "group", "outcome", "value"])


def failure(scenario: Scenario, error: BaseException) -> RunFailure:
    """A failure from what was raised."""
    line = f"{type(error).__name__}: {error}".splitlines()[0]
    return RunFailure(scenario, line, "".join(traceback.format_exception(error)))
