"""Pictures of sensitivity indices: bars with intervals, and the plane of Morris."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from experiments.drawing import GREY, INK, Picture, blank_figure, plain_ticks, scale, styled, to_svg
from experiments.indices import MORRIS
from experiments.outcomes import outcome
from experiments.points import EFFECT

#: Assumptions that a picture shows; the table has them all.
MOST_BARS, MOST_NUMBERED = 20, 15
BLUE, ORANGE = "#0173b2", "#de8f05"
#: Offsets of a number from its dot in points, tried in this order.
PLACES = ((5, 4), (5, -11), (-5, 4), (-5, -11), (9, -3), (-9, -3), (0, 8), (0, -15))


def _subject(name: str, measure: str) -> str:
    return f"Effect on: {outcome(name).label}" if measure == EFFECT else outcome(name).label


def bars(table: pd.DataFrame, name: str, measure: str, method: str) -> Picture:
    """Indices by assumption, the strongest above, with 95% intervals and a line at what luck alone would give.

    Args:
        table: Rows of `indices` of one outcome.
        name: The outcome.
        measure: Effect or level.
        method: Morris or Sobol.
    """
    ranked = table.sort_values("rank", kind="stable").head(MOST_BARS)
    factor, unit = scale(outcome(name)) if method == MORRIS else (1.0, "share of the variance")
    main = "mu_star" if method == MORRIS else "ST"
    positions = np.arange(len(ranked), dtype=np.float64)
    title = f"{_subject(name, measure)}: {'elementary effects' if method == MORRIS else 'Sobol indices'}"
    with styled():
        height = 1.35 + 0.25 * len(ranked)
        figure = blank_figure(7.2, height)
        ax = figure.add_axes((0.40, 0.62 / height, 0.57, 1.0 - 1.22 / height))
        _bar(ax, positions - (0.0 if method == MORRIS else 0.17), ranked, main, factor, BLUE)
        if method != MORRIS:
            _bar(ax, positions + 0.17, ranked, "S1", factor, ORANGE)
        floor = float(ranked["noise_floor"].iloc[0]) * factor
        if np.isfinite(floor):
            ax.axvline(floor, color=INK, lw=1.0, ls=(0, (3, 2)), zorder=4)
        ax.axvline(0.0, color=INK, lw=1.0, zorder=3)
        ax.set_yticks(positions, ranked["assumption"].tolist(), fontsize=8)
        ax.set_ylim(len(ranked) - 0.5, -0.5)
        ax.grid(False, axis="y")
        plain_ticks(ax.xaxis, 6)
        what = f"mean size of change over the whole range, {unit}" if method == MORRIS else unit
        ax.set_xlabel(what)
        figure.text(0.01, 1.0 - 0.1 / height, title, weight="bold", size=10, va="top")
        _legend(figure, height, method, line=bool(np.isfinite(floor)))
        words = "; ".join(f"{row['assumption']} {row[main] * factor:.3g}" for _, row in ranked.iterrows())
        svg = to_svg(figure, f"bars-{name.replace('_', '-')}", f"{title}, {unit}. {words}.")
    return Picture(title, svg)


def _bar(ax: Any, positions: Any, ranked: pd.DataFrame, column: str, factor: float, colour: str) -> None:
    values = ranked[column].to_numpy(dtype=np.float64) * factor
    low, high = (ranked[f"{column}_{end}"].to_numpy(dtype=np.float64) * factor for end in ("low", "high"))
    ax.barh(positions, values, height=0.32, color=colour, lw=0, zorder=2)
    for at, a, b in zip(positions, low, high, strict=True):
        ax.plot([a, b], [at, at], color=INK, lw=1.0, solid_capstyle="butt", zorder=5)


def _legend(figure: Any, height: float, method: str, *, line: bool) -> None:
    """What the colours are, as a line of text under the title."""
    parts = [("■ μ*", BLUE)] if method == MORRIS else [("■ total, with interactions", BLUE), ("■ alone", ORANGE)]
    parts.append(("— 95% interval", INK))
    if line:
        parts.append(("- - luck alone would give", INK))
    at = 0.01
    for text, colour in parts:
        figure.text(at, 1.0 - 0.30 / height, text, color=colour, size=8, va="top")
        at += 0.0108 * len(text) + 0.025


def plane(table: pd.DataFrame, name: str, measure: str) -> Picture:
    """The plane of Morris: mean size of elementary effects against their spread, numbered by rank.

    Args:
        table: Rows of `indices` of one outcome.
        name: The outcome.
        measure: Effect or level.
    """
    ranked = table.sort_values("rank", kind="stable").reset_index(drop=True)
    factor, unit = scale(outcome(name))
    x, y = (ranked[column].to_numpy(dtype=np.float64) * factor for column in ("mu_star", "sigma"))
    title = f"{_subject(name, measure)}: size and spread of elementary effects"
    shown = min(MOST_NUMBERED, len(ranked))
    with styled():
        width, height = 7.2, max(3.8, 1.1 + 0.2 * shown)
        figure = blank_figure(width, height)
        ax = figure.add_axes((0.09, 0.55 / height, 0.46, 1.0 - 1.12 / height))
        half = ranked["mu_star_high"].to_numpy(dtype=np.float64)[:shown] * factor - x[:shown]
        for k in range(shown):
            ax.plot([x[k] - half[k], x[k] + half[k]], [y[k], y[k]], color=BLUE, lw=0.8, alpha=0.5, zorder=2)
        ax.plot(x[shown:], y[shown:], "o", ms=3, color=GREY, alpha=0.6, ls="none", zorder=2)
        ax.plot(x[:shown], y[:shown], "o", ms=4.5, color=BLUE, ls="none", zorder=3)
        ax.set_xlim(0.0, float(np.max(x[:shown] + half, initial=0.0)) * 1.06 or 1.0)
        ax.set_ylim(0.0, float(np.max(y, initial=0.0)) * 1.12 or 1.0)
        ends = np.array([0.0, max(ax.get_xlim()[1], ax.get_ylim()[1])])
        ax.plot(ends, ends, color=GREY, lw=0.9, ls=(0, (3, 2)), zorder=1, scalex=False, scaley=False)
        floor = float(ranked["noise_floor"].iloc[0]) * factor
        if np.isfinite(floor):
            ax.axvline(floor, color=INK, lw=1.0, ls=(0, (3, 2)), zorder=1)
        _numbers(ax, x[:shown], y[:shown], width * 0.46 * 72, (height - 1.12) * 72)
        plain_ticks(ax.xaxis, 5)
        plain_ticks(ax.yaxis, 5)
        ax.set_xlabel(f"μ*, mean size of change over the range, {unit}")
        ax.set_ylabel(f"σ, spread of that change, {unit}")
        figure.text(0.01, 1.0 - 0.1 / height, title, weight="bold", size=10, va="top")
        note = "dashed: slanted, where spread equals size"
        note += "; upright, the size that luck alone would give" if np.isfinite(floor) else ""
        figure.text(0.01, 1.0 - 0.30 / height, note, color=GREY, size=8, va="top")
        for k in range(shown):
            at = 1.0 - (0.62 + 0.2 * k) / height
            figure.text(0.605, at, str(k + 1), size=8, va="top", ha="right", weight="bold", color=BLUE)
            figure.text(0.615, at, ranked["assumption"].iloc[k], size=8, va="top")
        words = "; ".join(f"{k + 1} {ranked['assumption'].iloc[k]}" for k in range(shown))
        alt = f"{title}. Above the slanted line the effect depends on other assumptions or bends. By rank: {words}."
        svg = to_svg(figure, f"plane-{name.replace('_', '-')}", alt)
    return Picture(title, svg)


def _numbers(ax: Any, x: Any, y: Any, width: float, height: float) -> None:
    """Number the dots, each at the first of `PLACES` that is free of dots and numbers; none where all are taken.

    Args:
        ax: Axes whose limits are set.
        x: Places of dots.
        y: Places of dots.
        width: Width of the axes in points.
        height: Height of the axes in points.
    """
    dots = np.column_stack([x / ax.get_xlim()[1] * width, y / ax.get_ylim()[1] * height])
    taken = [(a - 3.0, b - 3.0, a + 3.0, b + 3.0) for a, b in dots]
    for k, (a, b) in enumerate(dots):
        wide = 5.0 * len(str(k + 1))
        for right, up in PLACES:
            left = a + right - (0.0 if right > 0 else wide if right < 0 else wide / 2)
            box = (left, b + up, left + wide, b + up + 7.0)
            inside = box[0] >= 0.0 and box[1] >= 0.0 and box[2] <= width and box[3] <= height
            if inside and not any(box[0] < c[2] and c[0] < box[2] and box[1] < c[3] and c[1] < box[3] for c in taken):
                taken.append(box)
                ax.annotate(str(k + 1), (x[k], y[k]), (left - a, up), textcoords="offset points", fontsize=7.5,
                            color=BLUE, weight="bold")  # fmt: skip
                break
