"""What a study of shocks says in sentences; nothing is claimed whose interval spans zero."""

from __future__ import annotations

from typing import Any

import pandas as pd

from experiments.comparison import LOWERS, RAISES
from experiments.outcomes import Outcome, Unit, outcome
from experiments.phrases import amounts, calendar, capital, counted, listed, phrase
from experiments.shock_paths import HARM
from simulation.shocks import ClosureShock, DemandShock

#: What a list calls an outcome.
SHORT = {
    "gva": "gross value added",
    "jobs": "jobs",
    "unemployment_rate": "unemployment",
    "inactivity_rate": "inactivity",
    "businesses": "the number of businesses",
    "fiscal_balance": "the fiscal balance",
}
#: What must be known of a closure, whatever the numbers say.
CUSTOMERS = (
    "Customers of an employer that closes, those outside the region too, go to other firms of its industry here; where "
    "they would go elsewhere, the loss is greater than these numbers say."
)
SUBJECT = {"jobs": "the number of jobs", "fiscal_balance": "the fiscal balance"}


def described(shock: DemandShock | ClosureShock) -> str:
    """A shock as the beginning of a sentence."""
    if isinstance(shock, ClosureShock):
        which = "largest private employer" if shock.rank == 1 else f"private employer of rank {shock.rank} by staff"
        return f"Closure of the {which} at the beginning of {calendar(shock.start)}"
    way = "lower" if shock.size < 0 else "higher"
    length = counted(shock.months, "month")
    return f"Exports {100 * abs(shock.size):.3g}% {way} for {length} from {calendar(shock.start)}"


def shock_sentences(title: str, rows: pd.DataFrame) -> list[str]:
    """What one arm of a study of shocks found.

    Args:
        title: What struck.
        rows: The arm's rows of the table `depth`.
    """
    if (rows["seeds"] < 2).all():
        return [f"{title}: one seed gives no intervals, so nothing is claimed; the tables have what it showed."]
    records = rows.to_dict(orient="records")
    lines = [f"{title}: {deepest(row)}" for row in records if row["surely"]]
    # Where no single quarter is sure, the mean of the first year may be.
    early = [row for row in records if not row["surely"] and row["first_year_verdict"] in (RAISES, LOWERS)]
    if early:
        parts = [f"{SHORT[str(row['outcome'])]} ({change(row, 'first_year')})" for row in early]
        lines.append(f"{title}: on the mean of the first year there is a detectable effect on {listed(parts)}.")
    rest = [SHORT[str(row["outcome"])] for row in records if not row["surely"] and row not in early]
    if rest:
        lines.append(f"{title}: no detectable effect on {listed(rest)}, in the first year or any quarter.")
    lasting = [row for row in records if row["last_year_verdict"] in (RAISES, LOWERS)]
    if lasting:
        parts = [f"{SHORT[str(row['outcome'])]} ({change(row, 'last_year')})" for row in lasting]
        lines.append(f"{title}: in the last year of the run there is still a detectable effect on {listed(parts)}.")
    else:
        lines.append(f"{title}: in the last year of the run no effect is detectable.")
    return lines


def deepest(row: dict[Any, Any]) -> str:
    """Depth, when, and how soon half of it is made up."""
    item, name = outcome(str(row["outcome"])), str(row["outcome"])
    verb = "rises" if HARM[name] > 0 else "falls"
    size, *ends = amounts(item, (row["depth"], *sorted((row["low"], row["high"]), key=abs)))
    share = "" if item.unit is Unit.SHARE or name == "fiscal_balance" else f", {100 * abs(row['share']):.1f}%"
    text = (
        f"{SUBJECT.get(name, phrase(item))} {verb} by most in the quarter to {calendar(str(row['trough']))}, by {size} "
        f"({ends[0]} to {ends[1]}){share}"
    )
    if row["months_to_half"] is None or pd.isna(row["months_to_half"]):
        return f"{text}; half of it is not made up within the run."
    months = int(row["months_to_half"])
    return f"{text}; half of it is made up {counted(months, 'month')} later."


def change(row: dict[Any, Any], window: str) -> str:
    """A window's effect with its interval, such as "+0.31 points, +0.12 to +0.50"."""
    item: Outcome = outcome(str(row["outcome"]))
    return f"{item.change(row[window])}, {item.change(row[f'{window}_low'])} to {item.change(row[f'{window}_high'])}"


def heading(shocks: tuple[DemandShock | ClosureShock, ...]) -> str:
    """Several shocks as the beginning of a sentence."""
    first, *rest = [described(shock) for shock in shocks]
    return capital(listed([first, *(text[:1].lower() + text[1:] for text in rest)]))
