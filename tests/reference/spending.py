"""What households spend: rent, the way to work, and what they choose to consume."""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate
from typing import TYPE_CHECKING

from agents.household import consumption
from agents.household_fields import Tenure
from agents.person_fields import Mode
from simulation.accounts import Flow
from tests.reference.draws import For
from tests.reference.ledger import to_pence
from tests.reference.search import WORK_DAYS

if TYPE_CHECKING:
    from tests.reference.agents import Firm, Household, Organisation, Person
    from tests.reference.economy import ReferenceEconomy


def pay_rents(economy: ReferenceEconomy) -> None:
    """Rents go to housing associations and landlords, mortgage interest to lenders outside."""
    associations = [anchor for anchor in economy.anchors if anchor.institution == "housing_association"]
    landlords = [firm for firm in economy.firms if firm.industry == economy.property_industry]
    owners = {
        Tenure.SOCIAL_RENT: Ladder(associations, [max(org.target_headcount, 1) for org in associations]),
        Tenure.PRIVATE_RENT: Ladder(landlords, [max(org.target_headcount, 1) for org in landlords]),
    }
    for household in economy.households:
        due = min(round(household.housing_cost * economy.growth), household.money_at_hand)
        if household.tenure not in owners:
            economy.ledger.pay(Flow.MORTGAGE_INTEREST, household, economy.rest_of_world, due)
        elif due > 0:
            # The home's luck for life decides, so that a home keeps its landlord.
            landlord = owners[household.tenure].reached_by(household.lasting_luck(For.LANDLORD))
            if landlord is None:
                economy.ledger.pay(Flow.RENT, household, economy.rest_of_world, due)
            else:
                economy.ledger.pay(Flow.RENT, household, landlord, due)
                landlord.sales += due


class Ladder:
    """Organisations in a row, each as wide as it is large; a draw falls on one of them.

    Args:
        organisations: In the order of their rows.
        sizes: Their sizes.
    """

    def __init__(self, organisations: list[Organisation] | list[Firm], sizes: list[float]) -> None:
        self.organisations = organisations
        steps = list(accumulate(sizes))
        self.steps = [step / steps[-1] for step in steps]

    def reached_by(self, draw: float) -> Organisation | None:
        """The one on which a draw from 0 to 1 falls, None where there is nobody."""
        if not self.organisations:
            return None
        return self.organisations[min(bisect_right(self.steps, draw), len(self.steps) - 1)]


def pay_for_travel(economy: ReferenceEconomy) -> None:
    """Commuters pay fares to transport operators; what they pay for fuel and parking leaves the region."""
    operators = [firm for firm in economy.firms if firm.industry == economy.transport_industry]
    ladder = Ladder(operators, [economy.drawing_power(firm, 0.0) for firm in operators])
    # All in a household look at its balance before the first of them pays.
    balance = {household: household.cash for household in economy.households}
    fares = 0
    for person in economy.persons:
        if person.employer is None or person.mode == Mode.HOME:
            continue
        household = person.household
        cost = cost_of_commuting(economy, person)
        if balance[household] <= 2 * cost:
            continue
        if person.mode != Mode.TRANSIT:
            economy.ledger.pay(Flow.COMMUTING, household, economy.rest_of_world, cost)
            continue
        operator = ladder.reached_by(person.lasting_luck(For.OPERATOR))
        if operator is not None:
            economy.ledger.pay(Flow.COMMUTING, household, operator, cost)
            operator.sales += cost
            fares += cost
    economy.counts["commuting_value_added"] += round(
        fares * economy.structure.value_added_share[economy.transport_industry]
    )


def cost_of_commuting(economy: ReferenceEconomy, person: Person) -> int:
    """Pence a month for the way to work and back."""
    single = float(economy.travel.pence[person.mode, person.household.neighbourhood, person.employer.zone])
    return round(single * 2.0 * WORK_DAYS)


def choose_budgets(economy: ReferenceEconomy) -> dict[Household, int]:
    """What each household spends on goods and services this month, pence."""
    return {household: choose_budget(economy, household) for household in economy.households}


def choose_budget(economy: ReferenceEconomy, household: Household) -> int:
    """Consume out of expected income and wealth, no less than necessities, no more than there is."""
    a = economy.assumptions
    after_housing = (household.income - household.housing_cost * economy.growth) / 100.0
    surprise = after_housing - household.expected_income
    household.expected_income += a["income_expectation_adjustment"] * surprise
    pounds = consumption.py_func(
        household.expected_income,
        household.cash / 100.0,
        a["necessities_per_adult_equivalent"] * household.adult_equivalents * economy.growth,
        a["propensity_out_of_income"],
        a["propensity_out_of_wealth"],
    )
    household.spending = min(to_pence(pounds), household.money_at_hand)
    return household.spending
