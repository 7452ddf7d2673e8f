"""Effects worked out by hand, and what must hold for any data."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.comparison import (
    ANCHORS,
    BALANCE,
    FINAL_YEAR,
    LOWERS,
    NO_EFFECT,
    NO_INTERVAL,
    PUBLIC,
    RAISES,
    THIRD_YEAR,
    Arm,
)
from experiments.effects import costs, effects, first_policy_month, group_effects, paired_statistics, windows
from policies import Skills, Transport
from simulation import Scenario

# Student's t with 2 degrees of freedom, from printed tables: 97.5% and 80% points.
T975, T80 = 4.302653, 1.060660


def one(baseline: list[float], policy: list[float]) -> pd.Series:
    return paired_statistics(np.array([baseline]), np.array([policy])).iloc[0]


def test_interval_by_hand() -> None:
    row = one([1.0, 5.0, 9.0], [2.0, 7.0, 12.0])  # differences 1, 2, 3: mean 2, standard deviation 1
    assert row["baseline"] == pytest.approx(5.0)
    assert row["policy"] == pytest.approx(7.0)
    assert row["effect"] == pytest.approx(2.0)
    assert row["sd"] == pytest.approx(1.0)
    assert row["low"] == pytest.approx(2.0 - T975 / np.sqrt(3.0), abs=1e-5)
    assert row["high"] == pytest.approx(2.0 + T975 / np.sqrt(3.0), abs=1e-5)
    assert row["detectable"] == pytest.approx((T975 + T80) / np.sqrt(3.0), abs=1e-5)
    assert row["seeds"] == 3
    assert row["verdict"] == NO_EFFECT  # the interval holds zero


def test_variance_ratio_by_hand() -> None:
    # Variances 16 and 25 alone, 1 when paired.
    assert one([1.0, 5.0, 9.0], [2.0, 7.0, 12.0])["variance_ratio"] == pytest.approx(41.0)


def test_verdict_names_the_direction() -> None:
    assert one([0.0, 0.0, 0.0], [10.0, 11.0, 12.0])["verdict"] == RAISES
    assert one([0.0, 0.0, 0.0], [-10.0, -11.0, -12.0])["verdict"] == LOWERS


def test_below_the_detectable_minimum_there_is_no_detectable_effect() -> None:
    # Differences 1.7, 2.7, 3.7: the interval is 0.216 to 5.184, but 2.7 is less than the detectable 3.097.
    row = one([0.0, 0.0, 0.0], [1.7, 2.7, 3.7])
    assert row["low"] > 0.0
    assert row["effect"] < row["detectable"]
    assert row["verdict"] == NO_EFFECT


def test_no_difference_is_exactly_no_effect() -> None:
    row = one([0.1, 0.7, 0.3], [0.1, 0.7, 0.3])
    assert (row["effect"], row["low"], row["high"], row["sd"], row["detectable"]) == (0.0, 0.0, 0.0, 0.0, 0.0)
    assert row["verdict"] == NO_EFFECT
    assert np.isnan(row["variance_ratio"])


def test_one_seed_has_no_interval() -> None:
    row = one([1.0], [4.0])
    assert row["effect"] == 3.0
    assert row["verdict"] == NO_INTERVAL
    assert np.isnan(row[["low", "high", "sd", "detectable", "variance_ratio"]].to_numpy(dtype=float)).all()


def test_a_seed_without_a_value_is_left_out_of_both_sides() -> None:
    row = one([1.0, np.nan, 3.0, 100.0], [2.0, 50.0, 5.0, np.nan])
    assert row["seeds"] == 2
    assert row["baseline"] == pytest.approx(2.0)
    assert row["effect"] == pytest.approx(1.5)


@given(
    st.lists(st.tuples(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6)), min_size=2, max_size=12),
    st.randoms(use_true_random=False),
)
def test_interval_surrounds_the_effect_in_any_order_of_seeds(pairs, random) -> None:  # type: ignore[no-untyped-def]
    shuffled = list(pairs)
    random.shuffle(shuffled)
    first, second = (one([b for b, _ in some], [p for _, p in some]) for some in (pairs, shuffled))
    assert first["low"] <= first["effect"] <= first["high"]
    assert first["effect"] == pytest.approx(second["effect"], rel=1e-9, abs=1e-6)
    assert first["sd"] == pytest.approx(second["sd"], rel=1e-6, abs=1e-3)


# --- over runs --------------------------------------------------------------------------------------


def arms(months: int = 48) -> tuple[Arm, Arm]:
    base = Scenario(months=months, start="2020-04")
    return Arm("baseline", "Baseline", base), Arm(
        "skills", "Skills", base.with_(name="skills", policies=(Skills(start="2020-10"),))
    )


def runs(design: tuple[Arm, Arm], seeds: list[int], step: float) -> pd.DataFrame:
    """The baseline is its seed in every month; the policy adds `step` times the month."""
    rows = [
        {
            "arm": arm.name,
            "seed": seed,
            "month": arm.scenario.calendar(month),
            "inactivity_rate": float(seed) + (step * month if arm is design[1] else 0.0),
            "survival_three_years": np.nan,
            "procurement_premium": 2.0 if arm is design[1] else 0.0,
            "fiscal_balance": -0.5 if arm is design[1] else 0.0,
        }
        for arm in design
        for seed in seeds
        for month in range(arm.scenario.months)
    ]
    return pd.DataFrame(rows)


def test_windows_follow_the_earliest_policy() -> None:
    baseline, policy = arms()
    both = policy.scenario.with_(policies=(Transport(start="2021-01"), Skills(start="2020-10")))
    assert first_policy_month(Arm("both", "Both", both)) == 6
    assert windows(policy) == {FINAL_YEAR: (36, 47), THIRD_YEAR: (30, 41)}
    assert windows(arms(months=41)[1]) == {FINAL_YEAR: (29, 40)}
    assert windows(arms(months=3)[1]) == {FINAL_YEAR: (0, 2)}
    assert windows(baseline) == {FINAL_YEAR: (36, 47)}


def test_effects_are_means_over_the_window() -> None:
    design = arms()
    table = effects(design, [1, 2, 3], runs(design, [1, 2, 3], step=1.0)).set_index(["outcome", "window"])
    assert table.loc[("inactivity_rate", FINAL_YEAR), "effect"] == pytest.approx(41.5)
    assert table.loc[("inactivity_rate", THIRD_YEAR), "effect"] == pytest.approx(35.5)
    assert table.loc[("inactivity_rate", FINAL_YEAR), "baseline"] == pytest.approx(2.0)
    assert "survival_three_years" not in table.index.get_level_values("outcome")  # it has no values


def test_effects_do_not_depend_on_the_order_of_rows() -> None:
    design = arms()
    table = runs(design, [1, 2, 3], step=0.01)
    mixed = table.sample(frac=1.0, random_state=3)
    pd.testing.assert_frame_equal(effects(design, [1, 2, 3], table), effects(design, [1, 2, 3], mixed), rtol=1e-12)


def test_policy_without_consequence_has_exactly_no_effect() -> None:
    design = arms()
    table = effects(design, [1, 2], runs(design, [1, 2], step=0.0))
    row = table[table["outcome"] == "inactivity_rate"].iloc[0]
    assert (row["effect"], row["low"], row["high"], row["verdict"]) == (0.0, 0.0, 0.0, NO_EFFECT)


def test_group_effects_use_the_last_month_and_keep_the_order_of_groups() -> None:
    design = arms()
    groups = ["1", "2", "10"]
    rows = [
        (arm.name, seed, month, "imd_decile", group, "inactivity_rate", 0.2 + (0.1 * position if late and acts else 0))
        for arm, acts in zip(design, (False, True), strict=True)
        for seed in (1, 2)
        for month, late in (("2023-03", False), ("2024-03", True))
        for position, group in enumerate(groups)
        if not (group == "10" and seed == 2 and acts)  # empty under one seed
    ]
    columns = ["arm", "seed", "month", "dimension", "group", "outcome", "value"]
    table = group_effects(design, [1, 2], pd.DataFrame(rows, columns=columns))
    assert table["group"].tolist() == groups
    assert table["effect"].tolist() == pytest.approx([0.0, 0.1, 0.2])
    assert table["seeds"].tolist() == [2, 2, 1]
    assert table["verdict"].tolist() == [NO_EFFECT, RAISES, NO_INTERVAL]


def test_costs_are_pounds_a_year_from_the_first_policy_month() -> None:
    design = arms()  # 48 months, the policy runs 42 of them
    paid = {("baseline", 1): {}, ("baseline", 2): {}, ("skills", 1): {"skills": 35.0}, ("skills", 2): {"skills": 42.0}}
    table = costs(design, [1, 2], runs(design, [1, 2], step=0.0), paid).set_index("borne_by")
    assert table.loc[PUBLIC, "heading"] == "skills"
    assert table.loc[PUBLIC, "yearly_cost"] == pytest.approx(11.0)  # (35 + 42) / 2 over 3.5 years
    assert table.loc[ANCHORS, "yearly_cost"] == pytest.approx(2e6)
    assert table.loc[BALANCE, "yearly_cost"] == pytest.approx(-6e6)


def test_a_policy_that_never_starts_costs_nothing() -> None:
    design = arms(months=3)
    paid: dict[tuple[str, int], dict[str, float]] = {("baseline", 1): {}, ("skills", 1): {}}
    assert costs(design, [1], runs(design, [1], step=0.0), paid).empty
