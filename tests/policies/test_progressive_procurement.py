"""Procurement's channel: social value moves contracts to those it values, at a premium that anchors bear.

The runs last 20 months, in which half of all contracts (36 months long) come up for tender; the dials are turned
up so that what moves is large next to the luck of single tenders.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from agents.organisation_fields import Ownership
from policies import FairEmploymentCharter, ProgressiveProcurement
from simulation import Economy, procurement
from simulation.accounts import Flow, Sector

Run = Callable[..., Economy]
Pair = tuple[Economy, Economy]

MONTHS = 20
ON = range(3, MONTHS)
NO_WEIGHTS = {"local_weight": 0.0, "charter_weight": 0.0, "social_weight": 0.0, "deprived_weight": 0.0}
STRONG = {
    "scope": 1.0,
    "local_weight": 0.1,
    "charter_weight": 0.05,
    "social_weight": 0.05,
    "deprived_weight": 0.02,
    "lot_splitting": 0.5,
    "bidder_support": 1.0,
}


@pytest.fixture(scope="module", params=(1, 2))
def pair(request: pytest.FixtureRequest, run: Run, start: str) -> Pair:
    """With the policy and without it, on the same seed."""
    return run(ProgressiveProcurement(start=start, **STRONG), seed=request.param), run(seed=request.param)


def paid(economy: Economy, flow: Flow) -> list[int]:
    return [economy.ledger.paid(flow, month) for month in range(MONTHS)]


def received(economy: Economy, sectors: tuple[Sector, ...], *flows: Flow) -> int:
    return sum(economy.ledger.received(flow, month, sector) for month in ON for sector in sectors for flow in flows)


FIRMS = (Sector.LOCAL_FIRMS, Sector.EXTERNAL_FIRMS, Sector.SOCIAL_FIRMS)


def test_the_local_share_of_anchor_spending_rises(pair: Pair) -> None:
    """As contracts run out, not at once: most at the end."""
    economy, plain = (each.indicators["anchor_local_share"] for each in pair)
    assert (economy[:3] == plain[:3]).all()
    gain = (economy - plain).to_numpy()
    assert gain[-1] > 0.1
    assert gain[3:8].mean() < gain[8:14].mean() < gain[14:].mean()


def test_the_premium_is_posted_and_borne_by_anchors(pair: Pair) -> None:
    economy, plain = pair
    assert not any(paid(plain, Flow.PROCUREMENT_PREMIUM)), "without the policy the lowest bid wins"
    premium = paid(economy, Flow.PROCUREMENT_PREMIUM)
    assert not any(premium[:3])
    assert min(premium) >= 0
    assert all(premium[month] > 0 for month in ON[3:])
    for month in ON:
        assert economy.ledger.paid(Flow.PROCUREMENT_PREMIUM, month, Sector.ANCHORS) == premium[month]
        into = [economy.ledger.received(Flow.PROCUREMENT_PREMIUM, month, sector) for sector in FIRMS]
        assert sum(into) == premium[month]
    yearly = economy.indicators["procurement_premium"].to_numpy() * 1e6 / 12
    assert yearly == pytest.approx(np.array(premium) / 100 * economy.scale)


def test_no_premium_is_worth_more_than_what_it_buys(pair: Pair) -> None:
    """The bid that wins costs at most the sum of all weights above the lowest."""
    contracts = pair[0].contracts
    premium = contracts.premium[contracts.rows()]
    assert 0.0 < premium.max() <= sum(STRONG[name] for name in NO_WEIGHTS) + 1e-9


def test_firms_of_the_region_sell_more(pair: Pair) -> None:
    """To anchors, and on balance to everybody: what contracts add outweighs what higher wages or prices take."""
    economy, plain = pair
    to_anchors = (Flow.PROCUREMENT, Flow.PROCUREMENT_PREMIUM)
    sales = (*to_anchors, Flow.CONSUMPTION, Flow.INTERMEDIATE, Flow.INVESTMENT, Flow.EXPORTS)
    for sectors in ((Sector.LOCAL_FIRMS,), FIRMS):
        assert received(economy, sectors, *to_anchors) > 1.1 * received(plain, sectors, *to_anchors)
        assert received(economy, sectors, *sales) > received(plain, sectors, *sales)


def test_support_for_bidders_is_paid_under_its_heading(pair: Pair) -> None:
    economy, plain = pair
    assert all(economy.ledger.headings[month].keys() == {"progressive procurement"} for month in ON)
    assert economy.ledger.heading_total("progressive procurement") == sum(paid(economy, Flow.POLICY_COST)) > 0
    assert not any(paid(plain, Flow.POLICY_COST))


def test_splitting_lots_conserves_what_each_anchor_buys(run: Run, start: str) -> None:
    policy = ProgressiveProcurement(start=start, **{**STRONG, "lot_splitting": 1.0})
    economy, plain = run(policy, seed=1), run(seed=1)

    def by_anchor_and_industry(each: Economy) -> dict[tuple[int, int], float]:
        contracts, out = each.contracts, {}
        for row in contracts.rows().tolist():
            key = (int(each.organisations.uid[contracts.anchor[row]]), int(contracts.industry[row]))
            out[key] = out.get(key, 0.0) + float(contracts.value[row])
        return out

    assert len(economy.contracts) > len(plain.contracts)
    assert by_anchor_and_industry(economy) == pytest.approx(by_anchor_and_industry(plain))


def test_without_weights_the_lowest_price_wins(make_economy: Run, start: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """However much bidders are helped and lots are split."""
    scored = []

    def score(price: Any, *rest: Any) -> Any:
        scores = real(price, *rest)
        scored.extend(zip(price.copy(), scores, strict=True))
        return scores

    real = procurement.score_bids
    monkeypatch.setattr(procurement, "score_bids", score)
    policy = ProgressiveProcurement(start=start, **{**STRONG, **NO_WEIGHTS})
    economy = make_economy(scale=500, months=12, policies=(policy,)).run()
    assert len(scored) > 100
    assert all(np.argmax(scores) == np.argmin(price) for price, scores in scored)
    assert not any(economy.ledger.paid(Flow.PROCUREMENT_PREMIUM, month) for month in range(12))
    assert economy.ledger.heading_total("progressive procurement") > 0


def held_by_the_valued(economy: Economy) -> dict[str, float]:
    """Share of contract value with suppliers of each kind that a weight can favour."""
    contracts, orgs = economy.contracts, economy.organisations
    rows = contracts.rows()
    value, supplier = contracts.value[rows], contracts.supplier[rows]
    here, row = supplier >= 0, np.maximum(supplier, 0)
    home = orgs.neighbourhood[row]
    kinds = {
        "local_weight": here,
        "charter_weight": orgs.accredited[row] > 0,
        "social_weight": orgs.ownership[row] == Ownership.SOCIAL,
        "deprived_weight": (home >= 0) & (economy.region.neighbourhood_decile[np.maximum(home, 0)] <= 2),
    }
    return {name: float(value[here & kind].sum() / value.sum()) for name, kind in kinds.items()}


@pytest.mark.slow
@pytest.mark.parametrize("weight", NO_WEIGHTS)
def test_each_weight_moves_contracts_to_those_it_values(run: Run, weight: str) -> None:
    """At the top of its range, with a charter that has many members so that there is somebody to value."""
    shares: dict[str, list[float]] = {"with": [], "without": []}
    for seed in (1, 2):
        for name, value in (("with", 0.2), ("without", 0.0)):
            policies = (
                FairEmploymentCharter(start="2020-04", outreach=0.2, support=1.0, strength=2.0),
                ProgressiveProcurement(
                    start="2020-04", **{**STRONG, **NO_WEIGHTS, "lot_splitting": 0.0, weight: value}
                ),
            )
            economy = run(*policies, seed=seed, months=12)
            shares[name].append(held_by_the_valued(economy)[weight])
    assert sum(shares["with"]) > 1.2 * sum(shares["without"])
