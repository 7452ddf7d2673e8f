"""What Mesa offers works on the economy as it comes: agent sets, data collection, batch runs."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import mesa
import numpy as np
import pytest

from agents import AnchorInstitution, Firm, Household
from agents.organisation_fields import Kind
from simulation.economy import Economy
from simulation.levers import PolicyBase
from simulation.scenario import Scenario

Factory = Callable[..., Economy]


# Agent sets, reading ------------------------------------------------------------------------------------


def test_the_economy_is_a_mesa_model_of_three_kinds_of_agent(opening: Economy) -> None:
    assert isinstance(opening, mesa.Model)
    assert set(opening.agent_types) == {Household, Firm, AnchorInstitution}
    sets = opening.agents_by_type
    assert len(sets[Household]) == len(opening.households)
    assert len(sets[Firm]) == (opening.organisations.alive & (opening.organisations.kind == Kind.FIRM)).sum()
    assert len(sets[AnchorInstitution]) == len(opening.anchors)
    assert len(opening.agents) == sum(len(members) for members in sets.values())
    for kind, members in sets.items():
        assert isinstance(members, mesa.agent.AgentSet)
        assert all(isinstance(agent, kind) and isinstance(agent, mesa.Agent) for agent in members)
        assert all(agent.model is opening for agent in members)
    identities = opening.agents.get("unique_id")
    assert len(set(identities)) == len(identities)


def test_agg_is_the_sum_of_the_column(opening: Economy) -> None:
    homes, firms = opening.agents_by_type[Household], opening.agents_by_type[Firm]
    assert homes.agg("cash", sum) == opening.households.cash.sum() > 0
    assert homes.agg("cash", np.sum) == opening.households.cash.sum()
    assert homes.agg("car", [min, max]) == [0, 1]
    rows = opening.organisations.rows()
    firm_rows = rows[opening.organisations.kind[rows] == Kind.FIRM]
    assert firms.agg("sales", sum) == opening.organisations.sales[firm_rows].sum() > 0


def test_get_one_or_many_attributes(opening: Economy) -> None:
    homes = opening.agents_by_type[Household]
    assert homes.get("cash") == opening.households.cash[opening.households.rows()].tolist()
    assert homes.get(["uid", "tenure"])[:2] == [[agent.unique_id, agent.tenure] for agent in homes[:2]]
    assert sum(len(members) for members in homes.get("members")) == len(opening.persons)


def test_select_groupby_sort_and_map(opening: Economy) -> None:
    homes, firms = opening.agents_by_type[Household], opening.agents_by_type[Firm]
    without = homes.select(lambda home: home.car == 0)
    assert len(without) == (opening.households.car[opening.households.rows()] == 0).sum()
    assert len(homes.select(lambda home: home.car == 0, at_most=5)) == 5
    groups = homes.groupby("tenure")
    tenure = opening.households.tenure[opening.households.rows()]
    assert groups.count() == {k: (tenure == k).sum() for k in np.unique(tenure)}
    cash = opening.households.cash[opening.households.rows()]
    assert groups.agg("cash", sum) == {k: cash[tenure == k].sum() for k in np.unique(tenure)}
    assert firms.sort("cash", ascending=True).get("cash") == sorted(firms.get("cash"))
    assert firms.map(lambda firm: firm.headcount) == firms.get("headcount")


def test_all_agents_together(opening: Economy) -> None:
    everyone = opening.agents
    assert len(everyone.select(agent_type=Firm)) == len(opening.agents_by_type[Firm])
    assert everyone.agg("cash", sum) == sum(members.agg("cash", sum) for members in opening.agents_by_type.values())
    assert set(everyone.groupby(type).count()) == {Household, Firm, AnchorInstitution}
    assert opening.agents_by_type[Firm][0] in everyone


def test_anchors_are_plain_mesa_agents(opening: Economy) -> None:
    anchors = opening.agents_by_type[AnchorInstitution]
    assert list(anchors) == opening.anchors
    rows = [anchor.row for anchor in anchors]
    assert anchors.agg("cash", sum) == opening.organisations.cash[rows].sum()
    assert anchors.groupby("kind").count()["council"] == opening.region.n_authorities


# Agent sets, doing --------------------------------------------------------------------------------------


def test_do_and_shuffle_do_reach_every_agent_and_write_the_columns(make_economy: Factory) -> None:
    economy = make_economy()
    homes = economy.agents_by_type[Household]
    homes.do(lambda home: setattr(home, "expected_income", home.expected_income + 1.0))
    before = economy.households.expected_income.copy()
    order: list[int] = []
    homes.shuffle_do(lambda home: order.append(home.row))
    assert sorted(order) == economy.households.rows().tolist()
    assert order != sorted(order)
    homes.set("expected_income", 800.0)
    assert (economy.households.expected_income[economy.households.rows()] == 800.0).all()
    assert not (before == 800.0).all()
    first = homes[0]
    first.expected_income = 7.5
    assert economy.households.expected_income[first.row] == 7.5
    economy.agents.shuffle_do(lambda agent: order.append(agent.unique_id))
    assert len(order) == len(homes) + len(economy.agents)


def test_sets_follow_those_who_come_and_go(make_economy: Factory) -> None:
    economy = make_economy()
    homes, firms = economy.agents_by_type[Household], economy.agents_by_type[Firm]
    first = homes[0]
    known = set(homes.get("unique_id"))
    economy.run(12)
    assert set(homes.get("unique_id")) != known
    assert len(homes) == len(economy.households)
    assert [agent.unique_id for agent in homes] == economy.households.uid[economy.households.rows()].tolist()
    assert (homes[0] is first) == (first.unique_id == homes[0].unique_id)
    assert len(firms) == len(list(firms)) == len(set(firms.get("unique_id")))


# Data collection ----------------------------------------------------------------------------------------


def test_the_economys_own_collector_has_every_indicator(make_economy: Factory) -> None:
    economy = make_economy().run(3)
    collected = economy.datacollector.get_model_vars_dataframe()
    assert list(collected.columns) == list(economy.indicators.columns)
    np.testing.assert_array_equal(collected.to_numpy(), economy.indicators.to_numpy())


def test_a_collector_of_ones_own(make_economy: Factory) -> None:
    economy = make_economy()
    collector = mesa.DataCollector(
        model_reporters={
            "month": "month",
            "firms": lambda model: len(model.agents_by_type[Firm]),
            "pay": partial(lambda name, model: model.indicators[name].iloc[-1], "hourly_pay_median"),
        },
        agent_reporters={"cash": "cash"},
        agenttype_reporters={
            Household: {"cash": "cash", "size": lambda home: len(home.members)},
            Firm: {"sales": "sales"},
            AnchorInstitution: {"headcount": "headcount", "name": "name"},
        },
        tables={"notes": ["month", "note"]},
    )
    for month in range(2):
        economy.step()
        collector.collect(economy)
        collector.add_table_row("notes", {"month": month, "note": "fine"})
    model = collector.get_model_vars_dataframe()
    assert model["month"].tolist() == [1, 2]
    assert model["pay"].tolist() == economy.indicators["hourly_pay_median"].tolist()
    agents = collector.get_agent_vars_dataframe().loc[2]
    assert len(agents) == len(economy.agents)
    homes = collector.get_agenttype_vars_dataframe(Household).loc[2]
    assert homes["cash"].sum() == economy.households.cash.sum()
    assert homes["size"].sum() == len(economy.persons)
    firms = collector.get_agenttype_vars_dataframe(Firm).loc[2]
    assert firms["sales"].tolist() == economy.agents_by_type[Firm].get("sales")
    anchors = collector.get_agenttype_vars_dataframe(AnchorInstitution).loc[2]
    assert anchors["name"].tolist() == [anchor.name for anchor in economy.anchors]


def test_a_collector_of_a_researchers_own_kind_of_firm(make_economy: Factory) -> None:
    class Cooperative(Firm):
        """A firm of one's own."""

    economy = make_economy()
    for row in economy.agents_by_type[Firm].rows[:3].tolist():
        economy.adopt(Cooperative(economy, economy.organisations, row))
    collector = mesa.DataCollector(agenttype_reporters={Cooperative: {"price": "price"}})
    collector.collect(economy)
    assert len(collector.get_agenttype_vars_dataframe(Cooperative)) == 3


# Batch runs ---------------------------------------------------------------------------------------------


def batch(parameters: dict[str, Any], **options: Any) -> list[dict[str, Any]]:
    return mesa.batch_run(Economy, parameters=parameters, display_progress=False, **options)


def test_a_batch_over_seeds_and_scales_gives_what_the_runs_give() -> None:
    results = batch({"scale": [800, 1000], "seed": [1, 2], "months": 2})
    assert [(one["scale"], one["seed"], one["Step"]) for one in results] == [
        (800, 1, 1), (800, 2, 1), (1000, 1, 1), (1000, 2, 1)
    ]  # fmt: skip
    alone = Economy(scale=1000, seed=2, months=2).run().indicators.iloc[-1]
    assert {name: results[-1][name] for name in alone.index} == pytest.approx(alone.to_dict(), nan_ok=True)


def test_a_batch_can_collect_every_month_and_stop_early() -> None:
    results = batch({"scale": 1000, "months": 6}, data_collection_period=1, max_steps=2)
    assert [one["Step"] for one in results] == [0, 1, 2]
    alone = Economy(scale=1000, months=6).run(3).indicators
    assert [one["gva"] for one in results] == pytest.approx(alone["gva"].tolist())


class Outreach(PolicyBase):
    """Opens the charter to everyone in the first month."""

    def prepare(self, economy: Economy) -> None:
        """Nothing to prepare."""

    def step(self, economy: Economy) -> None:
        """Contact all."""
        economy.levers.charter_outreach = economy.levers.charter_standard = 1.0


def test_a_batch_over_assumptions_policies_and_whole_scenarios() -> None:
    """Mesa unpacks what can be iterated, so these are given as lists of values."""
    results = batch(
        {
            "scale": 1000, "months": 2, "start": "2021-04", "policies": [(), (Outreach(),)],
            "assumptions": [{"on_the_job_search_rate": 0.04}, {"on_the_job_search_rate": 0.08}],
        }
    )  # fmt: skip
    assert len(results) == 4
    assert [one["accredited_businesses"] > 0 for one in results] == [False, False, True, True]
    # Who looks around on the job reaches what is produced, whatever small counts of hires happen to agree.
    assert len({one["gva"] for one in results}) == 4
    results = batch({"scenario": [Scenario(scale=1000, months=1, seed=seed) for seed in (3, 4)]})
    assert [one["scenario"].seed for one in results] == [3, 4]


def test_iterations_repeat_the_seed_of_the_scenario() -> None:
    first, second = batch({"scale": 1000, "months": 1}, iterations=2)
    assert (first["iteration"], second["iteration"]) == (0, 1)
    assert first["household_wealth"] == second["household_wealth"]


@pytest.mark.slow
def test_a_batch_over_processes_gives_the_same_results() -> None:
    parameters = {"scale": 1000, "seed": [1, 2], "months": 2}
    one, two = batch(parameters), batch(parameters, number_processes=2)
    key = ("RunId", "household_wealth", "employment_rate")
    assert sorted(tuple(run[k] for k in key) for run in one) == sorted(tuple(run[k] for k in key) for run in two)


def test_sets_can_be_united_as_in_mesa(opening: Economy) -> None:
    homes, firms = opening.agents_by_type[Household], opening.agents_by_type[Firm]
    assert len(homes | firms) == len(homes) + len(firms)
    assert len(homes & firms) == 0
    assert len(homes - firms) == len(homes)


def test_all_agents_cannot_be_shuffled_in_place(opening: Economy) -> None:
    with pytest.raises(ValueError, match="order"):
        opening.agents.shuffle(inplace=True)


def test_a_batch_over_numpys_integers() -> None:
    results = mesa.batch_run(
        Economy, parameters={"scale": 1000, "months": 1, "seed": np.arange(2)}, display_progress=False
    )
    assert len(results) == 2


def test_an_agent_whose_entity_has_gone_says_so(make_economy: Any) -> None:
    economy = make_economy()
    homes = economy.agents_by_type[Household]
    known = list(homes)
    economy.run(24)
    living = set(homes.get("unique_id"))
    gone = [home for home in known if home.unique_id not in living]
    assert gone
    for home in gone:  # its row is blank or another's by now
        with pytest.raises((AttributeError, LookupError)):
            _ = home.cash
