"""The study behind `shock`: what befalls the region, how deep it goes and how soon it is made up."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
import pandas as pd

from experiments.comparison import Arm
from experiments.comparison_study import whole_seeds
from experiments.designs import BASELINE
from experiments.errors import InputError
from experiments.scenario_records import as_written, scenario_from, scenario_to, seeds_of
from experiments.shock_paths import DEPTH_COLUMNS, HARM, PATH_COLUMNS, QUARTER, depth, path
from experiments.shock_words import CUSTOMERS, heading, shock_sentences
from experiments.study import Study
from experiments.tables import Tables
from simulation.shocks import ClosureShock, DemandShock

if TYPE_CHECKING:
    from experiments.drawing import Picture
    from experiments.laboratory import Runs
    from simulation.scenario import Scenario

#: Shocks of a scenario that has none: exports fall by a tenth for a year; the largest private employer closes.
DEFAULT_SHOCKS = (DemandShock(start="2021-04", months=12, size=-0.10), ClosureShock(start="2021-04", rank=1))
#: Months of the default run: a year before the shocks and five after them.
DEFAULT_MONTHS = 72
DEFAULT_SEEDS = 10


@dataclass(frozen=True)
class ShockStudy(Study):
    """A scenario without its shocks, with each of them alone and, where there are several, with all of them.

    Attributes:
        base: The scenario with its shocks; policies in it are in force in all arms.
        seeds: Seeds, ascending.
        together: Whether all shocks together are an arm too.
    """

    kind: ClassVar[str] = "shock"
    title: ClassVar[str] = "Shocks and how soon they are made up"

    base: Scenario
    seeds: tuple[int, ...]
    together: bool = False

    def __post_init__(self) -> None:
        if not self.base.shocks:
            raise InputError("shocks: allowed is a scenario with at least one of [[shocks]]")
        if not self.seeds:
            raise InputError("--seeds: allowed is at least one seed")
        for k, shock in enumerate(self.base.shocks):
            if self.base.month_of(shock.start) + QUARTER > self.base.months:
                last = self.base.calendar(self.base.months - 1)
                raise InputError(
                    f"shocks[{k}].start: {shock.start}, and the run ends with {last}; allowed is a start at least "
                    f"{QUARTER} months before its end"
                )

    @property
    def arms(self) -> tuple[Arm, ...]:
        """The scenario without shocks, then with each, then with all."""
        found = [Arm(BASELINE, "Without shocks", self.base.with_(name=BASELINE, shocks=()))]
        for shock in self.base.shocks:
            same = sum(arm.name.split("_")[0] == shock.type for arm in found)
            found.append(self._arm(f"{shock.type}_{same + 1}" if same else shock.type, (shock,)))
        if self.together and len(self.base.shocks) > 1:
            found.append(self._arm("together", self.base.shocks))
        return tuple(found)

    def _arm(self, name: str, shocks: tuple[DemandShock | ClosureShock, ...]) -> Arm:
        return Arm(name, heading(shocks), self.base.with_(name=name, shocks=shocks))

    def scenarios(self) -> list[Scenario]:
        """Every arm under every seed."""
        return [self.run_of(arm, seed) for arm in self.arms for seed in self.seeds]

    def run_of(self, arm: Arm, seed: int) -> Scenario:
        """The scenario of an arm under a seed."""
        return arm.scenario.with_(seed=seed)

    def analyse(self, runs: Runs) -> Tables:
        """Tables `depth` (a row per arm and outcome) and `path` (and month), over seeds under which no run failed."""
        seeds = whole_seeds(self, runs)
        names = list(HARM)
        values = {}
        for arm in self.arms:
            tables = [runs.indicators(self.run_of(arm, seed)) for seed in seeds]
            values[arm.name] = np.stack([table[names].to_numpy(dtype=np.float64) for table in tables], axis=-1)
        paths, depths = [], []
        for arm in self.arms[1:]:
            first = min(self.base.month_of(shock.start) for shock in arm.scenario.shocks)
            months = [self.base.calendar(month) for month in range(first, self.base.months)]
            for k, name in enumerate(names):
                pair = values[BASELINE][first:, k], values[arm.name][first:, k]
                paths.append(path(*pair, months, name).assign(arm=arm.name))
                depths.append({"arm": arm.name, **depth(*pair, months, name)})
        table = pd.DataFrame(depths)[["arm", *DEPTH_COLUMNS]]
        # A whole number or none: as floats they read back from a file as they were.
        table["months_to_half"] = table["months_to_half"].astype(np.float64)
        return {"depth": table, "path": pd.concat(paths, ignore_index=True)[["arm", *PATH_COLUMNS]]}

    def record(self) -> dict[str, Any]:
        """Base and seeds."""
        return {"base": scenario_to(self.base), "seeds": list(self.seeds), "together": self.together}

    @classmethod
    def from_record(cls, where: str, record: dict[str, Any]) -> Self:
        """The study of a record."""
        with as_written(where, "a manifest of `commonweal shock`"):
            base = scenario_from(f"{where}: base", record["base"])
            return cls(base, seeds_of(record), bool(record["together"]))

    def sentences(self, tables: Tables) -> list[str]:
        """Depth, time and recovery of each outcome that surely moves, by shock."""
        table = tables["depth"]
        lines = [line for arm in self.arms[1:] for line in shock_sentences(arm.title, table[table["arm"] == arm.name])]
        if any(isinstance(shock, ClosureShock) for shock in self.base.shocks):
            lines.append(CUSTOMERS)
        return lines

    def drawings(self, tables: Tables) -> dict[str, Callable[[], Picture]]:
        """The paths of all outcomes."""
        from experiments.shock_pictures import paths_picture

        return {"paths": lambda: paths_picture(self.arms, tables["path"])}

    pictures: ClassVar[Mapping[str, Callable[[Any, Tables], Picture]]] = {}


def shock_study(base: Scenario, seeds: tuple[int, ...]) -> ShockStudy:
    """A study of the shocks of a scenario; of one that has none, of the default shocks, each alone.

    Raises:
        InputError: A shock starts too late for its run.
    """
    if base.shocks:
        return ShockStudy(base, seeds, together=True)
    return ShockStudy(base.with_(shocks=DEFAULT_SHOCKS), seeds)
