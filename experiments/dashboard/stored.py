"""What earlier commands left: studies with their pages, and runs of the store whose scenarios can be opened."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from experiments.errors import InputError
from experiments.folders import MANIFEST, REPORT
from experiments.manifests import read_manifest
from simulation.scenario import Scenario

#: Runs of a store that are listed, the newest first.
MOST_RUNS = 40


@dataclass(frozen=True)
class Stored:
    """Where results are.

    Attributes:
        results: Folder whose folders are studies.
        store: Store of runs.
    """

    results: Path
    store: Path

    def studies(self) -> list[dict[str, str]]:
        """Studies with a page, the newest first: name, kind and when they were finished."""
        found = []
        for path in sorted(self.results.glob(f"*/{MANIFEST}")):
            try:
                _, manifest = read_manifest(path)
            except InputError:
                continue
            if (path.parent / REPORT).is_file():
                found.append({"name": path.parent.name, "kind": manifest["kind"], "finished": manifest["finished"]})
        return sorted(found, key=lambda study: study["finished"], reverse=True)

    def page(self, name: str) -> Path | None:
        """The page of a study that is listed; None for any other name."""
        known = {study["name"] for study in self.studies()}
        return self.results / name / REPORT if name in known else None

    def runs(self) -> list[dict[str, Any]]:
        """Runs of the store, the newest first: key and a line on each."""
        if not (self.store / "store.json").exists():
            return []
        from experiments.catalogue import cells, run_table
        from experiments.store import RunStore

        table, _ = run_table(RunStore(self.store))
        columns = ["scenario", "policies", "seed", "scale", "months", "finished"]
        newest = table.sort_values("finished", ascending=False, kind="stable").head(MOST_RUNS)
        # The key in full, which a list for people is spared.
        rows = zip(newest["key"], cells(newest, columns), strict=True)
        return [{"key": str(key), **dict(zip(columns, row, strict=True))} for key, row in rows]

    def scenario(self, key: str) -> Scenario:
        """The scenario of a stored run.

        Raises:
            InputError: The store has no such run, or its file is not whole.
        """
        from experiments.store import RunStore

        try:
            scenario = RunStore(self.store).read(key).scenario
        except KeyError:
            raise InputError(f"{self.store}: --store: holds no run {key}") from None
        # A run is kept without the name of its scenario, which is in the list.
        names = {run["key"]: run["scenario"] for run in self.runs()}
        return scenario.with_(name=names.get(key) or scenario.name)
