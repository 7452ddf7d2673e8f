"""Sensitivity analysis: which assumptions move an outcome or a policy's effect, and how much of it is luck."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
import pandas as pd

from experiments.dials import Floats
from experiments.errors import InputError
from experiments.indices import MAIN, METHODS, MORRIS, SOBOL, indices, noise_floor, seed_noise
from experiments.outcomes import check_outcome, outcome
from experiments.points import EFFECT, LEVEL, WITHOUT, PointDesign, check_size, collect, cube
from experiments.sampling import check_sample_seed, morris_trajectories, on_ranges, problem, saltelli_sample
from experiments.scenario_records import as_written, scenario_from, scenario_to, seeds_of
from experiments.sensitivity_words import outcome_sentences
from experiments.study import Study
from experiments.tables import Tables
from experiments.variations import Variation, variations_from

if TYPE_CHECKING:
    from experiments.conductor import Findings
    from experiments.drawing import Picture
    from experiments.laboratory import Runs
    from simulation.region import Region
    from simulation.scenario import Scenario

#: Outcome that indices are about where none is named.
DEFAULT_OUTCOMES = ("inactivity_rate",)
#: Trajectories of Morris, and points of the base sample of Sobol, where none are asked for.
DEFAULT_SAMPLES = {MORRIS: 10, SOBOL: 64}
#: How many of the strongest assumptions of an earlier study are looked at more closely where no number is asked for.
MOST_SCREENED = 12


@dataclass(frozen=True)
class SensitivityStudy(Study):
    """Indices of assumptions: of a policy's effect where the scenario has policies, else of the level.

    Attributes:
        base: The scenario; its seed is replaced by each seed.
        variations: What is varied, assumptions or dials.
        method: `MORRIS` to screen many, `SOBOL` to share out the variance among few.
        outcomes: Indicators that indices are wanted of.
        seeds: Seeds at every point; with two or more, what is luck is told apart.
        samples: Trajectories, or points of the base sample, a power of two.
        sample_seed: Seed of the sample and of the bootstrap.
        second_order: Whether Sobol indices of pairs are wanted, which take about twice the runs.
    """

    kind: ClassVar[str] = "sensitivity"
    title: ClassVar[str] = "Sensitivity"

    base: Scenario
    variations: tuple[Variation, ...]
    method: str
    outcomes: tuple[str, ...]
    seeds: tuple[int, ...]
    samples: int
    sample_seed: int = 0
    second_order: bool = False

    def __post_init__(self) -> None:
        if self.method not in METHODS:
            raise InputError(f"--method: {self.method!r}; allowed: {', '.join(METHODS)}")
        if len(self.variations) < 2:
            raise InputError("--vary: allowed are at least two assumptions or dials")
        if not self.seeds:
            raise InputError("--seeds: allowed is at least one seed")
        if not self.outcomes:
            raise InputError("--outcome: allowed is at least one outcome")
        for name in self.outcomes:
            check_outcome(name)
            if self.outcomes.count(name) > 1:
                raise InputError(f"--outcome: {name} comes twice; allowed is each outcome once")
        check_sample_seed(self.sample_seed)
        if self.samples < 2 or (self.method == SOBOL and self.samples & (self.samples - 1)):
            allowed = "a power of two, such as 64" if self.method == SOBOL else "at least 2 trajectories"
            raise InputError(f"--samples: {self.samples}; allowed is {allowed}")
        if self.second_order and self.method != SOBOL:
            raise InputError(f"--second-order: allowed only with --method {SOBOL}")
        check_size("--samples", self.points, self.base, self.seeds)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of what is varied."""
        return tuple(variation.name for variation in self.variations)

    @property
    def points(self) -> int:
        """Points of the design; the runs are these times the arms and the seeds."""
        inputs = len(self.variations)
        step = inputs + 1 if self.method == MORRIS else 2 * inputs + 2 if self.second_order else inputs + 2
        return self.samples * step

    @property
    def units(self) -> Floats:
        """The sample on the unit cube, shape (points, variations)."""
        inputs = len(self.variations)
        if self.method == MORRIS:
            return morris_trajectories(inputs, self.samples, self.sample_seed)
        return saltelli_sample(inputs, self.samples, self.sample_seed, second_order=self.second_order)

    @property
    def design(self) -> PointDesign:
        """The points."""
        return PointDesign(self.base, self.variations, on_ranges(self.units, self.variations), self.seeds)

    @property
    def measure(self) -> str:
        """What the indices are about."""
        return EFFECT if self.base.policies else LEVEL

    def scenarios(self) -> Sequence[Scenario]:
        """Every run: points, arms and seeds."""
        return [scenario for _, _, _, scenario in self.design.runs()]

    def analyse(self, runs: Runs) -> Tables:
        """Tables `points`, `responses`, `indices`, `noise`, and `interactions` where asked for."""
        design = self.design
        outcomes = collect(design, runs)
        values = cube(outcomes, design.arms[-1], self.outcomes, len(design.values), self.seeds)
        if self.measure == EFFECT:
            values = values - cube(outcomes, WITHOUT, self.outcomes, len(design.values), self.seeds)
        tables = {"points": design.table()}
        return tables | index_tables(
            self.names, self.units, values, self.outcomes, self.method, self.sample_seed,
            measure=self.measure, second_order=self.second_order,
        )  # fmt: skip

    def record(self) -> dict[str, Any]:
        """The design as plain data."""
        return {
            "base": scenario_to(self.base),
            "vary": [variation.record() for variation in self.variations],
            "method": self.method,
            "outcomes": list(self.outcomes),
            "seeds": list(self.seeds),
            "samples": self.samples,
            "sample_seed": self.sample_seed,
            "second_order": self.second_order,
        }

    @classmethod
    def from_record(cls, where: str, record: dict[str, Any]) -> Self:
        """The study of a record."""
        with as_written(where, "a sensitivity's manifest"):
            base = scenario_from(f"{where}: base", record["base"])
            return cls(
                base=base,
                variations=variations_from(f"{where}: vary", base, record["vary"]),
                method=str(record["method"]),
                outcomes=tuple(str(name) for name in record["outcomes"]),
                seeds=seeds_of(record),
                samples=int(record["samples"]),
                sample_seed=int(record["sample_seed"]),
                second_order=bool(record["second_order"]),
            )

    def sentences(self, tables: Tables) -> list[str]:
        """Which assumptions matter, how surely, and what no assumption explains."""
        lines = []
        for name in self.outcomes:
            mine = {key: tables[key][tables[key]["outcome"] == name] for key in tables if key not in ("points",)}
            lines += outcome_sentences(outcome(name), self.measure, self.method, mine)
        return lines

    pictures: ClassVar[Mapping[str, Callable[[Any, Tables], Picture]]] = {}

    def drawings(self, tables: Tables) -> dict[str, Callable[[], Picture]]:
        """Bars of the indices of each outcome, and for Morris the plane of mu* and sigma; none of a constant one."""
        from experiments.sensitivity_pictures import bars, plane

        found: dict[str, Callable[[], Picture]] = {}
        for name in self.outcomes:
            mine = tables["indices"][tables["indices"]["outcome"] == name]
            if not mine[MAIN[self.method]].notna().any():
                continue
            key = name.replace("_", "-")
            found[f"bars-{key}"] = partial(bars, mine, name, self.measure, self.method)
            if self.method == MORRIS:
                found[f"plane-{key}"] = partial(plane, mine, name, self.measure)
        return found


def index_tables(
    names: Sequence[str],
    units: Floats,
    values: Floats,
    outcomes: Sequence[str],
    method: str,
    seed: int,
    *,
    measure: str = LEVEL,
    second_order: bool = False,
) -> Tables:
    """Indices of the means over seeds, and how much of these is luck.

    Args:
        names: What was varied.
        units: Sample on the unit cube, shape (points, names).
        values: Outputs, shape (points, outcomes, seeds).
        outcomes: Names of the outputs.
        method: `MORRIS` or `SOBOL`.
        seed: Seed of the bootstrap.
        measure: What the outputs are, for the tables.
        second_order: As in `indices`.

    Returns:
        `responses` (point, outcome, measure, mean, sd, seeds), `indices` (outcome, measure, those of
        `indices.Indices.table`, noise_floor), `noise` (outcome, measure, constant, variance, noise_variance,
        noise_share, seeds, points), and `interactions` (outcome, measure, pairs) where asked for.
    """
    found: dict[str, list[pd.DataFrame]] = {"responses": [], "indices": [], "interactions": []}
    noise_rows = []
    for k, name in enumerate(outcomes):
        seeds = values[:, k, :]
        y = seeds.mean(axis=1)
        sd = seeds.std(axis=1, ddof=1) if seeds.shape[1] > 1 else np.full(len(y), np.nan)
        known = np.isfinite(seeds).sum(axis=1)
        rows = {"point": np.arange(len(y)), "outcome": name, "measure": measure, "mean": y, "sd": sd, "seeds": known}
        found["responses"].append(pd.DataFrame(rows))
        result = indices(problem(names), units, y, method, seed, second_order=second_order)
        noise = seed_noise(seeds)
        found["indices"].append(_labelled(result.table, name, measure).assign(noise_floor=noise_floor(noise, method)))
        found["interactions"].append(_labelled(result.pairs, name, measure))
        noise_rows.append(
            (
                name,
                measure,
                result.constant,
                noise.variance,
                noise.noise_variance,
                noise.share,
                noise.seeds,
                noise.points,
            )
        )
    tables = {key: pd.concat(parts, ignore_index=True) for key, parts in found.items() if key != "interactions"}
    columns = ["outcome", "measure", "constant", "variance", "noise_variance", "noise_share", "seeds", "points"]
    tables["noise"] = pd.DataFrame(noise_rows, columns=columns)
    if second_order:
        tables["interactions"] = pd.concat(found["interactions"], ignore_index=True)
    return tables


def _labelled(table: pd.DataFrame, name: str, measure: str) -> pd.DataFrame:
    made = table.copy()
    made.insert(0, "outcome", name)
    made.insert(1, "measure", measure)
    return made


def strongest(table: pd.DataFrame, count: int) -> tuple[str, ...]:
    """Assumptions that matter most for any outcome, to look at more closely.

    Args:
        table: `indices` of a finished study.
        count: How many.

    Returns:
        Names by their best rank over outcomes; those that tie come in the table's order.
    """
    known = table[table[MAIN[MORRIS] if "mu_star" in table else MAIN[SOBOL]].notna()]
    best = known.groupby("assumption", sort=False)["rank"].min().sort_values(kind="stable")
    return tuple(str(name) for name in best.index[:count])


def strongest_of(earlier: Findings, where: str, count: int) -> tuple[str, ...]:
    """The strongest assumptions of an earlier study.

    Args:
        earlier: What it found.
        where: Where it is, for the message.
        count: How many.

    Raises:
        InputError: It is not a sensitivity study, or the count is none.
    """
    if count < 1:
        raise InputError(f"--top: {count}; allowed is at least 1")
    if not isinstance(earlier.study, SensitivityStudy):
        raise InputError(f"{where}: --screened: allowed is a folder that `commonweal sensitivity` wrote")
    return strongest(earlier.tables["indices"], count)


def used_assumptions(region: Region, used: Sequence[str]) -> tuple[str, ...]:
    """Assumptions that a run read and that have a range, in the pack's order.

    Args:
        region: The pack.
        used: `RunResult.assumptions` of a run.
    """
    rows, read = region.assumptions, set(used)
    wide = rows.index[(rows["low"] < rows["high"]).to_numpy()]
    return tuple(str(name) for name in wide if name in read)
