"""The study behind `compare`: a baseline and policies under the same seeds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, Self

import pandas as pd

from experiments.comparison import BREAKDOWN_COLUMNS, INDICATOR_KEYS, Arm, Comparison
from experiments.effects import costs, effects, group_effects
from experiments.errors import RunsFailedError
from experiments.scenario_records import as_written, scenario_from, scenario_to, seeds_of
from experiments.study import Study
from experiments.tables import Tables
from simulation.region import Region, load_region
from simulation.scenario import Scenario

if TYPE_CHECKING:
    from experiments.conductor import Findings
    from experiments.drawing import Picture
    from experiments.laboratory import Runs

#: Tables of an appraisal that a comparison keeps.
APPRAISED = ("appraisal", "distribution")
#: Tables that a comparison may lack: nothing was there to work them out from, or an earlier version did not.
MAY_LACK = ("interactions", "money_flows", "put_in", *APPRAISED, "targets", "checks")


@dataclass(frozen=True)
class ComparisonStudy(Study):
    """A baseline and policies, each under every seed.

    Attributes:
        arms: The baseline, then the policy arms.
        seeds: Seeds, ascending.
    """

    kind: ClassVar[str] = "comparison"
    title: ClassVar[str] = "Comparison of policies"

    arms: tuple[Arm, ...]
    seeds: tuple[int, ...]

    def scenarios(self) -> list[Scenario]:
        """Every arm under every seed."""
        return [self.run_of(arm, seed) for arm in self.arms for seed in self.seeds]

    def run_of(self, arm: Arm, seed: int) -> Scenario:
        """The scenario of an arm under a seed."""
        return arm.scenario.with_(name=arm.name, seed=seed)

    def analyse(self, runs: Runs) -> Tables:
        """The tables of a `Comparison`, over the seeds under which no run failed."""
        seeds = whole_seeds(self, runs)
        plan = [(arm, seed) for arm in self.arms for seed in seeds]
        headings: dict[tuple[str, int], dict[str, float]] = {}
        indicator_parts, breakdown_parts, used = [], [], set[str]()
        for arm, seed in plan:
            result = runs.result(self.run_of(arm, seed))
            headings[arm.name, seed] = result.headings
            indicator_parts.append(result.indicators.assign(arm=arm.name, seed=seed))
            breakdown_parts.append(result.breakdowns.assign(arm=arm.name, seed=seed))
            used |= set(result.assumptions)
        indicators = _stacked(indicator_parts, INDICATOR_KEYS)
        breakdowns = _stacked(breakdown_parts, BREAKDOWN_COLUMNS)
        region = load_region(self.arms[0].scenario.region)
        more = self._more(region, seeds, runs, indicators, breakdowns)
        return {
            "effects": effects(self.arms, seeds, indicators),
            "group_effects": group_effects(self.arms, seeds, breakdowns),
            "costs": costs(self.arms, seeds, indicators, headings),
            "assumptions": assumption_rows(region, self.arms[0].scenario, sorted(used)),
            **more,
            "indicators": indicators,
            "breakdowns": breakdowns,
        }

    def _more(
        self, region: Region, seeds: tuple[int, ...], runs: Runs, indicators: pd.DataFrame, breakdowns: pd.DataFrame
    ) -> Tables:
        """Tables that other studies work out in full, as far as these runs tell them."""
        from experiments.appraisal import appraisal_tables
        from experiments.interactions import interactions
        from experiments.money_flows import money_flows
        from experiments.opening_check import opening_check
        from experiments.put_in import put_in

        appraised = appraisal_tables(self.arms, seeds, lambda arm, seed: runs.result(self.run_of(arm, seed)))
        targets, checks = opening_check(region, [runs.result(self.run_of(self.arms[0], seed)) for seed in seeds])
        found = {
            "interactions": interactions(self.arms, seeds, indicators),
            "money_flows": money_flows(self.arms, seeds, breakdowns),
            "put_in": put_in(self.arms, seeds, indicators, breakdowns),
            **{name: appraised[name] for name in APPRAISED if name in appraised},
            "targets": targets,
            "checks": checks,
        }
        return {name: table for name, table in found.items() if len(table)}

    def record(self) -> dict[str, Any]:
        """Arms and seeds."""
        return {"arms": [arm_to(arm) for arm in self.arms], "seeds": list(self.seeds)}

    @classmethod
    def from_record(cls, where: str, record: dict[str, Any]) -> Self:
        """The study of a record."""
        return cls(*arms_and_seeds(where, record))

    def drawings(self, tables: Tables) -> dict[str, Callable[[], Picture]]:
        """The pictures of the report."""
        from experiments.report_drawings import drawings

        return drawings(self.comparison(tables, {}))

    def images(self, tables: Tables) -> dict[str, Callable[[], bytes]]:
        """The effects on all headline outcomes, for a page that cannot show SVG."""
        from experiments.pictures import overview_png

        return {"overview": lambda: overview_png(self.comparison(tables, {}))}

    def comparison(self, tables: Tables, manifest: dict[str, Any]) -> Comparison:
        """The study and its tables as one object."""
        seeds = tuple(sorted(int(seed) for seed in tables["indicators"]["seed"].unique()))
        lacking = {name: pd.DataFrame() for name in MAY_LACK if name not in tables}
        return Comparison(arms=self.arms, seeds=seeds, manifest=manifest, **tables, **lacking)


def comparison_of(findings: Findings) -> Comparison:
    """The comparison that was found."""
    assert isinstance(findings.study, ComparisonStudy)
    return findings.study.comparison(findings.tables, findings.manifest)


class Arms(Protocol):
    """A study of arms under seeds."""

    @property
    def arms(self) -> tuple[Arm, ...]:
        """Its arms."""

    @property
    def seeds(self) -> tuple[int, ...]:
        """Its seeds."""

    def run_of(self, arm: Arm, seed: int) -> Scenario:
        """The scenario of an arm under a seed."""


def whole_seeds(study: Arms, runs: Runs) -> tuple[int, ...]:
    """Seeds under which no run of a study failed.

    Raises:
        RunsFailedError: There is none.
    """
    failures = {
        seed: failure for arm in study.arms for seed in study.seeds if (failure := runs.failed(study.run_of(arm, seed)))
    }
    whole = tuple(seed for seed in study.seeds if seed not in failures)
    if not whole:
        first = failures[study.seeds[0]]
        raise RunsFailedError(f"runs failed under every seed; the first: {first}\n{first.traceback}")
    return whole


def arm_to(arm: Arm) -> dict[str, Any]:
    """An arm as plain data."""
    return {"name": arm.name, "title": arm.title, "scenario": scenario_to(arm.scenario)}


def arms_and_seeds(where: str, record: dict[str, Any]) -> tuple[tuple[Arm, ...], tuple[int, ...]]:
    """Arms and seeds of a record.

    Raises:
        InputError: It lacks them, or they are not as they were written.
    """
    with as_written(f"{where}: design", "a manifest of arms and seeds"):
        arms = tuple(
            Arm(str(arm["name"]), str(arm["title"]), scenario_from(f"{where}: arms.{arm['name']}", arm["scenario"]))
            for arm in record["arms"]
        )
        if len({arm.name for arm in arms}) < max(len(arms), 2):
            raise ValueError("arms")
        return arms, seeds_of(record)


def assumption_rows(region: Region, scenario: Scenario, names: Sequence[str]) -> pd.DataFrame:
    """Rows of a region pack, with the scenario's overrides as values.

    Args:
        region: The pack.
        scenario: What overrides its rows.
        names: The rows wanted, in order.

    Returns:
        Columns name, value, low, high, unit, source, note.
    """
    table = region.assumptions.loc[list(names)].reset_index()
    for name, value in scenario.assumptions.items():
        mine = table["name"] == name
        table.loc[mine, "note"] = [f"{note}; pack has {old:g}".lstrip("; ") for note, old in
                                   zip(table.loc[mine, "note"], table.loc[mine, "value"], strict=True)]  # fmt: skip
        table.loc[mine, "value"] = value
    return table[["name", "value", "low", "high", "unit", "source", "note"]]


def _stacked(parts: list[pd.DataFrame], keys: Sequence[str]) -> pd.DataFrame:
    """One table of many, the columns that label them first."""
    table = pd.concat(parts, ignore_index=True)
    return table[[*keys, *(name for name in table.columns if name not in keys)]]
