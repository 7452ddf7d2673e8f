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
from agents.person import FAR_BELOW, separation_hazard
from agents.person_fields import WORKING_AGE_MONTHS, Status
from simulation.blocks import BLOCK, pick
from simulation.randomness import Purpose, words_of
from simulation.skills import BROKERAGE

if TYPE_CHECKING:
    from simulation.economy import Economy

#: Purpose of the draws; of their words, which are independent, these three are for as many occasions.
OCCASION = np.int64(Purpose.LABOUR + 1)
LEAVE, LOOK, THINK = 0, 1, 2
#: Words are whole numbers below this.
WORDS = 2.0**32
#: Months of tenure beyond which the hazard of leaving hardly falls any more.
LONG_TENURE = 240
EMPLOYEE, SELF_EMPLOYED = int(Status.EMPLOYEE), int(Status.SELF_EMPLOYED)
LOW, HIGH = WORKING_AGE_MONTHS


@dataclass
class Occasions:
    """Rows of persons, ascending.

    Attributes:
        leavers: Employees who leave, by chance or of their own.
        movers: Employees who look for another job this month.
        undecided: Persons of working age who think again whether to work or look for work.
        surplus: Employees of organisations that have more workers than they want.
    """

    leavers: NDArray[np.int64]
    movers: NDArray[np.int64]
    undecided: NDArray[np.int64]
    surplus: NDArray[np.int64]


def _bound(chance: float) -> int:
    """How many words, as shares of all words, are below a chance."""
    return math.ceil(min(max(chance, 0.0), 1.0) * WORDS)


@njit(cache=True)
def _candidates(  # type: ignore[no-untyped-def]
    seed, month, alive, status, age_months, uid, employer, course, too_many, leave_bound, look_bound, think_bound,
    broker_bound, out, leave_word,
):  # fmt: skip
    """Who may leave, with the word drawn, who looks around, who thinks again, and staff of those with too many.

    `think_bound` is by status, `broker_bound` for those whom a broker helps if it is higher; `too_many` by employer,
    after an entry for those who have none. Rows come in `out`, one line for each of the four, words in `leave_word`.
    """
    works, of_age, thinks_over = np.empty(BLOCK, np.bool_), np.empty(BLOCK, np.bool_), np.empty(BLOCK, np.uint64)
    concerned, at, hit = np.empty(BLOCK, np.bool_), np.empty(BLOCK, np.int32), np.empty(BLOCK, np.int32)
    met, key, word = np.empty(BLOCK, np.int8), np.empty(BLOCK, np.uint64), np.empty((4, BLOCK), np.uint32)
    index = np.zeros(BLOCK, np.int32)
    leaves, looks, thinks, surpluses = 0, 0, 0, 0
    for start in range(0, status.shape[0], BLOCK):
        here = slice(start, min(start + BLOCK, status.shape[0]))
        state, lives, age, ids, work, helped = (
            status[here], alive[here], age_months[here], uid[here], employer[here], course[here]
        )  # fmt: skip
        size = state.shape[0]
        for i in range(size):
            staff = state[i] == EMPLOYEE
            adult = lives[i] & (age[i] >= LOW) & (age[i] < HIGH)
            works[i], of_age[i] = staff, adult
            concerned[i] = staff | (adult & (state[i] != SELF_EMPLOYED))
        for i in range(size):
            thinks_over[i] = max(think_bound[state[i]], broker_bound * (helped[i] == BROKERAGE)) * of_age[i]
        count = pick(concerned, size, at)
        for k in range(count):
            key[k] = ids[at[k]]
        words_of(key, count, seed, OCCASION, month, index, word)
        # Whether words are low enough, for the first two for anyone at all.
        for k in range(count):
            met[k] = (
                (word[LEAVE, k] < leave_bound)
                | ((word[LOOK, k] < look_bound) << 1)
                | ((word[THINK, k] < thinks_over[at[k]]) << 3)
            )
        for k in range(count):
            met[k] |= too_many[np.uint32(work[at[k]] + 1)] << 2
        # Lists grow without branches: who is not meant is overwritten by the next.
        found = 0
        for k in range(count):
            hit[found] = k
            found += met[k] != 0
        for f in range(found):
            k = hit[f]
            i = at[k]
            row = start + i
            out[0, leaves], out[1, looks], out[2, thinks], out[3, surpluses] = row, row, row, row
            leave_word[leaves] = word[LEAVE, k]
            what = met[k] * works[i]
            leaves += what & 1
            looks += (what >> 1) & 1
            surpluses += (what >> 2) & 1
            thinks += (met[k] >> 3) & 1
    return leaves, looks, thinks, surpluses


@njit(cache=True)
def _leavers(  # type: ignore[no-untyped-def]
    rows, words, wage, tenure, secure, level, experience, ability, employer, industry, premium, base, elasticity,
    insecure_factor, pay_base, experience_return, ceiling,
):  # fmt: skip
    """Who of some employees leave; `ceiling` bounds what pay adds to the hazard."""
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
        near += words[k] < WORDS * most[int(secure[r] == 1), min(tenure[r], LONG_TENURE)]
    count = 0
    for k in may[:near]:
        r = rows[k]
        market = offered_wage(
            level[r], premium[industry[employer[r]]], float(ability[r]), experience[r], pay_base, experience_return
        )
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
    # No job's hazard exceeds that of a new one without security that pays FAR_BELOW times less than the market;
    # a hair is added for rounding.
    ceiling = FAR_BELOW ** max(elasticity, 0.0) * (1.0 + 1e-9) if elasticity >= 0.0 else math.inf
    most = separation_hazard(base, 0.0, 0, 0.0, elasticity, max(insecure, 1.0)) * ceiling
    excess = orgs.headcount + orgs.outside_workers > orgs.target_headcount
    excess &= (orgs.kind != Kind.OUTSIDE) & orgs.alive
    think_bound = np.full(len(Status), _bound(a["reconsider_rate"]), np.uint64)
    for status, of in ((Status.EMPLOYEE, "employees"), (Status.UNEMPLOYED, "unemployed"), (Status.RETIRED, "retired")):
        think_bound[status] = _bound(a[f"reconsider_rate_{of}"])
    out, words = np.empty((4, persons.n_rows + 1), np.int32), np.empty(persons.n_rows + 1, np.uint32)
    found = _candidates(
        seed, month, persons.alive, persons.status, persons.age_months, persons.uid, persons.employer,
        persons.course_kind, np.concatenate([[False], excess]), _bound(most), _bound(a["on_the_job_search_rate"]),
        think_bound, np.uint64(_bound(a["brokerage_review_rate"])), out, words,
    )  # fmt: skip
    leave, look, think, surplus = (rows[:n].astype(np.int64) for rows, n in zip(out, found, strict=True))
    leavers = _leavers(
        leave, words[: leave.size], persons.wage, persons.tenure, persons.secure, persons.job_level,
        persons.experience, persons.ability, persons.employer, orgs.industry, economy.structure.premium, base,
        elasticity, insecure, economy.pay_base, economy.experience_return, ceiling,
    )  # fmt: skip
    return Occasions(leavers=leavers, movers=look, undecided=think, surplus=surplus)
