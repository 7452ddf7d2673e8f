"""Courses: places are filled by those who value them most, lock people in, and are completed or dropped."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from agents.person_fields import Status
from simulation import skills
from simulation.economy import Economy
from simulation.skills import APPRENTICESHIP, BROKERAGE, CLASSROOM, PROGRESSION

Factory = Callable[..., Economy]
KINDS = (CLASSROOM, APPRENTICESHIP, PROGRESSION, BROKERAGE)


@pytest.mark.parametrize("kind", KINDS)
def test_places_are_those_of_the_baseline_and_of_policies(economy: Economy, kind: int) -> None:
    base = economy.assumptions[f"baseline_places_{skills.NAMES[kind]}"]

    def mean_places() -> float:
        counts = []
        for month in range(400):
            economy.month = month
            counts.append(skills.places(economy, kind))
        return float(np.mean(counts))

    assert mean_places() == pytest.approx(base / economy.scale, abs=0.1)
    economy.levers.course_places[kind] = 1250.0
    assert mean_places() == pytest.approx((base + 1250.0) / economy.scale, abs=0.1)


@pytest.mark.parametrize("kind", KINDS)
def test_only_those_a_course_is_for_take_it_and_no_more_than_there_are_places(economy: Economy, kind: int) -> None:
    persons = economy.persons
    persons.status_months[:] = 12
    economy.levers.course_places[kind] = 5_000.0
    able = skills.eligible(economy, kind)
    places = skills.places(economy, kind)
    skills.enrol(economy, kind)
    on = np.flatnonzero(persons.course_kind == kind)
    assert 0 < on.size <= places
    assert set(on) <= set(able)
    assert economy.counts["courses_started"] == economy.started[kind] == on.size
    assert (persons.course_months[on] == int(economy.assumptions[f"months_{skills.NAMES[kind]}"])).all()
    years = persons.age_months[on] / 12
    assert ((years >= 18) & (years < 60)).all()
    assert (persons.study_months[on] == 0).all()
    if kind in (APPRENTICESHIP, PROGRESSION):
        assert (persons.status[on] == Status.EMPLOYEE).all()
    if kind == BROKERAGE:
        assert np.isin(persons.status[on], (Status.UNEMPLOYED, Status.DISCOURAGED)).all()
    assert not set(skills.eligible(economy, kind)) & set(on), "one course at a time"


def test_nobody_takes_a_course_that_is_worth_nothing_to_them(make_economy: Factory) -> None:
    worthless = {"course_effort_pounds": 1e-6, "expected_share_of_gain": -1.0}
    economy = make_economy(scale=500, assumptions=worthless, force=True)
    economy._open_month()
    economy.levers.course_places[CLASSROOM] = 50_000.0
    skills.enrol(economy, CLASSROOM)
    assert economy.counts["courses_started"] == 0


def test_targeting_gives_places_to_the_low_qualified_of_deprived_places(make_economy: Factory) -> None:
    need = []
    for targeting in (0.0, 1.0):
        economy = make_economy(scale=500)
        economy._open_month()
        economy.levers.course_places[CLASSROOM] = 20_000.0
        economy.levers.course_targeting = targeting
        skills.enrol(economy, CLASSROOM)
        persons = economy.persons
        on = np.flatnonzero(persons.course_kind == CLASSROOM)
        decile = economy.region.neighbourhood_decile[economy.households.neighbourhood[persons.household[on]]]
        need.append(np.mean(0.5 * (decile <= 3) + 0.5 * (persons.qualification[on] <= 1)))
    assert need[1] > need[0] + 0.05


def test_completing_a_classroom_course_raises_the_qualification_by_one(make_economy: Factory) -> None:
    economy = make_economy(scale=500, assumptions={"course_dropout_rate": 0.0, "course_pass_share": 1.0}, force=True)
    economy._open_month()
    persons = economy.persons
    on = skills.eligible(economy, CLASSROOM)[:30]
    persons.course_kind[on], persons.course_months[on] = CLASSROOM, 3
    level = persons.qualification[on].copy()
    for left in (2, 1):
        skills.attend(economy)
        assert (persons.course_months[on] == left).all()
        assert (persons.qualification[on] == level).all()
    skills.attend(economy)
    assert (persons.qualification[on] == level + 1).all()
    assert (persons.course_kind[on] == 0).all()
    assert (economy.counts["courses_completed"], economy.counts["courses_dropped"]) == (30, 0)


def test_progression_leads_to_a_step_up_at_work(make_economy: Factory) -> None:
    economy = make_economy(scale=500, assumptions={"course_dropout_rate": 0.0, "course_pass_share": 1.0}, force=True)
    economy._open_month()
    persons = economy.persons
    on = skills.eligible(economy, PROGRESSION)[:30]
    persons.course_kind[on], persons.course_months[on] = PROGRESSION, 1
    level, wage, qualification = (getattr(persons, c)[on].copy() for c in ("job_level", "wage", "qualification"))
    skills.attend(economy)
    assert (persons.job_level[on] == level + 1).all()
    assert (persons.wage[on] >= wage).all()
    assert persons.wage[on].sum() > wage.sum()
    assert (persons.qualification[on] == qualification).all()


def test_support_keeps_learners_from_dropping_out(make_economy: Factory) -> None:
    dropped = []
    for support in (0.0, 1.0):
        economy = make_economy(scale=500, assumptions={"course_dropout_rate": 0.1}, force=True)
        economy._open_month()
        economy.levers.completion_support = support
        on = skills.eligible(economy, CLASSROOM)
        economy.persons.course_kind[on], economy.persons.course_months[on] = CLASSROOM, 9
        skills.attend(economy)
        dropped.append(economy.counts["courses_dropped"] / on.size)
    assert dropped[0] == pytest.approx(0.1, abs=0.04)
    assert dropped[1] == 0.0


def test_an_apprenticeship_ends_with_the_job_and_brokerage_with_finding_one(economy: Economy) -> None:
    persons = economy.persons
    working = np.flatnonzero(persons.status == Status.EMPLOYEE)[:2]
    seeking = np.flatnonzero(persons.status == Status.UNEMPLOYED)[:2]
    for rows in (working, seeking):
        persons.course_kind[rows] = [APPRENTICESHIP, BROKERAGE]
        persons.course_months[rows] = 9
    skills.attend(economy)
    assert persons.course_kind[working[1]] == 0
    assert persons.course_kind[seeking[0]] == 0


def test_experience_and_tenure_grow_with_work_alone(economy: Economy) -> None:
    persons = economy.persons
    before = persons.experience.copy(), persons.tenure.copy(), persons.status_months.copy()
    skills.learn(economy)
    works = persons.employer >= 0
    assert (persons.experience - before[0] == works).all()
    assert (persons.tenure - before[1] == works).all()
    assert (persons.status_months - before[2] == persons.alive).all()


def test_a_classroom_course_leaves_less_time_to_search(make_economy: Factory) -> None:
    """Lock-in: the same seekers, with and without a course, on the same luck."""
    made = []
    for on_course in (False, True):
        economy = make_economy(scale=500)
        if on_course:
            seekers = np.flatnonzero(economy.persons.status == Status.UNEMPLOYED)
            economy.persons.course_kind[seekers] = CLASSROOM
            economy.persons.course_months[seekers] = 12
        economy.step()
        made.append(economy.counts["applications"])
    assert made[1] < made[0]


@pytest.mark.parametrize("targeting", [0.0, 0.7])
def test_places_go_to_those_who_value_them_most_of_all_who_may_take_them(
    make_economy: Factory, targeting: float
) -> None:
    """The quick search for contenders against a plain sort of everybody, kind after kind."""
    economy, plain = make_economy(scale=100), make_economy(scale=100)
    for each in (economy, plain):
        each._open_month()
        each.levers.course_targeting = targeting
        each.persons.status_months[:] = 12
        for kind in KINDS:
            each.levers.course_places[kind] = 3_000.0
    # A look at everybody tells whom to set aside the next time.
    skills.contenders(economy, KINDS)
    found = skills.contenders(economy, KINDS)
    assert any(each.least > 0.0 for each in found.values()), "some are set aside"
    for kind in KINDS:
        skills.enrol(economy, kind, found[kind])
        rows = skills.eligible(plain, kind)
        assert found[kind].rows.size <= rows.size
        value = skills.worth(plain, kind, rows)
        best = rows[np.lexsort((plain.persons.uid[rows], -value))][: skills.places(plain, kind)]
        best = best[skills.worth(plain, kind, best) > 0.0]
        plain.persons.course_kind[best] = kind
        assert (economy.persons.course_kind == plain.persons.course_kind).all()


def test_nobody_is_set_aside_whose_draw_lifts_a_course_to_the_least(economy: Economy) -> None:
    """The bounds by group, level, job and age against what courses are worth to each, long hours and all."""
    persons = economy.persons
    persons.status_months[:] = 12
    persons.hours[::7] = 60.0
    economy.levers.course_targeting = 0.5
    least = [0.0, 12_000.0, 15_000.0, 9_000.0, 18_000.0]
    rows = skills.lucky(economy, least)
    assert (np.diff(rows) > 0).all()
    for kind in KINDS:
        able = skills.eligible(economy, kind)
        over = able[skills.worth(economy, kind, able) >= least[kind]]
        assert 0 < over.size < able.size
        assert np.isin(over, rows).all()
    assert rows.size < len(persons) // 4
    draws = np.array([skills.wish(economy, kind, persons.rows()) for kind in KINDS])
    assert abs(draws.mean(axis=1) - 0.5).max() < 0.03
    assert abs(np.corrcoef(draws) - np.eye(len(KINDS))).max() < 0.1, "kinds are drawn for independently"
