"""The study behind `discover`: a sweep, and the boxes of what was varied in which its policy fails."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

from experiments.boxes import CART, PRIM
from experiments.discovery import discover, sentences, side_of
from experiments.errors import InputError
from experiments.outcomes import check_outcome
from experiments.scenario_records import as_written
from experiments.study import Study
from experiments.sweep_study import SweepStudy
from experiments.tables import Tables

if TYPE_CHECKING:
    from collections.abc import Sequence

    from experiments.conductor import Findings
    from experiments.drawing import Picture
    from experiments.laboratory import Runs
    from simulation.scenario import Scenario


def sweep_of(found: Findings, where: str) -> SweepStudy:
    """The study of a sweep's findings.

    Args:
        found: What was found.
        where: Where it is, for the message.

    Raises:
        InputError: It was no sweep.
    """
    if not isinstance(found.study, SweepStudy):
        raise InputError(f"{where}: allowed is a folder that `commonweal sweep` wrote")
    return found.study


@dataclass(frozen=True)
class DiscoveryStudy(Study):
    """Under which values of what a sweep varied does its policy fail?

    Attributes:
        sweep: The sweep; its scenario has policies.
        outcome: Indicator whose effect says whether the policy fails.
        threshold: Effect that is not good enough, in the indicator's own unit.
        method: `PRIM` or `CART`.
    """

    kind: ClassVar[str] = "discovery"
    title: ClassVar[str] = "Where the policy fails"

    sweep: SweepStudy
    outcome: str
    threshold: float = 0.0
    method: str = PRIM

    def __post_init__(self) -> None:
        if not self.sweep.base.policies:
            raise InputError("discover: the sweep has no policy; allowed is one of a scenario with policies")
        check_outcome(self.outcome)
        side_of(self.outcome)
        if not math.isfinite(self.threshold):
            raise InputError(f"--threshold: {self.threshold}; allowed is a finite number")
        if self.method not in (PRIM, CART):
            raise InputError(f"--method: {self.method!r}; allowed: {PRIM}, {CART}")

    def scenarios(self) -> Sequence[Scenario]:
        """The runs of the sweep."""
        return self.sweep.scenarios()

    def analyse(self, runs: Runs) -> Tables:
        """The tables of `discover`."""
        found = self.sweep.analyse(runs)
        return discover(found["points"], found["responses"], self.outcome, self.threshold, self.method)

    def record(self) -> dict[str, Any]:
        """The design as plain data."""
        return {
            "sweep": self.sweep.record(),
            "outcome": self.outcome,
            "threshold": self.threshold,
            "method": self.method,
        }

    @classmethod
    def from_record(cls, where: str, record: dict[str, Any]) -> Self:
        """The study of a record."""
        with as_written(where, "a discovery's manifest"):
            sweep, name = SweepStudy.from_record(where, record["sweep"]), str(record["outcome"])
            return cls(sweep, name, float(record["threshold"]), str(record["method"]))

    def sentences(self, tables: Tables) -> list[str]:
        """What was found."""
        return sentences(tables)

    def drawings(self, tables: Tables) -> dict[str, Callable[[], Picture]]:
        """The cases and the box, where there is one."""
        from experiments.discovery_pictures import box_picture

        picture = box_picture(tables)
        return {} if picture is None else {"box": lambda: picture}
