"""The skills channel: people are locked in while they learn, and hold more and earn more when they have done.

Persons are matched by identity between a run with the policy and one without it on the same seed. One in two hundred
with the places of one kind at the top of their range, so that some hundreds of learners can be compared.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.person_fields import WORKING_AGE_MONTHS, Status
from policies import Skills
from simulation import Economy, skills
from simulation.levers import Levers
from simulation.skills import APPRENTICESHIP, BROKERAGE, CLASSROOM, NAMES, PROGRESSION

Run = Callable[..., Economy]

KINDS = (CLASSROOM, APPRENTICESHIP, PROGRESSION, BROKERAGE)
NO_PLACES = {f"{NAMES[kind]}_places": 0.0 for kind in KINDS}
#: Most places that a dial allows, by kind.
MOST = {CLASSROOM: 5_000.0, APPRENTICESHIP: 2_000.0, PROGRESSION: 2_000.0, BROKERAGE: 3_000.0}
SEEDS = (1, 2, 3)
FIRST, MONTHS = 3, 28


class Person(NamedTuple):
    """What is known of a person at the end of a month."""

    status: int
    course: int
    qualification: int
    wage: int
    level: int


@dataclass
class Trace:
    """A run as its people saw it: by month, each person by identity, and what was counted."""

    people: list[dict[int, Person]]
    applications: list[float]
    seekers: list[float]
    economy: Economy

    def months_in_work(self, person: int, months: range) -> int:
        gone = Person(-1, 0, 0, 0, 0)
        return sum(self.people[month].get(person, gone).status == Status.EMPLOYEE for month in months)


def trace(seed: int, months: int, *policies: Skills, **fields: Any) -> Trace:
    economy = Economy(scale=200, seed=seed, months=months, policies=policies, **fields)
    seen = Trace([], [], [], economy)
    while economy.month < months:
        economy.step()
        persons = economy.persons
        rows = persons.rows()
        columns = (
            getattr(persons, name)[rows].tolist()
            for name in ("status", "course_kind", "qualification", "wage", "job_level")
        )
        uids = persons.uid[rows].tolist()
        seen.people.append(dict(zip(uids, map(Person, *columns), strict=True)))
        seen.applications.append(economy.counts["applications"])
        seen.seekers.append(economy.counts["seekers"])
    return seen


def places_of(kind: int, **dials: float) -> dict[str, float]:
    return {**NO_PLACES, f"{NAMES[kind]}_places": MOST[kind], **dials}


@pytest.fixture(scope="module")
def classroom(start: str) -> list[tuple[Trace, Trace]]:
    """With classroom courses and without, by seed; lock-in at the top of its range."""
    policy = Skills(start=start, **places_of(CLASSROOM, targeting=1.0, completion_support=1.0))
    fields: dict[str, Any] = {"assumptions": {"course_lock_in": 0.9}}
    return [(trace(seed, MONTHS, policy, **fields), trace(seed, MONTHS, **fields)) for seed in SEEDS]


def new_learners(pair: tuple[Trace, Trace], kind: int, months: range) -> dict[int, int]:
    """Those who begin a course with the policy and are on none without it, by the month they begin."""
    found: dict[int, int] = {}
    with_it, without = pair
    for month in months:
        before, now, same = with_it.people[month - 1], with_it.people[month], without.people[month]
        for person, seen in now.items():
            begins = seen.course == kind and person in before and before[person].course != kind
            if begins and person in same and same[person].course == 0:
                found.setdefault(person, month)
    return found


# Places -------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_more_people_learn_from_the_first_month_on(classroom: list[tuple[Trace, Trace]]) -> None:
    for pair in classroom:
        many, few = (each.economy.indicators["course_participants"] for each in pair)
        assert (many[:FIRST] == few[:FIRST]).all()
        assert (many[FIRST:] > few[FIRST:]).all()


@pytest.fixture(scope="module")
def classrooms() -> Economy:
    """One in two hundred with month 0 open and nobody on a course; only courses are written, and taken back."""
    economy = Economy(scale=200, seed=3, months=24)
    economy._open_month()
    economy.persons.status_months[:] = 12
    return economy


def enrolled(economy: Economy, policy: Skills) -> dict[int, int]:
    """How many begin a course of each kind in a month with only this policy on."""
    economy.levers = Levers()
    policy.move(economy.levers, economy)
    for kind in KINDS:
        skills.enrol(economy, kind)
    counts = np.bincount(economy.persons.course_kind, minlength=len(NAMES))
    economy.persons.course_kind[:] = 0
    economy.persons.course_months[:] = 0
    return {kind: int(counts[kind]) for kind in KINDS}


@given(
    fewer=st.tuples(*[st.floats(0.0, MOST[kind]) for kind in KINDS]),
    more=st.tuples(*[st.floats(0.0, 1.0)] * len(KINDS)),
    targeting=st.floats(0.0, 1.0),
    strength=st.floats(0.01, 2.0),
)
def test_more_places_never_mean_fewer_learners(
    classrooms: Economy,
    fewer: tuple[float, ...],
    more: tuple[float, ...],
    targeting: float,
    strength: float,
) -> None:
    """In all, whichever kinds grow: people move between courses, but nobody is crowded out of learning."""
    totals = []
    for share in (0.0, 1.0):
        counts = {
            f"{NAMES[kind]}_places": low + share * extra * (MOST[kind] - low)
            for kind, low, extra in zip(KINDS, fewer, more, strict=True)
        }
        policy = Skills(targeting=targeting, strength=strength, **counts)
        totals.append(sum(enrolled(classrooms, policy).values()))
    assert totals[0] <= totals[1]


@pytest.mark.parametrize("kind", KINDS)
def test_each_dial_opens_places_of_its_kind(classrooms: Economy, kind: int) -> None:
    without = enrolled(classrooms, Skills(**NO_PLACES, targeting=0.0))
    found = enrolled(classrooms, Skills(**places_of(kind, targeting=0.0)))
    assert found[kind] > without[kind]


# Lock-in ------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_learners_find_work_later_while_they_learn(classroom: list[tuple[Trace, Trace]]) -> None:
    """Seekers who begin a course, against themselves without it: fewer months in work of the next five."""
    learning, seeking = 0, 0
    for pair in classroom:
        with_it, without = pair
        for person, month in new_learners(pair, CLASSROOM, range(FIRST, FIRST + 11)).items():
            views = (each.people[m].get(person) for each in pair for m in (month - 1, month))
            if any(view is None or view.status != Status.UNEMPLOYED for view in views):
                continue
            ahead = range(month + 1, month + 6)
            learning += with_it.months_in_work(person, ahead)
            seeking += without.months_in_work(person, ahead)
    assert seeking > 20, "there are enough to compare"
    assert learning < 0.6 * seeking


@pytest.mark.slow
def test_seekers_apply_less_while_courses_run(classroom: list[tuple[Trace, Trace]]) -> None:
    """Applications per seeker over the first nine months, which is as long as a course."""
    first = slice(FIRST, FIRST + 9)
    rates = np.array(
        [[sum(each.applications[first]) / sum(each.seekers[first]) for each in pair] for pair in classroom]
    )
    assert rates[:, 0].sum() < rates[:, 1].sum()


@pytest.mark.parametrize(("kind", "sign"), [(CLASSROOM, -1), (BROKERAGE, 1)])
def test_courses_lock_in_and_brokerage_speeds_up_from_the_first_month(kind: int, sign: int, start: str) -> None:
    """The same seekers, posts and draws: brokered seekers apply more, learners less, nobody else differently."""
    # Without targeting, so that the places that the baseline has go to the same people.
    policy = Skills(start=start, **places_of(kind, targeting=0.0, completion_support=0.0), strength=2.0)
    fields: dict[str, Any] = {"assumptions": {"course_lock_in": 0.9, "brokerage_search_boost": 1.0}}
    changes = []
    for seed in SEEDS:
        pair = [trace(seed, FIRST + 1, *policies, **fields) for policies in ((policy,), ())]
        assert pair[0].seekers == pair[1].seekers
        changes.append(sign * (pair[0].applications[FIRST] - pair[1].applications[FIRST]))
    assert min(changes) >= 0
    assert sum(changes) > 0


# Gains --------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_the_region_is_better_qualified_in_the_end(classroom: list[tuple[Trace, Trace]]) -> None:
    """The shares with NVQ2 or more and with NVQ3 or more of residents of working age, each seed."""

    def share(seen: Trace, level: int) -> float:
        persons = seen.economy.persons
        low, high = WORKING_AGE_MONTHS
        of_age = persons.alive & (persons.age_months >= low) & (persons.age_months < high)
        return float((persons.qualification[of_age] >= level).mean())

    for with_it, without in classroom:
        for level in (2, 3):
            assert share(with_it, level) > share(without, level) + 0.005


@pytest.mark.slow
def test_those_who_complete_earn_more_in_better_jobs(classroom: list[tuple[Trace, Trace]]) -> None:
    """The same persons at the end of the run, with the course and without."""
    learned: list[Person] = []
    stayed: list[Person] = []
    for pair in classroom:
        last, same = (each.people[-1] for each in pair)
        for person in new_learners(pair, CLASSROOM, range(FIRST, MONTHS)):
            if person in last and person in same and not (last[person].course or same[person].course):
                learned.append(last[person])
                stayed.append(same[person])
    passed = [one.qualification > other.qualification for one, other in zip(learned, stayed, strict=True)]
    assert 0.6 < np.mean(passed) < 1.0, "most complete and pass, not all"
    working = [
        (one, other)
        for one, other, took in zip(learned, stayed, passed, strict=True)
        if took and one.status == other.status == Status.EMPLOYEE
    ]
    assert len(working) > 100
    assert np.mean([one.level - other.level for one, other in working]) > 0.05
    assert np.mean([one.wage / other.wage for one, other in working]) > 1.02


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "months"), [(PROGRESSION, 14), (APPRENTICESHIP, 24)])
def test_learning_at_work_leads_to_better_jobs(kind: int, months: int, start: str) -> None:
    """Progression and apprenticeships: those who took them, against themselves, when most have ended."""
    policy = Skills(start=start, **places_of(kind, completion_support=1.0))
    level, wage = [], []
    # Some lose their job and all pay in one run and not in the other: one run alone says little.
    for seed in (1, 2, 3):
        pair = trace(seed, months, policy), trace(seed, months)
        last, same = (each.people[-1] for each in pair)
        ended = [
            person
            for person in new_learners(pair, kind, range(FIRST, months))
            if person in last and person in same and not last[person].course
        ]
        level += [last[person].level - same[person].level for person in ended]
        wage += [last[person].wage - same[person].wage for person in ended]
    assert len(level) > 90
    assert np.mean(level) > 0
    assert np.mean(wage) > 0


# Cost ---------------------------------------------------------------------------------------------------


def test_every_place_that_is_opened_is_paid_for(run: Run, start: str) -> None:
    """Taken or not, and none of those that the baseline has."""
    policy = Skills(start=start, strength=0.5)
    economy = run(policy)
    cost = sum(places * economy.assumptions[f"course_cost_{NAMES[kind]}"] for kind, places in policy.places().items())
    expected = 0.5 * cost / economy.scale * 100
    for month in range(FIRST, 20):
        assert economy.ledger.headings[month] == {"skills": pytest.approx(expected, abs=4)}
    assert not any(run().ledger.headings.values())
