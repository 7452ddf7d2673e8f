"""Where a pound of anchors' spending goes, drawn as bands whose height is money (after Sankey 1898)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path

from experiments.drawing import INK, Picture, blank_figure, styled, to_svg, wrapped
from experiments.money_flows import ALL, ANCHORS, ENDS, FIRST, KEPT, NEXT, OUTSIDE, PROFIT, TAX, WAGES, Link

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

WIDTH, HEIGHT = 4.2, 4.1
#: Colours of the ends, told apart by the colour-blind (Okabe and Ito 2008).
COLOURS = {WAGES: "#0072B2", PROFIT: "#009E73", NEXT: "#56B4E9", TAX: "#E69F00", KEPT: "#CC79A7", OUTSIDE: "#8c8c8c"}
#: Left edges of the columns, width of a node, and room between nodes, as parts of the picture.
COLUMNS, THICK, GAP = (0.0, 0.31, 0.67), 0.025, 0.045
#: Least distance between two labels, as a part of the height, and the least part of a pound that is drawn, pence.
LABEL, LEAST = 0.088, 0.05


def money_picture(table: pd.DataFrame, arm: str, title: str, key: str, column: str) -> Picture:
    """Where a pound goes under one scenario.

    Args:
        table: As `money_flows.money_flows` gives it.
        arm: Name of a policy arm.
        title: Name of the scenario for people.
        key: What `commonweal figure` calls the picture.
        column: "baseline" or "policy".
    """
    rows = table[table["arm"] == arm]
    links: dict[Link, float] = {
        (str(source), str(target)): float(pence)
        for source, target, pence in zip(rows["source"], rows["target"], rows[column], strict=True)
    }
    words = [f"{links[ANCHORS, name]:.1f}p to {name}" for name in FIRST]
    ends = [f"{links[ALL, end]:.1f}p {end}" for end in ENDS]
    alt = f"{title}: of a pound that anchors spend, first {'; '.join(words)}. In the end {'; '.join(ends)}."
    with styled():
        figure = blank_figure(WIDTH, HEIGHT)
        ax = figure.add_axes((0.01, 0.01, 0.98, 0.91))
        ax.set(xlim=(0.0, 1.0), ylim=(0.0, 1.0))
        ax.axis("off")
        figure.text(0.01, 0.985, "\n".join(wrapped(title, 60).splitlines()), weight="bold", size=10, va="top")
        _draw(ax, links)
        svg = to_svg(figure, key, alt)
    return Picture(f"Where the pound goes: {title}", svg, key)


def _draw(ax: Axes, links: Mapping[Link, float]) -> None:
    size = {name: links[ANCHORS, name] for name in FIRST} | {end: links[ALL, end] for end in ENDS}
    scale = (1.0 - GAP * (len(FIRST) - 1)) / 100.0
    middle, end_at = _stack(FIRST, size, scale), _stack(ENDS, size, scale)
    whole = 100.0 * scale
    start = 0.5 + whole / 2.0
    ax.add_patch(Rectangle((COLUMNS[0], start - whole), THICK, whole, color=INK, lw=0))
    ax.text(COLUMNS[0], start + 0.012, "£1 that an\nanchor spends", va="bottom", ha="left", size=8.5)
    top = start
    into, out = dict(end_at), dict(middle)
    for name in FIRST:
        height = size[name] * scale
        _band(ax, (COLUMNS[0] + THICK, top), (COLUMNS[1], middle[name]), height, "#bdbdbd")
        top -= height
        ax.add_patch(Rectangle((COLUMNS[1], middle[name] - height), THICK, height, color=INK, lw=0))
        for end in ENDS:
            pence = links.get((name, end), 0.0)
            if pence < LEAST:
                continue
            _band(ax, (COLUMNS[1] + THICK, out[name]), (COLUMNS[2], into[end]), pence * scale, COLOURS[end])
            out[name] -= pence * scale
            into[end] -= pence * scale
    for end in ENDS:
        height = size[end] * scale
        ax.add_patch(Rectangle((COLUMNS[2], end_at[end] - height), THICK, height, color=COLOURS[end], lw=0))
    for names, at, x in ((FIRST, middle, COLUMNS[1]), (ENDS, end_at, COLUMNS[2])):
        centres = [at[name] - size[name] * scale / 2.0 for name in names]
        for name, y in zip(names, _apart(centres), strict=True):
            ax.text(
                x + THICK + 0.01, y, wrapped(f"{size[name]:.1f}p {name}", 20), va="center", size=8.0, linespacing=1.0,
                bbox={"facecolor": "white", "alpha": 0.72, "edgecolor": "none", "pad": 0.6},
            )  # fmt: skip


def _stack(names: Sequence[str], size: Mapping[str, float], scale: float) -> dict[str, float]:
    """Top edge of each node of a column, from above, spread over the whole height."""
    room = (1.0 - sum(size[name] for name in names) * scale) / max(len(names) - 1, 1)
    tops, y = {}, 1.0
    for name in names:
        tops[name] = y
        y -= size[name] * scale + room
    return tops


def _apart(centres: Sequence[float]) -> list[float]:
    """Places of labels, near their nodes and far enough from one another, from above."""
    least = [LABEL / 2.0 + LABEL * (len(centres) - 1 - k) for k in range(len(centres))]
    found: list[float] = []
    for k, centre in enumerate(centres):
        above = found[-1] - LABEL if found else 1.0 - LABEL / 2.0
        found.append(max(min(centre, above), least[k]))
    return found


def _band(ax: Axes, left: tuple[float, float], right: tuple[float, float], height: float, colour: str) -> None:
    """A band between two edges, given by their upper corners."""
    (x0, y0), (x1, y1) = left, right
    bend = (x0 + x1) / 2.0
    points = [
        (x0, y0), (bend, y0), (bend, y1), (x1, y1), (x1, y1 - height), (bend, y1 - height), (bend, y0 - height),
        (x0, y0 - height), (x0, y0),
    ]  # fmt: skip
    codes = [Path.MOVETO, *[Path.CURVE4] * 3, Path.LINETO, *[Path.CURVE4] * 3, Path.CLOSEPOLY]
    ax.add_patch(PathPatch(Path(points, codes), facecolor=colour, alpha=0.45, lw=0))
