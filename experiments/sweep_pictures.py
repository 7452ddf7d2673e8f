"""Pictures of sweeps: response curves, heat maps and scatters, a panel for each outcome that is shown first."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.comparison import LOWERS, RAISES
from experiments.drawing import GREY, INK, Picture, blank_figure, plain_ticks, scale, styled, to_svg, wrapped
from experiments.outcomes import Outcome, Unit, outcome
from experiments.points import EFFECT, headline
from experiments.sweep_study import of_outcome
from experiments.tables import Tables

if TYPE_CHECKING:
    from experiments.sweep_study import SweepStudy

#: Panels side by side, and inches of a panel with its margins.
COLUMNS, WIDTH, HEIGHT = 3, 3.4, 2.55
#: Colour of what is not the baseline, safe for the colour-blind.
BLUE = "#0173b2"
#: Columns of a heat map up to which its cells hold numbers.
MOST_NUMBERED = 5


def _unit(item: Outcome, measure: str) -> tuple[float, str]:
    factor, unit = scale(item)
    if measure == EFFECT:
        return factor, f"change, {unit}"
    return factor, "%" if item.unit is Unit.SHARE else unit


def _panels(
    names: Sequence[str], key: str, title: str, alt: str, draw: Callable[[Axes, str], str], right: float = 0.12
) -> Picture:
    """A figure with a panel for each name; `draw` fills one and says in words what it shows."""
    lines = math.ceil(len(names) / COLUMNS)
    columns = min(COLUMNS, len(names))
    with styled():
        figure: Figure = blank_figure(WIDTH * columns, HEIGHT * lines)
        words = []
        for k, name in enumerate(names):
            row, column = divmod(k, columns)
            left, foot = column + 0.22, (lines - 1 - row) + 0.21
            box = (left / columns, foot / lines, (0.78 - right / 1.5) / columns, 0.58 / lines)
            words.append(draw(figure.add_axes(box), name))
        svg = to_svg(figure, key, f"{alt} {' '.join(words)}")
    return Picture(title, svg)


def _title(ax: Axes, item: Outcome, unit: str, note: str = "") -> None:
    """The outcome, and below it the unit and a note at the right."""
    ax.set_title(wrapped(item.label, 42), x=-0.22, fontsize=9, pad=15)
    ax.text(-0.22, 1.03, unit, transform=ax.transAxes, va="bottom", fontsize=8)
    ax.text(1.0, 1.03, note, transform=ax.transAxes, ha="right", va="bottom", fontsize=7, color=GREY)


def broken(name: str, width: int = 20) -> str:
    """A long name of a dial over two lines, cut at an underscore or dot near its middle."""
    cuts = [k + 1 for k, letter in enumerate(name) if letter in "_."]
    if len(name) <= width or not cuts:
        return name
    middle = min(cuts, key=lambda k: abs(k - len(name) / 2))
    return f"{name[:middle]}\n{name[middle:]}"


def _dial_label(ax: Axes, name: str, size: float = 8.0) -> None:
    ax.set_xlabel(name, fontsize=size, labelpad=2)


def curves(study: SweepStudy, tables: Tables) -> Picture:
    """Means with 95% intervals along one dial, hollow where no effect was detectable."""
    (dial,) = study.variations
    table, measure = tables["responses"], study.measure

    def draw(ax: Axes, name: str) -> str:
        item, rows = outcome(name), of_outcome(table, name, measure).sort_values(dial.name)
        factor, unit = _unit(item, measure)
        x = rows[dial.name].to_numpy(dtype=np.float64)
        mean, low, high = (rows[column].to_numpy(dtype=np.float64) * factor for column in ("mean", "low", "high"))
        if np.isfinite(low).any():
            ax.fill_between(x, low, high, color=BLUE, alpha=0.16, lw=0)
        ax.plot(x, mean, color=BLUE, lw=1.4)
        _dots(ax, x, mean, rows, measure)
        if measure == EFFECT:
            ax.axhline(0.0, color=INK, lw=1.0, zorder=1)
        if dial.low <= dial.dial.default <= dial.high:
            ax.axvline(dial.dial.default, color=GREY, lw=0.9, ls=(0, (2, 2)), zorder=1)
        plain_ticks(ax.yaxis, 4)
        plain_ticks(ax.xaxis, 4)
        _dial_label(ax, dial.name)
        _title(ax, item, unit)
        show = item.change if measure == EFFECT else item.text
        ends = [f"{show(row['mean'])} at {row[dial.name]:.4g}" for _, row in rows.iloc[[0, -1]].iterrows()]
        return f"{item.label}: {' to '.join(ends)}."

    title = f"{'Effects' if measure == EFFECT else 'Levels'} by {dial.name}"
    alt = f"{title} in the final year, mean over seeds; the dashed line is the scenario's own value."
    return _panels(headline(table), "sweep-curves", title, alt, draw)


def _dots(ax: Axes, x: Any, y: Any, rows: pd.DataFrame, measure: str, size: float = 4.0) -> None:
    """Dots, hollow where an effect was not detectable."""
    moved = rows["verdict"].isin((RAISES, LOWERS)).to_numpy() | (measure != EFFECT)
    ax.plot(x[moved], y[moved], "o", ms=size, mfc=BLUE, mec=BLUE, mew=1.0, ls="none")
    ax.plot(x[~moved], y[~moved], "o", ms=size, mfc="white", mec=BLUE, mew=1.0, ls="none")


def heat_maps(study: SweepStudy, tables: Tables) -> Picture:
    """Means over a grid of two dials, with a dot in cells where no effect was detectable."""
    across, up = (variation.name for variation in study.variations)
    table, measure = tables["responses"], study.measure

    def draw(ax: Axes, name: str) -> str:
        item, rows = outcome(name), of_outcome(table, name, measure)
        factor, unit = _unit(item, measure)
        wide = rows.pivot(index=up, columns=across, values="mean") * factor
        verdicts = rows.pivot(index=up, columns=across, values="verdict").to_numpy()
        values = wide.to_numpy(dtype=np.float64)
        most = float(np.nanmax(np.abs(values))) if np.isfinite(values).any() else 1.0
        limits: dict[str, Any] = {"vmin": -(most or 1.0), "vmax": most or 1.0} if measure == EFFECT else {}
        mesh = ax.pcolormesh(
            values, cmap="PuOr_r" if measure == EFFECT else "viridis", edgecolors="white", linewidth=0.5, **limits
        )
        numbered = values.shape[1] <= MOST_NUMBERED and values.shape[0] <= MOST_NUMBERED + 2
        for (row, column), value in np.ndenumerate(values):
            unsure = measure == EFFECT and verdicts[row, column] not in (RAISES, LOWERS)
            if numbered and np.isfinite(value):
                tone = mesh.cmap(mesh.norm(value))
                dark = 0.3 * tone[0] + 0.59 * tone[1] + 0.11 * tone[2] < 0.5
                text = _short(value) if not unsure else f"({_short(value)})"
                ax.text(column + 0.5, row + 0.5, text, ha="center", va="center", fontsize=6.5,
                        color="white" if dark else INK)  # fmt: skip
            elif unsure:
                ax.plot([column + 0.5], [row + 0.5], "o", ms=1.8, color=GREY)
        for axis, ticks in ((ax.xaxis, wide.columns), (ax.yaxis, wide.index)):
            every = max(1, math.ceil(len(ticks) / 5))
            chosen = range(0, len(ticks), every)
            axis.set_ticks([k + 0.5 for k in chosen], [f"{ticks[k]:.3g}" for k in chosen])
        ax.grid(False)
        bar = ax.figure.colorbar(mesh, cax=ax.inset_axes((1.03, 0.0, 0.04, 1.0)))
        bar.outline.set_visible(False)  # type: ignore[operator]
        bar.ax.tick_params(labelsize=7, length=2)
        plain_ticks(bar.ax.yaxis, 4)
        if bar.solids is not None:
            bar.solids.set_edgecolor("face")
        _dial_label(ax, across)
        ax.set_ylabel(broken(up), fontsize=8 if len(up) < 30 else 7)
        _title(ax, item, unit)
        return f"{item.label}: {_short(np.nanmin(values))} to {_short(np.nanmax(values))}, {unit}."

    title = f"{'Effects' if measure == EFFECT else 'Levels'} by {across} and {up}"
    alt = f"{title} in the final year, mean over seeds; brackets or dots mark what was not detectable."
    return _panels(headline(table), "sweep-heat", title, alt, draw, right=0.30)


def _short(value: float) -> str:
    """A number in few places, for a cell."""
    size = abs(value)
    text = f"{value:,.0f}" if size >= 100 else f"{value:.1f}" if size >= 10 else f"{value:.2f}"
    text = text if any(digit in text for digit in "123456789") else text.lstrip("-")
    return text.replace("-", "−")


def scatters(study: SweepStudy, tables: Tables) -> Picture:
    """Every point, against the dial that an outcome follows most, with a straight line through them."""
    from experiments.sweep_study import trends

    dials, measure, table = [item.name for item in study.variations], study.measure, tables["responses"]
    ranks = tables["trends"] if "trends" in tables else trends(table, dials, measure)

    def draw(ax: Axes, name: str) -> str:
        item, rows = outcome(name), of_outcome(table, name, measure)
        factor, unit = _unit(item, measure)
        mine = ranks[(ranks["outcome"] == name) & (ranks["measure"] == measure)].set_index("dial")["correlation"]
        dial = str(mine.abs().idxmax()) if mine.notna().any() else dials[0]
        x, y = rows[dial].to_numpy(dtype=np.float64), rows["mean"].to_numpy(dtype=np.float64) * factor
        _dots(ax, x, y, rows, measure, 3.0)
        if measure == EFFECT:
            ax.axhline(0.0, color=INK, lw=1.0, zorder=1)
        note = "no rank correlation"
        if mine.notna().any():
            ends = np.array([x.min(), x.max()])
            ax.plot(ends, np.polyval(np.polyfit(x, y, 1), ends), color=INK, lw=1.0, ls=(0, (4, 2)))
            note = f"rank correlation {mine[dial]:+.2f}".replace("-", "−")
        plain_ticks(ax.yaxis, 4)
        plain_ticks(ax.xaxis, 4)
        _dial_label(ax, dial)
        _title(ax, item, unit, note)
        return f"{item.label} by {dial}: {note}."

    title = f"{'Effects' if measure == EFFECT else 'Levels'} at all points"
    alt = f"{title} in the final year, mean over seeds, against the dial of the strongest rank correlation."
    return _panels(headline(table), "sweep-scatter", title, alt, draw)
