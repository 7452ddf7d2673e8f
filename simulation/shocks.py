"""Shocks: what befalls the region from outside, whatever its policies.

A demand shock moves the demand for the region's exports for some months. A closure ends one large private employer,
by the same path as any other closure (`ownership.wind_up`). A shock draws nothing, so that a run with it and the run
of the same seed without it share all luck until it strikes; a demand shock of size 0 is exactly nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from agents.organisation_fields import Kind, Ownership
from simulation.months import month_number

if TYPE_CHECKING:
    from simulation.economy import Economy

Rows = NDArray[np.int64]

#: Real firms below which a row stands for one employer rather than a sample of several.
ALONE = 1.5
MOST_MONTHS = 480
MOST_RANK = 100


class _Shock(BaseModel):
    """What all shocks have."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
    title: ClassVar[str]

    start: str = Field(description='first month, such as "2021-04", within the run')

    @field_validator("start")
    @classmethod
    def _is_a_month(cls, value: str) -> str:
        month_number(value)
        return value


class DemandShock(_Shock):
    """Demand for exports, times one plus a size, for some months.

    Attributes:
        type: "demand".
        start: First month, "YYYY-MM".
        months: Months that it lasts.
        size: Change of export demand, a share; -0.1 is a fall by a tenth.
    """

    title: ClassVar[str] = "Fall of export demand"

    type: Literal["demand"] = "demand"
    months: int = Field(default=12, ge=1, le=MOST_MONTHS, strict=True, description="months that it lasts")
    size: float = Field(ge=-1.0, le=1.0, description="change of export demand, a share; -0.1 is a fall by a tenth")


class ClosureShock(_Shock):
    """The closure of one of the largest private employers at the beginning of a month.

    Attributes:
        type: "closure".
        start: The month, "YYYY-MM".
        rank: 1 for the employer with most staff at that time, 2 for the next.
    """

    title: ClassVar[str] = "Closure of a large employer"

    type: Literal["closure"] = "closure"
    rank: int = Field(default=1, ge=1, le=MOST_RANK, strict=True, description="1 for the employer with most staff")


Shock = Annotated[DemandShock | ClosureShock, Field(discriminator="type")]
KINDS: dict[str, type[DemandShock] | type[ClosureShock]] = {"demand": DemandShock, "closure": ClosureShock}


def shock_from(table: Mapping[str, Any]) -> DemandShock | ClosureShock:
    """A shock from its table in a scenario file.

    Raises:
        ValueError: With the key and what is allowed, such as ".size: Input should be ...".
    """
    kind = table.get("type")
    if not isinstance(kind, str) or kind not in KINDS:
        raise ValueError(f".type: {kind!r} is not a shock; allowed: {', '.join(KINDS)}")
    try:
        return KINDS[kind](**table)
    except ValidationError as error:
        problem = error.errors()[0]
        key = "".join(f".{part}" for part in problem["loc"])
        if problem["type"] == "extra_forbidden":
            raise ValueError(f"{key}: unknown key; allowed: type, {', '.join(_keys(kind))}") from None
        raise ValueError(f"{key}: {problem['msg'].removeprefix('Value error, ')}") from None


def _keys(kind: str) -> list[str]:
    return [name for name in KINDS[kind].model_fields if name != "type"]


# --- what they do -----------------------------------------------------------------------------------


def export_factor(economy: Economy) -> float:
    """What the demand for exports is multiplied by this month, 1 where no shock is at work."""
    factor = 1.0
    for shock in economy.scenario.shocks:
        if isinstance(shock, DemandShock):
            first = economy.scenario.month_of(shock.start)
            if first <= economy.month < first + shock.months:
                factor *= 1.0 + shock.size
    return factor


def struck_employers(economy: Economy) -> Rows:
    """Rows of the employers that a shock closes this month, ascending."""
    ranks = {
        shock.rank
        for shock in economy.scenario.shocks
        if isinstance(shock, ClosureShock) and economy.scenario.month_of(shock.start) == economy.month
    }
    if not ranks:
        return np.empty(0, dtype=np.int64)
    line = by_staff(economy)
    return np.sort(line[[rank - 1 for rank in sorted(ranks) if rank <= line.size]])


def by_staff(economy: Economy) -> Rows:
    """Private employers of the region in the order in which closures take them: most staff first, ties by uid.

    Private are firms in local or outside hands, branch plants among them; anchors and social enterprises are not.
    Staff are those of the real employer that a row stands for, commuters among them. A row that stands for several
    real employers of a sample closes them all, so that those that stand for one come first; all large employers do at
    a scale of 100 and finer.
    """
    orgs = economy.organisations
    rows = np.flatnonzero(orgs.alive & (orgs.kind == Kind.FIRM) & (orgs.ownership != Ownership.SOCIAL))
    weight = np.maximum(orgs.weight[rows].astype(np.float64), 1.0)
    staff = (orgs.headcount[rows] + orgs.outside_workers[rows]).astype(np.float64) * economy.scale / weight
    return np.asarray(rows[np.lexsort((orgs.uid[rows], -staff, weight >= ALONE))])
