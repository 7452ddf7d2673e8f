"""The reference economy: a Mesa model whose two phases read as scripts."""

from __future__ import annotations

import math
from collections import defaultdict
from types import SimpleNamespace
from typing import Any

import mesa

from agents.organisation_fields import Ownership
from agents.pay import offered_wage
from simulation.accounts import Sector
from tests.reference import labour, procurement, sales, spending, suppliers
from tests.reference.agents import Account, Anchor, Contract, Firm, Household, Organisation, OutsideEmployer, Person
from tests.reference.draws import Luck
from tests.reference.ledger import Ledger


class ReferenceEconomy(mesa.Model):
    """The economy of one month, in agents; `copying.reference_of` makes one from a columnar economy.

    Attributes:
        month: Month of the run.
        luck: Draws of the month.
        growth: Trend growth since the base, a factor.
        technology: Growth of what a worker makes, a factor.
        assumptions: Values by name.
        rules: Taxes and benefits in force, by position as in `Rule`.
        levers: What policies have moved.
        structure: Tables of industries as nested lists, named as in `simulation.structure.Structure`.
        travel: Tables of travel, see `copying.travel_tables`.
        authority_of: Authority of each neighbourhood.
        decile_of: Deprivation decile of each neighbourhood.
        pay_base: Pay of a beginner by level, pence an hour.
        reach: Posts that each neighbourhood can reach, without a car and with one.
        counts: What is counted in the month, by name.
    """

    month: int
    luck: Luck
    growth: float
    technology: float
    assumptions: Any
    rules: list[float]
    levers: Any
    structure: SimpleNamespace
    travel: SimpleNamespace
    authority_of: list[int]
    decile_of: list[int]
    pay_base: list[float]
    experience_return: float
    real_living_wage: float
    group_logit: list[float]
    reference_gain: float
    reference_reach: float
    outside_hire_share: list[float]
    turnover: float
    reach: list[list[float]]
    posts_by_zone: list[float]
    smoothed_posts: list[float]
    local_factor: list[float]
    exports_by_industry: list[float]
    property_industry: int
    transport_industry: int
    professional_industry: int
    orders: list[tuple[str, int, float]]

    def __init__(self) -> None:
        super().__init__()
        self.persons: list[Person] = []
        self.households: list[Household] = []
        self.organisations: list[Organisation] = []
        self.contracts: list[Contract] = []
        self.counts: defaultdict[str, float] = defaultdict(float)
        self.ledger = Ledger()
        self.government = Account(Sector.GOVERNMENT)
        self.rest_of_world = Account(Sector.REST_OF_WORLD)

    # --- the phases ---

    def labour_market(self) -> None:
        """Jobs end, people decide whether to seek work, posts and seekers meet.

        Newcomers have made their friends before, in `simulation.social`.
        """
        undecided = labour.people_who_think_again(self)
        labour.separate(self)
        labour.lay_off(self)
        labour.form_benefit_units(self)
        labour.reconsider(self, undecided)
        posts = labour.advertise(self)
        labour.form_benefit_units(self)
        labour.fill(self, posts)
        labour.note_turnover(self)
        labour.remember_reach(self)

    def spend(self) -> None:
        """Households, firms, institutions and the outside world buy; firms sell what they can make.

        From month 0 on: the burn-in, in which exports and the standing of firms still move, is not here.
        """
        spending.pay_rents(self)
        spending.pay_for_travel(self)
        procurement.tender(self)
        suppliers.look_around(self)
        budgets = spending.choose_budgets(self)
        purchases = sales.plan_purchases(self)
        markets = sales.gather_demand(self, budgets, purchases)
        sales.ration(self, markets)
        sales.sell_to_households(self, budgets, markets)
        sales.sell_inputs(self, purchases, markets)
        sales.sell_to_anchors(self, markets)
        sales.sell_investment(self, purchases, markets)
        sales.deliver_public_orders(self, markets)
        sales.sell_exports(self, markets)
        sales.note_sales(self, markets)

    # --- what agents know of the economy ---

    @property
    def firms(self) -> list[Firm]:
        """Firms, in the order of their rows."""
        return [org for org in self.organisations if isinstance(org, Firm)]

    @property
    def anchors(self) -> list[Anchor]:
        """Anchor institutions, in the order of their rows."""
        return [org for org in self.organisations if isinstance(org, Anchor)]

    @property
    def employers_outside(self) -> list[OutsideEmployer]:
        """Employers beyond the region."""
        return [org for org in self.organisations if isinstance(org, OutsideEmployer)]

    @property
    def industries(self) -> int:
        """Number of industries that supply."""
        return len(self.structure.household_shares)

    def hourly_offer(self, person: Person, employer: Organisation, level: int, premium: float) -> float:
        """Pay that a job of this level offers a person, pence an hour, before floors (Mincer 1974).

        Args:
            person: Who would work.
            employer: Who would pay.
            level: Level that the job asks for.
            premium: What the employer and the job pay over the industry, log points.
        """
        industry_premium = self.structure.premium[employer.industry]
        return offered_wage.py_func(
            level, industry_premium, premium, person.experience, self.pay_base, self.experience_return
        )

    def minutes(self, household: Household, zone: int) -> float:
        """Minutes of the best journey from a home to a zone, money included."""
        return float(self.travel.generalised[household.car, household.neighbourhood, zone])

    def drawing_power(self, firm: Firm, elasticity: float) -> float:
        """Weight of a firm in the eyes of buyers: standing, luck and price."""
        return math.exp(firm.appeal + firm.attraction) * max(firm.price, 0.1) ** -elasticity

    def in_deprived_place(self, firm: Organisation) -> bool:
        """Premises in one of the two most deprived deciles."""
        return firm.neighbourhood >= 0 and self.decile_of[firm.neighbourhood] <= 2

    @staticmethod
    def is_social(firm: Organisation) -> bool:
        """Socially or community-owned."""
        return firm.ownership == Ownership.SOCIAL
