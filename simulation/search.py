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
from simulation.gains import BLOCK, PAGE_ROWS, gain_at, open_page
from simulation.randomness import uniform
from simulation.tax_benefit import wage_floor

#: Most applications that one person makes in a month.
MOST_APPLICATIONS = 8
#: Days at work a month, for commuting (assumed: 5 days a week less leave and home working).
WORK_DAYS = 19.0
#: Purposes of draws within Purpose.LABOUR (400).
SEARCH, CHOICE, PRIORITY, REFERRAL = 410, 411, 412, 413


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
def prospects(weight, zone_posts, reach_scale):  # type: ignore[no-untyped-def]
    """What can be seen from each place, worked out once for all who search from there.

    Args:
        weight: Discount by distance, shape (2, neighbourhoods, zones), without and with a car.
        zone_posts: Vacancies by zone, shape (zones,).
        reach_scale: Discounted vacancies at which search begins to saturate.

    Returns:
        Discounted vacancies, cumulative over zones, shape (2, neighbourhoods, zones), and the share of
        the wish to apply that they allow, shape (2, neighbourhoods).
    """
    cars, homes, zones = weight.shape
    within = np.empty((cars, homes, zones))
    share = np.empty((cars, homes))
    for car in range(cars):
        for home in range(homes):
            total = 0.0
            for z in range(zones):
                if zone_posts[z] > 0:
                    total += weight[car, home, z] * zone_posts[z]
                within[car, home, z] = total
            # Fewer vacancies within reach mean fewer applications, with saturation.
            share[car, home] = 1.0 - math.exp(-total / reach_scale)
    return within, share


@njit(cache=True)
def _pick_in_reach(within, mark, pick, zone_first, zone_posts, post_order):  # type: ignore[no-untyped-def]
    """Post at a mark on the cumulative vacancies of a place, or -1."""
    zones = zone_posts.shape[0]
    z, high = 0, zones
    while z < high:
        middle = (z + high) >> 1
        if within[middle] <= mark:
            z = middle + 1
        else:
            high = middle
    if z >= zones:
        z = zones - 1
    while z > 0 and zone_posts[z] == 0:
        z -= 1
    if zone_posts[z] == 0:
        return -1
    return post_order[zone_first[z] + int(pick * zone_posts[z])]


@njit(cache=True)
def look_for_posts(  # type: ignore[no-untyped-def]
    seed, month, searcher, uid, car, home, qualification, intensity, within, share, zone_first, zone_posts,
    post_order, post_level, skip_level, ties, joined, befriended, employer_of, org_first_post, org_posts,
    referral_chance,
):  # fmt: skip
    """Posts that searchers see, near them or through a friend, and for which they are not too little qualified.

    Args:
        seed: Seed of the draws.
        month: Month of the draws.
        searcher: Rows of persons, shape (n,).
        uid: Identities of the searchers, shape (n,), as are the next four.
        car: Whether the household has a car.
        home: Neighbourhood.
        qualification: Highest qualification.
        intensity: Applications wanted a month.
        within: As `prospects` gives it, like `share`.
        share: Part of the wish to apply that the vacancies in reach allow.
        zone_first: Position in `post_order` of the first post of each zone.
        zone_posts: Vacancies by zone.
        post_order: Posts in the order of zones.
        post_level: Level of each post.
        skip_level: Levels above their own at which people still look.
        ties: Friends of all persons, -1 for none, shape (persons, degree).
        joined: Month in which each row of persons was taken.
        befriended: Month in which the ties of each person were drawn.
        employer_of: Row of the employer of all persons, -1 for none.
        org_first_post: First post of each employer.
        org_posts: Posts of each employer.
        referral_chance: Chance to hear of a post from a friend.

    Returns:
        Three arrays, one entry per look: post, position in `searcher`, referred (0 or 1).
    """
    n = searcher.shape[0]
    # Draws and look-ups in loops of their own, of which processors run several turns at a time.
    eager, word = np.empty(n), np.empty(n)
    for i in range(n):
        eager[i] = uniform(seed, SEARCH, month, uid[i], 0)
    for i in range(n):
        word[i] = uniform(seed, REFERRAL, month, uid[i], 0)
    tries = np.empty(n, np.int8)
    total = 0
    for i in range(n):
        wanted = intensity[i] * share[car[i], home[i]]
        tries[i] = min(int(wanted + eager[i]), MOST_APPLICATIONS)
        total += tries[i]
    who, index = np.empty(total, np.uint64), np.empty(total, np.uint64)
    k = 0
    for i in range(n):
        for t in range(tries[i]):
            who[k] = uid[i]
            index[k] = 2 * t + 1
            k += 1
    mark, pick = np.empty(total), np.empty(total)
    for k in range(total):
        mark[k] = uniform(seed, SEARCH, month, who[k], index[k])
    for k in range(total):
        pick[k] = uniform(seed, SEARCH, month, who[k], index[k] + np.uint64(1))
    # The last look is a word from a friend, if the friend's employer has posts.
    told = np.empty(n, np.int32)
    heard = 0
    for i in range(n):
        told[heard] = i
        heard += word[i] < referral_chance * min(intensity[i], 1.0)
    friend = np.empty(heard, np.int32)
    for k in range(heard):
        i = told[k]
        friend[k] = ties[searcher[i], int(uniform(seed, REFERRAL, month, uid[i], 1) * ties.shape[1])]
    employer = np.empty(heard, np.int32)
    for k in range(heard):
        # Whoever came to live in a friend's row later is a stranger.
        known = friend[k] >= 0 and joined[friend[k]] <= befriended[searcher[told[k]]]
        employer[k] = employer_of[friend[k]] if known else -1
    out_post, out_person = np.empty(total + heard, np.int32), np.empty(total + heard, np.int32)
    out_ref = np.empty(total + heard, np.int8)
    count, k, f = 0, 0, 0
    for i in range(n):
        highest = qualification[i] + skip_level
        near = within[car[i], home[i]]
        for _ in range(tries[i]):
            post = _pick_in_reach(near, mark[k] * near[-1], pick[k], zone_first, zone_posts, post_order)
            k += 1
            if post >= 0 and post_level[post] <= highest:
                out_post[count], out_person[count], out_ref[count] = post, i, 0
                count += 1
        if f < heard and told[f] == i:
            org = employer[f]
            f += 1
            if org < 0 or org_posts[org] == 0:
                continue
            post = org_first_post[org] + int(uniform(seed, REFERRAL, month, uid[i], 2) * org_posts[org])
            if post_level[post] <= highest:
                out_post[count], out_person[count], out_ref[count] = post, i, 1
                count += 1
    return out_post[:count], out_person[:count], out_ref[:count]


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
        persons: Columns age_months, experience, taste, status_months, employer, wage, hours, secure of the
            searchers, and the zone of each employer.
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
    apply = np.zeros(post.shape[0], np.bool_)
    page = np.empty((PAGE_ROWS, BLOCK))
    a = 0
    for start in range(0, searcher.shape[0], BLOCK):
        stop = min(start + BLOCK, searcher.shape[0])
        open_page(page, searcher, start, stop, budgets)
        valued = -1
        present = 0.0
        while a < post.shape[0] and person[a] < stop:
            i, v = person[a], post[a]
            offer = offered_wage(
                post_level[v], post_premium[v], post_effect[v], float(experience[i]), pay_base, experience_return
            )
            offer = max(offer, wage_floor(age_months[i] / 12.0, rules) * 100.0, post_minimum[v])
            pounds = offer * post_hours[v] * WEEKS_PER_MONTH / 100.0
            gain = gain_at(page, i - start, pounds, grid, net_of_grid, rules)
            travel = 2.0 * WORK_DAYS * generalised[car[i], home[i], post_zone[v]] * value_of_time / 60.0
            value = job_value(gain, travel, post_secure[v], secure_value)
            if employer[i] < 0:
                least = reservation_value(post_hours[v], effort, float(taste[i]), float(status_months[i]))
            else:
                if valued != i:
                    pounds = float(wage[i]) * float(hours[i]) * WEEKS_PER_MONTH / 100.0
                    gain = gain_at(page, i - start, pounds, grid, net_of_grid, rules)
                    minutes = generalised[car[i], home[i], employer_zone[employer[i]]]
                    travel = 2.0 * WORK_DAYS * minutes * value_of_time / 60.0
                    present = job_value(gain, travel, secure[i], secure_value)
                    valued = i
                least = present + switch_gain
            apply[a] = value >= least
            a += 1
    return apply


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
