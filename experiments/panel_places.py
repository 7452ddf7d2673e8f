"""Journeys to work in a panel: between authorities, and how fast they thin out with distance."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from agents.person_fields import Mode
from experiments.panel_interview import Interview, State
from experiments.panel_moments import NAN, Floats, Moment, correlation_moment

#: Generalised minutes from which a journey cannot be made.
NO_WAY = 1e5
STEPS = 50


class Commuting:
    """Workers of 16 to 64 who travel to work (all but those who work from home), pooled over yearly interviews.

    - `commuting_correlation`: correlation, over the pairs of an authority of residence and one of work, of the
      simulated and the region pack's share of the residents who travel (those who leave the region are in the
      whole, not among the pairs).
    - `commuting_correlation_between`: the same over pairs of two different authorities.
    - `commuting_share_within`: share of those who travel who work in the authority where they live.
    - `commuting_log_odds_per_km`: change of the log odds to work in one of two zones with equally many jobs for each
      kilometre that it lies farther from home in a straight line. The conditional logit (McFadden 1974) of the zone
      of work among all zones of the region, with weight jobs x exp(slope x km), by maximum likelihood.
    - `commuting_log_odds_per_minute`: the same for each generalised minute from door to door, with a car where the
      household has one.
    """

    def __init__(self) -> None:
        self._flows: Floats | None = None
        self._trips: Floats | None = None
        self._jobs: Floats = np.empty(0)
        self._pack: Floats = np.empty(0)
        self._km: Floats = np.empty(0)
        self._minutes: Floats = np.empty(0)

    def observe(self, economy: Any, now: Interview) -> None:
        """Ask once a year."""
        persons, homes, orgs, region = economy.persons, economy.households, economy.organisations, economy.region
        a, n, z = region.n_authorities, region.neighbourhood_authority.size, region.zone_authority.size
        works = np.isin(now.state, (State.STAFF, State.OWNER)) & (persons.employer >= 0)
        rows = np.flatnonzero(works & (persons.mode != Mode.HOME))
        household = now.household[rows]
        place, car = homes.neighbourhood[household].astype(np.int64), homes.car[household].astype(np.int64)
        employer = persons.employer[rows]
        # The last column is outside the region.
        work = orgs.authority[employer].astype(np.int64)
        origin = region.neighbourhood_authority[place].astype(np.int64)
        flows = np.bincount(origin * (a + 1) + np.where(work < 0, a, work), minlength=a * (a + 1))
        zone = orgs.zone[employer].astype(np.int64)
        trips = np.bincount((car * n + place) * z + zone, minlength=2 * n * z)
        inside = orgs.alive & (orgs.authority >= 0)
        staff = (orgs.headcount + orgs.outside_workers)[inside]
        jobs = np.bincount(orgs.zone[inside], staff, minlength=z)
        if self._flows is None or self._trips is None:
            self._flows, self._trips, self._jobs = np.zeros((a, a + 1)), np.zeros((2 * n, z)), np.zeros(z)
            self._pack = pack_shares(region)
            gap = region.neighbourhood_xy[:, None, :] - region.zone_xy[None, :, :]
            self._km = np.tile(np.hypot(gap[..., 0], gap[..., 1]) / 1000.0, (2, 1))
        self._flows += flows.reshape(a, a + 1)
        self._trips += trips.reshape(2 * n, z)
        self._jobs = self._jobs + jobs
        self._minutes = np.asarray(economy.travel_generalised, dtype=np.float64).reshape(2 * n, z)

    def shares(self) -> Floats:
        """Share of those who travel by authority of residence and of work, the last outside, shape (a, a + 1)."""
        assert self._flows is not None
        return np.asarray(self._flows / np.maximum(self._flows.sum(axis=1, keepdims=True), 1.0))

    def moments(self) -> list[Moment]:
        """See the class."""
        names = ("correlation", "correlation_between", "share_within", "log_odds_per_km", "log_odds_per_minute")
        if self._flows is None or self._trips is None:
            return [Moment(f"commuting_{name}", NAN, NAN, 0) for name in names]
        flows, share, pack = self._flows, self.shares()[:, :-1], self._pack[:, :-1]
        between = ~np.eye(len(share), dtype=bool)
        who = int(flows.sum())
        whole = correlation_moment("commuting_correlation", share.ravel(), pack.ravel())
        apart = correlation_moment("commuting_correlation_between", share[between], pack[between])
        within = float(np.trace(flows)) / max(who, 1)
        known = np.flatnonzero(self._jobs > 0)
        out = [whole, apart, Moment("commuting_share_within", within, NAN, who)]
        for unit, cost in (("km", self._km), ("minute", self._minutes)):
            slope, error, sample = choice_slope(self._trips[:, known], cost[:, known], self._jobs[known])
            out.append(Moment(f"commuting_log_odds_per_{unit}", slope, error, sample))
        return out


def pack_shares(region: Any) -> Floats:
    """Share of the residents who travel by authority of residence and of work, the last outside, from the pack."""
    index = {**region.authority_index, "outside": region.n_authorities}
    out = np.zeros((region.n_authorities, region.n_authorities + 1))
    table = region.commuting
    for origin, destination, share in zip(table["origin"], table["destination"], table["share"], strict=True):
        out[index[str(origin)], index[str(destination)]] = float(share)
    return out


def choice_slope(trips: Floats, cost: Floats, size: Floats) -> tuple[float, float, int]:
    """Slope of a conditional logit with one cost: weight size x exp(slope x cost), by Newton's method.

    Args:
        trips: Who goes where, shape (origins, zones).
        cost: Shape (origins, zones); from 100,000 on there is no way.
        size: Of the zones, above 0, shape (zones,).

    Returns:
        Slope, its standard error, and the trips it rests on; not a number where there are too few.
    """
    some = trips.sum(axis=1) > 0
    trips, cost = trips[some], cost[some]
    way = cost < NO_WAY
    trips = np.where(way, trips, 0.0)
    total = trips.sum(axis=1)
    sample = int(total.sum())
    if sample == 0:
        return NAN, NAN, 0
    # Only differences matter.
    gap = np.where(way, cost - np.where(way, cost, np.inf).min(axis=1, keepdims=True), 0.0)
    seen = float((trips * gap).sum())
    slope, information = 0.0, 0.0
    for _ in range(STEPS):
        worth = np.where(way, slope * gap, -np.inf)
        weight = size * np.exp(worth - worth.max(axis=1, keepdims=True))
        weight /= weight.sum(axis=1, keepdims=True)
        mean = (weight * gap).sum(axis=1)
        information = float((total * ((weight * gap**2).sum(axis=1) - mean**2)).sum())
        if information <= 0.0:
            return NAN, NAN, sample
        step = (seen - float((total * mean).sum())) / information
        slope += float(np.clip(step, -1.0, 1.0))
        if abs(step) < 1e-10:
            break
    return slope, math.sqrt(1.0 / information), sample
