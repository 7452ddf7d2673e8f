"""Killed in the middle: a sweep picks up where it was, nothing is run twice, nothing half-written is read."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from experiments.run_file import decode
from experiments.startup import compile_kernels
from experiments.store import RunStore

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.slow

#: Four points, each with and without the policy, under eight seeds.
SWEEP = ["--vary", "trend_growth=0:0.015:4", "--seeds", "8", "--workers", "2"]
RUNS = 64
#: Runs that must be there before anything is killed.
ENOUGH = 8
#: Seconds after which a test gives up.
PATIENCE = 240.0
SCENARIO = 'name = "mine"\nscale = 1000\nmonths = 6\nburn_in = 2\n[[policies]]\ntype = "skills"\nstart = "2020-04"\n'


class Sweep:
    """A sweep of 64 runs as a command of its own."""

    def __init__(self, folder: Path, *more: str) -> None:
        folder.mkdir(exist_ok=True)
        (folder / "mine.toml").write_text(SCENARIO)
        self.folder, self.store = folder, RunStore(folder / "store")
        arguments = ["sweep", "mine.toml", *SWEEP, "--store", "store", "--out", "out", *more]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "experiments", *arguments],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def done(self) -> int:
        """Runs that the store's log has."""
        return len(self.store.log())

    def wait_for(self, what: Callable[[], bool]) -> None:
        """Wait until something is so, while the command runs."""
        end = time.monotonic() + PATIENCE
        while not what():
            assert self.process.poll() is None, self.process.communicate()[1]
            assert time.monotonic() < end
            time.sleep(0.005)

    def workers(self) -> list[psutil.Process]:
        """Processes that run the runs."""
        found = []
        for child in psutil.Process(self.process.pid).children(recursive=True):
            try:
                if "spawn_main" in " ".join(child.cmdline()):
                    found.append(child)
            except psutil.Error:
                continue
        return found

    def finish(self) -> None:
        """Wait for the end, which must be a good one."""
        out, error = self.process.communicate(timeout=PATIENCE)
        assert self.process.returncode == 0, out + error

    def tables(self) -> dict[str, bytes]:
        """The tables that it wrote."""
        return {path.name: path.read_bytes() for path in sorted((self.folder / "out").glob("*.csv"))}


@contextmanager
def watched(store: RunStore) -> Iterator[list[str]]:
    """Reads all that comes into a store while this lasts, as another command might; yields what was not whole."""
    spoilt: list[str] = []
    seen: set[Path] = set()
    stop = threading.Event()

    def watch() -> None:
        while not stop.wait(0.002):
            for path in set(store.files()) - seen:
                seen.add(path)
                try:
                    decode(path.read_bytes())
                except ValueError as error:
                    spoilt.append(f"{path}: {error}")

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield spoilt
    finally:
        stop.set()
        thread.join()


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    compile_kernels()
    sweep = Sweep(tmp_path_factory.mktemp("undisturbed") / "sweep")
    sweep.finish()
    assert sweep.done() == RUNS
    tables = sweep.tables()
    assert {"points.csv", "outcomes.csv", "responses.csv"} <= set(tables)
    return tables


def test_killing_the_command_costs_nothing(tmp_path: Path, undisturbed: dict[str, bytes]) -> None:
    first = Sweep(tmp_path / "sweep")
    with watched(first.store) as spoilt:
        first.wait_for(lambda: first.done() >= ENOUGH)
        workers = first.workers()
        first.process.send_signal(signal.SIGKILL)
        first.process.communicate()
        # No worker outlives the command for long.
        _, alive = psutil.wait_procs(workers, timeout=30)
        assert workers
        assert alive == []
        kept = first.done()
        assert ENOUGH <= kept < RUNS
        assert not (tmp_path / "sweep" / "out").exists()
        before = {path: path.stat().st_mtime_ns for path in first.store.files()}

        second = Sweep(tmp_path / "sweep")
        second.finish()
    assert spoilt == []
    keys = [line["key"] for line in second.store.log()]
    assert len(keys) == len(set(keys)) == RUNS
    assert {path: path.stat().st_mtime_ns for path in before} == before
    assert list((second.store.folder / "incoming").iterdir()) == []
    assert second.tables() == undisturbed


def test_killing_a_worker_costs_nothing(tmp_path: Path, undisturbed: dict[str, bytes]) -> None:
    sweep = Sweep(tmp_path / "sweep")
    with watched(sweep.store) as spoilt:
        sweep.wait_for(lambda: sweep.done() >= ENOUGH)
        victim = sweep.workers()[0]
        victim.send_signal(signal.SIGKILL)
        assert sweep.done() < RUNS
        sweep.finish()
    assert not victim.is_running() or victim.status() == psutil.STATUS_ZOMBIE
    assert spoilt == []
    keys = [line["key"] for line in sweep.store.log()]
    assert len(keys) == len(set(keys)) == RUNS
    assert sweep.tables() == undisturbed


# --- a cluster that runs already ----------------------------------------------------------------------


@contextmanager
def cluster(folder: Path, workers: int) -> Iterator[str]:
    """A Dask scheduler and workers as processes of their own on this machine; yields the scheduler's address."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-m", "distributed.cli.dask_scheduler"]
    options = ["--host", "127.0.0.1", "--port", "0", "--no-dashboard"]
    processes = []
    log = (folder / "scheduler.log").open("w+")
    try:
        scheduler = subprocess.Popen([*command, *options], cwd=folder, env=environment, stdout=log, stderr=log)
        processes.append(scheduler)
        address, end = None, time.monotonic() + 60.0
        while address is None:
            assert scheduler.poll() is None
            assert time.monotonic() < end
            found = re.search(r"tcp://127\.0\.0\.1:\d+", (folder / "scheduler.log").read_text())
            address = found[0] if found else None
            time.sleep(0.05)
        for _ in range(workers):
            worker = [sys.executable, "-m", "distributed.cli.dask_worker", address, "--nthreads", "1", "--no-nanny"]
            processes.append(
                subprocess.Popen([*worker, "--no-dashboard"], cwd=folder, env=environment, stdout=log, stderr=log)
            )
        yield address
    finally:
        for process in reversed(processes):
            process.kill()
            process.wait()
        log.close()


def test_a_cluster_of_separate_processes_serves_a_sweep(tmp_path: Path, undisturbed: dict[str, bytes]) -> None:
    with cluster(tmp_path, workers=2) as address:
        sweep = Sweep(tmp_path / "sweep", "--cluster", address)
        sweep.finish()
    assert sweep.done() == RUNS
    assert sweep.tables() == undisturbed


def test_losing_a_worker_of_a_cluster_costs_nothing(tmp_path: Path, undisturbed: dict[str, bytes]) -> None:
    with cluster(tmp_path, workers=2) as address:
        sweep = Sweep(tmp_path / "sweep", "--cluster", address)
        sweep.wait_for(lambda: sweep.done() >= ENOUGH)
        mine = psutil.Process().children(recursive=True)
        workers = [child for child in mine if "dask_worker" in " ".join(child.cmdline())]
        assert len(workers) == 2
        workers[0].send_signal(signal.SIGKILL)
        sweep.finish()
    assert sweep.done() == RUNS
    assert sweep.tables() == undisturbed
