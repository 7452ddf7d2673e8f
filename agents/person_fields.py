"""Columns of persons: rows inside households."""

from __future__ import annotations

from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from agents.columns import Field


class Status(IntEnum):
    """Labour-market status of a person; inactivity is split by main reason."""

    CHILD = 0
    EMPLOYEE = 1
    SELF_EMPLOYED = 2
    UNEMPLOYED = 3
    LONG_TERM_SICK = 4
    CARER = 5
    STUDENT = 6
    RETIRED = 7
    DISCOURAGED = 8
    PENSIONER = 9


#: Statuses that count as economically inactive in working age.
INACTIVE = (Status.LONG_TERM_SICK, Status.CARER, Status.STUDENT, Status.RETIRED, Status.DISCOURAGED)

#: Statuses of those who work.
EMPLOYED = (Status.EMPLOYEE, Status.SELF_EMPLOYED)
_FLAGS: dict[tuple[Status, ...], NDArray[np.bool_]] = {}


def has_status(status: NDArray[np.int8], *wanted: Status) -> NDArray[np.bool_]:
    """Which persons have one of some statuses, by a table of flags; same shape as `status`."""
    if wanted not in _FLAGS:
        flags = np.zeros(len(Status), dtype=bool)
        flags[list(wanted)] = True
        _FLAGS[wanted] = flags
    return np.asarray(_FLAGS[wanted][status])


#: Below this age a member adds less to what a household needs (months).
UNDER_14_MONTHS = 14 * 12

#: Working age in the sense of the Annual Population Survey: 16 to 64 years.
WORKING_AGE_MONTHS = (16 * 12, 65 * 12)


class Mode(IntEnum):
    """Usual way of travelling to work."""

    CAR = 0
    TRANSIT = 1
    ACTIVE = 2
    HOME = 3


PERSON_FIELDS = (
    Field("household", np.int32, "row", "Row of the household that the person lives in", low=0, default=-1),
    Field("lodges", np.int8, "flag", "Adult who is a benefit unit alone, not the head's", low=0, high=1, derived=True),
    Field("age_months", np.int16, "months", "Age", low=0, high=1500),
    Field("sex", np.int8, "code", "0 male, 1 female", low=0, high=1),
    Field("ethnicity", np.int8, "code", "0 White British, 1 any other group", low=0, high=1),
    Field("disability", np.int8, "flag", "Disabled in the sense of the Equality Act", low=0, high=1),
    Field("health", np.int8, "code", "0 good, 1 a condition that limits work", low=0, high=1),
    Field("caring", np.int8, "flag", "Looks after family or home to an extent that limits work", low=0, high=1),
    Field("qualification", np.int8, "code", "Highest: 0 none, 1-3 NVQ1-NVQ3, 4 NVQ4+", low=0, high=4),
    Field("status", np.int8, "code", "Labour-market status, see Status", low=0, high=9),
    Field("status_months", np.int16, "months", "Time in this status", low=0),
    Field("employer", np.int32, "row", "Row in organisations, -1 for none", low=-1, default=-1),
    Field("wage", np.int32, "pence per hour", "Gross hourly pay of an employee", low=0),
    Field(
        "match",
        np.float32,
        "log points",
        "Pay over the employer's offer at this level: ability and luck, less for part-time",
    ),
    Field("hours", np.float32, "hours per week", "Usual paid hours", low=0, high=80),
    Field("secure", np.int8, "flag", "1 permanent with fixed hours, 0 zero-hours or temporary", low=0, high=1),
    Field("job_level", np.int8, "code", "Qualification level that the job asks for", low=0, high=4),
    Field("tenure", np.int16, "months", "Time with this employer", low=0),
    Field("experience", np.int16, "months", "Months ever worked", low=0),
    Field("mode", np.int8, "code", "Usual mode of travel to work, see Mode", low=0, high=3),
    Field("taste", np.float32, "logit", "Fixed unobserved inclination to take part in the labour market"),
    Field("ability", np.float32, "log points", "Fixed skill that no certificate shows and every employer pays for"),
    Field("study_months", np.int16, "months", "Initial education left; 0 when finished", low=0),
    Field("study_goal", np.int8, "code", "Qualification on finishing initial education", low=0, high=4),
    Field("course_months", np.int16, "months", "Months left of an adult course; 0 when on none", low=0),
    Field("course_kind", np.int8, "code", "Kind of adult course, see simulation.skills", low=0),
    Field("pension", np.float64, "ratio", "Private pension over the mean; 0 until first paid", low=0, derived=True),
    Field("claims", np.int8, "part", "Of 128 by take-up; -1 not drawn", low=-1, high=127, default=-1, derived=True),
    Field("gross_pay", np.int64, "pence per month", "Gross earnings or drawings this month", low=0),
    Field("net_pay", np.int64, "pence per month", "Earnings after tax and national insurance", low=0),
    Field("next_event", np.int16, "months", "Age at which something may next happen; -1 not drawn yet", default=-1),
    Field("next_idea", np.int16, "month", "Month in which it may next found a firm; -1 not drawn yet", default=-1),
    Field("joined", np.int16, "month", "Month of birth or arrival in the run; -1024 there before", default=-1024),
    Field("befriended", np.int16, "month", "Month in which ties were drawn; -2048 for none yet", default=-2048),
)
