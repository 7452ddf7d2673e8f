"""Social ties: who knows whom, and so who hears of a job at a friend's workplace.

Ties are a homophilous small world (McPherson, Smith-Lovin and Cook 2001; Watts and Strogatz 1998):
most are to people of the same neighbourhood, many to people of the same authority and qualification,
a few to anyone. Ties point one way and are kept in a dense array of constant degree, which is a
compressed sparse row matrix whose row pointers need not be stored.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import networkx as nx
import numpy as np
from numba import njit
from numpy.typing import NDArray

from simulation.randomness import Purpose

if TYPE_CHECKING:
    from simulation.economy import Economy

KIND, PICK = (int(Purpose.NETWORK) + k for k in (1, 2))
#: Levels of qualification, the width of a homophily cell.
LEVELS = 5


@njit(cache=True)
def _drop(ties, gone):  # type: ignore[no-untyped-def]
    for i in range(ties.shape[0]):
        for k in range(ties.shape[1]):
            if ties[i, k] >= 0 and gone[ties[i, k]]:
                ties[i, k] = -1


class SocialNetwork:
    """Ties of every person row.

    Args:
        economy: The economy, with its persons and households.

    Attributes:
        ties: Person rows, -1 for none, shape (persons, degree).
    """

    def __init__(self, economy: Economy) -> None:
        self.economy = economy
        self.degree = int(economy.assumptions["social_ties"])
        self.ties = np.full((economy.persons.n_rows, self.degree), -1, dtype=np.int32)
        self.befriend(economy.persons.rows())

    def befriend(self, rows: NDArray[np.int64]) -> None:
        """Draw the ties of these persons among the adults alive now.

        Args:
            rows: Rows of persons, shape (n,).
        """
        economy, persons = self.economy, self.economy.persons
        self._grow()
        adults = np.flatnonzero(persons.alive & (persons.age_months >= 192) & (persons.age_months < 65 * 12))
        if rows.size == 0 or adults.size == 0:
            return
        adults = adults[np.argsort(persons.uid[adults])]
        place = economy.households.neighbourhood[np.maximum(persons.household, 0)].astype(np.int64)
        authority = economy.region.neighbourhood_authority[place].astype(np.int64)
        likeness = authority * LEVELS + persons.qualification
        a = economy.assumptions
        near, alike = a["social_share_neighbours"], a["social_share_alike"]
        # Cells list their members in the order of uid, so that a draw means the same person in any run.
        anywhere = np.zeros(persons.n_rows, dtype=np.int64)
        cells = [self._cells(adults, key) for key in (place, likeness, anywhere)]
        keys = (place, likeness, anywhere)
        for k in range(self.degree):
            kind = economy.draws.uniform(KIND, economy.month, persons.uid[rows], k)
            which = np.where(kind < near, 0, np.where(kind < near + alike, 1, 2))
            pick = economy.draws.uniform(PICK, economy.month, persons.uid[rows], k)
            for c in range(3):
                mine = np.flatnonzero(which == c)
                order, first, size = cells[c]
                cell = keys[c][rows[mine]]
                known = cell < size.size
                cell = np.where(known, cell, 0)
                count = np.where(known, size[cell], 0)
                friend = order[np.minimum(first[cell] + (pick[mine] * count).astype(np.int64), order.size - 1)]
                friend = np.where((count > 0) & (friend != rows[mine]), friend, -1)
                self.ties[rows[mine], k] = friend

    def welcome(self) -> None:
        """Draw ties for persons of working age who have none yet."""
        persons = self.economy.persons
        self._grow()
        adult = persons.alive & (persons.age_months >= 192) & (persons.age_months < 65 * 12)
        self.befriend(np.flatnonzero(adult & (self.ties[: persons.n_rows] < 0).all(axis=1)))

    def forget(self, rows: NDArray[np.int64]) -> None:
        """Drop persons who have died or left, as friends and as befriended."""
        self._grow()
        if rows.size == 0:
            return
        self.ties[rows] = -1
        gone = np.zeros(self.economy.persons.n_rows, dtype=bool)
        gone[rows] = True
        _drop(self.ties, gone)

    def graph(self) -> nx.Graph:
        """Undirected graph of ties; nodes are uids of persons."""
        persons = self.economy.persons
        self._grow()
        graph: nx.Graph = nx.Graph()
        graph.add_nodes_from(int(uid) for uid in persons.uid[persons.alive])
        who, k = np.nonzero((self.ties >= 0) & persons.alive[:, None])
        for person, friend in zip(who.tolist(), self.ties[who, k].tolist(), strict=True):
            graph.add_edge(int(persons.uid[person]), int(persons.uid[friend]))
        return graph

    def _cells(
        self, adults: NDArray[np.int64], key: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """Members ordered by cell and uid, with the first position and the size of each cell."""
        # `adults` come in the order of uid, and a stable sort keeps it within each cell.
        order = adults[np.argsort(key[adults].astype(np.int16), kind="stable")]
        size = np.bincount(key[adults])
        return order, np.cumsum(size) - size, size

    def _grow(self) -> None:
        missing = self.economy.persons.n_rows - self.ties.shape[0]
        if missing > 0:
            self.ties = np.vstack([self.ties, np.full((missing, self.degree), -1, dtype=np.int32)])
