"""Who may receive what from the state and from pension funds: one number for each person, a bit for each claim."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit
from numpy.typing import NDArray

from agents.person_fields import WORKING_AGE_MONTHS, Status
from simulation.blocks import BLOCK
from simulation.budget import SICK

if TYPE_CHECKING:
    from simulation.economy import Economy

#: What Universal Credit asks of an adult: may claim, unfit for work, cares for others, 25 or older.
ABLE, UNFIT, CARES, GROWN = 1, 2, 4, 8
ALL_TRAITS = ABLE | UNFIT | CARES | GROWN
#: May claim and lodges, may claim for a disability, is supported as a student, draws a pension.
ALONE, DISABLED, STUDENT, PENSIONED = 16, 32, 64, 128

RETIRED, PENSIONER = int(Status.RETIRED), int(Status.PENSIONER)
_CHILD_UP_TO, _PENSION_FROM = WORKING_AGE_MONTHS
_GROWN_UP = 18 * 12


@njit(cache=True)
def _entitle(people, work, trait):  # type: ignore[no-untyped-def]
    alive, age_months, study_months, disability, health, caring, lodges = people
    status, employer = work
    adult, idle = np.empty(BLOCK, np.uint8), np.empty(BLOCK, np.uint8)
    for start in range(0, alive.shape[0], BLOCK):
        here = slice(start, min(start + BLOCK, alive.shape[0]))
        lives, age, study, limited = alive[here], age_months[here], study_months[here], disability[here]
        state, firm, out = status[here], employer[here], trait[here]
        ill, cares, lodger = health[here], caring[here], lodges[here]
        # Loops over columns of one width each run many rows at once.
        for i in range(out.shape[0]):
            # Units in which nobody is of working age and out of full-time study have no claim.
            able = np.uint8((age[i] >= _GROWN_UP) & (age[i] < _PENSION_FROM) & (study[i] == 0)) * np.uint8(ABLE)
            studies = np.uint8((age[i] >= _GROWN_UP) & (study[i] > 0)) * np.uint8(STUDENT)
            out[i] = able + studies + np.uint8(age[i] >= 25 * 12) * np.uint8(GROWN)
        for i in range(out.shape[0]):
            adult[i] = np.uint8(age[i] >= _CHILD_UP_TO)
        for i in range(out.shape[0]):
            idle[i] = np.uint8(firm[i] < 0)
        for i in range(out.shape[0]):
            more = np.uint8((state[i] == PENSIONER) | (state[i] == RETIRED)) * np.uint8(PENSIONED)
            more += np.uint8(limited[i] > 0) * adult[i] * np.uint8(DISABLED)
            more += np.uint8((out[i] & ABLE) * (lodger[i] > 0)) * np.uint8(ALONE)
            more += np.uint8((state[i] == SICK) & (ill[i] > 0)) * idle[i] * np.uint8(UNFIT)
            more += np.uint8((cares[i] > 0) & (limited[i] > 0)) * idle[i] * np.uint8(CARES)
            out[i] = np.uint8(out[i] + more) * np.uint8(lives[i])


def entitlements(economy: Economy) -> NDArray[np.uint8]:
    """What each person may receive, as bits, shape (n_rows,); benefit units have to be kept up."""
    persons = economy.persons
    trait = np.empty(persons.n_rows, np.uint8)
    _entitle(
        (
            persons.alive, persons.age_months, persons.study_months, persons.disability, persons.health,
            persons.caring, persons.lodges,
        ),
        (persons.status, persons.employer),
        trait,
    )  # fmt: skip
    return trait
