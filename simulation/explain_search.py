"""What a month's search brought one person: posts seen, which were worth it, whom employers chose.

The kernels of the market are run again for this one person, with the same draws, on the state of the moment. Run with
one circumstance changed they say what kept a post from being seen or from being worth an application.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from agents.person import WEEKS_PER_MONTH, job_value, reservation_value
from simulation.explain_decision import without_losing_benefits
from simulation.explain_record import (
    GONE_ELSEWHERE,
    OFFER_COLUMNS,
    OTHER_CHOSEN,
    TAKEN,
    Constraint,
    industry_name,
    supposed,
    zone_name,
)
from simulation.gains import GAIN_GRID, gains_from_work, net_of_grid
from simulation.labour_market import Posts, offered_wages
from simulation.search import WORK_DAYS
from simulation.watching import Call

if TYPE_CHECKING:
    from simulation.economy import Economy

Rows = NDArray[np.int64]

#: More levels than there are.
ANY_LEVEL = 9


@dataclass(frozen=True)
class Market:
    """The calls in which a month's posts and seekers met, before anybody started a job."""

    posts: Posts
    look: Call
    weigh: Call
    choose: Call

    @property
    def searchers(self) -> Rows:
        """Rows of those who looked."""
        return np.asarray(self.look.arguments["searcher"])

    @property
    def open_posts(self) -> Rows:
        """Positions among the posts of those open to residents."""
        return np.flatnonzero(np.isin(self.posts.uid, self.choose.arguments["post_uid"]))


@dataclass(frozen=True)
class Search:
    """What one person's search brought; fields as in `Explanation`."""

    reach: float
    offers: pd.DataFrame
    constraint: Constraint | None

    @property
    def taken(self) -> dict[str, Any] | None:
        """The offer that was taken."""
        rows = self.offers[self.offers["outcome"] == TAKEN]
        return None if rows.empty else dict(rows.iloc[0])


def _table(offers: list[dict[str, Any]]) -> pd.DataFrame:
    columns = {name: np.array([offer[name] for offer in offers], kind) for name, kind in OFFER_COLUMNS.items()}
    return pd.DataFrame(columns)


#: The search of somebody who looked where there was no post at all.
NO_SEARCH = Search(0.0, _table([]), Constraint.VACANCIES)


def follow(economy: Economy, market: Market, row: int) -> Search:
    """Follow one of those who looked through the market of the month.

    Args:
        economy: The economy as the market found it; it is left as it is.
        market: What was seen of the market.
        row: Row of the person, one of `market.searchers`.
    """
    given = market.look.arguments
    at = int(np.flatnonzero(market.searchers == row)[0])
    one = slice(at, at + 1)
    alone = {name: given[name][one] for name in ("searcher", "uid", "car", "home", "qualification", "intensity")}
    reach = float(given["share"][given["car"][at], given["home"][at]])
    post, _, referred = market.look.again(**alone, skip_level=ANY_LEVEL)
    if post.size == 0:
        return Search(reach, NO_SEARCH.offers.copy(), _why_none(economy, market, alone))
    # Several looks may fall on one post; a friend's word counts.
    seen = {int(v): sorted({int(r) for r in referred[post == v]}) for v in np.sort(np.unique(post))}
    posts = np.array(list(seen), np.int32)
    fits = given["post_level"][posts] <= given["qualification"][at] + given["skip_level"]
    applied, stops = _worth(market, row, alone, posts)
    offers = []
    for k, (v, heard) in enumerate(seen.items()):
        offer = _describe(economy, market, row, v)
        offer["heard"] = "both" if len(heard) > 1 else ("travel", "friend")[heard[0]]
        offer |= {"applied": bool(fits[k] and applied[k]), "applicants": 0, "rank": 0, "winner": 0}
        if offer["applied"]:
            offer |= _competition(market, at, v)
        elif fits[k]:
            offer["outcome"] = _stop(offer, {name: bool(flags[k]) for name, flags in stops.items()}, row, economy)
        else:
            offer["outcome"] = Constraint.QUALIFICATION
            offer |= {name: np.nan for name in ("gain", "travel_cost", "worth", "least")}
        offer["outcome"] = str(offer["outcome"])
        offers.append(offer)
    table = _table(offers)
    return Search(reach, table, _bound(table))


def _why_none(economy: Economy, market: Market, alone: dict[str, Any]) -> Constraint:
    """Why somebody came across no post at all."""
    share = np.ones_like(market.look.arguments["share"])
    if market.look.again(**alone, skip_level=ANY_LEVEL, share=share)[0].size:
        return Constraint.REACH
    free = np.full_like(alone["intensity"], economy.assumptions["applications_per_month"])
    if market.look.again(**{**alone, "intensity": free}, skip_level=ANY_LEVEL, share=share)[0].size:
        return Constraint.COURSE
    return Constraint.CHANCE


def _worth(
    market: Market, row: int, alone: dict[str, Any], posts: NDArray[np.int32]
) -> tuple[NDArray[np.bool_], dict[Constraint, NDArray[np.bool_]]]:
    """Which posts are worth an application, and which would be if it were not for one thing."""
    given = market.weigh.arguments
    mine = {name: alone[name] for name in ("searcher", "car", "home")}
    mine |= {"post": posts, "person": np.zeros(posts.size, np.int32)}
    applied = market.weigh.again(**mine)
    nearer, zone = given["generalised"].copy(), given["posts"][0]
    *_, employer, _, _, _, employer_zone = given["persons"]
    here = alone["car"][0], alone["home"][0]
    now = nearer[here][employer_zone[employer[row]]]
    nearer[(*here, zone[posts])] = 0.0
    if employer[row] >= 0:
        # The way to the present job stays what it is.
        nearer[(*here, employer_zone[employer[row]])] = now
    kinder = without_losing_benefits(given["rules"])
    budgets = (*given["budgets"][:-1], kinder)
    return applied, {
        Constraint.TRAVEL: market.weigh.again(**mine, generalised=nearer),
        Constraint.BENEFITS: market.weigh.again(**mine, rules=kinder, budgets=budgets),
    }


def _stop(offer: dict[str, Any], flips: dict[Constraint, bool], row: int, economy: Economy) -> Constraint:
    """Why a post was not worth an application: the way there, benefits, the present job, or pay."""
    if all(flips.values()):
        return max((Constraint.TRAVEL, offer["travel_cost"]), (Constraint.BENEFITS, offer["lost"]), key=lambda x: x[1])[
            0
        ]
    for constraint, flip in flips.items():
        if flip:
            return constraint
    return Constraint.PRESENT_JOB if economy.persons.employer[row] >= 0 else Constraint.PAY


def _describe(economy: Economy, market: Market, row: int, post: int) -> dict[str, Any]:
    """A post in the eyes of one person; `post` is a position among those open."""
    persons, a, posts = economy.persons, economy.assumptions, market.posts
    v, rows = int(market.open_posts[post]), np.array([row])
    org, zone, hours, secure = int(posts.org[v]), int(posts.zone[v]), float(posts.hours[v]), int(posts.secure[v])
    with supposed(persons, row, match=float(persons.ability[row]) + float(posts.luck[v])):
        pay = float(offered_wages(economy, rows, posts.org[v : v + 1], posts.level[v : v + 1])[0]) / 100.0
    travel = market.weigh.arguments["generalised"][
        economy.households.car[persons.household[row]], economy.households.neighbourhood[persons.household[row]]
    ]
    pound_a_minute = 2.0 * WORK_DAYS * a["travel_value_of_time"] / 60.0
    monthly = pay * hours * WEEKS_PER_MONTH
    gain = float(gains_from_work(economy, rows, np.array([monthly]))[0])
    cost = pound_a_minute * float(travel[zone])
    employer = int(persons.employer[row])
    if employer >= 0:
        present = float(persons.wage[row]) * float(persons.hours[row]) * WEEKS_PER_MONTH / 100.0
        least = a["job_switch_gain"] + job_value(
            float(gains_from_work(economy, rows, np.array([present]))[0]),
            pound_a_minute * float(travel[economy.organisations.zone[employer]]),
            int(persons.secure[row]),
            a["value_of_secure_job"],
        )
    else:
        least = reservation_value(
            hours, a["effort_cost_per_hour"], float(persons.taste[row]), float(persons.status_months[row])
        )
    return {
        "employer": int(economy.organisations.uid[org]),
        "industry": industry_name(economy, org),
        "place": zone_name(economy, zone),
        "level": int(posts.level[v]),
        "hours": hours,
        "secure": bool(secure),
        "pay": pay,
        "minutes": float(travel[zone]),
        "gain": gain,
        "lost": float(np.interp(monthly, GAIN_GRID, net_of_grid(economy))) - gain,
        "travel_cost": cost,
        "worth": float(job_value(gain, cost, secure, a["value_of_secure_job"])),
        "least": float(least),
    }


def _competition(market: Market, me: int, post: int) -> dict[str, Any]:
    """What became of an application."""
    given, hired = market.choose.arguments, np.asarray(market.choose.result)
    turn = np.argsort(given["turn"])
    for_it = np.flatnonzero(given["app_post"] == post)
    people = given["app_person"][for_it]
    got = np.flatnonzero(hired == me)
    if hired[post] == me:
        outcome = TAKEN
    elif got.size and turn[got[0]] < turn[post]:
        outcome = GONE_ELSEWHERE
    else:
        outcome = OTHER_CHOSEN
    winner = int(given["uid"][hired[post]]) if hired[post] >= 0 else 0
    rank = _rank(market.choose, for_it, me)
    return {"outcome": outcome, "applicants": int(np.unique(people).size), "rank": rank, "winner": winner}


def _rank(choose: Call, for_it: Rows, me: int) -> int:
    """Place of an applicant in the employer's liking: choices are made anew, without those who came before."""
    given = choose.arguments
    post, rank = int(given["app_post"][for_it[0]]), 1
    this = {name: given[name][post : post + 1] for name in ("post_uid", "post_level")}
    this |= {"turn": np.zeros(1, given["turn"].dtype)}
    while True:
        first = choose.again(
            app_post=np.zeros(for_it.size, given["app_post"].dtype),
            app_person=given["app_person"][for_it],
            app_ref=given["app_ref"][for_it],
            **this,
        )[0]
        if first == me:
            return rank
        for_it = for_it[given["app_person"][for_it] != first]
        rank += 1


def _bound(offers: pd.DataFrame) -> Constraint | None:
    """What stopped the offer that came furthest; of those not worth it, the one nearest to being so."""
    outcomes = set(offers["outcome"])
    if TAKEN in outcomes:
        return None
    if outcomes & {OTHER_CHOSEN, GONE_ELSEWHERE}:
        return Constraint.COMPETITION
    weighed = offers[offers["outcome"] != Constraint.QUALIFICATION]
    if weighed.empty:
        return Constraint.QUALIFICATION
    short = (weighed["worth"] - weighed["least"]).to_numpy()
    return Constraint(str(weighed["outcome"].iloc[int(short.argmax())]))
