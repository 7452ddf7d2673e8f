"""Sensitivity indices in plain sentences."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from experiments.indices import MORRIS
from experiments.outcomes import Outcome
from experiments.phrases import listed, phrase
from experiments.points import EFFECT

#: Assumptions named in a sentence.
MOST_NAMED = 4
#: Share of the variance below which luck is not worth a number.
LITTLE = 0.0005


def outcome_sentences(item: Outcome, measure: str, method: str, tables: Mapping[str, pd.DataFrame]) -> list[str]:
    """What matters for one outcome, and what no assumption explains.

    Args:
        item: The outcome.
        measure: Whether it is the effect on it or its level.
        method: Morris or Sobol.
        tables: `indices`, `noise` and perhaps `interactions`, rows of this outcome alone.
    """
    what = f"the effect on {phrase(item)}" if measure == EFFECT else phrase(item)
    noise, table = tables["noise"].iloc[0], tables["indices"]
    if noise["constant"]:
        return [f"In no run did {what} vary, so its indices are not a number: nothing that was varied moves it."]
    column = "mu_star" if method == MORRIS else "ST"
    if table[column].isna().all():
        return [f"Too few runs of {what} are whole for any index."]
    ranked = table.sort_values("rank", kind="stable")
    if _drowned(noise, ranked, column):
        share, seeds = _percent(float(noise["noise_share"])), int(noise["seeds"])
        return [
            f"Nothing that was varied can be told from luck in {what}: luck of the seeds is {share} of its variance "
            f"(mean over {seeds} seeds), and none of {len(ranked)} assumptions is surely above what luck alone would "
            "give. A finer scale, more seeds or more samples may tell more; until then the ranks in the table mean "
            "nothing."
        ]
    told = ranked
    if noise["seeds"] > 1 and noise["noise_share"] >= LITTLE:
        told = ranked[_is_above_luck(ranked, column)]
    line = _morris(item, what, told, ranked) if method == MORRIS else _sobol(what, told, ranked)
    return [*line, *_pairs(what, tables.get("interactions")), *_noise(what, noise, ranked, method)]


def _drowned(noise: pd.Series, table: pd.DataFrame, column: str) -> bool:
    """Whether no index is surely above what luck alone would give."""
    return bool(noise["seeds"] > 1 and noise["noise_share"] >= LITTLE and not _is_above_luck(table, column).any())


def _is_above_luck(table: pd.DataFrame, column: str) -> pd.Series:
    return table[f"{column}_low"] > table["noise_floor"]


def _morris(item: Outcome, what: str, told: pd.DataFrame, ranked: pd.DataFrame) -> list[str]:
    top = told[told["mu_star"] > 0.0].head(MOST_NAMED)
    named = [
        f"{row['assumption']} ({item.change(row['mu_star']).lstrip('+')}, {_direction(row)})"
        for _, row in top.iterrows()
    ]
    still = int((ranked["mu_star"] == 0.0).sum())
    tail = f" {still} of {len(ranked)} move it not at all." if still else ""
    return [
        f"Moved over their whole ranges, these change {what} most (mean size of elementary effects): "
        f"{listed(named)}.{tail}"
    ]


def _direction(row: pd.Series) -> str:
    if row["mu_low"] > 0.0:
        return "up"
    return "down" if row["mu_high"] < 0.0 else "either way"


def _sobol(what: str, told: pd.DataFrame, ranked: pd.DataFrame) -> list[str]:
    named = []
    for _, row in told.head(MOST_NAMED).iterrows():
        ends = f"{_percent(max(row['ST_low'], 0.0))} to {_percent(row['ST_high'])}"
        named.append(f"{row['assumption']} {_percent(row['ST'])} ({ends}; alone {_percent(max(row['S1'], 0.0))})")
    total = float(ranked["S1"].sum())
    lines = [f"Of the variance of {what}, shares with interactions are: {listed(named)}."]
    wide = float((ranked["ST_high"] - ranked["ST"]).max())
    # Estimates of first-order indices may add up to more than the whole.
    part = "about all" if total >= 0.95 else f"about {_percent(max(total, 0.0))}"
    lines.append(f"Taken one by one the assumptions explain {part} of it; what is left is interactions and luck.")
    if wide > 0.25:
        lines.append("Some intervals are wider than half the variance; more samples would make them narrower.")
    return lines


def _pairs(what: str, pairs: pd.DataFrame | None) -> list[str]:
    if pairs is None or pairs.empty:
        return []
    sure = pairs[pairs["S2_low"] > 0.0].sort_values("S2", ascending=False, kind="stable").head(MOST_NAMED)
    if sure.empty:
        return [f"No pair of assumptions has an interaction in {what} whose interval excludes zero."]
    named = [f"{row['assumption']} with {row['other']} ({_percent(row['S2'])})" for _, row in sure.iterrows()]
    return [f"Pairs that interact: {listed(named)}."]


def _noise(what: str, noise: pd.Series, ranked: pd.DataFrame, method: str) -> list[str]:
    if noise["seeds"] < 2:
        return [
            "With one seed at each point luck and assumptions cannot be told apart; take at least two seeds to know "
            "how much of this is luck."
        ]
    share = float(noise["noise_share"])
    if not np.isfinite(share):
        return []
    if share < LITTLE:
        return [f"Luck of the seeds is less than 0.1% of the variance of {what}."]
    above = int(_is_above_luck(ranked, "mu_star" if method == MORRIS else "ST").sum())
    one = "one is" if above == 1 else f"{above} are"
    every = "every mean size" if method == MORRIS else "every share with interactions"
    return [
        f"Luck of the seeds is {_percent(share)} of the variance of {what} (mean over {int(noise['seeds'])} seeds), "
        f"which {every} includes; of {len(ranked)} assumptions {one} surely above what luck alone would give."
    ]


def _percent(share: float) -> str:
    """A share of the variance, such as "63%" or "0.4%"."""
    return f"{100 * share:.1f}%" if abs(share) < 0.0095 else f"{100 * share:.0f}%"
