"""Homes and who lives in them at the first month: the frame of the synthetic population.

Counts of households and of persons by age band are exact by authority, up to the rounding of the scale
(largest remainder). Persons are grouped into households of plain types: pensioners, singles and couples
with grown-up children or sharers, student houses, families.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from agents.columns import Table
from simulation.ledger import Ledger
from simulation.randomness import Draws, Purpose
from simulation.region import Region

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Uids = NDArray[np.uint64]

#: Month under which synthesis draws are keyed.
BEGINNING = -1024
#: Age bands of the mid-year estimates: column in authorities.csv, first and last year of age.
BANDS = (
    ("age_0_15", 0, 15),
    ("age_16_24", 16, 24),
    ("age_25_34", 25, 34),
    ("age_35_49", 35, 49),
    ("age_50_64", 50, 64),
    ("age_65plus", 65, 94),
)
#: Students from outside who share a house (assumed).
STUDENTS_PER_HOUSE = 4


@dataclass
class Draft:
    """Persons of one authority before they become rows."""

    age: list[Ints] = field(default_factory=list)
    sex: list[Ints] = field(default_factory=list)
    home: list[Ints] = field(default_factory=list)

    def put(self, age_months: Ints, sex: Ints, home: Ints) -> None:
        """Add persons with their household's position."""
        self.age.append(age_months)
        self.sex.append(sex)
        self.home.append(home)


def shares_to_counts(total: int, shares: Floats) -> Ints:
    """Whole counts in proportion to shares, by largest remainder."""
    return Ledger.allocate(total, np.asarray(shares, dtype=np.float64))


def systematic(expected: Floats) -> Ints:
    """Whole counts whose running sum stays within one half of the running sum of what is expected."""
    edges = np.floor(np.concatenate([[0.0], np.cumsum(expected)]) + 0.5)
    return np.diff(edges).astype(np.int64)


def take_top(score: Floats, count: int) -> NDArray[np.bool_]:
    """True for the `count` highest scores; among equals the earlier come first."""
    if count <= 0:
        return np.zeros(score.size, dtype=bool)
    if count >= score.size:
        return np.ones(score.size, dtype=bool)
    least = np.partition(score, score.size - count)[score.size - count]
    chosen = score > least
    chosen[np.flatnonzero(score == least)[: count - np.count_nonzero(chosen)]] = True
    return np.asarray(chosen)


def ascending(score: Floats) -> Ints:
    """Positions in ascending order of score; among equals the earlier come first."""
    order = np.argsort(score)
    ordered = score[order]
    # Draws are hardly ever equal, and the quick sort is enough; where some are, the slower one keeps their order.
    return np.argsort(score, kind="stable") if (ordered[1:] == ordered[:-1]).any() else order


class Settler:
    """Founds homes and fills them, with the draws of the synthesis."""

    def __init__(self, region: Region, assumptions: Mapping[str, float], draws: Draws, scale: int) -> None:
        self.region, self.a, self.draws, self.scale = region, assumptions, draws, scale

    def uids(self, kind: int, authority: int, count: int) -> Uids:
        """Identities keyed by authority and position."""
        base = np.uint64((kind << 56) + (authority << 48))
        return self.draws.derive_ids(Purpose.SYNTHESIS, BEGINNING, base + np.arange(count, dtype=np.uint64))

    def uniform(self, uids: Uids, index: int) -> Floats:
        """Uniform draws of the synthesis."""
        return self.draws.uniform(Purpose.SYNTHESIS, BEGINNING, uids, index)

    def count(self, authority: int, column: str) -> float:
        """A published count of the authority, in simulated units."""
        return float(self.region.authorities[column].iloc[authority]) / self.scale

    def settle(self, authority: int, households: Table, persons: Table) -> None:
        """Create the households of one authority with their persons."""
        n_households = round(self.count(authority, "households"))
        band = {name: self.count(authority, name) for name, _, _ in BANDS}
        total = round(sum(band.values()))
        counts = dict(zip(band, shares_to_counts(total, np.array(list(band.values()))), strict=True))
        ages = {name: self._ages(authority, k, int(counts[name])) for k, (name, _, _) in enumerate(BANDS)}
        home_uid = self.uids(1, authority, n_households)
        student_share = (
            self.a["student_houses_in_liverpool"]
            if self._is_core(authority)
            else ((1.0 - self.a["student_houses_in_liverpool"]) / (self.region.n_authorities - 1))
        )
        n_students = int(self.a["students_from_outside"] * student_share / self.scale / STUDENTS_PER_HOUSE)
        old = ages["age_65plus"]
        n_old = round(old.size / (1.0 + self.a["pensioner_couple_share"]))
        n_work = n_households - n_students - n_old
        draft = Draft()
        self._pensioners(draft, old, n_old, home_uid)
        heads = self._working_age(draft, ages, n_old, n_work, home_uid, authority)
        self._students(draft, ages, n_old + n_work, n_students, home_uid, authority)
        self._children(draft, ages["age_0_15"], heads, n_old, home_uid, authority)
        homes = self._neighbourhoods(authority, home_uid, n_old + n_work)
        first = households.n_rows
        rows = households.add(
            home_uid, neighbourhood=homes, student=(np.arange(n_households) >= n_old + n_work).astype(np.int8)
        )
        assert rows[0] == first
        age = np.concatenate(draft.age)
        persons.add(
            self.uids(2, authority, age.size),
            household=np.concatenate(draft.home) + first,
            age_months=age,
            sex=np.concatenate(draft.sex),
        )

    def _is_core(self, authority: int) -> bool:
        return "city_centre" in [
            kind for kind, a in zip(self.region.zone_kind, self.region.zone_authority, strict=True) if a == authority
        ]

    def _ages(self, authority: int, band: int, count: int) -> Ints:
        """Ages in months, evenly over the band (thinning out for the old), in random order."""
        _, low, high = BANDS[band]
        uids = self.uids(8 + band, authority, count)
        even = (np.arange(count) + self.uniform(uids, 0)) / max(count, 1)
        if low == 65:
            even = 1.0 - np.sqrt(1.0 - even)
        months = low * 12 + np.floor(even * (high - low + 1) * 12).astype(np.int64)
        return np.asarray(months[ascending(self.uniform(uids, 1))])

    def _sexes(self, count: int, key: int, uids: Uids) -> Ints:
        return (self.uniform(uids[np.arange(count) % uids.size] + np.uint64(key), 2) < 0.5).astype(np.int64)

    def _pensioners(self, draft: Draft, ages: Ints, homes: int, home_uid: Uids) -> None:
        """One or two pensioners to a home."""
        where = np.arange(ages.size) % max(homes, 1)
        sex = (self.uniform(home_uid[where], 3) < 0.56).astype(np.int64)
        sex = np.where(np.arange(ages.size) >= homes, 1 - sex, sex)
        draft.put(np.sort(ages), sex, where)

    def _working_age(
        self, draft: Draft, ages: dict[str, Ints], first: int, homes: int, home_uid: Uids, authority: int
    ) -> tuple[Ints, Ints, Ints]:
        """Singles, couples, and grown-up children or sharers; returns position, age and couple flag of homes."""
        young = ages["age_25_34"]
        adults = np.concatenate([young, ages["age_35_49"], ages["age_50_64"]])
        spare = adults.size - homes
        couples = int(min(homes * self.a["most_couples"], max(spare, 0)))
        lodgers = max(spare - couples, 0)
        lodger_ages, rest = young[:lodgers], adults[lodgers:] if lodgers <= young.size else adults[young.size :]
        lodger_ages = young[: min(lodgers, young.size)]
        rest = np.sort(np.concatenate([young[lodger_ages.size :], ages["age_35_49"], ages["age_50_64"]]))
        position = np.arange(homes)
        uids = home_uid[first : first + homes]
        # Middle-aged heads are likelier to live as couples.
        is_couple = take_top(self.uniform(uids, 4) - 0.6 * np.abs(position / max(homes, 1) - 0.5), couples)
        start = np.cumsum(1 + is_couple) - (1 + is_couple)
        start = np.minimum(start, rest.size - 1)
        head_sex = (self.uniform(uids, 5) < 0.5).astype(np.int64)
        draft.put(rest[start], head_sex, first + position)
        second = np.minimum(start[is_couple] + 1, rest.size - 1)
        same = self.uniform(uids[is_couple], 6) < self.a["same_sex_couple_share"]
        draft.put(
            rest[second], np.where(same, head_sex[is_couple], 1 - head_sex[is_couple]), first + position[is_couple]
        )
        # Grown-up children live with heads of at least 47; the rest share.
        order = ascending(-1.0 * (rest[start] >= 47 * 12) - self.uniform(uids, 7))
        where = first + order[np.arange(lodger_ages.size) % homes]
        draft.put(lodger_ages, self._sexes(lodger_ages.size, 77, uids), where)
        return first + position, rest[start], is_couple.astype(np.int64)

    def _students(
        self, draft: Draft, ages: dict[str, Ints], first: int, houses: int, home_uid: Uids, authority: int
    ) -> None:
        """Students from outside share houses; other youths live with parents."""
        youth = ages["age_16_24"]
        fits = (youth >= 18 * 12) & (youth < 22 * 12)
        students = np.flatnonzero(fits)[: houses * STUDENTS_PER_HOUSE]
        homes = first + np.arange(students.size) % max(houses, 1)
        draft.put(youth[students], self._sexes(students.size, 78, home_uid), homes)
        if students.size < houses:  # no empty house: fill up with the youngest adults at hand
            raise ValueError(f"authority {authority}: too few young people for its student houses")
        others = np.delete(youth, students)
        heads_age, heads = np.concatenate(draft.age), np.concatenate(draft.home)
        parent = np.flatnonzero((heads_age >= 38 * 12) & (heads_age < 62 * 12) & (heads < first))
        parents = np.unique(heads[parent])
        order = parents[ascending(self.uniform(home_uid[parents], 8))]
        draft.put(others, self._sexes(others.size, 79, home_uid), order[np.arange(others.size) % order.size])

    def _children(
        self, draft: Draft, ages: Ints, heads: tuple[Ints, Ints, Ints], first: int, home_uid: Uids, authority: int
    ) -> None:
        """Children live with heads aged 22 to 54, mostly couples; one to three to a home."""
        position, age, couple = heads
        fits = (age >= 24 * 12) & (age < 54 * 12)
        families = int(ages.size / self.a["children_per_family"])
        score = self.uniform(home_uid[position], 9) + 0.35 * couple + np.where(fits, 10.0, 0.0)
        chosen = position[ascending(-score)[: max(families, 1)]]
        draft.put(ages, self._sexes(ages.size, 80, home_uid), chosen[np.arange(ages.size) % chosen.size])

    def _neighbourhoods(self, authority: int, home_uid: Uids, first_student: int) -> Ints:
        """Homes by population of neighbourhoods; student houses near the largest campus."""
        region = self.region
        rows = np.flatnonzero(region.neighbourhood_authority == authority)
        population = region.neighbourhood_population[rows].astype(np.float64)
        n_plain = first_student
        # In the order of decile the counts of each come out right, however few homes a neighbourhood has.
        order = np.lexsort((rows, region.neighbourhood_decile[rows]))
        per_place = systematic(n_plain * population[order] / population.sum())
        homes = np.repeat(rows[order], per_place)
        homes = homes[ascending(self.uniform(home_uid[:n_plain], 10))]
        campus = np.array([kind == "campus" for kind in region.zone_kind]) & (region.zone_authority == authority)
        n_students = home_uid.size - n_plain
        if campus.any():
            where = region.zone_xy[np.flatnonzero(campus)[0]]
            distance = np.hypot(*(region.neighbourhood_xy[rows] - where).T)
            weight = population * np.exp(-distance / self.a["student_distance_m"])
        else:
            weight = population
        student_homes = np.repeat(rows, shares_to_counts(n_students, weight))
        return np.concatenate([homes, student_homes]).astype(np.int64)
