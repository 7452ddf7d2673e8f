"""Transport: bus fares, frequency and reliability, cycling, new stations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field, field_validator

from policies.policy import COST, Policy, dial
from simulation.travel import TravelConditions

if TYPE_CHECKING:
    from simulation.economy import Economy
    from simulation.levers import Levers

#: Months over which the cost of a station is spread.
STATION_MONTHS = 60
#: Part of the spread of waiting times that no measure takes away (assumed).
LEAST_SPREAD = 0.05


class Transport(Policy):
    """Franchised buses that are cheaper, more frequent and more reliable; better cycling; new stations.

    Channel: generalised travel costs fall, most for those without a car, so that more vacancies are in
    reach; search, participation and the choice of shops follow.
    """

    title: ClassVar[str] = "Transport"
    heading: ClassVar[str] = "transport"
    channels: ClassVar[Mapping[str, str]] = {
        "fare": "Bus fares fall (dial fare_cut, rows travel_bus_*_pence).",
        "frequency": "Buses run more often, so that waits are shorter (dial frequency, row travel_wait_weight).",
        "reliability": "Waits vary less (dial reliability, row travel_reliability_weight).",
        "cycling": "Walking and cycling are faster (dial cycle_speed).",
        "stations": "Stations open (dial new_stations).",
        COST: "Fares forgone, bus hours, priority, cycle ways and stations are paid for (rows bus_fare_revenue, "
        "bus_operating_cost, bus_priority_cost, cycle_network_cost, station_cost).",
    }

    type: Literal["transport"] = "transport"
    fare_cut: float = dial(0.25, 0.0, 1.0, "share of the fare", "assumed", "cut of bus fares")
    frequency: float = dial(0.2, 0.0, 1.0, "share of buses an hour", "assumed", "more buses an hour on each line")
    reliability: float = dial(0.3, 0.0, 0.9, "share of the spread", "assumed", "cut of the spread of waiting times")
    cycle_speed: float = dial(0.0, 0.0, 0.3, "share of the speed", "assumed", "faster, safer walking and cycling")
    new_stations: tuple[tuple[float, float, str], ...] = Field(
        default=(), description="stations to open: easting and northing in metres, name"
    )

    @field_validator("new_stations")
    @classmethod
    def _on_the_map(cls, value: tuple[tuple[float, float, str], ...]) -> tuple[tuple[float, float, str], ...]:
        for easting, northing, name in value:
            if not (0 < easting < 700_000 and 0 < northing < 1_300_000 and name):
                raise ValueError("easting 0 to 700000, northing 0 to 1300000, and a name")
        return value

    def move(self, levers: Levers, economy: Economy) -> None:
        """Better conditions of travel; several transport policies multiply."""
        now, s = levers.travel, self.strength
        fare, frequency, reliability, cycling = (
            s * size if self.works(name) else 0.0
            for name, size in (
                ("fare", self.fare_cut),
                ("frequency", self.frequency),
                ("reliability", self.reliability),
                ("cycling", self.cycle_speed),
            )
        )
        stations = self.new_stations if self.works("stations") else ()
        levers.travel = TravelConditions(
            bus_fare_factor=now.bus_fare_factor * max(1.0 - fare, 0.0),
            bus_headway_factor=now.bus_headway_factor / (1.0 + frequency),
            bus_reliability_factor=now.bus_reliability_factor * max(1.0 - reliability, LEAST_SPREAD),
            cycle_speed_factor=now.cycle_speed_factor * (1.0 + cycling),
            new_stations=(*now.new_stations, *stations),
        )

    def idle_channels(self) -> tuple[str, ...]:
        """Those whose dial is at zero."""
        dials = {
            "fare": self.fare_cut,
            "frequency": self.frequency,
            "reliability": self.reliability,
            "cycling": self.cycle_speed,
            "stations": len(self.new_stations),
        }
        return tuple(name for name in self.channels if dials.get(name) == 0)

    def cost(self, economy: Economy) -> None:
        """Fares forgone, more bus hours, priority measures, cycle ways, stations over five years."""
        a, s = economy.assumptions, self.strength
        yearly = (
            min(s * self.fare_cut, 1.0) * a["bus_fare_revenue"]
            + s * self.frequency * a["bus_operating_cost"]
            + min(s * self.reliability, 1.0 - LEAST_SPREAD) * a["bus_priority_cost"]
            + s * self.cycle_speed * a["cycle_network_cost"]
        )
        economy.order(self.heading, "transport", yearly * 1e6 / 12.0)
        since = economy.month - economy.scenario.month_of(self.start)
        if since < STATION_MONTHS:
            stations = len(self.new_stations) * a["station_cost"] * 1e6 / STATION_MONTHS
            # A station opens in full or not at all, so strength does not make it cheaper.
            economy.order(self.heading, "construction", stations)
