"""Conducts studies: performs their runs, works out their tables, and says where it all comes from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from experiments import provenance
from experiments.designs import check_scenario, idle_policies
from experiments.errors import InputError, RunsFailedError
from experiments.laboratory import Execution, Runs, perform
from experiments.records import RunFailure
from experiments.study import Study
from experiments.tables import Tables
from simulation.scenario import Scenario

#: Months at the end of a run over which the manifest states means.
YEAR = 12
#: Most runs of which the manifest states means: it is for reading too.
MOST_MEANS = 512


@dataclass(frozen=True)
class Findings:
    """What a study found.

    Attributes:
        study: The study.
        tables: Its tables by name.
        manifest: Design, runs with their digests, failures, versions, hashes and times; it can be written as JSON.
        failures: Runs that failed; the tables are made from the others.
    """

    study: Study
    tables: Tables
    manifest: dict[str, Any]
    failures: tuple[RunFailure, ...] = ()


def conduct(study: Study, execution: Execution | None = None) -> Findings:
    """Do the runs that a study needs and work out its tables.

    Args:
        study: The study.
        execution: Where and how its runs are done.

    Returns:
        What it found.

    Raises:
        InputError: Its scenarios, the workers, the cluster or the store are not as they must be.
        RunsFailedError: So many runs failed that nothing is left.
        ScenarioError: An assumption is unknown or out of range.
    """
    scenarios, how = list(study.scenarios()), execution or Execution()
    different = _different(scenarios)
    regions = [check_scenario(scenario.name, scenario) for scenario in different]
    started = provenance.now()
    runs = perform(scenarios, how, study.measured)
    for line in idle_policies(different):
        how.notice(line)
    failures = [failure for scenario in scenarios if (failure := runs.failed(scenario)) is not None]
    tables = study.analyse(runs)
    manifest = provenance.manifest(study.kind, regions[0], started)
    manifest["design"] = study.record()
    manifest["tables"] = list(tables)
    manifest["runs"] = run_records(scenarios, runs)
    manifest["failed"] = [failure_record(failure) for failure in failures]
    return Findings(study, tables, manifest, tuple(failures))


def _different(scenarios: Sequence[Scenario]) -> list[Scenario]:
    """Scenarios that differ in more than their seed, one of each: what can be wrong with them does not depend on it."""
    found: dict[str, Scenario] = {}
    for scenario in scenarios:
        found.setdefault(scenario.model_dump_json(exclude={"seed", "name"}), scenario)
    return list(found.values())


def run_records(scenarios: Sequence[Scenario], runs: Runs) -> list[dict[str, Any]]:
    """What a manifest says of each run that did not fail: name, seed, key, digest, ledger, means of the last year."""
    found = []
    for scenario in scenarios:
        if runs.failed(scenario) is not None:
            continue
        facts = runs.facts(scenario)
        record = {"arm": scenario.name, "seed": scenario.seed, "key": facts.key}
        record |= {
            name: facts.record[name] for name in ("digest", "months_closed", "payments_pence", "discrepancy_pence")
        }
        if len(scenarios) <= MOST_MEANS:
            means = runs.window_means(scenario, max(scenario.months - YEAR, 0), scenario.months - 1)
            record["means"] = means.dropna().to_dict()
        found.append(record)
    return found


def failure_record(failure: RunFailure) -> dict[str, Any]:
    """What a manifest says of a run that failed."""
    return {
        "arm": failure.scenario.name,
        "seed": failure.scenario.seed,
        "error": failure.error,
        "traceback": failure.traceback,
    }


def failure_message(failures: Sequence[RunFailure], where: str) -> RunsFailedError:
    """An error that names the runs that failed and shows their tracebacks."""
    named = "; ".join(str(failure) for failure in failures)
    traces = "\n".join(f"{failure}\n{failure.traceback}" for failure in failures)
    return RunsFailedError(f"{len(failures)} of the runs failed: {named}. The others are in {where}\n{traces}")


def study_kinds() -> dict[str, type[Study]]:
    """Kinds of studies by the name that manifests call them."""
    from experiments.appraisal_study import AppraisalStudy
    from experiments.backtest_study import BacktestStudy
    from experiments.calibration_study import CalibrationStudy
    from experiments.channels_study import ChannelsStudy
    from experiments.comparison_study import ComparisonStudy
    from experiments.discovery_study import DiscoveryStudy
    from experiments.ensemble import EnsembleStudy
    from experiments.factorial_study import FactorialStudy
    from experiments.sensitivity_study import SensitivityStudy
    from experiments.shock_study import ShockStudy
    from experiments.sweep_study import SweepStudy
    from experiments.validation_study import ValidationStudy

    kinds: tuple[type[Study], ...] = (
        AppraisalStudy, ComparisonStudy, EnsembleStudy, FactorialStudy, SweepStudy, SensitivityStudy, DiscoveryStudy,
        ValidationStudy, CalibrationStudy,
        ShockStudy, BacktestStudy,
        ChannelsStudy,
    )  # fmt: skip
    return {kind.kind: kind for kind in kinds}


def study_of(where: str, manifest: dict[str, Any]) -> Study:
    """The study that a manifest describes.

    Args:
        where: Its file, for the message.
        manifest: The manifest.

    Raises:
        InputError: It is not ours, or of a kind that this version does not know.
        ScenarioError: A scenario in it is not allowed.
    """
    kinds = study_kinds()
    kind = str(manifest.get("kind"))
    if manifest.get("program") != "commonweal" or kind not in kinds or not isinstance(manifest.get("design"), dict):
        allowed = ", ".join(kinds)
        raise InputError(f"{where}: kind: {kind!r}; allowed is a manifest of one of: {allowed}")
    return kinds[kind].from_record(where, manifest["design"])
