"""Taxes and benefits of a benefit unit, and what a job would add to its income."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from agents.household_fields import Tenure
from agents.person_fields import Status
from simulation.tax_benefit import Rule

if TYPE_CHECKING:
    from tests.reference.agents import Household, Person

#: Monthly gross earnings at which people work out what a job would bring; between them they draw a straight line.
EARNINGS = (0.0, 400.0, 800.0, 1200.0, 1700.0, 2300.0, 3200.0, 5000.0)
#: Adults this much younger than the oldest are of another generation.
GENERATION_MONTHS = 18 * 12
ADULT_MONTHS = 16 * 12
MONTHS = 12.0

Rules = list[float]


def income_tax(annual: float, rules: Rules) -> float:
    """Income tax of a year, pounds."""
    allowance = rules[Rule.PERSONAL_ALLOWANCE]
    if annual > rules[Rule.ALLOWANCE_TAPER_START]:
        allowance = max(0.0, allowance - (annual - rules[Rule.ALLOWANCE_TAPER_START]) / 2.0)
    taxable = max(0.0, annual - allowance)
    basic_up_to = rules[Rule.BASIC_LIMIT]
    higher_up_to = max(rules[Rule.ADDITIONAL_THRESHOLD] - allowance, basic_up_to)
    tax = rules[Rule.BASIC_RATE] * min(taxable, basic_up_to)
    tax += rules[Rule.HIGHER_RATE] * max(0.0, min(taxable, higher_up_to) - basic_up_to)
    return tax + rules[Rule.ADDITIONAL_RATE] * max(0.0, taxable - higher_up_to)


def employee_insurance(annual: float, rules: Rules) -> float:
    """National insurance that an employee pays in a year, pounds."""
    main = min(annual, rules[Rule.NI_UPPER_LIMIT]) - rules[Rule.NI_PRIMARY_THRESHOLD]
    upper = annual - rules[Rule.NI_UPPER_LIMIT]
    return rules[Rule.NI_MAIN_RATE] * max(0.0, main) + rules[Rule.NI_UPPER_RATE] * max(0.0, upper)


def take_home_pay(gross: float, rules: Rules) -> float:
    """Pay after tax and national insurance, pounds a month."""
    annual = gross * MONTHS
    return gross - (income_tax(annual, rules) + employee_insurance(annual, rules)) / MONTHS


def minimum_wage(age_months: int, rules: Rules) -> float:
    """Legal minimum wage at an age, pence an hour."""
    for from_age, rule in ((25, Rule.WAGE_FLOOR_25), (21, Rule.WAGE_FLOOR_21), (18, Rule.WAGE_FLOOR_18)):
        if age_months >= from_age * 12:
            return rules[rule] * 100.0
    return rules[Rule.WAGE_FLOOR_16] * 100.0


@dataclass(eq=False)
class BenefitUnit:
    """People whom the benefit system treats as one: an adult, with a partner and children if there are any.

    Attributes:
        adults: 1 or 2.
        over25: The oldest is 25 or more.
        children: Those under 16.
        limited: Adults whose health keeps them from work.
        carers: Disabled adults who care for others and do not work.
        rent: Rent that the unit is liable for, pounds a month.
        take_home: Take-home pay of each adult, pounds a month.
        savings: Money in the bank, pounds.
    """

    adults: int
    over25: bool
    children: int
    limited: int
    carers: int
    rent: float
    take_home: dict[Person, float]
    savings: float

    def universal_credit(self, earnings: float, limited: int, rules: Rules) -> float:
        """Universal Credit at some earnings and number of adults unfit for work, pounds a month."""
        if self.savings > rules[Rule.UC_CAPITAL_LIMIT]:
            return 0.0
        if self.adults == 1:
            standard = Rule.UC_SINGLE_25PLUS if self.over25 else Rule.UC_SINGLE_UNDER25
        else:
            standard = Rule.UC_COUPLE_25PLUS if self.over25 else Rule.UC_COUPLE_UNDER25
        amount = rules[standard]
        counted = min(float(self.children), rules[Rule.UC_CHILDREN_LIMIT])
        if counted >= 1.0:
            amount += rules[Rule.UC_FIRST_CHILD] + rules[Rule.UC_NEXT_CHILD] * (counted - 1.0)
        amount += rules[Rule.UC_LCWRA] * min(limited, 1) + rules[Rule.UC_CARER] * min(self.carers, 1)
        housing = rules[Rule.UC_HOUSING_SHARE] * self.rent
        amount += housing
        allowance = 0.0
        if self.children > 0 or limited > 0:
            allowance = rules[Rule.UC_WORK_ALLOWANCE_HOUSING] if housing > 0.0 else rules[Rule.UC_WORK_ALLOWANCE]
        return max(0.0, amount - rules[Rule.UC_TAPER] * max(0.0, earnings - allowance))


def form_benefit_units(household: Household, growth: float) -> None:
    """Put the members of a household into benefit units.

    The oldest adult, a partner of the same generation and the children are one; every other adult, and
    every student in a household of students, is one of their own. The first is liable for the rent.
    """
    by_age = sorted(household.members, key=lambda person: (-person.age_months, person.uid))
    adults = [person for person in by_age if person.age_months >= ADULT_MONTHS]
    children = [person for person in by_age if person.age_months < ADULT_MONTHS]
    if not adults:
        return
    together, others = [adults[0]], adults[1:]
    if others and adults[0].age_months - others[0].age_months <= GENERATION_MONTHS and not household.student:
        together.append(others.pop(0))
    rents = household.tenure in (Tenure.SOCIAL_RENT, Tenure.PRIVATE_RENT)
    _form(
        together, children, household.housing_cost / 100.0 * growth if rents else 0.0, household.money_at_hand / 100.0
    )
    for lodger in others:
        _form([lodger], [], 0.0, 0.0)


def _form(adults: list[Person], children: list[Person], rent: float, savings: float) -> None:
    idle = [person for person in adults if person.employer is None]
    unit = BenefitUnit(
        adults=len(adults),
        over25=adults[0].age_months >= 25 * 12,
        children=len(children),
        limited=sum(person.status == Status.LONG_TERM_SICK and person.health > 0 for person in idle),
        carers=sum(person.caring > 0 and person.disability > 0 for person in idle),
        rent=rent,
        take_home={person: person.net_pay / 100.0 for person in adults},
        savings=savings,
    )
    for person in (*adults, *children):
        person.benefit_unit = unit


class GainFromWork:
    """What earnings would add to the income of a person's benefit unit, over having none.

    Args:
        person: Whose earnings.
        rules: Taxes and benefits in force.
    """

    def __init__(self, person: Person, rules: Rules) -> None:
        self.unit, self.rules = person.benefit_unit, rules
        # Whoever starts work no longer counts as unfit for it.
        self.unfit_at_work = max(self.unit.limited - (person.status == Status.LONG_TERM_SICK), 0)
        self.others = sum(pay for member, pay in self.unit.take_home.items() if member is not person)
        self.without = self.others + self.unit.universal_credit(self.others, self.unit.limited, rules)
        self._known: dict[int, float] = {}

    def at(self, pounds: float) -> float:
        """Gain from earning some pounds a month, read off the straight line between two amounts worked out."""
        k = 0
        while k < len(EARNINGS) - 2 and pounds > EARNINGS[k + 1]:
            k += 1
        share = (pounds - EARNINGS[k]) / (EARNINGS[k + 1] - EARNINGS[k])
        low, high = self._worked_out(k), self._worked_out(k + 1)
        return low + share * (high - low)

    def _worked_out(self, k: int) -> float:
        if k not in self._known:
            net = self.others + take_home_pay(EARNINGS[k], self.rules)
            unfit = self.unit.limited if k == 0 else self.unfit_at_work
            self._known[k] = net + self.unit.universal_credit(net, unfit, self.rules) - self.without
        return self._known[k]
