"""Phase 2, life: ageing, study, health, caring, retirement, births and deaths."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from agents.household_fields import Tenure
from agents.person_fields import UNDER_14_MONTHS, WORKING_AGE_MONTHS, Status, has_status
from simulation import hazards
from simulation import households as homes
from simulation.events import Chance, possible
from simulation.hazards import Event
from simulation.members import members
from simulation.migration import migrate, possible_moves
from simulation.participation import decide
from simulation.randomness import Purpose
from simulation.separations import leave_job, set_status

if TYPE_CHECKING:
    from simulation.economy import Economy

Rows = NDArray[np.int64]

GOAL, GRADUATE, BIRTH = (int(Purpose.LIFE) + k for k in (1, 2, 7))


def live(economy: Economy) -> None:
    """Run the phase."""
    grow_older(economy)
    come_of_age(economy)
    moves = possible_moves(economy)
    study(economy)
    chances = possible(economy)
    change_health(economy, chances[Event.HEALTH])
    change_caring(economy, chances[Event.CARE])
    retire(economy, chances[Event.RETIRE])
    die(economy, chances[Event.DEATH])
    give_birth(economy, chances[Event.BIRTH])
    homes.form_and_part(economy, chances)
    migrate(economy, moves)


def grow_older(economy: Economy) -> None:
    """Everybody grows a month older."""
    ages = economy.persons.age_months
    ages += economy.persons.alive


def decile_of(economy: Economy, rows: Rows) -> NDArray[np.int8]:
    """IMD decile of the neighbourhood in which persons live."""
    place = economy.households.neighbourhood[economy.persons.household[rows]]
    return np.asarray(economy.region.neighbourhood_decile[place])


def come_of_age(economy: Economy) -> None:
    """At 16 children become students or job-seekers; at 65 people become pensioners."""
    persons, a = economy.persons, economy.assumptions
    low, high = WORKING_AGE_MONTHS
    ages, alive = persons.age_months, persons.alive
    young = np.flatnonzero(alive & (ages == low) & (persons.status == Status.CHILD))
    old = np.flatnonzero(alive & (ages >= high) & (persons.status != Status.PENSIONER))
    # Those under 14 count less towards what a household needs.
    members(economy).come_of_age(np.flatnonzero(alive & (ages == UNDER_14_MONTHS)))
    if young.size:
        members(economy).come_of_age(young)
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
        persons.ability[young] = economy.inborn_ability(young)
        decide(economy, young)
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
    left = persons.study_months
    done = np.flatnonzero(persons.alive & (left == 1))
    left -= persons.alive & (left > 0)
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
    leavers = leavers[~members(economy).describe(persons.household[leavers]).dependant]
    economy.counts["graduates_leaving"] += leavers.size
    stayers = done[~np.isin(done, leavers)]
    homes.leave_student_houses(economy, stayers[economy.households.student[persons.household[stayers]] > 0])
    homes.depart(economy, leavers)


def change_health(economy: Economy, chance: Chance) -> None:
    """Limiting conditions begin and end, more often with age and deprivation."""
    persons, rows = economy.persons, chance.rows
    years, limited = persons.age_months[rows] / 12.0, persons.health[rows] > 0
    flips = chance.strikes(hazards.health(economy.assumptions, years, decile_of(economy, rows), limited))
    persons.health[flips] = 1 - persons.health[flips]
    think_again(economy, flips)


def change_caring(economy: Economy, chance: Chance) -> None:
    """Caring that limits work begins and ends; small children bring it on."""
    persons = economy.persons
    chance = chance.where(persons.study_months[chance.rows] == 0)
    rows = chance.rows
    # Most cannot be struck whatever their home is like, and only the homes of the rest are looked into.
    woman, cares = persons.sex[rows] == 1, persons.caring[rows] > 0
    greatest = hazards.caring(economy.assumptions, woman, np.where(cares, 0, hazards.MOST_INFANTS), cares)
    chance = chance.where(chance.mark < greatest)
    rows = chance.rows
    infants = members(economy).describe(persons.household[rows]).infants
    hazard = hazards.caring(economy.assumptions, persons.sex[rows] == 1, infants, persons.caring[rows] > 0)
    flips = chance.strikes(hazard)
    persons.caring[flips] = 1 - persons.caring[flips]
    think_again(economy, flips)


def think_again(economy: Economy, rows: Rows) -> None:
    """People whose health or caring has changed decide at once whether to work or look for work."""
    persons = economy.persons
    of_age = persons.age_months[rows] < WORKING_AGE_MONTHS[1]
    settled = has_status(persons.status[rows], Status.SELF_EMPLOYED, Status.RETIRED)
    decide(economy, rows[of_age & ~settled])


def retire(economy: Economy, chance: Chance) -> None:
    """Some stop for good before 65, more often when out of work; the sick and carers keep their main reason."""
    persons = economy.persons
    status = persons.status[chance.rows]
    chance = chance.where(~has_status(status, Status.RETIRED, Status.LONG_TERM_SICK, Status.CARER))
    rows = chance.rows
    out = chance.strikes(
        hazards.retirement(economy.assumptions, persons.age_months[rows] / 12.0, persons.employer[rows] < 0)
    )
    leave_job(economy, out)
    set_status(economy, out, Status.RETIRED)


def die(economy: Economy, chance: Chance) -> None:
    """Deaths by age and deprivation; a home's last adult leaves its money to others."""
    persons, rows = economy.persons, chance.rows
    years = persons.age_months[rows] / 12.0
    dies = chance.strikes(hazards.death(economy.assumptions, years, decile_of(economy, rows)))
    economy.counts["deaths"] += dies.size
    homes.bury(economy, dies)


def give_birth(economy: Economy, chance: Chance) -> None:
    """Women in their twenties and thirties have children."""
    persons = economy.persons
    # Only one thing happens to a person in a month, so that none of these has died.
    chance = chance.where(persons.study_months[chance.rows] == 0)
    mothers = chance.strikes(hazards.birth(economy.assumptions, persons.age_months[chance.rows] / 12.0))
    if mothers.size == 0:
        return
    uids = economy.draws.derive_ids(BIRTH, economy.month, persons.uid[mothers])
    members(economy).add(
        uids,
        household=persons.household[mothers],
        sex=(economy.draws.uniform(BIRTH, economy.month, uids, 1) < 0.49).astype(np.int8),
        ethnicity=persons.ethnicity[mothers],
        status=int(Status.CHILD),
    )
    economy.counts["births"] += mothers.size
