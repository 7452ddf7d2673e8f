"""The heat map of interactions between policies."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from experiments.comparison import LOWERS, RAISES
from experiments.drawing import INK, Picture, blank_figure, heat_cells, styled, to_svg, wrapped
from experiments.outcomes import HEADLINE, outcome

if TYPE_CHECKING:
    import pandas as pd

#: Detectable minima beyond which the colour of the heat map is full.
FULL = 1.5


def interaction_picture(interactions: pd.DataFrame, titles: dict[str, str]) -> Picture:
    """Heat map of interactions on the headline outcomes: blue where two policies help each other, orange where not.

    Args:
        interactions: As `contrast_tables` gives them.
        titles: Names of the policies for people.
    """
    known = set(interactions["outcome"])
    names = [name for name in HEADLINE if name in known]
    pairs = list(dict.fromkeys(zip(interactions["first"], interactions["second"], strict=True)))
    rows = {(row.first, row.second, row.outcome): row for row in interactions.itertuples()}
    strength, texts, words = np.zeros((len(names), len(pairs))), [], []
    for i, name in enumerate(names):
        item = outcome(name)
        for j, (first, second) in enumerate(pairs):
            row = rows.get((first, second, name))
            if row is None:
                strength[i, j] = np.nan
                continue
            least = float(row.detectable)  # type: ignore[arg-type]
            size = float(row.effect) / least if least > 0.0 else 0.0  # type: ignore[arg-type]
            strength[i, j] = np.clip(size * (item.good or 1), -FULL, FULL)
            told = row.verdict in (RAISES, LOWERS)
            texts.append((i, j, item.change(float(row.effect)).replace("-", "−"), told))  # type: ignore[arg-type]
            if told:
                words.append(f"{titles[first]} and {titles[second]} on {item.label}: {row.reading}")
    with styled():
        width, foot, top, left = 10.4, 0.75, 1.05, 2.75
        height = top + foot + 0.36 * len(names)
        figure = blank_figure(width, height)
        ax = figure.add_axes((left / width, foot / height, 1 - (left + 0.1) / width, 1 - (top + foot) / height))
        heat_cells(ax, strength, FULL)
        for i, j, text, told in texts:
            ax.text(j, i, text, ha="center", va="center", weight="bold" if told else "normal", color=INK, size=8)
        ax.set_yticks(range(len(names)), [outcome(name).label for name in names])
        labels = [f"{wrapped(titles[first])}\nand\n{wrapped(titles[second])}" for first, second in pairs]
        ax.set_xticks(range(len(pairs)), labels, size=8)
        ax.tick_params(top=True, labeltop=True, bottom=False, labelbottom=False, length=0)
        ax.set_xticks(np.arange(-0.5, len(pairs)), minor=True)
        ax.set_yticks(np.arange(-0.5, len(names)), minor=True)
        ax.grid(True, which="minor", color="white", lw=2)
        ax.tick_params(which="minor", length=0)
        note = (
            "Beyond the sum of what each does, final year. Blue: better together than apart; orange: worse; "
            "bold: detectable.\nThe colour is the interaction over the least detectable one; where neither way is "
            "better, blue is more."
        )
        figure.text(0.01, 0.12 / height, note, size=8, va="bottom")
        alt = f"Interactions of policies. {'; '.join(words) or 'None is detectable'}."
        svg = to_svg(figure, "interactions-map", alt)
    return Picture("Which policies help each other", svg, "interactions-map")
