"""Taxes and benefits agree with hand calculations from the published rates, and never punish a rise in pay."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulation.region import load_region
from simulation.tax_benefit import (
    Rule,
    employee_ni,
    employer_ni,
    income_tax,
    net_pay,
    rules_for,
    universal_credit,
    wage_floor,
    wage_floors,
)

REGION = load_region("lcr")
Y2019 = rules_for(REGION, "2019-04")
Y2020 = rules_for(REGION, "2020-04")
DEC2021 = rules_for(REGION, "2021-12")

# Income tax and national insurance ----------------------------------------------------------------------


@pytest.mark.parametrize("rules", [Y2019, Y2020], ids=["2019/20", "2020/21"])
@pytest.mark.parametrize(
    ("earnings", "tax"),
    [
        (0, 0),
        (12_500, 0),
        (12_600, 20),
        (30_000, 3_500),  # 20% of 17,500
        (50_000, 7_500),  # 20% of 37,500
        (60_000, 11_500),  # and 40% of 10,000
        (100_000, 27_500),
        (110_000, 33_500),  # the allowance is down to 7,500: 7,500 + 40% of 65,000
        (125_000, 42_500),  # the allowance is gone: 7,500 + 40% of 87,500
        (150_000, 52_500),
        (200_000, 75_000),  # and 45% of 50,000
    ],
)
def test_income_tax(rules: np.ndarray, earnings: float, tax: float) -> None:
    assert income_tax(float(earnings), rules) == pytest.approx(tax, abs=0.005)


@pytest.mark.parametrize(
    ("rules", "earnings", "employee", "self_employed", "employer"),
    [
        (Y2020, 9_500, 0, 0, 98.26),  # 13.8% of 712
        (Y2020, 30_000, 2_460.00, 1_845.00, 2_927.26),  # 12%, 9% of 20,500; 13.8% of 21,212
        (Y2020, 60_000, 5_060.00, 3_845.00, 7_067.26),  # 12%, 9% of 40,500 and 2% of 10,000
        (Y2019, 8_632, 0, 0, 0),
        (Y2019, 30_000, 2_564.16, 1_923.12, 2_948.78),  # 12%, 9%, 13.8% of 21,368
        (Y2019, 60_000, 5_164.16, 3_923.12, 7_088.78),
    ],
)
def test_national_insurance(
    rules: np.ndarray, earnings: float, employee: float, self_employed: float, employer: float
) -> None:
    assert employee_ni(float(earnings), rules, False) == pytest.approx(employee, abs=0.005)
    assert employee_ni(float(earnings), rules, True) == pytest.approx(self_employed, abs=0.005)
    assert employer_ni(float(earnings), rules) == pytest.approx(employer, abs=0.005)


def test_net_pay_of_a_month() -> None:
    assert net_pay(2_500.0, Y2020, False) == pytest.approx((30_000 - 3_500 - 2_460) / 12, abs=0.005)
    assert net_pay(2_500.0, Y2019, False) == pytest.approx((30_000 - 3_500 - 2_564.16) / 12, abs=0.005)
    assert net_pay(2_500.0, Y2020, True) == pytest.approx((30_000 - 3_500 - 1_845) / 12, abs=0.005)
    assert net_pay(700.0, Y2020, False) == 700.0


def kept(gross: float, rules: np.ndarray = Y2020) -> float:
    """Share of a further pound a year that is kept."""
    return (net_pay(gross + 1 / 12, rules, False) - net_pay(gross, rules, False)) * 12


@pytest.mark.parametrize(
    ("earnings", "share"),
    [
        (9_000, 1.00),
        (11_000, 0.88),  # national insurance alone
        (30_000, 0.68),
        (60_000, 0.58),
        (110_000, 0.38),  # the allowance is withdrawn: 60% income tax
        (140_000, 0.58),
        (160_000, 0.53),
    ],
)
def test_marginal_rates(earnings: float, share: float) -> None:
    assert kept(earnings / 12) == pytest.approx(share, abs=1e-6)


@given(st.floats(0, 30_000), st.sampled_from([Y2019, Y2020, DEC2021]), st.booleans())
def test_more_pay_is_always_more_net_pay(gross: float, rules: np.ndarray, self_employed: bool) -> None:
    """Nowhere is more than 62% taken of a rise, the rate at which the personal allowance is withdrawn."""
    more = net_pay(gross + 1.0, rules, self_employed) - net_pay(gross, rules, self_employed)
    assert 0.38 - 1e-9 <= more <= 1.0 + 1e-9


# Universal Credit ---------------------------------------------------------------------------------------


def credit(rules: np.ndarray = Y2020, **changes: float) -> float:
    case = {
        "adults": 1, "over25": True, "children": 0, "limited": 0, "carers": 0,
        "rent": 0.0, "net_earnings": 0.0, "savings": 0.0, **changes,
    }  # fmt: skip
    return float(universal_credit(*case.values(), rules))


def test_standard_allowances() -> None:
    assert credit() == pytest.approx(323.22)
    assert credit(over25=False) == pytest.approx(256.05)
    assert credit(adults=2) == pytest.approx(507.37)
    assert credit(adults=2, over25=False) == pytest.approx(401.92)
    assert credit(rules=Y2019) == pytest.approx(317.82)


def test_elements_for_children_health_caring_and_rent() -> None:
    assert credit(children=1) - credit() == pytest.approx(281.25)
    assert credit(children=2) - credit(children=1) == pytest.approx(235.83)
    assert credit(limited=1) - credit() == pytest.approx(341.92)
    assert credit(carers=1) - credit() == pytest.approx(162.92)
    assert credit(rent=500.0) - credit() == pytest.approx(Y2020[Rule.UC_HOUSING_SHARE] * 500.0)
    assert credit(adults=2, limited=2) == credit(adults=2, limited=1), "one element for each unit"


def test_a_third_child_adds_nothing() -> None:
    assert credit(children=5) == credit(children=3) == credit(children=2)


def test_savings_above_the_limit_end_the_claim() -> None:
    assert credit(savings=16_000.0) == credit()
    assert credit(savings=16_000.01) == 0.0


def test_the_taper_before_and_after_december_2021() -> None:
    assert credit(net_earnings=200.0) == pytest.approx(323.22 - 0.63 * 200)
    november = rules_for(REGION, "2021-11")
    assert credit(rules=november, net_earnings=200.0) == pytest.approx(323.22 - 0.63 * 200)
    assert credit(rules=DEC2021, net_earnings=200.0) == pytest.approx(323.22 - 0.55 * 200)
    assert credit(net_earnings=5_000.0) == 0.0


def test_families_and_the_sick_may_earn_before_the_taper() -> None:
    assert credit(children=1, net_earnings=512.0) == credit(children=1)
    assert credit(limited=1, net_earnings=512.0) == credit(limited=1)
    assert credit(children=1, net_earnings=612.0) == pytest.approx(credit(children=1) - 63.0)
    # The allowance is smaller for those who get help with rent.
    assert credit(children=1, rent=400.0, net_earnings=292.0) == credit(children=1, rent=400.0)
    assert credit(children=1, rent=400.0, net_earnings=392.0) == pytest.approx(credit(children=1, rent=400.0) - 63.0)
    assert credit(net_earnings=1.0) < credit(), "others have none"


def test_a_couple_with_two_children_and_rent() -> None:
    family = {"adults": 2, "children": 2, "rent": 500.0, "net_earnings": 1_000.0}
    full = 507.37 + 281.25 + 235.83 + 0.85 * 500
    assert credit(**family) == pytest.approx(full - 0.63 * (1_000 - 292))
    assert credit(rules=DEC2021, **family) == pytest.approx(full - 0.55 * (1_000 - 292))


@given(
    st.integers(1, 2), st.booleans(), st.integers(0, 5), st.integers(0, 2), st.integers(0, 2), st.floats(0, 1500),
    st.floats(0, 10_000), st.sampled_from([Y2019, Y2020, DEC2021]),
)  # fmt: skip
def test_work_always_pays(
    adults: int, over25: bool, children: int, limited: int, carers: int, rent: float, gross: float, rules: np.ndarray
) -> None:
    """A further pound before tax leaves more after tax and credit, whatever the family."""

    def income(pay: float) -> float:
        net = net_pay(pay, rules, False)
        return net + universal_credit(adults, over25, children, limited, carers, rent, net, 0.0, rules)

    gain = income(gross + 1.0) - income(gross)
    # At worst income tax, national insurance and the taper together, or the withdrawal of the allowance.
    assert gain >= min(0.68 * (1 - rules[Rule.UC_TAPER]), 0.38) - 1e-9


@given(st.integers(1, 2), st.integers(0, 5), st.integers(0, 2), st.floats(0, 1500), st.floats(0, 4000))
def test_need_never_lowers_an_award(adults: int, children: int, limited: int, rent: float, net: float) -> None:
    now = credit(adults=adults, children=children, limited=limited, rent=0.0, net_earnings=net)
    assert credit(adults=adults, children=children + 1, limited=limited, net_earnings=net) >= now
    assert credit(adults=adults, children=children, limited=limited + 1, net_earnings=net) >= now
    assert credit(adults=adults, children=children, limited=limited, net_earnings=net, carers=1) >= now
    assert now >= 0.0


# Pay floors -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rules", "floors"), [(Y2019, (4.35, 6.15, 7.70, 8.21)), (Y2020, (4.55, 6.45, 8.20, 8.72))], ids=["2019", "2020"]
)
def test_minimum_wages_by_age(rules: np.ndarray, floors: tuple[float, float, float, float]) -> None:
    ages = np.array([16.0, 17.99, 18.0, 20.99, 21.0, 24.99, 25.0, 64.0])
    expected = np.repeat(floors, 2)
    assert wage_floors(ages, rules) == pytest.approx(expected)
    assert [wage_floor(age, rules) for age in ages] == pytest.approx(expected)


# Dates and growth -------------------------------------------------------------------------------------------


def test_parameters_change_in_the_month_they_are_dated() -> None:
    assert (rules_for(REGION, "2020-03") == Y2019).all()
    assert (rules_for(REGION, "2021-11") == Y2020).all()
    changed = {Rule(int(k)) for k in np.flatnonzero(rules_for(REGION, "2021-12") != Y2020)}
    assert Rule.UC_TAPER in changed
    assert (rules_for(REGION, "2012-01") == Y2019).all(), "before the first date the first value holds"


def test_amounts_grow_and_rates_do_not() -> None:
    grown = rules_for(REGION, "2020-04", growth=1.1)
    table = REGION.tables["tax_benefit"]
    for name, unit in zip(table["name"], table["unit"], strict=True):
        rule = Rule[name.upper()]
        factor = 1.1 if unit.startswith("pounds") else 1.0
        assert grown[rule] == pytest.approx(Y2020[rule] * factor), name
    assert grown[Rule.UC_CHILDREN_LIMIT] == 2.0
    # What follows: the system neither tightens nor loosens when pay grows as thresholds do.
    assert income_tax(33_000.0, grown) == pytest.approx(1.1 * income_tax(30_000.0, Y2020))


def test_a_pack_without_a_parameter_is_refused() -> None:
    table: pd.DataFrame = REGION.tables["tax_benefit"]
    tables = {**REGION.tables, "tax_benefit": table[table["name"] != "uc_taper"]}
    with pytest.raises(KeyError, match=r"tax_benefit\.csv lacks uc_taper"):
        rules_for(dataclasses.replace(REGION, tables=tables), "2020-04")
