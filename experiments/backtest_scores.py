"""Scores of forecasts against official figures: errors, mean absolute errors, and which forecaster is nearer.

Everything here is arithmetic on tables, so that it can be checked by hand.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from experiments.effects import interval

#: The year at the end of which forecasts are made, and the years that are forecast.
ORIGIN, YEARS = 2018, (2019, 2021, 2022)
#: Years that no forecaster knows anything of; the opening state knows half of 2019.
UNSEEN = (2021, 2022)
EMPLOYMENT, INACTIVITY, PAY = "employment_rate", "inactivity_rate", "median_weekly_pay"
QUANTITIES = (EMPLOYMENT, INACTIVITY, PAY)
PRICES, WEIGHT = "consumer_prices", "employees"
REGION, NATION = "region", "national"
#: Forecasters.
MODEL, NO_CHANGE, TREND, OPENING = "model", "no change", "regional trend", "opening kept"
NAIVE = (NO_CHANGE, TREND, OPENING)
#: Verdicts of a contest.
BETTER, WORSE, EVEN = "model nearer", "model farther", "no clear difference"
ERROR_COLUMNS = (
    "authority", "quantity", "year", "forecaster", "forecast", "official", "low", "high", "error", "within",
)  # fmt: skip
SCORE_COLUMNS = ("quantity", "years", "forecaster", "mean_absolute_error", "mean_error", "within", "cases", "nearest")
CONTEST_COLUMNS = ("quantity", "years", "rival", "difference", "low", "high", "authorities", "verdict")


def in_opening_prices(history: pd.DataFrame) -> pd.DataFrame:
    """Official figures with pay in the prices of the opening state: the mean of those of 2018 and 2019.

    The opening state's pay is the mean of the nominal figures of these two years.

    Args:
        history: The pack's table of that name.

    Returns:
        The same rows; those of pay, with their limits, times the mean of the two years' price indices over the year's.

    Raises:
        KeyError: The table lacks the prices of a year.
    """
    prices = history[history["quantity"] == PRICES].set_index("year")["value"]
    base = float((prices[ORIGIN] + prices[ORIGIN + 1]) / 2.0)
    found = history[history["quantity"] != PRICES].copy()
    pay = found["quantity"] == PAY
    factor = np.where(pay, base / found["year"].map(prices), 1.0)
    if np.isnan(factor).any():
        raise KeyError(f"prices of {sorted(set(found.loc[np.isnan(factor), 'year']))}")
    for column in ("value", "low", "high"):
        found[column] = found[column] * factor
    return found


def regional(real: pd.DataFrame, quantity: str) -> dict[int, float]:
    """A quantity of the region by year; where the table has none, the mean of authorities weighted by employees.

    Args:
        real: As `in_opening_prices` gives it.
        quantity: One of `QUANTITIES`.
    """
    mine = real[real["quantity"] == quantity]
    whole = mine[mine["authority"] == REGION].set_index("year")["value"]
    if len(whole):
        return {int(year): float(value) for year, value in zip(whole.index, whole, strict=True)}
    keys = ["authority", "year"]
    staff = real[real["quantity"] == WEIGHT].set_index(keys)["value"]
    values = mine.set_index(keys)["value"]
    weights = staff.reindex(values.index)
    sums = (values * weights).groupby("year").sum() / weights.groupby("year").sum()
    return {int(year): float(value) for year, value in zip(sums.index, sums, strict=True)}


def trend(real: pd.DataFrame, quantity: str) -> tuple[float, tuple[int, int]]:
    """Yearly trend of the region before the forecast.

    From the earliest year to `ORIGIN` where there is an earlier one; else over 2018 and 2019, the two years that the
    opening state is the mean of.

    Args:
        real: As `in_opening_prices` gives it.
        quantity: One of `QUANTITIES`.

    Returns:
        Change a year, as a ratio for pay and in its own unit for rates, and the first and last year it is taken from.
    """
    values = regional(real, quantity)
    first = min(values)
    span = (first, ORIGIN) if first < ORIGIN else (ORIGIN, ORIGIN + 1)
    years = span[1] - span[0]
    start, end = values[span[0]], values[span[1]]
    if quantity == PAY:
        return float((end / start) ** (1.0 / years)), span
    return (end - start) / years, span


def naive_forecasts(real: pd.DataFrame, authorities: Sequence[str]) -> pd.DataFrame:
    """What the three naive forecasters say of every authority, quantity and year.

    No change keeps the figure of 2018; the regional trend adds the region's yearly change to it; the opening kept is
    the mean of 2018 and 2019, all that the model is given.

    Returns:
        Columns authority, quantity, year, forecaster, forecast.
    """
    official = real.set_index(["authority", "year", "quantity"])["value"]
    rows = []
    for quantity in QUANTITIES:
        step, _ = trend(real, quantity)
        for name in authorities:
            start = float(official[name, ORIGIN, quantity])
            opening = (start + float(official[name, ORIGIN + 1, quantity])) / 2.0
            for year in YEARS:
                ahead = year - ORIGIN
                trended = start * step**ahead if quantity == PAY else start + step * ahead
                for who, value in zip(NAIVE, (start, trended, opening), strict=True):
                    rows.append((name, quantity, year, who, value))
    return pd.DataFrame(rows, columns=["authority", "quantity", "year", "forecaster", "forecast"])


def errors(forecasts: pd.DataFrame, real: pd.DataFrame) -> pd.DataFrame:
    """Forecasts beside official figures.

    Args:
        forecasts: Columns authority, quantity, year, forecaster, forecast.
        real: As `in_opening_prices` gives it.

    Returns:
        `ERROR_COLUMNS`: `error` is forecast less official, `within` whether the forecast lies in the official figure's
        95% interval.
    """
    official = real.rename(columns={"value": "official"})
    table = forecasts.merge(
        official[["authority", "quantity", "year", "official", "low", "high"]], on=["authority", "quantity", "year"]
    )
    table["error"] = table["forecast"] - table["official"]
    table["within"] = (table["forecast"] >= table["low"]) & (table["forecast"] <= table["high"])
    return table[list(ERROR_COLUMNS)]


def windows() -> Mapping[str, tuple[int, ...]]:
    """Years over which scores are taken, by name; the last is the test proper."""
    return {**{str(year): (year,) for year in YEARS}, "2021 and 2022": UNSEEN}


def scores(table: pd.DataFrame) -> pd.DataFrame:
    """Mean absolute errors by quantity, years and forecaster.

    Args:
        table: As `errors` gives it.

    Returns:
        `SCORE_COLUMNS`: `mean_error` is positive where forecasts are too high, `within` the share of forecasts inside
        the official interval, `nearest` marks the least mean absolute error.
    """
    rows = []
    for quantity in QUANTITIES:
        for name, years in windows().items():
            mine = table[(table["quantity"] == quantity) & table["year"].isin(years)]
            sizes = mine["error"].abs().groupby(mine["forecaster"]).mean()
            for who in (MODEL, *NAIVE):
                own = mine[mine["forecaster"] == who]
                rows.append(
                    (quantity, name, who, float(sizes[who]), float(own["error"].mean()), float(own["within"].mean()),
                     len(own), bool(sizes[who] == sizes.min()))
                )  # fmt: skip
    return pd.DataFrame(rows, columns=list(SCORE_COLUMNS))


def contests(table: pd.DataFrame) -> pd.DataFrame:
    """The model against each naive forecaster, paired by authority.

    Each authority gives one difference, its mean absolute error under the model less that under the rival over the
    years of a window; the interval is Student's t over authorities. Authorities share the region's luck, so that it is
    rather too narrow.

    Args:
        table: As `errors` gives it.

    Returns:
        `CONTEST_COLUMNS`: a negative difference is a nearer model.
    """
    rows = []
    for quantity in QUANTITIES:
        for name, years in windows().items():
            mine = table[(table["quantity"] == quantity) & table["year"].isin(years)]
            size = mine.assign(size=mine["error"].abs()).pivot_table(
                index="authority", columns="forecaster", values="size", aggfunc="mean"
            )
            for rival in NAIVE:
                gap = (size[MODEL] - size[rival]).to_numpy(dtype=np.float64)
                low, high = interval(gap, 0.05)
                verdict = BETTER if high < 0.0 else WORSE if low > 0.0 else EVEN
                rows.append((quantity, name, rival, float(gap.mean()), low, high, gap.size, verdict))
    return pd.DataFrame(rows, columns=list(CONTEST_COLUMNS))
