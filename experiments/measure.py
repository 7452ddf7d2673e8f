"""Measures the opening state of an economy as official statistics would, for comparison with targets."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from agents.organisation_fields import Kind
from agents.person_fields import INACTIVE, WORKING_AGE_MONTHS, Mode, Status
from experiments.measure_work import measure_work
from simulation import Economy
from simulation.indicators import gross_value_added
from simulation.order_statistics import quantiles

Rows = NDArray[np.int64]
Mask = NDArray[np.bool_]

#: Staff of the size bands of UK Business Counts (ONS): least, and least of the next.
SIZE_BANDS = {"micro": (0, 10), "small": (10, 50), "medium": (50, 250), "large": (250, np.inf)}
LEVELS = ("none", "nvq1", "nvq2", "nvq3", "nvq4plus")
#: A limiting illness is the main reason of those whom the Annual Population Survey counts as long-term sick.
ILL = Status.LONG_TERM_SICK


@dataclass(frozen=True)
class Measurement:
    """A quantity of the simulated economy.

    Attributes:
        value: In the target's unit.
        sample: For a share, the simulated units that it is a share of; otherwise 0.
        error: For anything else, the standard error that the scale brings, in the target's unit.
    """

    value: float
    sample: int = 0
    error: float = 0.0


def slug(name: str) -> str:
    """A name as targets write it, such as "st_helens"."""
    return re.sub(r"\W+", "_", name.lower())


class Measurer:
    """Measures an economy.

    Args:
        economy: An economy at month 0.
    """

    def __init__(self, economy: Economy) -> None:
        self.economy = economy
        persons, households, region = economy.persons, economy.households, economy.region
        self.people = persons.rows()
        home = households.neighbourhood[persons.household[self.people]]
        self.home = region.neighbourhood_authority[home].astype(np.int64)
        age = persons.age_months[self.people]
        self.working_age = (age >= WORKING_AGE_MONTHS[0]) & (age < WORKING_AGE_MONTHS[1])
        self.status = persons.status[self.people]
        self.employed = self.working_age & np.isin(self.status, (Status.EMPLOYEE, Status.SELF_EMPLOYED))
        self.inactive = self.working_age & np.isin(self.status, INACTIVE)
        self.seeking = self.working_age & (self.status == Status.UNEMPLOYED)
        self.staff = self.status == Status.EMPLOYEE
        employer = persons.employer[self.people]
        # Those who work from home are no commuters, as in the census's origins and destinations.
        self.commuter = (employer >= 0) & (persons.mode[self.people] != Mode.HOME)
        self.work = np.where(employer >= 0, economy.organisations.authority[employer], -2).astype(np.int64)

    def measure(self, quantity: str, authority: str) -> Measurement | None:
        """Measure a quantity of an authority.

        Args:
            quantity: As in the targets of a region pack.
            authority: Name of the authority, or "region" for all.

        Returns:
            The measurement; None for a quantity that this does not know.
        """
        region = self.economy.region
        place = None if authority == "region" else region.authority_index[authority]
        here = np.ones(self.people.size, dtype=bool) if place is None else self.home == place
        shares = self._shares()
        if quantity in shares:
            part, whole = shares[quantity]
            return self.share(part & whole & here, whole & here)
        measures: dict[str, Callable[[int | None, Mask], Measurement]] = {
            "households": self._households,
            "share_no_car": self._without_car,
            "median_weekly_pay": self._median_weekly_pay,
            "pay_ratio_p90_p10": self._pay_ratio,
            "share_below_real_living_wage": self._below_real_living_wage,
            "businesses": lambda place, here: self._businesses(place),
            "gva": lambda place, here: Measurement(gross_value_added(self.economy) * 12.0),
        }
        if quantity in measures:
            return measures[quantity](place, here)
        for name, index in region.authority_index.items():
            if quantity == f"commuting_to_{slug(name)}":
                return self.share(self.commuter & here & (self.work == index), self.commuter & here)
            if quantity == f"{slug(name)}_share_of_jobs":
                return self.share_of_jobs(self.economy.organisations.authority == index)
            if quantity == f"{slug(name)}_share_of_businesses":
                return self._share_of_businesses(index)
        band = quantity.removeprefix("enterprises_")
        if band in SIZE_BANDS and band != quantity:
            return self._enterprises(place, band)
        return measure_work(self, quantity, place, here)

    # --- people ---

    def _shares(self) -> dict[str, tuple[Mask, Mask]]:
        """Part and whole of each quantity that is a share of persons."""
        persons, people = self.economy.persons, self.people
        level, years = persons.qualification[people], persons.age_months[people] // 12
        everyone = np.ones(people.size, dtype=bool)
        out = {
            "employment_rate": (self.employed, self.working_age),
            "inactivity_rate": (self.inactive, self.working_age),
            "unemployment_rate": (self.seeking, self.seeking | self.employed),
            "self_employment_share": (self.status == Status.SELF_EMPLOYED, self.employed),
            "ill_health_share_of_inactive": (self.status == ILL, self.inactive),
            "car_share_of_commuting": (persons.mode[people] == Mode.CAR, self.commuter),
        }
        out |= {f"qualification_{name}": (level == k, self.working_age) for k, name in enumerate(LEVELS)}
        for low, high in ((0, 15), (16, 24), (25, 34), (35, 49), (50, 64)):
            out[f"age_{low}_{high}"] = ((years >= low) & (years <= high), everyone)
        out["age_65plus"] = (years >= 65, everyone)
        return out

    @staticmethod
    def share(part: Mask, whole: Mask) -> Measurement:
        """A share of units, flagged."""
        n = int(whole.sum())
        return Measurement(float(part.sum()) / n if n else float("nan"), sample=n)

    def weekly_pay(self, here: Mask) -> NDArray[np.float64]:
        """Pounds a week of employees among some residents."""
        persons = self.economy.persons
        rows = self.people[self.staff & here]
        return np.asarray(persons.wage[rows] / 100.0 * persons.hours[rows].astype(np.float64))

    def _median_weekly_pay(self, place: int | None, here: Mask) -> Measurement:
        pay = self.weekly_pay(here)
        return Measurement(quantiles(pay, 0.5)[0], error=quantile_error(pay, 0.5))

    def _pay_ratio(self, place: int | None, here: Mask) -> Measurement:
        pay = self.weekly_pay(here)
        low, high = quantiles(pay, 0.1, 0.9)
        if low <= 0.0:
            return Measurement(float("nan"))
        relative = np.hypot(quantile_error(pay, 0.1) / low, quantile_error(pay, 0.9) / high)
        return Measurement(high / low, error=float(high / low * relative))

    def _below_real_living_wage(self, place: int | None, here: Mask) -> Measurement:
        low = self.economy.persons.wage[self.people] < np.floor(self.economy.real_living_wage)
        return self.share(low & self.staff & here, self.staff & here)

    # --- households ---

    def at_home(self, place: int | None) -> Rows:
        """Rows of the households of an authority, or of all."""
        households, region = self.economy.households, self.economy.region
        rows = households.rows()
        if place is None:
            return rows
        return np.asarray(rows[region.neighbourhood_authority[households.neighbourhood[rows]] == place])

    def _households(self, place: int | None, here: Mask) -> Measurement:
        return self._count(self.at_home(place).size)

    def _count(self, units: int) -> Measurement:
        """A count that is exact but for whole units: the error is half a unit over two, so that two make half."""
        return Measurement(float(units) * self.economy.scale, error=0.25 * self.economy.scale)

    def _without_car(self, place: int | None, here: Mask) -> Measurement:
        rows = self.at_home(place)
        without = self.economy.households.car[rows] == 0
        return self.share(without, np.ones(rows.size, dtype=bool))

    # --- organisations ---

    def _firms(self, place: int | None) -> Rows:
        orgs = self.economy.organisations
        firm = orgs.alive & (orgs.kind == Kind.FIRM)
        return np.flatnonzero(firm if place is None else firm & (orgs.authority == place))

    def _businesses(self, place: int | None) -> Measurement:
        return self._weighed(self._firms(place))

    def _weighed(self, rows: Rows) -> Measurement:
        """Real firms that rows stand for.

        Firms are spread evenly over the rows of their authority and size (systematic sampling), so a count
        is off by about one row; the largest weight is the error.
        """
        weight = self.economy.organisations.weight
        error = float(weight[rows].max()) if rows.size else float(self.economy.scale)
        return Measurement(float(weight[rows].sum()), error=error)

    def _enterprises(self, place: int | None, band: str) -> Measurement:
        orgs = self.economy.organisations
        rows = self._firms(place)
        rows = rows[orgs.registered[rows] == 1]
        staff = (orgs.headcount[rows] + orgs.outside_workers[rows]) * self.economy.scale / orgs.weight[rows]
        low, high = SIZE_BANDS[band]
        counted = self._weighed(rows[(staff >= low) & (staff < high)])
        # Staff are whole simulated persons: a firm within one of them of a limit may fall to either side of it.
        one = self.economy.scale / orgs.weight[rows]
        near = (np.abs(staff - low) < one) | (np.abs(staff - high) < one)
        rounding = 0.5 * float(np.sqrt((orgs.weight[rows[near]] ** 2).sum()))
        return Measurement(counted.value, error=max(counted.error, rounding))

    def share_of_jobs(self, chosen: Mask) -> Measurement:
        """The share of all jobs in the region that some organisations have, flagged by row."""
        orgs = self.economy.organisations
        jobs = np.where(orgs.alive & (orgs.kind != Kind.OUTSIDE), orgs.headcount + orgs.outside_workers, 0)
        total = int(jobs.sum())
        return Measurement(float(jobs[chosen].sum()) / max(total, 1), sample=total)

    def _share_of_businesses(self, place: int) -> Measurement:
        weight = self.economy.organisations.weight
        firms = self._firms(None)
        return Measurement(float(weight[self._firms(place)].sum() / weight[firms].sum()), sample=int(firms.size))


def quantile_error(values: NDArray[np.float64], q: float) -> float:
    """Standard error of a sample quantile, from the quantiles one binomial standard error to each side."""
    if values.size == 0:
        return 0.0
    step = np.sqrt(q * (1.0 - q) / values.size)
    below, above = quantiles(values, max(q - step, 0.0), min(q + step, 1.0))
    return (above - below) / 2.0
