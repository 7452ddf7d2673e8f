"""Kernels of search and matching: who sees which vacancy, who applies, whom firms choose.

Each searcher sees vacancies through two networks: travel (chance falls with generalised cost) and
social ties (the employer of a friend). Draws are keyed by the uid of person or post.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

from agents.pay import offered_wage
from agents.person import WEEKS_PER_MONTH, job_value, reservation_value
from simulation.randomness import uniform

#: Most applications that one person makes in a month.
MOST_APPLICATIONS = 8
#: Days at work a month, for commuting (assumed: 5 days a week less leave and home working).
WORK_DAYS = 19.0
#: Purposes of draws within Purpose.LABOUR (400).
SEARCH, CHOICE, PRIORITY, REFERRAL = 410, 411, 412, 413


@njit(cache=True)
def interpolate(grid: NDArray[np.float64], values: NDArray[np.float64], x: float) -> float:
    """Piecewise linear interpolation on an ascending grid, extended at the last slope."""
    last = grid.shape[0] - 1
    k = 0
    while k < last - 1 and x > grid[k + 1]:
        k += 1
    share = (x - grid[k]) / (grid[k + 1] - grid[k])
    return float(values[k] + share * (values[k + 1] - values[k]))


@njit(cache=True)
def interpolate_rows(
    grid: NDArray[np.float64], values: NDArray[np.float64], x: NDArray[np.float64]
) -> NDArray[np.float64]:
    """`interpolate` for each row of `values`, shape (n, len(grid)), at its own x, shape (n,)."""
    out = np.empty(x.shape[0])
    for i in range(x.shape[0]):
        out[i] = interpolate(grid, values[i], x[i])
    return out


@njit(cache=True)
def reach_of(weight: NDArray[np.float32], posts_by_zone: NDArray[np.float64]) -> NDArray[np.float64]:
    """Vacancies within reach, discounted by travel: for each neighbourhood sum of posts x weight.

    Args:
        weight: Discount by distance, shape (neighbourhoods, zones).
        posts_by_zone: Vacancies by zone, shape (zones,).
    """
    n, z = weight.shape
    reach = np.zeros(n)
    for i in range(n):
        total = 0.0
        for j in range(z):
            total += weight[i, j] * posts_by_zone[j]
        reach[i] = total
    return reach


@njit(cache=True)
def apply_for_posts(  # type: ignore[no-untyped-def]
    seed, month, searcher, uid, neighbourhood, car, qualification, experience, taste, months_out, employed,
    current_value, intensity, gain_grid, gains, ties, joined, befriended, employer_of, legal_floor, referral_chance, skip_level,
    zone_first, post_order, zone_posts, weight, generalised, reach_scale,
    post_org, post_zone, post_level, post_hours, post_secure, post_premium, post_effect, post_minimum,
    org_first_post, org_posts, pay_base, experience_return, hours_value, secure_value, effort, switch_gain,
    value_of_time,
):  # fmt: skip
    """Applications of all searchers.

    Returns:
        Three arrays, one entry per application: post, position in `searcher`, referred (0 or 1).
    """
    n = searcher.shape[0]
    zones = zone_posts.shape[0]
    out_post = np.empty(n * (MOST_APPLICATIONS + 1), np.int64)
    out_person = np.empty(n * (MOST_APPLICATIONS + 1), np.int64)
    out_ref = np.empty(n * (MOST_APPLICATIONS + 1), np.int64)
    count = 0
    chance = np.empty(zones)
    for i in range(n):
        home = neighbourhood[i]
        total = 0.0
        for z in range(zones):
            if zone_posts[z] > 0:
                total += weight[car[i], home, z] * zone_posts[z]
            chance[z] = total
        # Fewer vacancies within reach mean fewer applications, with saturation.
        wanted = intensity[i] * (1.0 - math.exp(-total / reach_scale))
        tries = int(wanted + uniform(seed, SEARCH, month, uid[i], 0))
        if tries > MOST_APPLICATIONS:
            tries = MOST_APPLICATIONS
        referred = 0
        for t in range(tries + 1):
            if t == tries:
                # The last look is a word from a friend, if the friend's employer has posts.
                if uniform(seed, REFERRAL, month, uid[i], 0) >= referral_chance * min(intensity[i], 1.0):
                    break
                degree = ties.shape[1]
                friend = ties[searcher[i], int(uniform(seed, REFERRAL, month, uid[i], 1) * degree)]
                # Whoever came to live in a friend's row later is a stranger.
                if friend < 0 or joined[friend] > befriended[searcher[i]]:
                    break
                org = employer_of[friend]
                if org < 0 or org_posts[org] == 0:
                    break
                post = org_first_post[org] + int(uniform(seed, REFERRAL, month, uid[i], 2) * org_posts[org])
                referred = 1
            else:
                if total <= 0.0:
                    break
                mark = uniform(seed, SEARCH, month, uid[i], 2 * t + 1) * total
                z = np.searchsorted(chance, mark, side="right")
                if z >= zones:
                    z = zones - 1
                while z > 0 and zone_posts[z] == 0:
                    z -= 1
                if zone_posts[z] == 0:
                    continue
                pick = int(uniform(seed, SEARCH, month, uid[i], 2 * t + 2) * zone_posts[z])
                post = post_order[zone_first[z] + pick]
            if post_level[post] > qualification[i] + skip_level:
                continue
            wage = offered_wage(
                post_level[post], post_premium[post], post_effect[post], experience[i], pay_base, experience_return
            )
            wage = max(wage, legal_floor[i], post_minimum[post])
            pounds = wage * post_hours[post] * WEEKS_PER_MONTH / 100.0
            gain = interpolate(gain_grid, gains[i], pounds)
            travel = 2.0 * WORK_DAYS * generalised[car[i], home, post_zone[post]] * value_of_time / 60.0
            value = job_value(gain, travel, post_secure[post], secure_value)
            if employed[i] == 1:
                if value < current_value[i] + switch_gain:
                    continue
            elif value < reservation_value(post_hours[post], effort, taste[i], months_out[i]):
                continue
            out_post[count] = post
            out_person[count] = i
            out_ref[count] = referred
            count += 1
    return out_post[:count], out_person[:count], out_ref[:count]


@njit(cache=True)
def choose(  # type: ignore[no-untyped-def]
    seed, month, app_post, app_person, app_ref, post_uid, post_level, uid, qualification, experience, months_out,
    referral_bonus, duration_penalty, noise,
):  # fmt: skip
    """Firms rank their applicants; posts decide in the order of a draw; each takes the best who is free.

    Returns:
        For each post the position of the person hired, or -1.
    """
    n_posts = post_uid.shape[0]
    n = app_post.shape[0]
    score = np.empty(n)
    for a in range(n):
        p = app_person[a]
        v = app_post[a]
        fit = 0.25 * min(qualification[p] - post_level[v], 1)
        u = uniform(seed, CHOICE, month, uid[p] ^ post_uid[v], 0)
        luck = noise * math.log(max(u, 1e-12) / max(1.0 - u, 1e-12))
        score[a] = (
            fit
            + 0.3 * math.log1p(experience[p] / 60.0)
            + referral_bonus * app_ref[a]
            - duration_penalty * min(months_out[p], 36.0)
            + luck
        )
    first = np.zeros(n_posts + 1, np.int64)
    for a in range(n):
        first[app_post[a] + 1] += 1
    for v in range(n_posts):
        first[v + 1] += first[v]
    place = first[:-1].copy()
    by_post = np.empty(n, np.int64)
    for a in range(n):
        by_post[place[app_post[a]]] = a
        place[app_post[a]] += 1
    priority = np.empty(n_posts)
    for v in range(n_posts):
        priority[v] = uniform(seed, PRIORITY, month, post_uid[v], 0)
    hired = np.full(n_posts, -1, np.int64)
    taken = np.zeros(uid.shape[0], np.bool_)
    for v in np.argsort(priority):
        best = -1
        for k in range(first[v], first[v + 1]):
            a = by_post[k]
            if taken[app_person[a]]:
                continue
            if best < 0 or score[a] > score[best]:
                best = a
        if best >= 0:
            hired[v] = app_person[best]
            taken[app_person[best]] = True
    return hired
