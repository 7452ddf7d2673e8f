"""Phase 5, the labour market: separations, participation, search, hiring."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from agents import pay
from agents.organisation_fields import Kind
from agents.person_fields import Mode, Status
from simulation import applications, search
from simulation.gains import GAIN_GRID, household_budgets, net_of_grid
from simulation.levers import CharterTerm
from simulation.occasions import Occasions, find_occasions
from simulation.participation import reconsider, remember_reach
from simulation.randomness import Purpose
from simulation.separations import OUTSIDE, lay_off, leave_job, note_turnover, separate, set_status
from simulation.skills import BROKERAGE, CLASSROOM, NAMES
from simulation.watching import watched

if TYPE_CHECKING:
    from simulation.economy import Economy

Rows = NDArray[np.int64]

#: Purposes of draws within Purpose.LABOUR.
POST, HOURS, SECURE = (int(Purpose.LABOUR) + k for k in (5, 6, 7))
BY_CAR = int(Mode.CAR)
#: Journeys of this many minutes and more cannot be made.
NO_WAY = 1e5


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
    occasions = find_occasions(economy)
    separate(economy, occasions)
    lay_off(economy, occasions)
    reconsider(economy, occasions)
    posts = watched(economy, advertise)(economy)
    economy.posts_by_zone = np.bincount(posts.zone, minlength=economy.region.n_zones).astype(np.float64)
    search_and_hire(economy, posts, occasions)
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
    levers = economy.levers
    return Posts(
        org=org,
        uid=uid,
        zone=orgs.zone[org].astype(np.int64),
        level=level.astype(np.int64),
        hours=hours,
        secure=np.where(accredited & levers.charter_has(CharterTerm.SECURITY), 1, ~insecure).astype(np.int64),
        premium=economy.structure.premium[industry],
        effect=orgs.wage_effect[org].astype(np.float64),
        luck=a["wage_match_sd"] * economy.draws.normal(POST, economy.month, uid, 2)
        - a["part_time_pay_gap"] * part_time,
        minimum=np.where(accredited & levers.charter_has(CharterTerm.PAY_FLOOR), economy.real_living_wage, 0.0),
    )


def search_and_hire(economy: Economy, posts: Posts, occasions: Occasions | None = None) -> None:
    """Seekers apply, firms choose, jobs start; some posts go to people from outside the region.

    Args:
        economy: The economy.
        posts: Vacancies of the month.
        occasions: Those of the month; found anew if missing.
    """
    persons, orgs, a = economy.persons, economy.organisations, economy.assumptions
    seekers = np.flatnonzero((persons.status == Status.UNEMPLOYED) & persons.alive)
    economy.counts["seekers"] += seekers.size
    movers = (occasions or find_occasions(economy)).movers
    rows = np.concatenate([seekers, movers[persons.status[movers] == Status.EMPLOYEE]])
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
    draws, month = economy.draws, economy.month
    org, zone, uid, level = (column[open_posts] for column in (posts.org, posts.zone, posts.uid, posts.level))
    # Posts list by zone and in each by uid, so that a draw means the same post in any run.
    post_order = np.argsort(uid)
    post_order = post_order[np.argsort(zone[post_order].astype(np.int16), kind="stable")]
    zone_posts = np.bincount(zone, minlength=economy.region.n_zones)
    org_posts = np.bincount(org, minlength=orgs.n_rows)
    me, qualification, experience = persons.uid[rows], persons.qualification[rows], persons.experience[rows]
    home = households.neighbourhood[persons.household[rows]]
    car = households.car[persons.household[rows]]
    employed = persons.employer[rows] >= 0
    course = persons.course_kind[rows]
    # By work and course.
    eager = np.outer([a["applications_per_month"], 1.0], np.ones(len(NAMES)))
    eager[:, CLASSROOM] *= 1.0 - a["course_lock_in"] * locked_in(economy)
    eager[:, BROKERAGE] *= 1.0 + a["brokerage_search_boost"]
    intensity = eager[employed.astype(np.int8), course]
    # Who moves in has looked for work there before.
    intensity = np.where(persons.joined[rows] == month, a["arrival_search_factor"] * intensity, intensity)
    within, share = search.prospects(
        economy.search_weight, zone_posts, economy.reference_reach * a["search_saturation"]
    )
    post, person, referred = watched(economy, search.look_for_posts)(
        draws.seed, month, rows, me, car, home, qualification, intensity, within, share,
        np.cumsum(zone_posts) - zone_posts, zone_posts, post_order, level, int(a["hiring_stretch_levels"]),
        economy.social.ties, persons.joined, persons.befriended, persons.employer,
        np.cumsum(org_posts) - org_posts, org_posts, a["referral_chance"],
    )  # fmt: skip
    apply = watched(economy, applications.worth_applying)(
        post, person, rows, car, home,
        (
            persons.age_months, persons.experience, persons.ability, persons.taste, persons.status_months,
            persons.employer, persons.wage, persons.hours, persons.secure, orgs.zone,
        ),
        (
            zone, level, posts.hours[open_posts], posts.secure[open_posts], posts.premium[open_posts],
            posts.effect[open_posts] + posts.luck[open_posts], posts.minimum[open_posts],
        ),
        economy.travel_generalised, household_budgets(economy), GAIN_GRID, net_of_grid(economy), economy.rules,
        economy.pay_base, economy.experience_return, a["value_of_secure_job"], a["effort_cost_per_hour"],
        a["job_switch_gain"], a["travel_value_of_time"],
    )  # fmt: skip
    economy.counts["applications"] += np.count_nonzero(apply)
    months_out = np.where(employed, 0, persons.status_months[rows]).astype(np.float64)
    weight = np.ones(len(NAMES))
    weight[BROKERAGE] = 1.0 - a["brokerage_duration_relief"]
    penalty = months_out * weight[course]
    turn = np.argsort(draws.uniform(applications.PRIORITY, month, uid))
    return np.asarray(
        watched(economy, applications.choose)(
            draws.seed, month, post[apply], person[apply], referred[apply], uid, level, turn, me, qualification,
            experience, penalty, a["referral_bonus"], a["duration_penalty"], a["hiring_noise"],
        )
    )  # fmt: skip


def locked_in(economy: Economy) -> float:
    """Share of classroom learners whose course takes time from their search: all, unless a policy frees its own.

    Whose place a policy pays for is not told apart, so the share is that of places.
    """
    free = economy.levers.unlocked_places
    if free <= 0.0:
        return 1.0
    every = economy.assumptions[f"baseline_places_{NAMES[CLASSROOM]}"] + economy.levers.course_places[CLASSROOM]
    return 1.0 - min(free / float(every), 1.0)


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
    persons.match[rows] = persons.ability[rows] + posts.luck[post]
    wage = offered_wages(economy, rows, org, posts.level[post])
    persons.wage[rows] = wage
    persons.mode[rows] = usual_mode(economy, rows)
    set_status(economy, rows, Status.EMPLOYEE)
    hires = np.bincount(org, minlength=orgs.n_rows).astype(np.int32)
    orgs.headcount[:] += hires
    orgs.hires[:] += hires


def unconstrained_offers(economy: Economy, rows: Rows, org: Rows, level: Rows) -> NDArray[np.float64]:
    """Hourly pay in pence that employers would offer these persons but for the charter; legal floors hold."""
    persons, orgs = economy.persons, economy.organisations
    wage = pay.offered_wages(
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
    member &= economy.levers.charter_has(CharterTerm.PAY_FLOOR)
    return np.ceil(np.where(member, np.maximum(wage, economy.real_living_wage), wage)).astype(np.int32)


def usual_mode(economy: Economy, rows: Rows) -> NDArray[np.int8]:
    """Cheapest mode of travel to the present job, with a fixed personal taste for each."""
    persons, households, orgs, a = economy.persons, economy.households, economy.organisations, economy.assumptions
    constants = [a["mode_constant_car"], a["mode_constant_transit"], a["mode_constant_active"]]
    uid, home = persons.uid[rows], persons.household[rows]
    place, zone = households.neighbourhood[home], orgs.zone[np.maximum(persons.employer[rows], 0)]
    out, most = np.zeros(rows.size, np.int8), np.full(rows.size, -np.inf)
    for mode, constant in enumerate(constants):
        draw = np.clip(economy.draws.uniform(HOURS, 0, uid, 10 + mode), 1e-12, 1.0 - 1e-12)
        cost = economy.travel_costs.generalised[mode, place, zone].astype(np.float64)
        liking = constant - a["mode_cost_weight"] * cost
        if mode == BY_CAR:
            liking[households.car[home] == 0] = -1e9
        liking -= np.log(-np.log(draw))
        better = liking > most
        most[better] = liking[better]
        out[better] = np.where(cost[better] < NO_WAY, mode, BY_CAR)
    return out


def note_unfilled(economy: Economy, posts: Posts, filled: NDArray[np.bool_]) -> None:
    """Employers take note of how long their posts stand open."""
    orgs = economy.organisations
    unfilled = np.bincount(posts.org[~filled], minlength=orgs.n_rows)
    open_now = unfilled > 0
    orgs.vacancy_months[:] = np.where(open_now, orgs.vacancy_months + 1.0, orgs.vacancy_months * 0.5)
    economy.counts["unfilled"] += int(unfilled.sum())
    economy.counts["posts"] += len(posts)
