"""What an employer offers for a job: the one wage function of the model."""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray


@njit(cache=True)
def offered_wage(
    level: int,
    premium: float,
    effect: float,
    experience: float,
    pay_base: NDArray[np.float64],
    experience_return: float,
) -> float:
    """Hourly pay offered, before legal floors, in pence (a Mincer function; Mincer 1974).

    Args:
        level: Qualification level that the job asks for, 0 to 4.
        premium: Industry premium, log points.
        effect: Premium of the employer, log points.
        experience: Months ever worked.
        pay_base: Pay of a beginner by level at trend, pence an hour, shape (5,).
        experience_return: Log points for each square root of a year of experience.
    """
    years = experience / 12.0
    if years > 30.0:
        years = 30.0
    return float(pay_base[level] * math.exp(premium + effect + experience_return * math.sqrt(max(years, 0.0))))
