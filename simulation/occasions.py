"""For whom the month brings an occasion to leave a job, to look for another, or to think again about work.

One pass over persons. Draws fall on everyone who might be concerned, in blocks that stay in the processor's
cache; only the few whose draw is low enough are looked at in full.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numba import njit
from numpy.typing import NDArray

from agents.organisation_fields import Kind
from agents.pay import offered_wage
from agents.person import separation_hazard
from agents.person_fields import WORKING_AGE_MONTHS, Status
from simulation.randomness import Purpose, block, uniform

if TYPE_CHECKING:
    from simulation.economy import Economy

#: Purposes of draws within Purpose.LABOUR.
SEPARATION, RECONSIDER, INTENSITY = Purpose.LABOUR + 1, Purpose.LABOUR + 3, Purpose.LABOUR + 9
EMPLOYEE, SELF_EMPLOYED, RETIRED = int(Status.EMPLOYEE), int(Status.SELF_EMPLOYED), int(Status.RETIRED)
LOW, HIGH = WORKING_AGE_MONTHS
#: Persons looked at together.
BLOCK = 1024
#: How far under the highest pay on the market a wage may lie before its holder is looked at in any case.
FAR_BELOW = 4.0


@dataclass
class Occasions:
    """Rows of persons, ascending.

    Attributes:
        leavers: Employees who leave, by chance or of their own.
        movers: Employees who look for another job this month.
        undecided: Persons of working age who think again whether to work or look for work; those
            with a job before others in each stretch of rows.
        surplus: Employees of organisations that have more workers than they want.
    """

    leavers: NDArray[np.int32]
    movers: NDArray[np.int32]
    undecided: NDArray[np.int32]
    surplus: NDArray[np.int32]


@njit(cache=True, inline="always")
def _first_word(seed, purpose, month, uid):  # type: ignore[no-untyped-def]
    """The leading 32 bits of a uniform draw: enough to tell who cannot be below a small chance."""
    return np.uint32(block(seed, purpose, month, uid, 0)[0])


@njit(cache=True)
def _limit(chance):  # type: ignore[no-untyped-def]
    """Highest leading word of draws below a chance."""
    return np.uint32((min(int(chance * 134217728.0), 134217727) << 5) | 31)


@njit(cache=True)
def _candidates(  # type: ignore[no-untyped-def]
    seed, month, status, age_months, uid, employer, wage, too_many, leave_chance, low_wage, look_chance, think_chance,
):  # fmt: skip
    """Persons whose draws may be low enough, and staff of the organisations marked in `too_many`."""
    n = status.shape[0]
    leave, look = np.empty(n + 1, np.int32), np.empty(n + 1, np.int32)
    think, surplus = np.empty(n + 1, np.int32), np.empty(n + 1, np.int32)
    leaves, looks, thinks, surpluses = 0, 0, 0, 0
    leave_limit, look_limit, think_limit = _limit(leave_chance), _limit(look_chance), _limit(think_chance)
    staff, others = np.empty(BLOCK, np.int32), np.empty(BLOCK, np.int32)
    me, word = np.empty(BLOCK, np.uint64), np.empty(BLOCK, np.uint32)
    for start in range(0, n, BLOCK):
        # Lists grow without branches: who is not meant is overwritten by the next.
        working, idle = 0, 0
        for r in range(start, min(start + BLOCK, n)):
            staff[working] = r
            others[idle] = r
            working += status[r] == EMPLOYEE
            idle += (
                (age_months[r] >= LOW) & (age_months[r] < HIGH) & (status[r] != EMPLOYEE) & (status[r] != SELF_EMPLOYED)
            )
        for k in range(working):
            me[k] = uid[staff[k]]
        for k in range(working):
            word[k] = _first_word(seed, SEPARATION, month, me[k])
        for k in range(working):
            leave[leaves] = staff[k]
            leaves += (word[k] <= leave_limit) | (wage[staff[k]] < low_wage)
        for k in range(working):
            surplus[surpluses] = staff[k]
            surpluses += too_many[employer[staff[k]]]
        for k in range(working):
            word[k] = _first_word(seed, INTENSITY, month, me[k])
        for k in range(working):
            look[looks] = staff[k]
            looks += word[k] <= look_limit
        for k in range(working):
            word[k] = _first_word(seed, RECONSIDER, month, me[k])
        for k in range(working):
            think[thinks] = staff[k]
            thinks += word[k] <= think_limit
        for k in range(idle):
            me[k] = uid[others[k]]
        for k in range(idle):
            word[k] = _first_word(seed, RECONSIDER, month, me[k])
        for k in range(idle):
            think[thinks] = others[k]
            thinks += word[k] <= think_limit
    return leave[:leaves], look[:looks], think[:thinks], surplus[:surpluses]


@njit(cache=True)
def _leavers(  # type: ignore[no-untyped-def]
    seed, month, rows, uid, wage, tenure, secure, level, experience, employer, industry, premium, base, elasticity,
    insecure_factor, pay_base, experience_return, ceiling, low_wage,
):  # fmt: skip
    """Who of some employees leave; `ceiling` bounds what pay adds to the hazard of those above `low_wage`."""
    out = np.empty(rows.shape[0], np.int32)
    count = 0
    for r in rows:
        draw = uniform(seed, SEPARATION, month, uid[r], 0)
        # Most are told apart by tenure and contract alone: a relative wage of 0 leaves pay out.
        if wage[r] >= low_wage and draw >= ceiling * separation_hazard(
            base, tenure[r], secure[r], 0.0, elasticity, insecure_factor
        ):
            continue
        market = offered_wage(level[r], premium[industry[employer[r]]], 0.0, experience[r], pay_base, experience_return)
        relative = np.log(max(wage[r], 1) / market)
        if draw < separation_hazard(base, tenure[r], secure[r], relative, elasticity, insecure_factor):
            out[count] = r
            count += 1
    return out[:count]


@njit(cache=True)
def _below(seed, purpose, month, rows, uid, chance):  # type: ignore[no-untyped-def]
    """Those of some persons whose draw is below a chance."""
    out = np.empty(rows.shape[0], np.int32)
    count = 0
    for r in rows:
        out[count] = r
        count += uniform(seed, purpose, month, uid[r], 0) < chance
    return out[:count]


@njit(cache=True)
def _undecided(seed, month, rows, uid, age_months, alive, status, rate, rate_retired):  # type: ignore[no-untyped-def]
    out = np.empty(rows.shape[0], np.int32)
    count = 0
    for r in rows:
        chance = rate_retired if status[r] == RETIRED else rate
        if alive[r] and LOW <= age_months[r] < HIGH and uniform(seed, RECONSIDER, month, uid[r], 0) < chance:
            out[count] = r
            count += 1
    return out[:count]


def find_occasions(economy: Economy) -> Occasions:
    """Whom this month's draws make leave, look around or think again, and who may be laid off.

    Job-to-job search and the review of whether to work are for those who still are what they were; callers
    check that, since jobs end in between.
    """
    persons, orgs, a = economy.persons, economy.organisations, economy.assumptions
    seed, month = economy.draws.seed, economy.month
    base, elasticity = a["separation_base_rate"], a["separation_wage_elasticity"]
    insecure = a["separation_insecure_factor"]
    # No job's hazard exceeds that of a new one without security, paid FAR_BELOW times less than the market's
    # best; a hair is added for rounding. Lower wages are always looked at.
    ceiling = FAR_BELOW ** max(elasticity, 0.0) * (1.0 + 1e-9) if elasticity >= 0.0 else math.inf
    best = economy.pay_base.max() * math.exp(economy.structure.premium.max() + economy.experience_return * 30.0**0.5)
    low_wage = int(best / FAR_BELOW) + 1
    most = separation_hazard(base, 0.0, 0, 0.0, elasticity, max(insecure, 1.0)) * ceiling
    excess = orgs.headcount + orgs.outside_workers > orgs.target_headcount
    excess &= (orgs.kind != Kind.OUTSIDE) & orgs.alive
    rate, rate_retired = a["reconsider_rate"], a["reconsider_rate_retired"]
    look_chance = a["on_the_job_search_rate"]
    leave, look, think, surplus = _candidates(
        seed, month, persons.status, persons.age_months, persons.uid, persons.employer, persons.wage, excess,
        min(most, 1.0), low_wage, look_chance, max(rate, rate_retired),
    )  # fmt: skip
    return Occasions(
        leavers=_leavers(
            seed, month, leave, persons.uid, persons.wage, persons.tenure, persons.secure, persons.job_level,
            persons.experience, persons.employer, orgs.industry, economy.structure.premium, base, elasticity,
            insecure, economy.pay_base, economy.experience_return, ceiling, low_wage,
        ),
        movers=_below(seed, INTENSITY, month, look, persons.uid, look_chance),
        undecided=_undecided(
            seed, month, think, persons.uid, persons.age_months, persons.alive, persons.status, rate, rate_retired
        ),
        surplus=surplus.copy(),
    )  # fmt: skip
