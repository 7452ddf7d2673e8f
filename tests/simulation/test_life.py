"""People age, study, fall ill, retire, die, are born, pair, part and move; nobody is lost and no money either."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.person_fields import INACTIVE, WORKING_AGE_MONTHS, Status
from simulation import hazards, life, migration
from simulation import households as homes
from simulation.accounts import Book, Flow
from simulation.economy import Economy
from simulation.events import possible
from simulation.hazards import Event

Factory = Callable[..., Economy]


def uids(economy: Economy) -> np.ndarray:
    return economy.persons.uid[economy.persons.rows()]


def members_of(economy: Economy) -> tuple[np.ndarray, np.ndarray]:
    """Adults and children by household row, counted anew."""
    persons, n = economy.persons, economy.households.n_rows
    adult = persons.age_months >= 192
    count = [np.bincount(persons.household[persons.alive & who], minlength=n) for who in (adult, ~adult)]
    return count[0], count[1]


def next_month(economy: Economy) -> None:
    economy.month += 1
    life.grow_older(economy)


def household_money(economy: Economy) -> int:
    return int(economy.ledger.balance(Book.HOUSEHOLDS))


@given(st.floats(0, 0.99))
def test_twelve_monthly_chances_make_the_yearly_one(annual: float) -> None:
    assert 1.0 - (1.0 - float(hazards.monthly(annual))) ** 12 == pytest.approx(annual, abs=1e-12)


# One thing at a time ----------------------------------------------------------------------------------


def test_everybody_grows_a_month_older_in_a_month(make_economy: Factory) -> None:
    economy = make_economy()
    persons = economy.persons
    before = dict(zip(uids(economy).tolist(), persons.age_months[persons.rows()].tolist(), strict=True))
    economy.step()
    after = dict(zip(uids(economy).tolist(), persons.age_months[persons.rows()].tolist(), strict=True))
    stayed = before.keys() & after.keys()
    assert len(stayed) > 0.95 * len(before)
    assert all(after[uid] == before[uid] + 1 for uid in stayed)


def test_deaths_are_counted_and_their_money_stays(economy: Economy) -> None:
    economy.persons.age_months[economy.persons.age_months >= 70 * 12] = 94 * 12
    before, money = uids(economy), household_money(economy)
    life.die(economy, possible(economy)[Event.DEATH])
    gone = np.setdiff1d(before, uids(economy))
    assert gone.size == before.size - len(economy.persons) == economy.counts["deaths"] > 0
    assert household_money(economy) == money
    economy.ledger.close_month()
    assert economy.ledger.paid(Flow.INHERITANCE) > 0


def test_the_old_die_more_often_than_the_young(economy: Economy) -> None:
    persons = economy.persons
    rows = np.flatnonzero(persons.age_months >= 35 * 12)
    ages = dict(zip(persons.uid[rows].tolist(), persons.age_months[rows].tolist(), strict=True))
    for _ in range(24):
        life.die(economy, possible(economy)[Event.DEATH])
        next_month(economy)
    dead = ages.keys() - set(uids(economy).tolist())
    assert len(dead) > 20
    assert np.mean([ages[uid] for uid in dead]) > np.mean(list(ages.values())) + 10 * 12
    children = persons.alive & (persons.age_months < 35 * 12)
    assert np.isin(persons.household[children], economy.households.rows()).all(), "orphans live with kin"


def test_births_are_counted_and_children_live_with_their_mothers(economy: Economy) -> None:
    persons = economy.persons
    for _ in range(4):
        before, counted = uids(economy), economy.counts["births"]
        women = np.flatnonzero(persons.alive & (persons.sex == 1))
        # A child's identity is a function of its mother's, and so tells whose child it is.
        derived = economy.draws.derive_ids(life.BIRTH, economy.month, persons.uid[women]).tolist()
        mother_of = dict(zip(derived, women.tolist(), strict=True))
        life.give_birth(economy, possible(economy)[Event.BIRTH])
        born = persons.rows()[~np.isin(persons.uid[persons.rows()], before)]
        assert born.size == len(persons) - before.size == economy.counts["births"] - counted > 0
        assert (persons.age_months[born] == 0).all()
        assert (persons.status[born] == Status.CHILD).all()
        mothers = np.array([mother_of[uid] for uid in persons.uid[born].tolist()])
        assert (persons.household[born] == persons.household[mothers]).all()
        assert (persons.ethnicity[born] == persons.ethnicity[mothers]).all()
        assert ((persons.age_months[mothers] >= 240) & (persons.age_months[mothers] < 504)).all()
        next_month(economy)


def test_orphans_move_to_kin_and_their_home_is_closed(economy: Economy) -> None:
    persons = economy.persons
    adults, children = members_of(economy)
    home = int(np.flatnonzero((adults == 1) & (children > 0))[0])
    here = np.flatnonzero(persons.alive & (persons.household == home))
    orphans, money = here[persons.age_months[here] < 192], household_money(economy)
    homes.bury(economy, here[persons.age_months[here] >= 192])
    adults, _ = members_of(economy)
    assert persons.alive[orphans].all()
    assert (persons.household[orphans] != home).all()
    assert (adults[persons.household[orphans]] > 0).all()
    assert not economy.households.alive[home]
    assert household_money(economy) == money


def test_who_moves_in_with_another_brings_money_car_and_business(economy: Economy) -> None:
    persons, households, orgs = economy.persons, economy.households, economy.organisations
    owners = np.unique(orgs.owner[orgs.alive & (orgs.owner >= 0)])
    owner = int(owners[(households.car[owners] == 1) & (households.cash[owners] > 0)][0])
    host = int(np.flatnonzero(households.alive & (households.car == 0) & (households.cash > 0))[0])
    firms = np.flatnonzero(orgs.alive & (orgs.owner == owner))
    together = households.cash[owner] + households.cash[host]
    family = np.flatnonzero(persons.alive & (persons.household == owner))
    homes.join(economy, family[:1], np.flatnonzero(persons.alive & (persons.household == host))[:1])
    assert (persons.household[family] == host).all()
    assert (households.cash[host], households.car[host]) == (together, 1)
    assert (orgs.owner[firms] == host).all()
    assert not households.alive[owner]


def test_at_sixteen_school_ends_for_some_and_goes_on_for_most(economy: Economy) -> None:
    persons = economy.persons
    low = WORKING_AGE_MONTHS[0]
    young = np.flatnonzero(persons.alive & (persons.status == Status.CHILD) & (persons.age_months >= 10 * 12))
    persons.age_months[young] = low
    life.come_of_age(economy)
    assert np.isin(persons.status[young], (Status.UNEMPLOYED, *INACTIVE)).all()
    studying = persons.study_months[young] > 0
    assert 0.7 < studying.mean() < 1.0
    assert (persons.study_goal[young[studying]] >= 1).all()
    assert persons.qualification[young].max() <= 2
    assert (persons.status[young[~studying]] != Status.STUDENT).all()


def test_at_sixty_five_people_leave_their_jobs_and_courses(economy: Economy) -> None:
    persons = economy.persons
    high = WORKING_AGE_MONTHS[1]
    old = np.flatnonzero(persons.alive & (persons.age_months >= 60 * 12) & (persons.employer >= 0))
    heads = economy.organisations.headcount.sum()
    persons.age_months[old] = high
    persons.course_kind[old], persons.course_months[old] = 1, 5
    life.come_of_age(economy)
    assert (persons.status[old] == Status.PENSIONER).all()
    assert (persons.employer[old] == -1).all()
    assert (persons.wage[old] == 0).all()
    assert (persons.course_kind[old] == 0).all()
    assert heads - economy.organisations.headcount.sum() == old.size


def test_those_who_finish_take_their_qualification_and_most_graduates_leave(economy: Economy) -> None:
    persons = economy.persons
    rows = np.flatnonzero(persons.alive & (persons.study_months > 0))
    graduates = rows[persons.study_goal[rows] == 4]
    goal = dict(zip(persons.uid[rows].tolist(), persons.study_goal[rows].tolist(), strict=True))
    persons.study_months[rows] = 1
    leaving = set(persons.uid[graduates].tolist())
    life.study(economy)
    rest = persons.rows()[np.isin(persons.uid[persons.rows()], list(goal))]
    assert (persons.study_months[rest] == 0).all()
    assert (persons.qualification[rest] >= [goal[uid] for uid in persons.uid[rest].tolist()]).all()
    assert (persons.status[rest] != Status.STUDENT).all()
    share = 1.0 - np.isin(list(leaving), persons.uid[rest]).mean()
    assert share == pytest.approx(economy.assumptions["graduate_leaving_share"], abs=0.12)
    assert economy.counts["graduates_leaving"] == round(share * len(leaving))
    others = goal.keys() - leaving
    assert others <= set(persons.uid[rest].tolist()), "those who end school do not leave for it"


def test_early_retirement_is_for_those_of_fifty_five_and_over(economy: Economy) -> None:
    persons = economy.persons
    before = persons.status.copy()
    for _ in range(12):
        life.retire(economy, possible(economy)[Event.RETIRE])
        next_month(economy)
    new = (persons.status == Status.RETIRED) & (before != Status.RETIRED)
    assert new.sum() > 3
    assert (persons.age_months[new] >= 55 * 12).all()
    assert (persons.employer[new] == -1).all()
    kept = np.isin(before, (Status.LONG_TERM_SICK, Status.CARER))
    assert (persons.status[kept] == before[kept]).all(), "the sick and carers keep their main reason"


def test_homes_form_and_part_without_losing_anybody_or_any_money(economy: Economy) -> None:
    before, money = uids(economy), household_money(economy)
    moved = economy.persons.household.copy()
    for _ in range(12):
        homes.form_and_part(economy, possible(economy))
        next_month(economy)
    assert (np.sort(uids(economy)) == np.sort(before)).all()
    assert (economy.persons.household != moved).sum() > 10
    assert household_money(economy) == money
    assert set(economy.ledger.close_month().discrepancy.values()) == {0}
    adults, _ = members_of(economy)
    assert (adults[economy.households.rows()] > 0).all()


def test_migration_takes_and_brings_whole_households_with_their_money(economy: Economy) -> None:
    before, old_homes = uids(economy), economy.households.uid[economy.households.rows()]
    money = household_money(economy)
    for _ in range(6):
        migration.migrate(economy, migration.possible_moves(economy))
        next_month(economy)
    after = uids(economy)
    new_homes = economy.households.uid[economy.households.rows()]
    came, went = np.setdiff1d(after, before), np.setdiff1d(before, after)
    assert came.size > 0
    assert went.size > 0
    assert after.size == before.size + came.size - went.size
    persons = economy.persons
    arrived = persons.rows()[np.isin(persons.uid[persons.rows()], came)]
    assert np.isin(economy.households.uid[persons.household[arrived]], np.setdiff1d(new_homes, old_homes)).all()
    assert (persons.employer[arrived] == -1).all(), "arrivals have yet to find work"
    assert not np.isin(persons.status[arrived], (Status.EMPLOYEE, Status.SELF_EMPLOYED)).any()
    economy.ledger.close_month()
    flows = economy.ledger.flows().loc["MIGRATION"]
    assert household_money(economy) == money + flows["HOUSEHOLDS"]
    assert flows["REST_OF_WORLD"] == -flows["HOUSEHOLDS"] != 0


def test_a_household_is_not_closed_with_money_in_it(economy: Economy) -> None:
    rich = economy.households.rows()[economy.households.cash[economy.households.rows()] > 0][:1]
    with pytest.raises(AssertionError, match="money in its account"):
        homes.dissolve(economy, rich)


# A month, and years -------------------------------------------------------------------------------------


def test_people_who_come_and_go_explain_the_change_of_the_population(make_economy: Factory) -> None:
    """Births, deaths, arrivals and departures, each seen where it happens, add up to the change."""
    economy = make_economy()
    for _ in range(6):
        economy._open_month()
        life.grow_older(economy)
        moves = migration.possible_moves(economy)
        population = len(economy.persons)
        life.come_of_age(economy)
        assert len(economy.persons) == population
        before = uids(economy)
        life.study(economy)
        left = np.setdiff1d(before, uids(economy)).size
        assert left == economy.counts["graduates_leaving"]
        chances = possible(economy)
        life.change_health(economy, chances[Event.HEALTH])
        life.change_caring(economy, chances[Event.CARE])
        life.retire(economy, chances[Event.RETIRE])
        assert len(economy.persons) == population - left
        life.die(economy, chances[Event.DEATH])
        life.give_birth(economy, chances[Event.BIRTH])
        natural = economy.counts["births"] - economy.counts["deaths"]
        assert len(economy.persons) == population - left + natural
        before = uids(economy)
        homes.form_and_part(economy, chances)
        migration.migrate(economy, moves)
        after = uids(economy)
        came, went = np.setdiff1d(after, before).size, np.setdiff1d(before, after).size
        assert len(economy.persons) == population - left + natural + came - went
        assert np.unique(after).size == after.size
        assert set(economy.ledger.close_month().discrepancy.values()) == {0}
        economy.month += 1


def test_the_population_stays_near_where_it_began(two_years: Economy) -> None:
    indicators = two_years.indicators
    for name in ("population", "working_age_population", "households"):
        assert indicators[name].iloc[-1] == pytest.approx(indicators[name].iloc[0], rel=0.06), name
    assert indicators["limiting_health_share"].iloc[-1] == pytest.approx(
        indicators["limiting_health_share"].iloc[0], abs=0.05
    )


def test_blank_rows_keep_no_graduate_from_leaving(make_economy: Any) -> None:
    def leaving(blank: bool) -> bool:
        economy = make_economy(scale=500, assumptions={"graduate_leaving_share": 1.0}, force=True)
        economy._open_month()
        persons, households = economy.persons, economy.households
        last = households.n_rows - 1
        members = np.flatnonzero(persons.alive & (persons.household == last))
        graduate = members[(persons.age_months[members] >= 192)][:1]
        persons.study_months[:] = 0
        persons.study_months[graduate], persons.study_goal[graduate] = 1, 4
        persons.household[members[persons.status[members] == Status.CHILD]] = 0
        uid = int(persons.uid[graduate[0]])
        if blank:
            persons.remove(persons.add(np.array([77], dtype=np.uint64), household=0))
        life.study(economy)
        return uid not in persons.uid[persons.alive]

    assert leaving(False)
    assert leaving(True), "a blank row of the table counts as a child of the last household"
