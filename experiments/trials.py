"""Whole commands, each in a process of its own, of which CPU time and peak memory are taken."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

#: Months of the long run and of the short one, and the scales of both.
LONG_MONTHS, SHORT_MONTHS, SHORT_SCALE = 240, 12, 100
#: A run in which every kernel is used: all four policies, past the month in which they start.
FIRST_MONTHS, FIRST_SCALE = 14, 1000
POLICIES = ("fair_employment_charter", "progressive_procurement", "skills", "transport")

KIBIBYTE = 1024
#: A small process that starts the command and notes what it took: what a parent holds when it starts a process
#: counts among the most that the process has held, and this one may hold a whole region.
GO_BETWEEN = """
import json, os, subprocess, sys
process = subprocess.Popen(sys.argv[2:])
_, status, usage = os.wait4(process.pid, 0)
with open(sys.argv[1], "w") as file:
    json.dump([usage.ru_utime + usage.ru_stime, usage.ru_maxrss], file)
sys.exit(os.waitstatus_to_exitcode(status))
"""
#: `ru_maxrss` is in kibibytes on Linux and in bytes on macOS.
RSS_UNIT = 1 if sys.platform == "darwin" else KIBIBYTE


@dataclass(frozen=True)
class Trial:
    """What a command took.

    Attributes:
        cpu_seconds: User and system time from its start to its end.
        seconds: Time on the clock that the months and the opening took, as the command says.
        peak_rss_mib: Most memory that it held.
        digest: What the run recorded.
    """

    cpu_seconds: float
    seconds: float
    peak_rss_mib: float
    digest: str


def trial(options: Sequence[str], environment: Mapping[str, str], scenario: str = "") -> Trial:
    """Run `commonweal run` on a scenario in a process of its own.

    Args:
        options: Options after the file.
        environment: Variables to add to those of this process.
        scenario: Text of the scenario file.

    Raises:
        RuntimeError: The command failed; its message is the error.
    """
    with tempfile.TemporaryDirectory() as folder:
        file, out, err, used = (Path(folder) / name for name in ("scenario.toml", "out", "err", "used"))
        file.write_text(f'name = "bench"\nstart = "2020-04"\n{scenario}', encoding="utf-8")
        command = [sys.executable, "-m", "experiments", "run", str(file), *options, "--json"]
        with out.open("wb") as stdout, err.open("wb") as stderr:
            ended = subprocess.run(
                [sys.executable, "-S", "-c", GO_BETWEEN, str(used), *command],
                stdout=stdout,
                stderr=stderr,
                cwd=Path(__file__).resolve().parent.parent,
                env={**os.environ, **environment},
            )
        if ended.returncode:
            raise RuntimeError(err.read_text(encoding="utf-8").strip())
        record: dict[str, Any] = json.loads(out.read_text(encoding="utf-8"))
        cpu_seconds, peak = json.loads(used.read_text(encoding="utf-8"))
    return Trial(
        cpu_seconds=cpu_seconds,
        seconds=float(record["seconds"]),
        peak_rss_mib=peak * RSS_UNIT / KIBIBYTE**2,
        digest=str(record["digest"]),
    )


def run_options(scale: int, months: int, seed: int) -> list[str]:
    """Options of a run."""
    return ["--scale", str(scale), "--months", str(months), "--seed", str(seed)]


def long_run(seed: int, populations: Path, scale: int = 1, months: int = LONG_MONTHS) -> tuple[Trial, Trial]:
    """Twenty years at full scale with every indicator, from a population that was kept.

    Args:
        seed: Seed of the run.
        populations: Folder to keep the population in.
        scale: Scale of the run.
        months: Months of the run.

    Returns:
        The run that makes the population, of one month, and the long one.
    """
    environment = {"COMMONWEAL_CACHE": str(populations)}
    return (
        trial(run_options(scale, 1, seed), environment),
        trial(run_options(scale, months, seed), environment),
    )


def short_run(seed: int, populations: Path) -> Trial:
    """A year at one in a hundred, from shell to prompt, kernels and population kept from a run before."""
    environment = {"COMMONWEAL_CACHE": str(populations)}
    options = run_options(SHORT_SCALE, SHORT_MONTHS, seed)
    trial(options, environment)
    return trial(options, environment)


def first_run(seed: int) -> tuple[Trial, Trial]:
    """A run that compiles every kernel, and the same again with the kernels kept.

    Args:
        seed: Seed of the run.

    Returns:
        The first and the second run; what the first took more is the compiling.
    """
    scenario = "".join(f'[[policies]]\ntype = "{name}"\nstart = "2020-06"\n' for name in POLICIES)
    options = run_options(FIRST_SCALE, FIRST_MONTHS, seed)
    with tempfile.TemporaryDirectory() as kernels:
        environment = {"NUMBA_CACHE_DIR": kernels, "COMMONWEAL_CACHE": "off"}
        return trial(options, environment, scenario), trial(options, environment, scenario)
