"""Phase 3, skills: adult courses start, are completed or dropped; experience grows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from agents.learning import enrolment_value
from agents.person import WEEKS_PER_MONTH
from agents.person_fields import WORKING_AGE_MONTHS, Status, has_status
from simulation.randomness import Purpose

if TYPE_CHECKING:
    from simulation.economy import Economy

#: Kinds of adult course.
CLASSROOM, APPRENTICESHIP, PROGRESSION, BROKERAGE = 1, 2, 3, 4
NAMES = ("none", "classroom", "apprenticeship", "progression", "brokerage")

PLACES, WISH, DROP, PASS = (int(Purpose.SKILLS) + k for k in range(1, 5))


def learn(economy: Economy) -> None:
    """Run the phase."""
    persons = economy.persons
    alive = persons.alive
    persons.status_months[alive] = np.minimum(persons.status_months[alive] + 1, 32000)
    working = alive & (persons.employer >= 0)
    persons.tenure[working] += 1
    persons.experience[working] += 1
    attend(economy)
    for kind in (CLASSROOM, APPRENTICESHIP, PROGRESSION, BROKERAGE):
        enrol(economy, kind)


def attend(economy: Economy) -> None:
    """Learners go on, drop out, or complete."""
    persons, a = economy.persons, economy.assumptions
    rows = np.flatnonzero(persons.course_kind > 0)
    if rows.size == 0:
        return
    hazard = a["course_dropout_rate"] * (1.0 - economy.levers.completion_support)
    dropped = economy.draws.uniform(DROP, economy.month, persons.uid[rows]) < hazard
    # Work ends an apprenticeship only where the job ends; brokerage ends with a job.
    kind = persons.course_kind[rows]
    working = persons.employer[rows] >= 0
    dropped |= (kind == APPRENTICESHIP) & ~working
    dropped |= (kind == BROKERAGE) & working
    persons.course_months[rows] -= 1
    done = (persons.course_months[rows] <= 0) & ~dropped
    complete(economy, rows[done])
    economy.counts["courses_completed"] += int(done.sum())
    economy.counts["courses_dropped"] += int(dropped.sum())
    ended = rows[done | dropped]
    persons.course_kind[ended] = 0
    persons.course_months[ended] = 0


def complete(economy: Economy, rows: NDArray[np.int64]) -> None:
    """What a completed course gives: the next qualification, or a step up at work."""
    persons = economy.persons
    kind = persons.course_kind[rows]
    passed = economy.draws.uniform(PASS, economy.month, persons.uid[rows]) < economy.assumptions["course_pass_share"]
    higher = rows[np.isin(kind, (CLASSROOM, APPRENTICESHIP)) & passed]
    persons.qualification[higher] = np.minimum(persons.qualification[higher] + 1, 4)
    economy.counts["qualified"] += higher.size
    climbing = rows[np.isin(kind, (PROGRESSION, APPRENTICESHIP)) & passed]
    climbing = climbing[persons.qualification[climbing] > persons.job_level[climbing]]
    economy.promote(climbing)


def places(economy: Economy, kind: int) -> int:
    """Places of a kind this month, in simulated persons; the fraction is settled by a draw of the month."""
    base = economy.assumptions[f"baseline_places_{NAMES[kind]}"]
    wanted = (base + economy.levers.course_places[kind]) / economy.scale
    draw = economy.draws.uniform(PLACES, economy.month, np.array([kind], dtype=np.uint64))[0]
    return int(wanted + draw)


def eligible(economy: Economy, kind: int) -> NDArray[np.int64]:
    """Persons who may take a course of a kind."""
    persons = economy.persons
    low, high = WORKING_AGE_MONTHS
    free = (
        persons.alive & (persons.age_months >= low + 24) & (persons.age_months < high - 60)
        & (persons.study_months == 0) & (persons.course_kind == 0)
    )  # fmt: skip
    employed = persons.status == Status.EMPLOYEE
    if kind == CLASSROOM:
        reachable = has_status(persons.status, Status.UNEMPLOYED, Status.DISCOURAGED, Status.CARER, Status.EMPLOYEE)
        free &= reachable & (persons.qualification <= 2)
    elif kind == APPRENTICESHIP:
        free &= employed & (persons.qualification <= 3) & (persons.age_months < 35 * 12)
    elif kind == PROGRESSION:
        free &= employed & (persons.job_level <= 2) & (persons.qualification > persons.job_level)
    else:
        free &= has_status(persons.status, Status.UNEMPLOYED, Status.DISCOURAGED) & (persons.status_months >= 3)
    return np.flatnonzero(free)


def enrol(economy: Economy, kind: int) -> None:
    """Those who value a course most take its places; those who value it below zero stay away."""
    persons, a = economy.persons, economy.assumptions
    count = places(economy, kind)
    rows = eligible(economy, kind)
    if count <= 0 or rows.size == 0:
        return
    level = np.minimum(persons.qualification[rows].astype(np.int64), 3)
    hours = np.where(persons.hours[rows] > 0, persons.hours[rows], a["typical_hours"])
    step = (economy.pay_base[level + 1] - economy.pay_base[level]) / 100.0 * hours * WEEKS_PER_MONTH
    months = a[f"months_{NAMES[kind]}"]
    seeking = persons.status[rows] == Status.UNEMPLOYED
    lost = np.where(
        seeking & (kind == CLASSROOM), 0.05 * months * economy.pay_base[level] / 100.0 * hours * WEEKS_PER_MONTH, 0.0
    )
    u = np.clip(economy.draws.uniform(WISH, economy.month, persons.uid[rows], kind), 1e-12, 1 - 1e-12)
    luck = np.log(u / (1.0 - u))
    years_left = 65.0 - persons.age_months[rows] / 12.0
    value = enrolment_value(
        step * a["expected_share_of_gain"],
        years_left,
        lost,
        luck,
        a["household_discount_rate"],
        a["course_effort_pounds"],
    )
    # Targeting: providers give places first to the low-qualified of deprived neighbourhoods.
    place = economy.households.neighbourhood[persons.household[rows]]
    need = (economy.region.neighbourhood_decile[place] <= 3) * 0.5 + (persons.qualification[rows] <= 1) * 0.5
    value = value + economy.levers.course_targeting * need * 4.0 * a["course_effort_pounds"]
    wanting = np.flatnonzero(value > 0.0)
    order = wanting[np.lexsort((persons.uid[rows[wanting]], -value[wanting]))][:count]
    starters = rows[order]
    persons.course_kind[starters] = kind
    persons.course_months[starters] = int(months)
    economy.counts["courses_started"] += starters.size
    economy.started[kind] += starters.size
