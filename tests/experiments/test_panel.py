"""A panel on a handful of people whose moves are set by hand: flows, pay, gaps, job loss."""

from __future__ import annotations

import math

import numpy as np
import pytest

from agents.organisation_fields import Kind
from agents.person_fields import Status
from experiments.panel import Panel, watch
from experiments.panel_flows import Tightness
from experiments.panel_interview import interview
from experiments.panel_moments import (
    correlation_moment,
    followed,
    gap_moment,
    median_moment,
    share_moment,
    slope_moment,
)
from simulation import Economy, Scenario
from tests.experiments.fake_panel import ADULT, FakeEconomy, values

SEEKING = int(Status.UNEMPLOYED)


def small(months: int = 60) -> FakeEconomy:
    """Two firms and a home."""
    economy = FakeEconomy(months)
    economy.add_firms(2)
    economy.add_homes(1)
    return economy


def watched(economy: FakeEconomy, first: int = 0, last: int = 48) -> Panel:
    """A panel that has seen the first month."""
    panel = Panel(economy, first, last)
    economy.month = first
    panel.observe()
    return panel


def next_month(panel: Panel) -> None:
    panel.economy.month += 1
    panel.observe()


# --- flows ------------------------------------------------------------------------------------------


def test_finding_a_job_by_months_of_unemployment():
    economy = small()
    for months in (0, 2, 3, 11, 12, 40):
        economy.add_people(2, status=SEEKING, employer=-1, wage=0, status_months=months)
    panel = watched(economy)
    # One of the two who were out for 0, for 3 and for 40 months; self-employment is work too.
    economy.set(0, status=int(Status.EMPLOYEE), employer=0, wage=900)
    economy.set(4, status=int(Status.SELF_EMPLOYED), employer=1)
    economy.set(10, status=int(Status.EMPLOYEE), employer=1, wage=900)
    next_month(panel)
    found = values(panel.moments())
    assert found["job_finding_rate"] == pytest.approx(3 / 12)
    assert found["job_finding_rate_3_months_or_more"] == pytest.approx(2 / 8)
    assert found["job_finding_rate_months_0_2"] == pytest.approx(1 / 4)
    assert found["job_finding_rate_months_3_5"] == pytest.approx(1 / 2)
    assert found["job_finding_rate_months_6_11"] == pytest.approx(0 / 2)
    assert found["job_finding_rate_months_12_plus"] == pytest.approx(1 / 4)


def test_separations_by_where_they_lead():
    economy = small()
    economy.add_people(10)
    panel = watched(economy)
    economy.lose_job(0)
    economy.lose_job(1, Status.LONG_TERM_SICK)
    economy.lose_job(2, Status.STUDENT)
    economy.set(3, status=int(Status.SELF_EMPLOYED))
    next_month(panel)
    found = values(panel.moments())
    assert found["separation_rate_to_unemployment"] == pytest.approx(0.1)
    assert found["separation_rate_to_non_work"] == pytest.approx(0.3)
    assert found["job_to_job_rate"] == 0.0
    assert math.isnan(found["job_to_job_share_up"])


def test_moves_between_employers_and_what_they_pay():
    economy = small()
    economy.add_people(10)
    panel = watched(economy)
    economy.set(0, employer=1, wage=1100)
    economy.set(1, employer=1, wage=1200)
    economy.set(2, employer=1, wage=900)
    economy.set(3, wage=2000)  # a rise where one is
    next_month(panel)
    found = values(panel.moments())
    assert found["job_to_job_rate"] == pytest.approx(0.3)
    assert found["job_to_job_share_up"] == pytest.approx(2 / 3)
    assert found["job_to_job_log_change"] == pytest.approx(math.log(1.1))


def test_a_row_that_passed_to_another_employer_is_another_employer():
    economy = small()
    economy.add_people(4)
    panel = watched(economy)
    economy.organisations.uid[0] = 77
    next_month(panel)
    assert values(panel.moments())["job_to_job_rate"] == 1.0


def test_people_who_are_gone_or_out_of_age_at_either_interview_are_not_asked():
    economy = small()
    economy.add_people(4)
    economy.add_people(1, age_months=15 * 12 + 11, status=SEEKING, employer=-1)
    economy.add_people(1, age_months=64 * 12 + 11)
    panel = watched(economy)
    economy.persons.remove(np.array([0]))  # gone, and their row is blank
    economy.persons.remove(np.array([1]))
    economy.persons.add(
        np.array([900, 901], dtype=np.uint64), age_months=ADULT, status=SEEKING, employer=-1
    )  # newcomers take both rows
    economy.persons.age_months += 1  # one turns 16, one 65
    economy.lose_job(5, Status.PENSIONER)
    economy.lose_job(2)
    next_month(panel)
    table = panel.moments().set_index("quantity")
    assert table.loc["separation_rate_to_unemployment", "value"] == pytest.approx(1 / 2)
    assert table.loc["separation_rate_to_unemployment", "sample"] == 2
    assert table.loc["job_finding_rate", "sample"] == 0


def test_a_spell_between_two_interviews_is_not_seen():
    economy = small()
    economy.add_people(5)
    panel = watched(economy)
    economy.lose_job(0)
    economy.set(0, status=int(Status.EMPLOYEE), employer=0, wage=1000)
    next_month(panel)
    assert values(panel.moments())["separation_rate_to_unemployment"] == 0.0


def test_vacancies_beside_unemployment():
    economy = FakeEconomy()
    economy.add_firms(1, headcount=90)
    economy.add_firms(1, kind=int(Kind.OUTSIDE), headcount=500, vacancies=400)  # not in the region
    economy.add_homes(1)
    economy.add_people(20)
    tightness = Tightness()
    for seeking, posts in ((1, 10), (2, 5), (4, 2)):
        economy.persons.status[:seeking] = SEEKING
        economy.organisations.vacancies[0] = posts
        tightness.observe(economy, interview(economy))
    found = values(tightness.moments())
    u, v = np.array([1, 2, 4]) / 20, np.array([10 / 100, 5 / 95, 2 / 92])
    assert found["unemployment_rate"] == pytest.approx(u.mean())
    assert found["vacancy_rate"] == pytest.approx(v.mean())
    assert found["beveridge_correlation"] == pytest.approx(np.corrcoef(u, v)[0, 1])
    assert found["beveridge_slope"] == pytest.approx(np.polyfit(np.log(u), np.log(v), 1)[0])


# --- pay and gaps -----------------------------------------------------------------------------------


def test_low_pay_that_lasts_among_those_who_are_employees_again():
    economy = small()
    economy.add_people(5, wage=900)
    economy.add_people(5, wage=2000)
    panel = watched(economy)
    for month in range(1, 37):
        if month == 5:
            economy.set(0, wage=1500)  # escapes
            economy.lose_job(1)  # not an employee after a year
            economy.set(6, wage=800)  # falls, and counts from the second wave on
        if month == 30:
            economy.set(1, status=int(Status.EMPLOYEE), employer=0, wage=1500)  # counts after three years
        next_month(panel)
    table = panel.moments().set_index("quantity")
    # Wave 0: rows 1 to 4 of 0 to 4 but for 1; waves 1 and 2: rows 2, 3, 4 and 6, all still there.
    assert table.loc["low_pay_still_after_12_months", "sample"] == 4 + 4 + 4
    assert table.loc["low_pay_still_after_12_months", "value"] == pytest.approx(11 / 12)
    assert table.loc["low_pay_still_after_36_months", "sample"] == 5
    assert table.loc["low_pay_still_after_36_months", "value"] == pytest.approx(3 / 5)


def test_ratios_of_deciles_of_pay():
    economy = small()
    economy.add_people(101, wage=np.arange(1000, 2010, 10))
    panel = watched(economy)
    found = values(panel.moments())
    assert found["hourly_pay_p90_p10"] == pytest.approx(1900 / 1100)
    assert found["hourly_pay_p50_p10"] == pytest.approx(1500 / 1100)


def test_gaps_in_employment():
    economy = FakeEconomy()
    economy.add_firms(1)
    economy.add_homes(4, neighbourhood=[0, 1, 2, 3])  # deciles 1, 2, 9, 10
    for home, level, working in ((0, 0, 1), (1, 0, 2), (2, 4, 3), (3, 4, 4)):
        rows = economy.add_people(4, household=home, qualification=level)
        for row in rows[working:]:
            economy.lose_job(row, Status.CARER)
    economy.add_people(3, household=3, qualification=4, age_months=20 * 12, status=int(Status.STUDENT), employer=-1)
    found = values(watched(economy).moments())
    assert found["employment_gap_qualification"] == pytest.approx(100 * (7 / 11 - 3 / 8))
    assert found["employment_gap_qualification_25_64"] == pytest.approx(100 * (7 / 8 - 3 / 8))
    assert found["employment_gap_deprivation"] == pytest.approx(100 * (4 / 7 - 1 / 4))
    assert found["employment_gap_deprivation_fifths"] == pytest.approx(100 * (7 / 11 - 3 / 8))


# --- loss of the main job ---------------------------------------------------------------------------


def earning_homes() -> FakeEconomy:
    """Four homes with £1,000 a month and one or two earners."""
    economy = FakeEconomy()
    economy.add_firms(2)
    economy.add_homes(4, income=100_000, spending=60_000, housing_cost=20_000)
    economy.add_people(4, household=[0, 1, 2, 3], net_pay=100_000)
    economy.add_people(1, household=3, net_pay=150_000)  # earns more than the first of home 3
    return economy


def test_income_and_spending_around_the_loss_of_the_main_job():
    economy = earning_homes()
    panel = watched(economy)
    for _ in range(2):
        next_month(panel)
    economy.lose_job(0)
    economy.lose_job(1)  # finds another before the third interview
    economy.lose_job(3)  # not the main earner
    economy.households.income[:2] = 10_000  # the month of the loss is left out of both sides
    next_month(panel)
    economy.households.income[:2] = 40_000
    economy.households.spending[:2] = 45_000
    for month in range(3):
        if month == 1:
            economy.set(1, status=int(Status.EMPLOYEE), employer=1, wage=1000, net_pay=100_000)
        next_month(panel)
    table = panel.moments().set_index("quantity")
    assert table.loc["job_loss_income_fall", "sample"] == 1
    assert table.loc["job_loss_income_fall", "value"] == pytest.approx(0.6)
    assert table.loc["job_loss_spending_fall", "value"] == pytest.approx(0.25)
    assert table.loc["job_loss_outlay_fall", "value"] == pytest.approx(1 - 65 / 80)
    assert table.loc["job_loss_outlay_over_income", "value"] == pytest.approx((1 - 65 / 80) / 0.6)


@pytest.mark.parametrize("change", ["home", "household", "person"])
def test_homes_that_break_up_after_the_loss_are_left_out(change):
    economy = earning_homes()
    panel = watched(economy)
    for _ in range(2):
        next_month(panel)
    economy.lose_job(0)
    next_month(panel)
    for month in range(3):
        if month == 1 and change == "home":
            economy.set(0, household=2)
        if month == 1 and change == "household":
            economy.households.uid[0] = 1
        if month == 1 and change == "person":
            economy.persons.uid[0] = 999
        next_month(panel)
    assert panel.moments().set_index("quantity").loc["job_loss_income_fall", "sample"] == 0


def test_a_loss_without_three_months_on_both_sides_is_left_out():
    economy = earning_homes()
    panel = watched(economy)
    next_month(panel)
    economy.lose_job(0)  # after two months
    for _ in range(5):
        next_month(panel)
    economy.lose_job(1)  # two months before the end
    for _ in range(2):
        next_month(panel)
    assert panel.moments().set_index("quantity").loc["job_loss_income_fall", "sample"] == 0


# --- the panel itself -------------------------------------------------------------------------------


def test_months_must_come_in_order():
    economy = small()
    economy.add_people(3)
    panel = Panel(economy, 2, 6)
    panel.observe()  # month 0 is before the first
    assert panel.moments()["sample"].sum() == 0
    economy.month = 3
    with pytest.raises(ValueError, match="month 2 was to be observed next"):
        panel.observe()
    economy.month = 2
    panel.observe()
    with pytest.raises(ValueError, match="month 3 was to be observed next"):
        panel.observe()
    economy.month = 4
    with pytest.raises(ValueError, match="month 3"):
        panel.observe()
    for month in (3, 4, 5, 6, 7, 9):
        economy.month = month
        panel.observe()  # those after the last are passed over
    assert panel.moments().set_index("quantity").loc["unemployment_rate", "sample"] == 5


def test_a_panel_ends_with_the_run_or_after_five_years():
    assert Panel(FakeEconomy(months=24)).last == 24
    assert Panel(FakeEconomy(months=240)).last == 60
    assert Panel(FakeEconomy(months=240)).first == 12
    with pytest.raises(ValueError, match="sees nothing change"):
        Panel(FakeEconomy(months=12))


def test_nobody_to_ask_is_not_a_number_rather_than_an_error():
    economy = FakeEconomy()
    economy.add_firms(1)
    economy.add_homes(1)
    economy.add_people(1)
    for panel in (Panel(economy, 0, 5), watched(economy)):
        table = panel.moments()
        assert list(table.columns) == ["quantity", "value", "error", "sample"]
        assert table["quantity"].is_unique
        assert math.isnan(values(table)["job_finding_rate"])


def test_watching_leaves_the_run_as_it_is():
    scenario = Scenario(scale=1000, seed=7, months=16)
    plain = Economy(scenario).run()
    economy = Economy(scenario)
    panel = Panel(economy, 2)
    for _ in range(scenario.months):
        economy.step()
        panel.observe()
    assert len(panel.moments()) > 40
    assert economy.digest() == plain.digest()
    assert economy.assumptions.used == plain.assumptions.used
    assert watch(scenario, 2).equals(panel.moments())


# --- statistics -------------------------------------------------------------------------------------


def test_rows_are_followed_by_identity():
    economy = small()
    economy.add_people(3)
    before = economy.persons.uid.copy()
    economy.persons.remove(np.array([1]))
    economy.add_people(2)  # one in the free row, one beyond
    economy.persons.remove(np.array([2]))
    assert followed(before, economy.persons).tolist() == [True, False, False]


def test_shares_gaps_and_medians_with_their_errors():
    assert share_moment("x", 25, 100)[1:] == pytest.approx((0.25, math.sqrt(0.25 * 0.75 / 100), 100))
    # The same hundred asked four times tell as much as a hundred.
    assert share_moment("x", 100, 400, interviews=4).error == pytest.approx(math.sqrt(0.25 * 0.75 / 100))
    gap = gap_moment("x", (80, 100), (50, 100))
    assert gap.value == pytest.approx(30.0)
    assert gap.error == pytest.approx(100 * math.sqrt(0.8 * 0.2 / 100 + 0.25 / 100))
    assert median_moment("x", np.arange(400.0)).error == pytest.approx(9.975)
    assert math.isnan(share_moment("x", 0, 0).value)


def test_correlations_and_slopes_by_hand():
    x = np.array([0.0, 1.0, 2.0, 3.0])
    assert correlation_moment("x", x, -2 * x).value == pytest.approx(-1.0)
    slope = slope_moment("x", x, np.array([0.0, 1.0, 1.0, 2.0]))
    assert slope.value == pytest.approx(0.6)
    assert slope.error == pytest.approx(math.sqrt(0.2 / 2 / 5))
    assert math.isnan(slope_moment("x", x[:2], x[:2]).value)
    assert math.isnan(correlation_moment("x", x, np.ones(4)).value)
