"""What a bundle does beyond the sum of its policies, from a comparison that holds both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from experiments.answer_numbers import COST
from experiments.channel_tables import difference, sizes_of
from experiments.comparison import INTERACTION_COLUMNS, NO_INTERVAL, Arm
from experiments.effects import YEAR, means_by_seed
from experiments.factorial_study import NONE, reading
from experiments.outcomes import HEADLINE, outcome
from experiments.phrases import listed, phrase, short

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


def bundles_of(arms: Sequence[Arm]) -> list[tuple[Arm, tuple[Arm, ...]]]:
    """Arms with several policies of which each is also an arm alone, with those arms.

    Args:
        arms: The baseline, then the policy arms.
    """
    alone = [arm for arm in arms[1:] if len(arm.scenario.policies) == 1]
    found = []
    for arm in arms[1:]:
        parts = [
            next((part for part in alone if part.scenario.policies[0] == policy), None)
            for policy in arm.scenario.policies
        ]
        known = tuple(part for part in parts if part is not None)
        if len(known) == len(parts) > 1 and len({part.name for part in known}) == len(known):
            found.append((arm, known))
    return found


def final_year(
    arms: Sequence[Arm], seeds: Sequence[int], indicators: pd.DataFrame
) -> tuple[list[str], dict[str, Floats]]:
    """Headline outcomes, their cost apart, and their means over the final year.

    Args:
        arms: The arms.
        seeds: Seeds that every arm has.
        indicators: As in `Comparison.indicators`.

    Returns:
        Names of the outcomes, and their means by name of arm, shape (outcomes, seeds).
    """
    names = [name for name in HEADLINE if name in indicators and name != COST]
    months = sorted(indicators["month"].unique())[-YEAR:]
    rows = indicators[indicators["month"].isin(months)]
    return names, {arm.name: means_by_seed(rows, arm.name, seeds, names) for arm in arms}


def interactions(arms: Sequence[Arm], seeds: Sequence[int], indicators: pd.DataFrame) -> pd.DataFrame:
    """Effect of each bundle less the sum of the effects of its policies, within each seed, over the final year.

    Args:
        arms: The baseline, then the policy arms.
        seeds: Seeds that every arm has.
        indicators: As in `Comparison.indicators`.

    Returns:
        A row per bundle and headline outcome, with `INTERACTION_COLUMNS`.
    """
    bundles = bundles_of(arms)
    parts: list[pd.DataFrame] = []
    if bundles:
        names, values = final_year(arms, seeds, indicators)
        base, sizes = values[arms[0].name], sizes_of(values)
    for arm, singles in bundles:
        whole = values[arm.name] - base
        parts_sum = np.sum([values[part.name] - base for part in singles], axis=0)
        table = difference(whole - parts_sum, sizes)
        table.insert(0, "arm", arm.name)
        table.insert(1, "outcome", names)
        table["bundle"], table["sum_of_parts"] = (difference(part, sizes)["effect"] for part in (whole, parts_sum))
        table["reading"] = [
            reading(outcome(name), verdict) for name, verdict in zip(names, table["verdict"], strict=True)
        ]
        parts.append(table[table["seeds"] > 0])
    if not parts:
        return pd.DataFrame(columns=list(INTERACTION_COLUMNS))
    stacked: pd.DataFrame = pd.concat(parts, ignore_index=True)[list(INTERACTION_COLUMNS)]
    return stacked


def interaction_sentences(table: pd.DataFrame, titles: Mapping[str, str]) -> list[str]:
    """Which outcomes a bundle moves by more or less than the sum of its policies; nothing undetected is claimed.

    Args:
        table: As `interactions` gives it.
        titles: Names of the arms for people.
    """
    found: list[str] = []
    if table.empty:
        return found
    for arm, rows in table.groupby("arm", sort=False):
        title = titles[str(arm)]
        if (rows["verdict"] == NO_INTERVAL).all():
            found.append(f"{title}: one seed gives no interval, so no interaction is claimed.")
            continue
        moved = rows[rows["reading"] != NONE]
        for row in moved.itertuples():
            item = outcome(str(row.outcome))
            change, low, high = (item.change(float(value)) for value in (row.effect, row.low, row.high))  # type: ignore[arg-type]
            found.append(
                f"{title}, on {phrase(item)}: {change} ({low} to {high}) beyond the sum of what each policy does "
                f"alone; the policies {_verb(str(row.reading))}."
            )
        still = [short(outcome(str(name))) for name in rows.loc[rows["reading"] == NONE, "outcome"]]
        if still and len(moved):
            found.append(f"{title}: no detectable interaction on the other {len(still)} headline outcomes.")
        elif still:
            of = f"any of the {len(still)} headline outcomes" if len(still) > 1 else listed(still)
            found.append(f"{title}: no detectable interaction on {of}; effects add up as far as this design can tell.")
    return found


def _verb(text: str) -> str:
    """A reading as what policies do."""
    return text if text.startswith(("help", "crowd")) else f"do {text}"
