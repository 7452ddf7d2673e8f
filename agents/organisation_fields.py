"""Columns of organisations: firms and anchor institutions share one table of employers."""

from __future__ import annotations

from enum import IntEnum

import numpy as np

from agents.columns import Field


class Kind(IntEnum):
    """Which agent class a row is."""

    FIRM = 0
    ANCHOR = 1
    OUTSIDE = 2  # employers beyond the region who hire its residents; not an agent, part of the rest of world


class Ownership(IntEnum):
    """Who owns the organisation."""

    LOCAL = 0
    EXTERNAL = 1
    SOCIAL = 2
    PUBLIC = 3
    OUTSIDE = 4


#: Industry code of public administration, whose employers are anchors only; 0-11 are the pack's sectors.
PUBLIC_INDUSTRY = 12

ORGANISATION_FIELDS = (
    Field("kind", np.int8, "code", "Firm, anchor or outside employer, see Kind", low=0, high=2),
    Field("sector", np.int8, "code", "Ledger sector of the account", low=0, high=6),
    Field("industry", np.int8, "code", "Position in the pack's sectors, 12 for public administration", low=0, high=12),
    Field("ownership", np.int8, "code", "See Ownership", low=0, high=4),
    Field("zone", np.int16, "index", "Employment zone in the region pack", low=0),
    Field(
        "neighbourhood", np.int16, "index", "Neighbourhood of the premises, -1 outside the region", low=-1, default=-1
    ),
    Field("authority", np.int8, "index", "Authority of the premises, -1 outside the region", low=-1, default=-1),
    Field("registered", np.int8, "flag", "A registered enterprise as UK Business Counts has it", low=0, high=1),
    Field("weight", np.float64, "businesses", "Real businesses that the row stands for", low=0),
    Field("age_months", np.int32, "months", "Age of the business", low=0),
    Field("cash", np.int64, "pence", "Bank balance, owned by the ledger"),
    Field("owner", np.int32, "row", "Household that owns a local firm, -1 for none", low=-1, default=-1),
    Field("headcount", np.int32, "persons", "Residents who work here, proprietors included", low=0),
    Field("outside_workers", np.int32, "persons", "Workers who commute in from outside the region", low=0),
    Field("target_headcount", np.int32, "persons", "Headcount wanted this month", low=0),
    Field("rounding", np.float64, "share", "Fixed draw that rounds wanted labour to persons", low=0, high=1),
    Field("vacancies", np.int32, "posts", "Posts advertised this month", low=0),
    Field("vacancy_months", np.float32, "months", "How long posts have stood open, smoothed", low=0),
    Field("wage_effect", np.float32, "log points", "Pay premium of this employer over its industry"),
    Field("wage_effect_start", np.float32, "log points", "Pay premium with which the employer began"),
    Field("output_per_worker", np.float64, "pounds per month", "Output that one worker makes", low=0),
    Field("price", np.float64, "index", "Price relative to the base year, 1 at the start", low=0, default=1.0),
    Field("attraction", np.float64, "log", "Passing luck with customers, an autoregressive shifter of demand"),
    Field("appeal", np.float64, "log pounds", "Standing in the eyes of customers, at neutral price and luck"),
    Field(
        "export_weight", np.float64, "ratio", "How much of its industry's exports a firm of its standing draws", low=0
    ),
    Field("demand", np.float64, "pounds per month", "Demand met this month, all sources", low=0),
    Field("unmet", np.float64, "pounds per month", "Demand turned away for lack of capacity", low=0),
    Field("expected_demand", np.float64, "pounds per month", "Adaptive expectation of demand", low=0),
    Field("sales", np.int64, "pence per month", "Revenue this month", low=0),
    Field("costs", np.int64, "pence per month", "Purchases, wages, taxes this month", low=0),
    Field(
        "wage_bill", np.int64, "pence per month", "Gross wages this month, employer national insurance included", low=0
    ),
    Field("profit", np.int64, "pence per month", "Sales less costs this month, before drawings"),
    Field("hiring_cost", np.float64, "pounds per month", "Recruitment and induction to be bought this month", low=0),
    Field("to_invest", np.float64, "pounds per month", "Surplus set aside for investment in the region", low=0),
    Field("profit_trend", np.float64, "pounds per month", "Smoothed profit"),
    Field("loss_months", np.int16, "months", "Months in a row below the insolvency line", low=0),
    Field("accredited", np.int8, "flag", "Accredited under the fair employment charter", low=0, high=1),
    Field("accredited_months", np.int16, "months", "Time since accreditation", low=0),
    Field("support", np.int64, "pence per month", "Public support received this month", low=0),
    Field("hires", np.int32, "persons per month", "Hires this month", low=0),
    Field("leavers", np.int32, "persons per month", "Leavers this month", low=0),
    Field("born", np.int16, "month", "Month of birth; -1000 if it existed at synthesis", default=-1000),
)
