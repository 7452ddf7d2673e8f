"""Kernels of applications: which of the posts seen are worth one, and whom employers choose."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from agents.pay import offered_wages
from agents.person import WEEKS_PER_MONTH, job_value, reservation_value
from simulation.blocks import BLOCK, draw_keys
from simulation.gains import HAIR, gains, net_at
from simulation.search import WORK_DAYS
from simulation.tax_benefit import Rule, wage_floors

#: Purposes of draws within Purpose.LABOUR (400).
CHOICE, PRIORITY = np.int64(411), 412
#: Months of experience beyond which pay rises no more.
MOST_PRACTICE = 360
#: Greatest age, in months.
MOST_AGE = 1500

#: The worth of many jobs at a time.
_job_values: Any = job_value.py_func


def worth_applying(
    post: NDArray[np.int32],
    person: NDArray[np.int32],
    searcher: NDArray[np.int64],
    car: NDArray[np.int8],
    home: NDArray[np.int16],
    persons: tuple[Any, ...],
    posts: tuple[Any, ...],
    generalised: NDArray[np.float64],
    budgets: tuple[Any, ...],
    grid: NDArray[np.float64],
    net_of_grid: NDArray[np.float64],
    rules: NDArray[np.float64],
    pay_base: NDArray[np.float64],
    experience_return: float,
    secure_value: float,
    effort: float,
    switch_gain: float,
    value_of_time: float,
) -> NDArray[np.bool_]:
    """Which of the posts seen are worth an application.

    Of a pound more after tax, a household keeps all at most and at least what the taper of Universal Credit
    leaves. For most looks that settles the answer, and only for the rest is it worked out what is left.

    Args:
        post: Post of each look, shape (looks,).
        person: Position in `searcher` of who looks, ascending, shape (looks,).
        searcher: Rows of persons, shape (n,), in work or unemployed; `car` and `home` are theirs.
        car: Whether the household has a car.
        home: Neighbourhood.
        persons: Columns age_months, experience, ability, taste, status_months, employer, wage, hours, secure of
            all persons, and the zone of each employer.
        posts: Columns zone, level, hours, secure, premium, effect, minimum of all posts.
        generalised: Minutes to work, shape (2, neighbourhoods, zones).
        budgets: As `household_budgets` gives them.
        grid: Earnings at which gains are worked out, and what is left of them after tax.
        net_of_grid: Likewise.
        rules: Taxes and benefits.
        pay_base: Pay of a beginner by level, pence an hour.
        experience_return: Log points for each square root of a year of experience.
        secure_value: Worth of a secure job, pounds a month.
        effort: Worth of an hour of freedom, pounds.
        switch_gain: Least gain for which people change jobs, pounds a month.
        value_of_time: Pounds an hour of travel.

    Returns:
        Flags, shape (looks,).
    """
    zone, level, hours, secure, premium, effect, minimum = posts
    *_, secure_now, _ = persons
    beginners = offered_wages(level, premium, effect, np.zeros(level.size), pay_base, experience_return)
    # By how much experience, in months, raises any offer.
    nothing = np.zeros(MOST_PRACTICE + 1)
    months = np.arange(nothing.size, dtype=np.float64)
    practice = offered_wages(nothing.astype(np.int64), nothing, nothing, months, np.ones(1), experience_return)
    floor = wage_floors(np.arange(MOST_AGE + 1) / 12.0, rules) * 100.0
    slope = np.diff(net_of_grid) / np.diff(grid)
    apply = np.zeros(post.size, np.bool_)
    unsettled, terms = np.empty(post.size + 1, np.int32), np.empty((4, post.size + 1))
    count = _weigh(  # type: ignore[call-arg]
        post, person, searcher, car, home, *persons, zone, hours, secure, minimum, beginners, practice, floor,
        generalised, grid, net_of_grid, slope, 1.0 - rules[Rule.UC_TAPER], secure_value, effort, switch_gain,
        2.0 * WORK_DAYS * value_of_time / 60.0, apply, unsettled, terms,
    )  # fmt: skip
    look, (pay, cost, least, present_pay) = unsettled[:count], terms[:, :count]
    rows = searcher[person[look]]
    works = np.flatnonzero(present_pay >= 0.0)
    # Those in work compare with the worth of their present job.
    at = rows[works]
    gain = gains(at, present_pay[works], budgets, grid, net_of_grid, rules)
    least[works] = _job_values(gain, least[works], secure_now[at], secure_value) + switch_gain
    gain = gains(rows, pay, budgets, grid, net_of_grid, rules)
    apply[look] = _job_values(gain, cost, secure[post[look]], secure_value) >= least
    return apply


@njit(cache=True)
def _weigh(  # type: ignore[no-untyped-def]
    post, person, searcher, car, home, age_months, experience, ability, taste, status_months, employer, wage, hours,
    secure, employer_zone, post_zone, post_hours, post_secure, post_minimum, beginners, practice, floor, generalised,
    grid, net_of_grid, slope, least_kept, secure_value, effort, switch_gain, travel_value, apply, unsettled, terms,
):  # fmt: skip
    """Flag looks that are worth it in any case; list those that may be, with the terms of the comparison.

    The terms are the pay, the cost of the way there, then for those without work the least worth, for those in
    work the cost of the way to the present job, and their pay (-1 for those without).
    """
    skill, least_pay, hurdle = np.empty(BLOCK), np.empty(BLOCK), np.empty(BLOCK)
    present_pay, net_now, cost_now = np.empty(BLOCK), np.empty(BLOCK), np.empty(BLOCK)
    who, rows, boss = np.empty(BLOCK, np.int32), np.empty(BLOCK, np.int32), np.empty(BLOCK, np.int32)
    minutes, pay, kept = np.empty(BLOCK), np.empty(BLOCK), np.empty(BLOCK)
    liking, idle = np.empty(BLOCK), np.empty(BLOCK)
    count = 0
    for first in range(0, post.shape[0], BLOCK):
        size = min(BLOCK, post.shape[0] - first)
        # What is known of persons and posts lies far apart: look-ups come in loops of their own.
        for a in range(size):
            who[a] = person[first + a]
            rows[a] = searcher[who[a]]
        for a in range(size):
            skill[a] = practice[min(experience[rows[a]], MOST_PRACTICE)]
        for a in range(size):
            skill[a] *= math.exp(ability[rows[a]])
        for a in range(size):
            least_pay[a] = floor[age_months[rows[a]]]
        for a in range(size):
            minutes[a] = generalised[car[who[a]], home[who[a]], post_zone[post[first + a]]]
        for a in range(size):
            boss[a] = employer[rows[a]]
        for a in range(size):
            liking[a] = taste[rows[a]]
        for a in range(size):
            idle[a] = status_months[rows[a]]
        for a in range(size):
            r = rows[a]
            if boss[a] >= 0:
                present_pay[a] = float(wage[r]) * float(hours[r]) * WEEKS_PER_MONTH / 100.0
                cost_now[a] = travel_value * generalised[car[who[a]], home[who[a]], employer_zone[boss[a]]]
                net_now[a] = net_at(present_pay[a], grid, net_of_grid, slope)
                hurdle[a] = secure_value * secure[r] - cost_now[a] + switch_gain
            else:
                present_pay[a], net_now[a] = -1.0, 0.0
                worth = reservation_value(1.0, effort, liking[a], idle[a])
                cost_now[a] = hurdle[a] = worth * post_hours[post[first + a]]
        for a in range(size):
            v = post[first + a]
            pounds = max(beginners[v] * skill[a], post_minimum[v], least_pay[a])
            pay[a] = pounds * post_hours[v] * WEEKS_PER_MONTH / 100.0
            minutes[a] *= travel_value
            hurdle[a] -= secure_value * post_secure[v] - minutes[a]
        for a in range(size):
            kept[a] = net_at(pay[a], grid, net_of_grid, slope) - net_now[a]
        for a in range(size):
            # A hair is left for rounding.
            low, high = min(kept[a], least_kept * kept[a]), max(kept[a], least_kept * kept[a])
            apply[first + a] = low >= hurdle[a] + HAIR
            unsettled[count] = first + a
            terms[0, count], terms[1, count], terms[2, count] = pay[a], minutes[a], cost_now[a]
            terms[3, count] = present_pay[a]
            count += (low < hurdle[a] + HAIR) & (high >= hurdle[a] - HAIR)
    return count


@njit(cache=True)
def choose(  # type: ignore[no-untyped-def]
    seed, month, app_post, app_person, app_ref, post_uid, post_level, turn, uid, qualification, experience, months_out,
    referral_bonus, duration_penalty, noise,
):  # fmt: skip
    """Firms rank their applicants; posts decide in turn; each takes the best who is free.

    Args:
        seed: Seed of the draws.
        month: Month of the draws.
        app_post: Post of each application.
        app_person: Position of each applicant among those who search, ascending.
        app_ref: 1 for who came through a friend.
        post_uid: Identity of each post.
        post_level: Level of each post.
        turn: Posts in the order in which they decide.
        uid: Identities of those who search, shape (n,), as are the next three.
        qualification: Highest qualification.
        experience: Months ever worked.
        months_out: Months without work as employers count them.
        referral_bonus: What a friend's word adds to a score.
        duration_penalty: What each month out of work takes from it.
        noise: Scale of luck.

    Returns:
        For each post the position of the person hired, or -1.
    """
    n_posts = post_uid.shape[0]
    n = app_post.shape[0]
    key = np.empty(n, np.uint64)
    for a in range(n):
        key[a] = uid[app_person[a]] ^ post_uid[app_post[a]]
    score = np.empty(n)
    draw_keys(key, n, seed, CHOICE, month, score)
    rated = -1
    practice = 0.0
    for a in range(n):
        p = app_person[a]
        if p != rated:
            practice = 0.3 * math.log1p(experience[p] / 60.0)
            rated = p
        fit = 0.25 * min(qualification[p] - post_level[app_post[a]], 1)
        luck = noise * math.log(max(score[a], 1e-12) / max(1.0 - score[a], 1e-12))
        score[a] = fit + practice + referral_bonus * app_ref[a] - duration_penalty * min(months_out[p], 36.0) + luck
    first = np.zeros(n_posts + 1, np.int64)
    for a in range(n):
        first[app_post[a] + 1] += 1
    for v in range(n_posts):
        first[v + 1] += first[v]
    place = first[:-1].copy()
    by_post = np.empty(n, np.int32)
    for a in range(n):
        by_post[place[app_post[a]]] = a
        place[app_post[a]] += 1
    hired = np.empty(n_posts, np.int32)
    for v in range(n_posts):
        hired[v] = -1
    taken = np.zeros(uid.shape[0], np.bool_)
    for v in turn:
        best = -1
        for k in range(first[v], first[v + 1]):
            a = by_post[k]
            if not taken[app_person[a]] and (best < 0 or score[a] > score[best]):
                best = a
        if best >= 0:
            hired[v] = app_person[best]
            taken[app_person[best]] = True
    return hired
