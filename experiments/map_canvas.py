"""What maps are drawn on: neighbourhoods as dots within outlines of authorities, or as areas with boundaries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.lines import Line2D
from matplotlib.path import Path
from numpy.typing import NDArray

from experiments.boundaries import Boundaries
from experiments.drawing import GREY, INK, blank_figure, styled, to_svg
from simulation.region import Region

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]

WIDTH = 5.0
#: An outline keeps this far from an authority's outermost neighbourhoods, metres, where nobody else is nearer.
REACH = 2500.0
#: Points of the grid on which outlines are found, along the longer side.
GRID = 220
#: Height of a line of the legend, and columns of it.
LINE, COLUMNS = 0.19, 2


@dataclass(frozen=True)
class Layer:
    """Neighbourhoods that are coloured alike.

    Attributes:
        rows: Which ones.
        colour: As "#rrggbb".
        label: What the colour means, for the legend.
        size: Diameter of their dots in points.
    """

    rows: Rows
    colour: str
    label: str
    size: float = 3.6


def draw_map(
    region: Region, layers: Sequence[Layer], title: str, key: str, alt: str, boundaries: Boundaries | None = None
) -> Markup:
    """A map.

    Args:
        region: Where.
        layers: Drawn in this order; the legend has them in it too.
        title: Of the legend.
        key: Unique on the page.
        alt: Text alternative.
        boundaries: Of its neighbourhoods; None draws dots.
    """
    with styled():
        corners, centres = _extent(region, boundaries)
        (west, south), (east, north) = corners
        shown = [layer for layer in layers if layer.rows.size]
        strip = 0.34 + LINE * -(-len(shown) // COLUMNS)
        height = WIDTH * (north - south) / (east - west) + strip
        figure = blank_figure(WIDTH, height)
        ax = figure.add_axes((0.0, 0.0, 1.0, 1.0 - strip / height))
        ax.set(xlim=(west, east), ylim=(south, north), aspect="equal")
        ax.axis("off")
        if boundaries is None:
            _outlines(ax, region, corners)
            for layer in layers:
                x, y = region.neighbourhood_xy[layer.rows].T
                ax.plot(x, y, "o", ms=layer.size, mfc=layer.colour, mec="white", mew=0.3)
            ax.plot([west + 2000, west + 12000], [south + 1200] * 2, color=INK, lw=2)
            ax.text(west + 7000, south + 1600, "10 km", ha="center", va="bottom")
        else:
            _areas(ax, layers, boundaries)
        for name, (x, y) in zip(region.authority_names, centres, strict=True):
            if np.isfinite(x):
                ax.text(
                    x, y, name, ha="center", va="center", weight="bold", size=9,
                    bbox={"facecolor": "white", "alpha": 0.78, "edgecolor": "none", "pad": 0.8},
                )  # fmt: skip
        handles = [
            Line2D([], [], ls="", marker="o", ms=6, mfc=layer.colour, mec=GREY, mew=0.4, label=layer.label)
            for layer in shown
        ]
        figure.legend(
            handles=handles, title=title, loc="upper left", ncols=COLUMNS, frameon=False, alignment="left",
            bbox_to_anchor=(0.0, 1.0), borderaxespad=0.0, fontsize=8.5, columnspacing=1.2, handletextpad=0.3,
        )  # fmt: skip
        return to_svg(figure, key, alt)


def _extent(region: Region, boundaries: Boundaries | None) -> tuple[Floats, Floats]:
    """South-west and north-east corner, shape (2, 2), and the place of each authority's name."""
    authority = region.neighbourhood_authority
    if boundaries is None:
        xy = np.asarray(region.neighbourhood_xy, dtype=np.float64)
        margin, known = REACH + 500.0, np.ones(len(xy), dtype=bool)
    else:
        known = np.array([bool(rings) for rings in boundaries.rings])
        xy = np.array([rings[0].mean(axis=0) if rings else (np.nan, np.nan) for rings in boundaries.rings])
        every = np.concatenate([ring for rings in boundaries.rings for ring in rings])
        margin = 0.02 * float((every.max(axis=0) - every.min(axis=0)).max())
    places = xy if boundaries is None else every
    corners = np.array([places.min(axis=0) - margin, places.max(axis=0) + margin])
    centres = np.full((region.n_authorities, 2), np.nan)
    for k in range(region.n_authorities):
        own = xy[known & (authority == k)]
        if len(own):
            # The middle of the northern edge of its people: names hide few of them there.
            centres[k] = own[:, 0].mean(), np.quantile(own[:, 1], 0.97)
    return corners, centres


def _outlines(ax: Axes, region: Region, corners: Floats) -> None:
    """A line around each authority: where another is as near, or nobody lives within reach."""
    from scipy.spatial import cKDTree

    (west, south), (east, north) = corners
    step = max(east - west, north - south) / GRID
    x, y = np.arange(west, east + step, step), np.arange(south, north + step, step)
    points = np.stack(np.meshgrid(x, y), axis=-1)
    gaps = []
    for k in range(region.n_authorities):
        own = region.neighbourhood_xy[region.neighbourhood_authority == k]
        gaps.append(cKDTree(own).query(points)[0] if len(own) else np.full(points.shape[:2], np.inf))
    nearest = np.stack(gaps)
    for k in range(region.n_authorities):
        others = np.delete(nearest, k, axis=0)
        rival = np.minimum(others.min(axis=0), REACH) if len(others) else np.full(points.shape[:2], REACH)
        if np.isfinite(nearest[k]).all():
            ax.contour(x, y, rival - nearest[k], levels=[0.0], colors=[GREY], linewidths=0.7)


def _areas(ax: Axes, layers: Sequence[Layer], boundaries: Boundaries) -> None:
    for layer in layers:
        paths = [
            Path.make_compound_path(*(Path(ring, closed=True) for ring in boundaries.rings[row]))
            for row in layer.rows
            if boundaries.rings[row]
        ]
        ax.add_collection(PathCollection(paths, facecolors=layer.colour, edgecolors="white", linewidths=0.25))
