"""Quantiles, medians and Gini coefficients by counting are those of a full sort."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulation.order_statistics import gini, group_medians, order_statistics, quantiles, weighted_median

numbers = st.one_of(
    st.lists(st.floats(-1e9, 1e9, allow_subnormal=False), min_size=1, max_size=60),
    # Ties, and one value far from all others.
    st.lists(st.sampled_from([0.0, 1.0, 1.5, 1e300]), min_size=1, max_size=60),
)


@given(numbers, st.lists(st.floats(0, 1), min_size=1, max_size=5))
def test_quantiles_are_those_of_numpy_to_the_last_bit(values: list[float], shares: list[float]) -> None:
    assert quantiles(np.array(values), *shares) == tuple(np.quantile(np.array(values), shares).tolist())
    assert quantiles(np.zeros(0), *shares) == (0.0,) * len(shares)


@given(
    st.lists(st.one_of(st.integers(-5, 5000), st.just(2**31 - 1)), min_size=1, max_size=60),
    st.lists(st.floats(0, 1), min_size=1, max_size=5),
)
def test_quantiles_of_pence_are_those_of_numpy_in_pounds(pence: list[int], shares: list[float]) -> None:
    found = quantiles(np.array(pence, dtype=np.int32), *shares)
    assert found == tuple(np.quantile(np.array(pence) / 100.0, shares).tolist())


def test_quantiles_of_many_values() -> None:
    values = np.random.default_rng(1).lognormal(7.0, 2.0, 100_003)
    shares = (0.0, 0.1, 0.25, 1 / 3, 0.5, 0.9, 0.999, 1.0)
    assert quantiles(values, *shares) == tuple(np.quantile(values, shares).tolist())


@given(numbers, st.data())
def test_ranks_count_each_value_by_its_weight(values: list[float], data: st.DataObject) -> None:
    weights = data.draw(st.lists(st.integers(0, 4), min_size=len(values), max_size=len(values)))
    repeated = np.sort(np.repeat(values, weights))
    mass = np.array(weights, dtype=np.int16)
    if repeated.size:
        ranks = np.arange(repeated.size)
        assert order_statistics(np.array(values), ranks, mass).tolist() == repeated.tolist()
    with np.errstate(over="ignore"):
        expected = float(np.median(repeated)) if repeated.size else 0.0
        assert weighted_median(np.array(values), mass) == expected


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 3000)), max_size=60))
def test_medians_by_group_for_two_groupings_at_once(pairs: list[tuple[int, int]]) -> None:
    cell = np.array([cell for cell, _ in pairs], dtype=np.int32)
    pence = np.array([value for _, value in pairs], dtype=np.int32)
    groups = np.array([[0, 0, 1, 1, 2, 3], [1, 0, 1, 0, 1, 0]])
    found = group_medians(pence, cell, groups)
    for d, group in enumerate(groups):
        for g in range(4):
            mine = pence[group[cell] == g] / 100.0
            assert found[d, g] == (np.median(mine) if mine.size else 0.0)


def plain_gini(pence: np.ndarray) -> float:
    """Mean difference between two people over twice the mean."""
    pounds = np.maximum(pence, 0) / 100.0
    return float(np.abs(pounds[:, None] - pounds[None, :]).mean() / (2.0 * pounds.mean()))


@given(st.lists(st.integers(-10_000, 3 * 10**9), min_size=1, max_size=50), st.integers(2, 50))
def test_the_gini_coefficient(amounts: list[int], factor: int) -> None:
    pence = np.array(amounts)
    found = gini(pence)
    assert -1e-9 <= found < 1.0
    assert gini(np.append(pence, pence)) == pytest.approx(found, abs=1e-6), "of a population twice as large"
    assert gini(pence * factor) == pytest.approx(found, abs=1e-6), "in other units"
    if pence.max() > 0:
        assert found == pytest.approx(plain_gini(pence), abs=1e-9)


def test_known_gini_coefficients() -> None:
    assert gini(np.full(10, 500)) == pytest.approx(0.0)
    assert gini(np.array([0, 0, 0, 1200])) == pytest.approx(0.75)
    assert gini(np.array([100, 300])) == pytest.approx(0.25)
    assert gini(np.zeros(3, dtype=np.int64)) == gini(np.zeros(0, dtype=np.int64)) == 0.0
