"""Replay: employers take on a higher wage floor; how much less often do their staff leave?"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from agents.columns import Table
from agents.organisation_fields import Kind
from agents.person_fields import Status
from policies import FairEmploymentCharter
from simulation import Economy, Scenario

Names = NDArray[np.uint64]

#: Months of the run, the first month of the charter, and months in which those followed join.
MONTHS, START, JOINING = 48, 12, 12
#: Outreach at the top of its dial, and uptake at the top of its row, so that enough employers join to be followed.
OUTREACH, UPTAKE = 0.2, -2.0
#: Months for which low-paid staff are followed after their employer joins.
FOLLOWED = 12


def turnover(scenario: Scenario) -> dict[str, float]:
    """Separations at employers that join, against the same employers without a charter.

    Only the pay floor is on: no secure jobs, promotions or public money, so that it is a wage floor that is replayed.
    Followed are firms and anchors that join in the charter's first year, from the month after they join on, as long as
    they live in both runs.

    Args:
        scenario: Its seed and scale are taken.

    Returns:
        `turnover_per_floor`: change of separations in percent, all who leave over all who were there, for each 10% by
        which the real Living Wage exceeds the legal minimum of adults; `turnover_per_pay`: of the staff whose pay the
        floor lifts, change of the share who have left their employer after a year, in percent for each percent by
        which their pay is lifted.
    """
    base = scenario.with_(months=MONTHS, policies=(), assumptions={"charter_uptake_log_odds": UPTAKE})
    charter = FairEmploymentCharter(
        start=base.calendar(START), outreach=OUTREACH, without=("secure_jobs", "promotion", "cost")
    )
    with_it, without = Economy(base.with_(policies=(charter,))), Economy(base)
    joined: dict[int, int] = {}
    lifted: dict[int, list[tuple[Names, Names]]] = {}
    sums, left, raises, floors = np.zeros((2, 2)), np.zeros((2, 2)), [], []
    for month in range(MONTHS):
        for economy in (with_it, without):
            economy.step()
        if month < START:
            continue
        _follow(with_it, without, joined, month, sums)
        floor = with_it.real_living_wage
        floors.append(math.log(floor / float(with_it.legal_floor_for(np.array([360]))[0])))
        orgs = with_it.organisations
        members = np.flatnonzero(orgs.alive & (orgs.accredited > 0) & (orgs.kind != Kind.OUTSIDE))
        new = [uid for uid in orgs.uid[members].tolist() if uid not in joined]
        if month < START + JOINING:
            joined |= dict.fromkeys(new, month)
            persons, employers, rise = _lifted(with_it, without, np.array(new, dtype=np.uint64))
            lifted[month] = [(persons, employers)]
            raises.append(rise)
        for persons, employers in lifted.get(month - FOLLOWED, ()):
            for side, economy in enumerate((with_it, without)):
                left[side] += [np.count_nonzero(_employer_of(economy, persons) != employers), persons.size]
    change = _log_ratio(sums)
    lift = float(np.concatenate(raises).mean()) if raises else math.nan
    return {
        "turnover_per_floor": 100.0 * change * 0.1 / float(np.mean(floors)),
        "turnover_per_pay": _log_ratio(left) / lift,
    }


def _log_ratio(table: NDArray[np.float64]) -> float:
    """Log of the rate of the first row over that of the second; not a number where nobody left."""
    if table.min() <= 0.0:
        return math.nan
    rates = table[:, 0] / table[:, 1]
    return math.log(rates[0] / rates[1])


def _follow(with_it: Economy, without: Economy, joined: dict[int, int], month: int, sums: NDArray[np.float64]) -> None:
    """Add a month's leavers and staff of the employers that joined before, run by run."""
    names = np.array(sorted(uid for uid, since in joined.items() if since < month), dtype=np.uint64)
    if names.size == 0:
        return
    rows = [rows_of(economy.organisations, names) for economy in (with_it, without)]
    both = (rows[0] >= 0) & (rows[1] >= 0)
    for side, economy in enumerate((with_it, without)):
        orgs, mine = economy.organisations, rows[side][both]
        # Those who left were there when the month began.
        present = orgs.headcount[mine] + orgs.leavers[mine] - orgs.hires[mine]
        sums[side] += [orgs.leavers[mine].sum(), present.sum()]


def _lifted(with_it: Economy, without: Economy, new: Names) -> tuple[Names, Names, NDArray[np.float64]]:
    """Staff of new members who earn less than the floor without the charter: who, where, and log rise of their pay."""
    persons, orgs = without.persons, without.organisations
    flagged = np.zeros(orgs.n_rows, dtype=bool)
    rows = rows_of(orgs, new) if new.size else np.zeros(0, np.int64)
    flagged[rows[rows >= 0]] = True
    staff = np.flatnonzero((persons.status == Status.EMPLOYEE) & (persons.employer >= 0))
    staff = staff[flagged[persons.employer[staff]] & (persons.wage[staff] < with_it.real_living_wage)]
    names, employers = persons.uid[staff].copy(), orgs.uid[persons.employer[staff]].copy()
    same = _employer_of(with_it, names) == employers
    rise = np.log(with_it.real_living_wage / persons.wage[staff[same]])
    return names[same], employers[same], rise


def _employer_of(economy: Economy, names: Names) -> Names:
    """Identity of the employer of each person, 0 for those without and those who are gone, shape (n,)."""
    persons, orgs = economy.persons, economy.organisations
    rows = rows_of(persons, names)
    employer = np.where(rows >= 0, persons.employer[rows], -1)
    return np.where(employer >= 0, orgs.uid[employer], 0).astype(np.uint64)


def rows_of(table: Table, names: Names) -> NDArray[np.int64]:
    """Rows of living entities by identity, -1 for those that are gone, shape (n,)."""
    rows = table.rows()
    rows = rows[np.argsort(table.uid[rows])]
    at = np.minimum(np.searchsorted(table.uid[rows], names), rows.size - 1)
    return np.where(table.uid[rows[at]] == names, rows[at], -1)
