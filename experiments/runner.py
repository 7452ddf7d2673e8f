"""Does runs through Dask, the same way in this process, on local processes or on a cluster.

Workers hand back each run as the bytes of its file. They come as they are done; whoever asks for them says which
belongs where. A run that fails comes back as a failure with its traceback; the rest go on.
"""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import os
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from experiments.errors import InputError
from experiments.records import RunFailure, RunResult, failure, run_scenario
from experiments.run_file import encode
from experiments.run_key import RunKeys
from experiments.startup import compile_kernels
from simulation import Scenario

if TYPE_CHECKING:
    from distributed import Client

#: Address that stands for jobs of Slurm.
SLURM = "slurm"
#: Most local worker processes that may be asked for.
MOST_WORKERS = 256
#: Seconds to wait for a scheduler to answer.
ANSWER_TIMEOUT = 10
#: Workers that may be lost under a run before the run counts as what kills them.
MOST_LOST_WORKERS = 3
#: Runs that are handed out ahead, for each worker, and at least: workers must not wait, and this process must not hold
#: what is not needed yet.
AHEAD, LEAST_AHEAD = 4, 64
#: Settings of Dask under which a run takes as long in a worker as outside: no sampling profiler, and memory that
#: arrays have left is kept for the next ones rather than handed back to the system each time.
FAST_WORKERS = {
    "distributed.worker.profile.enabled": False,
    "distributed.nanny.pre-spawn-environ.MALLOC_TRIM_THRESHOLD_": 1 << 28,
    "distributed.nanny.pre-spawn-environ.MALLOC_MMAP_THRESHOLD_": 1 << 28,
    "distributed.scheduler.allowed-failures": MOST_LOST_WORKERS,
}


@dataclass(frozen=True)
class Delivery:
    """A run as a worker hands it back.

    Attributes:
        key: Its key, as the worker's code works it out.
        content: Its file.
        digest: SHA-256 of everything the run recorded.
        seconds: Wall time.
    """

    key: str
    content: bytes
    digest: str
    seconds: float


Outcome = Delivery | RunFailure


def deliver(scenario: Scenario, measured: bool = False) -> Outcome:
    """Run a scenario, and measure it too; a failure is returned, not raised, so that other runs go on."""
    began = time.perf_counter()
    try:
        result = _measured(scenario) if measured else run_scenario(scenario)
        keys = RunKeys(measured)
        key = keys(scenario)
        return Delivery(key, encode(result, key, keys.pack(scenario)), result.digest, time.perf_counter() - began)
    except Exception as error:
        return failure(scenario, error)


def _measured(scenario: Scenario) -> RunResult:
    from experiments.measured import measured_run

    return measured_run(scenario)


def run_each(
    scenarios: Sequence[Scenario],
    workers: int | None = None,
    cluster: str | None = None,
    measured: bool = False,
    notice: Callable[[str], None] = lambda _: None,
) -> Iterator[tuple[int, Outcome]]:
    """Run scenarios.

    Args:
        scenarios: What to run.
        workers: Local worker processes; 0 runs all in this process, None takes one for each processor.
        cluster: Address of a Dask scheduler to use instead, such as "tcp://host:8786"; `SLURM` submits `workers` jobs
            to Slurm.
        measured: Whether to measure them too.
        notice: Called with a line that people should see.

    Yields:
        Position of a scenario and its run, as they end.

    Raises:
        InputError: The number of workers is out of range, no scheduler answers at the address, or it went away.
    """
    check_workers(workers)
    with _scheduler(workers, cluster, len(scenarios)) as client:
        yield from _here(scenarios, measured) if client is None else _there(client, scenarios, measured, notice)


def check_workers(workers: int | None) -> None:
    """Make sure that a number of workers can be had.

    Raises:
        InputError: It is out of range.
    """
    if workers is not None and not 0 <= workers <= MOST_WORKERS:
        raise InputError(f"--workers: allowed is 0 to {MOST_WORKERS}")


def _here(scenarios: Sequence[Scenario], measured: bool) -> Iterator[tuple[int, Outcome]]:
    from dask.delayed import delayed

    for position, scenario in enumerate(scenarios):
        yield position, delayed(deliver, pure=False)(scenario, measured).compute(scheduler="synchronous")


def _there(
    client: Client, scenarios: Sequence[Scenario], measured: bool, notice: Callable[[str], None]
) -> Iterator[tuple[int, Outcome]]:
    from dask.delayed import delayed
    from distributed import as_completed
    from distributed.client import FutureCancelledError

    where: dict[str, int] = {}
    waiting = iter(enumerate(scenarios))

    def hand_out() -> list[object]:
        # Workers may have come since: each is to have runs ahead of it.
        threads = sum(client.nthreads().values())  # type: ignore[no-untyped-call]
        batch = list(islice(waiting, max(max(AHEAD * threads, LEAST_AHEAD) - len(where), 0)))
        futures = client.compute([delayed(deliver, pure=False)(scenario, measured) for _, scenario in batch])  # type: ignore[no-untyped-call]
        where.update({future.key: position for future, (position, _) in zip(futures, batch, strict=True)})
        return list(futures)

    try:
        if not client.nthreads():  # type: ignore[no-untyped-call]
            notice("--cluster: no worker is there yet; the runs wait for one")
        running = as_completed(hand_out(), loop=client.loop)  # type: ignore[no-untyped-call]
        for future in running:
            position = where.pop(future.key)
            # The task itself never raises; this is a run that killed its workers, or a result that could not travel.
            error = future.exception()
            if isinstance(error, FutureCancelledError):
                raise error
            outcome = failure(scenarios[position], error) if error is not None else future.result()
            future.release()
            running.update(hand_out())  # type: ignore[no-untyped-call]
            yield position, outcome
    except (FutureCancelledError, OSError):
        raise InputError(
            "--cluster: the scheduler went away; what is done is kept; allowed is to give the command again"
        ) from None


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
    if cluster == SLURM:
        with _slurm(workers) as jobs, Client(jobs, set_as_default=False) as client:  # type: ignore[no-untyped-call]
            yield client
        return
    if cluster is not None:
        _knock(cluster)
        with Client(cluster, timeout=ANSWER_TIMEOUT, set_as_default=False) as client:  # type: ignore[no-untyped-call]
            yield client
        return
    if getattr(multiprocessing.current_process(), "_inheriting", False):
        # A worker that has imported the script it was started from, which would start workers without end.
        raise SystemExit(1)
    compile_kernels()
    count = max(min(workers or processors(), tasks), 1)
    with (
        dask.config.set(FAST_WORKERS),
        _of_a_script(),
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


@contextmanager
def _of_a_script() -> Iterator[None]:
    """Tells why workers of a script do not start, which is nearly always one thing.

    Raises:
        InputError: No worker started.
    """
    try:
        yield
    except RuntimeError as error:
        if "failed to start" not in str(error):
            raise
        raise InputError(
            "--workers: none started; in a script, allowed is below `if __name__ == '__main__':`, or with 0 workers"
        ) from None


@contextmanager
def _slurm(workers: int | None) -> Iterator[Any]:
    """Workers as jobs of Slurm, as Dask's configuration `jobqueue.slurm` describes them.

    Raises:
        InputError: dask-jobqueue or Slurm is not there, or the configuration will not do.
    """
    if shutil.which("sbatch") is None:
        raise InputError("--cluster slurm: sbatch is not found; allowed where Slurm takes jobs")
    try:
        from dask_jobqueue import SLURMCluster  # type: ignore[attr-defined]
    except ImportError:
        raise InputError("--cluster slurm: needs dask-jobqueue, the extra `slurm` of this package") from None
    try:
        jobs = SLURMCluster(scheduler_options={"dashboard": False})
    except (ValueError, TypeError) as error:
        why = str(error).splitlines()[0]
        raise InputError(f"jobqueue.yaml: jobqueue.slurm: {why}; allowed is what docs/laboratory.md shows") from None
    with jobs:
        jobs.scale(workers or 1)  # type: ignore[no-untyped-call]
        yield jobs


def _knock(address: str) -> None:
    """Make sure that a Dask scheduler answers at an address, before a client waits for one in vain.

    Raises:
        InputError: None does.
    """
    allowed = "allowed is the address of a Dask scheduler, such as tcp://host:8786, or slurm"
    if not address.startswith(("tcp://", "tls://")):
        raise InputError(f"--cluster: {address!r}; {allowed}")
    # In a thread of its own, as whoever calls may run an event loop.
    with ThreadPoolExecutor(1) as pool:
        try:
            kind = pool.submit(asyncio.run, _kind(address)).result()
        except Exception as error:
            why = (str(error) or type(error).__name__).splitlines()[0]
            raise InputError(f"--cluster: no answer at {address} ({why}); {allowed}") from None
    if kind != "Scheduler":
        raise InputError(f"--cluster: {kind} at {address}; {allowed}")


async def _kind(address: str) -> str:
    """What answers at an address, in Dask's words."""
    from distributed.comm.core import connect
    from distributed.security import Security

    async def ask() -> str:
        arguments = Security().get_connection_args("client")  # type: ignore[no-untyped-call]
        comm = await connect(address, timeout=ANSWER_TIMEOUT, **arguments)  # type: ignore[no-untyped-call]
        try:
            await comm.write({"op": "identity", "reply": True})
            return str((await comm.read())["type"])
        finally:
            comm.abort()

    return await asyncio.wait_for(ask(), ANSWER_TIMEOUT)
