"""Channels switch off what they say they do, and nothing else; with all of them off the run is the baseline."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from policies import FairEmploymentCharter, Policy, ProgressiveProcurement, Skills, Transport, load_policy
from policies.policy import COST
from simulation import Economy
from simulation.charter import consider_charter, extra_pay
from simulation.labour_market import locked_in
from simulation.levers import Levers
from simulation.scenario import ScenarioError

Run = Callable[..., Economy]

#: Dials with which every channel has something to do.
AT_WORK: dict[type[Policy], dict[str, Any]] = {
    FairEmploymentCharter: {"outreach": 0.2},
    ProgressiveProcurement: {},
    Skills: {},
    Transport: {"cycle_speed": 0.1, "new_stations": ((335_000.0, 390_000.0, "Anfield"),)},
}


def made(kind: type[Policy], start: str, *without: str) -> Policy:
    return kind(start=start, without=without, **AT_WORK[kind])


def test_every_built_in_policy_says_what_its_channels_do(kind: type[Policy]) -> None:
    assert COST in kind.channels
    assert all(text.endswith(".") and len(text) > 20 for text in kind.channels.values())
    assert made(kind, "2020-07").idle_channels() == ()


def test_an_unknown_channel_gets_one_line() -> None:
    with pytest.raises(ScenarioError) as error:
        load_policy({"type": "transport", "without": ["fares"]}, "mine.toml: policies[0]")
    text = str(error.value)
    assert "\n" not in text
    assert text.startswith("mine.toml: policies[0].without: 'fares' is no channel; allowed are channels: fare, ")
    with pytest.raises(ScenarioError, match=r"policies\[0\].without"):
        load_policy({"type": "transport", "without": "fare"}, "mine.toml: policies[0]")


def test_a_scenario_file_switches_channels_off() -> None:
    table = tomllib.loads('type = "skills"\nwithout = ["targeting", "classroom", "targeting"]')
    policy = load_policy(table, "mine.toml: policies[0]")
    assert policy.without == ("classroom", "targeting")
    assert policy == Skills(without=("targeting", "classroom"))


def test_with_all_channels_off_the_run_is_the_baseline_bit_for_bit(run: Run, kind: type[Policy], start: str) -> None:
    nothing = run(made(kind, start, *kind.channels), months=8)
    assert nothing.digest() == run(months=8).digest()


def test_with_all_channels_off_but_the_cost_only_the_money_moves(run: Run, kind: type[Policy], start: str) -> None:
    """Levers stay at rest, and the first month differs from the baseline in what is ordered alone."""
    policy = made(kind, start, *(name for name in kind.channels if name != COST))
    paid, plain = run(policy, months=4), run(months=4)
    levers = Levers()
    policy.move(levers, paid)
    rest = Levers()
    # The scope of tenders bears on weights alone, which are all at zero here.
    assert {k: v for k, v in levers.state().items() if k not in ("procurement_scope", "course_places")} == {
        k: v for k, v in rest.state().items() if k not in ("procurement_scope", "course_places")
    }
    assert not levers.course_places.any()
    assert paid.ledger.headings[3].keys() == {kind.heading}
    for name in ("status", "wage", "employer", "qualification", "course_kind"):
        assert np.array_equal(getattr(paid.persons, name), getattr(plain.persons, name)), name


def test_each_channel_that_is_off_moves_fewer_levers(kind: type[Policy], opening: Economy) -> None:
    def state(policy: Policy) -> str:
        levers = Levers()
        policy.move(levers, opening)
        return repr(levers.state())

    everything = state(made(kind, "2020-07"))
    for name in kind.channels:
        same = state(made(kind, "2020-07", name)) == everything
        assert same == (name == COST), name


# The charter's pledges ----------------------------------------------------------------------------------


@pytest.fixture
def members(make_economy: Run) -> Callable[..., Economy]:
    """An economy in the month in which half of all employers are made members, under a charter without some parts."""

    def join(*without: str) -> Economy:
        economy = make_economy(scale=500, seed=3, assumptions={"charter_uptake_log_odds": 4.0}, force=True)
        economy._open_month()
        FairEmploymentCharter(outreach=0.2, strength=2.0, without=without).move(economy.levers, economy)
        consider_charter(economy)
        return economy

    return join


def test_who_joins_does_not_depend_on_whether_the_pledge_is_kept(members: Callable[..., Economy]) -> None:
    whole = members().organisations.accredited
    assert whole.sum() > 10
    for name in ("pay_floor", "secure_jobs", "promotion"):
        assert np.array_equal(members(name).organisations.accredited, whole)


def test_without_the_pay_floor_members_pay_as_before(members: Callable[..., Economy]) -> None:
    whole, without = members(), members("pay_floor")
    plain = members("pay_floor", "secure_jobs", "promotion")
    assert not plain.organisations.accredited.any()
    assert np.array_equal(without.persons.wage, plain.persons.wage)
    assert (whole.persons.wage > plain.persons.wage).any()
    assert extra_pay(whole).sum() > 0.0
    assert not extra_pay(without).any()
    assert (without.persons.secure > plain.persons.secure).any()


def test_without_security_members_keep_insecure_jobs(members: Callable[..., Economy]) -> None:
    whole, without = members(), members("secure_jobs")
    plain = members("pay_floor", "secure_jobs", "promotion")
    assert np.array_equal(without.persons.secure, plain.persons.secure)
    assert np.array_equal(without.persons.wage, whole.persons.wage)


def test_what_one_charter_leaves_out_another_may_ask_for(opening: Economy) -> None:
    levers = Levers()
    for without in (("pay_floor", "peers"), ("peers", "promotion")):
        FairEmploymentCharter(without=without).move(levers, opening)
    assert levers.charter_waived == 8


# Learners -----------------------------------------------------------------------------------------------


def test_without_lock_in_the_policys_share_of_learners_searches_on(make_economy: Run) -> None:
    economy = make_economy()
    assert locked_in(economy) == 1.0
    for policy, expected in (
        (Skills(), 1.0),
        (Skills(without=("lock_in", "classroom")), 1.0),
        (Skills(without=("lock_in",)), None),
    ):
        economy.levers = Levers()
        policy.move(economy.levers, economy)
        base = economy.assumptions["baseline_places_classroom"]
        share = base / (base + 600.0) if expected is None else expected
        assert locked_in(economy) == pytest.approx(share)
