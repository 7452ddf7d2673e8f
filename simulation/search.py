"""Kernels of search: what is within reach, and who sees which vacancy.

Each searcher sees vacancies through two networks: travel (chance falls with generalised cost) and
social ties (the employer of a friend). Draws are keyed by the uid of person or post.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

from agents.compiling import within_kernels
from simulation.blocks import BLOCK, draw_keys, draw_keys_at

#: Most applications that one person makes in a month.
MOST_APPLICATIONS = 8
#: Days at work a month, for commuting (assumed: 5 days a week less leave and home working).
WORK_DAYS = 19.0
#: Purposes of draws within Purpose.LABOUR (400).
SEARCH, REFERRAL = np.int64(410), np.int64(413)


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
    within = np.empty((cars, homes, width))
    share = np.empty((cars, homes))
    for car in range(cars):
        for home in range(homes):
            total = 0.0
            for z in range(zones):
                if zone_posts[z] > 0:
                    total += weight[car, home, z] * zone_posts[z]
                within[car, home, z] = total
            for z in range(zones, width):
                within[car, home, z] = np.inf
            # Fewer vacancies within reach mean fewer applications, with saturation.
            share[car, home] = 1.0 - math.exp(-total / reach_scale)
    return within, share


@within_kernels
def _pick_zones(zone, within, place, mark, count):  # type: ignore[no-untyped-def]
    """Find for each mark how many of the cumulative vacancies of its place do not exceed it.

    Bisection without branches, a step for all marks at a time, so that the processor reads for many at once.
    """
    width = within.shape[1]
    for k in range(count):
        zone[k] = 0
    step = width >> 1
    while step > 0:
        for k in range(count):
            zone[k] += step * (within[place[k], zone[k] + step - 1] <= mark[k])
        step >>= 1
    for k in range(count):
        zone[k] += within[place[k], zone[k]] <= mark[k]


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
        Three arrays, one entry per look: post, position in `searcher`, referred (0 or 1). For each block of
        searchers those near them come first.
    """
    n = searcher.shape[0]
    out_post = np.empty(n * (MOST_APPLICATIONS + 1) + 1, np.int32)
    out_person, out_ref = np.empty(out_post.shape[0], np.int32), np.empty(out_post.shape[0], np.int8)
    me, eager, word, tries = np.empty(BLOCK, np.uint64), np.empty(BLOCK), np.empty(BLOCK), np.empty(BLOCK, np.int64)
    most = BLOCK * MOST_APPLICATIONS
    who, index, mark, pick = np.empty(most, np.uint64), np.empty(most, np.int64), np.empty(most), np.empty(most)
    place, zone, seeker = np.empty(most, np.int32), np.empty(most, np.int32), np.empty(most, np.int32)
    post, fits = np.empty(most, np.int32), np.empty(most, np.bool_)
    told, friend, friends_employer = np.empty(BLOCK, np.int32), np.empty(BLOCK, np.int32), np.empty(BLOCK, np.int32)
    zones = zone_posts.shape[0]
    places = within.shape[1]
    reach = within.reshape((within.shape[0] * places, within.shape[2]))
    # With no post in a zone, look to the last before it that has one.
    filled = np.empty(zones, np.int32)
    for z in range(zones):
        filled[z] = z if z == 0 or zone_posts[z] > 0 else filled[z - 1]
    most_posts = post_order.shape[0] - 1
    count = 0
    for start in range(0, n if most_posts >= 0 else 0, BLOCK):
        size = min(BLOCK, n - start)
        for i in range(size):
            me[i] = uid[start + i]
        draw_keys(me, size, seed, SEARCH, month, eager)
        draw_keys(me, size, seed, REFERRAL, month, word)
        total = np.int64(0)
        for i in range(size):
            wanted = intensity[start + i] * share[car[start + i], home[start + i]]
            tries[i] = min(int(wanted + eager[i]), MOST_APPLICATIONS)
            here = car[start + i] * places + home[start + i]
            for t in range(tries[i]):
                who[total], index[total], place[total], seeker[total] = me[i], 2 * t + 1, here, start + i
                total += 1
        draw_keys_at(who, index, total, seed, SEARCH, month, mark)
        for k in range(total):
            index[k] += 1
        draw_keys_at(who, index, total, seed, SEARCH, month, pick)
        for k in range(total):
            mark[k] *= reach[place[k], zones - 1]
        _pick_zones(zone, reach, place, mark, total)
        for k in range(total):
            zone[k] = filled[min(zone[k], zones - 1)]
        for k in range(total):
            post[k] = post_order[min(zone_first[zone[k]] + int(pick[k] * zone_posts[zone[k]]), most_posts)]
        for k in range(total):
            enough = post_level[post[k]] <= qualification[seeker[k]] + skip_level
            fits[k] = enough & (zone_posts[zone[k]] > 0)
        # Lists grow without branches: what is not meant is overwritten by the next.
        for k in range(total):
            out_post[count], out_person[count], out_ref[count] = post[k], seeker[k], 0
            count += fits[k]
        # The last look is a word from a friend.
        for i in range(size):
            fits[i] = word[i] < referral_chance * min(intensity[start + i], 1.0)
        heard = np.int64(0)
        for i in range(size):
            told[heard] = start + i
            heard += fits[i]
        for f in range(heard):
            who[f], index[f] = uid[told[f]], 1
        draw_keys_at(who, index, heard, seed, REFERRAL, month, mark)
        for f in range(heard):
            friend[f] = ties[searcher[told[f]], int(mark[f] * ties.shape[1])]
        for f in range(heard):
            # Whoever came to live in a friend's row later is a stranger.
            known = friend[f] >= 0 and joined[max(friend[f], 0)] <= befriended[searcher[told[f]]]
            friends_employer[f] = employer_of[friend[f]] if known else -1
        for f in range(heard):
            index[f] = 2
        draw_keys_at(who, index, heard, seed, REFERRAL, month, pick)
        for f in range(heard):
            # It helps if the friend's employer has posts.
            org = max(friends_employer[f], 0)
            post[f] = min(org_first_post[org] + int(pick[f] * org_posts[org]), most_posts)
            fits[f] = (friends_employer[f] >= 0) & (org_posts[org] > 0)
        for f in range(heard):
            fits[f] &= post_level[post[f]] <= qualification[told[f]] + skip_level
        for f in range(heard):
            out_post[count], out_person[count], out_ref[count] = post[f], told[f], 1
            count += fits[f]
    return out_post[:count], out_person[:count], out_ref[:count]
