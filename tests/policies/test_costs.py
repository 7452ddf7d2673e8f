"""Every pound of a policy is in the ledger, under the policy's own heading, and every month closes."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from policies import FairEmploymentCharter, Policy, ProgressiveProcurement, Skills, Transport
from simulation import Economy
from simulation.accounts import Flow, Sector

Run = Callable[..., Economy]

ALL = (FairEmploymentCharter, ProgressiveProcurement, Skills, Transport)
MONTHS = 24


@pytest.fixture(scope="module")
def together(run: Run, start: str) -> Economy:
    """All four at work for nearly two years."""
    return run(*(kind(start=start) for kind in ALL), months=MONTHS)


def test_headings_account_for_every_penny_of_policy_cost(together: Economy) -> None:
    ledger = together.ledger
    for month in range(MONTHS):
        assert sum(ledger.headings[month].values()) == ledger.paid(Flow.POLICY_COST, month)
        assert ledger.paid(Flow.POLICY_COST, month, Sector.GOVERNMENT) == ledger.paid(Flow.POLICY_COST, month)
        assert set(ledger.headings[month]) <= {kind.heading for kind in ALL}
        assert (ledger.paid(Flow.POLICY_COST, month) > 0) == (month >= 3)
    assert all(ledger.heading_total(kind.heading) > 0 for kind in ALL)


def test_with_all_policies_on_every_month_closes_with_nothing_left_over(
    together: Economy, contradictions: Callable[[Economy], list[str]]
) -> None:
    closures = [closure for closure in together.ledger.closures if closure.month >= 0]
    assert [closure.month for closure in closures] == list(range(MONTHS))
    assert all(not any(closure.discrepancy.values()) for closure in closures)
    for month in range(MONTHS):
        assert (together.ledger.flows(month)["Total"] == 0).all()
    assert (together.indicators["ledger_discrepancy"] == 0).all()
    assert contradictions(together) == []


def test_the_indicator_of_public_cost_is_what_was_paid(together: Economy) -> None:
    paid = [together.ledger.paid(Flow.POLICY_COST, month) for month in range(MONTHS)]
    expected = [pence / 100.0 * together.scale / 1e6 for pence in paid]
    assert together.indicators["public_policy_cost"].tolist() == pytest.approx(expected)


def test_a_policy_alone_is_paid_for_under_its_heading_alone(run: Run, kind: type[Policy], start: str) -> None:
    ledger = run(kind(start=start)).ledger
    assert set().union(*ledger.headings.values()) == {kind.heading}
    assert set(run().ledger.headings[5]) == set()


def test_two_policies_of_a_type_pay_under_one_heading(run: Run, start: str) -> None:
    """Places of two policies add up, and so does their cost."""
    one, other = Skills(start=start, brokerage_places=0.0), Skills(start=start, classroom_places=0.0)
    both, each = run(one, other, months=6), [run(policy, months=6) for policy in (one, other)]
    assert both.ledger.headings[5].keys() == {"skills"}
    assert both.ledger.headings[5]["skills"] == sum(economy.ledger.headings[5]["skills"] for economy in each)
