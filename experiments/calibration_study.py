"""The study behind `calibrate`: trials of assumptions, those not ruled out, and what the targets do not pin down."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
import pandas as pd

from experiments.calibration import RULED_OUT, Point, distance, implausibility, score, search
from experiments.errors import InputError, RunsFailedError
from experiments.laboratory import Execution, perform
from experiments.phrases import listed
from experiments.run_key import RunKeys
from experiments.scenario_records import as_written, scenario_from, scenario_to, seeds_of
from experiments.study import Study
from experiments.tables import Tables
from experiments.validation_study import target_table
from experiments.variations import Variation, variations_from
from simulation.region import load_region

if TYPE_CHECKING:
    from experiments.drawing import Picture
    from experiments.laboratory import Runs
    from simulation.region import Region
    from simulation.scenario import Scenario

#: Distance of a set of assumptions under which a run failed.
FAILED = 1e6
#: Members that an ensemble should have at least.
ENOUGH = 30
#: Width of the members' values over that of the range, above which the targets do not pin an assumption down.
PINNED = 0.7


@dataclass(frozen=True)
class CalibrationStudy(Study):
    """Trials of a calibration.

    Attributes:
        base: Scenario whose assumptions are varied, without policies.
        space: What is varied.
        seeds: Seeds of each trial.
        trials: Values by name, in the order in which they were tried.
    """

    kind: ClassVar[str] = "calibration"
    title: ClassVar[str] = "Calibration"
    measured: ClassVar[bool] = True

    base: Scenario
    space: tuple[Variation, ...]
    seeds: tuple[int, ...]
    trials: tuple[Point, ...]

    def scenarios(self) -> list[Scenario]:
        """Every trial under every seed."""
        return [self.run_of(trial, seed) for trial in range(len(self.trials)) for seed in self.seeds]

    def run_of(self, trial: int, seed: int) -> Scenario:
        """The scenario of a trial under a seed."""
        values = {**self.base.assumptions, **self.trials[trial]}
        return self.base.with_(name=f"trial {trial + 1}", policies=(), seed=seed, assumptions=values)

    def targets_of(self, trial: int, runs: Runs) -> pd.DataFrame | None:
        """Targets beside what a trial gives; None where a run of it failed."""
        scenarios = [self.run_of(trial, seed) for seed in self.seeds]
        if any(runs.failed(scenario) for scenario in scenarios):
            return None
        return target_table(load_region(self.base.region).targets, [runs.result(scenario) for scenario in scenarios])

    def analyse(self, runs: Runs) -> Tables:
        """Tables `trials`, `members` (those not ruled out, best first), `assumptions` and `targets` (of the best).

        A fifth, `ensemble`, holds the members as a region pack's `ensemble.csv` does.
        """
        rows, details = [], {}
        for trial in range(len(self.trials)):
            table = self.targets_of(trial, runs)
            if table is None:
                continue
            missed = implausibility(table)
            worst = missed.nlargest(1, "implausibility").iloc[0]
            details[trial] = table
            rows.append(
                {"trial": trial + 1, "distance": distance(missed), "worst": worst["implausibility"],
                 "worst_target": worst["name"], **self.trials[trial]}
            )  # fmt: skip
        if not rows:
            raise RunsFailedError(f"every trial failed; the first: {runs.failed(self.run_of(0, self.seeds[0]))}")
        trials = pd.DataFrame(rows)
        ranked = trials.sort_values("distance", kind="stable")
        members = ranked[ranked["worst"] <= RULED_OUT].reset_index(drop=True)
        members.insert(0, "member", np.arange(1, len(members) + 1))
        return {
            "trials": trials,
            "members": members,
            "ensemble": ensemble_table([variation.name for variation in self.space], members),
            "assumptions": pinned(self.space, members),
            "targets": details[int((members if len(members) else ranked)["trial"].iloc[0]) - 1],
        }

    def record(self) -> dict[str, Any]:
        """The design as plain data."""
        return {
            "base": scenario_to(self.base),
            "vary": [variation.record() for variation in self.space],
            "seeds": list(self.seeds),
            "trials": [dict(trial) for trial in self.trials],
        }

    @classmethod
    def from_record(cls, where: str, record: dict[str, Any]) -> Self:
        """The study of a record."""
        with as_written(where, "a calibration's manifest"):
            base = scenario_from(f"{where}: base", record["base"])
            space = variations_from(f"{where}: vary", base, record["vary"])
            trials = tuple({str(k): float(v) for k, v in trial.items()} for trial in record["trials"])
            if not trials:
                raise ValueError("trials")
            return cls(base, space, seeds_of(record), trials)

    def sentences(self, tables: Tables) -> list[str]:
        """How many sets are not ruled out, what rules the others out, and what stays open."""
        return calibration_sentences(tables)

    def drawings(self, tables: Tables) -> dict[str, Callable[[], Picture]]:
        """Distances of trials, and how far the best is from each target."""
        from experiments.validation_pictures import distance_picture

        return {"distances": lambda: distance_picture(tables["targets"])}


def ensemble_table(names: Sequence[str], members: pd.DataFrame) -> pd.DataFrame:
    """Members as a region pack keeps them: a row for each and each assumption.

    Args:
        names: Assumptions that were varied.
        members: Sets that are not ruled out, best first.

    Returns:
        Columns member, distance, assumption, value and source.
    """
    long = members.melt(["member", "distance", "trial"], list(names), var_name="assumption")
    long["source"] = "calibrate: trial " + long["trial"].astype(str)
    long["distance"] = long["distance"].round(3)
    return long.sort_values("member", kind="stable")[["member", "distance", "assumption", "value", "source"]]


def usual_space(region: Region) -> list[str]:
    """Names of the assumptions that a region pack says to calibrate.

    Raises:
        InputError: It says none.
    """
    if "calibration" not in region.tables:
        raise InputError(f"{region.path}: calibration.csv: there is none; allowed is --vary with assumptions")
    return [str(name) for name in region.tables["calibration"]["assumption"]]


def calibrate(
    base: Scenario,
    space: tuple[Variation, ...],
    seeds: tuple[int, ...],
    trials: int,
    search_seed: int,
    file: Path,
    execution: Execution,
) -> CalibrationStudy:
    """Search for sets of assumptions that meet the fitted targets.

    Args:
        base: Scenario whose assumptions are varied.
        space: What is varied.
        seeds: Seeds of each trial.
        trials: How many trials.
        search_seed: Seed of the search.
        file: SQLite file of the search; a search in it goes on.
        execution: Where and how runs are done.

    Returns:
        The study of all trials; its runs are in the store.

    Raises:
        InputError: The file is of another search, or nothing is varied.
    """
    if not space:
        raise InputError("--vary: allowed is at least one assumption")

    def evaluate(points: list[Point]) -> list[float]:
        study = CalibrationStudy(base, space, seeds, tuple(points))
        runs = perform(study.scenarios(), execution, measured=True)
        tables = [study.targets_of(trial, runs) for trial in range(len(points))]
        # A set of assumptions under which the model cannot run is as bad as can be.
        return [FAILED if table is None else score(implausibility(table)) for table in tables]

    keys = RunKeys(measured=True)
    design = {
        "runs": [keys(base.with_(policies=(), seed=seed)) for seed in seeds],
        "vary": [variation.record() for variation in space],
        "seed": search_seed,
    }
    found = search(space, trials, search_seed, evaluate, file, design)
    return CalibrationStudy(base, space, seeds, tuple(point for point, _ in found))


def pinned(space: Sequence[Variation], members: pd.DataFrame) -> pd.DataFrame:
    """How far the targets pin each assumption down.

    Args:
        space: What is varied.
        members: Sets that are not ruled out, best first.

    Returns:
        Columns assumption, default, best, low, high (of the members), range_low, range_high, width (standard deviation
        of the members over that of the whole range, drawn uniformly) and pinned; not a number under two members.
    """
    rows = []
    for variation in space:
        values = members[variation.name].to_numpy(dtype=np.float64)
        uniform = (variation.high - variation.low) / math.sqrt(12.0)
        width = float(values.std(ddof=1) / uniform) if values.size > 1 else math.nan
        ends = (float(values.min()), float(values.max())) if values.size else (math.nan, math.nan)
        best = float(values[0]) if values.size else math.nan
        rows.append(
            (variation.name, variation.dial.default, best, *ends, variation.low, variation.high, width, width < PINNED)
        )
    columns = ["assumption", "default", "best", "low", "high", "range_low", "range_high", "width", "pinned"]
    return pd.DataFrame(rows, columns=columns)


def calibration_sentences(tables: Tables) -> list[str]:
    """How many sets are not ruled out, what rules the others out, and what stays open.

    Args:
        tables: As the study gives them.
    """
    trials, members, assumptions = tables["trials"], tables["members"], tables["assumptions"]
    best = (members if len(members) else trials).nsmallest(1, "distance").iloc[0]
    which = "The best of them" if len(members) else "The best set"
    found = [
        f"Of {len(trials)} sets of assumptions {len(members)} are not ruled out: none of their fitted targets is "
        f"missed by more than {RULED_OUT:g} standard deviations.",
        f"{which} is trial {int(best['trial'])}, at a distance of {best['distance']:.2f} standard deviations; the "
        f"first, of the defaults, is at {trials['distance'].iloc[0]:.2f}.",
    ]
    out = trials[trials["worst"] > RULED_OUT]
    if len(out):
        names = out["worst_target"].value_counts()
        told = [f"{name} ({count})" for name, count in names.head(4).items()]
        found.append(f"What rules the others out most: {listed(told)}.")
    if len(members) < ENOUGH:
        found.append(f"An ensemble takes {ENOUGH} sets at least; more trials may find them.")
    if len(members) > 1:
        loose = assumptions.loc[~assumptions["pinned"], "assumption"].tolist()
        if loose:
            found.append(f"The targets do not pin down: {listed(loose)}.")
    return found
