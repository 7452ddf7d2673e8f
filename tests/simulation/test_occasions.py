"""Occasions of the month are those that every person's own draw and hazard give."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from agents.organisation_fields import Kind
from agents.pay import offered_wage
from agents.person import separation_hazard
from agents.person_fields import WORKING_AGE_MONTHS, Status
from simulation.economy import Economy
from simulation.occasions import LEAVE, LOOK, OCCASION, THINK, find_occasions
from simulation.randomness import block
from simulation.skills import BROKERAGE

Factory = Callable[..., Economy]


@pytest.fixture(scope="module")
def economy(make_economy: Factory) -> Economy:
    """An economy of one in five hundred after three months, with some pay far below the market's. Read only."""
    made = make_economy(scale=500, seed=5).run(3)
    staff = np.flatnonzero(made.persons.status == Status.EMPLOYEE)
    made.persons.wage[staff[::7]] //= 6
    return made


def draws(economy: Economy, word: int) -> np.ndarray:
    """One of the words drawn for each person this month, as a share of all words."""
    seed, month = economy.draws.seed, economy.month
    return np.array([int(block(seed, OCCASION, month, uid, 0)[word]) for uid in economy.persons.uid]) / 2.0**32


@pytest.mark.parametrize("months", range(12))
def test_those_leave_whose_draw_is_below_their_hazard(economy: Economy, months: int) -> None:
    economy.month = 3 + months
    persons, orgs, a = economy.persons, economy.organisations, economy.assumptions
    premium = economy.structure.premium[orgs.industry[persons.employer]]
    draw = draws(economy, LEAVE)
    expected = []
    for row in np.flatnonzero(persons.status == Status.EMPLOYEE).tolist():
        market = offered_wage(
            int(persons.job_level[row]), float(premium[row]), float(persons.ability[row]),
            float(persons.experience[row]), economy.pay_base, economy.experience_return,
        )  # fmt: skip
        hazard = separation_hazard(
            a["separation_base_rate"], float(persons.tenure[row]), int(persons.secure[row]),
            float(np.log(max(int(persons.wage[row]), 1) / market)), a["separation_wage_elasticity"],
            a["separation_insecure_factor"],
        )  # fmt: skip
        if draw[row] < hazard:
            expected.append(row)
    assert expected
    assert find_occasions(economy).leavers.tolist() == expected


def test_those_look_around_or_think_again_whose_draw_is_low_enough(economy: Economy) -> None:
    persons, orgs, a = economy.persons, economy.organisations, economy.assumptions
    found = find_occasions(economy)
    staff = persons.status == Status.EMPLOYEE
    looking = staff & (draws(economy, LOOK) < a["on_the_job_search_rate"])
    assert found.movers.tolist() == np.flatnonzero(looking).tolist()
    low, high = WORKING_AGE_MONTHS
    adult = persons.alive & (persons.age_months >= low) & (persons.age_months < high)
    adult &= persons.status != Status.SELF_EMPLOYED
    rate = np.full(persons.n_rows, a["reconsider_rate"])
    for status, of in ((Status.EMPLOYEE, "employees"), (Status.UNEMPLOYED, "unemployed"), (Status.RETIRED, "retired")):
        rate[persons.status == status] = a[f"reconsider_rate_{of}"]
    rate = np.where(persons.course_kind == BROKERAGE, np.maximum(rate, a["brokerage_review_rate"]), rate)
    thinking = adult & (draws(economy, THINK) < rate)
    assert sorted(found.undecided.tolist()) == np.flatnonzero(thinking).tolist()
    over = orgs.headcount + orgs.outside_workers > orgs.target_headcount
    over &= orgs.alive & (orgs.kind != Kind.OUTSIDE)
    assert found.surplus.tolist() == np.flatnonzero(staff & over[persons.employer]).tolist()
