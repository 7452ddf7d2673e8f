"""How much of each effect of a comparison an assumption or a dial puts in, and how much arises from agents meeting.

What is put in is worked out by `experiments.direct_effects`: from opening states, and for the charter from what each
run recorded of its pledges. `commonweal channels` switches the ways off in which a policy works, one by one.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from experiments.channel_tables import put_in_rows, sizes_of
from experiments.comparison import FINAL_YEAR, PUT_IN_COLUMNS, Arm
from experiments.direct_effects import NEVER, direct_effects
from experiments.effects import YEAR, means_by_seed, windows
from experiments.interactions import final_year
from experiments.outcomes import HEADLINE, outcome
from experiments.phrases import phrase
from experiments.records import PLEDGES
from simulation.scenario import Scenario

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

#: Indicator from which value added in what policies order is worked out, £ million a month.
ORDERED = "policy_value_added"


def put_in(
    arms: Sequence[Arm], seeds: Sequence[int], indicators: pd.DataFrame, breakdowns: pd.DataFrame
) -> pd.DataFrame:
    """Whole, direct and emergent effect of each policy arm on each headline outcome, final year.

    Args:
        arms: The baseline, then the policy arms.
        seeds: Seeds that every arm has.
        indicators: As in `Comparison.indicators`.
        breakdowns: As in `Comparison.breakdowns`.

    Returns:
        Rows of `channel_tables.put_in_rows`, with `PUT_IN_COLUMNS`.
    """
    names, values = final_year(arms, seeds, indicators)
    months = sorted(indicators["month"].unique())[-YEAR:]
    rows = indicators[indicators["month"].isin(months)]
    base, sizes = arms[0], sizes_of(values)
    kept, known = _pledges(breakdowns), dict[tuple[int, str], dict[str, float]]()
    parts = []
    for arm in arms[1:]:
        direct = np.empty((len(names), len(seeds)))
        for column, seed in enumerate(seeds):
            told = _told(arm, seed, kept.get((arm.name, seed), {}), known)
            direct[:, column] = [told[name] for name in names]
        if "gva" in names and ORDERED in indicators:
            with_it, without = (means_by_seed(rows, which.name, seeds, [ORDERED])[0] for which in (arm, base))
            direct[names.index("gva")] += (with_it - without) * YEAR
        parts.append(put_in_rows(arm.name, names, values[arm.name] - values[base.name], direct, sizes))
    if not parts:
        return pd.DataFrame(columns=list(PUT_IN_COLUMNS))
    stacked: pd.DataFrame = pd.concat(parts, ignore_index=True).rename(columns={"policy": "arm"})[list(PUT_IN_COLUMNS)]
    return stacked


def _pledges(breakdowns: pd.DataFrame) -> dict[tuple[str, int], dict[str, float]]:
    """What the pledges of each run put in, by arm and seed."""
    rows = breakdowns[breakdowns["dimension"] == PLEDGES]
    return {
        (str(arm), int(seed)): dict(zip(own["outcome"].astype(str), own["value"].astype(float), strict=True))  # type: ignore[call-overload]
        for (arm, seed), own in rows.groupby(["arm", "seed"], observed=True)
    }


def _told(
    arm: Arm, seed: int, kept: Mapping[str, float], known: dict[tuple[int, str], dict[str, float]]
) -> dict[str, float]:
    """Direct effects of an arm, kind by kind of policy, so that what several arms share is worked out once."""
    scenario, window = arm.scenario.with_(seed=seed), windows(arm)[FINAL_YEAR]
    total = dict.fromkeys(HEADLINE, 0.0) | dict.fromkeys(NEVER, math.nan)
    for kind in dict.fromkeys(type(policy) for policy in scenario.policies):
        alone: Scenario = scenario.with_(policies=tuple(p for p in scenario.policies if type(p) is kind))
        # Pledges are the run's own; all else depends on the policies alone.
        key = (seed, f"{sorted(kept.items())} {alone.model_dump_json(include={'policies'})}")
        if key not in known:
            known[key] = direct_effects(alone, window, kept)
        total = {name: total[name] + known[key][name] for name in HEADLINE}
    return total


def put_in_sentences(table: pd.DataFrame, titles: Mapping[str, str]) -> list[str]:
    """How much of each detectable effect is put in, and how much emerges.

    Args:
        table: As `put_in` gives it.
        titles: Names of the arms for people.
    """
    found: list[str] = []
    if table.empty:
        return found
    for arm, rows in table[table["share_emergent"].notna()].groupby("arm", sort=False):
        direct = [
            f"{_share(1.0 - float(row.share_emergent))} of the change of {phrase(outcome(str(row.outcome)))}"  # type: ignore[arg-type]
            for row in rows.itertuples()
            if row.direct
        ]
        rest = len(rows) - len(direct)
        if direct:
            text = f"{titles[str(arm)]}: put in directly is {'; '.join(direct)}."
            if rest:
                text += f" The other {_effects(rest)} from agents meeting."
        else:
            text = f"{titles[str(arm)]}: {_effects(rest)} from agents meeting; no dial or assumption puts any of it in."
        found.append(text)
    if not found:
        found.append("No effect that could be taken apart is detectable, so no share is told.")
    return found


def _effects(count: int) -> str:
    return "one detectable effect arises" if count == 1 else f"{count} detectable effects arise"


def _share(value: float) -> str:
    return f"{100.0 * value:.0f}%".replace("-", "−")
