"""The key of a run: a hash of all that its result depends on, so that equal keys mean equal results."""

from __future__ import annotations

import hashlib
import inspect
import json
import sys
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from agents.code_version import ROOT, source_hash
from simulation.region import load_region
from simulation.scenario import Scenario

#: Storeys whose code makes the records of a run; the fourth only asks for them.
MODEL = ("agents", "simulation", "policies")
#: Storey whose code measures runs.
MEASURING = ("experiments",)
#: Packages whose arithmetic goes into the records.
ARITHMETIC = ("numpy", "numba", "llvmlite", "scipy", "pandas")
#: Form of the records; a change of what a run's file holds makes it another.
FORM = 3


@lru_cache(maxsize=1)
def model_version() -> str:
    """SHA-256, shortened, of the model's source and of the packages that it computes with."""
    parts = [f"form {FORM}", source_hash(MODEL), *(f"{name} {version(name)}" for name in ARITHMETIC)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


class RunKeys:
    """Keys of runs; each region pack is looked at once.

    Args:
        measured: Whether the runs are measured too (`experiments.measured`), which adds to their records.
    """

    def __init__(self, measured: bool = False) -> None:
        self._packs: dict[str, str] = {}
        self._measured = {"measured": source_hash(MEASURING)} if measured else {}

    def pack(self, scenario: Scenario) -> str:
        """Hash of a scenario's region pack."""
        if scenario.region not in self._packs:
            self._packs[scenario.region] = load_region(scenario.region).hash
        return self._packs[scenario.region]

    def __call__(self, scenario: Scenario) -> str:
        """SHA-256 over the scenario, its seed, its region pack and the code.

        The name of a scenario and the place of its pack change nothing, so they are left out.
        """
        fields = scenario.model_dump(mode="json", exclude={"name", "region", "force"})
        foreign = sorted({_source(type(policy)) for policy in scenario.policies} - {""})
        code = [model_version(), *foreign]
        facts = {"scenario": fields, "pack": self.pack(scenario), "code": code, **self._measured}
        return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


@lru_cache(maxsize=64)
def _source(kind: type[Any]) -> str:
    """Hash of the module that brings a policy; empty for the project's own, whose code is hashed as a whole."""
    module = sys.modules.get(kind.__module__)
    path = getattr(module, "__file__", None)
    if path is not None and Path(path).resolve().is_relative_to(ROOT) and kind.__module__.split(".")[0] in MODEL:
        return ""
    try:
        text = Path(path).read_text(encoding="utf-8") if path else inspect.getsource(kind)
    except (OSError, TypeError):
        # A class typed at a prompt: what can be told of it is its compiled methods.
        codes = [value.__code__ for value in vars(kind).values() if inspect.isfunction(value)]
        text = repr([(code.co_name, code.co_code.hex(), code.co_consts, code.co_names) for code in codes])
    return hashlib.sha256(f"{kind.__qualname__}\n{text}".encode()).hexdigest()
