"""Pictures of a comparison: effects, paths, effects by group, and one PNG for a README.

Bands and bars are worked out here, so that nothing is resampled and the same comparison gives the same bytes.
"""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator
from numpy.typing import NDArray

from experiments.answer_numbers import mean_interval
from experiments.comparison import FINAL_YEAR, INDICATOR_KEYS, LOWERS, RAISES, Comparison
from experiments.drawing import (
    GREY,
    INK,
    LineStyle,
    Picture,
    blank_figure,
    line_styles,
    plain_ticks,
    scale,
    styled,
    to_svg,
    wrapped,
)  # fmt: skip
from experiments.outcomes import HEADLINE, Outcome, Unit, outcome
from experiments.phrases import counted

Floats = NDArray[np.float64]

#: Longest run shown month by month; longer ones are shown by quarter.
MONTHLY = 36
#: Width of a panel in inches: small enough that its text can be read on a phone.
WIDTH = 3.8


# --- effects ----------------------------------------------------------------------------------------


def effect_rows(comparison: Comparison, name: str, window: str = FINAL_YEAR) -> pd.DataFrame:
    """Effects on an outcome by policy arm, in the arms' order; arms without a value are left out."""
    table = comparison.effects
    rows = table[(table["outcome"] == name) & (table["window"] == window) & np.isfinite(table["effect"])]
    order = {arm.name: k for k, arm in enumerate(comparison.policy_arms)}
    ordered: pd.DataFrame = rows.sort_values("arm", key=lambda arms: arms.map(order))
    return ordered


def _bars(
    ax: Axes, positions: NDArray[Any], rows: pd.DataFrame, factor: float, colours: Sequence[str], *, flat: bool
) -> None:
    """Dots with interval bars, hollow where no effect was detectable; `flat` puts effects along the x axis."""
    for position, row, colour in zip(positions, rows.itertuples(), colours, strict=True):
        ends = np.array([row.low, row.high], dtype=np.float64) * factor
        at = np.array([position, position])
        if np.isfinite(ends).all():
            ax.plot(*((ends, at) if flat else (at, ends)), color=colour, lw=1.6, solid_capstyle="butt")
        x, y = (float(row.effect) * factor, position) if flat else (position, float(row.effect) * factor)  # type: ignore[arg-type]
        face = colour if row.verdict in (RAISES, LOWERS) else "white"
        ax.plot([x], [y], "o", ms=5.5, mfc=face, mec=colour, mew=1.4)


def draw_effects(ax: Axes, comparison: Comparison, item: Outcome) -> None:
    """Effects of every policy on one outcome in the final year, with a line at zero.

    The title begins where the names of the policies do, a figure's third left of the axes.
    """
    rows = effect_rows(comparison, item.name)
    titles = {arm.name: arm.title for arm in comparison.policy_arms}
    styles = line_styles(comparison.arms)
    factor, unit = scale(item)
    positions = np.arange(len(rows), dtype=np.float64)
    _bars(ax, positions, rows, factor, [styles[name].colour for name in rows["arm"]], flat=True)
    ax.axvline(0.0, color=INK, lw=1.0, zorder=1)
    ax.set_yticks(positions, [wrapped(titles[name]) for name in rows["arm"]])
    ax.set_ylim(len(rows) - 0.5, -0.5)
    ax.grid(False, axis="y")
    plain_ticks(ax.xaxis, 4)
    better = {1: "; right is better", -1: "; left is better", 0: ""}[item.good]
    ax.set_xlabel(f"change, {unit}{better}")
    ax.set_title(item.label, x=-0.53)


def describe_rows(rows: pd.DataFrame, item: Outcome, names: Sequence[str]) -> str:
    """Effects in words, for those who do not see the picture."""
    parts = []
    for row, name in zip(rows.itertuples(), names, strict=True):
        ends = "" if not np.isfinite(row.low) else f" ({item.change(row.low)} to {item.change(row.high)})"  # type: ignore[arg-type]
        parts.append(f"{name}: {item.change(row.effect)}{ends}, {row.verdict}")  # type: ignore[arg-type]
    return "; ".join(parts)


def effect_picture(comparison: Comparison, name: str, prefix: str = "effect") -> Picture:
    """Effects of every policy on an outcome, as one panel of the small multiples.

    Args:
        comparison: The comparison.
        name: The outcome.
        prefix: Sets apart two pictures of one outcome on one page.
    """
    item, rows = outcome(name), effect_rows(comparison, name)
    titles = {arm.name: arm.title for arm in comparison.policy_arms}
    words = describe_rows(rows, item, [titles[arm] for arm in rows["arm"]])
    key = f"{prefix}-{name}"
    with styled():
        height = 1.05 + 0.34 * max(len(rows), 1)
        figure = blank_figure(WIDTH, height)
        ax = figure.add_axes((0.34, 0.62 / height, 0.62, 1.0 - 0.95 / height))
        draw_effects(ax, comparison, item)
        svg = to_svg(figure, key, f"Effect on {item.label} in the final year. {words}.")
    return Picture(item.label, svg, key)


# --- paths ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Paths:
    """Indicators by arm, seed and time.

    Attributes:
        years: Time of each point in calendar years, shape (points,).
        step: "month" or "quarter".
        values: Means by indicator, shape (arms, seeds, points).
    """

    years: Floats
    step: str
    values: dict[str, Floats]


def paths(comparison: Comparison) -> Paths:
    """Indicators as arrays, by month for short runs and by quarter for long ones."""
    table = comparison.indicators.set_index(list(INDICATOR_KEYS))
    months = sorted({str(month) for month in comparison.indicators["month"]})
    index = pd.MultiIndex.from_product(
        [[arm.name for arm in comparison.arms], comparison.seeds, months], names=list(INDICATOR_KEYS)
    )
    flat = table.reindex(index).to_numpy(dtype=np.float64)
    cube = flat.reshape(len(comparison.arms), len(comparison.seeds), len(months), -1)
    years = np.array([int(month[:4]) + (int(month[5:]) - 0.5) / 12.0 for month in months])
    step = "month"
    if len(months) > MONTHLY:
        step, whole = "quarter", len(months) // 3 * 3
        cube = cube[:, :, :whole].reshape(*cube.shape[:2], whole // 3, 3, -1).mean(axis=3)
        years = years[:whole].reshape(-1, 3).mean(axis=1)
    return Paths(years, step, {str(name): cube[..., k] for k, name in enumerate(table.columns)})


def path_picture(comparison: Comparison, lines: Paths, name: str) -> Picture:
    """Paths of an outcome: levels above, with the baseline's 95% band; differences from it below, with all bands."""
    item = outcome(name)
    values = lines.values[name]
    factor, unit = scale(item)
    level_unit = "%" if item.unit is Unit.SHARE else unit
    # Some labels end with their unit, and a count needs none.
    heading = item.label if "£" in item.label or item.unit is Unit.COUNT else f"{item.label}, {level_unit}"
    styles = line_styles(comparison.arms)
    with styled():
        figure = blank_figure(WIDTH, 3.7)
        above = figure.add_axes((0.17, 0.52, 0.80, 0.395))
        below = figure.add_axes((0.17, 0.09, 0.80, 0.345), sharex=above)
        for k, arm in enumerate(comparison.arms):
            # Bands of all levels would lie on top of one another; the baseline's shows how wide they are.
            _band(above, lines.years, values[k] * factor, styles[arm.name], alpha=0.0 if k else 0.16)
            if k:
                _band(below, lines.years, (values[k] - values[0]) * factor, styles[arm.name], alpha=0.16)
        below.axhline(0.0, color=INK, lw=1.0, zorder=1)
        above.tick_params(labelbottom=False)
        above.set_title(heading, x=-0.17)
        below.set_title(f"Change from baseline, {unit}", x=-0.17, fontweight="normal", fontsize=9)
        for ax in (above, below):
            plain_ticks(ax.yaxis, 4)
            ax.margins(x=0.01)
        below.xaxis.set_major_locator(MaxNLocator(6, integer=True))
        below.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.0f}"))
        svg = to_svg(figure, f"path-{name}", _describe_paths(comparison, item, values))
    return Picture(item.label, svg, f"path-{name}")


def _band(ax: Axes, years: Floats, values: Floats, style: LineStyle, *, alpha: float) -> None:
    """Mean over seeds as a line with its 95% interval as a band; values have shape (seeds, points)."""
    mean, low, high = mean_interval(values)
    if alpha > 0.0 and np.isfinite(low).any():
        ax.fill_between(years, low, high, color=style.colour, alpha=alpha, lw=0)
    (line,) = ax.plot(years, mean, color=style.colour, lw=1.5)
    if style.dashes:
        line.set_dashes(style.dashes)


def _describe_paths(comparison: Comparison, item: Outcome, values: Floats) -> str:
    ends = []
    for k, arm in enumerate(comparison.arms):
        mean = values[k].mean(axis=0)
        known = np.flatnonzero(np.isfinite(mean))
        if known.size:
            ends.append(f"{arm.title} from {item.text(mean[known[0]])} to {item.text(mean[known[-1]])}")
    return f"Path of {item.label}, mean over seeds: {'; '.join(ends)}."


# --- groups -----------------------------------------------------------------------------------------


def group_picture(comparison: Comparison, dimension: str, name: str, groups: Sequence[str], label: str) -> Picture:
    """Effects on an outcome by group, a strip for each policy.

    Args:
        comparison: The comparison.
        dimension: Such as "imd_decile".
        name: The outcome.
        groups: Groups in the order in which they are shown.
        label: Name of the axis of groups.
    """
    table = comparison.group_effects
    rows = table[(table["dimension"] == dimension) & (table["outcome"] == name)]
    arms = [arm for arm in comparison.policy_arms if (rows["arm"] == arm.name).any()]
    item = outcome(name)
    factor, unit = scale(item)
    styles = line_styles(comparison.arms)
    positions = {group: float(k) for k, group in enumerate(groups)}
    slanted = max(len(group) for group in groups) > 3
    foot, top = (0.62 if slanted else 0.5), 0.42
    words = []
    with styled():
        height = top + foot + 0.95 * len(arms)
        figure = blank_figure(WIDTH, height)
        shared: Axes | None = None
        for k, arm in enumerate(arms):
            box = (0.17, (foot + 0.95 * (len(arms) - 1 - k)) / height, 0.80, 0.7 / height)
            ax = figure.add_axes(box, sharex=shared, sharey=shared)
            shared = shared or ax
            own = rows[(rows["arm"] == arm.name) & rows["group"].isin(groups)]
            at = own["group"].map(positions).to_numpy(dtype=np.float64)
            _bars(ax, at, own, factor, [styles[arm.name].colour] * len(own), flat=False)
            ax.axhline(0.0, color=INK, lw=1.0, zorder=1)
            ax.set_title(wrapped(arm.title, 44), fontsize=9, fontweight="normal", pad=2)
            ax.set_xticks(range(len(groups)), groups)
            ax.tick_params(labelbottom=k == len(arms) - 1)
            ax.grid(False, axis="x")
            plain_ticks(ax.yaxis, 3)
            words.append(f"{arm.title}: {describe_rows(own, item, [f'{label} {group}' for group in own['group']])}")
        assert shared is not None
        shared.set_xlim(-0.5, len(groups) - 0.5)
        if slanted:
            for tick in ax.get_xticklabels():
                tick.set(rotation=30, ha="right", rotation_mode="anchor")
        else:
            ax.set_xlabel(label)
        figure.text(0.02, 1.0 - 0.04 / height, item.label, weight="bold", size=10, va="top")
        figure.text(0.02, 1.0 - 0.22 / height, f"change, {unit}", va="top")
        alt = f"Effect on {item.label} by {label}. {' '.join(words)}"
        key = f"{dimension.replace('_', '-')}-{name}"
        svg = to_svg(figure, key, alt)
    return Picture(item.label, svg, key)


# --- one picture ------------------------------------------------------------------------------------


def overview_png(comparison: Comparison, names: Sequence[str] = HEADLINE) -> bytes:
    """The effect plot of many outcomes as one PNG.

    Args:
        comparison: The comparison.
        names: Outcomes, a panel each.
    """
    columns = 3
    lines = math.ceil(len(names) / columns)
    each = 1.05 + 0.34 * max(len(comparison.policy_arms), 1)
    with styled():
        figure = Figure(figsize=(13.2, each * lines + 0.5), facecolor="white")
        high = each * lines + 0.5
        for k, name in enumerate(names):
            row, column = divmod(k, columns)
            ax = figure.add_axes(
                (0.115 + column / columns, 1.0 - (0.35 + row * each + each - 0.6) / high, 0.205, (each - 0.95) / high)
            )
            draw_effects(ax, comparison, outcome(name))
        seeds = len(comparison.seeds)
        runs = counted(seeds, "seed")
        note = f"Final year, mean over {runs} with 95% intervals over seeds; hollow: no detectable effect."
        figure.text(0.01, 0.012, note, color=GREY)
        FigureCanvasAgg(figure)
        buffer = io.BytesIO()
        figure.savefig(buffer, format="png", dpi=110, metadata={"Software": None})
    return buffer.getvalue()
