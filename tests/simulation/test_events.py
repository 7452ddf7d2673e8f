"""What may happen in a life happens as often as its chance says, in months that no policy moves."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulation import hazards, migration
from simulation.economy import Economy
from simulation.events import NEVER, Chance, PossibleMonths, _next, ages_near, possible
from simulation.hazards import AGES, Event

Factory = Callable[..., Economy]
YEARS = st.floats(16, 110)


@pytest.fixture(scope="module")
def economy(make_economy: Factory) -> Economy:
    """A crowd: the people of one in a thousand, whom the tests make as many and as old as they need."""
    return make_economy()


def crowd(economy: Economy, n: int, sex: int, age: int) -> np.ndarray:
    """Many persons of one sex and age who have just come to live here."""
    rows = economy.persons.add(np.arange(10**6, 10**6 + n, dtype=np.uint64), household=0, sex=sex, age_months=age)
    economy.persons.next_event = NEVER
    economy.persons.next_event[rows] = -1
    return rows


def test_a_hazard_above_its_bound_is_refused() -> None:
    chance = Chance(np.arange(2), np.array([0.01, 0.02]), np.array([0.03, 0.03]))
    assert chance.strikes(0.015).tolist() == [0]
    with pytest.raises(ValueError, match="above its bound"):
        chance.strikes(0.04)


@given(YEARS, st.integers(1, 10), st.booleans(), st.booleans(), st.integers(0, 6))
def test_no_hazard_can_exceed_its_bound(
    economy: Economy, years: float, decile: int, limited: bool, woman: bool, infants: int
) -> None:
    a, month = economy.assumptions, int(years * 12)
    years = month / 12.0
    most = hazards.bounds(economy)[int(woman), month]
    true = {
        Event.HEALTH: hazards.health(a, years, decile, limited),
        Event.CARE: hazards.caring(a, woman, infants, limited),
        Event.RETIRE: hazards.retirement(a, years, limited),
        Event.DEATH: hazards.death(a, years, decile),
        Event.BIRTH: hazards.birth(a, years) * woman,
    }
    for event, hazard in true.items():
        low, high = AGES[event]
        assert most[event] >= hazard * (1 - 1e-12) if low <= month < high else most[event] == 0.0


@pytest.mark.parametrize(("sex", "age"), [(1, 25 * 12), (0, 25 * 12), (1, 57 * 12), (0, 85 * 12)])
def test_each_event_strikes_with_its_chance_in_every_month(make_economy: Factory, sex: int, age: int) -> None:
    """Counts of two years of months, against the binomial law."""
    economy = make_economy()
    rows = crowd(economy, 40_000, sex, age)
    persons, most = economy.persons, hazards.bounds(economy)
    struck, expected = np.zeros(len(Event)), np.zeros(len(Event))
    by_month = []
    for _ in range(24):
        bound = most[sex, persons.age_months[rows[0]]]
        found = possible(economy)
        for event, chance in found.items():
            # A true chance of two thirds of the bound.
            struck[event] += chance.strikes(bound[event] * 2 / 3).size
        expected += rows.size * bound * 2 / 3
        by_month.append(sum(chance.rows.size for chance in found.values()) / (rows.size * bound.sum()))
        economy.month += 1
        persons.age_months[rows] += 1
    assert (np.abs(struck - expected) <= 5 * np.sqrt(expected) + 1e-9).all()
    assert (struck[expected == 0] == 0).all()
    assert (expected > 0).sum() >= 2
    assert np.abs(np.array(by_month) - 1).max() < 6 / np.sqrt(rows.size * bound.sum()), "as often in each month"


def test_in_a_month_at_most_one_thing_happens_to_a_person(make_economy: Factory) -> None:
    economy = make_economy()
    crowd(economy, 20_000, 1, 30 * 12)
    rows = np.concatenate([chance.rows for chance in possible(economy).values()])
    assert np.unique(rows).size == rows.size > 0


def test_possible_months_depend_on_nothing_but_the_person(make_economy: Factory) -> None:
    """The same persons in other rows, homes, states and company have the same possible months."""
    one, other = make_economy(), make_economy()
    for economy, shuffle in ((one, 1), (other, -1)):
        persons = economy.persons
        uid = np.arange(500, 3500, dtype=np.uint64)[::shuffle]
        rows = persons.add(
            uid, household=0, sex=(uid % 2).astype(np.int8), age_months=(200 + uid % 700).astype(np.int16)
        )
        if shuffle < 0:
            persons.health[rows], persons.status[rows], persons.household[rows] = 1, 5, 3
    seen = []
    for economy in (one, other):
        found: list[tuple[int, int, int]] = []
        for _ in range(6):
            for event, chance in possible(economy).items():
                mine = economy.persons.uid[chance.rows]
                found += [(economy.month, int(event), uid) for uid in mine[(mine >= 500) & (mine < 3500)].tolist()]
            economy.month += 1
            economy.persons.age_months[economy.persons.alive] += 1
        seen.append(sorted(found))
    assert seen[0] == seen[1]
    assert len(seen[0]) > 100


@settings(max_examples=60)
@given(st.lists(st.floats(0, 0.3), min_size=30, max_size=30), st.integers(0, 29), st.floats(0, 4))
def test_the_wait_is_found_wherever_hazards_jump(rates: list[float], age: int, wait: float) -> None:
    total = np.concatenate([[0.0], np.cumsum(rates)])
    table = np.stack([total, total])
    expected = np.flatnonzero(total[1:] > total[age] + wait)
    expected = expected[expected >= age]
    assert _next(wait, table, ages_near(table), 0, age) == (expected[0] if expected.size else NEVER)


def test_rates_too_high_to_exclude_one_another_are_refused(make_economy: Factory) -> None:
    wild = {"pairing_rate": 8.0, "leave_home_rate": 8.0}
    with pytest.raises(ValueError, match="too high together"):
        PossibleMonths(make_economy(assumptions=wild, force=True))


def test_households_move_and_are_copied_at_their_rates(make_economy: Factory) -> None:
    rates = {"household_migration_rate": 0.2, "net_migration_share": 0.5}
    economy = make_economy(scale=200, assumptions=rates, force=True)
    leaves, arrives = migration.migration_chances(economy)
    assert arrives == pytest.approx(1.5 * leaves)
    out = into = 0
    months, n = 24, len(economy.households)
    for _ in range(months):
        moves = migration.possible_moves(economy)
        assert (economy.households.next_move[moves.rows] > economy.month).all()
        out += int((moves.mark < leaves).sum())
        into += int(((moves.mark >= leaves) & (moves.mark < leaves + arrives)).sum())
        economy.month += 1
    for count, chance in ((out, leaves), (into, arrives)):
        expected = months * n * chance
        assert abs(count - expected) < 5 * np.sqrt(expected)
