"""Sweeps: how levels and effects respond to what is varied, on a grid or at points of a Latin hypercube."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from statistics import NormalDist
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
import pandas as pd

from experiments.comparison import LOWERS, NO_INTERVAL, RAISES
from experiments.dials import Floats
from experiments.effects import LEVEL as RISK
from experiments.errors import InputError
from experiments.outcomes import outcome
from experiments.phrases import capital, phrase
from experiments.points import EFFECT, LEVEL, PointDesign, check_size, collect, headline, responses
from experiments.sampling import MOST_POINTS, check_sample_seed, grid, latin_hypercube, on_ranges
from experiments.scenario_records import as_written, scenario_from, scenario_to, seeds_of
from experiments.study import Study
from experiments.tables import Tables
from experiments.variations import Variation, variations_from

if TYPE_CHECKING:
    from collections.abc import Sequence

    from experiments.drawing import Picture
    from experiments.laboratory import Runs
    from simulation.scenario import Scenario

GRID, LHS = "grid", "lhs"
METHODS = (GRID, LHS)
#: Points of a Latin hypercube where none are asked for.
DEFAULT_POINTS = 50
#: Outcomes told in sentences; the table has them all.
MOST_TOLD = 6


@dataclass(frozen=True)
class SweepStudy(Study):
    """A scenario at many points of what is varied; with policies, each point is run with and without them.

    Attributes:
        base: The scenario; its seed is replaced by each seed.
        variations: What is varied.
        method: `GRID` for every combination of levels, or `LHS` for a Latin hypercube over the ranges.
        seeds: Seeds at every point.
        points: Points of the Latin hypercube.
        sample_seed: Seed of the Latin hypercube.
    """

    kind: ClassVar[str] = "sweep"
    title: ClassVar[str] = "Sweep"

    base: Scenario
    variations: tuple[Variation, ...]
    method: str
    seeds: tuple[int, ...]
    points: int = DEFAULT_POINTS
    sample_seed: int = 0

    def __post_init__(self) -> None:
        if self.method not in METHODS:
            raise InputError(f"--method: {self.method!r}; allowed: {', '.join(METHODS)}")
        if not self.variations:
            raise InputError("--vary: allowed is at least one assumption or dial")
        if not self.seeds:
            raise InputError("--seeds: allowed is at least one seed")
        if self.method == LHS and not 2 <= self.points <= MOST_POINTS:
            raise InputError(f"--points: {self.points}; allowed is 2 to {MOST_POINTS:,}")
        check_sample_seed(self.sample_seed)
        if self.method == LHS:
            check_size("--points", self.points, self.base, self.seeds)
        else:
            levels = (len(variation.grid()) for variation in self.variations)
            check_size("--vary", math.prod(levels), self.base, self.seeds)

    @property
    def design(self) -> PointDesign:
        """The points."""
        return PointDesign(self.base, self.variations, self._values(), self.seeds)

    @property
    def measure(self) -> str:
        """What pictures and sentences are about."""
        return EFFECT if self.base.policies else LEVEL

    def _values(self) -> Floats:
        if self.method == GRID:
            return grid([variation.grid() for variation in self.variations])
        return on_ranges(latin_hypercube(len(self.variations), self.points, self.sample_seed), self.variations)

    def scenarios(self) -> Sequence[Scenario]:
        """Every run: points, arms and seeds."""
        return [scenario for _, _, _, scenario in self.design.runs()]

    def analyse(self, runs: Runs) -> Tables:
        """Tables `points`, `outcomes`, `responses`, and `trends` of a Latin hypercube."""
        design = self.design
        outcomes = collect(design, runs)
        tables = {"points": design.table(), "outcomes": outcomes, "responses": responses(design, outcomes)}
        if self.method == LHS:
            tables["trends"] = trends(tables["responses"], [item.name for item in self.variations], self.measure)
        return tables

    def record(self) -> dict[str, Any]:
        """The design as plain data."""
        return {
            "base": scenario_to(self.base),
            "vary": [variation.record() for variation in self.variations],
            "method": self.method,
            "seeds": list(self.seeds),
            "points": self.points,
            "sample_seed": self.sample_seed,
        }

    @classmethod
    def from_record(cls, where: str, record: dict[str, Any]) -> Self:
        """The study of a record."""
        with as_written(where, "a sweep's manifest"):
            base = scenario_from(f"{where}: base", record["base"])
            return cls(
                base=base,
                variations=variations_from(f"{where}: vary", base, record["vary"]),
                method=str(record["method"]),
                seeds=seeds_of(record),
                points=int(record["points"]),
                sample_seed=int(record["sample_seed"]),
            )

    def sentences(self, tables: Tables) -> list[str]:
        """How far the outcomes shown first respond, the most certain ones first."""
        names = [item.name for item in self.variations]
        return sweep_sentences(tables["responses"], names, self.measure, tables.get("trends"))

    def drawings(self, tables: Tables) -> dict[str, Callable[[], Picture]]:
        """Curves for a grid of one dial, heat maps for one of two, scatters for anything else."""
        from experiments.sweep_pictures import curves, heat_maps, scatters

        flat = self.method == GRID and len(self.variations) <= 2
        name, draw = (
            ("scatters", scatters) if not flat
            else ("curves", curves) if len(self.variations) == 1 else ("heat-maps", heat_maps)
        )  # fmt: skip
        return {name: partial(draw, self, tables)}

    pictures: ClassVar[Mapping[str, Callable[[Any, Tables], Picture]]] = {}


def of_outcome(table: pd.DataFrame, name: str, measure: str) -> pd.DataFrame:
    """Rows of `responses` about one outcome and measure, by point."""
    chosen: pd.DataFrame = table[(table["outcome"] == name) & (table["measure"] == measure)].sort_values("point")
    return chosen


def trends(table: pd.DataFrame, dials: Sequence[str], measure: str) -> pd.DataFrame:
    """Rank correlations between dials and outcomes over points.

    Spearman's coefficient, with an interval by Fisher's transformation and the standard error of Bonett and Wright
    2000, sqrt((1 + r^2 / 2) / (n - 3)). The intervals of an outcome hold together in 95 of 100 cases (Bonferroni), so
    that the strongest of many dials is not told for being the luckiest.

    Args:
        table: As `responses` gives it.
        dials: Names of the dials.
        measure: The measure.

    Returns:
        Columns outcome, dial, measure, correlation, low, high, points; not a number where an outcome is the same at
        all points.
    """
    reach = NormalDist().inv_cdf(1.0 - RISK / 2.0 / len(dials))
    rows = []
    for name in dict.fromkeys(table["outcome"]):
        mine = of_outcome(table, name, measure)
        mine = mine[np.isfinite(mine["mean"])]
        ranks, n = mine["mean"].rank().to_numpy(), len(mine)
        for dial in dials:
            other = mine[dial].rank().to_numpy()
            moves = n > 1 and np.ptp(ranks) > 0.0 and np.ptp(other) > 0.0
            r = float(np.corrcoef(ranks, other)[0, 1]) if moves else np.nan
            with np.errstate(divide="ignore", invalid="ignore"):
                half = reach * np.sqrt((1.0 + r**2 / 2.0) / (n - 3)) if n > 3 else np.nan
                low, high = (float(np.tanh(np.arctanh(np.clip(r, -1.0, 1.0)) + end)) for end in (-half, half))
            rows.append((name, dial, measure, r, low, high, n))
    return pd.DataFrame(rows, columns=["outcome", "dial", "measure", "correlation", "low", "high", "points"])


def sweep_sentences(
    table: pd.DataFrame, dials: Sequence[str], measure: str, ranks: pd.DataFrame | None = None
) -> list[str]:
    """The least and greatest response of each outcome shown first, and where, or what it follows.

    Args:
        table: As `responses` gives it.
        dials: Names of the dials.
        measure: What is told.
        ranks: As `trends` gives them; then the sentences say what an outcome follows instead of where its ends are.
    """
    told, still = [], []
    if measure == EFFECT and (table.loc[table["measure"] == EFFECT, "verdict"] == NO_INTERVAL).all():
        return ["One seed gives no intervals, so no effect is claimed; the tables have what it showed."]
    for name in headline(table):
        rows, item = of_outcome(table, name, measure), outcome(name)
        rows = rows[np.isfinite(rows["mean"])]
        if rows.empty:
            continue
        moved = int(rows["verdict"].isin((RAISES, LOWERS)).sum())
        if measure == EFFECT and not moved:
            still.append(item.label)
            continue
        show = item.change if measure == EFFECT else item.text
        ends = [rows.loc[rows["mean"].idxmin()], rows.loc[rows["mean"].idxmax()]]
        texts = [show(float(end["mean"])) for end in ends]
        subject = f"The effect on {phrase(item)}" if measure == EFFECT else capital(phrase(item))
        if ranks is None:
            places = [", ".join(f"{dial} {end[dial]:.4g}" for dial in dials) for end in ends]
            line = f"{subject} goes from {texts[0]} (at {places[0]}) to {texts[1]} (at {places[1]})"
        else:
            line = f"{subject} lies between {texts[0]} and {texts[1]}{_followed(ranks, name, measure)}"
        detectable = f"; it is detectable at {moved} of {len(rows)} points" if measure == EFFECT else ""
        told.append((-moved, f"{line}{detectable}."))
    told.sort(key=lambda pair: pair[0])
    lines = [line for _, line in told[:MOST_TOLD]]
    if still:
        lines.append(f"At no point was there a detectable effect on: {'; '.join(still)}.")
    return lines


def _followed(ranks: pd.DataFrame, name: str, measure: str) -> str:
    """The dial that an outcome follows most, where that is more than chance."""
    mine = ranks[(ranks["outcome"] == name) & (ranks["measure"] == measure)]
    mine = mine[(mine["low"] > 0.0) | (mine["high"] < 0.0)]
    if mine.empty:
        return " and follows none of what was varied"
    row = mine.iloc[int(mine["correlation"].abs().to_numpy().argmax())]
    # The intervals of all dials hold together.
    ends = f"{row['low']:.2f} to {row['high']:.2f}"
    return f" and follows {row['dial']} most (rank correlation {row['correlation']:.2f}, 95% interval {ends})"
