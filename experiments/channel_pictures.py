"""Pictures of a study of channels."""

from __future__ import annotations

import numpy as np
import pandas as pd

from experiments.answer_numbers import COST
from experiments.comparison import LOWERS, RAISES
from experiments.drawing import INK, Picture, blank_figure, heat_cells, styled, to_svg, wrapped
from experiments.outcomes import HEADLINE, outcome

#: Detectable minima beyond which the colour of the map is full.
FULL = 1.5
BLUE, ORANGE = "#0173b2", "#de8f05"


def put_in_picture(table: pd.DataFrame, titles: dict[str, str]) -> Picture:
    """Detectable effects as bars of what is put in and what emerges, each over the whole.

    Args:
        table: As `put_in_table` gives it.
        titles: Names of the policies for people.
    """
    told = table[table["whole_verdict"].isin([RAISES, LOWERS])].reset_index(drop=True)
    labels, words = [], []
    with styled():
        width, height = 9.4, 1.35 + 0.36 * max(len(told), 1)
        figure = blank_figure(width, height)
        ax = figure.add_axes((0.42, 0.55 / height, 0.55, 1.0 - 1.2 / height))
        for place, row in enumerate(told.to_dict(orient="records")):
            item = outcome(row["outcome"])
            direct, emergent = row["direct"] / row["whole"], row["emergent"] / row["whole"]
            ends = sorted((row[f"emergent_{end}"] + row["direct"]) / row["whole"] for end in ("low", "high"))
            ax.barh(place - 0.17, direct, height=0.3, color=BLUE, lw=0)
            ax.barh(place + 0.17, emergent, height=0.3, color=ORANGE, lw=0)
            around = [end - direct for end in ends]
            ax.plot(around, [place + 0.17] * 2, color=INK, lw=1.0)
            labels.append(f"{titles[row['policy']]}: {item.label}, {item.change(row['whole'])}".replace("-", "−"))
            words.append(f"{labels[-1]}: put in {100 * direct:.0f}%, emergent {100 * emergent:.0f}%")
        ax.axvline(0.0, color=INK, lw=1.0)
        ax.axvline(1.0, color=INK, lw=0.8, ls=(0, (3, 2)))
        ax.set_xlim(-1.5, 2.5)
        ax.set_yticks(range(len(labels)), labels, size=8)
        ax.set_ylim(max(len(labels), 1) - 0.5, -0.5)
        ax.grid(False, axis="y")
        ax.set_xlabel("share of the whole effect (dashed: all of it)")
        figure.text(0.01, 1.0 - 0.1 / height, "Put in or emergent", weight="bold", size=10, va="top")
        figure.text(0.01, 1.0 - 0.34 / height, "■ put in directly", color=BLUE, size=8, va="top")
        figure.text(0.17, 1.0 - 0.34 / height, "■ emergent, with 95% interval", color=ORANGE, size=8, va="top")
        alt = f"Detectable effects of the final year. {'; '.join(words) or 'None is detectable'}."
        svg = to_svg(figure, "put-in-or-emergent", alt)
    return Picture("Put in or emergent", svg, "put-in-or-emergent")


def needed_picture(table: pd.DataFrame, titles: dict[str, str]) -> Picture:
    """Map of what is lost without each channel: blue where it makes the outcome better, orange where worse.

    Args:
        table: As `channel_table` gives it.
        titles: Names of the policies for people.
    """
    names = [name for name in HEADLINE if name in set(table["outcome"]) and name != COST]
    lines = list(dict.fromkeys(zip(table["policy"], table["channel"], strict=True)))
    rows = {(row["policy"], row["channel"], row["outcome"]): row for row in table.to_dict(orient="records")}
    strength, texts, words = np.zeros((len(lines), len(names))), [], []
    for i, (policy, channel) in enumerate(lines):
        for j, name in enumerate(names):
            item, row = outcome(name), rows[policy, channel, name]
            least = row["lost_detectable"]
            size = row["lost"] / least if np.isfinite(least) and least > 0.0 else 0.0
            strength[i, j] = np.clip(size * (item.good or 1), -FULL, FULL)
            if row["lost_verdict"] in (RAISES, LOWERS):
                texts.append((i, j, item.change(row["lost"]).replace(" points", "").replace("-", "−")))
                words.append(f"{titles[policy]}, {channel}, on {item.label}: {item.change(row['lost'])}")
    with styled():
        width, foot, top, left = 11.4, 0.55, 1.5, 2.6
        height = top + foot + 0.27 * len(lines)
        figure = blank_figure(width, height)
        ax = figure.add_axes((left / width, foot / height, 1 - (left + 0.6) / width, 1 - (top + foot) / height))
        heat_cells(ax, strength, FULL)
        for i, j, text in texts:
            ax.text(j, i, text, ha="center", va="center", weight="bold", color=INK, size=7)
        ax.set_yticks(range(len(lines)), [f"{policy}: {channel}" for policy, channel in lines], size=8)
        labels = [wrapped(outcome(name).label, 20) for name in names]
        ax.set_xticks(range(len(names)), labels, size=7, rotation=45, ha="left")
        ax.tick_params(top=True, labeltop=True, bottom=False, labelbottom=False, length=0)
        note = (
            "Effect of the whole that is lost where a channel is off, final year; shares in points. Blue: the "
            "channel makes it better; orange: worse; figures: detectable."
        )
        figure.text(0.01, 0.12 / height, note, size=8, va="bottom")
        alt = f"What each channel is needed for. {'; '.join(words) or 'Nothing is detectable'}."
        svg = to_svg(figure, "channels-map", alt)
    return Picture("What each channel is needed for", svg, "channels-map")
