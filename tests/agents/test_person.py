"""Persons: who takes part, which job is worth taking, who leaves; and what a post pays and a course is worth."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.learning import enrolment_value
from agents.pay import offered_wage
from agents.person import (
    WEEKS_PER_MONTH,
    job_value,
    logistic,
    participation_index,
    reservation_value,
    separation_hazard,
)

# Participation ---------------------------------------------------------------------------------------


@given(st.floats(-4, 4), st.floats(-6, 6), st.floats(0.05, 5), st.floats(1e-3, 5), st.floats(1.05, 3))
def test_more_gain_and_more_reach_bring_people_in(
    group: float, taste: float, gain: float, reach: float, factor: float
) -> None:
    now = participation_index(group, taste, gain, reach, 0.35, 0.15)
    assert participation_index(group, taste, gain * factor, reach, 0.35, 0.15) > now
    assert participation_index(group, taste, gain, reach * factor, 0.35, 0.15) > now
    assert participation_index(group, taste + 0.1, gain, reach, 0.35, 0.15) > now


def test_at_the_reference_only_group_and_taste_count() -> None:
    assert participation_index(0.7, -0.2, 1.0, 1.0, 0.35, 0.15) == pytest.approx(0.5)
    assert participation_index(0.0, 0.0, math.e, math.e, 0.35, 0.15) == pytest.approx(0.5)


@given(st.floats(-30, 30))
def test_the_logistic_function_is_symmetric(x: float) -> None:
    assert logistic(x) + logistic(-x) == pytest.approx(1.0)
    assert logistic(0.0) == 0.5
    assert logistic(x + 0.1) > logistic(x)


# Jobs ------------------------------------------------------------------------------------------------


def test_a_job_is_worth_its_gain_less_the_journey_plus_security() -> None:
    assert job_value(900.0, 150.0, 0, 60.0) == 750.0
    assert job_value(900.0, 150.0, 1, 60.0) == 810.0


@given(st.floats(1, 60), st.floats(0.1, 3), st.floats(-5, 5), st.floats(0, 120), st.floats(0.5, 60))
def test_people_settle_for_less_the_longer_they_are_out_and_the_more_they_like_to_work(
    hours: float, effort: float, taste: float, months: float, more: float
) -> None:
    least = reservation_value(hours, effort, taste, months)
    assert least > 0.0
    assert reservation_value(hours, effort, taste, months + more) < least
    assert reservation_value(hours, effort, taste + 0.5, months) < least
    assert reservation_value(hours + 1.0, effort, taste, months) > least


def test_the_least_worth_of_a_known_job() -> None:
    assert reservation_value(30.0, 1.0, 0.0, 0.0) == pytest.approx(30.0 * WEEKS_PER_MONTH)
    assert reservation_value(30.0, 1.0, 0.0, 24.0) == pytest.approx(15.0 * WEEKS_PER_MONTH)


@given(st.floats(0, 400), st.integers(0, 1), st.floats(-1, 1), st.floats(0.3, 2), st.floats(1.2, 3))
def test_people_leave_less_often_when_pay_tenure_or_security_are_better(
    tenure: float, secure: int, relative: float, elasticity: float, insecure: float
) -> None:
    hazard = separation_hazard(0.006, tenure, secure, relative, elasticity, insecure)
    assert hazard > 0.0
    assert separation_hazard(0.006, tenure, secure, relative + 0.1, elasticity, insecure) < hazard
    assert separation_hazard(0.006, tenure, 1, relative, elasticity, insecure) <= hazard
    assert separation_hazard(0.006, tenure, 0, relative, elasticity, insecure) >= hazard
    # Beyond some years the effect of tenure is smaller than the last digit.
    later = separation_hazard(0.006, tenure + 6.0, secure, relative, elasticity, insecure)
    assert later < hazard if tenure < 200 else later <= hazard


def test_hazards_of_known_jobs() -> None:
    assert separation_hazard(0.006, 1e9, 1, 0.0, 0.75, 2.0) == pytest.approx(0.006)
    assert separation_hazard(0.006, 0.0, 1, 0.0, 0.75, 2.0) == pytest.approx(0.018), "three times at the start"
    assert separation_hazard(0.006, 1e9, 0, 0.0, 0.75, 2.0) == pytest.approx(0.012)
    # Pay 10% above the market's: the elasticity of separations to pay is 0.75.
    assert separation_hazard(0.006, 1e9, 1, math.log(1.1), 0.75, 2.0) == pytest.approx(0.006 * 1.1**-0.75)


# Pay -------------------------------------------------------------------------------------------------

PAY_BASE = 900.0 * np.exp(np.array([0.0, 0.04, 0.12, 0.24, 0.5]))


@given(st.integers(0, 3), st.floats(-0.5, 0.5), st.floats(-0.5, 0.5), st.floats(0, 340))
def test_offers_rise_with_level_premium_and_experience(
    level: int, premium: float, effect: float, months: float
) -> None:
    wage = offered_wage(level, premium, effect, months, PAY_BASE, 0.085)
    assert offered_wage(level + 1, premium, effect, months, PAY_BASE, 0.085) > wage
    assert offered_wage(level, premium + 0.05, effect, months, PAY_BASE, 0.085) > wage
    assert offered_wage(level, premium, effect + 0.05, months, PAY_BASE, 0.085) > wage
    assert offered_wage(level, premium, effect, months + 12.0, PAY_BASE, 0.085) > wage


def test_offers_of_known_posts() -> None:
    assert offered_wage(0, 0.0, 0.0, 0.0, PAY_BASE, 0.085) == pytest.approx(900.0)
    assert offered_wage(0, math.log(1.1), math.log(1.2), 0.0, PAY_BASE, 0.085) == pytest.approx(1188.0)
    assert offered_wage(4, 0.0, 0.0, 9 * 12.0, PAY_BASE, 0.1) == pytest.approx(900.0 * math.exp(0.8))
    after_thirty = offered_wage(2, 0.0, 0.0, 30 * 12.0, PAY_BASE, 0.085)
    assert offered_wage(2, 0.0, 0.0, 45 * 12.0, PAY_BASE, 0.085) == after_thirty, "experience pays for thirty years"


# Courses ---------------------------------------------------------------------------------------------


def worth(gain: float = 50.0, years: float = 20.0, lost: float = 500.0, luck: float = 0.0) -> float:
    value = enrolment_value(np.array([gain]), np.array([years]), np.array([lost]), np.array([luck]), 0.05, 1000.0)
    return float(value[0])


def test_a_course_is_worth_its_discounted_gain_less_what_it_costs() -> None:
    # An annuity of £1 a year for 10 years at 5% is worth £7.7217.
    assert worth(gain=10.0, years=10.0, lost=100.0) == pytest.approx(120.0 * 7.72173 - 100.0 - 1000.0, abs=0.01)
    assert worth(years=0.0, lost=0.0) == pytest.approx(-1000.0), "no years left, no gain"
    assert worth(years=-3.0, lost=0.0) == pytest.approx(-1000.0)


@given(st.floats(0, 500), st.floats(0, 45), st.floats(0, 5000), st.floats(-5, 5))
def test_a_course_is_worth_more_with_gain_and_years_and_less_with_what_is_lost(
    gain: float, years: float, lost: float, luck: float
) -> None:
    now = worth(gain, years, lost, luck)
    assert worth(gain + 10.0, years + 1.0, lost, luck) > now
    assert worth(gain, years + 1.0, lost, luck) >= now
    assert worth(gain, years, lost + 100.0, luck) < now
    assert worth(gain, years, lost, luck + 0.1) > now
