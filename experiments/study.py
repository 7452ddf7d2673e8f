"""Studies: a question as a design of runs, what is worked out from them, and how it is shown.

A study knows nothing of folders, of where runs are done or of the command line (see `experiments.conductor`).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Self

from experiments.tables import Tables

if TYPE_CHECKING:
    from experiments.drawing import Picture
    from experiments.laboratory import Runs
    from simulation.scenario import Scenario


class Study(ABC):
    """A design of runs and what is worked out from them; subclasses are frozen data classes that hold the design.

    Attributes:
        kind: What manifests call it.
        title: What people call it.
        pictures: Pictures by name, each drawn from the tables alone.
        measured: Whether its runs are measured too (`experiments.measured`).
    """

    kind: ClassVar[str]
    title: ClassVar[str]
    pictures: ClassVar[Mapping[str, Callable[[Any, Tables], Picture]]] = {}
    measured: ClassVar[bool] = False

    @abstractmethod
    def scenarios(self) -> Sequence[Scenario]:
        """Every run that the study needs; the name of each says what it is in the design."""

    @abstractmethod
    def analyse(self, runs: Runs) -> Tables:
        """Tables by name, worked out from the runs that did not fail.

        Raises:
            RunsFailedError: So many failed that nothing is left.
        """

    @abstractmethod
    def record(self) -> dict[str, Any]:
        """The design as plain data, from which `from_record` makes it again."""

    @classmethod
    @abstractmethod
    def from_record(cls, where: str, record: dict[str, Any]) -> Self:
        """The study of a record.

        Args:
            where: File that it came from, for the message.
            record: As `record` gives it.

        Raises:
            ScenarioError: A scenario in it is not allowed.
            InputError: It is no record of such a study.
        """

    def sentences(self, tables: Tables) -> list[str]:
        """The answer in plain sentences made from numbers."""
        return []

    def drawings(self, tables: Tables) -> dict[str, Callable[[], Picture]]:
        """What draws each picture of the study, by name; a picture that has nothing to show is left out."""
        return {name: partial(draw, self, tables) for name, draw in self.pictures.items()}

    def images(self, tables: Tables) -> dict[str, Callable[[], bytes]]:
        """What draws each picture that is a PNG, by name: for where SVG will not do."""
        return {}
