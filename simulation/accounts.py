"""The chart of accounts: sectors of the economy, books that accounts are kept in, and kinds of payment."""

from __future__ import annotations

from enum import Enum, IntEnum


class Sector(IntEnum):
    """Sectors of the economy, the columns of the transaction-flow matrix."""

    HOUSEHOLDS = 0
    LOCAL_FIRMS = 1
    EXTERNAL_FIRMS = 2
    SOCIAL_FIRMS = 3
    ANCHORS = 4
    GOVERNMENT = 5
    REST_OF_WORLD = 6


class Book(Enum):
    """Where accounts are kept."""

    HOUSEHOLDS = "households"
    ORGANISATIONS = "organisations"
    GOVERNMENT = "government"
    REST_OF_WORLD = "rest of world"

    # Each book is one object, so identity will do; the default hashes the name in Python, thousands of times a month.
    __hash__ = object.__hash__


class Flow(IntEnum):
    """Kinds of payment, the rows of the transaction-flow matrix."""

    WAGES = 0
    OUTSIDE_WAGES = 1
    INCOMMUTER_WAGES = 2
    DRAWINGS = 3
    EMPLOYER_NI = 4
    INCOME_TAX = 5
    EMPLOYEE_NI = 6
    VAT = 7
    COUNCIL_TAX = 8
    BUSINESS_RATES = 9
    CORPORATION_TAX = 10
    UNIVERSAL_CREDIT = 11
    STATE_PENSION = 12
    CHILD_BENEFIT = 13
    DISABILITY_BENEFIT = 14
    STUDENT_SUPPORT = 15
    PENSION_INCOME = 16
    CONSUMPTION = 17
    ONLINE_CONSUMPTION = 18
    RENT = 19
    MORTGAGE_INTEREST = 20
    COMMUTING = 21
    INTERMEDIATE = 22
    IMPORTS = 23
    EXPORTS = 24
    INVESTMENT = 25
    PROCUREMENT = 26
    PROCUREMENT_PREMIUM = 27
    GRANT = 28
    DIVIDENDS = 29
    LIQUIDATION = 30
    START_UP_CAPITAL = 31
    DEBT_WRITE_OFF = 32
    MIGRATION = 33
    INHERITANCE = 34
    POLICY_COST = 35
    POLICY_CHARGE = 36


#: What each flow is, for the documentation.
FLOW_MEANING: dict[Flow, str] = {
    Flow.WAGES: "gross wages of residents from employers in the region",
    Flow.OUTSIDE_WAGES: "gross wages of residents from employers outside",
    Flow.INCOMMUTER_WAGES: "gross wages of those who commute in",
    Flow.DRAWINGS: "income that the self-employed take from their firms",
    Flow.EMPLOYER_NI: "employers' national insurance",
    Flow.INCOME_TAX: "income tax",
    Flow.EMPLOYEE_NI: "employees' and self-employed national insurance",
    Flow.VAT: "value added tax on household spending",
    Flow.COUNCIL_TAX: "council tax",
    Flow.BUSINESS_RATES: "business rates",
    Flow.CORPORATION_TAX: "corporation tax",
    Flow.UNIVERSAL_CREDIT: "Universal Credit",
    Flow.STATE_PENSION: "state pension",
    Flow.CHILD_BENEFIT: "child benefit",
    Flow.DISABILITY_BENEFIT: "disability benefit that is not means-tested",
    Flow.STUDENT_SUPPORT: "maintenance support of students",
    Flow.PENSION_INCOME: "private and occupational pensions, from funds outside",
    Flow.CONSUMPTION: "household spending at firms of the region",
    Flow.ONLINE_CONSUMPTION: "household spending online and outside the region",
    Flow.RENT: "rents",
    Flow.MORTGAGE_INTEREST: "mortgage interest and home upkeep paid outside",
    Flow.COMMUTING: "fares, fuel and parking on the way to work",
    Flow.INTERMEDIATE: "firms' purchases from firms of the region",
    Flow.IMPORTS: "firms' purchases from outside",
    Flow.EXPORTS: "sales to the outside",
    Flow.INVESTMENT: "investment and hiring services bought from firms of the region",
    Flow.PROCUREMENT: "anchors' purchases at the lowest bid",
    Flow.PROCUREMENT_PREMIUM: "what anchors pay above the lowest bid",
    Flow.GRANT: "government funding of anchors",
    Flow.DIVIDENDS: "profits paid to owners",
    Flow.LIQUIDATION: "what is left of a closed firm, to its owner",
    Flow.START_UP_CAPITAL: "what founders put into a new firm",
    Flow.DEBT_WRITE_OFF: "debts of a closed firm that lenders outside bear",
    Flow.MIGRATION: "wealth that moves in or out with households",
    Flow.INHERITANCE: "wealth that passes between households at death, union or separation",
    Flow.POLICY_COST: "public cost of policies, by heading",
    Flow.POLICY_CHARGE: "what users or firms pay towards a policy",
}
