"""Small multiples over the headline outcomes: one panel an outcome, one row a policy."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import seaborn as sns

from experiments.comparison import LOWERS, RAISES
from experiments.drawing import INK, Picture, blank_figure, plain_ticks, scale, styled, to_svg, wrapped
from experiments.outcomes import HEADLINE, outcome

if TYPE_CHECKING:
    import pandas as pd

#: Panels side by side.
COLUMNS = 4


def panels_picture(table: pd.DataFrame, by: str, titles: dict[str, str], key: str, caption: str) -> Picture:
    """Something of every policy on each headline outcome: dots with intervals, hollow where not detectable.

    Args:
        table: With a column of policies or arms, outcome, effect, low, high and verdict; where it has `seed_low` and
            `seed_high` too, these are drawn thick inside.
        by: The column of policies or arms.
        titles: Their names for people.
        key: Name of the picture.
        caption: Its title.
    """
    known = set(table["outcome"])
    names = [name for name in HEADLINE if name in known]
    policies = list(dict.fromkeys(table[by]))
    lines = math.ceil(len(names) / COLUMNS)
    colours = [colour for k, colour in enumerate(sns.color_palette("colorblind").as_hex()) if k != 8]
    each = 0.95 + 0.36 * len(policies)
    words = []
    with styled():
        width, height = 10.4, each * lines
        figure = blank_figure(width, height)
        for k, name in enumerate(names):
            item = outcome(name)
            factor, unit = scale(item)
            line, column = divmod(k, COLUMNS)
            step = (width - 1.45) / COLUMNS
            x = 1.45 + column * step + 0.12
            box = (x / width, 1 - (line * each + each - 0.52) / height, (step - 0.3) / width, (each - 0.9) / height)
            ax = figure.add_axes(box)
            for place, policy in enumerate(policies):
                row = table[(table[by] == policy) & (table["outcome"] == name)].iloc[0]
                ends = np.array([row["low"], row["high"]], dtype=np.float64) * factor
                told = row["verdict"] in (RAISES, LOWERS)
                if "seed_low" in table:
                    inner = np.array([row["seed_low"], row["seed_high"]], dtype=np.float64) * factor
                    ax.plot(inner, [place, place], color=colours[place], lw=4.5, solid_capstyle="butt", alpha=0.55)
                if np.isfinite(ends).all():
                    ax.plot(ends, [place, place], color=colours[place], lw=1.6, solid_capstyle="butt")
                face = colours[place] if told else "white"
                ax.plot([row["effect"] * factor], [place], "o", ms=5, mfc=face, mec=colours[place], mew=1.3)
                if told:
                    words.append(f"{titles[policy]} on {item.label}: {item.change(float(row['effect']))}")
            ax.axvline(0.0, color=INK, lw=1.0, zorder=1)
            ax.set_yticks(range(len(policies)), [wrapped(titles[policy]) for policy in policies] if column == 0 else [])
            ax.set_ylim(len(policies) - 0.5, -0.5)
            ax.grid(False, axis="y")
            plain_ticks(ax.xaxis, 3)
            ax.set_xlabel(f"change, {unit}", size=8)
            ax.set_title(wrapped(item.label, 30), size=8.5)
        svg = to_svg(figure, key, f"{caption}. {'; '.join(words) or 'Nothing detectable'}.")
    return Picture(caption, svg, key)
