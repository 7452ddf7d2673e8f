"""Students from outside: how many there are, and in which authority they live."""

from __future__ import annotations

import pandas as pd

from experiments.region_build.choice import Choice
from experiments.region_build.frames import Column

__all__ = ["core_of", "student_factor"]

STUDENTS, STUDENT_HOUSES = "students_from_outside", "student_houses_in_liverpool"
#: Students from outside are at most this share of an authority's people of 16 to 24 (assumed; four ages in nine fit).
MOST_STUDENTS = 0.35


def _students(choice: Choice, youth: Column) -> Column:
    """Students from outside by authority: as in the pack to borrow from, or in proportion to people of 16 to 24."""
    like, twins = choice.like, choice.twins()
    values = like.assumption_values()
    cities = like.zones.loc[like.zones["kind"] == "city_centre", "authority"]
    central = values[STUDENT_HOUSES]
    others = max(like.n_authorities - 1, 1)
    rate = values[STUDENTS] / float(like.authorities["age_16_24"].sum())
    found = {}
    for name in choice.names:
        share = central if twins.get(name) in set(cities) else (1.0 - central) / others
        found[name] = values[STUDENTS] * share if name in twins else rate * float(youth[name])
    return pd.Series(found)


def core_of(choice: Choice, youth: Column) -> str:
    """The authority that has the city centre, where the model puts nearly all students from outside.

    Args:
        choice: The authorities.
        youth: People of 16 to 24 by authority.

    Returns:
        The one that has a city centre in the pack to borrow from, else the one with most students.
    """
    cities = set(choice.like.zones.loc[choice.like.zones["kind"] == "city_centre", "authority"])
    for name, twin in choice.twins().items():
        if twin in cities:
            return name
    most = _students(choice, youth)
    order = sorted(choice.names, key=lambda name: (-most[name], -float(youth[name])))
    return order[0]


def student_factor(choice: Choice, youth: Column) -> float:
    """Students from outside of the new region over those of the pack to borrow from.

    Args:
        choice: The authorities.
        youth: People of 16 to 24 by authority.
    """
    like = choice.like
    if len(choice.twins()) == len(choice.names) == like.n_authorities:
        return 1.0
    values = like.assumption_values()
    most = MOST_STUDENTS * float(youth[core_of(choice, youth)]) / values[STUDENT_HOUSES]
    return min(float(_students(choice, youth).sum()), most) / values[STUDENTS]
