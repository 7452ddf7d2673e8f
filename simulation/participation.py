"""Who takes part in the labour market: gain from work, reach, the decision, and the reason of those who stay out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit
from numpy.typing import NDArray

from agents.person import LEAST_GAIN, WEEKS_PER_MONTH, logistic, participation_index
from agents.person_fields import Status
from simulation import search
from simulation.gains import gains_from_work
from simulation.occasions import Occasions, find_occasions
from simulation.randomness import Purpose
from simulation.separations import leave_job, set_status

if TYPE_CHECKING:
    from simulation.economy import Economy

Rows = NDArray[np.int64]

#: Purpose of draws within Purpose.LABOUR.
DECISION = Purpose.LABOUR + 3
#: Groups of persons whose log odds of taking part are measured at synthesis.
STUDENT_GROUP = 8
GROUPS = 9


def participation_group(economy: Economy, rows: Rows) -> Rows:
    """Group of each person whose log odds of taking part were measured at synthesis."""
    persons = economy.persons
    older = persons.age_months[rows] >= 55 * 12
    group = 4 * persons.health[rows].astype(np.int64) + 2 * persons.caring[rows] + older
    return np.where(persons.study_months[rows] > 0, STUDENT_GROUP, group)


def participation_terms(economy: Economy, rows: Rows) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Gain from work and reach of these persons, each relative to its reference at month 0.

    Args:
        economy: The economy.
        rows: Rows of persons of working age.

    Returns:
        Relative gain and relative reach, both positive, shape (n,).
    """
    persons, households = economy.persons, economy.households
    level = np.minimum(persons.qualification[rows], 3).astype(np.int64)
    pay = typical_earnings(economy, rows, level)
    gain = gains_from_work(economy, rows, pay)
    home = households.neighbourhood[persons.household[rows]]
    car = households.car[persons.household[rows]]
    gain = np.maximum(gain, LEAST_GAIN) / (economy.reference_gain * economy.growth)
    reach = np.maximum(economy.reach[car, home], economy.reference_reach * 1e-3) / economy.reference_reach
    return gain, reach


def typical_earnings(economy: Economy, rows: Rows, level: Rows) -> NDArray[np.float64]:
    """Monthly pounds that persons can expect from typical hours at a job of this level."""
    persons = economy.persons
    hours = np.where(
        persons.caring[rows] > 0, economy.assumptions["typical_hours_carers"], economy.assumptions["typical_hours"]
    )
    wage = economy.pay_base[level] * np.exp(economy.experience_return * np.sqrt(persons.experience[rows] / 12.0))
    return np.asarray(wage * hours * WEEKS_PER_MONTH / 100.0)


@njit(cache=True)
def _indices(group_logit, taste, gain, reach, gain_weight, reach_weight):  # type: ignore[no-untyped-def]
    out = np.empty(taste.shape[0])
    for i in range(taste.shape[0]):
        out[i] = participation_index(group_logit[i], taste[i], gain[i], reach[i], gain_weight, reach_weight)
    return out


@njit(cache=True)
def _probabilities(index, sharpness):  # type: ignore[no-untyped-def]
    out = np.empty(index.shape[0])
    for i in range(index.shape[0]):
        out[i] = logistic(sharpness * index[i])
    return out


def inclination(economy: Economy, rows: Rows) -> NDArray[np.float64]:
    """Participation index of these persons."""
    gain, reach = participation_terms(economy, rows)
    return np.asarray(
        _indices(
            economy.group_logit[participation_group(economy, rows)],
            economy.persons.taste[rows].astype(np.float64),
            gain,
            reach,
            economy.assumptions["participation_gain_weight"],
            economy.assumptions["participation_reach_weight"],
        )
    )


def reconsider(economy: Economy, occasions: Occasions | None = None) -> None:
    """Some of those of working age think again whether to work or look for work.

    Args:
        economy: The economy.
        occasions: Those of the month; found anew if missing.
    """
    decide(economy, (occasions or find_occasions(economy)).undecided)


def decide(economy: Economy, rows: Rows) -> None:
    """Persons of working age decide whether to take part, and those who do not fall back on their reason."""
    persons, a = economy.persons, economy.assumptions
    if rows.size == 0:
        return
    seeks = economy.draws.uniform(DECISION, economy.month, persons.uid[rows], 1) < _probabilities(
        inclination(economy, rows), a["participation_sharpness"]
    )
    quitting = rows[~seeks & (persons.employer[rows] >= 0)]
    leave_job(economy, quitting)
    economy.counts["quits"] += quitting.size
    set_status(economy, rows[seeks & (persons.employer[rows] < 0)], Status.UNEMPLOYED)
    idle = rows[~seeks]
    set_status(economy, idle, reason_for_inactivity(economy, idle))


def reason_for_inactivity(economy: Economy, rows: Rows) -> NDArray[np.int8]:
    """Main reason of persons who do not seek work: study, ill health, caring, early retirement, other."""
    persons = economy.persons
    reason = np.full(rows.size, Status.DISCOURAGED, dtype=np.int8)
    reason[persons.age_months[rows] >= 60 * 12] = Status.RETIRED
    reason[persons.caring[rows] > 0] = Status.CARER
    reason[persons.health[rows] > 0] = Status.LONG_TERM_SICK
    reason[persons.study_months[rows] > 0] = Status.STUDENT
    return reason


def remember_reach(economy: Economy) -> None:
    """People form their view of what is in reach from the vacancies of recent months."""
    weight = economy.assumptions["reach_memory"]
    economy.smoothed_posts = (1.0 - weight) * economy.smoothed_posts + weight * economy.posts_by_zone
    for car in (0, 1):
        economy.reach[car] = search.reach_of(economy.search_weight[car], economy.smoothed_posts)
