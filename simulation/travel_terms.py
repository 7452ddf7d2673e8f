"""The terms in which travel is spoken of: modes, units, the dials that policies turn, and the costs that come out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

CAR, TRANSIT, ACTIVE = 0, 1, 2
MODES = ("car", "transit", "active")
UNREACHABLE = 1_000_000.0
"""Minutes, and generalised minutes, that stand for a journey that a mode cannot make."""
MINUTES_PER_HOUR = 60.0
METRES_PER_KM = 1000.0
PENCE_PER_POUND = 100.0
DAY_TRIPS = 2.0
"""A day ticket and a day's parking serve two trips, there and back."""

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class TravelConditions:
    """The dials that transport policies turn. The defaults are the base year.

    Attributes:
        bus_fare_factor: Multiplies bus fares, single and day. 1 is the base year, lower is better, at least
            0.
        bus_headway_factor: Multiplies minutes between buses. Lower is better, at least 0.
        bus_reliability_factor: Multiplies the standard deviation of the wait for a bus. Lower is better, at
            least 0.
        cycle_speed_factor: Multiplies cycling speed. Higher is better, above 0.
        new_stations: Easting and northing in metres and name of each new station. Each joins the railway line
            that passes nearest to it.
    """

    bus_fare_factor: float = 1.0
    bus_headway_factor: float = 1.0
    bus_reliability_factor: float = 1.0
    cycle_speed_factor: float = 1.0
    new_stations: tuple[tuple[float, float, str], ...] = ()

    def __post_init__(self) -> None:
        for name in ("bus_fare_factor", "bus_headway_factor", "bus_reliability_factor", "cycle_speed_factor"):
            value = getattr(self, name)
            if not np.isfinite(value) or value < 0 or (name == "cycle_speed_factor" and value == 0):
                least = "above 0" if name == "cycle_speed_factor" else "at least 0"
                raise ValueError(f"TravelConditions.{name}: {value} is not allowed; a finite number {least} is needed")
        for station in self.new_stations:
            if len(station) != 3 or not np.isfinite(station[0]) or not np.isfinite(station[1]):
                raise ValueError(f"TravelConditions.new_stations: {station!r} is not (easting_m, northing_m, name)")


@dataclass(frozen=True, eq=False)
class TravelCosts:
    """Cost of every journey one way, by mode.

    Arrays are read-only, ``float32``, shape ``[mode, neighbourhood, zone]``.

    Attributes:
        minutes: Door to door, by the clock.
        money: Pence. For a car, fuel, tolls and half a day's parking.
        generalised: Minutes with weights, money included. Both this and ``minutes`` are :data:`UNREACHABLE`,
            and money is nought, where a mode cannot make the journey.
        quickest: Door to door by the clock on the quickest way, whatever it costs. Below ``minutes`` where a
            slower way is cheaper or has less waiting and walking.
    """

    minutes: NDArray[np.float32]
    money: NDArray[np.float32]
    generalised: NDArray[np.float32]
    quickest: NDArray[np.float32]

    def best(self, car: bool) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
        """Choose the cheapest mode for each journey.

        Args:
            car: Whether a car is to be had.

        Returns:
            The mode, ``int8 [n, z]``, and its generalised cost, ``float32 [n, z]``. Ties go to the earlier
            mode.
        """
        first = CAR if car else TRANSIT
        mode = self.generalised[first:].argmin(axis=0)
        cost = np.take_along_axis(self.generalised[first:], mode[None], axis=0)[0]
        return (mode + first).astype(np.int8), cost
