"""Replay: buses bring the most deprived neighbourhoods a tenth more jobs; does deprivation of work fall there?"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from agents.person_fields import Status
from policies import Transport
from simulation import Economy, Scenario
from simulation.assumptions import Assumptions
from simulation.indicators import working_age_rows
from simulation.region import load_region
from simulation.travel import TravelConditions, travel_network

#: Months of the run, first month of the better service, and first month that is looked at.
MONTHS, START, FIRST = 72, 12, 48
#: Rise of jobs in reach, and steps in which the frequency that gives it is searched for.
RISE, STEPS = 0.10, 12
#: The Indices of Deprivation count as deprived of work those who claim benefits for unemployment, incapacity or care.
DEPRIVED = (Status.UNEMPLOYED, Status.DISCOURAGED, Status.LONG_TERM_SICK, Status.CARER)


def buses(scenario: Scenario) -> dict[str, float]:
    """More frequent buses, without the money for them, and employment deprivation in the most deprived decile.

    Access is the share of the region's jobs within 45 minutes without a car, mean over neighbourhoods of the decile.
    Only the frequency is moved; it changes all over the region.

    Args:
        scenario: Its seed and scale are taken.

    Returns:
        `deprivation`: change in percent of the share of residents of working age in IMD decile 1 who are unemployed,
        discouraged, long-term sick or carers; `access`: change of access there in percent.
    """
    frequency, rise = frequency_for(scenario.region, RISE)
    base = scenario.with_(months=MONTHS, policies=())
    better = Transport(
        start=base.calendar(START), fare_cut=0.0, reliability=0.0, frequency=frequency, without=("cost",)
    )
    levels = []
    for one in (base.with_(policies=(better,)), base):
        economy = Economy(one)
        economy.run(FIRST)
        shares = []
        for _ in range(FIRST, MONTHS):
            economy.step()
            shares.append(employment_deprivation(economy))
        levels.append(float(np.mean(shares)))
    return {"deprivation": 100.0 * (levels[0] / levels[1] - 1.0), "access": 100.0 * rise}


def employment_deprivation(economy: Economy, decile: int = 1) -> float:
    """Share of residents of working age in an IMD decile who are out of work and not students or retired."""
    persons, households = economy.persons, economy.households
    rows = working_age_rows(economy)
    home = households.neighbourhood[persons.household[rows]]
    mine = rows[economy.region.neighbourhood_decile[home] == decile]
    return float(np.isin(persons.status[mine], DEPRIVED).mean())


@lru_cache(maxsize=4)
def frequency_for(region: str, rise: float) -> tuple[float, float]:
    """The dial of frequency at which access without a car in decile 1 rises by a share, and the rise that it gives.

    Args:
        region: Region pack.
        rise: Wanted rise; where no frequency reaches it, the greatest is taken.
    """
    pack = load_region(region)
    network = travel_network(pack, Assumptions(pack, Scenario(region=region)))
    worst = pack.neighbourhood_decile == 1

    def access(frequency: float) -> float:
        conditions = TravelConditions(bus_headway_factor=1.0 / (1.0 + frequency))
        return float(network.reach(conditions, car=False)[worst].mean())

    now = access(0.0)
    low, high = 0.0, 1.0
    for _ in range(STEPS):
        middle = (low + high) / 2.0
        if access(middle) / now - 1.0 < rise:
            low = middle
        else:
            high = middle
    return high, access(high) / now - 1.0
