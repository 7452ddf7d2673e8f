"""The map of neighbourhoods: dots coloured by a rate, pooled until enough simulated people are behind each."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import seaborn as sns
from markupsafe import Markup
from numpy.typing import NDArray

from experiments.comparison import Comparison
from experiments.drawing import INK, Picture, blank_figure, styled, to_svg
from experiments.outcomes import Outcome, outcome
from simulation.region import Region

Floats = NDArray[np.float64]

#: Classes of the map, light for low to dark for high, told apart by lightness alone.
CLASSES = 5
#: Simulated people whom a dot should stand for, at least.
PEOPLE_PER_DOT = 200


@dataclass(frozen=True)
class Map:
    """A map with what its caption must say.

    Attributes:
        picture: The map.
        pooled: Whether neighbourhoods were pooled with their neighbours to have enough people.
        margin: Half of the 95% interval of a typical dot, a share.
        known: Neighbourhoods shown.
    """

    picture: Picture
    pooled: bool
    margin: float
    known: int


def pooled_rates(region: Region, rate: Floats, people: Floats) -> tuple[Floats, Floats]:
    """Rates pooled with the nearest neighbourhoods of the same authority until enough people are behind each.

    Args:
        region: Where.
        rate: Rate by neighbourhood, not a number where nobody was simulated, shape (neighbourhoods,).
        people: Simulated people behind each rate, shape (neighbourhoods,).

    Returns:
        Pooled rate, not a number where there is none, and people behind it, both shape (neighbourhoods,).
    """
    weight = np.where(np.isfinite(rate), people, 0.0)
    total = np.where(np.isfinite(rate), rate, 0.0) * weight
    pooled, behind = np.full(rate.size, np.nan), np.zeros(rate.size)
    for authority in range(region.n_authorities):
        rows = np.flatnonzero(region.neighbourhood_authority == authority)
        place = region.neighbourhood_xy[rows]
        gap = ((place[:, None, :] - place[None, :, :]) ** 2).sum(axis=2)
        near = rows[np.argsort(gap, axis=1, kind="stable")]
        sums = np.cumsum(weight[near], axis=1)
        enough = np.argmax(sums >= PEOPLE_PER_DOT, axis=1)
        enough = np.where(sums[:, -1] >= PEOPLE_PER_DOT, enough, rows.size - 1)
        own = np.arange(rows.size)
        behind[rows] = sums[own, enough]
        tally = np.cumsum(total[near], axis=1)[own, enough]
        pooled[rows] = np.divide(tally, behind[rows], out=np.full(rows.size, np.nan), where=behind[rows] > 0)
    return pooled, behind


def map_picture(comparison: Comparison, region: Region, name: str = "inactivity_rate") -> Map | None:
    """A dot for each neighbourhood with its rate in the baseline's last month, pooled over seeds and neighbours.

    Returns:
        The map, or None where the comparison recorded no neighbourhoods of this region.
    """
    table = comparison.breakdowns
    rows = table[
        (table["arm"] == comparison.baseline.name)
        & (table["dimension"] == "neighbourhood")
        & (table["outcome"] == name)
    ]
    rows = rows[rows["group"].isin(set(region.neighbourhoods["id"]))]
    if rows.empty:
        return None
    by_place = rows.groupby(rows["group"].astype(object))["value"].agg(["mean", "count"])
    by_place = by_place.reindex(region.neighbourhoods["id"].to_numpy())
    # Who lives where is not recorded by neighbourhood: people are taken to be spread as in the pack.
    people = region.neighbourhood_working_age / comparison.baseline.scenario.scale * len(comparison.seeds)
    rate, behind = pooled_rates(region, by_place["mean"].to_numpy(dtype=np.float64), np.asarray(people, np.float64))
    known = np.flatnonzero(np.isfinite(rate))
    typical = float(np.median(behind[known]))
    share = float(np.mean(rate[known]))
    item = outcome(name)
    with styled():
        picture = Picture(item.label, _draw_map(region, rate, known, item), "map")
    margin = 1.96 * math.sqrt(share * (1.0 - share) / typical)
    return Map(picture, bool(np.median(people) < PEOPLE_PER_DOT), margin, int(known.size))


def _draw_map(region: Region, rate: Floats, known: NDArray[np.int64], item: Outcome) -> Markup:
    x, y = region.neighbourhood_xy.T / 1000.0
    west, east, south, north = x.min() - 2, x.max() + 2, y.min() - 2, y.max() + 2
    width = 5.4
    height = width * (north - south) / (east - west)
    figure = blank_figure(width, height)
    ax = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    ax.set(xlim=(west, east), ylim=(south, north), aspect="equal")
    ax.axis("off")
    edges = np.quantile(rate[known], np.linspace(0.0, 1.0, CLASSES + 1))
    shade = np.clip(np.searchsorted(edges[1:-1], rate[known], side="right"), 0, CLASSES - 1)
    colours = sns.color_palette("rocket_r", CLASSES + 1).as_hex()[1:]
    for k, colour in enumerate(colours):
        own = known[shade == k]
        label = f"{100 * edges[k]:.0f} to {100 * edges[k + 1]:.0f}%"
        ax.plot(x[own], y[own], "o", ms=3.6, mfc=colour, mec="white", mew=0.3, label=label)
    for authority, place in enumerate(region.authority_names):
        rows = np.flatnonzero(region.neighbourhood_authority == authority)
        ax.text(
            x[rows].mean(), y[rows].max() + 0.6, place, ha="center", va="bottom", weight="bold", size=10,
            bbox={"facecolor": "white", "alpha": 0.75, "edgecolor": "none", "pad": 1.0},
        )  # fmt: skip
    ax.plot([west + 2, west + 12], [south + 1.4] * 2, color=INK, lw=2)
    ax.text(west + 7, south + 1.8, "10 km", ha="center", va="bottom")
    ax.legend(title=item.label, loc="upper right", frameon=True, framealpha=0.9, markerscale=1.6)
    means = [
        f"{place} {100 * float(np.mean(rate[known][region.neighbourhood_authority[known] == k])):.0f}%"
        for k, place in enumerate(region.authority_names)
        if (region.neighbourhood_authority[known] == k).any()
    ]
    alt = f"Map of {known.size} neighbourhoods by {item.label} in the baseline. Mean by authority: {', '.join(means)}."
    return to_svg(figure, "map", alt)
