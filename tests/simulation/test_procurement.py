"""Anchors' contracts: budgets are conserved, the cheapest bid wins unless policy values something else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.organisation_fields import Kind
from simulation.bidding import pick_able, scramble, words
from simulation.economy import Economy
from simulation.ownership import wind_up
from simulation.procurement import BID, award, local_bidders, tender


@pytest.fixture
def economy(make_economy: Callable[..., Economy]) -> Economy:
    return make_economy(scale=500)


def value_by_anchor_and_industry(economy: Economy) -> dict[tuple[int, int], float]:
    contracts, out = economy.contracts, {}
    for row in contracts.rows().tolist():
        key = (int(contracts.anchor[row]), int(contracts.industry[row]))
        out[key] = out.get(key, 0.0) + float(contracts.value[row])
    return out


def award_all(economy: Economy) -> tuple[np.ndarray, np.ndarray]:
    """Tender every contract this month; suppliers and premiums."""
    rows = economy.contracts.rows()
    award(economy, rows)
    return economy.contracts.supplier[rows].copy(), economy.contracts.premium[rows].copy()


def test_contracts_add_up_to_the_anchors_budgets(opening: Economy) -> None:
    found = value_by_anchor_and_industry(opening)
    expected = {}
    for anchor in opening.anchors:
        budget = anchor.monthly_budget(opening.scale, 1.0)
        expected |= {(anchor.row, industry): pounds for industry, pounds in enumerate(budget) if pounds > 0}
    assert found == pytest.approx(expected)
    contracts, orgs = opening.contracts, opening.organisations
    local = np.flatnonzero(contracts.supplier >= 0)
    assert (orgs.industry[contracts.supplier[local]] == contracts.industry[local]).all()
    assert (orgs.kind[contracts.supplier[local]] == Kind.FIRM).all()


def test_splitting_lots_conserves_every_budget(economy: Economy) -> None:
    before, count = value_by_anchor_and_industry(economy), len(economy.contracts)
    economy.levers.lot_splitting = 1.0
    economy.contracts.months_left[:] = 1
    tender(economy)
    contracts = economy.contracts
    assert len(contracts) > count
    assert value_by_anchor_and_industry(economy) == pytest.approx(before)
    assert np.unique(contracts.uid[contracts.alive]).size == len(contracts)
    assert (contracts.months_left[contracts.alive] == int(economy.assumptions["contract_months"])).all()
    assert contracts.out_of_range() == {}
    small = economy.assumptions["smallest_lot_per_month"]
    assert contracts.value[contracts.rows()].min() >= min(small / 2, min(before.values()) / 2)


def test_without_splitting_lots_stay_whole(economy: Economy) -> None:
    before = economy.contracts.value[economy.contracts.rows()].copy()
    economy.contracts.months_left[:] = 1
    tender(economy)
    assert (economy.contracts.value[economy.contracts.rows()] == before).all()


def test_only_contracts_that_are_due_change_hands(economy: Economy) -> None:
    contracts = economy.contracts
    rows = contracts.rows()
    due = rows[::2]
    contracts.months_left[:] = 5
    contracts.months_left[due] = 1
    before = contracts.supplier[rows].copy()
    tender(economy)
    after = contracts.supplier[rows]
    assert (after[1::2] == before[1::2]).all()
    assert (after != before).any()
    assert (contracts.months_left[rows[1::2]] == 4).all()


def test_a_contract_whose_supplier_has_closed_is_tendered_at_once(economy: Economy) -> None:
    contracts, orgs = economy.contracts, economy.organisations
    row = int(contracts.rows()[contracts.supplier[contracts.rows()] >= 0][0])
    contracts.months_left[:] = 9
    closed = int(contracts.supplier[row])
    economy._open_month()
    wind_up(economy, np.array([closed]))
    assert contracts.supplier[row] < 0
    tender(economy)
    assert contracts.supplier[row] != closed
    assert contracts.supplier[row] < 0 or orgs.alive[contracts.supplier[row]]
    assert contracts.months_left[row] == int(economy.assumptions["contract_months"])


def test_social_value_costs_a_premium_and_buys_what_it_values(economy: Economy) -> None:
    """The same bids, scored without and with weights: nobody who won on price alone loses for being valued."""
    levers, orgs = economy.levers, economy.organisations
    plain, premium = award_all(economy)
    assert (premium == 0).all(), "on price alone the lowest bid wins, with nothing above it"
    levers.procurement_scope, levers.procurement_local = 1.0, 0.05
    valued, premium = award_all(economy)
    assert (premium >= 0).all()
    assert premium.max() > 0
    assert premium.max() <= 0.05 + 1e-9, "nobody pays more for value than it is worth"
    assert (valued[plain >= 0] >= 0).all(), "who was local stays local"
    assert (valued >= 0).sum() > (plain >= 0).sum()
    levers.procurement_local, levers.procurement_charter = 0.0, 0.05
    orgs.accredited[::2] = 1
    member = np.append(orgs.accredited > 0, False)  # position -1 is a supplier outside
    charter, _ = award_all(economy)
    assert member[charter][member[plain]].all()
    assert member[charter].sum() > member[plain].sum()


def test_out_of_scope_nothing_changes(economy: Economy) -> None:
    plain, _ = award_all(economy)
    economy.levers.procurement_local = 0.5
    economy.levers.procurement_scope = 0.0
    again, premium = award_all(economy)
    assert (again == plain).all()
    assert (premium == 0).all()


def test_support_brings_more_bidders_and_loses_none(economy: Economy) -> None:
    # Without a limit on the bids that a buyer reads, so that the sets can be compared.
    rows = economy.contracts.rows()
    most = int(economy.assumptions["most_local_bids"])
    before = [set(bids[bids >= 0].tolist()) for bids in local_bidders(economy, rows)]
    economy.levers.bidder_support = 1.0
    after = [set(bids[bids >= 0].tolist()) for bids in local_bidders(economy, rows)]
    assert all(one <= other for one, other in zip(before, after, strict=True) if len(other) < most)
    assert sum(map(len, after)) > sum(map(len, before))
    assert max(map(len, after)) <= most


def test_bids_are_the_lowest_draws_of_firms_of_the_industry_that_are_large_enough(opening: Economy) -> None:
    contracts, orgs, a = opening.contracts, opening.organisations, opening.assumptions
    rows = contracts.rows()
    for row, found in zip(rows.tolist(), local_bidders(opening, rows), strict=True):
        large = orgs.output_per_worker * (orgs.headcount + orgs.outside_workers) * a["largest_contract_share"]
        able = orgs.alive & (orgs.kind == Kind.FIRM) & (orgs.industry == contracts.industry[row])
        able = np.flatnonzero(able & (large >= contracts.value[row]))
        word = words(opening.draws.uniform(BID, opening.month, orgs.uid[able]))
        word ^= words(opening.draws.uniform(BID, opening.month, contracts.uid[row : row + 1]))
        draw = np.array([scramble(one) for one in word]) / 2.0**32
        bidding = able[draw < a["local_bid_rate"]]
        first = bidding[np.argsort(draw[draw < a["local_bid_rate"]], kind="stable")][: found.size]
        assert found[: first.size].tolist() == first.tolist()
        assert (found[first.size :] == -1).all()


def test_every_firm_bids_alike_whatever_others_do() -> None:
    """Draws of pairs are uniform, and those of one contract say nothing of those of another."""
    rng = np.random.default_rng(1)
    firms, contracts = words(rng.random(400)), words(rng.random(400))
    draw = np.array([[scramble(one ^ other) for other in contracts] for one in firms]) / 2.0**32
    assert np.abs(np.histogram(draw, 20, (0.0, 1.0))[0] - 8000).max() < 5 * np.sqrt(8000)
    for table in (draw, draw.T):
        assert np.abs(table.mean(axis=1) - 0.5).max() < 4.5 * np.sqrt(1 / 12 / 400)
        alike = np.corrcoef(table)[np.triu_indices(400, 1)]
        assert np.std(alike) == pytest.approx(400**-0.5, rel=0.05)
        assert np.abs(alike).max() < 6 * 400**-0.5


@given(st.lists(st.tuples(st.integers(0, 1), st.floats(0.5, 9.0)), max_size=30), st.data())
def test_a_first_supplier_is_any_of_those_large_enough(firms: list[tuple[int, float]], data: st.DataObject) -> None:
    firms.sort(key=lambda firm: firm[0])
    industry, largest = np.array([k for k, _ in firms], int), np.array([x for _, x in firms], float)
    rows, first = np.arange(len(firms)) + 100, np.searchsorted(industry, np.arange(3))
    pick, value = data.draw(st.floats(0.0, 0.999)), data.draw(st.floats(0.0, 10.0))
    for k in (0, 1):
        able = rows[(industry == k) & (largest >= value)]
        chosen = pick_able(np.array([pick]), np.array([value]), np.array([k], np.int8), rows, largest, first)
        assert chosen[0] == (able[int(pick * able.size)] if able.size else -1)


def test_at_rest_no_premium_is_ever_paid(two_years: Economy) -> None:
    assert (two_years.indicators["procurement_premium"] == 0).all()
    assert (two_years.contracts.premium[two_years.contracts.rows()] == 0).all()
    assert two_years.indicators["anchor_local_share"].between(0.05, 0.95).all()


@pytest.mark.parametrize("seed", [3, 4, 5])
def test_a_start_up_does_not_inherit_the_contracts_of_a_closed_firm(make_economy: Any, seed: int) -> None:
    economy = make_economy(scale=500, seed=seed)
    for _ in range(24):
        economy.step()
        contracts, orgs = economy.contracts, economy.organisations
        held = np.flatnonzero(contracts.alive & (contracts.supplier >= 0))
        held = held[orgs.alive[contracts.supplier[held]]]
        assert (orgs.industry[contracts.supplier[held]] == contracts.industry[held]).all()
