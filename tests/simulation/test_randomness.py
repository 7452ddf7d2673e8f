"""Draws are those of Philox, and pure functions of their key: order, company and number never matter."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulation.randomness import INDEX_LIMIT, MONTH_LIMIT, MONTH_OFFSET, Draws, philox4x32

SEEDS = st.integers(0, 2**63 - 1)
PURPOSES = st.integers(0, 2**32 - 1)
MONTHS = st.integers(-MONTH_OFFSET, MONTH_LIMIT)
INDICES = st.integers(0, INDEX_LIMIT - 1)
UIDS = st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=20, unique=True)
MANY = np.arange(1, 100_001, dtype=np.uint64)

#: Counter, key and known answer of Philox 4x32-10: file kat_vectors of the Random123 library (Salmon et al. 2011).
KNOWN = [
    ("00000000 00000000 00000000 00000000", "00000000 00000000", "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
    ("ffffffff ffffffff ffffffff ffffffff", "ffffffff ffffffff", "408f276d 41c83b0e a20bc7c6 6d5451fd"),
    ("243f6a88 85a308d3 13198a2e 03707344", "a4093822 299f31d0", "d16cfe09 94fdcceb 5001e420 24126ea1"),
]


def words(text: str) -> list[np.uint64]:
    return [np.uint64(int(word, 16)) for word in text.split()]


@pytest.mark.parametrize(("counter", "key", "answer"), KNOWN)
def test_philox_gives_the_published_answers(counter: str, key: str, answer: str) -> None:
    assert list(philox4x32(*words(counter), *words(key))) == words(answer)


@pytest.mark.parametrize(
    ("seed", "purpose", "month", "uid", "index", "answer"),
    [
        (0, 0, -1024, 0, 0, "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
        (0x299F31D0A4093822, 0x03707344, 0x131 - 1024, 0x85A308D3243F6A88, 0x98A2E, KNOWN[2][2]),
    ],
)
def test_draws_of_many_are_the_published_answers_too(  # type: ignore[no-untyped-def]
    seed, purpose, month, uid, index, answer
) -> None:
    """Seed, purpose, month, identity and index laid out so that counter and key are those of the known answers."""
    a, b, c, d = (int(word) for word in words(answer))
    uids = np.full(9, uid, dtype=np.uint64)
    draws = Draws(seed)
    assert draws.bits64(purpose, month, uids, index).tolist() == [a << 32 | b] * 9
    u = ((a >> 5) * 2**26 + (b >> 6)) / 2**53
    v = ((c >> 5) * 2**26 + (d >> 6)) / 2**53
    assert draws.uniform(purpose, month, uids, index).tolist() == [u] * 9
    # Box and Muller (1958).
    normal = np.sqrt(-2 * np.log(1 - u)) * np.cos(2 * np.pi * v)
    assert draws.normal(purpose, month, uids, index) == pytest.approx([normal] * 9, rel=1e-12)


# One key, one draw ------------------------------------------------------------------------------------


@given(SEEDS, PURPOSES, MONTHS, UIDS, INDICES, st.randoms(use_true_random=False))
def test_a_draw_depends_neither_on_order_nor_on_company(seed, purpose, month, uids, index, random) -> None:  # type: ignore[no-untyped-def]
    draws = Draws(seed)
    together = dict(zip(uids, draws.bits64(purpose, month, uids, index).tolist(), strict=True))
    mixed = random.sample(uids, len(uids))
    assert draws.bits64(purpose, month, mixed, index).tolist() == [together[uid] for uid in mixed]
    some = mixed[: len(mixed) // 2 + 1]
    draws.uniform(purpose, month, uids)
    assert Draws(seed).bits64(purpose, month, some, index).tolist() == [together[uid] for uid in some]


@given(SEEDS, PURPOSES, MONTHS, UIDS, INDICES)
def test_every_part_of_the_key_matters(seed, purpose, month, uids, index) -> None:  # type: ignore[no-untyped-def]
    here = Draws(seed).bits64(purpose, month, uids, index)
    others = [
        Draws(seed ^ 1).bits64(purpose, month, uids, index),
        Draws(seed ^ (1 << 40)).bits64(purpose, month, uids, index),
        Draws(seed).bits64(purpose ^ 1, month, uids, index),
        Draws(seed).bits64(purpose, month ^ 1, uids, index),
        Draws(seed).bits64(purpose, month, uids, index ^ 1),
        Draws(seed).bits64(purpose, month, [uid ^ 1 for uid in uids], index),
        Draws(seed).bits64(purpose, month, [uid ^ (1 << 40) for uid in uids], index),
    ]
    for other in others:
        assert (here != other).all()


def test_no_two_indices_or_months_share_draws() -> None:
    """Month and index share a word of the counter, so their bits must not run into one another."""
    draws, uid = Draws(3), np.array([5], dtype=np.uint64)
    keys = [(month, index) for month in (-1024, -1, 0, 1, 3071) for index in (0, 1, 2, 1024, INDEX_LIMIT - 1)]
    assert len({int(draws.bits64(9, month, uid, index)[0]) for month, index in keys}) == len(keys)


# Distributions ----------------------------------------------------------------------------------------


@given(SEEDS, PURPOSES, MONTHS, UIDS, INDICES)
def test_uniform_numbers_lie_in_range(seed, purpose, month, uids, index) -> None:  # type: ignore[no-untyped-def]
    u = Draws(seed).uniform(purpose, month, uids, index)
    assert ((u >= 0.0) & (u < 1.0)).all()
    assert ((u * 2**53) % 1 == 0).all(), "53 bits each"


def test_uniform_numbers_are_uniform_and_do_not_hang_together() -> None:
    draws = Draws(11)
    u, v, w = draws.uniform(1, 0, MANY), draws.uniform(1, 0, MANY, 1), draws.uniform(1, 1, MANY)
    # Four standard errors of 100,000 draws.
    assert abs(u.mean() - 0.5) < 4 * np.sqrt(1 / 12 / MANY.size)
    counts = np.bincount((u * 20).astype(int), minlength=20)
    assert ((counts - 5000) ** 2 / 5000).sum() < 45.3, "chi-squared of 19 degrees of freedom at 0.06%"
    for other in (v, w, np.roll(u, 1)):
        assert abs(np.corrcoef(u, other)[0, 1]) < 4 / np.sqrt(MANY.size)


def test_moments_of_normal_and_exponential_numbers() -> None:
    draws = Draws(11)
    z, x = draws.normal(2, 0, MANY), draws.exponential(3, 0, MANY)
    error = 4 / np.sqrt(MANY.size)
    assert abs(z.mean()) < error
    assert abs(z.var() - 1) < error * np.sqrt(2)
    assert abs((z**3).mean()) < error * np.sqrt(15)
    assert abs((z**4).mean() - 3) < error * np.sqrt(96)
    assert (x >= 0).all()
    assert abs(x.mean() - 1) < error
    assert abs((x > 2).mean() - np.exp(-2)) < error


@given(SEEDS, st.integers(1, 1000), UIDS)
def test_integers_stay_below_their_bound(seed: int, high: int, uids: list[int]) -> None:
    drawn = Draws(seed).integers(high, 4, 0, uids)
    assert ((drawn >= 0) & (drawn < high)).all()


def test_choices_follow_their_weights() -> None:
    weights = np.array([0.0, 3.0, 0.0, 1.0, 0.0])
    chosen = Draws(5).choice_cdf(np.cumsum(weights), 6, 0, MANY)
    share = np.bincount(chosen, minlength=5) / MANY.size
    assert share[[0, 2, 4]].tolist() == [0.0, 0.0, 0.0], "what has no weight is never chosen"
    assert share[1] == pytest.approx(0.75, abs=4 * np.sqrt(0.1875 / MANY.size))


# Identities -------------------------------------------------------------------------------------------


def test_derived_identities_are_unique_and_never_nought() -> None:
    draws = Draws(1)
    made = [draws.derive_ids(purpose, month, MANY, k) for purpose in (1, 2) for month in (0, 1) for k in (0, 1)]
    every = np.concatenate([MANY, *made])
    assert np.unique(every).size == every.size
    assert (every > 0).all()


def test_derived_identities_follow_their_parents_alone() -> None:
    some = Draws(1).derive_ids(1, 0, np.array([7, 9], dtype=np.uint64))
    assert some.tolist() == Draws(1).derive_ids(1, 0, np.array([9, 8, 7], dtype=np.uint64))[[2, 0]].tolist()
    assert not set(some.tolist()) & set(Draws(2).derive_ids(1, 0, np.array([7, 9], dtype=np.uint64)).tolist())
    assert not set(some.tolist()) & set(Draws(1).bits64(1, 0, [7, 9]).tolist()), "ids and luck do not share draws"


# What is refused --------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", [-1, 2**63])
def test_a_seed_out_of_range_is_refused(seed: int) -> None:
    with pytest.raises(ValueError, match="seed must be between 0"):
        Draws(seed)


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ((1, -1025, 0), "month must be between -1024 and 3071"),
        ((1, 3072, 0), "month must be between -1024 and 3071"),
        ((1, 0, -1), "index must be between 0"),
        ((1, 0, INDEX_LIMIT), "index must be between 0"),
        ((-1, 0, 0), "purpose must fit 32 bits"),
        ((2**32, 0, 0), "purpose must fit 32 bits"),
    ],
)
def test_a_key_out_of_range_is_refused(key: tuple[int, int, int], message: str) -> None:
    purpose, month, index = key
    draws = Draws(1)
    for draw in (draws.uniform, draws.normal, draws.bits64, draws.exponential, draws.derive_ids):
        with pytest.raises(ValueError, match=message):
            draw(purpose, month, [1], index)


@given(SEEDS, PURPOSES, MONTHS, UIDS, INDICES)
def test_pairs_and_words_come_from_one_block(seed, purpose, month, uids, index) -> None:  # type: ignore[no-untyped-def]
    draws = Draws(seed)
    word = draws.words(purpose, month, uids, index)
    first, second = draws.pairs(purpose, month, uids, index)
    assert first.tolist() == draws.uniform(purpose, month, uids, index).tolist()
    bits = [int(a) << 32 | int(b) for a, b in word[:2].T]
    assert bits == draws.bits64(purpose, month, uids, index).tolist()
    assert second.tolist() == [((int(c) >> 5) * 2**26 + (int(d) >> 6)) / 2**53 for c, d in word[2:].T]
