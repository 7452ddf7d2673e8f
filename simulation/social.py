"""Social ties: who knows whom, and so who hears of a job at a friend's workplace.

Ties are a homophilous small world (McPherson, Smith-Lovin and Cook 2001; Watts and Strogatz 1998):
most are to people of the same neighbourhood, many to people of the same authority and qualification,
a few to anyone. Ties point one way and are kept in a dense array of constant degree, which is a
compressed sparse row matrix whose row pointers need not be stored. Friends are picked by rejection
(von Neumann 1951) from a register of adults in the order of place and identity.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import networkx as nx
import numpy as np
from numba import njit
from numpy.typing import NDArray

from agents.columns import distinct
from agents.person_fields import WORKING_AGE_MONTHS
from simulation.blocks import draw_pairs_at
from simulation.randomness import Purpose
from simulation.register import Register

if TYPE_CHECKING:
    from simulation.economy import Economy

#: Purpose of draws within Purpose.NETWORK.
TIE = np.int64(Purpose.NETWORK + 3)
#: Month of ties in the column `befriended` of those who have drawn none.
NEVER_BEFRIENDED = -2048


#: Tries to find a friend before a tie stays open, and draws kept apart for each tie.
MOST_TRIES = 256


#: Persons whose ties are drawn together.
BATCH = 128
#: Months between the birthdays on which it is seen whether any friend is left.
CHECK_MONTHS = 60


@njit(cache=True)
def _befriend(  # type: ignore[no-untyped-def]
    seed, month, rows, ties, persons_uid, age_months, household, qualification, place_of, cell_of, authority_cell,
    authority_of, register_uid, register_row, register_first, near, alike,
):  # fmt: skip
    degree = ties.shape[1]
    size = BATCH * degree
    who, tie, level = np.empty(size, np.int64), np.empty(size, np.int64), np.empty(size, np.int8)
    low, high, at = np.empty(size, np.int64), np.empty(size, np.int64), np.empty(size, np.int64)
    kind, u = np.empty(size), np.empty(size)
    fits, spare = np.empty(size, np.bool_), np.empty(size)
    key, index = np.empty(size, np.uint64), np.empty(size, np.int64)
    friend, home, may = np.empty(size, np.int64), np.empty(size, np.int64), np.empty(size, np.int64)
    for start in range(0, rows.shape[0], BATCH):
        n = np.int64(0)
        for i in rows[start : start + BATCH]:
            for k in range(degree):
                who[n], tie[n], key[n], index[n] = i, k, persons_uid[i], k * MOST_TRIES
                ties[i, k] = -1
                n += 1
        draw_pairs_at(key, index, n, seed, TIE, month, kind, u)
        for j in range(n):
            place = place_of[household[who[j]]]
            level[j] = -1
            if kind[j] < near:
                low[j], high[j] = register_first[cell_of[place]], register_first[cell_of[place] + 1]
            elif kind[j] < near + alike:
                authority = authority_of[place]
                low[j] = register_first[authority_cell[authority]]
                high[j] = register_first[authority_cell[authority + 1]]
                level[j] = qualification[who[j]]
            else:
                low[j], high[j] = 0, register_row.shape[0]
        for t in range(1, MOST_TRIES):
            # All that are still open try at once: reading far-off memory for many at a time costs little more
            # than for one.
            for j in range(n):
                at[j] = min(low[j] + int(u[j] * (high[j] - low[j])), register_row.shape[0] - 1)
            for j in range(n):
                i = register_row[at[j]]
                friend[j] = i
                age, q = age_months[i], qualification[i]
                fits[j] = (age >= 192) & (age < 780) & ((level[j] < 0) | (level[j] == q)) & (high[j] > low[j])
            # Only the homes of those who may do are looked up.
            found = 0
            for j in range(n):
                may[found] = j
                found += fits[j]
            for m in range(found):
                j = may[m]
                fits[j] = persons_uid[friend[j]] == register_uid[at[j]]
            for m in range(found):
                home[m] = household[friend[may[m]]]
            for m in range(found):
                # Those who have moved are also where they lived before.
                j, cell = may[m], cell_of[place_of[home[m]]]
                fits[j] &= (register_first[cell] <= at[j]) & (at[j] < register_first[cell + 1])
            left = np.int64(0)
            for j in range(n):
                if fits[j]:
                    if friend[j] != who[j]:
                        ties[who[j], tie[j]] = friend[j]
                    continue
                who[left], tie[left], low[left], high[left] = who[j], tie[j], low[j], high[j]
                level[left], key[left], index[left] = level[j], key[j], tie[j] * MOST_TRIES + t
                left += 1
            n = left
            if n == 0:
                break
            draw_pairs_at(key, index, n, seed, TIE, month, u, spare)


class SocialNetwork:
    """Ties of every person row.

    A tie is to the person who lived in a row when it was drawn. It holds while that person is alive: a row
    in which somebody has come to live since then holds a stranger.

    Args:
        economy: The economy, with its persons and households.

    Attributes:
        ties: Person rows, -1 for none, shape (rows of persons or more, degree); some may be of people gone since,
            see `friends`.
    """

    def __init__(self, economy: Economy) -> None:
        self.economy = economy
        self.degree = int(economy.assumptions["social_ties"])
        self.ties = np.full((economy.persons.n_rows, self.degree), -1, dtype=np.int32)
        # Places are numbered so that those of an authority follow one another.
        authority = economy.region.neighbourhood_authority
        order = np.argsort(authority, kind="stable")
        self._cell_of = np.empty(order.size, np.int64)
        self._cell_of[order] = np.arange(order.size)
        self._authority_cell = np.searchsorted(authority[order], np.arange(economy.region.n_authorities + 1))
        self._adults = Register(economy.persons, order.size)
        self._moved: list[NDArray[np.int64]] = []
        self.welcome()

    def befriend(self, rows: NDArray[np.int64]) -> None:
        """Draw the ties of these persons among the adults whom the network knows.

        Args:
            rows: Rows of persons, shape (n,).
        """
        economy, persons, a = self.economy, self.economy.persons, self.economy.assumptions
        near, alike = a["social_share_neighbours"], a["social_share_alike"]
        _befriend(
            economy.draws.seed, economy.month, rows, self.ties, persons.uid, persons.age_months, persons.household,
            persons.qualification, economy.households.neighbourhood, self._cell_of, self._authority_cell,
            economy.region.neighbourhood_authority, self._adults.uid, self._adults.row, self._adults.first, near, alike,
        )  # fmt: skip
        persons.befriended[rows] = economy.month

    def moved(self, rows: NDArray[np.int64]) -> None:
        """Take note that these persons have moved to another neighbourhood."""
        self._moved.append(rows)

    def welcome(self) -> None:
        """Draw ties for persons of working age who have none yet, or none any more."""
        economy, persons = self.economy, self.economy.persons
        self._grow()
        rows = self._without_ties()
        moved = distinct(np.concatenate([np.empty(0, np.int64), *self._moved]))
        moved = moved[persons.alive[moved] & (persons.befriended[moved] != NEVER_BEFRIENDED)]
        self._moved.clear()
        known = np.concatenate([rows, moved])
        place = economy.households.neighbourhood[persons.household[known]]
        # Those who are gone are struck out once a year; until then they are passed over.
        self._adults.enter(known, self._cell_of[place], tidy=economy.month % 12 == 0)
        self.befriend(rows)

    def _without_ties(self) -> NDArray[np.int64]:
        """Adults who have drawn no ties yet, or whose friends are seen to be gone on a round birthday, ascending."""
        persons, (low, high) = self.economy.persons, WORKING_AGE_MONTHS
        ages = persons.age_months
        looked_at = (ages >= low) & (ages < high) & (persons.befriended == NEVER_BEFRIENDED)
        for birthday in range(low, high, CHECK_MONTHS):
            looked_at |= ages == birthday
        rows = np.flatnonzero(looked_at & persons.alive)
        return rows[(self.friends(rows) < 0).all(axis=1)]

    def friends(self, rows: NDArray[np.int64]) -> NDArray[np.int32]:
        """Friends of persons who are there still, -1 for none, shape (n, degree)."""
        persons = self.economy.persons
        self._grow()
        friend = self.ties[rows]
        there = (friend >= 0) & persons.alive[friend] & (persons.joined[friend] <= persons.befriended[rows][:, None])
        return np.where(there, friend, -1)

    def graph(self) -> nx.Graph:
        """Undirected graph of ties; nodes are uids of persons."""
        persons = self.economy.persons
        graph: nx.Graph = nx.Graph()
        graph.add_nodes_from(int(uid) for uid in persons.uid[persons.alive])
        rows = persons.rows()
        friends = self.friends(rows)
        who, k = np.nonzero(friends >= 0)
        for person, friend in zip(rows[who].tolist(), friends[who, k].tolist(), strict=True):
            graph.add_edge(int(persons.uid[person]), int(persons.uid[friend]))
        return graph

    def _grow(self) -> None:
        needed = self.economy.persons.n_rows
        if needed > self.ties.shape[0]:
            # With room for years to come, since the whole is copied.
            missing = needed + needed // 16 - self.ties.shape[0]
            self.ties = np.vstack([self.ties, np.full((missing, self.degree), -1, dtype=np.int32)])
