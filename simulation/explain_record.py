"""What an explanation of a person's month says: state, constraint, offers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from agents.person_fields import Status
from simulation.skills import NAMES

if TYPE_CHECKING:
    from agents.columns import Table
    from simulation.economy import Economy


class Constraint(StrEnum):
    """What kept somebody out of work, or out of the job looked for."""

    # Of those who look.
    VACANCIES = "vacancies"  # no employer had a post open to residents
    REACH = "reach"  # too few posts near enough to come across one
    COURSE = "course"  # a course took the time to search
    CHANCE = "chance"  # came across none, though posts were in reach
    QUALIFICATION = "qualification"  # posts asked for more
    TRAVEL = "travel"  # worth it but for the way there
    BENEFITS = "benefits"  # worth it but for benefits lost
    PAY = "pay"  # less than the least that the person would accept
    PRESENT_JOB = "present job"  # not enough better than it
    COMPETITION = "competition"  # employers chose others
    # Of those who do not look, besides reach, benefits and qualification.
    HEALTH = "health"
    CARING = "caring"
    STUDY = "study"
    AGE = "age"  # 55 or over
    TASTE = "taste"  # less inclined to work than most
    RETIREMENT = "retirement"  # stopped for good, and has not thought again
    HABIT = "habit"  # would look, but has not thought again


#: Outcomes of a post that was seen, besides the constraints that kept it from being applied for.
TAKEN, OTHER_CHOSEN, GONE_ELSEWHERE = "taken", "another applicant chosen", "had taken another job by then"

#: Columns of the table of offers, with their types.
OFFER_COLUMNS = {
    "employer": "uint64",
    "industry": "object",
    "place": "object",
    "heard": "object",
    "level": "int64",
    "hours": "float64",
    "secure": "bool",
    "pay": "float64",
    "minutes": "float64",
    "gain": "float64",
    "travel_cost": "float64",
    "worth": "float64",
    "least": "float64",
    "applied": "bool",
    "outcome": "object",
    "applicants": "int64",
    "rank": "int64",
    "winner": "uint64",
}


@dataclass(frozen=True)
class PersonState:
    """A person at one moment.

    Attributes:
        status: Labour-market status.
        status_months: Months in it.
        employer: Uid of the employer, None without one.
        wage: Hourly pay of an employee, pounds; 0 for others.
        hours: Hours a week.
        years: Age.
        qualification: Highest, 0 to 4.
        health: Whether a condition limits work.
        caring: Whether caring limits work.
        studies: Whether in initial education.
        course: Kind of adult course, "none" without one.
        car: Whether the household has a car.
        neighbourhood: Id in the region pack.
    """

    status: Status
    status_months: int
    employer: int | None
    wage: float
    hours: float
    years: float
    qualification: int
    health: bool
    caring: bool
    studies: bool
    course: str
    car: bool
    neighbourhood: str


@dataclass(frozen=True)
class Explanation:
    """Why a person found work in a month, or did not.

    Attributes:
        person: Uid.
        month: Calendar month, "YYYY-MM".
        before: The person when the month opened; None for whoever was not there yet.
        market: The person when posts had been advertised; None for whoever was not there.
        after: The person when the month had closed; None for whoever was gone.
        looked: Whether the person looked for work, or for another job.
        asked: Whether the person thought this month about taking part.
        takes_part: Outcome of that, or of what it would have been; None for whoever works, seeks work
            or is not of working age, and was not asked.
        what_if: For those who take no part: whether they would, by constraint lifted alone.
        vacancies: Posts advertised in the month.
        reach: Part of the wish to apply that vacancies in reach allow, 0 to 1; NaN for whoever did not look.
        offers: Posts seen, one row each, in the order of `OFFER_COLUMNS`: uid of the employer, its industry and zone;
            how heard of ("travel", "friend" or "both"); level, weekly hours, security; hourly pay to this person in
            pounds; minutes of travel, money included; in pounds a month the gain to the household over no work, the
            cost of travel, what the job is worth and the least that the person accepts (gain and what follows are NaN
            where the level is too high); whether applied for; outcome; applicants; rank of this one among them (0
            without an application); uid of whom the employer chose (0 for nobody).
        taken: The row of `offers` that was taken, None for nothing.
        constraint: What bound; None for those who found work, did not need to, or are not of working age.
        sentence: All this in words.
    """

    person: int
    month: str
    before: PersonState | None
    market: PersonState | None
    after: PersonState | None
    looked: bool
    asked: bool
    takes_part: bool | None
    what_if: Mapping[str, bool]
    vacancies: int
    reach: float
    offers: pd.DataFrame
    taken: Mapping[str, Any] | None
    constraint: Constraint | None
    sentence: str

    def __str__(self) -> str:
        return self.sentence


def state_of(economy: Economy, row: int) -> PersonState:
    """The person in a row, as they now are."""
    persons, homes = economy.persons, economy.households
    employer, home = int(persons.employer[row]), int(persons.household[row])
    return PersonState(
        status=Status(int(persons.status[row])),
        status_months=int(persons.status_months[row]),
        employer=int(economy.organisations.uid[employer]) if employer >= 0 else None,
        wage=float(persons.wage[row]) / 100.0,
        hours=float(persons.hours[row]),
        years=float(persons.age_months[row]) / 12.0,
        qualification=int(persons.qualification[row]),
        health=bool(persons.health[row]),
        caring=bool(persons.caring[row]),
        studies=bool(persons.study_months[row]),
        course=NAMES[int(persons.course_kind[row])],
        car=bool(homes.car[home]),
        neighbourhood=str(economy.region.neighbourhoods["id"].iloc[int(homes.neighbourhood[home])]),
    )


def row_of(table: Table, uid: int) -> int | None:
    """Row in which an entity lives, None if there is none of the kind."""
    return rows_of(table, [uid]).get(uid)


def rows_of(table: Table, uids: Sequence[int]) -> dict[int, int]:
    """Rows by uid of the entities that live."""
    # What is no uid at all is nobody's.
    wanted = np.array([uid for uid in uids if 0 <= uid < 2**64], np.uint64)
    rows = np.flatnonzero(np.isin(table.uid, wanted) & table.alive)
    return dict(zip(table.uid[rows].tolist(), rows.tolist(), strict=True))


def industry_name(economy: Economy, organisation: int) -> str:
    """Sector of an organisation's row in the region pack, by id."""
    ids, industry = economy.region.sector_ids, int(economy.organisations.industry[organisation])
    return ids[industry] if industry < len(ids) else "public_administration"


def zone_name(economy: Economy, zone: int) -> str:
    """Name of an employment zone."""
    return str(economy.region.zones["name"].iloc[zone])


@contextmanager
def supposed(table: Table, row: int, **values: float) -> Iterator[None]:
    """Suppose other values in some columns of one row, and put them back."""
    columns = {name: getattr(table, name) for name in values}
    kept = {name: column[row] for name, column in columns.items()}
    for name, value in values.items():
        columns[name][row] = value
    try:
        yield
    finally:
        for name, value in kept.items():
            columns[name][row] = value
