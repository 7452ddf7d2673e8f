"""Benefit units: who in a household counts as one for benefits, kept up as people come, go and come of age.

The oldest adult of a household, a partner of the same generation and the children under 16 are one unit: it is
liable for the rent and holds the savings. Every other adult, and every student in a house of students, lodges: a
unit alone, without rent, savings or children. So columns of households (`head`, `partner`, `children`,
`under_14`) and one of persons (`lodges`) say all there is to say; they change only with the membership of a household
and with birthdays.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from numba import njit

from agents.household_fields import Tenure
from agents.person_fields import UNDER_14_MONTHS, WORKING_AGE_MONTHS, Status
from simulation.members import members

if TYPE_CHECKING:
    from simulation.economy import Economy

#: Adults this much younger than the oldest form benefit units of their own (months).
GENERATION_MONTHS = 18 * 12
ADULT_MONTHS = WORKING_AGE_MONTHS[0]
SICK = int(Status.LONG_TERM_SICK)
SOCIAL_RENT, PRIVATE_RENT = int(Tenure.SOCIAL_RENT), int(Tenure.PRIVATE_RENT)


@njit(cache=True)
def _form(  # type: ignore[no-untyped-def]
    first, following, age_months, uid, student, homes, head, partner, children, under_14, people, lodges
):
    for h in homes:
        oldest, second, young, youngest, count = -1, -1, 0, 0, 0
        i = first[h]
        while i >= 0:
            count += 1
            youngest += age_months[i] < UNDER_14_MONTHS
            if age_months[i] < ADULT_MONTHS:
                young += 1
            elif oldest < 0 or _older(age_months, uid, i, oldest):
                oldest, second = i, oldest
            elif second < 0 or _older(age_months, uid, i, second):
                second = i
            i = following[i]
        if second >= 0 and (student[h] != 0 or age_months[oldest] - age_months[second] > GENERATION_MONTHS):
            second = -1
        head[h], partner[h], children[h], under_14[h], people[h] = oldest, second, young, youngest, count
        i = first[h]
        while i >= 0:
            lodges[i] = age_months[i] >= ADULT_MONTHS and i != oldest and i != second
            i = following[i]


@njit(cache=True, inline="always")
def _older(age_months, uid, one, other):  # type: ignore[no-untyped-def]
    # Twins come by identity.
    return age_months[one] > age_months[other] or (age_months[one] == age_months[other] and uid[one] < uid[other])


def keep_units(economy: Economy) -> None:
    """Form the benefit units anew of households in which somebody came, went, or turned 14 or 16."""
    persons, households, lists = economy.persons, economy.households, members(economy)
    homes = lists.take_changed()
    if homes.size:
        first, following = lists.links()
        _form(
            first, following, persons.age_months, persons.uid, households.student, homes, households.head,
            households.partner, households.children, households.under_14, households.people, persons.lodges,
        )  # fmt: skip
