"""Who may receive what, and who takes it up, as one by one."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from agents.person_fields import Status
from simulation import benefits
from simulation.blocks import BLOCK
from simulation.economy import Economy
from simulation.entitlements import ABLE, ALONE, CARES, DISABLED, GROWN, PENSIONED, STUDENT, UNFIT, entitlements
from simulation.randomness import Draws


def test_bits_are_the_conditions_of_each_claim(two_years: Economy) -> None:
    persons = two_years.persons
    trait, age = entitlements(two_years), persons.age_months
    idle, sick = persons.employer < 0, persons.status == Status.LONG_TERM_SICK
    able = (age >= 216) & (age < 780) & (persons.study_months == 0)
    conditions = {
        ABLE: able,
        UNFIT: idle & sick & (persons.health > 0),
        CARES: idle & (persons.caring > 0) & (persons.disability > 0),
        GROWN: age >= 300,
        ALONE: able & (persons.lodges > 0),
        DISABLED: (age >= 192) & (persons.disability > 0),
        STUDENT: (age >= 216) & (persons.study_months > 0),
        PENSIONED: np.isin(persons.status, (Status.RETIRED, Status.PENSIONER)),
    }
    for bit, condition in conditions.items():
        assert ((trait & bit > 0) == (condition & persons.alive)).all(), bit
        assert (trait & bit > 0).any(), bit


@given(st.lists(st.floats(0.0, 1.0), min_size=1, max_size=4), st.integers(1, BLOCK), st.integers(0, 9))
def test_take_up_is_one_draw_for_each_however_the_share_moves(shares: list[float], count: int, seed: int) -> None:
    uid, draws = np.arange(1000, 1000 + BLOCK, dtype=np.uint64), Draws(seed)
    claims, rows = np.full(BLOCK, -1, np.int8), np.arange(BLOCK, dtype=np.int32)[::-1].copy()
    key, draw, at = np.empty(BLOCK, np.uint64), np.empty(BLOCK), np.empty(BLOCK, np.int32)
    takes = np.empty(BLOCK, np.bool_)
    expected = draws.uniform(benefits.CLAIM, 0, uid[rows])
    for share in shares:
        benefits._take_up(rows, count, claims, uid, draws.seed, benefits.CLAIM, share, key, draw, at, takes)
        assert (takes[:count] == (expected < share)[:count]).all()
    assert (claims[rows[:count]] == (expected[:count] * 128).astype(int)).all()
    assert (claims[rows[count:]] == -1).all()
