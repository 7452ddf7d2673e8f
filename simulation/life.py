"""Phase 2, life: ageing, study, health, caring, retirement, births and deaths."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from agents.household_fields import Tenure
from agents.person_fields import WORKING_AGE_MONTHS, Status, has_status
from simulation import households as homes
from simulation.participation import decide
from simulation.randomness import Purpose
from simulation.separations import leave_job, set_status

if TYPE_CHECKING:
    from simulation.economy import Economy

Rows = NDArray[np.int64]

GOAL, GRADUATE, HEALTH, CARE, RETIRE, DEATH, BIRTH = (int(Purpose.LIFE) + k for k in range(1, 8))


def live(economy: Economy) -> None:
    """Run the phase."""
    economy.persons.age_months[economy.persons.alive] += 1
    come_of_age(economy)
    study(economy)
    change_health(economy)
    change_caring(economy)
    retire(economy)
    die(economy)
    give_birth(economy)
    homes.form_and_part(economy)
    homes.migrate(economy)


def monthly(annual: NDArray[np.float64] | float) -> NDArray[np.float64]:
    """Monthly hazard of a yearly chance."""
    return np.asarray(1.0 - (1.0 - np.asarray(annual)) ** (1.0 / 12.0))


def decile_of(economy: Economy, rows: Rows) -> NDArray[np.int8]:
    """IMD decile of the neighbourhood in which persons live."""
    place = economy.households.neighbourhood[economy.persons.household[rows]]
    return np.asarray(economy.region.neighbourhood_decile[place])


def come_of_age(economy: Economy) -> None:
    """At 16 children become students or job-seekers; at 65 people become pensioners."""
    persons, a = economy.persons, economy.assumptions
    low, high = WORKING_AGE_MONTHS
    young = np.flatnonzero(persons.alive & (persons.age_months == low) & (persons.status == Status.CHILD))
    if young.size:
        draw = economy.draws.uniform(GOAL, economy.month, persons.uid[young])
        decile = decile_of(economy, young).astype(np.float64)
        u = economy.draws.uniform(GOAL, economy.month, persons.uid[young], 1) - 0.03 * (decile - 4)
        goal = np.where(u < a["school_goal_low"], 1, np.where(u < a["school_goal_mid"], 2, 3))
        later = economy.draws.uniform(GOAL, economy.month, persons.uid[young], 2) < a["study_share_18_20"] + 0.03 * (
            decile - 4
        )
        months = np.where(later, 60, np.where(draw < a["study_share_16_17"], 24, 0))
        # What is reached at 16 in school, on the way to the goal.
        at_sixteen = np.where(u < a["school_goal_none"], 0, np.minimum(goal, 2))
        persons.qualification[young] = at_sixteen
        persons.study_months[young] = months
        persons.study_goal[young] = np.where(later, 4, goal)
        persons.taste[young] = economy.fresh_taste(young)
        decide(economy, young)
    old = np.flatnonzero(persons.alive & (persons.age_months >= high) & (persons.status != Status.PENSIONER))
    leave_job(economy, old)
    persons.course_kind[old] = 0
    persons.course_months[old] = 0
    persons.study_months[old] = 0
    set_status(economy, old, Status.PENSIONER)
    # Mortgages run no longer than to pension age.
    homes_of = persons.household[old]
    paid_off = homes_of[economy.households.tenure[homes_of] == Tenure.MORTGAGED]
    economy.households.tenure[paid_off] = Tenure.OWNED_OUTRIGHT
    economy.households.housing_cost[paid_off] = 0


def study(economy: Economy) -> None:
    """Initial education goes on; those who finish take their qualification, and many graduates leave."""
    persons = economy.persons
    rows = np.flatnonzero(persons.alive & (persons.study_months > 0))
    persons.study_months[rows] -= 1
    done = rows[persons.study_months[rows] == 0]
    if done.size == 0:
        return
    persons.qualification[done] = np.maximum(persons.qualification[done], persons.study_goal[done])
    without = done[persons.employer[done] < 0]
    decide(economy, without)
    graduates = done[persons.study_goal[done] == 4]
    leaves = (
        economy.draws.uniform(GRADUATE, economy.month, persons.uid[graduates])
        < economy.assumptions["graduate_leaving_share"]
    )
    leavers = graduates[leaves]
    # A graduate who leaves alone goes; one who heads a family stays with it.
    dependants = np.zeros(economy.households.n_rows, dtype=bool)
    dependants[persons.household[np.flatnonzero(persons.alive & (persons.status == Status.CHILD))]] = True
    leavers = leavers[~dependants[persons.household[leavers]]]
    economy.counts["graduates_leaving"] += leavers.size
    stayers = done[~np.isin(done, leavers)]
    homes.leave_student_houses(economy, stayers[economy.households.student[persons.household[stayers]] > 0])
    homes.depart(economy, leavers)


def change_health(economy: Economy) -> None:
    """Limiting conditions begin and end, more often with age and deprivation."""
    persons, a = economy.persons, economy.assumptions
    rows = np.flatnonzero(persons.alive & (persons.age_months >= 192))
    years = persons.age_months[rows] / 12.0
    decile = decile_of(economy, rows).astype(np.float64)
    onset = a["health_onset_rate"] * np.exp(0.035 * (years - 42) - 0.09 * (decile - 4))
    recovery = a["health_recovery_rate"] * np.exp(-0.015 * (years - 42) + 0.03 * (decile - 4))
    limited = persons.health[rows] > 0
    hazard = monthly(np.clip(np.where(limited, recovery, onset), 0.0, 0.9))
    flips = rows[economy.draws.uniform(HEALTH, economy.month, persons.uid[rows]) < hazard]
    persons.health[flips] = 1 - persons.health[flips]
    think_again(economy, flips)


def change_caring(economy: Economy) -> None:
    """Caring that limits work begins and ends; young children and elderly kin bring it on."""
    persons, a = economy.persons, economy.assumptions
    low, high = WORKING_AGE_MONTHS
    rows = np.flatnonzero(
        persons.alive & (persons.age_months >= low + 24) & (persons.age_months < high) & (persons.study_months == 0)
    )
    small = np.bincount(
        persons.household[persons.alive & (persons.age_months < 72)], minlength=economy.households.n_rows
    )
    infants = np.minimum(small[persons.household[rows]], 2)
    woman = persons.sex[rows] == 1
    onset = a["caring_onset_rate"] * np.where(woman, 1.5, 0.5) * (1.0 + 2.5 * infants)
    ending = a["caring_end_rate"] / (1.0 + 0.8 * infants)
    cares = persons.caring[rows] > 0
    hazard = monthly(np.clip(np.where(cares, ending, onset), 0.0, 0.9))
    flips = rows[economy.draws.uniform(CARE, economy.month, persons.uid[rows]) < hazard]
    persons.caring[flips] = 1 - persons.caring[flips]
    think_again(economy, flips)


def think_again(economy: Economy, rows: Rows) -> None:
    """People whose health or caring has changed decide at once whether to work or look for work."""
    persons = economy.persons
    of_age = persons.age_months[rows] < WORKING_AGE_MONTHS[1]
    settled = has_status(persons.status[rows], Status.SELF_EMPLOYED, Status.RETIRED)
    decide(economy, rows[of_age & ~settled])


def retire(economy: Economy) -> None:
    """Some stop for good before 65, more often in poor health and when out of work."""
    persons, a = economy.persons, economy.assumptions
    low = 55 * 12
    rows = np.flatnonzero(
        persons.alive & (persons.age_months >= low) & (persons.age_months < WORKING_AGE_MONTHS[1])
        & (persons.status != Status.RETIRED)
    )  # fmt: skip
    years = persons.age_months[rows] / 12.0
    rate = a["early_retirement_rate"] * np.exp(0.2 * (years - 60))
    rate = rate * np.where(persons.employer[rows] < 0, 1.5, 1.0)
    # The sick and carers keep their main reason.
    rate = np.where(has_status(persons.status[rows], Status.LONG_TERM_SICK, Status.CARER), 0.0, rate)
    out = rows[economy.draws.uniform(RETIRE, economy.month, persons.uid[rows]) < monthly(np.clip(rate, 0.0, 0.9))]
    leave_job(economy, out)
    set_status(economy, out, Status.RETIRED)


def die(economy: Economy) -> None:
    """Deaths by age and deprivation (Gompertz 1825); a home's last adult leaves its money to others."""
    persons, a = economy.persons, economy.assumptions
    rows = np.flatnonzero(persons.alive & (persons.age_months >= 35 * 12))
    years = persons.age_months[rows] / 12.0
    decile = decile_of(economy, rows).astype(np.float64)
    annual = a["mortality_at_65"] * np.exp(0.098 * (years - 65)) * np.exp(-0.06 * (decile - 4))
    dies = rows[economy.draws.uniform(DEATH, economy.month, persons.uid[rows]) < monthly(np.clip(annual, 0.0, 0.95))]
    economy.counts["deaths"] += dies.size
    homes.bury(economy, dies)


def give_birth(economy: Economy) -> None:
    """Women in their twenties and thirties have children."""
    persons, a = economy.persons, economy.assumptions
    rows = np.flatnonzero(
        persons.alive & (persons.sex == 1) & (persons.age_months >= 20 * 12) & (persons.age_months < 42 * 12)
        & (persons.study_months == 0)
    )  # fmt: skip
    years = persons.age_months[rows] / 12.0
    annual = a["birth_rate"] * np.exp(-(((years - 30.5) / 7.0) ** 2))
    mothers = rows[economy.draws.uniform(BIRTH, economy.month, persons.uid[rows]) < monthly(annual)]
    if mothers.size == 0:
        return
    uids = economy.draws.derive_ids(BIRTH, economy.month, persons.uid[mothers])
    persons.add(
        uids,
        household=persons.household[mothers],
        sex=(economy.draws.uniform(BIRTH, economy.month, uids, 1) < 0.49).astype(np.int8),
        ethnicity=persons.ethnicity[mothers],
        status=int(Status.CHILD),
    )
    economy.counts["births"] += mothers.size
