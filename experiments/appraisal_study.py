"""The study behind `appraise`: policies after the HM Treasury Green Book (see `experiments.appraisal`)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from experiments.appraisal import appraisal_tables
from experiments.comparison_study import ComparisonStudy, whole_seeds
from experiments.effects import YEAR, first_policy_month
from experiments.errors import InputError
from experiments.tables import Tables

if TYPE_CHECKING:
    from experiments.drawing import Picture
    from experiments.laboratory import Runs


@dataclass(frozen=True)
class AppraisalStudy(ComparisonStudy):
    """An appraisal of policies; arms and seeds as in a comparison."""

    kind: ClassVar[str] = "appraisal"
    title: ClassVar[str] = "Appraisal after the Green Book"

    def analyse(self, runs: Runs) -> Tables:
        """Tables `appraisal`, `yearly`, `distribution`, `plane` and `acceptability`.

        Raises:
            InputError: The runs hold no whole year of a policy.
        """
        seeds = whole_seeds(self, runs)
        for arm in self.arms[1:]:
            if (arm.scenario.months - first_policy_month(arm)) // YEAR < 1:
                raise InputError(f"{arm.name}: months: no whole year after the policy's first month; allowed are more")
        return appraisal_tables(self.arms, seeds, lambda arm, seed: runs.result(self.run_of(arm, seed)))

    def sentences(self, tables: Tables) -> list[str]:
        """Worth, value for money and who gains, policy by policy."""
        from experiments.appraisal_words import appraisal_sentences

        return appraisal_sentences(tables, {arm.name: arm.title for arm in self.arms})

    def drawings(self, tables: Tables) -> dict[str, Callable[[], Picture]]:
        """Net present values, the cost-effectiveness plane and acceptability curves."""
        from experiments import appraisal_pictures as draw

        arms = self.arms
        return {
            "npsv": lambda: draw.worth_picture(tables["appraisal"], arms),
            "plane-seeds": lambda: draw.plane_picture(tables["plane"], arms),
            "acceptability-curves": lambda: draw.acceptability_picture(tables["acceptability"], arms),
        }

    def images(self, tables: Tables) -> dict[str, Callable[[], bytes]]:
        """None."""
        return {}
