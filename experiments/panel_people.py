"""What a yearly interview tells of people: spread of pay, low pay that lasts, and gaps in employment."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from experiments.measure import quantile_error
from experiments.panel_interview import Interview, State
from experiments.panel_moments import NAN, Floats, Moment, followed, gap_moment, share_moment
from simulation.order_statistics import quantiles

#: Levels of pay at an interview: not an employee, employee, employee below the real Living Wage.
NO_PAY, PAID, LOW_PAID = 0, 1, 2
#: Years after which low pay is looked at again.
LATER = (1, 3)
ADULT_MONTHS = 25 * 12


class Pay:
    """Pay of employees of 16 to 64 at yearly interviews.

    - `hourly_pay_p90_p10`, `hourly_pay_p50_p10`: ratios of deciles of hourly pay, mean over interviews.
    - `low_pay_still_after_12_months`, `_36_months`: of employees below the real Living Wage who are employees
      again 12 (36) months later, the share below the real Living Wage of that time.
    """

    def __init__(self) -> None:
        self._waves: list[tuple[NDArray[np.uint64], NDArray[np.int8]]] = []
        self._ratios: list[tuple[float, float, float, float]] = []
        self._staff = 0
        self._lasting = np.zeros((len(LATER), 2), dtype=np.int64)

    def observe(self, economy: Any, now: Interview) -> None:
        """Ask once a year."""
        staff = now.state == State.STAFF
        low = now.wage < economy.low_pay_line
        level = np.where(staff, np.where(low, LOW_PAID, PAID), NO_PAY).astype(np.int8)
        for k, years in enumerate(LATER):
            if len(self._waves) >= years:
                uid, then = self._waves[-years]
                same = followed(uid, economy.persons) & (then == LOW_PAID) & (level[: uid.size] != NO_PAY)
                self._lasting[k] += np.bincount(level[: uid.size][same] == LOW_PAID, minlength=2)
        self._waves.append((now.uid, level))
        # Memory: no wave is needed longer than the longest look back.
        self._waves = self._waves[-max(LATER) :]
        pay = now.wage[staff] / 100.0
        self._staff += pay.size
        if pay.size:
            self._ratios.append((*_ratio(pay, 0.9, 0.1), *_ratio(pay, 0.5, 0.1)))

    def moments(self) -> list[Moment]:
        """See the class."""
        wide, wide_error, low, low_error = np.mean(self._ratios, axis=0) if self._ratios else (NAN,) * 4
        out = [
            Moment("hourly_pay_p90_p10", float(wide), float(wide_error), self._staff),
            Moment("hourly_pay_p50_p10", float(low), float(low_error), self._staff),
        ]
        for (escaped, still), years in zip(self._lasting.tolist(), LATER, strict=True):
            out.append(share_moment(f"low_pay_still_after_{12 * years}_months", still, still + escaped))
        return out


def _ratio(pay: Floats, high: float, low: float) -> tuple[float, float]:
    """Ratio of two quantiles and its standard error."""
    bottom, top = quantiles(pay, low, high)
    relative = np.hypot(quantile_error(pay, low) / bottom, quantile_error(pay, high) / top)
    return top / bottom, float(top / bottom * relative)


class Gaps:
    """Differences in employment (employed and self-employed over residents), percentage points.

    - `employment_gap_qualification`: between NVQ4+ and no qualification, 16 to 64.
    - `employment_gap_qualification_25_64`: the same from 25 on, when education is over.
    - `employment_gap_deprivation`: between those who live in the least and the most deprived tenth of England's
      neighbourhoods, 16 to 64.
    - `employment_gap_deprivation_fifths`: the same between the least and the most deprived fifth.

    Pooled over yearly interviews; since these ask largely the same people, the error is that of one interview.
    """

    def __init__(self) -> None:
        self._levels = np.zeros((2, 5, 2), dtype=np.int64)
        self._deciles = np.zeros((11, 2), dtype=np.int64)
        self._interviews = 0

    def observe(self, economy: Any, now: Interview) -> None:
        """Ask once a year."""
        persons = economy.persons
        rows = np.flatnonzero(now.state != State.ABSENT)
        works = np.isin(now.state[rows], (State.STAFF, State.OWNER))
        level = persons.qualification[rows].astype(np.int64)
        adult = persons.age_months[rows] >= ADULT_MONTHS
        cell = 10 * adult + 2 * level + works
        self._levels += np.bincount(cell, minlength=20).reshape(2, 5, 2)
        place = economy.households.neighbourhood[now.household[rows]]
        decile = economy.region.neighbourhood_decile[place].astype(np.int64)
        self._deciles += np.bincount(2 * decile + works, minlength=22).reshape(11, 2)
        self._interviews += 1

    def moments(self) -> list[Moment]:
        """See the class."""
        everyone, adults, tenths = self._levels.sum(axis=0), self._levels[1], self._deciles
        gaps = {
            "qualification": (everyone[4], everyone[0]),
            "qualification_25_64": (adults[4], adults[0]),
            "deprivation": (tenths[10], tenths[1]),
            "deprivation_fifths": (tenths[9:11].sum(axis=0), tenths[1:3].sum(axis=0)),
        }
        return [
            gap_moment(f"employment_gap_{name}", (high[1], high.sum()), (low[1], low.sum()), self._interviews)
            for name, (high, low) in gaps.items()
        ]
