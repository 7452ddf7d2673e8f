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
from simulation.gains import gain_at
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
        uid: Identities of all persons; so are `qualification`, `ties` and `employer_of` of all persons.
        car: Whether each searcher's household has a car, shape (n,).
        home: Neighbourhood of each searcher, shape (n,).
        qualification: Highest qualification.
        intensity: Applications wanted a month, shape (n,).
        within: As `prospects` gives it, like `share`.
        share: Part of the wish to apply that the vacancies in reach allow.
        zone_first: Position in `post_order` of the first post of each zone.
        zone_posts: Vacancies by zone.
        post_order: Posts in the order of zones.
        post_level: Level of each post.
        skip_level: Levels above their own at which people still look.
        ties: Friends, -1 for none, shape (persons, degree).
        joined: Month in which each person's row was taken.
        befriended: Month in which each person's ties were drawn.
        employer_of: Row of the employer, -1 for none.
        org_first_post: First post of each employer.
        org_posts: Posts of each employer.
        referral_chance: Chance to hear of a post from a friend.

    Returns:
        Three arrays, one entry per look: post, position in `searcher`, referred (0 or 1).
    """
    n = searcher.shape[0]
    # Draws in loops of their own, which processors run several at a time.
    me = np.empty(n, np.uint64)
    for i in range(n):
        me[i] = uid[searcher[i]]
    eager, word = np.empty(n), np.empty(n)
    for i in range(n):
        eager[i] = uniform(seed, SEARCH, month, me[i], 0)
    for i in range(n):
        word[i] = uniform(seed, REFERRAL, month, me[i], 0)
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
            who[k] = me[i]
            index[k] = 2 * t + 1
            k += 1
    mark, pick = np.empty(total), np.empty(total)
    for k in range(total):
        mark[k] = uniform(seed, SEARCH, month, who[k], index[k])
    for k in range(total):
        pick[k] = uniform(seed, SEARCH, month, who[k], index[k] + np.uint64(1))
    out_post, out_person = np.empty(total + n, np.int32), np.empty(total + n, np.int32)
    out_ref = np.empty(total + n, np.int8)
    count = 0
    k = 0
    for i in range(n):
        r = searcher[i]
        highest = qualification[r] + skip_level
        near = within[car[i], home[i]]
        for _ in range(tries[i]):
            post = _pick_in_reach(near, mark[k] * near[-1], pick[k], zone_first, zone_posts, post_order)
            k += 1
            if post >= 0 and post_level[post] <= highest:
                out_post[count], out_person[count], out_ref[count] = post, i, 0
                count += 1
        # The last look is a word from a friend, if the friend's employer has posts.
        if word[i] >= referral_chance * min(intensity[i], 1.0):
            continue
        friend = ties[r, int(uniform(seed, REFERRAL, month, me[i], 1) * ties.shape[1])]
        # Whoever came to live in a friend's row later is a stranger.
        known = friend >= 0 and joined[friend] <= befriended[r]
        org = employer_of[friend] if known else -1
        if org < 0 or org_posts[org] == 0:
            continue
        post = org_first_post[org] + int(uniform(seed, REFERRAL, month, me[i], 2) * org_posts[org])
        if post_level[post] <= highest:
            out_post[count], out_person[count], out_ref[count] = post, i, 1
            count += 1
    return out_post[:count], out_person[:count], out_ref[:count]


@njit(cache=True)
def worth_applying(  # type: ignore[no-untyped-def]
    post, person, searcher, car, home, persons, posts, generalised, budgets, rules, pay_base, experience_return,
    secure_value, effort, switch_gain, value_of_time,
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
    valued = -1
    least = 0.0
    for a in range(post.shape[0]):
        i, v = person[a], post[a]
        r = searcher[i]
        offer = offered_wage(
            post_level[v], post_premium[v], post_effect[v], float(experience[r]), pay_base, experience_return
        )
        offer = max(offer, wage_floor(age_months[r] / 12.0, rules) * 100.0, post_minimum[v])
        gain = gain_at(r, offer * post_hours[v] * WEEKS_PER_MONTH / 100.0, budgets)
        travel = 2.0 * WORK_DAYS * generalised[car[i], home[i], post_zone[v]] * value_of_time / 60.0
        value = job_value(gain, travel, post_secure[v], secure_value)
        if employer[r] < 0:
            least = reservation_value(post_hours[v], effort, float(taste[r]), float(status_months[r]))
        elif valued != i:
            # Those in work compare with the worth of their present job.
            pounds = float(wage[r]) * float(hours[r]) * WEEKS_PER_MONTH / 100.0
            minutes = generalised[car[i], home[i], employer_zone[employer[r]]]
            travel = 2.0 * WORK_DAYS * minutes * value_of_time / 60.0
            least = job_value(gain_at(r, pounds, budgets), travel, secure[r], secure_value) + switch_gain
            valued = i
        apply[a] = value >= least
    return apply


@njit(cache=True)
def choose(  # type: ignore[no-untyped-def]
    seed, month, app_post, app_person, app_ref, post_uid, post_level, turn, searcher, uid, qualification, experience,
    months_out, referral_bonus, duration_penalty, noise,
):  # fmt: skip
    """Firms rank their applicants; posts decide in turn; each takes the best who is free.

    Args:
        seed: Seed of the draws.
        month: Month of the draws.
        app_post: Post of each application.
        app_person: Position in `searcher` of each applicant.
        app_ref: 1 for who came through a friend.
        post_uid: Identity of each post.
        post_level: Level of each post.
        turn: Posts in the order in which they decide.
        searcher: Rows of persons, shape (n,).
        uid: Identities of all persons; so are `qualification` and `experience` of all persons.
        qualification: Highest qualification.
        experience: Months ever worked.
        months_out: Months without work as employers count them, shape (n,).
        referral_bonus: What a friend's word adds to a score.
        duration_penalty: What each month out of work takes from it.
        noise: Scale of luck.

    Returns:
        For each post the position of the person hired, or -1.
    """
    n_posts = post_uid.shape[0]
    n = app_post.shape[0]
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
    taken = np.zeros(searcher.shape[0], np.bool_)
    for v in turn:
        free = 0
        best = -1
        for k in range(first[v], first[v + 1]):
            if not taken[app_person[by_post[k]]]:
                free += 1
                best = by_post[k]
        if free > 1:
            # Only those still free, and only where there is a choice, need be ranked.
            best = -1
            best_score = 0.0
            for k in range(first[v], first[v + 1]):
                a = by_post[k]
                p = app_person[a]
                if taken[p]:
                    continue
                r = searcher[p]
                fit = 0.25 * min(qualification[r] - post_level[v], 1)
                u = uniform(seed, CHOICE, month, uid[r] ^ post_uid[v], 0)
                luck = noise * math.log(max(u, 1e-12) / max(1.0 - u, 1e-12))
                score = (
                    fit
                    + 0.3 * math.log1p(experience[r] / 60.0)
                    + referral_bonus * app_ref[a]
                    - duration_penalty * min(months_out[p], 36.0)
                    + luck
                )
                if best < 0 or score > best_score:
                    best, best_score = a, score
        if best >= 0:
            hired[v] = app_person[best]
            taken[app_person[best]] = True
    return hired
