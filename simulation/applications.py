"""Kernels of applications: which of the posts seen are worth one, and whom employers choose."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from agents.pay import offered_wage
from agents.person import WEEKS_PER_MONTH, job_value, reservation_value
from simulation.gains import BLOCK, PAGE_ROWS, gain_at, open_page
from simulation.randomness import uniform
from simulation.search import MOST_APPLICATIONS, WORK_DAYS
from simulation.tax_benefit import wage_floor

#: Purposes of draws within Purpose.LABOUR (400).
CHOICE, PRIORITY = 411, 412
#: Months of experience beyond which pay rises no more.
MOST_PRACTICE = 360


@njit(cache=True)
def _pay_factors(posts, pay_base, experience_return):  # type: ignore[no-untyped-def]
    """What beginners are offered at each post, and by how much experience, in months, raises any offer."""
    level, premium, effect = posts
    beginners = np.empty(level.shape[0])
    for v in range(level.shape[0]):
        beginners[v] = offered_wage(level[v], premium[v], effect[v], 0.0, pay_base, experience_return)
    practice = np.empty(MOST_PRACTICE + 1)
    for m in range(MOST_PRACTICE + 1):
        practice[m] = offered_wage(0, 0.0, 0.0, float(m), np.ones(1), experience_return)
    return beginners, practice


@njit(cache=True)
def worth_applying(  # type: ignore[no-untyped-def]
    post, person, searcher, car, home, persons, posts, generalised, budgets, grid, net_of_grid, rules, pay_base,
    experience_return, secure_value, effort, switch_gain, value_of_time,
):  # fmt: skip
    """Which of the posts seen are worth an application.

    Args:
        post: Post of each look, shape (looks,).
        person: Position in `searcher` of who looks, ascending, shape (looks,).
        searcher: Rows of persons, shape (n,); `car` and `home` are theirs, as for `look_for_posts`.
        car: Whether the household has a car.
        home: Neighbourhood.
        persons: Columns age_months, experience, taste, status_months, employer, wage, hours, secure of all
            persons, and the zone of each employer.
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
    age_months, experience, taste, status_months, employer, wage, hours, secure, employer_zone = persons
    post_zone, post_level, post_hours, post_secure, post_premium, post_effect, post_minimum = posts
    beginners, practice = _pay_factors((post_level, post_premium, post_effect), pay_base, experience_return)
    apply = np.zeros(post.shape[0], np.bool_)
    page = np.empty((PAGE_ROWS, BLOCK))
    rows, at, works = np.empty(BLOCK, np.int64), np.empty(BLOCK, np.int32), np.empty(BLOCK, np.bool_)
    skill, least_pay, present = np.empty(BLOCK), np.empty(BLOCK), np.empty(BLOCK)
    most = BLOCK * (MOST_APPLICATIONS + 1)
    who, pounds, travel = np.empty(most, np.int32), np.empty(most), np.empty(most)
    first = 0
    while first < post.shape[0]:
        # A block of those who have found something, with all that they have found.
        n, last = 0, first
        while last < post.shape[0]:
            if n == 0 or person[last] != at[n - 1]:
                if n == BLOCK:
                    break
                at[n] = person[last]
                n += 1
            who[last - first] = n - 1
            last += 1
        for i in range(n):
            rows[i] = searcher[at[i]]
        open_page(page, rows, 0, n, budgets)
        for i in range(n):
            skill[i] = practice[min(experience[rows[i]], MOST_PRACTICE)]
        for i in range(n):
            least_pay[i] = wage_floor(age_months[rows[i]] / 12.0, rules) * 100.0
        for i in range(n):
            works[i] = employer[rows[i]] >= 0
        # Those in work compare with the worth of their present job, others with that of an hour of freedom.
        for i in range(n):
            r = rows[i]
            if works[i]:
                pay = float(wage[r]) * float(hours[r]) * WEEKS_PER_MONTH / 100.0
                gain = gain_at(page, i, pay, grid, net_of_grid, rules)
                cost = _travel_cost(generalised[car[at[i]], home[at[i]], employer_zone[employer[r]]], value_of_time)
                present[i] = job_value(gain, cost, secure[r], secure_value) + switch_gain
            else:
                present[i] = reservation_value(1.0, effort, float(taste[r]), float(status_months[r]))
        # What is known of posts lies far apart: look-ups come in loops of their own.
        for a in range(first, last):
            i = person[a]
            travel[a - first] = generalised[car[i], home[i], post_zone[post[a]]]
        for a in range(first, last):
            i, v = who[a - first], post[a]
            pounds[a - first] = max(beginners[v] * skill[i], post_minimum[v], least_pay[i])
        for a in range(first, last):
            i, v = who[a - first], post[a]
            pay = pounds[a - first] * post_hours[v] * WEEKS_PER_MONTH / 100.0
            gain = gain_at(page, i, pay, grid, net_of_grid, rules)
            cost = _travel_cost(travel[a - first], value_of_time)
            least = present[i] if works[i] else present[i] * post_hours[v]
            apply[a] = job_value(gain, cost, post_secure[v], secure_value) >= least
        first = last
    return apply


@njit(cache=True)
def _travel_cost(minutes, value_of_time):  # type: ignore[no-untyped-def]
    """Pounds a month of going to work and back."""
    return 2.0 * WORK_DAYS * minutes * value_of_time / 60.0


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
    for a in range(n):
        score[a] = uniform(seed, CHOICE, month, key[a], 0)
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
    hired = np.full(n_posts, -1, np.int32)
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
