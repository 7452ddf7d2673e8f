"""Runs a manifest again and says whether everything is as it was, or what differs and by how much."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from experiments.conductor import conduct, run_records, study_of
from experiments.errors import InputError
from experiments.laboratory import Execution, perform
from experiments.scenario_records import as_written, scenario_from

#: Columns of the table of differences.
COLUMNS = ("arm", "seed", "indicator", "was", "is", "difference")


@dataclass(frozen=True)
class Reproduction:
    """How a rerun compares with a manifest.

    Attributes:
        runs: Runs compared.
        differing: Runs whose digest differs.
        differences: Means of the last year that differ: `COLUMNS`. Empty where only records differ that the manifest
            has no means of.
        changed: What is not as it was when the manifest was written: code, region pack, packages.
    """

    runs: int
    differing: tuple[str, ...]
    differences: pd.DataFrame
    changed: tuple[str, ...]

    @property
    def identical(self) -> bool:
        """Whether every run has the digest that the manifest says."""
        return not self.differing


def reproduce(where: str, manifest: dict[str, Any], execution: Execution | None = None) -> Reproduction:
    """Run a manifest again, each run anew: no store is looked into.

    Args:
        where: File of the manifest, for messages.
        manifest: The manifest of a study or of a single run.
        execution: Where runs are done; its store is left aside.

    Raises:
        InputError: It is no manifest that can be run again.
        ScenarioError: A scenario in it is not allowed.
    """
    execution = replace(execution or Execution(), store=None)
    if manifest.get("kind") == "run":
        with as_written(where, "a run's manifest"):
            scenario = scenario_from(f"{where}: scenario", manifest["scenario"])
        new_runs = run_records([scenario], perform([scenario], execution))
        old_runs = [{"arm": scenario.name, "seed": scenario.seed, **manifest}]
        now = None
    else:
        findings = conduct(study_of(where, manifest), execution)
        now, new_runs, old_runs = findings.manifest, findings.manifest["runs"], manifest.get("runs", [])
    if not old_runs:
        raise InputError(f"{where}: runs: there are none; allowed is a manifest with at least one run")
    new = {(run["arm"], run["seed"]): run for run in new_runs}
    differing, rows = [], []
    for old in old_runs:
        found = new.get((old["arm"], old["seed"]))
        if found is not None and found["digest"] == old["digest"]:
            continue
        differing.append(f"{old['arm']}, seed {old['seed']}" + ("" if found else ": it failed"))
        rows += _differences(old, found or {})
    return Reproduction(len(old_runs), tuple(differing), pd.DataFrame(rows, columns=COLUMNS), _changed(manifest, now))


def _differences(old: dict[str, Any], new: dict[str, Any]) -> list[tuple[Any, ...]]:
    """Means of the last year that differ between two records of a run."""
    before, after = old.get("means", {}), new.get("means", {})
    rows = []
    for name in dict.fromkeys([*before, *after]):
        was, now = before.get(name), after.get(name)
        if was != now:
            gap = now - was if was is not None and now is not None else float("nan")
            rows.append((old["arm"], old["seed"], name, was, now, gap))
    return rows


def _changed(old: dict[str, Any], new: dict[str, Any] | None) -> tuple[str, ...]:
    """What results depend on and has changed since a manifest was written."""
    from experiments import provenance

    found = []
    code = provenance.code_hash()
    if old.get("code", {}).get("hash") not in (None, code):
        found.append(f"code: {old['code']['hash'][:12]} then, {code[:12]} now")
    pack = (new or {}).get("region", {}).get("hash")
    if pack and old.get("region", {}).get("hash") not in (None, pack):
        found.append(f"region pack: {old['region']['hash'][:12]} then, {pack[:12]} now")
    versions = provenance.versions()
    for name, text in old.get("versions", {}).items():
        if name in versions and versions[name] != text:
            found.append(f"{name}: {text} then, {versions[name]} now")
    return tuple(found)
