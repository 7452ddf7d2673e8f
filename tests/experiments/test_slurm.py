"""Workers as jobs of Slurm, with a stand-in for Slurm that runs job scripts on this machine."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from experiments.store import RunStore

ROOT = Path(__file__).parents[2]
SCENARIO = 'name = "mine"\nscale = 1000\nmonths = 2\nburn_in = 1\n'
#: What Slurm answers, with the process as the job's number; the job's script goes to a log of jobs. The script is read
#: before the answer, as Slurm does: it is gone as soon as whoever submitted it hears of the job.
SBATCH = """#!/bin/sh
script=$(cat "$1")
printf '%s\\n' "$script" >> "$JOBS"
sh -c "$script" > /dev/null 2>&1 &
echo "Submitted batch job $!"
"""
SCANCEL = '#!/bin/sh\nkill "$@"\n'


def command(folder: Path, path: str, *more: str) -> subprocess.CompletedProcess[str]:
    """A sweep of four runs on Slurm."""
    (folder / "mine.toml").write_text(SCENARIO)
    sweep = ["sweep", "mine.toml", "--vary", "trend_growth=0:0.01:2", "--seeds", "2", "--cluster", "slurm", *more]
    return subprocess.run(
        [sys.executable, "-m", "experiments", *sweep, "--store", "store", "--out", "out"],
        cwd=folder,
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "PATH": path,
            "DASK_CONFIG": str(folder / "dask"),
            "JOBS": str(folder / "jobs"),
        },
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


@pytest.fixture
def slurm(tmp_path: Path) -> str:
    """A PATH on which there is a Slurm, of sorts."""
    place = tmp_path / "bin"
    place.mkdir()
    for name, script in (("sbatch", SBATCH), ("scancel", SCANCEL)):
        (place / name).write_text(script)
        (place / name).chmod(0o755)
    (tmp_path / "dask").mkdir()
    return f"{place}{os.pathsep}{os.environ['PATH']}"


@pytest.mark.slow
def test_jobs_do_the_runs_as_the_documentation_configures_them(tmp_path: Path, slurm: str) -> None:
    shown = re.search(r"```yaml\n(.*?)```", (ROOT / "docs" / "laboratory.md").read_text(), re.DOTALL)
    assert shown is not None
    (tmp_path / "dask" / "jobqueue.yaml").write_text(shown[1])
    done = command(tmp_path, slurm, "--workers", "2")
    assert done.returncode == 0, done.stderr
    assert len(RunStore(tmp_path / "store").log()) == 4
    jobs = (tmp_path / "jobs").read_text()
    assert jobs.count("#SBATCH -p standard") == 2
    assert jobs.count("#SBATCH -t 04:00:00") == 2


def test_a_cluster_that_is_not_described_is_refused_in_one_line(tmp_path: Path, slurm: str) -> None:
    done = command(tmp_path, slurm)
    assert done.returncode == 2
    assert re.fullmatch(r".*jobqueue\.yaml: jobqueue\.slurm: .*docs/laboratory\.md shows\n", done.stderr), done.stderr
    assert not (tmp_path / "out").exists()


def test_a_machine_without_slurm_is_refused_in_one_line(tmp_path: Path) -> None:
    done = command(tmp_path, str(tmp_path))
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "--cluster slurm: sbatch is not found" in done.stderr
