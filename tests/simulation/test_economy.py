"""The economy as a whole: the order of the month, repeatability, consistency, levers at rest, closure."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

import simulation.economy
from agents import Firm
from agents.organisation_fields import Kind, Ownership
from agents.person_fields import Status
from simulation.accounts import Flow
from simulation.economy import Economy
from simulation.levers import Levers, PolicyBase
from simulation.scenario import Scenario, ScenarioError
from simulation.travel import TravelConditions

Factory = Callable[..., Economy]
Contradictions = Callable[[Economy], list[str]]
ROOT = Path(__file__).parents[2]


# The month ----------------------------------------------------------------------------------------------


def test_the_month_runs_its_phases_in_order(make_economy: Factory, monkeypatch: pytest.MonkeyPatch) -> None:
    economy, order = make_economy(), []
    phases = ("live", "learn", "plan", "labour_market", "produce_and_pay", "spend", "share_profit")

    def noting(name: str, phase: Callable[..., Any]) -> Callable[..., Any]:
        def run(*args: Any) -> Any:
            order.append(name)
            return phase(*args)

        return run

    for name in phases:
        monkeypatch.setattr(simulation.economy, name, noting(name, getattr(simulation.economy, name)))
    monkeypatch.setattr(economy, "_apply_policies", noting("policies", economy._apply_policies))
    monkeypatch.setattr(economy.ledger, "close_month", noting("close", economy.ledger.close_month))
    monkeypatch.setattr(economy.recorder, "record", noting("record", economy.recorder.record))
    economy.step()
    assert order == ["policies", *phases, "close", "record"]
    assert (economy.month, economy.steps) == (1, 1)


def test_an_economy_runs_to_the_end_of_its_scenario(make_economy: Factory) -> None:
    economy = make_economy(months=4, start="2020-11")
    assert economy.running
    assert economy.run(months=3) is economy
    assert (economy.month, economy.running) == (3, True)
    economy.run()
    assert (economy.month, economy.running) == (4, False)
    assert [str(month) for month in economy.indicators.index] == ["2020-11", "2020-12", "2021-01", "2021-02"]


def test_scenario_fields_can_be_given_directly() -> None:
    scenario = Scenario(scale=1000, seed=3, months=2)
    economy = Economy(scenario, seed=4)
    assert (economy.scenario.scale, economy.scenario.seed, economy.scenario.months) == (1000, 4, 2)
    assert scenario.seed == 3
    with pytest.raises(ValidationError, match="sclae"):
        Economy(sclae=1000)
    with pytest.raises(ScenarioError, match=r"assumptions\.no_such_row: unknown name"):
        Economy(scale=1000, assumptions={"no_such_row": 1.0})


# Repeatability ------------------------------------------------------------------------------------------


def test_the_same_scenario_gives_the_same_digest_and_another_seed_another(make_economy: Factory) -> None:
    first, second = (make_economy(months=12).run() for _ in range(2))
    assert first.digest() == second.digest()
    pd.testing.assert_frame_equal(first.indicators, second.indicators)
    pd.testing.assert_frame_equal(first.breakdowns, second.breakdowns)
    other = make_economy(months=12, seed=8).run()
    assert other.digest() != first.digest()
    assert (other.indicators["household_wealth"] != first.indicators["household_wealth"]).all()


def test_the_digest_covers_what_was_recorded(make_economy: Factory) -> None:
    economy = make_economy(months=2).run()
    digest = economy.digest()
    assert len(digest) == 64
    assert economy.digest() == digest, "reading it changes nothing"
    row = economy.households.rows()[0]
    economy.households.cash[row] += 1
    assert economy.digest() != digest, "a penny in one account"
    economy.households.cash[row] -= 1
    assert economy.digest() == digest
    month = economy.ledger.closures[-1].month
    economy.ledger.tensor(month)[:, Flow.RENT, 0] += 1
    assert economy.digest() != digest, "a penny in one flow"


def test_use_of_mesas_own_random_numbers_does_not_touch_the_run(make_economy: Factory) -> None:
    plain = make_economy(months=3).run()
    played_with = make_economy(months=3)
    for _ in range(3):
        played_with.random.random()
        played_with.rng.random(7)
        played_with.agents_by_type[Firm].shuffle_do(lambda firm: firm.cash)
        played_with.step()
    assert played_with.digest() == plain.digest()


PROGRAM = "from simulation import Economy; print(Economy(scale=1000, seed=5, months=3).run().digest())"


@pytest.mark.slow
def test_neither_hash_seed_nor_process_matters(make_economy: Factory) -> None:
    digests = {make_economy(seed=5, months=3).run().digest()}
    for seed in ("0", "4242"):
        env = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)}
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM], capture_output=True, text=True, env=env, cwd=ROOT, check=True
        )
        digests.add(done.stdout.strip())
    assert len(digests) == 1


# Consistency --------------------------------------------------------------------------------------------


def test_every_month_of_two_years_is_consistent(make_economy: Factory, contradictions: Contradictions) -> None:
    economy = make_economy(seed=11)
    for month in range(24):
        economy.step()
        assert contradictions(economy) == [], f"after month {month}"
        orgs = economy.organisations
        assert (orgs.hires <= orgs.vacancies).all(), "no post is filled twice"


@settings(max_examples=6)
@given(
    scale=st.integers(500, 1000),
    seed=st.integers(0, 2**53 - 1),
    start=st.sampled_from(["2010-01", "2019-04", "2020-04", "2021-11", "2034-07"]),
    burn_in=st.integers(1, 24),
)
def test_any_small_economy_is_consistent(
    contradictions: Contradictions, scale: int, seed: int, start: str, burn_in: int
) -> None:
    economy = Economy(scale=scale, seed=seed, start=start, burn_in=burn_in, months=3)
    assert contradictions(economy) == []
    economy.run()
    assert contradictions(economy) == []
    assert all(set(closure.discrepancy.values()) == {0} for closure in economy.ledger.closures)
    indicators = economy.indicators.drop(columns="survival_three_years")
    assert np.isfinite(indicators.to_numpy()).all()


def test_totals_hardly_depend_on_the_scale(lcr: Any) -> None:
    """Real-world totals are the region's, whatever the sample."""
    large, small = (Economy(scale=scale, seed=1, months=1).run().indicators.iloc[0] for scale in (250, 1000))
    for name in ("population", "working_age_population", "households", "jobs"):
        assert small[name] == pytest.approx(large[name], rel=0.05), name
    for name in ("employment_rate", "inactivity_rate", "limiting_health_share"):
        assert small[name] == pytest.approx(large[name], abs=0.03), name
    assert small["population"] == pytest.approx(lcr.authorities["population_2019"].sum(), rel=0.01)
    assert small["gva"] == pytest.approx(large["gva"], rel=0.2)


# Levers -------------------------------------------------------------------------------------------------


class Nothing(PolicyBase):
    """A policy that puts every lever where it already is."""

    name: str = "nothing"

    def prepare(self, economy: Economy) -> None:
        """Nothing to prepare."""

    def step(self, economy: Economy) -> None:
        """Set each lever to its state at rest, and order nothing."""
        for lever, rest in Levers().state().items():
            setattr(economy.levers, lever, rest)
        economy.order("nothing", "education", 0.0)


class BusesForNothing(Nothing):
    """Free buses in month 1 only."""

    def step(self, economy: Economy) -> None:
        """Move the lever in month 1."""
        if economy.month == 1:
            economy.levers.travel = TravelConditions(bus_fare_factor=0.0)


def test_all_levers_rest_at_neutral_values() -> None:
    state = Levers().state()
    assert state.pop("travel") == TravelConditions()
    assert all(not np.any(value) for value in state.values())


def test_a_policy_that_moves_nothing_leaves_the_run_as_it_is(make_economy: Factory) -> None:
    assert make_economy(months=6, policies=(Nothing(),)).run().digest() == make_economy(months=6).run().digest()


def test_levers_return_to_rest_when_a_policy_lets_go(make_economy: Factory) -> None:
    economy = make_economy(policies=(BusesForNothing(),))
    economy.step()
    before = economy.travel_costs.money.copy(), economy.search_weight.copy()
    economy.step()
    assert economy.levers.travel.bus_fare_factor == 0.0
    assert economy.travel_costs.money.sum() < before[0].sum()
    assert (economy.search_weight >= before[1]).all()
    economy.step()
    assert economy.levers.travel == TravelConditions()
    assert (economy.travel_costs.money == before[0]).all()
    assert (economy.search_weight == before[1]).all()


def test_orders_of_policies_are_paid_in_full_under_their_heading(make_economy: Factory) -> None:
    economy = make_economy()
    economy._open_month()
    economy.order("trams", "construction", 3_000_000.0)
    economy.order("trams", "transport", 1_000_000.0)
    economy.order("teachers", "education", 500_000.0)
    simulation.economy.spend(economy)
    economy.ledger.close_month()
    paid = economy.ledger.headings[0]
    assert paid == {"trams": 4_000 * 100, "teachers": 500 * 100}, "at one in a thousand"
    assert economy.ledger.paid(Flow.POLICY_COST) == 4_500 * 100
    assert economy.ledger.flows().loc["POLICY_COST", "GOVERNMENT"] == -450_000


# Closure ------------------------------------------------------------------------------------------------


def test_at_month_nought_firms_sell_about_what_they_can_make(opening: Economy) -> None:
    """Exports fill the capacity that regional demand leaves, so the run starts from rest."""
    orgs = opening.organisations
    firm = orgs.alive & (orgs.kind == Kind.FIRM)
    capacity = opening.capacity()
    industry = orgs.industry[firm]
    met, able = np.bincount(industry, orgs.demand[firm]), np.bincount(industry, capacity[firm])
    assert met.sum() == pytest.approx(able.sum(), rel=0.05)
    assert np.abs(met[able > 0] / able[able > 0] - 1).max() < 0.25
    least = opening.assumptions["least_export_share"]
    assert (opening.exports_by_industry[: able.size] >= least * able * (1 - 1e-9)).all()


def test_exports_and_import_shares_are_given_once_the_run_begins(make_economy: Factory) -> None:
    economy = make_economy()
    exports, local = economy.exports_by_industry.copy(), economy.local_factor.copy()
    assert exports.sum() > 0
    assert ((local > 0) & (local <= 1)).all()
    economy.run(6)
    assert (economy.exports_by_industry == exports).all()
    assert (economy.local_factor == local).all()


def test_the_burn_in_leaves_people_and_firms_as_they_are(make_economy: Factory) -> None:
    long, short = make_economy(burn_in=12), make_economy(burn_in=1)
    for column in ("age_months", "status", "employer", "household", "qualification", "wage", "tenure"):
        assert (getattr(long.persons, column) == getattr(short.persons, column)).all(), column
    assert (long.organisations.headcount == short.organisations.headcount).all()
    assert (long.organisations.age_months == short.organisations.age_months).all()
    assert (long.households.cash != short.households.cash).mean() > 0.9, "while money moves"
    assert (long.month, short.month) == (0, 0)


def test_the_baseline_stays_in_sight_of_where_it_began(two_years: Economy) -> None:
    indicators = two_years.indicators
    assert indicators["inactivity_rate"].between(0.20, 0.32).all()
    assert indicators["unemployment_rate"].between(0.005, 0.12).all()
    assert indicators["businesses"].iloc[-1] == pytest.approx(indicators["businesses"].iloc[0], rel=0.25)
    assert (indicators["ledger_discrepancy"] == 0).all()
    assert (indicators["public_policy_cost"] == 0).all()
    total = indicators[["employment_rate", "inactivity_rate"]].sum(axis=1)
    assert (total + indicators["unemployment_rate"] * (1 - indicators["inactivity_rate"])).to_numpy() == pytest.approx(
        1
    )


def test_firms_start_and_close(two_years: Economy) -> None:
    indicators = two_years.indicators
    assert indicators["business_births"].sum() > 0
    assert indicators["business_deaths"].sum() > 0
    change = indicators["businesses"].iloc[-1] - indicators["businesses"].iloc[0]
    moved = indicators["business_births"].iloc[1:].sum() - indicators["business_deaths"].iloc[1:].sum()
    assert change == pytest.approx(moved, abs=1e-6 * indicators["businesses"].iloc[0])


# Researchers' own firms ---------------------------------------------------------------------------------


class Hopeful(Firm):
    """A firm that always wants two more workers and pays 5% more."""

    def wanted_headcount(self, proposed: int) -> int:
        """Two more than the columns propose."""
        return proposed + 2

    def wage_effect_next(self, proposed: float) -> float:
        """Never under a premium of 5%."""
        return max(proposed, 0.05)


def test_an_adopted_subclass_decides_for_its_row(make_economy: Factory) -> None:
    economy, plain = make_economy(), make_economy()
    orgs = economy.organisations
    rows = economy.agents_by_type[Firm].rows
    row = int(rows[np.argmax(orgs.headcount[rows])])
    firm = Hopeful(economy, orgs, row)
    economy.adopt(firm)
    assert economy.agents_by_type[Firm].select(lambda agent: isinstance(agent, Hopeful)).get("unique_id") == [
        firm.unique_id
    ]
    economy.step()
    plain.step()
    assert orgs.target_headcount[row] == plain.organisations.target_headcount[row] + 2
    assert firm.wage_effect == pytest.approx(max(float(plain.organisations.wage_effect[row]), 0.05))
    others = rows[rows != row]
    assert (orgs.target_headcount[others] == plain.organisations.target_headcount[others]).mean() > 0.95


def test_an_adopted_firm_that_overrides_nothing_changes_nothing(make_economy: Factory) -> None:
    economy = make_economy(months=4)
    for row in economy.agents_by_type[Firm].rows[:10].tolist():
        economy.adopt(Firm(economy, economy.organisations, row))
    assert economy.run().digest() == make_economy(months=4).run().digest()


# Graphs -------------------------------------------------------------------------------------------------


def test_graphs_for_analysis(two_years: Economy) -> None:
    travel = two_years.travel_graph()
    kinds = nx.get_node_attributes(travel, "kind")
    assert len(kinds) == travel.number_of_nodes()
    region = two_years.region
    assert sum(kind == "neighbourhood" for kind in kinds.values()) == region.n_neighbourhoods
    assert sum(kind == "zone" for kind in kinds.values()) == region.n_zones
    assert set(region.neighbourhoods["id"]) <= set(travel)
    assert {mode for _, _, mode in travel.edges(data="mode")} == {"walk", "bus", "rail"}
    supply = two_years.supply_graph()
    orgs, persons = two_years.organisations, two_years.persons
    assert isinstance(supply, nx.DiGraph)
    assert set(supply) == set(orgs.uid[orgs.alive].tolist())
    kind_of = dict(zip(orgs.uid[orgs.alive].tolist(), orgs.kind[orgs.alive].tolist(), strict=True))
    assert supply.number_of_edges() > len(supply)
    assert {kind_of[seller] for seller, _ in supply.edges} == {Kind.FIRM}
    social = two_years.social_graph()
    assert set(social) == set(persons.uid[persons.alive].tolist())
    assert not list(nx.selfloop_edges(social))
    assert 1 < 2 * social.number_of_edges() / len(social) < 2 * two_years.social.degree


# Odd and ends of the model --------------------------------------------------------------------------------


def test_unemployment_by_authority_is_that_of_the_people(opening: Economy, lcr: Any) -> None:
    rates = opening.unemployment_by_authority()
    table = lcr.labour_market
    published = table["unemployed"] / (table["unemployed"] + table["employed"])
    assert rates == pytest.approx(published.to_numpy(), abs=0.02)


def test_business_climate_is_the_margin_of_local_firms(opening: Economy) -> None:
    orgs = opening.organisations
    local = orgs.alive & (orgs.ownership == Ownership.LOCAL)
    assert opening.business_climate() == pytest.approx(
        orgs.profit_trend[local].sum() / orgs.expected_demand[local].sum()
    )


def test_growth_raises_pay_floors_and_pay_alike(make_economy: Factory) -> None:
    economy = make_economy(months=24)
    first = economy.pay_base.copy(), economy.real_living_wage, economy.legal_floor_for(np.array([360], dtype=np.int16))
    economy.run(13)
    factor = economy.growth
    assert factor == pytest.approx((1 + economy.assumptions["trend_growth"]) ** (12 / 12))
    assert economy.pay_base == pytest.approx(first[0] * factor)
    assert economy.real_living_wage == pytest.approx(first[1] * factor)
    assert economy.legal_floor_for(np.array([360], dtype=np.int16)) == pytest.approx(first[2] * factor)


def test_people_in_employment_have_an_employer_from_the_first_month(opening: Economy) -> None:
    persons, orgs = opening.persons, opening.organisations
    alone = np.flatnonzero(persons.status == Status.SELF_EMPLOYED)
    assert (orgs.kind[persons.employer[alone]] == Kind.FIRM).all()
    assert (orgs.ownership[persons.employer[alone]] == Ownership.LOCAL).all()


class Closing(Firm):
    """A firm that wants nobody and so closes."""

    def wanted_headcount(self, proposed: int) -> int:
        """Nobody, ever."""
        assert self._table.uid[self.row] == self.unique_id, "decides for a stranger in its row"
        return 0


def test_an_adopted_firm_stops_deciding_when_it_has_closed(make_economy: Any) -> None:
    economy = make_economy()
    orgs, persons = economy.organisations, economy.persons
    proprietors = persons.employer[persons.status == Status.SELF_EMPLOYED]
    row = int(min(set(economy.agents_by_type[Firm].rows) - set(proprietors)))
    economy.adopt(Closing(economy, orgs, row))
    uid = int(orgs.uid[row])
    economy.run(12)
    assert uid not in orgs.uid[orgs.alive]


def test_a_scenario_ends_before_the_calendar_does() -> None:
    with pytest.raises(ValidationError):
        Scenario(start="2060-11", months=12)
