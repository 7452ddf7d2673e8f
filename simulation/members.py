"""Who lives in which home: lists of members by household, kept up as people come, go and move."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from agents.columns import distinct
from agents.person_fields import WORKING_AGE_MONTHS, Status
from simulation.blocks import BLOCK

if TYPE_CHECKING:
    from simulation.economy import Economy

Rows = NDArray[np.int64]
CHILD = int(Status.CHILD)
ADULT_MONTHS, INFANT_MONTHS = WORKING_AGE_MONTHS[0], 6 * 12


@njit(cache=True)
def _link(alive, household, first, following):  # type: ignore[no-untyped-def]
    # From the last person to the first, so that each list ascends.
    for i in range(alive.shape[0] - 1, -1, -1):
        if alive[i]:
            following[i] = first[household[i]]
            first[household[i]] = i


@njit(cache=True)
def _enter(first, following, household, rows):  # type: ignore[no-untyped-def]
    for i in rows:
        following[i] = first[household[i]]
        first[household[i]] = i


@njit(cache=True)
def _leave(first, following, household, rows):  # type: ignore[no-untyped-def]
    for i in rows:
        home = household[i]
        if first[home] == i:
            first[home] = following[i]
        else:
            before = first[home]
            while following[before] != i:
                before = following[before]
            following[before] = following[i]


@njit(cache=True)
def _describe(first, following, age_months, sex, status, homes, counts, flags):  # type: ignore[no-untyped-def]
    """Fill in what homes are made of; `counts` and `flags` have a line for each of them.

    The first members of many homes are looked at together, then their second, so that memory serves many at once.
    """
    home, member, age = np.empty(BLOCK, np.int32), np.empty(BLOCK, np.int32), np.empty(BLOCK, np.int32)
    woman, child = np.empty(BLOCK, np.bool_), np.empty(BLOCK, np.bool_)
    for start in range(0, homes.shape[0], BLOCK):
        left = min(BLOCK, homes.shape[0] - start)
        for k in range(left):
            home[k], member[k] = start + k, first[homes[start + k]]
        while left > 0:
            found = 0
            for k in range(left):
                home[found], member[found] = home[k], member[k]
                found += member[k] >= 0
            for k in range(found):
                age[k] = age_months[member[k]]
            for k in range(found):
                woman[k] = sex[member[k]] == 1
            for k in range(found):
                child[k] = status[member[k]] == CHILD
            for k in range(found):
                member[k] = following[member[k]]
            for k in range(found):
                h, grown = home[k], age[k] >= ADULT_MONTHS
                counts[h, 0] += grown
                counts[h, 1] += not grown
                counts[h, 2] += age[k] < INFANT_MONTHS
                counts[h, 3] = max(counts[h, 3], age[k])
                flags[h, 0] |= grown & woman[k]
                flags[h, 1] |= child[k]
            left = found


@njit(cache=True)
def _everybody(first, following, homes):  # type: ignore[no-untyped-def]
    count = 0
    for home in homes:
        i = first[home]
        while i >= 0:
            count += 1
            i = following[i]
    out = np.empty(count, np.int64)
    count = 0
    for home in homes:
        i = first[home]
        while i >= 0:
            out[count] = i
            count += 1
            i = following[i]
    return out


@dataclass(frozen=True)
class Homes:
    """What some households are made of; every array has one entry for each of them.

    Attributes:
        adults: People of 16 and over.
        children: People under 16.
        infants: People under 6.
        oldest: Age of the oldest, months; 0 in an empty home.
        woman: Whether a woman of 16 or over is among them.
        dependant: Whether somebody has the status of a child.
    """

    adults: Rows
    children: Rows
    infants: Rows
    oldest: Rows
    woman: NDArray[np.bool_]
    dependant: NDArray[np.bool_]


class Members:
    """Lists of the members of every household; people come, go and move by way of it.

    Args:
        economy: The economy, as it is now.
    """

    def __init__(self, economy: Economy) -> None:
        self._economy = economy
        persons = economy.persons
        self._first = np.full(economy.households.n_rows, -1, dtype=np.int32)
        self._next = np.full(persons.n_rows, -1, dtype=np.int32)
        _link(persons.alive, persons.household, self._first, self._next)
        self._changes = persons.changes
        #: Households whose members are others than when `take_changed` was last asked, or have come of age.
        self._changed = [np.arange(economy.households.n_rows)]

    @property
    def hold(self) -> bool:
        """Whether nobody has come or gone but by way of these lists."""
        return bool(self._changes == self._economy.persons.changes)

    def links(self) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """First member of each household and the next one after each person, -1 for none; for kernels."""
        self._grow()
        return self._first, self._next

    def come_of_age(self, rows: Rows) -> None:
        """Take note that persons have turned 14 or 16, so that their households count as changed."""
        self._note_change(rows)

    def take_changed(self) -> Rows:
        """Households whose members have changed since this was last asked, ascending, shape (n,)."""
        changed = distinct(np.concatenate(self._changed)) if self._changed else np.empty(0, np.int64)
        self._changed = []
        return changed

    def describe(self, homes: Rows) -> Homes:
        """What these households are made of.

        Args:
            homes: Rows of households, shape (n,).
        """
        self._grow()
        persons = self._economy.persons
        homes = np.asarray(homes, dtype=np.int64)
        counts, flags = np.zeros((homes.size, 4), np.int64), np.zeros((homes.size, 2), np.bool_)
        _describe(self._first, self._next, persons.age_months, persons.sex, persons.status, homes, counts, flags)
        return Homes(*counts.T, *flags.T)

    def of(self, homes: Rows) -> Rows:
        """Everybody who lives in these households, ascending.

        Args:
            homes: Rows of households without repetition, shape (n,).
        """
        self._grow()
        return np.sort(_everybody(self._first, self._next, np.asarray(homes, dtype=np.int64)))

    def add(self, uids: NDArray[np.uint64], **values: Any) -> Rows:
        """Add persons, as `Table.add`; they come to live where `household` says.

        Args:
            uids: Identities, shape (n,).
            **values: Column values.
        """
        rows = self._economy.persons.add(uids, joined=self._economy.month, **values)
        self._changes += 1
        self._enter(rows)
        return rows

    def remove(self, rows: Rows) -> None:
        """Take persons out of their homes and out of the table.

        Args:
            rows: Rows of persons without repetition, shape (n,).
        """
        if rows.size:
            self._leave(rows)
            self._economy.persons.remove(rows)
            self._changes += 1

    def move(self, rows: Rows, homes: Rows) -> None:
        """Move persons from home to home.

        Args:
            rows: Rows of persons without repetition, shape (n,).
            homes: Rows of the households that they move to, shape (n,).
        """
        economy = self._economy
        place = economy.households.neighbourhood
        far = place[economy.persons.household[rows]] != place[homes]
        self._leave(rows)
        economy.persons.household[rows] = homes
        self._enter(rows)
        economy.social.moved(rows[far])

    def _enter(self, rows: Rows) -> None:
        self._grow()
        _enter(self._first, self._next, self._economy.persons.household, np.asarray(rows, dtype=np.int64))
        self._note_change(rows)

    def _leave(self, rows: Rows) -> None:
        _leave(self._first, self._next, self._economy.persons.household, np.asarray(rows, dtype=np.int64))
        self._note_change(rows)

    def _note_change(self, rows: Rows) -> None:
        self._changed.append(self._economy.persons.household[rows].astype(np.int64))

    def _grow(self) -> None:
        economy = self._economy
        self._first = _lengthened(self._first, economy.households.n_rows)
        self._next = _lengthened(self._next, economy.persons.n_rows)


def _lengthened(column: NDArray[np.int32], size: int) -> NDArray[np.int32]:
    if size <= column.shape[0]:
        return column
    # With room for years to come, since the whole is copied.
    return np.concatenate([column, np.full(size + size // 16 - column.shape[0], -1, dtype=np.int32)])


def members(economy: Economy) -> Members:
    """The lists, made when they are first asked for, and anew where the table was changed without them."""
    found: Members | None = getattr(economy, "_members", None)
    if found is None or not found.hold:
        found = Members(economy)
        economy._members = found
    return found
