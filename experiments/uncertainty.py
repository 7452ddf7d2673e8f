"""Two kinds of uncertainty, told apart: the luck of the draw, and not knowing the assumptions.

Every member of an ensemble is a draw of the assumptions and runs under every seed, the same for all: effects are paired
within member and seed, and members share the luck of a seed. So y[m, s] = mean + a[m] + b[s] + e[m, s], the two-way
crossed random effects model without replication (Searle, Casella and McCulloch 1992, Variance Components, chapter 4):
the variance of a is that of the assumptions, and that of b and e the luck of the draw. Luck that members share (b) does
not average out over members, only over seeds.
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
        members, seeds, detectable, verdict, variance_ratio. `low` and `high` hold the mean effect over all luck under
        another draw of the assumptions in about 95 of 100 cases or more, with two or three seeds in some fewer: they do
        not shrink to nothing with more members. `seed_low` and `seed_high` hold the mean effect over all luck of these
        very members. With one seed none is a number, since nothing says how far luck that members share has moved them
        all. `parameter_share` is the part of the variance of one run's effect that is due to assumptions; `sd` is the
        standard error behind `low` and `high`, and `detectable` the least effect that it finds with 80% power. Rows in
        which a member has no value under some seed are not a number: the design is balanced.
    """
    from scipy.stats import t as student_t

    difference = policy - baseline
    members, seeds = difference.shape[1:]
    unknown = np.full(len(difference), np.nan)
    with np.errstate(invalid="ignore"):
        of_member, of_seed = difference.mean(axis=2), difference.mean(axis=1)
        effect = of_member.mean(axis=1)
        noise = difference.var(axis=2, ddof=1).mean(axis=1) if seeds > 1 else unknown
        between = of_member.var(axis=1, ddof=1) if members > 1 else unknown
        shared = of_seed.var(axis=1, ddof=1) if seeds > 1 else unknown
        rest = difference - of_member[:, :, None] - of_seed[:, None, :] + effect[:, None, None]
        own = np.square(rest).sum(axis=(1, 2)) / max((members - 1) * (seeds - 1), 1)
    parameters = np.maximum(between - (own / seeds if seeds > 1 else np.nan), 0.0)
    narrow = np.sqrt(shared / seeds)
    # What is left of luck in a member's mean stays in: taking the estimate of it out would make the interval too narrow
    # where luck is large beside the assumptions.
    assumed, luck = between * (1.0 + 1.0 / members), shared / seeds
    error = np.sqrt(assumed + luck)
    freedom = _freedom((assumed, members - 1), (luck, seeds - 1))
    reach, power = student_t.ppf(1.0 - LEVEL / 2, freedom), student_t.ppf(POWER, freedom)
    narrow_reach = student_t.ppf(1.0 - LEVEL / 2, max(seeds - 1, 1))
    low, high, detectable = effect - reach * error, effect + reach * error, (reach + power) * error
    found = ((low > 0.0) | (high < 0.0)) & (np.abs(effect) >= detectable)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(parameters + noise > 0.0, parameters / (parameters + noise), np.nan)
        pooled = difference.reshape(len(effect), -1).var(axis=1, ddof=1) if members * seeds > 1 else noise
        apart = sum(side.reshape(len(effect), -1).var(axis=1, ddof=1) for side in (baseline, policy))
        ratio = np.where(pooled > 0.0, apart / pooled, np.nan)
    verdict = np.select(
        [np.full(len(effect), min(members, seeds) < 2), found & (effect > 0.0), found & (effect < 0.0)],
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


def _freedom(*parts: tuple[Floats, int]) -> Floats:
    """Degrees of freedom of a sum of variances, each with its own (Satterthwaite 1946), at least the fewest of them."""
    total = sum(variance for variance, _ in parts)
    with np.errstate(divide="ignore", invalid="ignore"):
        freedom = np.square(total) / sum(np.square(variance) / max(own, 1) for variance, own in parts)
    return np.where(np.isfinite(freedom), freedom, 1.0)
