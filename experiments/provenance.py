"""Where results come from: versions, commit and hashes that a manifest carries."""

from __future__ import annotations

import platform
import subprocess
from datetime import UTC, datetime
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from agents.code_version import ROOT, source_hash
from simulation.region import Region
from simulation.scenario import Scenario

#: The four storeys, whose code makes a result.
STOREYS = ("agents", "simulation", "policies", "experiments")
#: Packages whose version can change a result or its look.
PACKAGES = (
    "commonweal", "mesa", "numpy", "numba", "llvmlite", "pandas", "scipy", "networkx", "pydantic", "dask",
    "distributed", "pyarrow", "matplotlib", "seaborn",
)  # fmt: skip


def now() -> str:
    """The time in UTC, ISO 8601, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


@lru_cache(maxsize=1)
def _versions() -> dict[str, str]:
    found = {"python": platform.python_version(), "platform": platform.platform()}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found


def versions() -> dict[str, str]:
    """Versions of Python, the platform and the packages that are installed."""
    return dict(_versions())


def code_hash() -> str:
    """SHA-256 over the names and contents of the Python files of the four storeys."""
    return source_hash(STOREYS)


def commit() -> dict[str, Any] | None:
    """Commit of the checkout that the code runs from and whether files differ from it; None outside one."""
    try:
        top = _git("rev-parse", "--show-toplevel")
        if Path(top).resolve() != ROOT:
            return None
        changed = _git("status", "--porcelain", "--untracked-files=no", "--", *STOREYS)
        return {"hash": _git("rev-parse", "HEAD"), "dirty": bool(changed)}
    except (OSError, subprocess.SubprocessError):
        return None


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True, timeout=30)
    return done.stdout.strip()


def scenario_record(scenario: Scenario) -> dict[str, Any]:
    """A scenario in full, defaults included, as plain data."""
    return scenario.model_dump(mode="json")


def manifest(kind: str, region: Region, started: str) -> dict[str, Any]:
    """The part of a manifest that all results share.

    Args:
        kind: What the folder holds, such as "comparison".
        region: The region pack that was used.
        started: When the first run began.
    """
    return {
        "program": "commonweal",
        "kind": kind,
        "started": started,
        "finished": now(),
        "region": {"name": region.name, "title": region.title, "base_year": region.base_year, "hash": region.hash},
        "code": {"hash": code_hash(), "commit": commit()},
        "versions": versions(),
    }
