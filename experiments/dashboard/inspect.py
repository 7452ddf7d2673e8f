"""Who lives and who employs in a neighbourhood: rows of an economy, in words, as they are now.

What brought them there is told by `story`, by `uid`, which is the same on both sides of a comparison.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from agents.household_fields import Tenure
from agents.organisation_fields import Kind, Ownership
from agents.person_fields import Mode, Status
from experiments.phrases import counted
from simulation import Economy

#: Cards of each kind that a neighbourhood shows.
MOST_HOMES, MOST_FIRMS = 6, 6
QUALIFICATIONS = ("no qualification", "NVQ 1", "NVQ 2", "NVQ 3", "NVQ 4 or more")


def rows_of(economy: Economy, place: int) -> dict[str, Any]:
    """A few households and employers of a neighbourhood, those of least `uid`.

    Args:
        economy: Between two months.
        place: Position of the neighbourhood in the region pack.

    Returns:
        `households` and `firms`, a card each with title, lines and uid, and how many there are of each.
    """
    homes, orgs = economy.households, economy.organisations
    here = np.flatnonzero(homes.alive & (homes.neighbourhood == place))
    firms = np.flatnonzero(orgs.alive & (orgs.neighbourhood == place) & (orgs.kind != Kind.OUTSIDE))
    here, firms = here[np.argsort(homes.uid[here])], firms[np.argsort(orgs.uid[firms])]
    persons = economy.persons
    members = np.flatnonzero(persons.alive & np.isin(persons.household, here[:MOST_HOMES]))
    return {
        "households": [
            _household(economy, int(row), members[persons.household[members] == row]) for row in here[:MOST_HOMES]
        ],
        "firms": [_firm(economy, int(row)) for row in firms[:MOST_FIRMS]],
        "n_households": int(here.size),
        "n_firms": int(firms.size),
    }


def _household(economy: Economy, row: int, members: Any) -> dict[str, Any]:
    homes = economy.households
    tenure = Tenure(int(homes.tenure[row])).name.replace("_", " ").lower()
    money = f"£{homes.income[row] / 100:,.0f} a month, £{homes.cash[row] / 100:,.0f} in the bank"
    return {
        "uid": str(int(homes.uid[row])),
        "title": f"Household of {members.size}",
        "lines": [f"{money}; {tenure}; {'a car' if homes.car[row] else 'no car'}"],
        "people": [_person(economy, int(person)) for person in members],
    }


def _person(economy: Economy, row: int) -> dict[str, str]:
    persons = economy.persons
    status = Status(int(persons.status[row]))
    parts = [status.name.replace("_", " ").lower()]
    if status is Status.EMPLOYEE:
        parts.append(f"£{persons.wage[row] / 100:.2f} an hour, {persons.hours[row]:.0f} hours a week")
        parts.append("secure" if persons.secure[row] else "insecure")
    if persons.employer[row] >= 0:
        way = Mode(int(persons.mode[row])).name.lower()
        parts.append({"home": "works at home", "active": "walks or cycles"}.get(way, f"travels by {way}"))
    if status not in (Status.CHILD, Status.PENSIONER):
        parts.append(f"{int(persons.status_months[row])} months so")
        parts.append(QUALIFICATIONS[int(persons.qualification[row])])
    if persons.health[row]:
        parts.append("a condition that limits work")
    if persons.caring[row]:
        parts.append("looks after family")
    if persons.course_months[row] > 0:
        parts.append("on a course")
    sex = "woman" if persons.sex[row] else "man"
    age = int(persons.age_months[row]) // 12
    who = f"{sex.capitalize()}, {age}" if age >= 16 else f"Child, {age}"
    return {"uid": str(int(persons.uid[row])), "title": who, "text": ", ".join(parts)}


def _firm(economy: Economy, row: int) -> dict[str, Any]:
    orgs, sectors = economy.organisations, economy.region.sector_ids
    industry = int(orgs.industry[row])
    name = sectors[industry].replace("_", " ") if industry < len(sectors) else "public administration"
    kind = "Anchor institution" if orgs.kind[row] == Kind.ANCHOR else "Business"
    owned = Ownership(int(orgs.ownership[row])).name.lower()
    workers = int(orgs.headcount[row]) + int(orgs.outside_workers[row])
    lines = [
        f"{counted(workers, 'worker')}, {counted(int(orgs.vacancies[row]), 'vacancy', 'vacancies')}; {owned} ownership",
        f"sales £{orgs.sales[row] / 100:,.0f} in the month, £{orgs.cash[row] / 100:,.0f} in the bank",
        "in the charter" if orgs.accredited[row] else "not in the charter",
    ]
    return {"uid": str(int(orgs.uid[row])), "title": f"{kind}, {name}", "lines": lines}
