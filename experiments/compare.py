"""Runs a comparison from its design to the effects."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from experiments import provenance
from experiments.comparison import BREAKDOWN_COLUMNS, INDICATOR_KEYS, Arm, Comparison
from experiments.designs import check_scenario
from experiments.effects import costs, effects, group_effects
from experiments.errors import RunsFailedError
from experiments.runner import Outcome, RunFailure, RunResult, run_all
from simulation.region import Region
from simulation.scenario import Scenario

Progress = Callable[[Outcome], None]


@dataclass(frozen=True)
class FailedRun:
    """A run of a comparison that failed.

    Attributes:
        arm: Name of its arm.
        seed: Its seed.
        error: The exception in one line.
        traceback: Where it was raised.
    """

    arm: str
    seed: int
    error: str
    traceback: str


def compare(
    arms: Sequence[Arm],
    seeds: Sequence[int],
    workers: int | None = None,
    cluster: str | None = None,
    progress: Progress | None = None,
) -> tuple[Comparison, list[FailedRun]]:
    """Run every arm under every seed and work out the effects.

    Args:
        arms: The baseline, then the policy arms.
        seeds: Seeds, in any order.
        workers: As in `runner.run_all`.
        cluster: As in `runner.run_all`.
        progress: Called as each run ends.

    Returns:
        The comparison over the seeds under which no run failed, and the runs that did.

    Raises:
        InputError: The workers or the cluster cannot be had, or the region pack is wrong.
        RunsFailedError: Runs failed under every seed.
        ScenarioError: An assumption is unknown or out of range.
    """
    regions = [check_scenario(arm.name, arm.scenario) for arm in arms]
    seeds = tuple(sorted(set(seeds)))
    started = provenance.now()
    plan = [(arm, seed) for arm in arms for seed in seeds]
    outcomes = run_all([arm.scenario.with_(seed=seed) for arm, seed in plan], workers, cluster, progress)
    failed = [
        FailedRun(arm.name, seed, outcome.error, outcome.traceback)
        for (arm, seed), outcome in zip(plan, outcomes, strict=True)
        if isinstance(outcome, RunFailure)
    ]
    whole = tuple(seed for seed in seeds if seed not in {run.seed for run in failed})
    if not whole:
        raise RunsFailedError(f"runs failed under every seed; the first: {describe(failed[0])}\n{failed[0].traceback}")
    results = {
        (arm.name, seed): outcome
        for (arm, seed), outcome in zip(plan, outcomes, strict=True)
        if isinstance(outcome, RunResult) and seed in whole
    }
    return assemble(tuple(arms), whole, results, regions[0], started, failed), failed


def describe(run: FailedRun) -> str:
    """A failed run in one line."""
    return f"{run.arm}, seed {run.seed}: {run.error}"


def assemble(
    arms: tuple[Arm, ...],
    seeds: tuple[int, ...],
    results: dict[tuple[str, int], RunResult],
    region: Region,
    started: str,
    failed: Sequence[FailedRun] = (),
) -> Comparison:
    """A comparison from its runs.

    Args:
        arms: The baseline, then the policy arms.
        seeds: Seeds that every arm has.
        results: Runs by arm name and seed.
        region: The region pack.
        started: When the first run began.
        failed: Runs that failed, for the manifest.
    """
    plan = [(arm.name, seed) for arm in arms for seed in seeds]
    indicators = _label([(*key, results[key].indicators) for key in plan], INDICATOR_KEYS)
    breakdowns = _label([(*key, results[key].breakdowns) for key in plan], BREAKDOWN_COLUMNS)
    used = sorted({name for result in results.values() for name in result.assumptions})
    record = provenance.manifest("comparison", region, started)
    record["seeds"] = list(seeds)
    record["arms"] = [
        {"name": arm.name, "title": arm.title, "scenario": provenance.scenario_record(arm.scenario)} for arm in arms
    ]
    record["runs"] = [_run_record(name, seed, results[name, seed]) for name, seed in plan]
    record["failed"] = [vars(run) for run in failed]
    return Comparison(
        arms=arms,
        seeds=seeds,
        indicators=indicators,
        breakdowns=breakdowns,
        effects=effects(arms, seeds, indicators),
        group_effects=group_effects(arms, seeds, breakdowns),
        costs=costs(arms, seeds, indicators, {key: result.headings for key, result in results.items()}),
        assumptions=assumption_rows(region, arms[0].scenario, used),
        manifest=record,
    )


def assumption_rows(region: Region, scenario: Scenario, names: Sequence[str]) -> pd.DataFrame:
    """Rows of a region pack, with the scenario's overrides as values.

    Args:
        region: The pack.
        scenario: What overrides its rows.
        names: The rows wanted, in order.

    Returns:
        Columns name, value, low, high, unit, source, note.
    """
    table = region.assumptions.loc[list(names)].reset_index()
    for name, value in scenario.assumptions.items():
        mine = table["name"] == name
        table.loc[mine, "note"] = [f"{note}; pack has {old:g}".lstrip("; ") for note, old in
                                   zip(table.loc[mine, "note"], table.loc[mine, "value"], strict=True)]  # fmt: skip
        table.loc[mine, "value"] = value
    return table[["name", "value", "low", "high", "unit", "source", "note"]]


def _run_record(arm: str, seed: int, result: RunResult) -> dict[str, Any]:
    return {
        "arm": arm,
        "seed": seed,
        "digest": result.digest,
        "seconds": round(result.seconds, 3),
        "months_closed": result.months_closed,
        "payments_pence": result.payments,
        "discrepancy_pence": result.discrepancy,
    }


def _label(parts: list[tuple[str, int, pd.DataFrame]], keys: Sequence[str]) -> pd.DataFrame:
    """One table of many, each labelled with its arm and seed."""
    labelled = [part.assign(arm=arm, seed=seed) for arm, seed, part in parts]
    table = pd.concat(labelled, ignore_index=True)
    return table[[*keys, *(name for name in table.columns if name not in keys)]]
