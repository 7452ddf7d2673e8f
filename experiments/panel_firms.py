"""Firms in a panel: sizes, growth of those that survive, survival of start-ups.

A row of the economy stands for `weight` real firms of equal size; sizes here are real staff, and firms count by
their weights.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from agents.organisation_fields import Kind
from experiments.panel_moments import NAN, Floats, Moment, Rows, followed, share_moment

#: Staff at which classes of size begin, and what they are called.
CLASSES = (1, 5, 10, 50)
CLASS_NAMES = ("1_4", "5_9", "10_49", "50_plus")
#: Firms from which a doubling of size counts in the slope of dispersion.
LEAST_FIRMS = 20
YEARS = (1, 2, 3)


def firms_and_sizes(economy: Any) -> tuple[Rows, Floats, Floats]:
    """Rows of living firms with staff, the real staff of each, and the real firms that it stands for."""
    orgs = economy.organisations
    workers = orgs.headcount + orgs.outside_workers
    rows = np.flatnonzero(orgs.alive & (orgs.kind == Kind.FIRM) & (workers > 0))
    weight = np.maximum(orgs.weight[rows], 1.0)
    return rows, workers[rows] * economy.scale / weight, weight


class Sizes:
    """Distribution of firms by real staff (residents and commuters from outside), mean over yearly interviews.

    - `firms_under_10_share`: of registered firms, the share with fewer than 10 staff.
    - `largest_percent_employment_share`: share of the staff of all firms who work at the largest 1% of firms.
    - `firm_size_tail_exponent`: minus the slope of log(rank - 1/2) on log staff over firms of 10 staff and more
      (Gabaix and Ibragimov 2011), with standard error value x sqrt(2 / n). A row of weight w has as its rank less a
      half the firms above it and half of w, which is the same where w is 1. Zipf's law is 1.
    """

    def __init__(self) -> None:
        self._found: list[tuple[float, float, float]] = []
        self._registered, self._tail = 0.0, 0

    def observe(self, economy: Any) -> None:
        """Ask once a year."""
        rows, size, weight = firms_and_sizes(economy)
        registered = economy.organisations.registered[rows] == 1
        listed = weight[registered]
        small = float(listed[size[registered] < 10].sum()) / listed.sum() if listed.size else NAN
        self._found.append((small, top_share(size, weight, 0.01), tail_exponent(size, weight, 10.0)))
        # Rows of unequal weight tell as much as this many of equal weight.
        self._registered += listed.sum() ** 2 / (listed**2).sum() if listed.size else 0.0
        self._tail += int(np.count_nonzero(size >= 10))

    def moments(self) -> list[Moment]:
        """See the class."""
        small, top, tail = np.mean(self._found, axis=0).tolist() if self._found else (NAN,) * 3
        n = max(len(self._found), 1)
        at_once = max(self._tail / n, 1.0)
        return [
            share_moment("firms_under_10_share", small * self._registered, self._registered, n),
            Moment("largest_percent_employment_share", top, NAN, round(self._registered)),
            Moment("firm_size_tail_exponent", tail, tail * math.sqrt(2.0 / at_once), self._tail),
        ]


def top_share(size: Floats, weight: Floats, part: float) -> float:
    """Share of all staff at the largest `part` of firms; the firm at the limit counts in part."""
    if size.size == 0:
        return NAN
    order = np.argsort(-size, kind="stable")
    size, weight = size[order], weight[order]
    above = np.cumsum(weight) - weight
    counted = np.clip(part * weight.sum() - above, 0.0, weight)
    return float((counted * size).sum() / (weight * size).sum())


def tail_exponent(size: Floats, weight: Floats, least: float) -> float:
    """Exponent of a Pareto tail by rank and size, see `Sizes`."""
    tail = size >= least
    size, weight = size[tail], weight[tail]
    if size.size < 3 or np.ptp(size) == 0.0:
        return NAN
    order = np.argsort(-size, kind="stable")
    size, weight = size[order], weight[order]
    rank = np.cumsum(weight) - weight / 2.0
    x, y = np.log(size), np.log(rank)
    gap = x - np.average(x, weights=weight)
    return -float((weight * gap * y).sum() / (weight * gap**2).sum())


class Growth:
    """Growth of firms that are there at two yearly interviews in a row: change of log staff.

    - `growth_sd_staff_1_4`, `_5_9`, `_10_49`, `_50_plus`: standard deviation by staff at the first interview.
    - `growth_sd_slope`: slope of its logarithm on log staff, over doublings of staff with at least 20 firms,
      each by its firms. Stanley et al. (1996) find about -0.15 to -0.2.

    Staff are whole simulated persons: of a large firm, one of them stands for several real ones, which adds to the
    dispersion of large firms at coarse scales.
    """

    def __init__(self) -> None:
        self._before: tuple[NDArray[np.uint64], Floats, Floats] | None = None
        self._size: list[Floats] = []
        self._weight: list[Floats] = []
        self._growth: list[Floats] = []

    def observe(self, economy: Any) -> None:
        """Ask once a year."""
        orgs = economy.organisations
        rows, size, weight = firms_and_sizes(economy)
        staff, stands_for = np.zeros(orgs.n_rows), np.ones(orgs.n_rows)
        staff[rows], stands_for[rows] = size, weight
        if self._before is not None:
            uid, then, weighed = self._before
            n = uid.size
            stayed = np.flatnonzero(followed(uid, orgs) & (then > 0.0) & (staff[:n] > 0.0))
            self._size.append(then[stayed])
            self._weight.append(weighed[stayed])
            self._growth.append(np.log(staff[stayed] / then[stayed]))
        self._before = orgs.uid.copy(), staff, stands_for

    def moments(self) -> list[Moment]:
        """See the class."""
        size, weight, growth = (
            np.concatenate([np.empty(0), *parts]) for parts in (self._size, self._weight, self._growth)
        )
        # A real size may lie a hair under a limit that it meets, being a quotient.
        band = np.searchsorted(CLASSES, size + 1e-9, side="right") - 1
        out = []
        for k, name in enumerate(CLASS_NAMES):
            here = band == k
            sd, n = weighted_sd(growth[here], weight[here])
            out.append(Moment(f"growth_sd_staff_{name}", sd, sd / math.sqrt(max(2 * (n - 1), 1)), n))
        slope, error = dispersion_slope(size, weight, growth)
        return [*out, Moment("growth_sd_slope", slope, error, int(size.size))]


def weighted_sd(values: Floats, weight: Floats) -> tuple[float, int]:
    """Standard deviation of weighted values, and how many there are; not a number for fewer than two."""
    if values.size < 2:
        return NAN, int(values.size)
    mean = np.average(values, weights=weight)
    return math.sqrt(float(np.average((values - mean) ** 2, weights=weight))), int(values.size)


def dispersion_slope(size: Floats, weight: Floats, growth: Floats) -> tuple[float, float]:
    """Slope of the log standard deviation of growth on log size, and its standard error, see `Growth`."""
    doubling = np.floor(np.log2(np.maximum(size, 1.0)) + 1e-9).astype(np.int64)
    x, y, precision = [], [], []
    for k in np.unique(doubling):
        here = doubling == k
        sd, n = weighted_sd(growth[here], weight[here])
        if n >= LEAST_FIRMS and sd > 0.0:
            x.append(float(np.average(np.log(size[here]), weights=weight[here])))
            y.append(math.log(sd))
            precision.append(2.0 * (n - 1))  # one over the variance of a log standard deviation
    if len(x) < 2:
        return NAN, NAN
    p = np.array(precision)
    gap = np.array(x) - np.average(x, weights=p)
    spread = float((p * gap**2).sum())
    return float((p * gap * np.array(y)).sum()) / spread, math.sqrt(1.0 / spread)


class StartUps:
    """Survival of firms that are founded while the panel runs.

    - `survival_1_year`, `_2_years`, `_3_years`: share that is still there so many years after the interview at
      which it was first seen, by the product-limit estimate (Kaplan and Meier 1958), which uses firms too young to
      have reached that age as long as they are seen; error after Greenwood (1926). The sample is the start-ups.
    """

    def __init__(self) -> None:
        self._row, self._uid = np.empty(0, np.int64), np.empty(0, np.uint64)
        self._age, self._closed = np.empty(0, np.int64), np.empty(0, np.bool_)

    def observe(self, economy: Any) -> None:
        """Ask once a month."""
        orgs = economy.organisations
        # A row may pass to another firm within the month: identities tell.
        there = orgs.alive[self._row] & (orgs.uid[self._row] == self._uid)
        self._age += ~self._closed
        self._closed |= ~there
        new = np.flatnonzero(orgs.alive & (orgs.kind == Kind.FIRM) & (orgs.born == economy.month - 1))
        self._row = np.append(self._row, new)
        self._uid = np.append(self._uid, orgs.uid[new])
        self._age = np.append(self._age, np.zeros(new.size, np.int64))
        self._closed = np.append(self._closed, np.zeros(new.size, np.bool_))

    def moments(self) -> list[Moment]:
        """See the class."""
        names = {1: "survival_1_year", 2: "survival_2_years", 3: "survival_3_years"}
        return [Moment(names[y], *self._surviving(12 * y), int(self._row.size)) for y in YEARS]

    def _surviving(self, months: int) -> tuple[float, float]:
        alive, variance = 1.0, 0.0
        for age in range(1, months + 1):
            seen = int(np.count_nonzero(self._age >= age))
            gone = int(np.count_nonzero((self._age == age) & self._closed))
            if seen == 0:
                return NAN, NAN
            alive *= 1.0 - gone / seen
            variance += gone / (seen * (seen - gone)) if gone < seen else 0.0
        return alive, alive * math.sqrt(variance)
