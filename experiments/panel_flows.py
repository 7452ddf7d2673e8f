"""Flows between work, unemployment and inactivity, moves between employers, and the Beveridge curve, by month."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from agents.organisation_fields import Kind
from experiments.panel_interview import STATES, Interview, State, count_states
from experiments.panel_moments import (
    Floats,
    Moment,
    correlation_moment,
    median_moment,
    share_moment,
    slope_moment,
)

#: Months of unemployment at which bands of duration begin, and what they are called.
BANDS = (0, 3, 6, 12)
BAND_NAMES = ("0_2", "3_5", "6_11", "12_plus")
WORKING = [State.STAFF, State.OWNER]
OUT_OF_WORK = [State.SEEKING, State.IDLE]


class WorkFlows:
    """Monthly moves of people who are 16 to 64 and resident at two interviews in a row.

    A spell that begins and ends between two interviews is not seen, as in a survey. Quantities, all a month:

    - `job_finding_rate`: of those unemployed at one interview, the share employed or self-employed at the next.
    - `job_finding_rate_3_months_or_more`: the same of those unemployed for three months or more at the first.
    - `job_finding_rate_months_0_2`, `_3_5`, `_6_11`, `_12_plus`: the same by months unemployed at the first.
    - `separation_rate_to_unemployment`: of employees, the share unemployed at the next interview.
    - `separation_rate_to_non_work`: of employees, the share unemployed or inactive at the next interview.
    - `job_to_job_rate`: of employees, the share who are employees of another employer at the next interview,
      whether they left of their own or were dismissed and hired within the month.
    - `job_to_job_share_up`: of these moves, the share with higher hourly pay after than before.
    - `job_to_job_log_change`: median change of log hourly pay over these moves.

    Standard errors are binomial over person-months.
    """

    def __init__(self) -> None:
        self._moves = np.zeros((STATES, STATES), dtype=np.int64)
        self._found = np.zeros((len(BANDS), 2), dtype=np.int64)
        self._changes: list[Floats] = []

    def observe(self, before: Interview, now: Interview, later: NDArray[np.int8]) -> None:
        """Compare two interviews.

        Args:
            before: Answers a month ago, n rows.
            now: Answers of the month.
            later: State now of those asked a month ago, shape (n,).
        """
        # Few change state, and counting those who stay takes no list of them.
        changed = np.flatnonzero(before.state != later)
        pairs = np.bincount(before.state[changed] * np.int8(STATES) + later[changed], minlength=STATES * STATES)
        pairs = pairs.reshape(STATES, STATES)
        self._moves += pairs + np.diag(count_states(before.state) - pairs.sum(axis=1))
        seekers = np.flatnonzero((before.state == State.SEEKING) & (later != State.ABSENT))
        band = np.searchsorted(BANDS, before.months[seekers], side="right") - 1
        works = np.isin(later[seekers], WORKING)
        self._found += np.bincount(2 * band + works, minlength=self._found.size).reshape(self._found.shape)
        staff = (before.state == State.STAFF) & (later == State.STAFF)
        moved = np.flatnonzero(staff & (before.employer != now.employer[: later.size]))
        self._changes.append(np.log(now.wage[moved] / before.wage[moved]))

    def moments(self) -> list[Moment]:
        """See the class."""
        asked = np.delete(self._moves, State.ABSENT, axis=1)
        staff = asked[State.STAFF]
        changes = np.concatenate([np.empty(0), *self._changes])
        found, all_seekers = self._found[:, 1], self._found.sum(axis=1)
        rates = {
            "job_finding_rate": (found.sum(), all_seekers.sum()),
            "job_finding_rate_3_months_or_more": (found[1:].sum(), all_seekers[1:].sum()),
            **{f"job_finding_rate_months_{name}": (found[k], all_seekers[k]) for k, name in enumerate(BAND_NAMES)},
            "separation_rate_to_unemployment": (staff[State.SEEKING], staff.sum()),
            "separation_rate_to_non_work": (staff[OUT_OF_WORK].sum(), staff.sum()),
            "job_to_job_rate": (changes.size, staff.sum()),
            "job_to_job_share_up": (np.count_nonzero(changes > 0.0), changes.size),
        }
        shares = [share_moment(name, float(part), float(whole)) for name, (part, whole) in rates.items()]
        return [*shares, median_moment("job_to_job_log_change", changes)]


class Tightness:
    """Vacancies beside unemployment, month by month (the Beveridge curve).

    - `unemployment_rate`: unemployed over active residents of 16 to 64, mean over months.
    - `vacancy_rate`: posts that employers in the region advertise in a month, over these and filled jobs, mean over
      months. Posts filled within the month count, which a count at a date would miss.
    - `beveridge_correlation`: correlation of the two over months.
    - `beveridge_slope`: slope of log vacancy rate on log unemployment rate over months.

    The errors of the last two take months for independent, which they are not: they are too small.
    """

    def __init__(self) -> None:
        self._rates: list[tuple[float, float]] = []

    def observe(self, economy: Any, now: Interview) -> None:
        """Take the rates of a month."""
        count = count_states(now.state)
        active = count[State.SEEKING] + count[WORKING].sum()
        orgs = economy.organisations
        inside = orgs.alive & (orgs.kind != Kind.OUTSIDE)
        posts = int(orgs.vacancies[inside].sum())
        jobs = int(orgs.headcount[inside].sum()) + int(orgs.outside_workers[inside].sum())
        self._rates.append((count[State.SEEKING] / max(active, 1), posts / max(posts + jobs, 1)))

    def moments(self) -> list[Moment]:
        """See the class."""
        unemployment, vacancies = np.array(self._rates, dtype=np.float64).reshape(-1, 2).T
        months = int(unemployment.size)
        known = (unemployment > 0.0) & (vacancies > 0.0)
        x, y = np.log(unemployment[known]), np.log(vacancies[known])
        return [
            Moment("unemployment_rate", _mean(unemployment), float("nan"), months),
            Moment("vacancy_rate", _mean(vacancies), float("nan"), months),
            correlation_moment("beveridge_correlation", unemployment, vacancies),
            slope_moment("beveridge_slope", x, y),
        ]


def _mean(values: Floats) -> float:
    return float(values.mean()) if values.size else float("nan")
