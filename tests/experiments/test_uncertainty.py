"""Seed noise and uncertain assumptions are told apart, and intervals hold what they say."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import t as student_t

from experiments.comparison import LOWERS, NO_EFFECT, NO_INTERVAL, RAISES
from experiments.uncertainty import ensemble_statistics, required_seeds


def draws(
    rows: int, members: int, seeds: int, parameter_sd: float, seed_sd: float, shared_sd: float = 0.0, mean: float = 0.0
) -> np.ndarray:
    """Effects with members, luck of their own, and luck that members share; each part from a stream of its own."""
    member, own, shared = (np.random.default_rng(stream) for stream in (11, 12, 13))
    return (
        mean
        + member.normal(0.0, parameter_sd, (rows, members, 1))
        + own.normal(0.0, seed_sd, (rows, members, seeds))
        + shared.normal(0.0, shared_sd, (rows, 1, seeds))
    )


@pytest.mark.parametrize("shared_sd", [0.0, 1.5])
def test_both_variances_are_found(shared_sd: float) -> None:
    y = draws(20_000, 12, 4, parameter_sd=2.0, seed_sd=1.0, shared_sd=shared_sd, mean=5.0)
    found = ensemble_statistics(np.zeros_like(y), y)
    luck = 1.0 + shared_sd**2
    assert found["effect"].mean() == pytest.approx(5.0, abs=0.02)
    assert (found["seed_sd"] ** 2).mean() == pytest.approx(luck, rel=0.02)
    # Luck that members share says nothing about the assumptions.
    assert (found["parameter_sd"] ** 2).mean() == pytest.approx(4.0, rel=0.02)
    assert found["parameter_share"].median() == pytest.approx(4.0 / (4.0 + luck), abs=0.05)


@pytest.mark.parametrize(
    ("parameter_sd", "seed_sd", "shared_sd"), [(2.0, 1.0, 0.0), (0.5, 1.0, 0.0), (2.0, 1.0, 1.0), (0.5, 0.5, 2.0)]
)
def test_the_wide_interval_holds_the_effect_under_other_assumptions(
    parameter_sd: float, seed_sd: float, shared_sd: float
) -> None:
    y = draws(20_000, 16, 4, parameter_sd, seed_sd, shared_sd)
    found = ensemble_statistics(np.zeros_like(y), y)
    truth = np.random.default_rng(14).normal(0.0, parameter_sd, len(found))
    held = ((found["low"] <= truth) & (truth <= found["high"])).mean()
    # Satterthwaite's degrees of freedom are an approximation, and leftover luck makes it wider.
    assert 0.94 <= held <= 0.995
    # It does not shrink to nothing with more members: assumptions stay uncertain.
    assert (found["high"] - found["low"]).median() > 2 * 1.96 * parameter_sd


@pytest.mark.parametrize("shared_sd", [0.0, 1.0])
def test_the_narrow_interval_holds_the_mean_over_these_members(shared_sd: float) -> None:
    y = draws(20_000, 6, 4, parameter_sd=3.0, seed_sd=1.0, shared_sd=shared_sd)
    # The members' own effects, without luck: the same draws with no seed noise.
    own = draws(20_000, 6, 4, parameter_sd=3.0, seed_sd=0.0)[:, :, 0].mean(axis=1)
    found = ensemble_statistics(np.zeros_like(y), y)
    held = ((found["seed_low"] <= own) & (own <= found["seed_high"])).mean()
    assert held == pytest.approx(0.95, abs=0.01)
    assert (found["high"] - found["low"]).median() > 4 * (found["seed_high"] - found["seed_low"]).median()


def test_members_that_share_their_luck_do_not_narrow_it() -> None:
    few, many = (
        ensemble_statistics(np.zeros_like(y), y)
        for y in (draws(4_000, members, 4, parameter_sd=0.0, seed_sd=0.0, shared_sd=1.0) for members in (4, 64))
    )
    widths = [(found["seed_high"] - found["seed_low"]).median() for found in (few, many)]
    assert widths[0] == pytest.approx(widths[1], rel=1e-9)
    assert (few["parameter_sd"] < 1e-9).all()


def test_with_one_seed_nothing_is_claimed() -> None:
    # Luck that members share moves them all alike, and one seed cannot tell how far.
    y = draws(200, 16, 1, parameter_sd=0.2, seed_sd=0.2, shared_sd=1.0)
    found = ensemble_statistics(np.zeros_like(y), y)
    assert set(found["verdict"]) == {NO_INTERVAL}
    assert found[["low", "high", "seed_low", "seed_high", "detectable"]].isna().all(axis=None)
    assert np.isfinite(found["effect"]).all()


def test_no_difference_is_exactly_none() -> None:
    same = draws(3, 5, 2, 1.0, 1.0)
    found = ensemble_statistics(same, same.copy())
    columns = ["effect", "low", "high", "seed_low", "seed_high", "seed_sd", "parameter_sd", "detectable"]
    assert (found[columns].to_numpy() == 0.0).all()
    assert set(found["verdict"]) == {NO_EFFECT}


def test_verdicts_follow_the_wide_interval() -> None:
    y = draws(1, 8, 4, parameter_sd=1.0, seed_sd=0.1)
    for shift, verdict in ((40.0, RAISES), (-40.0, LOWERS), (0.3, NO_EFFECT)):
        assert ensemble_statistics(np.zeros_like(y), y + shift)["verdict"].tolist() == [verdict]
    assert ensemble_statistics(np.zeros((1, 1, 4)), y[:, :1] + 40.0)["verdict"].tolist() == [NO_INTERVAL]


@given(sd=st.floats(0.01, 100.0), width=st.floats(0.05, 100.0))
def test_required_seeds_are_the_fewest_that_will_do(sd: float, width: float) -> None:
    n = required_seeds(sd, width)

    def reached(seeds: int) -> float:
        return float(2 * student_t.ppf(0.975, seeds - 1) * sd / np.sqrt(seeds))

    if n < 1_000_000:
        assert reached(n) <= width
    assert n == 2 or reached(n - 1) > width


def test_no_spread_needs_the_fewest_seeds() -> None:
    assert required_seeds(0.0, 1e-9) == 2
