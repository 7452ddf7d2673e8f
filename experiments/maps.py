"""Maps of a comparison: where a rate is high without policies, and where each policy has a detectable effect.

A neighbourhood holds few simulated people, so each is pooled with its nearest neighbours until enough are behind it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
import seaborn as sns
from numpy.typing import NDArray

from experiments.answer_numbers import effects_of
from experiments.boundaries import Boundaries
from experiments.comparison import FINAL_YEAR, LOWERS, RAISES, Arm, Comparison
from experiments.drawing import Picture
from experiments.effects import by_chance, paired_statistics
from experiments.map_canvas import Layer, draw_map
from experiments.outcomes import HEADLINE, Outcome, outcome
from experiments.sentences import leading
from experiments.where_most import BY_GROUP
from simulation.region import Region

Floats = NDArray[np.float64]

#: Classes of a map, light for low to dark for high, told apart by lightness alone.
CLASSES = 5
#: Simulated people whom a dot should stand for, at least: of a rate, and of an effect, which is smaller than a rate.
PEOPLE_PER_DOT, PEOPLE_PER_EFFECT = 200, 1000
#: Classes of effects for the better and for the worse, light to dark: blue and orange, safe for the colour-blind.
BETTER, WORSE = ("#9ecae1", "#4292c6", "#084594"), ("#fdae6b", "#e6550d", "#8c2d04")
STILL = "#bdbdbd"


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


@dataclass(frozen=True)
class EffectMap:
    """A map of effects with what its caption must say.

    Attributes:
        picture: The map.
        title: Name of the policy.
        label: Name of the outcome.
        known: Neighbourhoods shown.
        found: Those with a detectable effect.
        chance: Those that would be called so if there were none.
    """

    picture: Picture
    title: str
    label: str
    known: int
    found: int
    chance: float


def pools(region: Region, weight: Floats, least: float) -> NDArray[np.bool_]:
    """Which neighbourhoods are pooled with which: the nearest of the same authority until enough people are behind.

    Args:
        region: Where.
        weight: People by neighbourhood, shape (neighbourhoods,).
        least: How many are enough.

    Returns:
        Shape (neighbourhoods, neighbourhoods), a row for each pool.
    """
    found = np.zeros((weight.size, weight.size), dtype=bool)
    for rows, near in _nearest(region):
        before = np.cumsum(weight[near], axis=1) - weight[near]
        found[rows[:, None], near] = before < least
    return found


@lru_cache(maxsize=4)
def _nearest(region: Region) -> tuple[tuple[NDArray[np.int64], NDArray[np.int64]], ...]:
    """Neighbourhoods of each authority, shape (n,), and for each those of the authority from the nearest on, (n, n)."""
    found = []
    for authority in range(region.n_authorities):
        rows = np.flatnonzero(region.neighbourhood_authority == authority)
        place = region.neighbourhood_xy[rows]
        gap = ((place[:, None, :] - place[None, :, :]) ** 2).sum(axis=2)
        found.append((rows, rows[np.argsort(gap, axis=1, kind="stable")]))
    return tuple(found)


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
    members = pools(region, weight, PEOPLE_PER_DOT)
    behind = members @ weight
    total = members @ (np.where(np.isfinite(rate), rate, 0.0) * weight)
    pooled: Floats = np.divide(total, behind, out=np.full(rate.size, np.nan), where=behind > 0)
    return pooled, np.asarray(behind, dtype=np.float64)


def _by_place(comparison: Comparison, region: Region, arm: Arm, name: str) -> Floats:
    """Values by neighbourhood and seed in the last month, shape (neighbourhoods, seeds)."""
    table = comparison.breakdowns
    rows = table[(table["arm"] == arm.name) & (table["dimension"] == "neighbourhood") & (table["outcome"] == name)]
    wide = rows.astype({"group": object}).pivot_table(index="group", columns="seed", values="value", aggfunc="mean")
    ids = region.neighbourhoods["id"].to_numpy()
    return wide.reindex(index=ids, columns=list(comparison.seeds)).to_numpy(dtype=np.float64)


def _people(comparison: Comparison, region: Region) -> Floats:
    # Who lives where is not recorded by neighbourhood: people are taken to be spread as in the pack.
    people = region.neighbourhood_working_age / comparison.baseline.scenario.scale * len(comparison.seeds)
    return np.asarray(people, dtype=np.float64)


def map_picture(
    comparison: Comparison, region: Region, name: str = "inactivity_rate", boundaries: Boundaries | None = None
) -> Map | None:
    """Each neighbourhood with its rate in the baseline's last month, pooled over seeds and neighbours.

    Returns:
        The map, or None where the comparison recorded no neighbourhoods of this region.
    """
    values = _by_place(comparison, region, comparison.baseline, name)
    counted = np.isfinite(values).sum(axis=1)
    if not counted.any():
        return None
    mean = np.where(counted > 0, np.nansum(values, axis=1) / np.maximum(counted, 1), np.nan)
    people = _people(comparison, region)
    rate, behind = pooled_rates(region, mean, people)
    known = np.flatnonzero(np.isfinite(rate))
    share, item = float(np.mean(rate[known])), outcome(name)
    edges = np.quantile(rate[known], np.linspace(0.0, 1.0, CLASSES + 1))
    shade = np.searchsorted(edges[1:-1], rate[known], side="right")
    colours = sns.color_palette("rocket_r", CLASSES + 1).as_hex()[1:]
    layers = [
        Layer(known[shade == k], colour, f"{100 * edges[k]:.0f} to {100 * edges[k + 1]:.0f}%")
        for k, colour in enumerate(colours)
    ]
    means = [
        f"{place} {100 * float(np.mean(rate[known][region.neighbourhood_authority[known] == k])):.0f}%"
        for k, place in enumerate(region.authority_names)
        if (region.neighbourhood_authority[known] == k).any()
    ]
    alt = f"Map of {known.size} neighbourhoods by {item.label} in the baseline. Mean by authority: {', '.join(means)}."
    svg = draw_map(region, layers, f"{item.label}, without policies", "map", alt, boundaries)
    margin = 1.96 * math.sqrt(share * (1.0 - share) / float(np.median(behind[known])))
    return Map(Picture(item.label, svg, "map"), bool(np.median(people) < PEOPLE_PER_DOT), margin, int(known.size))


def mapped_outcome(comparison: Comparison, arm: Arm) -> Outcome | None:
    """The headline outcome whose effect an arm's map shows: the one that leads of those recorded by neighbourhood."""
    table = comparison.breakdowns
    recorded = set(table.loc[table["dimension"] == "neighbourhood", "outcome"].astype(str))
    effects = [
        effect
        for effect in effects_of(comparison, arm.name, FINAL_YEAR)
        if effect.outcome.name in HEADLINE and BY_GROUP.get(effect.outcome.name, effect.outcome.name) in recorded
    ]
    first = leading(effects)
    return None if first is None else first.outcome


def local_effects(comparison: Comparison, region: Region, arm: Arm, name: str) -> pd.DataFrame:
    """Paired effects by neighbourhood in the last month, pooled with the nearest of the same authority.

    Args:
        comparison: The comparison.
        region: Its region.
        arm: The policy arm.
        name: Outcome of the breakdowns.

    Returns:
        As `paired_statistics` gives it, a row per neighbourhood.
    """
    without, with_it = (_by_place(comparison, region, which, name) for which in (comparison.baseline, arm))
    known = np.isfinite(without) & np.isfinite(with_it)
    weight = _people(comparison, region)
    members = pools(region, np.where(known.any(axis=1), weight, 0.0), PEOPLE_PER_EFFECT)
    behind = members @ (known * weight[:, None])

    def pooled(values: Floats) -> Floats:
        total = members @ np.where(known, values * weight[:, None], 0.0)
        found: Floats = np.divide(total, behind, out=np.full(total.shape, np.nan), where=behind > 0.0)
        return found

    return paired_statistics(pooled(without), pooled(with_it))


def effect_map(
    comparison: Comparison, region: Region, arm: Arm, key: str, boundaries: Boundaries | None = None
) -> EffectMap | None:
    """Where a policy has a detectable effect on the outcome that its map is about.

    Args:
        comparison: The comparison.
        region: Its region.
        arm: The policy arm.
        key: What `commonweal figure` calls the picture.
        boundaries: Of the neighbourhoods; None draws dots.

    Returns:
        The map; None where no outcome that is recorded by neighbourhood moves detectably in the region.
    """
    item = mapped_outcome(comparison, arm)
    if item is None:
        return None
    table = local_effects(comparison, region, arm, BY_GROUP.get(item.name, item.name))
    known = table["effect"].notna().to_numpy()
    moved = known & table["verdict"].isin([RAISES, LOWERS]).to_numpy()
    effect = table["effect"].to_numpy(dtype=np.float64)
    layers = [Layer(np.flatnonzero(known & ~moved), STILL, "no detectable effect", size=2.4)]
    for colours, way in ((WORSE, -1), (BETTER, 1)):
        rows = np.flatnonzero(moved & (np.sign(effect) * (item.good or 1) == way))
        layers += _classes(rows, effect[rows], colours, item)
    found = int(moved.sum())
    alt = (
        f"Map of the effect of {arm.title} on {item.label}: detectable in {found} of {int(known.sum())} "
        "neighbourhoods. " + "; ".join(f"{layer.label} in {layer.rows.size}" for layer in layers if layer.rows.size)
    )
    svg = draw_map(region, layers, f"{item.label}: change", key, f"{alt}.", boundaries)
    picture = Picture(f"{arm.title}: {item.label}", svg, key)
    chance = by_chance(table[known])
    return EffectMap(picture, arm.title, item.label, int(known.sum()), found, chance)


def _classes(rows: NDArray[np.int64], effect: Floats, colours: tuple[str, ...], item: Outcome) -> list[Layer]:
    """Layers of detectable effects of one sign by their size, small to large."""
    if rows.size == 0:
        return []
    size = np.abs(effect)
    edges = np.quantile(size, np.linspace(0.0, 1.0, len(colours) + 1))
    shade = np.searchsorted(edges[1:-1], size, side="right")
    layers = []
    for k, colour in enumerate(colours):
        own = shade == k
        if own.any():
            ends: list[Any] = sorted((float(effect[own].min()), float(effect[own].max())), key=abs)
            texts = [item.change(end).replace("-", "−") for end in ends]
            label = texts[0] if texts[0] == texts[1] else f"{texts[0].split(' ')[0]} to {texts[1]}"
            layers.append(Layer(rows[own], colour, label))
    return layers
