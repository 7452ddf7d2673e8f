"""Phase 3, skills: adult courses start, are completed or dropped; experience grows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
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
KINDS = (CLASSROOM, APPRENTICESHIP, PROGRESSION, BROKERAGE)
NAMES = ("none", "classroom", "apprenticeship", "progression", "brokerage")

#: A status as a plain number, for kernels.
UNEMPLOYED = int(Status.UNEMPLOYED)

PLACES, WISH, DROP, PASS = (int(Purpose.SKILLS) + k for k in range(1, 5))


BROKERAGE_BIT = 1 << BROKERAGE
#: Persons among whom those able to take a course are asked first what it is worth to them.
SAMPLED = 16384
#: Rows drawn at a time, so that their draws stay in the nearest cache.
_CHUNK = 1024
#: Log odds below which a table of odds begins, and its steps to a unit of log odds.
_LEAST_ODDS, _STEPS = 40, 16
_ODDS = 1.0 / (1.0 + np.exp(-(np.arange(2 * _LEAST_ODDS * _STEPS + 1) / _STEPS - _LEAST_ODDS)))


@njit(cache=True)
def _pass_month(alive, employer, status_months, tenure, experience):  # type: ignore[no-untyped-def]
    # Without branches, so that processors take many persons at a time.
    for i in range(alive.shape[0]):
        status_months[i] += np.int16(alive[i]) & np.int16(status_months[i] < 32000)
    for i in range(alive.shape[0]):
        works = np.int16(employer[i] >= 0)
        tenure[i] += works
        experience[i] += works


def learn(economy: Economy) -> None:
    """Run the phase."""
    persons = economy.persons
    _pass_month(persons.alive, persons.employer, persons.status_months, persons.tenure, persons.experience)
    attend(economy)
    found = contenders(economy, KINDS)
    for kind in KINDS:
        enrol(economy, kind, found[kind])


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
def _able(
    alive, age_months, study_months, course_kind, status, qualification, job_level, status_months, by_age, by_job
):  # type: ignore[no-untyped-def]
    n = alive.shape[0]
    out = np.empty(n, np.uint8)
    for i in range(n):
        free = alive[i] & (study_months[i] == 0) & (course_kind[i] == 0)
        job = (np.uint32(status[i]) * 5 + np.uint32(qualification[i])) * 5 + np.uint32(job_level[i])
        # A brokered search is for those who have been out of work for some time.
        lasting = 255 - BROKERAGE_BIT * (status_months[i] < 3)
        out[i] = by_age[np.uint32(age_months[i])] & by_job[job] & lasting & (255 * free)
    return out


def courses_open_to(economy: Economy) -> NDArray[np.uint8]:
    """The kinds of course that each person may take: bit 1 << kind is set, shape (n_rows,)."""
    persons = economy.persons
    low, high = WORKING_AGE_MONTHS
    months = np.arange(np.iinfo(np.int16).max + 1)
    adult = (months >= low + 24) & (months < high - 60)
    every = sum(1 << kind for kind in KINDS)
    by_age = np.where(adult, np.where(months < 35 * 12, every, every & ~(1 << APPRENTICESHIP)), 0).astype(np.uint8)
    status = np.arange(len(Status), dtype=np.int8)[:, None, None]
    level, job = np.ogrid[0:5, 0:5]
    employee = status == Status.EMPLOYEE
    out_of_work = has_status(status, Status.UNEMPLOYED, Status.DISCOURAGED)
    reachable = has_status(status, Status.UNEMPLOYED, Status.DISCOURAGED, Status.CARER, Status.EMPLOYEE)
    by_job = (
        (reachable & (level <= 2)) << CLASSROOM
        | (employee & (level <= 3)) << APPRENTICESHIP
        | (employee & (job <= 2) & (level > job)) << PROGRESSION
        | out_of_work << BROKERAGE
    )
    by_job = np.broadcast_to(by_job, (len(Status), 5, 5)).astype(np.uint8).ravel()
    return np.asarray(
        _able(
            persons.alive, persons.age_months, persons.study_months, persons.course_kind, persons.status,
            persons.qualification, persons.job_level, persons.status_months, by_age, by_job,
        )
    )  # fmt: skip


def eligible(economy: Economy, kind: int) -> NDArray[np.int64]:
    """Persons who may take a course of a kind, ascending."""
    return np.flatnonzero(courses_open_to(economy) & (1 << kind))


@dataclass(frozen=True)
class Contenders:
    """Persons among whom are those who will get the places of a course.

    Attributes:
        rows: Rows of persons, ascending: all who value it at `least`, and a few who do not quite.
        least: Value in pounds that the others stay under.
    """

    rows: NDArray[np.int64]
    least: float


def contenders(economy: Economy, kinds: Sequence[int]) -> dict[int, Contenders]:
    """Those who may win places of some kinds of course.

    Places are few and those who may take them many, so that most can be set aside by a draw that no
    value could make up for. How many are set aside bears on time alone, never on who is chosen.
    """
    able = courses_open_to(economy)
    # A sample of those who may take it tells which value is sure to be too low.
    stride = max(able.shape[0] // SAMPLED, 1)
    sampled = able[::stride]
    least = np.zeros(len(NAMES))
    for kind in kinds:
        sample = np.flatnonzero(sampled & (1 << kind)) * stride
        place = int((2.0 * places(economy, kind) + 100.0) / stride) + 1
        if place < sample.size // 2:
            least[kind] = max(float(np.sort(worth(economy, kind, sample))[-1 - place]), 0.0)
    rows = promising(economy, kinds, able, least)
    return {kind: Contenders(rows[kind], least[kind]) for kind in kinds}


def enrol(economy: Economy, kind: int, found: Contenders | None = None) -> None:
    """Those who value a course most take its places; those who value it below zero stay away.

    Args:
        economy: The economy.
        kind: Kind of course.
        found: Its contenders, where the caller has them; courses begun since are seen here.
    """
    persons = economy.persons
    count = places(economy, kind)
    if count <= 0:
        return
    if found is None:
        found = contenders(economy, (kind,))[kind]
    rows, value = still_free(economy, kind, found.rows)
    if found.least > 0.0 and np.count_nonzero(value >= found.least) < count:
        everybody = promising(economy, (kind,), courses_open_to(economy), np.zeros(len(NAMES)))[kind]
        rows, value = still_free(economy, kind, everybody)
    wanting = np.flatnonzero(value > 0.0)
    order = wanting[np.lexsort((persons.uid[rows[wanting]], -value[wanting]))][:count]
    starters = rows[order]
    persons.course_kind[starters] = kind
    persons.course_months[starters] = int(economy.assumptions[f"months_{NAMES[kind]}"])
    economy.counts["courses_started"] += starters.size
    economy.started[kind] += starters.size


def still_free(economy: Economy, kind: int, rows: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Those who have not just begun another course, one being enough at a time, and what they value this one at."""
    rows = rows[economy.persons.course_kind[rows] == 0]
    return rows, worth(economy, kind, rows)


def worth(economy: Economy, kind: int, rows: NDArray[np.int64]) -> NDArray[np.float64]:
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
    seed, month, kinds, able, uid, age_months, qualification, hours, status, usual_hours, per_hour, bonus, effort,
    least, odds,
):  # fmt: skip
    out = np.empty((kinds.shape[0], able.shape[0]), np.int32)
    count = np.zeros(kinds.shape[0], np.int64)
    anybody, who = np.empty(_CHUNK, np.uint32), np.empty(_CHUNK, np.uint32)
    key, u = np.empty(_CHUNK, np.uint64), np.empty(_CHUNK)
    steepness, last = _STEPS / effort, odds.shape[0] - 1.0
    for start in range(0, able.shape[0], _CHUNK):
        some = 0
        for i in range(start, min(start + _CHUNK, able.shape[0])):
            anybody[some] = i
            some += able[i] != 0
        for k in range(kinds.shape[0]):
            kind = kinds[k]
            bit = np.uint8(1 << kind)
            size = 0
            for j in range(some):
                who[size] = anybody[j]
                size += (able[anybody[j]] & bit) != 0
            # Keys side by side let processors draw for several persons at once.
            for j in range(size):
                key[j] = uid[who[j]]
            for j in range(size):
                u[j] = uniform(seed, WISH, month, key[j], kind)
            for j in range(size):
                i = who[j]
                q = np.uint32(qualification[i])
                h = hours[i] if hours[i] > 0 else usual_hours
                at = np.uint32(status[i] == UNEMPLOYED) * 4 + min(q, np.uint32(3))
                known = h * per_hour[k, at * np.uint32(per_hour.shape[1] // 8) + np.uint32(age_months[i])] + bonus[q]
                # Rounded down to a step of the table, so that nobody is set aside who could be chosen.
                steps = (least[kind] - known + effort) * steepness + (_LEAST_ODDS * _STEPS - 1.0)
                out[k, count[k]] = i
                count[k] += (steps < 0.0) | (u[j] >= odds[np.uint32(min(max(steps, 0.0), last))])
    return out, count


def promising(
    economy: Economy, kinds: Sequence[int], able: NDArray[np.uint8], least: NDArray[np.float64]
) -> dict[int, NDArray[np.int64]]:
    """Persons who may take courses and value them at the least or more, and a few who do not quite.

    Args:
        economy: The economy.
        kinds: Kinds of course.
        able: What each person may take, see `courses_open_to`.
        least: Values in pounds by kind, shape (5,).

    Returns:
        Rows by kind, ascending.
    """
    persons, a = economy.persons, economy.assumptions
    effort = a["course_effort_pounds"]
    # Without luck, worth is a number of pounds for each weekly hour less the effort.
    ages = WORKING_AGE_MONTHS[1]
    seeking, level, age = np.ogrid[0:2, 0:4, 0:ages]
    one = np.ones((2, 4, ages))
    per_hour = np.stack(
        [own_value(economy, kind, level, one, age, seeking > 0, 0.0 * one).ravel() + effort for kind in kinds]
    )
    need = np.where(np.arange(5) <= 1, 1.0, 0.5)
    bonus = np.maximum(economy.levers.course_targeting, 0.0) * need * 4.0 * effort
    rows, count = _promising(
        economy.draws.seed, economy.month, np.array(kinds), able, persons.uid, persons.age_months,
        persons.qualification, persons.hours, persons.status, a["typical_hours"], per_hour, bonus, effort, least, _ODDS,
    )  # fmt: skip
    return {kind: rows[k, : count[k]].astype(np.int64) for k, kind in enumerate(kinds)}
