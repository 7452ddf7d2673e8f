"""For whom the month brings an occasion to leave a job, to look for another, or to think again about work.

One pass over persons. One draw of random words falls on everyone who might be concerned, in blocks that stay in
the processor's cache: a word each for leaving, looking around and thinking again. Only the few whose word is low
enough are looked at in full.
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
from simulation.randomness import Purpose, block

if TYPE_CHECKING:
    from simulation.economy import Economy

#: Purpose of the draws; of their words, which are independent, these three are for as many occasions.
OCCASION = int(Purpose.LABOUR) + 1
LEAVE, LOOK, THINK = 0, 1, 2
#: Words are whole numbers below this.
WORDS = 2.0**32
#: Months of tenure beyond which the hazard of leaving hardly falls any more.
LONG_TENURE = 240
EMPLOYEE, SELF_EMPLOYED = int(Status.EMPLOYEE), int(Status.SELF_EMPLOYED)
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

    leavers: NDArray[np.int64]
    movers: NDArray[np.int64]
    undecided: NDArray[np.int64]
    surplus: NDArray[np.int64]


@njit(cache=True)
def _bound(chance):  # type: ignore[no-untyped-def]
    """How many words, as shares of all words, are below a chance."""
    return np.int64(math.ceil(min(max(chance, 0.0), 1.0) * WORDS))


@njit(cache=True)
def _candidates(  # type: ignore[no-untyped-def]
    seed, month, alive, status, age_months, uid, employer, wage, too_many, leave_chance, low_wage, look_chance,
    think_chance,
):  # fmt: skip
    """Who may leave, with the word drawn, who looks around, who thinks again, and staff of those with too many.

    `think_chance` is by status.
    """
    n = status.shape[0]
    leave, leave_word = np.empty(n + 1, np.int32), np.empty(n + 1, np.uint32)
    look, think, surplus = np.empty(n + 1, np.int64), np.empty(n + 1, np.int64), np.empty(n + 1, np.int64)
    leaves, looks, thinks, surpluses = 0, 0, 0, 0
    leave_bound, look_bound = _bound(leave_chance), _bound(look_chance)
    think_bound = np.empty(think_chance.shape[0], np.int64)
    for s in range(think_chance.shape[0]):
        think_bound[s] = _bound(think_chance[s])
    staff, others = np.empty(BLOCK, np.int32), np.empty(BLOCK, np.int32)
    me = np.empty(BLOCK, np.uint64)
    words = np.empty((3, BLOCK), np.uint32)
    for start in range(0, n, BLOCK):
        # Lists grow without branches: who is not meant is overwritten by the next.
        working, idle = 0, 0
        for r in range(start, min(start + BLOCK, n)):
            staff[working] = r
            others[idle] = r
            working += status[r] == EMPLOYEE
            idle += (
                (age_months[r] >= LOW) & (age_months[r] < HIGH) & alive[r]
                & (status[r] != EMPLOYEE) & (status[r] != SELF_EMPLOYED)
            )  # fmt: skip
        for k in range(working):
            me[k] = uid[staff[k]]
        for k in range(working):
            first, second, third, _ = block(seed, OCCASION, month, me[k], 0)
            words[LEAVE, k], words[LOOK, k], words[THINK, k] = first, second, third
        for k in range(working):
            leave[leaves], leave_word[leaves] = staff[k], words[LEAVE, k]
            leaves += (words[LEAVE, k] < leave_bound) | (wage[staff[k]] < low_wage)
        for k in range(working):
            surplus[surpluses] = staff[k]
            surpluses += too_many[employer[staff[k]]]
        for k in range(working):
            look[looks] = staff[k]
            looks += words[LOOK, k] < look_bound
        for k in range(working):
            r = staff[k]
            think[thinks] = r
            of_age = (age_months[r] >= LOW) & (age_months[r] < HIGH) & alive[r]
            thinks += (words[THINK, k] < think_bound[EMPLOYEE]) & of_age
        for k in range(idle):
            me[k] = uid[others[k]]
        for k in range(idle):
            words[THINK, k] = block(seed, OCCASION, month, me[k], 0)[THINK]
        for k in range(idle):
            think[thinks] = others[k]
            thinks += words[THINK, k] < think_bound[status[others[k]]]
    return leave[:leaves], leave_word[:leaves], look[:looks].copy(), think[:thinks].copy(), surplus[:surpluses].copy()


@njit(cache=True)
def _leavers(  # type: ignore[no-untyped-def]
    rows, words, wage, tenure, secure, level, experience, employer, industry, premium, base, elasticity,
    insecure_factor, pay_base, experience_return, ceiling, low_wage,
):  # fmt: skip
    """Who of some employees leave; `ceiling` bounds what pay adds to the hazard of those above `low_wage`."""
    out = np.empty(rows.shape[0], np.int64)
    # Most are told apart by tenure and contract alone: a relative wage of 0 leaves pay out.
    most = np.empty((2, LONG_TENURE + 1))
    for safe in range(2):
        for months in range(LONG_TENURE + 1):
            most[safe, months] = ceiling * separation_hazard(base, months, safe, 0.0, elasticity, insecure_factor)
    near = 0
    may = np.empty(rows.shape[0], np.int32)
    for k in range(rows.shape[0]):
        r = rows[k]
        may[near] = k
        near += (words[k] < WORDS * most[int(secure[r] == 1), min(tenure[r], LONG_TENURE)]) | (wage[r] < low_wage)
    count = 0
    for k in may[:near]:
        r = rows[k]
        market = offered_wage(level[r], premium[industry[employer[r]]], 0.0, experience[r], pay_base, experience_return)
        relative = np.log(max(wage[r], 1) / market)
        out[count] = r
        count += words[k] < WORDS * separation_hazard(base, tenure[r], secure[r], relative, elasticity, insecure_factor)
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
    think_chance = np.full(len(Status), rate)
    think_chance[Status.RETIRED] = rate_retired
    leave, words, look, think, surplus = _candidates(
        seed, month, persons.alive, persons.status, persons.age_months, persons.uid, persons.employer, persons.wage,
        excess, min(most, 1.0), low_wage, a["on_the_job_search_rate"], think_chance,
    )  # fmt: skip
    leavers = _leavers(
        leave, words, persons.wage, persons.tenure, persons.secure, persons.job_level, persons.experience,
        persons.employer, orgs.industry, economy.structure.premium, base, elasticity, insecure, economy.pay_base,
        economy.experience_return, ceiling, low_wage,
    )  # fmt: skip
    return Occasions(leavers=leavers, movers=look, undecided=think, surplus=surplus)
