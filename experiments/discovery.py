"""Scenario discovery: under which assumptions a policy fails.

The cases are the points of a finished sweep or ensemble. PRIM (Friedman and Fisher 1999; Bryant and Lempert 2010)
peels away slices until a box is left in which most cases fail; CART (Breiman and others 1984) splits. Both can draw a
box round chance, so a box is told only where boxes drawn on four fifths of the cases also hold in the other fifth.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from experiments.boxes import METHODS, NO_LIMITS, PRIM, Box, draw_boxes, inside
from experiments.errors import InputError
from experiments.outcomes import outcome
from experiments.phrases import listed
from experiments.points import EFFECT
from experiments.tables import Tables

Mask = NDArray[np.bool_]

#: Least failures, and least successes, with which a box is looked for.
LEAST_CASES = 8
#: Parts that the cases are cut into, and the level at which held-out cases must bear a box out.
FOLDS, SIGNIFICANCE = 5, 0.05
#: Verdicts of `summary`.
FOUND, NO_STRUCTURE, NO_FAILURES, ALL_FAIL, TOO_FEW = "found", "no structure", "no failures", "all fail", "too few"
BOX_COLUMNS = ("box", "dial", "low", "high", "least", "greatest", "restricted", "quasi_p")
STAT_COLUMNS = ("box", "cases", "failures", "coverage", "density", "mass", "dials")
SUMMARY_COLUMNS = (
    "outcome", "threshold", "method", "verdict", "cases", "failures", "held_out_coverage", "held_out_density",
    "p_value",
)  # fmt: skip


@dataclass(frozen=True)
class Trial:
    """How boxes drawn on a part of the cases did on the rest.

    Attributes:
        coverage: Part of the held-out failures that lie in a box.
        density: Part of the held-out cases in a box that fail; not a number where there are none.
        p_value: Of Fisher's exact test, one-sided, that failures are no more common inside than outside.
    """

    coverage: float
    density: float
    p_value: float


def side_of(name: str) -> int:
    """1 where more of an outcome is better, -1 where less is.

    Raises:
        InputError: Neither is.
    """
    side = outcome(name).good
    if side not in (1, -1):
        raise InputError(f"--outcome: {name}: neither more nor less of it is better; allowed is an outcome with a side")
    return side


def discover(
    points: pd.DataFrame,
    responses: pd.DataFrame,
    name: str,
    threshold: float = 0.0,
    method: str = PRIM,
    *,
    measure: str = EFFECT,
    good: int | None = None,
    seed: int = 0,
) -> Tables:
    """Boxes of assumptions in which a policy fails: its effect is not better than a threshold.

    Args:
        points: Point, then a column for each dial.
        responses: As `experiments.points.responses` gives them.
        name: The outcome.
        threshold: In the outcome's unit; at the threshold itself the policy fails.
        method: `PRIM` or `CART`.
        measure: What is held against the threshold.
        good: 1 where more is better, -1 where less is; None takes the catalogue's word.
        seed: Seed of how cases are held out.

    Returns:
        `summary` (one row, `SUMMARY_COLUMNS`), `boxes` (`BOX_COLUMNS`, all dials of each box), `box_stats`
        (`STAT_COLUMNS`; coverage is the part of all failures, density the part of cases in the box that fail, mass
        the part of all cases), `cases` (point, dials, value, fails, box: 0 for none).

    Raises:
        InputError: The method or outcome is unknown, or neither way is better.
    """
    if method not in METHODS:
        raise InputError(f"--method: {method!r}; allowed: {', '.join(METHODS)}")
    way = side_of(name) if good is None else good
    rows = responses[(responses["outcome"] == name) & (responses["measure"] == measure)]
    if rows.empty:
        known = sorted(set(responses.loc[responses["measure"] == measure, "outcome"]))
        raise InputError(f"--outcome: {name}: has no {measure} here; allowed: {', '.join(known) or 'none'}")
    dials = [str(column) for column in points.columns if column != "point"]
    cases = points.merge(rows[["point", "mean"]], on="point").rename(columns={"mean": "value"})
    cases = cases[np.isfinite(cases["value"])].sort_values("point").reset_index(drop=True)
    cases["fails"] = (cases["value"] <= threshold) if way == 1 else (cases["value"] >= threshold)
    x, fails = cases[dials].astype(np.float64), cases["fails"].to_numpy()
    verdict, trial, boxes = _judged(x, fails, method, seed)
    row = (name, threshold, method, verdict, len(cases), int(fails.sum()), trial.coverage, trial.density, trial.p_value)
    cases["box"] = 0
    for k, box in reversed(list(enumerate(boxes, 1))):
        cases.loc[inside(x, box), "box"] = k
    return {
        "summary": pd.DataFrame([row], columns=list(SUMMARY_COLUMNS)),
        "boxes": pd.DataFrame(
            [(k, *limits) for k, box in enumerate(boxes, 1) for limits in _limits(x, box)], columns=list(BOX_COLUMNS)
        ),
        "box_stats": pd.DataFrame(
            [(k, *_stats(x, fails, box)) for k, box in enumerate(boxes, 1)], columns=list(STAT_COLUMNS)
        ),
        "cases": cases,
    }


def _judged(x: pd.DataFrame, fails: Mask, method: str, seed: int) -> tuple[str, Trial, list[Box]]:
    """The verdict, what held-out cases said, and the boxes: none unless they were borne out."""
    nothing = Trial(np.nan, np.nan, np.nan)
    failures, successes = int(fails.sum()), int((~fails).sum())
    if not failures:
        return NO_FAILURES, nothing, []
    if not successes:
        return ALL_FAIL, nothing, []
    if min(failures, successes) < LEAST_CASES:
        return TOO_FEW, nothing, []
    trial = held_out(x, fails, method, seed)
    boxes = draw_boxes(x, fails, method) if trial.p_value < SIGNIFICANCE else []
    return (FOUND if boxes else NO_STRUCTURE), trial, boxes


def held_out(x: pd.DataFrame, fails: Mask, method: str, seed: int) -> Trial:
    """Draw boxes with a part of the cases left out, in turns, and see how those do in them.

    Args:
        x: Dials, a row for each case.
        fails: Whether a case fails, shape (cases,).
        method: `PRIM` or `CART`.
        seed: Seed of the parts, each of which has its share of failures.
    """
    from scipy.stats import fisher_exact

    rng = np.random.default_rng(seed)
    part = np.empty(len(fails), dtype=np.int64)
    for side in (True, False):
        mine = rng.permutation(np.flatnonzero(fails == side))
        part[mine] = np.arange(mine.size) % FOLDS
    boxed = np.zeros(len(fails), dtype=bool)
    for fold in range(FOLDS):
        rest = part != fold
        for box in draw_boxes(x[rest].reset_index(drop=True), fails[rest], method):
            boxed |= (part == fold) & inside(x, box)
    hit, other = int((boxed & fails).sum()), int((boxed & ~fails).sum())
    table = [[hit, other], [int(fails.sum()) - hit, int((~fails).sum()) - other]]
    density = hit / (hit + other) if hit + other else np.nan
    return Trial(hit / int(fails.sum()), density, float(fisher_exact(table, alternative="greater").pvalue))


def _limits(x: pd.DataFrame, box: Box) -> list[tuple[str, float, float, float, float, bool, float]]:
    """Limits of a box in every dial, those that it restricts first, the surest first."""
    rows = []
    for dial in x.columns:
        least, greatest = float(x[dial].min()), float(x[dial].max())
        low, high = box.limits.get(str(dial), NO_LIMITS)
        ends = (max(low, least), min(high, greatest), least, greatest)
        rows.append((str(dial), *ends, dial in box.limits, box.quasi_p.get(str(dial), np.nan)))
    return sorted(rows, key=lambda row: (not row[5], np.nan_to_num(row[6], nan=2.0), _width(row[1:5])))


def _width(ends: Sequence[float]) -> float:
    """Part of a dial's range that a box leaves."""
    low, high, least, greatest = ends
    return (high - low) / (greatest - least) if greatest > least else 1.0


def _stats(x: pd.DataFrame, fails: Mask, box: Box) -> tuple[int, int, float, float, float, int]:
    here = inside(x, box)
    cases, failures = int(here.sum()), int((here & fails).sum())
    return cases, failures, failures / int(fails.sum()), failures / cases, cases / len(fails), len(box.limits)


def sentences(tables: Tables) -> list[str]:
    """What was found, in plain sentences.

    Args:
        tables: As `discover` gives them.
    """
    summary = tables["summary"].iloc[0]
    item, cases, failures = outcome(summary["outcome"]), int(summary["cases"]), int(summary["failures"])
    fails = f"effect on {item.label} not better than {item.change(float(summary['threshold']))}"
    lead = f"The policy fails ({fails}) in {failures} of {cases} cases."
    verdict = summary["verdict"]
    if verdict == NO_FAILURES:
        return [f"The policy fails ({fails}) in none of {cases} cases, so there is nothing to find."]
    if verdict == ALL_FAIL:
        return [f"The policy fails ({fails}) in all {cases} cases, whatever is assumed."]
    if verdict == TOO_FEW:
        few = min(failures, cases - failures)
        return [lead, f"With {few} {'failures' if failures == few else 'successes'} no box can be told from chance."]
    if verdict == NO_STRUCTURE:
        return [
            lead,
            "No range of what was varied sets failures apart: boxes drawn on a part of the cases did not hold in the "
            f"others (p = {float(summary['p_value']):.2g}).",
        ]
    lines = [lead]
    for k, (_, stats) in enumerate(tables["box_stats"].iterrows()):
        limits = tables["boxes"][(tables["boxes"]["box"] == stats["box"]) & tables["boxes"]["restricted"]]
        where = listed([_where(row) for _, row in limits.iterrows()])
        start = "It fails mostly" if k == 0 else "It also fails"
        lines.append(
            f"{start} where {where}: {100 * stats['coverage']:.0f}% of all failures lie there, and "
            f"{100 * stats['density']:.0f}% of the {int(stats['cases'])} cases there fail."
        )
    lines.append(
        f"Boxes drawn without them held {100 * float(summary['held_out_coverage']):.0f}% of the failures left out, and "
        f"{100 * float(summary['held_out_density']):.0f}% of the cases in them failed."
    )
    return lines


def _where(row: pd.Series) -> str:
    low, high = row["low"] > row["least"], row["high"] < row["greatest"]
    if low and high:
        return f"{row['dial']} is between {row['low']:.3g} and {row['high']:.3g}"
    return f"{row['dial']} is above {row['low']:.3g}" if low else f"{row['dial']} is below {row['high']:.3g}"
