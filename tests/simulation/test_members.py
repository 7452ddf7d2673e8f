"""Lists of members and registers agree with plain counts, whoever comes, goes and moves."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.columns import Field, Table
from agents.person_fields import Status
from simulation import households as homes
from simulation.economy import Economy
from simulation.members import members
from simulation.randomness import Purpose
from simulation.register import Register

Factory = Callable[..., Economy]


def plain(economy: Economy, home: int) -> tuple[int, int, int, int, bool, bool]:
    """What a home is made of, from the columns."""
    persons = economy.persons
    who = np.flatnonzero(persons.alive & (persons.household == home))
    age = persons.age_months[who]
    adult = age >= 192
    return (
        int(adult.sum()), int((~adult).sum()), int((age < 72).sum()), int(age.max(initial=0)),
        bool((adult & (persons.sex[who] == 1)).any()), bool((persons.status[who] == Status.CHILD).any()),
    )  # fmt: skip


def agree(economy: Economy) -> None:
    found = members(economy).describe(np.arange(economy.households.n_rows))
    columns = (found.adults, found.children, found.infants, found.oldest, found.woman, found.dependant)
    for home in range(economy.households.n_rows):
        assert tuple(column[home] for column in columns) == plain(economy, home)


def test_lists_follow_a_year_of_life(make_economy: Factory) -> None:
    economy = make_economy()
    lists = members(economy)
    economy.run(12)
    assert members(economy) is lists, "nobody came or went without them"
    agree(economy)
    some = np.flatnonzero(economy.households.alive)[::7]
    everybody = members(economy).of(some)
    assert (
        everybody.tolist() == np.flatnonzero(economy.persons.alive & np.isin(economy.persons.household, some)).tolist()
    )


def test_lists_are_made_anew_where_the_table_was_changed_without_them(make_economy: Factory) -> None:
    economy = make_economy()
    lists = members(economy)
    economy.persons.add(np.array([5], dtype=np.uint64), household=2, age_months=100)
    assert members(economy) is not lists
    agree(economy)


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_a_register_is_a_sorted_list_of_each_place(data: st.DataObject) -> None:
    table = Table("things", [Field("place", np.int16, "index", "Place")])
    register, known = Register(table, 4), {}
    next_uid = iter(np.random.default_rng(data.draw(st.integers(0, 99))).permutation(10_000) + 1)
    for _ in range(data.draw(st.integers(1, 6))):
        gone = data.draw(st.lists(st.sampled_from(sorted(known)), unique=True, max_size=3)) if known else []
        rows = np.array([known.pop(uid) for uid in gone], dtype=np.int64)
        table.remove(rows)
        place = np.array(data.draw(st.lists(st.integers(0, 3), max_size=6)), dtype=np.int16)
        uid = np.array([next(next_uid) for _ in place], dtype=np.uint64)
        rows = table.add(uid, place=place)
        known |= dict(zip(uid.tolist(), rows.tolist(), strict=True))
        again = np.array(sorted(known.values())[:2], dtype=np.int64)
        rows = np.concatenate([rows, again[~np.isin(again, rows)]])
        register.enter(rows, table.place[rows], tidy=data.draw(st.booleans()))
        there = table.uid[register.row] == register.uid
        assert sorted(register.uid[there].tolist()) == sorted(known)
        for cell in range(4):
            here = slice(register.first[cell], register.first[cell + 1])
            assert (np.diff(register.uid[here].astype(np.int64)) > 0).all(), "by identity, each once"
            assert (table.place[register.row[here]][there[here]] == cell).all()
    register.enter(np.empty(0, np.int64), np.empty(0, np.int16), tidy=True)
    assert len(register) == len(known) == register.first[-1]


def test_owners_are_drawn_in_proportion_to_the_root_of_their_savings(make_economy: Factory) -> None:
    economy = make_economy()
    households = economy.households
    weight = np.where(households.alive, np.sqrt(np.maximum(households.cash, 0) / 100.0) + 1.0, 0.0)
    uids = np.arange(1, 60_001, dtype=np.uint64)
    owners = homes.draw_owners(economy, uids, 3)
    assert (owners == homes.draw_owners(economy, uids, 3)).all()
    expected = uids.size * weight / weight.sum()
    chi = ((np.bincount(owners, minlength=households.n_rows) - expected) ** 2 / np.maximum(expected, 1e-9)).sum()
    assert abs(chi - len(households)) < 6 * np.sqrt(2 * len(households))
    assert homes.draw_owners(economy, uids[::-1], 3).tolist() == owners[::-1].tolist()
    assert int(Purpose.OWNERSHIP) == 900


def test_kin_are_other_homes_with_adults(make_economy: Factory) -> None:
    economy = make_economy()
    rows = economy.households.rows()[:200]
    kin = homes.heirs(economy, rows)
    assert not np.isin(kin, rows).any()
    assert (members(economy).describe(kin).adults > 0).all()
    assert np.unique(kin).size > 100
    assert homes.heirs(economy, rows[::-1]).tolist() == kin[::-1].tolist()


@pytest.mark.parametrize("households", [1, 3])
def test_everybody_of_a_home_moves_together(make_economy: Factory, households: int) -> None:
    economy = make_economy()
    economy._open_month()
    alive = economy.households.rows()
    old, new = alive[:households][::-1], alive[10 : 10 + households]
    people = [np.flatnonzero(economy.persons.alive & (economy.persons.household == home)) for home in old]
    homes.move_all(economy, old, new)
    for who, home in zip(people, new, strict=True):
        assert (economy.persons.household[who] == home).all()
    agree(economy)
