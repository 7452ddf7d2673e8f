"""Phase 3, skills: adult courses start, are completed or dropped; experience grows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit
from numpy.typing import NDArray

from agents.learning import enrolment_value
from agents.person import WEEKS_PER_MONTH
from agents.person_fields import WORKING_AGE_MONTHS, Status, has_status
from simulation.randomness import Purpose, uniform

if TYPE_CHECKING:
    from simulation.economy import Economy

#: Kinds of adult course.
CLASSROOM, APPRENTICESHIP, PROGRESSION, BROKERAGE = 1, 2, 3, 4
NAMES = ("none", "classroom", "apprenticeship", "progression", "brokerage")

#: Statuses as plain numbers, for kernels.
EMPLOYEE, UNEMPLOYED, DISCOURAGED = int(Status.EMPLOYEE), int(Status.UNEMPLOYED), int(Status.DISCOURAGED)

PLACES, WISH, DROP, PASS = (int(Purpose.SKILLS) + k for k in range(1, 5))


#: Rows drawn at a time, so that their draws stay in the nearest cache.
_CHUNK = 1024
#: Log odds below which a table of odds begins, and its steps to a unit of log odds.
_LEAST_ODDS, _STEPS = 40, 16
_ODDS = 1.0 / (1.0 + np.exp(-(np.arange(2 * _LEAST_ODDS * _STEPS + 1) / _STEPS - _LEAST_ODDS)))


@njit(cache=True)
def _pass_month(alive, employer, status_months, tenure, experience):  # type: ignore[no-untyped-def]
    for i in range(alive.shape[0]):
        if alive[i]:
            status_months[i] = min(status_months[i] + 1, 32000)
            if employer[i] >= 0:
                tenure[i] += 1
                experience[i] += 1


def learn(economy: Economy) -> None:
    """Run the phase."""
    persons = economy.persons
    _pass_month(persons.alive, persons.employer, persons.status_months, persons.tenure, persons.experience)
    attend(economy)
    able = all_eligible(economy)
    for kind in (CLASSROOM, APPRENTICESHIP, PROGRESSION, BROKERAGE):
        # One course at a time: who has just begun one takes no other.
        rows = able[kind - 1]
        enrol(economy, kind, rows[persons.course_kind[rows] == 0])


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


@njit(cache=True)
def _able(alive, age, study, course, status, qualification, job_level, status_months, classroom, low, high):  # type: ignore[no-untyped-def]
    n = alive.shape[0]
    rows = np.empty((4, n), np.int32)
    size = np.zeros(4, np.int64)
    for i in range(n):
        if not alive[i] or age[i] < low or age[i] >= high or study[i] != 0 or course[i] != 0:
            continue
        s = status[i]
        if classroom[s] and qualification[i] <= 2:
            rows[0, size[0]] = i
            size[0] += 1
        if s == EMPLOYEE:
            if qualification[i] <= 3 and age[i] < 420:
                rows[1, size[1]] = i
                size[1] += 1
            if job_level[i] <= 2 and qualification[i] > job_level[i]:
                rows[2, size[2]] = i
                size[2] += 1
        elif s in (UNEMPLOYED, DISCOURAGED) and status_months[i] >= 3:
            rows[3, size[3]] = i
            size[3] += 1
    return rows, size


def all_eligible(economy: Economy) -> list[NDArray[np.int32]]:
    """Persons who may take a course, by kind from `CLASSROOM` on, each ascending."""
    persons = economy.persons
    low, high = WORKING_AGE_MONTHS
    classroom = has_status(
        np.arange(len(Status), dtype=np.int8), Status.UNEMPLOYED, Status.DISCOURAGED, Status.CARER, Status.EMPLOYEE
    )
    rows, size = _able(
        persons.alive, persons.age_months, persons.study_months, persons.course_kind, persons.status,
        persons.qualification, persons.job_level, persons.status_months, classroom, low + 24, high - 60,
    )  # fmt: skip
    return [rows[k, : size[k]] for k in range(4)]


def eligible(economy: Economy, kind: int) -> NDArray[np.int32]:
    """Persons who may take a course of a kind, ascending."""
    return all_eligible(economy)[kind - 1]


def enrol(economy: Economy, kind: int, rows: NDArray[np.int32] | None = None) -> None:
    """Those who value a course most take its places; those who value it below zero stay away.

    Args:
        economy: The economy.
        kind: Kind of course.
        rows: Persons who may take it, where the caller knows them already.
    """
    persons = economy.persons
    count = places(economy, kind)
    rows = eligible(economy, kind) if rows is None else rows
    if count <= 0 or rows.size == 0:
        return
    rows, value = keenest(economy, kind, rows, count)
    wanting = np.flatnonzero(value > 0.0)
    order = wanting[np.lexsort((persons.uid[rows[wanting]], -value[wanting]))][:count]
    starters = rows[order]
    persons.course_kind[starters] = kind
    persons.course_months[starters] = int(economy.assumptions[f"months_{NAMES[kind]}"])
    economy.counts["courses_started"] += starters.size
    economy.started[kind] += starters.size


def keenest(
    economy: Economy, kind: int, rows: NDArray[np.int32], count: int
) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """Persons among whom are the `count` who value a course most, and how they value it.

    Places are few and those who may take them many, so that most can be set aside by a draw that no
    value could make up for. How many are set aside bears on time alone, never on who is chosen.

    Returns:
        Rows, ascending, and values in pounds.
    """
    sample = rows[:: max(rows.size // 4096, 1)]
    share = (2.0 * count + 100.0) / rows.size
    if share < 0.5:
        tail = np.sort(worth(economy, kind, sample))[::-1]
        least = max(float(tail[int(share * tail.size)]), 0.0)
        likely = promising(economy, kind, rows, least)
        value = worth(economy, kind, likely)
        if least == 0.0 or np.count_nonzero(value >= least) >= count:
            return likely, value
    return rows, worth(economy, kind, rows)


def worth(economy: Economy, kind: int, rows: NDArray[np.int32]) -> NDArray[np.float64]:
    """What a course is worth to persons in the eyes of those who give places, pounds, shape (n,)."""
    persons, a = economy.persons, economy.assumptions
    level = np.minimum(persons.qualification[rows].astype(np.int64), 3)
    hours = np.where(persons.hours[rows] > 0, persons.hours[rows], a["typical_hours"])
    seeking = persons.status[rows] == Status.UNEMPLOYED
    u = np.clip(economy.draws.uniform(WISH, economy.month, persons.uid[rows], kind), 1e-12, 1 - 1e-12)
    value = own_value(economy, kind, level, hours, persons.age_months[rows], seeking, np.log(u / (1.0 - u)))
    # Targeting: providers give places first to the low-qualified of deprived neighbourhoods.
    place = economy.households.neighbourhood[persons.household[rows]]
    need = (economy.region.neighbourhood_decile[place] <= 3) * 0.5 + (persons.qualification[rows] <= 1) * 0.5
    return np.asarray(value + economy.levers.course_targeting * need * 4.0 * a["course_effort_pounds"])


def own_value(
    economy: Economy,
    kind: int,
    level: NDArray[np.int64],
    hours: NDArray[np.float64],
    age_months: NDArray[np.int16],
    seeking: NDArray[np.bool_],
    luck: NDArray[np.float64],
) -> NDArray[np.float64]:
    """What a course is worth to persons themselves, pounds; arguments of shape (n,).

    Args:
        economy: The economy.
        kind: Kind of course.
        level: Qualification, at most 3.
        hours: Weekly hours of work, those at hand or in view.
        age_months: Age.
        seeking: Whether they look for work, which the classroom takes time from.
        luck: Standard logistic draws for what is not observed.
    """
    a = economy.assumptions
    step = (economy.pay_base[level + 1] - economy.pay_base[level]) / 100.0 * hours * WEEKS_PER_MONTH
    months = a[f"months_{NAMES[kind]}"]
    lost = np.where(
        seeking & (kind == CLASSROOM), 0.05 * months * economy.pay_base[level] / 100.0 * hours * WEEKS_PER_MONTH, 0.0
    )
    return enrolment_value(
        step * a["expected_share_of_gain"],
        65.0 - age_months / 12.0,
        lost,
        luck,
        a["household_discount_rate"],
        a["course_effort_pounds"],
    )


@njit(cache=True)
def _promising(  # type: ignore[no-untyped-def]
    seed, month, kind, rows, uid, age, qualification, hours, status, usual_hours, per_hour, bonus, effort, least, odds
):  # fmt: skip
    out = np.empty(rows.shape[0], np.int32)
    u = np.empty(_CHUNK)
    count = 0
    for start in range(0, rows.shape[0], _CHUNK):
        size = min(_CHUNK, rows.shape[0] - start)
        for j in range(size):
            u[j] = uniform(seed, WISH, month, uid[rows[start + j]], kind)
        for j in range(size):
            i = rows[start + j]
            q = min(qualification[i], 3)
            h = hours[i] if hours[i] > 0 else usual_hours
            known = h * per_hour[int(status[i] == UNEMPLOYED), q, age[i]] - effort + bonus[qualification[i]]
            # Rounded down to a step of the table, so that nobody is set aside who could be chosen.
            steps = ((least - known) / effort + _LEAST_ODDS) * _STEPS - 1.0
            if steps < 0.0 or u[j] >= odds[min(int(steps), odds.shape[0] - 1)]:
                out[count] = i
                count += 1
    return out[:count]


def promising(economy: Economy, kind: int, rows: NDArray[np.int32], least: float) -> NDArray[np.int32]:
    """All persons who value a course at `least` pounds or more, and a few who do not quite, ascending."""
    persons, a = economy.persons, economy.assumptions
    effort = a["course_effort_pounds"]
    # Without luck, worth is a number of pounds for each weekly hour less the effort.
    seeking, level, age = np.ogrid[0:2, 0:4, 0 : WORKING_AGE_MONTHS[1]]
    one = np.ones((2, 4, WORKING_AGE_MONTHS[1]))
    per_hour = own_value(economy, kind, level, one, age, seeking > 0, 0.0 * one) + effort
    need = np.where(np.arange(5) <= 1, 1.0, 0.5)
    bonus = np.maximum(economy.levers.course_targeting, 0.0) * need * 4.0 * effort
    found = _promising(
        economy.draws.seed, economy.month, kind, rows, persons.uid, persons.age_months, persons.qualification,
        persons.hours, persons.status, a["typical_hours"], per_hour, bonus, effort, least, _ODDS,
    )  # fmt: skip
    return np.asarray(found)
