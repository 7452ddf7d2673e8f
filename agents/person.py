"""Decisions of persons: whether to take part, how hard to search, which job to take, when to quit.

Pure functions over numbers; draws come in as arguments. Money is in real pounds a month unless said
otherwise.
"""

from __future__ import annotations

import math

from numba import njit

#: Weeks in a month, the calendar average.
WEEKS_PER_MONTH = 52.0 / 12.0
#: Gains from work below this are treated as this, so that the logarithm exists (pounds a month).
LEAST_GAIN = 50.0
#: Pay so many times less than the market's makes people leave no oftener (assumed; hardly any job pays so little).
FAR_BELOW = 4.0


@njit(cache=True)
def logistic(x: float) -> float:
    """The logistic function."""
    return 1.0 / (1.0 + math.exp(-x))


@njit(cache=True)
def participation_index(
    group_logit: float, taste: float, gain: float, reach: float, gain_weight: float, reach_weight: float
) -> float:
    """Latent inclination to take part in the labour market; above zero means to seek work.

    Args:
        group_logit: Log odds of taking part in the person's group (health, caring, age, study).
        taste: Fixed unobserved inclination, logit units.
        gain: Gain in household disposable income from working, relative to the reference gain.
        reach: Reachable vacancies relative to the reference.
        gain_weight: Response to the logarithm of the gain.
        reach_weight: Response to the logarithm of reach (discouragement).
    """
    return group_logit + taste + gain_weight * math.log(gain) + reach_weight * math.log(reach)


@njit(cache=True)
def job_value(gain: float, travel_cost: float, secure: int, secure_value: float) -> float:
    """Worth of a job to a person, in pounds a month.

    Args:
        gain: Gain in household disposable income against no work.
        travel_cost: Money and time of commuting, in pounds a month.
        secure: 1 for a permanent job with fixed hours.
        secure_value: What security is worth, in pounds a month.
    """
    return gain - travel_cost + secure_value * secure


@njit(cache=True)
def reservation_value(hours: float, effort_per_hour: float, taste: float, months_out: float) -> float:
    """Least worth at which a person without work accepts a job, in pounds a month.

    It falls with inclination to work and with time out of work (Mortensen 1986; values assumed).
    """
    return hours * WEEKS_PER_MONTH * effort_per_hour * math.exp(-0.2 * taste) / (1.0 + months_out / 24.0)


@njit(cache=True)
def separation_hazard(
    base: float, tenure_months: float, secure: int, relative_wage: float, elasticity: float, insecure_factor: float
) -> float:
    """Monthly chance that a job ends for reasons other than the employer's lack of work.

    Args:
        base: Hazard of a secure, average-paid job of long standing.
        tenure_months: Time with the employer; the hazard falls with it (Farber 1999).
        secure: 1 for a permanent job with fixed hours.
        relative_wage: Log of pay over the market's pay for such a worker; what is below minus the log of `FAR_BELOW`
            counts as that.
        elasticity: Response of separations to pay (Manning 2003).
        insecure_factor: Multiple for insecure jobs.
    """
    early = 1.0 + 2.0 * math.exp(-tenure_months / 12.0)
    contract = 1.0 if secure == 1 else insecure_factor
    return base * early * contract * math.exp(-elasticity * max(relative_wage, -math.log(FAR_BELOW)))
