"""An economy of a few rows that tests set by hand, for what watches economies."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd

from agents.columns import Table
from agents.household_fields import HOUSEHOLD_FIELDS
from agents.organisation_fields import ORGANISATION_FIELDS, Kind
from agents.person_fields import PERSON_FIELDS, Status

ADULT = 30 * 12


class FakeEconomy:
    """Two authorities, two neighbourhoods and zones in each, employers on request; nothing happens by itself."""

    def __init__(self, months: int = 60, scale: int = 1) -> None:
        self.persons = Table("persons", PERSON_FIELDS)
        self.households = Table("households", HOUSEHOLD_FIELDS)
        self.organisations = Table("organisations", ORGANISATION_FIELDS)
        self.scenario = SimpleNamespace(months=months)
        self.month, self.scale = 0, scale
        self.low_pay_line, self.growth = 930.0, 1.0
        self.region = SimpleNamespace(
            n_authorities=2,
            authority_index={"a": 0, "b": 1},
            neighbourhood_authority=np.array([0, 0, 1, 1], dtype=np.int8),
            neighbourhood_decile=np.array([1, 2, 9, 10], dtype=np.int8),
            neighbourhood_xy=np.array([[0.0, 0.0], [2000.0, 0.0], [10000.0, 0.0], [12000.0, 0.0]]),
            # The last lies outside.
            zone_authority=np.array([0, 1, -1], dtype=np.int8),
            zone_xy=np.array([[1000.0, 0.0], [11000.0, 0.0], [50000.0, 0.0]]),
            commuting=pd.DataFrame(
                [("a", "a", 0.6), ("a", "b", 0.3), ("a", "outside", 0.1), ("b", "a", 0.2), ("b", "b", 0.8)],
                columns=["origin", "destination", "share"],
            ),
        )
        self.travel_generalised = np.full((2, 4, 3), 30.0)

    def add_firms(self, count: int, **values: Any) -> np.ndarray[Any, Any]:
        """Firms of 10 staff in zone 0, unless said otherwise."""
        first = 1000 + int(self.organisations.n_rows)
        fields = {"kind": int(Kind.FIRM), "weight": 1.0, "headcount": 10, "authority": 0, "zone": 0, "registered": 1}
        return self.organisations.add(np.arange(first, first + count, dtype=np.uint64), **{**fields, **values})

    def add_homes(self, count: int, **values: Any) -> np.ndarray[Any, Any]:
        """Households in neighbourhood 0, unless said otherwise."""
        first = 5000 + int(self.households.n_rows)
        return self.households.add(np.arange(first, first + count, dtype=np.uint64), **values)

    def add_people(self, count: int, **values: Any) -> np.ndarray[Any, Any]:
        """Employees of 30 in the first household, with £10 an hour at the first employer, unless said otherwise."""
        first = 1 + int(self.persons.n_rows)
        fields = {"age_months": ADULT, "status": int(Status.EMPLOYEE), "employer": 0, "wage": 1000, "household": 0}
        return self.persons.add(np.arange(first, first + count, dtype=np.uint64), **{**fields, **values})

    def set(self, row: int, **values: Any) -> None:
        """Set columns of a person."""
        for name, value in values.items():
            getattr(self.persons, name)[row] = value

    def lose_job(self, row: int, status: Status = Status.UNEMPLOYED) -> None:
        """End a person's job."""
        self.set(row, status=int(status), employer=-1, wage=0, net_pay=0, status_months=0)


def values(moments: Any) -> dict[str, float]:
    """Moments of a table or a list as name and value."""
    if isinstance(moments, pd.DataFrame):
        return dict(zip(moments["quantity"], moments["value"], strict=True))
    return {moment.quantity: moment.value for moment in moments}
