"""Anchors buy from the best bid: the cheapest, unless social value outweighs the difference."""

from __future__ import annotations

from types import SimpleNamespace

import mesa
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.anchor import AnchorInstitution, score_bids

BIDS = st.lists(
    st.tuples(st.floats(0.5, 1.5), st.booleans(), st.booleans(), st.booleans(), st.booleans()), min_size=1, max_size=8
)
WEIGHTS = st.tuples(*[st.floats(0, 0.3)] * 4)


def scores(bids: list[tuple[float, bool, bool, bool, bool]], weights: tuple[float, float, float, float]) -> np.ndarray:
    price, local, accredited, social, deprived = (np.array(column) for column in zip(*bids, strict=True))
    return score_bids(price.astype(float), local, accredited, social, deprived, weights)


@given(BIDS)
def test_without_weights_the_lowest_price_wins(bids: list[tuple[float, bool, bool, bool, bool]]) -> None:
    won = int(np.argmax(scores(bids, (0.0, 0.0, 0.0, 0.0))))
    assert bids[won][0] == min(bid[0] for bid in bids)


@given(BIDS, WEIGHTS)
def test_the_winner_is_never_dearer_than_its_social_value_is_worth(
    bids: list[tuple[float, bool, bool, bool, bool]], weights: tuple[float, float, float, float]
) -> None:
    won = int(np.argmax(scores(bids, weights)))
    value = sum(weight for weight, has in zip(weights, bids[won][1:], strict=True) if has)
    assert bids[won][0] - min(bid[0] for bid in bids) <= value + 1e-12


@given(BIDS, WEIGHTS, st.integers(0, 3))
def test_a_feature_never_harms_a_bid(
    bids: list[tuple[float, bool, bool, bool, bool]], weights: tuple[float, float, float, float], feature: int
) -> None:
    better = list(bids[0])
    better[feature + 1] = True
    assert scores([tuple(better), *bids[1:]], weights)[0] >= scores(bids, weights)[0]


def test_each_feature_is_worth_its_own_weight() -> None:
    weights = (0.04, 0.03, 0.02, 0.01)
    bids = [(1.0, *(k == feature for k in range(4))) for feature in range(4)]
    assert scores(bids, weights) == pytest.approx([-0.96, -0.97, -0.98, -0.99])


def test_a_months_budget_is_a_twelfth_of_the_years_at_the_scale_of_the_run() -> None:
    model = mesa.Model(seed=1)
    model.organisations = SimpleNamespace(cash=np.array([5, 700]), headcount=np.array([1, 9]))
    anchor = AnchorInstitution(model, 1, "A council", "council", 2_400_000.0, np.array([0.75, 0.25]))
    assert anchor.monthly_budget(100, 1.0) == pytest.approx([1500.0, 500.0])
    assert anchor.monthly_budget(100, 1.1).sum() == pytest.approx(2200.0)
    assert (anchor.cash, anchor.headcount) == (700, 9)
    assert model.agents_by_type[AnchorInstitution][0] is anchor
