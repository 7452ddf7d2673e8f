"""Synthesis of organisations: firms, branch plants, anchors, employers beyond the region.

Registered enterprises follow UK Business Counts by authority, sector and size band. The strategy
counts 52,000 businesses against 42,615 registered enterprises; the difference is taken to be local
sites of enterprises registered elsewhere and unregistered one-person businesses. Ordinary firms
are sampled one in `scale` with their real size, larger ones more often; firms with at least 250 staff
all exist with their headcount divided by the scale.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from agents.columns import Table
from agents.organisation_fields import ORGANISATION_FIELDS, PUBLIC_INDUSTRY, Kind, Ownership
from simulation.accounts import Sector
from simulation.randomness import Draws, Purpose
from simulation.region import Region
from simulation.settlement import BEGINNING, systematic

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Uids = NDArray[np.uint64]

#: Real staff from which a firm is represented by itself rather than sampled.
LARGE = 250
#: Simulated staff below which even a large firm is sampled.
LEAST_STAFF = 2.5
#: Simulated staff that one row of a sampled band holds at most on average.
STAFF_PER_ROW = 20.0
BANDS = ("micro", "small", "medium", "large", "branch", "unregistered")
#: Share of each band in outside hands over the share of its industry (assumed); branches all are.
EXTERNAL_MULTIPLE = (0.05, 0.35, 0.9, 1.3, 0.0, 0.0)
#: Where each anchor type stands among the industries, for pay and hours.
ANCHOR_INDUSTRY = {
    "university": "education",
    "college": "education",
    "schools": "education",
    "nhs": "health_care",
    "housing_association": "finance_property",
}


@dataclass
class Draft:
    """Firms of one authority, sector and band before they become rows."""

    uid: Uids
    authority: int
    industry: int
    band: str
    size: Floats
    weight: Floats


def synthesise_organisations(region: Region, assumptions: Mapping[str, float], draws: Draws, scale: int) -> Table:
    """All employers of the region and those beyond who hire its residents.

    Args:
        region: Pack.
        assumptions: Values by name.
        draws: Draws of the run.
        scale: Real units that one simulated unit stands for.

    Returns:
        The organisations; headcounts are still 0, `target_headcount` holds the posts.
    """
    maker = _Maker(region, assumptions, draws, scale)
    table = Table("organisations", ORGANISATION_FIELDS, 1024)
    maker.add_firms(table, maker.enterprises())
    maker.add_anchors(table)
    maker.add_outside(table)
    return table


class _Maker:
    """Holds what all steps of the synthesis need."""

    def __init__(self, region: Region, assumptions: Mapping[str, float], draws: Draws, scale: int) -> None:
        self.region, self.a, self.draws, self.scale = region, assumptions, draws, scale
        self.sectors = region.tables["sectors"]
        # Low, high and mean staff of each size band.
        self.sizes = {
            str(row.size_band): (float(row.low), float(row.high), float(row.mean_jobs))  # type: ignore[arg-type]
            for row in region.tables["enterprise_sizes"].itertuples()
        }

    def uids(self, authority: int, industry: int, band: str, count: int) -> Uids:
        """Identities keyed by authority, industry, band and position."""
        base = np.uint64((3 << 56) + (authority << 48) + (industry << 40) + (BANDS.index(band) << 36))
        return self.draws.derive_ids(Purpose.SYNTHESIS, BEGINNING, base + np.arange(count, dtype=np.uint64))

    def uniform(self, uids: Uids, index: int) -> Floats:
        """Uniform draws of the synthesis."""
        return self.draws.uniform(Purpose.SYNTHESIS, BEGINNING, uids, index)

    # --- firms ---

    def enterprises(self) -> list[Draft]:
        """Firms to create, by authority, sector and band."""
        table = self.region.tables["enterprises"]
        k = len(self.region.sector_ids)
        counts = np.zeros((self.region.n_authorities, k, 4))
        for row in table.itertuples():
            authority = self.region.authority_index[str(row.authority)]
            counts[authority, self.region.sector_ids.index(str(row.sector)), BANDS.index(str(row.size_band))] += float(
                row.count  # type: ignore[arg-type]
            )
        drafts = []
        micro = counts[:, :, 0] / counts[:, :, 0].sum() * self.a["unregistered_businesses"]
        for authority in range(self.region.n_authorities):
            for name, expected in (
                ("micro", counts[authority, :, 0]),
                ("small", counts[authority, :, 1]),
                ("medium", counts[authority, :, 2]),
                ("large", counts[authority, :, 3]),
                ("unregistered", micro[authority]),
            ):
                drafts += self._band(authority, name, expected)
        return drafts + self._branches(drafts)

    def _jobs_left(self, drafts: list[Draft]) -> Floats:
        """Jobs by authority that commuters fill and that neither its own firms nor its anchors offer."""
        region = self.region
        left = filled_jobs(region)
        for draft in drafts:
            left[draft.authority] -= float((draft.size * draft.weight).sum())
        anchors = region.tables["anchors"]
        for name, staff in zip(anchors["authority"], anchors["headcount"], strict=True):
            left[region.authority_index[str(name)]] -= float(staff)
        return left

    def _branches(self, drafts: list[Draft]) -> list[Draft]:
        """Local sites of enterprises registered elsewhere: they hold the jobs that the others leave.

        Their number follows the share of each industry in outside hands; their staff make up the jobs of
        the industry, so that a small sample of firms has the right jobs too.
        """
        jobs = self.sectors["jobs"].to_numpy(dtype=float)
        external = self.sectors["external_share"].to_numpy(dtype=float) * jobs
        found = np.zeros(jobs.size)
        for draft in drafts:
            found[draft.industry] += float((draft.size * draft.weight).sum())
        uids, sizes, weights, industries = [], [], [], []
        for industry, sites in enumerate((self.a["branch_plants"] * external / external.sum()).tolist()):
            count = max(round(sites / self._weight("branch")), 1)
            uid = self.uids(0, industry, "branch", count)
            size = self._draw_sizes(uid, "branch")
            weight = sites / count
            total = max(jobs[industry] - found[industry], count * weight)
            uids.append(uid)
            sizes.append(np.maximum(size * total / (size * weight).sum(), 1.0))
            weights.append(np.full(count, weight))
            industries.append(np.full(count, industry))
        uid, size, weight, kind = (np.concatenate(part) for part in (uids, sizes, weights, industries))
        # The largest sites are placed first, each where most jobs are still to be found.
        left = self._jobs_left(drafts)
        place = np.empty(uid.size, dtype=np.int64)
        for k in np.argsort(-size * weight, kind="stable").tolist():
            place[k] = int(np.argmax(left))
            left[place[k]] -= size[k] * weight[k]
        branches = []
        for authority in range(self.region.n_authorities):
            for industry in range(jobs.size):
                here = np.flatnonzero((place == authority) & (kind == industry))
                branches.append(Draft(uid[here], authority, industry, "branch", size[here], weight[here]))
        return branches

    def _band(self, authority: int, band: str, expected: Floats) -> list[Draft]:
        drafts = []
        if band == "large":
            real = systematic(expected)
            for industry, count in enumerate(real.tolist()):
                uid = self.uids(authority, industry, band, count)
                size = self._draw_sizes(uid, band)
                keep_chance = np.minimum(size / self.scale / LEAST_STAFF, 1.0)
                keep = self.uniform(uid, 1) < keep_chance
                drafts.append(Draft(uid[keep], authority, industry, band, size[keep], 1.0 / keep_chance[keep]))
            return drafts
        weight = self._weight(band)
        for industry, count in enumerate(systematic(expected / weight).tolist()):
            uid = self.uids(authority, industry, band, count)
            drafts.append(Draft(uid, authority, industry, band, self._draw_sizes(uid, band), np.full(count, weight)))
        return drafts

    def _weight(self, band: str) -> float:
        """Real firms for each row: the scale, fewer where such a row would hold many staff.

        Sampling larger firms more often keeps one row from standing for a whole industry of a town.
        """
        if band == "unregistered":
            return float(self.scale)
        _, _, mean = self.sizes[band]
        return float(np.clip(self.scale * STAFF_PER_ROW / mean, 1.0, self.scale))

    def _draw_sizes(self, uid: Uids, band: str) -> Floats:
        """Staff of each firm: a truncated Pareto within the band, its tail set by the band's mean."""
        if band == "unregistered":
            return np.ones(uid.size)
        low, high, mean = self.sizes[band]
        low = max(low, 1.0)
        # Stratified draws keep the mean of a small sample near the mean of the band.
        order = np.argsort(np.argsort(self.uniform(uid, 2), kind="stable"), kind="stable")
        u = (order + self.uniform(uid, 3)) / max(uid.size, 1)
        tail = pareto_tail(low, high + 0.999, mean)
        return truncated_pareto(u, low, high + 0.999, tail)

    def add_firms(self, table: Table, drafts: list[Draft]) -> None:
        """Turn drafts into rows."""
        count = [draft.uid.size for draft in drafts]
        uid = np.concatenate([draft.uid for draft in drafts])
        size = np.concatenate([draft.size for draft in drafts])
        weight = np.concatenate([draft.weight for draft in drafts])
        authority = np.repeat([draft.authority for draft in drafts], count)
        industry = np.repeat([draft.industry for draft in drafts], count)
        band = np.repeat([BANDS.index(draft.band) for draft in drafts], count)
        column = {
            name: self.sectors[name].to_numpy(dtype=float)[industry]
            for name in ("social_share", "external_share", "exporting_share", "output_per_worker")
        }
        posts = np.maximum(np.floor(size * weight / self.scale + self.uniform(uid, 4)), 1).astype(np.int32)
        unregistered, branch = band == BANDS.index("unregistered"), band == BANDS.index("branch")
        u = self.uniform(uid, 5)
        social = np.where(unregistered, 0.0, column["social_share"])
        external = column["external_share"] * np.array(EXTERNAL_MULTIPLE)[band]
        ownership = np.full(uid.size, int(Ownership.LOCAL))
        ownership[u < social] = Ownership.SOCIAL
        ownership[(u >= social) & (u < social + external)] = Ownership.EXTERNAL
        ownership[branch] = Ownership.EXTERNAL
        sector = np.array([Sector.LOCAL_FIRMS, Sector.EXTERNAL_FIRMS, Sector.SOCIAL_FIRMS])[ownership]
        zone = self._zones(uid, authority, industry)
        spread = self.a["productivity_log_sd"]
        noise = self.draws.normal(Purpose.SYNTHESIS, BEGINNING, uid, 6)
        effect = (
            self.a["wage_effect_sd"] * self.draws.normal(Purpose.SYNTHESIS, BEGINNING, uid, 7)
            + self.a["wage_effect_size"] * np.log(np.maximum(size, 1.0) / 20.0)
        )  # fmt: skip
        exports = self.uniform(uid, 8) < column["exporting_share"] * np.clip(size / 8.0, 0.4, 4.0)
        table.add(
            uid,
            kind=int(Kind.FIRM),
            sector=sector,
            industry=industry,
            ownership=ownership,
            zone=zone,
            neighbourhood=self._premises(uid, zone),
            authority=authority,
            registered=~(branch | unregistered),
            weight=weight,
            age_months=np.minimum(self.draws.exponential(Purpose.SYNTHESIS, BEGINNING, uid, 9) * 80, 600).astype(int),
            target_headcount=posts,
            rounding=self.uniform(uid, 10),
            wage_effect=np.clip(effect, -0.4, 0.4),
            wage_effect_start=np.clip(effect, -0.4, 0.4),
            output_per_worker=column["output_per_worker"] / 12.0 * np.exp(spread * noise - spread**2 / 2),
            export_weight=np.where(exports, 1.0, 0.02),
        )

    def _zones(self, uid: Uids, authority: Ints, industry: Ints) -> Ints:
        """Zone within the authority, by job weight and what the sector looks for."""
        region, u = self.region, self.uniform(uid, 11)
        out = np.empty(uid.size, dtype=np.int64)
        for k in range(region.n_authorities):
            zones = np.flatnonzero(region.zone_authority == k)
            for i, sector in enumerate(region.sector_ids):
                here = np.flatnonzero((authority == k) & (industry == i))
                liking = np.array([ZONE_LIKING.get(sector, {}).get(region.zone_kind[z], 1.0) for z in zones])
                weight = region.zone_job_weight[zones] * liking
                marks = np.searchsorted(np.cumsum(weight) / weight.sum(), u[here], side="right")
                out[here] = zones[marks.clip(max=zones.size - 1)]
        return out

    def _premises(self, uid: Uids, zone: Ints) -> Ints:
        """Neighbourhood of the premises: one of the nearest to the zone in its authority."""
        region, u = self.region, self.uniform(uid, 12)
        out = np.empty(uid.size, dtype=np.int64)
        for z in np.unique(zone):
            here = zone == z
            rows = np.flatnonzero(region.neighbourhood_authority == region.zone_authority[z])
            distance = np.hypot(*(region.neighbourhood_xy[rows] - region.zone_xy[z]).T)
            breadth = 15 if region.zone_kind[z] == "local" else 4
            near = rows[np.argsort(distance, kind="stable")[:breadth]]
            out[here] = near[(u[here] * near.size).astype(np.int64)]
        return out

    # --- anchors and outside employers ---

    def add_anchors(self, table: Table) -> None:
        """Anchors in the order of anchors.csv."""
        anchors, region = self.region.tables["anchors"], self.region
        count = len(anchors)
        base = np.uint64(4 << 56)
        uid = self.draws.derive_ids(Purpose.SYNTHESIS, BEGINNING, base + np.arange(count, dtype=np.uint64))
        jobs = region.tables["anchor_jobs"].set_index("type")
        staff = anchors["headcount"].to_numpy(dtype=float) / self.scale
        posts = np.maximum(np.floor(staff + self.uniform(uid, 4)), 1.0 if self.scale <= 100 else 0.0)
        industry = [
            region.sector_ids.index(ANCHOR_INDUSTRY[t]) if t in ANCHOR_INDUSTRY else PUBLIC_INDUSTRY
            for t in anchors["type"]
        ]
        zone = np.array([region.zone_index[z] for z in anchors["zone"]])
        authority = np.array([region.authority_index[name] for name in anchors["authority"]])
        table.add(
            uid,
            kind=int(Kind.ANCHOR),
            sector=int(Sector.ANCHORS),
            industry=industry,
            ownership=int(Ownership.PUBLIC),
            zone=zone,
            neighbourhood=self._premises(uid, zone),
            authority=authority,
            weight=1.0,
            age_months=600,
            target_headcount=posts.astype(np.int32),
            rounding=self.uniform(uid, 10),
            wage_effect=jobs.loc[anchors["type"], "wage_premium"].to_numpy(dtype=float),
            output_per_worker=1.0,
        )

    def add_outside(self, table: Table) -> None:
        """One employer for each zone beyond the region, sized by the commuters it draws."""
        region = self.region
        zones = np.flatnonzero(region.zone_authority < 0)
        base = np.uint64(5 << 56)
        uid = self.draws.derive_ids(Purpose.SYNTHESIS, BEGINNING, base + np.arange(zones.size, dtype=np.uint64))
        table.add(
            uid,
            kind=int(Kind.OUTSIDE),
            sector=int(Sector.REST_OF_WORLD),
            industry=region.sector_ids.index("professional_support"),
            ownership=int(Ownership.OUTSIDE),
            zone=zones,
            weight=0.0,
            age_months=600,
            rounding=0.5,
            output_per_worker=1.0,
        )


#: How much likelier a sector is to sit in a kind of zone than the average sector (assumed).
ZONE_LIKING: dict[str, dict[str, float]] = {
    "manufacturing": {"business_park": 3.0, "port": 2.5, "city_centre": 0.1, "town_centre": 0.4, "hospital": 0.0},
    "primary_utilities": {"business_park": 2.5, "port": 2.5, "city_centre": 0.3, "hospital": 0.0},
    "construction": {"business_park": 1.6, "local": 2.5, "city_centre": 0.5, "hospital": 0.0},
    "retail_wholesale": {"retail_park": 3.0, "town_centre": 1.6, "hospital": 0.1, "port": 0.4, "campus": 0.2},
    "hospitality": {"city_centre": 1.6, "town_centre": 1.6, "retail_park": 1.3, "hospital": 0.1, "port": 0.2},
    "transport": {"port": 4.0, "airport": 4.0, "business_park": 1.8, "hospital": 0.0},
    "information": {"city_centre": 2.2, "campus": 2.5, "hospital": 0.0, "port": 0.3},
    "finance_property": {"city_centre": 2.5, "town_centre": 1.0, "hospital": 0.0, "port": 0.4},
    "professional_support": {"city_centre": 2.0, "campus": 1.2, "business_park": 1.1, "hospital": 0.1},
    "education": {"local": 2.0, "campus": 2.0, "hospital": 0.1, "port": 0.0, "retail_park": 0.1},
    "health_care": {"local": 2.0, "hospital": 2.0, "port": 0.0, "retail_park": 0.2},
    "arts_other": {"city_centre": 1.4, "town_centre": 1.4, "local": 1.6, "hospital": 0.0},
}


def truncated_pareto(u: Floats, low: float, high: float, tail: float) -> Floats:
    """Quantiles of a Pareto distribution cut off at `high`."""
    if abs(tail) < 1e-9:
        return low * (high / low) ** u
    reach = 1.0 - (low / high) ** tail
    return np.asarray(low * (1.0 - u * reach) ** (-1.0 / tail))


def filled_jobs(region: Region) -> Floats:
    """Jobs by authority that residents and commuters fill, by the shares of the census, shape (authorities,)."""
    commuting = region.tables["commuting"]
    employed = region.tables["labour_market"].set_index("authority")["employed"]
    within = commuting[commuting["destination"] != "outside"]
    residents = within["share"] * within["origin"].map(employed)
    here = residents.groupby(within["destination"]).sum()
    travellers = within.groupby("destination")["commuters"].sum()
    coming = region.tables["incommuting"].set_index("authority")["commuters"]
    jobs = here * (1.0 + coming / travellers)
    return np.array([float(jobs[name]) for name in region.authority_names])


@lru_cache(maxsize=256)
def pareto_tail(low: float, high: float, mean: float) -> float:
    """Tail exponent at which the cut-off Pareto distribution has a given mean, by bisection.

    Staff are whole, so the mean counts the integer part, of which the half below is added back.
    """
    grid = (np.arange(2000) + 0.5) / 2000

    def mean_of(tail: float) -> float:
        return float(truncated_pareto(grid, low, high, tail).mean())

    below, above = -3.0, 8.0
    for _ in range(60):
        middle = (below + above) / 2
        below, above = (middle, above) if mean_of(middle) > mean else (below, middle)
    return (below + above) / 2
