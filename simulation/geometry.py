"""Distances on a map where rivers can be crossed only here and there."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulation.region import Region

__all__ = ["Barriers", "distances", "project"]

METRES_PER_KM = 1000.0

Floats = NDArray[np.float64]


class Barriers:
    """The barriers of a region and the places where they can be crossed.

    A straight line that crosses a barrier an odd number of times joins the two sides; an even number brings
    it back.

    Args:
        region: A region whose pack may hold ``barriers.csv`` and ``crossings.csv``.
    """

    def __init__(self, region: Region) -> None:
        self._walls: dict[str, Floats] = {}
        if "barriers" in region.tables:
            for name, rows in region.tables["barriers"].groupby("barrier", sort=True):
                points = rows.sort_values("sequence")[["easting_m", "northing_m"]]
                self._walls[str(name)] = points.to_numpy(np.float64)
        self._crossings = region.tables.get("crossings")
        self._authority_index = region.authority_index

    def crossed(self, start: Floats, end: Floats) -> NDArray[np.bool_]:
        """Say whether a barrier lies between each start and its end, both ``[..., 2]``."""
        cut = np.zeros(start.shape[:-1], np.bool_)
        for wall in self._walls.values():
            cut |= _odd(start, end, wall)
        return cut

    def between(self, start: Floats, end: Floats) -> NDArray[np.bool_]:
        """Say whether a barrier lies between each start ``[s, 2]`` and each end ``[e, 2]``: ``[s, e]``."""
        return self.crossed(*_pairs(start, end))

    def near(self, start: Floats, end: Floats, limit: float) -> list[tuple[int, int, float]]:
        """List each start and end on the same side and within some metres, with their distance."""
        metres = distances(start, end)
        s, e = np.nonzero(metres <= limit)
        same = ~self.crossed(start[s], end[e])
        return [(int(i), int(j), float(metres[i, j])) for i, j in zip(s[same], e[same], strict=True)]

    def on_foot(self, start: Floats, end: Floats) -> Floats:
        """Return metres from every start to every end, round by a crossing open to walkers at need.

        Where no crossing is open the distance is infinite.
        """
        metres = distances(start, end)
        pairs = _pairs(start, end)
        for name, wall in self._walls.items():
            best = np.full(metres.shape, np.inf)
            for crossing in self._at(name):
                if crossing.active:
                    best = np.minimum(best, _through(start, end, crossing))
            metres = np.where(_odd(*pairs, wall), np.maximum(metres, best), metres)
        return metres

    def by_car(
        self, start: Floats, end: Floats, authority: NDArray[np.int8], drive: Callable[[Floats], Floats]
    ) -> tuple[Floats, Floats, Floats]:
        """Return what a journey by car from every start to every end meets.

        Where a barrier lies between, the crossing is the one of least driving time and delay; tolls do not
        sway it.

        Args:
            start: Places, ``[s, 2]``.
            end: Places, ``[e, 2]``.
            authority: Authority of each start, ``[s]``: some cross free of toll.
            drive: Minutes of driving over straight-line metres.

        Returns:
            Straight-line metres, toll in pence and minutes of delay, each ``[s, e]``.
        """
        metres = distances(start, end)
        toll, delay = np.zeros_like(metres), np.zeros_like(metres)
        pairs = _pairs(start, end)
        for name, wall in self._walls.items():
            best = np.full(metres.shape, np.inf)
            length, pence, late = metres.copy(), np.zeros_like(metres), np.zeros_like(metres)
            for crossing in self._at(name):
                way = _through(start, end, crossing)
                minutes = drive(way) + crossing.delay_minutes
                free = authority == self._authority_index.get(crossing.toll_free_authority, len(authority))
                better = minutes < best
                best = np.where(better, minutes, best)
                length = np.where(better, way, length)
                pence = np.where(better, np.where(free, 0.0, crossing.toll_pence)[:, None], pence)
                late = np.where(better, crossing.delay_minutes, late)
            cut = _odd(*pairs, wall)
            metres = np.where(cut, length, metres)
            toll += np.where(cut, pence, 0.0)
            delay += np.where(cut, late, 0.0)
        return metres, toll, delay

    def _at(self, barrier: str) -> list[Any]:
        """Crossings of one barrier."""
        if self._crossings is None:
            return []
        return [row for row in self._crossings.itertuples() if row.barrier == barrier]


def distances(start: Floats, end: Floats) -> Floats:
    """Return straight-line metres from every start ``[s, 2]`` to every end ``[e, 2]``, as ``[s, e]``."""
    return np.hypot(start[:, None, 0] - end[None, :, 0], start[:, None, 1] - end[None, :, 1])


def project(places: Floats, u: Floats, v: Floats) -> tuple[Floats, Floats, float]:
    """Find the nearest point of a straight stretch to each place.

    Args:
        places: Places, ``[n, 2]``.
        u: One end of the stretch, ``[2]``.
        v: The other end, ``[2]``.

    Returns:
        Metres from each place to the stretch, metres from ``u`` to the nearest point, and the length of the
        stretch.
    """
    step = v - u
    length = float(np.hypot(step[0], step[1]))
    if length == 0.0:
        return np.hypot(places[:, 0] - u[0], places[:, 1] - u[1]), np.zeros(len(places)), 0.0
    along = np.clip(((places - u) @ step) / length, 0.0, length)
    away = places - u - along[:, None] / length * step
    return np.hypot(away[:, 0], away[:, 1]), along, length


def _pairs(start: Floats, end: Floats) -> tuple[Floats, Floats]:
    """Every start against every end."""
    shape = (len(start), len(end), 2)
    return np.broadcast_to(start[:, None], shape), np.broadcast_to(end[None], shape)


def _through(start: Floats, end: Floats, crossing: Any) -> Floats:
    """Metres from every start to every end by way of a crossing."""
    place = np.array([[crossing.easting_m, crossing.northing_m]], np.float64)
    return distances(start, place) + distances(place, end)


def _odd(start: Floats, end: Floats, wall: Floats) -> NDArray[np.bool_]:
    """Whether each straight line crosses a wall an odd number of times."""
    odd = np.zeros(start.shape[:-1], np.bool_)
    for a, b in pairwise(wall):
        apart = _left(start, end, a) != _left(start, end, b)
        odd ^= apart & (_left(a, b, start) != _left(a, b, end))
    return odd


def _left(a: Floats, b: Floats, point: Floats) -> NDArray[np.bool_]:
    """Whether a point lies to the left of the line from a to b; all are ``[..., 2]``."""
    dx, dy = b[..., 0] - a[..., 0], b[..., 1] - a[..., 1]
    return dx * (point[..., 1] - a[..., 1]) - dy * (point[..., 0] - a[..., 0]) > 0
