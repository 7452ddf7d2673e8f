"""Benefit units hold every adult and child once, and are kept up whoever comes, goes and comes of age."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from agents.household_fields import Tenure
from agents.person_fields import Status
from simulation import benefits
from simulation.budget import GENERATION_MONTHS, keep_units
from simulation.economy import Economy
from simulation.entitlements import entitlements
from simulation.members import members
from simulation.pence import to_pence
from simulation.tax_benefit import Rule, universal_credit

Factory = Callable[..., Economy]
ABLE = (18 * 12, 65 * 12)


def recount(economy: Economy) -> dict[int, tuple[int, int, int, int, int]]:
    """Head, partner, children, members under 14 and all members of each home, from the columns of persons."""
    persons, found = economy.persons, {}
    rows = persons.rows()
    for home in economy.households.rows().tolist():
        found[home] = (-1, -1, 0, 0, 0)
    # Oldest first, then by identity.
    order = rows[np.lexsort((persons.uid[rows], -persons.age_months[rows].astype(int)))]
    for row in order.tolist():
        home, age = int(persons.household[row]), int(persons.age_months[row])
        head, partner, children, under_14, people = found[home]
        if age < 192:
            children += 1
        elif head < 0:
            head = row
        elif partner == -1:
            gap = int(persons.age_months[head]) - age
            # Only the second oldest can be the partner.
            partner = row if gap <= GENERATION_MONTHS and not economy.households.student[home] else -2
        found[home] = head, partner, children, under_14 + (age < 168), people + 1
    return {home: (head, max(partner, -1), *counts) for home, (head, partner, *counts) in found.items()}  # type: ignore[misc]


def agree(economy: Economy) -> None:
    keep_units(economy)
    homes, persons = economy.households, economy.persons
    expected = recount(economy)
    rows = list(expected)
    columns = (homes.head, homes.partner, homes.children, homes.under_14, homes.people)
    assert list(zip(*(column[rows].tolist() for column in columns), strict=True)) == list(expected.values())
    adults = np.flatnonzero(persons.alive & (persons.age_months >= 192))
    core = {row for head, partner, *_ in expected.values() for row in (head, partner)}
    assert np.flatnonzero(persons.lodges).tolist() == [row for row in adults.tolist() if row not in core]
    gone = ~homes.alive
    assert (homes.head[gone] == -1).all()
    assert not homes.people[gone].any()


def test_units_are_those_of_a_recount_after_years_of_life(make_economy: Factory) -> None:
    economy = make_economy(months=36)
    agree(economy)
    lists = members(economy)
    for _ in range(4):
        economy.run(9)
        agree(economy)
    assert members(economy) is lists, "kept up, never made anew"


def test_only_homes_that_changed_are_formed_anew(make_economy: Factory) -> None:
    economy = make_economy()
    keep_units(economy)
    assert members(economy).take_changed().size == 0
    persons = economy.persons
    movers = np.flatnonzero(persons.alive & (persons.age_months >= 192))[:3]
    to = economy.households.rows()[-3:]
    touched = np.union1d(persons.household[movers], to)
    members(economy).move(movers, to)
    members(economy).come_of_age(movers[:1])
    assert members(economy).take_changed().tolist() == touched.tolist()


def test_units_are_formed_anew_where_the_table_was_changed_without_lists(make_economy: Factory) -> None:
    economy = make_economy()
    keep_units(economy)
    home = int(economy.households.rows()[0])
    economy.persons.add(np.array([5], dtype=np.uint64), household=home, age_months=1200)
    agree(economy)


def units_of(economy: Economy) -> list[tuple[int, list[int]]]:
    """Household of each unit and the rows of its adults; the head's with their children come first."""
    homes, persons = economy.households, economy.persons
    heads = np.flatnonzero(homes.head >= 0).tolist()
    core = [(home, [int(r) for r in (homes.head[home], homes.partner[home]) if r >= 0]) for home in heads]
    return core + [(int(persons.household[row]), [row]) for row in np.flatnonzero(persons.lodges).tolist()]


def credit_due(economy: Economy, home: int, adults: list[int]) -> float:
    """Universal Credit of a unit by the rules, pounds; 0 where nobody may claim."""
    persons, homes, rules = economy.persons, economy.households, economy.rules
    age = persons.age_months[adults]
    if not ((age >= ABLE[0]) & (age < ABLE[1]) & (persons.study_months[adults] == 0)).any():
        return 0.0
    own = adults[0] == homes.head[home]
    idle = persons.employer[adults] < 0
    unfit = idle & (persons.status[adults] == Status.LONG_TERM_SICK) & (persons.health[adults] > 0)
    cares = idle & (persons.caring[adults] > 0) & (persons.disability[adults] > 0)
    rents = own and homes.tenure[home] in (Tenure.SOCIAL_RENT, Tenure.PRIVATE_RENT)
    return float(
        universal_credit(
            len(adults), bool(age.max() >= 300), int(homes.children[home]) if own else 0, int(unfit.sum()),
            int(cares.sum()), homes.housing_cost[home] / 100.0 * economy.growth if rents else 0.0,
            float((persons.net_pay[adults] / 100.0).sum()), max(homes.cash[home], 0) / 100.0 if own else 0.0, rules,
        )
    )  # fmt: skip


def test_credit_goes_to_those_who_are_due_it_may_claim_and_do(make_economy: Factory) -> None:
    """The blocks of the kernels against a plain form."""
    economy = make_economy()
    keep_units(economy)
    homes = economy.households
    claims = economy.draws.uniform(benefits.CLAIM, 0, homes.uid) < economy.rules[Rule.UC_TAKE_UP]
    expected = np.zeros(homes.n_rows, np.int64)
    alone = 0
    for home, adults in units_of(economy):
        pence = int(claims[home]) * int(to_pence(credit_due(economy, home, adults)))
        expected[home] += pence
        alone += pence * (adults[0] != homes.head[home])
    economy.on_credit = np.zeros(homes.n_rows, dtype=bool)
    traits = entitlements(economy)
    totals = benefits.support_persons(economy, traits, np.zeros(homes.n_rows, np.int64))
    change = np.zeros(homes.n_rows, np.int64)
    benefit, credit = benefits.support_homes(economy, traits, change)
    assert totals[4] == alone > 0
    assert credit == expected.sum() - alone > 0
    assert change.sum() == benefit + credit
    assert (economy.on_credit == (expected > 0)).all()


def test_credit_goes_to_those_with_little(opening: Economy) -> None:
    keep_units(opening)
    units = units_of(opening)
    award = np.array([credit_due(opening, home, adults) for home, adults in units])
    earned = np.array([opening.persons.net_pay[adults].sum() / 100.0 for _, adults in units])
    own = np.array([adults[0] == opening.households.head[home] for home, adults in units])
    savings = opening.households.cash[[home for home, _ in units]] / 100.0
    assert np.isfinite(award).all()
    assert (award >= 0).all()
    assert (award[own & (savings > 16_000)] == 0).all()
    assert award[earned < 300].mean() > 2 * award[earned > 1500].mean()
