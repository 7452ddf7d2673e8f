"""The study behind `channels`: which way a policy's effect goes, and how much of it is put in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
import pandas as pd

from experiments.channel_arms import Bundle, arms_of_bundles, whole_name
from experiments.channel_tables import Floats, channel_table, left_over_table, moved, put_in_table
from experiments.channel_words import channel_sentences
from experiments.comparison import Arm
from experiments.comparison_study import whole_seeds
from experiments.designs import BASELINE
from experiments.direct_effects import direct_effects
from experiments.effects import YEAR
from experiments.errors import InputError
from experiments.outcomes import HEADLINE
from experiments.scenario_records import scenario_from, scenario_to
from experiments.study import Study
from experiments.tables import Tables
from policies.policy import load_policy

if TYPE_CHECKING:
    from experiments.drawing import Picture
    from experiments.laboratory import Runs
    from simulation.scenario import Scenario

#: Recorded indicators from which value added in what policies order is worked out.
ORDERED = "policy_value_added"


@dataclass(frozen=True)
class ChannelsStudy(Study):
    """Policies in full, without each of their channels, and with each channel alone, under every seed.

    Attributes:
        base: The scenario without policies.
        bundles: Policies whose effect is taken apart, each bundle by itself.
        seeds: Seeds, ascending.
    """

    kind: ClassVar[str] = "channels"
    title: ClassVar[str] = "Which way a policy works"

    base: Scenario
    bundles: tuple[Bundle, ...]
    seeds: tuple[int, ...]

    def __post_init__(self) -> None:
        names = [bundle.name for bundle in self.bundles]
        if not names or len(set(names)) < len(names) or BASELINE in names:
            raise InputError(f"channels: policies named {', '.join(names)}; allowed are different names")

    @cached_property
    def arms(self) -> tuple[Arm, ...]:
        """The baseline, then for each bundle its whole, each channel off, and each channel alone."""
        return arms_of_bundles(self.base, self.bundles)

    def scenarios(self) -> list[Scenario]:
        """Every arm under every seed."""
        return [self.run_of(arm, seed) for arm in self.arms for seed in self.seeds]

    def run_of(self, arm: Arm, seed: int) -> Scenario:
        """The scenario of an arm under a seed."""
        return arm.scenario.with_(seed=seed)

    @property
    def window(self) -> tuple[int, int]:
        """First and last month of the final year."""
        return max(self.base.months - YEAR, 0), self.base.months - 1

    def analyse(self, runs: Runs) -> Tables:
        """Tables `put_in`, `channels_that_move`, `left_over`, `channels`, `outcomes`.

        Direct effects are worked out here, from opening states; that of the charter from a run of its own.
        """
        seeds = whole_seeds(self, runs)
        rows = [
            {"arm": arm.name, "seed": seed, **runs.window_means(self.run_of(arm, seed), *self.window)}
            for arm in self.arms
            for seed in seeds
        ]
        outcomes = pd.DataFrame(rows)
        names = [name for name in HEADLINE if name in outcomes.columns]
        kept = names + [name for name in (ORDERED,) if name in outcomes.columns]
        by_arm = {
            arm.name: outcomes.loc[outcomes["arm"] == arm.name, kept].to_numpy(dtype=np.float64).T for arm in self.arms
        }
        values = {name: table[: len(names)] for name, table in by_arm.items()}
        ordered = {name: table[len(names)] if len(table) > len(names) else 0.0 for name, table in by_arm.items()}

        def direct(bundle: Bundle) -> Floats:
            found = np.empty((len(names), len(seeds)))
            for column, seed in enumerate(seeds):
                told = direct_effects(self.base.with_(policies=bundle.in_full(), seed=seed), self.window)
                found[:, column] = [told[name] for name in names]
            if "gva" in names:
                # In £ million, a month and a year.
                bought = np.asarray(ordered[whole_name(bundle)]) - np.asarray(ordered[BASELINE])
                found[names.index("gva")] += bought * YEAR
            return found

        channels = channel_table(self.bundles, names, values)
        return {
            "put_in": put_in_table(self.bundles, names, values, direct),
            "channels_that_move": moved(channels),
            "left_over": left_over_table(self.bundles, names, values),
            "channel_texts": self.texts(),
            "channels": channels,
            "outcomes": outcomes[["arm", "seed", *kept]],
        }

    def texts(self) -> pd.DataFrame:
        """What each channel does, a row each."""
        rows = [(bundle.name, item.label, item.text) for bundle in self.bundles for item in bundle.channels()]
        return pd.DataFrame(rows, columns=["policy", "channel", "note"])

    def record(self) -> dict[str, Any]:
        """Base, bundles and seeds."""
        bundles = [
            {
                "name": bundle.name,
                "title": bundle.title,
                "policies": [{"name": name, "policy": item.model_dump(mode="json")} for name, item in bundle.policies],
            }
            for bundle in self.bundles
        ]
        return {"base": scenario_to(self.base), "bundles": bundles, "seeds": list(self.seeds)}

    @classmethod
    def from_record(cls, where: str, record: dict[str, Any]) -> Self:
        """The study of a record."""
        try:
            base = scenario_from(f"{where}: base", record["base"])
            bundles = tuple(
                Bundle(
                    str(bundle["name"]),
                    str(bundle["title"]),
                    tuple(
                        (str(item["name"]), load_policy(dict(item["policy"]), f"{where}: policies.{item['name']}"))
                        for item in bundle["policies"]
                    ),
                )
                for bundle in record["bundles"]
            )
            return cls(base, bundles, tuple(int(seed) for seed in record["seeds"]))
        except (KeyError, TypeError) as error:
            raise InputError(f"{where}: {error}: allowed is a manifest of `channels`, as it was written") from None

    def sentences(self, tables: Tables) -> list[str]:
        """What is put in and what emerges, and through which channels."""
        return channel_sentences(tables, {bundle.name: bundle.title for bundle in self.bundles})

    def drawings(self, tables: Tables) -> dict[str, Callable[[], Picture]]:
        """Direct and emergent parts of each policy, and what each channel is needed for."""
        from experiments.channel_pictures import needed_picture, put_in_picture

        titles = {bundle.name: bundle.title for bundle in self.bundles}
        return {
            "put-in-or-emergent": lambda: put_in_picture(tables["put_in"], titles),
            "channels-map": lambda: needed_picture(tables["channels"], titles),
        }
