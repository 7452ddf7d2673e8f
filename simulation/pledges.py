"""What the charter's pledges do by themselves: members' pay and contracts beside what they would be without them.

Agents stay where they are and nothing is answered, so this is what the charter puts in, not what comes of it. It only
reads.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from agents.organisation_fields import Kind
from agents.person_fields import Status
from simulation.charter import staff_of
from simulation.labour_market import unconstrained_offers
from simulation.levers import CharterTerm
from simulation.order_statistics import quantiles

if TYPE_CHECKING:
    from simulation.economy import Economy


def pledges_kept(economy: Economy) -> dict[str, float]:
    """Pay and security of members' staff now, less what they would be by their employers' own offers and industry.

    Args:
        economy: The economy; it is left as it is.

    Returns:
        Differences by name of headline indicator, in its unit.
    """
    persons, orgs, levers = economy.persons, economy.organisations, economy.levers
    staff = np.flatnonzero((persons.status == Status.EMPLOYEE) & persons.alive)
    paid = persons.wage.astype(np.int32).copy()
    members = staff_of(economy, orgs.accredited > 0)
    if levers.charter_has(CharterTerm.PAY_FLOOR):
        raised = members[persons.wage[members] <= np.ceil(economy.real_living_wage)]
        level, employer = (getattr(persons, name)[raised].astype(np.int64) for name in ("job_level", "employer"))
        otherwise = np.ceil(unconstrained_offers(economy, raised, employer, level))
        paid[raised] = np.minimum(persons.wage[raised], otherwise).astype(np.int32)
    line = economy.low_pay_line
    now, then = persons.wage[staff].astype(np.int32), paid[staff]
    shares = (0.25, 0.5)
    quarter, middle = np.subtract(quantiles(now, *shares), quantiles(then, *shares)) / 100.0
    return {
        "share_below_real_living_wage": float((now < line).mean() - (then < line).mean()),
        "hourly_pay_p25": float(quarter),
        "hourly_pay_median": float(middle),
        "insecure_share": -_made_secure(economy, members) / staff.size
        if levers.charter_has(CharterTerm.SECURITY)
        else 0.0,
    }


def _made_secure(economy: Economy, members: NDArray[np.int64]) -> float:
    """Members' staff who would have insecure jobs at the rate of other employees of their industry."""
    persons, orgs = economy.persons, economy.organisations
    staff = np.flatnonzero((persons.status == Status.EMPLOYEE) & (persons.employer >= 0))
    others = staff[
        (orgs.accredited[persons.employer[staff]] == 0) & (orgs.kind[persons.employer[staff]] != Kind.OUTSIDE)
    ]
    size = economy.structure.count + 1
    industry = np.minimum(orgs.industry, size - 1).astype(np.int64)
    among = industry[persons.employer[others]]
    insecure = np.bincount(among, persons.secure[others] == 0, minlength=size)
    rate = insecure / np.maximum(np.bincount(among, minlength=size), 1)
    return float(rate[industry[persons.employer[members]]].sum())
