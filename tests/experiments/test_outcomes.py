"""The catalogue of outcomes."""

from __future__ import annotations

import pytest

from experiments.outcomes import CATALOGUE, HEADLINE, outcome


def test_names_are_unique_and_headlines_are_marked() -> None:
    names = [item.name for item in CATALOGUE]
    assert len(set(names)) == len(names)
    assert set(HEADLINE) <= set(names)
    assert {item.good for item in CATALOGUE} == {-1, 0, 1}


@pytest.mark.parametrize(
    ("name", "value", "level", "change"),
    [
        ("inactivity_rate", 0.2345, "23.4%", "+23.45 points"),
        ("inactivity_rate", -0.001, "-0.1%", "-0.10 points"),
        ("hourly_pay_median", 13.5, "£13.50", "+£13.500"),
        ("community_wealth_per_head", -1234.4, "-£1,234", "-£1,234"),
        ("gva", 31000.26, "£31,000m", "+£31,000.3m"),
        ("public_policy_cost", 3.456, "£3.5m", "+£3.46m"),
        ("businesses", 52000.0, "52,000", "+52,000"),
        ("wealth_gini", 0.7512, "0.75", "+0.751"),
        ("mean_commute_minutes", 25.25, "25.2 min", "+25.25 min"),
        ("gva", float("nan"), "n/a", "n/a"),
    ],
)
def test_values_are_printed_in_their_unit(name: str, value: float, level: str, change: str) -> None:
    assert outcome(name).text(value) == level
    assert outcome(name).change(value) == change


def test_an_outcome_that_a_user_adds_is_shown_under_its_own_name() -> None:
    assert outcome("my_own_rate").label == "my own rate"
