"""Sensitivity indices of any function of several inputs, and the part of an output that is seed noise.

`indices` is the one way from a sample and its outputs to indices: for the model, and for functions whose indices are
known. Methods: elementary effects (Morris 1991; Campolongo, Cariboni and Saltelli 2007) and variance-based indices
(Sobol 2001; estimators of Saltelli et al. 2010), by SALib.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from experiments.dials import Floats
from experiments.sampling import MORRIS_LEVELS, MORRIS_STEP

MORRIS, SOBOL = "morris", "sobol"
METHODS = (MORRIS, SOBOL)
#: Resamples of the bootstrap, and the normal quantile of its 95% intervals.
RESAMPLES, Z95 = 500, 1.959964
#: An output that varies by less than this part of its size does not vary: it is rounding.
ROUNDING = 1e-12
MORRIS_COLUMNS = (
    "assumption", "mu_star", "mu_star_low", "mu_star_high", "mu", "mu_low", "mu_high", "sigma", "sigma_low",
    "sigma_high",
)  # fmt: skip
SOBOL_COLUMNS = ("assumption", "S1", "S1_low", "S1_high", "ST", "ST_low", "ST_high")
INTERACTION_COLUMNS = ("assumption", "other", "S2", "S2_low", "S2_high")
#: The column that assumptions are ranked by.
MAIN = {MORRIS: "mu_star", SOBOL: "ST"}


@dataclass(frozen=True)
class Indices:
    """Indices of one output.

    Attributes:
        table: A row for each input, with `MORRIS_COLUMNS` or `SOBOL_COLUMNS`, rank (1 is the strongest; ties share
            it) and samples (trajectories, or points of the base sample, that were used).
        pairs: Second-order indices, with `INTERACTION_COLUMNS`; empty where they were not asked for.
        constant: Whether the output did not vary, so that no index is a number.
    """

    table: pd.DataFrame
    pairs: pd.DataFrame
    constant: bool


def indices(
    problem: Mapping[str, Any], sample: Floats, y: Floats, method: str, seed: int, *, second_order: bool = False
) -> Indices:
    """Indices of an output.

    Args:
        problem: As SALib describes it: num_vars, names and bounds.
        sample: Inputs within the bounds, as `morris_trajectories` or `saltelli_sample` draw them, shape
            (points, inputs).
        y: Output, shape (points,). A trajectory or block of a sample in which one is not a number is left out.
        method: `MORRIS` or `SOBOL`.
        seed: Seed of the bootstrap.
        second_order: Whether the Saltelli sample was drawn for indices of pairs.

    Returns:
        The indices with 95% intervals. Elementary effects are per whole range of an input, in the output's unit.

    Raises:
        ValueError: The sample is not of whole trajectories or blocks, or the method is unknown.
    """
    if method not in METHODS:
        raise ValueError(f"method must be one of {', '.join(METHODS)}")
    names, inputs = list(problem["names"]), int(problem["num_vars"])
    step = inputs + 1 if method == MORRIS else 2 * inputs + 2 if second_order else inputs + 2
    if sample.shape != (y.size, inputs) or y.size % step:
        raise ValueError(f"a sample for {method} of {inputs} inputs has whole blocks of {step} points")
    whole = np.isfinite(y).reshape(-1, step).all(axis=1)
    kept = np.repeat(whole, step)
    sample, y = np.ascontiguousarray(sample[kept]), np.ascontiguousarray(y[kept], dtype=np.float64)
    # Of too few blocks nothing is known, not even that the output does not vary.
    enough = int(whole.sum()) >= 2
    constant = enough and float(np.ptp(y)) <= ROUNDING * float(np.abs(y).max())
    if constant or not enough:
        return _nothing(names, method, int(whole.sum()), second_order=second_order, constant=constant)
    plain = {"num_vars": inputs, "names": names, "bounds": [list(pair) for pair in problem["bounds"]]}
    pairs = pd.DataFrame(columns=list(INTERACTION_COLUMNS))
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")  # of constant resamples, which show in the intervals
        if method == MORRIS:
            table = _morris(plain, sample, y, seed)
        else:
            table, pairs = _sobol(plain, y, seed, second_order)
    table["rank"] = table[MAIN[method]].rank(ascending=False, method="min").astype(int)
    table["samples"] = int(whole.sum())
    return Indices(table, pairs, constant=False)


def _nothing(names: list[str], method: str, samples: int, *, second_order: bool, constant: bool) -> Indices:
    """Indices that are not numbers."""
    columns = MORRIS_COLUMNS if method == MORRIS else SOBOL_COLUMNS
    table = pd.DataFrame({name: names if name == "assumption" else np.nan for name in columns})
    pairs = pd.DataFrame(columns=list(INTERACTION_COLUMNS))
    if second_order and method == SOBOL:
        rows = [(a, b, np.nan, np.nan, np.nan) for k, a in enumerate(names) for b in names[k + 1 :]]
        pairs = pd.DataFrame(rows, columns=list(INTERACTION_COLUMNS))
    return Indices(table.assign(rank=1, samples=samples), pairs, constant)


def elementary_effects(bounds: list[list[float]], sample: Floats, y: Floats) -> Floats:
    """Effects of each move of a trajectory, per whole range of the input that moved.

    Args:
        bounds: Low and high of each input.
        sample: Whole trajectories, shape (trajectories * (inputs + 1), inputs).
        y: Output, shape (points,).

    Returns:
        Shape (inputs, trajectories).
    """
    ends = np.array(bounds, dtype=np.float64)
    inputs = len(ends)
    units = ((sample - ends[:, 0]) / (ends[:, 1] - ends[:, 0])).reshape(-1, inputs + 1, inputs)
    moves = np.diff(units, axis=1)  # (trajectories, moves, inputs)
    moved = np.abs(moves).argmax(axis=2)
    sizes = np.take_along_axis(moves, moved[:, :, None], axis=2)[:, :, 0]
    ratios = np.diff(y.reshape(-1, inputs + 1), axis=1) / sizes
    effects = np.empty((inputs, len(units)))
    effects[moved, np.arange(len(units))[:, None]] = ratios
    return effects


def _morris(problem: dict[str, Any], sample: Floats, y: Floats, seed: int) -> pd.DataFrame:
    """SALib's mu*, mu and sigma; intervals of mu by Student's t and of the others by bootstrap."""
    from SALib.analyze import morris
    from scipy.stats import t as student_t

    effects = elementary_effects(problem["bounds"], sample, y)
    rng = np.random.default_rng(seed)
    found = morris.analyze(
        {**problem}, sample, y, num_resamples=RESAMPLES, num_levels=MORRIS_LEVELS, seed=np.random.default_rng(seed)
    )
    n = effects.shape[1]
    sigma = np.asarray(found["sigma"], dtype=np.float64)
    drawn = effects[:, rng.integers(n, size=(RESAMPLES, n))].std(axis=2, ddof=1)
    ends = {
        "mu_star": np.asarray(found["mu_star_conf"], dtype=np.float64),
        "mu": student_t.ppf(0.975, n - 1) * sigma / np.sqrt(n),
        "sigma": Z95 * drawn.std(axis=1, ddof=1),
    }
    return _with_ends(problem["names"], {name: np.asarray(found[name]) for name in ends}, ends, MORRIS_COLUMNS)


def _sobol(problem: dict[str, Any], y: Floats, seed: int, second_order: bool) -> tuple[pd.DataFrame, pd.DataFrame]:
    """SALib's first-order, total and second-order indices with its bootstrap intervals."""
    from SALib.analyze import sobol

    # A generator, as SALib takes a seed of 0 for none.
    found = sobol.analyze(
        problem, y, calc_second_order=second_order, num_resamples=RESAMPLES, seed=np.random.default_rng(seed)
    )
    names = problem["names"]
    table = _with_ends(
        names, {name: found[name] for name in ("S1", "ST")}, {name: found[f"{name}_conf"] for name in ("S1", "ST")},
        SOBOL_COLUMNS,
    )  # fmt: skip
    rows = []
    if second_order:
        for a in range(len(names)):
            for b in range(a + 1, len(names)):
                value, half = float(found["S2"][a, b]), float(found["S2_conf"][a, b])
                rows.append((names[a], names[b], value, value - half, value + half))
    return table, pd.DataFrame(rows, columns=list(INTERACTION_COLUMNS))


def _with_ends(
    names: list[str], values: Mapping[str, Any], halves: Mapping[str, Any], columns: tuple[str, ...]
) -> pd.DataFrame:
    table = {"assumption": names}
    for name, value in values.items():
        value, half = np.asarray(value, dtype=np.float64), np.asarray(halves[name], dtype=np.float64)
        table |= {name: value, f"{name}_low": value - half, f"{name}_high": value + half}  # type: ignore[dict-item]
    return pd.DataFrame(table)[list(columns)]


@dataclass(frozen=True)
class Noise:
    """How much of an output is luck of the seeds.

    Attributes:
        variance: Of the mean over seeds, over points.
        noise_variance: Of the luck that the mean over seeds still holds; not a number with one seed.
        share: The second over the first, at most 1.
        seeds: Seeds at every point.
        points: Points that have all seeds.
    """

    variance: float
    noise_variance: float
    share: float
    seeds: int
    points: int


def seed_noise(values: Floats) -> Noise:
    """Part of the variance of the mean over seeds that is luck.

    The residual of a two-way layout of points and seeds: a seed's luck that is the same at all points moves no point
    against another, so it is no noise here (Searle, Casella and McCulloch 1992, section 4.3, for the mean squares).

    Args:
        values: Outputs, shape (points, seeds); points where one is not a number are left out.

    Returns:
        The noise.
    """
    whole = values[np.isfinite(values).all(axis=1)]
    points, seeds = whole.shape
    if points < 2:
        return Noise(np.nan, np.nan, np.nan, seeds, points)
    mean = whole.mean(axis=1)
    variance = float(mean.var(ddof=1))
    if seeds < 2:
        return Noise(variance, np.nan, np.nan, seeds, points)
    residual = whole - mean[:, None] - whole.mean(axis=0) + whole.mean()
    noise = float((residual**2).sum() / ((points - 1) * (seeds - 1)) / seeds)
    flat = float(np.ptp(mean)) <= ROUNDING * float(np.abs(mean).max())
    return Noise(variance, noise, np.nan if flat else min(noise / variance, 1.0), seeds, points)


def noise_floor(noise: Noise, method: str) -> float:
    """The index that seed noise alone would give an assumption that does nothing but change the luck.

    A total index rises to the noise share, as its estimator takes every difference between two points for the
    assumption's. An elementary effect is then a difference of two independent means over the step, whose mean size is
    sqrt(2 / pi) of its standard deviation.
    """
    if method == SOBOL:
        return noise.share
    return float(np.sqrt(2.0 * noise.noise_variance) / MORRIS_STEP * np.sqrt(2.0 / np.pi))
