"""Indicators agree with the state they describe, in real-world totals, and by group add up to the whole."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from agents.organisation_fields import Kind
from agents.person_fields import INACTIVE, Status
from policies import Skills
from simulation.accounts import Book
from simulation.economy import Economy
from simulation.groups import by_group, by_income
from simulation.indicators import (
    LEVELS,
    annual_hours,
    business_equity,
    headline,
    ratio,
    working_age_rows,
)
from simulation.recorder import DIMENSIONS
from simulation.scenario import Scenario
from simulation.tallies import tally_persons

Factory = Callable[..., Economy]

# Measures -----------------------------------------------------------------------------------------------


def test_a_share_of_nothing_is_nothing() -> None:
    assert (ratio(3, 4), ratio(3, 0)) == (0.75, 0.0)


# The headline -------------------------------------------------------------------------------------------


def test_people_and_jobs_are_those_of_the_state(two_years: Economy) -> None:
    last = two_years.indicators.iloc[-1]
    persons, orgs, scale = two_years.persons, two_years.organisations, two_years.scale
    rows = working_age_rows(two_years)
    status = persons.status[rows]
    assert last["inactivity_rate"] == pytest.approx(np.isin(status, INACTIVE).mean())
    reasons = [name for name in last.index if name.startswith("inactivity_") and name != "inactivity_rate"]
    assert last[reasons].sum() == pytest.approx(last["inactivity_rate"])
    levels = [f"qualification_{name}" for name in LEVELS]
    assert last[levels].sum() == pytest.approx(1.0)
    assert last["qualified_nvq3_and_above"] == pytest.approx(last[levels[3:]].sum())
    assert last["population"] == len(persons) * scale
    assert last["unemployment_rate"] == pytest.approx(
        (status == Status.UNEMPLOYED).sum() / (~np.isin(status, INACTIVE)).sum()
    )
    firms = orgs.alive & (orgs.kind == Kind.FIRM)
    assert last["businesses"] == pytest.approx(orgs.weight[firms].sum())
    assert last["hourly_pay_p10"] <= last["hourly_pay_median"] <= last["hourly_pay_p90"]
    assert last["hourly_pay_p10"] >= 0.9 * last["legal_floor"]
    assert 0 < last["in_work_poverty_rate"] < 0.4


def test_community_wealth_is_the_sum_of_its_parts(two_years: Economy) -> None:
    last = two_years.indicators.iloc[-1]
    parts = last[["household_wealth", "local_business_equity", "community_held_assets"]]
    assert last["community_wealth"] == pytest.approx(parts.sum())
    assert last["household_wealth"] == pytest.approx(
        two_years.ledger.balance(Book.HOUSEHOLDS) / 100 * two_years.scale / 1e6
    )
    assert last["community_wealth_per_head"] * last["population"] / 1e6 == pytest.approx(last["community_wealth"])
    equity = business_equity(two_years)
    assert (equity >= 0).all()
    assert (equity[two_years.organisations.kind != Kind.FIRM] == 0).all()


def test_output_per_hour_is_output_over_hours(two_years: Economy) -> None:
    last = two_years.indicators.iloc[-1]
    assert last["gva_per_hour"] == pytest.approx(last["gva"] * 1e6 / annual_hours(two_years, tally_persons(two_years)))
    # The region's gross value added was about £32 billion in 2018 and £32 an hour or so.
    assert 20_000 < last["gva"] < 50_000
    assert 20 < last["gva_per_hour"] < 60


def test_the_multiplier_lies_between_one_and_three(two_years: Economy) -> None:
    indicators = two_years.indicators
    assert indicators["local_multiplier"].between(1.0, 3.0).all()
    for name in ("anchor_local_share", "household_local_share", "insecure_share", "car_commute_share", "wealth_gini"):
        assert indicators[name].between(0.0, 1.0).all(), name


def test_survival_is_unknown_before_a_start_up_can_be_three(two_years: Economy) -> None:
    assert two_years.indicators["survival_three_years"].isna().all()


def test_without_a_car_fewer_vacancies_are_in_reach(two_years: Economy) -> None:
    indicators = two_years.indicators
    assert (indicators["reachable_vacancies_no_car"] < indicators["reachable_vacancies"]).all()


def test_parts_of_output_that_an_appraisal_leaves_out(two_years: Economy) -> None:
    table = two_years.indicators
    assert (table[["policy_value_added", "policy_support"]] == 0.0).all(axis=None)
    assert (table["commuting_value_added"] > 0.0).all()
    # Fuel and parking leave the region, and operators buy inputs.
    assert (table["commuting_value_added"] < 0.6 * table["commuting_costs"]).all()
    orgs = two_years.organisations
    anchors = orgs.alive & (orgs.kind == Kind.ANCHOR)
    bill = orgs.wage_bill[anchors].sum() / 1e8 * two_years.scale
    assert table["anchor_value_added"].iloc[-1] == pytest.approx(bill, rel=1e-12)
    assert (table["anchor_value_added"] * 12.0 < table["gva"]).all()


def test_value_added_in_orders_is_the_industrys_share_of_what_is_delivered() -> None:
    economy = Economy(Scenario(scale=1000, months=2, burn_in=1, policies=(Skills(start="2020-04"),))).run()
    share = economy.structure.value_added_share[economy.industry("education")]
    paid = economy.indicators["public_policy_cost"]
    found = economy.indicators["policy_value_added"]
    assert (found > 0.0).all()
    # What firms of the region cannot deliver is bought outside.
    assert (found <= share * paid * (1.0 + 1e-9)).all()


# By group -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dimension", [*DIMENSIONS, "neighbourhood"])
def test_groups_average_to_the_whole(two_years: Economy, dimension: str) -> None:
    table = pd.DataFrame(by_group(two_years, [dimension]), columns=["dimension", "group", "outcome", "value"])
    assert not table.duplicated(["group", "outcome"]).any()
    wide = table.pivot(index="group", columns="outcome", values="value")
    rows = working_age_rows(two_years)
    place = two_years.households.neighbourhood[two_years.persons.household[rows]]
    region = two_years.region
    key = {
        "authority": np.array(region.authority_names)[region.neighbourhood_authority[place]],
        "imd_decile": region.neighbourhood_decile[place].astype(str),
        "neighbourhood": region.neighbourhoods["id"].to_numpy()[place],
        "sex": np.array(["male", "female"])[two_years.persons.sex[rows]],
        "ethnicity": np.array(["White British", "other"])[two_years.persons.ethnicity[rows]],
        "disability": np.array(["not disabled", "disabled"])[two_years.persons.disability[rows]],
    }[dimension]
    size = pd.Series(key).value_counts()
    assert set(wide.index) == set(size.index)
    overall = headline(two_years)
    for outcome in ("inactivity_rate", "employment_rate"):
        mean = np.average(wide[outcome], weights=size.reindex(wide.index))
        assert mean == pytest.approx(overall[outcome]), outcome


def test_breakdowns_come_once_a_year_each_quarter_in_the_last_and_places_at_the_end(two_years: Economy) -> None:
    table = two_years.breakdowns
    assert [str(month) for month in table["month"].unique()] == ["2021-03", "2021-06", "2021-09", "2021-12", "2022-03"]
    assert set(table.loc[table["month"] == "2021-03", "dimension"]) == {*DIMENSIONS, "income_quintile"}
    assert set(table.loc[table["month"] == "2022-03", "dimension"]) == {*DIMENSIONS, "income_quintile", "neighbourhood"}
    assert table["value"].notna().all()


def test_indicators_are_one_row_a_month(two_years: Economy) -> None:
    indicators = two_years.indicators
    assert indicators.index.freqstr == "M"
    assert (str(indicators.index[0]), str(indicators.index[-1]), len(indicators)) == ("2020-04", "2022-03", 24)
    assert (indicators.dtypes == np.float64).all()
    assert two_years.recorder.latest("gva") == indicators["gva"].iloc[-1]


def test_income_quintiles_rank_residents_and_leave_no_pound_out(two_years: Economy) -> None:
    homes = two_years.households
    rows = homes.rows()
    table = pd.DataFrame(by_income(two_years), columns=["dimension", "group", "outcome", "value"])
    wide = table.pivot(index="group", columns="outcome", values="value")
    assert list(wide.index) == ["1", "2", "3", "4", "5"]
    assert wide["equivalised_income"].is_monotonic_increasing
    pounds = homes.income[rows].sum() * 12.0 * two_years.scale / 1e8
    assert wide["disposable_income"].sum() == pytest.approx(pounds, rel=1e-12)
    assert two_years.indicators["disposable_income"].iloc[-1] * 12.0 == pytest.approx(pounds, rel=1e-12)
    # Each fifth by hand: people in the order of their household's income per equivalent adult.
    people = homes.people[rows].astype(int)
    adults = np.maximum(0.5 * people - 0.2 * homes.under_14[rows] + 0.5, 1.0)
    income = homes.income[rows] / 100.0 / adults
    each = np.repeat(income, people)
    poorest = np.sort(each)[: each.size // 5].mean() * 12.0
    assert wide["equivalised_income"].iloc[0] == pytest.approx(poorest, rel=0.01)
