"""What the model forecasts for each authority, from the records of its runs and its opening state.

Rates are means over the four quarters of a year. Pay is that of March, next to April, the month of the official survey:
weekly pay of the opening state times the growth of median hourly pay since, because runs record hourly pay by authority
and not weekly pay.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from experiments.backtest_scores import EMPLOYMENT, INACTIVITY, MODEL, PAY
from experiments.effects import paired_statistics
from experiments.measure import Measurer
from simulation import Economy, Scenario
from simulation.groups import by_group

HOURLY = "median_hourly_pay"
#: Month of the year whose pay is taken.
PAY_MONTH = "03"
FORECAST_COLUMNS = ("authority", "quantity", "year", "forecaster", "forecast", "forecast_low", "forecast_high", "seeds")


def opening_pay(scenario: Scenario) -> dict[str, tuple[float, float]]:
    """Median weekly and hourly pay of each authority at month 0, pounds."""
    economy = Economy(scenario)
    measurer = Measurer(economy)
    hourly = {group: value for _, group, name, value in by_group(economy, ["authority"]) if name == HOURLY}
    found = {}
    for name in economy.region.authority_names:
        weekly = measurer.measure(PAY, name)
        assert weekly is not None
        found[name] = (weekly.value, hourly[name])
    return found


def year_of_run(breakdowns: pd.DataFrame, year: int, opening: Mapping[str, tuple[float, float]]) -> pd.DataFrame:
    """Forecasts of one run for its last year.

    Args:
        breakdowns: Its outcomes by group.
        year: The calendar year; the run must record its four quarters.
        opening: Weekly and hourly pay by authority at month 0.

    Returns:
        Columns authority, quantity, value.
    """
    mine = breakdowns[(breakdowns["dimension"] == "authority") & breakdowns["month"].str.startswith(f"{year}-")]
    assert mine["month"].nunique() == 4, f"{year}: {mine['month'].nunique()} quarters"
    wide = mine.astype({"group": str}).pivot_table(index="group", columns="outcome", values="value", observed=True)
    march = mine[(mine["month"] == f"{year}-{PAY_MONTH}") & (mine["outcome"] == HOURLY)]
    hourly = dict(zip(march["group"].astype(str), march["value"], strict=True))
    rows = []
    for name, (weekly, at_first) in opening.items():
        rows += [(name, quantity, float(wide[quantity][name])) for quantity in (EMPLOYMENT, INACTIVITY)]
        rows.append((name, PAY, weekly * hourly[name] / at_first))
    return pd.DataFrame(rows, columns=["authority", "quantity", "value"])


def over_seeds(table: pd.DataFrame) -> pd.DataFrame:
    """Means over seeds with their 95% intervals.

    Args:
        table: Columns authority, quantity, year, seed, value.

    Returns:
        `FORECAST_COLUMNS`. The interval is that of the mean, not of what may happen.
    """
    wide = table.pivot_table(index=["authority", "quantity", "year"], columns="seed", values="value", sort=False)
    values = wide.to_numpy(dtype=np.float64)
    statistics = paired_statistics(np.zeros_like(values), values)
    found = wide.index.to_frame(index=False).assign(
        forecaster=MODEL,
        forecast=statistics["effect"],
        forecast_low=statistics["low"],
        forecast_high=statistics["high"],
        seeds=statistics["seeds"],
    )
    return found[list(FORECAST_COLUMNS)]
