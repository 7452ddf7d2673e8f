"""Monthly chances of what may happen in a person's life, and the most that each can be at an age.

Every chance is a pure function of what it depends on. The greatest chance at an age and sex, over all
that else can differ, is what `simulation.events` draws possible months from.
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from agents.person_fields import WORKING_AGE_MONTHS

if TYPE_CHECKING:
    from simulation.assumptions import Assumptions
    from simulation.economy import Economy

Floats = NDArray[np.float64]


class Event(IntEnum):
    """What may happen to a person; in a month at most one of these does."""

    HEALTH = 0
    CARE = 1
    RETIRE = 2
    DEATH = 3
    BIRTH = 4
    LEAVE_HOME = 5
    PAIR = 6
    PART = 7


#: Ages in months from and before which an event can happen.
LOW, HIGH = WORKING_AGE_MONTHS
AGES = {
    Event.HEALTH: (LOW, 1500),
    Event.CARE: (LOW + 24, HIGH),
    Event.RETIRE: (55 * 12, HIGH),
    Event.DEATH: (35 * 12, 1500),
    Event.BIRTH: (20 * 12, 42 * 12),
    Event.LEAVE_HOME: (19 * 12, 40 * 12),
    Event.PAIR: (20 * 12, 60 * 12),
    Event.PART: (22 * 12, 60 * 12),
}
#: More small children than these bring on no more caring.
MOST_INFANTS = 2


def monthly(annual: ArrayLike) -> Floats:
    """Monthly hazard of a yearly chance."""
    return np.asarray(1.0 - (1.0 - np.asarray(annual)) ** (1.0 / 12.0))


def health(a: Assumptions, years: ArrayLike, decile: ArrayLike, limited: ArrayLike) -> Floats:
    """Chance that a limiting condition begins or ends: the former rises with age and deprivation."""
    years, decile = np.asarray(years, dtype=np.float64), np.asarray(decile, dtype=np.float64)
    onset = a["health_onset_rate"] * np.exp(0.035 * (years - 42) - 0.09 * (decile - 4))
    recovery = a["health_recovery_rate"] * np.exp(-0.015 * (years - 42) + 0.03 * (decile - 4))
    return monthly(np.clip(np.where(limited, recovery, onset), 0.0, 0.9))


def caring(a: Assumptions, woman: ArrayLike, infants: ArrayLike, cares: ArrayLike) -> Floats:
    """Chance that caring which limits work begins or ends; small children bring it on."""
    infants = np.minimum(infants, MOST_INFANTS)
    onset = a["caring_onset_rate"] * np.where(woman, 1.5, 0.5) * (1.0 + 2.5 * infants)
    ending = a["caring_end_rate"] / (1.0 + 0.8 * infants)
    return monthly(np.clip(np.where(cares, ending, onset), 0.0, 0.9))


def retirement(a: Assumptions, years: ArrayLike, jobless: ArrayLike) -> Floats:
    """Chance to stop work for good before pension age, more often when out of work."""
    rate = a["early_retirement_rate"] * np.exp(0.2 * (np.asarray(years) - 60)) * np.where(jobless, 1.5, 1.0)
    return monthly(np.clip(rate, 0.0, 0.9))


def death(a: Assumptions, years: ArrayLike, decile: ArrayLike) -> Floats:
    """Chance of death by age and deprivation (Gompertz 1825)."""
    decile = np.asarray(decile, dtype=np.float64)
    annual = a["mortality_at_65"] * np.exp(0.098 * (np.asarray(years) - 65)) * np.exp(-0.06 * (decile - 4))
    return monthly(np.clip(annual, 0.0, 0.95))


def birth(a: Assumptions, years: ArrayLike) -> Floats:
    """Chance of a woman to have a child."""
    return monthly(a["birth_rate"] * np.exp(-(((np.asarray(years) - 30.5) / 7.0) ** 2)))


def bounds(economy: Economy) -> Floats:
    """The greatest chance of each event in a month, shape (sexes, ages in months, events)."""
    a = economy.assumptions
    oldest = max(high for _, high in AGES.values())
    months = np.arange(oldest)
    years = months / 12.0
    deciles = np.unique(economy.region.neighbourhood_decile)[[0, -1]]
    out = np.zeros((2, oldest, len(Event)))
    for sex in (0, 1):
        # Chances rise or fall all along with each of the rest, so that the extremes hold the greatest.
        greatest = {
            Event.HEALTH: [health(a, years, decile, limited) for decile in deciles for limited in (False, True)],
            Event.CARE: [caring(a, sex == 1, k, cares) for k in (0, MOST_INFANTS) for cares in (False, True)],
            Event.RETIRE: [retirement(a, years, jobless) for jobless in (False, True)],
            Event.DEATH: [death(a, years, decile) for decile in deciles],
            Event.BIRTH: [birth(a, years) * (sex == 1)],
            Event.LEAVE_HOME: [np.asarray(a["leave_home_rate"] / 12.0)],
            Event.PAIR: [np.asarray(a["pairing_rate"] / 12.0)],
            Event.PART: [np.asarray(a["parting_rate"] / 12.0 * (sex == 0))],
        }
        for event, chances in greatest.items():
            low, high = AGES[event]
            within = (months >= low) & (months < high)
            out[sex, :, event] = np.where(within, np.max(np.broadcast_arrays(years, *chances)[1:], axis=0), 0.0)
    return out
