"""Why a person does not look for work: the decision made again with one circumstance changed at a time.

The decision is the model's own, with the person's own draw; nothing of it is written down a second time. What bound is
what would have changed the answer if it alone had been otherwise, and of several such the one that raises the
inclination most. Where none would have, together they bind, and the one that raises it most is named.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from agents.person_fields import Status
from simulation.explain_record import Constraint, supposed
from simulation.participation import decide, inclination
from simulation.tax_benefit import Rule
from simulation.watching import Call

if TYPE_CHECKING:
    from simulation.economy import Economy

#: Months of age just below which the inclination of a group is that of those under 55.
UNDER_55 = 54 * 12
#: A qualification with which pay could be that of skilled work (NVQ3).
SKILLED = 3


@dataclass(frozen=True)
class Decision:
    """Whether a person takes part, and what else they would have decided.

    Attributes:
        takes_part: The answer.
        what_if: The answer with one constraint lifted, for those who do not take part.
        constraint: The one that bound.
    """

    takes_part: bool
    what_if: dict[str, bool]
    constraint: Constraint | None


def without_losing_benefits(rules: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rules under which work costs no benefits: no taper, and no more to those unfit for work."""
    kinder = rules.copy()
    kinder[[Rule.UC_TAPER, Rule.UC_LCWRA, Rule.UC_CARER]] = 0.0
    return kinder


@contextmanager
def _benefits_kept(economy: Economy, row: int) -> Iterator[None]:
    rules = economy.rules
    economy.rules = without_losing_benefits(rules)
    try:
        yield
    finally:
        economy.rules = rules


@contextmanager
def _all_in_reach(economy: Economy, row: int) -> Iterator[None]:
    """As many vacancies in reach as from the best place with a car."""
    reach = economy.reach
    economy.reach = np.full_like(reach, reach.max())
    try:
        yield
    finally:
        economy.reach = reach


def _with(**values: float) -> Callable[[Economy, int], AbstractContextManager[None]]:
    return lambda economy, row: supposed(economy.persons, row, **values)


def _younger(economy: Economy, row: int) -> AbstractContextManager[None]:
    return supposed(economy.persons, row, age_months=min(int(economy.persons.age_months[row]), UNDER_55))


def _skilled(economy: Economy, row: int) -> AbstractContextManager[None]:
    return supposed(economy.persons, row, qualification=max(int(economy.persons.qualification[row]), SKILLED))


#: How each constraint is lifted, alone. A taste of 0 is that of the person in the middle.
LIFTED: dict[Constraint, Callable[[Economy, int], AbstractContextManager[None]]] = {
    Constraint.HEALTH: _with(health=0),
    Constraint.CARING: _with(caring=0),
    Constraint.STUDY: _with(study_months=0),
    Constraint.AGE: _younger,
    Constraint.TASTE: _with(taste=0.0),
    Constraint.BENEFITS: _benefits_kept,
    Constraint.REACH: _all_in_reach,
    Constraint.QUALIFICATION: _skilled,
}


def weigh_decision(economy: Economy, call: Call, position: int) -> Decision:
    """What bound one of the persons of whom `takes_part` was asked.

    Args:
        economy: The economy, as it was then; it is left as it is.
        call: The call of `takes_part`.
        position: Position of the person in its rows.
    """
    rows = np.asarray(call.arguments["rows"])[position : position + 1]
    if bool(call.result[position]):
        return Decision(True, {}, None)
    row = int(rows[0])
    draw = np.asarray(call.arguments["draw"])[position : position + 1]
    as_it_is = inclination(economy, rows)[0]
    what_if, rise = {}, {}
    for constraint, lift in LIFTED.items():
        with lift(economy, row):
            what_if[constraint.value] = bool(call.again(rows=rows, draw=draw)[0])
            rise[constraint] = float(inclination(economy, rows)[0] - as_it_is)
    bound = max(rise, key=lambda constraint: (what_if[constraint.value], rise[constraint]))
    return Decision(False, what_if, bound)


def ask(economy: Economy, row: int) -> None:
    """Let a person without work decide this month, and put everything back; a watcher sees the answer.

    Args:
        economy: The economy, which is left as it is.
        row: Row of the person.
    """
    persons = economy.persons
    counts = dict(economy.counts)
    with supposed(persons, row, **{name: getattr(persons, name)[row] for name in persons.fields}):
        decide(economy, np.array([row]))
    economy.counts.clear()
    economy.counts.update(counts)


def left_as_is(status: Status, decision: Decision) -> Decision:
    """The decision of somebody out of work, whom retirement or habit keeps there if not the decision itself."""
    if not decision.takes_part:
        return decision
    bound = Constraint.RETIREMENT if status == Status.RETIRED else Constraint.HABIT
    return Decision(True, {}, bound)
