"""Gains from work are what a job adds to a household's income."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.person_fields import Status
from simulation.budget import benefit_units
from simulation.economy import Economy
from simulation.gains import GAIN_GRID, gains_from_work
from simulation.indicators import working_age_rows
from simulation.tax_benefit import net_pay, universal_credit


def on_grid(economy: Economy, rows: np.ndarray) -> np.ndarray:
    """Gain of each person at each point of the grid, shape (n, points)."""
    return np.stack([gains_from_work(economy, rows, np.full(rows.size, x)) for x in GAIN_GRID], axis=1)


def test_gains_from_work(opening: Economy) -> None:
    rows = working_age_rows(opening)
    gains = on_grid(opening, rows)
    assert np.isfinite(gains).all()
    assert (gains[:, 0] == 0).all(), "no earnings, no gain"
    assert (gains <= GAIN_GRID + 1e-9).all(), "nobody gains more than they earn"
    steps = np.diff(gains, axis=1)
    assert (steps[:, 1:] > 0).all(), "more pay is more gain"
    # Only those who give up an award for ill health can lose by a small job.
    well = opening.persons.status[rows] != Status.LONG_TERM_SICK
    assert (steps[well, 0] > 0).all()


def test_tax_credits_and_savings_set_the_gain_apart(opening: Economy) -> None:
    """Those on Universal Credit keep much less of a job than those with savings above the limit."""
    rows = working_age_rows(opening)
    units = benefit_units(opening)
    gains = gains_from_work(opening, rows, np.full(rows.size, 1700.0))
    of = units.of_person[rows]
    alone = (units.adults[of] == 1) & (opening.persons.net_pay[rows] == 0)
    rich = alone & (units.savings[of] > 16_000)
    poor = alone & (units.savings[of] < 10_000) & (units.rent[of] > 0)
    assert rich.sum() > 5
    assert poor.sum() > 5
    assert gains[rich].min() > gains[poor].max()


@settings(max_examples=20)
@given(st.floats(0.0, 9_000.0))
def test_gains_are_those_of_taxes_and_benefits_at_the_grid_and_straight_between(opening: Economy, pay: float) -> None:
    rows, rules = working_age_rows(opening)[:200], opening.rules
    persons, units = opening.persons, opening.units
    found = gains_from_work(opening, rows, np.full(rows.size, pay))
    for row, gain in zip(rows.tolist(), found.tolist(), strict=True):
        u = int(units.of_person[row])
        others = max(units.earnings[u] - persons.net_pay[row] / 100.0, 0.0)

        def income(x: float, u: int = u, row: int = row, others: float = others) -> float:
            net = others + net_pay(x, rules, False)
            fit = units.limited[u] - (x > 0 and persons.status[row] == Status.LONG_TERM_SICK)
            return net + universal_credit(
                units.adults[u], units.over25[u], units.children[u], max(fit, 0), units.carers[u], units.rent[u], net,
                units.savings[u], rules,
            )  # fmt: skip

        values = [income(float(x)) - income(0.0) for x in GAIN_GRID]
        last = values[-1] + (pay - 5_000.0) * (values[-1] - values[-2]) / 1_800.0
        assert gain == pytest.approx(np.interp(pay, GAIN_GRID, values) if pay <= 5_000.0 else last, abs=1e-6)


def test_a_newcomer_in_a_used_row_does_not_inherit_a_benefit_unit(make_economy: Any) -> None:
    economy = make_economy()
    economy.units = benefit_units(economy)
    persons = economy.persons
    rows = np.flatnonzero(persons.status == Status.LONG_TERM_SICK)
    pay = np.full(rows.size, 1200.0)
    row = int(rows[np.argmin(gains_from_work(economy, rows, pay))])  # someone on Universal Credit
    homes = economy.households
    home = int(homes.rows()[np.argmax(homes.cash[homes.rows()])])
    persons.remove(np.array([row]))
    new = persons.add(np.array([12345], dtype=np.uint64), household=home, age_months=240, status=int(Status.STUDENT))
    assert new[0] == row
    fresh = persons.add(np.array([12346], dtype=np.uint64), household=home, age_months=240, status=int(Status.STUDENT))
    gains = gains_from_work(economy, np.concatenate([new, fresh]), np.full(2, 1200.0))
    assert gains[0] == pytest.approx(gains[1]), "gains depend on which row a newcomer got"
