"""Benefit units hold every adult and child once."""

from __future__ import annotations

import numpy as np
import pytest

from agents.household_fields import Tenure
from agents.person_fields import Status
from simulation.budget import benefit_units, entitlements
from simulation.economy import Economy


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


def test_credit_goes_to_those_with_little(opening: Economy) -> None:
    units = benefit_units(opening)
    award = entitlements(opening, units)
    assert np.isfinite(award).all()
    assert (award >= 0).all()
    assert (award[units.savings > 16_000] == 0).all()
    assert award[units.earnings < 300].mean() > 2 * award[units.earnings > 1500].mean()
