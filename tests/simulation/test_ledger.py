"""The ledger closes to the penny, and a month that does not close raises and says where."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import simulation.economy
from agents.columns import Field, Table
from simulation.accounts import FLOW_MEANING, Book, Flow, Sector
from simulation.economy import Economy
from simulation.ledger import Ledger
from simulation.pence import LedgerError, to_pence

HOMES, ORGS, STATE, WORLD = Book.HOUSEHOLDS, Book.ORGANISATIONS, Book.GOVERNMENT, Book.REST_OF_WORLD
CASH, SECTOR = Field("cash", np.int64, "pence", "Money"), Field("sector", np.int8, "code", "Sector")


def new_ledger() -> Ledger:
    """Three households with £10 each; a local firm, an external firm and an anchor with £100 each."""
    households, organisations = Table("households", [CASH]), Table("organisations", [CASH, SECTOR])
    households.add(np.arange(1, 4, dtype=np.uint64))
    organisations.add(
        np.arange(4, 7, dtype=np.uint64), sector=np.array([Sector.LOCAL_FIRMS, Sector.EXTERNAL_FIRMS, Sector.ANCHORS])
    )
    ledger = Ledger(households, organisations)
    ledger.endow(HOMES, np.arange(3), np.full(3, 1_000))
    ledger.endow(ORGS, np.arange(3), np.full(3, 10_000))
    return ledger


@pytest.fixture
def ledger() -> Ledger:
    """A ledger with month 0 open."""
    made = new_ledger()
    made.open_month(0)
    return made


# Postings ---------------------------------------------------------------------------------------------


def test_a_payment_leaves_one_account_and_reaches_another(ledger: Ledger) -> None:
    ledger.post(Flow.WAGES, (ORGS, [0, 1]), (HOMES, [2, 2]), [300, 50])
    ledger.post(Flow.INCOME_TAX, (HOMES, [2]), STATE, [70])
    closure = ledger.close_month()
    assert ledger._cash(HOMES).tolist() == [1_000, 1_000, 1_280]
    assert ledger._cash(ORGS).tolist() == [9_700, 9_950, 10_000]
    assert (ledger.balance(STATE), ledger.balance(WORLD)) == (70, -33_000)
    assert closure.payments == 420
    assert set(closure.discrepancy.values()) == {0}
    assert (ledger.paid(Flow.WAGES), ledger.paid(Flow.WAGES, sector=Sector.EXTERNAL_FIRMS)) == (350, 50)
    assert (ledger.received(Flow.WAGES), ledger.received(Flow.WAGES, sector=Sector.LOCAL_FIRMS)) == (350, 0)


def test_the_matrix_of_a_month(ledger: Ledger) -> None:
    ledger.post(Flow.WAGES, (ORGS, [0, 2]), (HOMES, [0, 1]), [300, 50])
    ledger.post(Flow.EXPORTS, WORLD, (ORGS, [1]), [40])
    ledger.close_month()
    flows = ledger.flows()
    assert flows.loc["WAGES"].to_dict() == {
        "HOUSEHOLDS": 350, "LOCAL_FIRMS": -300, "EXTERNAL_FIRMS": 0, "SOCIAL_FIRMS": 0, "ANCHORS": -50,
        "GOVERNMENT": 0, "REST_OF_WORLD": 0, "Total": 0,
    }  # fmt: skip
    assert flows.loc["EXPORTS", "EXTERNAL_FIRMS"] == 40
    assert (flows["Total"] == 0).all()
    assert list(flows.index) == [flow.name for flow in Flow]


def test_one_account_can_be_named_many_times(ledger: Ledger) -> None:
    ledger.post(Flow.CONSUMPTION, (HOMES, [0, 0, 1]), (ORGS, [1]), [1, 2, 3])
    assert ledger._cash(HOMES).tolist() == [997, 997, 1_000]
    assert ledger._cash(ORGS)[1] == 10_006
    ledger.close_month()


def test_a_pool_pays_out_what_was_paid_in(ledger: Ledger) -> None:
    ledger.post_pool(Flow.CONSUMPTION, (HOMES, [0, 1, 2]), [10, 20, 30], (ORGS, [0, 1]), [45, 15])
    ledger.close_month()
    assert ledger._cash(HOMES).tolist() == [990, 980, 970]
    assert ledger._cash(ORGS).tolist() == [10_045, 10_015, 10_000]


def test_payments_of_many_kinds_can_be_posted_in_one_sum(ledger: Ledger) -> None:
    ledger.post_netted(
        HOMES,
        np.array([250, 0, -70]),
        received=[(Flow.WAGES, (ORGS, [0, 1]), [200, 100]), (Flow.CHILD_BENEFIT, STATE, 0)],
        paid=[(Flow.INCOME_TAX, STATE, 50), (Flow.COUNCIL_TAX, (ORGS, [2]), [70])],
    )
    ledger.close_month()
    assert ledger._cash(HOMES).tolist() == [1_250, 1_000, 930]
    assert ledger._cash(ORGS).tolist() == [9_800, 9_900, 10_070]
    assert ledger.paid(Flow.WAGES, sector=Sector.EXTERNAL_FIRMS) == 100
    assert ledger.received(Flow.WAGES, sector=Sector.HOUSEHOLDS) == 300
    assert ledger.paid(Flow.COUNCIL_TAX, sector=Sector.HOUSEHOLDS) == 70
    assert ledger.balance(STATE) == 50


def test_payments_that_are_not_what_accounts_changed_by_are_refused(ledger: Ledger) -> None:
    before = ledger.sector_balances()
    with pytest.raises(LedgerError, match="accounts of households change by 11 pence but payments net 10"):
        ledger.post_netted(HOMES, np.array([11, 0, 0]), received=[(Flow.CHILD_BENEFIT, STATE, 10)])
    with pytest.raises(LedgerError, match="payments of organisations cannot be netted"):
        ledger.post_netted(ORGS, np.zeros(3, np.int64))
    assert (ledger.sector_balances() == before).all()


def test_costs_add_up_under_their_heading(ledger: Ledger) -> None:
    ledger.post(Flow.POLICY_COST, STATE, (ORGS, [0]), [30], heading="skills")
    ledger.post(Flow.POLICY_COST, STATE, WORLD, [12], heading="skills")
    ledger.post(Flow.POLICY_COST, STATE, WORLD, [5], heading="transport")
    ledger.close_month()
    ledger.open_month(1)
    ledger.post(Flow.POLICY_COST, STATE, WORLD, [1], heading="skills")
    assert ledger.headings == {0: {"skills": 42, "transport": 5}, 1: {"skills": 1}}
    assert ledger.heading_total("skills") == 43
    assert ledger.heading_total("skills", first=1) == 1
    assert ledger.heading_total("nothing") == 0


def test_accounts_opened_in_the_month_close_with_it(ledger: Ledger) -> None:
    ledger._tables[HOMES].add(np.arange(50, 200, dtype=np.uint64))
    ledger.post(Flow.MIGRATION, WORLD, (HOMES, [152]), [777])
    ledger.close_month()
    assert ledger._cash(HOMES)[152] == 777


@pytest.mark.parametrize(
    "amount", [[-1], [5, -5], [1.0], [1.5], [float("nan")], [float("inf")], ["1"], [True], [None]], ids=str
)
def test_what_is_no_amount_of_whole_pence_is_refused(ledger: Ledger, amount: list[Any]) -> None:
    before = ledger.sector_balances()
    with pytest.raises(LedgerError, match=r"flow GRANT: (an amount is negative|amounts must be whole pence)"):
        ledger.post(Flow.GRANT, STATE, (ORGS, [0]), amount)
    with pytest.raises(LedgerError, match="flow GRANT"):
        ledger.post_pool(Flow.GRANT, STATE, [5], (ORGS, [0]), amount)
    assert (ledger.sector_balances() == before).all()


def test_a_pool_that_does_not_balance_is_refused(ledger: Ledger) -> None:
    before = ledger.sector_balances()
    with pytest.raises(LedgerError, match="flow INVESTMENT: 10 pence paid but 9 received"):
        ledger.post_pool(Flow.INVESTMENT, (ORGS, [0]), [10], (ORGS, [1, 2]), [4, 5])
    assert (ledger.sector_balances() == before).all()


@pytest.mark.parametrize("account", [(HOMES, [3]), (ORGS, [-1]), (HOMES, [0, 99])], ids=str)
def test_accounts_that_do_not_exist_are_refused(ledger: Ledger, account: Any) -> None:
    with pytest.raises(LedgerError, match=r"flow RENT: an account of (households|organisations) does not exist"):
        ledger.post(Flow.RENT, account, WORLD, [1])


def test_books_of_many_accounts_need_rows(ledger: Ledger) -> None:
    with pytest.raises(LedgerError, match="postings to households need rows"):
        ledger.post(Flow.RENT, HOMES, WORLD, [1])


def test_months_open_and_close_in_turn(ledger: Ledger) -> None:
    with pytest.raises(LedgerError, match="month 0 is still open"):
        ledger.open_month(1)
    with pytest.raises(LedgerError, match="before the first month"):
        ledger.endow(HOMES, np.arange(1), np.ones(1, np.int64))
    with pytest.raises(LedgerError, match="no month has been closed yet"):
        ledger.flows()
    ledger.close_month()
    with pytest.raises(LedgerError, match="no month is open"):
        ledger.close_month()
    with pytest.raises(LedgerError, match="flow RENT: no month is open"):
        ledger.post(Flow.RENT, (HOMES, [0]), WORLD, [1])


def test_pounds_become_whole_pence_half_to_even() -> None:
    assert to_pence([1.0, 0.125, 0.135, 0.015, -2.5, 0.0]).tolist() == [100, 12, 14, 2, -250, 0]
    assert to_pence(3).dtype == np.int64
    for bad in (float("nan"), float("inf")):
        with pytest.raises(LedgerError, match="not a finite number"):
            to_pence([1.0, bad])


def test_every_flow_is_explained() -> None:
    assert set(FLOW_MEANING) == set(Flow)


# Splitting --------------------------------------------------------------------------------------------


@given(st.integers(0, 10**13), st.lists(st.floats(0, 1e9, allow_subnormal=False), min_size=1, max_size=30))
def test_a_split_is_complete_and_fair(total: int, weights: list[float]) -> None:
    parts = Ledger.allocate(total, np.array(weights))
    if sum(weights) == 0:
        assert parts.tolist() == [0] * len(weights)
        return
    assert parts.sum() == total
    exact = total * (np.array(weights) / sum(weights))
    assert (parts >= 0).all()
    assert (np.abs(parts - exact) <= 1.0 + 1e-12 * total).all()
    assert (parts[np.array(weights) == 0] == 0).all()


def test_what_is_left_over_goes_to_the_largest_remainders() -> None:
    assert Ledger.allocate(10, np.array([1.0, 1.0, 1.0])).tolist() == [4, 3, 3]
    assert Ledger.allocate(100, np.array([0.335, 0.0, 0.665])).tolist() == [34, 0, 66]
    assert Ledger.allocate(7, np.array([26.0, 25.0, 49.0])).tolist() == [2, 2, 3]


@given(st.integers(0, 10**15), st.lists(st.sampled_from([0.0, 0.1, 1.0, 1.0, 3.5, 1e6]), min_size=1, max_size=40))
def test_spare_pennies_go_in_the_order_of_remainders(total: int, weights: list[float]) -> None:
    """Against a plain form that sorts."""
    whole = sum(weights)
    if whole == 0:
        return
    exact = [total * (weight / whole) for weight in weights]
    expected = [int(np.floor(x)) for x in exact]
    left = total - sum(expected)
    order = [i for i in sorted(range(len(weights)), key=lambda i: expected[i] - exact[i]) if weights[i] > 0]
    for k in range(left):
        expected[order[k % len(order)]] += 1
    if left >= 0:
        assert Ledger.allocate(total, np.array(weights)).tolist() == expected


# Any month closes, and any corruption is found ----------------------------------------------------------

ACCOUNTS = [(HOMES, 0), (HOMES, 1), (HOMES, 2), (ORGS, 0), (ORGS, 1), (ORGS, 2), (STATE, 0), (WORLD, 0)]
PAYMENTS = st.lists(
    st.tuples(st.sampled_from(Flow), st.sampled_from(ACCOUNTS), st.sampled_from(ACCOUNTS), st.integers(0, 10**9)),
    max_size=25,
)


def reference(account: tuple[Book, int]) -> Any:
    return (account[0], [account[1]]) if account[0] in (HOMES, ORGS) else account[0]


def pay(ledger: Ledger, payments: list[Any]) -> None:
    for flow, payer, payee, pence in payments:
        ledger.post(flow, reference(payer), reference(payee), [pence])


@given(PAYMENTS, PAYMENTS)
def test_any_month_closes_and_money_is_conserved(first: list[Any], second: list[Any]) -> None:
    ledger = new_ledger()
    for month, payments in enumerate((first, second)):
        opening = ledger.sector_balances()
        expected = {account: int(ledger._cash(account[0])[account[1]]) for account in ACCOUNTS}
        ledger.open_month(month)
        pay(ledger, payments)
        for _, payer, payee, pence in payments:
            expected[payer] -= pence
            expected[payee] += pence
        assert set(ledger.close_month().discrepancy.values()) == {0}
        assert {account: int(ledger._cash(account[0])[account[1]]) for account in ACCOUNTS} == expected
        assert ledger.sector_balances().sum() == 0
        flows = ledger.flows(month)
        assert (flows["Total"] == 0).all()
        assert (flows.drop(columns="Total").sum().to_numpy() == ledger.sector_balances() - opening).all()


@given(PAYMENTS, st.sampled_from(ACCOUNTS), st.integers(-(10**6), 10**6).filter(bool))
def test_an_account_that_was_tampered_with_is_named(payments: list[Any], account: tuple[Book, int], pence: int) -> None:
    ledger = new_ledger()
    ledger.open_month(3)
    pay(ledger, payments)
    ledger._cash(account[0])[account[1]] += pence
    message = rf"month 3: account {account[1]} of {account[0].value} is off by \{pence:+d} pence; its last flow was "
    with pytest.raises(LedgerError, match=message):
        ledger.close_month()


@given(PAYMENTS, st.sampled_from(Flow), st.sampled_from(Sector), st.integers(1, 10**6))
def test_a_corrupted_posting_is_named_by_its_flow(payments: list[Any], flow: Flow, sector: Sector, pence: int) -> None:
    ledger = new_ledger()
    ledger.open_month(3)
    pay(ledger, payments)
    ledger._debits[flow, sector] += pence
    with pytest.raises(LedgerError, match=rf"month 3: flow {flow.name} does not close: .* is -{pence} pence"):
        ledger.close_month()


def test_an_account_that_changed_sector_is_found(ledger: Ledger) -> None:
    ledger.post(Flow.WAGES, (ORGS, [0]), (HOMES, [0]), [30])
    ledger._tables[ORGS].sector[0] = Sector.SOCIAL_FIRMS
    with pytest.raises(LedgerError, match=r"sector LOCAL_FIRMS is off by -9970 pence; its largest flow was WAGES"):
        ledger.close_month()


def test_an_account_closed_with_money_in_it_is_found(ledger: Ledger) -> None:
    ledger._tables[HOMES].remove(np.array([1]))
    with pytest.raises(LedgerError, match="account 1 of households is off by -1000 pence"):
        ledger.close_month()


# The economy's ledger -----------------------------------------------------------------------------------


def test_every_month_of_two_years_closes_with_nothing_left_over(two_years: Economy) -> None:
    ledger = two_years.ledger
    assert [closure.month for closure in ledger.closures] == list(range(-12, 24))
    for closure in ledger.closures:
        assert closure.discrepancy == dict.fromkeys(Sector, 0)
        assert closure.payments > 0
        debits, credits = ledger.tensor(closure.month)
        assert (debits.sum(axis=1) == credits.sum(axis=1)).all()
        assert (ledger.flows(closure.month)["Total"] == 0).all()
    assert ledger.sector_balances().sum() == 0


def test_balances_move_by_the_flows_alone(make_economy: Callable[..., Economy]) -> None:
    economy = make_economy()
    for _ in range(3):
        before = economy.ledger.sector_balances()
        economy.step()
        moved = economy.ledger.sector_balances() - before
        flows = economy.ledger.flows()
        assert (flows.drop(columns="Total").sum().to_numpy() == moved).all()
        assert moved.any()


def test_every_kind_of_payment_that_does_not_need_a_policy_occurs(two_years: Economy) -> None:
    """A flow that is declared and never posted would be a hole in the accounts."""
    ledger = two_years.ledger
    paid = {flow for flow in Flow if sum(ledger.paid(flow, month=month) for month in range(24))}
    policy = {Flow.POLICY_COST, Flow.POLICY_CHARGE, Flow.PROCUREMENT_PREMIUM}
    # Whether a firm closes in debt within two years is luck.
    assert set(Flow) - policy - {Flow.DEBT_WRITE_OFF} - paid == set()
    assert paid & policy == set(), "without policies nothing is paid for them"


def tampered(make_economy: Callable[..., Economy], monkeypatch: pytest.MonkeyPatch, corrupt: Any) -> Economy:
    """An economy whose next month is corrupted just before it closes."""
    economy = make_economy()
    share_profit = simulation.economy.share_profit

    def and_corrupt(economy: Economy) -> None:
        share_profit(economy)
        corrupt(economy)

    monkeypatch.setattr(simulation.economy, "share_profit", and_corrupt)
    return economy


def lose_a_penny_of_rent(economy: Economy) -> None:
    economy.ledger._debits[Flow.RENT, Sector.HOUSEHOLDS] -= 1


def find_a_penny(economy: Economy) -> None:
    economy.households.cash[0] += 1


def take_over_a_firm(economy: Economy) -> None:
    orgs = economy.organisations
    orgs.sector[np.flatnonzero((orgs.sector == Sector.LOCAL_FIRMS) & (orgs.cash > 0))[0]] = Sector.EXTERNAL_FIRMS


@pytest.mark.parametrize(
    ("corrupt", "message"),
    [
        (lose_a_penny_of_rent, r"month 0: flow RENT does not close: received less paid is \+1 pence"),
        (find_a_penny, r"month 0: account 0 of households is off by \+1 pence; its last flow was [A-Z_]+"),
        (take_over_a_firm, r"month 0: sector LOCAL_FIRMS is off by -\d+ pence; its largest flow was [A-Z_]+"),
    ],
)
def test_one_corrupted_posting_stops_the_run(
    make_economy: Callable[..., Economy], monkeypatch: pytest.MonkeyPatch, corrupt: Any, message: str
) -> None:
    economy = tampered(make_economy, monkeypatch, corrupt)
    with pytest.raises(LedgerError, match=message):
        economy.step()
    assert economy.ledger.closures[-1].month == -1, "and the month is not recorded as closed"


def test_money_conjured_between_months_is_found(make_economy: Any) -> None:
    economy = make_economy()
    economy.step()
    economy.households.cash[economy.households.rows()[0]] += 1
    with pytest.raises(LedgerError):
        economy.step()


def test_balances_set_by_hand_can_be_restated(make_economy: Callable[..., Economy]) -> None:
    economy = make_economy()
    economy.step()
    before = sum(economy.ledger.balance(book) for book in Book)
    economy.households.cash[economy.households.rows()[0]] += 100
    economy.ledger.restate()
    economy.step()
    assert sum(economy.ledger.balance(book) for book in Book) == before, "the rest of the world gave it"
