"""Phase 5, the labour market: separations, participation, search, hiring."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numba import njit
from numpy.typing import NDArray

from agents.organisation_fields import Kind
from agents.pay import offered_wage
from agents.person import WEEKS_PER_MONTH, job_value
from agents.person_fields import Mode, Status
from simulation import search
from simulation.budget import GAIN_GRID, benefit_units, gains_from_work
from simulation.participation import reconsider, remember_reach
from simulation.randomness import Purpose
from simulation.separations import OUTSIDE, lay_off, leave_job, note_turnover, separate, set_status
from simulation.skills import BROKERAGE, CLASSROOM

if TYPE_CHECKING:
    from simulation.economy import Economy

Rows = NDArray[np.int64]

#: Purposes of draws within Purpose.LABOUR.
POST, HOURS, SECURE, INTENSITY = (Purpose.LABOUR + k for k in (5, 6, 7, 9))


@dataclass
class Posts:
    """Vacancies of one month, one row per post."""

    org: Rows
    uid: NDArray[np.uint64]
    zone: Rows
    level: Rows
    hours: NDArray[np.float64]
    secure: Rows
    premium: NDArray[np.float64]
    effect: NDArray[np.float64]
    luck: NDArray[np.float64]
    minimum: NDArray[np.float64]

    def __len__(self) -> int:
        return int(self.org.shape[0])


def labour_market(economy: Economy) -> None:
    """Run the phase: jobs end, people decide whether to seek work, posts and seekers meet."""
    economy.social.welcome()
    economy.units = benefit_units(economy)
    separate(economy)
    lay_off(economy)
    reconsider(economy)
    posts = advertise(economy)
    economy.posts_by_zone = np.bincount(posts.zone, minlength=economy.region.n_zones).astype(np.float64)
    search_and_hire(economy, posts)
    note_turnover(economy)
    remember_reach(economy)


def advertise(economy: Economy) -> Posts:
    """Vacancies of the month: one post for each worker wanted and missing."""
    orgs, a = economy.organisations, economy.assumptions
    missing = np.maximum(orgs.target_headcount - orgs.headcount - orgs.outside_workers, 0)
    missing[~orgs.alive] = 0
    outside = np.flatnonzero(orgs.kind == Kind.OUTSIDE)
    # Employers beyond the region advertise a steady flow, more where fewer residents work there than at the start.
    short = np.maximum(orgs.target_headcount[outside] - orgs.headcount[outside], 0)
    flow = orgs.target_headcount[outside] * a["outside_vacancy_rate"] + short * a["outside_refill_rate"]
    missing[outside] = np.floor(flow + economy.draws.uniform(POST, economy.month, orgs.uid[outside], 9)).astype(int)
    orgs.vacancies[:] = missing
    org = np.repeat(np.arange(orgs.n_rows), missing)
    nth = np.arange(org.size) - np.repeat(np.cumsum(missing) - missing, missing)
    uid = economy.draws.derive_ids(POST, economy.month, orgs.uid[org] + nth.astype(np.uint64))
    industry = orgs.industry[org].astype(np.int64)
    level_draw = economy.draws.uniform(POST, economy.month, uid, 1)
    level = (level_draw[:, None] >= economy.structure.level_cdf[industry]).sum(axis=1)
    level = np.minimum(level, 4)
    part_time = economy.draws.uniform(HOURS, economy.month, uid) < economy.structure.part_time_share[industry, level]
    hours = np.where(part_time, a["hours_part_time"], a["hours_full_time"])
    insecure = economy.draws.uniform(SECURE, economy.month, uid) < economy.structure.insecure_share[
        industry
    ] * np.where(level <= 2, a["insecure_new_job_factor"], 1.0)
    accredited = orgs.accredited[org] > 0
    return Posts(
        org=org,
        uid=uid,
        zone=orgs.zone[org].astype(np.int64),
        level=level.astype(np.int64),
        hours=hours,
        secure=np.where(accredited, 1, ~insecure).astype(np.int64),
        premium=economy.structure.premium[industry],
        effect=orgs.wage_effect[org].astype(np.float64),
        luck=a["wage_match_sd"] * economy.draws.normal(POST, economy.month, uid, 2)
        - a["part_time_pay_gap"] * part_time,
        minimum=np.where(accredited, economy.real_living_wage, 0.0),
    )


def search_and_hire(economy: Economy, posts: Posts) -> None:
    """Seekers apply, firms choose, jobs start; some posts go to people from outside the region."""
    persons, orgs, a = economy.persons, economy.organisations, economy.assumptions
    seekers = np.flatnonzero((persons.status == Status.UNEMPLOYED) & persons.alive)
    economy.counts["seekers"] += seekers.size
    staff = np.flatnonzero(persons.status == Status.EMPLOYEE)
    looking = economy.draws.uniform(INTENSITY, economy.month, persons.uid[staff]) < a["on_the_job_search_rate"]
    rows = np.concatenate([seekers, staff[looking]])
    if rows.size == 0 or len(posts) == 0:
        note_unfilled(economy, posts, np.zeros(len(posts), dtype=bool))
        return
    # A share of posts goes to workers who commute in: the region's border is open.
    share = economy.outside_hire_share[np.maximum(orgs.authority[posts.org], 0)]
    share = np.where(orgs.kind[posts.org] == Kind.OUTSIDE, 0.0, share)
    reserved = economy.draws.uniform(OUTSIDE, economy.month, posts.uid) < share
    open_posts = np.flatnonzero(~reserved)
    hired = match(economy, posts, open_posts, rows)
    filled = np.zeros(len(posts), dtype=bool)
    filled[open_posts[hired >= 0]] = True
    start_jobs(economy, rows[hired[hired >= 0]], posts, open_posts[hired >= 0])
    late = ~filled & ~reserved & (orgs.kind[posts.org] != Kind.OUTSIDE)
    late &= economy.draws.uniform(OUTSIDE, economy.month, posts.uid, 2) < a["outside_fill_rate"]
    from_outside = reserved | late
    counts = np.bincount(posts.org[from_outside], minlength=orgs.n_rows)
    orgs.outside_workers[:] += counts.astype(np.int32)
    note_unfilled(economy, posts, filled | from_outside)


def match(economy: Economy, posts: Posts, open_posts: Rows, rows: Rows) -> Rows:
    """Position in `rows` of the person hired for each open post, or -1."""
    persons, households, orgs, a = economy.persons, economy.households, economy.organisations, economy.assumptions
    org, zone = posts.org[open_posts], posts.zone[open_posts]
    post_order = np.lexsort((posts.uid[open_posts], zone))
    zone_posts = np.bincount(zone, minlength=economy.region.n_zones)
    zone_first = np.cumsum(zone_posts) - zone_posts
    org_posts = np.bincount(org, minlength=orgs.n_rows)
    org_first = np.searchsorted(org, np.arange(orgs.n_rows))
    home = households.neighbourhood[persons.household[rows]].astype(np.int64)
    car = households.car[persons.household[rows]].astype(np.int64)
    employed = (persons.employer[rows] >= 0).astype(np.int64)
    gains = gains_from_work(economy, rows)
    months_out = np.where(employed == 1, 0, persons.status_months[rows]).astype(np.float64)
    brokered = persons.course_kind[rows] == BROKERAGE
    intensity = np.where(employed == 1, 1.0, a["applications_per_month"])
    intensity = intensity * np.where(persons.course_kind[rows] == CLASSROOM, 1.0 - a["course_lock_in"], 1.0)
    intensity = intensity * np.where(brokered, 1.0 + a["brokerage_search_boost"], 1.0)
    app_post, app_person, app_ref = search.apply_for_posts(
        economy.draws.seed, economy.month, rows, persons.uid[rows], home, car,
        persons.qualification[rows].astype(np.int64), persons.experience[rows].astype(np.float64),
        persons.taste[rows].astype(np.float64), months_out, employed, value_of_present_job(economy, rows, gains),
        intensity, GAIN_GRID, gains, economy.social.ties, persons.joined, persons.befriended, persons.employer,
        economy.legal_floor_for(persons.age_months[rows]), a["referral_chance"], int(a["hiring_stretch_levels"]),
        zone_first, post_order, zone_posts, economy.search_weight, economy.travel_generalised,
        economy.reference_reach * a["search_saturation"], org, zone, posts.level[open_posts], posts.hours[open_posts],
        posts.secure[open_posts], posts.premium[open_posts], posts.effect[open_posts] + posts.luck[open_posts],
        posts.minimum[open_posts],
        org_first, org_posts, economy.pay_base, economy.experience_return, 0.0, a["value_of_secure_job"],
        a["effort_cost_per_hour"], a["job_switch_gain"], a["travel_value_of_time"],
    )  # fmt: skip
    economy.counts["applications"] += app_post.size
    penalty = np.where(brokered, months_out * (1.0 - a["brokerage_duration_relief"]), months_out)
    return np.asarray(
        search.choose(
            economy.draws.seed, economy.month, app_post, app_person, app_ref, posts.uid[open_posts],
            posts.level[open_posts], persons.uid[rows], persons.qualification[rows].astype(np.int64),
            persons.experience[rows].astype(np.float64), penalty, a["referral_bonus"], a["duration_penalty"],
            a["hiring_noise"],
        )
    )  # fmt: skip


@njit(cache=True)
def _present_values(grid, gains, pounds, travel, secure, secure_value):  # type: ignore[no-untyped-def]
    out = np.zeros(pounds.shape[0])
    for i in range(pounds.shape[0]):
        out[i] = job_value(search.interpolate(grid, gains[i], pounds[i]), travel[i], secure[i], secure_value)
    return out


def value_of_present_job(economy: Economy, rows: Rows, gains: NDArray[np.float64]) -> NDArray[np.float64]:
    """Worth of the present job of each person, in pounds a month; 0 for those without."""
    persons, households, orgs, a = economy.persons, economy.households, economy.organisations, economy.assumptions
    employer = persons.employer[rows]
    working = employer >= 0
    pounds = persons.wage[rows] * persons.hours[rows] * WEEKS_PER_MONTH / 100.0
    home = households.neighbourhood[persons.household[rows]]
    car = households.car[persons.household[rows]]
    zone = orgs.zone[np.maximum(employer, 0)]
    minutes = economy.travel_generalised[car, home, zone]
    travel = np.where(working, 2.0 * search.WORK_DAYS * minutes * a["travel_value_of_time"] / 60.0, 0.0)
    value = _present_values(
        GAIN_GRID, gains, pounds, travel, persons.secure[rows].astype(np.int64), a["value_of_secure_job"]
    )
    return np.where(working, value, 0.0)


def start_jobs(economy: Economy, rows: Rows, posts: Posts, post: Rows) -> None:
    """Put persons into posts, leaving a former job first.

    Args:
        economy: The economy.
        rows: Rows of persons.
        posts: Vacancies of the month.
        post: Position of each person's post, same shape as `rows`.
    """
    persons, orgs = economy.persons, economy.organisations
    movers = rows[persons.employer[rows] >= 0]
    economy.counts["job_moves"] += movers.size
    economy.counts["hires_from_unemployment"] += int((persons.status[rows] == Status.UNEMPLOYED).sum())
    leave_job(economy, movers)
    org = posts.org[post]
    persons.employer[rows] = org
    persons.job_level[rows] = posts.level[post]
    persons.hours[rows] = posts.hours[post]
    persons.secure[rows] = posts.secure[post]
    persons.tenure[rows] = 0
    persons.match[rows] = posts.luck[post]
    wage = offered_wages(economy, rows, org, posts.level[post])
    persons.wage[rows] = wage
    persons.mode[rows] = usual_mode(economy, rows)
    set_status(economy, rows, Status.EMPLOYEE)
    hires = np.bincount(org, minlength=orgs.n_rows).astype(np.int32)
    orgs.headcount[:] += hires
    orgs.hires[:] += hires


@njit(cache=True)
def _offered(level, premium, effect, experience, pay_base, experience_return):  # type: ignore[no-untyped-def]
    out = np.empty(level.shape[0])
    for i in range(level.shape[0]):
        out[i] = offered_wage(level[i], premium[i], effect[i], experience[i], pay_base, experience_return)
    return out


def unconstrained_offers(economy: Economy, rows: Rows, org: Rows, level: Rows) -> NDArray[np.float64]:
    """Hourly pay in pence that employers would offer these persons but for the charter; legal floors hold."""
    persons, orgs = economy.persons, economy.organisations
    wage = _offered(
        level.astype(np.int64),
        economy.structure.premium[orgs.industry[org]],
        orgs.wage_effect[org].astype(np.float64) + persons.match[rows],
        persons.experience[rows].astype(np.float64),
        economy.pay_base,
        economy.experience_return,
    )
    return np.asarray(np.maximum(wage, economy.legal_floor_for(persons.age_months[rows])))


def offered_wages(economy: Economy, rows: Rows, org: Rows, level: Rows) -> NDArray[np.int32]:
    """Hourly pay in pence that employers offer these persons, never under the floors."""
    wage = unconstrained_offers(economy, rows, org, level)
    member = economy.organisations.accredited[org] > 0
    return np.ceil(np.where(member, np.maximum(wage, economy.real_living_wage), wage)).astype(np.int32)


def usual_mode(economy: Economy, rows: Rows) -> NDArray[np.int8]:
    """Cheapest mode of travel to the present job, with a fixed personal taste for each."""
    persons, households, orgs, a = economy.persons, economy.households, economy.organisations, economy.assumptions
    home = households.neighbourhood[persons.household[rows]]
    zone = orgs.zone[np.maximum(persons.employer[rows], 0)]
    cost = economy.travel_costs.generalised[:, home, zone].astype(np.float64)
    constants = np.array([a["mode_constant_car"], a["mode_constant_transit"], a["mode_constant_active"]])
    utility = constants[:, None] - a["mode_cost_weight"] * cost
    utility[0, households.car[persons.household[rows]] == 0] = -1e9
    for mode in range(3):
        draw = economy.draws.uniform(HOURS, 0, persons.uid[rows], 10 + mode)
        utility[mode] -= np.log(-np.log(np.clip(draw, 1e-12, 1 - 1e-12)))
    chosen = np.argmax(utility, axis=0)
    reachable = np.take_along_axis(cost, chosen[None, :], axis=0)[0] < 1e5
    return np.where(reachable, chosen, int(Mode.CAR)).astype(np.int8)


def note_unfilled(economy: Economy, posts: Posts, filled: NDArray[np.bool_]) -> None:
    """Employers take note of how long their posts stand open."""
    orgs = economy.organisations
    unfilled = np.bincount(posts.org[~filled], minlength=orgs.n_rows)
    open_now = unfilled > 0
    orgs.vacancy_months[:] = np.where(open_now, orgs.vacancy_months + 1.0, orgs.vacancy_months * 0.5)
    economy.counts["unfilled"] += int(unfilled.sum())
    economy.counts["posts"] += len(posts)
