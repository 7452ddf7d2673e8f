"""The synthetic region has the published margins, to the rounding of its scale, and plausible dependence."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.columns import Table
from agents.household_fields import Tenure
from agents.organisation_fields import Kind, Ownership
from agents.person_fields import INACTIVE, Status
from simulation.business import pareto_tail, systematic, truncated_pareto
from simulation.economy import Economy
from simulation.indicators import working_age_rows
from simulation.matching import assign_by_quota
from simulation.opening import group_level
from simulation.population import synthesise_population
from simulation.randomness import Draws
from simulation.region import Region
from simulation.settlement import BANDS, take_top
from simulation.structure import median_weekly_pay

SCALES = [500, 730]
QUALIFICATIONS = ("none", "nvq1", "nvq2", "nvq3", "nvq4plus")


@pytest.fixture(scope="module", params=SCALES)
def population(request: pytest.FixtureRequest, lcr: Region) -> tuple[int, Table, Table, np.ndarray]:
    """Scale, households, persons and wealth of a population of its own."""
    scale: int = request.param
    households, persons, wealth = synthesise_population(lcr, lcr.assumption_values(), Draws(scale), scale)
    return scale, households, persons, wealth


def authority_of(lcr: Region, households: Table, persons: Table) -> np.ndarray:
    return lcr.neighbourhood_authority[households.neighbourhood[persons.household]]


def decile_of(economy: Economy, rows: np.ndarray) -> np.ndarray:
    return economy.region.neighbourhood_decile[economy.households.neighbourhood[economy.persons.household[rows]]]


# Margins ----------------------------------------------------------------------------------------------


def test_households_and_people_by_authority_and_age(lcr: Region, population: tuple[int, Table, Table, Any]) -> None:
    scale, households, persons, _ = population
    homes = np.bincount(lcr.neighbourhood_authority[households.neighbourhood], minlength=lcr.n_authorities)
    assert (np.abs(homes - lcr.authorities["households"] / scale) <= 0.5).all()
    authority, years = authority_of(lcr, households, persons), persons.age_months / 12.0
    for name, low, high in BANDS:
        found = np.bincount(authority[(years >= low) & (years < high + 1)], minlength=lcr.n_authorities)
        assert (np.abs(found - lcr.authorities[name] / scale) <= 1.5).all(), name
    everybody = np.bincount(authority, minlength=lcr.n_authorities)
    assert (np.abs(everybody - lcr.authorities["population_2019"] / scale) <= 0.5).all()
    assert abs(persons.sex.mean() - 0.5) < 0.03


def test_qualifications_by_authority(lcr: Region, population: tuple[int, Table, Table, Any]) -> None:
    _, households, persons, _ = population
    authority = authority_of(lcr, households, persons)
    working_age = (persons.age_months >= 192) & (persons.age_months < 780)
    table = lcr.qualifications.set_index(["authority", "level"])["share"]
    for k, name in enumerate(lcr.authority_names):
        level = persons.qualification[working_age & (authority == k)]
        expected = table[name].to_numpy() * level.size
        assert (np.abs(np.bincount(level, minlength=len(QUALIFICATIONS)) - expected) < 1.0).all(), name


def test_statuses_by_authority(lcr: Region, population: tuple[int, Table, Table, Any]) -> None:
    _, households, persons, _ = population
    authority = authority_of(lcr, households, persons)
    working_age = (persons.age_months >= 192) & (persons.age_months < 780)
    for k, row in enumerate(lcr.labour_market.itertuples()):
        status = persons.status[working_age & (authority == k)]
        total = row.employed + row.unemployed + row.inactive
        employed = np.isin(status, (Status.EMPLOYEE, Status.SELF_EMPLOYED))
        alone = row.employed * row.self_employed / (row.employees + row.self_employed)
        for found, published in (
            (employed.sum(), row.employed),
            ((status == Status.SELF_EMPLOYED).sum(), alone),
            ((status == Status.UNEMPLOYED).sum(), row.unemployed),
            (np.isin(status, INACTIVE).sum(), row.inactive),
        ):
            assert abs(found - published / total * status.size) < 2.0, row.authority


def test_reasons_for_inactivity(lcr: Region, population: tuple[int, Table, Table, Any]) -> None:
    _, _, persons, _ = population
    inactive = np.flatnonzero(np.isin(persons.status, INACTIVE))
    shares = lcr.inactivity_reasons.set_index("reason")["share"]
    status = persons.status[inactive]
    assert abs((status == Status.LONG_TERM_SICK).sum() - shares["long_term_sick"] * inactive.size) < 1.0
    assert abs((status == Status.CARER).sum() - shares["carer"] * inactive.size) < 1.0
    # Early retirement needs age and study needs study, so these two follow the people as well.
    assert (status == Status.RETIRED).mean() == pytest.approx(shares["retired"], abs=0.05)
    assert (status == Status.STUDENT).mean() == pytest.approx(shares["student"], abs=0.05)
    assert (persons.health[inactive[status == Status.LONG_TERM_SICK]] == 1).all()
    assert (persons.caring[inactive[status == Status.CARER]] == 1).all()
    assert (persons.age_months[inactive[status == Status.RETIRED]] >= 55 * 12).all()
    assert (persons.study_months[inactive[status == Status.STUDENT]] > 0).all()


def test_tenure_and_cars(lcr: Region, population: tuple[int, Table, Table, Any]) -> None:
    _, households, _, _ = population
    a = lcr.assumption_values()
    n = len(households)
    count = np.bincount(households.tenure, minlength=4)
    assert abs(count[Tenure.SOCIAL_RENT] - a["social_rent_share"] * n) < 2.0
    assert abs(count[Tenure.PRIVATE_RENT] - a["private_rent_share"] * n) < 2.0
    authority = lcr.neighbourhood_authority[households.neighbourhood]
    for k, share in enumerate(lcr.authorities["share_no_car"]):
        here = authority == k
        assert abs((households.car[here] == 0).sum() - share * here.sum()) <= 0.5 + 1e-9
    assert (households.housing_cost[households.tenure == Tenure.OWNED_OUTRIGHT] == 0).all()
    assert (households.housing_cost[households.tenure != Tenure.OWNED_OUTRIGHT] > 0).all()


def test_limiting_health_by_age(lcr: Region, population: tuple[int, Table, Table, Any]) -> None:
    _, _, persons, _ = population
    a = lcr.assumption_values()
    young, old = persons.age_months < 192, persons.age_months >= 780
    assert persons.health[~young & ~old].mean() == pytest.approx(a["limiting_health_share"], abs=0.01)
    assert persons.health[old].mean() == pytest.approx(a["limiting_health_share_65plus"], abs=0.01)
    assert persons.health[young].sum() == 0


def test_wealth_is_positive_and_unequal(population: tuple[int, Table, Table, np.ndarray]) -> None:
    _, households, _, wealth = population
    assert wealth.shape == (len(households),)
    assert (wealth >= 0).all()
    assert np.median(wealth[households.tenure == Tenure.OWNED_OUTRIGHT]) > 3 * np.median(
        wealth[households.tenure == Tenure.SOCIAL_RENT]
    )


def test_homes_are_homes(population: tuple[int, Table, Table, Any]) -> None:
    _, households, persons, _ = population
    adults = np.bincount(persons.household[persons.age_months >= 192], minlength=len(households))
    people = np.bincount(persons.household, minlength=len(households))
    assert adults.min() >= 1
    assert people.max() <= 12
    student = households.student[persons.household] > 0
    assert student.any()
    assert ((persons.age_months[student] >= 216) & (persons.age_months[student] < 264)).all()
    assert (persons.study_months[student] > 0).all()


def test_the_published_margins_do_not_depend_on_the_seed(lcr: Region) -> None:
    a = lcr.assumption_values()
    ones, twos = (synthesise_population(lcr, a, Draws(seed), 500)[1] for seed in (1, 2))
    for column in ("status", "qualification"):
        counts = [np.bincount(getattr(persons, column), minlength=10) for persons in (ones, twos)]
        assert np.abs(counts[0] - counts[1]).max() <= 0.02 * len(ones), column
    assert (ones.status != twos.status).mean() > 0.1, "but who is what does"


# Joint dependence ---------------------------------------------------------------------------------------


def test_deprivation_goes_with_qualification_health_and_work(opening: Economy) -> None:
    persons = opening.persons
    rows = working_age_rows(opening)
    decile = decile_of(opening, rows)
    poor, rich = rows[decile <= 2], rows[decile >= 5]
    assert persons.qualification[rich].mean() > persons.qualification[poor].mean() + 0.15
    assert persons.health[poor].mean() > persons.health[rich].mean() + 0.03
    assert np.isin(persons.status[poor], INACTIVE).mean() > np.isin(persons.status[rich], INACTIVE).mean() + 0.03


def test_deprivation_goes_with_renting_and_having_no_car(opening: Economy) -> None:
    homes = opening.households
    decile = opening.region.neighbourhood_decile[homes.neighbourhood]
    renting = np.isin(homes.tenure, (Tenure.SOCIAL_RENT, Tenure.PRIVATE_RENT))
    assert renting[decile <= 2].mean() > renting[decile >= 5].mean() + 0.15
    assert homes.car[decile == 1].mean() < homes.car[decile >= 4].mean() - 0.1
    assert homes.car[renting].mean() < homes.car[~renting].mean()


def test_health_caring_and_study_keep_people_from_work(opening: Economy) -> None:
    persons = opening.persons
    rows = working_age_rows(opening)
    employed = np.isin(persons.status[rows], (Status.EMPLOYEE, Status.SELF_EMPLOYED))

    def rate(mask: np.ndarray) -> float:
        return float(employed[mask].mean())

    plain = (persons.health[rows] == 0) & (persons.caring[rows] == 0) & (persons.study_months[rows] == 0)
    for column in ("health", "caring", "study_months"):
        assert rate(getattr(persons, column)[rows] > 0) < rate(plain) - 0.2, column
    level = persons.qualification[rows]
    assert rate(plain & (level >= 3)) > rate(plain & (level <= 1))
    assert rate(persons.disability[rows] == 1) < rate(persons.disability[rows] == 0)


def test_of_the_well_and_free_in_their_prime_the_less_qualified_are_oftener_inactive(lcr: Region) -> None:
    """The dependence on qualification itself, apart from that on health, caring, study and age."""
    _, persons, _ = synthesise_population(lcr, lcr.assumption_values(), Draws(1), 100)
    prime = (persons.age_months >= 25 * 12) & (persons.age_months < 55 * 12)
    prime &= (persons.health == 0) & (persons.caring == 0) & (persons.study_months == 0)
    inactive = np.isin(persons.status, INACTIVE)
    low, high = prime & (persons.qualification <= 1), prime & (persons.qualification >= 3)
    assert inactive[low].mean() > inactive[high].mean() + 0.02


# Jobs ---------------------------------------------------------------------------------------------------


def test_the_opening_state_holds_together(opening: Economy, contradictions: Callable[[Economy], list[str]]) -> None:
    assert contradictions(opening) == []


def test_commuting_follows_the_census(opening: Economy, lcr: Region) -> None:
    """All who work, proprietors included, who work where they live."""
    persons, orgs = opening.persons, opening.organisations
    workers = np.flatnonzero(persons.employer >= 0)
    origin = authority_of(lcr, opening.households, persons)[workers]
    destination = orgs.authority[persons.employer[workers]]
    shares = lcr.commuting.set_index(["origin", "destination"])["share"]
    for k, name in enumerate(lcr.authority_names):
        here = destination[origin == k]
        for d, place in [*enumerate(lcr.authority_names), (-1, "outside")]:
            assert abs((here == d).sum() - shares[name, place] * here.size) < 1.0, (name, place)
    alone = persons.status[workers] == Status.SELF_EMPLOYED
    assert (destination[alone] == origin[alone]).all()


def test_workers_from_outside_come_in_the_censuss_proportion(opening: Economy, lcr: Region) -> None:
    orgs = opening.organisations
    within = lcr.commuting[lcr.commuting["destination"] != "outside"].groupby("destination")["commuters"].sum()
    coming = lcr.tables["incommuting"].set_index("authority")["commuters"]
    for k, name in enumerate(lcr.authority_names):
        here = orgs.alive & (orgs.kind != Kind.OUTSIDE) & (orgs.authority == k)
        expected = orgs.headcount[here].sum() * coming[name] / within[name]
        # Proprietors count among the residents who work there, and firms without anybody have gone.
        assert orgs.outside_workers[here].sum() == pytest.approx(expected, rel=0.02, abs=1.0), name


def test_the_level_of_pay_is_the_published_one(opening: Economy, lcr: Region) -> None:
    persons = opening.persons
    staff = persons.status == Status.EMPLOYEE
    weekly = persons.wage[staff] * persons.hours[staff] / 100.0
    assert np.median(weekly) == pytest.approx(median_weekly_pay(lcr), rel=0.01)
    wage, level = persons.wage[staff], persons.job_level[staff]
    means = [wage[np.isin(level, levels)].mean() for levels in ((0, 1), (2, 3), (4,))]
    assert means == sorted(means), "pay rises with what the job asks for"


def test_jobs_fit_their_holders(opening: Economy) -> None:
    persons = opening.persons
    working = np.flatnonzero(persons.employer >= 0)
    above = persons.job_level[working] > persons.qualification[working]
    assert above.mean() < 0.08
    assert (persons.hours[working] > 0).all()
    assert (persons.tenure[working] <= np.maximum(persons.age_months[working] - 192, 1)).all()
    part_time = persons.hours[working] < 30
    assert part_time[persons.sex[working] == 1].mean() > part_time[persons.sex[working] == 0].mean() + 0.1


def test_firms_stand_for_the_registered_businesses(opening: Economy, lcr: Region) -> None:
    orgs = opening.organisations
    firm = orgs.alive & (orgs.kind == Kind.FIRM)
    registered = orgs.weight[firm & (orgs.registered > 0)]
    assert registered.sum() == pytest.approx(lcr.enterprises["count"].sum(), rel=0.06)
    assert (opening.organisations.output_per_worker[firm] > 0).all()
    assert set(np.unique(orgs.ownership[firm])) == {Ownership.LOCAL, Ownership.EXTERNAL, Ownership.SOCIAL}


def test_every_anchor_of_the_pack_exists_with_its_procurement(opening: Economy, lcr: Region) -> None:
    assert [anchor.name for anchor in opening.anchors] == lcr.anchors["name"].tolist()
    for anchor, pounds in zip(opening.anchors, lcr.anchors["procurement"], strict=True):
        assert anchor.monthly_budget(opening.scale, 1.0).sum() == pytest.approx(pounds / 12 / 500, rel=1e-3)


# Helpers ------------------------------------------------------------------------------------------------


@given(st.lists(st.floats(0, 50), min_size=1, max_size=40))
def test_systematic_rounding_keeps_every_running_sum(expected: list[float]) -> None:
    counts = systematic(np.array(expected))
    assert (counts >= 0).all()
    assert (np.abs(np.cumsum(counts) - np.cumsum(expected)) <= 0.5 + 1e-9).all()


@given(st.lists(st.integers(-3, 3), min_size=1, max_size=40), st.integers(0, 50))
def test_the_top_are_the_first_of_a_stable_order(scores: list[int], count: int) -> None:
    score = np.array(scores, dtype=float)
    first = np.argsort(-score, kind="stable")[:count]
    assert np.flatnonzero(take_top(score, count)).tolist() == sorted(first.tolist())


@given(st.lists(st.floats(-6, 6), min_size=1, max_size=30), st.floats(0.02, 0.98), st.floats(0.5, 3.0))
def test_the_level_of_a_group_gives_its_share(deviations: list[float], share: float, sharpness: float) -> None:
    tastes = np.log((np.arange(16) + 0.5) / (15.5 - np.arange(16)))
    level = group_level(np.array(deviations), share, tastes, sharpness)
    odds = np.exp(-sharpness * (level + np.array(deviations)[:, None] + tastes))
    found = float((1.0 / (1.0 + odds)).mean())
    # A group whose members differ too much for the range of levels takes its end.
    assert found == pytest.approx(share, abs=2e-5) or abs(level) > 11.99


@pytest.mark.parametrize(("low", "high", "mean"), [(1.0, 9.999, 2.4), (10.0, 49.999, 19.0), (250.0, 5000.0, 800.0)])
def test_sizes_of_a_band_have_its_mean(low: float, high: float, mean: float) -> None:
    u = (np.arange(10_000) + 0.5) / 10_000
    sizes = truncated_pareto(u, low, high, pareto_tail(low, high, mean))
    assert sizes.mean() == pytest.approx(mean, rel=0.01)
    assert (np.diff(sizes) > 0).all()
    assert sizes[0] >= low
    assert sizes[-1] <= high


@pytest.mark.parametrize("scale", [100, 500, 1000])
def test_homes_by_authority_and_decile(lcr: Any, scale: int) -> None:
    households, _, _ = synthesise_population(lcr, lcr.assumption_values(), Draws(7), scale)
    plain = households.student == 0
    place = households.neighbourhood[plain]
    authority, decile = lcr.neighbourhood_authority[place], lcr.neighbourhood_decile[place]
    for k in range(lcr.n_authorities):
        here = lcr.neighbourhood_authority == k
        people = np.bincount(lcr.neighbourhood_decile[here], lcr.neighbourhood_population[here], minlength=11)
        expected = people / people.sum() * (authority == k).sum()
        assert (np.abs(np.bincount(decile[authority == k], minlength=11) - expected) <= 1.0).all()


def test_quotas_hold_when_the_largest_tie() -> None:
    economy = SimpleNamespace(draws=Draws(1), persons=SimpleNamespace(uid=np.arange(1, 13, dtype=np.uint64)))
    counts = np.array([5, 5, 2])
    chosen = assign_by_quota(economy, np.arange(12), np.zeros((1, 3)), np.zeros(12, dtype=np.int64), counts, 70)
    assert np.bincount(chosen, minlength=3).tolist() == counts.tolist()
