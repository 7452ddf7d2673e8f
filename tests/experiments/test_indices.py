"""Sensitivity indices against functions whose indices are known, by the code that the model's go through."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from SALib.analyze import morris as salib_morris
from SALib.test_functions import Ishigami, Sobol_G

from experiments.indices import MORRIS, SOBOL, elementary_effects, indices, noise_floor, seed_noise
from experiments.sampling import MORRIS_STEP, morris_trajectories, problem, saltelli_sample

#: Ishigami with a = 7 and b = 0.1 (Ishigami and Homma 1990), worked out by hand from its variance parts.
V1, V2, V13 = 0.5 * (1 + 0.1 * np.pi**4 / 5) ** 2, 7.0**2 / 8, 0.1**2 * np.pi**8 * (1 / 18 - 1 / 50)
ISHIGAMI_S1 = np.array([V1, V2, 0.0]) / (V1 + V2 + V13)
ISHIGAMI_ST = np.array([V1 + V13, V2, V13]) / (V1 + V2 + V13)
PI_BOUNDS = [(-np.pi, np.pi)] * 3
#: Twelve inputs of falling weight for the G function of Saltelli and Sobol 1995.
A = np.array([0.0, 0.5, 1.0, 2.0, 3.0, 4.5, 6.0, 9.0, 20.0, 50.0, 99.0, 99.0])


def table(found: pd.DataFrame, column: str) -> np.ndarray:
    return found[column].to_numpy(dtype=np.float64)


def test_ishigami_by_hand_agrees_with_the_published_values() -> None:
    assert ISHIGAMI_S1.tolist() == pytest.approx([0.3139, 0.4424, 0.0], abs=1e-4)
    assert ISHIGAMI_ST.tolist() == pytest.approx([0.5576, 0.4424, 0.2437], abs=1e-4)


def test_sobol_indices_of_ishigami() -> None:
    units = saltelli_sample(3, 2048, seed=0, second_order=True)
    sample = -np.pi + 2 * np.pi * units
    names, y = ["x1", "x2", "x3"], Ishigami.evaluate(sample)
    found = indices(problem(names, PI_BOUNDS), sample, y, SOBOL, 0, second_order=True)
    assert table(found.table, "S1") == pytest.approx(ISHIGAMI_S1, abs=0.02)
    assert table(found.table, "ST") == pytest.approx(ISHIGAMI_ST, abs=0.02)
    assert found.table["rank"].tolist() == [1, 2, 3]
    pairs = found.pairs.set_index(["assumption", "other"])["S2"]
    assert pairs["x1", "x3"] == pytest.approx(ISHIGAMI_ST[2], abs=0.04)
    assert pairs["x1", "x2"] == pytest.approx(0.0, abs=0.04)


def test_sobol_indices_of_the_g_function_in_twelve_dimensions() -> None:
    names = [f"a{k}" for k in range(12)]
    sample = saltelli_sample(12, 4096, seed=1)
    found = indices(problem(names), sample, Sobol_G.evaluate(sample, A), SOBOL, 1).table
    # Published formulas: V_i = 1 / (3 (1 + a_i)^2), V = prod(1 + V_i) - 1.
    part = 1.0 / (3.0 * (1.0 + A) ** 2)
    whole = np.prod(1.0 + part) - 1.0
    first, total = part / whole, part / (1.0 + part) * (whole + 1.0) / whole
    assert Sobol_G.sensitivity_index(A) == pytest.approx(first)
    assert Sobol_G.total_sensitivity_index(A) == pytest.approx(total)
    assert table(found, "S1") == pytest.approx(first, abs=0.03)
    assert table(found, "ST") == pytest.approx(total, abs=0.03)
    assert found["rank"].tolist()[:8] == list(range(1, 9))
    inside = (found["ST_low"] <= total) & (total <= found["ST_high"])
    assert inside.sum() >= 10


def test_elementary_effects_of_a_plane_are_its_slopes_over_the_ranges() -> None:
    slopes, bounds = np.array([3.0, -2.0, 0.0, 0.5]), [(0.0, 10.0), (1.0, 2.0), (0.0, 1.0), (-4.0, 4.0)]
    ends = np.array(bounds)
    sample = ends[:, 0] + morris_trajectories(4, 6, seed=0) * (ends[:, 1] - ends[:, 0])
    found = indices(problem(list("abcd"), bounds), sample, sample @ slopes, MORRIS, 0).table
    assert table(found, "mu") == pytest.approx([30.0, -2.0, 0.0, 4.0], abs=1e-9)
    assert table(found, "mu_star") == pytest.approx([30.0, 2.0, 0.0, 4.0], abs=1e-9)
    assert table(found, "sigma") == pytest.approx(np.zeros(4), abs=1e-9)
    assert found["rank"].tolist() == [1, 3, 4, 2]


def test_elementary_effects_of_the_g_function_rank_its_weights_and_match_salib() -> None:
    sample = morris_trajectories(12, 60, seed=3)
    y = Sobol_G.evaluate(sample, A)
    found = indices(problem([str(k) for k in range(12)]), sample, y, MORRIS, 3).table
    assert found["rank"].tolist()[:6] == [1, 2, 3, 4, 5, 6]
    assert table(found, "mu_star")[10] == pytest.approx(table(found, "mu_star")[11], rel=0.5)
    ours = elementary_effects([[0.0, 1.0]] * 12, sample, y)
    theirs = salib_morris._compute_elementary_effects(sample, y, 13, MORRIS_STEP)
    assert ours == pytest.approx(theirs)
    assert table(found, "sigma") == pytest.approx(ours.std(axis=1, ddof=1))


def test_intervals_of_morris_hold_the_value_of_a_large_sample() -> None:
    names, big = [str(k) for k in range(12)], morris_trajectories(12, 3000, seed=9)
    truth = indices(problem(names), big, Sobol_G.evaluate(big, A), MORRIS, 0).table
    small = morris_trajectories(12, 40, seed=4)
    found = indices(problem(names), small, Sobol_G.evaluate(small, A), MORRIS, 0).table
    for column in ("mu_star", "mu", "sigma"):
        inside = (found[f"{column}_low"] <= truth[column]) & (truth[column] <= found[f"{column}_high"])
        assert inside.sum() >= 9, column


@pytest.mark.parametrize(("method", "step"), [(MORRIS, 4), (SOBOL, 5)])
def test_a_block_with_a_failed_run_is_left_out_whole(method: str, step: int) -> None:
    sample = morris_trajectories(3, 32, seed=0) if method == MORRIS else saltelli_sample(3, 32, seed=0)
    y = sample @ np.array([1.0, 2.0, 4.0]) + sample[:, 0] * sample[:, 1]
    holes = y.copy()
    holes[[2, step * 5 + 1]] = np.nan
    rest = np.delete(np.arange(y.size).reshape(32, step), [0, 5], axis=0).ravel()
    found = indices(problem(list("abc")), sample, holes, method, 7)
    assert found.table.equals(indices(problem(list("abc")), sample[rest], y[rest], method, 7).table)
    assert set(found.table["samples"]) == {30}


@pytest.mark.parametrize("method", [MORRIS, SOBOL])
@pytest.mark.parametrize("value", [0.0, 0.1, -1e9, np.nan])
def test_a_constant_output_has_no_indices(method: str, value: float) -> None:
    second = method == SOBOL
    sample = morris_trajectories(3, 8, 0) if method == MORRIS else saltelli_sample(3, 8, 0, second_order=True)
    found = indices(problem(list("abc")), sample, np.full(len(sample), value), method, 0, second_order=second)
    assert found.constant == np.isfinite(value)  # of an output that is not known nothing is said
    assert found.table.drop(columns=["assumption", "rank", "samples"]).isna().all(axis=None)
    assert len(found.pairs) == (3 if second else 0)


def test_the_seed_fixes_the_intervals_even_when_it_is_zero() -> None:
    sample = saltelli_sample(3, 64, seed=0)
    y = sample @ np.array([1.0, 2.0, 4.0])
    first, again, other = (indices(problem(list("abc")), sample, y, SOBOL, seed).table for seed in (0, 0, 1))
    assert first.equals(again)
    assert not first.equals(other)


def test_samples_of_another_shape_are_refused() -> None:
    sample = saltelli_sample(3, 8, seed=0)[:-1]
    with pytest.raises(ValueError, match="whole blocks of 4"):
        indices(problem(list("abc")), sample, np.zeros(len(sample)), MORRIS, 0)
    with pytest.raises(ValueError, match="one of morris, sobol"):
        indices(problem(list("abc")), sample, np.zeros(len(sample)), "fast", 0)


def test_seed_noise_by_hand() -> None:
    # Rows 0 and 2 apart by 2, seeds apart by 10 everywhere, residuals of 1 in a checkerboard.
    values = np.array([[1.0, 9.0], [1.0, 13.0]])
    noise = seed_noise(values)
    assert noise.variance == pytest.approx(2.0)  # means 5 and 7
    assert noise.noise_variance == pytest.approx(4.0 * 1.0 / 1 / 2)
    assert noise.share == pytest.approx(1.0)


def test_luck_that_is_the_same_everywhere_is_no_noise() -> None:
    x = np.linspace(0.0, 1.0, 50)
    assert seed_noise(x[:, None] + np.array([0.0, 5.0, -3.0])).share == pytest.approx(0.0, abs=1e-12)


def test_seed_noise_finds_a_planted_share() -> None:
    rng = np.random.default_rng(0)
    values = rng.normal(size=(4000, 1)) * 2.0 + rng.normal(size=(4000, 5)) * 3.0 + rng.normal(size=5)
    assert seed_noise(values).share == pytest.approx((9.0 / 5) / (4.0 + 9.0 / 5), abs=0.02)


def test_seed_noise_says_when_it_cannot_know() -> None:
    assert np.isnan(seed_noise(np.arange(5.0)[:, None]).share)
    assert np.isnan(seed_noise(np.ones((5, 3))).share)
    holes = np.array([[1.0, 9.0], [1.0, np.nan], [1.0, 13.0]])
    assert seed_noise(holes).points == 2


@pytest.mark.parametrize("method", [MORRIS, SOBOL])
def test_the_noise_floor_is_what_an_idle_assumption_reaches(method: str) -> None:
    rng = np.random.default_rng(1)
    sample = morris_trajectories(3, 2000, 0) if method == MORRIS else saltelli_sample(3, 4096, 0)
    values = 4.0 * sample[:, :1] + rng.normal(size=(len(sample), 2))
    noise = seed_noise(values)
    found = indices(problem(["works", "idle", "idler"]), sample, values.mean(axis=1), method, 0).table
    column = "mu_star" if method == MORRIS else "ST"
    floor = noise_floor(noise, method)
    assert floor > 0.2
    assert table(found, column)[1:] == pytest.approx([floor, floor], rel=0.08)
    assert table(found, column)[0] > 2 * floor
