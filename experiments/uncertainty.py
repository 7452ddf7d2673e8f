"""Two kinds of uncertainty, told apart: the luck of the draw, and not knowing the assumptions.

Every member of an ensemble is a draw of the assumptions and runs under every seed. Effects are paired within member
and seed, so y[m, s] = mean + a[m] + e[m, s], the one-way random effects model (Searle, Casella and McCulloch 1992,
Variance Components, chapter 3): the variance of a is that of the assumptions, the variance of e that of the seeds.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from experiments.comparison import LOWERS, NO_EFFECT, NO_INTERVAL, RAISES
from experiments.effects import LEVEL, POWER

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

#: Most seeds that are looked at for a width.
MOST = 1_000_000


def required_seeds(sd: float, width: float) -> int:
    """Fewest seeds whose 95% interval is no wider than asked for.

    Args:
        sd: Standard deviation over seeds of a paired difference.
        width: Whole width of the interval, above 0, in the same unit.

    Returns:
        At least 2.
    """
    from scipy.stats import t as student_t

    def wide(n: int) -> bool:
        return 2.0 * float(student_t.ppf(1.0 - LEVEL / 2, n - 1)) * sd / math.sqrt(n) > width

    low, high = 2, 2
    while wide(high) and high < MOST:
        low, high = high, 2 * high
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if wide(middle) else (low, middle)
    return low


def ensemble_statistics(baseline: Floats, policy: Floats) -> pd.DataFrame:
    """Effects over an ensemble of assumptions, with the two kinds of uncertainty apart, a row each.

    Args:
        baseline: Baseline values, shape (rows, members, seeds); not a number where a run has none.
        policy: Policy values under the same members and seeds, shape (rows, members, seeds).

    Returns:
        Columns baseline, policy, effect, low, high, seed_low, seed_high, seed_sd, parameter_sd, parameter_share, sd,
        members, seeds, detectable, verdict, variance_ratio. `low` and `high` hold the mean over as many seeds
        under another draw of the assumptions in 95 of 100 cases, and so its effect in no fewer: they do not shrink to
        nothing with more members. `seed_low` and
        `seed_high` hold the mean effect over these very members, with the luck of the draw alone. `parameter_share`
        is the part of the variance of one run's effect that is due to assumptions; `sd` is the standard error behind
        `low` and `high`, and `detectable` the least effect that it finds with 80% power. Rows in which a member has
        no value under some seed are not a number: the design is balanced.
    """
    from scipy.stats import t as student_t

    difference = policy - baseline
    members, seeds = difference.shape[1:]
    with np.errstate(invalid="ignore"):
        of_member = difference.mean(axis=2)
        effect = of_member.mean(axis=1)
        noise = difference.var(axis=2, ddof=1).mean(axis=1) if seeds > 1 else np.full(len(effect), np.nan)
        between = of_member.var(axis=1, ddof=1) if members > 1 else np.full(len(effect), np.nan)
    # With one seed each the two cannot be told apart: all is put down to the members, which is the wider way.
    luck = np.where(np.isnan(noise), 0.0, noise)
    parameters = np.maximum(between - luck / seeds, 0.0)
    # What is left of luck in a member's mean stays in: taking the estimate of it out would make the interval too narrow
    # where luck is large beside the assumptions.
    error = np.sqrt(between * (1.0 + 1.0 / members))
    reach = student_t.ppf(1.0 - LEVEL / 2, max(members - 1, 1))
    power = student_t.ppf(POWER, max(members - 1, 1))
    narrow = np.sqrt(noise / (members * seeds))
    narrow_reach = student_t.ppf(1.0 - LEVEL / 2, max(members * (seeds - 1), 1))
    low, high, detectable = effect - reach * error, effect + reach * error, (reach + power) * error
    found = ((low > 0.0) | (high < 0.0)) & (np.abs(effect) >= detectable)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(parameters + noise > 0.0, parameters / (parameters + noise), np.nan)
        pooled = difference.reshape(len(effect), -1).var(axis=1, ddof=1) if members * seeds > 1 else noise
        apart = sum(side.reshape(len(effect), -1).var(axis=1, ddof=1) for side in (baseline, policy))
        ratio = np.where(pooled > 0.0, apart / pooled, np.nan)
    verdict = np.select(
        [np.full(len(effect), members < 2), found & (effect > 0.0), found & (effect < 0.0)],
        [NO_INTERVAL, RAISES, LOWERS],
        NO_EFFECT,
    )
    return pd.DataFrame(
        {
            "baseline": baseline.mean(axis=(1, 2)),
            "policy": policy.mean(axis=(1, 2)),
            "effect": effect,
            "low": low,
            "high": high,
            "seed_low": effect - narrow_reach * narrow,
            "seed_high": effect + narrow_reach * narrow,
            "seed_sd": np.sqrt(noise),
            "parameter_sd": np.sqrt(parameters),
            "parameter_share": share,
            "sd": error,
            "members": np.where(np.isfinite(effect), members, 0),
            "seeds": np.where(np.isfinite(effect), seeds, 0),
            "detectable": detectable,
            "verdict": verdict,
            "variance_ratio": ratio,
        }
    )
