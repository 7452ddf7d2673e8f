"""Plain sentences from the tables of a study of channels."""

from __future__ import annotations

from typing import Any

import pandas as pd

from experiments.answer_numbers import COST
from experiments.comparison import LOWERS, NO_INTERVAL, RAISES
from experiments.effects import by_chance
from experiments.outcomes import outcome
from experiments.phrases import listed, phrase
from experiments.tables import Tables

DETECTED = (RAISES, LOWERS)


def channel_sentences(tables: Tables, titles: dict[str, str]) -> list[str]:
    """What is put in and what emerges, and through which channels, policy by policy.

    Args:
        tables: As the study gives them.
        titles: Names of the policies for people.
    """
    put_in, channels = tables["put_in"], tables["channels"]
    if (channels["whole_verdict"] == NO_INTERVAL).all():
        return ["One seed gives no intervals, so nothing is claimed; the tables have what it showed."]
    found = []
    for name, title in titles.items():
        mine = put_in[(put_in["policy"] == name) & put_in["whole_verdict"].isin(DETECTED)]
        if mine.empty:
            found.append(f"{title}: no detectable effect on an outcome of which a direct effect can be told.")
        found += [f"{title}: {_origin(row)}" for row in mine.to_dict(orient="records")]
        ways = channels[(channels["policy"] == name) & (channels["outcome"] != COST)]
        for key in dict.fromkeys(ways.loc[ways["whole_verdict"].isin(DETECTED), "outcome"]):
            found.append(f"{title}: {_ways(ways[ways['outcome'] == key])}")
    return [*found, *_rest(tables)]


def _origin(row: dict[Any, Any]) -> str:
    """Where the effect on one outcome comes from."""
    item = outcome(str(row["outcome"]))
    whole, low, high, direct, emergent = (
        item.change(float(row[name])) for name in ("whole", "whole_low", "whole_high", "direct", "emergent")
    )
    start = f"{phrase(item)} changes by {whole} ({low} to {high})"
    if float(row["direct"]) == 0.0:
        return f"{start}; no row touches it directly, so all of it emerges."
    share = float(row["share_emergent"])
    if row["emergent_verdict"] not in DETECTED:
        # A share of what may be nothing says nothing.
        return f"{start}; {direct} is put in directly, and what emerges beside it is not detectable."
    tail = f"of which {direct} is put in directly and {emergent} emerges"
    if 0.0 <= share <= 1.0:
        tail += f", {100 * share:.0f}% of the whole"
    elif share < 0.0:
        tail += ": reactions undo part of what is put in"
    else:
        tail += ": what is put in goes the other way"
    return f"{start}, {tail}."


def _ways(rows: pd.DataFrame) -> str:
    """Through which channels one outcome moves."""
    item = outcome(str(rows["outcome"].iloc[0]))
    needed = rows[rows["lost_verdict"].isin(DETECTED)]
    alone = rows[rows["alone_verdict"].isin(DETECTED)]
    parts = []
    for table, column, what in ((needed, "lost", "is lost without"), (alone, "alone", "comes with nothing but")):
        texts = [
            f"{item.change(float(row[column]))} {what} {row['channel']}" for row in table.to_dict(orient="records")
        ]
        if texts:
            parts.append(listed(texts))
    if not parts:
        return f"no single channel is detectably needed or enough for the change of {phrase(item)}."
    return f"of the change of {phrase(item)}, {'; '.join(parts)}."


def _rest(tables: Tables) -> list[str]:
    """What is left over, and how much of all this chance would give."""
    left = tables["left_over"]
    told = left[left["left_over_verdict"].isin(DETECTED) & (left["outcome"] != COST)]
    found = [
        f"{len(told)} of {len(left)} effects differ detectably from the sum of what their channels do alone"
        + (
            "."
            if told.empty
            else f": {listed([f'{row.policy} on {phrase(outcome(str(row.outcome)))}' for row in told.itertuples()])}."
        )
    ]
    channels = tables["channels"]
    expected = sum(
        by_chance(channels.rename(columns={f"{name}_detectable": "detectable"})[["seeds", "detectable"]])
        for name in ("lost", "alone")
    )
    count = int(sum(channels[f"{name}_verdict"].isin(DETECTED).sum() for name in ("lost", "alone")))
    found.append(
        f"{2 * len(channels)} differences of channels were looked at and {count} are detectable; if channels did "
        f"nothing, {expected:.1f} would still be called so by chance."
    )
    return found
