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
        Discounted vacancies, cumulative over zones, shape (2, neighbourhoods, a power of two), endless beyond
        the last zone, and the share of the wish to apply that they allow, shape (2, neighbourhoods).
    """
    cars, homes, zones = weight.shape
    width = 1
    while width < zones:
        width *= 2
    within = np.full((cars, homes, width), np.inf)
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
    # Bisection without branches: how many sums do not exceed the mark.
    z = 0
    step = within.shape[0] >> 1
    while step > 0:
        z += step * (within[z + step - 1] <= mark)
        step >>= 1
    z += within[z] <= mark
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
    most = n * (MOST_APPLICATIONS + 1) + 1
    out_post, out_person, out_ref = np.empty(most, np.int32), np.empty(most, np.int32), np.empty(most, np.int8)
    eager, word, tries = np.empty(BLOCK), np.empty(BLOCK), np.empty(BLOCK, np.int64)
    who, index = np.empty(BLOCK * MOST_APPLICATIONS, np.uint64), np.empty(BLOCK * MOST_APPLICATIONS, np.uint64)
    mark, pick = np.empty(BLOCK * MOST_APPLICATIONS), np.empty(BLOCK * MOST_APPLICATIONS)
    told, friend, friends_employer = np.empty(BLOCK + 1, np.int32), np.empty(BLOCK, np.int32), np.empty(BLOCK, np.int32)
    last = zone_posts.shape[0] - 1
    count = 0
    for start in range(0, n, BLOCK):
        size = min(BLOCK, n - start)
        # Draws in loops of their own, of which processors run several turns at a time.
        for i in range(size):
            eager[i] = uniform(seed, SEARCH, month, uid[start + i], 0)
        for i in range(size):
            word[i] = uniform(seed, REFERRAL, month, uid[start + i], 0)
        total = 0
        for i in range(size):
            wanted = intensity[start + i] * share[car[start + i], home[start + i]]
            tries[i] = min(int(wanted + eager[i]), MOST_APPLICATIONS)
            for t in range(tries[i]):
                who[total], index[total] = uid[start + i], 2 * t + 1
                total += 1
        for k in range(total):
            mark[k] = uniform(seed, SEARCH, month, who[k], index[k])
        for k in range(total):
            pick[k] = uniform(seed, SEARCH, month, who[k], index[k] + np.uint64(1))
        # The last look is a word from a friend.
        heard = 0
        for i in range(size):
            told[heard] = start + i
            heard += word[i] < referral_chance * min(intensity[start + i], 1.0)
        for f in range(heard):
            word[f] = uniform(seed, REFERRAL, month, uid[told[f]], 1) * ties.shape[1]
        for f in range(heard):
            friend[f] = ties[searcher[told[f]], int(word[f])]
        for f in range(heard):
            # Whoever came to live in a friend's row later is a stranger.
            known = friend[f] >= 0 and joined[max(friend[f], 0)] <= befriended[searcher[told[f]]]
            friends_employer[f] = employer_of[friend[f]] if known else -1
        for f in range(heard):
            word[f] = uniform(seed, REFERRAL, month, uid[told[f]], 2)
        told[heard] = -1
        k, f = 0, 0
        for i in range(start, start + size):
            highest = qualification[i] + skip_level
            near = within[car[i], home[i]]
            for _ in range(tries[i - start]):
                post = _pick_in_reach(near, mark[k] * near[last], pick[k], zone_first, zone_posts, post_order)
                k += 1
                # Who is not up to the post is overwritten by the next look.
                out_post[count], out_person[count], out_ref[count] = post, i, 0
                count += post >= 0 and post_level[post] <= highest
            if told[f] == i:
                # It helps if the friend's employer has posts.
                org = friends_employer[f]
                if org >= 0 and org_posts[org] > 0:
                    post = org_first_post[org] + int(word[f] * org_posts[org])
                    out_post[count], out_person[count], out_ref[count] = post, i, 1
                    count += post_level[post] <= highest
                f += 1
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
    most = BLOCK * (MOST_APPLICATIONS + 1)
    pounds, travel, present = np.empty(most), np.empty(most), np.empty(BLOCK)
    last = 0
    for start in range(0, searcher.shape[0], BLOCK):
        stop = min(start + BLOCK, searcher.shape[0])
        open_page(page, searcher, start, stop, budgets)
        # Those in work compare with the worth of their present job.
        for i in range(start, stop):
            if employer[i] >= 0:
                pay = float(wage[i]) * float(hours[i]) * WEEKS_PER_MONTH / 100.0
                gain = gain_at(page, i - start, pay, grid, net_of_grid, rules)
                cost = _travel_cost(generalised[car[i], home[i], employer_zone[employer[i]]], value_of_time)
                present[i - start] = job_value(gain, cost, secure[i], secure_value)
        first = last
        while last < post.shape[0] and person[last] < stop:
            last += 1
        # What is known of posts lies far apart: look-ups come in loops of their own.
        for a in range(first, last):
            i, v = person[a], post[a]
            travel[a - first] = generalised[car[i], home[i], post_zone[v]]
        for a in range(first, last):
            i, v = person[a], post[a]
            offer = offered_wage(
                post_level[v], post_premium[v], post_effect[v], float(experience[i]), pay_base, experience_return
            )
            pounds[a - first] = max(offer, post_minimum[v])
        for a in range(first, last):
            i, v = person[a], post[a]
            floor = wage_floor(age_months[i] / 12.0, rules) * 100.0
            pay = max(pounds[a - first], floor) * post_hours[v] * WEEKS_PER_MONTH / 100.0
            gain = gain_at(page, i - start, pay, grid, net_of_grid, rules)
            cost = _travel_cost(travel[a - first], value_of_time)
            if employer[i] < 0:
                least = reservation_value(post_hours[v], effort, float(taste[i]), float(status_months[i]))
            else:
                least = present[i - start] + switch_gain
            apply[a] = job_value(gain, cost, post_secure[v], secure_value) >= least
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
