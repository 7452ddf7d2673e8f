"""An appraisal in plain sentences made from its numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from experiments.phrases import listed

if TYPE_CHECKING:
    import pandas as pd


def pounds_millions(value: float) -> str:
    """Millions of pounds, such as "£12.3m" or "-£4.0m"."""
    return f"{'-' if value < 0 else ''}£{abs(value):,.1f}m"


def appraisal_sentences(tables: Mapping[str, pd.DataFrame], titles: Mapping[str, str]) -> list[str]:
    """Worth, value for money and who gains, policy by policy; nothing is claimed whose interval spans zero.

    Args:
        tables: As the study gives them.
        titles: Names of the arms for people.
    """
    found = []
    for arm, rows in tables["appraisal"].groupby("arm", sort=False):
        measures: dict[str, Any] = {row["measure"]: row for row in rows.to_dict(orient="records")}
        title = titles[str(arm)]
        found.append(_worth(title, measures))
        ratio = measures["benefit-cost ratio"]
        if _known(ratio) and ratio["low"] > 0.0 and not measures["benefit"]["note"]:
            found.append(
                f"Under {title}, a pound of cost brings the region £{ratio['value']:.2f} of benefit "
                f"(£{ratio['low']:.2f} to £{ratio['high']:.2f})."
            )
        each = measures["cost of a person-year out of inactivity"]
        if _known(each):
            found.append(
                f"A year of one person out of inactivity costs £{each['value']:,.0f} (£{each['low']:,.0f} to "
                f"£{each['high']:,.0f}) under {title}."
            )
        own = tables["distribution"][tables["distribution"]["arm"] == arm]
        moved = own[own["verdict"].isin(["raises", "lowers"])]
        if len(moved):
            parts = [
                f"fifth {row['fifth']} {pounds_millions(row['income_change'])}"
                for row in moved.to_dict(orient="records")
            ]
            found.append(f"Incomes that move detectably under {title}, fifth 1 being the poorest: {listed(parts)}.")
    found.append(
        "Values are the region's, discounted at 3.5%: what moves here from the rest of the country counts in full, and "
        "what is lost there does not. Output that the policy itself orders is no benefit. Only years of the run count, "
        "and neither leisure given up for work nor time saved in travel is valued."
    )
    return found


def _known(row: Mapping[str, Any]) -> bool:
    return all(math.isfinite(row[name]) for name in ("value", "low", "high"))


def _worth(title: str, measures: Mapping[str, Any]) -> str:
    plain = measures["net present social value"]
    weighed = measures["net present social value, weighed by income"]
    if plain["value"] == 0.0 and plain["low"] == 0.0:
        return f"{title}: net present social value of exactly £0, since nothing changes."
    span = f"({pounds_millions(plain['low'])} to {pounds_millions(plain['high'])})"
    if not _known(plain):
        return f"{title}: one seed gives no interval, so no value is claimed."
    if plain["note"]:
        text = f"{title}: no detectable net present social value {span}"
    else:
        text = f"{title}: net present social value of {pounds_millions(plain['value'])} {span}"
    if not weighed["note"]:
        text += f"; weighed by income {pounds_millions(weighed['value'])}"
    return f"{text}."
