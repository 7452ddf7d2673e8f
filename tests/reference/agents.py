"""The agents as ordinary Mesa agents: what each has, and what each can do to itself.

Attributes carry the names of the model's columns. Where a column holds a row number, the attribute
holds the agent itself: a person's `household` and `employer`, a contract's `anchor` and `supplier`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import mesa
import numpy as np

from agents.person_fields import WORKING_AGE_MONTHS, Status
from simulation.accounts import Sector
from tests.reference.draws import For, Occasion
from tests.reference.ledger import sum_in_order

if TYPE_CHECKING:
    from tests.reference.benefits import BenefitUnit
    from tests.reference.economy import ReferenceEconomy
    from tests.reference.search import Application

ADULT_MONTHS, OLD_MONTHS = WORKING_AGE_MONTHS


def single(number: float) -> float:
    """A number as a column of single precision keeps it."""
    return float(np.float32(number))


class Entity(mesa.Agent):
    """An agent with an identity that its draws depend on.

    Args:
        model: The reference economy.
        row: Row of the model's table that the agent stands for.
        columns: Its state by name of column.
    """

    model: ReferenceEconomy
    uid: int

    def __init__(self, model: ReferenceEconomy, row: int, columns: dict[str, Any]) -> None:
        super().__init__(model)
        self.row = row
        self.__dict__.update(columns)

    def chance(self, purpose: int, index: int = 0) -> float:
        """The agent's luck of this month, a number from 0 to under 1."""
        return self.model.luck.uniform(purpose, self.uid, index)

    def meets(self, occasion: Occasion, chance: float) -> bool:
        """Whether the month brings the agent an occasion that comes with this chance."""
        return self.model.luck.short(For.OCCASION, self.uid, occasion) < chance

    def lasting_luck(self, purpose: int, index: int = 0) -> float:
        """Luck that the agent has for life."""
        return self.model.luck.uniform(purpose, self.uid, index, month=0)


class Person(Entity):
    """A person, who lives in a household and may work for an employer."""

    household: Household
    employer: Organisation | None
    friends: list[Person | None]
    benefit_unit: BenefitUnit

    @property
    def of_working_age(self) -> bool:
        """Sixteen to sixty-four."""
        return ADULT_MONTHS <= self.age_months < OLD_MONTHS

    @property
    def is_employee(self) -> bool:
        """Works for somebody else."""
        return self.status == Status.EMPLOYEE

    def become(self, status: Status) -> None:
        """Take a status; the time in it starts anew where it changes."""
        if self.status != status:
            self.status_months = 0
        self.status = int(status)

    def leave_job(self) -> None:
        """Give up the present job."""
        assert self.employer is not None
        self.employer.headcount -= 1
        self.employer.leavers += 1
        self.employer = None
        self.wage = self.secure = self.tenure = self.job_level = self.gross_pay = self.net_pay = 0
        self.match = self.hours = 0.0

    def start_job(self, post: Post) -> None:
        """Take up a post; pay and the way of travelling there are settled next."""
        self.employer = post.employer
        self.employer.headcount += 1
        self.employer.hires += 1
        self.job_level, self.hours, self.secure = post.level, post.hours, int(post.secure)
        self.tenure = 0
        self.match = single(self.ability + post.luck)
        self.become(Status.EMPLOYEE)


class Household(Entity):
    """A household: its members share a purse."""

    sector = Sector.HOUSEHOLDS

    def __init__(self, model: ReferenceEconomy, row: int, columns: dict[str, Any]) -> None:
        super().__init__(model, row, columns)
        self.members: list[Person] = []

    @property
    def money_at_hand(self) -> int:
        """Pence that can be spent."""
        return max(self.cash, 0)

    @property
    def adult_equivalents(self) -> float:
        """Modified OECD scale: 1 for the first, 0.5 for each other of fourteen or more, 0.3 for a child."""
        weights = [0.5 if person.age_months >= 14 * 12 else 0.3 for person in self.members]
        return max(sum_in_order(weights) + 0.5, 1.0)


class Organisation(Entity):
    """Somebody who employs people: a firm, an anchor institution, or an employer beyond the region."""

    #: The supplier of each industry's goods, None where there is none.
    suppliers: list[Organisation | None]
    bereft: bool
    in_region = True

    def __init__(self, model: ReferenceEconomy, row: int, columns: dict[str, Any]) -> None:
        super().__init__(model, row, columns)
        self.staff: list[Person] = []

    @property
    def workers(self) -> int:
        """Residents and those who commute in."""
        return self.headcount + self.outside_workers

    @property
    def capacity(self) -> float:
        """Output at base prices that the workers can make, pounds a month."""
        return self.workers * self.output_per_worker * self.model.technology

    def choose(self, applications: list[Application]) -> Application:
        """The application of greatest merit for a post, the first of equals."""
        return max(applications, key=self.merit)

    def merit(self, application: Application) -> float:
        """How an application looks: qualification, experience, a friend's word, time out of work, impression."""
        a, post, seeker = self.model.assumptions, application.post, application.seeker
        person = seeker.person
        luck = self.model.luck.uniform(For.CHOICE, person.uid ^ post.uid)
        impression = a["hiring_noise"] * math.log(max(luck, 1e-12) / max(1.0 - luck, 1e-12))
        return (
            0.25 * min(person.qualification - post.level, 1)
            + 0.3 * math.log1p(person.experience / 60.0)
            + a["referral_bonus"] * application.referred
            - a["duration_penalty"] * min(seeker.months_that_count, 36.0)
            + impression
        )


class Firm(Organisation):
    """A firm."""


class Anchor(Organisation):
    """A council, hospital, university, housing association or other large public body."""

    #: What kind of institution it is, such as "housing_association".
    institution: str


class OutsideEmployer(Organisation):
    """Employers beyond the region who hire its residents."""

    in_region = False


@dataclass(eq=False)
class Post:
    """A vacancy.

    Attributes:
        employer: Who advertises it.
        uid: Identity of the post.
        level: Qualification level that it asks for.
        hours: Paid hours a week.
        secure: Permanent with fixed hours.
        luck: How well this post pays for its kind, log points.
        minimum: Least pay that the employer has bound itself to, pence an hour.
    """

    employer: Organisation
    uid: int
    level: int
    hours: float
    secure: bool
    luck: float
    minimum: float

    @property
    def zone(self) -> int:
        """Where the work is."""
        return self.employer.zone


@dataclass(eq=False)
class Contract:
    """A contract of an anchor institution; no supplier means one from outside the region."""

    uid: int
    anchor: Organisation
    industry: int
    supplier: Organisation | None = None
    value: float = 0.0
    premium: float = 0.0
    months_left: int = 0


@dataclass
class Account:
    """The account of the government or of the rest of the world."""

    sector: Sector
    cash: int = 0


@dataclass
class Market:
    """What buyers want of one firm this month by source, pounds, and what share of it the firm can deliver."""

    consumer: float = 0.0
    inputs: float = 0.0
    procurement: float = 0.0
    investment: float = 0.0
    public: float = 0.0
    exports: float = 0.0
    fill: float = field(default=1.0)

    @property
    def total(self) -> float:
        """Demand from all sources."""
        return self.consumer + self.inputs + self.procurement + self.investment + self.public + self.exports
