"""What households earn and spend around the loss of their only or main job."""

from __future__ import annotations

from collections import deque
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from experiments.panel_interview import Interview, State
from experiments.panel_moments import NAN, Floats, Mask, Moment, Rows, median_moment

#: Months before the loss, and after it, over which means are taken.
SIDE = 3


class _Month(NamedTuple):
    """Identities of households, and their income, spending, and spending with housing cost, shape (3, rows)."""

    uid: NDArray[np.uint64]
    money: Floats


class _Losses(NamedTuple):
    """Jobs lost in one month."""

    month: int
    person: Rows
    uid: NDArray[np.uint64]
    home: Rows


class JobLoss:
    """Households whose only or main earner, an employee, is unemployed at the next interview.

    The main earner has at least half of the household's net earnings at the interview before. Counted are those
    who stay in the same household and are without work at the next three interviews too.

    - `job_loss_income_fall`: median over them of one less the mean disposable income of the three months after the
      month of the loss over that of the three months before it.
    - `job_loss_spending_fall`: the same of spending, without housing cost and travel to work.
    - `job_loss_outlay_fall`: the same of spending with rent or mortgage interest, which do not fall.
    - `job_loss_outlay_over_income`: the median fall of outlay over that of income.
    """

    def __init__(self) -> None:
        self._months: deque[_Month] = deque(maxlen=2 * SIDE + 1)
        self._pending: list[_Losses] = []
        self._falls: list[Floats] = []

    def observe(
        self, economy: Any, month: int, before: Interview | None, now: Interview, later: NDArray[np.int8] | None
    ) -> None:
        """Look at a month.

        Args:
            economy: The economy.
            month: Number of the month.
            before: Answers a month ago, None at the first interview.
            now: Answers of the month.
            later: State now of those asked a month ago.
        """
        homes = economy.households
        outlay = homes.spending + homes.housing_cost * economy.growth
        money = np.array([homes.income, homes.spending, outlay], dtype=np.float64)
        self._months.append(_Month(homes.uid.copy(), money))
        self._pending = [_still_out(loss, now) for loss in self._pending]
        if self._pending and self._pending[0].month == month - SIDE:
            self._settle(self._pending.pop(0))
        if before is not None and later is not None:
            self._pending.append(_lost(month, before, now, later))

    def _settle(self, loss: _Losses) -> None:
        """Compare the months on both sides of the loss, where the household is there in all of them."""
        if len(self._months) < 2 * SIDE + 1 or loss.person.size == 0:
            return
        home = loss.home[loss.home < self._months[0].uid.size]
        same = np.ones(home.size, dtype=bool)
        for month in self._months:
            same &= month.uid[home] == self._months[SIDE].uid[home]
        home = home[same]
        money = np.array([month.money[:, home] for month in self._months])
        first, last = money[:SIDE].sum(axis=0), money[SIDE + 1 :].sum(axis=0)
        known = (first > 0.0).all(axis=0)
        self._falls.append(1.0 - last[:, known] / first[:, known])

    def moments(self) -> list[Moment]:
        """See the class."""
        falls = np.concatenate([np.empty((3, 0)), *self._falls], axis=1)
        names = ("job_loss_income_fall", "job_loss_spending_fall", "job_loss_outlay_fall")
        income, spending, outlay = (median_moment(name, fall) for name, fall in zip(names, falls, strict=True))
        ratio = outlay.value / income.value if income.value else NAN
        return [income, spending, outlay, Moment("job_loss_outlay_over_income", ratio, NAN, income.sample)]


def _lost(month: int, before: Interview, now: Interview, later: NDArray[np.int8]) -> _Losses:
    """Main earners who have lost their job since the interview before."""
    rows = np.flatnonzero((before.state == State.STAFF) & (later == State.SEEKING))
    home = before.household[rows]
    # Only the homes of those who lost a job are added up; nobody gone has pay.
    touched = np.zeros(int(before.household.max(initial=0)) + 1, dtype=bool)
    touched[home] = True
    earners = np.flatnonzero(touched[before.household] & (before.net_pay > 0))
    total = np.bincount(before.household[earners], before.net_pay[earners], minlength=touched.size)
    main = (before.net_pay[rows] > 0) & (now.household[rows] == home)
    main[main] = 2.0 * before.net_pay[rows[main]] >= total[home[main]]
    rows = rows[main]
    return _Losses(month, rows, before.uid[rows], before.household[rows].astype(np.int64))


def _still_out(loss: _Losses, now: Interview) -> _Losses:
    """Those who are still without work, in the same household."""
    rows = loss.person
    state = now.state[rows]
    out: Mask = (now.uid[rows] == loss.uid) & (now.household[rows] == loss.home)
    out &= (state == State.SEEKING) | (state == State.IDLE)
    return _Losses(loss.month, rows[out], loss.uid[out], loss.home[out])
