"""Scenarios are frozen and checked; assumptions keep to their rows."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from simulation.assumptions import Assumptions
from simulation.months import month_name, month_number
from simulation.region import Region
from simulation.scenario import Scenario, ScenarioError, first_problem

# Months -----------------------------------------------------------------------------------------------


@given(st.integers(2010, 2060), st.integers(1, 12))
def test_months_count_in_order(year: int, month: int) -> None:
    number = month_number(f"{year}-{month:02d}")
    assert number == year * 12 + month - 1
    assert month_name(number) == f"{year}-{month:02d}"


@pytest.mark.parametrize(
    "text", ["2009-12", "2061-01", "2020-13", "2020-00", "2020-4", "20-04", "2020-04-01", "April 2020", "", None, 2020]
)
def test_what_is_no_month_is_refused(text: Any) -> None:
    with pytest.raises(ValueError, match='a month such as "2020-04", from 2010-01 to 2060-12'):
        month_number(text)


def test_ticks_and_calendar_months_are_inverse() -> None:
    scenario = Scenario(start="2019-11")
    assert scenario.month_of("2019-11") == 0
    assert scenario.month_of("2021-01") == 14
    assert scenario.month_of("2019-09") == -2
    assert [scenario.calendar(tick) for tick in (0, 1, 2, 14)] == ["2019-11", "2019-12", "2020-01", "2021-01"]


# Scenarios --------------------------------------------------------------------------------------------


def test_a_scenario_is_frozen() -> None:
    scenario = Scenario(scale=500)
    with pytest.raises(ValidationError, match="frozen"):
        scenario.scale = 100  # type: ignore[misc]


def test_with_changes_a_checked_copy() -> None:
    scenario = Scenario(name="one", scale=500, assumptions={"overtime": 0.1})
    other = scenario.with_(seed=9, months=12)
    assert (other.seed, other.months) == (9, 12)
    assert (other.name, other.scale, other.assumptions) == ("one", 500, {"overtime": 0.1})
    assert scenario.seed == 7
    with pytest.raises(ValidationError):
        scenario.with_(scale=0)
    with pytest.raises(ValidationError):
        scenario.with_(sclae=10)


@pytest.mark.parametrize(
    ("field", "value", "allowed"),
    [
        ("scale", 0, "greater than or equal to 1"),
        ("scale", 1001, "less than or equal to 1000"),
        ("scale", 2.5, "valid integer"),
        ("scale", True, "valid integer"),
        ("scale", "100", "valid integer"),
        ("seed", -1, "greater than or equal to 0"),
        ("seed", 2**53, "less than"),
        ("months", 0, "greater than or equal to 1"),
        ("months", 481, "less than or equal to 480"),
        ("burn_in", 25, "less than or equal to 24"),
        ("burn_in", 0, "greater than or equal to 1"),
        ("start", "2020-13", 'a month such as "2020-04"'),
        ("name", "", "at least 1 character"),
        ("assumptions", {"overtime": float("nan")}, "overtime must be a finite number"),
        ("assumptions", {"overtime": float("-inf")}, "overtime must be a finite number"),
        ("assumptions", {"overtime": "much"}, "valid number"),
        ("assumptions", ["overtime"], "valid dictionary"),
        ("policy", [], "unknown key"),
    ],
)
def test_bad_fields_are_refused_with_what_is_allowed(field: str, value: Any, allowed: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Scenario(**{field: value})
    key, message = first_problem(caught.value)
    assert key.split(".")[0] == field
    assert allowed in message
    assert "\n" not in message


# Assumptions ------------------------------------------------------------------------------------------

ROW = "participation_gain_weight"


def test_assumptions_are_the_packs_rows(lcr: Region) -> None:
    assumptions = Assumptions(lcr, Scenario())
    rows = lcr.assumptions
    assert set(assumptions) == set(rows.index)
    assert len(assumptions) == len(rows)
    for name in assumptions:
        assert assumptions[name] == pytest.approx(float(rows.loc[name, "value"]))
        assert float(rows.loc[name, "low"]) <= assumptions[name] <= float(rows.loc[name, "high"])


def test_an_override_within_its_range_holds(lcr: Region) -> None:
    low, high = (float(lcr.assumptions.loc[ROW, end]) for end in ("low", "high"))
    for value in (low, high, (low + high) / 2):
        assert Assumptions(lcr, Scenario(assumptions={ROW: value}))[ROW] == value


def test_an_override_out_of_range_is_refused_in_one_line_unless_forced(lcr: Region) -> None:
    high = float(lcr.assumptions.loc[ROW, "high"])
    with pytest.raises(ScenarioError) as caught:
        Assumptions(lcr, Scenario(name="mine.toml", assumptions={ROW: high * 2}))
    message = str(caught.value)
    assert message.startswith(f"mine.toml: assumptions.{ROW}: allowed is ")
    assert f"{high:g}" in message
    assert "\n" not in message
    assert Assumptions(lcr, Scenario(assumptions={ROW: high * 2}, force=True))[ROW] == high * 2


def test_an_unknown_override_is_refused_even_by_force(lcr: Region) -> None:
    with pytest.raises(ScenarioError, match=r"^mine: assumptions\.no_such_row: unknown name"):
        Assumptions(lcr, Scenario(name="mine", assumptions={"no_such_row": 1.0}, force=True))


def test_what_was_read_is_noted(lcr: Region) -> None:
    assumptions = Assumptions(lcr, Scenario(assumptions={ROW: 0.4}))
    assert assumptions.used == set()
    _ = assumptions[ROW], assumptions["trend_growth"]
    assert assumptions.used == {ROW, "trend_growth"}
    with pytest.raises(KeyError):
        _ = assumptions["no_such_row"]
