"""What became of somebody on the map, or of an employer, and why: the run looked back on, in words."""

from __future__ import annotations

from itertools import groupby
from typing import Any

import pandas as pd

from experiments.phrases import counted
from simulation import Economy

#: What is told of whom.
PERSON, FIRM = "person", "firm"
PERSON_HEAD = ("months", "what", "pay an hour", "posts seen", "applied for", "what bound most often")
FIRM_HEAD = ("month", "", "vacancies", "hires in the year", "profit in the year", "in the bank")


def story_of(economy: Economy, kind: str, uid: int) -> dict[str, Any]:
    """The past of a person or an employer in a run.

    Args:
        economy: Between two months, after the first; it is not touched, since its run is done anew.
        kind: `PERSON` or `FIRM`.
        uid: Who.

    Returns:
        `lines`, texts; `rows` of texts, when and what first, and `head`, what the others are.

    Raises:
        ScenarioError: There never was one of this uid, or the run does not follow from its scenario alone.
    """
    if kind == PERSON:
        told = economy.explain(uid, economy.month - 1)
        return {"lines": [told.sentence], "head": PERSON_HEAD, "rows": _spells(economy.history(person=uid))}
    past = economy.history(firm=uid)
    closed = str(past["closed"].iloc[-1])
    lines = [f"Closed in {past.index[-1]:%B %Y}: {closed}."] if closed else []
    return {"lines": lines, "head": FIRM_HEAD, "rows": _years(past)}


def _spells(past: pd.DataFrame) -> list[list[str]]:
    """A row for each stretch of months with the same status and employer."""
    rows = []
    for _, stretch in groupby(range(len(past)), key=lambda k: (past["status"].iloc[k], past["employer"].iloc[k])):
        own = past.iloc[list(stretch)]
        last = own.iloc[-1]
        where = f", {last['industry'].replace('_', ' ')}, {last['place']}" if last["industry"] else ""
        bound = own.loc[own["constraint"] != "", "constraint"].astype(str)
        rows.append(
            [
                _span(own.index[0], own.index[-1]),
                f"{last['status'].replace('_', ' ')}{where}",
                f"£{last['pay']:.2f}" if last["pay"] > 0 else "",
                *(str(int(own[name].sum())) if own["looked"].any() else "" for name in ("seen", "applied")),
                str(bound.mode().iloc[0]).replace("_", " ") if len(bound) else "",
            ]
        )
    return rows


def _years(past: pd.DataFrame) -> list[list[str]]:
    """A row for the last of every twelve months."""
    rows = []
    for first in range(0, len(past), 12):
        own = past.iloc[first : first + 12]
        last = own.iloc[-1]
        rows.append(
            [
                f"{own.index[-1]:%b %Y}",
                counted(int(last["headcount"] + last["outside_workers"]), "worker"),
                str(int(last["vacancies"])),
                str(int(own["hires"].sum())),
                _pounds(float(own["profit"].sum())),
                _pounds(float(last["balance"])),
            ]
        )
    return rows


def _span(first: pd.Period, last: pd.Period) -> str:
    return f"{first:%b %Y}" if first == last else f"{first:%b %Y} to {last:%b %Y}"


def _pounds(value: float) -> str:
    return f"{'−' if value < 0 else ''}£{abs(value):,.0f}"
