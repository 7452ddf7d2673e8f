"""Households spend between need and means, and shop where shops are large and near."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.household import consumption, shopping_shares

POUNDS = st.floats(0, 1e5)
SHARE = st.floats(0, 1)


@given(st.floats(-1e4, 1e5), st.floats(-1e4, 1e6), POUNDS, SHARE, SHARE)
def test_spending_is_never_more_than_the_money_at_hand_nor_less_than_need(
    income: float, cash: float, need: float, out_of_income: float, out_of_wealth: float
) -> None:
    spent = consumption(income, cash, need, out_of_income, out_of_wealth)
    assert 0.0 <= spent <= max(cash, 0.0)
    assert spent >= min(need, max(cash, 0.0))


@given(POUNDS, POUNDS, POUNDS, POUNDS, SHARE, st.floats(0, 0.1))
def test_spending_never_falls_when_income_or_wealth_rises(
    income: float, cash: float, need: float, more: float, out_of_income: float, out_of_wealth: float
) -> None:
    spent = consumption(income, cash, need, out_of_income, out_of_wealth)
    assert consumption(income + more, cash, need, out_of_income, out_of_wealth) >= spent
    assert consumption(income, cash + more, need, out_of_income, out_of_wealth) >= spent


def test_spending_follows_the_propensities() -> None:
    assert consumption(1000.0, 5000.0, 300.0, 0.8, 0.01) == pytest.approx(850.0)
    assert consumption(1000.0, 5000.0, 900.0, 0.8, 0.01) == pytest.approx(900.0), "need comes first"
    assert consumption(1000.0, 200.0, 900.0, 0.8, 0.01) == pytest.approx(200.0), "nobody spends what they do not have"


def shares_of(attraction: Sequence[float], discount: Sequence[float]) -> np.ndarray:
    shares = np.full((len(attraction), 1), np.nan)
    shopping_shares(np.array(attraction, dtype=np.float64)[:, None], np.array(discount, dtype=np.float32), shares)
    return shares[:, 0]


ZONES = st.lists(st.tuples(st.integers(0, 10**6), st.floats(2**-10, 1, width=32)), min_size=1, max_size=12)


@given(ZONES)
def test_shopping_shares_sum_to_one_or_there_is_nowhere_to_go(zones: list[tuple[float, float]]) -> None:
    attraction, discount = (list(column) for column in zip(*zones, strict=True))
    shares = shares_of(attraction, discount)
    assert (shares >= 0).all()
    assert shares.sum() == pytest.approx(1.0 if max(attraction) > 0 else 0.0)
    assert ((shares > 0) == (np.array(attraction) > 0)).all()


@given(st.integers(2, 8), st.floats(0.01, 0.2))
def test_of_shops_alike_the_nearer_draws_more(zones: int, decay: float) -> None:
    minutes = np.arange(zones) * 7.0
    shares = shares_of([50.0] * zones, list(np.exp(-decay * minutes)))
    assert (np.diff(shares) < 0).all()
    # The odds between two places depend on these two alone (Luce's axiom, on which Huff's model rests).
    assert shares[0] / shares[1] == pytest.approx(np.exp(decay * 7.0), rel=1e-4)


@given(ZONES, st.integers(0, 11), st.floats(1.01, 10))
def test_more_shops_draw_more(zones: list[tuple[float, float]], which: int, factor: float) -> None:
    attraction, discount = (list(column) for column in zip(*zones, strict=True))
    attraction = [mass + 1.0 for mass in attraction]
    which %= len(attraction)
    before = shares_of(attraction, discount)
    attraction[which] *= factor
    after = shares_of(attraction, discount)
    assert after[which] > before[which] or len(zones) == 1
    assert (np.delete(after, which) < np.delete(before, which)).all()


def test_without_shops_nobody_shops() -> None:
    assert shares_of([0.0, 0.0], [0.5, 0.5]).tolist() == [0.0, 0.0]
