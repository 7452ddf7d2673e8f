"""The charter's channel: who joins, what members commit to, what it costs them, and whom it keeps in their jobs.

Uptake at the central assumptions is a few firms a year at one in five hundred, too few to see an effect.
Where a test needs many members it says so: it turns the dials to the top of their range and the log odds
of joining well above theirs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.organisation_fields import Kind, Ownership
from agents.person_fields import Status
from policies import FairEmploymentCharter, Policy, ProgressiveProcurement
from simulation import Economy, charter, separations
from simulation.accounts import Flow, Sector
from simulation.charter import consider_charter, extra_pay
from simulation.levers import Levers
from simulation.pence import to_pence

Run = Callable[..., Economy]

#: Everything that draws employers in, at the top of its range.
STRONG = {"outreach": 0.2, "support": 1.0, "strength": 2.0}
#: Beyond the range: nearly all who are contacted join.
EAGER: dict[str, Any] = {"assumptions": {"charter_uptake_log_odds": 4.0}, "force": True}
MONTHS = 24


def staff_in_region(economy: Economy) -> np.ndarray:
    persons, orgs = economy.persons, economy.organisations
    staff = np.flatnonzero((persons.status == Status.EMPLOYEE) & (persons.employer >= 0))
    return staff[orgs.kind[persons.employer[staff]] != Kind.OUTSIDE]


@contextmanager
def kept(economy: Economy) -> Iterator[None]:
    """Give people and organisations back the state they had."""
    tables = (economy.persons, economy.organisations)
    saved = [{name: getattr(table, name).copy() for name in table.fields} for table in tables]
    yield
    for table, columns in zip(tables, saved, strict=True):
        for name, column in columns.items():
            getattr(table, name)[:] = column


def joiners(economy: Economy, *policies: Policy) -> set[int]:
    """Who joins this month with only these policies on; the state is left as it was."""
    economy.levers = Levers()
    for policy in policies:
        policy.move(economy.levers, economy)
    orgs = economy.organisations
    before = orgs.accredited > 0
    with kept(economy):
        consider_charter(economy)
        return set(orgs.uid[(orgs.accredited > 0) & ~before].tolist())


@pytest.fixture
def economy(make_economy: Run) -> Economy:
    """One in five hundred with month 0 open, to try decisions on."""
    made = make_economy(scale=500, seed=3)
    made._open_month()
    return made


@pytest.fixture(scope="module")
def shared() -> Economy:
    """As `economy`, for tests that leave its state as it was."""
    made = Economy(scale=500, seed=3, months=24)
    made._open_month()
    return made


# Uptake -------------------------------------------------------------------------------------------------


@given(
    outreach=st.tuples(st.floats(0.0, 0.2), st.floats(0.0, 0.2)),
    support=st.floats(0.0, 1.0),
    strength=st.floats(0.01, 2.0),
)
def test_more_outreach_never_means_fewer_members(
    shared: Economy, outreach: tuple[float, float], support: float, strength: float
) -> None:
    """Under the same draws who joins with less outreach joins with more."""
    less, more = (
        joiners(shared, FairEmploymentCharter(outreach=share, support=support, strength=strength))
        for share in sorted(outreach)
    )
    assert less <= more


def test_outreach_and_support_draw_employers_in(shared: Economy) -> None:
    few = joiners(shared, FairEmploymentCharter(outreach=0.02, support=0.0, strength=2.0))
    more = joiners(shared, FairEmploymentCharter(outreach=0.2, support=0.0, strength=2.0))
    most = joiners(shared, FairEmploymentCharter(outreach=0.2, support=1.0, strength=2.0))
    assert few < more < most
    assert joiners(shared, FairEmploymentCharter(outreach=0.0, support=1.0)) == set()


def test_peers_raise_uptake(economy: Economy) -> None:
    """The same employers on the same draws, without and with half of all employers in the charter."""
    orgs = economy.organisations
    policy = FairEmploymentCharter(**STRONG)
    alone, among_peers = [], []
    member = orgs.alive & (orgs.kind == Kind.FIRM) & (orgs.uid % np.uint64(2) == 0)
    others = set(orgs.uid[~member].tolist())
    for _ in range(6):
        alone.append(joiners(economy, policy) & others)
        orgs.accredited[member] = 1
        among_peers.append(joiners(economy, policy))
        orgs.accredited[:] = 0
        economy.month += 1
    assert all(one <= other for one, other in zip(alone, among_peers, strict=True))
    assert sum(map(len, among_peers)) > sum(map(len, alone))


def test_procurement_that_rewards_members_raises_uptake(economy: Economy) -> None:
    policy = FairEmploymentCharter(**STRONG)
    plain, indifferent, rewarded = [], [], []
    for _ in range(6):
        plain.append(joiners(economy, policy))
        indifferent.append(joiners(economy, policy, ProgressiveProcurement(charter_weight=0.0)))
        rewarded.append(joiners(economy, policy, ProgressiveProcurement(charter_weight=0.2, scope=1.0)))
        economy.month += 1
    assert plain == indifferent
    assert all(one <= other for one, other in zip(plain, rewarded, strict=True))
    assert sum(map(len, rewarded)) > sum(map(len, plain))


def test_low_payers_join_less_often(economy: Economy) -> None:
    """The same employers on the same draws: first paying as they do, then a fifth less to each employee."""
    persons, policy = economy.persons, FairEmploymentCharter(outreach=0.2, support=0.0, strength=2.0)
    paying, paying_less = [], []
    wage = persons.wage.copy()
    for _ in range(6):
        persons.wage[:] = wage
        paying.append(joiners(economy, policy))
        persons.wage[:] = np.round(0.8 * wage)
        paying_less.append(joiners(economy, policy))
        economy.month += 1
    assert all(less <= more for less, more in zip(paying_less, paying, strict=True))
    assert sum(map(len, paying_less)) < sum(map(len, paying))


# Commitments --------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def members(start: str) -> list[dict[str, Any]]:
    """What was seen each month of a run with many members, until the charter ends in month 20."""
    policy = FairEmploymentCharter(start=start, end="2021-11", **STRONG)
    economy = Economy(scale=500, seed=7, months=MONTHS, policies=(policy,), **EAGER)
    seen = []
    while economy.month < MONTHS:
        persons, orgs = economy.persons, economy.organisations
        jobs = zip(persons.employer.tolist(), persons.wage.tolist(), strict=True)
        before = dict(zip(persons.uid.tolist(), jobs, strict=True))
        economy.step()
        persons, orgs = economy.persons, economy.organisations
        staff = staff_in_region(economy)
        mine = staff[orgs.accredited[persons.employer[staff]] > 0]
        # Whoever lost a job and found one with the same employer within the month starts anew.
        kept = staff[persons.tenure[staff] > 0]
        stayed = [row for row in kept if before.get(int(persons.uid[row]), (-2, 0))[0] == persons.employer[row]]
        seen.append(
            {
                "members": int(orgs.accredited.sum()),
                "public": int((orgs.accredited * (orgs.ownership == Ownership.PUBLIC)).sum()),
                "staff": mine.size,
                "least": persons.wage[mine].min() - economy.real_living_wage if mine.size else 0.0,
                "insecure": int((persons.secure[mine] == 0).sum()),
                "insecure work": int((persons.secure[staff] == 0).sum()),
                "low paid": int((persons.wage[staff] < economy.real_living_wage).sum()),
                "cuts": sum(persons.wage[row] < before[int(persons.uid[row])][1] for row in stayed),
                "extra": float(extra_pay(economy).sum()),
                "cost": economy.ledger.paid(Flow.POLICY_COST),
                "support": int(orgs.support.sum()),
                "supported": bool((orgs.kind[orgs.support > 0] == Kind.FIRM).all()),
            }
        )
    return seen


def test_members_pay_the_real_living_wage_and_give_secure_jobs_every_month(members: list[dict[str, Any]]) -> None:
    """Everybody who works there, those hired since included; low pay and insecure work are with the others."""
    on_offer = members[3:20]
    assert on_offer[-1]["members"] > on_offer[0]["members"] > 0
    assert on_offer[-1]["public"] > 0, "anchors join too"
    assert all(month["least"] >= 0.0 and month["insecure"] == 0 for month in on_offer)
    assert all(month["low paid"] > 0 and month["insecure work"] > 0 for month in members[:8])


def test_nobody_is_a_member_before_the_charter_begins_or_after_it_ends(members: list[dict[str, Any]]) -> None:
    without = members[:3] + members[20:]
    assert all(month["members"] == month["staff"] == month["cost"] == month["extra"] == 0 for month in without)


def test_pay_stays_when_the_charter_ends(members: list[dict[str, Any]]) -> None:
    assert members[20]["cuts"] == 0


# Cost ---------------------------------------------------------------------------------------------------


def test_the_pay_floor_costs_members_and_part_goes_into_prices(run: Run, start: str) -> None:
    """In the month in which they join, against the same firms on the same draws in the baseline."""
    fields: dict[str, Any] = {"months": 4, **EAGER}
    economy, plain = run(FairEmploymentCharter(start=start, **STRONG), **fields), run(**fields)
    orgs, without = economy.organisations, plain.organisations
    assert np.array_equal(orgs.uid, without.uid)
    extra = extra_pay(economy)
    joined = orgs.accredited > 0
    dearer = joined & (extra > 0)
    assert dearer.sum() > 10
    assert (extra[~joined] == 0).all()
    # Prices are set before anyone is hired: who hired this month may pay more than its price yet says.
    firm = dearer & (orgs.kind == Kind.FIRM) & (orgs.hires == 0)
    assert firm.sum() > 10
    assert (orgs.price[firm] > without.price[firm]).all()
    assert (orgs.price[~joined] == without.price[~joined]).all()
    assert orgs.wage_bill[joined].sum() > without.wage_bill[joined].sum()


def test_support_and_outreach_are_paid_under_the_charters_heading(members: list[dict[str, Any]]) -> None:
    """Support reaches firms, never public bodies, from the month after the first have joined."""
    assert members[3]["support"] == 0
    assert members[3]["cost"] > 0, "outreach alone"
    for month in members[4:20]:
        assert 0 < month["support"] < month["cost"]
        assert month["supported"]


def test_support_is_the_share_of_the_extra_pay_that_was_promised(make_economy: Run, start: str) -> None:
    policy = FairEmploymentCharter(start=start, **{**STRONG, "support": 0.3, "strength": 1.0})
    economy = make_economy(scale=500, policies=(policy,), **EAGER).run(8)
    economy._set_time()  # the real Living Wage of the month to come
    due = to_pence(0.3 * extra_pay(economy)[charter.members_to_support(economy)]).sum()
    economy.step()
    assert economy.organisations.support.sum() == due > 0
    headings = economy.ledger.headings[8]
    assert headings.keys() == {"fair employment charter"}
    firms = (Sector.LOCAL_FIRMS, Sector.EXTERNAL_FIRMS, Sector.SOCIAL_FIRMS)
    received = sum(economy.ledger.received(Flow.POLICY_COST, sector=sector) for sector in firms)
    assert headings["fair employment charter"] >= received >= due


def test_without_support_only_outreach_is_paid_for(run: Run, start: str) -> None:
    """And outreach costs less as fewer employers are left to be contacted."""
    economy = run(FairEmploymentCharter(start=start, **{**STRONG, "support": 0.0}), **EAGER)
    assert (economy.organisations.support == 0).all()
    costs = [economy.ledger.headings[month]["fair employment charter"] for month in range(3, 20)]
    assert costs[-1] < costs[0]


# Separations --------------------------------------------------------------------------------------------


def test_fewer_leave_members_than_would_leave_the_same_firms(make_economy: Run) -> None:
    """The same staff on the same draws of sixty months, before and after half of all firms have joined.

    With the charter nobody leaves who would have stayed, and some stay who would have left; elsewhere nothing changes.
    """
    economy = make_economy(scale=500, seed=3)
    economy._open_month()

    def leavers() -> list[set[int]]:
        found = []
        for month in range(60):
            economy.month = month
            with kept(economy):
                working = economy.persons.status == Status.EMPLOYEE
                separations.separate(economy)
                left = working & (economy.persons.status != Status.EMPLOYEE)
                found.append(set(np.flatnonzero(left).tolist()))
        economy.month = 0
        return found

    orgs, persons = economy.organisations, economy.persons
    before = leavers()
    joins = np.flatnonzero(orgs.alive & (orgs.kind != Kind.OUTSIDE) & (orgs.uid % np.uint64(2) == 0))
    orgs.accredited[joins] = 1
    charter.keep_commitments(economy, joins)
    after = leavers()
    at_members = set(np.flatnonzero((persons.employer >= 0) & (orgs.accredited[persons.employer] > 0)).tolist())
    for one, other in zip(before, after, strict=True):
        assert other <= one
        assert one - other <= at_members
    kept_on = sum(len(one) - len(other) for one, other in zip(before, after, strict=True))
    assert kept_on > 0.05 * sum(len(one & at_members) for one in before)


@pytest.mark.slow
def test_fewer_jobs_end_with_the_charter_than_without(start: str) -> None:
    """Whole runs, paired by seed: two in five employers contacted a month, and nearly all who are contacted join.

    Jobs end of their own as often as is plausible, so that a small region shows it.
    """
    often = EAGER["assumptions"] | {"separation_base_rate": 0.005}

    def separations(seed: int, *policies: Policy) -> float:
        economy = Economy(scale=500, seed=seed, months=18, policies=policies, assumptions=often, force=True)
        total = 0.0
        while economy.month < 18:
            economy.step()
            total += economy.counts["separations"]
        return total

    policy = FairEmploymentCharter(start=start, **STRONG)
    differences = [separations(seed, policy) - separations(seed) for seed in (1, 2, 3)]
    assert sum(differences) < 0
    assert max(differences) <= 0


def test_what_the_floor_adds_to_wages_is_recorded(run: Run, start: str) -> None:
    charter_run, plain = run(FairEmploymentCharter(start=start, **STRONG), **EAGER), run(**EAGER)
    cost = charter_run.indicators["charter_wage_cost"]
    assert (plain.indicators["charter_wage_cost"] == 0).all()
    assert (cost[: charter_run.scenario.month_of(start)] == 0).all()
    assert cost.iloc[-1] > 0
    assert cost.iloc[-1] == pytest.approx(extra_pay(charter_run).sum() * 12 * charter_run.scale / 1e6, rel=0.05)
