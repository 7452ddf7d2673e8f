"""Gains from work are what a job adds to a household's income."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.household_fields import Tenure
from agents.person_fields import Status
from simulation.economy import Economy
from simulation.gains import GAIN_GRID, gains_from_work
from simulation.indicators import working_age_rows
from simulation.separations import leave_job
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
    persons, homes = opening.persons, opening.households
    gains = gains_from_work(opening, rows, np.full(rows.size, 1700.0))
    home = persons.household[rows]
    alone = (homes.head[home] == rows) & (homes.partner[home] < 0) & (persons.net_pay[rows] == 0)
    savings = homes.cash[home] / 100.0
    rich = alone & (savings > 16_000)
    poor = alone & (savings < 10_000) & np.isin(homes.tenure[home], (Tenure.SOCIAL_RENT, Tenure.PRIVATE_RENT))
    assert rich.sum() > 5
    assert poor.sum() > 5
    assert gains[rich].min() > gains[poor].max()


@settings(max_examples=20)
@given(st.floats(0.0, 9_000.0))
def test_gains_are_those_of_taxes_and_benefits_at_the_grid_and_straight_between(opening: Economy, pay: float) -> None:
    rows, rules = working_age_rows(opening)[:200], opening.rules
    persons, homes = opening.persons, opening.households
    found = gains_from_work(opening, rows, np.full(rows.size, pay))
    for row, gain in zip(rows.tolist(), found.tolist(), strict=True):
        home = int(persons.household[row])
        own = not persons.lodges[row]
        unit = [r for r in (homes.head[home], homes.partner[home]) if r >= 0] if own else [row]
        others = float(sum(persons.net_pay[r] / 100.0 for r in unit if r != row))
        idle = [r for r in unit if persons.employer[r] < 0]
        limited = sum(persons.status[r] == Status.LONG_TERM_SICK and persons.health[r] > 0 for r in idle)
        carers = sum(persons.caring[r] > 0 and persons.disability[r] > 0 for r in idle)
        rents = own and homes.tenure[home] in (Tenure.SOCIAL_RENT, Tenure.PRIVATE_RENT)
        about = (
            len(unit), bool(persons.age_months[unit[0]] >= 300), int(homes.children[home]) if own else 0
        )  # fmt: skip
        rent = homes.housing_cost[home] / 100.0 if rents else 0.0
        savings = max(homes.cash[home], 0) / 100.0 if own else 0.0

        def income(x: float, row: int = row, others: float = others, limited: int = limited, carers: int = carers,
                   about: Any = about, rent: float = rent, savings: float = savings) -> float:  # fmt: skip
            net = others + net_pay(x, rules, False)
            fit = limited - (x > 0 and persons.status[row] == Status.LONG_TERM_SICK)
            return net + universal_credit(*about, max(fit, 0), carers, rent, net, savings, rules)

        values = [income(float(x)) - income(0.0) for x in GAIN_GRID]
        last = values[-1] + (pay - 5_000.0) * (values[-1] - values[-2]) / 1_800.0
        assert gain == pytest.approx(np.interp(pay, GAIN_GRID, values) if pay <= 5_000.0 else last, abs=1e-6)


def test_a_newcomer_in_a_used_row_does_not_inherit_a_benefit_unit(make_economy: Any) -> None:
    economy = make_economy()
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


def test_what_the_other_earns_counts_as_it_now_is(make_economy: Any) -> None:
    """Who has just lost a job is not counted with last month's pay; the partner's pay bears on the credit."""
    economy = make_economy()
    persons, homes = economy.persons, economy.households
    both = homes.partner >= 0
    both &= (persons.net_pay[homes.head] > 0) & (persons.net_pay[homes.partner] > 0)
    both &= (persons.caring[homes.head] == 0) & (persons.caring[homes.partner] == 0)
    one, other = homes.head[both].astype(np.int64), homes.partner[both].astype(np.int64)
    pay = np.full(one.size, 1200.0)
    before = gains_from_work(economy, one, pay)
    leave_job(economy, one)
    assert (gains_from_work(economy, one, pay) == before).all(), "nothing hangs on one's own pay"
    leave_job(economy, other)
    assert (gains_from_work(economy, one, pay) < before - 1.0).any()
