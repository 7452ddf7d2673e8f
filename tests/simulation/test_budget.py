"""Benefit units hold every adult and child once, and gains from work are what a job adds."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from agents.household_fields import Tenure
from agents.person_fields import Status
from simulation import benefits
from simulation.budget import GAIN_GRID, Units, benefit_units, gains_from_work
from simulation.economy import Economy
from simulation.indicators import working_age_rows
from simulation.ledger import to_pence
from simulation.search import interpolate, interpolate_rows
from simulation.tax_benefit import Rule, universal_credit


@pytest.mark.parametrize("which", ["opening", "two_years"])
def test_units_partition_the_people(which: str, request: pytest.FixtureRequest) -> None:
    economy: Economy = request.getfixturevalue(which)
    persons, units = economy.persons, benefit_units(economy)
    rows = persons.rows()
    of = units.of_person[rows]
    assert (of >= 0).all(), "everybody is in a unit"
    assert (units.of_person[~persons.alive] == -1).all(), "and nobody else"
    assert np.unique(of).size == units.household.size, "no unit is empty"
    assert (units.household[of] == persons.household[rows]).all(), "no unit spans two homes"
    adult = persons.age_months[rows] >= 16 * 12
    assert (units.adults == np.bincount(of[adult], minlength=units.adults.size)).all()
    assert (units.children == np.bincount(of[~adult], minlength=units.adults.size)).all()
    assert set(np.unique(units.adults)) == {1, 2}


def test_children_share_the_unit_of_the_oldest_adult(opening: Economy) -> None:
    persons, units = opening.persons, benefit_units(opening)
    rows = persons.rows()
    oldest: dict[int, int] = {}
    for row in rows[np.argsort(persons.age_months[rows], kind="stable")].tolist():
        oldest[int(persons.household[row])] = int(units.of_person[row])
    children = rows[persons.age_months[rows] < 16 * 12]
    assert children.size > 100
    assert [int(units.of_person[row]) for row in children] == [oldest[int(persons.household[row])] for row in children]


def test_a_home_pays_its_rent_and_holds_its_savings_once(opening: Economy) -> None:
    units, homes = benefit_units(opening), opening.households
    living = homes.rows()
    rent = np.bincount(units.household, units.rent, minlength=homes.n_rows)[living]
    rented = np.isin(homes.tenure[living], (Tenure.SOCIAL_RENT, Tenure.PRIVATE_RENT))
    assert rent == pytest.approx(np.where(rented, homes.housing_cost[living] / 100.0, 0.0))
    savings = np.bincount(units.household, units.savings, minlength=homes.n_rows)[living]
    assert savings == pytest.approx(homes.cash[living] / 100.0)


def test_net_earnings_are_those_of_the_members(opening: Economy) -> None:
    units, persons = benefit_units(opening), opening.persons
    assert units.earnings.sum() == pytest.approx(persons.net_pay[persons.alive].sum() / 100.0)
    assert (units.limited <= units.adults).all()
    assert units.limited.sum() == (persons.status[persons.alive] == Status.LONG_TERM_SICK).sum()


def entitlements(economy: Economy, units: Units) -> np.ndarray:
    """Universal Credit due to each unit by the rules, pounds."""
    columns = (units.adults, units.over25, units.children, units.limited, units.carers)
    counts = zip(*(column.tolist() for column in columns), strict=True)
    pounds = zip(units.rent.tolist(), units.earnings.tolist(), units.savings.tolist(), strict=True)
    return np.array(
        [
            universal_credit(adults, over25 > 0, children, limited, carers, *money, economy.rules)
            for (adults, over25, children, limited, carers), money in zip(counts, pounds, strict=True)
        ]
    )


def test_credit_goes_to_those_who_are_due_it_may_claim_and_do(opening: Economy) -> None:
    """The blocks of the kernel against a plain form."""
    units, homes = benefit_units(opening), opening.households
    opening.units, kept = units, (opening.units, opening.on_credit)
    eligible = np.arange(units.household.size) % 3 > 0
    change = np.zeros(homes.n_rows, np.int64)
    total = benefits.credit_units(opening, eligible, change)
    claims = opening.draws.uniform(benefits.CLAIM, 0, homes.uid) < opening.rules[Rule.UC_TAKE_UP]
    pence = np.where(eligible & claims[units.household], to_pence(entitlements(opening, units)), 0)
    assert total == pence.sum() == change.sum() > 0
    assert (change == np.bincount(units.household, pence, minlength=homes.n_rows)).all()
    assert (opening.on_credit == (change > 0)).all()
    opening.units, opening.on_credit = kept


def test_credit_goes_to_those_with_little(opening: Economy) -> None:
    units = benefit_units(opening)
    award = entitlements(opening, units)
    assert np.isfinite(award).all()
    assert (award >= 0).all()
    assert (award[units.savings > 16_000] == 0).all()
    assert award[units.earnings < 300].mean() > 2 * award[units.earnings > 1500].mean()


def test_gains_from_work(opening: Economy) -> None:
    rows = working_age_rows(opening)
    gains = gains_from_work(opening, rows)
    assert gains.shape == (rows.size, GAIN_GRID.size)
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
    gains = gains_from_work(opening, rows)
    of = units.of_person[rows]
    alone = (units.adults[of] == 1) & (opening.persons.net_pay[rows] == 0)
    rich = alone & (units.savings[of] > 16_000)
    poor = alone & (units.savings[of] < 10_000) & (units.rent[of] > 0)
    assert rich.sum() > 5
    assert poor.sum() > 5
    full_time = 4  # £1,700 a month on the grid
    assert gains[rich, full_time].min() > gains[poor, full_time].max()


def test_interpolation_hits_the_grid_and_goes_on_with_the_last_slope() -> None:
    values = np.array([0.0, 100.0, 150.0, 160.0, 200.0, 230.0, 300.0, 400.0])
    assert [interpolate(GAIN_GRID, values, x) for x in GAIN_GRID] == pytest.approx(values)
    assert interpolate(GAIN_GRID, values, 200.0) == pytest.approx(50.0)
    assert interpolate(GAIN_GRID, values, 6_800.0) == pytest.approx(500.0)
    xs = np.array([0.0, 500.0, 9_000.0])
    rows = interpolate_rows(GAIN_GRID, np.stack([values] * 3), xs)
    assert rows == pytest.approx([interpolate(GAIN_GRID, values, x) for x in xs])


def test_a_newcomer_in_a_used_row_does_not_inherit_a_benefit_unit(make_economy: Any) -> None:
    economy = make_economy()
    economy.units = benefit_units(economy)
    persons = economy.persons
    rows = np.flatnonzero(persons.status == Status.LONG_TERM_SICK)
    row = int(rows[np.argmin(gains_from_work(economy, rows)[:, 3])])  # someone on Universal Credit
    homes = economy.households
    home = int(homes.rows()[np.argmax(homes.cash[homes.rows()])])
    persons.remove(np.array([row]))
    new = persons.add(np.array([12345], dtype=np.uint64), household=home, age_months=240, status=int(Status.STUDENT))
    assert new[0] == row
    fresh = persons.add(np.array([12346], dtype=np.uint64), household=home, age_months=240, status=int(Status.STUDENT))
    gains = gains_from_work(economy, np.concatenate([new, fresh]))
    assert gains[0] == pytest.approx(gains[1]), "gains depend on which row a newcomer got"
