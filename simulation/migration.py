"""Households leave the region and arrive in it; students from outside arrive as houses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from agents.household_fields import Tenure
from agents.person_fields import EMPLOYED, Status, has_status
from simulation import households as homes
from simulation.accounts import Book, Flow
from simulation.events import possible_rows
from simulation.members import members
from simulation.participation import decide
from simulation.randomness import Purpose

if TYPE_CHECKING:
    from simulation.economy import Economy

Rows = NDArray[np.int64]
Floats = NDArray[np.float64]

MOVE_IN, STUDENTS, MOVE = (int(Purpose.MIGRATION) + k for k in (5, 6, 9))


@dataclass(frozen=True)
class Moves:
    """Households that may leave or be copied this month: rows, identities, and where their draw fell."""

    rows: Rows
    uid: NDArray[np.uint64]
    mark: Floats


def possible_moves(economy: Economy) -> Moves:
    """Households that may leave this month, or be copied by others who arrive.

    Possible months are drawn ahead as in `simulation.events`; new households enter the register.
    """
    households, chance = economy.households, min(sum(migration_chances(economy)), 0.999)
    rows, mark, new = possible_rows(economy, households, households.next_move, MOVE, chance)
    homes.registered(economy).enter(new, households.neighbourhood[new], tidy=economy.month % 12 == 0)
    return Moves(rows, households.uid[rows], mark)


def migration_chances(economy: Economy) -> tuple[float, float]:
    """Monthly chances that a household leaves, and that one like it arrives."""
    a = economy.assumptions
    rate = a["household_migration_rate"] / 12.0
    return rate, rate * (1.0 + a["net_migration_share"])


def migrate(economy: Economy, moves: Moves) -> None:
    """Households leave and arrive; students from outside arrive as houses."""
    households = economy.households
    # Some have come to an end since the month began, and their rows may hold others.
    settled = (households.uid[moves.rows] == moves.uid) & (households.student[moves.rows] == 0)
    rows, mark = moves.rows[settled], moves.mark[settled]
    leaves, arrives = migration_chances(economy)
    # Arrivals copy the make-up of resident households drawn at the same rate (hot deck).
    arrive(economy, rows[(mark >= leaves) & (mark < leaves + arrives)])
    homes.depart(economy, members(economy).of(rows[mark < leaves]))
    students_arrive(economy)


def arrive(economy: Economy, models: Rows) -> None:
    """New households copied from resident ones; workers arrive without a job and have looked for one already."""
    if models.size == 0:
        return
    persons, households, ledger = economy.persons, economy.households, economy.ledger
    uids = economy.draws.derive_ids(MOVE_IN, economy.month, households.uid[models])
    columns = ("neighbourhood", "tenure", "car", "housing_cost", "expected_income")
    values = {name: getattr(households, name)[models].copy() for name in columns}
    wealth = np.maximum(households.cash[models], 0).copy()
    new = households.add(uids, **values)
    ledger.post(Flow.MIGRATION, Book.REST_OF_WORLD, (Book.HOUSEHOLDS, new), wealth)
    donors = members(economy).of(models)
    to = new[np.searchsorted(models, persons.household[donors])]
    ids = economy.draws.derive_ids(MOVE_IN, economy.month, persons.uid[donors])
    kept = (
        "age_months", "sex", "ethnicity", "disability", "health", "caring", "qualification", "experience", "ability",
        "taste", "study_months", "study_goal", "status",
    )  # fmt: skip
    data = {name: getattr(persons, name)[donors].copy() for name in kept}
    working = has_status(data["status"], *EMPLOYED)
    data["status"] = np.where(working, int(Status.UNEMPLOYED), data["status"]).astype(np.int8)
    members(economy).add(ids, household=to, **data)


def students_arrive(economy: Economy) -> None:
    """Students from outside move into shared houses where students live now."""
    persons, households, a = economy.persons, economy.households, economy.assumptions
    wanted = a["students_from_outside"] / 36.0 / economy.scale / 4.0
    draw = economy.draws.uniform(STUDENTS, economy.month, np.zeros(1, dtype=np.uint64))[0]
    count = int(wanted + draw)
    if count == 0 or economy.student_places.size == 0:  # a region may be too small for a single student house
        return
    uids = economy.draws.derive_ids(STUDENTS, economy.month, np.arange(count, dtype=np.uint64))
    places = economy.student_places
    pick = (economy.draws.uniform(STUDENTS, economy.month, uids, 1) * places.size).astype(np.int64)
    new = households.add(
        uids, neighbourhood=places[pick], tenure=int(Tenure.PRIVATE_RENT), student=1,
        housing_cost=round(a["private_rent"] * 100),
    )  # fmt: skip
    parents = np.repeat(uids, 4) + np.tile(np.arange(4, dtype=np.uint64), count)
    ids = economy.draws.derive_ids(STUDENTS, economy.month, parents)
    rows = members(economy).add(
        ids,
        household=np.repeat(new, 4),
        age_months=(18 * 12 + 4 + 12 * economy.draws.uniform(STUDENTS, economy.month, ids, 2)).astype(np.int16),
        sex=(economy.draws.uniform(STUDENTS, economy.month, ids, 3) < 0.54).astype(np.int8),
        qualification=3,
        status=int(Status.STUDENT),
        study_months=36,
        study_goal=4,
    )
    persons.taste[rows] = economy.fresh_taste(rows)
    persons.ability[rows] = economy.inborn_ability(rows)
    decide(economy, rows)
