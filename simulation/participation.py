"""Who takes part in the labour market: gain from work, reach, the decision, and the reason of those who stay out."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numba import njit
from numpy.typing import NDArray

from agents.person import LEAST_GAIN, WEEKS_PER_MONTH, logistic, participation_index
from agents.person_fields import Status
from simulation import search
from simulation.budget import SICK
from simulation.gains import GAIN_GRID, HAIR, gains_from_work, net_at, net_of_grid
from simulation.occasions import Occasions, find_occasions
from simulation.randomness import Purpose
from simulation.separations import leave_job, set_status
from simulation.tax_benefit import Rule
from simulation.watching import watched

if TYPE_CHECKING:
    from simulation.economy import Economy

Rows = NDArray[np.int64]

#: Purpose of draws within Purpose.LABOUR.
DECISION = Purpose.LABOUR + 3
#: Groups of persons whose log odds of taking part are measured at synthesis.
STUDENT_GROUP = 8
GROUPS = 9


@njit(cache=True)
def _groups(rows, age_months, health, caring, study_months):  # type: ignore[no-untyped-def]
    out = np.empty(rows.shape[0], np.int64)
    for i in range(rows.shape[0]):
        r = rows[i]
        out[i] = 4 * health[r] + 2 * caring[r] + (age_months[r] >= 55 * 12)
        if study_months[r] > 0:
            out[i] = STUDENT_GROUP
    return out


def participation_group(economy: Economy, rows: Rows) -> Rows:
    """Group of each person whose log odds of taking part were measured at synthesis."""
    persons = economy.persons
    return np.asarray(_groups(rows, persons.age_months, persons.health, persons.caring, persons.study_months))


def participation_terms(economy: Economy, rows: Rows) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Gain from work and reach of these persons, each relative to its reference at month 0.

    Args:
        economy: The economy.
        rows: Rows of persons of working age.

    Returns:
        Relative gain and relative reach, both positive, shape (n,).
    """
    gain = gains_from_work(economy, rows, typical_earnings(economy, rows))
    gain = np.maximum(gain, LEAST_GAIN) / (economy.reference_gain * economy.growth)
    return gain, relative_reach(economy, rows)


@njit(cache=True)
def _reach(rows, household, neighbourhood, car, reach, reference):  # type: ignore[no-untyped-def]
    home, out = np.empty(rows.shape[0], np.int32), np.empty(rows.shape[0])
    for i in range(rows.shape[0]):
        home[i] = household[rows[i]]
    for i in range(rows.shape[0]):
        out[i] = max(reach[car[home[i]], neighbourhood[home[i]]], reference * 1e-3) / reference
    return out


def relative_reach(economy: Economy, rows: Rows) -> NDArray[np.float64]:
    """Vacancies within reach of these persons relative to the reference at month 0, positive, shape (n,)."""
    persons, homes = economy.persons, economy.households
    return np.asarray(
        _reach(rows, persons.household, homes.neighbourhood, homes.car, economy.reach, economy.reference_reach)
    )


@njit(cache=True)
def _typical_earnings(  # type: ignore[no-untyped-def]
    rows, qualification, caring, experience, ability, pay_base, experience_return, hours, hours_of_carers
):
    out = np.empty(rows.shape[0])
    for i in range(rows.shape[0]):
        r = rows[i]
        skill = experience_return * math.sqrt(experience[r] / 12.0) + float(ability[r])
        wage = pay_base[min(qualification[r], 3)] * math.exp(skill)
        out[i] = wage * (hours_of_carers if caring[r] > 0 else hours) * WEEKS_PER_MONTH / 100.0
    return out


def typical_earnings(economy: Economy, rows: Rows) -> NDArray[np.float64]:
    """Monthly pounds that persons can expect from typical hours at a job of their level."""
    persons, a = economy.persons, economy.assumptions
    return np.asarray(
        _typical_earnings(
            rows, persons.qualification, persons.caring, persons.experience, persons.ability, economy.pay_base,
            economy.experience_return, a["typical_hours"], a["typical_hours_carers"],
        )
    )  # fmt: skip


@njit(cache=True)
def _indices(rows, group, group_logit, taste, gain, reach, gain_weight, reach_weight):  # type: ignore[no-untyped-def]
    out = np.empty(rows.shape[0])
    for i in range(rows.shape[0]):
        logit, liking = group_logit[group[i]], float(taste[rows[i]])
        out[i] = participation_index(logit, liking, gain[i], reach[i], gain_weight, reach_weight)
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
            rows, participation_group(economy, rows), economy.group_logit, economy.persons.taste, gain, reach,
            economy.assumptions["participation_gain_weight"], economy.assumptions["participation_reach_weight"],
        )
    )  # fmt: skip


@njit(cache=True)
def _settle(  # type: ignore[no-untyped-def]
    rows, draw, pay, group, reach, group_logit, taste, status, grid, net_of_grid, slope, least_kept, reference,
    gain_weight, reach_weight, sharpness, seeks, unsettled,
):  # fmt: skip
    """Flag those who take part whatever benefits they lose by it, and list those of whom these decide."""
    count = 0
    for i in range(rows.shape[0]):
        # The gain from which on the draw makes a person take part.
        odds = math.log(max(draw[i], 1e-300) / (1.0 - draw[i])) / sharpness
        index = odds - group_logit[group[i]] - float(taste[rows[i]]) - reach_weight * math.log(reach[i])
        hurdle = reference * math.exp(index / gain_weight)
        most = net_at(pay[i], grid, net_of_grid, slope)
        # Those who are unfit for work lose more than the taper takes.
        least = 0.0 if status[rows[i]] == SICK else min(most, most * least_kept)
        seeks[i] = max(least, LEAST_GAIN) > hurdle * (1.0 + HAIR)
        unsettled[count] = i
        count += (max(least, LEAST_GAIN) <= hurdle * (1.0 + HAIR)) & (max(most, LEAST_GAIN) >= hurdle * (1.0 - HAIR))
    return count


def takes_part(economy: Economy, rows: Rows, draw: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Whether persons of working age wish to work or look for work, shape (n,).

    Most would or would not whatever benefits a job costs them, and only of the rest is that worked out.

    Args:
        economy: The economy.
        rows: Rows of persons.
        draw: Uniform draws, to be compared with each person's chance to take part, shape (n,).
    """
    persons, a = economy.persons, economy.assumptions
    gain_weight, sharpness = a["participation_gain_weight"], a["participation_sharpness"]
    seeks, unsettled = np.zeros(rows.size, np.bool_), np.arange(rows.size + 1)
    if gain_weight > 0.0 and sharpness > 0.0:
        net = net_of_grid(economy)
        slope, kept = np.diff(net) / np.diff(GAIN_GRID), 1.0 - economy.rules[Rule.UC_TAPER]
        count = _settle(
            rows, draw, typical_earnings(economy, rows), participation_group(economy, rows),
            relative_reach(economy, rows), economy.group_logit, persons.taste, persons.status, GAIN_GRID, net, slope,
            kept, economy.reference_gain * economy.growth, gain_weight, a["participation_reach_weight"], sharpness,
            seeks, unsettled,
        )  # fmt: skip
    else:
        count = rows.size
    rest = unsettled[:count]
    seeks[rest] = draw[rest] < _probabilities(inclination(economy, rows[rest]), sharpness)
    return seeks


def reconsider(economy: Economy, occasions: Occasions | None = None) -> None:
    """Some of those of working age think again whether to work or look for work.

    Args:
        economy: The economy.
        occasions: Those of the month; found anew if missing.
    """
    decide(economy, (occasions or find_occasions(economy)).undecided)


def decide(economy: Economy, rows: Rows) -> None:
    """Persons of working age decide whether to take part, and those who do not fall back on their reason."""
    persons = economy.persons
    if rows.size == 0:
        return
    seeks = watched(economy, takes_part)(
        economy, rows, economy.draws.uniform(DECISION, economy.month, persons.uid[rows], 1)
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
