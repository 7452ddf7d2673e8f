"""No policy, no difference: zero strength, months outside the run and dials at nothing are the baseline bit for bit."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from policies import FairEmploymentCharter, Policy, ProgressiveProcurement, Skills, Transport
from simulation import Economy
from simulation.levers import Levers

Run = Callable[..., Economy]

ROOT = Path(__file__).parents[2]
ALL = (FairEmploymentCharter, ProgressiveProcurement, Skills, Transport)
#: One in a thousand for twenty months: small, and yet every phase has run many times.
SMALL = {"scale": 1000, "months": 20}
FIRST, LAST, AFTER = "2020-04", "2021-11", "2021-12"

#: Dials at which a policy of full strength asks nothing of anybody.
NOTHING: dict[str, dict[str, float]] = {
    "fair_employment_charter": {"outreach": 0.0},
    "progressive_procurement": {"scope": 0.0, "lot_splitting": 0.0, "bidder_support": 0.0},
    "skills": {
        "classroom_places": 0.0,
        "apprenticeship_places": 0.0,
        "progression_places": 0.0,
        "brokerage_places": 0.0,
        "targeting": 0.0,
        "completion_support": 0.0,
    },
    "transport": {"fare_cut": 0.0, "frequency": 0.0, "reliability": 0.0},
}


@pytest.fixture(scope="module")
def baseline(run: Run) -> Economy:
    return run(**SMALL)


# The baseline -------------------------------------------------------------------------------------------


def test_at_zero_strength_a_policy_is_the_baseline(run: Run, baseline: Economy, kind: type[Policy], start: str) -> None:
    assert run(kind(start=start, strength=0.0), **SMALL).digest() == baseline.digest()


def test_all_policies_together_at_zero_strength_are_the_baseline(run: Run, baseline: Economy, start: str) -> None:
    policies = [kind(start=start, strength=0.0) for kind in ALL]
    assert run(*policies, **SMALL).digest() == baseline.digest()


def test_a_policy_that_starts_after_the_last_month_is_the_baseline(
    run: Run, baseline: Economy, kind: type[Policy]
) -> None:
    assert run(kind(start=AFTER), **SMALL).digest() == baseline.digest()


def test_a_policy_that_ended_before_the_first_month_is_the_baseline(
    run: Run, baseline: Economy, kind: type[Policy]
) -> None:
    assert run(kind(start="2019-01", end="2020-03"), **SMALL).digest() == baseline.digest()


def test_a_policy_that_asks_nothing_changes_nothing(run: Run, baseline: Economy, kind: type[Policy]) -> None:
    """All but the digest, which also holds that a charter without members was on offer at no cost."""
    economy = run(kind(start=FIRST, **NOTHING[kind.model_fields["type"].default]), **SMALL)
    assert economy.indicators.equals(baseline.indicators)
    assert economy.breakdowns.equals(baseline.breakdowns)
    for month in range(SMALL["months"]):
        assert np.array_equal(economy.ledger.tensor(month), baseline.ledger.tensor(month))
    for name in ("persons", "households", "organisations", "contracts"):
        mine, theirs = getattr(economy, name).snapshot(), getattr(baseline, name).snapshot()
        assert all(np.array_equal(mine[column], theirs[column]) for column in theirs)


def test_at_full_strength_a_policy_changes_the_run(run: Run, baseline: Economy, kind: type[Policy], start: str) -> None:
    """The check that the tests above could fail."""
    assert run(kind(start=start), **SMALL).digest() != baseline.digest()


@pytest.mark.parametrize(("first", "last"), [(LAST, None), ("2019-01", FIRST)], ids=["last month", "first month"])
def test_a_single_month_counts(run: Run, baseline: Economy, kind: type[Policy], first: str, last: str | None) -> None:
    """A policy acts in its first month and in its last, at either edge of the run."""
    assert run(kind(start=first, end=last), **SMALL).digest() != baseline.digest()


def test_until_it_starts_a_policy_leaves_no_trace(run: Run, baseline: Economy, kind: type[Policy], start: str) -> None:
    indicators = run(kind(start=start), **SMALL).indicators
    before = indicators.index < start
    assert before.sum() == 3
    assert indicators[before].equals(baseline.indicators[before])
    assert not indicators[~before].equals(baseline.indicators[~before])


def test_after_it_ends_a_policy_holds_no_lever_and_costs_nothing(
    run: Run, baseline: Economy, kind: type[Policy], start: str
) -> None:
    economy = run(kind(start=start, end="2021-06"), **SMALL)
    state, rest = economy.levers.state(), Levers().state()
    assert all(np.array_equal(state[name], rest[name]) for name in rest)
    assert np.array_equal(economy.travel_costs.generalised, baseline.travel_costs.generalised)
    paid = economy.ledger.headings
    assert [month for month in range(20) if paid[month]] == list(range(3, 15))


# The same run, however it is written ------------------------------------------------------------------------


def test_the_order_of_policies_does_not_matter(run: Run, start: str) -> None:
    """Each of the four moves levers of its own, so any order gives the same bits."""
    policies = [kind(start=start) for kind in ALL]
    orders = (policies, policies[::-1], policies[2:] + policies[:2])
    assert len({run(*order, **SMALL).digest() for order in orders}) == 1


def test_levers_of_several_policies_of_one_type_add_up_in_any_order(kind: type[Policy], run: Run) -> None:
    """Up to the rounding of sums: levers are real numbers, and a sum of three depends on its order in the last bit."""
    economy = run(**SMALL)
    states = []
    for strengths in itertools.permutations((0.15, 0.33, 0.77)):
        levers = Levers()
        for strength in strengths:
            kind(strength=strength).move(levers, economy)
        state = levers.state()
        state |= vars(state.pop("travel"))
        state.pop("new_stations")
        states.append(np.concatenate([np.atleast_1d(value) for value in state.values()]))
    assert np.allclose(states, states[0], rtol=1e-12, atol=0.0)
    assert not np.allclose(states[0], 0.0)


@pytest.mark.slow
def test_a_policy_may_be_cut_into_periods(run: Run, kind: type[Policy], start: str) -> None:
    """The same type may come twice: two policies that follow each other are one that lasts as long as both."""
    whole = run(kind(start=start), **SMALL)
    parts = run(kind(start=start, end="2020-12"), kind(start="2021-01"), **SMALL)
    assert parts.digest() == whole.digest()


PROGRAM = """
from policies import FairEmploymentCharter, ProgressiveProcurement, Skills, Transport
from simulation import Economy
policies = [kind(start="2020-05") for kind in (FairEmploymentCharter, ProgressiveProcurement, Skills, Transport)]
print(Economy(scale=1000, seed=5, months=6, policies=policies).run().digest())
"""


@pytest.mark.slow
def test_with_policies_neither_hash_seed_nor_process_nor_earlier_runs_matter(run: Run) -> None:
    """Here after many other runs, there in fresh processes."""
    digests = {run(*(kind(start="2020-05") for kind in ALL), scale=1000, seed=5, months=6).digest()}
    for seed in ("0", "4242"):
        env = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)}
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM], capture_output=True, text=True, env=env, cwd=ROOT, check=True
        )
        digests.add(done.stdout.strip())
    assert len(digests) == 1


# Common random numbers ----------------------------------------------------------------------------------


@pytest.mark.slow
def test_pairing_by_seed_cuts_the_variance_of_an_effect(run: Run, start: str) -> None:
    """A mild policy at one in five hundred: paired differences vary far less than differences between seeds."""
    seeds = range(1, 7)
    rates = {
        name: np.array(
            [run(*policies, seed=seed, months=12).indicators["employment_rate"].iloc[-3:].mean() for seed in seeds]
        )
        for name, policies in {"with": (Skills(start=start),), "without": ()}.items()
    }
    paired = np.var(rates["with"] - rates["without"], ddof=1)
    unpaired = np.var(rates["with"], ddof=1) + np.var(rates["without"], ddof=1)
    assert 0.0 < paired < 0.5 * unpaired
