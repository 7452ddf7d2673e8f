"""Skills: adult courses, apprenticeships, in-work progression, brokerage into work."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, Literal

from policies.policy import COST, Policy, dial
from simulation.skills import APPRENTICESHIP, BROKERAGE, CLASSROOM, NAMES, PROGRESSION

if TYPE_CHECKING:
    from simulation.economy import Economy
    from simulation.levers import Levers


class Skills(Policy):
    """More adult places, given first to the low-qualified of deprived neighbourhoods.

    Channel: learners search less while they learn (lock-in); those who complete hold a higher
    qualification and so can take better jobs; brokerage lifts search, partly at others' expense.
    """

    title: ClassVar[str] = "Skills"
    heading: ClassVar[str] = "skills"
    channels: ClassVar[Mapping[str, str]] = {
        NAMES[
            CLASSROOM
        ]: "More adult courses, up to NVQ 2 and a level up (dial classroom_places, row course_pass_share).",
        NAMES[APPRENTICESHIP]: "More apprenticeships, a level up and a step at work (dial apprenticeship_places).",
        NAMES[PROGRESSION]: "More in-work progression, a step up at work (dial progression_places).",
        NAMES[BROKERAGE]: "More brokered search: seekers look at more posts, and their time out of work counts less "
        "(dial brokerage_places, rows brokerage_search_boost and brokerage_duration_relief).",
        "lock_in": "Learners in the extra classroom places search less while they learn (row course_lock_in).",
        "targeting": "Places go first to the low-qualified of deprived neighbourhoods (dial targeting).",
        "completion_support": "Fewer learners drop out, in all courses that there are (dial completion_support).",
        COST: "Providers are paid for the places that they open (rows course_cost_*).",
    }

    type: Literal["skills"] = "skills"
    classroom_places: float = dial(600.0, 0.0, 5000.0, "places a month", "assumed", "extra adult courses")
    apprenticeship_places: float = dial(200.0, 0.0, 2000.0, "places a month", "assumed", "extra adult apprenticeships")
    progression_places: float = dial(200.0, 0.0, 2000.0, "places a month", "assumed", "extra in-work progression")
    brokerage_places: float = dial(
        300.0, 0.0, 3000.0, "places a month", "assumed; Households into Work took 834 households in a year",
        "extra places of brokerage into work",
    )  # fmt: skip
    targeting: float = dial(0.7, 0.0, 1.0, "weight", "assumed", "priority of low-qualified people of deprived places")
    completion_support: float = dial(0.3, 0.0, 1.0, "share", "assumed", "drop-out that support prevents")

    def places(self) -> dict[int, float]:
        """Extra places a month by course kind, in real people."""
        return {
            CLASSROOM: self.classroom_places,
            APPRENTICESHIP: self.apprenticeship_places,
            PROGRESSION: self.progression_places,
            BROKERAGE: self.brokerage_places,
        }

    def move(self, levers: Levers, economy: Economy) -> None:
        """Open places."""
        for kind, count in self.places().items():
            if self.works(NAMES[kind]):
                levers.course_places[kind] += self.strength * count
        if self.works(NAMES[CLASSROOM]) and not self.works("lock_in"):
            levers.unlocked_places += self.strength * self.classroom_places
        if self.works("targeting"):
            levers.course_targeting = min(levers.course_targeting + self.strength * self.targeting, 1.0)
        if self.works("completion_support"):
            levers.completion_support = min(levers.completion_support + self.strength * self.completion_support, 1.0)

    def idle_channels(self) -> tuple[str, ...]:
        """Those whose dial is at zero."""
        dials = {NAMES[kind]: count for kind, count in self.places().items()}
        dials |= {"lock_in": self.classroom_places, "targeting": self.targeting}
        dials |= {"completion_support": self.completion_support}
        return tuple(name for name in self.channels if dials.get(name) == 0.0)

    def cost(self, economy: Economy) -> None:
        """Providers are paid for the places that they open, taken or not."""
        for kind, count in self.places().items():
            each = economy.assumptions[f"course_cost_{NAMES[kind]}"]
            economy.order(self.heading, "education", self.strength * count * each)
