"""Calibration: sets of assumptions under which the model meets the fitted targets, and what they leave open.

Trials are proposed by Optuna's tree-structured Parzen estimator (Bergstra et al. 2011), in batches, from the trials
of whole batches before them and a seed alone. So a search that was killed goes on where it was and ends with the same
trials. A trial is not ruled out when its implausibility is at most 3 on every fitted target, as in history matching
(Craig et al. 1997; Vernon, Goldstein and Bower 2010).
"""

from __future__ import annotations

import hashlib
import json
import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from experiments.errors import InputError
from experiments.sampling import latin_hypercube, on_ranges
from experiments.validation_study import FIT
from experiments.variations import Variation

if TYPE_CHECKING:
    import optuna

Point = dict[str, float]

#: Trials that are proposed together, from all before them.
BATCH = 8
#: First trials, which are spread over the ranges by a Latin hypercube; the very first keeps every default.
SPREAD = 40
#: Implausibility above which a set of assumptions is ruled out: three standard deviations (Pukelsheim 1994).
RULED_OUT = 3.0
#: Half-widths are those of 95% intervals.
DEVIATIONS = 1.959964
#: Significant digits of what is tried.
DIGITS = 3
STUDY = "calibration"
MOST_TRIALS = 100_000


def implausibility(targets: pd.DataFrame) -> pd.DataFrame:
    """How far each fitted target is missed, in standard deviations of the official figure and of sampling.

    Args:
        targets: Table `targets` of a validation.

    Returns:
        Columns name, about and implausibility, of fitted targets that were measured; 0 for more than "at least".
    """
    from experiments.validation_pictures import family

    own = targets[(targets["role"] == FIT) & targets["simulated"].notna()]
    # What is allowed is the half-width and two standard errors of sampling on each side.
    width = (own["target"] - own["low"]).to_numpy(dtype=np.float64)
    gap = (own["simulated"] - own["target"]).to_numpy(dtype=np.float64)
    gap = np.where(~np.isfinite(own["high"]) & (gap > 0.0), 0.0, np.abs(gap))
    with np.errstate(divide="ignore", invalid="ignore"):
        found = np.where(gap == 0.0, 0.0, gap / (width / DEVIATIONS))
    about = [family(str(name)) for name in own["name"]]
    return pd.DataFrame({"name": own["name"].to_numpy(), "about": about, "implausibility": found})


def distance(table: pd.DataFrame) -> float:
    """Root mean square of implausibilities, in which everything that targets are about counts alike.

    Args:
        table: As `implausibility` gives it.
    """
    by_family = table.assign(square=table["implausibility"] ** 2).groupby("about")["square"].mean()
    return float(np.sqrt(by_family.mean()))


def score(table: pd.DataFrame) -> float:
    """What the search makes small: the distance, and by how much the worst miss exceeds what is not ruled out.

    The distance alone would leave one target far off for the sake of many that are near already.

    Args:
        table: As `implausibility` gives it.
    """
    return distance(table) + max(float(table["implausibility"].max()) - RULED_OUT, 0.0)


def propose(space: Sequence[Variation], history: Sequence[tuple[Point, float]], seed: int) -> list[Point]:
    """The next batch of points.

    Args:
        space: Assumptions with their ranges.
        history: Points and distances of all whole batches so far, in order.
        seed: Seed of the search.

    Returns:
        `BATCH` points that depend on nothing else.
    """
    import optuna

    names = [variation.name for variation in space]
    start = len(history)
    if start < SPREAD:
        units = latin_hypercube(len(space), SPREAD, seed)[start : start + BATCH]
        points = [_written(space, dict(zip(names, row, strict=True))) for row in on_ranges(units, space).tolist()]
        if start == 0:
            points[0] = {variation.name: variation.dial.default for variation in space}
        return points
    ranges = {v.name: optuna.distributions.FloatDistribution(v.low, v.high) for v in space}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of Optuna, that two of these settings may change in a later version
        sampler = optuna.samplers.TPESampler(
            n_startup_trials=0, multivariate=True, constant_liar=True, seed=(seed + 1) * MOST_TRIALS + start
        )
    study = _quiet(lambda: optuna.create_study(sampler=sampler))
    for point, value in history:
        study.add_trial(optuna.trial.create_trial(params=point, distributions=dict(ranges), value=value))
    return [_written(space, dict(study.ask(dict(ranges)).params)) for _ in range(BATCH)]


def _written(space: Sequence[Variation], point: Point) -> Point:
    """A point as a table of assumptions would have it, so that what is kept is what was run."""
    return {v.name: min(max(float(f"{point[v.name]:.{DIGITS}g}"), v.low), v.high) for v in space}


def search(
    space: Sequence[Variation],
    trials: int,
    seed: int,
    evaluate: Callable[[list[Point]], list[float]],
    file: Path,
    design: Mapping[str, Any],
) -> list[tuple[Point, float]]:
    """Propose and evaluate trials until there are as many as wanted; those in the file are not done again.

    Args:
        space: Assumptions with their ranges.
        trials: How many are wanted.
        seed: Seed of the search.
        evaluate: Gives the distances of points.
        file: SQLite file of the search, made when it is not there.
        design: What the distances depend on; a file of another design is refused.

    Returns:
        Points and distances in order.

    Raises:
        InputError: The file is of another search, or none of ours.
    """
    import optuna

    if not 1 <= trials <= MOST_TRIALS:
        raise InputError(f"--trials: {trials}; allowed is 1 to {MOST_TRIALS:,}")
    study = _opened(file, design)
    done = [(dict(trial.params), float(trial.value or 0.0)) for trial in study.get_trials(deepcopy=False)]
    ranges = {v.name: optuna.distributions.FloatDistribution(v.low, v.high) for v in space}
    while len(done) < trials:
        whole = len(done) // BATCH * BATCH
        batch = propose(space, done[:whole], seed)[len(done) - whole :][: trials - len(done)]
        for point, value in zip(batch, evaluate(batch), strict=True):
            study.add_trial(optuna.trial.create_trial(params=point, distributions=dict(ranges), value=value))
            done.append((point, value))
    return done[:trials]


def _opened(file: Path, design: Mapping[str, Any]) -> optuna.Study:
    import optuna

    mark = hashlib.sha256(json.dumps(design, sort_keys=True).encode()).hexdigest()
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        study = _quiet(
            lambda: optuna.create_study(storage=f"sqlite:///{file.resolve()}", study_name=STUDY, load_if_exists=True)
        )
        known = study.user_attrs.get("design")
        if known is None and not study.get_trials(deepcopy=False):
            study.set_user_attr("design", mark)
            known = mark
    except Exception as error:  # what SQLAlchemy, SQLite and the system raise has no common root
        why = str(error).splitlines()[0]
        raise InputError(f"{file}: --study: {why}; allowed is a file of a calibration, or a new one") from None
    if known != mark:
        raise InputError(
            f"{file}: --study: was made with another design, region pack or version of the model; allowed is the same, "
            "or a new file"
        )
    return study


def _quiet(make: Callable[[], optuna.Study]) -> optuna.Study:
    """A study of Optuna, without its lines on standard error."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    return make()
