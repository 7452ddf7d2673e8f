"""Synthesis of households and persons at the first month.

Method. Counts of households and of persons by age band are exact by authority, up to the rounding
of the scale (largest remainder). Persons are grouped into households of plain types. Attributes
that depend on one another are drawn from ordered latent variables: each person has a score from
what it depends on plus a logistic draw of its own, and thresholds are set so that the shares by
authority equal the published ones. That is an ordered logit whose cut points are solved for, and
gives exact margins (as iterative proportional fitting does: Deming and Stephan 1940; Beckman,
Baggerly and McKay 1996) with dependence through the scores: qualification x health x deprivation x
age x status, and deprivation x tenure x car. The weights in the scores are assumptions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from agents.columns import Table
from agents.household_fields import HOUSEHOLD_FIELDS, Tenure
from agents.person_fields import PERSON_FIELDS, Status
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


def synthesise_population(
    region: Region, assumptions: Mapping[str, float], draws: Draws, scale: int
) -> tuple[Table, Table, Ints]:
    """Households and persons of the region.

    Args:
        region: Pack.
        assumptions: Values by name.
        draws: Draws of the run.
        scale: Real units that one simulated unit stands for.

    Returns:
        Households, persons, and the opening wealth of each household row in pence.
    """
    maker = _Maker(region, assumptions, draws, scale)
    households = Table("households", HOUSEHOLD_FIELDS, 1024)
    persons = Table("persons", PERSON_FIELDS, 4096)
    for authority in range(region.n_authorities):
        maker.settle(authority, households, persons)
    maker.give_tenure_and_cars(households, persons)
    maker.give_attributes(households, persons)
    maker.give_status(households, persons)
    wealth = maker.wealth(households, persons)
    return households, persons, wealth


def shares_to_counts(total: int, shares: Floats) -> Ints:
    """Whole counts in proportion to shares, by largest remainder."""
    return Ledger.allocate(total, np.asarray(shares, dtype=np.float64))


def systematic(expected: Floats) -> Ints:
    """Whole counts whose running sum stays within one half of the running sum of what is expected."""
    edges = np.floor(np.concatenate([[0.0], np.cumsum(expected)]) + 0.5)
    return np.diff(edges).astype(np.int64)


def logit_draw(draws: Draws, uids: Uids, index: int) -> Floats:
    """A standard logistic number per uid."""
    u = np.clip(draws.uniform(Purpose.SYNTHESIS, BEGINNING, uids, index), 1e-12, 1 - 1e-12)
    return np.log(u / (1.0 - u))


def take_top(score: Floats, count: int) -> NDArray[np.bool_]:
    """True for the `count` highest scores; among equals the earlier come first."""
    if count <= 0:
        return np.zeros(score.size, dtype=bool)
    if count >= score.size:
        return np.ones(score.size, dtype=bool)
    least = np.partition(score, score.size - count)[score.size - count]
    chosen = score > least
    chosen[np.flatnonzero(score == least)[: count - np.count_nonzero(chosen)]] = True
    return chosen


class _Maker:
    """Holds what all steps of the synthesis need."""

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

    # --- households and who lives in them ---

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
        return np.asarray(months[np.argsort(self.uniform(uids, 1), kind="stable")])

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
        order = np.argsort(-1.0 * (rest[start] >= 47 * 12) - self.uniform(uids, 7), kind="stable")
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
        order = parents[np.argsort(self.uniform(home_uid[parents], 8), kind="stable")]
        draft.put(others, self._sexes(others.size, 79, home_uid), order[np.arange(others.size) % order.size])

    def _children(
        self, draft: Draft, ages: Ints, heads: tuple[Ints, Ints, Ints], first: int, home_uid: Uids, authority: int
    ) -> None:
        """Children live with heads aged 22 to 54, mostly couples; one to three to a home."""
        position, age, couple = heads
        fits = (age >= 24 * 12) & (age < 54 * 12)
        families = int(ages.size / self.a["children_per_family"])
        score = self.uniform(home_uid[position], 9) + 0.35 * couple + np.where(fits, 10.0, 0.0)
        chosen = position[np.argsort(-score, kind="stable")[: max(families, 1)]]
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
        homes = homes[np.argsort(self.uniform(home_uid[:n_plain], 10), kind="stable")]
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

    # --- tenure and cars ---

    def give_tenure_and_cars(self, households: Table, persons: Table) -> None:
        """Tenure by deprivation and age; cars by tenure, deprivation and household, exact by authority."""
        region, a = self.region, self.a
        uid = households.uid
        decile = region.neighbourhood_decile[households.neighbourhood].astype(np.float64)
        authority = region.neighbourhood_authority[households.neighbourhood]
        adult = persons.age_months >= 16 * 12
        adults = np.bincount(persons.household[adult], minlength=households.n_rows)
        oldest = np.zeros(households.n_rows)
        np.maximum.at(oldest, persons.household, persons.age_months / 12.0)
        rent = 0.28 * (5.5 - decile) - 0.03 * (oldest - 50) + logit_draw(self.draws, uid, 20)
        n = households.n_rows
        tenure = np.full(n, int(Tenure.MORTGAGED))
        student = households.student > 0
        renting = take_top(rent + 50 * student, int(n * (a["social_rent_share"] + a["private_rent_share"])))
        private = take_top(
            np.where(renting, -0.05 * (oldest - 40) + logit_draw(self.draws, uid, 21) + 50 * student, -1e9),
            int(n * a["private_rent_share"]),
        )
        tenure[renting] = int(Tenure.SOCIAL_RENT)
        tenure[private] = int(Tenure.PRIVATE_RENT)
        owned = ~renting & (oldest + 6 * logit_draw(self.draws, uid, 22) > 57)
        tenure[owned] = int(Tenure.OWNED_OUTRIGHT)
        households.tenure = tenure
        score = (
            0.16 * (decile - 5.5) + 0.9 * np.minimum(adults, 3) - 1.5 * np.isin(tenure, (2, 3))
            - 0.9 * (oldest > 75) - 1.5 * student + logit_draw(self.draws, uid, 23)
        )  # fmt: skip
        for k in range(region.n_authorities):
            here = np.flatnonzero(authority == k)
            with_car = round(here.size * (1.0 - float(region.authorities["share_no_car"].iloc[k])))
            households.car[here[take_top(score[here], with_car)]] = 1
        cost = np.array([0.0, a["mortgage_interest"], a["social_rent"], a["private_rent"]])[tenure]
        households.housing_cost = np.round(cost * 100 * (0.8 + 0.4 * self.uniform(uid, 24))).astype(np.int64)

    # --- attributes of persons ---

    def give_attributes(self, households: Table, persons: Table) -> None:
        """Qualification, study, health, caring, disability, ethnicity."""
        region, a, uid = self.region, self.a, persons.uid
        years = persons.age_months / 12.0
        place = households.neighbourhood[persons.household]
        decile = region.neighbourhood_decile[place].astype(np.float64)
        authority = region.neighbourhood_authority[place]
        student_home = households.student[persons.household] > 0
        working_age = (years >= 16) & (years < 65)
        # Study: most 16-17-year-olds, part of those up to 21, all in student houses.
        staying = self.uniform(uid, 30)
        studies = student_home | ((years >= 16) & (years < 18) & (staying < a["study_share_16_17"]))
        later = staying < a["study_share_18_20"] + 0.03 * (decile - 4)
        studies |= (years >= 18) & (years < 21) & later
        # The same draw decides on both stages, so that those who will go on to a degree are known at 16.
        until = np.where((years < 18) & ~later, 18, 21)
        left = np.maximum((until - years) * 12, np.where(until == 21, 1 + 11 * self.uniform(uid, 31), 0.0))
        persons.study_months = np.where(studies, np.maximum(np.ceil(left), 1), 0).astype(np.int16)
        goal_draw = self.uniform(uid, 32) - 0.03 * (decile - 4)
        goal = np.where(goal_draw < a["school_goal_low"], 1, np.where(goal_draw < a["school_goal_mid"], 2, 3))
        persons.study_goal = np.where(studies, np.where(until == 18, goal, 4), 0)
        score = 0.14 * (decile - 4) - 0.022 * np.maximum(years - 30, 0) + logit_draw(self.draws, uid, 33)
        score = score + np.where(student_home, 0.5, 0.0)
        qualification = np.zeros(persons.n_rows, dtype=np.int64)
        shares = region.tables["qualifications"]
        for k, name in enumerate(region.authority_names):
            here = np.flatnonzero(working_age & (authority == k))
            mine = shares[shares["authority"] == name]["share"].to_numpy(dtype=np.float64)
            counts = shares_to_counts(here.size, mine)
            # The young cannot yet hold what takes longer to reach: fill the high levels from those who can.
            free = here
            for level in (4, 3, 2, 1):
                allowed = years[free] >= (21 if level == 4 else 18 if level == 3 else 16)
                chosen = take_top(np.where(allowed, score[free], -1e9), int(counts[level]))
                qualification[free[chosen]] = level
                free = free[~chosen]
        old = years >= 65
        qualification[old] = np.digitize(score[old], [-0.3, 0.4, 1.0, 1.8])
        persons.qualification = qualification
        health = (
            0.055 * (years - 42)
            - 0.13 * (decile - 4)
            - 0.18 * (qualification - 2)
            + 1.3 * logit_draw(self.draws, uid, 34)
        )
        persons.health[
            np.flatnonzero(working_age)[
                take_top(health[working_age], int(working_age.sum() * a["limiting_health_share"]))
            ]
        ] = 1
        persons.health[
            np.flatnonzero(old)[take_top(health[old], int(old.sum() * a["limiting_health_share_65plus"]))]
        ] = 1
        young_children = np.bincount(persons.household[years < 6], minlength=households.n_rows)
        care = (
            2.2 * persons.sex + 1.6 * np.minimum(young_children[persons.household], 2)
            + 0.02 * (years - 40) + logit_draw(self.draws, uid, 35)
        )  # fmt: skip
        can_care = working_age & ~studies
        persons.caring[
            np.flatnonzero(can_care)[take_top(care[can_care], int(working_age.sum() * a["caring_share"]))]
        ] = 1
        disabled = self.uniform(uid, 36) < np.where(
            persons.health > 0, a["disability_if_limited"], a["disability_if_well"]
        )
        persons.disability = disabled.astype(np.int8)
        other = a["ethnic_minority_share_core"] * np.array([self._is_core(k) for k in range(region.n_authorities)])
        other = np.where(other > 0, other, a["ethnic_minority_share_rest"])
        persons.ethnicity = (self.uniform(households.uid[persons.household], 37) < other[authority]).astype(np.int8)

    # --- status ---

    def give_status(self, households: Table, persons: Table) -> None:
        """Labour-market status, with the shares of each authority exact."""
        region, a, uid = self.region, self.a, persons.uid
        years = persons.age_months / 12.0
        place = households.neighbourhood[persons.household]
        decile = region.neighbourhood_decile[place].astype(np.float64)
        authority = region.neighbourhood_authority[place]
        level = persons.qualification.astype(np.float64)
        studies = persons.study_months > 0
        status = np.where(years < 16, int(Status.CHILD), int(Status.PENSIONER))
        active = (
            -1.75 * persons.health - 2.2 * persons.caring + 0.30 * (level - 2) + 0.09 * (decile - 4)
            - np.where(studies, 3.7, 0.0) - 2.0 * (years >= 60) - 0.7 * ((years >= 55) & (years < 60))
            + logit_draw(self.draws, uid, 40)
        )  # fmt: skip
        jobless = -0.35 * (level - 2) - 0.10 * (decile - 4) + 0.9 * (years < 25) + logit_draw(self.draws, uid, 41)
        own_account = 0.035 * (years - 42) + 0.7 * (1 - persons.sex) - 3.0 * studies + logit_draw(self.draws, uid, 42)
        table = region.tables["labour_market"]
        inactive_rows = []
        for k in range(region.n_authorities):
            here = np.flatnonzero((years >= 16) & (years < 65) & (authority == k))
            row = table.iloc[k]
            shares = np.array([row["employees"], row["self_employed"], row["unemployed"], row["inactive"]], dtype=float)
            # Employees and self-employed are scaled to the published total of the employed, which has others too.
            shares[:2] *= float(row["employed"]) / shares[:2].sum()
            _, n_self, n_unemp, n_out = shares_to_counts(here.size, shares)
            out = take_top(-active[here], int(n_out))
            inactive_rows.append(here[out])
            rest = here[~out]
            seeking = take_top(jobless[rest], int(n_unemp))
            status[rest[seeking]] = Status.UNEMPLOYED
            rest = rest[~seeking]
            alone = take_top(own_account[rest], int(n_self))
            status[rest[alone]] = Status.SELF_EMPLOYED
            status[rest[~alone]] = Status.EMPLOYEE
        self._give_reasons(persons, status, np.concatenate(inactive_rows), years)
        persons.status = status
        gap = np.where(level == 4, 21, 18)
        worked = np.clip((years - gap) * 12 * a["share_of_time_worked"], 0, 600)
        persons.experience = worked.astype(np.int16)
        mean = np.where(status == Status.UNEMPLOYED, 8.0, 48.0)
        months = self.draws.exponential(Purpose.SYNTHESIS, BEGINNING, uid, 43) * mean
        persons.status_months = np.minimum(months, np.maximum(persons.age_months - 192, 0)).astype(np.int16)

    def _give_reasons(self, persons: Table, status: Ints, rows: Ints, years: Floats) -> None:
        """Reasons for inactivity with the published shares of the region."""
        table = self.region.tables["inactivity_reasons"].set_index("reason")["share"]
        counts = {name: round(float(share) * rows.size) for name, share in table.items()}
        draw = self.uniform(persons.uid[rows], 44)
        status[rows] = Status.DISCOURAGED
        free = np.ones(rows.size, dtype=bool)

        def give(name: str, code: Status, fits: NDArray[np.bool_], flag: str | None) -> None:
            # Those who fit come first; if they are too few, the flag is set for others of the right age.
            score = np.where(free, draw + 10.0 * fits, -1.0)
            chosen = take_top(score, min(counts[name], int(free.sum()))) & free
            if flag is None:
                chosen &= fits
            else:
                getattr(persons, flag)[rows[chosen]] = 1
            status[rows[chosen]] = code
            free[chosen] = False

        give("student", Status.STUDENT, persons.study_months[rows] > 0, None)
        grown = persons.study_months[rows] == 0
        draw = np.where(grown, draw, -0.5)
        give("long_term_sick", Status.LONG_TERM_SICK, (persons.health[rows] > 0) & grown, "health")
        give("carer", Status.CARER, (persons.caring[rows] > 0) & grown, "caring")
        give("retired", Status.RETIRED, years[rows] >= 55, None)
        # Full-time students who are still free are students, whatever the published share.
        late = free & (persons.study_months[rows] > 0)
        status[rows[late]] = Status.STUDENT

    # --- wealth ---

    def wealth(self, households: Table, persons: Table) -> Ints:
        """Opening financial wealth in pence: lognormal, by tenure, age and deprivation."""
        decile = self.region.neighbourhood_decile[households.neighbourhood].astype(np.float64)
        oldest = np.zeros(households.n_rows)
        np.maximum.at(oldest, persons.household, persons.age_months / 12.0)
        mean = (
            np.log(self.a["median_financial_wealth"])
            + 0.18 * (decile - 4)
            + 0.02 * (np.minimum(oldest, 70) - 45)
            + np.array([0.9, 0.3, -1.2, -0.8])[households.tenure]
            - 1.0 * households.student
        )
        spread = self.a["financial_wealth_log_sd"] * self.draws.normal(Purpose.SYNTHESIS, BEGINNING, households.uid, 50)
        return np.asarray(np.round(np.minimum(np.exp(mean + spread), 2e6) * 100), dtype=np.int64)
