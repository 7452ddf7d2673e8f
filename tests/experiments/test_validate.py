"""Targets, what they allow, and the checks of the baseline."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from agents.person_fields import WORKING_AGE_MONTHS, Status
from experiments.measure import Measurement, Measurer, quantile_error, slug
from experiments.records import RunResult
from experiments.validate import LIMITS, allowed, baseline_figures, baseline_rows, target_row, yearly_growth
from simulation import Economy, Scenario
from simulation.indicators import headline

LINE = {
    "id": "a/inactivity_rate",
    "authority": "a",
    "quantity": "inactivity_rate",
    "target": 0.25,
    "half_width": 0.02,
    "unit": "share of 16-64",
    "source": "somebody",
}


def test_a_share_may_miss_by_its_half_width_and_two_standard_errors() -> None:
    low, high = allowed(0.25, 0.02, Measurement(0.3, sample=300))
    assert (low, high) == pytest.approx((0.25 - 0.07, 0.25 + 0.07))  # sqrt(0.25 x 0.75 / 300) = 0.025


def test_other_measures_bring_their_own_error() -> None:
    assert allowed(100.0, 5.0, Measurement(0.0, error=2.0)) == (91.0, 109.0)
    assert allowed(3.0, 0.0, Measurement(9.0, error=0.25), at_least=True) == (2.5, math.inf)
    assert allowed(3.0, 1.0, None) == (2.0, 4.0)


@pytest.mark.parametrize(("value", "passed"), [(0.181, True), (0.319, True), (0.179, False), (0.321, False)])
def test_misses_are_named(value: float, passed: bool) -> None:
    row = target_row(LINE, Measurement(value, sample=300))
    assert row["pass"] is passed
    assert row["difference"] == pytest.approx(value - 0.25)
    assert (row["name"], row["area"], row["source"]) == ("a/inactivity_rate", "a", "somebody")


def test_a_quantity_that_nobody_measures_is_neither_met_nor_missed() -> None:
    row = target_row(LINE, None)
    assert row["pass"] is None
    assert math.isnan(row["simulated"])


def test_not_a_number_is_a_miss() -> None:
    assert target_row(LINE, Measurement(float("nan"), sample=0))["pass"] is False


def test_error_of_a_median_by_hand() -> None:
    # 400 values 0 to 399: one standard error is 0.5 / 20 = 2.5% of the ranks, 9.975 of them.
    assert quantile_error(np.arange(400.0), 0.5) == pytest.approx(9.975)
    assert quantile_error(np.empty(0), 0.5) == 0.0


def test_names_are_written_as_targets_write_them() -> None:
    assert slug("St Helens") == "st_helens"


# --- measured on an economy -------------------------------------------------------------------------


def test_every_target_of_the_pack_is_measured(opening: Economy) -> None:
    measurer = Measurer(opening)
    targets = opening.region.targets
    for line in targets[targets["when"] == "opening"].itertuples():
        found = measurer.measure(str(line.quantity), str(line.authority))
        assert found is not None, line.id
        assert math.isfinite(found.value), line.id
        assert found.sample > 0 or found.error >= 0.0


def test_unknown_quantities_are_not_measured(opening: Economy) -> None:
    measurer = Measurer(opening)
    assert measurer.measure("happiness", "region") is None
    assert measurer.measure("enterprises_gigantic", "region") is None
    assert measurer.measure("micro", "region") is None


@pytest.mark.parametrize(
    ("quantity", "indicator"),
    [
        ("employment_rate", "employment_rate"),
        ("unemployment_rate", "unemployment_rate"),
        ("inactivity_rate", "inactivity_rate"),
        ("self_employment_share", "self_employment_share"),
        ("qualification_nvq2", "qualification_nvq2"),
        ("households", "households"),
        ("businesses", "businesses"),
        ("pay_ratio_p90_p10", "pay_ratio_p90_p10"),
        ("median_weekly_pay", "weekly_pay_median"),
        ("share_below_real_living_wage", "share_below_real_living_wage"),
        ("car_share_of_commuting", "car_commute_share"),
    ],
)
def test_region_measures_agree_with_the_indicators(opening: Economy, quantity: str, indicator: str) -> None:
    found = Measurer(opening).measure(quantity, "region")
    assert found is not None
    assert found.value == pytest.approx(headline(opening)[indicator], rel=1e-9)


def test_parts_of_a_whole_sum_to_one(opening: Economy) -> None:
    measurer, region = Measurer(opening), opening.region
    ages = ["age_0_15", "age_16_24", "age_25_34", "age_35_49", "age_50_64", "age_65plus"]
    levels = [f"qualification_{name}" for name in ("none", "nvq1", "nvq2", "nvq3", "nvq4plus")]
    places = [f"commuting_to_{slug(name)}" for name in (*region.authority_names, "outside")]

    def total(quantities: list[str], authority: str) -> float:
        return sum(measurer.measure(quantity, authority).value for quantity in quantities)  # type: ignore[union-attr]

    for authority in region.authority_names:
        for quantities in (ages, levels, places):
            assert total(quantities, authority) == pytest.approx(1.0)
    for what in ("jobs", "businesses"):
        shares = [f"{slug(name)}_share_of_{what}" for name in region.authority_names]
        assert total(shares, "region") == pytest.approx(1.0)


def test_a_share_is_measured_among_residents_of_its_authority(opening: Economy) -> None:
    persons, homes, region = opening.persons, opening.households, opening.region
    rows = np.flatnonzero(
        persons.alive & (persons.age_months >= WORKING_AGE_MONTHS[0]) & (persons.age_months < WORKING_AGE_MONTHS[1])
    )
    place = region.neighbourhood_authority[homes.neighbourhood[persons.household[rows]]]
    mine = rows[place == region.authority_index["Wirral"]]
    found = Measurer(opening).measure("employment_rate", "Wirral")
    assert found is not None
    assert found.sample == mine.size
    employed = np.isin(persons.status[mine], (Status.EMPLOYEE, Status.SELF_EMPLOYED))
    assert found.value == pytest.approx(employed.mean())


# --- the baseline -----------------------------------------------------------------------------------


def indicators(months: int = 48, **columns: float) -> pd.DataFrame:
    still = {
        "inactivity_rate": 0.26,
        "unemployment_rate": 0.05,
        "businesses": 1200.0,
        "business_births": 16.0,
        "hourly_pay_median": 13.0,
        "survival_three_years": 0.53,
    }
    return pd.DataFrame({name: np.full(months, value) for name, value in (still | columns).items()})


def result(table: pd.DataFrame, gap: int = 0) -> RunResult:
    return RunResult(Scenario(), table, pd.DataFrame(), {}, "", 60, 1, {"households": gap, "anchors": 0}, ())


def verdicts(*results: RunResult) -> dict[str, bool | None]:
    return {row["name"]: row["pass"] for row in baseline_rows(results)}


def test_a_still_baseline_passes_every_check() -> None:
    assert verdicts(result(indicators())) == dict.fromkeys(LIMITS, True)


@pytest.mark.parametrize(
    ("check", "table"),
    [
        ("inactivity_rate", indicators(inactivity_rate=0.33)),
        ("unemployment_rate", indicators(unemployment_rate=0.019)),
        ("start_up_rate", indicators(business_births=20.0)),
        ("survival_three_years", indicators(survival_three_years=0.6)),
        ("businesses_over_start", indicators().assign(businesses=np.linspace(1200.0, 1600.0, 48))),
        ("real_median_pay_growth", indicators().assign(hourly_pay_median=13.0 * 1.03 ** (np.arange(48) / 12.0))),
    ],
)
def test_a_drift_is_named_even_in_one_seed_of_several(check: str, table: pd.DataFrame) -> None:
    found = verdicts(result(indicators()), result(table))
    assert found[check] is False


def test_one_month_out_of_range_is_a_miss() -> None:
    table = indicators()
    table.loc[20, "inactivity_rate"] = 0.19
    assert verdicts(result(table))["inactivity_rate"] is False


def test_a_penny_is_a_miss() -> None:
    assert verdicts(result(indicators(), gap=1))["ledger_discrepancy"] is False


def test_short_runs_leave_open_what_they_cannot_tell() -> None:
    found = verdicts(result(indicators(months=12, survival_three_years=math.nan)))
    assert found["survival_three_years"] is None
    assert found["real_median_pay_growth"] is None


def test_growth_by_hand() -> None:
    path = 10.0 * 1.02 ** (np.arange(120) / 12.0)
    assert yearly_growth(path) == pytest.approx(0.02)
    assert math.isnan(yearly_growth(path[:23]))


def test_figures_by_hand() -> None:
    found = baseline_figures(indicators(), 0)
    assert found["start_up_rate"] == pytest.approx(0.16)  # 16 a month over 1200
    assert found["survival_three_years"] == pytest.approx(0.53)
