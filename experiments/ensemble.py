"""The study behind `compare --assumptions ensemble`: policies under many draws of the assumptions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
import pandas as pd

from experiments.comparison import FINAL_YEAR, LOWERS, NO_EFFECT, NO_INTERVAL, RAISES, Arm
from experiments.comparison_study import arm_to, arms_and_seeds
from experiments.effects import windows
from experiments.errors import InputError, RunsFailedError
from experiments.outcomes import HEADLINE, outcome
from experiments.phrases import counted, listed, phrase
from experiments.points import WITH, WITHOUT
from experiments.sampling import check_sample_seed, ensemble, varying
from experiments.scenario_records import as_written
from experiments.study import Study
from experiments.tables import Tables
from experiments.uncertainty import ensemble_statistics
from simulation.region import Region

if TYPE_CHECKING:
    from experiments.drawing import Picture
    from experiments.laboratory import Runs
    from simulation.scenario import Scenario

#: What `--assumptions` may be: the region pack's calibrated ensemble where it has one, or draws from all ranges.
ENSEMBLE, RANGES = "ensemble", "ranges"
#: Where the members of a study are from.
SOURCES = {
    ENSEMBLE: (
        "{members} sets of assumptions that the calibration did not rule out, each with its own draw of what is "
        "assumed about policies, from the whole ranges (assumed)"
    ),
    RANGES: "{members} draws of the assumptions from their ranges, uniform and independent of one another (assumed)",
}
#: Over what an effect holds that is told.
WHATEVER = {
    ENSEMBLE: "whatever assumptions are not ruled out",
    RANGES: "whatever the assumptions within their ranges",
}
#: Members where none are asked for, and most.
DEFAULT_MEMBERS, MOST_MEMBERS = 16, 1000
#: Seeds of each member where none are asked for: two tell luck and assumptions apart, a few more tell how much.
DEFAULT_SEEDS = 4
#: Topic of the assumptions that bear on no target, or hardly, and so keep their whole ranges.
OF_POLICIES = "policies"


def members_of(region: Region, text: str, count: int, seed: int) -> tuple[str, tuple[dict[str, float], ...]]:
    """Sets of assumptions as asked for on the command line.

    A baseline tells nothing of what policies do: a member of a calibrated ensemble has, beside what was calibrated, a
    draw of the pack's assumptions about policies, of a Latin hypercube as draws from ranges are.

    Args:
        region: Pack with the ranges.
        text: What was asked for.
        count: How many members; of a calibrated ensemble no more than it has, spread over it from best to worst.
        seed: Seed of the draws.

    Returns:
        Where they are from, of `SOURCES`, and the members.

    Raises:
        InputError: Something else than an ensemble was asked for, or the count is out of range.
    """
    if text not in SOURCES:
        raise InputError(f"--assumptions: {text!r}; allowed: {', '.join(SOURCES)}")
    if not 2 <= count <= MOST_MEMBERS:
        raise InputError(f"--members: {count}; allowed is 2 to {MOST_MEMBERS}")
    check_sample_seed(seed)
    if text == RANGES or "ensemble" not in region.tables:
        return RANGES, ensemble(region, "all", count, seed)
    table = region.tables["ensemble"]
    found = [
        dict(zip(own["assumption"], own["value"].astype(float), strict=True))
        for _, own in table.groupby("member", sort=True)
    ]
    chosen = np.unique(np.linspace(0, len(found) - 1, min(count, len(found))).round().astype(int))
    topic = region.assumptions["topic"]
    free = [name for name in varying(region, "all") if topic[name] == OF_POLICIES]
    drawn = ensemble(region, free, len(chosen), seed)
    return ENSEMBLE, tuple({**drawn[k], **found[member]} for k, member in enumerate(chosen))


@dataclass(frozen=True)
class EnsembleStudy(Study):
    """A baseline and policies, each under every member of an ensemble of assumptions and every seed.

    Attributes:
        arms: The baseline, then the policy arms; what their scenarios say of an assumption holds in every member.
        seeds: Seeds, ascending.
        members: Values of assumptions by name.
        source: Where they are from, of `SOURCES`.
    """

    kind: ClassVar[str] = "ensemble"
    title: ClassVar[str] = "Policies under uncertain assumptions"

    arms: tuple[Arm, ...]
    seeds: tuple[int, ...]
    members: tuple[Mapping[str, float], ...]
    source: str = RANGES

    def scenarios(self) -> list[Scenario]:
        """Every arm under every member and seed."""
        members = range(len(self.members))
        return [self.run_of(arm, member, seed) for arm in self.arms for member in members for seed in self.seeds]

    def run_of(self, arm: Arm, member: int, seed: int) -> Scenario:
        """The scenario of an arm under a member and a seed."""
        values = {**self.members[member], **arm.scenario.assumptions}
        return arm.scenario.with_(name=f"{arm.name}, member {member + 1}", seed=seed, assumptions=values)

    def analyse(self, runs: Runs) -> Tables:
        """Tables `effects`, `outcomes` (means of the windows by run) and `members`, of members without a failure."""
        whole = [
            member
            for member in range(len(self.members))
            if not any(runs.failed(self.run_of(arm, member, seed)) for arm in self.arms for seed in self.seeds)
        ]
        if not whole:
            failures = (runs.failed(scenario) for scenario in self.scenarios())
            one = next(failure for failure in failures if failure is not None)
            raise RunsFailedError(f"runs failed under every member of the ensemble; the first: {one}\n{one.traceback}")
        rows = []
        for arm in self.arms[1:]:
            # Windows are the policy's own: those of its baseline too.
            for window, (first, last) in windows(arm).items():
                for side, which in ((WITHOUT, self.arms[0]), (WITH, arm)):
                    for member in whole:
                        for seed in self.seeds:
                            means = runs.window_means(self.run_of(which, member, seed), first, last)
                            labels = {"arm": arm.name, "window": window, "policies": side}
                            rows.append({**labels, "member": member + 1, "seed": seed, **means})
        outcomes = pd.DataFrame(rows)
        return {
            "effects": self._effects(outcomes),
            "outcomes": outcomes,
            "members": pd.DataFrame([{"member": member + 1, **self.members[member]} for member in whole]),
        }

    def _effects(self, outcomes: pd.DataFrame) -> pd.DataFrame:
        names = [str(name) for name in outcomes.columns[5:]]
        parts = []
        for (arm, window), own in outcomes.groupby(["arm", "window"], sort=False):
            shape = (-1, len(self.seeds), len(names))
            values = [
                own.loc[own["policies"] == side, names].to_numpy(dtype=np.float64).reshape(shape).transpose(2, 0, 1)
                for side in (WITHOUT, WITH)
            ]
            table = ensemble_statistics(*values)
            table = table.assign(arm=str(arm), outcome=names, window=str(window))
            parts.append(table.loc[table["seeds"] > 0, ["arm", "outcome", "window", *table.columns[:-3]]])
        return pd.concat(parts, ignore_index=True)

    def record(self) -> dict[str, Any]:
        """Arms, seeds and members."""
        arms = [arm_to(arm) for arm in self.arms]
        members = [dict(member) for member in self.members]
        return {"arms": arms, "seeds": list(self.seeds), "members": members, "source": self.source}

    @classmethod
    def from_record(cls, where: str, record: dict[str, Any]) -> Self:
        """The study of a record."""
        with as_written(where, "an ensemble's manifest"):
            members = tuple({str(k): float(v) for k, v in member.items()} for member in record["members"])
            if not members:
                raise ValueError("members")
            source = str(record.get("source", RANGES))
            if source not in SOURCES:
                raise ValueError("source")
        return cls(*arms_and_seeds(where, record), members, source)

    def sentences(self, tables: Tables) -> list[str]:
        """Effects that hold whatever the assumptions, and how much of the uncertainty is theirs."""
        return ensemble_sentences(tables["effects"], {arm.name: arm.title for arm in self.arms}, self.source)

    def drawings(self, tables: Tables) -> dict[str, Callable[[], Picture]]:
        """Effects with both intervals."""
        from experiments.panels import panels_picture

        titles = {arm.name: arm.title for arm in self.arms}
        final = tables["effects"][tables["effects"]["window"] == FINAL_YEAR]
        caption = "Effects: thick, the luck of the draw; thin, luck and assumptions"
        return {"effects-panels": lambda: panels_picture(final, "arm", titles, "effects-panels", caption)}


def ensemble_sentences(effects: pd.DataFrame, titles: Mapping[str, str], source: str = RANGES) -> list[str]:
    """Which effects hold under uncertain assumptions, in plain sentences.

    Args:
        effects: Table `effects` of the study.
        titles: Names of the arms for people.
        source: Where the members are from, of `SOURCES`.
    """
    final = effects[(effects["window"] == FINAL_YEAR) & effects["outcome"].isin(HEADLINE)]
    found = []
    for arm in dict.fromkeys(final["arm"]):
        rows = final[final["arm"] == arm]
        held = [_told(row) for row in rows.to_dict(orient="records") if row["verdict"] in (RAISES, LOWERS)]
        if (rows["verdict"] == NO_INTERVAL).all():
            found.append(f"{titles[arm]}: no interval, so no claim; that takes two seeds and two draws at least.")
            continue
        if held:
            found.append(f"{titles[arm]}, {WHATEVER[source]}: {listed(held)}.")
        else:
            found.append(f"{titles[arm]}: {NO_EFFECT} on any headline outcome once assumptions are uncertain.")
        share = rows["parameter_share"].median()
        if np.isfinite(share):
            found.append(
                f"Of the variance of its effects, {100 * share:.0f}% is due to assumptions and the rest to the luck of "
                "the draw, at the median of the headline outcomes."
            )
    members, seeds = int(final["members"].max()), int(final["seeds"].max())
    told = SOURCES[source].format(members=members)
    found.append(f"{told}, each under {counted(seeds, 'seed')}.")
    return found


def _told(row: dict[Any, Any]) -> str:
    item = outcome(row["outcome"])
    return f"{phrase(item)} {item.change(row['effect'])} ({item.change(row['low'])} to {item.change(row['high'])})"
