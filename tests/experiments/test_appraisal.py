"""The appraisal does the Green Book's arithmetic, claims nothing of noise, and says exactly nothing of no policy."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.appraisal import FLOWS, NOT_TOLD, WILLINGNESS, Years, appraise, years_of
from experiments.appraisal_words import appraisal_sentences
from experiments.cli import main
from experiments.comparison import Arm
from experiments.errors import InputError
from experiments.green_book import acceptability, discount_factors, present_value, ratio_of_means, welfare_weights
from experiments.pound_for_pound import STRONGEST, scaled
from experiments.records import run_scenario
from policies import Skills
from simulation import Economy, Scenario
from simulation.levers import Levers

# --- arithmetic ---------------------------------------------------------------------------------------


def test_discount_factors_of_ten_years() -> None:
    # HM Treasury Green Book 2022, Annex 6: 3.5% a year.
    known = [1.0, 0.9662, 0.9335, 0.9019, 0.8714, 0.8420, 0.8135, 0.7860, 0.7594, 0.7337, 0.7089]
    assert discount_factors(11).round(4).tolist() == known


def test_the_rate_falls_after_thirty_years() -> None:
    factors = discount_factors(76)
    assert factors[30] / factors[29] == pytest.approx(1 / 1.035)
    assert factors[31] / factors[30] == pytest.approx(1 / 1.030)
    with pytest.raises(ValueError, match="up to 76"):
        discount_factors(77)


def test_a_worked_present_value() -> None:
    # £10m of cost at once, then £2.5m of benefit in each of the next five years, by hand at 3.5%.
    by_hand = -10.0 + 2.5 * (1 / 1.035 + 1 / 1.035**2 + 1 / 1.035**3 + 1 / 1.035**4 + 1 / 1.035**5)
    assert present_value([-10.0, 2.5, 2.5, 2.5, 2.5, 2.5]) == pytest.approx(by_hand)
    assert by_hand == pytest.approx(1.2876, abs=1e-4)


def test_welfare_weights_with_elasticity_of_one_point_three() -> None:
    # A pound to a household with half the median income counts 2.46 times (2 to the power of 1.3).
    assert welfare_weights([0.5, 1.0, 2.0], 1.0) == pytest.approx([2.4623, 1.0, 0.4061], abs=1e-4)


@given(st.floats(1.0, 1e6), st.floats(1.0, 1e6))
def test_weights_fall_with_income(a: float, b: float) -> None:
    low, high = welfare_weights([min(a, b), max(a, b)], 20_000.0)
    assert low >= high > 0.0


def test_acceptability_rises_from_nothing_to_the_chance_that_it_works() -> None:
    rng = np.random.default_rng(1)
    cost, effect = rng.normal(10.0, 0.5, 40), rng.normal(2.0, 0.5, 40)
    effect += 2.0 - effect.mean()  # so that a unit at 5 is worth just what it costs
    curve = acceptability(cost, effect, np.array([0.0, 5.0, 100.0]))
    assert curve[0] < 1e-6
    assert 0.2 < curve[1] < 0.8
    assert curve[2] > 1.0 - 1e-6


def test_ratio_of_means_has_an_interval_that_holds_it() -> None:
    rng = np.random.default_rng(2)
    whole = rng.normal(10.0, 1.0, 30)
    ratio, low, high = ratio_of_means(3.0 * whole + rng.normal(0.0, 1.0, 30), whole)
    assert low < ratio < high
    assert ratio == pytest.approx(3.0, abs=0.1)
    assert np.isnan(ratio_of_means(whole, np.zeros(30))).all()


@pytest.mark.parametrize("seeds", [2, 3, 10])
def test_intervals_of_ratios_hold_the_truth_with_few_seeds_too(seeds: int) -> None:
    rng = np.random.default_rng(3)
    held = []
    for _ in range(4000):
        cost = rng.normal(10.0, 0.3, seeds)
        _, low, high = ratio_of_means(2.0 * cost + rng.normal(0.0, 4.0, seeds), cost)
        held.append(low <= 2.0 <= high)
    assert np.mean(held) == pytest.approx(0.95, abs=0.015)


def test_a_ratio_to_what_may_be_nothing_has_no_interval() -> None:
    ratio, low, high = ratio_of_means(np.array([1.0, 2.0, 3.0]), np.array([-1.0, 0.5, 2.0]))
    assert ratio == 4.0
    assert np.isnan([low, high]).all()


def test_one_seed_does_not_say_how_sure_it_is() -> None:
    assert np.isnan(acceptability(np.array([1.0]), np.array([1.0]), np.array([0.0, 5.0]))).all()


# --- an appraisal of known numbers ----------------------------------------------------------------------

YEARS = 3
PEOPLE = np.full(10, 1000.0)
EQUIVALISED = np.array([10_000.0, 15_000.0, 20_000.0, 26_000.0, 44_000.0])


def years(seed: int, **shift: float) -> Years:
    """Yearly flows of a run whose luck depends on its seed alone."""
    luck = np.random.default_rng(seed).normal(0.0, 1.0, (len(FLOWS), YEARS))
    noise = np.random.default_rng(seed + 1000).normal(0.0, 0.01, len(FLOWS)) if shift else np.zeros(len(FLOWS))
    flows = {
        name: 1000.0 + luck[k] + shift.get(name, 0.0) + (noise[k] if name in shift else 0.0)
        for k, name in enumerate(FLOWS)
    }
    incomes = np.full((5, YEARS), 200.0)
    incomes[0] += shift.get("poorest", 0.0)
    employment = np.full(10, 0.7)
    employment[0] += shift.get("decile_1", 0.0)
    employment[9] -= shift.get("decile_10", 0.0)
    wealth = 5000.0 + luck[0, 0] + shift.get("wealth", 0.0)
    return Years(flows, incomes, np.tile(EQUIVALISED[:, None], YEARS), wealth, employment)


def appraisal(**shift: float) -> dict[str, pd.DataFrame]:
    seeds = range(8)
    return appraise("a", [years(seed) for seed in seeds], [years(seed, **shift) for seed in seeds], list(seeds), PEOPLE)


def measures(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    return tables["appraisal"].set_index("measure")


def test_known_flows_give_known_worth() -> None:
    tables = appraisal(
        gva=40.0, bought=6.0, anchors=4.0, fares=1.0, travel=-0.5, support=0.5, policy_cost=10.0, premium=2.0, tax=6.0,
        benefits=-4.0, grants=5.0, inactive=-500.0, in_work=400.0, jobs=500.0, hires=1000.0, poorest=5.0, wealth=24.0,
        decile_1=0.02, decile_10=0.005,
    )  # fmt: skip
    found, annuity = measures(tables), 1 + 1 / 1.035 + 1 / 1.035**2
    value = found["value"]
    # 40 of value added less 6 that the policy orders, 4 of anchors and 1 of fares; half a million each saved on
    # journeys and paid to firms.
    assert value["benefit: market output"] == pytest.approx(29 * annuity, rel=1e-3)
    assert value["benefit"] == pytest.approx(30 * annuity, rel=1e-3)
    assert value["net present social value"] == pytest.approx((30 - 12) * annuity, rel=1e-3)
    weight = 2.0**1.3
    weighed = (30 - 12 + (weight - 1) * 5) * annuity
    assert value["net present social value, weighed by income"] == pytest.approx(weighed, rel=1e-3)
    assert value["benefit-cost ratio"] == pytest.approx(2.5, rel=1e-3)
    assert value["cost of a person-year out of inactivity"] == pytest.approx(12e6 / 500, rel=1e-3)
    assert value["cost of a person-year in work"] == pytest.approx(12e6 / 400, rel=1e-3)
    assert value["cost of a pound of community wealth"] == pytest.approx(12 * annuity / 24 * 1.035**2, rel=1e-3)
    assert value["fiscal: net return before the cost of the policy"] == pytest.approx(5 * annuity, rel=1e-2)
    assert value["fiscal: net return on a pound of policy cost"] == pytest.approx(0.5, rel=1e-2)
    assert value["displacement: losses over gains of work, by decile"] == pytest.approx(0.25)
    assert value["leakage: jobs gained that leave no resident more in work"] == pytest.approx(0.2, rel=1e-3)
    assert value["deadweight: hires that come about anyway"] == pytest.approx(0.5, abs=1e-3)
    assert tables["distribution"]["weight"].iloc[0] == pytest.approx(weight)
    assert len(tables["plane"]) == 8
    assert tables["acceptability"]["probability"].iloc[0] < 1e-6
    assert tables["acceptability"]["probability"].iloc[-1] > 1.0 - 1e-6
    assert WILLINGNESS[-1] > 12e6 / 500
    words = " ".join(appraisal_sentences(tables, {"a": "The policy"}))
    assert "net present social value of £52" in words
    assert "a pound of cost brings the region £2.50 of benefit" in words


def test_money_spent_on_nothing_is_worth_less_than_nothing() -> None:
    # All that comes of it is the value added of what was ordered.
    found = measures(appraisal(gva=8.0, bought=8.0, policy_cost=10.0, jobs=100.0, hires=100.0))
    annuity = 1 + 1 / 1.035 + 1 / 1.035**2
    assert found.loc["net present social value", "value"] == pytest.approx(-10 * annuity, rel=5e-3)
    assert found.loc["benefit", "note"] != ""


def test_no_ratio_to_a_cost_that_is_none() -> None:
    found = measures(appraisal(gva=10.0, policy_cost=-4.0))
    assert found.loc["benefit-cost ratio", "note"].startswith("empty")
    assert np.isnan(found.loc["benefit-cost ratio", "value"])


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_additionality_is_told_of_gains_only(sign: float) -> None:
    found = measures(appraisal(jobs=sign * 100.0, in_work=sign * 80.0, hires=sign * 50.0, decile_1=sign * 0.02))
    told = found[found["unit"] == "share"]["value"].notna()
    assert told.tolist() == [sign > 0] * 3


def test_no_change_is_worth_exactly_nothing() -> None:
    seeds = range(4)
    same = [years(seed) for seed in seeds]
    tables = appraise("a", same, same, list(seeds), PEOPLE)
    found = measures(tables)
    for name in ("net present social value", "net present social value, weighed by income"):
        assert found.loc[name, ["value", "low", "high"]].tolist() == [0.0, 0.0, 0.0]
    for name in ("benefit-cost ratio", "cost of a person-year out of inactivity"):
        assert np.isnan(found.loc[name, "value"])
        assert found.loc[name, "note"].startswith("empty")
    words = appraisal_sentences(tables, {"a": "Nothing"})
    assert words[0] == "Nothing: net present social value of exactly £0, since nothing changes."


def test_nothing_is_divided_by_noise() -> None:
    tables = appraisal(policy_cost=10.0, inactive=1e-9)
    found = measures(tables)
    assert found.loc["cost of a person-year out of inactivity", "note"] == NOT_TOLD
    assert np.isnan(found.loc["cost of a person-year out of inactivity", "value"])
    assert "brings" not in " ".join(appraisal_sentences(tables, {"a": "The policy"}))


def test_a_benefit_below_the_detectable_minimum_is_not_claimed() -> None:
    tables = appraisal(gva=30.0, bought=5.0, policy_cost=10.0)
    assert "brings the region £2.50" in " ".join(appraisal_sentences(tables, {"a": "The policy"}))
    # The interval of the ratio still excludes zero, but the benefit is less than this design could detect.
    table = tables["appraisal"]
    weak = table.assign(note=table["note"].where(table["measure"] != "benefit", "no detectable effect"))
    assert "brings" not in " ".join(appraisal_sentences(tables | {"appraisal": weak}, {"a": "The policy"}))


class Useless(Skills):
    """A variant that orders as much as can be and moves nothing."""

    def move(self, levers: Levers, economy: Economy) -> None:
        """Nothing."""

    def cost(self, economy: Economy) -> None:
        """Fifty million pounds a month."""
        economy.order(self.heading, "education", 50e6)


@pytest.mark.slow
def test_useless_spending_is_worth_about_what_it_costs_less() -> None:
    base = Scenario(scale=500, months=24, burn_in=2)
    pairs = [
        [
            years_of(run_scenario(base.with_(seed=seed, policies=chosen)), 0, 2)
            for chosen in ((), (Useless(start="2020-04"),))
        ]
        for seed in (1, 2, 3)
    ]
    found = measures(appraise("a", [a for a, _ in pairs], [b for _, b in pairs], [1, 2, 3], PEOPLE))["value"]
    # What remains of benefit is what its suppliers and their staff spend on.
    assert found["net present social value"] < -0.6 * found["cost"]
    assert found["left out: value added in what the policy orders"] > 0.4 * found["cost"]


# --- from the command -----------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_policy_at_no_strength_is_worth_exactly_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "none.toml").write_text(
        'name = "none"\nscale = 1000\nmonths = 14\nburn_in = 2\n'
        '[[policies]]\ntype = "skills"\nstart = "2020-05"\nstrength = 0\n'
    )
    out = tmp_path / "out"
    command = ["appraise", str(tmp_path / "none.toml"), "--seeds", "2", "--workers", "0", "--out", str(out)]
    assert main([*command, "--json"]) == 0
    found = pd.DataFrame(json.loads(capsys.readouterr().out)["tables"]["appraisal"]).set_index("measure")
    row = found.loc["net present social value"]
    assert [row["value"], row["low"], row["high"]] == [0.0, 0.0, 0.0]
    page = (out / "report.html").read_text(encoding="utf-8")
    for name in ("npsv", "plane-seeds", "acceptability-curves", "appraisal", "yearly", "distribution"):
        assert f"commonweal figure {out} {name}" in page


def test_a_run_without_a_whole_year_gets_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "short.toml").write_text(
        'name = "short"\nscale = 1000\nmonths = 2\nburn_in = 1\n[[policies]]\ntype = "skills"\nstart = "2020-04"\n'
    )
    assert main(["appraise", str(tmp_path / "short.toml"), "--seeds", "1", "--workers", "0"]) == 2
    line = capsys.readouterr().err
    assert line == "short: months: no whole year after the policy's first month; allowed are more\n"


# --- pound for pound --------------------------------------------------------------------------------------


def arm(name: str, strength: float = 1.0) -> Arm:
    return Arm(name, name, Scenario(name=name, policies=(Skills(strength=strength),)))


def strength_of(one: Arm) -> float:
    return float(getattr(one.scenario.policies[0], "strength", np.nan))


@given(budget=st.floats(1e5, 1.3e6), power=st.floats(0.4, 2.2), start=st.floats(0.3, 1.5))
def test_every_policy_is_scaled_to_the_budget(budget: float, power: float, start: float) -> None:
    def cost_of(arms: Sequence[Arm]) -> dict[str, float]:
        return {one.name: 1e6 * strength_of(one) ** (power if one.name == "a" else 1.0) for one in arms}

    found = scaled([arm("a", start), arm("b", start)], budget, cost_of)
    assert list(cost_of(found).values()) == pytest.approx([budget, budget], rel=0.0101)
    assert all(strength_of(one) <= STRONGEST for one in found)


def test_a_budget_out_of_reach_gets_one_line() -> None:
    def cost_of(arms: Sequence[Arm]) -> dict[str, float]:
        return {one.name: 1e6 * strength_of(one) for one in arms}

    with pytest.raises(InputError, match=r"--budget: a: costs £2,000,000 a year at the greatest strength"):
        scaled([arm("a")], 3e6, cost_of)
    # What is near enough at the greatest strength is had.
    assert [strength_of(one) for one in scaled([arm("a")], 2.01e6, cost_of)] == [STRONGEST]
    with pytest.raises(InputError, match="costs the public purse nothing"):
        scaled([arm("a")], 3e6, lambda arms: {one.name: float("nan") for one in arms})
    with pytest.raises(InputError, match="costs the public purse nothing"):
        scaled([arm("a")], 3e6, lambda arms: {one.name: 0.0 for one in arms})
    with pytest.raises(InputError, match="allowed is an amount above 0"):
        scaled([arm("a")], float("nan"), cost_of)
