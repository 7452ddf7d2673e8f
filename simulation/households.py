"""Households form, pair, part and end; accounts move with their people through the ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from agents.columns import distinct
from agents.household_fields import Tenure
from simulation.accounts import Book, Flow
from simulation.events import Chance
from simulation.hazards import Event
from simulation.members import members
from simulation.randomness import Purpose
from simulation.register import Register
from simulation.separations import leave_job

if TYPE_CHECKING:
    from simulation.economy import Economy

Rows = NDArray[np.int64]

LEAVE_HOME, PART, KIN = (int(Purpose.MIGRATION) + k for k in (1, 3, 7))
#: Index of the first draw for an owner, beyond those of other draws for ownership.
OWNER_DRAWS = 1000
#: Tries to find owners that are made together.
TRIES_AT_ONCE = 2048


def registered(economy: Economy) -> Register:
    """Households in the order of place and identity, as at the start of the month."""
    found: Register | None = getattr(economy, "_register", None)
    if found is None:
        households = economy.households
        found = Register(households, economy.region.n_neighbourhoods)
        found.enter(households.rows(), households.neighbourhood[households.alive])
        economy._register = found
    return found


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
    households.remove(rows)
    # Owner -1 finds some home, which does not matter.
    orphaned = np.flatnonzero(orgs.alive & (orgs.owner >= 0) & ~households.alive[orgs.owner])
    if orphaned.size:
        orgs.owner[orphaned] = draw_owners(economy, orgs.uid[orphaned], economy.month)


def draw_owners(economy: Economy, uids: NDArray[np.uint64], month: int) -> Rows:
    """Households that own businesses: by chance, in proportion to the root of their savings.

    By rejection (von Neumann 1951): a household picked evenly is taken with its share of the greatest weight.

    Args:
        economy: The economy.
        uids: Identities of the businesses, shape (n,).
        month: Month that keys the draws.
    """
    households, register = economy.households, registered(economy)
    most = float(np.sqrt(max(int(households.cash.max()), 0) / 100.0) + 1.0)
    owner = np.full(uids.size, -1)
    index, left = OWNER_DRAWS, np.arange(uids.size)
    while left.size:
        # Several tries at once where few are left: most tries fail.
        tries = min(max(TRIES_AT_ONCE // left.size, 1), 64)
        which = np.tile(np.arange(index, index + tries), left.size)
        pick, mark = economy.draws.pairs(Purpose.OWNERSHIP, month, np.repeat(uids[left], tries), which)
        at = (pick * len(register)).astype(np.int64)
        home = register.row[at]
        weight = np.sqrt(np.maximum(households.cash[home], 0) / 100.0) + 1.0
        fits = ((households.uid[home] == register.uid[at]) & (mark * most < weight)).reshape(-1, tries)
        taken = fits.any(axis=1)
        owner[left[taken]] = home.reshape(-1, tries)[taken, fits[taken].argmax(axis=1)]
        index, left = index + tries, left[~taken]
    return owner


def close_homes(economy: Economy, empty: Rows, flow: Flow) -> None:
    """Close households in which nobody is left, leaving their money to kin or taking it away."""
    empty = empty[economy.households.alive[empty]]
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
    households, register = economy.households, registered(economy)
    found = np.full(rows.size, -1, dtype=np.int64)
    seeking = np.arange(rows.size)
    index = 0
    while seeking.size:
        pick = economy.draws.uniform(KIN, economy.month, households.uid[rows[seeking]], index)
        position = (pick * len(register)).astype(np.int64)
        home = register.row[position].astype(np.int64)
        # Whoever is gone by now, has nobody to take them in, or is a party to it is passed over.
        fit = (households.uid[home] == register.uid[position]) & (members(economy).describe(home).adults > 0)
        fit &= ~np.isin(home, rows)
        found[seeking[fit]] = home[fit]
        seeking = seeking[~fit]
        index += 1
    return found


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
    members(economy).remove(rows)
    left = distinct(left)
    made_of = members(economy).describe(left)
    emptied = made_of.adults == 0
    rehouse_children(economy, left[emptied & (made_of.children > 0)])
    close_homes(economy, left[emptied], flow)


def rehouse_children(economy: Economy, bereft: Rows) -> None:
    """Children of homes without an adult move to kin."""
    if bereft.size:
        move_all(economy, bereft, heirs(economy, bereft))


def move_all(economy: Economy, homes: Rows, to: Rows) -> None:
    """Everybody in some households moves, each household to one other."""
    moving = members(economy).of(homes)
    order = np.argsort(homes)
    members(economy).move(moving, to[order][np.searchsorted(homes[order], economy.persons.household[moving])])


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
    old = persons.household[rows].astype(np.int64)
    share = np.maximum(households.cash[old], 0) // np.maximum(members(economy).describe(old).adults, 1)
    new = found(economy, economy.draws.derive_ids(LEAVE_HOME, economy.month, persons.uid[rows]), old)
    members(economy).move(rows, new)
    economy.ledger.post(Flow.INHERITANCE, (Book.HOUSEHOLDS, old), (Book.HOUSEHOLDS, new), share)
    old = distinct(old)
    made_of = members(economy).describe(old)
    close_homes(economy, old[made_of.adults + made_of.children == 0], Flow.INHERITANCE)


def form_and_part(economy: Economy, chances: dict[Event, Chance]) -> None:
    """Grown-up children leave home, singles pair up, couples part."""
    leave_home(economy, chances[Event.LEAVE_HOME])
    pair(economy, chances[Event.PAIR])
    part(economy, chances[Event.PART])


def leave_home(economy: Economy, chance: Chance) -> None:
    """Grown-up children who have left school find a home of their own."""
    persons = economy.persons
    rows = chance.rows
    oldest = members(economy).describe(persons.household[rows]).oldest
    able = (persons.study_months[rows] == 0) & (oldest - persons.age_months[rows] >= 16 * 12)
    goes = chance.where(able).strikes(economy.assumptions["leave_home_rate"] / 12.0)
    if goes.size:
        uids = economy.draws.derive_ids(LEAVE_HOME, economy.month, persons.uid[goes])
        members(economy).move(goes, found(economy, uids, persons.household[goes].astype(np.int64)))


def pair(economy: Economy, chance: Chance) -> None:
    """Single heads of similar age and the same authority move together."""
    persons, households = economy.persons, economy.households
    home = persons.household[chance.rows]
    able = (members(economy).describe(home).adults == 1) & (households.student[home] == 0)
    meets = chance.where(able).strikes(economy.assumptions["pairing_rate"] / 12.0)
    authority = economy.region.neighbourhood_authority[households.neighbourhood[persons.household[meets]]]
    meets = meets[np.lexsort((persons.uid[meets], persons.age_months[meets], authority))]
    men, women = meets[persons.sex[meets] == 0], meets[persons.sex[meets] == 1]
    pairs = min(men.size, women.size)
    if pairs:
        # Ranks within authority and age stand in for a marriage market.
        join(economy, men[:pairs], women[:pairs])


def part(economy: Economy, chance: Chance) -> None:
    """One of a couple moves out with half the money; children stay with the mother."""
    persons = economy.persons
    rows = chance.rows
    made_of = members(economy).describe(persons.household[rows])
    couple = (made_of.adults == 2) & made_of.woman & (made_of.oldest - persons.age_months[rows] < 16 * 12)
    parts = chance.where(couple).strikes(economy.assumptions["parting_rate"] / 12.0)
    if parts.size:
        old = persons.household[parts].astype(np.int64)
        new = found(economy, economy.draws.derive_ids(PART, economy.month, persons.uid[parts]), old)
        members(economy).move(parts, new)
        half = np.maximum(economy.households.cash[old], 0) // 2
        economy.ledger.post(Flow.INHERITANCE, (Book.HOUSEHOLDS, old), (Book.HOUSEHOLDS, new), half)


def join(economy: Economy, movers: Rows, hosts: Rows) -> None:
    """Persons move with their whole household into that of another."""
    persons, orgs, households = economy.persons, economy.organisations, economy.households
    from_home = persons.household[movers].astype(np.int64)
    to_home = persons.household[hosts].astype(np.int64)
    move_all(economy, from_home, to_home)
    households.car[to_home] = np.maximum(households.car[to_home], households.car[from_home])
    pass_on(economy, from_home, to_home, Flow.INHERITANCE)
    fresh = np.full(households.n_rows, -1, dtype=np.int32)
    fresh[from_home] = to_home
    owned = np.flatnonzero((orgs.owner >= 0) & orgs.alive)
    owner = orgs.owner[owned]
    orgs.owner[owned] = np.where(fresh[owner] >= 0, fresh[owner], owner)
    dissolve(economy, from_home)
