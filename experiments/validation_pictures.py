"""Pictures of a validation: how far the model is from each target."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from experiments.drawing import INK, Picture, blank_figure, plain_ticks, styled, to_svg

if TYPE_CHECKING:
    import pandas as pd

WIDTH, ROW = 7.6, 0.24
#: Distances beyond this many allowed half-ranges are drawn at it.
FARTHEST = 3.0
COLOURS = {"fit": "#0072B2", "held_out": "#D55E00"}


#: Targets that are about one thing, by how their quantities begin.
FAMILIES = {
    "commuting_to": "commuting",
    "enterprises": "enterprises by size",
    "qualification": "qualifications",
    "age_": "age",
    "residents_in": "industries of residents",
    "weekly_pay_p": "spread of weekly pay",
}


def family(name: str) -> str:
    """What a target is about, without its place: "knowsley/commuting_to_wirral" is "commuting"."""
    quantity = name.split("/", 1)[-1].removeprefix("later/")
    for stem, words in FAMILIES.items():
        if quantity.startswith(stem):
            return words
    return quantity.replace("_", " ")


def distance_picture(targets: pd.DataFrame) -> Picture:
    """Each target's distance from the official figure, in half-ranges of what is allowed, by what it is about.

    Args:
        targets: Table `targets` of a validation.
    """
    known = targets[targets["simulated"].notna()].copy()
    half = np.where(np.isfinite(known["high"]), (known["high"] - known["low"]) / 2.0, known["target"] - known["low"])
    gap = (known["simulated"] - known["target"]).to_numpy(dtype=np.float64)
    # More than "at least" is no distance.
    gap = np.where(~np.isfinite(known["high"]) & (gap > 0.0), 0.0, gap)
    with np.errstate(divide="ignore", invalid="ignore"):
        known["distance"] = np.where(half > 0.0, gap / half, np.where(gap == 0.0, 0.0, np.inf * np.sign(gap)))
    known["family"] = [family(str(name)) for name in known["name"]]
    families = list(dict.fromkeys(known["family"]))
    words = [f"{int((known['pass'] == True).sum())} of {len(known)} targets lie within what is allowed"]  # noqa: E712
    with styled():
        height = 1.2 + ROW * len(families)
        figure = blank_figure(WIDTH, height)
        ax = figure.add_axes((0.36, 0.62 / height, 0.61, 1.0 - 1.05 / height))
        ax.axvspan(-1.0, 1.0, color="#E8E8E8", lw=0)
        ax.axvline(0.0, color=INK, lw=0.8)
        for role, colour in COLOURS.items():
            own = known[known["role"] == role]
            places = [families.index(name) for name in own["family"]]
            far = own["distance"].clip(-FARTHEST, FARTHEST)
            label = {"fit": "fitted", "held_out": "held out"}[role]
            ax.plot(far, places, "o", ms=4, mfc="none", mec=colour, mew=1.1, label=label)
        ax.set_yticks(range(len(families)), families, fontsize=7.5)
        ax.set_ylim(len(families) - 0.5, -0.5)
        ax.set_xlim(-FARTHEST - 0.2, FARTHEST + 0.2)
        ax.grid(False, axis="y")
        plain_ticks(ax.xaxis, 7)
        ax.set_xlabel("simulated less official, in half-ranges allowed (shaded); 3: or more")
        ax.set_title("How far the model is from each target")
        ax.legend(loc="lower right", fontsize=8, framealpha=0.9)
        svg = to_svg(figure, "distances", "; ".join(words))
    return Picture("Distance from targets", svg, "distances")
