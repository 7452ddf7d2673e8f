"""Points at which a model is run: grids, Latin hypercubes, Morris trajectories, Saltelli samples.

All are drawn on the unit cube, from a seed alone, and mapped on the ranges afterwards; the columns are in the
order of the variations, so that neither hash seeds nor workers can change a point.
"""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

from experiments.dials import Floats, near_names
from experiments.errors import InputError
from experiments.variations import Variation
from simulation.region import Region

#: Levels of the grid on which Morris trajectories walk; 4 is the usual choice (Saltelli et al. 2008, section 3.3).
MORRIS_LEVELS = 4
#: Step of a trajectory as part of a range, levels / (2 (levels - 1)), after Morris 1991.
MORRIS_STEP = MORRIS_LEVELS / (2.0 * (MORRIS_LEVELS - 1))
#: Most points of a design, and most runs.
MOST_POINTS = 1_000_000


def check_sample_seed(seed: int) -> None:
    """Make sure that points can be drawn from a seed.

    Raises:
        InputError: It is negative.
    """
    if seed < 0:
        raise InputError(f"--sample-seed: {seed}; allowed is 0 or more")


def problem(names: Sequence[str], bounds: Sequence[tuple[float, float]] | None = None) -> dict[str, Any]:
    """A problem as SALib describes it, over unit ranges unless bounds are given."""
    ends = [[0.0, 1.0]] * len(names) if bounds is None else [list(pair) for pair in bounds]
    return {"num_vars": len(names), "names": list(names), "bounds": ends}


def grid(levels: Sequence[Sequence[float]]) -> Floats:
    """Every combination of levels, the last dimension running fastest.

    Args:
        levels: Values of each dimension.

    Returns:
        Shape (points, dimensions).

    Raises:
        InputError: There are more than `MOST_POINTS`.
    """
    count = int(np.prod([len(values) for values in levels], dtype=np.float64))
    if count > MOST_POINTS:
        raise InputError(f"--vary: makes {count:,} points; allowed are up to {MOST_POINTS:,}")
    return np.array(list(itertools.product(*levels)), dtype=np.float64).reshape(count, len(levels))


def latin_hypercube(dimensions: int, points: int, seed: int) -> Floats:
    """A Latin hypercube on the unit cube: one point in each of `points` slices of every dimension.

    McKay, Beckman and Conover 1979, by `scipy.stats.qmc`.

    Returns:
        Shape (points, dimensions).
    """
    from scipy.stats import qmc

    return np.asarray(qmc.LatinHypercube(dimensions, seed=np.random.default_rng(seed)).random(points))


def morris_trajectories(dimensions: int, trajectories: int, seed: int) -> Floats:
    """Trajectories of Morris 1991 on the unit cube: each moves one dimension at a time, every one once.

    Returns:
        Shape (trajectories * (dimensions + 1), dimensions).
    """
    from SALib.sample import morris

    names = [str(k) for k in range(dimensions)]
    sample = morris.sample(problem(names), trajectories, num_levels=MORRIS_LEVELS, seed=np.random.default_rng(seed))
    return np.asarray(sample, dtype=np.float64)


def saltelli_sample(dimensions: int, base: int, seed: int, *, second_order: bool = False) -> Floats:
    """Saltelli's extension of a scrambled Sobol sequence, on the unit cube.

    Saltelli 2002; Saltelli et al. 2010; scrambled as Owen 2020 advises.

    Args:
        dimensions: Dimensions.
        base: Points of the base sample, a power of two, or the sequence loses its balance.
        seed: Seed of the scrambling.
        second_order: Whether indices of pairs are wanted, which takes about twice the points.

    Returns:
        Shape (base * (dimensions + 2), dimensions), or base * (2 dimensions + 2) with second order.

    Raises:
        ValueError: The base is no power of two.
    """
    from SALib.sample import sobol

    if base < 2 or base & (base - 1):
        raise ValueError("the base sample must be a power of two")
    names = [str(k) for k in range(dimensions)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # of SciPy, about the name of an argument that SALib passes
        sample = sobol.sample(problem(names), base, calc_second_order=second_order, seed=np.random.default_rng(seed))
    return np.asarray(sample, dtype=np.float64)


def on_ranges(units: Floats, variations: Sequence[Variation]) -> Floats:
    """Points of the unit cube as values of what is varied.

    Args:
        units: Shape (points, dimensions).
        variations: One for each dimension.

    Returns:
        Values, shape (points, dimensions).
    """
    return np.column_stack([variation.at(units[:, k]) for k, variation in enumerate(variations)])


def varying(region: Region, names: Sequence[str] | Literal["all"], where: str = "--assumptions") -> tuple[str, ...]:
    """Assumptions that have a range to be drawn from, in the pack's order.

    Args:
        region: The pack.
        names: Those wanted, or "all" that have a range.
        where: The option, for messages.

    Raises:
        InputError: A name is unknown or its low is its high.
    """
    rows = region.assumptions
    ranged = dict(zip(rows.index.tolist(), (rows["low"] < rows["high"]).tolist(), strict=True))
    if isinstance(names, str):
        return tuple(name for name, wide in ranged.items() if wide)
    for name in names:
        if name not in ranged:
            near = ", ".join(near_names(name, ranged)) or "those that `commonweal assumptions` lists"
            raise InputError(f"{where}: {name}: unknown; allowed: {near}")
        if not ranged[name]:
            raise InputError(f"{where}: {name}: its low is its high; allowed are assumptions with a range")
    return tuple(name for name in ranged if name in set(names))


def ensemble(
    region: Region, names: Sequence[str] | Literal["all"], members: int, seed: int
) -> tuple[dict[str, float], ...]:
    """Sets of assumptions drawn from their ranges by a Latin hypercube, each equally likely.

    Draws are uniform from low to high and independent of one another (assumed): a pack gives ranges, no shapes.

    Args:
        region: The pack.
        names: Assumptions to draw, in any order, or "all" that have a range; the others keep their values.
        members: How many sets.
        seed: Seed of the draws.

    Returns:
        Values by name for each member, as overrides of a scenario.

    Raises:
        InputError: A name is unknown or has no range, or there are no members.
    """
    if not 1 <= members <= MOST_POINTS:
        raise InputError(f"--assumptions: ensemble of {members}; allowed is 1 to {MOST_POINTS:,}")
    chosen = varying(region, names)
    if not chosen:
        return ({},) * members
    rows = region.assumptions.loc[list(chosen)]
    low, high = rows["low"].to_numpy(dtype=np.float64), rows["high"].to_numpy(dtype=np.float64)
    values = np.clip(low + latin_hypercube(len(chosen), members, seed) * (high - low), low, high)
    return tuple(dict(zip(chosen, row, strict=True)) for row in values.tolist())
