"""The map of neighbourhoods: a class for each point, so that a month costs a thousand letters and no picture."""

from __future__ import annotations

import math
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np
import seaborn as sns
from numpy.typing import NDArray

from experiments.dashboard.frames import MAPPED, Frame
from experiments.dashboard.session import Session
from experiments.maps import CLASSES, PEOPLE_PER_DOT, pooled_rates
from experiments.outcomes import Outcome, outcome
from simulation import Economy
from simulation.region import Region

Floats = NDArray[np.float64]

#: Colours of levels, light for low to dark for high, as in reports; told apart by lightness alone.
LEVELS = tuple(sns.color_palette("rocket_r", CLASSES + 1).as_hex()[1:])
#: Colours of differences, orange where lower and blue where higher, told apart by the colour-blind too.
DIFFERENCES = ("#a6500a", "#efa35c", "#dcdcdc", "#7ab3dd", "#1d5a96")
#: Width of the drawing; its height follows.
WIDTH = 600.0
VIEWS = ("difference", "reference", "compared")
#: Letter of a neighbourhood of which nothing is known.
UNKNOWN = "-"


@lru_cache(maxsize=4)
def points(region: Region) -> dict[str, Any]:
    """Where neighbourhoods and authorities are drawn; it does not change during a run."""
    x, y = region.neighbourhood_xy.T
    west, north = x.min() - 2500.0, y.max() + 2500.0
    factor = WIDTH / (x.max() - x.min() + 5000.0)
    across, down = (x - west) * factor, (north - y) * factor
    names = zip(region.neighbourhoods["id"], region.neighbourhoods["settlement"], strict=True)
    labels = []
    for k, name in enumerate(region.authority_names):
        rows = region.neighbourhood_authority == k
        if rows.any():
            labels.append([name, round(float(across[rows].mean()), 1), round(float(down[rows].min()) - 9.0, 1)])
    return {
        "width": WIDTH,
        "height": round(float(down.max()) + 16.0, 1),
        "x": [round(float(value), 1) for value in across],
        "y": [round(float(value), 1) for value in down],
        "names": [f"{settlement}, {place}" for place, settlement in names],
        "authorities": labels,
        "km": round(factor * 10_000.0, 1),
        "origin": (west, north, factor),
    }


def map_of(session: Session) -> dict[str, Any]:
    """The map as plain data: a letter for the class of each neighbourhood, and what the classes mean."""
    progress = session.worker.progress if session.worker else None
    region, frames = session.region, progress.frames if progress else None
    item = outcome(session.mapped)
    pooled = session.pooled
    found: dict[str, Any] = {
        "outcome": session.mapped, "view": session.map_view, "pooled": pooled, "classes": "", "legend": [],
        "choices": [{"name": name, "label": outcome(name).label} for name in MAPPED],
        "place": session.place, "label": item.label, "note": "",
    }  # fmt: skip
    if region is None:
        return found
    if frames is None:
        return found | {"classes": UNKNOWN * region.n_neighbourhoods, "note": "Run a month to colour the map."}
    rates = [_rate(region, frame, MAPPED.index(session.mapped), pooled) for frame in frames]
    if session.map_view == "difference":
        value = rates[1] - rates[0]
        step = _nice(float(np.nanquantile(np.abs(value), 0.9)) / 3.0 if np.isfinite(value).any() else 0.0)
        edges = np.array([-3.0, -1.0, 1.0, 3.0]) * step
        colours, texts = DIFFERENCES, _change_texts(item, edges)
    else:
        value = rates[VIEWS.index(session.map_view) - 1]
        edges = np.nanquantile(value, np.linspace(0.0, 1.0, CLASSES + 1))[1:-1]
        colours, texts = LEVELS, _level_texts(item, edges)
    known = np.isfinite(value)
    shade = np.where(known, np.searchsorted(edges, np.where(known, value, 0.0), side="right"), -1)
    letters = "".join(UNKNOWN if k < 0 else str(k) for k in shade.tolist())
    people = float(np.median(frames[0].bases[MAPPED.index(session.mapped)]))
    note = (
        f"Each point is pooled with its neighbours in the same authority until {PEOPLE_PER_DOT} simulated people are "
        "behind it, so that points that are close share most of theirs."
        if pooled
        else f"A typical point has {people:.0f} simulated people behind it: most of what is seen is chance."
    )
    legend = [
        {"colour": colour, "text": text, "count": int((shade == k).sum())}
        for k, (colour, text) in enumerate(zip(colours, texts, strict=True))
    ]
    return found | {"classes": letters, "legend": legend, "note": note}


def _rate(region: Region, frame: Frame, row: int, pooled: bool) -> Floats:
    base = frame.bases[row]
    rate = np.divide(frame.sums[row], base, out=np.full(base.size, np.nan), where=base > 0)
    return pooled_rates(region, rate, base)[0] if pooled else rate


def _nice(size: float) -> float:
    """The next of 1, 2 and 5 times a power of ten, so that classes seldom change during a run."""
    if not size > 0.0:
        return 1e-3
    power = 10.0 ** math.floor(math.log10(size))
    return next(factor * power for factor in (1.0, 2.0, 5.0, 10.0) if factor * power >= size * (1 - 1e-9))


def _level_texts(item: Outcome, edges: Floats) -> list[str]:
    text = [item.text(float(edge)) for edge in edges]
    between = [f"{low} to {high}" for low, high in pairwise(text)]
    return [f"below {text[0]}", *between, f"{text[-1]} or more"]


def _change_texts(item: Outcome, edges: Floats) -> list[str]:
    small, large = (item.change(float(edge)).lstrip("+") for edge in edges[2:])
    return [
        f"lower by more than {large}", f"lower by {small} or more", f"within {small}", f"higher by {small} or more",
        f"higher by {large} or more",
    ]  # fmt: skip


def network_of(economy: Economy) -> dict[str, Any]:
    """Lines and stations of public transport, as the travel network now is, in the drawing's coordinates.

    Journeys on foot, and buses that serve one neighbourhood alone, are left out of the drawing.
    """
    west, north, factor = points(economy.region)["origin"]
    graph = economy.travel_graph()
    stops = {
        node: (round((data["easting_m"] - west) * factor, 1), round((north - data["northing_m"]) * factor, 1))
        for node, data in graph.nodes(data=True)
        if data["kind"] in ("hub", "station")
    }
    lines: dict[str, list[list[float]]] = {"bus": [], "rail": []}
    for one, other, data in graph.edges(data=True):
        if one in stops and other in stops and data["mode"] in lines:
            lines[data["mode"]].append([*stops[one], *stops[other]])
    stations = [[*stops[node], graph.nodes[node]["name"]] for node in stops if graph.nodes[node]["kind"] == "station"]
    return {"lines": lines, "stations": stations, "stops": len(stops)}
