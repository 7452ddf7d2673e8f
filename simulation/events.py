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
from numba import njit
from numpy.typing import NDArray

from agents.columns import Table
from agents.compiling import within_kernels
from simulation.blocks import draw_pairs_at
from simulation.hazards import Event, bounds
from simulation.randomness import Purpose

if TYPE_CHECKING:
    from simulation.economy import Economy

Rows = NDArray[np.int64]
Floats = NDArray[np.float64]

#: Purposes of draws within Purpose.LIFE: which event a possible month is for, and the wait for the first.
WHICH, WAIT = np.int64(Purpose.LIFE + 20), np.int64(Purpose.LIFE + 21)
#: Age at which nothing happens any more.
NEVER = 32767
#: Steps of the sum of hazards from which ages are found.
STEPS = 4096


def next_month(month: int, u: Floats, chance: float) -> Rows:
    """The next possible months from `month` on where each is one by the same chance, by inversion of its law."""
    if chance <= 0.0:
        return np.full(u.size, NEVER)
    wait = np.floor(np.log1p(-u) / np.log1p(-chance))
    return np.asarray(np.minimum(month + wait, NEVER).astype(np.int64))


def possible_rows(
    economy: Economy, table: Table, following: NDArray[np.int16], purpose: int, chance: float
) -> tuple[Rows, Floats, Rows]:
    """Rows for which this is a possible month, where each is one by the same chance; their next ones are drawn.

    Args:
        economy: The economy.
        table: The table.
        following: Its column of next possible months, below this month where none has been drawn; written.
        purpose: What the draws are for.
        chance: Chance of any month to be a possible one.

    Returns:
        The rows, ascending; where in the chance the draw of each fell; and rows that had not been met before.
    """
    month, draws = economy.month, economy.draws
    due = np.flatnonzero(table.alive & (following <= month))
    new = due[following[due] < month]
    if new.size:
        following[new] = next_month(month, draws.uniform(purpose, month, table.uid[new]), chance)
        due = due[following[due] == month]
    mark, wait = draws.pairs(purpose, month, table.uid[due], 1)
    following[due] = next_month(month + 1, wait, chance)
    return due, mark * chance, new


@within_kernels
def _next(wait, total, near, sex, age):  # type: ignore[no-untyped-def]
    """First age from `age` on at which something may happen, by inversion of the sum of hazards.

    `near` holds that age, or one close to it, for equal steps of the sum.
    """
    last = total.shape[1] - 1
    age = min(age, last)
    mark = total[sex, age] + wait
    if mark >= total[sex, last]:
        return NEVER
    guess = max(near[sex, int(mark / total[sex, last] * near.shape[1])], age)
    while guess > age and total[sex, guess] > mark:
        guess -= 1
    # One step is as common as none, which no processor foresees; more are rare.
    guess += total[sex, guess + 1] <= mark
    while total[sex, guess + 1] <= mark:
        guess += 1
    return guess


def ages_near(total: Floats) -> NDArray[np.int16]:
    """The last age by which the sum of hazards has come no further, for equal steps of it, shape (2, STEPS)."""
    steps = np.arange(STEPS) / STEPS
    near = [np.searchsorted(one, steps * one[-1], side="right") - 1 for one in total]
    return np.stack(near).astype(np.int16)


@njit(cache=True)
def _scan(seed, month, due, age_months, sex, uid, next_event, total, near, up_to):  # type: ignore[no-untyped-def]
    """Persons for whom this is a possible month, the event, where in its chance the draw fell, and its bound.

    `due` lists those who are new, or whose possible month has come; it is written over.
    """
    size = due.shape[0]
    key, index = np.empty(size, np.uint64), np.zeros(size, np.int64)
    u, wait, most = np.empty(size), np.empty(size), np.empty(size)
    age, woman, event = np.empty(size, np.int16), np.empty(size, np.int8), np.empty(size, np.int8)
    new, n = np.empty(size, np.int32), np.int64(0)
    for i in due:
        # Nothing has been drawn yet.
        new[n] = i
        n += next_event[i] < age_months[i]
    for j in range(n):
        key[j] = uid[new[j]]
    draw_pairs_at(key, index, n, seed, WAIT, month, wait, u)
    for j in range(n):
        i = new[j]
        next_event[i] = _next(-np.log1p(-wait[j]), total, near, sex[i], np.int64(age_months[i]))
    n = np.int64(0)
    for i in due:
        due[n] = i
        n += next_event[i] == age_months[i]
    # What is far apart in memory is fetched side by side.
    for j in range(n):
        key[j] = uid[due[j]]
    for j in range(n):
        age[j] = age_months[due[j]]
    for j in range(n):
        woman[j] = sex[due[j]]
    draw_pairs_at(key, index, n, seed, WHICH, month, u, wait)
    events = up_to.shape[2] - 1
    for j in range(n):
        offset = up_to[woman[j], age[j]]
        mark = u[j] * offset[events]
        k = 0
        for e in range(1, events):
            k += mark >= offset[e]
        event[j], most[j] = k, offset[k + 1] - offset[k]
        u[j] = mark - offset[k]
    for j in range(n):
        wait[j] = -np.log1p(-wait[j])
    for j in range(n):
        next_event[due[j]] = _next(wait[j], total, near, woman[j], np.int64(age[j]) + 1)
    return due[:n], event[:n], u[:n], most[:n]


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
        self._up_to = np.concatenate([np.zeros((*chances.shape[:2], 1)), np.cumsum(chances, axis=2)], axis=2)
        if self._up_to.max() >= 1.0:
            raise ValueError(
                "yearly rates of births, deaths, health, caring, pairing and parting are too high together"
            )
        hazard = np.cumsum(-np.log1p(-self._up_to[:, :, -1]), axis=1)
        self._total = np.concatenate([np.zeros((2, 1)), hazard], axis=1)
        self._near = ages_near(self._total)

    def of_month(self, economy: Economy) -> dict[Event, Chance]:
        """To whom what may happen this month; asked once a month, since the next possible months are drawn here."""
        persons = economy.persons
        due = np.flatnonzero(persons.alive & (persons.next_event <= persons.age_months))
        rows, event, mark, most = _scan(
            economy.draws.seed, economy.month, due, persons.age_months, persons.sex, persons.uid, persons.next_event,
            self._total, self._near, self._up_to,
        )  # fmt: skip
        found = {}
        for kind in Event:
            mine = np.flatnonzero(event == kind)
            found[kind] = Chance(rows[mine], mark[mine], most[mine])
        return found


def possible(economy: Economy) -> dict[Event, Chance]:
    """To whom what may happen this month."""
    months: PossibleMonths | None = getattr(economy, "_possible_months", None)
    if months is None:
        months = PossibleMonths(economy)
        economy._possible_months = months
    return months.of_month(economy)
