"""Words: what sentences call outcomes, policies, sums and months."""

from __future__ import annotations

import math
from collections.abc import Sequence

from experiments.outcomes import Outcome, Unit
from simulation.months import month_number

#: What a sentence calls an outcome, in the singular; others go by the catalogue's label.
PHRASES = {
    "inactivity_rate": "the share of working-age people who are inactive",
    "employment_rate": "the share of working-age people in work",
    "unemployment_rate": "the unemployment rate",
    "hourly_pay_median": "median hourly pay",
    "hourly_pay_p25": "hourly pay at the lowest quarter",
    "qualified_nvq3_and_above": "the share of working-age people qualified to NVQ 3 or above",
    "share_below_real_living_wage": "the share of employees below the real Living Wage",
    "insecure_share": "the share of employees in insecure work",
    "in_work_poverty_rate": "the share of workers in poverty",
    "community_wealth_per_head": "community wealth per head",
    "anchor_local_share": "the share of anchor spending kept local",
    "gva": "gross value added a year",
    "businesses": "the number of businesses",
    "reachable_vacancies_no_car": "the number of vacancies in reach without a car",
    "reachable_jobs_no_car": "the number of jobs in reach without a car",
}
#: Shorter names for lists of outcomes.
SHORT = {
    "inactivity_rate": "inactivity",
    "employment_rate": "employment",
    "unemployment_rate": "unemployment",
    "share_below_real_living_wage": "pay below the real Living Wage",
    "insecure_share": "insecure work",
    "in_work_poverty_rate": "in-work poverty",
    "anchor_local_share": "anchor spending kept local",
    "gva": "gross value added",
    "businesses": "the number of businesses",
    "qualified_nvq3_and_above": "qualifications",
    "reachable_vacancies_no_car": "vacancies in reach without a car",
    "reachable_jobs_no_car": "jobs in reach without a car",
}
#: Rates that everybody knows by their short names.
PLAIN = ("inactivity_rate", "employment_rate", "unemployment_rate")
#: What sentences call the scenarios of the default comparison.
TITLES = {
    "Fair Employment Charter": "the Fair Employment Charter",
    "Progressive procurement": "progressive procurement",
    "Skills": "the skills policy",
    "Transport": "the transport policy",
    "All four together": "all four policies together",
}


def phrase(item: Outcome) -> str:
    """An outcome as the subject of a sentence."""
    return PHRASES.get(item.name) or item.label[:1].lower() + item.label[1:]


def subject(item: Outcome) -> str:
    """An outcome as the subject of the first sentence: rates by their plain names."""
    return SHORT[item.name] if item.name in PLAIN else phrase(item)


def policy_name(title: str) -> str:
    """A policy scenario after "with"; one that is not known stands in quotation marks."""
    return TITLES.get(title) or f"“{title}”"


def short(item: Outcome) -> str:
    """An outcome in a list."""
    return SHORT.get(item.name) or phrase(item)


def listed(parts: Sequence[str]) -> str:
    """Parts joined as a list: "a", "a and b", "a, b and c"."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def capital(text: str) -> str:
    """The text with a capital first letter."""
    return text[:1].upper() + text[1:]


def amounts(item: Outcome, values: Sequence[float]) -> list[str]:
    """Sizes without signs in one style that fits the first, such as "2.1 points", then "1.8", "2.4"."""
    first = abs(values[0])

    def places(size: float, ones: float) -> int:
        return 0 if size >= 100 * ones else 1 if size >= ones else 2

    if item.unit is Unit.SHARE:
        digits = 1 if first >= 0.0095 else 2
        return [f"{100 * abs(v):.{digits}f}" + (" points" if k == 0 else "") for k, v in enumerate(values)]
    if item.unit is Unit.POUNDS_AND_PENCE:
        if first < 1.0:
            digits = 0 if first >= 0.1 else 1
            return [f"{100 * abs(v):.{digits}f}p" for v in values]
        return [f"£{abs(v):,.2f}" for v in values]
    if item.unit is Unit.POUNDS:
        return [f"£{abs(v):,.0f}" for v in values]
    if item.unit in (Unit.MILLIONS, Unit.MILLIONS_A_MONTH):
        digits, tail = places(first, 1.0), " a month" if item.unit is Unit.MILLIONS_A_MONTH else ""
        return [f"£{abs(v):,.{digits}f}m" + (tail if k == 0 else "") for k, v in enumerate(values)]
    if item.unit is Unit.COUNT:
        digits = 0 if first >= 10 else 1
        return [f"{abs(v):,.{digits}f}" for v in values]
    if item.unit is Unit.MINUTES:
        return [f"{abs(v):.1f}" + (" minutes" if k == 0 else "") for k, v in enumerate(values)]
    return [f"{abs(v):,.{max(places(first, 1.0), 1) + 1}f}" for v in values]


def counted(number: int, one: str, more: str = "") -> str:
    """A number with its noun, in the plural (by default with an s) where it is not one."""
    return f"{number} {one if number == 1 else more or one + 's'}"


def pounds(value: float) -> str:
    """A sum of public money, such as "£12.3m", "£450,000" or "-£0.8m"."""
    if not math.isfinite(value):
        return "n/a"
    sign, size = ("-" if value < 0 else ""), abs(value)
    if size >= 99.95e6:
        return f"{sign}£{size / 1e6:,.0f}m"
    return f"{sign}£{size / 1e6:,.1f}m" if size >= 0.95e6 else f"{sign}£{round(size, -3):,.0f}"


def calendar(month: str) -> str:
    """A "YYYY-MM" month in words, such as "April 2020"."""
    names = (
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
        "December",
    )  # fmt: skip
    year, number = divmod(month_number(month), 12)
    return f"{names[number]} {year}"
