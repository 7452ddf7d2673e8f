"""The labour market: jobs end and start, people come and go, posts are advertised and filled, pay keeps its floors."""

from __future__ import annotations

import numpy as np
import pytest

from agents.organisation_fields import Kind
from agents.person_fields import INACTIVE, Mode, Status
from simulation import labour_market as market
from simulation import participation, separations
from simulation.economy import Economy
from simulation.indicators import working_age_rows


def staff_of(economy: Economy) -> np.ndarray:
    return np.flatnonzero(economy.persons.status == Status.EMPLOYEE)


# Jobs end -----------------------------------------------------------------------------------------------


def test_who_leaves_a_job_has_none(economy: Economy) -> None:
    persons, orgs = economy.persons, economy.organisations
    rows = staff_of(economy)[:20]
    employers = persons.employer[rows].copy()
    heads, leavers = orgs.headcount.copy(), orgs.leavers.copy()
    out_of_work = np.flatnonzero(persons.status == Status.UNEMPLOYED)[:3]
    separations.leave_job(economy, np.concatenate([rows, out_of_work]))
    for column in ("wage", "hours", "secure", "tenure", "job_level", "gross_pay", "net_pay"):
        assert (getattr(persons, column)[rows] == 0).all(), column
    assert (persons.employer[rows] == -1).all()
    gone = np.bincount(employers, minlength=orgs.n_rows)
    assert (heads - orgs.headcount == gone).all()
    assert (orgs.leavers - leavers == gone).all()


def test_time_in_a_status_starts_anew_only_where_it_changes(economy: Economy) -> None:
    persons = economy.persons
    rows = np.flatnonzero(persons.status == Status.UNEMPLOYED)[:2]
    persons.status_months[rows] = 9
    separations.set_status(economy, rows, np.array([Status.UNEMPLOYED, Status.DISCOURAGED], dtype=np.int8))
    assert persons.status_months[rows].tolist() == [9, 0]


def test_separations_are_a_few_in_a_hundred_and_oftener_where_jobs_are_insecure(economy: Economy) -> None:
    persons = economy.persons
    rows = staff_of(economy)
    secure = {int(uid): int(flag) for uid, flag in zip(persons.uid[rows], persons.secure[rows], strict=True)}
    persons.tenure[rows] = 60
    left: list[int] = []
    for _ in range(12):
        separations.separate(economy)
        gone = rows[persons.status[rows] == Status.UNEMPLOYED]
        left += persons.uid[gone].tolist()
        rows = np.setdiff1d(rows, gone)
        economy.month += 1
    share = np.array([[secure[uid] for uid in left].count(k) for k in (0, 1)]) / np.bincount(list(secure.values()))
    assert 0.005 < len(left) / len(secure) < 0.2
    assert share[0] > share[1]


def test_firms_that_want_fewer_dismiss_that_many_and_newer_staff_first(economy: Economy) -> None:
    persons, orgs = economy.persons, economy.organisations
    alone = np.bincount(persons.employer[persons.status == Status.SELF_EMPLOYED], minlength=orgs.n_rows)
    workers = orgs.headcount + orgs.outside_workers
    large = np.flatnonzero((orgs.kind == Kind.FIRM) & (workers >= 10) & (alone == 0))
    assert large.size > 3
    orgs.target_headcount[:] = workers
    orgs.target_headcount[large] = workers[large] // 2
    before = staff_of(economy)
    tenure = persons.tenure.copy()
    separations.lay_off(economy)
    now = orgs.headcount + orgs.outside_workers
    assert (now[large] == workers[large] // 2).all()
    assert (np.delete(now, large) == np.delete(workers, large)).all()
    gone = before[persons.status[before] == Status.UNEMPLOYED]
    assert economy.counts["layoffs"] == gone.size > 20
    stayed = before[np.isin(persons.employer[before], large)]
    assert np.median(tenure[gone]) < np.median(tenure[stayed])


# Participation ------------------------------------------------------------------------------------------


def test_at_month_nought_people_do_what_their_inclination_says(opening: Economy) -> None:
    """Levels and tastes were solved for so that the chances of taking part add up to those who do."""
    persons = opening.persons
    rows = working_age_rows(opening)
    rows = rows[persons.status[rows] != Status.RETIRED]
    chance = participation._probabilities(
        participation.inclination(opening, rows), opening.assumptions["participation_sharpness"]
    )
    active = ~np.isin(persons.status[rows], INACTIVE)
    assert chance.mean() == pytest.approx(active.mean(), abs=0.04)
    assert chance[active].mean() > chance[~active].mean() + 0.5
    for group in np.unique(participation.participation_group(opening, rows)):
        mine = participation.participation_group(opening, rows) == group
        if mine.sum() > 100:
            assert chance[mine].mean() == pytest.approx(active[mine].mean(), abs=0.08), group


def test_more_reach_and_more_gain_raise_the_inclination_of_everybody(economy: Economy) -> None:
    rows = working_age_rows(economy)
    economy.reach *= 2.0
    economy.reach = np.maximum(economy.reach, economy.reference_reach * 0.01)
    now = participation.inclination(economy, rows)
    economy.reach *= 2.0
    more = participation.inclination(economy, rows)
    weight = economy.assumptions["participation_reach_weight"]
    assert more - now == pytest.approx(np.full(rows.size, weight * np.log(2.0)))
    economy.reference_gain /= 2.0
    again = participation.inclination(economy, rows)
    assert again - more == pytest.approx(
        np.full(rows.size, economy.assumptions["participation_gain_weight"] * np.log(2.0))
    )


def test_reasons_for_inactivity_in_order_of_what_binds_most(economy: Economy) -> None:
    persons = economy.persons
    rows = working_age_rows(economy)[:6]
    persons.health[rows] = [1, 1, 0, 0, 0, 0]
    persons.caring[rows] = [1, 0, 1, 0, 0, 0]
    persons.study_months[rows] = [5, 0, 0, 0, 0, 5]
    persons.age_months[rows] = [240, 700, 750, 730, 400, 200]
    assert participation.reason_for_inactivity(economy, rows).tolist() == [
        Status.STUDENT, Status.LONG_TERM_SICK, Status.CARER, Status.RETIRED, Status.DISCOURAGED, Status.STUDENT
    ]  # fmt: skip


def test_those_who_decide_seek_work_keep_it_or_leave_it(economy: Economy) -> None:
    persons = economy.persons
    rows = working_age_rows(economy)
    rows = rows[persons.status[rows] != Status.SELF_EMPLOYED]
    employed = persons.employer[rows] >= 0
    persons.taste[rows[::2]], persons.taste[rows[1::2]] = 50.0, -50.0
    participation.decide(economy, rows)
    keen, idle = np.zeros(rows.size, dtype=bool), np.zeros(rows.size, dtype=bool)
    keen[::2], idle[1::2] = True, True
    assert (persons.status[rows[keen & employed]] == Status.EMPLOYEE).all()
    assert (persons.status[rows[keen & ~employed]] == Status.UNEMPLOYED).all()
    assert np.isin(persons.status[rows[idle]], INACTIVE).all()
    assert (persons.employer[rows[idle]] == -1).all()
    assert economy.counts["quits"] == (idle & employed).sum()


# Posts --------------------------------------------------------------------------------------------------


def test_posts_are_what_employers_want_and_lack(economy: Economy) -> None:
    orgs = economy.organisations
    inside = np.flatnonzero(orgs.alive & (orgs.kind != Kind.OUTSIDE))
    orgs.target_headcount[inside] = orgs.headcount[inside] + orgs.outside_workers[inside]
    orgs.target_headcount[inside[::3]] += 2
    orgs.target_headcount[inside[1::3]] = 0
    posts = market.advertise(economy)
    count = np.bincount(posts.org, minlength=orgs.n_rows)
    assert (count[inside[::3]] == 2).all()
    assert (count[inside[1::3]] == 0).all()
    assert (count[inside[2::3]] == 0).all()
    assert (orgs.vacancies == count).all()
    assert np.unique(posts.uid).size == len(posts)
    assert (posts.zone == orgs.zone[posts.org]).all()
    assert set(np.unique(posts.level)) <= set(range(5))
    assert count[orgs.kind == Kind.OUTSIDE].sum() > 0, "employers beyond the region seek people too"


def test_posts_at_members_of_the_charter_are_secure_and_pay_the_real_living_wage(economy: Economy) -> None:
    orgs = economy.organisations
    orgs.target_headcount[orgs.kind == Kind.FIRM] += 3
    members = np.flatnonzero((orgs.kind == Kind.FIRM) & orgs.alive)[::2]
    plain = market.advertise(economy)
    orgs.accredited[members] = 1
    posts = market.advertise(economy)
    mine = np.isin(posts.org, members)
    assert (posts.secure[mine] == 1).all()
    assert (posts.minimum[mine] == economy.real_living_wage).all()
    assert (posts.minimum[~mine] == 0).all()
    assert plain.secure[mine].mean() < 1.0
    assert (posts.secure[~mine] == plain.secure[~mine]).all(), "and nobody else's posts change"
    assert (posts.level == plain.level).all()


def test_offers_respect_the_floors(economy: Economy) -> None:
    persons, orgs = economy.persons, economy.organisations
    rows = staff_of(economy)
    org, level = persons.employer[rows].astype(np.int64), persons.job_level[rows].astype(np.int64)
    persons.match[rows] = -3.0
    floors = economy.legal_floor_for(persons.age_months[rows])
    assert (market.offered_wages(economy, rows, org, level) == np.ceil(floors)).all()
    orgs.accredited[:] = 1
    wages = market.offered_wages(economy, rows, org, level)
    assert (wages == np.ceil(np.maximum(floors, economy.real_living_wage))).all()
    persons.match[rows] = 2.0
    assert (market.offered_wages(economy, rows, org, level) > economy.real_living_wage).all()


def test_hires_start_at_the_offered_wage_and_leave_their_old_job(economy: Economy) -> None:
    persons, orgs = economy.persons, economy.organisations
    orgs.target_headcount[(orgs.kind == Kind.FIRM) & orgs.alive] += 2
    posts = market.advertise(economy)
    inside = np.flatnonzero(orgs.kind[posts.org] == Kind.FIRM)[:10]
    seekers = np.flatnonzero(persons.status == Status.UNEMPLOYED)[:5]
    rows = np.concatenate([seekers, staff_of(economy)[:5]])
    heads = orgs.headcount.copy()
    old = np.bincount(persons.employer[rows[5:]], minlength=orgs.n_rows)
    market.start_jobs(economy, rows, posts, inside)
    assert (persons.status[rows] == Status.EMPLOYEE).all()
    assert (persons.employer[rows] == posts.org[inside]).all()
    assert (persons.hours[rows] == posts.hours[inside]).all()
    assert (persons.tenure[rows] == 0).all()
    new = np.bincount(posts.org[inside], minlength=orgs.n_rows)
    assert (orgs.headcount - heads == new - old).all()
    assert (orgs.hires == new).all()
    assert (economy.counts["job_moves"], economy.counts["hires_from_unemployment"]) == (5, 5)
    expected = market.offered_wages(economy, rows, posts.org[inside], posts.level[inside])
    assert (persons.wage[rows] == expected).all()


def test_a_whole_round_conserves_people_and_fills_no_post_twice(economy: Economy) -> None:
    persons, orgs = economy.persons, economy.organisations
    orgs.target_headcount[(orgs.kind == Kind.FIRM) & orgs.alive] += 1
    people, outside = len(persons), orgs.outside_workers.copy()
    posts = market.advertise(economy)
    was_employed = persons.employer >= 0
    market.search_and_hire(economy, posts)
    filled = orgs.hires + (orgs.outside_workers - outside)
    assert (filled <= orgs.vacancies).all()
    assert orgs.hires.sum() > 0
    assert len(persons) == people
    assert (np.bincount(persons.employer[persons.employer >= 0], minlength=orgs.n_rows) == orgs.headcount).all()
    new = np.flatnonzero((persons.status == Status.EMPLOYEE) & (persons.tenure == 0) & ~was_employed)
    stretch = int(economy.assumptions["hiring_stretch_levels"])
    assert (persons.job_level[new] <= persons.qualification[new] + stretch).all()
    assert economy.counts["posts"] == len(posts)
    assert economy.counts["unfilled"] == (orgs.vacancies - filled).sum()


def test_posts_that_stay_open_are_noted(economy: Economy) -> None:
    orgs = economy.organisations
    orgs.vacancy_months[:] = 4.0
    orgs.target_headcount[(orgs.kind == Kind.FIRM) & orgs.alive] += 1
    posts = market.advertise(economy)
    filled = posts.org % 2 == 0
    market.note_unfilled(economy, posts, filled)
    unfilled = np.isin(np.arange(orgs.n_rows), posts.org[~filled])
    assert (orgs.vacancy_months[unfilled] == 5.0).all()
    assert (orgs.vacancy_months[~unfilled] == 2.0).all()


# Ways to work and memory --------------------------------------------------------------------------------


def test_without_a_car_nobody_drives_where_there_is_another_way(opening: Economy) -> None:
    persons, homes = opening.persons, opening.households
    workers = np.flatnonzero(persons.employer >= 0)
    car = homes.car[persons.household[workers]]
    mode = persons.mode[workers]
    assert (mode[car == 0] == Mode.CAR).mean() < 0.05
    assert (mode[car == 1] == Mode.CAR).mean() > 0.5
    assert (market.usual_mode(opening, workers) == mode).all(), "the choice is settled by fixed tastes"


def test_views_of_what_is_in_reach_follow_the_vacancies_slowly(economy: Economy) -> None:
    start = economy.reach.copy()
    economy.posts_by_zone = economy.smoothed_posts * 2.0
    participation.remember_reach(economy)
    memory = economy.assumptions["reach_memory"]
    assert economy.reach == pytest.approx(start * (1.0 + memory))
    for _ in range(200):
        participation.remember_reach(economy)
    assert economy.reach == pytest.approx(start * 2.0, rel=1e-3)
    assert (economy.reach[1] >= economy.reach[0] * (1 - 1e-6)).all(), "a car never takes reach away"
