"""Plans: employers set headcount, pay and prices within what is possible, and members keep the charter."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from agents.organisation_fields import Kind
from agents.person_fields import Status
from simulation import charter, plans
from simulation.economy import Economy

Factory = Callable[..., Economy]


def staff_of(economy: Economy) -> np.ndarray:
    return np.flatnonzero(economy.persons.status == Status.EMPLOYEE)


# Headcount ----------------------------------------------------------------------------------------------


def test_headcounts_change_no_faster_than_firms_can_hire_and_fire(economy: Economy) -> None:
    orgs, a = economy.organisations, economy.assumptions
    rows = plans.firm_rows(economy)
    workers = plans.workers(economy)[rows]
    orgs.expected_demand[rows[::2]] *= 10.0
    orgs.demand[rows[::2]] *= 10.0
    orgs.expected_demand[rows[1::2]] = orgs.demand[rows[1::2]] = 0.0
    orgs.unmet[rows] = 0.0
    plans.set_headcounts(economy)
    target = orgs.target_headcount[rows]
    assert (target <= np.ceil(workers * (1 + a["most_growth_per_month"])) + 1).all()
    assert (target >= np.maximum(np.floor(workers * (1 - a["most_cut_per_month"])), 1)).all()
    assert (target[::2] > workers[::2]).all()
    assert (target[1::2] <= workers[1::2]).all()
    assert (target[1::2] < workers[1::2]).any()


def test_firms_that_sell_what_they_make_keep_their_staff(economy: Economy) -> None:
    orgs = economy.organisations
    rows = plans.firm_rows(economy)
    orgs.expected_demand[rows] = orgs.demand[rows] = economy.capacity()[rows] * orgs.price[rows]
    orgs.unmet[rows] = 0.0
    plans.set_headcounts(economy)
    assert (orgs.target_headcount[rows] == plans.workers(economy)[rows]).all()


def test_anchors_and_employers_outside_keep_their_posts(economy: Economy) -> None:
    orgs = economy.organisations
    others = np.flatnonzero(orgs.alive & (orgs.kind != Kind.FIRM))
    before = orgs.target_headcount[others].copy()
    plans.set_headcounts(economy)
    assert (orgs.target_headcount[others] == before).all()


# Pay ----------------------------------------------------------------------------------------------------


def test_pay_premiums_fall_where_unemployment_rises(economy: Economy) -> None:
    orgs = economy.organisations
    rows = plans.firm_rows(economy)
    orgs.vacancy_months[:] = 0.0
    slack = economy.reference_unemployment.copy()
    slack[0] *= 3.0
    economy.unemployment_by_authority = lambda: slack  # type: ignore[method-assign]
    economy.unemployment_trend = slack.copy()
    before = orgs.wage_effect[rows].astype(np.float64)
    plans.set_wage_offers(economy)
    change = orgs.wage_effect[rows] - before
    here = orgs.authority[rows] == 0
    expected = economy.assumptions["wage_curve_elasticity"] * np.log(3.0) * economy.assumptions["wage_curve_pull"]
    assert change[here] == pytest.approx(np.full(here.sum(), expected), abs=1e-4)
    assert change[~here] == pytest.approx(np.zeros((~here).sum()), abs=1e-6)


def test_nobodys_pay_is_cut_and_floors_bind_at_once(economy: Economy) -> None:
    persons = economy.persons
    staff = staff_of(economy)
    persons.wage[staff[:50]] = 300
    before = persons.wage[staff].copy()
    plans.uprate_pay(economy)
    assert (persons.wage[staff] >= before).all()
    assert (persons.wage[staff] >= economy.legal_floor_for(persons.age_months[staff])).all()


def test_everybodys_pay_is_reviewed_once_a_year(make_economy: Factory) -> None:
    economy = make_economy(scale=500)
    persons = economy.persons
    staff = staff_of(economy)
    persons.wage[staff] = 50_000
    changed = np.zeros(staff.size, dtype=int)
    for month in range(24):
        economy.month = month
        economy._set_time()
        before = persons.wage[staff].copy()
        plans.uprate_pay(economy)
        changed += persons.wage[staff] != before
    assert set(np.unique(changed)) == {2}
    trend = economy.assumptions["trend_growth"]
    assert persons.wage[staff] == pytest.approx(np.full(staff.size, 50_000 * (1 + 0.5 * trend) ** 2), rel=1e-3), (
        "those paid above what is offered get half of the trend"
    )


def test_promotion_is_a_level_up_at_no_less_pay(economy: Economy) -> None:
    persons = economy.persons
    staff = staff_of(economy)
    top, rest = staff[persons.job_level[staff] == 4][:5], staff[persons.job_level[staff] < 4][:40]
    level, wage = persons.job_level.copy(), persons.wage.copy()
    plans.promote(economy, np.concatenate([top, rest, np.flatnonzero(persons.status == Status.UNEMPLOYED)[:3]]))
    assert (persons.job_level[top] == 4).all()
    assert (persons.job_level[rest] == level[rest] + 1).all()
    assert (persons.wage[rest] >= wage[rest]).all()
    assert (persons.wage[rest] > wage[rest]).any()
    assert economy.counts["promotions"] == rest.size


# Prices -------------------------------------------------------------------------------------------------


def test_prices_rise_with_what_the_employer_chose_to_pay(economy: Economy) -> None:
    orgs = economy.organisations
    rows = plans.firm_rows(economy)
    orgs.wage_effect[:] = orgs.wage_effect_start
    plans.set_prices(economy)
    assert (orgs.price[rows] == 1.0).all(), "unchanged pay, unchanged prices"
    orgs.wage_effect[rows[::2]] += 0.1
    orgs.wage_effect[rows[1::2]] -= 0.1
    plans.set_prices(economy)
    labour = economy.labour_share[orgs.industry[rows]] > 0
    assert (orgs.price[rows[::2]][labour[::2]] > 1.0).all()
    assert (orgs.price[rows[1::2]][labour[1::2]] < 1.0).all()
    share = economy.assumptions["cost_pass_through"] * economy.labour_share[orgs.industry[rows[::2]]]
    assert orgs.price[rows[::2]] == pytest.approx(1.0 + share * np.expm1(0.1), abs=1e-6)


def test_the_luck_of_firms_returns_to_nothing(economy: Economy) -> None:
    orgs = economy.organisations
    rows = plans.firm_rows(economy)
    orgs.attraction[rows] = 3.0
    means = []
    for month in range(120):
        economy.month = month
        plans.follow_taste_of_customers(economy)
        means.append(float(orgs.attraction[rows].mean()))
    persistence = economy.assumptions["demand_shock_persistence"]
    assert means[0] == pytest.approx(3.0 * persistence, abs=0.1)
    assert means[11] == pytest.approx(3.0 * persistence**12, abs=0.25)


# The charter --------------------------------------------------------------------------------------------


def test_without_a_charter_nobody_joins_and_members_are_released(economy: Economy) -> None:
    economy.organisations.accredited[::2] = 1
    economy.levers.charter_outreach = 1.0
    charter.consider_charter(economy)
    assert economy.organisations.accredited.sum() == 0


def test_members_pay_the_real_living_wage_and_make_jobs_secure(economy: Economy) -> None:
    persons, orgs = economy.persons, economy.organisations
    economy.levers.charter_standard = economy.levers.charter_outreach = 1.0
    staff = staff_of(economy)
    before = persons.wage[staff].copy(), persons.secure[staff].copy()
    cost = charter.cost_of_charter(economy)
    charter.consider_charter(economy)
    joined = np.flatnonzero(orgs.accredited > 0)
    assert 0 < joined.size < len(orgs)
    assert (orgs.kind[joined] != Kind.OUTSIDE).all()
    mine = orgs.accredited[persons.employer[staff]] > 0
    assert (persons.wage[staff[mine]] >= economy.real_living_wage).all()
    assert (persons.secure[staff[mine]] == 1).all()
    assert (persons.wage[staff[~mine]] == before[0][~mine]).all()
    assert (persons.secure[staff[~mine]] == before[1][~mine]).all()
    raised = (persons.wage[staff] - before[0]) * persons.hours[staff] * 52 / 12 / 100
    paid = np.bincount(persons.employer[staff], raised, minlength=orgs.n_rows)
    assert paid[joined] == pytest.approx(cost[joined], rel=0.02, abs=1.0), "what it costs is what was foreseen"


def test_a_dearer_charter_draws_fewer_firms(make_economy: Factory) -> None:
    def members(cost_weight: float) -> float:
        economy = make_economy(assumptions={"charter_cost_weight": cost_weight}, force=True)
        economy._open_month()
        economy.levers.charter_standard = economy.levers.charter_outreach = 1.0
        for _ in range(6):
            charter.consider_charter(economy)
            economy.month += 1
        return float(economy.organisations.accredited.sum())

    assert members(200.0) < members(0.0)


def test_support_goes_to_firms_in_their_first_year(economy: Economy) -> None:
    orgs = economy.organisations
    orgs.accredited[:] = 1
    orgs.accredited_months[:] = 0
    assert set(charter.members_to_support(economy)) == set(plans.firm_rows(economy))
    orgs.accredited_months[plans.firm_rows(economy)[::2]] = 12
    rows = charter.members_to_support(economy)
    assert set(rows) == set(plans.firm_rows(economy)[1::2])
    charter.keep_commitments(economy, rows)
    extra = charter.extra_pay(economy)[rows]
    charter.pay_support(economy, rows, 0.5, "charter")
    economy.ledger.close_month()
    assert economy.ledger.headings[0]["charter"] == pytest.approx(50.0 * extra.sum(), abs=rows.size)
    assert economy.ledger.headings[0]["charter"] > 0
