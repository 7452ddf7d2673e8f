"""Fixtures that all storeys share: small economies, built once, and what must hold of any economy.

The economies are built once a session and are for reading only; a test that steps or changes one
builds its own with the factory.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import settings

from agents.organisation_fields import Kind, Ownership
from agents.person_fields import WORKING_AGE_MONTHS, Status
from simulation.economy import Economy
from simulation.region import Region, load_region

# Nothing is written into the home of whoever runs the tests, here and in processes that tests start.
os.environ["COMMONWEAL_CACHE"] = "off"
# The same examples on every run, so that a red test is red for everyone; no deadline, as kernels compile on first use.
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.load_profile("repeatable")

Factory = Callable[..., Economy]


@pytest.fixture(scope="session")
def make_economy() -> Factory:
    """Build an economy of one in a thousand, with other scenario fields on request."""

    def make(**fields: Any) -> Economy:
        return Economy(**{"scale": 1000, "seed": 7, "months": 24, **fields})

    return make


@pytest.fixture(scope="session")
def lcr() -> Region:
    """The built-in region pack."""
    return load_region("lcr")


@pytest.fixture(scope="session")
def opening() -> Economy:
    """An economy of one in five hundred at month 0. Read only."""
    return Economy(scale=500, seed=7, months=24)


@pytest.fixture(scope="session")
def two_years() -> Economy:
    """An economy of one in a thousand after 24 months. Read only."""
    return Economy(scale=1000, seed=7, months=24).run()


@pytest.fixture(scope="session")
def contradictions() -> Callable[[Economy], list[str]]:
    """What in an economy's state contradicts itself or the law; nothing if all is well."""
    return find_contradictions


def find_contradictions(economy: Economy) -> list[str]:
    """List what cannot be true together in the state of an economy."""
    persons, orgs, homes = economy.persons, economy.organisations, economy.households
    found: list[str] = []

    def claim(name: str, holds: Any) -> None:
        if not np.all(holds):
            found.append(name)

    for table in (persons, homes, orgs, economy.contracts):
        found += [f"{table.name}.{column} out of range in {n} rows" for column, n in table.out_of_range().items()]
        uids = table.uid[table.alive]
        claim(f"{table.name} have identities of their own", np.unique(uids).size == uids.size)
    # Work.
    employer = persons.employer
    works = persons.alive & (employer >= 0)
    heads = np.bincount(employer[works], minlength=orgs.n_rows)
    claim("an employer's headcount is the number who work there", heads == orgs.headcount)
    claim("employers exist", orgs.alive[employer[works]])
    employed = np.isin(persons.status, (Status.EMPLOYEE, Status.SELF_EMPLOYED))
    claim("those with an employer are employed, and only they", employed[persons.alive] == works[persons.alive])
    low, high = WORKING_AGE_MONTHS
    child, pensioner = persons.alive & (persons.age_months < low), persons.alive & (persons.age_months >= high)
    claim("nobody under 16 has the status of an adult", persons.status[child] == Status.CHILD)
    claim("everybody from 65 is a pensioner", persons.status[pensioner] == Status.PENSIONER)
    between = persons.status[persons.alive & ~child & ~pensioner]
    claim("nobody of working age is a child or a pensioner", ~np.isin(between, (Status.CHILD, Status.PENSIONER)))
    staff = np.flatnonzero(persons.alive & (persons.status == Status.EMPLOYEE))
    claim(
        "wages are at least the legal floor", persons.wage[staff] >= economy.legal_floor_for(persons.age_months[staff])
    )
    member = staff[orgs.accredited[employer[staff]] > 0]
    claim("members of the charter pay the real Living Wage", persons.wage[member] >= economy.real_living_wage)
    claim("jobs at members of the charter are secure", persons.secure[member] == 1)
    # Homes and firms.
    claim("people live in homes that exist", homes.alive[persons.household[persons.alive]])
    adults = np.bincount(persons.household[persons.alive & ~child], minlength=homes.n_rows)
    claim("no home is without an adult", adults[homes.alive] > 0)
    local = orgs.alive & (orgs.kind == Kind.FIRM) & (orgs.ownership == Ownership.LOCAL)
    claim("every local firm has an owner", orgs.owner[local] >= 0)
    claim("owners exist", homes.alive[np.maximum(orgs.owner[local], 0)])
    claim("only local firms belong to a household", orgs.owner[orgs.alive & ~local] < 0)
    # Networks.
    supplier = economy.supply.suppliers
    buyer, industry = np.nonzero(supplier >= 0)
    claim("suppliers exist", orgs.alive[supplier[buyer, industry]])
    claim("suppliers are of the industry they supply", orgs.industry[supplier[buyer, industry]] == industry)
    ties = economy.social.friends(persons.rows())
    claim("friends are alive", persons.alive[ties[ties >= 0]])
    # Money.
    claim("all money in the economy sums to nothing", economy.ledger.sector_balances().sum() == 0)
    claim("no household is overdrawn", homes.cash[homes.alive] >= 0)
    claim("closed accounts are empty", (homes.cash[~homes.alive] == 0).all() and (orgs.cash[~orgs.alive] == 0).all())
    return found
