"""The study behind `factorial`: every combination of policies under the same seeds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
import pandas as pd

from experiments.comparison import EFFECT_COLUMNS, FINAL_YEAR, LOWERS, NO_INTERVAL, RAISES, Arm
from experiments.comparison_study import whole_seeds
from experiments.contrasts import interaction, main_effect, pairs, shapley
from experiments.designs import BASELINE
from experiments.effects import YEAR, by_chance, paired_statistics
from experiments.errors import InputError
from experiments.outcomes import HEADLINE, Outcome, outcome
from experiments.phrases import listed, phrase
from experiments.scenario_records import as_written, scenario_from, scenario_to, seeds_of
from experiments.study import Study
from experiments.tables import Tables
from policies.policy import Policy, load_policy

if TYPE_CHECKING:
    from experiments.drawing import Picture
    from experiments.laboratory import Runs
    from simulation.scenario import Scenario

#: Fewest and most policies: six make 64 combinations.
FEWEST, MOST = 2, 6
#: Readings of an interaction.
HELP, CROWD, MORE, LESS = "help each other", "crowd each other out", "more than the sum", "less than the sum"
NONE = "no detectable interaction"
#: Part of an outcome below which a sum of its values is rounding: some thousand times the precision of floats.
ROUNDING = 1e-12
#: Columns of statistics that contrasts share with effects.
STATISTICS = ("effect", "low", "high", "sd", "seeds", "detectable", "verdict")


@dataclass(frozen=True)
class FactorialStudy(Study):
    """Every combination of some policies, each under every seed.

    Attributes:
        base: The scenario without them.
        policies: Short name and policy, two to six.
        seeds: Seeds, ascending.
    """

    kind: ClassVar[str] = "factorial"
    title: ClassVar[str] = "Which policies help each other"

    base: Scenario
    policies: tuple[tuple[str, Policy], ...]
    seeds: tuple[int, ...]

    def __post_init__(self) -> None:
        names = [name for name, _ in self.policies]
        if not FEWEST <= len(names) <= MOST:
            raise InputError(f"factorial: {len(names)} policies; allowed are {FEWEST} to {MOST}")
        if len(set(names)) < len(names) or BASELINE in names:
            raise InputError(f"factorial: policies named {', '.join(names)}; allowed are different names")

    @property
    def arms(self) -> tuple[Arm, ...]:
        """An arm for each subset, in the order of the bit masks."""
        found = []
        for mask in range(1 << len(self.policies)):
            chosen = [item for bit, item in enumerate(self.policies) if mask >> bit & 1]
            name = "+".join(name for name, _ in chosen) or BASELINE
            title = " + ".join(policy.title for _, policy in chosen) or "Baseline"
            policies = (*self.base.policies, *(policy for _, policy in chosen))
            found.append(Arm(name, title, self.base.with_(name=name, policies=policies)))
        return tuple(found)

    def scenarios(self) -> list[Scenario]:
        """Every combination under every seed."""
        return [self.run_of(arm, seed) for arm in self.arms for seed in self.seeds]

    def run_of(self, arm: Arm, seed: int) -> Scenario:
        """The scenario of an arm under a seed."""
        return arm.scenario.with_(seed=seed)

    def analyse(self, runs: Runs) -> Tables:
        """Tables `main_effects`, `interactions`, `attribution`, `effects` (of each combination) and `outcomes`."""
        seeds = whole_seeds(self, runs)
        first, last = max(self.base.months - YEAR, 0), self.base.months - 1
        rows = [
            {"arm": arm.name, "seed": seed, **runs.window_means(self.run_of(arm, seed), first, last)}
            for arm in self.arms
            for seed in seeds
        ]
        outcomes = pd.DataFrame(rows)
        names = [str(name) for name in outcomes.columns[2:]]
        values = outcomes[names].to_numpy(dtype=np.float64).reshape(len(self.arms), len(seeds), -1).transpose(0, 2, 1)
        titles = [name for name, _ in self.policies]
        return {**contrast_tables(values, titles, names, [arm.name for arm in self.arms]), "outcomes": outcomes}

    def record(self) -> dict[str, Any]:
        """Base, policies and seeds."""
        policies = [{"name": name, "policy": policy.model_dump(mode="json")} for name, policy in self.policies]
        return {"base": scenario_to(self.base), "policies": policies, "seeds": list(self.seeds)}

    @classmethod
    def from_record(cls, where: str, record: dict[str, Any]) -> Self:
        """The study of a record."""
        with as_written(where, "a factorial's manifest"):
            base = scenario_from(f"{where}: base", record["base"])
            policies = tuple(
                (str(item["name"]), load_policy(dict(item["policy"]), f"{where}: policies.{item['name']}"))
                for item in record["policies"]
            )
            return cls(base, policies, seeds_of(record))

    def sentences(self, tables: Tables) -> list[str]:
        """What the bundle does and whose it is, and which policies help each other."""
        return factorial_sentences(tables, {name: policy.title for name, policy in self.policies}, self.arms[-1].name)

    def drawings(self, tables: Tables) -> dict[str, Callable[[], Picture]]:
        """Heat map of interactions, main effects, attribution."""
        from experiments.factorial_pictures import interaction_picture
        from experiments.panels import panels_picture

        titles = {name: policy.title for name, policy in self.policies}
        adds, parts = "What each policy adds", "Whose the effect of all together is"
        return {
            "interactions-map": lambda: interaction_picture(tables["interactions"], titles),
            "main-effects": lambda: panels_picture(tables["main_effects"], "policy", titles, "main-effects", adds),
            "attribution-bars": lambda: panels_picture(
                tables["attribution"], "policy", titles, "attribution-bars", parts
            ),
        }


def contrast_tables(values: Any, policies: list[str], outcomes: list[str], arms: list[str]) -> Tables:
    """The contrasts of a full factorial with their intervals.

    Args:
        values: Means by subset, outcome and seed, shape (2**k, outcomes, seeds).
        policies: Names of the policies, in the order of the bits.
        outcomes: Names of the outcomes.
        arms: Names of the subsets, in the order of the masks.
    """
    sizes = np.abs(np.nan_to_num(values)).max(axis=(0, 2))
    mains = [_contrast(main_effect(values, bit), sizes, outcomes, policy=name) for bit, name in enumerate(policies)]
    mixed = [
        _contrast(interaction(values, a, b), sizes, outcomes, first=policies[a], second=policies[b])
        for a, b in pairs(len(policies))
    ]
    shares = zip(policies, shapley(values), strict=True)
    parts = [_contrast(part, sizes, outcomes, policy=name) for name, part in shares]
    effects = []
    for mask in range(1, len(arms)):
        table = paired_statistics(values[0], values[mask])
        table.insert(0, "arm", arms[mask])
        table.insert(1, "outcome", outcomes)
        table.insert(2, "window", FINAL_YEAR)
        effects.append(table)
    together = effects[-1].set_index("outcome")
    interactions = pd.concat(mixed, ignore_index=True)
    interactions["reading"] = [
        reading(outcome(name), verdict)
        for name, verdict in zip(interactions["outcome"], interactions["verdict"], strict=True)
    ]
    attribution = pd.concat(parts, ignore_index=True)
    bundle = attribution["outcome"].map(together["effect"])
    told = attribution["outcome"].map(together["verdict"]).isin([RAISES, LOWERS])
    # A share of an effect that may be nothing says nothing.
    attribution["share"] = (attribution["effect"] / bundle).where(told)
    return {
        "main_effects": pd.concat(mains, ignore_index=True),
        "interactions": interactions,
        "attribution": attribution,
        "effects": pd.concat(effects, ignore_index=True)[list(EFFECT_COLUMNS)],
    }


def _contrast(differences: Any, sizes: Any, outcomes: list[str], **labels: str) -> pd.DataFrame:
    """Statistics of within-seed contrasts, shape (outcomes, seeds), of those outcomes that have values."""
    # Sums of equal values in another order differ in their last bits, which is no effect.
    differences = np.where(np.abs(differences) <= ROUNDING * sizes[:, None], 0.0, differences)
    table = paired_statistics(np.zeros_like(differences), differences)[list(STATISTICS)]
    table.insert(0, "outcome", outcomes)
    for position, (name, label) in enumerate(labels.items()):
        table.insert(position, name, label)
    return table[table["seeds"] > 0]


def reading(item: Outcome, verdict: str) -> str:
    """What an interaction means for those who want the outcome to get better."""
    if verdict not in (RAISES, LOWERS):
        return NONE
    way = 1 if verdict == RAISES else -1
    if item.good == 0:
        return MORE if way > 0 else LESS
    return HELP if way == item.good else CROWD


def factorial_sentences(tables: Tables, titles: dict[str, str], bundle: str) -> list[str]:
    """What the bundle does and whose it is, and which policies help each other, in plain sentences.

    Args:
        tables: As `contrast_tables` gives them.
        titles: Names of the policies for people.
        bundle: Arm of all together.
    """
    effects, shares, mixed = tables["effects"], tables["attribution"], tables["interactions"]
    together = effects[(effects["arm"] == bundle) & effects["outcome"].isin(HEADLINE)].set_index("outcome")
    found = []
    for name in HEADLINE:
        if name not in together.index or together.loc[name, "verdict"] not in (RAISES, LOWERS):
            continue
        item, row = outcome(name), together.loc[name]
        parts = [
            f"{titles[str(part.policy)]} {item.change(float(part.effect))}"  # type: ignore[arg-type]
            + ("" if part.verdict in (RAISES, LOWERS) else " (not detectable)")
            for part in shares[shares["outcome"] == name].itertuples()
        ]
        effect, low, high = (item.change(float(row[column])) for column in ("effect", "low", "high"))  # type: ignore[arg-type]
        found.append(f"All together change {phrase(item)} by {effect} ({low} to {high}), of which {listed(parts)}.")
    if (together["verdict"] == NO_INTERVAL).all():
        return ["One seed gives no intervals, so nothing is claimed; the tables have what it showed."]
    if not found:
        found.append("All together have no detectable effect on any headline outcome.")
    told = mixed[mixed["outcome"].isin(HEADLINE) & (mixed["reading"] != NONE)]
    for pair in told.itertuples():
        item = outcome(str(pair.outcome))
        found.append(
            f"{titles[str(pair.first)]} and {titles[str(pair.second)]}, on {phrase(item)}: {pair.reading}; together "
            f"{item.change(float(pair.effect))} ({item.change(float(pair.low))} to {item.change(float(pair.high))}) "  # type: ignore[arg-type]
            "beyond the sum of what each does."
        )
    headline = mixed[mixed["outcome"].isin(HEADLINE)]
    found.append(
        f"{len(headline)} interactions on headline outcomes were looked at and {len(told)} of them "
        f"{'is' if len(told) == 1 else 'are'} detectable; if there were none, {by_chance(headline):.1f} would still be "
        "called so by chance."
    )
    ratio = effects.loc[effects["outcome"].isin(HEADLINE), "variance_ratio"].median()
    if np.isfinite(ratio):
        found.append(
            f"Pairing by seed makes the variance of an effect {ratio:.1f} times smaller, at the median of the headline "
            "outcomes."
        )
    return found
