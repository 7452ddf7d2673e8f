"""Columns of households."""

from __future__ import annotations

from enum import IntEnum

import numpy as np

from agents.columns import Field


class Tenure(IntEnum):
    """Housing tenure."""

    OWNED_OUTRIGHT = 0
    MORTGAGED = 1
    SOCIAL_RENT = 2
    PRIVATE_RENT = 3


HOUSEHOLD_FIELDS = (
    Field("neighbourhood", np.int16, "index", "Neighbourhood in the region pack", low=0),
    Field("tenure", np.int8, "code", "Housing tenure, see Tenure", low=0, high=3),
    Field("car", np.int8, "flag", "Has a car or van", low=0, high=1),
    Field("student", np.int8, "flag", "A household of students", low=0, high=1),
    Field("head", np.int32, "row", "Oldest adult, -1 for none", low=-1, default=-1, derived=True),
    Field("partner", np.int32, "row", "Partner of the oldest adult, -1 for none", low=-1, default=-1, derived=True),
    Field("children", np.int16, "count", "Members under 16", low=0, derived=True),
    Field("under_14", np.int16, "count", "Members under 14", low=0, derived=True),
    Field("people", np.int16, "count", "Members", low=0, derived=True),
    Field("claims", np.int8, "part", "Of 128 by take-up; -1 not drawn", low=-1, high=127, default=-1, derived=True),
    Field("cash", np.int64, "pence", "Bank balance, owned by the ledger"),
    Field("income", np.int64, "pence per month", "Disposable income received this month"),
    Field("dividends", np.int64, "pence per month", "Profit received from firms last month", low=0),
    Field("expected_income", np.float64, "pounds per month", "Adaptive expectation of disposable income"),
    Field("housing_cost", np.int64, "pence per month", "Rent or mortgage interest due", low=0),
    Field("spending", np.int64, "pence per month", "Consumption this month", low=0),
    Field(
        "next_move", np.int16, "month", "Month in which it may next move away or be copied; -1 not drawn", default=-1
    ),
)
