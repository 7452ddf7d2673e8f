"""Benefit units hold every adult and child once."""

from __future__ import annotations

import numpy as np
import pytest

from agents.household_fields import Tenure
from agents.person_fields import Status
from simulation import benefits
from simulation.budget import Units, benefit_units
from simulation.economy import Economy
from simulation.pence import to_pence
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
