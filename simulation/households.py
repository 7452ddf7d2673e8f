"""Households form, part, move in and out; accounts move with them through the ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit
from numpy.typing import NDArray

from agents.household_fields import Tenure
from agents.person_fields import EMPLOYED, Status, has_status
from simulation.accounts import Book, Flow
from simulation.participation import decide
from simulation.randomness import Purpose
from simulation.separations import leave_job

if TYPE_CHECKING:
    from simulation.economy import Economy

Rows = NDArray[np.int64]

LEAVE_HOME, PAIR, PART, MOVE_OUT, MOVE_IN, STUDENTS, KIN, ORPHAN = (int(Purpose.MIGRATION) + k for k in range(1, 9))


@njit(cache=True)
def _count_members(alive, age_months, household, n):  # type: ignore[no-untyped-def]
    adults, children = np.zeros(n, np.int64), np.zeros(n, np.int64)
    for i in range(alive.shape[0]):
        if alive[i]:
            if age_months[i] >= 192:
                adults[household[i]] += 1
            else:
                children[household[i]] += 1
    return adults, children


@njit(cache=True)
def _oldest(rows, age_months, household, n):  # type: ignore[no-untyped-def]
    """Age of the oldest of these persons in each household, in months, 0 for none."""
    oldest = np.zeros(n, np.int64)
    for r in rows:
        oldest[household[r]] = max(oldest[household[r]], age_months[r])
    return oldest


def members_of(economy: Economy) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Adults and children by household row, each of shape (n_rows,)."""
    persons = economy.persons
    adults, children = _count_members(persons.alive, persons.age_months, persons.household, economy.households.n_rows)
    return np.asarray(adults), np.asarray(children)


def pass_on(economy: Economy, givers: Rows, takers: Rows, flow: Flow) -> None:
    """Move whole balances between households; debts are written off by lenders outside."""
    ledger, cash = economy.ledger, economy.households.cash
    held = cash[givers].copy()
    debt = np.maximum(-held, 0)
    ledger.post(Flow.DEBT_WRITE_OFF, Book.REST_OF_WORLD, (Book.HOUSEHOLDS, givers), debt)
    ledger.post(flow, (Book.HOUSEHOLDS, givers), (Book.HOUSEHOLDS, takers), np.maximum(held, 0))


def dissolve(economy: Economy, rows: Rows) -> None:
    """Close households whose balance is zero; the firms they owned pass to another resident household."""
    orgs, households = economy.organisations, economy.households
    assert not households.cash[rows].any(), "a household is closed with money in its account"
    gone = np.zeros(households.n_rows, dtype=bool)
    gone[rows] = True
    households.remove(rows)
    orphaned = np.flatnonzero(orgs.alive & (orgs.owner >= 0) & gone[np.maximum(orgs.owner, 0)])
    if orphaned.size:
        orgs.owner[orphaned] = draw_owners(economy, orgs.uid[orphaned], economy.month)


def draw_owners(economy: Economy, uids: NDArray[np.uint64], month: int) -> Rows:
    """Households that own businesses: by chance, in proportion to their savings."""
    households = economy.households
    rows = households.rows()
    rows = rows[np.argsort(households.uid[rows], kind="stable")]
    cumulative = np.cumsum(np.sqrt(np.maximum(households.cash[rows], 0) / 100.0) + 1.0)
    return rows[economy.draws.choice_cdf(cumulative, Purpose.OWNERSHIP, month, uids, 90)]


def empty_homes(economy: Economy, candidates: Rows, flow: Flow) -> None:
    """Close those of the candidates in which nobody is left, leaving their money to kin or taking it away."""
    adults, children = members_of(economy)
    candidates = np.unique(candidates)
    empty = candidates[(adults[candidates] == 0) & (children[candidates] == 0) & economy.households.alive[candidates]]
    if empty.size == 0:
        return
    if flow is Flow.MIGRATION:
        send_away(economy, empty)
    else:
        pass_on(economy, empty, heirs(economy, empty), flow)
    dissolve(economy, empty)


def send_away(economy: Economy, rows: Rows) -> None:
    """Take the balances of households out of the region."""
    held = economy.households.cash[rows].copy()
    ledger = economy.ledger
    ledger.post(Flow.DEBT_WRITE_OFF, Book.REST_OF_WORLD, (Book.HOUSEHOLDS, rows), np.maximum(-held, 0))
    ledger.post(Flow.MIGRATION, (Book.HOUSEHOLDS, rows), Book.REST_OF_WORLD, np.maximum(held, 0))


def heirs(economy: Economy, rows: Rows) -> Rows:
    """A household of kin for each, drawn among households with adults other than these."""
    adults, _ = members_of(economy)
    households = economy.households
    candidates = np.flatnonzero(households.alive & (adults > 0))
    candidates = candidates[~np.isin(candidates, rows)]
    candidates = candidates[np.argsort(households.uid[candidates], kind="stable")]
    pick = economy.draws.uniform(KIN, economy.month, households.uid[rows])
    return candidates[(pick * candidates.size).astype(np.int64)]


def depart(economy: Economy, rows: Rows) -> None:
    """Persons leave the region; homes that empty are closed and their money goes along."""
    take_out(economy, rows, Flow.MIGRATION)


def bury(economy: Economy, rows: Rows) -> None:
    """Persons die; homes that empty are closed and their money is inherited."""
    take_out(economy, rows, Flow.INHERITANCE)


def take_out(economy: Economy, rows: Rows, flow: Flow) -> None:
    """Persons are gone from jobs, ties and homes; the money of homes that empty moves under a flow."""
    if rows.size == 0:
        return
    persons = economy.persons
    leave_job(economy, rows)
    left = persons.household[rows].astype(np.int64).copy()
    persons.remove(rows)
    economy.social.forget(rows)
    rehouse_children(economy, left)
    empty_homes(economy, left, flow)


def rehouse_children(economy: Economy, touched: Rows) -> None:
    """Children left without an adult move to kin."""
    adults, children = members_of(economy)
    touched = np.unique(touched)
    bereft = touched[(adults[touched] == 0) & (children[touched] > 0)]
    if bereft.size == 0:
        return
    new_home = np.full(economy.households.n_rows, -1, dtype=np.int64)
    new_home[bereft] = heirs(economy, bereft)
    persons = economy.persons
    moving = np.flatnonzero(persons.alive & (new_home[np.maximum(persons.household, 0)] >= 0))
    persons.household[moving] = new_home[persons.household[moving]]


def found(economy: Economy, uids: NDArray[np.uint64], like: Rows) -> Rows:
    """New households in the neighbourhood of others.

    Their tenure is drawn from the region's shares, since later moves between tenures are left out.
    """
    households, a = economy.households, economy.assumptions
    car = economy.draws.uniform(LEAVE_HOME, economy.month, uids, 5) < a["new_household_car_share"]
    social, private = a["social_rent_share"], a["private_rent_share"]
    draw = economy.draws.uniform(LEAVE_HOME, economy.month, uids, 6)
    tenure = np.where(
        draw < social, Tenure.SOCIAL_RENT, np.where(draw < social + private, Tenure.PRIVATE_RENT, Tenure.MORTGAGED)
    )
    cost = np.array([0.0, a["mortgage_interest"], a["social_rent"], a["private_rent"]])[tenure]
    return households.add(
        uids,
        neighbourhood=households.neighbourhood[like],
        tenure=tenure,
        car=car.astype(np.int8),
        housing_cost=np.rint(cost * 100.0).astype(np.int64),
    )


def leave_student_houses(economy: Economy, rows: Rows) -> None:
    """Graduates who stay found homes of their own, with their share of the house's money."""
    if rows.size == 0:
        return
    persons, households = economy.persons, economy.households
    adults, _ = members_of(economy)
    old = persons.household[rows].astype(np.int64)
    share = np.maximum(households.cash[old], 0) // np.maximum(adults[old], 1)
    new = found(economy, economy.draws.derive_ids(LEAVE_HOME, economy.month, persons.uid[rows]), old)
    persons.household[rows] = new
    economy.ledger.post(Flow.INHERITANCE, (Book.HOUSEHOLDS, old), (Book.HOUSEHOLDS, new), share)
    empty_homes(economy, old, Flow.INHERITANCE)


def form_and_part(economy: Economy) -> None:
    """Grown-up children leave home, singles pair up, couples part."""
    persons, households, a = economy.persons, economy.households, economy.assumptions
    adults, _ = members_of(economy)
    age = persons.age_months
    grown = np.flatnonzero(persons.alive & (age >= 192))
    oldest = _oldest(grown, age, persons.household, households.n_rows)
    # Leaving home: grown-up children who have left school.
    young = grown[
        (age[grown] >= 19 * 12) & (age[grown] < 40 * 12) & (persons.study_months[grown] == 0)
        & (oldest[persons.household[grown]] - age[grown] >= 16 * 12)
    ]  # fmt: skip
    goes = young[economy.draws.uniform(LEAVE_HOME, economy.month, persons.uid[young]) < a["leave_home_rate"] / 12.0]
    if goes.size:
        uids = economy.draws.derive_ids(LEAVE_HOME, economy.month, persons.uid[goes])
        new = found(economy, uids, persons.household[goes].astype(np.int64))
        persons.household[goes] = new
    # Pairing: single heads of similar age and the same authority move together.
    adults, _ = members_of(economy)
    authority = economy.region.neighbourhood_authority[households.neighbourhood]
    heads = np.flatnonzero(persons.alive & (age >= 20 * 12) & (age < 60 * 12) & (adults[persons.household] == 1))
    heads = heads[households.student[persons.household[heads]] == 0]
    meets = heads[economy.draws.uniform(PAIR, economy.month, persons.uid[heads]) < a["pairing_rate"] / 12.0]
    men, women = meets[persons.sex[meets] == 0], meets[persons.sex[meets] == 1]
    men = men[np.lexsort((persons.uid[men], age[men], authority[persons.household[men]]))]
    women = women[np.lexsort((persons.uid[women], age[women], authority[persons.household[women]]))]
    pairs = min(men.size, women.size)
    if pairs:
        # Ranks within authority and age stand in for a marriage market.
        join(economy, men[:pairs], women[:pairs])
    # Parting: one of a couple moves out; children stay with the mother.
    adults, _ = members_of(economy)
    men = np.flatnonzero(
        persons.alive & (persons.sex == 0) & (age >= 22 * 12) & (age < 60 * 12) & (adults[persons.household] == 2)
        & (oldest[np.minimum(persons.household, oldest.size - 1)] - age < 16 * 12)
    )  # fmt: skip
    parts = men[economy.draws.uniform(PART, economy.month, persons.uid[men]) < a["parting_rate"] / 12.0]
    with_woman = np.zeros(households.n_rows, dtype=bool)
    with_woman[persons.household[persons.alive & (persons.sex == 1) & (age >= 192)]] = True
    parts = parts[with_woman[persons.household[parts]]]
    parts = parts[np.unique(persons.household[parts], return_index=True)[1]]
    if parts.size:
        old = persons.household[parts].astype(np.int64)
        uids = economy.draws.derive_ids(PART, economy.month, persons.uid[parts])
        new = found(economy, uids, old)
        persons.household[parts] = new
        half = np.maximum(economy.households.cash[old], 0) // 2
        economy.ledger.post(Flow.INHERITANCE, (Book.HOUSEHOLDS, old), (Book.HOUSEHOLDS, new), half)


def join(economy: Economy, movers: Rows, hosts: Rows) -> None:
    """Persons move with their whole household into that of another."""
    persons = economy.persons
    from_home = persons.household[movers].astype(np.int64)
    to_home = persons.household[hosts].astype(np.int64)
    fresh = np.full(economy.households.n_rows, -1, dtype=np.int64)
    fresh[from_home] = to_home
    moving = np.flatnonzero(persons.alive & (fresh[np.maximum(persons.household, 0)] >= 0))
    persons.household[moving] = fresh[persons.household[moving]]
    economy.households.car[to_home] = np.maximum(economy.households.car[to_home], economy.households.car[from_home])
    pass_on(economy, from_home, to_home, Flow.INHERITANCE)
    owned = np.flatnonzero((economy.organisations.owner >= 0) & economy.organisations.alive)
    owner = economy.organisations.owner[owned]
    economy.organisations.owner[owned] = np.where(fresh[owner] >= 0, fresh[owner], owner)
    dissolve(economy, from_home)


def migrate(economy: Economy) -> None:
    """Households leave and arrive; students from outside arrive as houses."""
    persons, households, a = economy.persons, economy.households, economy.assumptions
    rows = households.rows()
    rows = rows[households.student[rows] == 0]
    rate = a["household_migration_rate"] / 12.0
    goes = rows[economy.draws.uniform(MOVE_OUT, economy.month, households.uid[rows]) < rate]
    # Arrivals copy the make-up of resident households drawn at the same rate (hot deck).
    extra = 1.0 + a["net_migration_share"]
    models = rows[economy.draws.uniform(MOVE_IN, economy.month, households.uid[rows]) < rate * extra]
    arrive(economy, models)
    leaving = np.zeros(households.n_rows, dtype=bool)
    leaving[goes] = True
    depart(economy, np.flatnonzero(persons.alive & leaving[np.maximum(persons.household, 0)]))
    students_arrive(economy)


def arrive(economy: Economy, models: Rows) -> None:
    """New households copied from resident ones; workers arrive without a job and look for one."""
    if models.size == 0:
        return
    persons, households, ledger = economy.persons, economy.households, economy.ledger
    uids = economy.draws.derive_ids(MOVE_IN, economy.month, households.uid[models])
    columns = ("neighbourhood", "tenure", "car", "housing_cost", "expected_income")
    values = {name: getattr(households, name)[models].copy() for name in columns}
    wealth = np.maximum(households.cash[models], 0).copy()
    new = households.add(uids, **values)
    ledger.post(Flow.MIGRATION, Book.REST_OF_WORLD, (Book.HOUSEHOLDS, new), wealth)
    target = np.full(households.n_rows, -1, dtype=np.int64)
    target[models] = new
    donors = np.flatnonzero(persons.alive & (target[np.maximum(persons.household, 0)] >= 0))
    ids = economy.draws.derive_ids(MOVE_IN, economy.month, persons.uid[donors])
    kept = (
        "age_months", "sex", "ethnicity", "disability", "health", "caring", "qualification", "experience", "taste",
        "study_months", "study_goal", "status",
    )  # fmt: skip
    data = {name: getattr(persons, name)[donors].copy() for name in kept}
    working = has_status(data["status"], *EMPLOYED)
    data["status"] = np.where(working, int(Status.UNEMPLOYED), data["status"]).astype(np.int8)
    persons.add(ids, household=target[persons.household[donors]], **data)


def students_arrive(economy: Economy) -> None:
    """Students from outside move into shared houses where students live now."""
    persons, households, a = economy.persons, economy.households, economy.assumptions
    wanted = a["students_from_outside"] / 36.0 / economy.scale / 4.0
    draw = economy.draws.uniform(STUDENTS, economy.month, np.zeros(1, dtype=np.uint64))[0]
    count = int(wanted + draw)
    if count == 0:
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
    rows = persons.add(
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
    decide(economy, rows)
