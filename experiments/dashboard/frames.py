"""What a month of an economy leaves for the screen: small arrays, copied, that no later month changes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from agents.organisation_fields import Kind
from agents.person_fields import EMPLOYED, INACTIVE, WORKING_AGE_MONTHS, Status, has_status
from simulation import Economy

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]

#: Outcomes by neighbourhood that the map can show; each is a sum over a number of people or homes.
MAPPED = (
    "inactivity_rate", "employment_rate", "unemployment_rate", "share_below_real_living_wage", "insecure_share",
    "household_wealth_per_head",
)  # fmt: skip
#: Lower ends of the bars of hourly pay, pounds; the last bar has no upper end.
PAY_BINS = tuple(range(6, 41, 2))
#: Lower ends of the bars of household wealth, pounds; those without any are in the first.
WEALTH_BINS = (0, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000, 200_000, 500_000)
#: Upper ends of the bars of customers per firm; those with more are in the last.
CUSTOMER_BINS = (0, 1, 2, 5, 10, 20, 50, 100)
#: Minutes of a journey from which on the last bar counts.
MOST_MINUTES = 90


@dataclass(frozen=True)
class Frame:
    """One side at the end of a month.

    Attributes:
        sums: Sum behind each mapped outcome, shape (outcomes, neighbourhoods).
        bases: People or homes that it is a sum over, same shape.
        pay: Share of employees in each bar of `PAY_BINS`.
        wealth: Share of households in each bar of `WEALTH_BINS`.
        friends: Share of people of working age with 0, 1, 2, ... friends.
        customers: Share of firms in each bar of `CUSTOMER_BINS`, by number of firms and anchors that they supply.
        journeys: Share of those who work in the region by cost of their journey, time and money together, in bars of
            ten minutes.
    """

    sums: Floats
    bases: Floats
    pay: Floats
    wealth: Floats
    friends: Floats
    customers: Floats
    journeys: Floats


def frame_of(economy: Economy) -> Frame:
    """What an economy shows now."""
    sums, bases = _places(economy)
    persons, homes = economy.persons, economy.households
    staff = persons.alive & (persons.status == Status.EMPLOYEE)
    return Frame(
        sums, bases,
        _shares(np.searchsorted(PAY_BINS, persons.wage[staff] / 100.0, side="right") - 1, len(PAY_BINS)),
        _shares(np.searchsorted(WEALTH_BINS, homes.cash[homes.alive] / 100.0, side="right") - 1, len(WEALTH_BINS)),
        _friends(economy), _customers(economy), _journeys(economy),
    )  # fmt: skip


def _places(economy: Economy) -> tuple[Floats, Floats]:
    persons, homes, n = economy.persons, economy.households, economy.region.n_neighbourhoods
    low, high = WORKING_AGE_MONTHS
    adult = persons.alive & (persons.age_months >= low) & (persons.age_months < high)
    place = homes.neighbourhood[persons.household]
    staff = persons.alive & (persons.status == Status.EMPLOYEE)
    seeking = adult & (persons.status == Status.UNEMPLOYED)
    employed = adult & has_status(persons.status, *EMPLOYED)

    def count(who: NDArray[np.bool_]) -> Counts:
        return np.bincount(place[who], minlength=n)

    everyone, staffed = count(adult), count(staff)
    wealth = np.bincount(homes.neighbourhood[homes.alive], homes.cash[homes.alive] / 100.0, minlength=n)
    sums = (
        count(adult & has_status(persons.status, *INACTIVE)), count(employed), count(seeking),
        count(staff & (persons.wage < economy.low_pay_line)), count(staff & (persons.secure == 0)), wealth,
    )  # fmt: skip
    bases = (everyone, everyone, count(seeking | employed), staffed, staffed, count(persons.alive))
    return np.array(sums, dtype=np.float64), np.array(bases, dtype=np.float64)


def _friends(economy: Economy) -> Floats:
    persons = economy.persons
    low, high = WORKING_AGE_MONTHS
    adults = np.flatnonzero(persons.alive & (persons.age_months >= low) & (persons.age_months < high))
    found = (economy.social.friends(adults) >= 0).sum(axis=1)
    return _shares(found, economy.social.degree + 1)


def _customers(economy: Economy) -> Floats:
    orgs = economy.organisations
    suppliers = economy.supply.suppliers
    customers = np.bincount(suppliers[suppliers >= 0], minlength=orgs.n_rows)
    firms = orgs.alive & (orgs.kind == Kind.FIRM)
    return _shares(np.searchsorted(CUSTOMER_BINS, customers[firms], side="left"), len(CUSTOMER_BINS) + 1)


def _journeys(economy: Economy) -> Floats:
    persons, homes, orgs = economy.persons, economy.households, economy.organisations
    works = np.flatnonzero(persons.alive & (persons.employer >= 0))
    home, work = persons.household[works], persons.employer[works]
    inside = orgs.neighbourhood[work] >= 0
    home, work = home[inside], work[inside]
    minutes = economy.travel_generalised[homes.car[home], homes.neighbourhood[home], orgs.zone[work]]
    return _shares(np.minimum(minutes, MOST_MINUTES).astype(np.int64) // 10, MOST_MINUTES // 10 + 1)


def _shares(bars: Counts, n: int) -> Floats:
    """Share of each bar, from the bar of each case; what lies below the first bar is in it."""
    found = np.bincount(np.clip(bars, 0, n - 1), minlength=n)
    return found / max(int(found.sum()), 1)
