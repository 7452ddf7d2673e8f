"""Picture of scenario discovery: cases in the two dials that a box restricts most, and the box."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.patches import Rectangle

from experiments.drawing import GREY, INK, Picture, blank_figure, plain_ticks, styled, to_svg, wrapped
from experiments.outcomes import outcome
from experiments.tables import Tables

FAIL, SUCCESS = "#d55e00", "#0173b2"


def box_picture(tables: Tables) -> Picture | None:
    """Cases as dots, failures filled, with every box in the dials that the first restricts most.

    Args:
        tables: As `discovery.discover` gives them.

    Returns:
        The picture; None where no box was found or only one dial was varied.
    """
    boxes, cases = tables["boxes"], tables["cases"]
    summary = tables["summary"].iloc[0]
    if boxes.empty or boxes["dial"].nunique() < 2:
        return None
    item, first = outcome(summary["outcome"]), boxes[boxes["box"] == 1]
    across, up = first["dial"].iloc[:2]
    others = int(first["restricted"].sum()) - 2
    title = f"Where the policy fails: {item.label}"
    with styled():
        figure = blank_figure(6.4, 4.9)
        ax = figure.add_axes((0.13, 0.11, 0.84, 0.71))
        bad = cases["fails"].to_numpy(dtype=bool)
        x, y = (cases[name].to_numpy(dtype=np.float64) for name in (across, up))
        ax.plot(x[~bad], y[~bad], "o", ms=4, mfc="none", mec=SUCCESS, mew=1.0, ls="none", zorder=2)
        ax.plot(x[bad], y[bad], "o", ms=4.5, color=FAIL, ls="none", zorder=3)
        for number, rows in boxes.groupby("box"):
            ends = rows.set_index("dial")
            low, high = (ends.loc[[across, up], end].to_numpy(dtype=np.float64) for end in ("low", "high"))
            style: dict[str, Any] = {"lw": 1.4} if number == 1 else {"lw": 1.0, "ls": (0, (3, 2))}
            size = high - low
            ax.add_patch(Rectangle((low[0], low[1]), size[0], size[1], fill=False, edgecolor=INK, zorder=4, **style))
        ax.set_xlabel(str(across))
        ax.set_ylabel(str(up))
        plain_ticks(ax.xaxis, 6)
        plain_ticks(ax.yaxis, 6)
        figure.text(0.02, 0.98, wrapped(title, 70), weight="bold", size=10, va="top")
        figure.text(0.02, 0.93, f"● fails: effect not better than {item.change(float(summary['threshold']))}",
                    color=FAIL, size=8, va="top")  # fmt: skip
        figure.text(0.60, 0.93, "○ does better", color=SUCCESS, size=8, va="top")
        stats = tables["box_stats"].iloc[0]
        note = f"box: {100 * stats['coverage']:.0f}% of all failures; {100 * stats['density']:.0f}% of its cases fail"
        if others > 0:
            note += f"; {others} more {'dial has' if others == 1 else 'dials have'} limits, not shown"
        figure.text(0.02, 0.885, note, color=GREY, size=8, va="top")
        alt = f"{title}. {int(bad.sum())} of {len(cases)} cases fail, by {across} and {up}; {note}."
        svg = to_svg(figure, f"box-{item.name.replace('_', '-')}", alt)
    return Picture(title, svg)
