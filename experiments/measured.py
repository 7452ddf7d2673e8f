"""Runs that are measured as surveys would: the opening state by official definitions, later years by a panel.

What is measured stands among the breakdowns of the run, so that it is kept, listed and asked for like all else. The
run itself is the same: measuring only reads.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pandas as pd

from experiments.measure import Measurer
from experiments.panel import FIRST, Panel
from experiments.records import RunResult, collect
from simulation import Economy, Scenario

#: When something is measured: in month 0, or over the months of the panel.
OPENING, PANEL = "opening", "panel"
#: Dimensions under which values, their standard errors and the size of their samples stand.
VALUE, ERROR, SAMPLE = "measured", "measured_error", "measured_sample"
#: Group of what is measured of the whole region.
REGION = "region"
Row = tuple[str, str, str, str, float]


def measured_run(scenario: Scenario) -> RunResult:
    """Run a scenario to its end and measure it.

    Args:
        scenario: What to run.

    Returns:
        Its records; their breakdowns hold what was measured too, see `measures`.
    """
    economy = Economy(scenario)
    rows = list(_opening(economy))
    panel = Panel(economy) if scenario.months > FIRST else None
    while economy.month < scenario.months:
        economy.step()
        if panel is not None:
            panel.observe()
    if panel is not None:
        for quantity, value, error, sample in panel.moments().itertuples(index=False):
            rows += _rows(PANEL, REGION, str(quantity), float(value), float(error), float(sample))
    return _with_rows(collect(economy), rows)


def with_opening(result: RunResult, economy: Economy) -> RunResult:
    """Records of a run with its opening state measured.

    Args:
        result: The run.
        economy: Of its scenario, at month 0.
    """
    return _with_rows(result, list(_opening(economy)))


def _with_rows(result: RunResult, rows: list[Row]) -> RunResult:
    columns = ["month", "dimension", "group", "outcome", "value"]
    found = pd.DataFrame(rows, columns=columns).dropna()
    return replace(result, breakdowns=pd.concat([result.breakdowns[columns], found], ignore_index=True))


def _opening(economy: Economy) -> Iterator[Row]:
    measurer, targets = Measurer(economy), economy.region.targets
    for line in targets[targets["when"] == OPENING].itertuples():
        found = measurer.measure(str(line.quantity), str(line.authority))
        if found is not None:
            yield from _rows(
                OPENING, str(line.authority), str(line.quantity), found.value, found.error, float(found.sample)
            )


def _rows(when: str, area: str, quantity: str, value: float, error: float, sample: float) -> list[Row]:
    parts = ((VALUE, value), (ERROR, error), (SAMPLE, sample))
    return [(when, dimension, area, quantity, number) for dimension, number in parts]


def measures(result: RunResult) -> pd.DataFrame:
    """What was measured of a run.

    Args:
        result: Of `measured_run`.

    Returns:
        Columns when, authority, quantity, value, error (standard error by the size of the sample) and sample; not a
        number where there is none.
    """
    table = result.breakdowns
    table = table[table["dimension"].isin([VALUE, ERROR, SAMPLE])]
    wide = table.pivot_table(
        index=["month", "group", "outcome"], columns="dimension", values="value", sort=False, dropna=False
    ).reindex(columns=[VALUE, ERROR, SAMPLE])
    wide = wide[wide[VALUE].notna()].reset_index()
    wide.columns = pd.Index(["when", "authority", "quantity", "value", "error", "sample"])
    return wide
