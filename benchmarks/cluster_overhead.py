"""How much longer a run takes for being handed out by a Dask scheduler: `python benchmarks/cluster_overhead.py`.

A scheduler and two workers are started as processes of their own on this machine and serve a set of runs of about two
seconds each, all new to the store. What a worker spends inside a run is its own time; whatever else passes between
the first run handed out and the last one kept, over all workers, is overhead: sending, coming back, the store.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from experiments.laboratory import Execution, perform
from experiments.startup import compile_kernels
from experiments.store import RunStore
from simulation import Scenario


@contextmanager
def cluster(folder: Path, workers: int) -> Iterator[str]:
    """A scheduler and workers as separate processes; yields the scheduler's address."""
    log = folder / "scheduler.log"
    with log.open("w") as file:
        dask = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0"]
        processes = [subprocess.Popen([*dask, "--no-dashboard"], cwd=folder, stdout=file, stderr=file)]
        try:
            while not (found := re.search(r"tcp://127\.0\.0\.1:\d+", log.read_text())):
                time.sleep(0.05)
            worker = [sys.executable, "-m", "distributed.cli.dask_worker", found[0], "--nthreads", "1", "--no-nanny"]
            for _ in range(workers):
                processes.append(subprocess.Popen([*worker, "--no-dashboard"], cwd=folder, stdout=file, stderr=file))
            yield found[0]
        finally:
            for process in reversed(processes):
                process.kill()
                process.wait()


def measure(runs: int, workers: int, scale: int, months: int) -> dict[str, float]:
    """Seconds of a run and its overhead.

    Args:
        runs: Runs to time, after one for each worker that warms it up.
        workers: Workers.
        scale: Scale of the runs.
        months: Their months.
    """
    base = Scenario(scale=scale, months=months)
    with tempfile.TemporaryDirectory() as name, cluster(Path(name), workers) as address:
        how = Execution(cluster=address, store=Path(name) / "store")
        perform([base.with_(seed=1000 + k) for k in range(4 * workers)], how)
        warm = len(RunStore(Path(name) / "store").log())
        began = time.perf_counter()
        perform([base.with_(seed=k) for k in range(runs)], how)
        wall = time.perf_counter() - began
        seconds = [line["seconds"] for line in RunStore(Path(name) / "store").log()[warm:]]
    inside = sum(seconds)
    overhead = (wall * workers - inside) / runs
    return {
        "runs": runs,
        "workers": workers,
        "seconds_a_run": inside / runs,
        "overhead_seconds_a_run": overhead,
        "overhead_share": overhead / (inside / runs),
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=24)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--scale", type=int, default=100)
    parser.add_argument("--months", type=int, default=120)
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    os.environ["COMMONWEAL_CACHE"] = "off"
    compile_kernels()
    found = measure(chosen.runs, chosen.workers, chosen.scale, chosen.months)
    if chosen.json:
        print(json.dumps(found, indent=2))
    else:
        print(
            f"{found['runs']:.0f} runs of {found['seconds_a_run']:.2f} s by {found['workers']:.0f} workers: "
            f"{1000 * found['overhead_seconds_a_run']:.0f} ms of overhead a run, {100 * found['overhead_share']:.1f}%"
        )


if __name__ == "__main__":
    main()
