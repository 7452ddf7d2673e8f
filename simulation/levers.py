"""Levers: the only handles by which a policy moves the economy.

All levers rest at neutral values. Each month they are reset and every running policy moves them by
its dials times its strength, so that a policy at zero strength leaves every lever at rest and the
run is the baseline bit for bit.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntFlag
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from simulation.travel import TravelConditions

if TYPE_CHECKING:
    from simulation.economy import Economy

#: Kinds of adult courses, see simulation/skills.py.
COURSE_KINDS = 5


class CharterTerm(IntFlag):
    """Parts of the charter that a policy may leave out: what members pledge, and what draws employers in."""

    PAY_FLOOR = 1
    SECURITY = 2
    PROMOTION = 4
    PEERS = 8
    CONTRACTS = 16


class PolicyBase(BaseModel):
    """What the simulation needs to know of a policy; `policies.Policy` is the base to subclass."""

    # A bare table is no policy: without this it would be taken for one that does nothing.
    model_config = ConfigDict(extra="forbid")

    def prepare(self, economy: Economy) -> None:
        """Called once, before month 0."""
        raise NotImplementedError

    def step(self, economy: Economy) -> None:
        """Called each month of the run, after the levers were reset."""
        raise NotImplementedError


@dataclass
class Levers:
    """Handles on the economy, at rest by default.

    Attributes:
        charter_outreach: Share of unaccredited firms contacted about the charter in a month.
        charter_support: Share of a firm's first-year accreditation cost that is paid for it.
        charter_standard: 1 where a charter is on offer, scaled by strength; 0 means none exists.
        charter_waived: Terms of the charter that are left out, as bits of `CharterTerm`.
        procurement_local: Extra score of a local bidder, as a share of the bid price.
        procurement_charter: Extra score of an accredited bidder.
        procurement_social: Extra score of a social or community-owned bidder.
        procurement_deprived: Extra score of a bidder with premises in IMD deciles 1-2.
        lot_splitting: Share of contracts that are split into smaller lots.
        bidder_support: Share of the local bidders' gap in bidding rate that support closes.
        procurement_scope: Share of anchors' contracts tendered under these rules.
        course_places: Extra adult places a month by course kind, in real people.
        course_targeting: Weight on low-qualified applicants from deprived places, 0 to 1.
        completion_support: Share of drop-out that support prevents.
        unlocked_places: Classroom places a month, in real people, whose learners go on searching for work.
        travel: Conditions on the travel network.
    """

    charter_outreach: float = 0.0
    charter_support: float = 0.0
    charter_standard: float = 0.0
    charter_waived: int = 0
    procurement_local: float = 0.0
    procurement_charter: float = 0.0
    procurement_social: float = 0.0
    procurement_deprived: float = 0.0
    lot_splitting: float = 0.0
    bidder_support: float = 0.0
    procurement_scope: float = 0.0
    course_places: NDArray[np.float64] = field(default_factory=lambda: np.zeros(COURSE_KINDS))
    course_targeting: float = 0.0
    completion_support: float = 0.0
    unlocked_places: float = 0.0
    travel: TravelConditions = field(default_factory=TravelConditions)

    def charter_has(self, term: CharterTerm) -> bool:
        """Whether a part of the charter is in force, where there is a charter at all."""
        return not self.charter_waived & term

    def state(self) -> dict[str, Any]:
        """The levers by name, for the manifest and for tests."""
        return dict(self.__dict__)
