"""Clusters that grow while runs are done, and schedulers that go away."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
import time
import types
from pathlib import Path
from typing import Any

import pytest

from experiments import runner
from experiments.errors import InputError
from experiments.laboratory import Execution, perform
from simulation import Scenario

SMALL = Scenario(scale=1000, months=3, burn_in=2)


class LateWorkers:
    """Stands in for a client of a cluster whose workers come after the first runs; counts runs that are out."""

    loop = None

    def __init__(self) -> None:
        self.out = self.most = self.asked = 0

    def nthreads(self) -> dict[str, int]:
        self.asked += 1
        return {} if self.asked < 5 else {"late": 50}

    def compute(self, tasks: list[Any]) -> list[Any]:
        self.out += len(tasks)
        self.most = max(self.most, self.out)
        return [types.SimpleNamespace(key=str(id(task)), task=task, release=self.release, **DONE) for task in tasks]

    def release(self) -> None:
        self.out -= 1


DONE: dict[str, Any] = {"exception": lambda: None, "result": lambda: "done"}


class Queue(list[Any]):
    """Stands in for Dask's `as_completed`."""

    def __init__(self, futures: list[Any], loop: None) -> None:
        super().__init__(futures)

    update = list.extend


def test_workers_that_come_late_have_runs_ahead_of_them_too(monkeypatch: pytest.MonkeyPatch) -> None:
    import distributed

    monkeypatch.setattr(distributed, "as_completed", Queue)
    client, lines = LateWorkers(), list[str]()
    made = list(runner._there(client, [SMALL] * 400, False, lines.append))  # type: ignore[arg-type]
    assert sorted(position for position, _ in made) == list(range(400))
    assert client.most == runner.AHEAD * 50
    assert lines == ["--cluster: no worker is there yet; the runs wait for one"]


@pytest.mark.slow
def test_a_scheduler_that_goes_away_is_one_line_and_what_is_done_is_kept(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0"]
    log = (tmp_path / "log").open("w+")
    with subprocess.Popen([*command, "--no-dashboard"], cwd=tmp_path, stdout=log, stderr=log) as scheduler:
        while not (found := re.search(r"tcp://127\.0\.0\.1:\d+", (tmp_path / "log").read_text())):
            time.sleep(0.1)
        lines: list[str] = []

        def kill(line: str) -> None:
            lines.append(line)  # no worker is there
            threading.Timer(2.0, scheduler.kill).start()

        began, how = time.monotonic(), Execution(cluster=found[0], store=tmp_path / "store", notice=kill)
        with pytest.raises(InputError, match="--cluster: the scheduler went away; what is done is kept"):
            perform([SMALL], how)
        assert time.monotonic() - began < 60.0
    assert lines == ["--cluster: no worker is there yet; the runs wait for one"]
