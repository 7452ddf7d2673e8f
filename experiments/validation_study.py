"""The study behind `validate`: the baseline beside official figures and published facts, fitted and held out."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
import pandas as pd

from experiments.effects import LEVEL as RISK
from experiments.errors import RunsFailedError
from experiments.measure import Measurement
from experiments.measured import OPENING, measures
from experiments.panel import FIRST, LAST
from experiments.scenario_records import as_written, scenario_from, scenario_to, seeds_of
from experiments.study import Study
from experiments.tables import Tables
from experiments.validate import YEAR, baseline_rows, target_row
from simulation.region import load_region

if TYPE_CHECKING:
    from experiments.drawing import Picture
    from experiments.laboratory import Runs
    from experiments.records import RunResult
    from simulation.scenario import Scenario

#: Months over which indicators of later years are averaged: those of the panel.
WINDOW = slice(FIRST, LAST)
FIT, HELD_OUT = "fit", "held_out"
COLUMNS = (
    "name", "role", "when", "area", "target", "low", "high", "simulated", "simulated_low", "simulated_high",
    "difference", "pass", "unit", "source", "why",
)  # fmt: skip


@dataclass(frozen=True)
class ValidationStudy(Study):
    """A scenario without policies under some seeds, measured.

    Attributes:
        base: The scenario; policies are left out and its seed is replaced.
        seeds: Seeds, ascending.
    """

    kind: ClassVar[str] = "validation"
    title: ClassVar[str] = "What the model gets right, and what it does not"
    measured: ClassVar[bool] = True

    base: Scenario
    seeds: tuple[int, ...]

    def scenarios(self) -> list[Scenario]:
        """The baseline under every seed."""
        return [self.base.with_(name="baseline", policies=(), seed=seed) for seed in self.seeds]

    def analyse(self, runs: Runs) -> Tables:
        """Tables `targets` and `baseline`, and `years` with the means of the baseline by year of the run."""
        results = [runs.result(scenario) for scenario in self.scenarios() if runs.failed(scenario) is None]
        if not results:
            failure = runs.failed(self.scenarios()[0])
            raise RunsFailedError(f"every run of the baseline failed; the first: {failure}")
        return {
            "targets": target_table(load_region(self.base.region).targets, results),
            "baseline": pd.DataFrame(baseline_rows(results)),
            "years": yearly_means(results),
        }

    def record(self) -> dict[str, Any]:
        """The design as plain data."""
        return {"base": scenario_to(self.base), "seeds": list(self.seeds)}

    @classmethod
    def from_record(cls, where: str, record: dict[str, Any]) -> Self:
        """The study of a record."""
        with as_written(where, "a validation's manifest"):
            return cls(scenario_from(f"{where}: base", record["base"]), seeds_of(record))

    def sentences(self, tables: Tables) -> list[str]:
        """How many targets are met, and every miss with what is known of its cause."""
        return validation_sentences(tables)

    def drawings(self, tables: Tables) -> dict[str, Callable[[], Picture]]:
        """How far each target is missed, and the baseline over the years."""
        from experiments.validation_pictures import distance_picture

        return {"distances": lambda: distance_picture(tables["targets"])}


def later_figures(indicators: pd.DataFrame) -> dict[str, float]:
    """Figures of the later years that targets name, from the indicators of one run, by name.

    Args:
        indicators: A row a month.

    Returns:
        The mean of each indicator over the months of the panel, and `start_up_rate`, start-ups a year over businesses;
        none where the run is too short.
    """
    window = indicators.drop(columns="month", errors="ignore").iloc[WINDOW]
    if len(indicators) < LAST:
        return {}
    found = {str(name): float(value) for name, value in window.mean().items()}
    found["start_up_rate"] = float(window["business_births"].mean()) * YEAR / found["businesses"]
    return found


def measured_figures(result: RunResult) -> dict[tuple[str, str, str], tuple[float, float, float]]:
    """Value, standard error and sample of all that a measured run says, by when, area and quantity."""
    found = {
        (str(row.when), str(row.authority), str(row.quantity)): (float(row.value), float(row.error), float(row.sample))  # type: ignore[arg-type]
        for row in measures(result).itertuples()
    }
    later = later_figures(result.indicators)
    return found | {("run", "region", name): (value, math.nan, 0.0) for name, value in later.items()}


def target_table(targets: pd.DataFrame, results: list[RunResult]) -> pd.DataFrame:
    """Every target beside what the runs say.

    Args:
        targets: Table of the region pack.
        results: Measured runs of the baseline, one for each seed.

    Returns:
        Columns `COLUMNS`: `low` and `high` are what is allowed, the half-width with two standard errors of sampling;
        `simulated` is the mean over seeds and `simulated_low` to `simulated_high` its 95% interval. `pass` is none
        where nothing was measured.
    """
    figures = [measured_figures(result) for result in results]
    rows = []
    for line in targets.to_dict(orient="records"):
        key = (str(line["when"]), str(line["authority"]), str(line["quantity"]))
        found = [run[key] for run in figures if key in run]
        values = np.array([value for value, _, _ in found])
        values = values[np.isfinite(values)]
        measurement, low, high = None, math.nan, math.nan
        if values.size:
            measurement = _pooled(values, found, opening=key[0] == OPENING)
            low, high = _interval(values)
        row = target_row(line, measurement)
        row |= {"role": line["role"], "when": line["when"], "simulated_low": low, "simulated_high": high}
        row["why"] = "" if row["pass"] is not False else str(line["why"])
        rows.append(row)
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _pooled(values: np.ndarray[Any, Any], found: list[tuple[float, float, float]], *, opening: bool) -> Measurement:
    """The mean over seeds; at the opening with the sampling of one run, later with that of the seeds."""
    mean = float(values.mean())
    if opening:
        _, error, sample = found[0]
        return Measurement(mean, sample=int(sample), error=0.0 if math.isnan(error) else error)
    error = float(values.std(ddof=1) / math.sqrt(values.size)) if values.size > 1 else 0.0
    return Measurement(mean, error=error)


def _interval(values: np.ndarray[Any, Any]) -> tuple[float, float]:
    from scipy.stats import t as student_t

    n = values.size
    if n < 2:
        return math.nan, math.nan
    half = float(student_t.ppf(1.0 - RISK / 2, n - 1) * values.std(ddof=1) / math.sqrt(n))
    return float(values.mean()) - half, float(values.mean()) + half


def yearly_means(results: list[RunResult]) -> pd.DataFrame:
    """Means over seeds of all indicators by year of the run, in long form: year, outcome, mean, low, high."""
    rows = []
    for name in results[0].indicators.columns.drop("month"):
        monthly = np.stack([result.indicators[name].to_numpy(dtype=np.float64) for result in results])
        for year in range(monthly.shape[1] // YEAR):
            part = monthly[:, year * YEAR : (year + 1) * YEAR]
            known = np.isfinite(part).all(axis=1)
            if known.any():
                means = part[known].mean(axis=1)
                rows.append((year + 1, name, float(means.mean()), float(means.min()), float(means.max())))
    return pd.DataFrame(rows, columns=["year", "outcome", "mean", "low", "high"])


def _met(rows: pd.DataFrame) -> str:
    met = int(rows["pass"].astype(bool).sum())
    return f"{met} are met ({100 * met / len(rows):.0f}%)"


def _by_time(rows: pd.DataFrame) -> str:
    """How many are met of the opening state, which is built to meet what is fitted, and of later years."""
    opening = rows["when"] == OPENING
    parts = [
        f"{int(own['pass'].astype(bool).sum())} of {len(own)} {words}"
        for own, words in ((rows[opening], "of the opening state"), (rows[~opening], "of later years"))
        if len(own)
    ]
    return " and ".join(parts)


def validation_sentences(tables: Mapping[str, pd.DataFrame]) -> list[str]:
    """How many targets are met, by role, and every miss with what is known of its cause.

    Args:
        tables: As the study gives them.
    """
    targets = tables["targets"]
    found = []
    for role, words in ((FIT, "fitted"), (HELD_OUT, "held out")):
        own = targets[targets["role"] == role]
        told = own[own["pass"].notna()]
        if len(told):
            found.append(f"Of {len(told)} {words} targets {_met(told)}: {_by_time(told)}.")
        if len(told) < len(own):
            found.append(f"{len(own) - len(told)} {words} targets were not measured: the runs are too short.")
    for row in targets[targets["pass"].eq(False)].to_dict(orient="records"):
        allowed = (
            f"{row['low']:.4g} to {row['high']:.4g}" if math.isfinite(row["high"]) else f"at least {row['low']:.4g}"
        )
        why = row["why"] or "No cause is known yet."
        role = row["role"].replace("_", " ")
        found.append(f"Missed ({role}): {row['name']}, {row['simulated']:.4g}; allowed is {allowed}. {why}")
    checks = tables["baseline"]
    failed = checks[checks["pass"].eq(False)]
    kept = int(checks["pass"].eq(True).sum())
    found.append(f"Of {kept + len(failed)} checks that the baseline stays put {kept} hold.")
    found += [
        f"Does not hold: {row['name']}, {row['simulated_low']:.4g} to {row['simulated_high']:.4g}; allowed is "
        f"{row['low']:.4g} to {row['high']:.4g}."
        for row in failed.to_dict(orient="records")
    ]
    return found
