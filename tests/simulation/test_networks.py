"""Social ties and supply links: to people alike and near, to suppliers of the right industry, and kept up to date."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.organisation_fields import Kind
from simulation.economy import Economy
from simulation.members import members
from simulation.supply import regional_purchase_shares

Factory = Callable[..., Economy]

# Social ties --------------------------------------------------------------------------------------------


def test_ties_are_to_people_near_and_alike(opening: Economy) -> None:
    persons, ties = opening.persons, opening.social.ties
    who, k = np.nonzero(ties >= 0)
    friend = ties[who, k]
    working_age = persons.alive & (persons.age_months >= 192) & (persons.age_months < 780)
    assert who.size > 5 * working_age.sum()
    assert working_age[who].all()
    assert (who != friend).all(), "nobody is a friend of their own"
    place = opening.households.neighbourhood[persons.household]
    authority = opening.region.neighbourhood_authority[place]
    stranger = np.random.default_rng(1).permutation(friend)
    for column in (place, authority, persons.qualification):
        assert (column[who] == column[friend]).mean() > 1.3 * (column[who] == column[stranger]).mean()
    far = (authority[who] != authority[friend]).mean()
    assert 0.03 < far < 0.5, "but the world is small"
    assert working_age[friend].all()


def test_the_dead_are_no_friends_and_newcomers_make_some(make_economy: Factory) -> None:
    economy = make_economy()
    economy._open_month()
    economy.month = 1
    persons, social = economy.persons, economy.social
    who, k = np.argwhere(social.ties >= 0)[0]
    row = int(social.ties[who, k])
    assert social.friends(np.array([who]))[0, k] == row
    home = persons.household[row]
    persons.remove(np.array([row]))
    assert social.friends(np.array([who]))[0, k] == -1
    new = persons.add(np.arange(900, 905, dtype=np.uint64), household=home, age_months=300, joined=1)
    assert row in new
    assert social.friends(np.array([who]))[0, k] == -1, "who has come to live in a row is a stranger to old friends"
    assert (social.friends(new) == -1).all()
    social.welcome()
    assert (social.friends(new) >= 0).any(axis=1).all()
    friends = social.friends(new)[social.friends(new) >= 0]
    assert persons.alive[friends].all()


def test_who_has_lost_all_friends_finds_others_by_the_next_round_birthday(make_economy: Factory) -> None:
    economy = make_economy()
    economy._open_month()
    persons, social = economy.persons, economy.social
    lonely = np.flatnonzero(persons.alive & (persons.age_months >= 192) & (persons.age_months < 700))[:2]
    social.ties[lonely] = -1
    persons.age_months[lonely] = [20 * 12 + 12, 21 * 12 + 1]
    social.welcome()
    assert (social.friends(lonely) >= 0).any(axis=1).tolist() == [True, False]


def test_who_has_moved_is_a_neighbour_at_the_new_place_alone(make_economy: Factory) -> None:
    neighbours = {"social_share_neighbours": 1.0, "social_share_alike": 0.0}
    economy = make_economy(scale=500, assumptions=neighbours, force=True)
    economy._open_month()
    persons, homes, social = economy.persons, economy.households, economy.social
    place = homes.neighbourhood[persons.household]
    adults = np.flatnonzero(persons.alive & (persons.age_months >= 192) & (persons.age_months < 780))
    mover = int(adults[0])
    new_home = persons.household[adults[place[adults] != place[mover]][:1]].astype(np.int64)
    members(economy).move(np.array([mover]), new_home)
    social.welcome()
    economy.month += 1
    social.befriend(adults)
    who, _ = np.nonzero(social.ties[adults] == mover)
    assert (place[adults[who]] == homes.neighbourhood[new_home[0]]).all()
    others = adults[adults != mover]
    friend = social.ties[others]
    place = homes.neighbourhood[persons.household]
    assert (place[friend] == place[others][:, None])[friend >= 0].all()


def test_friends_are_picked_evenly(make_economy: Factory) -> None:
    """Neighbours are picked as often as there are months, whoever they are: chi-squared within bounds."""
    economy = make_economy(
        scale=500, assumptions={"social_share_neighbours": 1.0, "social_share_alike": 0.0}, force=True
    )
    persons, social = economy.persons, economy.social
    adults = np.flatnonzero(persons.alive & (persons.age_months >= 192) & (persons.age_months < 780))
    place = economy.households.neighbourhood[persons.household[adults]]
    size = np.bincount(place)
    here = adults[place == np.argmax(size)]
    picked = np.zeros(persons.n_rows)
    for month in range(300):
        economy.month = month
        social.befriend(here[:1])
        tie = social.ties[here[0]]
        np.add.at(picked, tie[tie >= 0], 1)
    others = here[1:]
    assert picked[here[0]] == 0
    assert picked.sum() == picked[others].sum()
    expected = 300 * social.degree / here.size
    chi = ((picked[others] - expected) ** 2 / expected).sum()
    assert abs(chi - others.size) < 5 * np.sqrt(2 * others.size)


def test_ties_do_not_depend_on_whose_are_drawn_along(make_economy: Factory) -> None:
    economy = make_economy()
    rows = economy.persons.rows()
    economy.social.befriend(rows)
    together = economy.social.ties.copy()
    economy.social.befriend(rows[::3])
    assert (economy.social.ties == together).all()


# Supply -------------------------------------------------------------------------------------------------


@given(
    st.lists(st.tuples(st.floats(1, 1e5), st.floats(1, 1e6)), min_size=2, max_size=8), st.floats(1e-4, 1),
    st.floats(0.05, 0.6),
)  # fmt: skip
def test_shares_bought_in_the_region_are_shares(jobs: list[tuple[float, float]], size: float, delta: float) -> None:
    local, national = (np.array(column) for column in zip(*jobs, strict=True))
    shares = regional_purchase_shares(local, national, size, delta)
    assert shares.shape == (local.size, local.size)
    assert ((shares >= 0) & (shares <= 1)).all()
    assert (regional_purchase_shares(local, national, min(2 * size, 1.0), delta) >= shares - 1e-12).all(), (
        "a larger region supplies itself better"
    )


def test_a_region_buys_more_of_what_it_specialises_in() -> None:
    national = np.array([100.0, 100.0, 100.0])
    shares = regional_purchase_shares(np.array([10.0, 20.0, 5.0]), national, 0.025, 0.3)
    assert shares[1, 0] > shares[0, 0] > shares[2, 0]
    # Flegg: cross-industry location quotient times log2(1 + size)^delta.
    assert shares[2, 1] == pytest.approx((5 / 20) * np.log2(1.025) ** 0.3)


def test_buyers_have_one_supplier_for_each_industry(opening: Economy) -> None:
    orgs, suppliers = opening.organisations, opening.supply.suppliers
    buyers = np.flatnonzero(orgs.alive & (orgs.kind != Kind.OUTSIDE))
    own = suppliers[buyers]
    has_sellers = np.bincount(orgs.industry[orgs.alive & (orgs.kind == Kind.FIRM)], minlength=12) > 1
    assert (own[:, has_sellers] >= 0).mean() > 0.97
    assert not (own == buyers[:, None]).any(), "nobody supplies itself"
    who, industry = np.nonzero(own >= 0)
    seller = own[who, industry]
    assert (orgs.kind[seller] == Kind.FIRM).all()
    assert (orgs.industry[seller] == industry).all()


def test_of_two_suppliers_the_nearer_is_preferred(make_economy: Factory) -> None:
    near = []
    for preference in (0.0, 1.0):
        economy = make_economy(assumptions={"supply_nearby_preference": preference}, force=True)
        orgs = economy.organisations
        economy.supply.connect(np.flatnonzero(orgs.alive))
        who, industry = np.nonzero(economy.supply.suppliers >= 0)
        near.append((orgs.zone[economy.supply.suppliers[who, industry]] == orgs.zone[who]).mean())
    # Of two drawn, one nearby is as good as certain to be taken.
    assert near[1] > 1.4 * near[0]


def test_large_firms_have_more_customers(opening: Economy) -> None:
    orgs = opening.organisations
    firms = np.flatnonzero(orgs.alive & (orgs.kind == Kind.FIRM))
    used = opening.supply.suppliers[opening.supply.suppliers >= 0]
    customers = np.bincount(used, minlength=orgs.n_rows)[firms]
    mass = opening.market_mass(0.0)[firms]
    assert np.corrcoef(customers, mass)[0, 1] > 0.3


def test_who_lost_a_supplier_looks_for_another_at_once(make_economy: Factory) -> None:
    economy = make_economy(scale=500, assumptions={"supply_rewire_rate": 0.0}, force=True)
    economy._open_month()
    orgs, supply = economy.organisations, economy.supply
    firm = orgs.alive & (orgs.kind == Kind.FIRM)
    industry = int(np.argmax(np.bincount(orgs.industry[firm])))
    rivals = firm & (orgs.industry == industry)
    closed = int(np.argmax(np.bincount(supply.suppliers[:, industry].clip(min=0), minlength=orgs.n_rows) * rivals))
    customers = np.flatnonzero((supply.suppliers == closed).any(axis=1) & (orgs.kind != Kind.OUTSIDE) & ~rivals)
    assert customers.size > 2
    others = np.flatnonzero(orgs.alive & ~(supply.suppliers == closed).any(axis=1))
    others = others[others != closed]
    before = supply.suppliers.copy()
    supply.forget(np.array([closed]))
    orgs.alive[closed] = False
    assert (supply.suppliers[customers, industry] == -1).all()
    supply.rewire()
    assert (supply.suppliers[customers, industry] >= 0).all()
    assert not (supply.suppliers == closed).any()
    assert (supply.suppliers[others] == before[others]).all()
    assert not supply.bereft.any()


def test_peers_are_the_share_of_ones_suppliers_in_the_charter(make_economy: Factory) -> None:
    economy = make_economy()
    orgs, supply = economy.organisations, economy.supply
    assert (supply.accredited_peers(orgs) == 0).all()
    orgs.accredited[:] = 1
    peers = supply.accredited_peers(orgs)
    known = (supply.suppliers >= 0).any(axis=1)
    assert (peers[known] == 1).all()
    assert (peers[~known] == 0).all()
    orgs.accredited[:] = 0
    member = int(supply.suppliers[known][0].max())
    orgs.accredited[member] = 1
    peers = supply.accredited_peers(orgs)
    count = (supply.suppliers == member).sum(axis=1)
    assert peers == pytest.approx(count / np.maximum((supply.suppliers >= 0).sum(axis=1), 1))


def test_sellers_stay_in_the_order_of_industry_and_uid(make_economy: Factory) -> None:
    economy = make_economy()
    orgs, supply = economy.organisations, economy.supply
    for _ in range(3):
        economy.step()
        sellers = np.flatnonzero(orgs.alive & (orgs.kind == Kind.FIRM))
        expected = sellers[np.lexsort((orgs.uid[sellers], orgs.industry[sellers]))]
        assert supply._in_order(sellers).tolist() == expected.tolist()
