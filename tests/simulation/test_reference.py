"""The columnar labour market and spending do what the readable reference does, draw by draw and penny by penny."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies import FairEmploymentCharter, ProgressiveProcurement, Skills, Transport
from simulation.economy import Economy
from simulation.ledger import Ledger
from simulation.randomness import Draws
from tests.reference import labour, ledger, procurement, sales, search, spending
from tests.reference.agents import Organisation
from tests.reference.copying import reference_of
from tests.reference.differences import Difference, compare, compare_changed, describe
from tests.reference.draws import For, Luck, philox
from tests.reference.timing import time_phases

Factory = Callable[..., Economy]

WORDS = st.integers(0, 2**32 - 1)
UIDS = st.integers(0, 2**64 - 1)


def all_policies(start: str) -> list[Any]:
    """The four built-in policies from a month on."""
    return [kind(start=start) for kind in (FairEmploymentCharter, ProgressiveProcurement, Skills, Transport)]


def hard_times(make_economy: Factory, *, level: bool = False) -> Economy:
    """An economy in which what is rare at this scale is common.

    Demand falls by half, so that firms dismiss some of their workers; lots of any size may be split; and
    households buy necessities only, so that many have equal budgets.

    Args:
        make_economy: The factory.
        level: Whether all bids are at the same price, so that many score the same.
    """
    rows = {
        "smallest_lot_per_month": 0.0,
        "hiring_inertia": 0.0,
        "most_cut_per_month": 0.5,
        "propensity_out_of_income": 0.0,
        "propensity_out_of_wealth": 0.0,
        **({"bid_price_sd": 0.0, "cost_pass_through": 0.0} if level else {}),
    }
    economy = make_economy(assumptions=rows, force=True, policies=all_policies("2020-04"))
    economy.organisations.expected_demand[:] *= 0.5
    return economy


# The two forms agree ------------------------------------------------------------------------------------


def test_both_forms_agree(make_economy: Factory) -> None:
    found = compare(make_economy(), 3)
    assert not found, describe(found)


@pytest.mark.slow
def test_both_forms_agree_for_more_than_a_year(make_economy: Factory) -> None:
    found = compare(make_economy(seed=1), 13)
    assert not found, describe(found)


@pytest.mark.slow
def test_both_forms_agree_under_all_policies(make_economy: Factory) -> None:
    found = compare(make_economy(seed=2, policies=all_policies("2020-06")), 13)
    assert not found, describe(found)


@pytest.mark.parametrize("level", [False, True])
def test_both_forms_agree_in_hard_times(make_economy: Factory, level: bool) -> None:
    economy = hard_times(make_economy, level=level)
    contracts = len(economy.contracts)
    found = compare(economy, 2)
    assert not found, describe(found)
    assert len(economy.contracts) > contracts


@pytest.mark.slow
def test_both_forms_agree_at_another_scale_and_time(make_economy: Factory) -> None:
    economy = make_economy(scale=200, seed=5, policies=all_policies("2020-04")).run(18)
    found = compare(economy, 2)
    assert not found, describe(found)


def test_the_copy_is_the_economy(make_economy: Factory) -> None:
    economy = make_economy()
    reference = reference_of(economy)
    assert len(reference.persons) == len(economy.persons)
    assert sum(len(household.members) for household in reference.households) == len(economy.persons)
    assert sum(household.cash for household in reference.households) == economy.households.cash.sum()
    assert len(reference.agents) == sum(map(len, (economy.persons, economy.households, economy.organisations)))


# A difference would be found ----------------------------------------------------------------------------


def other_draw(purpose: For) -> AbstractContextManager[Any]:
    """Luck in which draws for one purpose have another index."""
    words = Luck.words

    def shifted(self: Luck, what: int, uid: int, index: int = 0, month: int | None = None) -> tuple[int, ...]:
        return words(self, what, uid, index + 512 * (what == purpose), month)

    return patch.object(Luck, "words", shifted)


def lost_application() -> AbstractContextManager[Any]:
    """One application is lost on its way."""
    apply = search.apply

    def losing(*args: Any) -> Any:
        received = apply(*args)
        next(applications for applications in received.values() if len(applications) == 1).clear()
        return received

    return patch.object(search, "apply", losing)


def worst_applicant() -> AbstractContextManager[Any]:
    """Employers take the applicant of least merit."""
    merit = Organisation.merit
    return patch.object(Organisation, "merit", lambda self, application: -merit(self, application))


def swapped_tie() -> AbstractContextManager[Any]:
    """Of equal bids the later wins."""
    local = procurement.local_bids
    return patch.object(procurement, "local_bids", lambda *args: local(*args)[::-1])


def oldest_dismissed_first() -> AbstractContextManager[Any]:
    """Employers dismiss those of longest standing first."""
    return patch.object(labour, "standing", lambda person: (-person.tenure, person.uid))


def rounding_down() -> AbstractContextManager[Any]:
    """Pence are cut off rather than rounded."""
    return patch.object(sales, "to_pence", lambda pounds: int(pounds * 100.0))


def lost_bid() -> AbstractContextManager[Any]:
    """The first bid from outside is lost on its way."""
    outside = procurement.outside_bids
    return patch.object(procurement, "outside_bids", lambda *args: outside(*args)[1:])


def dearer_commuting() -> AbstractContextManager[Any]:
    """The way to work costs everybody a penny more."""
    cost = spending.cost_of_commuting
    return patch.object(spending, "cost_of_commuting", lambda *args: cost(*args) + 1)


FAULTS: dict[str, Callable[[], AbstractContextManager[Any]]] = {
    "a lost application": lost_application,
    "the worst applicant": worst_applicant,
    "the wrong dismissed": oldest_dismissed_first,
    "rounding down": rounding_down,
    "a lost bid": lost_bid,
    "a penny more": dearer_commuting,
    **{f"another draw for {purpose.name}": partial(other_draw, purpose) for purpose in For},
}
#: Found only where there are ties.
TIE = "a swapped tie"


@pytest.fixture(scope="module")
def found_by_fault(make_economy: Factory) -> dict[str, list[Difference]]:
    """Differences found with each fault in the reference, over some months under all policies."""
    found = compare_changed(hard_times(make_economy), 8, FAULTS, until_found=True)
    ties = compare_changed(hard_times(make_economy, level=True), 1, {TIE: swapped_tie})
    return found | ties


@pytest.mark.slow
@pytest.mark.parametrize("fault", [*FAULTS, TIE])
def test_a_fault_is_found(found_by_fault: dict[str, list[Difference]], fault: str) -> None:
    assert found_by_fault[fault]


# The reference's own parts ------------------------------------------------------------------------------


def test_philox_gives_its_published_vectors() -> None:
    full = 0xFFFFFFFF
    assert philox((0, 0, 0, 0), (0, 0)) == (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)
    assert philox((full,) * 4, (full,) * 2) == (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)


@given(st.integers(0, 2**63 - 1), st.integers(-24, 300), WORDS, UIDS, st.integers(0, 1000))
def test_luck_is_that_of_the_model(seed: int, month: int, purpose: int, uid: int, index: int) -> None:
    luck, draws = Luck(seed, month), Draws(seed)
    assert luck.uniform(purpose, uid, index) == draws.uniform(purpose, month, [uid], index)[0]
    assert luck.normal(purpose, uid, index) == pytest.approx(draws.normal(purpose, month, [uid], index)[0], rel=1e-12)


@given(st.integers(0, 2**63 - 1), st.integers(-24, 300), st.integers(0, 2000), UIDS)
def test_identities_are_those_of_the_model(seed: int, month: int, purpose: int, parent: int) -> None:
    assert Luck(seed, month).identity(purpose, parent) == Draws(seed).derive_ids(purpose, month, [parent])[0]


@given(st.integers(0, 10**9), st.lists(st.sampled_from([0.0, 1.0, 1.5, 7.0, 1234.0]), min_size=1, max_size=40))
def test_shares_are_those_of_the_model(total: int, weights: list[float]) -> None:
    assert ledger.share_out(total, weights) == Ledger.allocate(total, np.array(weights)).tolist()


def test_both_forms_can_be_timed(make_economy: Factory) -> None:
    reference, columnar = time_phases(make_economy(), 1)
    assert reference > columnar > 0.0
