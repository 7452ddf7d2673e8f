"""A reference economy in the state in which a columnar economy now is."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np

from agents.organisation_fields import Kind
from simulation.accounts import Book
from simulation.economy import Economy
from tests.reference.agents import Anchor, Contract, Firm, Household, Organisation, OutsideEmployer, Person
from tests.reference.draws import Luck
from tests.reference.economy import ReferenceEconomy

CLASS_OF = {Kind.FIRM: Firm, Kind.ANCHOR: Anchor, Kind.OUTSIDE: OutsideEmployer}


def reference_of(economy: Economy) -> ReferenceEconomy:
    """Agents in plain Python that are where the columnar economy is now, in the midst of a month.

    Newcomers make friends first, so that the reference can take friendships as given. The labour market
    would begin with that in any case, and nothing changes when it comes to it again.
    """
    economy.social.welcome()
    reference = ReferenceEconomy()
    copy_parameters(economy, reference)
    homes = copy_households(economy, reference)
    employers = copy_organisations(economy, reference)
    copy_persons(economy, reference, homes, employers)
    for _, columns in living(economy.contracts):
        columns["anchor"] = employers[columns["anchor"]]
        columns["supplier"] = employers.get(columns["supplier"])
        contract = Contract(columns["uid"], columns["anchor"], columns["industry"])
        contract.__dict__.update(columns)
        reference.contracts.append(contract)
    reference.government.cash = economy.ledger.balance(Book.GOVERNMENT)
    reference.rest_of_world.cash = economy.ledger.balance(Book.REST_OF_WORLD)
    return reference


def living(table: Any) -> list[tuple[int, dict[str, Any]]]:
    """Row and state of each living entity of a table, as plain Python numbers."""
    rows = table.rows()
    names = [name for name in table.fields if name != "alive"]
    columns = [getattr(table, name)[rows].tolist() for name in names]
    return [
        (row, dict(zip(names, values, strict=True)))
        for row, values in zip(rows.tolist(), zip(*columns, strict=True), strict=True)
    ]


def copy_households(economy: Economy, reference: ReferenceEconomy) -> dict[int, Household]:
    """Households by row."""
    homes = {row: Household(reference, row, columns) for row, columns in living(economy.households)}
    reference.households = list(homes.values())
    return homes


def copy_organisations(economy: Economy, reference: ReferenceEconomy) -> dict[int, Organisation]:
    """Employers by row, with their suppliers."""
    institution = {agent.row: agent.kind for agent in economy.anchors}
    employers: dict[int, Organisation] = {}
    for row, columns in living(economy.organisations):
        employers[row] = CLASS_OF[Kind(columns["kind"])](reference, row, columns)
        employers[row].institution = institution.get(row)
    table, bereft = economy.supply.suppliers.tolist(), economy.supply.bereft.tolist()
    for row, org in employers.items():
        known = row < len(table)
        org.suppliers = [employers.get(k) for k in table[row]] if known else [None] * economy.structure.count
        org.bereft = known and bereft[row]
    reference.organisations = list(employers.values())
    return employers


def copy_persons(
    economy: Economy, reference: ReferenceEconomy, homes: dict[int, Household], employers: dict[int, Organisation]
) -> None:
    """Persons with their home, employer and friends."""
    persons = {row: Person(reference, row, columns) for row, columns in living(economy.persons)}
    friends = economy.social.friends(economy.persons.rows()).tolist()
    for person, known in zip(persons.values(), friends, strict=True):
        person.household = homes[person.household]
        person.household.members.append(person)
        person.employer = employers.get(person.employer)
        person.friends = [persons.get(friend) for friend in known]
    reference.persons = list(persons.values())


def copy_parameters(economy: Economy, reference: ReferenceEconomy) -> None:
    """What is given in a month: assumptions, rules, levers, tables of industries and of travel."""
    reference.month = economy.month
    reference.luck = Luck(int(economy.draws.seed), economy.month)
    for name in ("assumptions", "levers"):
        setattr(reference, name, getattr(economy, name))
    for name in ("growth", "technology", "experience_return", "real_living_wage", "reference_gain", "reference_reach"):
        setattr(reference, name, float(getattr(economy, name)))
    for name in ("property_industry", "transport_industry", "professional_industry"):
        setattr(reference, name, int(getattr(economy, name)))
    for name in ("rules", "pay_base", "group_logit", "outside_hire_share", "local_factor", "exports_by_industry"):
        setattr(reference, name, np.asarray(getattr(economy, name), dtype=np.float64).tolist())
    for name in ("reach", "posts_by_zone", "smoothed_posts"):
        setattr(reference, name, np.asarray(getattr(economy, name), dtype=np.float64).tolist())
    reference.turnover = float(economy.turnover)
    reference.orders = list(economy.orders)
    reference.counts.update(economy.counts)
    reference.authority_of = economy.region.neighbourhood_authority.tolist()
    reference.decile_of = economy.region.neighbourhood_decile.tolist()
    tables = {name: value.tolist() for name, value in vars(economy.structure).items()}
    reference.structure = SimpleNamespace(**tables)
    reference.travel = travel_tables(economy)


def travel_tables(economy: Economy) -> SimpleNamespace:
    """Tables of travel, too large to copy; they are only looked up.

    Returns:
        `generalised` minutes of the best journey and nearness for search and for shopping, by car, home and
        zone; `minutes_by_mode` and `pence` of a journey by mode, home and zone.
    """
    return SimpleNamespace(
        generalised=economy.travel_generalised,
        search_nearness=economy.search_weight,
        shop_nearness=economy.shop_weight,
        minutes_by_mode=economy.travel_costs.generalised,
        pence=economy.travel_costs.money,
    )
