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
from simulation.blocks import BLOCK, pick
from simulation.randomness import Purpose, words_of

if TYPE_CHECKING:
    from simulation.economy import Economy

#: Kinds of adult course.
CLASSROOM, APPRENTICESHIP, PROGRESSION, BROKERAGE = 1, 2, 3, 4
KINDS = (CLASSROOM, APPRENTICESHIP, PROGRESSION, BROKERAGE)
NAMES = ("none", "classroom", "apprenticeship", "progression", "brokerage")

PLACES, DROP, PASS = (int(Purpose.SKILLS) + k for k in (1, 3, 4))
WISH = np.int64(Purpose.SKILLS + 2)
#: Age from which nobody begins an apprenticeship, months.
_OLDEST_APPRENTICE = 35 * 12
#: Statuses in which people take courses, and their positions among these by status, as plain numbers for kernels.
_REACHED = (Status.UNEMPLOYED, Status.DISCOURAGED, Status.CARER, Status.EMPLOYEE)
_GROUP = np.array([_REACHED.index(status) if status in _REACHED else 0 for status in Status], np.int8)
_SEEKING, _DISCOURAGED, _CARER, _STAFF = (int(status) for status in _REACHED)
#: Years of age that are told apart where bounds are looked up.
_YEARS = WORKING_AGE_MONTHS[1] // 12


def learn(economy: Economy) -> None:
    """Run the phase."""
    pass_month(economy)
    attend(economy)
    found = contenders(economy, KINDS)
    for kind in KINDS:
        enrol(economy, kind, found[kind])


def pass_month(economy: Economy) -> None:
    """Everybody is a month longer in their status, and those who work in their job and at work."""
    persons = economy.persons
    months, tenure, experience = persons.status_months, persons.tenure, persons.experience
    months += persons.alive & (months < 32000)
    works = persons.employer >= 0
    tenure += works
    experience += works


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


def open_to(economy: Economy, rows: NDArray[np.int64]) -> NDArray[np.uint8]:
    """The kinds of course that persons may take: bit 1 << kind is set, shape (n,)."""
    persons = economy.persons
    low, high = WORKING_AGE_MONTHS
    age, status, level, job = (
        getattr(persons, name)[rows] for name in ("age_months", "status", "qualification", "job_level")
    )
    free = persons.alive[rows] & (persons.study_months[rows] == 0) & (persons.course_kind[rows] == 0)
    free &= (age >= low + 24) & (age < high - 60)
    employee = free & (status == Status.EMPLOYEE)
    out_of_work = free & has_status(status, Status.UNEMPLOYED, Status.DISCOURAGED)
    reachable = employee | out_of_work | (free & (status == Status.CARER))
    may = {
        CLASSROOM: reachable & (level <= 2),
        APPRENTICESHIP: employee & (level <= 3) & (age < _OLDEST_APPRENTICE),
        PROGRESSION: employee & (job <= 2) & (level > job),
        # A brokered search is for those who have been out of work for some time.
        BROKERAGE: out_of_work & (persons.status_months[rows] >= 3),
    }
    bits = np.zeros(rows.shape, np.uint8)
    for kind in KINDS:
        bits |= may[kind].astype(np.uint8) << np.uint8(kind)
    return bits


def eligible(economy: Economy, kind: int) -> NDArray[np.int64]:
    """Persons who may take a course of a kind, ascending."""
    rows = economy.persons.rows()
    return rows[open_to(economy, rows) & (1 << kind) > 0]


@dataclass(frozen=True)
class Contenders:
    """Persons among whom are those who will get the places of a course.

    Attributes:
        rows: Rows of persons, ascending: all who may take it and value it at `least` or more.
        value: What it is worth to them, pounds.
        least: Value in pounds that the others stay under; 0 where all who want it are here.
    """

    rows: NDArray[np.int64]
    value: NDArray[np.float64]
    least: float


def contenders(economy: Economy, kinds: Sequence[int]) -> dict[int, Contenders]:
    """Those who may win places of some kinds of course.

    Places are few and those who may take them many, so that most can be set aside by a draw that no
    value could make up for. How many are set aside bears on time alone, never on who is chosen.
    """
    # What was enough to be well ahead of the last place a month ago tells which value is sure to be too low.
    last: list[float] = getattr(economy, "_ahead", [0.0] * len(NAMES))
    rows = lucky(economy, last)
    able = open_to(economy, rows)
    found = {}
    ahead = list(last)
    for kind in kinds:
        mine = rows[able & (1 << kind) > 0]
        value = worth(economy, kind, mine)
        # Nobody takes a course that is worth nothing to them.
        wants = (value >= last[kind]) & (value > 0.0)
        found[kind] = Contenders(mine[wants], value[wants], last[kind])
        place = 2 * places(economy, kind) + 20
        enough = np.sort(value)[-place] if place <= value.size else -np.inf
        # Where too few were seen, more are looked at next month.
        ahead[kind] = max(
            enough if enough >= last[kind] else last[kind] - economy.assumptions["course_effort_pounds"], 0.0
        )
    economy._ahead = ahead
    return found


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
    free = persons.course_kind[found.rows] == 0
    rows, value = found.rows[free], found.value[free]
    if found.least > 0.0 and rows.size < count:
        rows = eligible(economy, kind)
        value = worth(economy, kind, rows)
        rows, value = rows[value > 0.0], value[value > 0.0]
    starters = rows[np.lexsort((persons.uid[rows], -value))][:count]
    persons.course_kind[starters] = kind
    persons.course_months[starters] = int(economy.assumptions[f"months_{NAMES[kind]}"])
    economy.counts["courses_started"] += starters.size
    economy.started[kind] += starters.size


def wish(economy: Economy, kind: int, rows: NDArray[np.int64]) -> NDArray[np.float64]:
    """Uniform draws of what persons see in a course beyond what is observed, shape (n,)."""
    # One block of random bits holds a word for each kind.
    word = economy.draws.words(int(WISH), economy.month, economy.persons.uid[rows])[kind - 1]
    return np.asarray((word + 0.5) / 4294967296.0)


def worth(economy: Economy, kind: int, rows: NDArray[np.int64]) -> NDArray[np.float64]:
    """What a course is worth to persons in the eyes of those who give places, pounds, shape (n,)."""
    persons, a = economy.persons, economy.assumptions
    level = np.minimum(persons.qualification[rows].astype(np.int64), 3)
    hours = np.where(persons.hours[rows] > 0, persons.hours[rows], a["typical_hours"])
    seeking = persons.status[rows] == Status.UNEMPLOYED
    u = wish(economy, kind, rows)
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
def _lucky(  # type: ignore[no-untyped-def]
    seed, month, alive, age_months, study_months, course_kind, status, qualification, job_level, hours, uid,
    group_of, needed, lowest, usual_hours, most_hours, youngest, oldest,
):  # fmt: skip
    n = alive.shape[0]
    rows, count = np.empty(n, np.int64), 0
    may, idle, long = np.empty(BLOCK, np.bool_), np.empty(BLOCK, np.bool_), np.empty(BLOCK, np.bool_)
    at, hit = np.empty(BLOCK, np.int32), np.empty(BLOCK, np.int32)
    key, word = np.empty(BLOCK, np.uint64), np.empty((4, BLOCK), np.uint32)
    index = np.zeros(BLOCK, np.int32)
    # Whose words are below these is lucky nowhere.
    low_0, low_1, low_2, low_3 = lowest[0], lowest[1], lowest[2], lowest[3]
    for start in range(0, n, BLOCK):
        here = slice(start, min(start + BLOCK, n))
        living, age, study, course = alive[here], age_months[here], study_months[here], course_kind[here]
        state, level, job, week, ids = status[here], qualification[here], job_level[here], hours[here], uid[here]
        for i in range(living.shape[0]):
            out_of_work = (state[i] == _SEEKING) | (state[i] == _DISCOURAGED)
            carer, employee, low = state[i] == _CARER, state[i] == _STAFF, level[i] <= 2
            at_work = low | ((level[i] <= 3) & (age[i] < _OLDEST_APPRENTICE)) | ((job[i] <= 2) & (level[i] > job[i]))
            free = living[i] & (age[i] >= youngest) & (age[i] < oldest) & (study[i] == 0) & (course[i] == 0)
            may[i] = free & (out_of_work | (carer & low) | (employee & at_work))
            idle[i] = out_of_work
        for i in range(living.shape[0]):
            long[i] = (week[i] > most_hours) | ((week[i] > usual_hours) & (state[i] != _STAFF))
        able = pick(may, living.shape[0], at)
        for k in range(able):
            key[k] = ids[at[k]]
        words_of(key, able, seed, WISH, month, index, word)
        for k in range(able):
            may[k] = (word[0, k] >= low_0) | (word[1, k] >= low_1) | (word[2, k] >= low_2)
        for k in range(able):
            may[k] |= long[at[k]] | ((word[BROKERAGE - 1, k] >= low_3) & idle[at[k]])
        for f in range(pick(may, able, hit)):
            k = hit[f]
            i = at[k]
            x = ((np.uint32(group_of[state[i]]) * 5 + np.uint32(level[i])) * 5 + np.uint32(job[i])) * np.uint32(_YEARS)
            x += np.uint32(age[i]) // np.uint32(12)
            wishes = (word[0, k] >= needed[x, 0]) | (word[1, k] >= needed[x, 1])
            wishes |= (word[2, k] >= needed[x, 2]) | (word[3, k] >= needed[x, 3])
            rows[count] = start + i
            count += wishes | long[i]
    return rows[:count].copy()


def lucky(economy: Economy, least: Sequence[float]) -> NDArray[np.int64]:
    """Persons whose draws may lift what some course is worth to them to the least, and some whose draws do not.

    Args:
        economy: The economy.
        least: Values in pounds by kind, shape (5,).

    Returns:
        Rows, ascending: all who may take a course and value it at its least or more are among them.
    """
    persons, a = economy.persons, economy.assumptions
    low, high = WORKING_AGE_MONTHS
    usual, longest = a["typical_hours"], max(a["hours_full_time"], a["typical_hours"])
    # Those who work longer are let in whatever they draw.
    most_hours = np.array([longest if status == Status.EMPLOYEE else usual for status in _REACHED])
    needed = words_needed(economy, least, most_hours)
    return np.asarray(
        _lucky(
            economy.draws.seed, economy.month, persons.alive, persons.age_months, persons.study_months,
            persons.course_kind, persons.status, persons.qualification, persons.job_level, persons.hours, persons.uid,
            _GROUP, needed, needed.min(axis=0), usual, longest, low + 24, high - 60,
        )
    )  # fmt: skip


def words_needed(economy: Economy, least: Sequence[float], most_hours: NDArray[np.float64]) -> NDArray[np.uint32]:
    """The smallest random word with which a course may be worth the least.

    Args:
        economy: The economy.
        least: Values in pounds by kind, shape (5,).
        most_hours: Weekly hours that are not exceeded, by group of statuses, shape (4,).

    Returns:
        Words by group, qualification, level of the job and year of age in one, and by kind, shape (n, 4).
    """
    effort = economy.assumptions["course_effort_pounds"]
    seeking, level, age = np.ogrid[0:2, 0:5, 0 : WORKING_AGE_MONTHS[1]]
    one = np.ones((2, 5, WORKING_AGE_MONTHS[1]))
    bonus = np.maximum(economy.levers.course_targeting, 0.0) * np.where(np.arange(5) <= 1, 1.0, 0.5) * 4.0 * effort
    group, q, job = np.ogrid[0:4, 0:5, 0:5]
    employee = _REACHED.index(Status.EMPLOYEE)
    for_them = {
        CLASSROOM: (q <= 2) & (job >= 0) & (group >= 0),
        APPRENTICESHIP: (group == employee) & (q <= 3) & (job >= 0),
        PROGRESSION: (group == employee) & (job <= 2) & (q > job),
        BROKERAGE: (group < 2) & (q >= 0) & (job >= 0),
    }
    needed = np.full((4, 5, 5, _YEARS, len(KINDS)), 2.0**32 - 1.0)
    for kind in KINDS:
        # Without luck, worth is a number of pounds for each weekly hour less the effort.
        per_hour = own_value(economy, kind, np.minimum(level, 3), one, age, seeking > 0, 0.0 * one) + effort
        best = np.maximum(per_hour.reshape(2, 5, _YEARS, 12).max(axis=3), 0.0)
        known = np.stack([best[int(status == Status.UNEMPLOYED)] for status in _REACHED])
        known = known * most_hours[:, None, None] + bonus[:, None]
        odds = np.exp(np.clip((least[kind] - known + effort) / effort, -700.0, 700.0))
        # Rounded down, so that nobody is set aside who could be chosen.
        word = np.maximum(odds / (1.0 + odds) * 2.0**32 * (1.0 - 1e-6) - 2.0, 0.0)
        needed[..., kind - 1] = np.where(for_them[kind][..., None], word[:, :, None, :], 2.0**32 - 1.0)
        if kind == APPRENTICESHIP:
            needed[:, :, :, _OLDEST_APPRENTICE // 12 :, kind - 1] = 2.0**32 - 1.0
    return needed.reshape(-1, len(KINDS)).astype(np.uint32)
