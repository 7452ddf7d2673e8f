"""How jobs end: people leave, are dismissed, and what employers and the market note of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit
from numpy.typing import NDArray

from agents.organisation_fields import Kind
from agents.person_fields import Status
from simulation.occasions import Occasions, find_occasions
from simulation.randomness import Purpose

if TYPE_CHECKING:
    from simulation.economy import Economy

Rows = NDArray[np.int64]

#: Purposes of draws within Purpose.LABOUR; hiring draws for OUTSIDE too, at other indices.
LAYOFF, OUTSIDE = Purpose.LABOUR + 2, Purpose.LABOUR + 8


@njit(cache=True)
def _work_at(flagged, employer):  # type: ignore[no-untyped-def]
    """Whether each person works at a flagged organisation; the last flag stands for no employer and is not set."""
    works = np.empty(employer.shape[0], np.bool_)
    for i in range(employer.shape[0]):
        # Employer -1 finds the last flag.
        works[i] = flagged[employer[i]]
    return works


def workers_of(economy: Economy, flagged: NDArray[np.bool_]) -> Rows:
    """Rows of those who work at organisations flagged in an array of shape (n_rows,), ascending."""
    return np.flatnonzero(_work_at(np.append(flagged, False), economy.persons.employer))


@njit(cache=True)
def _leave(  # type: ignore[no-untyped-def]
    rows, employer, headcount, leavers, wage, match, hours, secure, tenure, job_level, gross_pay, net_pay
):
    for r in rows:
        e = employer[r]
        if e < 0:
            continue
        headcount[e] -= 1
        leavers[e] += 1
        employer[r] = -1
        wage[r] = match[r] = hours[r] = 0
        secure[r] = tenure[r] = job_level[r] = 0
        gross_pay[r] = net_pay[r] = 0


def leave_job(economy: Economy, rows: Rows) -> None:
    """End the jobs of these persons; their status is for the caller to set.

    Args:
        economy: The economy.
        rows: Rows of persons; those without an employer are passed over.
    """
    persons, orgs = economy.persons, economy.organisations
    _leave(
        np.asarray(rows, dtype=np.int64), persons.employer, orgs.headcount, orgs.leavers, persons.wage, persons.match,
        persons.hours, persons.secure, persons.tenure, persons.job_level, persons.gross_pay, persons.net_pay,
    )  # fmt: skip


def set_status(economy: Economy, rows: Rows, status: NDArray[np.int8] | int) -> None:
    """Give persons a status; the time in it starts anew where it changes."""
    persons = economy.persons
    changed = persons.status[rows] != status
    persons.status_months[rows] = np.where(changed, 0, persons.status_months[rows])
    persons.status[rows] = status


def separate(economy: Economy, occasions: Occasions | None = None) -> None:
    """End jobs for reasons of the worker or of chance, less often where pay and security are better.

    Args:
        economy: The economy.
        occasions: Those of the month; found anew if missing.
    """
    orgs, a = economy.organisations, economy.assumptions
    leavers = (occasions or find_occasions(economy)).leavers
    leave_job(economy, leavers)
    set_status(economy, leavers, Status.UNEMPLOYED)
    economy.counts["separations"] += leavers.size
    # Workers who commute in leave as often as residents do.
    inside = orgs.outside_workers > 0
    chance = economy.turnover * a["incommuter_separation_factor"]
    each = np.repeat(np.flatnonzero(inside), orgs.outside_workers[inside])
    index = np.arange(each.size) - np.repeat(
        np.cumsum(orgs.outside_workers[inside]) - orgs.outside_workers[inside], orgs.outside_workers[inside]
    )
    gone = economy.draws.uniform(OUTSIDE, economy.month, orgs.uid[each] + index.astype(np.uint64), 1) < chance
    orgs.outside_workers[:] -= np.bincount(each[gone], minlength=orgs.n_rows).astype(np.int32)


@njit(cache=True)
def _dismissed(newest, employer, excess):  # type: ignore[no-untyped-def]
    """Of workers in the order in which they would go, those whose employer still has too many by then."""
    out = np.empty(newest.shape[0], np.int64)
    count = 0
    for r in newest:
        out[count] = r
        count += excess[employer[r]] > 0
        excess[employer[r]] -= 1
    return out[:count]


def lay_off(economy: Economy, occasions: Occasions | None = None) -> None:
    """Dismiss workers where the firm wants fewer: newer ones first, by a draw weighted with tenure.

    Args:
        economy: The economy.
        occasions: Those of the month, found since which workers can only have left; found anew if missing.
    """
    persons, orgs = economy.persons, economy.organisations
    surplus = (occasions or find_occasions(economy)).surplus
    workers = orgs.headcount + orgs.outside_workers
    excess = np.maximum(workers - orgs.target_headcount, 0)
    excess[(orgs.kind == Kind.OUTSIDE) | ~orgs.alive] = 0
    # Workers from outside and residents share the cuts in proportion.
    cut_outside = (excess * orgs.outside_workers) // np.maximum(workers, 1)
    orgs.outside_workers[:] -= cut_outside.astype(np.int32)
    excess = excess - cut_outside
    rows = surplus[persons.status[surplus] == Status.EMPLOYEE]
    rows = rows[excess[persons.employer[rows]] > 0]
    if rows.size == 0:
        return
    draw = economy.draws.uniform(LAYOFF, economy.month, persons.uid[rows])
    newest = rows[np.argsort(persons.tenure[rows] / 12.0 + 4.0 * draw)]
    leavers = _dismissed(newest, persons.employer, excess.astype(np.int64))
    leave_job(economy, leavers)
    set_status(economy, leavers, Status.UNEMPLOYED)
    economy.counts["layoffs"] += leavers.size


def note_turnover(economy: Economy) -> None:
    """Share of employees who left their job this month of their own or by chance, smoothed over a year."""
    orgs, persons = economy.organisations, economy.persons
    inside = orgs.alive & (orgs.kind != Kind.OUTSIDE)
    leavers = float(orgs.leavers[inside].sum()) - economy.counts["layoffs"]
    # Proprietors are among the headcount; none of them works for an employer outside.
    staff = int(orgs.headcount[inside].sum()) - np.count_nonzero(persons.status == Status.SELF_EMPLOYED)
    economy.turnover += (leavers / max(float(staff), 1.0) - economy.turnover) / 12.0
