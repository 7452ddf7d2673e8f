"""How jobs end: people leave, are dismissed, and what employers and the market note of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit
from numpy.typing import NDArray

from agents.organisation_fields import Kind
from agents.pay import offered_wage
from agents.person import separation_hazard
from agents.person_fields import Status
from simulation.randomness import Purpose, uniform

if TYPE_CHECKING:
    from simulation.economy import Economy

Rows = NDArray[np.int64]

#: Purposes of draws within Purpose.LABOUR; hiring draws for OUTSIDE too, at other indices.
SEPARATION, LAYOFF, OUTSIDE = Purpose.LABOUR + 1, Purpose.LABOUR + 2, Purpose.LABOUR + 8


def leave_job(economy: Economy, rows: Rows) -> None:
    """End the jobs of these persons; their status is for the caller to set.

    Args:
        economy: The economy.
        rows: Rows of persons, each with an employer.
    """
    persons, orgs = economy.persons, economy.organisations
    rows = np.asarray(rows, dtype=np.int64)
    rows = rows[persons.employer[rows] >= 0]
    counts = np.bincount(persons.employer[rows], minlength=orgs.n_rows)
    orgs.headcount[:] -= counts.astype(np.int32)
    orgs.leavers[:] += counts.astype(np.int32)
    for column in ("wage", "match", "hours", "secure", "tenure", "job_level", "gross_pay", "net_pay"):
        getattr(persons, column)[rows] = 0
    persons.employer[rows] = -1


def set_status(economy: Economy, rows: Rows, status: NDArray[np.int8] | int) -> None:
    """Give persons a status; the time in it starts anew where it changes."""
    persons = economy.persons
    changed = persons.status[rows] != status
    persons.status_months[rows] = np.where(changed, 0, persons.status_months[rows])
    persons.status[rows] = status


@njit(cache=True)
def _separations(  # type: ignore[no-untyped-def]
    seed, month, rows, uid, wage, tenure, secure, level, experience, premium, base, elasticity, insecure_factor,
    pay_base, experience_return,
):  # fmt: skip
    leaves = np.zeros(rows.shape[0], np.bool_)
    for i in range(rows.shape[0]):
        r = rows[i]
        market = offered_wage(level[r], premium[i], 0.0, experience[r], pay_base, experience_return)
        relative = np.log(max(wage[r], 1) / market)
        hazard = separation_hazard(base, tenure[r], secure[r], relative, elasticity, insecure_factor)
        leaves[i] = uniform(seed, SEPARATION, month, uid[r], 0) < hazard
    return leaves


def separate(economy: Economy) -> None:
    """End jobs for reasons of the worker or of chance, less often where pay and security are better."""
    persons, orgs, a = economy.persons, economy.organisations, economy.assumptions
    rows = np.flatnonzero(persons.status == Status.EMPLOYEE)
    leaves = _separations(
        economy.draws.seed,
        economy.month,
        rows,
        persons.uid,
        persons.wage,
        persons.tenure,
        persons.secure,
        persons.job_level,
        persons.experience,
        economy.structure.premium[orgs.industry[persons.employer[rows]]],
        a["separation_base_rate"],
        a["separation_wage_elasticity"],
        a["separation_insecure_factor"],
        economy.pay_base,
        economy.experience_return,
    )
    leavers = rows[leaves]
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


def lay_off(economy: Economy) -> None:
    """Dismiss workers where the firm wants fewer: newer ones first, by a draw weighted with tenure."""
    persons, orgs = economy.persons, economy.organisations
    workers = orgs.headcount + orgs.outside_workers
    excess = np.maximum(workers - orgs.target_headcount, 0)
    excess[(orgs.kind == Kind.OUTSIDE) | ~orgs.alive] = 0
    # Workers from outside and residents share the cuts in proportion.
    cut_outside = (excess * orgs.outside_workers) // np.maximum(workers, 1)
    orgs.outside_workers[:] -= cut_outside.astype(np.int32)
    excess = excess - cut_outside
    rows = np.flatnonzero((persons.status == Status.EMPLOYEE) & (persons.employer >= 0))
    rows = rows[excess[persons.employer[rows]] > 0]
    if rows.size == 0:
        return
    draw = economy.draws.uniform(LAYOFF, economy.month, persons.uid[rows])
    order = np.lexsort((persons.uid[rows], persons.tenure[rows] / 12.0 + 4.0 * draw, persons.employer[rows]))
    rows = rows[order]
    employer = persons.employer[rows]
    first = np.searchsorted(employer, employer, side="left")
    leavers = rows[np.arange(rows.size) - first < excess[employer]]
    leave_job(economy, leavers)
    set_status(economy, leavers, Status.UNEMPLOYED)
    economy.counts["layoffs"] += leavers.size


def note_turnover(economy: Economy) -> None:
    """Share of employees who left their job this month of their own or by chance, smoothed over a year."""
    orgs, persons = economy.organisations, economy.persons
    inside = orgs.alive & (orgs.kind != Kind.OUTSIDE)
    leavers = float(orgs.leavers[inside].sum()) - economy.counts["layoffs"]
    staff = persons.employer[persons.status == Status.EMPLOYEE]
    economy.turnover += (leavers / max(float(inside[staff].sum()), 1.0) - economy.turnover) / 12.0
