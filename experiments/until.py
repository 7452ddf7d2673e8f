"""Adds seeds to a design until intervals are narrow enough.

The width of an interval is fixed beforehand and seeds are added until it is reached (Chow and Robbins 1965, On the
asymptotic theory of fixed-width sequential confidence intervals for the mean, Annals of Mathematical Statistics
36(2)). Stopping looks at the width alone, never at whether an effect has been found.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from experiments.comparison import FINAL_YEAR
from experiments.conductor import Findings
from experiments.designs import MOST_SEEDS
from experiments.errors import InputError
from experiments.outcomes import CATALOGUE
from experiments.uncertainty import required_seeds

#: Fewest seeds from which a standard deviation is taken to say how many are needed.
LEAST_SEEDS = 5
#: Most that the number of seeds grows at once: the first estimate of a standard deviation may be far off.
GROWTH = 4


@dataclass(frozen=True)
class Goal:
    """How narrow intervals must be.

    Attributes:
        outcome: Name of an indicator.
        width: Greatest width of the 95% interval of its effect in the final year, in the indicator's own unit.
    """

    outcome: str
    width: float


def goal_from(text: str) -> Goal:
    """A goal as it is typed: "inactivity_rate=0.002", which is 0.2 percentage points.

    Raises:
        InputError: It is not OUTCOME=WIDTH.
    """
    name, _, number = text.partition("=")
    known = [item.name for item in CATALOGUE]
    try:
        width = float(number)
    except ValueError:
        width = math.nan
    if name not in known:
        raise InputError(f"--until-ci: {name!r}: unknown outcome; allowed: {', '.join(known)}")
    if not (math.isfinite(width) and width > 0.0):
        raise InputError(f"--until-ci: {text!r}: allowed is OUTCOME=WIDTH with a width above 0, such as {name}=0.01")
    return Goal(name, width)


def check_goals(goals: Sequence[Goal], assumptions: str | None) -> None:
    """Make sure that seeds can reach goals.

    Raises:
        InputError: Assumptions are drawn too.
    """
    if goals and assumptions is not None:
        raise InputError("--until-ci: not with --assumptions: seeds do not make assumptions surer")


def widest(effects: pd.DataFrame, goal: Goal) -> tuple[float, float]:
    """Width of the widest interval that a goal is about, and the standard deviation over seeds that is behind it."""
    rows = effects[(effects["outcome"] == goal.outcome) & (effects["window"] == FINAL_YEAR)]
    width = (rows["high"] - rows["low"]).max()
    return float(width), float(rows["sd"].max())


def _check_values(effects: pd.DataFrame, goals: Sequence[Goal]) -> None:
    """Make sure that every goal is about something that seeds can make surer.

    Raises:
        InputError: An arm has no values of its outcome in the final year.
    """
    final = effects[effects["window"] == FINAL_YEAR]
    for goal in goals:
        rows = final[final["outcome"] == goal.outcome]
        whole = rows[np.isfinite(rows["high"] - rows["low"])]
        if len(whole) < final["arm"].nunique():
            raise InputError(f"--until-ci: {goal.outcome}: has no value in the final year; allowed is one that has")


def until(
    conduct: Callable[[Sequence[int]], Findings], seeds: Sequence[int], goals: Sequence[Goal], most: int = MOST_SEEDS
) -> tuple[Findings, bool]:
    """Conduct a study with more and more seeds until every goal is met.

    Args:
        conduct: Conducts the study under some seeds; it has a table `effects`.
        seeds: Seeds to begin with, which follow one another.
        goals: How narrow intervals must be, over all arms.
        most: Most seeds.

    Returns:
        What the last study found, and whether every goal is met.

    Raises:
        InputError: An outcome has no values.
    """
    first, count = seeds[0], max(len(seeds), min(LEAST_SEEDS, most)) if goals else len(seeds)
    while True:
        findings = conduct(tuple(range(first, first + count)))
        effects = findings.tables["effects"]
        if count > 1:
            _check_values(effects, goals)
        wanting = [goal for goal in goals if not widest(effects, goal)[0] <= goal.width]
        if not wanting or count >= most:
            return findings, not wanting
        needed = max(required_seeds(widest(effects, goal)[1], goal.width) for goal in wanting)
        count = min(max(needed, count + 1), count * GROWTH, most)
