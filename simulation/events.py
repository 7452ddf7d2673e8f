"""Possible months: when something may happen in a life, drawn ahead so that most months need no draw.

Each person carries the age at which something may next happen. The wait for it is drawn from the
greatest chance of every event by age and sex alone; in a possible month, one draw tells which event
it may be and whether it happens, in proportion to its true chance (thinning, Lewis and Shedler 1979,
in discrete time). An event so happens in a month with exactly its chance, whatever policy does to that
chance, and the luck of a person is the same in every world.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from simulation.hazards import Event, bounds
from simulation.randomness import Purpose

if TYPE_CHECKING:
    from simulation.economy import Economy

Rows = NDArray[np.int64]
Floats = NDArray[np.float64]

#: Purposes of draws within Purpose.LIFE: which event a possible month is for, and the wait for the first.
WHICH, WAIT = int(Purpose.LIFE) + 20, int(Purpose.LIFE) + 21
#: Age at which nothing happens any more.
NEVER = 32767


def next_month(month: int, u: Floats, chance: float) -> Rows:
    """The next possible months from `month` on where each is one by the same chance, by inversion of its law."""
    if chance <= 0.0:
        return np.full(u.size, NEVER)
    wait = np.floor(np.log1p(-u) / np.log1p(-chance))
    return np.asarray(np.minimum(month + wait, NEVER).astype(np.int64))


def next_age(wait: Floats, total: Floats, sex: NDArray[np.int8], age: Rows) -> Rows:
    """First ages from `age` on at which something may happen, by inversion of the sum of hazards.

    Args:
        wait: Sums of hazards that are waited for, shape (n,).
        total: Sums of hazards up to each age, by sex, shape (2, ages).
        sex: Sex, shape (n,).
        age: Age in months, shape (n,).
    """
    last = total.shape[1] - 1
    mark = total[sex, np.minimum(age, last)] + wait
    found = np.empty(mark.size, np.int64)
    for kind in range(2):
        mine = np.flatnonzero(sex == kind)
        found[mine] = np.searchsorted(total[kind], mark[mine], side="right") - 1
    return np.where(found >= last, NEVER, found)


@dataclass(frozen=True)
class Chance:
    """Persons to whom one event may happen this month.

    Attributes:
        rows: Rows of persons, ascending, shape (n,).
        mark: Where in the greatest chance the draw fell: the event happens if the chance is greater.
        most: Greatest chance at their age.
    """

    rows: Rows
    mark: Floats
    most: Floats

    def where(self, able: NDArray[np.bool_]) -> Chance:
        """Those of them to whom it can happen at all."""
        return Chance(self.rows[able], self.mark[able], self.most[able])

    def strikes(self, hazard: Floats | float) -> Rows:
        """Those to whom it happens.

        Args:
            hazard: True monthly chances, shape (n,) or one for all.

        Raises:
            ValueError: A chance is greater than the greatest from which possible months were drawn.
        """
        hazard = np.broadcast_to(hazard, self.rows.shape)
        if (hazard > self.most * (1.0 + 1e-9)).any():
            raise ValueError("a hazard lies above its bound")
        return self.rows[self.mark < hazard]


class PossibleMonths:
    """Draws possible months from the bounds of all hazards.

    Args:
        economy: The economy.

    Raises:
        ValueError: The greatest chances of all events sum to one or more, so that they cannot exclude one another.
    """

    def __init__(self, economy: Economy) -> None:
        chances = bounds(economy)
        # Offsets of the events within the chance that a month is a possible one, and their sum last.
        up_to = np.concatenate([np.zeros((*chances.shape[:2], 1)), np.cumsum(chances, axis=2)], axis=2)
        if up_to.max() >= 1.0:
            raise ValueError(
                "yearly rates of births, deaths, health, caring, pairing and parting are too high together"
            )
        hazard = np.cumsum(-np.log1p(-up_to[:, :, -1]), axis=1)
        self._total = np.concatenate([np.zeros((2, 1)), hazard], axis=1)
        # One row for each offset, by sex and age in line.
        self._ages = up_to.shape[1]
        self._up_to = np.ascontiguousarray(up_to.reshape(-1, up_to.shape[2]).T)

    def of_month(self, economy: Economy) -> dict[Event, Chance]:
        """To whom what may happen this month; asked once a month, since the next possible months are drawn here."""
        persons = economy.persons
        age_months, next_event = persons.age_months, persons.next_event
        due = np.flatnonzero(persons.alive & (next_event <= age_months))
        # For these nothing has been drawn yet.
        new = due[next_event[due] < age_months[due]]
        if new.size:
            wait = -np.log1p(-economy.draws.uniform(WAIT, economy.month, persons.uid[new]))
            next_event[new] = next_age(wait, self._total, persons.sex[new], age_months[new].astype(np.int64))
            due = due[next_event[due] == age_months[due]]
        age, sex = age_months[due].astype(np.int64), persons.sex[due]
        u, wait = economy.draws.pairs(WHICH, economy.month, persons.uid[due])
        next_event[due] = next_age(-np.log1p(-wait), self._total, sex, age + 1)
        rows, event, mark, most = due, *self._which(u, sex, age)
        found = {}
        for kind in Event:
            mine = np.flatnonzero(event == kind)
            found[kind] = Chance(rows[mine], mark[mine], most[mine])
        return found

    def _which(self, u: Floats, sex: NDArray[np.int8], age: Rows) -> tuple[NDArray[np.int64], Floats, Floats]:
        """The event that a possible month is for, where in its chance the draw fell, and its greatest chance."""
        kind = sex * np.int64(self._ages) + age
        mark = u * self._up_to[-1].take(kind)
        event = np.zeros(u.size, np.int64)
        for offset in self._up_to[1:-1]:
            event += mark >= offset.take(kind)
        begin = self._up_to[event, kind]
        return event, mark - begin, self._up_to[event + 1, kind] - begin


def possible(economy: Economy) -> dict[Event, Chance]:
    """To whom what may happen this month."""
    months: PossibleMonths | None = getattr(economy, "_possible_months", None)
    if months is None:
        months = PossibleMonths(economy)
        economy._possible_months = months
    return months.of_month(economy)
