"""Runs many scenarios through Dask, the same way in this process, on local processes or on a cluster.

A task is one run and depends on nothing but its scenario. Results come back in the order of the design,
never in the order in which they were done. A run that fails is noted with its traceback; the rest go on.
"""

from __future__ import annotations

import logging
import os
import socket
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from experiments.errors import InputError
from simulation import Economy, Scenario

if TYPE_CHECKING:
    from distributed import Client

#: Most local worker processes that may be asked for.
MOST_WORKERS = 256
#: Seconds to wait for a scheduler to answer.
ANSWER_TIMEOUT = 10
#: Settings of Dask under which a run takes as long in a worker as outside: no sampling profiler, and memory that
#: arrays have left is kept for the next ones rather than handed back to the system each time.
FAST_WORKERS = {
    "distributed.worker.profile.enabled": False,
    "distributed.nanny.pre-spawn-environ.MALLOC_TRIM_THRESHOLD_": 1 << 28,
    "distributed.nanny.pre-spawn-environ.MALLOC_MMAP_THRESHOLD_": 1 << 28,
}


@dataclass(frozen=True)
class RunResult:
    """What one run leaves behind.

    Attributes:
        scenario: What was run.
        indicators: Headline indicators: "YYYY-MM" month, then a float column each; one row a month.
        breakdowns: Outcomes by group: month, dimension, group, outcome, value.
        headings: Real pounds paid under each cost heading of policies.
        digest: SHA-256 of everything the run recorded.
        months_closed: Months that the ledger closed, burn-in included.
        payments: Sum of all payments, in pence of the simulated scale.
        discrepancy: Pence by which each sector failed to close, absolute, summed over months; always 0.
        assumptions: Names of the assumption rows that were read, sorted.
        seconds: Wall time.
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
    seconds: float


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


Outcome = RunResult | RunFailure
Progress = Callable[[Outcome], None]


def run_scenario(scenario: Scenario) -> RunResult:
    """Run a scenario to its end.

    Args:
        scenario: What to run.

    Returns:
        Its records.
    """
    began = time.perf_counter()
    return collect(Economy(scenario).run(), began)


def collect(economy: Economy, began: float) -> RunResult:
    """Records of an economy that has run.

    Args:
        economy: The economy.
        began: `time.perf_counter()` when its run began.
    """
    indicators = economy.indicators
    indicators.insert(0, "month", indicators.index.astype(str))
    breakdowns = economy.breakdowns
    breakdowns["month"] = breakdowns["month"].astype(str)
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
        seconds=time.perf_counter() - began,
    )


def attempt(scenario: Scenario) -> Outcome:
    """Run a scenario; a failure is returned, not raised, so that other runs go on."""
    try:
        return run_scenario(scenario)
    except Exception as error:
        return _failure(scenario, error)


def _failure(scenario: Scenario, error: BaseException) -> RunFailure:
    line = f"{type(error).__name__}: {error}".splitlines()[0]
    return RunFailure(scenario, line, "".join(traceback.format_exception(error)))


def run_all(
    scenarios: Sequence[Scenario],
    workers: int | None = None,
    cluster: str | None = None,
    progress: Progress | None = None,
) -> list[Outcome]:
    """Run scenarios.

    Args:
        scenarios: What to run.
        workers: Local worker processes; 0 runs all in this process, None takes one for each processor.
        cluster: Address of a Dask scheduler to use instead, such as "tcp://host:8786".
        progress: Called as each run ends.

    Returns:
        A result or failure for each scenario, in their order.

    Raises:
        InputError: The number of workers is out of range, or no scheduler answers at the address.
    """
    if workers is not None and not 0 <= workers <= MOST_WORKERS:
        raise InputError(f"--workers: allowed is 0 to {MOST_WORKERS}")
    from dask.delayed import delayed

    tasks = [delayed(attempt, pure=False)(scenario) for scenario in scenarios]
    results: list[Outcome | None] = [None] * len(tasks)
    with _scheduler(workers, cluster, len(tasks)) as client:
        for position, outcome in _completed(client, scenarios, tasks):
            results[position] = outcome
            if progress is not None:
                progress(outcome)
    return [outcome for outcome in results if outcome is not None]


def _completed(
    client: Client | None, scenarios: Sequence[Scenario], tasks: Sequence[Any]
) -> Iterator[tuple[int, Outcome]]:
    """Yield positions and outcomes as runs end."""
    if client is None:
        for position, task in enumerate(tasks):
            yield position, task.compute(scheduler="synchronous")  # type: ignore[no-untyped-call]
        return
    from distributed import as_completed

    futures = client.compute(list(tasks))  # type: ignore[no-untyped-call]
    where = {future.key: position for position, future in enumerate(futures)}
    for future in as_completed(futures, loop=client.loop):  # type: ignore[no-untyped-call]
        position = where[future.key]
        # The task itself never raises; this is a worker that died or a result that could not travel.
        error = future.exception()
        yield position, _failure(scenarios[position], error) if error is not None else future.result()
        future.release()


def processors() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def _scheduler(workers: int | None, cluster: str | None, tasks: int) -> Iterator[Client | None]:
    """A client of the scheduler that was asked for; None for this process."""
    if cluster is None and workers == 0:
        yield None
        return
    import dask
    from distributed import Client, LocalCluster

    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    if cluster is not None:
        _knock(cluster)
        with Client(cluster, timeout=ANSWER_TIMEOUT, set_as_default=False) as client:  # type: ignore[no-untyped-call]
            yield client
        return
    count = max(min(workers or processors(), tasks), 1)
    with (
        dask.config.set(FAST_WORKERS),
        LocalCluster(  # type: ignore[no-untyped-call]
            n_workers=count,
            threads_per_worker=1,
            processes=True,
            # No dashboard; its page of health checks on any free port of this machine.
            dashboard_address="127.0.0.1:0",
            scheduler_kwargs={"dashboard": False},
            memory_limit=None,
            silence_logs=logging.CRITICAL,
        ) as local,
        Client(local, set_as_default=False) as client,  # type: ignore[no-untyped-call]
    ):
        yield client


def _knock(address: str) -> None:
    """Make sure that something listens at an address, before a client waits for it in vain.

    Raises:
        InputError: Nothing does.
    """
    from distributed.comm.addressing import parse_address, parse_host_port

    try:
        host, port = parse_host_port(parse_address(address)[1])
        socket.create_connection((host, port), timeout=ANSWER_TIMEOUT).close()
    except (OSError, ValueError, OverflowError) as error:
        why = (str(error) or type(error).__name__).splitlines()[0]
        allowed = "allowed is the address of a Dask scheduler, such as tcp://host:8786"
        raise InputError(f"--cluster: no answer at {address} ({why}); {allowed}") from None
