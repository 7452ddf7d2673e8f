"""Explanations are true: they say what the run did, and what they say bound did bind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from agents.person_fields import EMPLOYED, INACTIVE, Status
from simulation.economy import Economy
from simulation.explain import PersonWatcher, explain
from simulation.explain_record import GONE_ELSEWHERE, OTHER_CHOSEN, TAKEN, Constraint, Explanation, row_of
from simulation.explain_who import people_to_explain
from simulation.indicators import working_age_rows
from simulation.scenario import ScenarioError

Factory = Callable[..., Economy]

MONTH = 5


def employers(economy: Economy) -> dict[int, tuple[int, int]]:
    """Uid of the employer, 0 for none, and hourly pay in pence, by uid of person."""
    persons, orgs = economy.persons, economy.organisations
    rows = persons.rows()
    boss = persons.employer[rows]
    uid = np.where(boss >= 0, orgs.uid[np.maximum(boss, 0)], np.uint64(0))
    pay = persons.wage[rows].tolist()
    return dict(zip(persons.uid[rows].tolist(), zip(uid.tolist(), pay, strict=True), strict=True))


@pytest.fixture(scope="module")
def run(make_economy: Factory) -> tuple[Economy, dict[int, tuple[int, int]], dict[int, tuple[int, int]]]:
    """A run of eight months, and who worked where before and after one of them."""
    economy = make_economy(scale=500, months=8).run(MONTH)
    before = employers(economy)
    after = employers(economy.run(1))
    return economy.run(2), before, after


@pytest.fixture(scope="module")
def found(run: Any) -> list[Explanation]:
    """That month of everybody of working age who was not in work all through it, and of some who were."""
    economy, before, after = run
    rows = working_age_rows(economy)
    uids = [int(u) for u in economy.persons.uid[rows] if int(u) in before]
    works = {u for u in uids if before[u][0] and after[u][0] == before[u][0]}
    chosen = [u for u in uids if u not in works] + sorted(works)[:300]
    return explain(economy, chosen, MONTH)


# What happened --------------------------------------------------------------------------------------------


def test_the_outcome_is_that_of_the_run(run: Any, found: list[Explanation]) -> None:
    _, before, after = run
    hired = [each for each in found if each.taken is not None]
    assert len(hired) > 15
    for each in hired:
        assert each.constraint is None
        assert each.taken is not None
        employer, pay = after[each.person]
        if employer:  # else it closed at once
            assert (int(each.taken["employer"]), round(each.taken["pay"] * 100)) == (employer, pay)
    for each in found:
        employer, _ = after[each.person]
        assert each.after is not None
        assert (each.after.employer or 0) == employer
        if each.taken is None and each.after.status != Status.SELF_EMPLOYED:
            assert employer in (0, before[each.person][0])


def test_whoever_found_no_work_is_told_why(found: list[Explanation]) -> None:
    for each in found:
        assert each.market is not None
        out = each.market.status in INACTIVE or (each.looked and each.taken is None)
        assert (each.constraint is not None) == out, each.sentence
        assert each.looked or each.market.status != Status.UNEMPLOYED
    seen = {each.constraint for each in found}
    assert seen >= {Constraint.COMPETITION, Constraint.QUALIFICATION, Constraint.REACH, Constraint.HEALTH}
    assert seen >= {Constraint.CARING, Constraint.STUDY, Constraint.TASTE, Constraint.HABIT, None}


def test_whom_employers_chose_instead_got_the_job(run: Any, found: list[Explanation]) -> None:
    _, _, after = run
    lost = [offer for each in found for offer in each.offers.to_dict("records") if offer["outcome"] == OTHER_CHOSEN]
    assert len(lost) > 40
    for offer in lost:
        assert after[offer["winner"]][0] in (offer["employer"], 0)
        assert 1 < offer["rank"] <= offer["applicants"] or offer["rank"] == 1 < offer["applicants"]


def test_the_first_in_an_employers_liking_gets_the_job_unless_gone(found: list[Explanation]) -> None:
    for each in found:
        for offer in each.offers.to_dict("records"):
            if offer["rank"] == 1:
                assert offer["outcome"] in (TAKEN, GONE_ELSEWHERE)


def test_the_worth_of_posts_says_what_was_applied_for_and_what_stopped_the_rest(found: list[Explanation]) -> None:
    outcomes = set()
    for each in found:
        for offer in each.offers.to_dict("records"):
            outcomes.add(offer["outcome"])
            if offer["outcome"] == Constraint.QUALIFICATION:
                assert each.market is not None
                assert offer["level"] > each.market.qualification + 1
                continue
            short = offer["least"] - offer["worth"]
            assert (short <= 0.0) == offer["applied"]
            if each.market is not None and each.market.status == Status.UNEMPLOYED and not offer["applied"]:
                # Without the way there it would have been worth it, where that is what stopped it.
                assert (offer["outcome"] == Constraint.TRAVEL) <= (short <= offer["travel_cost"])
                assert (offer["outcome"] == Constraint.PAY) <= (short > offer["travel_cost"])
    assert outcomes > {TAKEN, OTHER_CHOSEN, GONE_ELSEWHERE, Constraint.QUALIFICATION}


def test_one_person_at_a_time_is_explained_alike(run: Any, found: list[Explanation]) -> None:
    economy = run[0]
    digest = economy.digest()
    several = next(each for each in found if len(each.offers) > 1)
    alone = economy.explain(several.person, several.month)
    assert alone.offers.equals(several.offers)
    assert str(alone) == several.sentence
    assert economy.digest() == digest


def test_looking_on_changes_nothing(make_economy: Factory) -> None:
    plain, watched = make_economy().run(3), make_economy()
    for _ in range(3):
        watched.watcher = PersonWatcher([int(uid) for uid in watched.persons.uid[working_age_rows(watched)]])
        watched.step()
        assert watched.watcher.searches
    assert watched.digest() == plain.digest()


# What bound -----------------------------------------------------------------------------------------------


def at_once(make_economy: Factory, *, seekers: bool = False, **assumptions: float) -> tuple[Economy, list[Explanation]]:
    """The first month of those out of work, or of the unemployed, under assumptions that do not change the opening."""
    economy = make_economy(scale=500, assumptions=assumptions, force=True)
    persons, rows = economy.persons, working_age_rows(economy)
    chosen = persons.status[rows] == Status.UNEMPLOYED if seekers else persons.employer[rows] < 0
    uids = persons.uid[rows[chosen]].tolist()
    return economy, explain(economy.run(1), uids, 0)


#: Everybody thinks every month about taking part.
EVERYBODY_THINKS = {"reconsider_rate": 1.0, "reconsider_rate_retired": 1.0}


@pytest.fixture(scope="module")
def asked(make_economy: Factory) -> tuple[Economy, list[Explanation]]:
    """The first month where everybody thinks about taking part."""
    return at_once(make_economy, **EVERYBODY_THINKS)


def test_whom_reach_bound_sees_vacancies_with_more_in_reach(make_economy: Factory) -> None:
    _, far = at_once(make_economy, seekers=True, search_saturation=2.0)
    _, near = at_once(make_economy, seekers=True, search_saturation=1e-3)
    bound = {each.person for each in far if each.constraint == Constraint.REACH}
    assert len(bound) > 5
    for each in near:
        assert each.constraint != Constraint.REACH
        if each.person in bound:
            assert len(each.offers) > 0


def test_whom_qualification_bound_has_other_troubles_once_employers_ask_for_none(make_economy: Factory) -> None:
    _, strict = at_once(make_economy, seekers=True, hiring_stretch_levels=0.0)
    _, lax = at_once(make_economy, seekers=True, hiring_stretch_levels=4.0)
    bound = {each.person for each in strict if each.constraint == Constraint.QUALIFICATION}
    assert len(bound) > 5
    for each in lax:
        assert each.constraint != Constraint.QUALIFICATION
        if each.person in bound:
            assert (each.offers["outcome"] != Constraint.QUALIFICATION).all()


def test_pay_binds_where_work_is_a_burden(make_economy: Factory) -> None:
    _, hard = at_once(make_economy, seekers=True, effort_cost_per_hour=60.0)
    seekers = [each for each in hard if each.market is not None and each.market.status == Status.UNEMPLOYED]
    weighed = [each for each in seekers if (each.offers["outcome"] != Constraint.QUALIFICATION).any()]
    assert len(weighed) > 20
    assert sum(each.constraint == Constraint.PAY for each in weighed) > 0.9 * len(weighed)


def test_who_would_look_if_asked_does_where_all_are_asked(
    make_economy: Factory, asked: tuple[Economy, list[Explanation]]
) -> None:
    _, usual = at_once(make_economy)
    economy, _ = asked
    idle = [each for each in usual if not each.asked and each.market is not None and each.market.status in INACTIVE]
    assert {each.takes_part for each in idle} == {True, False}
    for each in idle:
        row = row_of(economy.persons, each.person)
        assert row is not None
        active = Status(int(economy.persons.status[row])) in (*EMPLOYED, Status.UNEMPLOYED)
        assert active == each.takes_part, each.sentence


@pytest.mark.parametrize(
    ("constraint", "column", "value"),
    [(Constraint.HEALTH, "health", 0), (Constraint.CARING, "caring", 0), (Constraint.TASTE, "taste", 0.0)],
)
def test_who_would_take_part_but_for_one_thing_does_without_it(
    make_economy: Factory,
    asked: tuple[Economy, list[Explanation]],
    constraint: Constraint,
    column: str,
    value: float,
) -> None:
    bound = [each for each in asked[1] if each.constraint == constraint and each.what_if[constraint]]
    assert len(bound) > 5
    economy = make_economy(scale=500, assumptions=EVERYBODY_THINKS, force=True)
    for each in bound:
        row = row_of(economy.persons, each.person)
        assert row is not None
        getattr(economy.persons, column)[row] = value
    economy.step()
    status = [economy.persons.status[row_of(economy.persons, each.person)] for each in bound]
    # Luck of health is drawn anew for those who had none; a partner's job changes what one's own would cost.
    assert np.isin(status, INACTIVE).mean() < 0.06


# Input ----------------------------------------------------------------------------------------------------


def test_months_that_were_not_run_and_unknown_persons_are_refused(make_economy: Factory) -> None:
    economy = make_economy(months=3)
    person = int(economy.persons.uid[0])
    with pytest.raises(ScenarioError, match=r"before the first month"):
        economy.explain(person, 0)
    economy.run(2)
    for month in ("2020-06", "2020-03", "June", 2, -1):
        with pytest.raises(ScenarioError, match=r"month: .*; allowed is 2020-04 to 2020-05"):
            economy.explain(person, month)
    with pytest.raises(ScenarioError, match=r"person: 7: nobody of this uid .* 2020-04; allowed are those of"):
        economy.explain(7, "2020-04")
    with pytest.raises(ScenarioError, match=r"person: -1: nobody of this uid"):
        economy.explain(-1, 0)


def test_a_run_that_was_changed_by_hand_is_not_explained(make_economy: Factory) -> None:
    economy = make_economy(months=2)
    economy.persons.taste[:] = -9.0
    economy.run()
    with pytest.raises(ScenarioError, match=r"change by hand"):
        economy.explain(int(economy.persons.uid[0]), 0)


def test_people_worth_asking_about_are_what_it_says(run: Any) -> None:
    economy = run[0]
    who = people_to_explain(economy, MONTH)
    assert who["person"].is_unique
    found = explain(economy, who["person"].tolist(), MONTH)
    for each, why in zip(found, who["why"], strict=True):
        assert ("found work" in why or "changed jobs" in why) == (each.taken is not None)
        if "refused" in why:
            assert int(each.offers["applied"].sum()) > 1
        if "not looking" in why:
            assert not each.looked
