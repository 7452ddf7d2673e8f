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

import numpy as np
from numpy.typing import NDArray

from agents.columns import Table
from agents.household_fields import HOUSEHOLD_FIELDS, Tenure
from agents.person_fields import PERSON_FIELDS, Status
from simulation.randomness import Draws, Purpose
from simulation.region import Region
from simulation.settlement import BANDS, BEGINNING, Settler, shares_to_counts, take_top

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Uids = NDArray[np.uint64]


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
    # Room for all, and some to come: to move a table of millions to a larger place takes long.
    homes, people = (
        sum(maker.count(k, column) for k in range(region.n_authorities) for column in columns)
        for columns in (("households",), [name for name, _, _ in BANDS])
    )
    households = Table("households", HOUSEHOLD_FIELDS, 1024 + int(1.1 * homes))
    persons = Table("persons", PERSON_FIELDS, 4096 + int(1.1 * people))
    for authority in range(region.n_authorities):
        maker.settle(authority, households, persons)
    maker.give_tenure_and_cars(households, persons)
    maker.give_attributes(households, persons)
    maker.give_status(households, persons)
    wealth = maker.wealth(households, persons)
    return households, persons, wealth


def logit_draw(draws: Draws, uids: Uids, index: int) -> Floats:
    """A standard logistic number per uid."""
    u = np.clip(draws.uniform(Purpose.SYNTHESIS, BEGINNING, uids, index), 1e-12, 1 - 1e-12)
    return np.log(u / (1.0 - u))


class _Maker(Settler):
    """Gives homes and persons what they have beyond a place, an age and a sex."""

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
