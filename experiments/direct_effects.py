"""What policies do directly: the arithmetic of their dials before anyone reacts, in the unit of each outcome.

A direct effect is what an assumption row or a dial puts into an outcome by itself: agents stay where they are, and
nothing is searched, hired, priced, bought or given up in answer. It is worked out policy by policy:

- Charter: in each month of the window, the pay of members' staff is set back to what their employer would offer
  them without the charter's floor, and the pay statistics are taken anew. Of insecure work: members' staff are
  given the share of insecure jobs that other employees of their industry have. Who is a member is taken as it
  came about, since there is no floor without members.
- Progressive procurement: all contracts are tendered in month 0 twice, under the rules and without them, to the
  same firms with the same luck. The orders that move, times the value added share of their industries, are put
  into value added. Of a window within the first round of tenders, the share that has been tendered counts.
- Skills: who enters the courses at the state of month 0, with and without the policy, times the chances to stay
  and to pass, times the months of entry before the window: those who cross NVQ 3.
- Transport: zones within reach under the new conditions, at the vacancies, jobs and homes of month 0.
- All: value added in what the policy itself orders, which the study adds from the runs.

An outcome that no row touches in this way gets 0. It gets no value where arithmetic alone does not say: what the
policy costs (cost is no effect), workers in poverty under a pay floor (taxes and benefits of whole households come
between), community wealth (money spent enters it on many ways at once), and all outcomes of policies that other
packages bring. A direct effect is no lower bound of the whole, which may fall short of it where reactions undo it;
and the rest is called emergent because agents' meetings bring it about, not because it is sure: it too rests on
assumptions, those of behaviour.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from experiments.outcomes import HEADLINE
from policies import FairEmploymentCharter, Policy, ProgressiveProcurement, Skills, Transport
from simulation import Economy, Scenario
from simulation.indicators import working_age_rows
from simulation.levers import Levers
from simulation.pledges import pledges_kept
from simulation.procurement import tender
from simulation.skills import APPRENTICESHIP, CLASSROOM, KINDS, NAMES, contenders, enrol
from simulation.tallies import tally_homes

Floats = NDArray[np.float64]

#: Outcomes that arithmetic alone says nothing of, whatever the policy.
NEVER = ("public_policy_cost", "community_wealth_per_head")
#: Draws of month 0 over which tenders and enrolment are averaged.
TENDERS, INTAKES = 4, 12
#: Qualification from which one step up leads to NVQ 3.
BELOW_NVQ3 = 2


def direct_effects(
    scenario: Scenario, window: tuple[int, int], kept: Mapping[str, float] | None = None
) -> dict[str, float]:
    """Direct effect of a scenario's policies on each headline outcome, but for value added in what they order.

    Args:
        scenario: With its policies and its seed.
        window: First and last month over which effects are meant.
        kept: What the charter's pledges do, mean over the window, where a run of the scenario recorded it; without
            it the scenario is run.

    Returns:
        Effects by outcome, as means over the window; not a number where none is told.
    """
    found = dict.fromkeys(HEADLINE, 0.0) | dict.fromkeys(NEVER, math.nan)
    for kind in dict.fromkeys(type(policy) for policy in scenario.policies):
        mine = [policy for policy in scenario.policies if type(policy) is kind and isinstance(policy, Policy)]
        measure = _MEASURES.get(kind)
        if measure is None:
            return dict.fromkeys(HEADLINE, math.nan)
        recorded = kind is FairEmploymentCharter and kept is not None
        told = told_of_charter(mine, kept or {}) if recorded else measure(scenario, mine, window)
        for name, value in told.items():
            found[name] += value
    return found


def _levers(economy: Economy, policies: Sequence[Policy]) -> Levers:
    levers = Levers()
    for policy in policies:
        policy.move(levers, economy)
    return levers


def _opening(scenario: Scenario) -> Economy:
    return Economy(scenario.with_(policies=()))


def months_at_work(scenario: Scenario, policies: Sequence[Policy], month: int, delay: int = 0) -> int:
    """Months up to one month in which a policy was at work, less those whose fruit is not ripe yet.

    Args:
        scenario: With the calendar.
        policies: Policies of one kind; the first is meant.
        month: The month looked at.
        delay: Months between a start and what comes of it.
    """
    first = max(scenario.month_of(policies[0].start), 0)
    end = policies[0].end
    last = month if end is None else min(scenario.month_of(end), month)
    return max(min(last, month - delay) - first + 1, 0)


# Charter ------------------------------------------------------------------------------------------------


def charter_effects(scenario: Scenario, policies: Sequence[Policy], window: tuple[int, int]) -> dict[str, float]:
    """Pay and security of members' staff set back to what they would be, the rest as it is; means over the window."""
    economy = Economy(scenario)
    economy.run(window[0])
    seen = []
    for _ in range(window[0], window[1] + 1):
        economy.step()
        seen.append(pledges_kept(economy))
    return told_of_charter(policies, {name: float(np.mean([month[name] for month in seen])) for name in seen[0]})


def told_of_charter(policies: Sequence[Policy], kept: Mapping[str, float]) -> dict[str, float]:
    """What arithmetic says of a charter.

    Args:
        policies: The charters.
        kept: What their pledges do, as `simulation.pledges.pledges_kept` gives it, mean over the window.
    """
    found = dict(kept)
    if all(policy.works("pay_floor") for policy in policies):
        found["in_work_poverty_rate"] = math.nan
    return found


# Procurement --------------------------------------------------------------------------------------------


def procurement_effects(scenario: Scenario, policies: Sequence[Policy], window: tuple[int, int]) -> dict[str, float]:
    """Every contract tendered in month 0 under the rules and without them: local share, value added of what moves."""
    economy = _opening(scenario)
    kept, shares, added = economy.contracts, [], []
    rules = _levers(economy, policies)
    for month in range(TENDERS):
        economy.month = month
        results = [_tendered(economy, kept, levers) for levers in (Levers(), rules)]
        totals = [total for _, total in results]
        local = [by_industry for by_industry, _ in results]
        shares.append(local[1].sum() / totals[1] - local[0].sum() / totals[0])
        added.append(float(((local[1] - local[0]) * economy.structure.value_added_share).sum()))
    economy.contracts = kept
    term = economy.assumptions["contract_months"]
    done, growth = [], []
    for month in range(window[0], window[1] + 1):
        done.append(min(months_at_work(scenario, policies, month) / term, 1.0))
        growth.append((1.0 + economy.assumptions["trend_growth"]) ** (month / 12.0))
    yearly = 12.0 * economy.scale / 1e6 * float(np.mean(np.multiply(done, growth)))
    return {
        "anchor_local_share": float(np.mean(shares) * np.mean(done)),
        "gva": float(np.mean(added)) * yearly,
    }


def local_share(economy: Economy, policies: Sequence[Policy]) -> float:
    """Share of anchors' spending that stays in the region where all contracts are tendered at the present state.

    Args:
        economy: The economy, which is left as it was.
        policies: Under whose rules.
    """
    kept, levers, month, found = economy.contracts, economy.levers, economy.month, []
    for draw in range(TENDERS):
        economy.month = month + draw
        by_industry, total = _tendered(economy, kept, _levers(economy, policies))
        found.append(by_industry.sum() / total)
    economy.contracts, economy.levers, economy.month = kept, levers, month
    return float(np.mean(found))


def _tendered(economy: Economy, contracts: object, levers: Levers) -> tuple[Floats, float]:
    """What suppliers of the region are paid by industry, and all that is paid, pounds a month of the scale."""
    economy.contracts, economy.levers = copy.deepcopy(contracts), levers  # type: ignore[assignment]
    table = economy.contracts
    table.months_left[table.alive] = 1
    tender(economy)
    table = economy.contracts
    rows = table.rows()
    paid = table.value[rows] * (1.0 + table.premium[rows] * (table.supplier[rows] >= 0))
    local = table.supplier[rows] >= 0
    industry = table.industry[rows[local]].astype(np.int64)
    return np.bincount(industry, paid[local], minlength=economy.structure.count).astype(np.float64), float(paid.sum())


# Skills -------------------------------------------------------------------------------------------------


def skills_effects(scenario: Scenario, policies: Sequence[Policy], window: tuple[int, int]) -> dict[str, float]:
    """Entrants of month 0 who would cross NVQ 3, with and without the policy, over all months of entry."""
    economy = _opening(scenario)
    rules = _levers(economy, policies)
    people = working_age_rows(economy).size
    gained = 0.0
    for kind in (CLASSROOM, APPRENTICESHIP):
        length = int(economy.assumptions[f"months_{NAMES[kind]}"])
        entries = [months_at_work(scenario, policies, month, length) for month in range(window[0], window[1] + 1)]
        each = [_crossing(economy, levers, kind, length) for levers in (Levers(), rules)]
        gained += (each[1] - each[0]) * float(np.mean(entries))
    return {"qualified_nvq3_and_above": gained / people}


def _crossing(economy: Economy, levers: Levers, kind: int, length: int) -> float:
    """Simulated persons of one month's entrants to a course who are expected to reach NVQ 3 by it."""
    persons, a = economy.persons, economy.assumptions
    economy.levers = levers
    stays = (1.0 - a["course_dropout_rate"] * (1.0 - levers.completion_support)) ** length
    columns = [persons.course_kind.copy(), persons.course_months.copy()]
    crossing = 0
    for month in range(INTAKES):
        economy.month = month
        found = contenders(economy, KINDS)
        enrol(economy, kind, found[kind])
        new = (persons.course_kind == kind) & (columns[0] == 0)
        crossing += int((new & (persons.qualification == BELOW_NVQ3)).sum())
        persons.course_kind[:], persons.course_months[:] = columns
    return crossing / INTAKES * stays * a["course_pass_share"]


# Transport ----------------------------------------------------------------------------------------------


def transport_effects(scenario: Scenario, policies: Sequence[Policy], window: tuple[int, int]) -> dict[str, float]:
    """Vacancies and jobs of month 0 within reach under the new conditions, for homes without a car."""
    economy = _opening(scenario)
    orgs = economy.organisations
    homes = tally_homes(economy).places[0]
    workers = np.where(orgs.alive, orgs.headcount + orgs.outside_workers, 0)
    jobs = np.bincount(orgs.zone, workers, minlength=economy.region.n_zones)
    reach = [economy.network.reachable(levers.travel, car=False) for levers in (Levers(), _levers(economy, policies))]
    works = np.mean([months_at_work(scenario, policies, m) > 0 for m in range(window[0], window[1] + 1)])

    def gained(what: Floats) -> float:
        more = (reach[1] @ what - reach[0] @ what) * economy.scale
        return float((homes * more).sum() / max(homes.sum(), 1)) * float(works)

    return {
        "reachable_vacancies_no_car": gained(economy.smoothed_posts),
        "reachable_jobs_no_car": gained(jobs.astype(np.float64)),
    }


Measure = Callable[[Scenario, Sequence[Policy], tuple[int, int]], dict[str, float]]
_MEASURES: Mapping[type, Measure] = {
    FairEmploymentCharter: charter_effects,
    ProgressiveProcurement: procurement_effects,
    Skills: skills_effects,
    Transport: transport_effects,
}
