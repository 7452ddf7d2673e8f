"""Performs the runs that a design needs: those that the store lacks are done, all others are read from it."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from experiments.errors import InputError
from experiments.records import RunFailure, RunResult
from experiments.run_file import Facts, decode, facts, read_indicators
from experiments.run_key import RunKeys, model_version
from experiments.runner import Delivery, check_workers, run_each
from experiments.store import RunStore
from simulation.scenario import Scenario


def _silence(_: str) -> None:
    """Says nothing."""


@dataclass(frozen=True)
class Execution:
    """Where and how runs are done; studies hand it on and never look into it.

    Attributes:
        workers: Local worker processes; 0 runs all in this process, None takes one for each processor.
        cluster: Address of a Dask scheduler to use instead, such as "tcp://host:8786".
        store: Folder of a store, from which runs are taken and in which they are kept; None keeps them only as long
            as they are needed.
        progress: Called once for each run that has ended or was there already.
        notice: Called with a line that people should see.
    """

    workers: int | None = None
    cluster: str | None = None
    store: Path | None = None
    progress: Callable[[], None] = lambda: None
    notice: Callable[[str], None] = _silence


class Runs:
    """What the runs of a design left, read from the store one at a time.

    Args:
        store: The store.
        keys: Makes keys of scenarios.
        failures: Failures by key.
    """

    def __init__(self, store: RunStore, keys: RunKeys, failures: dict[str, RunFailure]) -> None:
        self._store, self._keys, self._failures = store, keys, failures

    def key(self, scenario: Scenario) -> str:
        """Key of a run."""
        return self._keys(scenario)

    def result(self, scenario: Scenario) -> RunResult:
        """Records of a run, under the name that the scenario has here.

        Raises:
            KeyError: The run failed, or was not asked for.
        """
        return replace(decode(self._store.content(self.key(scenario))), scenario=scenario)

    def facts(self, scenario: Scenario) -> Facts:
        """Digest, ledger and versions of a run that did not fail."""
        return facts(self._store.content(self.key(scenario)))

    def failed(self, scenario: Scenario) -> RunFailure | None:
        """The failure of a run, under the name that the scenario has here; None where it did not fail."""
        found = self._failures.get(self.key(scenario)) if self._failures else None
        return None if found is None else replace(found, scenario=scenario)

    def window_means(self, scenario: Scenario, first: int, last: int) -> pd.Series:
        """Mean of each indicator over some months.

        Args:
            scenario: A run that did not fail.
            first: First month, 0 for the run's first.
            last: Last month.

        Returns:
            Means by name of indicator; months without a value are left out.
        """
        means: pd.Series = self.indicators(scenario).iloc[first : last + 1].drop(columns="month").mean()
        return means

    def indicators(self, scenario: Scenario) -> pd.DataFrame:
        """Headline indicators of a run that did not fail: "YYYY-MM" month, then a float column each; a row a month."""
        return read_indicators(self._store.content(self.key(scenario)))


def perform(scenarios: Sequence[Scenario], execution: Execution | None = None, measured: bool = False) -> Runs:
    """Do the runs that the store lacks.

    Args:
        scenarios: What is wanted; scenarios of one key are run once.
        execution: Where and how.
        measured: Whether runs are measured too.

    Returns:
        The runs; those that failed are among them as failures.

    Raises:
        InputError: The workers, the cluster or the store cannot be had or cannot be written to; what is done is kept.
    """
    execution = execution or Execution()
    check_workers(execution.workers)
    store = RunStore(execution.store or Path(tempfile.mkdtemp(prefix="commonweal-")))
    keys, failures = RunKeys(measured), dict[str, RunFailure]()
    runs = Runs(store, keys, failures)
    if execution.store is None:
        weakref.finalize(runs, shutil.rmtree, store.folder, ignore_errors=True)
    wanted: dict[str, Scenario] = {}
    for scenario in scenarios:
        wanted.setdefault(keys(scenario), scenario)
    for _ in range(len(scenarios) - len(wanted)):
        execution.progress()
    missing = _missing(store, wanted, execution)
    if missing:
        others = [version for version in store.versions() if version != model_version()]
        if others and model_version() not in store.versions():
            execution.notice(
                f"{store.folder}: holds runs of another version of the model ({', '.join(others)}); "
                "they are kept and not used"
            )
        order = list(missing)
        to_run = [missing[key] for key in order]
        for position, outcome in run_each(to_run, execution.workers, execution.cluster, measured, execution.notice):
            _keep(store, order[position], missing[order[position]], outcome, failures)
            execution.progress()
    return runs


def _missing(store: RunStore, wanted: dict[str, Scenario], execution: Execution) -> dict[str, Scenario]:
    """What has to be run, by key; damaged files are set aside."""
    missing = {}
    for key, scenario in wanted.items():
        if _is_whole(store, key, execution):
            execution.progress()
        else:
            missing[key] = scenario
    return missing


def _is_whole(store: RunStore, key: str, execution: Execution) -> bool:
    """Whether the store has a run; a damaged file is set aside, unless another command was faster."""
    while True:
        try:
            damage = store.check(key)
        except KeyError:
            return False
        if damage is None:
            return True
        if (place := store.set_aside(key)) is not None:
            execution.notice(f"{store.path(key)}: damaged ({damage}); it is now {place} and is run again")
            return False


def _keep(
    store: RunStore, key: str, scenario: Scenario, outcome: Delivery | RunFailure, failures: dict[str, RunFailure]
) -> None:
    if isinstance(outcome, RunFailure):
        failures[key] = outcome
        store.put_failure(key, outcome)
        return
    if outcome.key != key:
        raise InputError(
            "--cluster: its workers run another version of the model, or have another region pack; "
            f"allowed are workers with version {model_version()}; what this process runs is kept"
        )
    label = {
        "scenario": scenario.name,
        "seed": scenario.seed,
        "digest": outcome.digest,
        "seconds": round(outcome.seconds, 3),
    }
    store.put(key, outcome.content, label)
