"""The paths of a study of shocks: a panel for each outcome, a line for each shock, with 95% intervals by month."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from experiments.comparison import Arm
from experiments.drawing import INK, Picture, blank_figure, line_styles, plain_ticks, scale, styled, to_svg, wrapped
from experiments.outcomes import outcome
from experiments.shock_paths import HARM

#: Panels side by side, and inches of a panel with its margins and of the key.
COLUMNS, WIDTH, HEIGHT, KEY = 3, 3.4, 2.45, 0.5


def paths_picture(arms: Sequence[Arm], table: pd.DataFrame) -> Picture:
    """Effects by month after each shock.

    Args:
        arms: The arm without shocks, then those with them.
        table: The table `path`.
    """
    lines = math.ceil(len(HARM) / COLUMNS)
    high = HEIGHT * lines + KEY
    styles, words = line_styles(arms), []
    with styled():
        figure: Figure = blank_figure(WIDTH * COLUMNS, high)
        handles = {}
        for k, name in enumerate(HARM):
            row, column = divmod(k, COLUMNS)
            foot = (HEIGHT * (lines - 1 - row) + 0.21 * HEIGHT) / high
            ax = figure.add_axes(((column + 0.2) / COLUMNS, foot, 0.76 / COLUMNS, 0.58 * HEIGHT / high))
            item = outcome(name)
            factor, unit = scale(item)
            ax.axhline(0.0, color=INK, lw=1.0, zorder=1)
            for arm in arms[1:]:
                rows = table[(table["arm"] == arm.name) & (table["outcome"] == name)]
                x = rows["months_after"].to_numpy(dtype=np.float64)
                mean, low, top = (rows[key].to_numpy(dtype=np.float64) * factor for key in ("effect", "low", "high"))
                style = styles[arm.name]
                if np.isfinite(low).any():
                    ax.fill_between(x, low, top, color=style.colour, alpha=0.16, lw=0)
                (handles[arm.name],) = ax.plot(x, mean, color=style.colour, lw=1.4, dashes=style.dashes or (None, None))
                ends = item.change(rows["effect"].min()), item.change(rows["effect"].max())
                words.append(f"{item.label}, {arm.name}: {ends[0]} to {ends[1]}.")
            ax.set_title(wrapped(item.label, 42), x=-0.2, fontsize=9, pad=15)
            ax.text(-0.2, 1.03, f"change, {unit}", transform=ax.transAxes, va="bottom", fontsize=8)
            ax.set_xlabel("months after the shock", fontsize=8, labelpad=2)
            plain_ticks(ax.yaxis, 4)
            plain_ticks(ax.xaxis, 5)
        figure.legend(
            [handles[arm.name] for arm in arms[1:]], [arm.title for arm in arms[1:]], loc="upper left",
            bbox_to_anchor=(0.0, 1.0), ncol=1 if len(arms) > 3 else 2, frameon=False, fontsize=8,
        )  # fmt: skip
        title = "Effects by month after each shock"
        alt = f"{title}, mean over seeds with 95% intervals of each month alone. {' '.join(words)}"
        return Picture(title, to_svg(figure, "shock-paths", alt))
