"""Runs of a scenario at many points of what is varied, paired with and without its policies.

With policies, both runs of a pair have the same assumptions and the same seed, so that an effect is a difference
within them (see `experiments.effects`). A design that varies nothing but policies shares its runs without them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from experiments.dials import Floats, set_dials
from experiments.effects import YEAR, paired_statistics
from experiments.errors import InputError, RunsFailedError
from experiments.outcomes import HEADLINE
from experiments.sampling import MOST_POINTS
from experiments.variations import Variation

if TYPE_CHECKING:
    from experiments.laboratory import Runs
    from simulation.scenario import Scenario

#: Arms of a pair, and the only arm of a scenario that has no policies.
WITHOUT, WITH, ALONE = "without policies", "with policies", "as it is"
#: What a row of `responses` measures.
LEVEL, LEVEL_WITHOUT, EFFECT = "level", "level without policies", "effect"
#: Columns that identify a row of `outcomes`.
OUTCOME_KEYS = ("point", "seed", "arm")
STATISTICS = ("mean", "low", "high", "detectable", "verdict", "seeds")
#: Verdict in rows that are no effects.
NO_VERDICT = "level"


def arms_of(base: Scenario) -> tuple[str, ...]:
    """Arms of a scenario at every point and seed."""
    return (WITHOUT, WITH) if base.policies else (ALONE,)


def check_size(option: str, points: int, base: Scenario, seeds: Sequence[int]) -> None:
    """Make sure that a design has no more runs than can be handled, before any is made.

    Raises:
        InputError: It has.
    """
    arms = len(arms_of(base))
    if points * arms * len(seeds) > MOST_POINTS:
        raise InputError(
            f"{option}: makes {points:,} points, with {len(seeds)} seeds and {arms} arms "
            f"{points * arms * len(seeds):,} runs; allowed are up to {MOST_POINTS:,}"
        )


@dataclass(frozen=True)
class PointDesign:
    """What is run at which points.

    Attributes:
        base: The scenario, with its policies if it has any.
        variations: What is varied.
        values: Its values, shape (points, variations).
        seeds: Seeds at every point.
    """

    base: Scenario
    variations: tuple[Variation, ...]
    values: Floats
    seeds: tuple[int, ...]

    @property
    def arms(self) -> tuple[str, ...]:
        """Arms at every point and seed."""
        return arms_of(self.base)

    def runs(self) -> Iterator[tuple[int, int, str, Scenario]]:
        """Point, seed, arm and scenario of every run."""
        dials = [variation.dial for variation in self.variations]
        for point, row in enumerate(self.values.tolist()):
            here = set_dials(self.base, dials, row)
            for arm in self.arms:
                name = f"point {point}" if arm == ALONE else f"point {point}, {arm}"
                scenario = here.with_(name=name, **({"policies": ()} if arm == WITHOUT else {}))
                for seed in self.seeds:
                    yield point, seed, arm, scenario.model_copy(update={"seed": seed})

    def table(self) -> pd.DataFrame:
        """The points: point, then a column for each dial."""
        names = [variation.name for variation in self.variations]
        return pd.DataFrame(self.values, columns=names).rename_axis("point").reset_index()


def collect(design: PointDesign, runs: Runs) -> pd.DataFrame:
    """Final-year means of every run that did not fail.

    Args:
        design: The design.
        runs: Its runs.

    Returns:
        Columns `OUTCOME_KEYS`, then a column for each indicator.

    Raises:
        RunsFailedError: At no point is there a seed under which all arms ran.
    """
    last = design.base.months - 1
    rows, means, first = [], dict[str, pd.Series](), None
    for point, seed, arm, scenario in design.runs():
        # Many points may share a run, which need not be read again.
        key = scenario.model_dump_json(exclude={"name"}) if arm == WITHOUT else ""
        if key and key in means:
            found = means[key]
        elif (failure := runs.failed(scenario)) is not None:
            first = first or failure
            continue
        else:
            found = runs.window_means(scenario, max(last + 1 - YEAR, 0), last)
            if key:
                means[key] = found
        rows.append({"point": point, "seed": seed, "arm": arm, **found.to_dict()})
    table = pd.DataFrame(rows)
    if not rows or table.groupby(["point", "seed"]).size().max() < len(design.arms):
        why = f"; the first: {first}\n{first.traceback}" if first else ""
        raise RunsFailedError(f"at every point and seed a run failed, so nothing can be said{why}")
    return table


def cube(outcomes: pd.DataFrame, arm: str, names: Sequence[str], points: int, seeds: Sequence[int]) -> Floats:
    """Outcomes as an array, not a number where a run failed.

    Args:
        outcomes: As `collect` gives them.
        arm: The arm.
        names: Indicators.
        points: How many points the design has.
        seeds: Seeds, in order.

    Returns:
        Shape (points, indicators, seeds).
    """
    index = pd.MultiIndex.from_product([range(points), seeds], names=["point", "seed"])
    mine = outcomes[outcomes["arm"] == arm].set_index(["point", "seed"])[list(names)].reindex(index)
    flat = mine.to_numpy(dtype=np.float64).reshape(points, len(seeds), len(names))
    return np.ascontiguousarray(np.swapaxes(flat, 1, 2))


def indicators(outcomes: pd.DataFrame) -> list[str]:
    """Names of the indicators in a table of outcomes."""
    return [str(name) for name in outcomes.columns if name not in OUTCOME_KEYS]


def headline(responses: pd.DataFrame) -> list[str]:
    """The outcomes that pictures show: those of the catalogue shown first, or all where none of them is there."""
    present = list(dict.fromkeys(responses["outcome"]))
    return [name for name in HEADLINE if name in present] or present


def responses(design: PointDesign, outcomes: pd.DataFrame) -> pd.DataFrame:
    """Levels and effects of every indicator at every point, over seeds.

    Args:
        design: The design.
        outcomes: As `collect` gives them.

    Returns:
        Columns point, the dials, outcome, measure, then `STATISTICS`. With policies the measures are `LEVEL`,
        `LEVEL_WITHOUT` and `EFFECT`, of seeds under which both arms ran; without them `LEVEL` alone.
    """
    names, points = indicators(outcomes), len(design.values)
    other = cube(outcomes, design.arms[-1], names, points, design.seeds)
    shape = (points * len(names), len(design.seeds))
    if len(design.arms) == 1:
        parts = {LEVEL: _levels(other.reshape(shape))}
    else:
        base = cube(outcomes, WITHOUT, names, points, design.seeds)
        gap = np.isfinite(base) & np.isfinite(other)
        base, other = (np.where(gap, values, np.nan).reshape(shape) for values in (base, other))
        effect = paired_statistics(base, other).rename(columns={"effect": "mean"})[list(STATISTICS)]
        parts = {LEVEL: _levels(other), LEVEL_WITHOUT: _levels(base), EFFECT: effect}
    made = []
    for measure, part in parts.items():
        part.insert(0, "point", np.repeat(np.arange(points), len(names)))
        part.insert(1, "outcome", names * points)
        part.insert(2, "measure", measure)
        made.append(part[part["seeds"] > 0])
    table = design.table().merge(pd.concat(made, ignore_index=True), on="point", how="inner")
    return table[["point", *(item.name for item in design.variations), "outcome", "measure", *STATISTICS]]


def _levels(values: Floats) -> pd.DataFrame:
    """Means over seeds with intervals; values have shape (rows, seeds)."""
    part = paired_statistics(np.zeros_like(values), values).rename(columns={"effect": "mean"})[list(STATISTICS)]
    return part.assign(detectable=np.nan, verdict=NO_VERDICT)
