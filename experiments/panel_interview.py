"""What a monthly interview asks every resident, and how answers of two months are put side by side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from agents.person_fields import INACTIVE, WORKING_AGE_MONTHS, Status
from experiments.panel_moments import followed


class State:
    """What a person of 16 to 64 does at an interview; ABSENT is anybody else, or somebody who is gone.

    Plain numbers: NumPy compares a column with a member of an enumeration ten times as slowly.
    """

    IDLE = 0
    STAFF = 1
    OWNER = 2
    SEEKING = 3
    ABSENT = 4


#: Number of states.
STATES = 5


#: State by labour-market status.
_STATE_OF = np.full(len(Status), State.ABSENT, dtype=np.int8)
_STATE_OF[list(INACTIVE)] = State.IDLE
_STATE_OF[Status.EMPLOYEE] = State.STAFF
_STATE_OF[Status.SELF_EMPLOYED] = State.OWNER
_STATE_OF[Status.UNEMPLOYED] = State.SEEKING


@dataclass(frozen=True)
class Interview:
    """Answers of one month by row of persons, shape (rows,) each; copies, since the economy moves on.

    Attributes:
        uid: Identity.
        state: See `State`.
        months: Months in the present status.
        employer: Identity of the employer, 0 without one.
        wage: Hourly pay, pence.
        net_pay: Earnings after tax and national insurance, pence a month.
        household: Row of the household.
    """

    uid: NDArray[np.uint64]
    state: NDArray[np.int8]
    months: NDArray[np.int16]
    employer: NDArray[np.uint64]
    wage: NDArray[np.int32]
    net_pay: NDArray[np.int64]
    household: NDArray[np.int32]


def interview(economy: Any) -> Interview:
    """Ask everybody at the end of a month."""
    persons, orgs = economy.persons, economy.organisations
    low, high = WORKING_AGE_MONTHS
    state = np.take(_STATE_OF, persons.status, mode="clip")  # no status is out of range, and a check takes time
    state[~persons.alive | (persons.age_months < low) | (persons.age_months >= high)] = State.ABSENT
    # The last entry stands for no employer, which row -1 finds.
    employer = np.append(orgs.uid, np.uint64(0))[persons.employer]
    return Interview(
        persons.uid.copy(), state, persons.status_months.copy(), employer, persons.wage.copy(),
        persons.net_pay.copy(), persons.household.copy(),
    )  # fmt: skip


def state_later(before: Interview, now: Interview, economy: Any) -> NDArray[np.int8]:
    """State now of those who were asked before, by their row then; ABSENT where the person is gone."""
    later = now.state[: before.uid.size].copy()
    later[~followed(before.uid, economy.persons)] = State.ABSENT
    return later


def count_states(state: NDArray[np.int8]) -> NDArray[np.int64]:
    """How many are in each state, shape (states,)."""
    return np.array([np.count_nonzero(state == k) for k in range(STATES)])
